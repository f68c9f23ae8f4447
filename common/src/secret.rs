//! A value that must not be shown: wiped when dropped, never printed, never serialised.
//!
//! Reading it takes a call to [`Secret::expose_secret`], so each place that looks at a secret can
//! be found by its name. There is no `Display`, `Serialize`, `PartialEq` or telling `Debug`.

use zeroize::Zeroize;

/// Holds a key, a plaintext or a credential and wipes it on drop.
///
/// `==` stops at the first difference, so its time tells where that is. Secrets have none; where two
/// must be compared, `subtle` does it in constant time:
/// ```compile_fail,E0369
/// use vouchsafe_common::Secret;
/// assert!(Secret::new([7; 32]) == Secret::new([7; 32]));
/// ```
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the value over; the caller keeps no copy.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. What is done with it must not outlive the secret.
    pub const fn expose_secret(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + Clone> Secret<T> {
    /// A second holder of the same value; each wipes its own copy.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> std::fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// Field attribute that writes a secret text into one of our messages: for messages that are sealed,
/// or that stay between two processes of one machine.
pub(crate) mod exposed {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Secret;

    pub(crate) fn serialize<S: Serializer>(
        secret: &Secret<String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose_secret())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Secret<String>, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

/// [`exposed`] for a field that may be absent.
pub(crate) mod exposed_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Secret;

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(crate) fn serialize<S: Serializer>(
        secret: &Option<Secret<String>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret
            .as_ref()
            .map(Secret::expose_secret)
            .serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret<String>>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_tells_nothing_of_the_value() {
        assert_eq!(
            format!("{:?}", Secret::new(String::from("123-45-6789"))),
            "Secret(..)"
        );
    }

    #[test]
    fn a_dropped_secret_zeroizes_its_value() {
        use std::sync::atomic::{AtomicBool, Ordering};
        static WIPED: AtomicBool = AtomicBool::new(false);
        struct Probe;
        impl Zeroize for Probe {
            fn zeroize(&mut self) {
                WIPED.store(true, Ordering::SeqCst);
            }
        }
        drop(Secret::new(Probe));
        assert!(WIPED.load(Ordering::SeqCst));
    }
}
