//! What a mock enclave measures: the registers that a client or a key policy expects of it.
//!
//! On Nitro the image is measured by the hypervisor; here the executable stands for the image. The
//! same function feeds [`crate::nsm::SoftwareNsm`] and `vouchsafe-mock measure`, so what is
//! expected and what is attested cannot drift apart. Anyone can compute these values for anything:
//! a mock proves nothing about the machine it runs on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vouchsafe_common::attestation::Pcr;
use vouchsafe_common::digest::{Sha384Digest, sha384};

/// The role that PCR3 names.
pub const PARENT_ROLE: &[u8] = b"arn:aws:iam::000000000000:role/mock-parent";
/// The instance that PCR4 names.
pub const PARENT_INSTANCE: &[u8] = b"i-0mock";

/// The content of `measurements.json`: registers and bundle, as expected of an enclave.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurements {
    /// PCR0, 1, 2 and 16 by index, 96 hex digits each.
    pub pcrs: BTreeMap<u8, Pcr>,
    /// SHA-384 over the policy bundle, 96 hex digits. Key policies do without.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "digest_as_hex"
    )]
    pub bundle_digest: Option<Sha384Digest>,
}

impl Measurements {
    /// Measures an executable, a trust anchor and, where given, a policy bundle, byte for byte.
    pub fn new(executable: &[u8], trust_anchor: &[u8], bundle: Option<&[u8]>) -> Self {
        let mut pcrs: BTreeMap<u8, Pcr> = at_boot(executable)[..3].iter().copied().collect();
        pcrs.insert(16, Pcr::measure(trust_anchor));
        Self {
            pcrs,
            bundle_digest: bundle.map(|bundle| sha384(&[bundle])),
        }
    }
}

/// The registers that hold something when a mock enclave starts: PCR0 to PCR4.
pub fn at_boot(executable: &[u8]) -> [(u8, Pcr); 5] {
    let application = sha384(&[b"vouchsafe mock application", executable]);
    [
        (0, Pcr::measure(executable)),
        (1, Pcr::measure(b"vouchsafe mock kernel")),
        (2, Pcr::ZERO.extend(&application)),
        (3, Pcr::measure(PARENT_ROLE)),
        (4, Pcr::measure(PARENT_INSTANCE)),
    ]
}

/// A digest written as a register is: both are 48 bytes in hex.
mod digest_as_hex {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use vouchsafe_common::attestation::Pcr;
    use vouchsafe_common::digest::Sha384Digest;

    #[allow(clippy::ref_option, reason = "serde hands the field over by reference")]
    pub(super) fn serialize<S: Serializer>(
        digest: &Option<Sha384Digest>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        digest.map(Pcr).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Sha384Digest>, D::Error> {
        Ok(Option::<Pcr>::deserialize(deserializer)?.map(|digest| digest.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn measurements_are_read_back_from_their_json() {
        for bundle in [None, Some(&b"bundle"[..])] {
            let measured = Measurements::new(b"executable", b"anchor", bundle);
            let json = serde_json::to_string(&measured).unwrap();
            assert_eq!(
                serde_json::from_str::<Measurements>(&json).unwrap(),
                measured
            );
            assert_eq!(json.contains("bundle_digest"), bundle.is_some());
        }
    }

    #[test]
    fn every_input_shows_in_its_own_register() {
        let measured = Measurements::new(b"executable", b"anchor", None);
        assert_eq!(
            measured.pcrs.keys().copied().collect::<Vec<_>>(),
            [0, 1, 2, 16]
        );
        let changed = |executable: &[u8], anchor: &[u8]| {
            let other = Measurements::new(executable, anchor, None).pcrs;
            let differs = |index: &&u8| other[*index] != measured.pcrs[*index];
            measured
                .pcrs
                .keys()
                .filter(differs)
                .copied()
                .collect::<Vec<_>>()
        };
        assert_eq!(changed(b"executablf", b"anchor"), [0, 2]);
        assert_eq!(changed(b"executable", b"anchos"), [16]);
    }
}
