//! What stands in an enclave's environment changes nothing: not where KMS is, not how it proves
//! itself, not who asks, not how often. The variables are those that AWS's SDKs, TLS libraries and
//! HTTP clients read. That a released file does not even name them is `boundaries/released_files.rs`.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use serde_json::json;
use tokio::net::TcpListener;
use vouchsafe_common::record::DataKey;
use vouchsafe_mock::{
    install,
    kms::{DEFAULT_REGION, KmsConfig, KmsServer, operations::Operation},
};
use vouchsafe_tests::{
    Deployment, Options,
    deployment::{record, shown},
};

/// Somebody who waits for whoever believes the environment.
struct Decoy {
    address: String,
    visits: Arc<AtomicUsize>,
}

impl Decoy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let visits = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&visits);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, visits }
    }
}

/// Every variable that would change something if it were read. `folder` gets the files they name.
fn misleading(decoy: &str, authority: &Path, folder: &Path) -> Vec<(String, String)> {
    let path = |name: &str| folder.join(name).display().to_string();
    let profile = format!(
        "[profile decoy]\nregion = us-east-1\nendpoint_url = https://{decoy}\n\
         ca_bundle = {}\nmax_attempts = 1\n",
        authority.display()
    );
    let keys = "[decoy]\naws_access_key_id = DECOY\naws_secret_access_key = decoy\n";
    std::fs::write(path("config"), profile).unwrap();
    std::fs::write(path("credentials"), keys).unwrap();
    let (https, http) = (format!("https://{decoy}"), format!("http://{decoy}"));
    let authority = authority.display().to_string();
    [
        ("AWS_ENDPOINT_URL", https.clone()),
        ("AWS_ENDPOINT_URL_KMS", https),
        ("AWS_CONFIG_FILE", path("config")),
        ("AWS_SHARED_CREDENTIALS_FILE", path("credentials")),
        ("AWS_PROFILE", "decoy".into()),
        ("AWS_REGION", "us-east-1".into()),
        ("AWS_DEFAULT_REGION", "us-east-1".into()),
        ("AWS_USE_FIPS_ENDPOINT", "true".into()),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true".into()),
        ("AWS_MAX_ATTEMPTS", "1".into()),
        ("AWS_ACCESS_KEY_ID", "DECOY".into()),
        ("AWS_SECRET_ACCESS_KEY", "decoy".into()),
        ("AWS_SESSION_TOKEN", "decoy".into()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", http.clone()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", http.clone()),
        ("AWS_CA_BUNDLE", authority.clone()),
        ("SSL_CERT_FILE", authority),
        ("SSL_CERT_DIR", folder.display().to_string()),
        ("SSLKEYLOGFILE", path("tls-secrets")),
        ("HTTPS_PROXY", http.clone()),
        ("https_proxy", http.clone()),
        ("ALL_PROXY", http),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

async fn revealed(deployment: &Deployment, key: &DataKey) -> String {
    let items = vec![record(key, "note", "17", "a note")];
    shown(&deployment.call("reveal", &json!({}), items).await[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn no_variable_leads_an_enclave_to_another_kms_or_makes_it_ask_otherwise() {
    let (decoy, folder) = (Decoy::start().await, tempfile::tempdir().unwrap());
    let nobody = folder.path().join("nobody.pem");
    std::fs::write(&nobody, "").unwrap();
    let deployment = Deployment::with(Options {
        environment: misleading(&decoy.address, &nobody, folder.path()),
        ..Options::default()
    })
    .await;
    let key = deployment.data_key().await;
    // Under the authority of the settings, with the parent's credentials, in the key's region, and
    // asked again as always.
    deployment.kms.control.inject("throttle:2".parse().unwrap());
    assert_eq!(revealed(&deployment, &key).await, "a note");
    let counters = deployment.kms.control.counters();
    assert_eq!(counters.calls_of(Operation::Decrypt), 3);
    assert_eq!(decoy.visits.load(Ordering::SeqCst), 0);
    assert!(!folder.path().join("tls-secrets").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_variable_makes_an_enclave_believe_another_authority() {
    let (decoy, folder) = (Decoy::start().await, tempfile::tempdir().unwrap());
    let install = |name: &str| {
        let state = folder.path().join(name);
        install::init(&state, DEFAULT_REGION, SystemTime::now()).unwrap();
        state
    };
    let (impostor, believed) = (install("impostor"), install("believed"));
    let kms = KmsServer::start(KmsConfig::local(&impostor)).await.unwrap();
    let authority = impostor.join("kms/ca.pem");
    let deployment = Deployment::with(Options {
        kms: Some((kms.endpoint.clone(), believed.join("kms/ca.pem"))),
        environment: misleading(&decoy.address, &authority, folder.path()),
        ..Options::default()
    })
    .await;
    let key = deployment.data_key().await;
    assert_eq!(revealed(&deployment, &key).await, "<kms_unavailable>");
    let counters = kms.control.counters();
    assert!(counters.calls.is_empty() && counters.errors.is_empty());
    assert_eq!(decoy.visits.load(Ordering::SeqCst), 0);
}
