//! The routes and their handlers.
//!
//! A handler checks what is cheap before what is dear, and holds a share of the byte budget before
//! it reads a body. Nothing a caller sends is trusted or repeated, and a body is only ever sealed
//! bytes here. Answers that are not results are [`Problem`]s; [`crate::server`] writes, counts and
//! logs them. Next: [`crate::relay`] for what happens to a body, openapi.json for the contract.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, EXPECT};
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt as _;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};
use vouchsafe_common::envelope;
use vouchsafe_common::limits::MAX_SEALED_REQUEST_BYTES;

use crate::config::Limits;
use crate::limits::{ByteBudget, HeldBytes, RateLimiter};
use crate::metrics::{Gauges, Metrics, Route};
use crate::problem::{Code, Problem};
use crate::relay::{Relay, RelayError};

/// The description of this API, `OpenAPI` 3.1.
pub const OPENAPI: &str = include_str!("../openapi.json");

/// Method and path of each route.
pub const ROUTES: &[(&str, &str)] = &[
    ("GET", "/v1/evidence"),
    ("POST", "/v1/process"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
];

/// The header with which a caller names the nonce for evidence that comes with 421.
pub const NONCE_HEADER: &str = "vouchsafe-nonce";

/// Bytes that a request costs beside its body: headers, buffers, tasks.
const REQUEST_OVERHEAD_BYTES: usize = 32 * 1024;

/// Copies of a body that are paid for: as received, in its frame, and as much again for what the
/// allocator and the sockets hold.
const BODY_COPIES: usize = 3;

/// What handlers share.
#[derive(Debug)]
pub struct App {
    /// The enclaves.
    pub relay: Arc<Relay>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Memory for bodies and replies.
    pub budget: ByteBudget,
    limits: Limits,
    room: Semaphore,
    request_rate: RateLimiter,
    evidence_rate: RateLimiter,
    draining: AtomicBool,
}

/// Who asks, and since when; the connection tells.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// The address that the connection comes from.
    pub address: IpAddr,
    /// When the head of the request was read.
    pub start: Instant,
}

impl App {
    /// What handlers need, idle.
    pub fn new(
        relay: Arc<Relay>,
        metrics: Arc<Metrics>,
        budget: ByteBudget,
        limits: Limits,
    ) -> Self {
        Self {
            relay,
            metrics,
            budget,
            room: Semaphore::new(limits.concurrent_requests),
            request_rate: RateLimiter::new(limits.requests_per_second),
            evidence_rate: RateLimiter::new(limits.evidence_per_second),
            draining: AtomicBool::new(false),
            limits,
        }
    }

    /// The bounds of the HTTP API.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// From now on not ready, so that a load balancer sends requests elsewhere.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    fn deadline(&self, caller: Caller) -> Instant {
        caller.start + self.limits.request_deadline()
    }

    fn gauges(&self) -> Gauges {
        let free = self.room.available_permits();
        Gauges {
            requests_under_way: self.limits.concurrent_requests.saturating_sub(free) as u64,
            budget_used_bytes: self.budget.used() as u64,
            budget_bytes: self.budget.total() as u64,
            enclaves_up: self.relay.up(),
        }
    }
}

/// The routes. Each request must carry a [`Caller`] as an extension.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/evidence", get(get_evidence))
        .route("/v1/process", post(post_process))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(get_ready))
        .route("/metrics", get(get_metrics))
        .route("/openapi.json", get(get_openapi))
        .fallback(async || Problem::new(Code::NotFound))
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed))
        .with_state(app)
}

async fn get_evidence(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let caller = caller(&request);
    admit(&app.request_rate, caller)?;
    let nonce = nonce_in_query(request.uri().query()).ok_or(Code::BadNonce)?;
    admit(&app.evidence_rate, caller)?;
    let _room = app.room.try_acquire().map_err(|_| Code::Busy)?;
    let mut held = app
        .budget
        .try_hold(REQUEST_OVERHEAD_BYTES)
        .ok_or(Code::Busy)?;
    let evidence = app
        .relay
        .evidence(nonce, &mut held, app.deadline(caller))
        .await?
        .encode();
    app.metrics.bytes(Route::Evidence, 0, evidence.len() as u64);
    Ok(reply("application/cbor", evidence, held))
}

async fn post_process(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let caller = caller(&request);
    let (parts, mut body) = request.into_parts();
    let (mut held, nonce) = match precheck(&app, caller, &parts.headers, &body) {
        Ok(admitted) => admitted,
        Err(problem) => {
            drain(body, &parts.headers, &problem).await;
            return Err(problem);
        }
    };
    let patience = caller.start + app.limits.body_timeout().min(app.limits.request_deadline());
    let sealed = match timeout_at(patience, receive(&mut body, &mut held)).await {
        Ok(Ok(sealed)) => sealed,
        Ok(Err(code)) => {
            let problem = Problem::new(code);
            drain(body, &parts.headers, &problem).await;
            return Err(problem);
        }
        Err(_) => return Err(Code::BodyTimeout.into()),
    };
    let received = sealed.len();
    app.metrics.bytes(Route::Process, received as u64, 0);
    let key = envelope::key_id(&sealed).map_err(|_| Code::Malformed)?;
    let _room = app.room.try_acquire().map_err(|_| Code::Busy)?;
    let deadline = app.deadline(caller);
    match app.relay.process(key, sealed, &mut held, deadline).await {
        Ok(sealed) => {
            app.metrics.bytes(Route::Process, 0, sealed.len() as u64);
            Ok(reply("application/octet-stream", sealed, held))
        }
        Err(RelayError::UnknownKey) => {
            let evidence = match nonce {
                Some(nonce) => {
                    admit(&app.evidence_rate, caller)?;
                    // Without it the answer is still true: the caller can ask for evidence itself.
                    app.relay.evidence(nonce, &mut held, deadline).await.ok()
                }
                None => None,
            };
            Err(Problem::unknown_key(
                evidence.map(|evidence| evidence.encode()),
            ))
        }
        Err(error) => Err(error.into()),
    }
}

async fn get_ready(State(app): State<Arc<App>>) -> Result<&'static str, Problem> {
    if app.relay.is_ready() && !app.draining.load(Ordering::Relaxed) {
        Ok("ready\n")
    } else {
        Err(Code::EnclaveUnavailable.into())
    }
}

async fn get_metrics(State(app): State<Arc<App>>) -> Response {
    let page = app.metrics.render(&app.gauges());
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        page,
    )
        .into_response()
}

async fn get_openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// All that can be known before the body is read, cheapest first.
fn precheck(
    app: &App,
    caller: Caller,
    headers: &HeaderMap,
    body: &Body,
) -> Result<(HeldBytes, Option<[u8; 32]>), Problem> {
    admit(&app.request_rate, caller)?;
    if !is_sealed_request(headers) {
        return Err(Code::UnsupportedMediaType.into());
    }
    let nonce = match headers.get(NONCE_HEADER) {
        Some(value) => Some(nonce(value.as_bytes()).ok_or(Code::BadNonce)?),
        None => None,
    };
    let declared = body.size_hint().exact().map_or(Ok(0), usize::try_from);
    let declared = declared
        .ok()
        .filter(|bytes| *bytes <= MAX_SEALED_REQUEST_BYTES);
    let declared = declared.ok_or(Code::TooLarge)?;
    if app.room.available_permits() == 0 {
        return Err(Code::Busy.into());
    }
    let bytes = BODY_COPIES * declared + REQUEST_OVERHEAD_BYTES;
    Ok((app.budget.try_hold(bytes).ok_or(Code::Busy)?, nonce))
}

/// Reads the body; memory beyond what was declared is held chunk by chunk.
async fn receive(body: &mut Body, held: &mut HeldBytes) -> Result<Vec<u8>, Code> {
    let declared = body
        .size_hint()
        .exact()
        .map_or(0, |bytes| usize::try_from(bytes).unwrap_or(0));
    let mut sealed = Vec::with_capacity(declared.min(MAX_SEALED_REQUEST_BYTES));
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(|_| Code::IncompleteBody)?.into_data() else {
            continue;
        };
        let total = sealed.len() + chunk.len();
        if total > MAX_SEALED_REQUEST_BYTES {
            return Err(Code::TooLarge);
        }
        let beyond = total.saturating_sub(sealed.capacity());
        if beyond > 0 {
            // A vector grows to twice its length.
            let room = (2 * sealed.capacity())
                .max(total)
                .min(MAX_SEALED_REQUEST_BYTES);
            if !held.try_grow(BODY_COPIES * (room - sealed.capacity())) {
                return Err(Code::Busy);
            }
            sealed.reserve_exact(room - sealed.len());
        }
        sealed.extend_from_slice(&chunk);
    }
    Ok(sealed)
}

/// Reads and forgets what is left of a refused body, within bounds, because a connection that is
/// closed under a caller's writes loses the answer. A caller that waits for 100 sends nothing more.
async fn drain(mut body: Body, headers: &HeaderMap, problem: &Problem) {
    const PATIENCE: Duration = Duration::from_secs(1);
    if headers.contains_key(EXPECT) {
        return;
    }
    let mut left: usize = match problem.code {
        Code::TooLarge => 2 * MAX_SEALED_REQUEST_BYTES,
        _ => 1024 * 1024,
    };
    let _ = timeout(PATIENCE, async {
        while let Some(Ok(frame)) = body.frame().await {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(bytes) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    })
    .await;
}

/// A reply whose bytes stay held until the connection has written them.
fn reply(media_type: &'static str, bytes: Vec<u8>, mut held: HeldBytes) -> Response {
    struct Held {
        bytes: Vec<u8>,
        _held: HeldBytes,
    }
    impl AsRef<[u8]> for Held {
        fn as_ref(&self) -> &[u8] {
            &self.bytes
        }
    }
    held.shrink_to(bytes.len() + REQUEST_OVERHEAD_BYTES);
    let mut response = Response::new(Body::from(Bytes::from_owner(Held { bytes, _held: held })));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn admit(rate: &RateLimiter, caller: Caller) -> Result<(), Problem> {
    rate.take(caller.address, caller.start.into_std())
        .map_err(Problem::rate_limited)
}

fn caller(request: &Request) -> Caller {
    *request
        .extensions()
        .get()
        .expect("the connection puts it into each request")
}

fn nonce_in_query(query: Option<&str>) -> Option<[u8; 32]> {
    nonce(query?.strip_prefix("nonce=")?.as_bytes())
}

fn nonce(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

/// `application/cose`, with the parameter `cose-type="cose-encrypt0"` or none (RFC 9052 §11.3.1).
fn is_sealed_request(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(HeaderValue::to_str) else {
        return false;
    };
    if headers.contains_key(CONTENT_ENCODING) {
        return false;
    }
    let (essence, parameter) = match value.split_once(';') {
        Some((essence, parameter)) => (essence, Some(parameter)),
        None => (value, None),
    };
    essence.trim().eq_ignore_ascii_case("application/cose")
        && parameter.is_none_or(|parameter| {
            parameter
                .trim()
                .split_once('=')
                .is_some_and(|(name, value)| {
                    name.eq_ignore_ascii_case("cose-type")
                        && matches!(value, "\"cose-encrypt0\"" | "cose-encrypt0")
                })
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (k.parse().unwrap(), HeaderValue::from_static(v)))
            .collect()
    }

    #[test]
    fn only_the_media_type_of_a_sealed_request_is_taken() {
        for good in [
            "application/cose",
            "application/cose; cose-type=\"cose-encrypt0\"",
            "Application/COSE;cose-type=cose-encrypt0",
        ] {
            assert!(
                is_sealed_request(&headers(&[("content-type", good)])),
                "{good}"
            );
        }
        for bad in [
            "application/json",
            "application/cose; cose-type=\"cose-sign1\"",
            "application/cose; cose-type",
            "application/cose-key",
            "",
        ] {
            assert!(
                !is_sealed_request(&headers(&[("content-type", bad)])),
                "{bad}"
            );
        }
        assert!(!is_sealed_request(&headers(&[])));
        let encoded = [
            ("content-type", "application/cose"),
            ("content-encoding", "gzip"),
        ];
        assert!(!is_sealed_request(&headers(&encoded)));
    }

    #[test]
    fn a_nonce_is_exactly_64_hexadecimal_digits() {
        let digits = "0aB1".repeat(16);
        assert!(nonce_in_query(Some(&format!("nonce={digits}"))).is_some());
        assert_eq!(nonce_in_query(None), None);
        for bad in [
            String::new(),
            digits.clone(),
            format!("nonce={}", &digits[1..]),
            format!("nonce={digits}0"),
            format!("nonce={digits}&x=1"),
            format!("nonce={}", "g".repeat(64)),
        ] {
            assert_eq!(nonce_in_query(Some(&bad)), None, "{bad}");
        }
    }

    /// A body of `left` chunks of 100 bytes that does not say so beforehand.
    struct Chunks(usize);

    impl axum::body::HttpBody for Chunks {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            let left = self.0.checked_sub(1);
            self.0 = left.unwrap_or(0);
            Poll::Ready(left.map(|_| Ok(Frame::data(Bytes::from_static(&[1; 100])))))
        }
    }

    #[tokio::test]
    async fn a_body_without_length_is_held_as_it_comes_and_stops_at_the_budget() {
        let budget = ByteBudget::new(1500);
        let mut held = budget.hold_nothing();
        let received = receive(&mut Body::new(Chunks(4)), &mut held).await;
        assert_eq!(received.unwrap().len(), 400);
        assert_eq!(budget.used(), 1200);
        drop(held);
        let mut held = budget.hold_nothing();
        assert_eq!(
            receive(&mut Body::new(Chunks(9)), &mut held).await,
            Err(Code::Busy)
        );
    }

    #[tokio::test]
    async fn a_body_without_length_over_the_limit_is_too_large() {
        let budget = ByteBudget::new(usize::MAX);
        let mut held = budget.hold_nothing();
        let chunks = Chunks(MAX_SEALED_REQUEST_BYTES / 100 + 1);
        assert_eq!(
            receive(&mut Body::new(chunks), &mut held).await,
            Err(Code::TooLarge)
        );
    }
}
