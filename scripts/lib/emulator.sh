# Read by scripts/emulator.sh with `.`: how each piece that boots an enclave image is made.
#
# A function build_PIECE works in a fresh folder, which is its argument, and leaves its files in
# $EMULATOR. What it says goes to a log. Each names its packages in a variable PIECE_packages.
# Trusted are Debian's archive keys (sources of QEMU and Linux, by apt), the hashes below, and
# crates.io. The machine's own apt sources are read and never changed.

EMULATOR=$PWD/target/emulator

# The source of the guest kernel. Measured into every image: another version, another fragment or
# another compiler is another PCR0 and PCR1. docs/EMULATOR.md has what this version must fix.
KERNEL_PACKAGE=linux-source-6.12
KERNEL_VERSION=6.12.117-1~deb12u1
KERNEL_SHA256=585a4a074597aefa2b1a68ada83a3184ba351c127544dea80618bbcceaa3961f
KERNEL_FRAGMENT=$PWD/scripts/enclave/kernel.config
# The date of that version, for a kernel that carries no date of its build.
KERNEL_DATE='2026-11-14 13:56:01 +0100'

# Debian's first suite whose QEMU has the machine; its binaries are built without libcbor.
QEMU_SUITE=trixie
QEMU_DEVICES=$PWD/scripts/enclave/qemu.mak
QEMU_TOOLS=$PWD/scripts/enclave/qemu-build.txt

VSOCK_VERSION=0.3.0
EIF_VERSION=0.2.1

qemu_packages=(gcc libc6-dev ninja-build pkg-config python3 python3-venv patch xz-utils
    libglib2.0-dev libpixman-1-dev libcbor-dev libgnutls28-dev libfdt-dev)
kernel_packages=(gcc libc6-dev make flex bison bc libelf-dev libssl-dev xz-utils lz4)
vsock_packages=(gcc libc6-dev)
eif_packages=(gcc libc6-dev pkg-config libssl-dev)

# --- Debian's sources -----------------------------------------------------------------------------

# archive_of SUITE: the address that the machine's own sources give for a suite.
archive_of() {
    local found
    found=$(apt-get --print-uris update 2>/dev/null |
        sed -n "s|^'\(.*\)/dists/$1/InRelease'.*|\1|p")
    printf '%s' "${found%%$'\n'*}"
}

# private_apt FOLDER: makes `debian` an apt-get with sources, lists and cache of its own in FOLDER.
private_apt() {
    local folder=$1 codename main security keys=/usr/share/keyrings/debian-archive-keyring.gpg
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    main=$(archive_of "$codename")
    security=$(archive_of "$codename-security")
    if [ -z "$main" ] || [ ! -f "$keys" ]; then
        printf 'this is not a Debian with sources for apt\n' >&2
        return 1
    fi
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    {
        printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$main" "$QEMU_SUITE"
        printf 'deb-src [signed-by=%s] %s %s main\n' "$keys" "$main" "$QEMU_SUITE"
        # Where Debian 12 has the kernel, whichever Debian this is.
        printf 'deb [signed-by=%s] %s bookworm-security main\n' "$keys" "${security:-$main-security}"
    } >"$folder/sources.list"
    cat >"$folder/apt.conf" <<CONF
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$folder/lists";
Dir::Cache "$folder/cache";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "$(id -un)";
CONF
    export APT_CONFIG=$folder/apt.conf
    apt-get update -qq
}

# --- pieces ---------------------------------------------------------------------------------------

# QEMU with its Nitro Enclave machine, and the firmware of that machine.
build_qemu() {
    local work=$1 source
    cd "$work"
    private_apt "$work/apt"
    apt-get source -qq --download-only "qemu/$QEMU_SUITE"
    apt-get download -qq "qemu-system-data/$QEMU_SUITE"
    dpkg-deb --fsys-tarfile qemu-system-data_*.deb | tar -x ./usr/share/qemu/qboot.rom

    mkdir qemu
    tar -xf qemu_*.orig.tar.xz -C qemu --strip-components=1
    tar -xf qemu_*.debian.tar.xz -C qemu
    source=$work/qemu
    # The archive lacks the binaries that the build would unpack.
    patch -s -d "$source" -p1 <"$source/debian/patches/skip-unpack-edk2-blobs.patch"
    cp "$QEMU_DEVICES" "$source/configs/devices/x86_64-softmmu/nitro.mak"

    python3 -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r "$QEMU_TOOLS"
    mkdir build
    cd build
    "$source/configure" --python="$work/venv/bin/python" \
        --target-list=x86_64-softmmu --with-devices-x86_64=nitro \
        --without-default-features --without-default-devices \
        --enable-system --enable-tcg --enable-kvm --enable-libcbor --enable-gnutls \
        --enable-vhost-user --enable-fdt=system --enable-pixman \
        --disable-docs --disable-werror --disable-tools --disable-guest-agent --disable-user \
        --disable-install-blobs --disable-debug-info
    ninja -j "$(nproc)" qemu-system-x86_64
    strip qemu-system-x86_64

    mkdir -p "$EMULATOR/firmware"
    cp "$work/usr/share/qemu/qboot.rom" "$EMULATOR/firmware/"
    place qemu-system-x86_64
}

# The kernel of every image, its configuration, and kernel.json on what it was made from.
build_kernel() {
    local work=$1 pinned=true version sum
    cd "$work"
    private_apt "$work/apt"
    if ! apt-get download -qq "$KERNEL_PACKAGE=$KERNEL_VERSION"; then
        pinned=false
        apt-get download -qq "$KERNEL_PACKAGE"
    fi
    version=$(dpkg-deb -f "$KERNEL_PACKAGE"_*.deb Version)
    dpkg-deb --fsys-tarfile "$KERNEL_PACKAGE"_*.deb |
        tar -x --to-stdout "./usr/src/$KERNEL_PACKAGE.tar.xz" >source.tar.xz
    sum=$(sha256sum source.tar.xz | cut -d ' ' -f 1)
    if [ "$pinned" = true ] && [ "$sum" != "$KERNEL_SHA256" ]; then
        printf '%s %s has the hash %s, not the one written down\n' \
            "$KERNEL_PACKAGE" "$version" "$sum" >&2
        return 1
    fi
    mkdir source
    tar -xf source.tar.xz -C source --strip-components=1
    cd source

    # Everything that the build would take from its surroundings.
    unset ARCH CC CFLAGS CROSS_COMPILE KAFLAGS KCFLAGS LDFLAGS MAKEFLAGS
    export KBUILD_BUILD_TIMESTAMP=$KERNEL_DATE KBUILD_BUILD_VERSION=1
    export KBUILD_BUILD_USER=vouchsafe KBUILD_BUILD_HOST=vouchsafe
    export LC_ALL=C TZ=UTC
    make -s tinyconfig
    cat "$KERNEL_FRAGMENT" >>.config
    make -s olddefconfig
    kernel_has_fragment .config
    make -s -j "$(nproc)" bzImage

    cp arch/x86/boot/bzImage ./bzImage
    cp .config kernel.config
    cat >kernel.json <<JSON
{
  "package": "$KERNEL_PACKAGE",
  "version": "$version",
  "pinned": $pinned,
  "source_sha256": "$sum",
  "config_sha256": "$(sha256sum kernel.config | cut -d ' ' -f 1)",
  "image_sha256": "$(sha256sum bzImage | cut -d ' ' -f 1)",
  "compiler": "$(cc --version | head -n 1)",
  "linker": "$(ld --version | head -n 1)"
}
JSON
    place bzImage kernel.config kernel.json
}

# kernel_has_fragment CONFIG: whether every line of the fragment came to be.
kernel_has_fragment() {
    local line name wanted got status=0
    while IFS= read -r line; do
        case $line in '' | \#*) continue ;; esac
        name=${line%%=*} wanted=${line#*=}
        got=$(sed -n "s/^$name=//p" "$1")
        if [ "${got:-n}" != "$wanted" ]; then
            printf '%s is %s, and the fragment says %s\n' "$name" "${got:-n}" "$wanted" >&2
            status=1
        fi
    done <"$KERNEL_FRAGMENT"
    return $status
}

# The other end of the guest's vsock.
build_vsock() { build_crate "$1" vhost-device-vsock "$VSOCK_VERSION"; }

# What puts kernel, command line and ramdisks into an image and computes its PCRs.
build_eif() { build_crate "$1" eif_build "$EIF_VERSION"; }

# build_crate FOLDER CRATE VERSION: installs the crate's one binary, of the crate's own name.
build_crate() {
    local work=$1 crate=$2 version=$3
    env -u RUSTFLAGS CARGO_TARGET_DIR="$work/target" \
        cargo install --locked --quiet "$crate" --version "$version" --root "$work"
    cd "$work/bin"
    place "$crate"
}

# place FILE...: moves finished files of this folder into $EMULATOR, each at once.
place() {
    local file
    for file; do
        cp "$file" "$EMULATOR/.$file"
        mv "$EMULATOR/.$file" "$EMULATOR/$file"
    done
}

# --- what a piece depends on ----------------------------------------------------------------------

# key_of PIECE: a hash of all that the piece is made from.
key_of() {
    {
        declare -f "build_$1"
        case $1 in
        qemu)
            printf '%s\n' "$QEMU_SUITE"
            cat "$QEMU_DEVICES" "$QEMU_TOOLS"
            ;;
        kernel)
            declare -f kernel_has_fragment
            printf '%s\n' "$KERNEL_PACKAGE" "$KERNEL_VERSION" "$KERNEL_SHA256" "$KERNEL_DATE"
            cat "$KERNEL_FRAGMENT"
            cc --version 2>/dev/null
            ld --version 2>/dev/null
            ;;
        vsock) declare -f build_crate && printf '%s\n' "$VSOCK_VERSION" ;;
        eif) declare -f build_crate && printf '%s\n' "$EIF_VERSION" ;;
        esac
    } | sha256sum | cut -d ' ' -f 1
}

# files_of PIECE: what it leaves.
files_of() {
    case $1 in
    qemu) printf '%s\n' qemu-system-x86_64 ;;
    kernel) printf '%s\n' bzImage kernel.config kernel.json ;;
    vsock) printf '%s\n' vhost-device-vsock ;;
    eif) printf '%s\n' eif_build ;;
    esac
}

# is_current PIECE: whether it is there and made from what is here now.
is_current() {
    local file
    [ "$(cat "$EMULATOR/stamps/$1" 2>/dev/null)" = "$(key_of "$1")" ] || return 1
    for file in $(files_of "$1"); do
        [ -e "$EMULATOR/$file" ] || return 1
    done
}

# has_nitro_machine QEMU: whether this QEMU has the machine.
has_nitro_machine() {
    local machines
    machines=$("$1" -M help 2>/dev/null) && [[ $machines == *$'\n'nitro-enclave\ * ]]
}
