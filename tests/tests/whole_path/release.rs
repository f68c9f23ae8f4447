//! `vouchsafe measurements verify` against an enclave that runs: one of the release is verified,
//! one that is not is refused by the name of what differs.

use std::{path::Path, process::Command};

use serde_json::{Value, json};
use vouchsafe_common::attestation::Pcr;
use vouchsafe_tests::{
    Deployment,
    deployment::{DATASET, TENANT},
    process::binary,
};

/// The exit status of a command, and what it printed: on standard output, or else its failure.
fn vouchsafe(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let output = Command::new(binary("vouchsafe"))
        .current_dir(folder)
        .args(arguments)
        .arg("--json")
        .output()
        .unwrap();
    let lines = if output.stdout.is_empty() {
        &output.stderr
    } else {
        &output.stdout
    };
    let last = std::str::from_utf8(lines).unwrap().lines().last().unwrap();
    let status = output.status.code().unwrap();
    (status, serde_json::from_str(last).unwrap())
}

fn sign_release(deployment: &Deployment, pcr0: Pcr) {
    let pcrs = deployment.measurements().pcrs;
    let statement = json!({
        "version": 1, "release": "0.1.0", "security_version": 1, "commit": "c0ffee",
        "pcrs": {"0": pcr0, "1": pcrs[&1], "2": pcrs[&2]}, "files": {},
    });
    let folder = deployment.directory();
    std::fs::write(folder.join("statement.json"), statement.to_string()).unwrap();
    let sign = ["--key", "release.pem", "--statement", "statement.json"];
    let out = ["-o", "release.cose"];
    let (status, _) = vouchsafe(
        folder,
        &[&["measurements", "sign"], &sign[..], &out].concat(),
    );
    assert_eq!(status, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_is_compared_with_the_release_that_it_should_run() {
    let deployment = Deployment::start().await;
    let folder = deployment.directory();
    let (_, made) = vouchsafe(folder, &["keygen", "-o", "release.pem"]);
    std::fs::write(folder.join("release.jwk"), made["public_jwk"].to_string()).unwrap();
    let verify = [
        "measurements",
        "verify",
        "--release",
        "release.cose",
        "--authority",
        "release.jwk",
        "--anchor",
        "anchor.json",
        "--bundle",
        "bundle.cose",
        "--url",
        &deployment.url,
        "--trust",
        "mock",
        "--root",
        "state/nsm/root.der",
        "-o",
        "measurements.json",
    ];

    sign_release(&deployment, deployment.measurements().pcrs[&0]);
    let (status, verified) = vouchsafe(folder, &verify);
    assert_eq!((status, &verified["enclave"]), (0, &json!("verified")));
    assert_eq!(verified["files"], "not_checked");
    // What was written is what clients pin.
    let pinned = std::fs::read(folder.join("measurements.json")).unwrap();
    let pinned = vouchsafe_client::measurements::parse(&pinned).unwrap();
    assert_eq!(pinned, deployment.expectations());

    std::fs::remove_file(folder.join("measurements.json")).unwrap();
    sign_release(&deployment, Pcr::measure(b"another image"));
    let (status, refused) = vouchsafe(folder, &verify);
    assert_eq!(
        (status, &refused["error"]["code"]),
        (1, &json!("pcr_mismatch"))
    );
    assert!(!folder.join("measurements.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_takes_an_enclave_of_any_of_the_measurements_it_is_given_and_of_no_mixture() {
    let deployment = Deployment::start().await;
    let folder = deployment.directory();
    let write = |name: &str, content: &[u8]| std::fs::write(folder.join(name), content).unwrap();
    let own = deployment.measurements();
    let (mut bundle, mut image) = (own.clone(), own.clone());
    bundle.bundle_digest = Some([9; 48]);
    image.pcrs.insert(0, Pcr([9; 48]));
    for (name, measured) in [("own", own), ("bundle", bundle), ("image", image)] {
        let json = serde_json::to_vec(&measured).unwrap();
        write(&format!("{name}.json"), &json);
    }
    write("items.ndjson", b"{\"reference\":\"1\",\"text\":\"a\"}\n");
    write("caller.der", deployment.caller_pkcs8());
    write("root.der", &deployment.root_der());
    let config = format!(
        "url = {:?}\ntrust = \"mock\"\nroot = \"root.der\"\ncaller = \"crm\"\nkey = \"caller.der\"\n\
         tenant = {TENANT:?}\ndataset = {DATASET:?}\npurpose = \"test\"\n\
         measurements = [\"image.json\", \"own.json\"]\n",
        deployment.url
    );
    write("vouchsafe.toml", config.as_bytes());
    let reveal = |more: &[&str]| {
        let first = ["process", "--config", "vouchsafe.toml", "--op", "reveal"];
        vouchsafe(folder, &[&first[..], more, &["items.ndjson"]].concat())
    };
    let done = (0, json!({"reference": "1", "result": "a"}));
    let refused = |code: &str| (1, json!({"reference": "1", "error": {"code": code}}));
    assert_eq!(reveal(&[]), done);
    let of = |one: &str, other: &str| {
        let files = [one, other].map(|name| format!("{name}.json"));
        let flag = "--measurements";
        reveal(&[flag, &files[0], flag, &files[1]])
    };
    assert_eq!(of("own", "bundle"), done);
    assert_eq!(of("bundle", "own"), done);
    // Each register of this enclave is in one of the two.
    assert_eq!(of("bundle", "image"), refused("pcr_mismatch"));
}
