#!/usr/bin/env bash
# Builds the binaries: `scripts/build.sh release` for production, `local` for local mode.
# Needs Rust and what scripts/prepare.sh installs.
#
# Each binary is built by itself with `-p`. Built together, cargo would join their features, and the
# parent would hold the code that opens requests, a released binary the code of the mock. Both kinds
# use the release profile: what is measured locally is what ships, and most dependencies are built
# once for both.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    printf 'usage: scripts/build.sh release|local\n' >&2
    exit 2
}

# build PACKAGE BINARY [cargo options]: builds the one binary and puts it into $out.
build() {
    local package=$1 binary=$2
    shift 2
    cargo build --locked --release -p "$package" --bin "$binary" "$@"
    # Copied beside and renamed, so that a running binary can be replaced.
    cp "${CARGO_TARGET_DIR:-target}/release/$binary" "$out/.$binary"
    mv "$out/.$binary" "$out/$binary"
}

[ $# -eq 1 ] || usage
case $1 in
release)
    out=target/release-artefacts
    mkdir -p "$out"
    build vouchsafe-enclave vouchsafe-enclave
    build vouchsafe-parent vouchsafe-parent
    build vouchsafe-client vouchsafe
    ;;
local)
    out=target/local
    mkdir -p "$out"
    build vouchsafe-enclave vouchsafe-enclave --features mock
    build vouchsafe-parent vouchsafe-parent
    build vouchsafe-client vouchsafe --features mock
    build vouchsafe-mock vouchsafe-mock
    ;;
*) usage ;;
esac
printf 'built: %s\n' "$(cd "$out" && printf "$out/%s " *)"
