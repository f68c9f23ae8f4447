//! Which key, in which context, at which address.
//!
//! A key is named by its full ARN and nothing less: an alias can be pointed elsewhere by whoever
//! owns it, and a multi-Region key exists in places whose policies nobody here has seen.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// The longest ARN accepted, bytes; a real one has at most 90.
const MAX_ARN_BYTES: usize = 128;

/// Why a text is not the ARN of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyArnError {
    /// Not `arn:PARTITION:kms:REGION:ACCOUNT:key/ID` with each part well formed.
    #[error("not the ARN of a KMS key")]
    Malformed,
    /// The name of an alias, which can be pointed at another key.
    #[error("an alias is not a key")]
    Alias,
    /// A multi-Region key, whose copies have policies of their own.
    #[error("a multi-Region key is not accepted")]
    MultiRegion,
    /// The region does not lie in the partition.
    #[error("the region lies in another partition")]
    Partition,
}

impl KeyArnError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
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
        let home = match region.split_once('-') {
            Some(("cn", _)) => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        if home != partition {
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

    /// Where AWS runs KMS for this key.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint {
            host: format!("kms.{}.{}", self.region, self.suffix),
            port: 443,
        }
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
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

/// Host and port of a KMS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Endpoint {
    pub(super) fn url(&self) -> String {
        format!("https://{}", self.authority())
    }

    /// As it stands in the `Host` header that is signed.
    pub(super) fn authority(&self) -> String {
        match self.port {
            443 => self.host.clone(),
            port => format!("{}:{port}", self.host),
        }
    }
}

#[cfg(feature = "mock")]
mod parse {
    use super::Endpoint;

    /// The text is not `https://HOST:PORT`.
    #[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
    #[error("an endpoint is https://HOST or https://HOST:PORT")]
    pub struct EndpointError;

    impl std::str::FromStr for Endpoint {
        type Err = EndpointError;

        fn from_str(text: &str) -> Result<Self, EndpointError> {
            let uri: http::Uri = text.parse().map_err(|_| EndpointError)?;
            match (uri.scheme_str(), uri.host(), uri.path(), uri.query()) {
                (Some("https"), Some(host), "/", None) => Ok(Self {
                    host: host.into(),
                    port: uri.port_u16().unwrap_or(443),
                }),
                _ => Err(EndpointError),
            }
        }
    }
}

#[cfg(feature = "mock")]
pub use parse::EndpointError;

/// What a wrapped key is bound to: names and values that KMS authenticates and `CloudTrail` shows, so
/// none of them may be personal data.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct EncryptionContext(BTreeMap<&'static str, String>);

impl EncryptionContext {
    /// The context of data keys for records.
    pub fn record(tenant: &str, dataset: &str, epoch: &str) -> Self {
        Self::new([("tenant", tenant), ("dataset", dataset), ("epoch", epoch)])
    }

    /// The context of a tenant's root.
    pub fn root(tenant: &str, version: u32) -> Self {
        Self::new([("root", tenant), ("version", &version.to_string())])
    }

    fn new<const N: usize>(pairs: [(&'static str, &str); N]) -> Self {
        let pairs = pairs.into_iter().chain([("vouchsafe", "1")]);
        Self(pairs.map(|(name, value)| (name, value.into())).collect())
    }

    /// Names and values in the order of the names.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, &value[..]))
    }

    pub(super) fn to_map(&self) -> HashMap<String, String> {
        self.pairs()
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use super::*;

    const KEY: &str = "12345678-90ab-cdef-1234-567890abcdef";

    #[test]
    fn an_arn_leads_to_the_endpoint_of_its_region() {
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
            let arn = KeyArn::parse(&text).unwrap();
            assert_eq!((arn.as_str(), arn.region()), (&text[..], region));
            assert_eq!(arn.endpoint().url(), format!("https://{host}"));
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
    fn contexts_hold_exactly_what_the_design_names() {
        let record = EncryptionContext::record("acme", "customers", "2026");
        let pairs: Vec<_> = record.pairs().collect();
        let expected = [
            ("dataset", "customers"),
            ("epoch", "2026"),
            ("tenant", "acme"),
            ("vouchsafe", "1"),
        ];
        assert_eq!(pairs, expected);
        let root = EncryptionContext::root("acme", 7);
        let pairs: Vec<_> = root.pairs().collect();
        assert_eq!(
            pairs,
            [("root", "acme"), ("version", "7"), ("vouchsafe", "1")]
        );
    }
}
