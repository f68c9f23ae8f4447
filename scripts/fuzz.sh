#!/usr/bin/env bash
# Fuzzes the parsers, a minute each, and stops at the first fault. Needs Rust and a C++ compiler;
# installs cargo-fuzz. See --help.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/tools.sh

usage() {
    cat <<'TEXT'
usage: scripts/fuzz.sh [--seconds N] [TARGET...]
       scripts/fuzz.sh --list

Runs each target, or those named, for a minute, and prints a line for each. When one fails, the
input that did it is kept, its path is the last line, and the exit status is 1.

  --seconds N  run each for N seconds
  --list       print the targets

VOUCHSAFE_VECTORS names a folder of more seeds (attestation/*.cbor, kms-cms/*.ber).

examples:
  scripts/fuzz.sh                            everything, half an hour after the build
  scripts/fuzz.sh --seconds 3600 cms policy  an hour of each of two

To run one input again, with a stack trace:
  PATH=$PWD/target/tools/bin:$PATH RUSTC_BOOTSTRAP=1 \
      cargo fuzz run --features run --target-dir fuzz/target TARGET INPUT
TEXT
}

targets() { (cd fuzz/src/bin && printf '%s\n' *.rs) | sed 's/\.rs$//'; }

seconds=60 chosen=()
while [ $# -gt 0 ]; do
    case $1 in
    --list) targets; exit 0 ;;
    -h | --help) usage; exit 0 ;;
    --seconds)
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { usage >&2; exit 2; }
        seconds=$2
        shift
        ;;
    *)
        [ -f "fuzz/src/bin/$1.rs" ] || { usage >&2; exit 2; }
        chosen+=("$1")
        ;;
    esac
    shift
done
[ ${#chosen[@]} -gt 0 ] || mapfile -t chosen < <(targets)

command -v c++ >/dev/null || { printf 'fuzz.sh: no C++ compiler; install g++\n' >&2; exit 1; }
need_cargo_fuzz
logs=fuzz/target/logs
mkdir -p "$logs"

printf 'fuzz: writing seeds\n'
cargo run --locked --quiet --manifest-path fuzz/Cargo.toml \
    --target-dir "${CARGO_TARGET_DIR:-target}" --example seeds

# Coverage and sanitizers are flags of rustc that only a nightly takes. RUSTC_BOOTSTRAP makes the
# pinned compiler take them too, so that what is fuzzed is compiled by what compiles the product.
# Nothing else is built so. The standard library is as it comes, without the sanitizer's checks.
fuzz() {
    local verb=$1
    shift
    RUSTC_BOOTSTRAP=1 cargo fuzz "$verb" --fuzz-dir fuzz --target-dir fuzz/target \
        --sanitizer address --features run "$@"
}

for target in "${chosen[@]}"; do
    printf 'fuzz: %-18s building\n' "$target"
    log=$logs/$target.log
    fuzz build "$target" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
    # One allocation over 64 MiB is a fault as well: the bounds of every parser here are lower.
    options=(-max_total_time="$seconds" -print_final_stats=1 -malloc_limit_mb=64 -timeout=10)
    dictionary=fuzz/dictionaries/$target.dict
    [ ! -f "$dictionary" ] || options+=(-dict="$dictionary")
    if fuzz run "$target" -- "${options[@]}" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        printf 'fuzz: %-18s %d executions in %d s, no fault\n' "$target" "$runs" "$seconds"
    else
        tail -n 60 "$log" >&2
        printf 'fuzz: %s failed; the input is\n' "$target" >&2
        sed -n 's/.*Test unit written to //p' "$log" | tail -n 1
        exit 1
    fi
done
