//! The types of personal data the engine knows, under the names Presidio gives them.
//!
//! A name is part of the protocol: it appears in requests, in findings and in redacted text, so it
//! never changes once published. Which pattern finds each type is in [`crate::detect`], which rule
//! an identifier obeys in [`crate::check`].

use core::fmt;

use serde::{Serialize, Serializer};

/// A type of personal data.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Entity {
    /// A payment card number (ISO/IEC 7812).
    CreditCard,
    /// An international bank account number (ISO 13616).
    IbanCode,
    /// A United States social security number.
    UsSsn,
    /// An e-mail address (RFC 5321, with the internationalised letters of RFC 6531).
    EmailAddress,
    /// A telephone number: international (E.164) or of the North American Numbering Plan.
    PhoneNumber,
    /// An IPv4 or IPv6 address, with its prefix length when one follows.
    IpAddress,
    /// A value of the caller's deny list. Never a name in a request: the list itself asks for it.
    DenyList,
}

impl Entity {
    /// The types a request can name, which are also those looked for when it names none.
    pub const ALL: [Self; 6] = [
        Self::CreditCard,
        Self::IbanCode,
        Self::UsSsn,
        Self::EmailAddress,
        Self::PhoneNumber,
        Self::IpAddress,
    ];

    /// The published name, such as `US_SSN`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreditCard => "CREDIT_CARD",
            Self::IbanCode => "IBAN_CODE",
            Self::UsSsn => "US_SSN",
            Self::EmailAddress => "EMAIL_ADDRESS",
            Self::PhoneNumber => "PHONE_NUMBER",
            Self::IpAddress => "IP_ADDRESS",
            Self::DenyList => "DENY_LIST",
        }
    }

    /// The type a request names, or `None` when there is none of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.name() == name)
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Entity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_again_by_its_name() {
        for entity in Entity::ALL {
            assert_eq!(Entity::parse(entity.name()), Some(entity));
        }
    }

    #[test]
    fn a_name_that_is_not_published_is_no_type() {
        for name in ["", "us_ssn", "DENY_LIST", "PERSON"] {
            assert_eq!(Entity::parse(name), None, "{name}");
        }
    }
}
