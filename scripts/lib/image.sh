# Read by scripts/build-enclave.sh with `.`: the static binary of an image, whatever the folder.

# Where the C library is linked in whole. glibc's target does that too, and its binary is the one
# that the other tests run (docs/decisions/0011-process-1-is-not-the-enclave.md).
DEFAULT_TARGET=x86_64-unknown-linux-gnu

# build_static TARGET [cargo options]: builds the enclave's binary and sets $binary to its path.
build_static() {
    local target=$1 home=${CARGO_HOME:-$HOME/.cargo} folder
    local build=${CARGO_TARGET_DIR:-$PWD/target}
    shift
    # Where sources and results lie must not show in the binary: panics name files.
    local places=() sources=()
    for folder in "$home"/registry/src/* "$PWD"/target/vendor; do
        [ ! -d "$folder" ] || places+=("$folder=/crates")
    done
    places+=("$build=/target")
    # What `cargo vendor` has brought stands for the registry, without a network.
    if [ -d target/vendor ]; then
        sources=(
            --offline --config 'source.crates-io.replace-with="vendored"'
            --config "source.vendored.directory=\"$PWD/target/vendor\""
        )
    fi
    local rust=(
        -C target-feature=+crt-static
        -C relocation-model=pie
        -C link-arg=-Wl,-z,relro,-z,now,--build-id=none
        # Else the crate looks the call up by name, which a static program has not, and reads files.
        --cfg 'getrandom_backend="linux_getrandom"'
        "${places[@]/#/--remap-path-prefix=}"
    )
    # What else would change code is unset, so that a user's own settings do not.
    (
        unset RUSTFLAGS CFLAGS CPPFLAGS TARGET_CFLAGS "CARGO_TARGET_${target//-/_}_RUSTFLAGS"
        CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && printf '%s' "${rust[*]}")
        export CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR="$build" CARGO_INCREMENTAL=0
        export "CFLAGS_${target//-/_}=${places[*]/#/-ffile-prefix-map=}"
        cargo build --locked --release --target "$target" -p vouchsafe-enclave \
            --bin vouchsafe-enclave ${sources[@]+"${sources[@]}"} "$@"
    )
    binary=$build/$target/release/vouchsafe-enclave
}

# check_static FILE: stops unless the file is what an image takes.
check_static() {
    local headers
    headers=$(readelf -lWd "$1")
    if grep -q INTERP <<<"$headers" || ! grep -q 'file type is DYN' <<<"$headers"; then
        printf 'build-enclave: %s needs a loader\n' "$1" >&2
        return 1
    fi
    if ! grep -q GNU_RELRO <<<"$headers" || ! grep -q BIND_NOW <<<"$headers"; then
        printf 'build-enclave: %s can be written where it should not\n' "$1" >&2
        return 1
    fi
    if grep -q ' \.symtab\| \.debug' <<<"$(readelf -SW "$1")"; then
        printf 'build-enclave: %s has symbols\n' "$1" >&2
        return 1
    fi
}

# check_released FILE: stops if the file has the mock in it, which cargo leaves at the same path: a build
# of the mock beside this one may have replaced it.
check_released() {
    if grep -qaF 'MOCK: ' "$1"; then
        printf 'build-enclave: %s is a build of the mock\n' "$1" >&2
        return 1
    fi
}
