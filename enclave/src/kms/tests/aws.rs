//! A mock KMS in process, an attested enclave, and the parent between them.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use vouchsafe_common::attestation::Pcr;
use vouchsafe_common::egress::{AwsCredentials, EgressAnswer, EgressQuery};
use vouchsafe_common::encryption_context::EncryptionContext;
use vouchsafe_common::key_arn::KeyArn;
use vouchsafe_common::{Epoch, Secret, digest};
use vouchsafe_mock::kms::client::KmsClient as Caller;
use vouchsafe_mock::kms::{DEFAULT_REGION, KmsConfig, KmsServer, RunningKms};
use vouchsafe_mock::measure::Measurements;
use vouchsafe_mock::nsm::SoftwareNsm;
use vouchsafe_mock::roles::{KeyKind, key_policy};

use super::super::{Endpoints, KmsClient, KmsParts};
use crate::fixture::Parent;
use crate::nsm::{EnclaveClock, NsmHandle};
use crate::recipient::RecipientKey;
use crate::tls::{self, Roots};
use crate::transport::{Stream, write_frame};

/// Which policy a key gets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Data,
    Root,
    ForAnotherImage,
}

/// An installation with its KMS, and what a booted enclave has.
pub(super) struct Aws {
    pub(super) state: tempfile::TempDir,
    pub(super) kms: RunningKms,
    pub(super) nsm: NsmHandle,
    pub(super) clock: EnclaveClock,
    pub(super) recipient: Arc<RecipientKey>,
}

/// What runs, and what is measured into PCR16.
const EXECUTABLE: &[u8] = b"enclave";
const TRUST_ANCHOR: &[u8] = b"trust anchor";

/// The context of the tests' records.
pub(super) fn context() -> EncryptionContext {
    EncryptionContext::record("acme", "customers", Epoch(1))
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn from_base64(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().unwrap()).unwrap()
}

impl Aws {
    pub(super) async fn start() -> Self {
        let state = tempfile::tempdir().unwrap();
        vouchsafe_mock::install::init(state.path(), DEFAULT_REGION, SystemTime::now()).unwrap();
        let kms = KmsServer::start(KmsConfig::local(state.path()))
            .await
            .unwrap();
        let module = SoftwareNsm::for_executable(state.path(), EXECUTABLE).unwrap();
        let nsm = NsmHandle::start(module).unwrap();
        nsm.extend_pcr(16, &digest::sha384(&[TRUST_ANCHOR]))
            .await
            .unwrap();
        nsm.lock_pcrs(32).await.unwrap();
        let clock = EnclaveClock::new();
        clock.renew(&nsm).await.unwrap();
        Self {
            state,
            kms,
            nsm,
            clock,
            recipient: Arc::new(
                RecipientKey::generate_in_background(crate::boot::Seeded::for_test())
                    .await
                    .unwrap()
                    .0,
            ),
        }
    }

    async fn call(&self, principal: &str, operation: &str, input: &Value) -> Value {
        let caller = Caller::new(self.state.path(), &self.kms.endpoint, DEFAULT_REGION).unwrap();
        let answer = caller.call(principal, operation, input).await.unwrap();
        assert_eq!(answer.error(), None, "{operation}");
        answer.body
    }

    pub(super) async fn admin(&self, operation: &str, input: &Value) -> Value {
        self.call("admin", operation, input).await
    }

    /// A new key under the policy of its kind.
    pub(super) async fn key(&self, kind: Kind) -> KeyArn {
        let mut measurements = Measurements::new(EXECUTABLE, TRUST_ANCHOR, None);
        if kind == Kind::ForAnotherImage {
            measurements.pcrs.insert(0, Pcr([0xab; 48]));
        }
        let policy = match kind {
            Kind::Root => key_policy(KeyKind::Root, &[&measurements]),
            _ => key_policy(KeyKind::Data, &[&measurements]),
        }
        .unwrap();
        let input = json!({
            "Policy": policy.to_string(),
            "BypassPolicyLockoutSafetyCheck": true,
        });
        let made = self.admin("CreateKey", &input).await;
        KeyArn::parse(made["KeyMetadata"]["Arn"].as_str().unwrap()).unwrap()
    }

    /// A data key as a writer gets it: wrapped, and plain.
    pub(super) async fn writer_data_key(&self, arn: &KeyArn) -> (Vec<u8>, Vec<u8>) {
        let input = json!({
            "KeyId": arn.as_str(),
            "KeySpec": "AES_256",
            "EncryptionContext": context().to_map(),
        });
        let made = self.call("writer", "GenerateDataKey", &input).await;
        (
            from_base64(&made["CiphertextBlob"]),
            from_base64(&made["Plaintext"]),
        )
    }

    /// Makes the credentials of the parent's role, each time anew.
    pub(super) fn credentials(&self) -> impl Fn() -> AwsCredentials + Send + Sync + 'static {
        let file = self.state.path().join("kms/principals.toml");
        let file: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
        let mut principals = file["principal"].as_array().unwrap().iter();
        let found = principals.find(|one| one["name"].as_str() == Some("enclave-parent"));
        let found = found.unwrap().clone();
        move || {
            let member = |name: &str| Some(found.get(name)?.as_str()?.to_owned());
            AwsCredentials {
                access_key_id: member("access_key_id").unwrap(),
                secret_access_key: Secret::new(member("secret_access_key").unwrap()),
                session_token: member("session_token").map(Secret::new),
                expires_at: None,
            }
        }
    }

    /// A parent that does what it should.
    pub(super) fn parent(&self) -> Parent {
        let credentials = self.credentials();
        Parent::start(move |query, stream| {
            let credentials = credentials();
            async move { relay(query, stream, credentials, pipe).await }
        })
    }

    pub(super) fn trusting(&self) -> Arc<rustls::ClientConfig> {
        let roots = Roots::from_pem(&self.kms.ca_pem).unwrap();
        tls::client_config(roots, self.clock.clone()).unwrap()
    }

    pub(super) fn client(&self, parent: &Parent, tls: Arc<rustls::ClientConfig>) -> KmsClient {
        self.client_to(parent, tls, &self.kms.endpoint)
    }

    pub(super) fn client_to(
        &self,
        parent: &Parent,
        tls: Arc<rustls::ClientConfig>,
        endpoint: &str,
    ) -> KmsClient {
        KmsClient::new(KmsParts {
            egress: parent.egress(),
            tls,
            endpoints: Endpoints::Fixed(endpoint.parse().unwrap()),
            nsm: self.nsm.clone(),
            clock: self.clock.clone(),
            recipient: Arc::clone(&self.recipient),
        })
    }

    /// A parent that does what it should and a client behind it.
    pub(super) fn enclave(&self) -> (Parent, KmsClient) {
        let parent = self.parent();
        let client = self.client(&parent, self.trusting());
        (parent, client)
    }
}

/// Credentials that no principal has.
pub(super) fn forged_credentials() -> AwsCredentials {
    AwsCredentials {
        access_key_id: "ASIA0000000000000000".into(),
        secret_access_key: Secret::new("none".into()),
        session_token: None,
        expires_at: None,
    }
}

/// Answers one query; `carry` moves the bytes of a connection.
pub(super) async fn relay<F: Future<Output = ()>>(
    query: EgressQuery,
    mut stream: Stream,
    credentials: AwsCredentials,
    carry: impl Fn(Stream, TcpStream) -> F,
) {
    let second = Duration::from_secs(1);
    match query {
        EgressQuery::Connect { host, port } => {
            let far = TcpStream::connect((host, port)).await.unwrap();
            let answer = EgressAnswer::Connected.encode();
            write_frame(&mut stream, &answer, 99, second).await.unwrap();
            carry(stream, far).await;
        }
        EgressQuery::Credentials => {
            let answer = EgressAnswer::Credentials(credentials).encode();
            write_frame(&mut stream, &answer, 4096, second)
                .await
                .unwrap();
        }
        EgressQuery::Boot => {}
    }
}

/// Bytes both ways, unaltered.
pub(super) async fn pipe(mut near: Stream, mut far: TcpStream) {
    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
}
