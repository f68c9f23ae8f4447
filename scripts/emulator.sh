#!/usr/bin/env bash
# Makes target/emulator: all that boots an enclave image without AWS. Needs Rust and a Debian with
# root or sudo; installs the rest. See --help.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/packages.sh
. scripts/lib/emulator.sh

usage() {
    cat <<'TEXT'
usage: scripts/emulator.sh [--check]
       scripts/emulator.sh PIECE...

Makes the pieces in target/emulator, each once; again only when what it is made from has changed.
Ten minutes on two processors the first time, a second after that.

  qemu    qemu-system-x86_64 with the machine nitro-enclave: found in PATH, or built from source
  kernel  bzImage, kernel.config, kernel.json: the kernel that every enclave image contains
  vsock   vhost-device-vsock: the other end of the guest's vsock
  eif     eif_build: puts an image together and computes its PCRs

  --check  say what is there; exit 1 when something is missing or made from other inputs

examples:
  scripts/emulator.sh              everything
  scripts/emulator.sh kernel eif   what building an image needs
  scripts/emulator.sh --check
TEXT
}

say() { printf 'emulator: %s\n' "$*"; }

# state_of PIECE: one line.
state_of() {
    if is_current "$1"; then
        printf 'there'
    elif [ -e "$EMULATOR/stamps/$1" ]; then
        printf 'made from other inputs'
    else
        printf 'missing'
    fi
}

check() {
    local piece status=0
    for piece in "${all[@]}"; do
        say "$(printf '%-7s %s' "$piece" "$(state_of "$piece")")"
        is_current "$piece" || status=1
    done
    return $status
}

# use_found_qemu: takes a QEMU of the machine that will do; it knows where its firmware is.
use_found_qemu() {
    local found
    found=$(command -v qemu-system-x86_64) && has_nitro_machine "$found" || return 1
    ln -sf "$found" "$EMULATOR/qemu-system-x86_64"
    say "qemu    found: $found"
}

# make_piece PIECE: builds it in a folder of its own, and says how long it took.
make_piece() {
    local piece=$1 began=$SECONDS work=$EMULATOR/build/$1 log=$EMULATOR/logs/$1.log
    if is_current "$piece"; then
        say "$(printf '%-7s there' "$piece")"
        return
    fi
    if [ "$piece" = qemu ] && use_found_qemu; then
        key_of qemu >"$EMULATOR/stamps/qemu"
        return
    fi
    local -n packages=${piece}_packages
    need_packages "${packages[@]}"
    say "$(printf '%-7s building, log in %s' "$piece" "${log#"$PWD/"}")"
    rm -rf "$work"
    mkdir -p "$work"
    # A process of its own, since `set -e` does nothing in a function that is part of a condition.
    if ! bash -euo pipefail -c '. scripts/lib/emulator.sh; "build_$0" "$1"' "$piece" "$work" \
        >"$log" 2>&1 </dev/null; then
        tail -n 40 "$log" >&2
        say "$piece failed; the whole log is $log" >&2
        exit 1
    fi
    rm -rf "$work"
    # After the build, which may have installed the compiler that the key names.
    key_of "$piece" >"$EMULATOR/stamps/$piece"
    say "$(printf '%-7s built in %d s' "$piece" $((SECONDS - began)))"
}

all=(qemu kernel vsock eif)
wanted=()
while [ $# -gt 0 ]; do
    case $1 in
    --check) check && exit 0 || exit 1 ;;
    -h | --help) usage; exit 0 ;;
    qemu | kernel | vsock | eif) wanted+=("$1") ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done
[ ${#wanted[@]} -gt 0 ] || wanted=("${all[@]}")

mkdir -p "$EMULATOR/stamps" "$EMULATOR/logs"
# Two at once would build in the same folders.
exec 9>"$EMULATOR/.lock"
flock 9

for piece in "${wanted[@]}"; do
    make_piece "$piece"
done
if grep -qs '"pinned": false' "$EMULATOR/kernel.json"; then
    say "the archive no longer has $KERNEL_PACKAGE $KERNEL_VERSION: this kernel is its newest:" \
        "images with it have other measurements than a release's"
fi
