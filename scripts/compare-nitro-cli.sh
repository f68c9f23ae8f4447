#!/usr/bin/env bash
# Has AWS's own nitro-cli describe the images in target/enclave and compares its registers with
# those that scripts/build-enclave.sh wrote. Needs Rust and a Debian with root or sudo; takes ten
# minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/packages.sh

NITRO_CLI_VERSION=1.5.2
images=target/enclave
[ $# -eq 0 ] || { printf 'usage: scripts/compare-nitro-cli.sh\n' >&2; exit 2; }
for kind in mock release; do
    if [ ! -f "$images/$kind/enclave.eif" ]; then
        printf 'compare: no image in %s; run scripts/test-enclave.sh\n' "$images/$kind" >&2
        exit 1
    fi
done

nitro_cli=target/tools/bin/nitro-cli
if [ "$("$nitro_cli" --version 2>/dev/null)" != "Nitro CLI $NITRO_CLI_VERSION" ]; then
    need_packages gcc libc6-dev pkg-config libssl-dev clang libclang-dev
    cargo install --locked --quiet aws-nitro-enclaves-cli --version "$NITRO_CLI_VERSION" \
        --root target/tools
fi
# It does nothing without a place for its log.
if [ ! -d /var/log/nitro_enclaves ]; then
    if [ "$(id -u)" -eq 0 ]; then
        mkdir /var/log/nitro_enclaves
    else
        sudo install -d -o "$(id -u)" /var/log/nitro_enclaves
    fi
fi

# registers: PCR0, 1, 2 and 8 of JSON in whatever shape, sorted.
registers() { grep -o '"\(PCR\)\?[0128]": *"[0-9a-f]\{96\}"' | sed 's/PCR//; s/: */: /' | sort -u; }
for kind in mock release; do
    described=$("$nitro_cli" describe-eif --eif-path "$images/$kind/enclave.eif")
    theirs=$(registers <<<"$described")
    ours=$(registers <"$images/$kind/measurements.json")
    if [ -z "$ours" ] || [ "$theirs" != "$ours" ] ||
        ! grep -q '"CheckCRC": true' <<<"$described"; then
        printf 'compare: nitro-cli sees in %s\n%s\nand here it says\n%s\n' \
            "$kind" "$described" "$ours" >&2
        exit 1
    fi
    # PCR2 once more, from the ramdisk alone.
    "$nitro_cli" pcr --input "$images/$kind/app.cpio" | grep -o '[0-9a-f]\{96\}' |
        grep -qF "$(sed -n 's/.*"2": "\(.*\)".*/\1/p' "$images/$kind/measurements.json")"
    printf '%s: nitro-cli %s says the same of PCR%s\n' "$kind" "$NITRO_CLI_VERSION" \
        "$(sed 's/"\([0-9]*\)".*/\1/' <<<"$ours" | paste -sd ' ')"
done
