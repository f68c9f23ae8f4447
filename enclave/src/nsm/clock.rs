//! The time, as the hypervisor vouches for it.
//!
//! A document of the module carries the hypervisor's time; between documents the monotonic clock
//! counts on from there. The wall clock of the enclave drifts and the parent's is not trusted, so
//! neither is ever read. Without a fresh anchor there is no time, and what needs it stops.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_nitro_enclaves_nsm_api::api::AttestationDoc;
use coset::{CborSerializable, CoseSign1};
use vouchsafe_common::{UnixMillis, digest, limits::MAX_CLOCK_SKEW};

use super::{AttestationRequest, NsmError, NsmHandle};

/// How long an anchor serves. The monotonic clock strays by far less than a second in that time.
pub const MAX_ANCHOR_AGE: Duration = Duration::from_hours(1);

/// Says what a document made only to be read for its time is for; no verifier accepts it.
const CLOCK_USER_DATA: &[u8] = b"vouchsafe/clock/v1";

/// Why there is no time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ClockError {
    /// No document has been read yet.
    #[error("the clock was never set")]
    NeverAnchored,
    /// The last document was read more than [`MAX_ANCHOR_AGE`] ago.
    #[error("the clock was set too long ago")]
    Stale,
    /// The bytes are not a document of the module.
    #[error("the document holds no time")]
    NotADocument,
    /// The document was longer under way than a clock may be behind.
    #[error("the security module took over {} ms to tell the time", MAX_CLOCK_SKEW.as_millis())]
    Slow,
    /// The module made no document.
    #[error(transparent)]
    Nsm(#[from] NsmError),
}

impl ClockError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::NeverAnchored => "clock_never_set",
            Self::Stale => "clock_stale",
            Self::NotADocument => "clock_no_document",
            Self::Slow => "clock_slow",
            Self::Nsm(error) => error.code(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    time: UnixMillis,
    taken: Instant,
}

#[derive(Debug, Default)]
struct State {
    anchor: Option<Anchor>,
    /// The latest time ever told: a new anchor never turns the clock back.
    told: Option<UnixMillis>,
}

/// The time inside the enclave. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct EnclaveClock {
    state: Arc<Mutex<State>>,
}

impl EnclaveClock {
    /// A clock that was never set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The time now, never earlier than a time told before.
    ///
    /// # Errors
    /// [`ClockError::NeverAnchored`] or [`ClockError::Stale`].
    pub fn now(&self) -> Result<UnixMillis, ClockError> {
        self.at(Instant::now())
    }

    fn at(&self, instant: Instant) -> Result<UnixMillis, ClockError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let anchor = state.anchor.ok_or(ClockError::NeverAnchored)?;
        let age = instant.saturating_duration_since(anchor.taken);
        if age > MAX_ANCHOR_AGE {
            return Err(ClockError::Stale);
        }
        let now = anchor.time.plus(age).max(state.told.unwrap_or(anchor.time));
        state.told = Some(now);
        Ok(now)
    }

    /// Sets the clock by a document that this enclave's own module made at `taken`.
    ///
    /// Nothing is verified: a document that came from anywhere else must not get here.
    ///
    /// # Errors
    /// [`ClockError::NotADocument`].
    pub fn anchor(&self, unverified_document: &[u8], taken: Instant) -> Result<(), ClockError> {
        let time = timestamp(unverified_document).ok_or(ClockError::NotADocument)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.anchor = Some(Anchor { time, taken });
        Ok(())
    }

    /// Asks the module for a document and sets the clock by it. Call it well within
    /// [`MAX_ANCHOR_AGE`] of the last time.
    ///
    /// # Errors
    /// [`ClockError::Nsm`], [`ClockError::Slow`] or [`ClockError::NotADocument`]; the old anchor then
    /// stays.
    pub async fn renew(&self, nsm: &NsmHandle) -> Result<(), ClockError> {
        let request = AttestationRequest {
            user_data: Some(digest::sha384(&[CLOCK_USER_DATA]).to_vec()),
            ..AttestationRequest::default()
        };
        let asked = Instant::now();
        let document = nsm.attest(request).await?;
        // The document is older than its arrival, so the clock is at most that call behind.
        let arrived = Instant::now();
        if arrived.saturating_duration_since(asked) > MAX_CLOCK_SKEW {
            return Err(ClockError::Slow);
        }
        self.anchor(&document, arrived)
    }
}

/// The time inside a document, the payload of an untagged `COSE_Sign1`. Nothing is verified.
pub(crate) fn timestamp(document: &[u8]) -> Option<UnixMillis> {
    let payload = CoseSign1::from_slice(document).ok()?.payload?;
    let document = AttestationDoc::from_binary(&payload).ok()?;
    Some(UnixMillis(document.timestamp))
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use std::collections::BTreeMap;

    use aws_nitro_enclaves_nsm_api::api::{Digest, ErrorCode, Request, Response};

    use super::*;
    use crate::nsm::{Nsm, NsmRefusal};

    /// An unsigned document of this time.
    pub(crate) fn document(timestamp: u64) -> Vec<u8> {
        let payload = AttestationDoc::new(
            "i-0-enc0".into(),
            Digest::SHA384,
            timestamp,
            BTreeMap::new(),
            vec![1],
            vec![],
            None,
            None,
            None,
        )
        .to_binary();
        let sign1 = CoseSign1 {
            payload: Some(payload),
            signature: vec![0; 96],
            ..CoseSign1::default()
        };
        sign1.to_vec().unwrap()
    }

    #[test]
    fn a_clock_that_was_never_set_tells_no_time() {
        let error = EnclaveClock::new().now().unwrap_err();
        assert_eq!(error, ClockError::NeverAnchored);
        assert_eq!(error.code(), "clock_never_set");
    }

    #[test]
    fn the_monotonic_clock_counts_on_from_the_document() {
        let (clock, taken) = (EnclaveClock::new(), Instant::now());
        clock.anchor(&document(5_000), taken).unwrap();
        assert_eq!(clock.at(taken), Ok(UnixMillis(5_000)));
        let later = taken + Duration::from_millis(1_250);
        assert_eq!(clock.at(later), Ok(UnixMillis(6_250)));
    }

    #[test]
    fn an_anchor_serves_for_its_age_and_no_longer() {
        let (clock, taken) = (EnclaveClock::new(), Instant::now());
        clock.anchor(&document(0), taken).unwrap();
        assert_eq!(clock.at(taken + MAX_ANCHOR_AGE), Ok(UnixMillis(3_600_000)));
        let late = taken + MAX_ANCHOR_AGE + Duration::from_millis(1);
        assert_eq!(clock.at(late), Err(ClockError::Stale));
        clock.anchor(&document(9_000_000), late).unwrap();
        assert_eq!(clock.at(late), Ok(UnixMillis(9_000_000)));
    }

    #[test]
    fn a_new_anchor_never_turns_the_clock_back() {
        let (clock, taken) = (EnclaveClock::new(), Instant::now());
        clock.anchor(&document(5_000), taken).unwrap();
        assert_eq!(clock.at(taken), Ok(UnixMillis(5_000)));
        clock.anchor(&document(4_990), taken).unwrap();
        assert_eq!(clock.at(taken), Ok(UnixMillis(5_000)));
        let later = taken + Duration::from_millis(20);
        assert_eq!(clock.at(later), Ok(UnixMillis(5_010)));
    }

    #[test]
    fn a_document_cut_at_any_length_sets_nothing() {
        let (clock, whole) = (EnclaveClock::new(), document(5_000));
        for length in 0..whole.len() {
            let outcome = clock.anchor(&whole[..length], Instant::now());
            assert_eq!(outcome, Err(ClockError::NotADocument));
        }
        assert_eq!(clock.now(), Err(ClockError::NeverAnchored));
    }

    /// Tells these times, one for each document, each after a while. Without a time it fails.
    struct Documents(Mutex<Vec<Option<u64>>>, Duration);

    impl Documents {
        fn telling(times: &[Option<u64>], after: Duration) -> NsmHandle {
            let mut times = times.to_vec();
            times.reverse();
            NsmHandle::start(Self(Mutex::new(times), after)).unwrap()
        }
    }

    impl Nsm for Documents {
        #[allow(
            clippy::disallowed_methods,
            reason = "the module blocks its own thread, no worker"
        )]
        fn process(&self, request: Request) -> Response {
            let Request::Attestation { user_data, .. } = request else {
                unreachable!("a clock only asks for documents");
            };
            assert_eq!(
                user_data.unwrap(),
                digest::sha384(&[b"vouchsafe/clock/v1"]).to_vec()
            );
            std::thread::sleep(self.1);
            match self.0.lock().unwrap().pop().unwrap() {
                Some(time) => Response::Attestation {
                    document: document(time),
                },
                None => Response::Error(ErrorCode::InternalError),
            }
        }
    }

    #[tokio::test]
    async fn renewal_asks_the_module() {
        let clock = EnclaveClock::new();
        let nsm = Documents::telling(&[Some(77_000)], Duration::ZERO);
        clock.renew(&nsm).await.unwrap();
        assert!(clock.now().unwrap() >= UnixMillis(77_000));
    }

    #[tokio::test]
    async fn a_module_that_strays_is_followed_forwards_and_never_back() {
        let clock = EnclaveClock::new();
        let times = [Some(1_000_000), Some(999_000), Some(1_001_000)];
        let nsm = Documents::telling(&times, Duration::ZERO);
        clock.renew(&nsm).await.unwrap();
        let first = clock.now().unwrap();
        clock.renew(&nsm).await.unwrap();
        assert_eq!(clock.now().unwrap(), first);
        clock.renew(&nsm).await.unwrap();
        let after = clock.now().unwrap();
        assert!(after >= UnixMillis(1_001_000), "{after:?}");
        assert!(after.distance(UnixMillis(1_001_000)) < MAX_CLOCK_SKEW);
    }

    #[tokio::test]
    async fn a_renewal_that_fails_leaves_the_time_as_it_was() {
        let clock = EnclaveClock::new();
        let nsm = Documents::telling(&[None, Some(5_000), None], Duration::ZERO);
        let refused = ClockError::Nsm(NsmError::Refused(NsmRefusal::InternalError));
        assert_eq!(clock.renew(&nsm).await, Err(refused));
        assert_eq!(clock.now(), Err(ClockError::NeverAnchored));
        clock.renew(&nsm).await.unwrap();
        let before = clock.now().unwrap();
        assert_eq!(clock.renew(&nsm).await, Err(refused));
        assert!(clock.now().unwrap() >= before);
    }

    #[tokio::test]
    async fn a_document_that_was_long_under_way_sets_nothing() {
        let clock = EnclaveClock::new();
        let nsm = Documents::telling(&[Some(5_000)], MAX_CLOCK_SKEW + Duration::from_millis(50));
        let error = clock.renew(&nsm).await.unwrap_err();
        assert_eq!((error, error.code()), (ClockError::Slow, "clock_slow"));
        assert_eq!(clock.now(), Err(ClockError::NeverAnchored));
    }
}
