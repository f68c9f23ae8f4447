//! What a client keeps of one enclave: its verified keys, and its clock.
//!
//! Requests are dated in the enclave's time: the time of the evidence, plus what passed here since
//! the evidence arrived. The document was signed before it arrived, so the date is never ahead of
//! the enclave's clock, however wrong the wall clock of this machine is.
//!
//! Next: [`crate::client`], which decides when to attest again.

use std::time::{Duration, Instant};

use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::Trusted;

/// How long a session serves before the client attests again.
pub(crate) const MAX_SESSION_AGE: Duration = Duration::from_hours(1);

/// One enclave, verified.
pub(crate) struct Session<M> {
    enclave: Trusted<M>,
    arrived: Instant,
}

impl<M> Session<M> {
    /// A session with `enclave`, whose evidence came at `arrived`.
    pub(crate) const fn new(enclave: Trusted<M>, arrived: Instant) -> Self {
        Self { enclave, arrived }
    }

    /// What requests are sealed to.
    pub(crate) const fn enclave(&self) -> &Trusted<M> {
        &self.enclave
    }

    /// The enclave's time, as far as it is known here; late by the way of the evidence.
    pub(crate) fn enclave_time(&self, now: Instant) -> UnixMillis {
        self.enclave
            .evidence_time()
            .plus(now.saturating_duration_since(self.arrived))
    }

    /// Whether the evidence is too old, or its keys are past their time.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.arrived) >= MAX_SESSION_AGE
            || self.enclave_time(now) > self.enclave.key_configuration().not_after
    }
}
