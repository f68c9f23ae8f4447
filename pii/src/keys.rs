//! Where the keys of the actions come from.
//!
//! An action says what a key is for and the holder derives it, so that the engine never sees a root
//! and no key serves two purposes. [`Roots`] is the holder for whoever has the roots at hand ([`crate::derive::expand`]).
//! Next: [`crate::action`].

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::derive;

/// There is no root of this version, or none at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no key of this version")]
pub struct NoKey;

impl NoKey {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        "key_missing"
    }
}

/// Derives keys for one tenant.
pub trait Keys {
    /// The tenant that every key is bound to.
    fn tenant(&self) -> &str;

    /// Fills `key` with the key of this purpose, entity and context under the root of `version`, the
    /// newest when absent, and tells the version.
    ///
    /// # Errors
    ///
    /// [`NoKey`]; `key` is then not to be used.
    fn derive(
        &self,
        purpose: &str,
        entity: &str,
        context: &str,
        version: Option<u32>,
        key: &mut [u8],
    ) -> Result<u32, NoKey>;
}

/// The roots of a tenant. The newest is the one of the highest version.
pub struct Roots {
    tenant: String,
    roots: BTreeMap<u32, Zeroizing<[u8; 32]>>,
}

impl Roots {
    /// A tenant without roots.
    pub fn new(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            roots: BTreeMap::new(),
        }
    }

    /// The same with a root more.
    #[must_use]
    pub fn with(mut self, version: u32, root: Zeroizing<[u8; 32]>) -> Self {
        self.roots.insert(version, root);
        self
    }
}

impl Keys for Roots {
    fn tenant(&self) -> &str {
        &self.tenant
    }

    fn derive(
        &self,
        purpose: &str,
        entity: &str,
        context: &str,
        version: Option<u32>,
        key: &mut [u8],
    ) -> Result<u32, NoKey> {
        let newest = self.roots.last_key_value().map(|(version, _)| *version);
        let version = version.or(newest).ok_or(NoKey)?;
        let root = self.roots.get(&version).ok_or(NoKey)?;
        let info = derive::info(purpose, &self.tenant, entity, context, version);
        derive::expand(root, &info, key).map_err(|_| NoKey)?;
        Ok(version)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    /// The examples of docs/protocol/roots.md.
    #[test]
    fn keys_are_those_of_the_protocols_examples() {
        let vectors = include_str!("../../docs/protocol/vectors.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        let vector = |name: &str| hex::decode(vectors[name].as_str().unwrap()).unwrap();
        let roots = Roots::new("acme").with(3, Zeroizing::new([0x55; 32]));
        for (purpose, name, length) in [
            ("pseudonymize", "pseudonym_key", 32),
            ("tokenize", "token_key", 64),
        ] {
            let mut key = vec![0; length];
            let version = roots.derive(purpose, "US_SSN", "claims", None, &mut key);
            assert_eq!((version, key), (Ok(3), vector(name)));
        }
    }

    #[test]
    fn the_newest_root_serves_unless_another_is_named_that_is_there() {
        let root = |byte| Zeroizing::new([byte; 32]);
        let roots = Roots::new("acme").with(2, root(2)).with(10, root(1));
        let of = |version| roots.derive("p", "E", "", version, &mut [0; 32]);
        assert_eq!(
            (of(None), of(Some(2)), of(Some(3))),
            (Ok(10), Ok(2), Err(NoKey))
        );
        let none = Roots::new("acme");
        assert_eq!(none.derive("p", "E", "", None, &mut [0; 32]), Err(NoKey));
        assert_eq!(NoKey.code(), "key_missing");
    }
}
