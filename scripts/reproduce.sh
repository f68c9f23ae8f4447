#!/usr/bin/env bash
# Builds the released image twice, in folders of different names, and compares every byte. Needs
# what scripts/build-enclave.sh needs, git, and 4 GB; half an hour on two processors. See --help.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

usage() {
    cat <<'TEXT'
usage: scripts/reproduce.sh [--kernel]

Builds what is committed twice, each time from nothing in a fresh clone of its own, and compares the
program, both ramdisks and the image. The last line says "reproduced" when they are the same.

  --kernel  build the kernel twice too, instead of taking the one of target/emulator for both
TEXT
}

kernel=false
case ${1:-} in
'') ;;
--kernel) kernel=true ;;
-h | --help) usage; exit 0 ;;
*) usage >&2; exit 2 ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/reproduce.XXXXXX")
trap 'rm -rf "$work"' EXIT
if ! $kernel; then
    scripts/emulator.sh kernel eif
fi

# build FOLDER: the released image from a clone in FOLDER, and nothing that an earlier build left.
build() {
    local folder=$work/$1
    printf '\n=== %s (%d s)\n' "$folder" "$SECONDS"
    git clone --quiet --no-local "$root" "$folder"
    mkdir "$folder/target"
    if ! $kernel; then
        cp -r target/emulator "$folder/target/"
    fi
    (
        cd "$folder"
        unset CARGO_TARGET_DIR
        scripts/build-enclave.sh release
    )
    mv "$folder/target/enclave/release" "$work/$2"
    rm -rf "$folder"
}
build a first
build a/folder/whose-name-is-longer second

printf '\n'
status=0
for file in rootfs/init boot.cpio app.cpio enclave.eif measurements.json release.json; do
    if cmp "$work/first/$file" "$work/second/$file"; then
        printf 'the same  %s  %s\n' "$(sha256sum <"$work/first/$file" | cut -c -64)" "$file"
    else
        status=1
    fi
done
if [ $status -ne 0 ]; then
    printf 'reproduce: the two builds differ\n' >&2
    exit 1
fi
printf 'reproduce: reproduced in %d s\n' "$SECONDS"
