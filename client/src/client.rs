//! Calls an enclave: attests once, then seals each request and opens its one reply.
//!
//! A session is shared by all calls and replaced when the parent no longer knows its key, when it
//! is over, or when the enclave finds our clock reading stale; the request is then sealed anew, once.
//! Each reply must answer every item of its request, in order.
//!
//! Trusts the verified enclave alone. Every error is built without plaintext. Next: `session`.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::Mutex;
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{AttestationError, Challenge, IssuerCache, Pinned};
use vouchsafe_common::cbor::CborError;
use vouchsafe_common::envelope::Evidence;
use vouchsafe_common::hpke::{self, SealError};
use vouchsafe_common::message::{Item, ItemResult, Parameters, Refusal, Reply, Request, RequestId};
use vouchsafe_common::reply::ReplyError;

use crate::http::{HttpError, Parent, ProcessAnswer};
use crate::identity::Identity;
use crate::session::Session;
use crate::verify::{AwsRoot, Root};

/// How long to wait before each further attempt when the parent has no room.
const BUSY_PAUSES: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(400),
    Duration::from_millis(1600),
];

/// One call: an operation over items of one tenant and dataset.
pub struct Call {
    /// The operation's name in the catalogue, `mask` for instance.
    pub operation: String,
    /// What the operation is told.
    pub parameters: Parameters,
    /// Whose data.
    pub tenant: String,
    /// Which data of the tenant's.
    pub dataset: String,
    /// What the result is for.
    pub purpose: String,
    /// 1 to [`vouchsafe_common::limits::MAX_ITEMS`].
    pub items: Vec<Item>,
}

/// Why a call got no results.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The parent could not be asked, or refused.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// What the parent handed over is not evidence.
    #[error("the evidence does not decode")]
    EvidenceEncoding(#[source] CborError),
    /// The evidence does not lead to trust.
    #[error("the evidence is refused: {0}")]
    Evidence(#[source] AttestationError),
    /// No identity was configured.
    #[error("no identity: configure a caller's name and key, or a token")]
    NoIdentity,
    /// The file with the token is missing, empty or too long.
    #[error("the token cannot be read")]
    TokenUnreadable,
    /// The request could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The parent's answer is not the enclave's reply to this request.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// The reply does not answer the items that were sent, each once and in order.
    #[error("the reply does not answer the items that were sent")]
    ReplyMismatch,
    /// The parent knew no enclave with the key, even after attesting again.
    #[error("no enclave holds the key that the evidence names")]
    UnknownKey,
    /// The enclave refused the request as a whole.
    #[error("the enclave refused: {0}")]
    Refused(Refusal),
}

impl CallError {
    /// The stable name of the cause.
    pub fn code(&self) -> &str {
        match self {
            Self::Http(error) => error.code(),
            Self::EvidenceEncoding(_) => "evidence_encoding",
            Self::Evidence(error) => error.code(),
            Self::NoIdentity => "no_identity",
            Self::TokenUnreadable => "token_unreadable",
            Self::Seal(error) => error.code(),
            Self::Reply(error) => error.code(),
            Self::ReplyMismatch => "reply_mismatch",
            Self::UnknownKey => "unknown_key",
            Self::Refused(refusal) => refusal.code(),
        }
    }

    /// Whether the same call may succeed later, without a change on this side.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Http(error) => error.is_unavailable(),
            Self::UnknownKey => true,
            Self::Refused(refusal) => {
                matches!(refusal, Refusal::Overloaded | Refusal::ClockUnavailable)
            }
            _ => false,
        }
    }
}

/// What answers calls: a [`Client`], or a stand-in where a test needs one.
pub trait Service: Send + Sync + 'static {
    /// One result per item, in the order of the items.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there are no results at all.
    fn call(&self, call: Call) -> impl Future<Output = Result<Vec<ItemResult>, CallError>> + Send;

    /// Whether an enclave is attested, or can be now.
    ///
    /// # Errors
    ///
    /// [`CallError`] says why none can be.
    fn ready(&self) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// Calls one enclave, or one of several behind an address. Share it by reference or in an [`Arc`].
pub struct Client<R: Root = AwsRoot> {
    parent: Parent,
    root: R,
    pinned: Pinned,
    identity: Option<Identity>,
    attested: Mutex<Attested<R::Mark>>,
}

/// What a client keeps of its attestations: the current session, and the issuers it has verified.
struct Attested<M> {
    session: Option<Arc<Session<M>>>,
    issuers: IssuerCache,
}

/// Collects what a [`Client`] needs.
pub struct ClientBuilder<R: Root> {
    address: String,
    certificates: Option<Vec<u8>>,
    root: R,
    pinned: Pinned,
    identity: Option<Identity>,
}

impl<R: Root> ClientBuilder<R> {
    /// Trusts these certificates (PEM) for TLS to the parent, instead of the system's roots.
    #[must_use]
    pub fn certificates(mut self, pem: Vec<u8>) -> Self {
        self.certificates = Some(pem);
        self
    }

    /// Sends requests as `identity`. Without one, a client can only attest.
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`HttpError`] for an address or certificates that cannot be used.
    pub fn build(self) -> Result<Client<R>, HttpError> {
        Ok(Client {
            parent: Parent::new(&self.address, self.certificates.as_deref())?,
            root: self.root,
            pinned: self.pinned,
            identity: self.identity,
            attested: Mutex::new(Attested {
                session: None,
                issuers: IssuerCache::default(),
            }),
        })
    }
}

impl<R: Root> Client<R> {
    /// Starts a client for the parent at `address` (http or https), whose enclave must go back to
    /// `root` and be one of the releases in `pinned`: the [`Expectations`] of one, or a [`Pinned`]
    /// of several while one replaces another.
    ///
    /// [`Expectations`]: vouchsafe_common::attestation::Expectations
    pub fn builder(address: &str, root: R, pinned: impl Into<Pinned>) -> ClientBuilder<R> {
        ClientBuilder {
            address: address.to_owned(),
            certificates: None,
            root,
            pinned: pinned.into(),
            identity: None,
        }
    }

    /// Verifies the enclave's evidence, unless that was done and is still good. Calls do it by
    /// themselves; doing it before tells early that it will not work.
    ///
    /// # Errors
    ///
    /// [`CallError::Http`], [`CallError::EvidenceEncoding`], [`CallError::Evidence`].
    pub async fn attest(&self) -> Result<(), CallError> {
        self.session().await.map(drop)
    }

    /// Sends one request and returns one result per item, in the order of the items.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there are no results at all; what failed for one item is in its result.
    pub async fn call(&self, call: Call) -> Result<Vec<ItemResult>, CallError> {
        let identity = self.identity.as_ref().ok_or(CallError::NoIdentity)?;
        let token = identity.current_token().await?;
        let credentials = identity
            .credentials(token.as_ref())
            .ok_or(CallError::NoIdentity)?;
        let mut request = unsent(call);
        let session = self.session().await?;
        let again = match self.exchange(&session, &mut request, &credentials).await? {
            Exchanged::Done(results) => return Ok(results),
            Exchanged::UnknownKey(answered) => self.replace(&session, answered).await?,
            Exchanged::WrongTime(_) => self.replace(&session, None).await?,
        };
        match self.exchange(&again, &mut request, &credentials).await? {
            Exchanged::Done(results) => Ok(results),
            Exchanged::UnknownKey(_) => Err(CallError::UnknownKey),
            Exchanged::WrongTime(refusal) => Err(CallError::Refused(refusal)),
        }
    }

    /// One exchange, again after a pause while the parent has no room. It was not worked on then;
    /// still each attempt is sealed anew under an id of its own.
    async fn exchange(
        &self,
        session: &Session<R::Mark>,
        request: &mut Request,
        credentials: &hpke::Credentials<'_>,
    ) -> Result<Exchanged, CallError> {
        for pause in BUSY_PAUSES {
            match self.exchange_once(session, request, credentials).await {
                Err(CallError::Http(error)) if error.is_busy() => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.exchange_once(session, request, credentials).await
    }

    /// Seals `request` under a fresh id, has it carried, and opens what came back.
    async fn exchange_once(
        &self,
        session: &Session<R::Mark>,
        request: &mut Request,
        credentials: &hpke::Credentials<'_>,
    ) -> Result<Exchanged, CallError> {
        request.id = RequestId(random());
        request.issued_at = session.enclave_time(Instant::now());
        let (sealed, opener) = hpke::seal(session.enclave(), request, credentials)?;
        let challenge = Challenge::draw(wall_clock());
        match self.parent.process(sealed, challenge.nonce()).await? {
            ProcessAnswer::UnknownKey { evidence } => Ok(Exchanged::UnknownKey(
                evidence.map(|evidence| (evidence, challenge)),
            )),
            ProcessAnswer::Reply(sealed) => match opener.open(&sealed)? {
                Reply::Done { items } if answers(&items, &request.items) => {
                    Ok(Exchanged::Done(items))
                }
                Reply::Done { .. } => Err(CallError::ReplyMismatch),
                Reply::Refused {
                    code: code @ (Refusal::Stale | Refusal::IssuedInFuture),
                } => Ok(Exchanged::WrongTime(code)),
                Reply::Refused { code } => Err(CallError::Refused(code)),
            },
        }
    }

    /// The current session, attesting first where there is none. Others wait meanwhile.
    async fn session(&self) -> Result<Arc<Session<R::Mark>>, CallError> {
        let mut attested = self.attested.lock().await;
        match &attested.session {
            Some(session) if !session.is_over(Instant::now()) => Ok(Arc::clone(session)),
            _ => self.attest_again(&mut attested, None).await,
        }
    }

    /// Another session than `used`, by the evidence that came along or by new evidence.
    async fn replace(
        &self,
        used: &Arc<Session<R::Mark>>,
        answered: Option<(Vec<u8>, Challenge)>,
    ) -> Result<Arc<Session<R::Mark>>, CallError> {
        let mut attested = self.attested.lock().await;
        match &attested.session {
            Some(session) if !Arc::ptr_eq(session, used) => Ok(Arc::clone(session)),
            _ => self.attest_again(&mut attested, answered).await,
        }
    }

    /// Ends the session and starts another, by evidence that answers a challenge.
    async fn attest_again(
        &self,
        attested: &mut Attested<R::Mark>,
        answered: Option<(Vec<u8>, Challenge)>,
    ) -> Result<Arc<Session<R::Mark>>, CallError> {
        attested.session = None;
        let (evidence, challenge) = if let Some(answered) = answered {
            answered
        } else {
            let challenge = Challenge::draw(wall_clock());
            (self.parent.evidence(challenge.nonce()).await?, challenge)
        };
        let arrived = Instant::now();
        let evidence = Evidence::decode(&evidence).map_err(CallError::EvidenceEncoding)?;
        let (now, issuers) = (wall_clock(), &mut attested.issuers);
        let enclave = self
            .root
            .verify(&evidence, &self.pinned, challenge, now, issuers)
            .map_err(CallError::Evidence)?;
        let session = attested
            .session
            .insert(Arc::new(Session::new(enclave, arrived)));
        Ok(Arc::clone(session))
    }
}

impl<R: Root> Service for Client<R> {
    async fn call(&self, call: Call) -> Result<Vec<ItemResult>, CallError> {
        Self::call(self, call).await
    }

    async fn ready(&self) -> Result<(), CallError> {
        self.attest().await
    }
}

/// What one exchange led to.
enum Exchanged {
    Done(Vec<ItemResult>),
    /// With the evidence that came along, and the challenge that it should answer.
    UnknownKey(Option<(Vec<u8>, Challenge)>),
    WrongTime(Refusal),
}

/// A request that has neither id nor date yet.
fn unsent(call: Call) -> Request {
    Request {
        id: RequestId::UNKNOWN,
        issued_at: UnixMillis(0),
        purpose: call.purpose,
        tenant: call.tenant,
        dataset: call.dataset,
        operation: call.operation,
        parameters: call.parameters,
        items: call.items,
    }
}

/// Whether each item has its result, in order.
fn answers(results: &[ItemResult], items: &[Item]) -> bool {
    results.len() == items.len()
        && results
            .iter()
            .zip(items)
            .all(|(result, item)| result.reference == item.reference)
}

/// Random bytes of the system's.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system's random source answers");
    bytes
}

/// This machine's wall clock, for checking evidence.
pub(crate) fn wall_clock() -> UnixMillis {
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMillis(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
}
