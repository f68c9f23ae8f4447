#!/usr/bin/env python3
"""Writes the statement of a release, for `vouchsafe measurements sign`: its registers and files.

    statement.py --release VERSION --security-version N --commit HASH --measurements FILE DIR

FILE holds the registers as nitro-cli prints them: {"Measurements": {"PCR0": hex, ...}}. Every file
of DIR is named with its SHA-256.
"""

import argparse
import hashlib
import json
import pathlib


def registers(measured):
    """PCR0, 1, 2, and 8 where the image is signed, by their numbers."""
    values = measured["Measurements"]
    return {name[3:]: value for name, value in sorted(values.items()) if name.startswith("PCR")}


def statement(options):
    files = sorted(path for path in options.folder.iterdir() if path.is_file())
    return {
        "version": 1,
        "release": options.release,
        "security_version": options.security_version,
        "commit": options.commit,
        "pcrs": registers(json.loads(options.measurements.read_text("utf-8"))),
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", required=True)
    parser.add_argument("--security-version", type=int, required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--measurements", type=pathlib.Path, required=True)
    parser.add_argument("folder", type=pathlib.Path)
    print(json.dumps(statement(parser.parse_args()), indent=2))
