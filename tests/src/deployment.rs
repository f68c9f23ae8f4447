//! A whole deployment on loopback, with keys, policy and measurements of its own.
//!
//! The KMS runs in the test's process, so that its faults and counters are at hand; the parent is
//! the binary, the enclave a binary or an image. Nothing is shared between two deployments.

mod supervised;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use vouchsafe_client::{Call, Client, Identity, MockRoot};
use vouchsafe_common::{
    Epoch, Secret, UnixMillis,
    attestation::{Expectations, Pcr, Pinned, RootFingerprint},
    bundle,
    digest::sha384,
    message::{Input, Item, ItemResult, Outcome, Parameters},
    proof::CallerKey,
    record::{DataKey, Place},
};
use vouchsafe_mock::{
    install,
    kms::{DEFAULT_REGION, KmsConfig, KmsServer, RunningKms, client::KmsClient},
    measure::Measurements,
    roles::{KeyKind, key_policy},
};

use crate::{
    eif::Image,
    emulator::{PARENT_PORT, SERVER_PORT, port_path, vsock_path},
    enclave::Enclave,
    images::{Images, Machine},
    interceptor::Interceptor,
    process::{Process, binary},
};

/// The one tenant whose data keys the mock's writer may have.
pub const TENANT: &str = "acme";
/// The dataset of the tests' records.
pub const DATASET: &str = "customers";
/// An address with whatever port is free.
const ANY_PORT: &str = "127.0.0.1:0";

/// For what should happen soon, on a machine that is busy with other tests, or emulates another one.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a deployment is made with.
pub struct Options {
    /// `allow` of the policy.
    pub allow: Value,
    /// More members of the policy: `issuers`, for instance.
    pub policy: Value,
    /// More arguments of the enclave.
    pub enclave: Vec<String>,
    /// More variables in the enclave's environment.
    pub environment: Vec<(String, String)>,
    /// What the enclave takes for KMS; the deployment's own when absent: `https://HOST:PORT`, CA.
    pub kms: Option<(String, PathBuf)>,
    /// Whether an [`Interceptor`] stands between parent and enclave.
    pub intercept: bool,
    /// Lines at the end of the parent's configuration.
    pub parent: String,
    /// `log` of the parent's configuration.
    pub log: &'static str,
    /// More key ARNs that the trust anchor lists for the data of [`TENANT`].
    pub data_keys: Vec<String>,
    /// The image that is booted in the place of the enclave's binary. One deployment at a time:
    /// where KMS is stands in the image.
    pub machine: Option<Machine>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow: everything(),
            policy: json!({}),
            enclave: Vec::new(),
            environment: Vec::new(),
            kms: None,
            intercept: false,
            log: "debug",
            parent: String::new(),
            data_keys: Vec::new(),
            machine: None,
        }
    }
}

/// A table that lets the caller `crm` do everything to everything of [`TENANT`].
pub fn everything() -> Value {
    json!([{
        "callers": ["crm"],
        "operations": vouchsafe_common::message::OPERATIONS,
        "classes": [
            "boolean", "findings", "masked", "token", "pseudonym", "resealed", "plaintext",
        ],
        "purposes": ["test"],
        "tenants": [TENANT],
        "datasets": [DATASET],
        "fields": ["name", "email", "ssn", "birthday", "note"],
        "inline": true,
        "deterministic_inline": true,
        "free_text": ["name", "email", "ssn", "birthday", "note"],
        "keep_first": 64,
        "keep_last": 64,
        "predicates": [
            {"predicate": "equals"}, {"predicate": "equals_fuzzy"}, {"predicate": "same_person"},
            {"predicate": "age_at_least", "years": 18},
            {"predicate": "before", "date": "2000-01-01"},
            {"predicate": "in_set", "values": ["AT", "DE"]},
        ],
        "pseudonyms": [{"entity": "US_SSN"}, {"entity": "EMAIL_ADDRESS"}, {"entity": "A"}],
        "identifiers": ["US_SSN", "CREDIT_CARD"],
        "actions": [
            {"action": "bucket", "bounds": [18, 65]},
            {"action": "generalize", "kind": "date", "to": "year"},
            {"action": "shift_date", "days": 30},
            {"action": "time_part", "part": "month"},
            {"action": "encrypt_format", "entity": "US_SSN", "alphabet": "digits", "skip": "-"},
            {"action": "decrypt_format", "entity": "US_SSN", "alphabet": "digits", "skip": "-"},
        ],
        "tokens": [{"entity": "US_SSN"}, {"entity": "SEX"}, {"entity": "US_SSN", "context": "claims"}],
        "epochs": [0, 1, 2],
    }])
}

/// A running deployment.
pub struct Deployment {
    directory: TempDir,
    options: Options,
    /// What the bundle says once [`Self::replace_bundle`] has signed it.
    pub policy: Value,
    /// The trust anchor once [`Self::replace_anchor`] has written it.
    pub anchor: Value,
    /// The key that signs the bundle.
    pub authority: CallerKey,
    caller: Vec<u8>,
    roots: Vec<PathBuf>,
    /// The KMS with its faults and counters.
    pub kms: RunningKms,
    /// ARN of the key that wraps data keys.
    pub data_key: String,
    /// ARN of the key that wraps roots.
    pub root_key: String,
    /// The hostile parent, where asked for.
    pub interceptor: Option<Interceptor>,
    /// The enclave.
    pub enclave: Enclave,
    /// The parent.
    pub parent: Process,
    /// `http://127.0.0.1:PORT` of the parent.
    pub url: String,
}

impl Deployment {
    /// A deployment in which everything is permitted.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// A deployment with an interceptor in which everything is permitted.
    pub async fn intercepted() -> Self {
        Self::with(Options {
            intercept: true,
            ..Options::default()
        })
        .await
    }

    /// A deployment; returns when it serves.
    pub async fn with(options: Options) -> Self {
        let deployment = Self::unready(options).await;
        deployment.wait_until_ready().await;
        deployment
    }

    /// A deployment whose processes are started and perhaps fail.
    pub async fn unready(options: Options) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("vouchsafe")
            .tempdir()
            .unwrap();
        let state = directory.path().join("state");
        let mut config = KmsConfig::local(&state);
        if let Some(machine) = &options.machine {
            copy(&machine.installation, &state);
            std::fs::create_dir(directory.path().join("machine")).unwrap();
            config.listen = Images::KMS;
        } else {
            install::init(&state, DEFAULT_REGION, SystemTime::now()).unwrap();
        }
        let kms = KmsServer::start(config).await.unwrap();
        let [data_key, root_key] = create_keys(&state, &kms.endpoint).await;

        let authority = CallerKey::generate_ed25519();
        let caller = CallerKey::generate_pkcs8().to_vec();
        let mut data_keys = vec![data_key.clone()];
        data_keys.extend(options.data_keys.iter().cloned());
        let anchor = json!({
            "version": 1,
            "fleet": "test-fleet",
            "authorities": [{"name": "owner", "key": authority.public_key().to_jwk()}],
            "tenants": [
                {
                    "name": TENANT, "data_keys": data_keys, "root_keys": [root_key],
                    "floors": {"epoch": 1, "root_version": 1},
                },
                {
                    "name": "bolt", "data_keys": [data_key],
                    "floors": {"epoch": 1, "root_version": 1},
                },
            ],
            "floors": {"bundle_serial": 1, "record_format": 1},
        });
        std::fs::write(directory.path().join("anchor.json"), anchor.to_string()).unwrap();
        let mut policy = json!({
            "version": 1,
            "serial": 1,
            "not_before": now().0 - 60_000,
            "not_after": now().0 + 3_600_000,
            "callers": [{"name": "crm", "key": CallerKey::from_pkcs8(&caller).unwrap().public_key().to_jwk()}],
            "allow": options.allow,
        });
        for (name, value) in options.policy.as_object().unwrap() {
            policy[name] = value.clone();
        }
        sign(directory.path(), &policy, &authority);
        let (enclave, parent, interceptor) = (
            start_enclave(directory.path(), "enclave", &options, &kms),
            start_parent(directory.path(), &options, &kms, &[], ANY_PORT),
            options.intercept.then(|| {
                let path = |name| directory.path().join(name);
                Interceptor::start(&path("intercepted.sock"), &path("enclave.sock"))
            }),
        );
        let this = Self {
            directory,
            options,
            policy,
            anchor,
            authority,
            caller,
            roots: Vec::new(),
            kms,
            data_key,
            root_key,
            interceptor,
            enclave,
            url: parent_url(&parent).await,
            parent,
        };
        this.pin_keys(&[&this.measurements()]).await;
        this
    }

    /// The directory of this deployment.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Waits until the parent says that an enclave serves.
    pub async fn wait_until_ready(&self) {
        let patience = tokio::time::Instant::now() + PATIENCE;
        while !self.is_ready().await {
            assert!(
                tokio::time::Instant::now() < patience,
                "not ready; enclave:\n{}\nparent:\n{}",
                self.enclave.log(),
                self.parent.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The enclave must end by itself and say this on its console.
    pub fn assert_refused_to_start(&mut self, why: &str) {
        self.enclave.assert_refused_to_start(why, PATIENCE);
    }

    /// Whether the parent says so now.
    pub async fn is_ready(&self) -> bool {
        let answer = reqwest::get(format!("{}/readyz", self.url)).await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Ends the enclave as a crash would and starts another, which perhaps fails.
    pub fn replace_enclave(&mut self) {
        self.enclave.kill();
        self.enclave = start_enclave(self.directory.path(), "enclave", &self.options, &self.kms);
    }

    /// Ends the enclave as a crash would, and starts it again.
    pub async fn restart_enclave(&mut self) {
        self.replace_enclave();
        // Readiness may still be that of the one before.
        while !self.enclave.log().contains("ready after") {
            assert!(!self.enclave.has_ended(), "{}", self.enclave.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.wait_until_ready().await;
    }

    /// Another enclave of the same installation, at `NAME.sock`; returns when it listens.
    pub async fn another_enclave(&self, name: &str) -> Enclave {
        let mut enclave = start_enclave(self.directory.path(), name, &self.options, &self.kms);
        while !enclave.log().contains("ready after") {
            assert!(!enclave.has_ended(), "{}", enclave.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        enclave
    }

    /// Ends the parent as a crash would, and starts it again at the same address.
    pub async fn restart_parent(&mut self) {
        let address = self.url.trim_start_matches("http://").to_owned();
        self.replace_parent(&address).await;
        self.wait_until_ready().await;
    }

    async fn replace_parent(&mut self, listen: &str) {
        self.parent.kill();
        let (directory, options) = (self.directory.path(), &self.options);
        self.parent = start_parent(directory, options, &self.kms, &self.roots, listen);
        self.url = parent_url(&self.parent).await;
    }

    /// Has the enclave make a root, names it in the bundle and starts everything with it.
    pub async fn add_root(&mut self) {
        let root = self.create_root(1).await;
        self.policy["serial"] = 2.into();
        self.policy["roots"] = json!([root]);
        self.replace_bundle().await;
    }

    /// Has the enclave make a root and the parent hand it over from its next start on; returns what
    /// the policy must say to name it.
    pub async fn create_root(&mut self, version: u32) -> Value {
        let parameters = json!({"version": version});
        let results = self
            .call("create_root", &parameters, vec![text("root", "")])
            .await;
        let Outcome::Blob(blob) = &results[0].outcome else {
            panic!("{:?}", results[0])
        };
        let path = self.directory.path().join(format!("root-{version}"));
        std::fs::write(&path, blob).unwrap();
        let digest = hex::encode(vouchsafe_common::digest::sha256(&[blob]));
        self.roots.push(path);
        json!({"tenant": TENANT, "version": version, "key": self.root_key, "sha256": digest})
    }

    /// Writes the trust anchor anew, pins the KMS keys to it and starts everything with it.
    pub async fn replace_anchor(&mut self) {
        self.write_anchor();
        self.pin_keys(&[&self.measurements()]).await;
        self.replace_bundle().await;
    }

    /// Writes the trust anchor anew, for the enclave to read when it starts next.
    pub fn write_anchor(&self) {
        let path = self.directory.path().join("anchor.json");
        std::fs::write(path, self.anchor.to_string()).unwrap();
    }

    /// Signs the policy again and starts everything with it.
    pub async fn replace_bundle(&mut self) {
        sign(self.directory.path(), &self.policy, &self.authority);
        self.replace_parent(ANY_PORT).await;
        self.restart_enclave().await;
    }

    /// What the enclave measures to.
    pub fn measurements(&self) -> Measurements {
        match &self.options.machine {
            Some(machine) => self.measurements_of(&machine.eif),
            None => self.measurements_of(&binary("vouchsafe-enclave")),
        }
    }

    /// What an enclave of the executable or the image at `eif` measures to.
    pub fn measurements_of(&self, eif: &Path) -> Measurements {
        let read = |name| std::fs::read(self.directory.path().join(name)).unwrap();
        let (anchor, bundle) = (read("anchor.json"), read("bundle.cose"));
        let eif = std::fs::read(eif).unwrap();
        if self.options.machine.is_none() {
            return Measurements::new(&eif, &anchor, Some(&bundle));
        }
        let mut pcrs = Image::read(eif).registers();
        pcrs.insert(16, Pcr::measure(&anchor));
        Measurements {
            pcrs,
            bundle_digest: Some(sha384(&[&bundle])),
        }
    }

    /// What a client must expect.
    pub fn expectations(&self) -> Expectations {
        expectations_of(&self.measurements())
    }

    /// The root certificate of this deployment's software NSM, DER.
    pub fn root_der(&self) -> Vec<u8> {
        std::fs::read(self.state().join("nsm/root.der")).unwrap()
    }

    /// The fingerprint of it.
    pub fn root(&self) -> RootFingerprint {
        RootFingerprint::of_der(&self.root_der())
    }

    /// The installation of the mocks.
    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// The key of the registered caller `crm`.
    pub fn caller_key(&self) -> CallerKey {
        CallerKey::from_pkcs8(&self.caller).unwrap()
    }

    /// The same key as PKCS #8, for another process.
    pub fn caller_pkcs8(&self) -> &[u8] {
        &self.caller
    }

    /// A client as the registered caller `crm`.
    pub fn client(&self) -> Client<MockRoot> {
        self.client_accepting(&[&self.measurements()])
    }

    /// A client as somebody.
    pub fn client_as(&self, identity: Identity) -> Client<MockRoot> {
        self.client_of(self.expectations().into(), identity)
    }

    /// A client as `crm` that accepts enclaves of these measurements.
    pub fn client_accepting(&self, measurements: &[&Measurements]) -> Client<MockRoot> {
        let releases = measurements.iter().copied().map(expectations_of);
        let identity = Identity::Registered {
            name: "crm".into(),
            key: self.caller_key(),
        };
        let pinned = releases.collect::<Vec<_>>().try_into();
        self.client_of(pinned.unwrap(), identity)
    }

    fn client_of(&self, pinned: Pinned, identity: Identity) -> Client<MockRoot> {
        let root = MockRoot::of_der(&self.root_der());
        Client::builder(&self.url, root, pinned)
            .identity(identity)
            .build()
            .unwrap()
    }

    /// One call as `crm` that must get results.
    pub async fn call(
        &self,
        operation: &str,
        parameters: &Value,
        items: Vec<Item>,
    ) -> Vec<ItemResult> {
        self.client()
            .call(call(operation, parameters, items))
            .await
            .unwrap()
    }

    /// Calls the KMS as one of the mock's principals.
    pub async fn kms_call(&self, principal: &str, operation: &str, input: &Value) -> Value {
        let client = KmsClient::new(&self.state(), &self.kms.endpoint, DEFAULT_REGION).unwrap();
        let answer = client.call(principal, operation, input).await.unwrap();
        assert_eq!(answer.error(), None, "{operation}: {}", answer.body);
        answer.body
    }

    /// A data key of the tenant's, as a writer gets it.
    pub async fn data_key(&self) -> DataKey {
        self.data_key_of(Epoch(1)).await
    }

    /// A data key of the tenant's for an epoch, as a writer gets it.
    pub async fn data_key_of(&self, epoch: Epoch) -> DataKey {
        let (plain, wrapped) = self.generate("writer", TENANT, epoch).await;
        DataKey::new(&plain, &wrapped, &self.data_key, epoch).unwrap()
    }

    /// A data key of a tenant's, plain and wrapped, as KMS gives it to one of its principals.
    pub async fn raw_data_key(&self, principal: &str, tenant: &str) -> (Secret<[u8; 32]>, Vec<u8>) {
        self.generate(principal, tenant, Epoch(1)).await
    }

    async fn generate(
        &self,
        principal: &str,
        tenant: &str,
        epoch: Epoch,
    ) -> (Secret<[u8; 32]>, Vec<u8>) {
        let epoch = epoch.to_string();
        let context =
            json!({"vouchsafe": "1", "tenant": tenant, "dataset": DATASET, "epoch": epoch});
        let input =
            json!({"KeyId": self.data_key, "KeySpec": "AES_256", "EncryptionContext": context});
        let made = self.kms_call(principal, "GenerateDataKey", &input).await;
        let plain = base64(&made["Plaintext"]).try_into().unwrap();
        (Secret::new(plain), base64(&made["CiphertextBlob"]))
    }

    /// Puts key policies on both keys that admit an enclave of any of these measurements.
    pub async fn pin_keys(&self, measurements: &[&Measurements]) {
        for (key, kind) in [
            (&self.data_key, KeyKind::Data),
            (&self.root_key, KeyKind::Root),
        ] {
            self.put_policy(key, &key_policy(kind, measurements).unwrap())
                .await;
        }
    }

    /// Puts a key policy, as the one role that may once a key is pinned.
    pub async fn put_policy(&self, key: &str, policy: &Value) {
        let input = json!({
            "KeyId": key,
            "PolicyName": "default",
            "Policy": policy.to_string(),
            "BypassPolicyLockoutSafetyCheck": true,
        });
        self.kms_call("break-glass", "PutKeyPolicy", &input).await;
    }

    /// Where of all that is not the caller's own ([`Self::traces`]) a text stands.
    pub async fn leaks(&self, canary: &str) -> Vec<&'static str> {
        let holds = |bytes: &[u8]| {
            bytes
                .windows(canary.len())
                .any(|part| part == canary.as_bytes())
        };
        let traces = self.traces().await.into_iter();
        traces
            .filter(|(_, bytes)| holds(bytes))
            .map(|(place, _)| place)
            .collect()
    }

    /// Every log, every metric, and every byte that passed between parent and enclave.
    pub async fn traces(&self) -> [(&'static str, Vec<u8>); 4] {
        let metrics = reqwest::get(format!("{}/metrics", self.url)).await.unwrap();
        let metrics = metrics.text().await.unwrap();
        let seen = self
            .interceptor
            .as_ref()
            .map(Interceptor::seen)
            .unwrap_or_default();
        [
            ("the enclave's console", self.enclave.log().into_bytes()),
            ("the parent's log", self.parent.log().into_bytes()),
            ("the parent's metrics", metrics.into_bytes()),
            ("what passed between parent and enclave", seen),
        ]
    }
}

/// A call for the tests' tenant, dataset and purpose.
pub fn call(operation: &str, parameters: &Value, items: Vec<Item>) -> Call {
    Call {
        operation: operation.into(),
        parameters: Parameters::from_json(parameters).unwrap(),
        tenant: TENANT.into(),
        dataset: DATASET.into(),
        purpose: "test".into(),
        items,
    }
}

/// An item of inline text.
pub fn text(reference: &str, text: &str) -> Item {
    let input = Input::Text(Secret::new(text.into()));
    Item {
        reference: reference.into(),
        input,
        other: None,
    }
}

/// An item of a sealed record for field and row.
pub fn record(key: &DataKey, field: &str, record_id: &str, value: &str) -> Item {
    let place = Place {
        tenant: TENANT,
        dataset: DATASET,
        field,
        record_id,
    };
    let sealed = key.seal(&place, value.as_bytes()).unwrap();
    sealed_record(field, record_id, sealed)
}

/// An item that claims a sealed record to be of field and row.
pub fn sealed_record(field: &str, record_id: &str, sealed: Vec<u8>) -> Item {
    let input = Input::Record {
        field: field.into(),
        record_id: record_id.into(),
        record: sealed.into(),
    };
    Item {
        reference: format!("{record_id}/{field}"),
        input,
        other: None,
    }
}

/// The text of a result, with the version that it needs beside it, or its error's code in angle
/// brackets.
pub fn shown(result: &ItemResult) -> String {
    match &result.outcome {
        Outcome::Text(text) => text.expose_secret().clone(),
        Outcome::Boolean(answer) => answer.to_string(),
        Outcome::Validity { rule } => rule.clone().unwrap_or_else(|| "valid".into()),
        Outcome::Versioned { text, version } => format!("{} k{version}", text.expose_secret()),
        Outcome::Error(error) => format!("<{error}>"),
        Outcome::Findings { findings, .. } => {
            let names: Vec<_> = findings
                .iter()
                .map(|finding| finding.entity.as_str())
                .collect();
            names.join(",")
        }
        Outcome::Blob(blob) => format!("{} bytes", blob.len()),
        Outcome::Record {
            field, record_id, ..
        } => format!("a record of {record_id}/{field}"),
    }
}

/// What a client demands of an enclave that measures so.
fn expectations_of(measured: &Measurements) -> Expectations {
    Expectations {
        pcr0: measured.pcrs[&0],
        pcr1: measured.pcrs[&1],
        pcr2: measured.pcrs[&2],
        pcr16: measured.pcrs[&16],
        pcr8: None,
        bundle_digest: measured.bundle_digest.unwrap(),
    }
}

/// This machine's time.
pub fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMillis(u64::try_from(since.as_millis()).unwrap())
}

async fn create_keys(state: &Path, endpoint: &str) -> [String; 2] {
    let client = KmsClient::new(state, endpoint, DEFAULT_REGION).unwrap();
    let made = async || {
        let answer = client.call("admin", "CreateKey", &json!({})).await.unwrap();
        let arn = answer.body["KeyMetadata"]["Arn"].as_str().unwrap();
        arn.to_owned()
    };
    [made().await, made().await]
}

fn sign(directory: &Path, policy: &Value, authority: &CallerKey) {
    let bundle = bundle::sign(policy.to_string().as_bytes(), authority).unwrap();
    std::fs::write(directory.join("bundle.cose"), bundle).unwrap();
}

/// A copy of a folder.
fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(done.unwrap().success());
}

fn start_enclave(directory: &Path, name: &str, options: &Options, kms: &RunningKms) -> Enclave {
    if let Some(machine) = &options.machine {
        let folder = directory.join("machine");
        let booted = machine.emulator.boot(&machine.eif, &folder, &machine.boot);
        return Enclave::Machine(booted);
    }
    Enclave::Process(Process::start_in(
        &options.environment,
        "vouchsafe-enclave",
        &enclave_arguments(directory, name, options, kms),
        directory.join(format!("{name}.log")),
    ))
}

fn enclave_arguments(
    directory: &Path,
    name: &str,
    options: &Options,
    kms: &RunningKms,
) -> Vec<String> {
    let state = directory.join("state");
    let own = (kms.endpoint.clone(), state.join("kms/ca.pem"));
    let (endpoint, ca) = options.kms.clone().unwrap_or(own);
    let path = |name: &str| directory.join(name).display().to_string();
    let mut arguments = vec![
        "--listen".to_owned(),
        format!("unix:{}", path(&format!("{name}.sock"))),
        "--parent".to_owned(),
        format!("unix:{}", path("egress.sock")),
        "--mock-state".to_owned(),
        state.display().to_string(),
        "--kms-endpoint".to_owned(),
        endpoint,
        "--kms-ca".to_owned(),
        ca.display().to_string(),
    ];
    arguments.extend(options.enclave.iter().cloned());
    arguments
}

fn start_parent(
    directory: &Path,
    options: &Options,
    kms: &RunningKms,
    roots: &[PathBuf],
    listen: &str,
) -> Process {
    let principals = std::fs::read_to_string(directory.join("state/kms/principals.toml")).unwrap();
    let own = &kms.endpoint;
    let endpoint = options.kms.as_ref().map_or(own, |(endpoint, _)| endpoint);
    let path = |name: &str| directory.join(name).display().to_string();
    let (egress, enclave) = if options.machine.is_some() {
        let vsock = vsock_path(&directory.join("machine"));
        let egress = port_path(&vsock, PARENT_PORT).display().to_string();
        (egress, format!("hybrid:{}:{SERVER_PORT}", vsock.display()))
    } else {
        let enclave = if options.intercept {
            "intercepted.sock"
        } else {
            "enclave.sock"
        };
        (path("egress.sock"), format!("unix:{}", path(enclave)))
    };
    let principals: toml::Table = principals.parse().unwrap();
    let mut principals = principals["principal"].as_array().unwrap().iter();
    let parent = principals
        .find(|entry| entry["name"].as_str() == Some("enclave-parent"))
        .unwrap();
    let config = format!(
        "listen = {listen:?}\n\
         egress_listen = \"unix:{egress}\"\n\
         egress_allow = [{endpoint:?}]\n\
         trust_anchor = \"{directory}/anchor.json\"\n\
         bundle = \"{directory}/bundle.cose\"\n\
         roots = {roots:?}\n\
         log = {log:?}\n\
         [[enclave]]\n\
         address = \"{enclave}\"\n\
         [credentials]\n\
         source = \"static\"\n\
         access_key_id = {id:?}\n\
         secret_access_key = {secret:?}\n\
         {token}\n\
         {more}\n",
        directory = directory.display(),
        endpoint = endpoint.trim_start_matches("https://"),
        id = parent["access_key_id"].as_str().unwrap(),
        secret = parent["secret_access_key"].as_str().unwrap(),
        token = parent
            .get("session_token")
            .map(|token| format!("session_token = {token}"))
            .unwrap_or_default(),
        log = options.log,
        more = options.parent,
    );
    let path = directory.join("parent.toml");
    std::fs::write(&path, config).unwrap();
    let arguments = ["--config".as_ref(), path.as_os_str()];
    Process::start("vouchsafe-parent", &arguments, directory.join("parent.log"))
}

/// The address that the parent prints when it listens.
pub async fn parent_url(parent: &Process) -> String {
    for _ in 0..500 {
        let log = parent.log();
        let line = log.lines().find(|line| line.starts_with("{\"listen\":"));
        if let Some(line) = line {
            let line: Value = serde_json::from_str(line).unwrap();
            return line["listen"].as_str().unwrap().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the parent does not listen:\n{}", parent.log());
}

/// The bytes in a field of a KMS answer.
pub fn base64(value: &Value) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(value.as_str().unwrap())
        .unwrap()
}
