//! The one key that an action works under, derived before it runs.
//!
//! Which key that is the engine knows: it asks a holder of keys for it by purpose, entity, context
//! and version. Asked first is a holder that has none and remembers the question ([`KeyPlace::of`]);
//! then the root is fetched, and the holder that answers ([`ActionKey`]) has that one key and no
//! root. Next: `job.rs`.

use std::cell::RefCell;

use vouchsafe_common::Secret;
use vouchsafe_pii::{
    action::{Action, Prepared},
    derive,
    keys::{Keys, NoKey},
};

/// What a key is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyPlace {
    purpose: String,
    entity: String,
    context: String,
    /// Of the root; the newest when absent.
    pub version: Option<u32>,
}

impl KeyPlace {
    /// The key that an action needs; none for one that needs no key.
    pub fn of(action: &Action) -> Option<Self> {
        let asked = Asked(RefCell::new(None));
        drop(Prepared::new(action, &asked));
        asked.0.into_inner()
    }

    /// The HKDF `info` of the key under a root of this version.
    pub fn info(&self, tenant: &str, version: u32) -> Vec<u8> {
        derive::info(&self.purpose, tenant, &self.entity, &self.context, version)
    }
}

/// Has no key, and remembers which one it was asked for.
struct Asked(RefCell<Option<KeyPlace>>);

impl Keys for Asked {
    fn tenant(&self) -> &'static str {
        ""
    }

    fn derive(
        &self,
        purpose: &str,
        entity: &str,
        context: &str,
        version: Option<u32>,
        _: &mut [u8],
    ) -> Result<u32, NoKey> {
        *self.0.borrow_mut() = Some(KeyPlace {
            purpose: purpose.to_owned(),
            entity: entity.to_owned(),
            context: context.to_owned(),
            version,
        });
        Err(NoKey)
    }
}

/// The key of an action.
#[derive(Debug)]
pub struct ActionKey {
    /// Whose data.
    pub tenant: String,
    /// What it is for.
    pub place: KeyPlace,
    /// Of the root that it was derived from.
    pub version: u32,
    /// The key.
    pub key: Secret<[u8; 32]>,
}

impl Keys for ActionKey {
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
        let own = &self.place;
        let is_own = (purpose, entity, context, version)
            == (&own.purpose, &own.entity, &own.context, own.version);
        let ours = self.key.expose_secret();
        if !is_own || key.len() != ours.len() {
            return Err(NoKey);
        }
        key.copy_from_slice(ours);
        Ok(self.version)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn place(action: Value) -> Option<KeyPlace> {
        KeyPlace::of(&serde_json::from_value(action).expect("an action"))
    }

    #[test]
    fn each_action_asks_for_the_key_of_its_own_purpose_and_those_without_a_key_for_none() {
        let of = |purpose: &str, entity: &str, version| {
            Some(KeyPlace {
                purpose: purpose.into(),
                entity: entity.into(),
                context: "claims".into(),
                version,
            })
        };
        for (action, expected) in [
            (
                json!({"action": "pseudonymize", "entity": "US_SSN", "context": "claims"}),
                of("pseudonymize", "US_SSN", None),
            ),
            (
                json!({"action": "blind_index", "entity": "US_SSN", "context": "claims", "version": 2}),
                of("blind_index", "US_SSN", Some(2)),
            ),
            (
                json!({"action": "encrypt_format", "entity": "US_SSN", "context": "claims", "alphabet": "digits"}),
                of("encrypt_format", "US_SSN", None),
            ),
            (
                // The same key: what it makes it turns back.
                json!({"action": "decrypt_format", "entity": "US_SSN", "context": "claims", "alphabet": "digits"}),
                of("encrypt_format", "US_SSN", None),
            ),
            (
                json!({"action": "shift_date", "days": 30, "context": "claims"}),
                of("shift_date", "DATE_TIME", None),
            ),
            (json!({"action": "bucket", "width": 10}), None),
            (json!({"action": "placeholder", "label": "PERSON"}), None),
            (json!({"action": "replace", "with": "x"}), None),
        ] {
            assert_eq!(place(action.clone()), expected, "{action}");
        }
    }

    #[test]
    fn a_key_serves_its_own_place_and_length_alone() {
        let place = KeyPlace {
            purpose: "blind_index".into(),
            entity: "US_SSN".into(),
            context: "claims".into(),
            version: None,
        };
        let key = ActionKey {
            tenant: "acme".into(),
            place,
            version: 3,
            key: Secret::new([7; 32]),
        };
        let of = |purpose, entity, context, version, length| {
            let mut out = vec![0; length];
            let derived = key.derive(purpose, entity, context, version, &mut out);
            assert_eq!(derived.is_ok(), out.iter().all(|byte| *byte == 7));
            derived
        };
        assert_eq!(key.tenant(), "acme");
        assert_eq!(of("blind_index", "US_SSN", "claims", None, 32), Ok(3));
        for (purpose, entity, context, version, length) in [
            ("pseudonymize", "US_SSN", "claims", None, 32),
            ("blind_index", "PERSON", "claims", None, 32),
            ("blind_index", "US_SSN", "", None, 32),
            ("blind_index", "US_SSN", "claims", Some(3), 32),
            ("blind_index", "US_SSN", "claims", None, 64),
        ] {
            assert_eq!(of(purpose, entity, context, version, length), Err(NoKey));
        }
    }
}
