#!/usr/bin/env python3
"""Prints PCR0 of releases, in hex and in base64, for the parameter ImageDigests of owner.yaml.

    python3 deploy/image_digests.py measurements.json...

CloudTrail's documentation shows the digest in hex; entries were seen that hold it in base64.
"""

import base64
import json
import pathlib
import sys


def image_digests(files):
    """The values of the parameter: each PCR0 once, in both forms."""
    found = []
    for file in files:
        digest = json.loads(pathlib.Path(file).read_text("utf-8"))["pcrs"]["0"].lower()
        raw = bytes.fromhex(digest)
        if len(raw) != 48 or not any(raw):
            raise ValueError(f"{file}: PCR0 is no digest of an image")
        found += [digest, base64.b64encode(raw).decode()]
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(",".join(image_digests(sys.argv[1:])))
