"""Tries what the key policies must refuse, and says so when one does not.

Runs by schedule in the key owner's account, under a role whose own permissions allow each try: what
stands between is the key's policy alone. Every try is a dry run, so no plaintext, ciphertext or
grant comes of one that is let through.

A try has held only when KMS says that a Deny of the key's policy refused it. Another refusal
(nobody allowed it, KMS is away, the key is disabled) proves nothing and is reported as such.
Metrics: Breaches, Unproven, Runs. Trusts nothing; logs codes and key ARNs, never what KMS answered.
"""

import base64
import json
import os

import boto3
import botocore.exceptions

NAMESPACE = "Vouchsafe/Canary"
# How KMS words a refusal by a Deny statement of the key's own policy.
BY_KEY_POLICY = "explicit deny in a resource-based policy"
# Long enough to be no document at all: KMS must not take it for one.
NO_DOCUMENT = bytes(64)

HELD, BREACHED, UNPROVEN = "held", "breached", "unproven"


def tries(data_key, root_key, wrapped, context):
    """What must be refused: (name, operation, parameters), for both keys.

    `wrapped` is a data key of a record, made for the canary and wrapped under `data_key`.
    """
    forged = {
        "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
        "AttestationDocument": NO_DOCUMENT,
    }
    decrypt = {"KeyId": data_key, "CiphertextBlob": wrapped, "EncryptionContext": context}
    move = {
        "SourceKeyId": data_key,
        "DestinationKeyId": data_key,
        "CiphertextBlob": wrapped,
        "SourceEncryptionContext": context,
        "DestinationEncryptionContext": context,
    }
    yield "decrypt without a document", "decrypt", decrypt
    yield "decrypt with a forged document", "decrypt", {**decrypt, "Recipient": forged}
    yield "move to a ciphertext of one's own", "re_encrypt", move
    yield "make a root without a document", "generate_data_key", {
        "KeyId": root_key,
        "KeySpec": "AES_256",
    }
    for key in (data_key, root_key):
        yield "encrypt", "encrypt", {"KeyId": key, "Plaintext": b"canary"}
        yield "grant", "create_grant", {
            "KeyId": key,
            "GranteePrincipal": os.environ["CANARY_ROLE"],
            "Operations": ["DescribeKey"],
        }


def verdict(kms, operation, parameters):
    """What came of one try, and KMS's code for it."""
    try:
        getattr(kms, operation)(DryRun=True, **parameters)
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        message = error.response["Error"].get("Message", "")
        if code == "DryRunOperationException":
            return BREACHED, code
        if code == "AccessDeniedException" and BY_KEY_POLICY in message:
            return HELD, code
        # A document that is none is refused as such, before or after the policy is asked.
        if code == "ValidationException" and "Recipient" in parameters:
            return HELD, code
        return UNPROVEN, code
    except botocore.exceptions.BotoCoreError as error:
        return UNPROVEN, type(error).__name__
    # With DryRun a call cannot succeed; one that does was let through.
    return BREACHED, "success"


def run(kms, settings):
    """Makes every try: a list of (name, verdict, code)."""
    return [
        (name, *verdict(kms, operation, parameters))
        for name, operation, parameters in tries(**settings)
    ]


def count(results, wanted):
    """How many tries ended so."""
    return sum(1 for _, found, _ in results if found == wanted)


def settings_of(environment):
    """What to try, from the function's environment."""
    return {
        "data_key": environment["DATA_KEY"],
        "root_key": environment["ROOT_KEY"],
        "wrapped": base64.b64decode(environment["WRAPPED"], validate=True),
        "context": json.loads(environment["CONTEXT"]),
    }


def handler(_event, _context):
    """What Lambda calls."""
    results = run(boto3.client("kms"), settings_of(os.environ))
    for name, found, code in results:
        print(json.dumps({"try": name, "verdict": found, "code": code}))
    counts = {"Runs": 1, "Breaches": count(results, BREACHED), "Unproven": count(results, UNPROVEN)}
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {"MetricName": name, "Value": value, "Unit": "Count"} for name, value in counts.items()
        ],
    )
    return counts
