//! The parent that starts its enclaves itself, with processes and with a stand-in for `nitro-cli`.
//!
//! An enclave is a shell script that waits; what answers at its socket is a [`FakeEnclave`] of the
//! test's, so that the test says when it is ready, dies or is slow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use vouchsafe_parent::supervisor::settings::Supervision;
use vouchsafe_parent::{Config, Parent};

use crate::enclave::{FakeEnclave, Manner, sealed};
use crate::support::{Client, TestParent, configuration, eventually};

/// A supervised parent and what it has started.
struct Supervised {
    parent: TestParent,
    reload: tokio::sync::mpsc::Sender<Supervision>,
    folder: PathBuf,
}

/// The table `[supervisor]` with an image of this content; scripts write their process id down.
fn table(folder: &Path, image: &str, more: &str) -> String {
    let eif = folder.join(format!("{image}.eif"));
    std::fs::write(&eif, image).unwrap();
    let folder = folder.display();
    format!(
        "[supervisor]\nrunner = \"command\"\neif = \"{}\"\n\
         command = [\"/bin/sh\", \"-c\", \"echo $$ > {folder}/started{{slot}}; exec sleep 600\"]\n\
         address = \"unix:{folder}/enclave{{slot}}\"\nbackoff_min_ms = 1\n{more}\n",
        eif.display()
    )
}

impl Supervised {
    async fn start(more: &str) -> Self {
        let (folder, text) = configuration(0, "", "");
        let text = format!("{text}{}", table(folder.path(), "old", more));
        Self::with(folder, &text).await
    }

    async fn with(folder: TempDir, text: &str) -> Self {
        let parent = Parent::bind(Config::parse(text).unwrap()).await.unwrap();
        let reload = parent.reload().unwrap();
        let path = folder.path().to_owned();
        Self {
            parent: TestParent::of(parent, folder),
            reload,
            folder: path,
        }
    }

    /// With an enclave that serves in slot 0.
    async fn serving(more: &str) -> (Self, FakeEnclave) {
        let this = Self::start(more).await;
        let enclave = this.answer(0, 1).await;
        this.parent.until_ready(true).await;
        (this, enclave)
    }

    /// Waits until the process of a slot was started, and lets it answer.
    async fn answer(&self, slot: u8, seed: u8) -> FakeEnclave {
        self.until_started(slot).await;
        FakeEnclave::start(&self.folder.join(format!("enclave{slot}")), seed)
    }

    /// The process id in a slot, once it was started.
    async fn until_started(&self, slot: u8) -> String {
        let path = self.folder.join(format!("started{slot}"));
        let written = || std::fs::read_to_string(&path).is_ok_and(|pid| pid.ends_with('\n'));
        eventually(async || written()).await;
        std::fs::read_to_string(path).unwrap().trim().to_owned()
    }

    async fn until_state(&self, state: &str) {
        let name = format!("vouchsafe_supervisor_state{{state=\"{state}\"}}");
        eventually(async || self.parent.metric(&name).await == 1).await;
    }

    async fn wish(&self, image: &str, more: &str) {
        self.wish_for(&table(&self.folder, image, more)).await;
    }

    async fn wish_for(&self, table: &str) {
        let text = format!("trust_anchor = \"a\"\nbundle = \"b\"\n{table}");
        let settings = Config::parse(&text).unwrap().supervisor.unwrap();
        self.reload.send(settings).await.unwrap();
    }
}

fn kill(pid: &str) {
    let killed = std::process::Command::new("kill")
        .args(["-KILL", pid])
        .status();
    assert!(killed.unwrap().success());
}

/// Whether a process is there and not only waiting to be noticed as dead.
fn lives(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn an_enclave_is_started_found_ready_and_ended_with_the_parent() {
    let supervised = Supervised::start("").await;
    let pid = supervised.until_started(0).await;
    let unready = supervised.parent.get("/readyz").await;
    assert_eq!(unready.code(), (503, "enclave_unavailable".into()));
    supervised.until_state("starting").await;
    let enclave = supervised.answer(0, 1).await;
    supervised.parent.until_ready(true).await;
    supervised.until_state("serving").await;
    let body = sealed(enclave.keys.key_id, b"hello");
    assert_eq!(supervised.parent.process(&body).await.status, 200);
    assert!(lives(&pid));
    let _folder = supervised.parent.stop().await;
    assert!(!lives(&pid));
}

#[tokio::test]
async fn an_enclave_that_dies_is_started_again_and_readiness_follows() {
    let (supervised, enclave) = Supervised::serving("").await;
    kill(&supervised.until_started(0).await);
    drop(enclave);
    supervised.parent.until_ready(false).await;
    let _next = supervised.answer(1, 2).await;
    supervised.parent.until_ready(true).await;
    let parent = &supervised.parent;
    assert_eq!(parent.metric("vouchsafe_enclave_failures_total").await, 1);
    assert_eq!(parent.metric("vouchsafe_enclave_starts_total").await, 2);
}

#[tokio::test]
async fn an_enclave_that_does_not_answer_in_time_is_ended_and_started_again() {
    let supervised = Supervised::start("ready_timeout_ms = 300").await;
    let first = supervised.until_started(0).await;
    supervised.until_started(1).await;
    eventually(async || !lives(&first)).await;
}

#[tokio::test]
async fn an_enclave_that_keeps_dying_is_said_to_fail_and_still_comes_up_later() {
    let (folder, text) = configuration(0, "", "");
    let limits = "give_up_after = 2\nbackoff_max_ms = 50";
    // Without the file that says so, the command fails at once.
    let table = table(folder.path(), "old", limits).replace(
        "exec sleep",
        &format!(
            "[ -e {}/may ] || exit 1; exec sleep",
            folder.path().display()
        ),
    );
    let supervised = Supervised::with(folder, &format!("{text}{table}")).await;
    supervised.until_state("failing").await;
    std::fs::write(supervised.folder.join("may"), "").unwrap();
    let mut enclaves = BTreeMap::new();
    for slot in 0..4 {
        let socket = supervised.folder.join(format!("enclave{slot}"));
        enclaves.insert(slot, FakeEnclave::start(&socket, 1 + slot));
    }
    supervised.until_state("serving").await;
}

#[tokio::test]
async fn an_upgrade_under_load_fails_no_request_and_ends_the_old_enclave_last() {
    let (supervised, old) = Supervised::serving("drain_ms = 300").await;
    let old_pid = supervised.until_started(0).await;
    old.behave(Manner::Late(Duration::from_millis(20)));
    let address = supervised.parent.address;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    // A caller as the protocol wants it: attests when it is told that its key is unknown.
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (stopped, first) = (stopped.clone(), old.keys.key_id);
        callers.spawn(async move {
            let mut client = Client::connect(address).await;
            let (mut key, mut served, mut renewed) = (first, 0, 0);
            while !*stopped.borrow() {
                let answer = client.process(&sealed(key, b"hello")).await;
                match answer.status {
                    200 => served += 1,
                    421 => {
                        renewed += 1;
                        key = client.attest().await;
                    }
                    other => panic!("{other}: {answer:?}"),
                }
            }
            (served, renewed)
        });
    }
    supervised.wish("new", "drain_ms = 300").await;
    let new = supervised.answer(1, 2).await;
    supervised.until_state("upgrading").await;
    supervised.until_state("serving").await;
    eventually(async || new.requests() > 8).await;
    stop.send(true).unwrap();
    while let Some(caller) = callers.join_next().await {
        let (served, renewed) = caller.unwrap();
        assert!(served > 0);
        assert_eq!(renewed, 1);
    }
    assert!(!lives(&old_pid));
    let parent = &supervised.parent;
    assert_eq!(parent.metric("vouchsafe_upgrades_total").await, 1);
    assert_eq!(
        parent.metric("vouchsafe_upgrades_rolled_back_total").await,
        0
    );
    assert_eq!(parent.metric("vouchsafe_enclave_failures_total").await, 0);
}

#[tokio::test]
async fn while_the_old_enclave_drains_new_callers_get_the_new_one_and_sessions_stay() {
    let (supervised, old) = Supervised::serving("drain_ms = 3600000").await;
    supervised.wish("new", "").await;
    let new = supervised.answer(1, 2).await;
    let upgraded = || supervised.parent.metric("vouchsafe_upgrades_total");
    eventually(async || upgraded().await == 1).await;
    for _ in 0..4 {
        let mut client = supervised.parent.connect().await;
        assert_eq!(client.attest().await, new.keys.key_id);
    }
    let body = sealed(old.keys.key_id, b"a session of before");
    assert_eq!(supervised.parent.process(&body).await.status, 200);
    assert_eq!(old.requests(), 1);
}

#[tokio::test]
async fn a_new_enclave_that_fails_changes_nothing_for_callers() {
    let (supervised, old) = Supervised::serving("ready_timeout_ms = 300").await;
    supervised.wish("new", "").await;
    let new_pid = supervised.until_started(1).await;
    let rolled_back = || {
        supervised
            .parent
            .metric("vouchsafe_upgrades_rolled_back_total")
    };
    eventually(async || rolled_back().await == 1).await;
    eventually(async || !lives(&new_pid)).await;
    supervised.until_state("serving").await;
    let body = sealed(old.keys.key_id, b"hello");
    assert_eq!(supervised.parent.process(&body).await.status, 200);
    assert_eq!(
        supervised.parent.metric("vouchsafe_upgrades_total").await,
        0
    );
}

#[tokio::test]
async fn settings_that_name_the_same_image_or_none_that_is_there_start_nothing() {
    let (supervised, _old) = Supervised::serving("").await;
    supervised.wish("old", "give_up_after = 7").await;
    let missing = table(&supervised.folder, "missing", "");
    std::fs::remove_file(supervised.folder.join("missing.eif")).unwrap();
    supervised.wish_for(&missing).await;
    // What comes after them shows that they have been looked at.
    supervised.wish("new", "").await;
    let _new = supervised.answer(1, 2).await;
    let upgraded = || supervised.parent.metric("vouchsafe_upgrades_total");
    eventually(async || upgraded().await == 1).await;
    let starts = supervised
        .parent
        .metric("vouchsafe_enclave_starts_total")
        .await;
    assert_eq!(starts, 2);
}

#[tokio::test]
async fn without_the_image_the_parent_does_not_start() {
    let (folder, text) = configuration(0, "", "");
    let text = format!("{text}{}", table(folder.path(), "old", ""));
    std::fs::remove_file(folder.path().join("old.eif")).unwrap();
    let error = Parent::bind(Config::parse(&text).unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "image_unreadable");
}

/// A stand-in for `nitro-cli` that keeps one file for each enclave.
const NITRO_CLI: &str = r#"#!/bin/sh
echo "$*" >> FOLDER/calls
command=$1; shift
while [ $# -gt 0 ]; do
    case $1 in
        --enclave-name) name=$2; shift ;;
        --enclave-cid) cid=$2; shift ;;
    esac
    shift
done
case $command in
    run-enclave)
        echo $cid > FOLDER/enclaves/$name
        echo "{\"EnclaveName\":\"$name\",\"EnclaveID\":\"i-0-enc$cid\",\"EnclaveCID\":$cid}" ;;
    describe-enclaves)
        separator=
        echo '['
        for file in FOLDER/enclaves/*; do
            [ -e $file ] || continue
            echo "$separator{\"EnclaveName\":\"${file##*/}\",\"EnclaveID\":\"i-0-enc\",
                \"EnclaveCID\":$(cat $file),\"State\":\"RUNNING\",\"Flags\":\"NONE\"}"
            separator=,
        done
        echo ']' ;;
    terminate-enclave)
        rm FOLDER/enclaves/$name && echo '{"EnclaveID":"i-0-enc","Terminated":true}' ;;
esac
"#;

struct NitroCli {
    folder: PathBuf,
}

impl NitroCli {
    /// Writes the program; and the parent's configuration with it.
    fn new() -> (Self, TempDir, String) {
        let (folder, text) = configuration(0, "", "");
        let path = folder.path().to_owned();
        std::fs::create_dir(path.join("enclaves")).unwrap();
        std::fs::write(path.join("image.eif"), "image").unwrap();
        let program = path.join("nitro-cli");
        let (text_of_it, script) = (
            path.join("text"),
            NITRO_CLI.replace("FOLDER", &path.display().to_string()),
        );
        std::fs::write(&text_of_it, script).unwrap();
        // Written by another process: a file that is open for writing anywhere is not run.
        let mut install = std::process::Command::new("install");
        let installed = install
            .args(["-m", "700"])
            .args([&text_of_it, &program])
            .status();
        assert!(installed.unwrap().success());
        let text = format!(
            "{text}[supervisor]\neif = \"{}\"\nnitro_cli = \"{}\"\nbackoff_min_ms = 1\n",
            path.join("image.eif").display(),
            program.display()
        );
        (Self { folder: path }, folder, text)
    }

    fn is_running(&self, name: &str) -> bool {
        self.folder.join("enclaves").join(name).exists()
    }

    fn runs(&self, name: &str, cid: u32) {
        let path = self.folder.join("enclaves").join(name);
        std::fs::write(path, format!("{cid}\n")).unwrap();
    }

    fn calls(&self, command: &str) -> usize {
        let calls = std::fs::read_to_string(self.folder.join("calls")).unwrap_or_default();
        calls
            .lines()
            .filter(|call| call.starts_with(command))
            .count()
    }
}

/// SHA-256 of "image" begins so.
const IMAGE: &str = "vouchsafe-6105d6cc76af4003-";

#[tokio::test]
async fn with_nitro_cli_an_enclave_that_vanishes_is_started_anew_and_the_end_terminates_it() {
    let (nitro_cli, folder, text) = NitroCli::new();
    let supervised = Supervised::with(folder, &text).await;
    let first = format!("{IMAGE}0");
    eventually(async || nitro_cli.is_running(&first)).await;
    std::fs::remove_file(nitro_cli.folder.join("enclaves").join(&first)).unwrap();
    let second = format!("{IMAGE}1");
    eventually(async || nitro_cli.is_running(&second)).await;
    let _folder = supervised.parent.stop().await;
    assert!(!nitro_cli.is_running(&second));
}

#[tokio::test]
async fn an_enclave_of_an_earlier_parent_is_taken_over_and_what_does_not_fit_is_ended() {
    let (nitro_cli, folder, text) = NitroCli::new();
    let (fits, older, another) = (
        format!("{IMAGE}2"),
        "vouchsafe-00000000000000aa-1",
        "another",
    );
    nitro_cli.runs(&fits, 18);
    nitro_cli.runs(older, 17);
    nitro_cli.runs(another, 19);
    let supervised = Supervised::with(folder, &text).await;
    eventually(async || !nitro_cli.is_running(older)).await;
    supervised.until_state("starting").await;
    assert!(nitro_cli.is_running(&fits));
    assert_eq!(nitro_cli.calls("run-enclave"), 0);
    let _folder = supervised.parent.stop().await;
    assert!(!nitro_cli.is_running(&fits));
    assert!(nitro_cli.is_running(another));
}

/// Whether somebody still reads the image that is written slowly.
fn slow_is_open(folder: &Path) -> bool {
    let sender = tokio::net::unix::pipe::OpenOptions::new().open_sender(folder.join("slow.eif"));
    sender.is_ok()
}

#[tokio::test]
async fn settings_that_were_read_slowly_do_not_come_in_after_those_that_followed() {
    let (supervised, _old) = Supervised::serving("drain_ms = 0").await;
    let folder = supervised.folder.display();
    let telling = |table: &str| {
        table.replace(
            "echo $$",
            &format!("echo {{eif}} > {folder}/image{{slot}}; echo $$"),
        )
    };
    // Whoever reads this image waits for somebody to write it.
    let slow = supervised.folder.join("slow.eif");
    let table_of_slow = telling(&table(&supervised.folder, "slow", ""));
    std::fs::remove_file(&slow).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&slow).status();
    assert!(made.unwrap().success());
    supervised.wish_for(&table_of_slow).await;
    let open = move || std::fs::OpenOptions::new().write(true).open(slow);
    let being_read = tokio::task::spawn_blocking(open).await.unwrap().unwrap();
    let newest = telling(&table(&supervised.folder, "newest", ""));
    supervised.wish_for(&newest).await;
    let _newest = supervised.answer(1, 2).await;
    eventually(async || supervised.parent.metric("vouchsafe_upgrades_total").await == 1).await;

    // Nothing is left of this change that the next one would wait for.
    let old = supervised.until_started(0).await;
    eventually(async || !lives(&old)).await;
    drop(being_read);
    // Whoever still read it has what it read before the next settings come.
    eventually(async || !slow_is_open(&supervised.folder)).await;
    supervised
        .wish_for(&telling(&table(&supervised.folder, "last", "")))
        .await;
    let _last = supervised.answer(2, 3).await;
    eventually(async || supervised.parent.metric("vouchsafe_upgrades_total").await == 2).await;
    let image = std::fs::read_to_string(supervised.folder.join("image2")).unwrap();
    assert_eq!(
        Path::new(image.trim()).file_name(),
        Some("last.eif".as_ref())
    );
}
