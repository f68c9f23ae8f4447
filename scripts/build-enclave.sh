#!/usr/bin/env bash
# Builds the enclave image (EIF) and says what it measures. Needs Rust, Python and what
# scripts/emulator.sh needs for the kernel. See --help.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/image.sh

usage() {
    cat <<'TEXT'
usage: scripts/build-enclave.sh release|mock [options]

Leaves in target/enclave/release or target/enclave/mock:
  enclave.eif         what `nitro-cli run-enclave` runs
  measurements.json   what clients and key policies expect of it
  release.json        the commit, sizes, hashes and the kernel it was built from
  rootfs/             all that is in it beside the kernel and empty folders

  --out DIR           another folder
  --trust-anchor FILE --bundle FILE   complete measurements.json: PCR16 and the bundle's digest
  --signing-certificate PEM --private-key PEM   sign the image; PCR8 is the certificate's (P-384)
  --target TRIPLE     Rust's target, x86_64-unknown-linux-gnu when not given
  --rootfs-only       stop before the kernel is needed

for the mock alone, whose settings are files of the image:
  --state DIR         made by `vouchsafe-mock init`; required
  --kms-endpoint URL  https://127.0.0.1:8443 when not given
  --parent-cid N      2 when not given: the host of an emulated machine
TEXT
}

wrong() {
    usage >&2
    exit 2
}

[ $# -gt 0 ] || wrong
kind=$1
shift
case $kind in
release | mock) ;;
-h | --help) usage; exit 0 ;;
*) wrong ;;
esac
out=target/enclave/$kind target=$DEFAULT_TARGET rootfs_only=false
state='' kms=https://127.0.0.1:8443 parent_cid=2
measured=() signing=()
while [ $# -gt 0 ]; do
    if [ "$1" = --rootfs-only ]; then
        rootfs_only=true
        shift
        continue
    fi
    [ $# -ge 2 ] || wrong
    case $1 in
    --out) out=$2 ;;
    --target) target=$2 ;;
    --trust-anchor | --bundle) measured+=("$1" "$2") ;;
    --signing-certificate | --private-key) signing+=("$1" "$2") ;;
    --state) state=$2 ;;
    --kms-endpoint) kms=$2 ;;
    --parent-cid) parent_cid=$2 ;;
    *) wrong ;;
    esac
    shift 2
done
if { [ "$kind" = mock ] && [ -z "$state" ]; } || { [ "$kind" = release ] && [ -n "$state" ]; }; then
    printf 'build-enclave: --state is for the mock, which needs it\n' >&2
    exit 2
fi

# --- the files of the image -----------------------------------------------------------------------

features=()
[ "$kind" = release ] || features=(--features mock)
build_static "$target" ${features[@]+"${features[@]}"}
check_static "$binary"

rm -rf "$out"
# Where process 1 mounts, and nothing else: what the measurement calls the boot part.
mkdir -p "$out/boot/dev" "$out/boot/proc" "$out/boot/sys" "$out/rootfs"
install -m 555 "$binary" "$out/rootfs/init"
[ "$kind" = mock ] || check_released "$out/rootfs/init"
if [ "$kind" = mock ]; then
    settings=$out/rootfs/etc/vouchsafe
    mkdir -p "$settings/state/nsm" "$settings/state/kms"
    install -m 444 "$state/nsm/pki.json" "$state/nsm/root.der" "$settings/state/nsm/"
    install -m 444 "$state/kms/ca.pem" "$settings/state/kms/"
    printf '%s\n' --listen vsock:5005 --parent "vsock:$parent_cid:5006" --nsm device \
        --mock-state /etc/vouchsafe/state --kms-endpoint "$kms" \
        --kms-ca /etc/vouchsafe/state/kms/ca.pem >"$settings/arguments"
fi
if $rootfs_only; then
    printf 'built: %s\n' "$out/rootfs"
    exit 0
fi

# --- the image ------------------------------------------------------------------------------------

scripts/emulator.sh kernel eif >&2
emulator=target/emulator
cp "$emulator/kernel.json" "$out/"
scripts/lib/ramdisk.py "$out/boot" "$out/boot.cpio" --console
scripts/lib/ramdisk.py "$out/rootfs" "$out/app.cpio"

# The source's own time stands in the image, so that it is the same whenever it is built. The kernel
# takes no entropy from the processor or the loader: both are the host's to choose. Registers do not say
# where kernel, line and first ramdisk meet, so a host may cut the line at either end: these two words
# stay last, where the boot checks that they are whole, and no other word protects anything.
commit=$(git rev-parse HEAD 2>/dev/null || printf 'unknown')
built=$(git log -1 --format=%cI 2>/dev/null || printf '1970-01-01T00:00:00Z')
"$emulator/eif_build" \
    --kernel "$emulator/bzImage" --kernel_config "$emulator/kernel.config" \
    --cmdline "reboot=k panic=30 pci=off nomodules console=ttyS0 i8042.noaux i8042.nomux \
i8042.nopnp i8042.dumbkbd random.trust_cpu=off random.trust_bootloader=off" \
    --ramdisk "$out/boot.cpio" --ramdisk "$out/app.cpio" \
    --name "vouchsafe-$kind" --version "$(cargo pkgid -p vouchsafe-enclave | sed 's/.*[#@]//')" \
    --build-time "$built" ${signing[@]+"${signing[@]}"} --output "$out/enclave.eif" >"$out/eif.txt"
# It prints the registers as JSON among other lines.
sed -n '/^{/,/^}/p' "$out/eif.txt" >"$out/eif.json"
scripts/lib/measurements.py "$out" "$kind" "$commit" ${measured[@]+"${measured[@]}"}
