#!/usr/bin/env bash
# Installs what building and testing need beside Rust: a C compiler, curl, Python with venv, openssl.
# Needs apt-get, and root or sudo where something is missing; does nothing where nothing is.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/packages.sh

say() { printf 'prepare: %s\n' "$*"; }

if ! command -v cargo >/dev/null; then
    say "cargo is not in PATH; install Rust from https://rustup.rs, then '. ~/.cargo/env'" >&2
    exit 1
fi

missing=()
# The C parts of ring and aws-lc. Their assembly is shipped ready: no cmake, make or Go is needed.
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v curl >/dev/null || missing+=(curl ca-certificates)
# The independent verifier of docs/VERIFYING.md.
command -v openssl >/dev/null || missing+=(openssl)
# boto3 and moto are independent clients and servers to test against; they get a venv of their own.
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)

if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

install_packages "${missing[@]}"
say "installed"
