//! The name of a KMS key: its full ARN and nothing less.
//!
//! An alias can be pointed elsewhere by whoever owns it, and a multi-Region key exists in places
//! whose policies nobody here has seen; both are refused. Writer, enclave and the two policy
//! documents read ARNs here, so a key that one of them accepts is a key to the others too.
//!
//! Trusts nothing: the host that an ARN leads to is built from parts that were checked.

use std::{fmt, str::FromStr};

/// The longest ARN accepted, bytes; a real one has at most 90.
const MAX_ARN_BYTES: usize = 128;

/// Why a text is not the ARN of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyArnError {
    /// Not `arn:PARTITION:kms:REGION:ACCOUNT:key/UUID` with each part well formed.
    #[error("not the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/UUID)")]
    Malformed,
    /// The name of an alias, which can be pointed at another key.
    #[error("an alias is not a key: it can be pointed at another one")]
    Alias,
    /// A multi-Region key, whose copies have policies of their own.
    #[error("a multi-Region key is not accepted: its copies have policies of their own")]
    MultiRegion,
    /// The region does not lie in the partition.
    #[error("the region lies in another partition")]
    Partition,
}

impl KeyArnError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "key_arn_malformed",
            Self::Alias => "key_arn_alias",
            Self::MultiRegion => "key_arn_multi_region",
            Self::Partition => "key_arn_partition",
        }
    }
}

/// The ARN of one symmetric key in one region.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct KeyArn {
    text: String,
    region: String,
    suffix: &'static str,
}

impl KeyArn {
    /// Reads an ARN.
    ///
    /// # Errors
    ///
    /// [`KeyArnError`].
    pub fn parse(text: &str) -> Result<Self, KeyArnError> {
        if text.len() > MAX_ARN_BYTES {
            return Err(KeyArnError::Malformed);
        }
        let mut parts = text.split(':');
        let mut next = || parts.next().unwrap_or_default();
        let (arn, partition, service) = (next(), next(), next());
        let (region, account, resource) = (next(), next(), next());
        if arn != "arn" || service != "kms" || parts.next().is_some() {
            return Err(KeyArnError::Malformed);
        }
        let suffix = match partition {
            "aws" | "aws-us-gov" => "amazonaws.com",
            "aws-cn" => "amazonaws.com.cn",
            _ => return Err(KeyArnError::Malformed),
        };
        if !is_region(region) || !is_account(account) {
            return Err(KeyArnError::Malformed);
        }
        if resource.starts_with("alias/") {
            return Err(KeyArnError::Alias);
        }
        let id = resource
            .strip_prefix("key/")
            .ok_or(KeyArnError::Malformed)?;
        if id.starts_with("mrk-") {
            return Err(KeyArnError::MultiRegion);
        }
        if !is_uuid(id) {
            return Err(KeyArnError::Malformed);
        }
        if home_of(region) != partition {
            return Err(KeyArnError::Partition);
        }
        Ok(Self {
            text: text.into(),
            region: region.into(),
            suffix,
        })
    }

    /// The ARN as it was read.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The region that holds the key.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The host at which AWS runs KMS for this key.
    pub fn endpoint_host(&self) -> String {
        format!("kms.{}.{}", self.region, self.suffix)
    }
}

impl FromStr for KeyArn {
    type Err = KeyArnError;

    fn from_str(text: &str) -> Result<Self, KeyArnError> {
        Self::parse(text)
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The partition that a region lies in.
fn home_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// `eu-west-1`, `us-gov-east-1`: words in lower case and a number.
fn is_region(text: &str) -> bool {
    let mut words = text.split('-');
    let number = words.next_back().unwrap_or_default();
    let words: Vec<&str> = words.collect();
    (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && (2..=3).contains(&words.len())
        && words.iter().all(|word| {
            (2..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
        })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "12345678-90ab-cdef-1234-567890abcdef";

    #[test]
    fn an_arn_leads_to_the_host_of_its_region() {
        for (partition, region, host) in [
            ("aws", "eu-west-1", "kms.eu-west-1.amazonaws.com"),
            ("aws", "ap-southeast-2", "kms.ap-southeast-2.amazonaws.com"),
            (
                "aws-us-gov",
                "us-gov-west-1",
                "kms.us-gov-west-1.amazonaws.com",
            ),
            ("aws-cn", "cn-north-1", "kms.cn-north-1.amazonaws.com.cn"),
        ] {
            let text = format!("arn:{partition}:kms:{region}:222222222222:key/{KEY}");
            let arn: KeyArn = text.parse().unwrap();
            assert_eq!((arn.as_str(), arn.region()), (&text[..], region));
            assert_eq!(arn.endpoint_host(), host);
            assert_eq!(arn.to_string(), text);
        }
    }

    #[test]
    fn whatever_does_not_name_one_key_is_refused() {
        let with = |resource: &str| {
            KeyArn::parse(&format!("arn:aws:kms:eu-west-1:222222222222:{resource}")).unwrap_err()
        };
        assert_eq!(with("alias/customer"), KeyArnError::Alias);
        let multi = with("key/mrk-1234567890abcdef1234567890abcdef");
        assert_eq!(multi, KeyArnError::MultiRegion);
        assert_eq!(with(KEY), KeyArnError::Malformed);
        assert_eq!(with("key/"), KeyArnError::Malformed);
        assert_eq!(with(&format!("key/{KEY}:x")), KeyArnError::Malformed);
        assert_eq!(with(&format!("key/{KEY}0")), KeyArnError::Malformed);
        let upper = KEY.to_uppercase();
        assert_eq!(with(&format!("key/{upper}")), KeyArnError::Malformed);
    }

    #[test]
    fn each_part_is_checked() {
        for text in [
            "",
            KEY,
            "alias/customer",
            "arn:aws:kms:eu-west-1:22222222222:key/12345678-90ab-cdef-1234-567890abcdef",
            "arn:aws:s3:eu-west-1:222222222222:key/12345678-90ab-cdef-1234-567890abcdef",
            "arn:moon:kms:eu-west-1:222222222222:key/12345678-90ab-cdef-1234-567890abcdef",
            "arn:aws:kms:evil.example/:222222222222:key/12345678-90ab-cdef-1234-567890abcdef",
            "arn:aws:kms:eu-west:222222222222:key/12345678-90ab-cdef-1234-567890abcdef",
            "arn:aws:kms::222222222222:key/12345678-90ab-cdef-1234-567890abcdef",
        ] {
            assert_eq!(KeyArn::parse(text), Err(KeyArnError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_region_of_another_partition_is_refused() {
        for (partition, region) in [
            ("aws", "cn-north-1"),
            ("aws-cn", "eu-west-1"),
            ("aws", "us-gov-east-1"),
        ] {
            let text = format!("arn:{partition}:kms:{region}:222222222222:key/{KEY}");
            assert_eq!(KeyArn::parse(&text), Err(KeyArnError::Partition));
        }
    }

    #[test]
    fn an_arn_cut_at_any_length_is_refused() {
        let text = format!("arn:aws:kms:eu-west-1:222222222222:key/{KEY}");
        for length in 0..text.len() {
            assert_eq!(KeyArn::parse(&text[..length]), Err(KeyArnError::Malformed));
        }
    }

    #[test]
    fn every_error_has_a_code_of_its_own() {
        let codes = [
            KeyArnError::Malformed,
            KeyArnError::Alias,
            KeyArnError::MultiRegion,
            KeyArnError::Partition,
        ]
        .map(KeyArnError::code);
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics_and_what_parses_reads_the_same(text in "\\PC{0,140}") {
            if let Ok(arn) = KeyArn::parse(&text) {
                prop_assert_eq!(arn.as_str(), text);
            }
        }
    }
}
