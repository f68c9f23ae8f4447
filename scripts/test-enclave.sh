#!/usr/bin/env bash
# Builds the enclave images and boots them on an emulated Nitro machine; the last line says
# "passed". Needs Rust and a Debian with root or sudo; installs the rest. See --help.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tools.sh
. scripts/lib/packages.sh
. scripts/lib/signer.sh

usage() {
    cat <<'TEXT'
usage: scripts/test-enclave.sh [TEST...]

Builds QEMU, the guest kernel, both images and the binaries that the tests start, and runs the tests
of the images; 25 minutes on two processors the first time, three when all is built. Words name
tests.

examples:
  scripts/test-enclave.sh              everything
  scripts/test-enclave.sh main_job     those with this in their name
TEXT
}
case ${1:-} in
-h | --help) usage; exit 0 ;;
-*) usage >&2; exit 2 ;;
esac

# step TITLE: says what comes, and how long it has taken so far.
step() { printf '\n=== %s (%d s)\n' "$*" "$SECONDS"; }

step "emulator"
scripts/prepare.sh
need_packages binutils python3
scripts/emulator.sh

step "binaries"
scripts/build.sh local

step "images: one installation of the mocks, which is in the mock image and nowhere else"
images=target/enclave
mkdir -p "$images"
if [ ! -d "$images/state" ]; then
    target/local/vouchsafe-mock init "$images/state"
fi
scripts/build-enclave.sh mock --state "$images/state" --out "$images/mock"
scripts/build-enclave.sh release --out "$images/release"
# The released image once more, signed: its certificate is in PCR8 and nothing else differs.
make_signer "$images"
scripts/build-enclave.sh release --out "$images/signed" \
    --signing-certificate "$images/signer.pem" --private-key "$images/signer-key.pem"

step "tests"
# As scripts/test.sh builds them, so that one build serves both.
tests=(cargo test --locked --workspace --all-features)
guests=$("${tests[@]}" --quiet --no-run --message-format json --test parent --test vsock |
    sed -n 's|.*"executable":"\([^"]*/deps/[^"]*\)".*|\1|p' | paste -sd :)
VOUCHSAFE_IMAGE_DIR=$images VOUCHSAFE_BIN_DIR="$PWD/target/local" VOUCHSAFE_GUEST_TESTS=$guests \
    "${tests[@]}" --test enclave --test image --test process_one -- --test-threads 1 "$@"

step "what was measured"
for kind in mock release; do
    printf '%s, %s bytes\n' "$kind" "$(stat -c %s "$images/$kind/enclave.eif")"
    sed -n 's/^ *"\([0-9]*\)": "\(.*\)".*/PCR\1 \2/p' "$images/$kind/measurements.json"
done
printf '\ntest-enclave.sh: all tests passed in %d s\n' "$SECONDS"
