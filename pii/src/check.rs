//! The rules identifiers obey: checksums, lengths, ranges never issued. One file an identifier.
//!
//! Each file cites where its rule is published and tests it on values published as examples. A check
//! takes the identifier without separators and answers with the first rule that it breaks. It trusts
//! nothing and keeps nothing: a [`Fault`] names the rule, never the value. Next:
//! [`crate::detect`], which finds what is worth checking.

pub mod card;
pub(crate) mod country_codes;
pub(crate) mod dates;
pub(crate) mod digits;
pub mod iban;
pub mod luhn;
pub mod phone;
pub mod ssn;
pub(crate) mod weights;

/// The rule that a value breaks.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Fault {
    /// A character that the identifier cannot hold.
    #[error("a character does not belong here")]
    Alphabet,
    /// Too short or too long for its issuer, country or plan.
    #[error("the length is wrong")]
    Length,
    /// No issuer has this prefix.
    #[error("the issuer prefix is not assigned")]
    Issuer,
    /// No country of the registry, or no assigned calling code.
    #[error("the country is not assigned")]
    Country,
    /// The right length, but a letter where a digit belongs or the reverse.
    #[error("the structure is not that of the country")]
    Structure,
    /// An area number (US SSN, telephone) that is never issued.
    #[error("the area is never issued")]
    Area,
    /// The group number of a US SSN is zero.
    #[error("the group is never issued")]
    Group,
    /// The serial number of a US SSN is zero, or the exchange of a telephone number is impossible.
    #[error("the serial or exchange is never issued")]
    Serial,
    /// A number published as an example and therefore void.
    #[error("the number is a published example")]
    NeverIssued,
    /// The date inside is none, or of a time at which nobody was given one.
    #[error("the date inside is impossible")]
    Date,
    /// The check digits do not match.
    #[error("the checksum does not match")]
    Checksum,
}

impl Fault {
    /// The stable name of the rule.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Alphabet => "alphabet",
            Self::Length => "length",
            Self::Issuer => "issuer",
            Self::Country => "country",
            Self::Structure => "structure",
            Self::Area => "area",
            Self::Group => "group",
            Self::Serial => "serial",
            Self::NeverIssued => "never_issued",
            Self::Date => "date",
            Self::Checksum => "checksum",
        }
    }
}

/// Accepts ASCII digits only.
fn only_digits(digits: &[u8]) -> Result<(), Fault> {
    if digits.iter().all(u8::is_ascii_digit) {
        Ok(())
    } else {
        Err(Fault::Alphabet)
    }
}

/// The number that a few leading ASCII digits spell. At most nine digits are given.
fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}
