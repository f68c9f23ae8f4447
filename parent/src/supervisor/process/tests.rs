#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::supervisor::plan::Plan;
use crate::supervisor::policy::Slot;

fn launch(script: &str) -> Launch {
    let command = ["/bin/sh", "-c", script, "sh", "{slot}", "{cid}"];
    Launch {
        name: "one".to_owned(),
        slot: Slot(1),
        cid: 17,
        plan: Arc::new(Plan {
            eif: "image".into(),
            digest: [0; 32],
            cpu_count: 2,
            memory_mib: 512,
            debug: false,
            command: command.map(str::to_owned).to_vec(),
        }),
    }
}

async fn until_there(path: &Path) -> String {
    for _ in 0..1000 {
        match std::fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text,
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("{} did not appear", path.display());
}

fn is_gone(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
        .map_or(true, |stat| stat.contains(") Z "))
}

async fn until_gone(pid: &str) {
    for _ in 0..1000 {
        if is_gone(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("process {pid} still runs");
}

#[tokio::test]
async fn a_process_runs_is_listed_and_ends_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let (out, helper) = (folder.path().join("out"), folder.path().join("helper"));
    let processes = Processes::default();
    let script = format!(
        "sleep 600 & echo $! > {}; echo $1 $2 > {}; wait",
        helper.display(),
        out.display()
    );
    processes.run(&launch(&script)).await.unwrap();
    assert_eq!(until_there(&out).await, "1 17\n");
    let helper = until_there(&helper).await;
    let listed = processes.describe().await.unwrap();
    assert_eq!(
        (&*listed[0].name, listed[0].cid, listed.len()),
        ("one", 17, 1)
    );
    processes.terminate("one").await.unwrap();
    until_gone(&helper).await;
    assert_eq!(processes.describe().await.unwrap(), []);
    processes.terminate("one").await.unwrap();
}

#[tokio::test]
async fn a_process_that_ended_by_itself_is_no_longer_listed() {
    let processes = Processes::default();
    processes.run(&launch("exit 3")).await.unwrap();
    for _ in 0..1000 {
        if processes.describe().await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it is still listed");
}

#[tokio::test]
async fn a_process_that_ignores_sigterm_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let processes = Processes::default();
    let script = format!(
        "trap '' TERM; echo $$ > {}; while :; do sleep 600; done",
        pid.display()
    );
    processes.run(&launch(&script)).await.unwrap();
    let pid = until_there(&pid).await;
    processes.terminate("one").await.unwrap();
    until_gone(&pid).await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let mut launch = launch("");
    Arc::get_mut(&mut launch.plan).unwrap().command = vec!["/nowhere/qemu".to_owned()];
    let error = Processes::default().run(&launch).await.unwrap_err();
    assert_eq!(error.code(), "runner_unavailable");
    assert!(error.to_string().contains("/nowhere/qemu"));
}
