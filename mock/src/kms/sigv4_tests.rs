//! Requests as botocore signs them, and every way a signature is not accepted.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]

use http::HeaderValue;

use super::*;
use crate::kms::tests::vectors;

const REGION: &str = "eu-west-1";
/// 2026-06-01T12:00:00Z, when the golden requests were signed.
const SIGNED_AT: u64 = 1_780_315_200;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn principals(token: &str, expires: &str) -> Principals {
    Principals::parse(&format!(
        r#"[[principal]]
        name = "golden"
        access_key_id = "AKIDEXAMPLE"
        secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
        {token}
        {expires}
        arn = "arn:aws:iam::111122223333:role/golden"
        account = "111122223333"
        iam = []"#
    ))
    .unwrap()
}

fn with_token() -> Principals {
    principals(r#"session_token = "FwoGZXIvYXdzEXAMPLETOKEN""#, "")
}

#[derive(Clone)]
struct Message {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Message {
    fn parse(text: &[u8]) -> Self {
        let text = String::from_utf8(text.to_vec())
            .unwrap()
            .replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap();
        let mut headers = HeaderMap::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").unwrap();
            headers.insert(
                http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value.trim_end()).unwrap(),
            );
        }
        Self {
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    /// A request of our own under the golden credentials.
    fn ours() -> Self {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "localhost:1"),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "TrentService.ListKeys"),
            ("x-amz-date", "20260601T120000Z"),
            ("x-amz-security-token", "FwoGZXIvYXdzEXAMPLETOKEN"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let mut message = Self {
            headers,
            body: b"{}".to_vec(),
        };
        message.sign(
            "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            REGION,
        );
        message
    }

    fn request(&self) -> Signed<'_> {
        Signed {
            method: "POST",
            path: "/",
            headers: &self.headers,
            body: &self.body,
        }
    }

    fn sign(&mut self, listed: &str, region: &str) {
        let listed_names: Vec<&str> = listed.split(';').collect();
        let covered: Vec<(&str, &str)> = listed_names
            .iter()
            .filter_map(|name| Some((*name, self.headers.get(*name)?.to_str().ok()?)))
            .collect();
        let principals = with_token();
        let golden = principals.by_name("golden").unwrap();
        let hex = signature(&self.request(), &covered, golden, region, at(SIGNED_AT)).unwrap();
        self.set(
            "authorization",
            &format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260601/{region}/kms/aws4_request, \
                 SignedHeaders={listed}, Signature={hex}"
            ),
        );
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
    }

    fn replace(&mut self, from: &str, to: &str) {
        let old = self.headers["authorization"].to_str().unwrap().to_owned();
        assert!(old.contains(from));
        self.set("authorization", &old.replace(from, to));
    }

    fn check(&self, principals: &Principals, now: SystemTime) -> Result<String, KmsError> {
        authenticate(&self.request(), principals, REGION, now).map(|p| p.name.clone())
    }

    fn error(&self) -> KmsError {
        self.check(&with_token(), at(SIGNED_AT)).unwrap_err()
    }
}

#[test]
fn requests_signed_by_botocore_are_accepted_and_altered_ones_are_not() {
    let Some(golden) = vectors("kms-wire") else {
        return;
    };
    let mut checked = 0;
    for entry in std::fs::read_dir(golden).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "http") {
            continue;
        }
        let message = Message::parse(&std::fs::read(&path).unwrap());
        let golden = message.check(&with_token(), at(SIGNED_AT));
        assert_eq!(golden.as_deref(), Ok("golden"), "{}", path.display());
        for position in [0, message.body.len() / 2, message.body.len() - 1] {
            let mut altered = message.clone();
            altered.body[position] ^= 1;
            assert_eq!(
                altered.error(),
                KmsError::InvalidSignature(SignatureFault::Mismatch)
            );
        }
        let mut altered = message.clone();
        altered.set("x-amz-target", "TrentService.Encrypt");
        assert_eq!(
            altered.error(),
            KmsError::InvalidSignature(SignatureFault::Mismatch)
        );
        checked += 1;
    }
    assert_eq!(checked, 5);
}

#[test]
fn a_request_signed_here_is_accepted() {
    assert_eq!(
        Message::ours().check(&with_token(), at(SIGNED_AT)),
        Ok("golden".to_owned())
    );
}

#[test]
fn another_secret_does_not_match() {
    let text = r#"[[principal]]
        name = "golden"
        access_key_id = "AKIDEXAMPLE"
        secret_access_key = "another"
        session_token = "FwoGZXIvYXdzEXAMPLETOKEN"
        arn = "arn:aws:iam::111122223333:role/golden"
        account = "111122223333"
        iam = []"#;
    let refused = Message::ours().check(&Principals::parse(text).unwrap(), at(SIGNED_AT));
    assert_eq!(
        refused,
        Err(KmsError::InvalidSignature(SignatureFault::Mismatch))
    );
}

#[test]
fn a_request_without_authorization_is_refused() {
    let mut message = Message::ours();
    message.headers.remove("authorization");
    assert_eq!(message.error(), KmsError::MissingAuthenticationToken);
}

#[test]
fn a_malformed_authorization_is_refused() {
    for value in [
        "",
        "Bearer x",
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential=a",
        "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c, Extra=d",
        "AWS4-HMAC-SHA256 Signature=a, Signature=b, SignedHeaders=c, Credential=d",
        "AWS4-HMAC-SHA1 Credential=a, SignedHeaders=b, Signature=c",
    ] {
        let mut message = Message::ours();
        message.set("authorization", value);
        let refused = KmsError::IncompleteSignature(Incomplete::Authorization);
        assert_eq!(message.error(), refused, "{value}");
    }
}

#[test]
fn a_credential_of_another_form_is_refused() {
    for (from, to) in [
        ("/aws4_request", ""),
        ("/aws4_request", "/aws5"),
        ("/kms/", "/"),
    ] {
        let mut message = Message::ours();
        message.replace(from, to);
        assert_eq!(
            message.error(),
            KmsError::IncompleteSignature(Incomplete::Credential)
        );
    }
}

#[test]
fn an_unknown_access_key_and_a_wrong_token_look_alike() {
    let mut message = Message::ours();
    message.replace("AKIDEXAMPLE", "AKIDOTHER");
    assert_eq!(message.error(), KmsError::UnrecognizedClient);

    let mut message = Message::ours();
    message.set("x-amz-security-token", "another");
    assert_eq!(message.error(), KmsError::UnrecognizedClient);

    let mut message = Message::ours();
    message.headers.remove("x-amz-security-token");
    message.sign("content-type;host;x-amz-date;x-amz-target", REGION);
    assert_eq!(message.error(), KmsError::UnrecognizedClient);

    let refused = Message::ours().check(&principals("", ""), at(SIGNED_AT));
    assert_eq!(refused, Err(KmsError::UnrecognizedClient));
}

#[test]
fn an_expired_session_is_refused_from_its_second_on() {
    let token = r#"session_token = "FwoGZXIvYXdzEXAMPLETOKEN""#;
    let until = principals(token, &format!("session_expires_at = {}", SIGNED_AT + 10));
    assert!(Message::ours().check(&until, at(SIGNED_AT + 9)).is_ok());
    let refused = Message::ours().check(&until, at(SIGNED_AT + 10));
    assert_eq!(refused, Err(KmsError::ExpiredToken));
}

#[test]
fn the_date_may_be_fifteen_minutes_off_and_no_more() {
    let message = Message::ours();
    let principals = with_token();
    let skew = MAX_SKEW.as_secs();
    for now in [SIGNED_AT - skew, SIGNED_AT + skew] {
        assert!(message.check(&principals, at(now)).is_ok());
    }
    assert_eq!(
        message.check(&principals, at(SIGNED_AT + skew + 1)),
        Err(KmsError::InvalidSignature(SignatureFault::Expired))
    );
    assert_eq!(
        message.check(&principals, at(SIGNED_AT - skew - 1)),
        Err(KmsError::InvalidSignature(SignatureFault::NotYetCurrent))
    );
}

#[test]
fn a_missing_malformed_or_foreign_date_is_refused() {
    for value in [
        "",
        "20260601",
        "20260601T120000",
        "20261301T120000Z",
        "20260602T120000Z",
    ] {
        let mut message = Message::ours();
        message.set("x-amz-date", value);
        let refused = KmsError::IncompleteSignature(Incomplete::Date);
        assert_eq!(message.error(), refused, "{value}");
    }
    let mut message = Message::ours();
    message.headers.remove("x-amz-date");
    assert_eq!(
        message.error(),
        KmsError::IncompleteSignature(Incomplete::Date)
    );
}

#[test]
fn a_signature_for_another_region_or_service_is_refused() {
    let mut message = Message::ours();
    message.sign(
        "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
        "us-east-1",
    );
    assert_eq!(
        message.error(),
        KmsError::InvalidSignature(SignatureFault::Region)
    );

    let mut message = Message::ours();
    message.replace("/kms/", "/s3/");
    assert_eq!(
        message.error(),
        KmsError::InvalidSignature(SignatureFault::Service)
    );
}

#[test]
fn headers_that_matter_must_be_under_the_signature() {
    for listed in [
        "content-type;x-amz-date;x-amz-security-token;x-amz-target",
        "host;x-amz-security-token;x-amz-target",
        "host;x-amz-date;x-amz-target",
        "host;x-amz-date;x-amz-security-token",
        "host;x-amz-date;x-amz-security-token;x-amz-target;x-not-sent",
        "x-amz-target;host;x-amz-date;x-amz-security-token",
        "host;host;x-amz-date;x-amz-security-token;x-amz-target",
        "Host;host;x-amz-date;x-amz-security-token;x-amz-target",
        "",
    ] {
        let mut message = Message::ours();
        message.replace(
            "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            listed,
        );
        let refused = KmsError::IncompleteSignature(Incomplete::SignedHeaders);
        assert_eq!(message.error(), refused, "{listed}");
    }
}

#[test]
fn a_header_added_outside_the_signature_changes_nothing() {
    let mut message = Message::ours();
    message.set("x-forwarded-for", "anyone");
    assert!(message.check(&with_token(), at(SIGNED_AT)).is_ok());
}

#[test]
fn a_signature_of_another_length_does_not_match() {
    let message = Message::ours();
    let text = message.headers["authorization"]
        .to_str()
        .unwrap()
        .to_owned();
    let (start, hex) = text.split_once("Signature=").unwrap();
    for length in 0..hex.len() {
        let mut cut = message.clone();
        cut.set(
            "authorization",
            &format!("{start}Signature={}", &hex[..length]),
        );
        assert_eq!(
            cut.error(),
            KmsError::InvalidSignature(SignatureFault::Mismatch)
        );
    }
}
