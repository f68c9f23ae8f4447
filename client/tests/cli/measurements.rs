//! `vouchsafe measurements` as its users meet it: what is signed verifies, what differs is named.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::{ARN, failure, stderr, stdout, vouchsafe_in};

/// SHA-256 of "image", and of nothing.
const IMAGE: &str = "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn run(folder: &Path, args: &[&str]) -> Output {
    vouchsafe_in(folder, &[args, &["--json"]].concat())
}

fn statement() -> Value {
    let pcr = |digit: &str| digit.repeat(96);
    json!({
        "version": 1, "release": "0.1.0", "security_version": 2, "commit": "c0ffee",
        "pcrs": {"0": pcr("a"), "1": pcr("b"), "2": pcr("c")},
        "files": {"enclave.eif": IMAGE, "empty": EMPTY},
    })
}

/// A folder with a release, its authority's key and JWK, and a stranger's.
fn release() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["release", "stranger"] {
        let made = run(folder.path(), &["keygen", "-o", &format!("{name}.pem")]);
        let made: Value = serde_json::from_str(stdout(&made)).unwrap();
        fs::write(path(&format!("{name}.jwk")), made["public_jwk"].to_string()).unwrap();
    }
    fs::create_dir(path("dir")).unwrap();
    fs::write(path("dir/enclave.eif"), "image").unwrap();
    fs::write(path("dir/empty"), "").unwrap();
    fs::write(path("statement.json"), statement().to_string()).unwrap();
    let signed = run(folder.path(), &sign("dir/release.cose"));
    assert_eq!(signed.status.code(), Some(0), "{}", stderr(&signed));
    folder
}

fn sign(out: &str) -> [&str; 8] {
    let key = ["measurements", "sign", "--key", "release.pem"];
    let rest = ["--statement", "statement.json", "-o", out];
    [key, rest].concat().try_into().unwrap()
}

fn verify(folder: &Path, release: &str, authority: &str, more: &[&str]) -> Output {
    let args = [
        "measurements",
        "verify",
        "--release",
        release,
        "--authority",
        authority,
    ];
    run(folder, &[&args[..], more].concat())
}

#[test]
fn a_release_and_its_files_are_verified() {
    let folder = release();
    let verified = verify(folder.path(), "dir", "release.jwk", &[]);
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
    let mut expected = statement();
    let members = expected.as_object_mut().unwrap();
    members.remove("version");
    members.insert("files".into(), "verified".into());
    members.insert("enclave".into(), "not_checked".into());
    assert_eq!(
        serde_json::from_str::<Value>(stdout(&verified)).unwrap(),
        expected
    );
    let alone = verify(folder.path(), "dir/release.cose", "release.jwk", &[]);
    let alone: Value = serde_json::from_str(stdout(&alone)).unwrap();
    assert_eq!(alone["files"], "not_checked");
}

#[test]
fn a_release_that_differs_is_refused_by_what_differs() {
    let folder = release();
    let refused =
        |authority: &str, more: &[&str]| failure(&verify(folder.path(), "dir", authority, more));
    let code = |code: &str| (1, code.to_owned());
    assert_eq!(refused("stranger.jwk", &[]), code("release_signature"));
    let newer = ["--security-version", "3"];
    assert_eq!(refused("release.jwk", &newer), code("release_below_floor"));
    fs::write(folder.path().join("dir/enclave.eif"), "imagE").unwrap();
    assert_eq!(refused("release.jwk", &[]), code("release_file"));
    fs::remove_file(folder.path().join("dir/enclave.eif")).unwrap();
    assert_eq!(refused("release.jwk", &[]), (2, "unreadable".into()));
    fs::write(folder.path().join("dir/release.cose"), "text").unwrap();
    assert_eq!(refused("release.jwk", &[]), code("release_not_signed"));
    assert_eq!(
        refused("statement.json", &[]),
        (2, "release_authority".into())
    );
}

#[test]
fn a_folder_with_what_nobody_signed_or_with_links_is_refused() {
    let folder = release();
    let path = |name: &str| folder.path().join("dir").join(name);
    let refused = || failure(&verify(folder.path(), "dir", "release.jwk", &[]));
    let stranger = (1, "release_stranger".to_owned());
    fs::write(path("SHA256SUMS"), "text").unwrap();
    let verified = verify(folder.path(), "dir", "release.jwk", &[]);
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
    for name in ["enclave-2.eif", ".hidden", "Empty"] {
        fs::write(path(name), "").unwrap();
        assert_eq!(refused(), stranger, "{name}");
        fs::remove_file(path(name)).unwrap();
    }
    fs::create_dir(path("more")).unwrap();
    assert_eq!(refused(), stranger);
    fs::remove_dir(path("more")).unwrap();
    // The content is right, and may be another one when it is used.
    fs::rename(path("enclave.eif"), folder.path().join("image")).unwrap();
    std::os::unix::fs::symlink("../image", path("enclave.eif")).unwrap();
    assert_eq!(refused(), stranger);
}

#[test]
fn what_is_no_statement_is_not_signed() {
    let folder = release();
    let mut zero = statement();
    zero["pcrs"]["0"] = "0".repeat(96).into();
    fs::write(folder.path().join("statement.json"), zero.to_string()).unwrap();
    let refused = run(folder.path(), &sign("other.cose"));
    assert_eq!(failure(&refused), (1, "release_register".into()));
    assert!(!folder.path().join("other.cose").exists());
}

#[test]
fn what_key_policies_and_callers_pin_comes_from_a_verified_release() {
    let folder = release();
    let path = |name: &str| folder.path().join(name);
    let jwk: Value = serde_json::from_slice(&fs::read(path("stranger.jwk")).unwrap()).unwrap();
    let anchor = json!({
        "version": 1, "fleet": "test", "authorities": [{"name": "owner", "key": jwk}],
        "tenants": [{"name": "acme", "data_keys": [ARN], "floors": {"epoch": 1, "root_version": 1}}],
        "floors": {"bundle_serial": 1, "record_format": 1},
    });
    let policy = json!({
        "version": 1, "serial": 1, "not_before": 0, "not_after": 4_000_000_000_000_u64, "allow": [],
    });
    fs::write(path("anchor.json"), anchor.to_string()).unwrap();
    fs::write(path("policy.json"), policy.to_string()).unwrap();
    let bundle = ["bundle", "sign", "--policy", "policy.json"];
    let signed_by = |key: &str, out: &str| {
        run(
            folder.path(),
            &[&bundle[..], &["--key", key, "-o", out]].concat(),
        )
    };
    let signed = signed_by("stranger.pem", "bundle.cose");
    let signed: Value = serde_json::from_str(stdout(&signed)).unwrap();
    let checked = run(folder.path(), &["anchor", "check", "anchor.json"]);
    let checked: Value = serde_json::from_str(stdout(&checked)).unwrap();

    let out = ["--anchor", "anchor.json", "-o", "m.json"];
    let written = |more: &[&str]| -> Value {
        let output = verify(
            folder.path(),
            "dir",
            "release.jwk",
            &[&out[..], more].concat(),
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        serde_json::from_slice(&fs::read(path("m.json")).unwrap()).unwrap()
    };
    let mut pinned = json!({"pcrs": statement()["pcrs"]});
    pinned["pcrs"]["16"] = checked["pcr16"].clone();
    assert_eq!(written(&[]), pinned);
    pinned["bundle_digest"] = signed["bundle_digest"].clone();
    assert_eq!(written(&["--bundle", "bundle.cose"]), pinned);

    let away = [
        &out[..],
        &["--bundle", "bundle.cose", "--url", "http://127.0.0.1:9"],
    ]
    .concat();
    let away = verify(folder.path(), "dir", "release.jwk", &away);
    assert_eq!(failure(&away), (3, "unreachable".into()));

    // A bundle that an enclave would not take is not pinned.
    signed_by("release.pem", "other.cose");
    let other = [&out[..], &["--bundle", "other.cose"]].concat();
    let refused = verify(folder.path(), "dir", "release.jwk", &other);
    assert_eq!(failure(&refused), (1, "bundle_signature".into()));
}

#[test]
fn an_enclave_is_not_compared_without_anchor_and_bundle_nor_anything_written_without_anchor() {
    let folder = release();
    let usage = verify(
        folder.path(),
        "dir",
        "release.jwk",
        &["--url", "http://127.0.0.1:9"],
    );
    assert_eq!(usage.status.code(), Some(2));
    let usage = verify(folder.path(), "dir", "release.jwk", &["-o", "m.json"]);
    assert_eq!(usage.status.code(), Some(2));
}
