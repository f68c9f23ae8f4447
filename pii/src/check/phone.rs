//! Telephone numbers: ITU-T E.164 with the calling codes of its list of assigned codes, and the
//! North American Numbering Plan.
//!
//! This is plausibility only: outside the North American plan no national numbering plan is known
//! here, so an international number is accepted on its calling code and its length.

use super::{Fault, number, only_digits};

/// The longest number of E.164 §6.2.1, calling code included.
pub const MAX_DIGITS: usize = 15;
/// The shortest that is taken for one: shorter national numbers exist, but read as anything.
pub const MIN_DIGITS: usize = 8;

/// Checks an international number given as ASCII digits without the plus sign.
///
/// # Errors
///
/// [`Fault::Alphabet`], [`Fault::Length`], [`Fault::Country`] (calling code not assigned), and for
/// calling code 1 those of [`check_nanp`].
pub fn check_international(digits: &[u8]) -> Result<(), Fault> {
    only_digits(digits)?;
    if !(MIN_DIGITS..=MAX_DIGITS).contains(&digits.len()) {
        return Err(Fault::Length);
    }
    if digits[0] == b'1' {
        return check_nanp(&digits[1..]);
    }
    let assigned = digits[0] == b'7'
        || is_code_of_two(number(&digits[..2]))
        || is_code_of_three(number(&digits[..3]));
    if assigned {
        Ok(())
    } else {
        Err(Fault::Country)
    }
}

/// Checks the ten digits of a number of the North American plan (NANPA, ATIS-0300119 §3).
///
/// # Errors
///
/// [`Fault::Alphabet`], [`Fault::Length`], [`Fault::Area`] (first digit below two, middle digit nine
/// or a service code such as 911) and [`Fault::Serial`] (the same of the exchange).
pub fn check_nanp(digits: &[u8]) -> Result<(), Fault> {
    only_digits(digits)?;
    if digits.len() != 10 {
        return Err(Fault::Length);
    }
    let (area, exchange) = (&digits[..3], &digits[3..6]);
    if area[0] < b'2' || area[1] == b'9' || area[1..] == *b"11" {
        return Err(Fault::Area);
    }
    if exchange[0] < b'2' || exchange[1..] == *b"11" {
        return Err(Fault::Serial);
    }
    Ok(())
}

const fn is_code_of_two(code: u32) -> bool {
    matches!(
        code,
        20 | 27
            | 30..=34
            | 36
            | 39..=41
            | 43..=49
            | 51..=58
            | 60..=66
            | 81
            | 82
            | 84
            | 86
            | 90..=95
            | 98
    )
}

const fn is_code_of_three(code: u32) -> bool {
    matches!(
        code,
        211..=213
            | 216
            | 218
            | 220..=258
            | 260..=269
            | 290
            | 291
            | 297..=299
            | 350..=359
            | 370..=378
            | 380..=383
            | 385..=387
            | 389
            | 420
            | 421
            | 423
            | 500..=509
            | 590..=599
            | 670
            | 672..=683
            | 685..=692
            | 800
            | 808
            | 850
            | 852
            | 853
            | 855
            | 856
            | 870
            | 878
            | 880..=883
            | 886
            | 888
            | 960..=968
            | 970..=977
            | 979
            | 992..=996
            | 998
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_kept_for_examples_and_drama_pass() {
        // NANP 555-01XX and the drama numbers of Ofcom; the others are ministries' switchboards.
        for phone in [
            "14155550132",
            "442079460123",
            "4930182720",
            "33140507000",
            "3545601000",
            "79991234567",
            "99890123456",
        ] {
            assert_eq!(check_international(phone.as_bytes()), Ok(()), "{phone}");
        }
    }

    #[test]
    fn each_broken_rule_is_named() {
        for (phone, fault) in [
            ("1415555013a", Fault::Alphabet),
            ("4912345", Fault::Length),
            ("4912345678901234", Fault::Length),
            ("2101234567", Fault::Country),
            ("0441234567", Fault::Country),
            ("1415555013", Fault::Length),
            ("11155550132", Fault::Area),
            ("12955550132", Fault::Area),
            ("19115550132", Fault::Area),
            ("14151550132", Fault::Serial),
            ("14159110132", Fault::Serial),
        ] {
            assert_eq!(check_international(phone.as_bytes()), Err(fault), "{phone}");
        }
        assert_eq!(check_nanp(b"415555013A"), Err(Fault::Alphabet));
    }
}
