"""The parent's package and its unit: what is in it, that it is the same bytes every time, and what
the unit leaves open. Needs dpkg-deb and what `scripts/build.sh release` made:

    python3 tests/deploy/package_test.py
"""

import configparser
import pathlib
import re
import shutil
import subprocess
import tempfile
import tomllib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy" / "vouchsafe-parent.service"
# systemd's own measure, 0 (closed) to 100. What is left is the network and two devices.
MOST_EXPOSURE = 25


def output(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


class Package(unittest.TestCase):
    """What `scripts/package.sh` makes."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.packages = [
            pathlib.Path(output("scripts/package.sh", cls.folder / name, cwd=ROOT).strip())
            for name in ["one", "two"]
        ]
        output("dpkg-deb", "--extract", cls.packages[0], cls.folder / "tree")

    def test_it_is_the_same_bytes_every_time(self):
        one, two = (package.read_bytes() for package in self.packages)
        self.assertGreater(len(one), 1_000_000)
        self.assertEqual(one, two)

    def test_it_holds_what_it_should_and_everything_is_roots(self):
        lines = output("dpkg-deb", "--contents", self.packages[0]).splitlines()
        self.assertEqual({line.split()[1] for line in lines}, {"root/root"})
        self.assertEqual({line[:10] for line in lines},
                         {"drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--"})  # fmt: skip
        files = sorted(line.split()[5] for line in lines if line.startswith("-"))
        self.assertEqual(files, [
            "./usr/bin/vouchsafe",
            "./usr/bin/vouchsafe-parent",
            "./usr/lib/systemd/system/vouchsafe-parent.service",
            "./usr/share/doc/vouchsafe/DEPLOY.md",
            "./usr/share/doc/vouchsafe/RECOVERY.md",
            "./usr/share/doc/vouchsafe/copyright",
            "./usr/share/doc/vouchsafe/examples/allocator.yaml",
            "./usr/share/doc/vouchsafe/examples/parent.toml",
        ])  # fmt: skip

    def test_it_says_which_version_it_is_and_its_programs_start(self):
        said = output("dpkg-deb", "--field", self.packages[0], "Version").strip()
        workspace = tomllib.loads((ROOT / "Cargo.toml").read_text("utf-8"))["workspace"]["package"]
        self.assertEqual(said, workspace["version"])
        program = self.folder / "tree/usr/bin/vouchsafe"
        self.assertEqual(output(program, "--version").strip(), f"vouchsafe {said}")
        output(self.folder / "tree/usr/bin/vouchsafe-parent", "--help")


class Unit(unittest.TestCase):
    """The unit of systemd."""

    def setUp(self):
        # A unit repeats names; the last counts here, and systemd reads them all.
        self.parser = configparser.RawConfigParser(strict=False)
        self.parser.optionxform = str
        self.parser.read(UNIT, "utf-8")

    def test_it_runs_what_the_package_installs_as_nobody_in_particular(self):
        service = self.parser["Service"]
        self.assertEqual(
            service["ExecStart"], "/usr/bin/vouchsafe-parent --config /etc/vouchsafe/parent.toml"
        )
        wanted = {"DynamicUser": "yes", "ProtectSystem": "strict", "NoNewPrivileges": "yes",
                  "CapabilityBoundingSet": "", "DevicePolicy": "closed", "MemoryDenyWriteExecute": "yes",
                  "ProtectHome": "yes", "LimitCORE": "0"}  # fmt: skip
        self.assertEqual({name: service[name] for name in wanted}, wanted)

    def test_it_stops_later_than_the_parent_drains_and_ends_its_enclave(self):
        example = tomllib.loads((ROOT / "parent" / "example.toml").read_text("utf-8"))
        driver = (ROOT / "parent/src/supervisor/driver.rs").read_text("utf-8")
        ending = re.search(r"STOP_PATIENCE: Duration = Duration::from_secs\((\d+)\)", driver)
        stop_ms = 1000 * int(self.parser["Service"]["TimeoutStopSec"])
        self.assertGreater(stop_ms, example["limits"]["drain_ms"] + 1000 * int(ending[1]))

    def test_an_enclave_outlives_a_parent_that_crashes_and_a_reload_replaces_it(self):
        service = self.parser["Service"]
        self.assertEqual(service["KillMode"], "process")
        self.assertEqual(service["Restart"], "always")
        self.assertEqual(service["ExecReload"], "/bin/kill -HUP $MAINPID")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not here")
    def test_systemd_reads_it_and_finds_little_exposed(self):
        with tempfile.TemporaryDirectory() as folder:
            # The allocator and the program are on an instance only.
            text = UNIT.read_text("utf-8").replace("nitro-enclaves-allocator.service", "")
            text = re.sub(r"(?m)^Requires=\n", "", text)
            text = re.sub(r"(?m)^(ExecStart=)\S+", r"\1/bin/true", text)
            here = pathlib.Path(folder) / UNIT.name
            here.write_text(text, "utf-8")
            done = subprocess.run(["systemd-analyze", "verify", here], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            command = ["systemd-analyze", "security", "--offline=yes", "--no-pager",
                       f"--threshold={MOST_EXPOSURE}", here]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
