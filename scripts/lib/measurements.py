#!/usr/bin/env python3
"""Writes what an image measures, in the forms that people and programs ask for.

usage: measurements.py DIR KIND COMMIT [--trust-anchor FILE] [--bundle FILE]

DIR holds enclave.eif, boot.cpio, app.cpio, eif.json (what eif_build printed) and kernel.json.
Writes DIR/measurements.json, which clients and key policies take, and DIR/release.json, about the
build; prints the registers as nitro-cli does. PCR16 is the trust anchor's, which the enclave
extends itself; without one it is left out, and clients refuse the file until `--trust-anchor` has
been given.
"""

import argparse
import hashlib
import json
import os


def measure(content):
    """What a zero register holds once the SHA-384 of the content was extended into it."""
    return hashlib.sha384(bytes(48) + hashlib.sha384(content).digest()).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def described(path):
    content = read(path)
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[2][7:])
    parser.add_argument("folder")
    parser.add_argument("kind")
    parser.add_argument("commit")
    parser.add_argument("--trust-anchor")
    parser.add_argument("--bundle")
    given = parser.parse_args()

    def of(name):
        return os.path.join(given.folder, name)

    registers = json.loads(read(of("eif.json")))
    pcrs = {name[3:]: value for name, value in registers.items() if name.startswith("PCR")}
    if given.trust_anchor:
        pcrs["16"] = measure(read(given.trust_anchor))
    measurements = {"pcrs": pcrs}
    if given.bundle:
        measurements["bundle_digest"] = hashlib.sha384(read(given.bundle)).hexdigest()
    write(of("measurements.json"), measurements)
    write(
        of("release.json"),
        {
            "kind": given.kind,
            "git_commit": given.commit,
            "measurements": measurements,
            "files": {
                name: described(of(name))
                for name in ("enclave.eif", "boot.cpio", "app.cpio", "rootfs/init")
            },
            "kernel": json.loads(read(of("kernel.json"))),
            "sbom": "sbom-vouchsafe-enclave.cdx.json",
        },
    )
    print(json.dumps({"Measurements": registers}, indent=2))


main()
