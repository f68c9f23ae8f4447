//! Blobs open under their key and context only; keys outlive the process.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]

use std::os::unix::fs::PermissionsExt as _;

use super::*;

const OPEN_POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
    "Principal":"*","Action":"*","Resource":"*"}}"#;

fn key() -> Key {
    let policy = Policy::parse(OPEN_POLICY).unwrap();
    Key::create(
        "222222222222",
        "test",
        1_700_000_000_000,
        (OPEN_POLICY.to_owned(), policy),
    )
}

fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn a_blob_opens_under_its_key_and_context_and_no_other() {
    let key = key();
    let acme = context(&[("tenant", "acme")]);
    let blob = key.seal(b"secret", &acme).unwrap();
    assert_eq!(key.open(&blob, &acme).unwrap().as_slice(), b"secret");
    for other in [
        &[][..],
        &[("tenant", "Acme")],
        &[("tenant", "acme"), ("x", "")],
    ] {
        assert_eq!(key.open(&blob, &context(other)), Err(BlobError));
    }
    assert_eq!(self::key().open(&blob, &acme), Err(BlobError));
}

#[test]
fn contexts_that_run_together_stay_apart() {
    let key = key();
    let blob = key.seal(b"x", &context(&[("ab", "c")])).unwrap();
    assert_eq!(key.open(&blob, &context(&[("a", "bc")])), Err(BlobError));
}

#[test]
fn an_altered_or_cut_blob_does_not_open() {
    let key = key();
    let blob = key.seal(b"secret", &EncryptionContext::new()).unwrap();
    for at in 0..blob.len() {
        let mut altered = blob.clone();
        altered[at] ^= 1;
        assert_eq!(
            key.open(&altered, &EncryptionContext::new()),
            Err(BlobError),
            "byte {at}"
        );
    }
    for length in 0..blob.len() {
        assert_eq!(
            key.open(&blob[..length], &EncryptionContext::new()),
            Err(BlobError)
        );
    }
}

#[test]
fn a_blob_names_its_key() {
    let key = key();
    let blob = key.seal(b"x", &EncryptionContext::new()).unwrap();
    assert_eq!(blob_key(&blob), Some(key.id));
    for junk in [&b""[..], b"VMK1", &[0; 64], &blob[..HEAD_BYTES - 1]] {
        assert_eq!(blob_key(junk), None);
    }
}

#[test]
fn key_ids_have_one_text_form() {
    let id = key().id;
    assert_eq!(KeyId::parse(&id.to_string()), Some(id));
    let text = id.to_string();
    assert_eq!(text.as_bytes()[14], b'4');
    for other in [
        text.to_uppercase() + "x",
        text.replace('-', ""),
        text[1..].to_owned(),
    ] {
        assert_eq!(KeyId::parse(&other), None);
    }
}

#[test]
fn keys_outlive_the_process_in_a_file_for_its_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let mut store = Store::open(&path).unwrap();
    let key = key();
    let (id, material_id) = (key.id, key.material_id());
    let blob = key.seal(b"secret", &EncryptionContext::new()).unwrap();
    store.add(key).unwrap();
    store
        .change(id, |key| key.state = KeyState::Disabled)
        .unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let again = Store::open(&path).unwrap();
    let key = again.key(id).unwrap();
    assert_eq!(key.state, KeyState::Disabled);
    assert_eq!(key.material_id(), material_id);
    assert_eq!(key.description, "test");
    assert_eq!(
        key.open(&blob, &EncryptionContext::new())
            .unwrap()
            .as_slice(),
        b"secret"
    );
    assert_eq!(again.of_account("222222222222").count(), 1);
    assert_eq!(again.of_account("111111111111").count(), 0);
}

#[test]
fn a_damaged_key_file_is_refused_at_every_cut() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    Store::open(&path).unwrap().add(key()).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(
            matches!(Store::open(&path), Err(StoreError::Damaged)),
            "{length} bytes"
        );
    }
}

#[test]
fn a_key_that_cannot_be_written_down_is_not_added() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(&directory.path().join("missing/keys.json")).unwrap();
    let key = key();
    let id = key.id;
    assert!(matches!(store.add(key), Err(StoreError::File(_))));
    assert!(store.key(id).is_none());
}

#[test]
fn debug_output_shows_no_material() {
    let key = key();
    let material = format!("{:?}", key.material.expose_secret());
    assert!(!format!("{key:?}").contains(&material));
}
