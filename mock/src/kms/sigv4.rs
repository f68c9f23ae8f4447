//! Who signed a request: AWS Signature Version 4, checked for real.
//!
//! The signature is computed again with `aws-sigv4` over exactly the headers that the caller
//! lists, and compared in constant time. What the caller leaves out of the list it must not:
//! host, date, target and session token.
//!
//! Trusts nothing in the request before the signature matches. Presigned URLs are not accepted.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use time::PrimitiveDateTime;
use time::macros::format_description;

use super::error::{Incomplete, KmsError, SignatureFault};
use super::principals::{Principal, Principals};

/// How far a request's date may be from this clock, either way.
pub const MAX_SKEW: Duration = Duration::from_mins(15);
/// Headers that must be under the signature when the request carries them.
const MUST_BE_SIGNED: [&str; 4] = ["host", "x-amz-date", "x-amz-target", "x-amz-security-token"];

/// A request as it arrived: what the signature covers.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `POST`.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Every header.
    pub headers: &'a HeaderMap,
    /// The body, undecoded.
    pub body: &'a [u8],
}

/// The parts of an `Authorization` header.
struct Authorization<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

/// Finds out who signed a request.
///
/// # Errors
///
/// [`KmsError`] under the names AWS uses: missing or incomplete signature, unknown principal,
/// expired token, or a signature that does not match.
pub fn authenticate<'p>(
    request: &Signed<'_>,
    principals: &'p Principals,
    region: &str,
    now: SystemTime,
) -> Result<&'p Principal, KmsError> {
    let header = request
        .headers
        .get(AUTHORIZATION)
        .ok_or(KmsError::MissingAuthenticationToken)?
        .to_str()
        .map_err(|_| KmsError::IncompleteSignature(Incomplete::Authorization))?;
    let authorization = Authorization::parse(header).map_err(KmsError::IncompleteSignature)?;
    let signed_at =
        signing_time(request.headers, authorization.date).map_err(KmsError::IncompleteSignature)?;
    let covered = covered_headers(request.headers, &authorization.signed_headers)
        .map_err(KmsError::IncompleteSignature)?;

    let principal = principals
        .by_access_key_id(authorization.access_key_id)
        .ok_or(KmsError::UnrecognizedClient)?;
    check_session(principal, request.headers, now)?;
    authorization
        .check_scope(region)
        .map_err(KmsError::InvalidSignature)?;
    check_skew(signed_at, now).map_err(KmsError::InvalidSignature)?;

    let expected = signature(request, &covered, principal, region, signed_at)
        .ok_or(KmsError::InvalidSignature(SignatureFault::Mismatch))?;
    verify_slices_are_equal(expected.as_bytes(), authorization.signature.as_bytes())
        .map_err(|_| KmsError::InvalidSignature(SignatureFault::Mismatch))?;
    Ok(principal)
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str) -> Result<Self, Incomplete> {
        let fields = header
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .ok_or(Incomplete::Authorization)?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for field in fields.split(',') {
            let (name, value) = field
                .trim()
                .split_once('=')
                .ok_or(Incomplete::Authorization)?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(Incomplete::Authorization),
            };
            if slot.replace(value).is_some() {
                return Err(Incomplete::Authorization);
            }
        }
        let (Some(credential), Some(signed_headers), Some(signature)) =
            (credential, signed_headers, signature)
        else {
            return Err(Incomplete::Authorization);
        };
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, "aws4_request"] = scope[..] else {
            return Err(Incomplete::Credential);
        };
        Ok(Self {
            access_key_id,
            date,
            region,
            service,
            signed_headers: signed_headers.split(';').collect(),
            signature,
        })
    }

    fn check_scope(&self, region: &str) -> Result<(), SignatureFault> {
        if self.region != region {
            return Err(SignatureFault::Region);
        }
        if self.service != "kms" {
            return Err(SignatureFault::Service);
        }
        Ok(())
    }
}

/// The headers under the signature, by the caller's list: sorted, lower case, all present.
fn covered_headers<'a>(
    headers: &'a HeaderMap,
    listed: &[&'a str],
) -> Result<Vec<(&'a str, &'a str)>, Incomplete> {
    let sorted = listed.windows(2).all(|pair| pair[0] < pair[1]);
    let complete = MUST_BE_SIGNED
        .iter()
        .all(|name| !headers.contains_key(*name) || listed.contains(name));
    if !sorted || !complete || !listed.contains(&"host") {
        return Err(Incomplete::SignedHeaders);
    }
    let mut covered = Vec::new();
    for name in listed {
        let lower_case = !name.bytes().any(|byte| byte.is_ascii_uppercase());
        if !lower_case || *name == "authorization" || !headers.contains_key(*name) {
            return Err(Incomplete::SignedHeaders);
        }
        for value in headers.get_all(*name) {
            covered.push((
                *name,
                value.to_str().map_err(|_| Incomplete::SignedHeaders)?,
            ));
        }
    }
    Ok(covered)
}

/// The time in `X-Amz-Date`, which must be of the credential's day.
fn signing_time(headers: &HeaderMap, credential_date: &str) -> Result<SystemTime, Incomplete> {
    let text = headers
        .get("x-amz-date")
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.starts_with(credential_date))
        .ok_or(Incomplete::Date)?;
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = PrimitiveDateTime::parse(text, format).map_err(|_| Incomplete::Date)?;
    Ok(time.assume_utc().into())
}

fn check_skew(signed_at: SystemTime, now: SystemTime) -> Result<(), SignatureFault> {
    if now
        .duration_since(signed_at)
        .is_ok_and(|age| age > MAX_SKEW)
    {
        return Err(SignatureFault::Expired);
    }
    if signed_at
        .duration_since(now)
        .is_ok_and(|ahead| ahead > MAX_SKEW)
    {
        return Err(SignatureFault::NotYetCurrent);
    }
    Ok(())
}

/// The token must be the principal's; a principal without one must send none.
fn check_session(
    principal: &Principal,
    headers: &HeaderMap,
    now: SystemTime,
) -> Result<(), KmsError> {
    let sent = headers
        .get("x-amz-security-token")
        .map(http::HeaderValue::as_bytes);
    match (&principal.session, sent) {
        (None, None) => Ok(()),
        (Some(session), Some(sent)) => {
            verify_slices_are_equal(session.token.expose_secret().as_bytes(), sent)
                .map_err(|_| KmsError::UnrecognizedClient)?;
            let expiry = session.expires_at.map(Duration::from_secs);
            let expired = expiry.is_some_and(|at| SystemTime::UNIX_EPOCH + at <= now);
            if expired {
                Err(KmsError::ExpiredToken)
            } else {
                Ok(())
            }
        }
        _ => Err(KmsError::UnrecognizedClient),
    }
}

/// What the principal's secret makes of these bytes, in hex.
fn signature(
    request: &Signed<'_>,
    covered: &[(&str, &str)],
    principal: &Principal,
    region: &str,
    signed_at: SystemTime,
) -> Option<String> {
    // The token, where there is one, is among the covered headers; given to the signer as well,
    // it would be added to requests that left it out.
    let secret = principal.secret_access_key.expose_secret().as_str();
    let identity =
        Credentials::new(&principal.access_key_id, secret, None, None, "principals").into();
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("kms")
        .time(signed_at)
        .settings(settings)
        .build()
        .ok()?
        .into();
    // The authority is a placeholder: the host header is always among the covered ones.
    let url = format!("https://kms.invalid{}", request.path);
    let signable = SignableRequest::new(
        request.method,
        url,
        covered.iter().copied(),
        SignableBody::Bytes(request.body),
    )
    .ok()?;
    let (_, signature) = sign(signable, &params).ok()?.into_parts();
    Some(signature)
}

#[cfg(test)]
#[path = "sigv4_tests.rs"]
mod tests;
