#!/usr/bin/env bash
# Packs the parent's binaries, unit and examples for Debian: `scripts/package.sh [DIR]`.
# Needs dpkg-deb and what `scripts/build.sh release` made; prints the path of the package.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/release.sh

[ $# -le 1 ] || { printf 'usage: scripts/package.sh [DIR]\n' >&2; exit 2; }
out=${1:-target/package}
mkdir -p "$out"
tree=$(mktemp -d)
chmod 755 "$tree"
trap 'rm -rf "$tree"' EXIT

# Whoever builds from the same commit packs the same bytes: times, owners and modes are fixed.
SOURCE_DATE_EPOCH=$(commit_time)
export SOURCE_DATE_EPOCH
version=$(project_version)
binaries=target/release-artefacts

put() { install -D -m "$1" "$2" "$tree/$3"; }
put 755 "$binaries/vouchsafe-parent" usr/bin/vouchsafe-parent
put 755 "$binaries/vouchsafe" usr/bin/vouchsafe
put 644 deploy/vouchsafe-parent.service usr/lib/systemd/system/vouchsafe-parent.service
put 644 deploy/parent.toml usr/share/doc/vouchsafe/examples/parent.toml
put 644 deploy/allocator.yaml usr/share/doc/vouchsafe/examples/allocator.yaml
put 644 docs/DEPLOY.md usr/share/doc/vouchsafe/DEPLOY.md
put 644 docs/RECOVERY.md usr/share/doc/vouchsafe/RECOVERY.md
put 644 LICENSE usr/share/doc/vouchsafe/copyright
install -d -m 755 "$tree/etc/vouchsafe" "$tree/DEBIAN"

# Nothing starts by itself: without its configuration the unit has nothing to do.
cat >"$tree/DEBIAN/control" <<CONTROL
Package: vouchsafe-parent
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: The Vouchsafe project <vouchsafe@localhost>
Depends: libc6 (>= 2.36), libgcc-s1, procps
Section: net
Priority: optional
Description: Vouchsafe's parent: relays sealed requests to a Nitro enclave
 The HTTP API, the enclave's way to KMS, and the command line vouchsafe. Neither opens a request.
CONTROL

find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
package=$out/vouchsafe-parent_${version}_$(dpkg --print-architecture).deb
# gzip, because the tests pack twice and xz is slow.
dpkg-deb --root-owner-group -Zgzip --build "$tree" "$package" >/dev/null
printf '%s\n' "$package"
