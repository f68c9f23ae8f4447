"""The canary of deploy/canary, and the comparison of key policies: by answers of KMS that are played
to it, and against the mock of KMS under generated policies and under weakened ones.

Needs tests/requirements.txt and the binaries in $VOUCHSAFE_BIN_DIR:

    python3 tests/deploy/canary_test.py
"""

import base64
import contextlib
import copy
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib
import unittest
from unittest import mock

import boto3
import botocore.config
import botocore.exceptions
import botocore.stub

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("VOUCHSAFE_BIN_DIR", ROOT / "target" / "local"))
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "deploy" / "canary")]
import canary  # noqa: E402
import compare_key_policy  # noqa: E402

REGION = "eu-central-1"
ROLE = "arn:aws:iam::222222222222:role/vouchsafe-canary"
CONTEXT = {"vouchsafe": "1", "tenant": "acme", "dataset": "canary", "epoch": "1"}
BY_DENY = "User: … is not authorized … with an explicit deny in a resource-based policy"
BY_NOBODY = "User: … because no resource-based policy allows the kms:Decrypt action"


def settings(data_key="data", root_key="root", wrapped=b"wrapped"):
    return {"data_key": data_key, "root_key": root_key, "wrapped": wrapped, "context": CONTEXT}


class Played(unittest.TestCase):
    """What the canary makes of each answer."""

    def setUp(self):
        environment = mock.patch.dict(os.environ, {"CANARY_ROLE": ROLE})
        environment.start()
        self.addCleanup(environment.stop)
        self.kms = boto3.client("kms", REGION, aws_access_key_id="x", aws_secret_access_key="x")

    def verdict(self, code, message, **more):
        stub = botocore.stub.Stubber(self.kms)
        stub.add_client_error("decrypt", code, message)
        with stub:
            return canary.verdict(self.kms, "decrypt", {"CiphertextBlob": b"x", **more})

    def test_only_a_deny_of_the_key_policy_holds(self):
        held = ("held", "AccessDeniedException")
        self.assertEqual(self.verdict("AccessDeniedException", BY_DENY), held)
        for message in [BY_NOBODY, "because no identity-based policy allows it", ""]:
            unproven = ("unproven", "AccessDeniedException")
            self.assertEqual(self.verdict("AccessDeniedException", message), unproven)
        for code in ["DisabledException", "ThrottlingException", "NotFoundException",
                     "InvalidCiphertextException", "KMSInvalidStateException"]:  # fmt: skip
            self.assertEqual(self.verdict(code, BY_DENY), ("unproven", code))

    def test_a_dry_run_that_would_be_done_is_a_breach(self):
        breached = ("breached", "DryRunOperationException")
        self.assertEqual(self.verdict("DryRunOperationException", "would succeed"), breached)

    def test_a_call_that_is_done_is_a_breach(self):
        stub = botocore.stub.Stubber(self.kms)
        stub.add_response("decrypt", {"Plaintext": b"secret"})
        with stub:
            found = canary.verdict(self.kms, "decrypt", {"CiphertextBlob": b"x"})
        self.assertEqual(found, ("breached", "success"))

    def test_a_forged_document_may_be_refused_as_none(self):
        forged = {"AttestationDocument": b"x", "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
        held = ("held", "ValidationException")
        self.assertEqual(self.verdict("ValidationException", "", Recipient=forged), held)
        unproven = ("unproven", "ValidationException")
        self.assertEqual(self.verdict("ValidationException", ""), unproven)

    def test_a_kms_that_is_away_proves_nothing(self):
        away = botocore.exceptions.EndpointConnectionError(endpoint_url="x")
        with mock.patch.object(self.kms, "decrypt", side_effect=away):
            found = canary.verdict(self.kms, "decrypt", {"CiphertextBlob": b"x"})
        self.assertEqual(found, ("unproven", "EndpointConnectionError"))

    def test_every_try_is_one_that_kms_takes_and_a_dry_run(self):
        seen = []
        with contextlib.ExitStack() as stack:
            for name in ["decrypt", "re_encrypt", "generate_data_key", "encrypt", "create_grant"]:
                # The stub checks the parameters by the model of KMS before it answers.
                stub = stack.enter_context(botocore.stub.Stubber(client := boto3.client(
                    "kms", REGION, aws_access_key_id="x", aws_secret_access_key="x")))  # fmt: skip
                for _, operation, parameters in canary.tries(**settings()):
                    if operation != name:
                        continue
                    stub.add_client_error(name, "AccessDeniedException", BY_DENY,
                                          expected_params={**parameters, "DryRun": True})  # fmt: skip
                    seen.append(canary.verdict(client, operation, parameters)[0])
                stub.assert_no_pending_responses()
        self.assertEqual(seen, ["held"] * 8)

    def test_counts_go_to_the_metrics_that_the_alarms_watch(self):
        results = [("a", "held", ""), ("b", "breached", ""), ("c", "unproven", ""), ("d", "unproven", "")]
        watch = mock.Mock()
        environment = {"DATA_KEY": "d", "ROOT_KEY": "r", "WRAPPED": "AA==", "CONTEXT": "{}"}
        with (
            mock.patch.dict(os.environ, environment),
            mock.patch.object(canary, "run", return_value=results),
            mock.patch.object(canary.boto3, "client", return_value=watch),
            contextlib.redirect_stdout(io.StringIO()) as log,
        ):
            counts = canary.handler({}, None)
        self.assertEqual(counts, {"Runs": 1, "Breaches": 1, "Unproven": 2})
        put = watch.put_metric_data.call_args.kwargs
        self.assertEqual({one["MetricName"]: one["Value"] for one in put["MetricData"]}, counts)
        self.assertEqual(put["Namespace"], "Vouchsafe/Canary")
        self.assertEqual(len(log.getvalue().splitlines()), 4)


class AgainstTheMock(unittest.TestCase):
    """Under policies that `key-policy generate` makes, and under the same ones weakened."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        path = pathlib.Path(cls.folder.name)
        state = path / "state"
        subprocess.run([BINARIES / "vouchsafe-mock", "init", state], check=True)
        # The canary is a role of the owner's account that may try everything.
        principals = (state / "kms" / "principals.toml").read_text("utf-8")
        canary_role = (
            '\n[[principal]]\nname = "canary"\naccess_key_id = "AKIACANARY"\n'
            f'secret_access_key = "canary"\narn = "{ROLE}"\naccount = "222222222222"\niam = ["kms:*"]\n'
        )
        (state / "kms" / "principals.toml").write_text(principals + canary_role, "utf-8")
        cls.principals = {
            one["name"]: one for one in tomllib.loads(principals + canary_role)["principal"]
        }
        command = [BINARIES / "vouchsafe-mock", "kms", "--state", state]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.addClassCleanup(server.wait, timeout=10)
        cls.addClassCleanup(server.terminate)
        cls.addClassCleanup(server.stdout.close)
        cls.endpoint = json.loads(server.stdout.readline())["endpoint"]
        cls.ca = str(state / "kms" / "ca.pem")
        environment = mock.patch.dict(os.environ, {"CANARY_ROLE": ROLE})
        environment.start()
        cls.addClassCleanup(environment.stop)
        measurements = path / "measurements.json"
        pcrs = {index: digit * 96 for index, digit in [("0", "a"), ("1", "b"), ("2", "c"), ("16", "d")]}
        measurements.write_text(json.dumps({"pcrs": pcrs}), "utf-8")
        cls.generated = {kind: path / f"{kind}.json" for kind in ["data", "root"]}
        for kind, out in cls.generated.items():
            made = [
                BINARIES / "vouchsafe", "key-policy", "generate", "--kind", kind,
                "--measurements", measurements, "-o", out,
                "--enclave-role", cls.principals["enclave-parent"]["arn"],
                "--writer-role", cls.principals["writer"]["arn"],
                "--admin-role", cls.principals["admin"]["arn"],
                "--break-glass-role", cls.principals["break-glass"]["arn"],
            ]  # fmt: skip
            subprocess.run(made, check=True, stdout=subprocess.DEVNULL)

    def client(self, name):
        entry = self.principals[name]
        return boto3.session.Session().client(
            "kms",
            region_name=REGION,
            endpoint_url=self.endpoint,
            verify=self.ca,
            aws_access_key_id=entry["access_key_id"],
            aws_secret_access_key=entry["secret_access_key"],
            aws_session_token=entry.get("session_token"),
            config=botocore.config.Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    def keys(self, change=lambda policy: None):
        """Two keys under the generated policies, each changed."""
        arns = {}
        for kind, path in self.generated.items():
            policy = json.loads(path.read_text("utf-8"))
            change(policy)
            made = self.client("admin").create_key(
                Policy=json.dumps(policy), BypassPolicyLockoutSafetyCheck=True
            )
            arns[kind] = made["KeyMetadata"]["Arn"]
        return arns

    def results(self, arns):
        made = self.client("writer").generate_data_key(
            KeyId=arns["data"], KeySpec="AES_256", EncryptionContext=CONTEXT
        )
        found = canary.run(
            self.client("canary"), settings(arns["data"], arns["root"], made["CiphertextBlob"])
        )
        # The mock has no ReEncrypt and no grants; what it lacks it says.
        lacking = [code for _, _, code in found if code == "UnsupportedOperationException"]
        self.assertEqual(len(lacking), 3)
        return {(name, verdict) for name, verdict, code in found if code not in lacking}

    def test_generated_policies_hold(self):
        expected = ["decrypt without a document", "decrypt with a forged document",
                    "make a root without a document", "encrypt"]  # fmt: skip
        self.assertEqual(self.results(self.keys()), {(name, "held") for name in expected})

    def test_a_policy_that_lets_the_canary_in_is_a_breach(self):
        def open_up(policy):
            policy["Statement"] = [
                one for one in policy["Statement"] if not one["Sid"].startswith("Deny")
            ]
            policy["Statement"].append(
                {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:*", "Resource": "*"}
            )

        found = self.results(self.keys(open_up))
        for name in ["decrypt without a document", "make a root without a document", "encrypt"]:
            self.assertIn((name, "breached"), found)

    def test_a_policy_without_its_denials_proves_nothing(self):
        def no_denials(policy):
            policy["Statement"] = [
                one for one in policy["Statement"] if not one["Sid"].startswith("Deny")
            ]

        found = self.results(self.keys(no_denials))
        self.assertIn(("decrypt without a document", "unproven"), found)
        self.assertNotIn("breached", {verdict for _, verdict in found})

    def compare(self, arn, policy, principal="admin"):
        entry = self.principals[principal]
        environment = {
            "AWS_ACCESS_KEY_ID": entry["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": entry["secret_access_key"],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        arguments = ["--key", arn, "--endpoint", self.endpoint, "--ca", self.ca, str(policy)]
        said = io.StringIO()
        with (
            mock.patch.dict(os.environ, environment),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            return compare_key_policy.main(arguments), said.getvalue()

    def test_what_the_break_glass_role_puts_is_what_was_generated(self):
        """A key begins closed, as owner.yaml makes it; then its policy is put."""

        def close(policy):
            open_statements = ("UseWhen", "Write", "DenyUnless")
            policy["Statement"] = [
                one for one in policy["Statement"] if not one["Sid"].startswith(open_statements)
            ]

        for kind, arn in self.keys(close).items():
            path = self.generated[kind]
            status, said = self.compare(arn, path)
            self.assertEqual(status, 1)
            self.assertIn("differs: UseWhenAttested1", said)
            put = {"KeyId": arn, "Policy": path.read_text("utf-8"), "BypassPolicyLockoutSafetyCheck": True}
            for other in ["admin", "enclave-parent", "canary"]:
                with self.assertRaises(botocore.exceptions.ClientError) as refused:
                    self.client(other).put_key_policy(**put)
                code = refused.exception.response["Error"]["Code"]
                self.assertEqual(code, "AccessDeniedException", other)
            self.client("break-glass").put_key_policy(**put)
            same = (0, "the policy in force is the generated one\n")
            self.assertEqual(self.compare(arn, path), same)
            in_force = self.client("admin").get_key_policy(KeyId=arn, PolicyName="default")["Policy"]
            self.assertEqual(json.loads(in_force), json.loads(path.read_text("utf-8")))

    def test_a_weakened_policy_in_force_differs_by_its_statement(self):
        def weaken(policy):
            for statement in policy["Statement"]:
                if statement["Sid"] == "UseWhenAttested1":
                    del statement["Condition"]["StringEqualsIgnoreCase"]

        status, said = self.compare(self.keys(weaken)["data"], self.generated["data"])
        self.assertEqual((status, said), (1, "differs: UseWhenAttested1\n"))

    def test_who_may_not_read_the_policy_learns_nothing(self):
        arn = self.keys()["data"]
        status, said = self.compare(arn, self.generated["data"], "canary")
        self.assertEqual((status, said), (2, "KMS refuses: AccessDeniedException\n"))


class Comparison(unittest.TestCase):
    """What counts as another policy."""

    POLICY = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "A", "Action": ["kms:Get*", "kms:List*"], "Resource": "*"},
            {"Sid": "B", "Action": ["kms:Decrypt"], "Resource": "*"},
        ],
    }

    def differences(self, change):
        policy = copy.deepcopy(self.POLICY)
        change(policy)
        return compare_key_policy.differences(policy, self.POLICY)

    def test_order_of_names_and_lists_of_one_do_not(self):
        def same(policy):
            policy["Statement"][0]["Action"].reverse()
            policy["Statement"][1]["Action"] = "kms:Decrypt"

        self.assertEqual(self.differences(same), [])

    def test_everything_else_does(self):
        extra = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
        for change, expected in [
            (lambda policy: policy["Statement"].append(extra), [""]),
            (lambda policy: policy["Statement"].append({**extra, "Sid": "C"}), ["C"]),
            (lambda policy: policy["Statement"].pop(), ["B"]),
            (lambda policy: policy["Statement"][1].update(Resource="arn"), ["B"]),
        ]:
            self.assertEqual(self.differences(change), expected)
        whole = ["(order, version or repeated statements)"]
        self.assertEqual(self.differences(lambda policy: policy["Statement"].reverse()), whole)
        self.assertEqual(self.differences(lambda policy: policy.update(Version="2008-10-17")), whole)
        repeated = self.differences(lambda policy: policy["Statement"].insert(0, policy["Statement"][0]))
        self.assertEqual(repeated, whole)


if __name__ == "__main__":
    unittest.main()
