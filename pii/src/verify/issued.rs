//! Where an identifier was issued: the country that its own standard writes into it.
//!
//! A telephone number belongs to a region when its numbering plan has it; regions that share a
//! calling code can share a number, as far as the plans tell.

use super::VerifyError;
use crate::check::phone;
use crate::{identifier, normalise, validate};

/// The longest value, in bytes: longer than any of these identifiers, however it is spaced.
const MAX_BYTES: usize = 256;

/// Whether `region` is written as a country is: two capital letters. `XK` and `XS`, which ISO 3166
/// leaves to its users, are in use too.
pub(super) fn is_region(region: &str) -> bool {
    region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether the identifier was issued in `region`.
///
/// # Errors
///
/// [`VerifyError::NotAnIdentifier`] when it is not well-formed.
pub(super) fn issued_in(value: &str, entity: &str, region: &str) -> Result<bool, VerifyError> {
    if value.len() > MAX_BYTES {
        return Err(VerifyError::TooLong);
    }
    let normalised = zeroize::Zeroizing::new(normalise::whole(value));
    let value = normalised.trim();
    let mut compact = zeroize::Zeroizing::new(Vec::with_capacity(value.len()));
    let signs = value.bytes().filter(u8::is_ascii_alphanumeric);
    compact.extend(signs.map(|byte| byte.to_ascii_uppercase()));
    let (is_well_formed, country) = match entity {
        "IBAN_CODE" => (validate::iban(value).is_ok(), compact.get(..2)),
        "PHONE_NUMBER" => {
            let is_number = value.starts_with('+') && validate::international(value).is_ok();
            let is_of = || phone::is_of(&compact, region.as_bytes());
            return is_number.then(is_of).ok_or(VerifyError::NotAnIdentifier);
        }
        "ISIN" => (is_valid(entity, value), compact.get(..2)),
        "SWIFT_CODE" => (is_valid(entity, value), compact.get(4..6)),
        _ => (false, None),
    };
    match country {
        Some(country) if is_well_formed => Ok(country == region.as_bytes()),
        _ => Err(VerifyError::NotAnIdentifier),
    }
}

fn is_valid(entity: &str, value: &str) -> bool {
    crate::Entity::place(entity).is_some_and(|place| identifier::ALL[place].validate(value).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_is_the_one_that_the_standard_writes_into_the_value() {
        for (entity, value, here, elsewhere) in [
            ("IBAN_CODE", "DE89 3704 0044 0532 0130 00", "DE", "AT"),
            ("IBAN_CODE", "gb82west12345698765432", "GB", "DE"),
            ("ISIN", "US0378331005", "US", "DE"),
            ("SWIFT_CODE", "DEUTDEFF500", "DE", "US"),
            ("PHONE_NUMBER", "+44 20 7946 0958", "GB", "US"),
            ("PHONE_NUMBER", "+49 (30) 901820", "DE", "AT"),
        ] {
            assert_eq!(issued_in(value, entity, here), Ok(true), "{value}");
            assert_eq!(issued_in(value, entity, elsewhere), Ok(false), "{value}");
        }
    }

    #[test]
    fn what_is_not_well_formed_was_issued_nowhere_and_has_no_answer() {
        for (entity, value) in [
            ("IBAN_CODE", "DE89 3704 0044 0532 0130 01"),
            ("IBAN_CODE", "D"),
            ("IBAN_CODE", "DE89.3704.0044.0532.0130.00"),
            ("ISIN", "US0378331006"),
            ("SWIFT_CODE", "DEUT"),
            ("PHONE_NUMBER", "020 7946 0958"),
            ("PHONE_NUMBER", "+999 1234567"),
            ("US_SSN", "078-05-1120"),
        ] {
            let answer = issued_in(value, entity, "DE");
            assert_eq!(answer, Err(VerifyError::NotAnIdentifier), "{value}");
        }
        let long = issued_in(&" ".repeat(MAX_BYTES + 1), "ISIN", "DE");
        assert_eq!(long, Err(VerifyError::TooLong));
    }
}
