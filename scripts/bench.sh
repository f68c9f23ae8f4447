#!/usr/bin/env bash
# Measures a deployment on this machine: `scripts/bench.sh [--quick | --image] [--json]`; see
# docs/BENCHMARKS.md. Needs Rust and what scripts/prepare.sh installs.
#
# VOUCHSAFE_BIN_DIR names a directory with binaries that are built already.
set -euo pipefail
cd "$(dirname "$0")/.."

bench() { "${CARGO_TARGET_DIR:-target}/release/bench" "$@"; }

for argument in "$@"; do
    case $argument in
    --quick | --json) ;;
    # What scripts/test-enclave.sh has built.
    --image) export VOUCHSAFE_IMAGE_DIR=target/enclave ;;
    --help | -h)
        printf 'usage: scripts/bench.sh [--quick | --image] [--json]   (see docs/BENCHMARKS.md)\n'
        exit 0
        ;;
    *)
        printf 'usage: scripts/bench.sh [--quick | --image] [--json]\n' >&2
        exit 2
        ;;
    esac
done

# Building says what it does on stderr, so that stdout is the numbers alone.
if [ -z "${VOUCHSAFE_BIN_DIR:-}" ]; then
    scripts/build.sh local >&2
fi
cargo build --locked --release --quiet -p vouchsafe-tests --bin bench >&2
bench "$@"
