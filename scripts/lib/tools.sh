# Read by the other scripts with `.`: tools that cargo and pip install, where they are missing.

# The version whose configuration deny.toml is written for.
CARGO_DENY_VERSION=0.20.2
# The version whose flags scripts/fuzz.sh uses.
CARGO_FUZZ_VERSION=0.13.2

# cargo-deny in the wanted version, in PATH or in target/tools.
need_cargo_deny() {
    export PATH="$PWD/target/tools/bin:$PATH"
    if [ "$(cargo deny --version 2>/dev/null)" = "cargo-deny $CARGO_DENY_VERSION" ]; then
        return 0
    fi
    printf 'installing cargo-deny %s into target/tools (minutes, once)\n' "$CARGO_DENY_VERSION"
    cargo install --locked --quiet cargo-deny --version "$CARGO_DENY_VERSION" --root target/tools
}

# cargo-fuzz in the wanted version, in PATH or in target/tools.
need_cargo_fuzz() {
    export PATH="$PWD/target/tools/bin:$PATH"
    if [ "$(cargo fuzz --version 2>/dev/null)" = "cargo-fuzz $CARGO_FUZZ_VERSION" ]; then
        return 0
    fi
    printf 'installing cargo-fuzz %s into target/tools (a minute, once)\n' "$CARGO_FUZZ_VERSION"
    cargo install --locked --quiet cargo-fuzz --version "$CARGO_FUZZ_VERSION" --root target/tools
}

# A Python with the packages of a requirements file, in target/venv. Sets PYTHON.
need_python_with() {
    local requirements=$1
    PYTHON="$PWD/target/venv/bin/python"
    export PYTHON
    [ -x "$PYTHON" ] || python3 -m venv target/venv
    if ! cmp -s "$requirements" target/venv/installed.txt; then
        "$PYTHON" -m pip install --quiet --disable-pip-version-check -r "$requirements"
        cp "$requirements" target/venv/installed.txt
    fi
}
