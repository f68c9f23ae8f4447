//! The encryption context of every wrapped key: what binds it to a tenant's data or root.
//!
//! KMS authenticates these names and values and `CloudTrail` shows them, so none of them may be
//! personal data. A writer asks for a data key in the context that the enclave later decrypts in;
//! both build it here, from names, and never take it from a record.
//!
//! Next: [`crate::record`], docs/PROTOCOL.md §6.

use std::collections::{BTreeMap, HashMap};

use crate::Epoch;

/// What a wrapped key is bound to: exactly these pairs, no fewer and no more.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct EncryptionContext(BTreeMap<&'static str, String>);

impl EncryptionContext {
    /// The context of data keys for records.
    pub fn record(tenant: &str, dataset: &str, epoch: Epoch) -> Self {
        let epoch = epoch.to_string();
        Self::new([("tenant", tenant), ("dataset", dataset), ("epoch", &epoch)])
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

    /// The pairs as the KMS API takes them.
    pub fn to_map(&self) -> HashMap<String, String> {
        self.pairs()
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_hold_exactly_what_the_protocol_names() {
        let record = EncryptionContext::record("acme", "customers", Epoch(2026));
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
        assert_eq!(root.to_map()["version"], "7");
        assert_eq!(root.to_map().len(), 3);
    }
}
