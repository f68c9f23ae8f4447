#!/usr/bin/env bash
# Runs every check of the project; the last line says "passed". Needs Rust; installs the rest.
set -euo pipefail
if [ $# -ne 0 ]; then
    printf 'usage: scripts/test.sh   (takes no argument; up to half an hour on two processors, the first time)\n' >&2
    [ "$1" = --help ] && exit 0
    exit 2
fi
cd "$(dirname "$0")/.."
. scripts/lib/tools.sh

export CARGO_NET_RETRY=10
export PYTHONPYCACHEPREFIX="$PWD/target/pycache"
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

# step TITLE: says what comes, and how long it has taken so far.
step() { printf '\n=== %s (%d s)\n' "$*" "$SECONDS"; }

step "tools"
scripts/prepare.sh
need_cargo_deny
need_python_with tests/requirements.txt
cargo fetch --locked --quiet
cargo fetch --locked --quiet --manifest-path fuzz/Cargo.toml

step "formatting"
cargo fmt --all --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
for script in scripts/*.sh scripts/lib/*.sh .ci/run; do
    bash -n "$script"
done
find scripts tests deploy -name '*.py' -exec "$PYTHON" -m py_compile {} +

step "licences, sources and banned crates"
deny() { cargo deny --offline "$@" --hide-inclusion-graph bans licenses sources; }
# One exception is for what only fuzz/ has.
deny check --allow license-exception-not-encountered
deny --manifest-path fuzz/Cargo.toml check

step "clippy: everything, what ships, and common as the parent builds it"
lint() { cargo clippy --locked --quiet "$@" -- -D warnings; }
lint --workspace --all-features --all-targets
lint -p vouchsafe-enclave -p vouchsafe-parent -p vouchsafe-client
lint -p vouchsafe-common

step "the binaries that the tests start, and those that ship"
scripts/build.sh release
scripts/build.sh local
export VOUCHSAFE_BIN_DIR="$PWD/target/local"
export VOUCHSAFE_RELEASE_DIR="$PWD/target/release-artefacts"
export VOUCHSAFE_PYTHON="$PYTHON"

step "tests, doc tests among them"
cargo test --locked --workspace --all-features

step "the fuzz targets, built and run on their seeds"
fuzz=(--manifest-path fuzz/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}")
lint "${fuzz[@]}" --all-targets
cargo test --locked "${fuzz[@]}" --lib

step "boto3 against the mock KMS"
"$PYTHON" tests/boto3/kms_test.py

step "the examples of the protocol, opened by another implementation"
"$PYTHON" tests/interop/open_examples.py

step "templates, package, canary, and the commands of docs/DEPLOY.md"
scripts/check-templates.sh
"$PYTHON" tests/deploy/templates_test.py
"$PYTHON" tests/deploy/canary_test.py
"$PYTHON" tests/deploy/package_test.py
"$PYTHON" tests/deploy/walk_test.py

step "advisories"
scripts/advisories.sh

printf '\ntest.sh: all checks passed in %d s\n' "$SECONDS"
