#!/usr/bin/env python3
"""Compares the policy of a key that is in force with the one that was generated.

    python3 deploy/compare_key_policy.py --key ARN policy.json [--endpoint URL --ca FILE]

Run it as the administrator, who may read policies; needs boto3. Exit status 0: the same; 1: another;
2: the policy cannot be read. The order of statements counts; that in lists of names does not.
"""

import argparse
import json
import pathlib
import sys

import boto3
import botocore.exceptions


def canonical(value):
    """A value without what does not count: order in lists of strings, lists of one."""
    if isinstance(value, dict):
        return {name: canonical(inner) for name, inner in value.items()}
    if isinstance(value, list) and all(isinstance(inner, str) for inner in value):
        return sorted(value) if len(value) != 1 else value[0]
    if isinstance(value, list):
        return [canonical(inner) for inner in value]
    return value


def differences(in_force, generated):
    """Names of the statements that one has and the other has not, or has otherwise."""
    ours, theirs = (
        {statement.get("Sid", ""): canonical(statement) for statement in policy["Statement"]}
        for policy in (generated, in_force)
    )
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    if not names and canonical(in_force) != canonical(generated):
        names.append("(order, version or repeated statements)")
    return names


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--key", required=True, help="ARN of the key")
    parser.add_argument("--endpoint", help="another KMS than that of the region")
    parser.add_argument("--ca", help="its authority, PEM")
    parser.add_argument("policy", type=pathlib.Path, help="what key-policy generate wrote")
    options = parser.parse_args(arguments)
    region = options.key.split(":")[3]
    try:
        generated = json.loads(options.policy.read_text("utf-8"))
        kms = boto3.session.Session().client(
            "kms", region_name=region, endpoint_url=options.endpoint, verify=options.ca
        )
        in_force = json.loads(kms.get_key_policy(KeyId=options.key, PolicyName="default")["Policy"])
    except (OSError, ValueError) as error:
        print(f"cannot be read: {error}", file=sys.stderr)
        return 2
    except botocore.exceptions.BotoCoreError as error:
        print(f"KMS cannot be asked: {error}", file=sys.stderr)
        return 2
    except botocore.exceptions.ClientError as error:
        print(f"KMS refuses: {error.response['Error']['Code']}", file=sys.stderr)
        return 2
    names = differences(in_force, generated)
    for name in names:
        print(f"differs: {name}")
    if not names:
        print("the policy in force is the generated one")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
