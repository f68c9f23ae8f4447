# Read by the other scripts with `.`: installs packages of the system.

# install_packages PACKAGE...: with apt-get, as root or through sudo.
install_packages() {
    local as_root=() tool
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo)
    fi
    for tool in apt-get "${as_root[@]}"; do
        if ! command -v "$tool" >/dev/null; then
            printf '%s is missing; install these yourself and run again: %s\n' "$tool" "$*" >&2
            return 1
        fi
    done
    printf 'installing with apt-get: %s\n' "$*"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need_packages PACKAGE...: installs those that dpkg does not have.
need_packages() {
    local package missing=()
    for package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}
