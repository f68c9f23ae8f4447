"""boto3 against the mock KMS: a client that nobody here wrote must find the KMS it knows.

Needs boto3 (tests/requirements.txt). By itself it makes an installation in a temporary directory
and starts `vouchsafe-mock` from $VOUCHSAFE_BIN_DIR, or else from target/local:

    python3 tests/boto3/kms_test.py

Against a server that runs already, with the installation it was started on:

    python3 tests/boto3/kms_test.py --endpoint https://127.0.0.1:4599 --state DIR [--ca DIR/kms/ca.pem]

The last line is `N passed, 0 failed`; the exit code is 1 when one failed. Keys it creates stay.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import tomllib
import traceback
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

REGION = "eu-central-1"
KEY_ACCOUNT = "222222222222"
ZERO_DOCUMENT = bytes(64)
TESTS = []


def test(function):
    """Registers a test; its name, read as a sentence, is its report."""
    TESTS.append(function)
    return function


class Skipped(Exception):
    """The test cannot run here; it counts neither way."""


class Scene:
    """One running KMS and clients for its principals."""

    def __init__(self, endpoint, state, ca, control):
        self.endpoint, self.ca, self.control_path = endpoint, str(ca), control
        text = (pathlib.Path(state) / "kms" / "principals.toml").read_text()
        self.principals = {entry["name"]: entry for entry in tomllib.loads(text)["principal"]}

    def client(self, name, region=REGION, attempts=1, **changed):
        """A KMS client as this principal; `changed` replaces credentials."""
        entry = self.principals[name]
        credentials = {
            "aws_access_key_id": entry["access_key_id"],
            "aws_secret_access_key": entry["secret_access_key"],
            "aws_session_token": entry.get("session_token"),
        } | changed
        # A session of its own and no proxies: nothing of the user's AWS set-up takes part.
        return boto3.session.Session().client(
            "kms",
            endpoint_url=self.endpoint,
            verify=self.ca,
            region_name=region,
            config=botocore.config.Config(
                retries={"mode": "standard", "total_max_attempts": attempts},
                connect_timeout=5,
                read_timeout=10,
                proxies={},
            ),
            **credentials,
        )

    def key(self, policy=None):
        """ARN of a fresh key; without a policy it has AWS's default one."""
        arguments = {}
        if policy is not None:
            arguments = {"Policy": json.dumps(policy), "BypassPolicyLockoutSafetyCheck": True}
        return self.client("admin").create_key(**arguments)["KeyMetadata"]["Arn"]

    def control(self, command):
        """Sends one command to the control socket and returns the answer."""
        with socket.socket(socket.AF_UNIX) as stream:
            stream.connect(self.control_path)
            stream.sendall(json.dumps(command).encode() + b"\n")
            return json.loads(stream.makefile().readline())


def refused(name, call, **arguments):
    """Asserts that a call ends in the error `name` and returns the parsed response."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        response = error.response
        assert response["Error"]["Code"] == name, response["Error"]
        metadata = response["ResponseMetadata"]
        assert metadata["HTTPHeaders"]["x-amzn-errortype"] == name
        assert metadata["RequestId"]
        return response
    raise AssertionError(f"not refused with {name}")


def statement(effect, principal, action, **more):
    who = principal if principal == "*" else {"AWS": principal}
    return {"Effect": effect, "Principal": who, "Action": action, "Resource": "*"} | more


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def recipient(document):
    return {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document}


@test
def a_key_is_created_and_described(scene):
    admin = scene.client("admin")
    made = admin.create_key(Description="records")["KeyMetadata"]
    assert made["AWSAccountId"] == KEY_ACCOUNT
    assert re.fullmatch(rf"arn:aws:kms:{REGION}:{KEY_ACCOUNT}:key/[0-9a-f-]{{36}}", made["Arn"])
    assert made["KeyState"] == "Enabled" and made["KeySpec"] == "SYMMETRIC_DEFAULT"
    for name in (made["Arn"], made["KeyId"]):
        found = admin.describe_key(KeyId=name)["KeyMetadata"]
        assert found["Description"] == "records" and found["CreationDate"] == made["CreationDate"]


@test
def keys_are_listed_by_the_paginator(scene):
    made = {scene.key() for _ in range(3)}
    pages = scene.client("admin").get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    assert made <= {key["KeyArn"] for page in pages for key in page["Keys"]}


@test
def what_is_encrypted_decrypts(scene):
    admin, key = scene.client("admin"), scene.key()
    for size in (1, 4096):
        plaintext = os.urandom(size)
        sealed = admin.encrypt(KeyId=key, Plaintext=plaintext, EncryptionContext={"a": "1"})
        assert sealed["KeyId"] == key and sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
        opened = admin.decrypt(
            CiphertextBlob=sealed["CiphertextBlob"], KeyId=key, EncryptionContext={"a": "1"}
        )
        assert opened["Plaintext"] == plaintext and opened["KeyId"] == key
        assert opened["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
        assert "CiphertextForRecipient" not in opened


@test
def another_encryption_context_does_not_decrypt(scene):
    admin, key = scene.client("admin"), scene.key()
    blob = admin.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "acme"})
    for context in ({}, {"tenant": "Acme"}, {"Tenant": "acme"}, {"tenant": "acme", "x": "y"}):
        refused(
            "InvalidCiphertextException",
            admin.decrypt,
            CiphertextBlob=blob["CiphertextBlob"],
            EncryptionContext=context,
        )


@test
def altered_and_foreign_ciphertext_does_not_decrypt(scene):
    admin, key = scene.client("admin"), scene.key()
    blob = admin.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    altered = blob[:-1] + bytes([blob[-1] ^ 1])
    for junk in (altered, blob[:-1], b"junk"):
        refused("InvalidCiphertextException", admin.decrypt, CiphertextBlob=junk)
    refused("IncorrectKeyException", admin.decrypt, CiphertextBlob=blob, KeyId=scene.key())


@test
def data_keys_are_generated_with_and_without_plaintext(scene):
    admin, key = scene.client("admin"), scene.key()
    for arguments, size in (({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 64}, 64)):
        made = admin.generate_data_key(KeyId=key, EncryptionContext={"a": "1"}, **arguments)
        assert len(made["Plaintext"]) == size and made["KeyId"] == key
        opened = admin.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "1"})
        assert opened["Plaintext"] == made["Plaintext"]
        hidden = admin.generate_data_key_without_plaintext(KeyId=key, **arguments)
        assert "Plaintext" not in hidden
        assert len(admin.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == size


@test
def no_two_data_keys_are_alike(scene):
    admin, key = scene.client("admin"), scene.key()
    made = [admin.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"] for _ in range(20)]
    assert len(set(made)) == 20


@test
def random_bytes_come_in_the_number_asked_for(scene):
    for count in (1, 1024):
        assert len(scene.client("writer").generate_random(NumberOfBytes=count)["Plaintext"]) == count


@test
def a_disabled_key_works_again_once_enabled(scene):
    admin, key = scene.client("admin"), scene.key()
    blob = admin.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    admin.disable_key(KeyId=key)
    assert admin.describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is False
    refused("DisabledException", admin.encrypt, KeyId=key, Plaintext=b"x")
    refused("DisabledException", admin.decrypt, CiphertextBlob=blob)
    refused("DisabledException", admin.generate_data_key, KeyId=key, KeySpec="AES_256")
    admin.enable_key(KeyId=key)
    assert admin.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


@test
def a_key_policy_reads_back_and_decides(scene):
    admin, key = scene.client("admin"), scene.key()
    default = json.loads(admin.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert default["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{KEY_ACCOUNT}:root"}
    arn = scene.principals["admin"]["arn"]
    wanted = policy(statement("Allow", arn, ["kms:GetKeyPolicy", "kms:PutKeyPolicy"]))
    admin.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(wanted))
    assert json.loads(admin.get_key_policy(KeyId=key)["Policy"]) == wanted
    response = refused("AccessDeniedException", admin.describe_key, KeyId=key)
    assert response["Error"]["Message"].endswith(
        "because no resource-based policy allows the kms:DescribeKey action"
    )


@test
def a_policy_that_is_not_understood_or_locks_out_is_refused(scene):
    admin, key = scene.client("admin"), scene.key()
    arn = scene.principals["admin"]["arn"]

    def put(document):
        text = document if isinstance(document, str) else json.dumps(document)
        refused("MalformedPolicyDocumentException", admin.put_key_policy, KeyId=key, Policy=text)

    put("{")
    put(policy())
    put(policy(statement("Allow", "*", "s3:*")))
    put(policy(statement("Allow", "*", "kms:*", Condition={"NumericEquals": {"aws:PrincipalArn": "1"}})))
    put(policy(statement("Allow", "*", "kms:*", Condition={"StringEquals": {"aws:Unheard": "1"}})))
    put(policy(statement("Allow", arn, "kms:DescribeKey")))


@test
def an_explicit_deny_wins(scene):
    key = scene.key(policy(statement("Deny", "*", "kms:Encrypt"), statement("Allow", "*", "kms:*")))
    response = refused("AccessDeniedException", scene.client("admin").encrypt, KeyId=key, Plaintext=b"x")
    assert "with an explicit deny in a resource-based policy" in response["Error"]["Message"]


@test
def a_writer_is_held_to_its_tenant(scene):
    condition = {
        "StringEquals": {"kms:EncryptionContext:tenant": "${aws:PrincipalTag/tenant}"},
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["tenant"]},
    }
    writer = scene.client("writer")
    arn = scene.principals["writer"]["arn"]
    key = scene.key(policy(statement("Allow", arn, "kms:GenerateDataKey", Condition=condition)))
    writer.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"tenant": "acme"})
    for context in ({"tenant": "globex"}, {}, {"tenant": "acme", "more": "x"}):
        refused(
            "AccessDeniedException",
            writer.generate_data_key,
            KeyId=key,
            KeySpec="AES_256",
            EncryptionContext=context,
        )


@test
def another_accounts_caller_needs_its_own_permission_too(scene):
    key = scene.key(policy(statement("Allow", "*", "kms:*")))
    response = refused("AccessDeniedException", scene.client("writer").describe_key, KeyId=key)
    assert "no identity-based policy allows" in response["Error"]["Message"]


@test
def without_attestation_an_attested_key_does_not_open(scene):
    attested = {"kms:RecipientAttestation:PCR0": "ab" * 48}
    parent = scene.principals["enclave-parent"]["arn"]
    key = scene.key(
        policy(
            statement("Allow", scene.principals["writer"]["arn"], "kms:GenerateDataKey"),
            statement("Allow", parent, "kms:Decrypt", Condition={"StringEqualsIgnoreCase": attested}),
            statement("Deny", "*", "kms:Decrypt", Condition={"StringNotEqualsIgnoreCase": attested}),
        )
    )
    blob = scene.client("writer").generate_data_key(KeyId=key, KeySpec="AES_256")["CiphertextBlob"]
    decrypt = scene.client("enclave-parent").decrypt
    response = refused("AccessDeniedException", decrypt, CiphertextBlob=blob, KeyId=key)
    assert "explicit deny" in response["Error"]["Message"]
    for junk in (ZERO_DOCUMENT, b"\x84\x44\xa1\x01\x38\x22\xa0", os.urandom(5000)):
        refused("ValidationException", decrypt, CiphertextBlob=blob, KeyId=key, Recipient=recipient(junk))


@test
def a_bad_recipient_is_refused_by_every_operation_that_takes_one(scene):
    admin, key = scene.client("admin"), scene.key()
    junk = recipient(ZERO_DOCUMENT)
    blob = admin.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    refused("ValidationException", admin.decrypt, CiphertextBlob=blob, Recipient=junk)
    refused("ValidationException", admin.generate_data_key, KeyId=key, KeySpec="AES_256", Recipient=junk)
    refused("ValidationException", admin.generate_random, NumberOfBytes=8, Recipient=junk)


@test
def wrong_credentials_are_refused_by_name(scene):
    refused("InvalidSignatureException", scene.client("admin", aws_secret_access_key="wrong").list_keys)
    refused("UnrecognizedClientException", scene.client("admin", aws_access_key_id="AKIAUNKNOWN").list_keys)
    parent = scene.client("enclave-parent", aws_session_token="wrong")
    refused("UnrecognizedClientException", parent.generate_random, NumberOfBytes=8)
    parent = scene.client("enclave-parent", aws_session_token=None)
    refused("UnrecognizedClientException", parent.generate_random, NumberOfBytes=8)
    scene.client("enclave-parent").generate_random(NumberOfBytes=8)


@test
def another_region_is_refused(scene):
    refused("InvalidSignatureException", scene.client("admin", region="us-east-1").list_keys)


@test
def a_request_without_a_signature_is_refused(scene):
    request = urllib.request.Request(
        scene.endpoint,
        data=b"{}",
        headers={"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"},
    )
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=scene.ca)),
    )
    try:
        opener.open(request, timeout=10)
    except urllib.error.HTTPError as error:
        assert error.code == 400
        assert json.load(error)["__type"] == "MissingAuthenticationTokenException"
    else:
        raise AssertionError("not refused")


@test
def keys_that_are_not_there_are_not_found(scene):
    admin, key = scene.client("admin"), scene.key()
    for name in (
        "00000000-0000-4000-8000-000000000000",
        key[:-12] + "000000000000",
        key.replace(REGION, "us-east-1"),
        "alias/none",
    ):
        refused("NotFoundException", admin.describe_key, KeyId=name)
    # A bare id means a key of one's own account.
    refused("NotFoundException", scene.client("writer").describe_key, KeyId=key.rsplit("/")[-1])


@test
def values_out_of_range_are_refused(scene):
    admin, key = scene.client("admin"), scene.key()
    refused("ValidationException", admin.encrypt, KeyId=key, Plaintext=bytes(4097))
    refused("ValidationException", admin.generate_data_key, KeyId=key)
    refused("ValidationException", admin.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=32)
    refused("ValidationException", admin.generate_random, NumberOfBytes=1025)


@test
def what_the_stand_in_lacks_it_says(scene):
    admin, key = scene.client("admin"), scene.key()
    refused("UnsupportedOperationException", admin.create_key, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    refused("UnsupportedOperationException", admin.create_key, MultiRegion=True)
    refused("UnsupportedOperationException", admin.create_alias, AliasName="alias/x", TargetKeyId=key)


@test
def another_ca_is_not_trusted(scene):
    untrusting = boto3.session.Session().client(
        "kms",
        endpoint_url=scene.endpoint,
        verify=True,
        region_name=REGION,
        aws_access_key_id="AKIA",
        aws_secret_access_key="x",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    try:
        untrusting.list_keys()
    except botocore.exceptions.SSLError:
        return
    raise AssertionError("the installation's CA must not be trusted by others")


@test
def a_client_retries_what_it_may_and_the_counters_tell(scene):
    if scene.control_path is None:
        raise Skipped("no --control socket was named")
    scene.control("reset-counters")
    scene.control({"fault": "throttle:2"})
    scene.client("admin", attempts=3).list_keys()
    counters = scene.control("counters")
    assert counters["calls"] == {"ListKeys": 3}, counters
    assert counters["errors"] == {"ThrottlingException": 2}, counters
    scene.control({"fault": "error:KMSInternalException:1"})
    refused("KMSInternalException", scene.client("admin").list_keys)
    scene.control({"fault": "throttle:1"})
    refused("ThrottlingException", scene.client("admin").list_keys)
    scene.control({"fault": "down"})
    try:
        scene.client("admin").list_keys()
    # Cut after the connection was made, or so soon that to the client none was.
    except (botocore.exceptions.HTTPClientError, botocore.exceptions.EndpointConnectionError):
        pass
    else:
        raise AssertionError("a server that is down must not answer")
    finally:
        scene.control("clear")
    scene.client("admin").list_keys()


@contextlib.contextmanager
def own_server():
    """A fresh installation and a server on it, stopped at the end."""
    root = pathlib.Path(__file__).resolve().parents[2]
    binary = pathlib.Path(os.environ.get("VOUCHSAFE_BIN_DIR", root / "target" / "local")) / "vouchsafe-mock"
    with tempfile.TemporaryDirectory() as directory:
        control = f"{directory}/control.sock"
        subprocess.run([binary, "init", f"{directory}/state"], check=True)
        command = [binary, "kms", "--state", f"{directory}/state", "--control", f"unix:{control}"]
        with open(f"{directory}/log", "w+") as log:
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
            try:
                line = server.stdout.readline()
                if not line:
                    log.seek(0)
                    sys.exit(f"vouchsafe-mock did not start: {log.read()}")
                endpoint = json.loads(line)["endpoint"]
                yield Scene(endpoint, f"{directory}/state", f"{directory}/state/kms/ca.pem", control)
            finally:
                server.terminate()
                code = server.wait(timeout=10)
        assert code == 0, f"vouchsafe-mock ended with {code}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--endpoint", help="a running KMS; without it, one is started")
    parser.add_argument("--state", help="the installation that the KMS runs on")
    parser.add_argument("--ca", help="its CA; STATE/kms/ca.pem unless given")
    parser.add_argument("--control", metavar="PATH", help="its control socket, for the tests of faults")
    arguments = parser.parse_args()
    if arguments.endpoint and not arguments.state:
        parser.error("--endpoint needs --state")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}

    if arguments.endpoint:
        ca = arguments.ca or f"{arguments.state}/kms/ca.pem"
        running = contextlib.nullcontext(Scene(arguments.endpoint, arguments.state, ca, arguments.control))
    else:
        running = own_server()
    passed = failed = 0
    with running as scene:
        for function in TESTS:
            try:
                function(scene)
            except Skipped as reason:
                print(f"skipped {function.__name__}: {reason}")
            except Exception:
                failed += 1
                print(f"FAILED {function.__name__}")
                traceback.print_exc()
            else:
                passed += 1
                print(f"ok {function.__name__}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
