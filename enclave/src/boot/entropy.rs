//! Entropy from the hypervisor, mixed into the kernel's pool before any key is made.
//!
//! The kernel feeds its generator from the NSM by itself (see [`super::system`]); this is the second
//! line, for a kernel whose driver failed. What is written to the pool adds to it and can take
//! nothing away. It counts from the generator's next reseeding on, which the kernel does each second
//! after it starts. Keys are made only by code that shows a [`Seeded`], and only [`mix`] gives one.

use std::{
    io::{ErrorKind, Write},
    path::Path,
};

use vouchsafe_common::Secret;

use crate::nsm::{MAX_RANDOM_BYTES, NsmError, NsmHandle};

/// Where the kernel takes entropy from anyone.
pub(super) const POOL: &str = "/dev/urandom";

/// How often the NSM is asked. Each answer of a real one is 256 bytes.
const CALLS: usize = 4;
/// Fewer bytes in one answer are a fault of the module: 32 are as many as a generator holds.
const LEAST_BYTES: usize = 32;

/// Why there is no entropy that can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EntropyError {
    /// The module gave none.
    #[error("the security module gave none: {0}")]
    Nsm(#[from] NsmError),
    /// An answer is shorter than a seed.
    #[error("the security module gave {bytes} bytes, expected {LEAST_BYTES} to {MAX_RANDOM_BYTES}")]
    Short {
        /// Its length.
        bytes: usize,
    },
    /// Every byte of an answer is the same.
    #[error("the security module gave one byte again and again")]
    Constant,
    /// An answer is the one before.
    #[error("the security module gave the same answer twice")]
    Repeated,
    /// The kernel does not take it.
    #[error("cannot write to {POOL}: {0}")]
    Pool(ErrorKind),
}

impl EntropyError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nsm(_) => "entropy_unavailable",
            Self::Short { .. } => "entropy_short",
            Self::Constant => "entropy_constant",
            Self::Repeated => "entropy_repeated",
            Self::Pool(_) => "entropy_pool",
        }
    }
}

/// Says that the hypervisor's entropy is in the pool. What makes a key asks for it:
///
/// ```compile_fail
/// vouchsafe_enclave::recipient::RecipientKey::generate();
/// ```
///
/// and there is no other way to it than [`mix`]:
///
/// ```compile_fail
/// let seeded = vouchsafe_enclave::boot::Seeded(());
/// ```
///
/// Where it is only used, the same names do compile:
///
/// ```
/// use vouchsafe_enclave::{boot::Seeded, recipient::RecipientKey};
/// fn make(seeded: Seeded) {
///     let _ = RecipientKey::generate(seeded);
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Seeded(());

#[cfg(test)]
impl Seeded {
    /// For tests, whose keys protect nothing.
    pub(crate) const fn for_test() -> Self {
        Self(())
    }
}

/// Asks the module for entropy and writes it to the pool at `pool`, [`POOL`] but in tests.
///
/// # Errors
///
/// [`EntropyError`]; nothing is written before every answer was looked at.
pub(super) async fn mix(nsm: &NsmHandle, pool: &Path) -> Result<Seeded, EntropyError> {
    let mut answers: Vec<Secret<Vec<u8>>> = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let answer = nsm.random().await?;
        check(answer.expose_secret())?;
        let repeated = |before: &Secret<_>| before.expose_secret() == answer.expose_secret();
        if answers.last().is_some_and(repeated) {
            return Err(EntropyError::Repeated);
        }
        answers.push(answer);
    }
    let opened = std::fs::OpenOptions::new().write(true).open(pool);
    opened
        .and_then(|mut pool| {
            let mut parts = answers.iter();
            parts.try_for_each(|answer| pool.write_all(answer.expose_secret()))
        })
        .map_err(|error| EntropyError::Pool(error.kind()))?;
    Ok(Seeded(()))
}

/// Refuses what a broken module would give. That an answer is random, nobody can check.
fn check(answer: &[u8]) -> Result<(), EntropyError> {
    match answer {
        short if short.len() < LEAST_BYTES => Err(EntropyError::Short { bytes: short.len() }),
        [first, rest @ ..] if rest.iter().all(|byte| byte == first) => Err(EntropyError::Constant),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use std::sync::atomic::{AtomicU8, Ordering};

    use aws_nitro_enclaves_nsm_api::api::{ErrorCode, Request, Response};

    use super::*;
    use crate::nsm::{Nsm, NsmRefusal};

    /// Answers the nth request by what a function makes of n.
    struct Source<F>(AtomicU8, F);

    impl<F: Fn(u8) -> Response + Send + Sync> Nsm for Source<F> {
        fn process(&self, request: Request) -> Response {
            assert!(matches!(request, Request::GetRandom));
            (self.1)(self.0.fetch_add(1, Ordering::SeqCst))
        }
    }

    /// What mixing gives, and what is then in the pool.
    async fn outcome(
        answer: impl Fn(u8) -> Response + Send + Sync + 'static,
    ) -> (Result<(), EntropyError>, Vec<u8>) {
        let nsm = NsmHandle::start(Source(AtomicU8::new(0), answer)).unwrap();
        let pool = tempfile::NamedTempFile::new().unwrap();
        let mixed = mix(&nsm, pool.path()).await.map(|Seeded(())| ());
        (mixed, std::fs::read(pool.path()).unwrap())
    }

    /// An answer whose bytes differ, and which differs from those to other requests.
    fn good(number: u8, bytes: usize) -> Vec<u8> {
        let bytes = (0..bytes).map(|at| u8::try_from(at % 251).unwrap());
        bytes.map(|byte| byte.wrapping_add(number)).collect()
    }

    #[tokio::test]
    async fn all_that_the_module_gives_reaches_the_pool() {
        for bytes in [LEAST_BYTES, MAX_RANDOM_BYTES] {
            let (mixed, pool) = outcome(move |number| Response::GetRandom {
                random: good(number, bytes),
            })
            .await;
            assert_eq!(mixed, Ok(()));
            assert_eq!(
                pool,
                (0..4).flat_map(|n| good(n, bytes)).collect::<Vec<_>>()
            );
        }
    }

    #[tokio::test]
    async fn none_and_too_little_and_too_much_are_refused_and_nothing_is_written() {
        let (none, pool) = outcome(|_| Response::Error(ErrorCode::InternalError)).await;
        let refused = NsmError::Refused(NsmRefusal::InternalError);
        assert_eq!(none, Err(EntropyError::Nsm(refused)));
        assert_eq!(none.unwrap_err().code(), "entropy_unavailable");
        assert!(pool.is_empty());
        for bytes in [0, 1, LEAST_BYTES - 1] {
            // The last answer counts as much as the first.
            let (short, pool) = outcome(move |number| Response::GetRandom {
                random: good(number, if number == 3 { bytes } else { 256 }),
            })
            .await;
            assert_eq!(short, Err(EntropyError::Short { bytes }));
            assert_eq!(short.unwrap_err().code(), "entropy_short");
            assert!(pool.is_empty());
        }
        let (long, _) = outcome(|number| Response::GetRandom {
            random: good(number, MAX_RANDOM_BYTES + 1),
        })
        .await;
        assert_eq!(long, Err(EntropyError::Nsm(NsmError::UnexpectedAnswer)));
    }

    #[tokio::test]
    async fn an_answer_of_one_byte_or_the_one_before_is_refused() {
        let (constant, pool) = outcome(|number| Response::GetRandom {
            random: vec![number; 256],
        })
        .await;
        assert_eq!(constant, Err(EntropyError::Constant));
        assert_eq!(constant.unwrap_err().code(), "entropy_constant");
        assert!(pool.is_empty());
        let (repeated, pool) = outcome(|number| Response::GetRandom {
            random: good(number / 2, 256),
        })
        .await;
        assert_eq!(repeated, Err(EntropyError::Repeated));
        assert_eq!(repeated.unwrap_err().code(), "entropy_repeated");
        assert!(pool.is_empty());
    }

    #[tokio::test]
    async fn a_pool_that_is_not_there_is_named() {
        let source = |number| Response::GetRandom {
            random: good(number, 256),
        };
        let nsm = NsmHandle::start(Source(AtomicU8::new(0), source)).unwrap();
        let nowhere = tempfile::tempdir().unwrap();
        let mixed = mix(&nsm, &nowhere.path().join("urandom")).await;
        let error = mixed.map(|Seeded(())| ()).unwrap_err();
        assert_eq!(error, EntropyError::Pool(ErrorKind::NotFound));
        assert_eq!(error.code(), "entropy_pool");
    }

    #[tokio::test]
    async fn the_kernel_takes_it() {
        let source = |number| Response::GetRandom {
            random: good(number, 256),
        };
        let nsm = NsmHandle::start(Source(AtomicU8::new(0), source)).unwrap();
        mix(&nsm, Path::new(POOL)).await.unwrap();
    }
}
