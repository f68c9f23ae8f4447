//! One request inside the enclave, from sealed bytes to sealed bytes.
//!
//! A session opens the request, establishes who sent it, asks the policy, sees that it is fresh,
//! runs the operation and seals the outcome to the caller that asked. Authentication comes before
//! the request is decoded and policy before the replay window, so a stranger can fill neither. Plaintext exists between opening and sealing
//! only and is wiped when they end.
//!
//! Trusts nothing it is given: every byte came through the parent. Next: [`crate::operation`].

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use vouchsafe_common::{
    UnixMillis,
    bundle::{Policy, TrustAnchor},
    digest::Sha384Digest,
    hpke::{self, HpkeKey, OpenError, OpenedContent},
    key_configuration::KeyConfiguration,
    limits::{MAX_ITEMS, MAX_NAME_BYTES, REQUEST_DEADLINE},
    message::{Input, Refusal, Reply, Request, RequestId},
};

use crate::{
    identity::{self, Caller},
    keys::{JobSecret, Keys},
    nsm::EnclaveClock,
    operation::{self, Job},
    policy::Grants,
    questions::Questions,
    replay::ReplayWindow,
};

/// Sealed requests longer than this are worked on where other requests do not wait behind them.
const LARGE_REQUEST_BYTES: usize = 64 * 1024;

/// What every request of this enclave's life shares.
pub struct Sessions {
    /// The key that requests are sealed to.
    pub hpke: HpkeKey,
    /// What callers verified of this enclave.
    pub configuration: KeyConfiguration,
    /// [`KeyConfiguration::digest`] of it.
    pub configuration_digest: Sha384Digest,
    /// The measured trust anchor.
    pub anchor: TrustAnchor,
    /// The measured policy.
    pub policy: Policy,
    /// Requests that were accepted.
    pub replay: Mutex<ReplayWindow>,
    /// What may still be asked of each record.
    pub questions: Questions,
    /// The enclave's time.
    pub clock: EnclaveClock,
    /// Data keys and roots.
    pub keys: Keys,
    /// The PII engine.
    pub engine: Arc<vouchsafe_pii::Engine>,
}

impl Sessions {
    /// Serves one sealed request.
    ///
    /// # Errors
    ///
    /// [`OpenError`], in clear, when it does not open: there is then no key to answer under. Every
    /// other outcome, refusals included, is a sealed reply.
    pub async fn serve(&self, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let deadline = Instant::now() + REQUEST_DEADLINE;
        let large = sealed.len() > LARGE_REQUEST_BYTES;
        let opened = run(large, || {
            hpke::open(
                &self.hpke,
                &self.configuration,
                &self.configuration_digest,
                sealed,
            )
        })?;
        let (id, reply) = match opened.content {
            Some(content) => self.answer(content, large, deadline).await,
            None => (RequestId::UNKNOWN, Err(Refusal::Malformed)),
        };
        let reply = reply.unwrap_or_else(|code| Reply::Refused { code });
        Ok(run(large, || opened.reply.seal(id, &reply)))
    }

    /// The reply, and the id to seal it under. A stranger's request is not even decoded.
    async fn answer(
        &self,
        content: OpenedContent,
        large: bool,
        deadline: Instant,
    ) -> (RequestId, Result<Reply, Refusal>) {
        let Ok(now) = self.clock.now() else {
            return (RequestId::UNKNOWN, Err(Refusal::ClockUnavailable));
        };
        let caller = match self.authenticate(&content, now) {
            Ok(caller) => caller,
            Err(refusal) => return (RequestId::UNKNOWN, Err(refusal)),
        };
        match run(large, || Request::decode(content.body.expose_secret())) {
            Ok(request) => {
                drop(content);
                let id = request.id;
                (id, self.work(request, &caller, now, large, deadline).await)
            }
            Err(_) => (RequestId::UNKNOWN, Err(Refusal::Malformed)),
        }
    }

    async fn work(
        &self,
        request: Request,
        caller: &Caller,
        now: UnixMillis,
        large: bool,
        deadline: Instant,
    ) -> Result<Reply, Refusal> {
        check_bounds(&request)?;
        if now > self.policy.not_after {
            return Err(Refusal::PolicyExpired);
        }
        let job = Job::read(&request, &self.engine)?;
        let grants = Grants::find(&self.policy, caller, &request, job.asked())
            .ok_or(Refusal::NotPermitted)?;
        // Only what is permitted is remembered, so a caller without a grant cannot fill the window.
        self.replay
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .accept(request.id, request.issued_at, now)?;
        let inputs = self
            .keys
            .gather(&self.anchor, &grants, &request, deadline)
            .await;
        let secret = if inputs.iter().any(Result::is_ok) {
            self.keys
                .secret_for(
                    &self.anchor,
                    &self.policy,
                    &job,
                    &request,
                    &inputs,
                    deadline,
                )
                .await
        } else {
            JobSecret::None
        };
        let work = operation::Work {
            engine: &self.engine,
            grants: &grants,
            now,
            deadline,
            secret: &secret,
            questions: &self.questions,
        };
        Ok(run(large, || operation::run(&job, request, inputs, &work)))
    }

    fn authenticate(&self, content: &OpenedContent, now: UnixMillis) -> Result<Caller, Refusal> {
        let fleet = &self.anchor.fleet;
        identity::authenticate(&content.proof, &content.binding, &self.policy, fleet, now)
    }
}

/// Runs work on this thread, and tells the runtime first when it can take long.
fn run<T>(large: bool, work: impl FnOnce() -> T) -> T {
    if large {
        tokio::task::block_in_place(work)
    } else {
        work()
    }
}

fn check_bounds(request: &Request) -> Result<(), Refusal> {
    if !(1..=MAX_ITEMS).contains(&request.items.len()) {
        return Err(Refusal::ItemCount);
    }
    let named = [
        &request.purpose,
        &request.tenant,
        &request.dataset,
        &request.operation,
    ];
    let places = request.items.iter().flat_map(|item| match &item.input {
        Input::Record {
            field, record_id, ..
        } => vec![&item.reference, field, record_id],
        Input::Text(_) => vec![&item.reference],
    });
    let fits = |name: &String| (1..=MAX_NAME_BYTES).contains(&name.len());
    if named.into_iter().chain(places).all(fits) {
        Ok(())
    } else {
        Err(Refusal::InvalidName)
    }
}
