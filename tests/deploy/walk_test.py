"""Runs the commands of docs/DEPLOY.md that need no AWS, one after the other, as they stand.

Two releases are made for them by the code that scripts/release.sh uses, of a stand-in for the image.
Then what the walk leaves is looked at: key policies that admit what they should, and measurements
that clients take. Needs the binaries in $VOUCHSAFE_BIN_DIR:

    python3 tests/deploy/walk_test.py
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("VOUCHSAFE_BIN_DIR", ROOT / "target" / "local")).resolve()
ENVIRONMENT = {**os.environ, "PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}"}


def run(*command, folder, **more):
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, text=True, capture_output=True, **more)
    return done.returncode, done.stdout, done.stderr


class Walk(unittest.TestCase):
    """A walk through docs/DEPLOY.md."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        status, jwk, why = run("vouchsafe", "keygen", "-o", "release.pem", folder=cls.folder)
        assert status == 0, why
        (cls.folder / "release.jwk").write_text(jwk, "utf-8")
        for version in ["0.1.0", "0.2.0"]:
            cls.make_release(version)
        walk = ROOT / "scripts" / "lib" / "tour.py"
        cls.status, cls.said, cls.why = run(
            sys.executable, walk, "walk", ROOT / "docs" / "DEPLOY.md", folder=cls.folder
        )

    @classmethod
    def make_release(cls, version):
        """A release of an image that is no image, by the code that makes real ones."""
        release = cls.folder / f"vouchsafe-{version}"
        release.mkdir()
        (release / "enclave.eif").write_text(f"image of {version}", "utf-8")
        pcrs = {f"PCR{index}": hashlib.sha384(f"{version} {index}".encode()).hexdigest() for index in range(3)}
        measured = {"Measurements": {"HashAlgorithm": "Sha384 { ... }", **pcrs}}
        (release / "measurements.json").write_text(json.dumps(measured), "utf-8")
        status, statement, why = run(
            sys.executable, ROOT / "scripts" / "lib" / "statement.py", "--release", version,
            "--security-version", "1", "--commit", "c0ffee",
            "--measurements", release / "measurements.json", release, folder=cls.folder,
        )  # fmt: skip
        assert status == 0, why
        (cls.folder / "statement.json").write_text(statement, "utf-8")
        status, _, why = run(
            "vouchsafe", "measurements", "sign", "--key", "release.pem",
            "--statement", "statement.json", "-o", release / "release.cose", folder=cls.folder,
        )  # fmt: skip
        assert status == 0, why
        status, sums, why = run("sh", "-c", "sha256sum -- *", folder=release)
        (release / "SHA256SUMS").write_text(sums, "utf-8")

    def read(self, name):
        return json.loads((self.folder / name).read_text("utf-8"))

    def test_every_command_of_the_page_ends_well(self):
        self.assertEqual(self.status, 0, self.said + self.why)
        self.assertEqual(self.said.count("no weakness found"), 3)
        self.assertEqual(self.said.count("signature verified, files verified"), 3)

    def test_the_policies_pin_what_the_release_says(self):
        pinned = self.read("measurements.json")["pcrs"]
        self.assertEqual(sorted(pinned), ["0", "1", "16", "2"])
        for name, number in [("data-key-policy.json", 1), ("root-key-policy.json", 1), ("both.json", 2)]:
            uses = [one for one in self.read(name)["Statement"] if one["Sid"].startswith("UseWhen")]
            self.assertEqual(len(uses), number, name)
            attested = [one["Condition"]["StringEqualsIgnoreCase"] for one in uses]
            self.assertIn(
                {f"kms:RecipientAttestation:PCR{index}": value for index, value in pinned.items()}, attested
            )

    def test_a_release_with_another_image_ends_the_walk_at_once(self):
        altered = self.folder / "vouchsafe-0.1.0" / "enclave.eif"
        whole = altered.read_text("utf-8")
        self.addCleanup(altered.write_text, whole, "utf-8")
        altered.write_text(whole + ".", "utf-8")
        verify = ["vouchsafe", "--json", "measurements", "verify", "--release", "vouchsafe-0.1.0"]
        status, _, why = run(*verify, "--authority", "release.jwk", folder=self.folder)
        self.assertEqual((status, json.loads(why)["error"]["code"]), (1, "release_file"))


class Pages(unittest.TestCase):
    """What the pages name is there."""

    def test_files_and_stack_parameters_that_the_pages_name_exist(self):
        for page in ["DEPLOY.md", "RECOVERY.md"]:
            text = (ROOT / "docs" / page).read_text("utf-8")
            named = set(re.findall(r"\b(?:deploy|tests|scripts)/[A-Za-z0-9_./-]*[A-Za-z0-9]", text))
            self.assertTrue(named)
            for path in named - {"deploy/canary.packaged.yaml"}:
                self.assertTrue((ROOT / path).exists(), f"{page}: {path}")

    def test_stack_parameters_on_the_page_are_those_of_the_templates(self):
        text = (ROOT / "docs" / "DEPLOY.md").read_text("utf-8")
        blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        commands = re.findall(r"aws cloudformation deploy (?:.*\\\n)*.*", "".join(blocks))
        self.assertEqual(len(commands), 5)
        for command in commands:
            file = re.search(r"--template-file (\S+)", command)[1]
            file = file.replace("canary.packaged.yaml", "deploy/canary.yaml")
            template = (ROOT / file).read_text("utf-8")
            overrides = command.split("--parameter-overrides", 1)[1]
            names = re.findall(r"(?:^|[\s'])([A-Z][A-Za-z0-9]+)=", overrides)
            self.assertTrue(names, command)
            for name in names:
                self.assertRegex(template, rf"(?m)^  {name}:$", file)

    def test_every_rule_and_alarm_is_on_the_page(self):
        text = (ROOT / "docs" / "DEPLOY.md").read_text("utf-8")
        for file in ["owner.yaml", "canary.yaml"]:
            template = (ROOT / "deploy" / file).read_text("utf-8")
            kinds = r"(?m)^  (\w+):\n    Type: AWS::(?:Events::Rule|CloudWatch::Alarm)$"
            for name in re.findall(kinds, template):
                self.assertTrue(name == "Schedule" or f"`{name}`" in text, name)


if __name__ == "__main__":
    unittest.main()
