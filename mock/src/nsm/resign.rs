//! Documents that another module made, signed under the PKI of a mock installation.
//!
//! The emulated Nitro machine measures its image as hardware does and signs nothing: a protected
//! header {1: -1}, zeros for signature, certificate and bundle. Here certificate and bundle are
//! replaced and the whole is signed; whatever else the payload says is kept, in its order. Nothing
//! is checked: who made the document is trusted to have made it.

use std::{sync::Mutex, time::Instant};

use coset::cbor::Value;
use vouchsafe_common::UnixMillis;

use super::lock;
use crate::pki::{Leaf, Pki, PkiError};

/// The bytes are no document of a security module: `COSE_Sign1` with a payload that names its
/// module, its time, a certificate and a bundle.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no document of a security module")]
pub struct ResignError;

/// Signs what another module attests.
pub struct Resigner {
    pki: Pki,
    leaf: Mutex<Option<Leaf>>,
    /// What a document said that milliseconds are counted from, and when it did.
    base: Mutex<Option<(UnixMillis, Instant)>>,
}

impl Resigner {
    /// Under the PKI of the installation in `state_dir`.
    ///
    /// # Errors
    ///
    /// [`PkiError`] when the installation has no usable PKI.
    pub fn load(state_dir: &std::path::Path) -> Result<Self, PkiError> {
        Pki::load(state_dir).map(Self::new)
    }

    /// Under this PKI.
    pub const fn new(pki: Pki) -> Self {
        Self {
            pki,
            leaf: Mutex::new(None),
            base: Mutex::new(None),
        }
    }

    /// The time of a document that says `told`.
    fn time(&self, told: UnixMillis) -> UnixMillis {
        let mut base = lock(&self.base);
        let (start, instant) = *base.get_or_insert_with(|| (told, Instant::now()));
        let counted = start.plus(instant.elapsed());
        if counted < told {
            // The first second was nearly over. Count from here, so that no later document is behind
            // a clock that was set by this one.
            *base = Some((told, Instant::now()));
        }
        within_second(told, counted)
    }

    /// The same document under the PKI of this installation, by a leaf of the document's own time.
    ///
    /// # Errors
    ///
    /// [`ResignError`].
    pub fn resign(&self, document: &[u8]) -> Result<Vec<u8>, ResignError> {
        let mut entries = payload(document).ok_or(ResignError)?;
        let module_id = entry(&mut entries, "module_id")?
            .as_text()
            .ok_or(ResignError)?
            .to_owned();
        let time = entry(&mut entries, "timestamp")?
            .as_integer()
            .and_then(|time| u64::try_from(time).ok())
            .map(|told| self.time(UnixMillis(told)))
            .ok_or(ResignError)?;
        *entry(&mut entries, "timestamp")? = time.0.into();
        let mut kept = lock(&self.leaf);
        let leaf = kept.take().filter(|leaf| time < leaf.renew_at());
        let leaf = kept.insert(leaf.unwrap_or_else(|| self.pki.issue_leaf(&module_id, time)));
        let bundle = leaf.bundle().iter().map(|each| each.clone().into());
        *entry(&mut entries, "certificate")? = leaf.certificate().into();
        *entry(&mut entries, "cabundle")? = Value::Array(bundle.collect());
        let mut payload = Vec::new();
        coset::cbor::ser::into_writer(&Value::Map(entries), &mut payload)
            .expect("memory takes what is written");
        Ok(leaf.sign(payload))
    }
}

/// What was counted, but never another second than the one that was told.
fn within_second(told: UnixMillis, counted: UnixMillis) -> UnixMillis {
    counted.clamp(told, UnixMillis(told.0.saturating_add(999)))
}

/// The entries of a document's payload. Its header is not looked at: it may name no algorithm.
fn payload(document: &[u8]) -> Option<Vec<(Value, Value)>> {
    let read = |bytes: &[u8]| coset::cbor::de::from_reader::<Value, _>(bytes).ok();
    let parts = read(document)?.into_array().ok()?;
    let [_, _, payload, _] = parts.try_into().ok()?;
    read(payload.as_bytes()?)?.into_map().ok()
}

fn entry<'a>(entries: &'a mut [(Value, Value)], name: &str) -> Result<&'a mut Value, ResignError> {
    let mut named = entries
        .iter_mut()
        .filter(|(key, _)| key.as_text() == Some(name));
    named.next().map(|(_, value)| value).ok_or(ResignError)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::collections::BTreeMap;

    use aws_nitro_enclaves_nsm_api::api::{Request, Response};
    use vouchsafe_common::attestation::{
        AttestationError, IssuerCache, Pcr, RootFingerprint, authenticate,
    };

    use super::super::SoftwareNsm;
    use super::*;
    use crate::measure;

    /// 2026-06-01T12:00:00Z.
    const NOW: UnixMillis = UnixMillis(1_780_315_200_000);

    /// What the emulated device makes: a payload like any other, and zeros where others sign.
    fn unsigned() -> Vec<u8> {
        let nsm = SoftwareNsm::new(Pki::generate(NOW), &measure::at_boot(b"image"))
            .with_clock(Box::new(|| NOW));
        let request = Request::Attestation {
            user_data: Some(b"user data".to_vec().into()),
            nonce: Some(vec![7; 32].into()),
            public_key: None,
        };
        let Response::Attestation { document } = nsm.process(request) else {
            panic!("no document")
        };
        let mut entries = payload(&document).unwrap();
        *entry(&mut entries, "certificate").unwrap() = Value::Bytes(vec![0; 64]);
        *entry(&mut entries, "cabundle").unwrap() = Value::Array(vec![Value::Bytes(vec![0; 64])]);
        sign1(&entries)
    }

    fn sign1(entries: &[(Value, Value)]) -> Vec<u8> {
        let mut payload = Vec::new();
        coset::cbor::ser::into_writer(&Value::Map(entries.to_vec()), &mut payload).unwrap();
        let header = vec![0xa1, 0x01, 0x20]; // {1: -1}
        let parts = [
            header.into(),
            Value::Map(vec![]),
            payload.into(),
            vec![0; 64].into(),
        ];
        let mut document = Vec::new();
        coset::cbor::ser::into_writer(&Value::Array(parts.into()), &mut document).unwrap();
        document
    }

    /// What a document says, but who signed it and when.
    fn content(document: &[u8]) -> BTreeMap<String, String> {
        let entries = payload(document).unwrap().into_iter();
        entries
            .map(|(key, value)| (key.into_text().unwrap(), format!("{value:?}")))
            .filter(|(key, _)| !["certificate", "cabundle", "timestamp"].contains(&key.as_str()))
            .collect()
    }

    #[test]
    fn a_document_that_nobody_signed_is_refused_and_verifies_once_signed_with_all_it_said() {
        let resigner = Resigner::new(Pki::generate(NOW));
        let root = resigner.pki.root_fingerprint();
        let judge = |document: &[u8], root: &RootFingerprint| {
            authenticate(document, root, NOW, &mut IssuerCache::default())
        };
        let device = unsigned();
        // The header names an algorithm that there is not.
        assert_eq!(judge(&device, &root), Err(AttestationError::CoseStructure));
        let signed = resigner.resign(&device).unwrap();
        let document = judge(&signed, &root).unwrap();
        assert_eq!(within_second(NOW, document.timestamp), document.timestamp);
        assert_eq!(document.pcrs[&0], Pcr::measure(b"image"));
        assert_eq!(document.user_data.as_deref(), Some(&b"user data"[..]));
        assert_eq!(content(&signed), content(&device));
        assert_eq!(content(&signed).len(), 6);
    }

    #[test]
    fn between_the_seconds_that_the_machine_tells_milliseconds_are_counted() {
        let after = |counted: i64| {
            let counted = UnixMillis(NOW.0.saturating_add_signed(counted));
            within_second(NOW, counted).0 - NOW.0
        };
        let expected = [(-1_000, 0), (0, 0), (300, 300), (999, 999), (5_000, 999)];
        assert_eq!(
            expected.map(|(counted, _)| after(counted)),
            expected.map(|(_, after)| after)
        );
    }

    #[test]
    fn documents_of_one_time_share_a_leaf_and_much_later_ones_have_another() {
        let resigner = Resigner::new(Pki::generate(NOW));
        let leaf = |document: &[u8]| {
            let signed = resigner.resign(document).unwrap();
            let mut entries = payload(&signed).unwrap();
            entry(&mut entries, "certificate").unwrap().clone()
        };
        let first = leaf(&unsigned());
        assert_eq!(leaf(&unsigned()), first);
        let mut later = payload(&unsigned()).unwrap();
        *entry(&mut later, "timestamp").unwrap() = (NOW.0 + 10_800_000).into();
        assert_ne!(leaf(&sign1(&later)), first);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let resigner = Resigner::new(Pki::generate(NOW));
        let device = unsigned();
        for length in 0..device.len() {
            let refused = resigner.resign(&device[..length]);
            assert_eq!(refused, Err(ResignError), "cut at {length}");
        }
        for name in ["module_id", "timestamp", "certificate", "cabundle"] {
            let mut entries = payload(&device).unwrap();
            entries.retain(|(key, _)| key.as_text() != Some(name));
            assert_eq!(
                resigner.resign(&sign1(&entries)),
                Err(ResignError),
                "{name}"
            );
        }
    }
}
