//! A stand-in for `nitro-cli` that writes its arguments down and prints what a test gave it. The
//! answers have the shape that version 1.5.2 prints, its types serialised.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::supervisor::plan::Plan;
use crate::supervisor::policy::Slot;
use crate::supervisor::tool::MAX_OUTPUT_BYTES;

const NAME: &str = "vouchsafe-00000000000000aa-1";

const RAN: &str = r#"{
  "EnclaveName": "vouchsafe-00000000000000aa-1",
  "EnclaveID": "i-0123456789abcdef0-enc18a2b3c4d5e6f70",
  "ProcessID": 4711,
  "EnclaveCID": 17,
  "NumberOfCPUs": 2,
  "CPUIDs": [
    1,
    3
  ],
  "MemoryMiB": 512
}"#;

const DESCRIBED: &str = r#"[
  {
    "EnclaveName": "vouchsafe-00000000000000aa-1",
    "EnclaveID": "i-0123456789abcdef0-enc18a2b3c4d5e6f70",
    "ProcessID": 4711,
    "EnclaveCID": 17,
    "NumberOfCPUs": 2,
    "CPUIDs": [
      1,
      3
    ],
    "MemoryMiB": 512,
    "State": "RUNNING",
    "Flags": "NONE",
    "Measurements": {
      "HashAlgorithm": "Sha384 { ... }",
      "PCR0": "0f",
      "PCR1": "1f",
      "PCR2": "2f"
    }
  },
  {
    "EnclaveID": "i-0123456789abcdef0-enc18a2b3c4d5e6f71",
    "ProcessID": 4712,
    "EnclaveCID": 18,
    "NumberOfCPUs": 2,
    "CPUIDs": [],
    "MemoryMiB": 512,
    "State": "TERMINATING",
    "Flags": "DEBUG_MODE"
  }
]"#;

const TERMINATED: &str = r#"{
  "EnclaveName": "vouchsafe-00000000000000aa-1",
  "EnclaveID": "i-0123456789abcdef0-enc18a2b3c4d5e6f70",
  "Terminated": true
}"#;

/// A folder with an executable that stands in for the command.
struct Fake {
    folder: tempfile::TempDir,
}

impl Fake {
    /// One that runs `script` after it has written its arguments down, one a line.
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (text, program) = (folder.path().join("text"), folder.path().join("nitro-cli"));
        let written = format!(
            "#!/bin/sh\nfolder={}\nprintf '%s\\n' \"$@\" >> $folder/arguments\n{script}\n",
            folder.path().display()
        );
        std::fs::write(&text, written).unwrap();
        // Written by another process: what this one has open for writing, a process that another
        // thread starts has for a moment too, and the system runs no file that is written to.
        let mut install = std::process::Command::new("install");
        let installed = install.args(["-m", "700"]).args([&text, &program]).status();
        assert!(installed.unwrap().success());
        Self { folder }
    }

    /// One that prints `answer`.
    fn printing(answer: &str) -> Self {
        let fake = Self::new("cat $folder/answer");
        std::fs::write(fake.folder.path().join("answer"), answer).unwrap();
        fake
    }

    fn command(&self) -> NitroCli {
        NitroCli::new(
            self.folder.path().join("nitro-cli"),
            Duration::from_secs(20),
        )
    }

    fn arguments(&self) -> Vec<String> {
        let written = std::fs::read_to_string(self.folder.path().join("arguments")).unwrap();
        written.lines().map(str::to_owned).collect()
    }
}

fn launch(debug: bool) -> Launch {
    Launch {
        name: NAME.to_owned(),
        slot: Slot(1),
        cid: 17,
        plan: Arc::new(Plan {
            eif: "/var/lib/vouchsafe/an image.eif".into(),
            digest: [0; 32],
            cpu_count: 2,
            memory_mib: 512,
            debug,
            command: Vec::new(),
        }),
    }
}

#[tokio::test]
async fn an_enclave_is_run_with_exactly_these_arguments() {
    let fake = Fake::printing(RAN);
    fake.command().run(&launch(false)).await.unwrap();
    let expected = [
        "run-enclave",
        "--cpu-count",
        "2",
        "--memory",
        "512",
        "--eif-path",
        "/var/lib/vouchsafe/an image.eif",
        "--enclave-cid",
        "17",
        "--enclave-name",
        NAME,
    ];
    assert_eq!(fake.arguments(), expected);
    let fake = Fake::printing(RAN);
    fake.command().run(&launch(true)).await.unwrap();
    assert_eq!(fake.arguments()[..11], expected);
    assert_eq!(fake.arguments()[11..], ["--debug-mode"]);
}

#[tokio::test]
async fn enclaves_are_listed_with_and_without_a_name() {
    let fake = Fake::printing(DESCRIBED);
    let ours = Running {
        name: NAME.to_owned(),
        cid: 17,
        running: true,
        debug: false,
    };
    let other = Running {
        name: String::new(),
        cid: 18,
        running: false,
        debug: true,
    };
    assert_eq!(fake.command().describe().await.unwrap(), [ours, other]);
    assert_eq!(fake.arguments(), ["describe-enclaves"]);
    assert_eq!(
        Fake::printing("[]\n").command().describe().await.unwrap(),
        []
    );
}

#[tokio::test]
async fn an_enclave_is_terminated_by_its_name() {
    let fake = Fake::printing(TERMINATED);
    fake.command().terminate(NAME).await.unwrap();
    let expected = ["terminate-enclave", "--enclave-name", NAME];
    assert_eq!(fake.arguments(), expected);
}

#[tokio::test]
async fn a_console_is_read_to_its_end_whatever_it_says() {
    let fake = Fake::new("head -c 3000000 /dev/zero; printf '\\n\\377\\n'; echo x >&2");
    fake.command().console(NAME).await;
    let expected = ["console", "--enclave-name", NAME];
    assert_eq!(fake.arguments(), expected);
}

#[tokio::test]
async fn to_terminate_what_is_gone_is_a_success_and_what_is_listed_still_is_not() {
    let refusal = "[ $1 = describe-enclaves ] || { echo '[ E58 ] Naming error.' >&2; exit 58; }";
    let gone = Fake::new(&format!("{refusal}; echo '[]'"));
    gone.command().terminate(NAME).await.unwrap();
    let there = Fake::new(&format!("{refusal}; cat $folder/answer"));
    std::fs::write(there.folder.path().join("answer"), DESCRIBED).unwrap();
    let error = there.command().terminate(NAME).await.unwrap_err();
    assert_eq!((error.code(), error.cause()), ("runner_failed", Some(58)));
}

#[tokio::test]
async fn a_failure_is_told_by_its_first_cause_and_with_what_to_do() {
    let script = "echo 'Start allocating memory...' >&2; echo '[ E27 ] Insufficient memory' >&2; \
                  echo 'Failed connections: 1' >&2; echo '[ E39 ] Enclave process' >&2; exit 39";
    let error = Fake::new(script)
        .command()
        .run(&launch(false))
        .await
        .unwrap_err();
    assert!(matches!(error, RunnerError::Failed { exit: Some(39), .. }));
    assert_eq!((error.code(), error.cause()), ("runner_failed", Some(27)));
    assert!(error.advice().contains("memory"), "{}", error.advice());
    assert!(!format!("{error}{error:?}").contains("Insufficient"));
}

#[tokio::test]
async fn a_program_that_is_not_there_or_no_program_is_named() {
    let command = NitroCli::new("/nowhere/nitro-cli".into(), Duration::from_secs(1));
    let error = command.describe().await.unwrap_err();
    assert_eq!(error.code(), "runner_unavailable");
    assert!(error.to_string().contains("/nowhere/nitro-cli"));
    let command = NitroCli::new(Path::new("/").to_owned(), Duration::from_secs(1));
    assert_eq!(
        command.describe().await.unwrap_err().code(),
        "runner_unavailable"
    );
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_at_its_deadline() {
    let fake = Fake::new("echo $$ > $folder/pid; exec sleep 600");
    let command = NitroCli::new(
        fake.folder.path().join("nitro-cli"),
        Duration::from_millis(300),
    );
    assert_eq!(
        command.run(&launch(false)).await.unwrap_err().code(),
        "runner_late"
    );
    let pid = std::fs::read_to_string(fake.folder.path().join("pid")).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    for _ in 0..1000 {
        // Gone, or dead and not yet waited for.
        match std::fs::read_to_string(&stat) {
            Ok(line) if !line.contains(") Z ") => tokio::task::yield_now().await,
            _ => return,
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("process {pid} still runs");
}

#[tokio::test]
async fn output_without_end_takes_bounded_memory_and_is_refused() {
    for stream in ["", ">&2"] {
        let fake = Fake::new(&format!("yes {stream}"));
        let error = fake.command().describe().await.unwrap_err();
        assert!(matches!(
            error,
            RunnerError::TooLong {
                limit: MAX_OUTPUT_BYTES
            }
        ));
    }
}

#[tokio::test]
async fn an_enclave_process_that_keeps_the_pipes_holds_nothing_up() {
    let fake = Fake::new("cat $folder/answer; sleep 600 & echo $! > $folder/pid");
    std::fs::write(fake.folder.path().join("answer"), RAN).unwrap();
    let ran = fake.command().run(&launch(false)).await;
    let pid = std::fs::read_to_string(fake.folder.path().join("pid")).unwrap();
    std::process::Command::new("kill")
        .arg(pid.trim())
        .status()
        .unwrap();
    ran.unwrap();
}

#[tokio::test]
async fn an_answer_about_another_enclave_or_in_another_shape_is_refused() {
    for (part, other) in [
        ("\"EnclaveCID\": 17", "\"EnclaveCID\": 16"),
        ("\"EnclaveCID\": 17", "\"EnclaveCID\": -17"),
        ("\"EnclaveCID\": 17", "\"EnclaveCID\": \"17\""),
        ("\"EnclaveCID\": 17,", ""),
        ("00aa-1", "00aa-1_1"),
        ("{", "[{"),
        ("}", "} {}"),
        (RAN, ""),
        (RAN, "null"),
    ] {
        let answer = RAN.replacen(part, other, 1);
        let error = Fake::printing(&answer).command().run(&launch(false)).await;
        assert_eq!(error.unwrap_err().code(), "runner_bad_answer", "{answer}");
    }
    let not_all = TERMINATED.replace("true", "false");
    let error = Fake::printing(&not_all).command().terminate(NAME).await;
    assert_eq!(error.unwrap_err().code(), "runner_bad_answer");
    let beyond = DESCRIBED.replace("\"EnclaveCID\": 18", "\"EnclaveCID\": 4294967296");
    let error = Fake::printing(&beyond).command().describe().await;
    assert_eq!(error.unwrap_err().code(), "runner_bad_answer");
}

#[test]
fn an_answer_cut_at_any_length_is_refused() {
    for cut in 0..RAN.len() {
        assert!(serde_json::from_str::<Ran>(&RAN[..cut]).is_err(), "{cut}");
    }
    for cut in 0..DESCRIBED.len() {
        let described = serde_json::from_str::<Vec<Described>>(&DESCRIBED[..cut]);
        assert!(described.is_err(), "{cut}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_answers_never_panic(text in "[\\[\\]{}\":,0-9EnclaveCIDSt ]{0,80}") {
        let _ran = serde_json::from_str::<Ran>(&text);
        let _described = serde_json::from_str::<Vec<Described>>(&text);
    }
}
