//! The local door for everything that is not Rust: plain JSON in, sealed requests out.
//!
//! Listens on loopback or a Unix socket, inside the caller's own trust domain; whoever reaches it
//! acts as the configured caller. So a browser must not be led here: a foreign `Host` (DNS
//! rebinding) and any `Origin` are refused, and bodies must be `application/json`.
//!
//! Bodies, concurrency and time are bounded. Nothing of a body is logged or repeated in an error.
//! Next: [`crate::json`] for the shapes, docs/CLI.md for the contract.

mod listen;
mod problem;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use tokio::sync::Semaphore;
use vouchsafe_common::message::ItemResult;
use zeroize::Zeroizing;

pub use listen::{Door, Listen, ListenError, serve};
pub use problem::ProxyError;

use crate::client::{Call, Service};
use crate::http::is_loopback;
use crate::json::{self, JsonError, RequestJson, ResultJson};

/// Longest JSON body, bytes: the largest request with its records in base64.
pub const MAX_BODY_BYTES: usize = 24 * 1024 * 1024;
/// Requests worked on at once; further ones are told to come back.
pub const MAX_CONCURRENT: usize = 64;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest operation name, bytes.
const MAX_OPERATION_BYTES: usize = 64;

/// What requests get when they do not say it themselves.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Whose data.
    pub tenant: Option<String>,
    /// Which data.
    pub dataset: Option<String>,
    /// What results are for.
    pub purpose: String,
}

struct Proxy<S> {
    service: S,
    defaults: Defaults,
    permits: Semaphore,
    check_host: bool,
}

/// The routes. `check_host` refuses foreign `Host` headers; a Unix socket has none to check.
pub fn router<S: Service>(service: S, defaults: Defaults, check_host: bool) -> Router {
    let permits = Semaphore::new(MAX_CONCURRENT);
    let proxy = Arc::new(Proxy {
        service,
        defaults,
        permits,
        check_host,
    });
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready::<S>))
        .route("/v1/{operation}", post(process::<S>))
        .fallback(|| async { ProxyError::NotFound })
        .method_not_allowed_fallback(|| async { ProxyError::MethodNotAllowed })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&proxy),
            keep_browsers_out::<S>,
        ))
        .with_state(proxy)
}

/// Refuses what only a browser sends: an `Origin`, or the name of another site as `Host`.
async fn keep_browsers_out<S: Service>(
    State(proxy): State<Arc<Proxy<S>>>,
    request: Request,
    next: Next,
) -> Response {
    if request.headers().contains_key(ORIGIN) {
        return ProxyError::BrowserOrigin.into_response();
    }
    if proxy.check_host && !has_local_host(&request) {
        return ProxyError::ForeignHost.into_response();
    }
    next.run(request).await
}

/// Whether the one `Host` header, and the URI where it names one, is this machine's loopback.
fn has_local_host(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let is_local = |host: &str| {
        host.parse::<axum::http::uri::Authority>()
            .is_ok_and(|authority| is_loopback(authority.host()))
    };
    host.to_str().is_ok_and(is_local) && request.uri().host().is_none_or(is_loopback)
}

async fn ready<S: Service>(State(proxy): State<Arc<Proxy<S>>>) -> Result<&'static str, ProxyError> {
    proxy.service.ready().await?;
    Ok("ready\n")
}

async fn process<S: Service>(
    State(proxy): State<Arc<Proxy<S>>>,
    Path(operation): Path<String>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<Response, ProxyError> {
    let _permit = proxy.permits.try_acquire().map_err(|_| ProxyError::Busy)?;
    if !is_json(&headers) {
        return Err(ProxyError::NotJson);
    }
    let body = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, &()));
    let body = body.await.map_err(|_| ProxyError::BodyTimeout)?;
    let body = body.map_err(|_| ProxyError::BodyTooLarge)?;
    let call = call(operation, &body, &proxy.defaults)?;
    let results = proxy.service.call(call).await?;
    Ok(answer(&results))
}

/// Whether the body is declared, once, as JSON, which a browser does not send across sites unasked.
fn is_json(headers: &HeaderMap) -> bool {
    let mut declared = headers.get_all(CONTENT_TYPE).iter();
    let (Some(declared), None) = (declared.next(), declared.next()) else {
        return false;
    };
    let essence = declared
        .to_str()
        .ok()
        .and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn call(operation: String, body: &[u8], defaults: &Defaults) -> Result<Call, JsonError> {
    if operation.len() > MAX_OPERATION_BYTES {
        return Err(JsonError::Shape);
    }
    let request: RequestJson = serde_json::from_slice(body).map_err(|_| JsonError::Shape)?;
    let or_default = |given: Option<String>, default: &Option<String>| {
        given.or_else(|| default.clone()).ok_or(JsonError::Scope)
    };
    Ok(Call {
        operation,
        parameters: json::parameters(request.parameters.as_ref())?,
        tenant: or_default(request.tenant, &defaults.tenant)?,
        dataset: or_default(request.dataset, &defaults.dataset)?,
        purpose: request.purpose.unwrap_or_else(|| defaults.purpose.clone()),
        items: json::items(request.items)?,
    })
}

#[derive(Serialize)]
struct Answer<'a> {
    items: Vec<ResultJson<'a>>,
}

fn answer(results: &[ItemResult]) -> Response {
    let answer = Answer {
        items: results.iter().map(ResultJson::of).collect(),
    };
    let body = serde_json::to_vec(&answer).expect("results of texts and numbers always encode");
    // Wiped when the last handle of it is dropped, which is after it was written to the socket.
    let body = Bytes::from_owner(Zeroizing::new(body));
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    response
}

#[cfg(test)]
mod tests;
