//! The dependency arrows between the crates, kept by `cargo metadata` and `cargo tree`.

use crate::cargo;
use serde_json::Value;

/// Each of our packages and those of ours it may depend on, for tests and build scripts too.
const ARROWS: &[(&str, &[&str])] = &[
    ("vouchsafe-common", &[]),
    ("vouchsafe-pii", &[]),
    ("vouchsafe-parent", &["vouchsafe-common"]),
    ("vouchsafe-mock", &["vouchsafe-common"]),
    ("vouchsafe-client", &["vouchsafe-common", "vouchsafe-pii"]),
    (
        "vouchsafe-enclave",
        &["vouchsafe-common", "vouchsafe-pii", "vouchsafe-mock"],
    ),
    (
        "vouchsafe-tests",
        &[
            "vouchsafe-common",
            "vouchsafe-pii",
            "vouchsafe-mock",
            "vouchsafe-client",
        ],
    ),
];

/// Packages that wait, listen or read files. None may reach `common` or `pii`.
const IO_PACKAGES: &[&str] = &[
    "async-io",
    "async-std",
    "axum",
    "curl",
    "hyper",
    "hyper-util",
    "mio",
    "nix",
    "polling",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "tokio-rustls",
    "tokio-vsock",
    "ureq",
    "vsock",
];

fn packages() -> Vec<Value> {
    let json = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&json).expect("cargo metadata prints JSON");
    metadata["packages"]
        .as_array()
        .expect("metadata lists the packages")
        .clone()
}

fn package(name: &str) -> Value {
    let found = packages()
        .into_iter()
        .find(|package| package["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not in the workspace"))
}

/// The dependencies of `package` on packages of ours.
fn ours(package: &Value) -> Vec<&Value> {
    let all = package["dependencies"]
        .as_array()
        .expect("metadata lists dependencies");
    all.iter()
        .filter(|dependency| text(&dependency["name"]).starts_with("vouchsafe-"))
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Does `dependency` ask for `feature`?
fn asks_for(dependency: &Value, feature: &str) -> bool {
    dependency["features"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one == feature))
}

/// Lines `name vX.Y.Z …` and `name feature "f"` of all that is built into `package`.
fn tree(package: &str, more: &[&str]) -> String {
    let mut arguments = vec![
        "tree",
        "--prefix",
        "none",
        "-e",
        "normal,features",
        "-p",
        package,
    ];
    arguments.extend_from_slice(more);
    cargo(&arguments)
}

fn holds_package(tree: &str, name: &str) -> bool {
    tree.lines()
        .any(|line| line.starts_with(&format!("{name} v")))
}

fn holds_feature(tree: &str, package: &str, feature: &str) -> bool {
    tree.lines()
        .any(|line| line.starts_with(&format!("{package} feature \"{feature}\"")))
}

#[test]
fn our_packages_depend_on_one_another_only_along_the_arrows() {
    let packages = packages();
    assert_eq!(
        packages.len(),
        ARROWS.len(),
        "a new package needs its arrows"
    );
    for package in &packages {
        let name = text(&package["name"]);
        let (_, may) = ARROWS
            .iter()
            .find(|(one, _)| *one == name)
            .expect("the package has arrows");
        for dependency in ours(package) {
            let target = text(&dependency["name"]);
            assert!(may.contains(&target), "{name} must not depend on {target}");
        }
    }
}

#[test]
fn the_enclave_takes_the_mock_only_behind_its_feature() {
    let enclave = package("vouchsafe-enclave");
    let dependencies = ours(&enclave);
    let mock = dependencies
        .iter()
        .find(|one| one["name"] == "vouchsafe-mock");
    let mock = mock.expect("the mock build of the enclave needs the software NSM");
    assert_eq!(mock["optional"], true);
    assert_eq!(
        mock["uses_default_features"], false,
        "the KMS server stays outside"
    );

    let features = enclave["features"]
        .as_object()
        .expect("metadata lists features");
    for (feature, switches) in features {
        let reaches_mock = switches.to_string().contains("vouchsafe-mock");
        assert_eq!(reaches_mock, feature == "mock", "feature {feature}");
    }
}

#[test]
fn nothing_is_switched_on_by_default() {
    for name in [
        "vouchsafe-common",
        "vouchsafe-enclave",
        "vouchsafe-parent",
        "vouchsafe-client",
        "vouchsafe-pii",
    ] {
        let package = package(name);
        let default = package["features"].get("default").and_then(Value::as_array);
        assert!(
            default.is_none_or(Vec::is_empty),
            "{name} has default features"
        );
    }
}

#[test]
fn only_those_who_seal_or_open_ask_for_sealing() {
    let mut asking = Vec::new();
    for package in packages() {
        if ours(&package)
            .iter()
            .any(|dependency| asks_for(dependency, "sealing"))
        {
            asking.push(text(&package["name"]).to_owned());
        }
    }
    asking.sort();
    assert_eq!(
        asking,
        ["vouchsafe-client", "vouchsafe-enclave", "vouchsafe-tests"]
    );
}

#[test]
fn the_parent_is_built_without_code_that_opens_a_request() {
    let parent = tree("vouchsafe-parent", &[]);
    let enclave = tree("vouchsafe-enclave", &[]);
    for package in ["hpke", "jsonwebtoken", "vouchsafe-pii", "vouchsafe-mock"] {
        assert!(
            !holds_package(&parent, package),
            "the parent holds {package}"
        );
    }
    assert!(!holds_feature(&parent, "vouchsafe-common", "sealing"));
    // The control: the same questions find the same things where they belong.
    assert!(holds_package(&enclave, "hpke") && holds_package(&enclave, "vouchsafe-pii"));
    assert!(holds_feature(&enclave, "vouchsafe-common", "sealing"));
}

#[test]
fn nothing_released_is_built_with_mock_code() {
    for package in ["vouchsafe-enclave", "vouchsafe-parent", "vouchsafe-client"] {
        let tree = tree(package, &[]);
        assert!(!holds_package(&tree, "vouchsafe-mock"), "{package}");
        assert!(
            !holds_feature(&tree, "vouchsafe-common", "mock"),
            "{package}"
        );
    }
    let local = tree("vouchsafe-enclave", &["--features", "mock"]);
    assert!(holds_package(&local, "vouchsafe-mock"));
    assert!(holds_feature(&local, "vouchsafe-common", "mock"));
}

#[test]
fn enclave_and_parent_hold_no_code_about_key_policies() {
    for package in ["vouchsafe-enclave", "vouchsafe-parent"] {
        let tree = tree(package, &[]);
        assert!(
            !holds_feature(&tree, "vouchsafe-common", "key-policy"),
            "{package}"
        );
    }
    let client = tree("vouchsafe-client", &[]);
    assert!(holds_feature(&client, "vouchsafe-common", "key-policy"));
}

#[test]
fn the_enclave_reads_no_recipe_no_toml_and_no_csv() {
    let enclave = tree("vouchsafe-enclave", &[]);
    for package in ["csv-core", "toml", "regex"] {
        assert!(
            !holds_package(&enclave, package),
            "the enclave holds {package}"
        );
    }
    let recipes = tree("vouchsafe-pii", &["--features", "recipes"]);
    assert!(holds_package(&recipes, "csv-core") && holds_package(&recipes, "toml"));
}

#[test]
fn what_is_pure_pulls_in_no_runtime_and_no_socket() {
    let common = tree("vouchsafe-common", &["--all-features"]);
    let pii = tree("vouchsafe-pii", &["--all-features"]);
    for package in IO_PACKAGES {
        assert!(!holds_package(&common, package), "common holds {package}");
        assert!(!holds_package(&pii, package), "pii holds {package}");
    }
    assert!(
        holds_package(&tree("vouchsafe-parent", &[]), "tokio"),
        "the question finds nothing"
    );
}
