#!/usr/bin/env bash
# Makes a whole signed release of what is committed, in a clone of its own, and has it verified as a
# reader would. Needs what scripts/release.sh needs, and 4 GB; a quarter of an hour on two
# processors.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/signer.sh
root=$PWD
[ $# -eq 0 ] || { printf 'usage: scripts/test-release.sh\n' >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/release.XXXXXX")
trap 'rm -rf "$work"' EXIT
say() { printf 'test-release: %s\n' "$*"; }
# fails CODE COMMAND…: whether the command is refused with this code.
fails() {
    local code=$1 said
    shift
    if said=$("$@" 2>&1) || ! grep -q "\"$code\"" <<<"$said"; then
        say "not refused with $code: $said" >&2
        exit 1
    fi
}

scripts/emulator.sh kernel eif
git clone --quiet --no-local "$root" "$work/clone"
mkdir "$work/clone/target"
cp -r target/emulator "$work/clone/target/"
[ ! -d target/tools ] || cp -r target/tools "$work/clone/target/"
make_signer "$work"
cd "$work/clone"
unset CARGO_TARGET_DIR
(
    umask 077
    scripts/build.sh release
    target/release-artefacts/vouchsafe keygen -o "$work/authority.pem" >"$work/authority.jwk"
)
vouchsafe=$work/vouchsafe
cp target/release-artefacts/vouchsafe "$vouchsafe"

say "a release"
release=$work/release
scripts/release.sh --key "$work/authority.pem" --security-version 3 --out "$release" \
    --signing-certificate "$work/signer.pem" --private-key "$work/signer-key.pem"
expected=(SHA256SUMS enclave.eif image.json measurements.json release.cose
    sbom-vouchsafe-enclave.cdx.json sbom-vouchsafe-parent.cdx.json sbom-vouchsafe.cdx.json)
for file in "${expected[@]}"; do
    [ -s "$release/$file" ] || { say "no $file" >&2; exit 1; }
done
(cd "$release" && sha256sum --quiet -c SHA256SUMS)
# Not `grep -q`, which would end before dpkg-deb has written all.
dpkg-deb --contents "$release"/vouchsafe-parent_*.deb | grep ' ./usr/bin/vouchsafe-parent$' >/dev/null
# The signer's certificate, measured as a register is: what it held, zeros, and the new digest.
der=$(openssl x509 -in "$work/signer.pem" -outform DER | sha384sum | cut -c -96)
pcr8=$({ head -c 48 /dev/zero; printf '%s' "$der" | python3 -c \
    'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))'; } | sha384sum | cut -c -96)
grep -q "\"PCR8\": \"$pcr8\"" "$release/measurements.json"
grep -q "\"git_commit\": \"$(git rev-parse HEAD)\"" "$release/image.json"

say "verified"
verify=("$vouchsafe" --json measurements verify --authority "$work/authority.jwk")
"${verify[@]}" --release "$release" --security-version 3
fails release_below_floor "${verify[@]}" --release "$release" --security-version 4
"$vouchsafe" keygen -o "$work/other.pem" >"$work/other.jwk"
fails release_signature "$vouchsafe" --json measurements verify --authority "$work/other.jwk" \
    --release "$release"
printf '.' >>"$release/enclave.eif"
fails release_file "${verify[@]}" --release "$release"

say "not of a tree with changes"
printf '\n' >>README.md
if scripts/release.sh --key "$work/authority.pem" --security-version 3 --out "$work/none" 2>/dev/null
then
    say "a release was made of what is not committed" >&2
    exit 1
fi
say "passed in $SECONDS s"
