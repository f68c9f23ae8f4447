//! What a verifier asks an enclave to repeat: 32 random bytes, good for one verification.
//!
//! Verifying takes the [`Challenge`] away, so no second document can answer it, and evidence seen
//! before answers another one. Nothing remembers documents: a signature (r, s) is as good as
//! (r, n − s), so one document has two forms, and its bytes or digest would be no replay key.

use core::fmt;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use super::AttestationError;
use crate::UnixMillis;

/// How long a [`Challenge`] may wait for its answer.
pub const CHALLENGE_LIFETIME: Duration = Duration::from_mins(1);

/// A nonce of the verifier's own, and when it was drawn.
///
/// Serves once. It cannot be copied, and [`verify`](super::verify) takes it:
///
/// ```
/// # use vouchsafe_common::{UnixMillis, attestation::*, envelope::Evidence};
/// fn once(challenge: Challenge, first: &Evidence, expected: &Pinned, now: UnixMillis) {
///     let _ = verify(first, expected, challenge, now, &mut IssuerCache::default());
/// }
/// ```
///
/// ```compile_fail,E0382
/// # use vouchsafe_common::{UnixMillis, attestation::*, envelope::Evidence};
/// fn twice(challenge: Challenge, first: &Evidence, expected: &Pinned, now: UnixMillis) {
///     let _ = verify(first, expected, challenge, now, &mut IssuerCache::default());
///     let _ = verify(first, expected, challenge, now, &mut IssuerCache::default());
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use vouchsafe_common::{UnixMillis, attestation::*, envelope::Evidence};
/// fn copied(challenge: &Challenge) -> Challenge {
///     challenge.clone()
/// }
/// ```
#[must_use]
pub struct Challenge {
    nonce: [u8; 32],
    drawn_at: UnixMillis,
}

impl Challenge {
    /// Draws a nonce from the system's randomness, at `now` of the verifier's clock.
    pub fn draw(now: UnixMillis) -> Self {
        let mut nonce = [0; 32];
        SystemRandom::new()
            .fill(&mut nonce)
            .expect("the system's random source answers");
        Self {
            nonce,
            drawn_at: now,
        }
    }

    /// What the document must repeat, all of it.
    pub fn nonce(&self) -> &[u8; 32] {
        &self.nonce
    }

    /// Gives up the nonce, if it is not older than [`CHALLENGE_LIFETIME`].
    ///
    /// A clock that was set back counts like one that ran on: either way the age is not known.
    pub(super) fn redeem(self, now: UnixMillis) -> Result<[u8; 32], AttestationError> {
        if now.distance(self.drawn_at) > CHALLENGE_LIFETIME {
            return Err(AttestationError::ChallengeExpired);
        }
        Ok(self.nonce)
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Challenge(drawn at {})", self.drawn_at.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_lives_a_minute_by_a_clock_that_may_be_set_back() {
        let redeem = |drawn_at, now| Challenge::draw(UnixMillis(drawn_at)).redeem(UnixMillis(now));
        for now in [100_000, 160_000, 40_000] {
            assert!(redeem(100_000, now).is_ok(), "{now}");
        }
        for now in [160_001, 39_999, 0, u64::MAX] {
            let refused = redeem(100_000, now);
            assert_eq!(refused, Err(AttestationError::ChallengeExpired), "{now}");
        }
    }

    #[test]
    fn no_two_challenges_are_equal() {
        let draw = || *Challenge::draw(UnixMillis(0)).nonce();
        assert_ne!(draw(), draw());
    }
}
