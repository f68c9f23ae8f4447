#!/usr/bin/env bash
# Makes a release of the commit that is checked out: image, parent's package, SBOM, checksums, and a
# statement of all of them that its authority signs. See --help.
#
# Needs Rust, git, dpkg-deb and what scripts/build-enclave.sh needs; installs cargo-cyclonedx. Talks
# to no AWS service: who releases cannot change a key policy.
set -euo pipefail
called_from=$PWD
cd "$(dirname "$0")/.."
. scripts/lib/tools.sh
. scripts/lib/release.sh

usage() {
    cat <<'TEXT'
usage: scripts/release.sh --key FILE --security-version NUMBER [--out DIR]
                          [--signing-certificate FILE --private-key FILE]

Builds everything from the commit, which must be all there is, into DIR (target/release-VERSION):

  enclave.eif, measurements.json   the image, and its registers as nitro-cli prints them
  image.json                       commit, sizes, hashes and kernel of the image
  vouchsafe-parent_VERSION_ARCH.deb
  sbom-*.cdx.json                  CycloneDX, one for each binary
  release.cose                     the signed statement of them; readers have its key otherwise
  SHA256SUMS                       for sha256sum -c; proves nothing by itself

  --key FILE                  the authority's private key (vouchsafe keygen)
  --security-version NUMBER   rises when a release closes a hole; readers can refuse what is below
  --signing-certificate FILE  signs the image itself: PCR8 is then the certificate's
  --private-key FILE          and its key (P-384, PEM)

example:
  scripts/release.sh --key release-authority.pem --security-version 1
TEXT
}

key='' security_version='' out='' signing=()
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --key | --security-version | --out | --signing-certificate | --private-key)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        # As the caller's folder sees it.
        path=$(cd "$called_from" && realpath -m -- "$2")
        case $1 in
        --key) key=$path ;;
        --security-version) security_version=$2 ;;
        --out) out=$path ;;
        *) signing+=("$1" "$path") ;;
        esac
        shift
        ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done
[[ -n $key && $security_version =~ ^(0|[1-9][0-9]*)$ ]] || { usage >&2; exit 2; }
case ${#signing[@]} in 0 | 4) ;; *) usage >&2; exit 2 ;; esac

say() { printf 'release: %s\n' "$*" >&2; }

if [ -n "$(git status --porcelain)" ]; then
    say "there are changes that are not committed; a release is of a commit"
    exit 1
fi
version=$(project_version)
commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(commit_time)
export SOURCE_DATE_EPOCH
out=${out:-$PWD/target/release-$version}
if [ -n "$(ls -A "$out" 2>/dev/null)" ]; then
    say "$out is not empty"
    exit 2
fi
mkdir -p "$out"

say "kernel"
scripts/emulator.sh kernel eif >&2
# Another kernel than the one written down is in no commit, and nobody could build the image again.
if ! grep -q '"pinned": true' target/emulator/kernel.json; then
    say "the kernel is not the one that scripts/lib/emulator.sh names"
    exit 1
fi

say "binaries"
scripts/build.sh release >&2
vouchsafe=target/release-artefacts/vouchsafe

say "image"
scripts/build-enclave.sh release --out target/enclave/release "${signing[@]}" \
    >"$out/measurements.json"
cp target/enclave/release/enclave.eif "$out/enclave.eif"
cp target/enclave/release/release.json "$out/image.json"

say "package"
scripts/package.sh "$out" >&2

say "SBOM"
need_cargo_cyclonedx
write_sboms "$out"

say "statement"
python3 scripts/lib/statement.py --release "$version" --security-version "$security_version" \
    --commit "$commit" --measurements "$out/measurements.json" "$out" >target/statement.json
"$vouchsafe" measurements sign --key "$key" --statement target/statement.json \
    -o "$out/release.cose" >&2
(cd "$out" && sha256sum -- * >SHA256SUMS)
printf '%s\n' "$out"
