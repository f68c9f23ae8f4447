"""The templates of deploy/: that they hold what docs/DEPLOY.md promises.

cfn-lint and checkov look at their form; this looks at their meaning. Key policies are compared with
those of `vouchsafe key-policy generate`, rules are asked about CloudTrail entries by moto's matcher
of event patterns. Needs tests/requirements.txt and the binaries in $VOUCHSAFE_BIN_DIR:

    python3 tests/deploy/templates_test.py
"""

import base64
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib
import unittest

import yaml
from moto.events.models import EventPattern

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("VOUCHSAFE_BIN_DIR", ROOT / "target" / "local"))
sys.path.insert(0, str(ROOT / "deploy"))
import image_digests  # noqa: E402

OWNER, SERVICE = "222222222222", "111111111111"
ARNS = {
    "Administrator": f"arn:aws:iam::{OWNER}:role/vouchsafe-key-administrator",
    "BreakGlass": f"arn:aws:iam::{OWNER}:role/vouchsafe-break-glass",
    "DataKey": f"arn:aws:kms:eu-central-1:{OWNER}:key/data",
    "RootKey": f"arn:aws:kms:eu-central-1:{OWNER}:key/root",
}
CANARY = "vouchsafe-canary"
DIGEST, OTHER = "ab" * 48, "cd" * 48


def template(name):
    return yaml.safe_load((ROOT / "deploy" / name).read_text("utf-8"))


def resolved(value, parameters):
    """A value of a template with its references followed."""
    if isinstance(value, list):
        return [resolved(inner, parameters) for inner in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["Fn::GetAtt"]:
        return ARNS[value["Fn::GetAtt"][0]]
    if list(value) == ["Ref"]:
        return parameters[value["Ref"]]
    return {name: resolved(inner, parameters) for name, inner in value.items()}


def resources(document, kind):
    found = document["Resources"].items()
    return {name: made["Properties"] for name, made in found if made["Type"] == kind}


def vouchsafe(*arguments):
    command = [BINARIES / "vouchsafe", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout:
        raise AssertionError(done.stderr)
    return done.returncode, json.loads(done.stdout)


def generated(kind, measurements):
    return vouchsafe(
        "key-policy", "generate", "--kind", kind, "--measurements", measurements,
        "--enclave-role", f"arn:aws:iam::{SERVICE}:role/vouchsafe-parent",
        "--admin-role", ARNS["Administrator"], "--break-glass-role", ARNS["BreakGlass"],
    )[1]  # fmt: skip


class KeyPolicies(unittest.TestCase):
    """What the keys are made with."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.measurements = f"{self.folder.name}/measurements.json"
        pcrs = {"0": DIGEST, "1": "11" * 48, "2": "22" * 48, "16": "aa" * 48}
        pathlib.Path(self.measurements).write_text(json.dumps({"pcrs": pcrs}), "utf-8")
        self.keys = resources(template("owner.yaml"), "AWS::KMS::Key")

    def test_a_key_begins_as_what_generate_makes_without_who_may_use_it(self):
        for kind, name in [("data", "DataKey"), ("root", "RootKey")]:
            made = resolved(self.keys[name]["KeyPolicy"], {})
            whole = generated(kind, self.measurements)
            closed = ["AdministerWithoutUse", "ChangePolicyInEmergency", "DenyBypass"]
            whole["Statement"] = [one for one in whole["Statement"] if one["Sid"] in closed]
            self.assertEqual(len(whole["Statement"]), 3)
            self.assertEqual(made, whole, name)

    def test_lint_finds_nothing_in_what_a_key_begins_with(self):
        for kind, name in [("data", "DataKey"), ("root", "RootKey")]:
            path = f"{self.folder.name}/{name}.json"
            policy = resolved(self.keys[name]["KeyPolicy"], {})
            pathlib.Path(path).write_text(json.dumps(policy), "utf-8")
            self.assertEqual(
                vouchsafe("key-policy", "lint", path, "--kind", kind), (0, {"findings": []})
            )

    def test_keys_outlive_their_stack_rotate_and_have_no_copies(self):
        for name in ["DataKey", "RootKey"]:
            made = template("owner.yaml")["Resources"][name]
            self.assertEqual(made["DeletionPolicy"], "Retain")
            self.assertEqual(made["UpdateReplacePolicy"], "Retain")
            self.assertTrue(made["Properties"]["EnableKeyRotation"])
            self.assertFalse({"MultiRegion", "Origin", "KeySpec"} & set(made["Properties"]))

    def test_no_template_lets_anyone_change_a_key_policy(self):
        for name in ["owner.yaml", "canary.yaml", "service.yaml"]:
            for role, made in resources(template(name), "AWS::IAM::Role").items():
                for policy in made.get("Policies", []):
                    for statement in policy["PolicyDocument"]["Statement"]:
                        actions = json.dumps(statement["Action"])
                        self.assertNotIn("*", actions, f"{name}: {role}")
                        self.assertNotIn("KeyPolicy", actions, f"{name}: {role}")
                        self.assertNotIn("iam:", actions, f"{name}: {role}")
                self.assertNotIn("ManagedPolicyArns", made, f"{name}: {role}")

    def test_roles_over_the_keys_want_a_second_factor(self):
        roles = resources(template("owner.yaml"), "AWS::IAM::Role")
        for name in ["Administrator", "BreakGlass"]:
            statements = roles[name]["AssumeRolePolicyDocument"]["Statement"]
            condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
            self.assertEqual([one["Condition"] for one in statements], [condition])
            self.assertNotIn("Policies", roles[name])


def entry(name, key="DataKey", digest=DIGEST, error=None, role="vouchsafe-parent"):
    """A CloudTrail entry of a call to KMS, as EventBridge hands it on."""
    detail = {
        "eventSource": "kms.amazonaws.com",
        "eventName": name,
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": role}}},
        "resources": [{"type": "AWS::KMS::Key", "ARN": ARNS.get(key, key)}],
        "additionalEventData": {"keyMaterialId": "00"},
    }
    if digest is not None:
        detail["additionalEventData"]["recipient"] = {
            "attestationDocumentModuleId": "i-0123456789abcdef0-enc0123456789abcdef",
            "attestationDocumentEnclaveImageDigest": digest,
        }
    if error is not None:
        detail["errorCode"] = error
    return {"source": "aws.kms", "detail-type": "AWS API Call via CloudTrail", "detail": detail}


class Alarms(unittest.TestCase):
    """Which CloudTrail entries raise an alarm, and by which rule."""

    def setUp(self):
        digests = [DIGEST, base64.b64encode(bytes.fromhex(DIGEST)).decode()]
        self.rules = {
            name: resolved(rule, {"ImageDigests": digests, "Alarms": "topic"})
            for name, rule in resources(template("owner.yaml"), "AWS::Events::Rule").items()
        }

    def raised(self, event):
        event = copy.deepcopy(event)
        # EventBridge matches any element of an array of objects; moto wants them drawn together.
        named = event["detail"].get("resources", [])
        event["detail"]["resources"] = {"ARN": [resource["ARN"] for resource in named]}
        return {
            name
            for name, rule in self.rules.items()
            if EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(event)
        }

    def test_what_a_release_does_raises_none(self):
        for digest in [DIGEST, base64.b64encode(bytes.fromhex(DIGEST)).decode()]:
            for name in ["Decrypt", "GenerateDataKey"]:
                for key in ["DataKey", "RootKey"]:
                    self.assertEqual(self.raised(entry(name, key, digest)), set())
        writer = entry("GenerateDataKey", digest=None, role="crm")
        self.assertEqual(self.raised(writer), set())

    def test_use_without_an_enclave_raises_one_whether_refused_or_not(self):
        for error in [None, "AccessDenied"]:
            for name in ["Decrypt", "DeriveSharedSecret", "Encrypt", "ReEncrypt"]:
                for key in ["DataKey", "RootKey"]:
                    found = self.raised(entry(name, key, digest=None, error=error))
                    self.assertEqual(found, {"UsedWithoutAttestation"}, (name, key, error))
            for name in ["GenerateDataKey", "GenerateDataKeyPair"]:
                found = self.raised(entry(name, "RootKey", digest=None, error=error))
                self.assertEqual(found, {"RootMadeWithoutAttestation"}, (name, error))

    def test_a_user_without_a_role_raises_one_too(self):
        event = entry("Decrypt", digest=None, error="AccessDenied")
        event["detail"]["userIdentity"] = {"type": "IAMUser", "userName": "somebody"}
        self.assertEqual(self.raised(event), {"UsedWithoutAttestation"})

    def test_an_unknown_image_and_debug_mode_raise_one(self):
        base64_of_other = base64.b64encode(bytes.fromhex(OTHER)).decode()
        for digest in [OTHER, base64_of_other, "0" * 96, base64.b64encode(bytes(48)).decode()]:
            for name in ["Decrypt", "GenerateDataKey"]:
                found = self.raised(entry(name, digest=digest, error="AccessDenied"))
                self.assertEqual(found, {"UsedByUnknownImage"}, digest)

    def test_before_there_is_a_release_every_image_is_unknown(self):
        default = template("owner.yaml")["Parameters"]["ImageDigests"]["Default"]
        rule = resources(template("owner.yaml"), "AWS::Events::Rule")["UsedByUnknownImage"]
        self.rules = {"rule": resolved(rule, {"ImageDigests": [default], "Alarms": "topic"})}
        self.assertEqual(self.raised(entry("Decrypt")), {"rule"})

    def test_the_canary_is_quiet_while_it_is_refused(self):
        for name in ["Decrypt", "Encrypt", "ReEncrypt"]:
            refused = entry(name, digest=None, error="AccessDenied", role=CANARY)
            self.assertEqual(self.raised(refused), set())
            done = entry(name, digest=None, role=CANARY)
            self.assertEqual(self.raised(done), {"UsedWithoutAttestation"})
        refused = entry("GenerateDataKey", "RootKey", None, "AccessDenied", CANARY)
        self.assertEqual(self.raised(refused), set())
        self.assertEqual(self.raised(entry("CreateGrant", error="AccessDenied", role=CANARY)), set())
        role = resources(template("canary.yaml"), "AWS::IAM::Role")["Role"]
        self.assertEqual(role["RoleName"], CANARY)

    def test_a_change_of_a_key_raises_one(self):
        for name in ["PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion", "CreateGrant", "ReplicateKey"]:
            self.assertEqual(self.raised(entry(name, digest=None, role="someone")), {"KeyChanged"}, name)

    def test_a_change_that_was_made_under_the_canarys_name_raises_one(self):
        for name in ["PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion", "CreateGrant"]:
            self.assertEqual(self.raised(entry(name, digest=None, role=CANARY)), {"KeyChanged"}, name)

    def test_other_keys_of_the_account_raise_none(self):
        other = f"arn:aws:kms:eu-central-1:{OWNER}:key/trail"
        self.assertEqual(self.raised(entry("Decrypt", other, digest=None)), set())

    def test_taking_the_break_glass_role_and_touching_the_watch_raise_one(self):
        taken = {"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
                 "requestParameters": {"roleArn": ARNS["BreakGlass"]}}  # fmt: skip
        event = {"source": "aws.sts", "detail-type": "AWS API Call via CloudTrail", "detail": taken}
        self.assertEqual(self.raised(event), {"BreakGlassTaken"})
        for source, name in [
            ("cloudtrail", "StopLogging"),
            ("events", "DisableRule"),
            ("events", "PutTargets"),
            ("sns", "Unsubscribe"),
            ("sns", "SetSubscriptionAttributes"),
            ("monitoring", "DisableAlarmActions"),
            ("lambda", "UpdateFunctionCode20150331v2"),
        ]:
            detail = {"eventSource": f"{source}.amazonaws.com", "eventName": name}
            event = {"source": f"aws.{source}", "detail-type": "AWS API Call via CloudTrail", "detail": detail}
            self.assertEqual(self.raised(event), {"WatchChanged"}, name)

    def test_rules_tell_the_alarms_and_see_read_only_calls_where_they_must(self):
        for name, rule in self.rules.items():
            self.assertEqual([target["Arn"] for target in rule["Targets"]], ["topic"], name)
        for name in ["UsedWithoutAttestation", "RootMadeWithoutAttestation", "UsedByUnknownImage"]:
            # To CloudTrail a decrypt is read-only.
            self.assertEqual(self.rules[name]["State"], "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")

    def test_digests_are_written_in_both_forms(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"pcrs": {"0": DIGEST.upper()}}, file)
            file.flush()
            both = [DIGEST, base64.b64encode(bytes.fromhex(DIGEST)).decode()]
            self.assertEqual(image_digests.image_digests([file.name, file.name]), both)
            file.seek(0)
            json.dump({"pcrs": {"0": "0" * 96}}, file)
            file.flush()
            with self.assertRaises(ValueError):
                image_digests.image_digests([file.name])


class Service(unittest.TestCase):
    """What the service's account permits."""

    def setUp(self):
        self.document = template("service.yaml")

    def test_there_is_no_way_out_but_by_endpoints(self):
        kinds = {made["Type"] for made in self.document["Resources"].values()}
        for kind in ["InternetGateway", "NatGateway", "Route", "EgressOnlyInternetGateway", "EIP"]:
            self.assertNotIn(f"AWS::EC2::{kind}", kinds)
        groups = resources(self.document, "AWS::EC2::SecurityGroup")
        to = [sorted(set(rule) & {"DestinationSecurityGroupId", "DestinationPrefixListId", "CidrIp"})
              for rule in groups["InstanceGroup"]["SecurityGroupEgress"]]  # fmt: skip
        self.assertEqual(to, [["DestinationSecurityGroupId"], ["DestinationPrefixListId"]])
        for name, group in groups.items():
            ports = {rule["ToPort"] for rule in group.get("SecurityGroupIngress", [])}
            self.assertLessEqual(ports, {443, 8080}, name)

    def test_every_endpoint_has_a_policy_for_one_role_and_no_star_action(self):
        endpoints = resources(self.document, "AWS::EC2::VPCEndpoint")
        self.assertEqual(len(endpoints), 6)
        role = {"Fn::GetAtt": ["ParentRole", "Arn"]}
        for name, endpoint in endpoints.items():
            for statement in endpoint["PolicyDocument"]["Statement"]:
                principal = statement["Principal"]
                condition = statement.get("Condition", {}).get("ArnEquals", {})
                who = principal["AWS"] if isinstance(principal, dict) else condition["aws:PrincipalArn"]
                self.assertEqual(who, role, name)
                self.assertNotIn("*", json.dumps(statement["Action"]), name)
        kms = endpoints["KmsEndpoint"]["PolicyDocument"]["Statement"][0]
        self.assertEqual(kms["Resource"]["Fn::If"][1], {"Ref": "KeyArns"})

    def test_without_keys_kms_is_denied(self):
        for where in [
            resources(self.document, "AWS::EC2::VPCEndpoint")["KmsEndpoint"]["PolicyDocument"],
            resources(self.document, "AWS::IAM::Role")["ParentRole"]["Policies"][0]["PolicyDocument"],
        ]:
            self.assertEqual(where["Statement"][0]["Effect"], {"Fn::If": ["HasKeys", "Allow", "Deny"]})

    def test_an_instance_can_run_an_enclave_and_gives_its_role_to_nobody(self):
        data = resources(self.document, "AWS::EC2::LaunchTemplate")["Template"]["LaunchTemplateData"]
        self.assertEqual(data["EnclaveOptions"], {"Enabled": True})
        metadata = data["MetadataOptions"]
        self.assertEqual((metadata["HttpTokens"], metadata["HttpPutResponseHopLimit"]), ("required", 1))
        self.assertTrue(all(one["Ebs"]["Encrypted"] for one in data["BlockDeviceMappings"]))
        self.assertFalse({"KeyName", "SecurityGroups"} & set(data))
        self.assertFalse(data["NetworkInterfaces"][0]["AssociatePublicIpAddress"])

    def test_an_instance_has_room_for_the_parent_and_for_two_enclaves(self):
        enclave = tomllib.loads((ROOT / "deploy" / "parent.toml").read_text("utf-8"))["supervisor"]
        allocator = template("allocator.yaml")
        self.assertEqual(allocator["cpu_count"], 2 * enclave["cpu_count"])
        self.assertEqual(allocator["memory_mib"], 2 * enclave["memory_mib"])
        # Nitro gives whole cores, which have two threads on this type.
        self.assertEqual(enclave["cpu_count"] % 2, 0)
        family, size = self.document["Parameters"]["InstanceType"]["Default"].split(".")
        processors = {"xlarge": 4, "2xlarge": 8, "4xlarge": 16}[size]
        self.assertEqual(family, "c6i")
        self.assertGreaterEqual(processors, allocator["cpu_count"] + 2)

    def test_an_instance_gets_what_its_parent_reads(self):
        data = resources(self.document, "AWS::EC2::LaunchTemplate")["Template"]["LaunchTemplateData"]
        script = data["UserData"]["Fn::Base64"]["Fn::Sub"]
        self.assertIn('"s3://${ArtefactBucket}/current/" /etc/vouchsafe/', script)
        self.assertIn("systemctl enable --now nitro-enclaves-allocator vouchsafe-parent", script)
        parent = tomllib.loads((ROOT / "deploy" / "parent.toml").read_text("utf-8"))
        for path in [parent["trust_anchor"], parent["bundle"], parent["supervisor"]["eif"]]:
            self.assertEqual(str(pathlib.Path(path).parent), "/etc/vouchsafe")


if __name__ == "__main__":
    unittest.main()
