//! What goes on beside serving: keys that nobody asks for any more are wiped, and the clock is set
//! again in time.
//!
//! A renewal that fails is tried again at the next look. If none succeeds the clock grows stale, and
//! requests are then refused by name. Nothing here ends the enclave. Next: `nsm/clock.rs`.

use std::time::{Duration, Instant};

use crate::nsm::{EnclaveClock, MAX_ANCHOR_AGE, NsmHandle};

/// How often is looked, and how long the clock goes on before it is set again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm {
    look: Duration,
    renewal: Duration,
}

impl Rhythm {
    /// Of an enclave that serves: the clock is due well within [`MAX_ANCHOR_AGE`], so that many
    /// failures in a row leave it usable.
    pub(super) const SERVING: Self = Self {
        look: Duration::from_mins(1),
        renewal: Duration::from_secs(MAX_ANCHOR_AGE.as_secs() / 4),
    };
}

/// Keeps house for as long as the enclave lives. The clock was set just before.
pub(super) async fn keep(
    rhythm: Rhythm,
    nsm: NsmHandle,
    clock: EnclaveClock,
    wipe_old_keys: impl Fn(),
) {
    let mut renewed = Instant::now();
    loop {
        tokio::time::sleep(rhythm.look).await;
        wipe_old_keys();
        if renewed.elapsed() >= rhythm.renewal && clock.renew(&nsm).await.is_ok() {
            renewed = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use std::sync::{Arc, Mutex};

    use aws_nitro_enclaves_nsm_api::api::{ErrorCode, Request, Response};
    use tokio::sync::mpsc;
    use vouchsafe_common::UnixMillis;

    use super::*;
    use crate::nsm::{ClockError, Nsm, document_for_test};

    /// Tells these times, then no more; what it was not asked for is left.
    #[derive(Clone)]
    struct Times(Arc<Mutex<Vec<Option<u64>>>>);

    impl Nsm for Times {
        fn process(&self, request: Request) -> Response {
            assert!(matches!(request, Request::Attestation { .. }));
            let mut times = self.0.lock().unwrap();
            match (!times.is_empty()).then(|| times.remove(0)).flatten() {
                Some(time) => Response::Attestation {
                    document: document_for_test(time),
                },
                None => Response::Error(ErrorCode::InternalError),
            }
        }
    }

    /// What the clock says, in thousands of seconds, at each of the first looks, and what the module
    /// has left to tell.
    async fn looks(
        count: usize,
        renewal: Duration,
        times: &[Option<u64>],
    ) -> (Vec<Result<u64, ClockError>>, usize) {
        let times = Times(Arc::new(Mutex::new(times.to_vec())));
        let nsm = NsmHandle::start(times.clone()).unwrap();
        let look = Duration::from_millis(1);
        let (clock, told) = (EnclaveClock::new(), Mutex::new(Vec::new()));
        let (done, mut ready) = mpsc::unbounded_channel();
        let wipe_old_keys = || {
            let mut told = told.lock().unwrap();
            told.push(clock.now().map(|UnixMillis(time)| time / 1_000_000));
            if told.len() == count {
                done.send(()).unwrap();
            }
        };
        tokio::select! {
            biased;
            () = keep(Rhythm { look, renewal }, nsm, clock.clone(), wipe_old_keys) => {}
            end = ready.recv() => end.unwrap(),
            () = tokio::time::sleep(Duration::from_secs(30)) => panic!("nothing looks"),
        }
        let told = told.lock().unwrap()[..count].to_vec();
        let left = times.0.lock().unwrap().len();
        (told, left)
    }

    #[tokio::test]
    async fn the_clock_is_set_again_and_a_renewal_that_fails_is_tried_again() {
        let unset = Err(ClockError::NeverAnchored);
        let times = [None, Some(5_000_000), None, Some(9_000_000)];
        let (told, left) = looks(6, Duration::ZERO, &times).await;
        assert_eq!(told, [unset, unset, Ok(5), Ok(5), Ok(9), Ok(9)]);
        assert_eq!(left, 0);
    }

    #[tokio::test]
    async fn a_clock_that_is_not_due_is_left_alone() {
        let (told, left) = looks(5, MAX_ANCHOR_AGE, &[Some(5_000_000)]).await;
        assert_eq!(told, [Err(ClockError::NeverAnchored); 5]);
        assert_eq!(left, 1);
    }

    #[test]
    fn a_renewal_may_fail_many_times_before_the_clock_is_stale() {
        let Rhythm { look, renewal } = Rhythm::SERVING;
        assert!(renewal + 30 * look < MAX_ANCHOR_AGE);
    }
}
