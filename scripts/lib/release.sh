# Read by scripts/package.sh and scripts/release.sh with `.`: what a commit says of itself.

# The version of every package of the workspace.
project_version() { sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1; }

# Seconds since 1970 of the commit, for everything that would hold the time of a build.
commit_time() { git log -1 --format=%ct; }

# write_sboms DIR: CycloneDX of each binary that ships, as sbom-BINARY.cdx.json.
write_sboms() {
    local out=$1 folder=$PWD binary
    # One run writes a file beside the manifest of every binary of the workspace.
    cargo cyclonedx --quiet --format json --spec-version 1.5 --describe binaries \
        --manifest-path parent/Cargo.toml
    for binary in enclave/vouchsafe-enclave parent/vouchsafe-parent client/vouchsafe; do
        # References are made of the builder's paths, which say nothing to anybody.
        sed "s|file://$folder|file:///vouchsafe|g" "${binary}_bin.cdx.json" \
            >"$out/sbom-${binary#*/}.cdx.json"
    done
    rm -f -- */*_bin.cdx.json
}
