//! What an enclave asks of its parent: a way to KMS, credentials, and what to boot with.
//!
//! The enclave opens the stream and sends one [`EgressQuery`]; the parent answers with one
//! [`EgressAnswer`]. After [`EgressAnswer::Connected`] the stream carries raw bytes both ways (TLS
//! that ends inside the enclave). Nothing that comes back is trusted: boot material is measured and
//! signed, credentials only let KMS say no, and the far end proves itself by TLS.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    Secret, UnixMillis,
    cbor::{self, Bounds, CborError},
    limits::{MAX_EGRESS_FRAME_BYTES, MAX_ROOTS},
    secret::{exposed, exposed_option},
};

/// One question of an enclave's.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum EgressQuery {
    /// A stream to this host and port, if the parent's list allows it.
    Connect {
        /// DNS name or address, as the list has it.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// The instance's AWS credentials.
    Credentials,
    /// Trust anchor, policy bundle and root blobs.
    Boot,
}

/// The parent's answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum EgressAnswer {
    /// Raw bytes follow.
    Connected,
    /// To [`EgressQuery::Credentials`].
    Credentials(AwsCredentials),
    /// To [`EgressQuery::Boot`].
    Boot(BootMaterial),
    /// No.
    Refused {
        /// Why.
        code: EgressRefusal,
    },
}

/// Temporary credentials of the instance's role.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsCredentials {
    /// Public part.
    pub access_key_id: String,
    /// Secret access key.
    #[serde(with = "exposed")]
    pub secret_access_key: Secret<String>,
    /// Session token of a role's credentials.
    #[serde(with = "exposed_option")]
    pub session_token: Option<Secret<String>>,
    /// When they cease to work; absent for static ones.
    pub expires_at: Option<UnixMillis>,
}

impl std::fmt::Debug for AwsCredentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("AwsCredentials")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What an enclave starts from. Measured before it is parsed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootMaterial {
    /// The trust anchor, for PCR16.
    pub trust_anchor: ByteBuf,
    /// The signed policy bundle, for PCR17.
    pub bundle: ByteBuf,
    /// KMS ciphertexts of roots; those that the bundle does not name are refused.
    pub roots: Vec<ByteBuf>,
}

/// Why a parent said no.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EgressRefusal {
    /// Not an egress query.
    Malformed,
    /// The host and port are not on the list.
    NotAllowed,
    /// The far end could not be reached.
    Unreachable,
    /// Too many connections or too fast.
    Busy,
    /// The parent has no credentials to give.
    NoCredentials,
    /// The boot material could not be read.
    NoBootMaterial,
}

impl EgressRefusal {
    /// The stable name for logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "egress_malformed",
            Self::NotAllowed => "egress_not_allowed",
            Self::Unreachable => "egress_unreachable",
            Self::Busy => "egress_busy",
            Self::NoCredentials => "egress_no_credentials",
            Self::NoBootMaterial => "egress_no_boot_material",
        }
    }
}

impl EgressQuery {
    /// The bytes of one frame.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self).expect("a query of strings and integers always encodes")
    }

    /// Reads the bytes of one frame.
    ///
    /// # Errors
    ///
    /// [`CborError`] when they are not a query.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, Bounds::new(1024, 8))
    }
}

impl EgressAnswer {
    /// The bytes of one frame; they may hold credentials, so they are wiped when dropped.
    pub fn encode(&self) -> zeroize::Zeroizing<Vec<u8>> {
        zeroize::Zeroizing::new(
            cbor::encode(self).expect("an answer of strings and byte strings always encodes"),
        )
    }

    /// Reads the bytes of one frame.
    ///
    /// # Errors
    ///
    /// [`CborError`] when they are not an answer.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, Bounds::new(MAX_EGRESS_FRAME_BYTES, MAX_ROOTS + 16))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_query_decodes_to_what_was_encoded() {
        let connect = EgressQuery::Connect {
            host: "kms.eu-west-1.amazonaws.com".into(),
            port: 443,
        };
        for query in [connect, EgressQuery::Credentials, EgressQuery::Boot] {
            assert_eq!(EgressQuery::decode(&query.encode()), Ok(query));
        }
    }

    #[test]
    fn credentials_survive_the_way_and_are_not_printed() {
        let answer = EgressAnswer::Credentials(AwsCredentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: Secret::new("wJalrXUtnFEMI".into()),
            session_token: Some(Secret::new("token".into())),
            expires_at: Some(UnixMillis(5)),
        });
        let again = EgressAnswer::decode(&answer.encode()).expect("it was just encoded");
        assert!(!format!("{again:?}").contains("wJalrXUtnFEMI"));
        let EgressAnswer::Credentials(credentials) = again else {
            unreachable!("encoded so")
        };
        assert_eq!(
            credentials.secret_access_key.expose_secret(),
            "wJalrXUtnFEMI"
        );
        assert_eq!(
            credentials.session_token.expect("given").expose_secret(),
            "token"
        );
    }

    #[test]
    fn an_answer_cut_at_any_length_is_refused() {
        let boot = BootMaterial {
            trust_anchor: ByteBuf::from(vec![1; 30]),
            bundle: ByteBuf::from(vec![2; 30]),
            roots: vec![ByteBuf::from(vec![3; 30])],
        };
        let bytes = EgressAnswer::Boot(boot).encode();
        for length in 0..bytes.len() {
            let refused = EgressAnswer::decode(&bytes[..length]).expect_err("it was cut");
            assert_eq!(refused, CborError::Truncated);
        }
    }

    #[test]
    fn a_query_cut_at_any_length_is_refused() {
        let connect = EgressQuery::Connect {
            host: "kms.eu-west-1.amazonaws.com".into(),
            port: 443,
        };
        let bytes = connect.encode();
        for length in 0..bytes.len() {
            let refused = EgressQuery::decode(&bytes[..length]);
            assert_eq!(refused, Err(CborError::Truncated));
        }
    }

    proptest! {
        #[test]
        fn any_query_and_answer_survives_and_altered_is_refused_or_another_in_its_one_form(
            host in ".{0,60}",
            port: u16,
            parts: [Vec<u8>; 3],
            place: proptest::sample::Index,
            byte: u8,
        ) {
            let query = EgressQuery::Connect { host, port };
            let mut bytes = query.encode();
            prop_assert_eq!(EgressQuery::decode(&bytes), Ok(query));
            let at = place.index(bytes.len());
            bytes[at] = byte;
            if let Ok(other) = EgressQuery::decode(&bytes) {
                prop_assert_eq!(other.encode(), bytes);
            }
            let [trust_anchor, bundle, root] = parts.map(ByteBuf::from);
            let answer = EgressAnswer::Boot(BootMaterial { trust_anchor, bundle, roots: vec![root] });
            let mut bytes = answer.encode();
            let again = EgressAnswer::decode(&bytes).expect("it was just encoded");
            prop_assert_eq!(&again.encode(), &bytes);
            let at = place.index(bytes.len());
            bytes[at] = byte;
            if let Ok(other) = EgressAnswer::decode(&bytes) {
                prop_assert_eq!(other.encode(), bytes);
            }
        }
    }
}
