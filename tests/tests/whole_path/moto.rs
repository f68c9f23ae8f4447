//! moto, an independent stand-in for AWS, as KMS: it ignores `Recipient` and answers plaintext, as
//! would anybody who wanted an enclave to work with keys that others know.
//!
//! Needs Python with `tests/requirements.txt`, named by `VOUCHSAFE_PYTHON`; `scripts/test.sh` sees
//! to it. Without, the test says so and passes.

use std::{
    ffi::OsString,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use serde_json::{Value, json};
use vouchsafe_common::{Epoch, Secret, record::DataKey};
use vouchsafe_mock::{install, kms::DEFAULT_REGION};
use vouchsafe_tests::{
    Deployment, Options,
    deployment::{DATASET, TENANT, base64, record, shown, text},
};

/// Python takes its time to import moto on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// Makes a key, and a data key under it in the tests' context, and proves that moto hands the data
/// key to whoever asks, recipient or not.
const MAKE_KEYS: &str = r#"
import json, os, sys, base64, boto3
endpoint, ca, region, tenant, dataset = sys.argv[1:]
kms = boto3.client("kms", region_name=region, endpoint_url=endpoint, verify=ca,
                   aws_access_key_id="AKIAMOTO", aws_secret_access_key="moto")
key = kms.create_key()["KeyMetadata"]["Arn"]
context = {"vouchsafe": "1", "tenant": tenant, "dataset": dataset, "epoch": "1"}
made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"none"}
opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context,
                     Recipient=recipient)
encode = lambda data: base64.b64encode(data).decode()
print(json.dumps({"arn": key, "wrapped": encode(made["CiphertextBlob"]),
                  "plain": encode(made["Plaintext"]), "opened": encode(opened["Plaintext"])}))
"#;

/// A running moto. Ended when dropped.
struct Moto {
    child: Child,
    endpoint: String,
}

impl Moto {
    /// Starts moto under a certificate that the authority of the installation `state` signed.
    async fn start(python: &OsString, state: &Path, log: &Path) -> Self {
        let output = std::fs::File::create(log).unwrap();
        let kms = state.join("kms");
        let child = Command::new(python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0", "-c"])
            .arg(kms.join("server.pem"))
            .arg("-k")
            .arg(kms.join("server.key"))
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let mut this = Self {
            child,
            endpoint: String::new(),
        };
        let until = Instant::now() + PATIENCE;
        loop {
            let text = std::fs::read_to_string(log).unwrap();
            if let Some((_, rest)) = text.split_once("https://")
                && let Some((address, _)) = rest.split_once(char::is_whitespace)
            {
                this.endpoint = format!("https://{address}");
                return this;
            }
            let ended = this.child.try_wait().unwrap().is_some();
            assert!(
                !ended && Instant::now() < until,
                "moto does not start:\n{text}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kms_that_answers_plaintext_is_refused_and_the_key_goes_nowhere() {
    let Some(python) = std::env::var_os("VOUCHSAFE_PYTHON") else {
        println!("skipped: VOUCHSAFE_PYTHON names no Python with tests/requirements.txt");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    install::init(&state, DEFAULT_REGION, SystemTime::now()).unwrap();
    let moto = Moto::start(&python, &state, &directory.path().join("moto.log")).await;
    let ca = state.join("kms/ca.pem");
    let made = Command::new(&python)
        .args(["-c", MAKE_KEYS, &moto.endpoint])
        .arg(&ca)
        .args([DEFAULT_REGION, TENANT, DATASET])
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{complaints}");
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(
        made["plain"], made["opened"],
        "moto enforces attestation by now"
    );
    let arn = made["arn"].as_str().unwrap();
    let plain: [u8; 32] = base64(&made["plain"]).try_into().unwrap();

    let deployment = Deployment::with(Options {
        kms: Some((moto.endpoint.clone(), ca)),
        data_keys: vec![arn.to_owned()],
        intercept: true,
        ..Options::default()
    })
    .await;
    let key = DataKey::new(
        &Secret::new(plain),
        &base64(&made["wrapped"]),
        arn,
        Epoch(1),
    )
    .unwrap();
    let items = vec![record(&key, "ssn", "17", "078-05-1120"), text("t", "x")];
    let results = deployment.call("reveal", &json!({}), items).await;
    let results: Vec<_> = results.iter().map(shown).collect();
    assert_eq!(results, ["<kms_reply_refused>", "x"]);

    let log = std::fs::read_to_string(directory.path().join("moto.log")).unwrap();
    assert!(
        log.contains("POST / HTTP/1.1\" 200"),
        "moto was never asked:\n{log}"
    );
    let forms = [
        plain.to_vec(),
        hex::encode(plain).into_bytes(),
        made["plain"].as_str().unwrap().as_bytes().to_vec(),
    ];
    for (place, bytes) in deployment.traces().await {
        for form in &forms {
            let holds = bytes.windows(form.len()).any(|part| part == form);
            assert!(!holds, "{place}");
        }
    }
}
