//! Operations as a caller sees them: who may do what, to which key, with which answer.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]

use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use aws_nitro_enclaves_nsm_api::api::{Request as NsmRequest, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_bytes::ByteBuf;
use serde_json::json;
use vouchsafe_common::UnixMillis;
use vouchsafe_common::digest::sha384;
use vouchsafe_common::key_policy::PolicyFault;

use super::super::DEFAULT_REGION;
use super::super::error::Invalid;
use super::super::principals::Principals;
use super::*;
use crate::measure::{self, Measurements};
use crate::nsm::{Faults, SoftwareNsm};
use crate::pki::Pki;
use crate::roles::{KeyKind, key_policy};

/// 2026-06-01T12:00:00Z.
const NOW: u64 = 1_780_315_200;
const EXECUTABLE: &[u8] = b"the enclave's executable";
const ANCHOR: &[u8] = b"the trust anchor";
/// How long a leaf certificate is valid, at most, seconds.
const LEAF_LIFE: u64 = 10_803;

const PRINCIPALS: &str = r#"
    [[principal]]
    name = "parent"
    access_key_id = "A1"
    secret_access_key = "s"
    arn = "arn:aws:iam::111111111111:role/vouchsafe-parent"
    account = "111111111111"
    iam = ["kms:*"]
    [[principal]]
    name = "writer"
    access_key_id = "A2"
    secret_access_key = "s"
    arn = "arn:aws:iam::111111111111:role/vouchsafe-writer"
    account = "111111111111"
    iam = ["kms:GenerateDataKey*", "kms:Encrypt"]
    tags = { tenant = "acme" }
    [[principal]]
    name = "admin"
    access_key_id = "A3"
    secret_access_key = "s"
    arn = "arn:aws:iam::222222222222:role/kms-admin"
    account = "222222222222"
    iam = ["kms:*"]
    [[principal]]
    name = "break-glass"
    access_key_id = "A4"
    secret_access_key = "s"
    arn = "arn:aws:iam::222222222222:role/break-glass"
    account = "222222222222"
    iam = []
    mfa = true
    [[principal]]
    name = "nobody"
    access_key_id = "A5"
    secret_access_key = "s"
    arn = "arn:aws:iam::222222222222:role/nobody"
    account = "222222222222"
    iam = []
"#;

struct Scene {
    service: Service,
    principals: Principals,
    nsm: SoftwareNsm,
    public_key: Vec<u8>,
    tampering: Tampering,
    now: u64,
    directory: tempfile::TempDir,
}

fn enclave(pki: Pki, executable: &[u8], anchor: &[u8]) -> SoftwareNsm {
    let nsm = SoftwareNsm::new(pki, &measure::at_boot(executable))
        .with_clock(Box::new(|| UnixMillis(NOW * 1000)));
    nsm.process(NsmRequest::ExtendPCR {
        index: 16,
        data: sha384(&[anchor]).to_vec(),
    });
    nsm.process(NsmRequest::LockPCRs { range: 32 });
    nsm
}

fn document(nsm: &SoftwareNsm, public_key: Option<&[u8]>) -> Vec<u8> {
    let request = NsmRequest::Attestation {
        user_data: None,
        nonce: None,
        public_key: public_key.map(|key| ByteBuf::from(key.to_vec())),
    };
    match nsm.process(request) {
        Response::Attestation { document } => document,
        _ => panic!("the module does not attest"),
    }
}

fn records(tenant: &str) -> Value {
    json!({"vouchsafe": "1", "tenant": tenant, "dataset": "d", "epoch": "1"})
}

impl Scene {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let pki = Pki::generate(UnixMillis(NOW * 1000));
        let root = pki.root_fingerprint();
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        Self {
            service: Service::open(&directory.path().join("keys.json"), root, DEFAULT_REGION)
                .unwrap(),
            principals: Principals::parse(PRINCIPALS).unwrap(),
            nsm: enclave(pki, EXECUTABLE, ANCHOR),
            public_key: private.public_key().as_der().unwrap().as_ref().to_vec(),
            tampering: Tampering::default(),
            now: NOW,
            directory,
        }
    }

    fn call(&self, who: &str, operation: Operation, input: &Value) -> Result<Value, KmsError> {
        let caller = Caller {
            principal: self.principals.by_name(who).unwrap(),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(self.now),
            tampering: self.tampering,
        };
        self.service
            .answer(operation, &caller, input.to_string().as_bytes())
    }

    /// A key of the admin's account; without a policy it has AWS's default one.
    fn key(&self, policy: Option<&Value>) -> String {
        let mut input = json!({"BypassPolicyLockoutSafetyCheck": true});
        if let Some(policy) = policy {
            input["Policy"] = policy.to_string().into();
        }
        let made = self.call("admin", Operation::CreateKey, &input).unwrap();
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    /// A key under the generated policy for these measurements.
    fn attested_key(&self, kind: KeyKind) -> String {
        let measured = Measurements::new(EXECUTABLE, ANCHOR, None);
        self.key(Some(&key_policy(kind, &[&measured]).unwrap()))
    }

    fn recipient(&self) -> Value {
        recipient(&document(&self.nsm, Some(&self.public_key)))
    }

    /// A data key made by the writer, wrapped.
    fn wrapped(&self, key: &str) -> Value {
        let input =
            json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": records("acme")});
        self.call("writer", Operation::GenerateDataKey, &input)
            .unwrap()["CiphertextBlob"]
            .clone()
    }

    fn unwrap(&self, key: &str, blob: &Value, recipient: Option<Value>) -> Result<Value, KmsError> {
        let mut input = json!({"KeyId": key, "CiphertextBlob": blob,
                               "EncryptionContext": records("acme")});
        if let Some(recipient) = recipient {
            input["Recipient"] = recipient;
        }
        self.call("parent", Operation::Decrypt, &input)
    }
}

fn recipient(document: &[u8]) -> Value {
    json!({"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
           "AttestationDocument": STANDARD.encode(document)})
}

fn why(outcome: &Result<Value, KmsError>) -> DeniedBy {
    match outcome {
        Err(KmsError::AccessDenied { why, .. }) => *why,
        other => panic!("not denied: {other:?}"),
    }
}

#[test]
fn under_the_default_policy_the_account_decides_by_its_own_permissions() {
    let scene = Scene::new();
    let key = scene.key(None);
    let describe = |who| scene.call(who, Operation::DescribeKey, &json!({"KeyId": key}));
    assert_eq!(
        describe("admin").unwrap()["KeyMetadata"]["Arn"],
        key.as_str()
    );
    assert_eq!(why(&describe("nobody")), DeniedBy::NoIdentityPolicy);
    assert_eq!(why(&describe("parent")), DeniedBy::NoResourcePolicy);
}

#[test]
fn another_accounts_caller_needs_both_policies_and_ones_own_only_the_keys() {
    let scene = Scene::new();
    let key = scene.key(Some(&json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "kms:DescribeKey", "Resource": "*"}})));
    let describe = |who| scene.call(who, Operation::DescribeKey, &json!({"KeyId": key}));
    assert!(describe("nobody").is_ok());
    assert!(describe("parent").is_ok());
    assert_eq!(why(&describe("writer")), DeniedBy::NoIdentityPolicy);
}

#[test]
fn a_bare_key_id_means_a_key_of_ones_own_account() {
    let scene = Scene::new();
    let arn = scene.key(None);
    let id = arn.rsplit('/').next().unwrap();
    assert!(
        scene
            .call("admin", Operation::DescribeKey, &json!({"KeyId": id}))
            .is_ok()
    );
    for (who, name) in [
        ("parent", id.to_owned()),
        ("admin", arn.replace(DEFAULT_REGION, "us-east-1")),
        ("admin", arn.replace("222222222222", "333333333333")),
        ("admin", format!("{arn}0")),
        ("admin", "alias/x".to_owned()),
        ("admin", String::new()),
    ] {
        let refused = scene.call(who, Operation::DescribeKey, &json!({"KeyId": name}));
        assert_eq!(refused, Err(KmsError::NotFound { key: name }));
    }
}

#[test]
fn what_was_encrypted_decrypts_in_its_context_only() {
    let scene = Scene::new();
    let key = scene.key(None);
    let text = STANDARD.encode("hello");
    let sealed = scene
        .call(
            "admin",
            Operation::Encrypt,
            &json!({"KeyId": key, "Plaintext": text,
            "EncryptionContext": {"a": "1"}}),
        )
        .unwrap();
    assert_eq!(sealed["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT");
    let blob = &sealed["CiphertextBlob"];
    let decrypt = |context: Value| {
        let input = json!({"CiphertextBlob": blob, "EncryptionContext": context});
        scene.call("admin", Operation::Decrypt, &input)
    };
    let opened = decrypt(json!({"a": "1"})).unwrap();
    assert_eq!(opened["Plaintext"], text.as_str());
    assert_eq!(opened["KeyId"], key.as_str());
    assert_eq!(opened["KeyMaterialId"].as_str().unwrap().len(), 64);
    for context in [json!({}), json!({"A": "1"}), json!({"a": "1", "b": "2"})] {
        assert_eq!(decrypt(context), Err(KmsError::InvalidCiphertext));
    }
}

#[test]
fn a_ciphertext_of_another_key_or_of_nobody_is_refused() {
    let scene = Scene::new();
    let (one, other) = (scene.key(None), scene.key(None));
    let sealed = scene
        .call(
            "admin",
            Operation::Encrypt,
            &json!({"KeyId": one, "Plaintext": "eA=="}),
        )
        .unwrap();
    let with_other = json!({"KeyId": other, "CiphertextBlob": sealed["CiphertextBlob"]});
    assert_eq!(
        scene.call("admin", Operation::Decrypt, &with_other),
        Err(KmsError::IncorrectKey)
    );
    for input in [
        json!({"CiphertextBlob": "AAAA"}),
        json!({"CiphertextBlob": "AAAA", "KeyId": one}),
    ] {
        let refused = scene.call("admin", Operation::Decrypt, &input);
        assert_eq!(refused, Err(KmsError::InvalidCiphertext));
    }
}

#[test]
fn a_disabled_key_does_nothing_until_it_is_enabled() {
    let scene = Scene::new();
    let key = scene.key(None);
    let encrypt = || {
        scene.call(
            "admin",
            Operation::Encrypt,
            &json!({"KeyId": key, "Plaintext": "eA=="}),
        )
    };
    let blob = encrypt().unwrap()["CiphertextBlob"].clone();
    scene
        .call("admin", Operation::DisableKey, &json!({"KeyId": key}))
        .unwrap();
    let disabled = Err(KmsError::Disabled { arn: key.clone() });
    assert_eq!(encrypt(), disabled);
    assert_eq!(
        scene.call(
            "admin",
            Operation::Decrypt,
            &json!({"CiphertextBlob": blob})
        ),
        disabled
    );
    let data_key = json!({"KeyId": key, "KeySpec": "AES_256"});
    assert_eq!(
        scene.call("admin", Operation::GenerateDataKey, &data_key),
        disabled
    );
    let state = scene
        .call("admin", Operation::DescribeKey, &json!({"KeyId": key}))
        .unwrap();
    assert_eq!(state["KeyMetadata"]["KeyState"], "Disabled");
    scene
        .call("admin", Operation::EnableKey, &json!({"KeyId": key}))
        .unwrap();
    assert!(encrypt().is_ok());
}

#[test]
fn a_deletion_waits_and_can_be_taken_back() {
    let scene = Scene::new();
    let key = scene.key(None);
    let named = json!({"KeyId": key});
    let on_key = |operation| scene.call("admin", operation, &named);
    let encrypt = || {
        let input = json!({"KeyId": key, "Plaintext": "eA=="});
        scene.call("admin", Operation::Encrypt, &input)
    };
    let state = || on_key(Operation::DescribeKey).unwrap()["KeyMetadata"].clone();
    for days in [0, 6, 31] {
        let input = json!({"KeyId": key, "PendingWindowInDays": days});
        let refused = scene.call("admin", Operation::ScheduleKeyDeletion, &input);
        let length = Invalid::Length("pendingWindowInDays");
        assert_eq!(refused, Err(KmsError::Validation(length)), "{days}");
    }
    let nothing_to_cancel = on_key(Operation::CancelKeyDeletion);
    assert_eq!(nothing_to_cancel, Err(KmsError::InvalidState));

    let input = json!({"KeyId": key, "PendingWindowInDays": 7});
    let scheduled = scene
        .call("admin", Operation::ScheduleKeyDeletion, &input)
        .unwrap();
    assert_eq!(scheduled["KeyId"], key);
    assert_eq!(state()["KeyState"], "PendingDeletion");
    assert_eq!(state()["DeletionDate"], scheduled["DeletionDate"]);
    assert_eq!(encrypt(), Err(KmsError::InvalidState));
    for operation in [Operation::EnableKey, Operation::ScheduleKeyDeletion] {
        assert_eq!(on_key(operation), Err(KmsError::InvalidState));
    }

    on_key(Operation::CancelKeyDeletion).unwrap();
    assert_eq!(state()["KeyState"], "Disabled");
    assert_eq!(encrypt(), Err(KmsError::Disabled { arn: key.clone() }));
    on_key(Operation::EnableKey).unwrap();
    assert!(encrypt().is_ok());
}

#[test]
fn a_dry_run_says_what_would_be_and_does_nothing() {
    let scene = Scene::new();
    let key = scene.key(None);
    for (operation, input) in [
        (
            Operation::Encrypt,
            json!({"KeyId": key, "Plaintext": "eA==", "DryRun": true}),
        ),
        (
            Operation::GenerateDataKey,
            json!({"KeyId": key, "KeySpec": "AES_256", "DryRun": true}),
        ),
        (
            Operation::Decrypt,
            json!({"KeyId": key, "CiphertextBlob": "eA==", "DryRun": true}),
        ),
    ] {
        let answer = scene.call("admin", operation, &input);
        assert_eq!(answer, Err(KmsError::DryRun), "{operation:?}");
        let refused = scene.call("parent", operation, &input);
        assert_eq!(why(&refused), DeniedBy::NoResourcePolicy, "{operation:?}");
    }
}

#[test]
fn a_disabled_key_tells_nothing_to_who_may_not_use_it() {
    let scene = Scene::new();
    let key = scene.key(None);
    scene
        .call("admin", Operation::DisableKey, &json!({"KeyId": key}))
        .unwrap();
    let input = json!({"KeyId": key, "Plaintext": "eA=="});
    let refused = scene.call("parent", Operation::Encrypt, &input);
    assert_eq!(why(&refused), DeniedBy::NoResourcePolicy);
}

#[test]
fn data_keys_have_the_size_asked_for() {
    let scene = Scene::new();
    let key = scene.key(None);
    for (size, bytes) in [
        (json!({"KeySpec": "AES_256"}), 32),
        (json!({"KeySpec": "AES_128"}), 16),
        (json!({"NumberOfBytes": 1}), 1),
        (json!({"NumberOfBytes": 1024}), 1024),
    ] {
        let mut input = size.clone();
        input["KeyId"] = key.clone().into();
        let made = scene
            .call("admin", Operation::GenerateDataKey, &input)
            .unwrap();
        let plain = STANDARD
            .decode(made["Plaintext"].as_str().unwrap())
            .unwrap();
        assert_eq!(plain.len(), bytes, "{size}");
        let opened = scene
            .call(
                "admin",
                Operation::Decrypt,
                &json!({"CiphertextBlob": made["CiphertextBlob"]}),
            )
            .unwrap();
        assert_eq!(opened["Plaintext"], made["Plaintext"]);
        let without = scene
            .call("admin", Operation::GenerateDataKeyWithoutPlaintext, &input)
            .unwrap();
        assert!(without.get("Plaintext").is_none());
    }
}

#[test]
fn values_outside_their_constraints_name_the_member() {
    let scene = Scene::new();
    let key = scene.key(None);
    let cases = [
        (
            Operation::Encrypt,
            json!({"Plaintext": "eA=="}),
            Invalid::Missing("keyId"),
        ),
        (
            Operation::Encrypt,
            json!({"KeyId": key}),
            Invalid::Missing("plaintext"),
        ),
        (
            Operation::Encrypt,
            json!({"KeyId": key, "Plaintext": ""}),
            Invalid::Length("plaintext"),
        ),
        (
            Operation::Encrypt,
            json!({"KeyId": key, "Plaintext": STANDARD.encode([0; 4097])}),
            Invalid::Length("plaintext"),
        ),
        (
            Operation::Encrypt,
            json!({"KeyId": key, "Plaintext": "eA==", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
            Invalid::Choice("encryptionAlgorithm"),
        ),
        (
            Operation::Encrypt,
            json!({"KeyId": key, "Plaintext": "eA==", "EncryptionContext": {"": "x"}}),
            Invalid::Length("encryptionContext"),
        ),
        (
            Operation::Decrypt,
            json!({}),
            Invalid::Missing("ciphertextBlob"),
        ),
        (
            Operation::Decrypt,
            json!({"CiphertextBlob": STANDARD.encode([0; 6145])}),
            Invalid::Length("ciphertextBlob"),
        ),
        (
            Operation::GenerateDataKey,
            json!({"KeyId": key}),
            Invalid::KeySpecOrBytes,
        ),
        (
            Operation::GenerateDataKey,
            json!({"KeyId": key, "KeySpec": "AES_256", "NumberOfBytes": 32}),
            Invalid::KeySpecOrBytes,
        ),
        (
            Operation::GenerateDataKey,
            json!({"KeyId": key, "KeySpec": "AES_512"}),
            Invalid::Choice("keySpec"),
        ),
        (
            Operation::GenerateRandom,
            json!({}),
            Invalid::Missing("numberOfBytes"),
        ),
        (
            Operation::GenerateRandom,
            json!({"NumberOfBytes": 0}),
            Invalid::Length("numberOfBytes"),
        ),
        (
            Operation::GenerateRandom,
            json!({"NumberOfBytes": 1025}),
            Invalid::Length("numberOfBytes"),
        ),
        (
            Operation::ListKeys,
            json!({"Limit": 0}),
            Invalid::Length("limit"),
        ),
        (Operation::ListKeys, json!({"Marker": "x"}), Invalid::Marker),
        (
            Operation::GetKeyPolicy,
            json!({"KeyId": key, "PolicyName": "other"}),
            Invalid::Choice("policyName"),
        ),
    ];
    for (operation, input, invalid) in cases {
        let refused = scene.call("admin", operation, &input);
        assert_eq!(
            refused,
            Err(KmsError::Validation(invalid)),
            "{operation:?} {input}"
        );
    }
}

#[test]
fn a_body_that_is_no_json_or_of_other_types_is_refused() {
    let scene = Scene::new();
    let caller = Caller {
        principal: scene.principals.by_name("admin").unwrap(),
        now: SystemTime::UNIX_EPOCH,
        tampering: Tampering::default(),
    };
    for body in [
        "{",
        "[]",
        r#"{"KeyId":7}"#,
        r#"{"Plaintext":"not base64!"}"#,
        r#"{"EncryptionContext":{"a":"1","a":"2"}}"#,
        "\u{0}",
    ] {
        let refused = scene
            .service
            .answer(Operation::Encrypt, &caller, body.as_bytes());
        assert_eq!(refused, Err(KmsError::Serialization), "{body}");
    }
    assert!(
        scene
            .service
            .answer(Operation::ListKeys, &caller, b"")
            .is_ok()
    );
}

#[test]
fn what_this_stand_in_lacks_it_says() {
    let scene = Scene::new();
    let key = scene.key(None);
    for (operation, input) in [
        (Operation::CreateKey, json!({"KeySpec": "RSA_2048"})),
        (Operation::CreateKey, json!({"KeyUsage": "SIGN_VERIFY"})),
        (Operation::CreateKey, json!({"Origin": "EXTERNAL"})),
        (Operation::CreateKey, json!({"MultiRegion": true})),
        (
            Operation::Encrypt,
            json!({"KeyId": key, "Plaintext": "eA==", "GrantTokens": ["x"]}),
        ),
        (
            Operation::GenerateRandom,
            json!({"NumberOfBytes": 1, "CustomKeyStoreId": "x"}),
        ),
    ] {
        let refused = scene.call("admin", operation, &input);
        assert_eq!(
            refused,
            Err(KmsError::UnsupportedOperation),
            "{operation:?} {input}"
        );
    }
    assert_eq!(
        Operation::parse("TrentService.ReEncrypt"),
        Err(KmsError::UnsupportedOperation)
    );
    for target in ["TrentService.Nonsense", "DynamoDB_20120810.Query", ""] {
        assert_eq!(Operation::parse(target), Err(KmsError::UnknownOperation));
    }
    for operation in Operation::ALL {
        assert_eq!(
            Operation::parse(&format!("TrentService.{}", operation.name())),
            Ok(operation)
        );
    }
}

#[test]
fn keys_are_listed_page_by_page_and_to_their_account_only() {
    let scene = Scene::new();
    let mut made: Vec<String> = (0..5).map(|_| scene.key(None)).collect();
    made.sort();
    let mut listed = Vec::new();
    let mut input = json!({"Limit": 2});
    for pages in 1.. {
        let page = scene.call("admin", Operation::ListKeys, &input).unwrap();
        for key in page["Keys"].as_array().unwrap() {
            listed.push(key["KeyArn"].as_str().unwrap().to_owned());
        }
        if page["Truncated"] == false {
            assert_eq!(pages, 3);
            break;
        }
        input["Marker"] = page["NextMarker"].clone();
    }
    assert_eq!(listed, made);
    let of_parent = scene
        .call("parent", Operation::ListKeys, &json!({}))
        .unwrap();
    assert_eq!(of_parent["Keys"], json!([]));
    let refused = scene.call("nobody", Operation::ListKeys, &json!({}));
    assert_eq!(why(&refused), DeniedBy::NoIdentityPolicy);
}

#[test]
fn a_policy_reads_back_as_it_was_put_and_counts_at_once() {
    let scene = Scene::new();
    let key = scene.key(None);
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:role/kms-admin"},
        "Action": ["kms:PutKeyPolicy", "kms:GetKeyPolicy"], "Resource": "*"}})
    .to_string();
    scene
        .call(
            "admin",
            Operation::PutKeyPolicy,
            &json!({"KeyId": key, "Policy": policy}),
        )
        .unwrap();
    let read = scene
        .call("admin", Operation::GetKeyPolicy, &json!({"KeyId": key}))
        .unwrap();
    assert_eq!(read["Policy"], policy.as_str());
    let refused = scene.call("admin", Operation::DescribeKey, &json!({"KeyId": key}));
    assert_eq!(why(&refused), DeniedBy::NoResourcePolicy);
}

#[test]
fn a_policy_that_locks_its_author_out_must_be_asked_for() {
    let scene = Scene::new();
    let key = scene.key(None);
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/x"},
        "Action": "kms:*", "Resource": "*"}})
    .to_string();
    let lockout = Err(KmsError::MalformedPolicyDocument(PolicyFault::Lockout));
    let mut input = json!({"KeyId": key, "Policy": policy});
    assert_eq!(
        scene.call("admin", Operation::PutKeyPolicy, &input),
        lockout
    );
    assert_eq!(
        scene.call("admin", Operation::CreateKey, &json!({"Policy": policy})),
        lockout
    );
    input["BypassPolicyLockoutSafetyCheck"] = true.into();
    assert!(scene.call("admin", Operation::PutKeyPolicy, &input).is_ok());
}

#[test]
fn a_policy_that_is_not_understood_is_not_put() {
    let scene = Scene::new();
    let key = scene.key(None);
    let put = |policy: String| {
        scene.call(
            "admin",
            Operation::PutKeyPolicy,
            &json!({"KeyId": key, "Policy": policy}),
        )
    };
    let statement = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "x"}}}});
    assert_eq!(
        put(statement.to_string()),
        Err(KmsError::MalformedPolicyDocument(PolicyFault::Operator))
    );
    assert_eq!(put(" ".repeat(40_000)), Err(KmsError::LimitExceeded));
}

#[test]
fn an_attested_enclave_gets_its_data_key_sealed_and_nothing_in_clear() {
    let scene = Scene::new();
    let key = scene.attested_key(KeyKind::Data);
    let blob = scene.wrapped(&key);
    let answer = scene.unwrap(&key, &blob, Some(scene.recipient())).unwrap();
    assert!(answer["CiphertextForRecipient"].is_string());
    assert_eq!(answer["Plaintext"], Value::Null);
    assert_eq!(answer["KeyId"], key.as_str());
}

#[test]
fn without_the_right_measurements_nothing_decrypts() {
    let scene = Scene::new();
    let key = scene.attested_key(KeyKind::Data);
    let blob = scene.wrapped(&key);
    assert_eq!(
        why(&scene.unwrap(&key, &blob, None)),
        DeniedBy::ExplicitDeny
    );

    let again = || {
        // Another enclave under the same root: the installation's PKI is in its files only, so it
        // is written and read once more.
        let directory = tempfile::tempdir().unwrap();
        scene.nsm.pki().save(directory.path()).unwrap();
        Pki::load(directory.path()).unwrap()
    };
    for (executable, anchor) in [(&b"other"[..], ANCHOR), (EXECUTABLE, b"other")] {
        let other = enclave(again(), executable, anchor);
        let document = document(&other, Some(&scene.public_key));
        let refused = scene.unwrap(&key, &blob, Some(recipient(&document)));
        assert_eq!(why(&refused), DeniedBy::ExplicitDeny);
    }

    scene.nsm.set_faults(Faults {
        debug_mode: true,
        ..Faults::default()
    });
    let refused = scene.unwrap(&key, &blob, Some(scene.recipient()));
    assert_eq!(why(&refused), DeniedBy::ExplicitDeny);
}

#[test]
fn a_document_that_does_not_verify_is_a_validation_error() {
    let scene = Scene::new();
    let key = scene.attested_key(KeyKind::Data);
    let blob = scene.wrapped(&key);
    let error = |document: &[u8]| {
        scene
            .unwrap(&key, &blob, Some(recipient(document)))
            .unwrap_err()
    };
    let good = document(&scene.nsm, Some(&scene.public_key));
    let attestation = KmsError::Validation(Invalid::Attestation);
    assert_eq!(error(b"garbage"), attestation);
    assert_eq!(error(&good[..good.len() - 1]), attestation);
    for at in [0, 9, good.len() / 2, good.len() - 1] {
        let mut altered = good.clone();
        altered[at] ^= 1;
        assert_eq!(error(&altered), attestation, "byte {at}");
    }
    let length = Invalid::Length("recipient.attestationDocument");
    assert_eq!(error(b""), KmsError::Validation(length));
    assert_eq!(error(&vec![0; 262_145]), KmsError::Validation(length));

    let foreign = enclave(Pki::generate(UnixMillis(NOW * 1000)), EXECUTABLE, ANCHOR);
    assert_eq!(
        error(&document(&foreign, Some(&scene.public_key))),
        attestation
    );
}

#[test]
fn a_document_without_an_rsa_2048_key_is_a_validation_error() {
    let scene = Scene::new();
    let key = scene.attested_key(KeyKind::Data);
    let blob = scene.wrapped(&key);
    let large = PrivateDecryptingKey::generate(KeySize::Rsa3072).unwrap();
    let large = large.public_key().as_der().unwrap().as_ref().to_vec();
    for public_key in [None, Some(&b"dummy"[..]), Some(&large)] {
        let document = document(&scene.nsm, public_key);
        let refused = scene.unwrap(&key, &blob, Some(recipient(&document)));
        assert_eq!(refused, Err(KmsError::Validation(Invalid::AttestedKey)));
    }
}

#[test]
fn a_recipient_must_be_complete() {
    let scene = Scene::new();
    let document = scene.recipient()["AttestationDocument"].clone();
    for (recipient, invalid) in [
        (
            json!({}),
            Invalid::Missing("recipient.keyEncryptionAlgorithm"),
        ),
        (
            json!({"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256"}),
            Invalid::Missing("recipient.attestationDocument"),
        ),
        (
            json!({"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_1", "AttestationDocument": document}),
            Invalid::Choice("recipient.keyEncryptionAlgorithm"),
        ),
    ] {
        let input = json!({"NumberOfBytes": 8, "Recipient": recipient});
        let refused = scene.call("admin", Operation::GenerateRandom, &input);
        assert_eq!(refused, Err(KmsError::Validation(invalid)));
    }
}

#[test]
fn a_replayed_document_works_while_its_leaf_lives_and_not_after() {
    let mut scene = Scene::new();
    let key = scene.attested_key(KeyKind::Data);
    let blob = scene.wrapped(&key);
    let replayed = scene.recipient();
    // The module's leaf is up to ten minutes old when it signs first.
    scene.now = NOW + LEAF_LIFE - 600;
    assert!(scene.unwrap(&key, &blob, Some(replayed.clone())).is_ok());
    scene.now = NOW + LEAF_LIFE + 1;
    assert_eq!(
        scene.unwrap(&key, &blob, Some(replayed)),
        Err(KmsError::Validation(Invalid::Attestation))
    );
}

#[test]
fn a_writer_makes_data_keys_for_its_own_tenant_and_nothing_else() {
    let scene = Scene::new();
    let key = scene.attested_key(KeyKind::Data);
    let make = |context: Value| {
        let input = json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context});
        scene.call("writer", Operation::GenerateDataKey, &input)
    };
    assert!(make(records("acme")).unwrap()["Plaintext"].is_string());
    let mut more = records("acme");
    more["purpose"] = "x".into();
    let mut doubled = records("globex");
    doubled["Tenant"] = "acme".into();
    let mut older = records("acme");
    older["vouchsafe"] = "0".into();
    for context in [
        records("globex"),
        records("*"),
        more,
        doubled,
        older,
        json!({"vouchsafe": "1", "tenant": "acme"}),
        json!({}),
    ] {
        assert_eq!(
            why(&make(context.clone())),
            DeniedBy::NoResourcePolicy,
            "{context}"
        );
    }
    let encrypt = json!({"KeyId": key, "Plaintext": "eA==", "EncryptionContext": records("acme")});
    let refused = scene.call("writer", Operation::Encrypt, &encrypt);
    assert_eq!(why(&refused), DeniedBy::ExplicitDeny);
    let blob = scene.wrapped(&key);
    let input = json!({"KeyId": key, "CiphertextBlob": blob, "EncryptionContext": records("acme"),
                       "Recipient": scene.recipient()});
    let refused = scene.call("writer", Operation::Decrypt, &input);
    assert_eq!(why(&refused), DeniedBy::NoResourcePolicy);
}

#[test]
fn a_root_is_made_by_an_attested_enclave_and_by_nobody_else() {
    let scene = Scene::new();
    let key = scene.attested_key(KeyKind::Root);
    let context = json!({"vouchsafe": "1", "root": "acme", "version": "1"});
    let mut input = json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context});
    for who in ["parent", "writer", "admin"] {
        let refused = scene.call(who, Operation::GenerateDataKey, &input);
        assert_eq!(why(&refused), DeniedBy::ExplicitDeny, "{who}");
    }
    input["Recipient"] = scene.recipient();
    let made = scene
        .call("parent", Operation::GenerateDataKey, &input)
        .unwrap();
    assert_eq!(made["Plaintext"], Value::Null);
    assert!(made["CiphertextForRecipient"].is_string());
    // The variant without plaintext has no use for a recipient, so it is never attested.
    let refused = scene.call("parent", Operation::GenerateDataKeyWithoutPlaintext, &input);
    assert_eq!(why(&refused), DeniedBy::ExplicitDeny);

    let mut decrypt = json!({"KeyId": key, "CiphertextBlob": made["CiphertextBlob"],
                             "EncryptionContext": context});
    let refused = scene.call("parent", Operation::Decrypt, &decrypt);
    assert_eq!(why(&refused), DeniedBy::ExplicitDeny);
    decrypt["Recipient"] = scene.recipient();
    assert!(scene.call("parent", Operation::Decrypt, &decrypt).is_ok());
}

#[test]
fn administrators_look_after_a_key_and_cannot_use_it() {
    let scene = Scene::new();
    for kind in [KeyKind::Data, KeyKind::Root] {
        let key = scene.attested_key(kind);
        let admin = |operation, input: Value| scene.call("admin", operation, &input);
        assert!(admin(Operation::DescribeKey, json!({"KeyId": key})).is_ok());
        assert!(admin(Operation::GetKeyPolicy, json!({"KeyId": key})).is_ok());
        let denied = admin(
            Operation::GenerateDataKey,
            json!({"KeyId": key, "KeySpec": "AES_256"}),
        );
        why(&denied);
        let open = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Principal": "*", "Action": "kms:*", "Resource": "*"}})
        .to_string();
        let put = json!({"KeyId": key, "Policy": open});
        let refused = admin(Operation::PutKeyPolicy, put.clone());
        assert_eq!(why(&refused), DeniedBy::NoResourcePolicy);
        assert!(
            scene
                .call("break-glass", Operation::PutKeyPolicy, &put)
                .is_ok()
        );
    }
}

#[test]
fn random_bytes_need_permission_and_can_be_sealed() {
    let scene = Scene::new();
    let mut input = json!({"NumberOfBytes": 32});
    let plain = scene
        .call("admin", Operation::GenerateRandom, &input)
        .unwrap();
    assert_eq!(
        STANDARD
            .decode(plain["Plaintext"].as_str().unwrap())
            .unwrap()
            .len(),
        32
    );
    let refused = scene.call("nobody", Operation::GenerateRandom, &input);
    assert_eq!(why(&refused), DeniedBy::NoIdentityPolicy);
    input["Recipient"] = scene.recipient();
    let sealed = scene
        .call("admin", Operation::GenerateRandom, &input)
        .unwrap();
    assert_eq!(sealed["Plaintext"], Value::Null);
    assert!(sealed["CiphertextForRecipient"].is_string());
}

#[test]
fn the_lies_that_a_test_asks_for_are_told() {
    let mut scene = Scene::new();
    let key = scene.attested_key(KeyKind::Data);
    let blob = scene.wrapped(&key);
    scene.tampering = Tampering {
        plaintext: true,
        foreign_key_id: true,
    };
    let answer = scene.unwrap(&key, &blob, Some(scene.recipient())).unwrap();
    assert!(answer["Plaintext"].is_string());
    assert!(answer.get("CiphertextForRecipient").is_none());
    assert_ne!(answer["KeyId"], key.as_str());
}

#[test]
fn keys_that_cannot_be_written_down_are_a_fault_of_the_service() {
    let scene = Scene::new();
    std::fs::remove_dir_all(scene.directory.path()).unwrap();
    let failed = scene.call("admin", Operation::CreateKey, &json!({}));
    assert_eq!(failed, Err(KmsError::Internal));
}
