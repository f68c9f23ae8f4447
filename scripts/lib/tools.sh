# Read by the other scripts with `.`: tools that cargo and pip install, where they are missing.

# The version whose configuration deny.toml is written for.
CARGO_DENY_VERSION=0.20.2
# The version whose flags scripts/fuzz.sh uses.
CARGO_FUZZ_VERSION=0.13.2
# The version whose flags and file names scripts/release.sh uses.
CARGO_CYCLONEDX_VERSION=0.5.9

need_cargo_deny() { need_cargo deny "$CARGO_DENY_VERSION"; }
need_cargo_fuzz() { need_cargo fuzz "$CARGO_FUZZ_VERSION"; }
need_cargo_cyclonedx() { need_cargo cyclonedx "$CARGO_CYCLONEDX_VERSION"; }

# need_cargo TOOL VERSION: `cargo TOOL` in this version, in PATH or in target/tools.
need_cargo() {
    local tool=$1 version=$2
    export PATH="$PWD/target/tools/bin:$PATH"
    # In front of the version stands a name, which each writes in its own way.
    if [[ $(cargo "$tool" --version 2>/dev/null) = *" $version" ]]; then
        return 0
    fi
    printf 'installing cargo-%s %s into target/tools (minutes, once)\n' "$tool" "$version" >&2
    cargo install --locked --quiet "cargo-$tool" --version "$version" --root target/tools
}

# need_python_with REQUIREMENTS [VENV]: a Python with the packages of a requirements file, in
# target/venv unless another folder is named. Sets PYTHON.
need_python_with() {
    local requirements=$1 venv=${2:-target/venv}
    PYTHON="$PWD/$venv/bin/python"
    export PYTHON
    [ -x "$PYTHON" ] || python3 -m venv "$venv"
    if ! cmp -s "$requirements" "$venv/installed.txt"; then
        "$PYTHON" -m pip install --quiet --disable-pip-version-check -r "$requirements"
        cp "$requirements" "$venv/installed.txt"
    fi
}
