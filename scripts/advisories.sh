#!/usr/bin/env bash
# Compares the dependencies with the RustSec advisories. Needs the network.
# Exit 1 when an advisory applies; "not checked" and exit 0 when the database cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tools.sh

not_checked() {
    printf 'advisories: not checked (%s)\n' "$1"
    exit 0
}

need_cargo_deny || not_checked "cargo-deny could not be installed"

# Fetched by itself, so that a missing database is not taken for a finding.
if ! reason=$(cargo deny fetch db 2>&1); then
    printf '%s\n' "$reason" >&2
    not_checked "the database could not be fetched"
fi
cargo deny --offline check --hide-inclusion-graph advisories
printf 'advisories: none applies beyond the exceptions in deny.toml\n'
