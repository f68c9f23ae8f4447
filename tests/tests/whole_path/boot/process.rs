//! The process of an enclave that serves: no core dump, no new privileges, no swap, and its filter
//! on. That nobody may trace it either shows from inside only (`enclave/tests/process.rs`), and
//! what the filter does as well (`enclave/tests/filter.rs`).

use vouchsafe_tests::Deployment;

/// A file of `/proc/PID`.
fn proc(process: u32, file: &str) -> String {
    std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap()
}

/// The words after a name at the start of a line.
fn line<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}"))
        .split_whitespace()
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_dumps_no_core_and_gains_no_privileges() {
    let deployment = Deployment::start().await;
    let limits = proc(deployment.enclave.id(), "limits");
    assert_eq!(line(&limits, "Max core file size"), ["0", "0", "bytes"]);
    let status = proc(deployment.enclave.id(), "status");
    assert_eq!(line(&status, "NoNewPrivs:"), ["1"]);
    // The parent's shows that the enclave did it, and not the machine.
    let status = proc(deployment.parent.id(), "status");
    assert_eq!(line(&status, "NoNewPrivs:"), ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_locks_its_memory_or_says_that_it_could_not() {
    let deployment = Deployment::start().await;
    let status = proc(deployment.enclave.id(), "status");
    let locked = line(&status, "VmLck:")[0] != "0";
    let warned = deployment
        .enclave
        .log()
        .contains("MOCK: memory may be swapped out: cannot lock memory: ");
    assert_ne!(locked, warned, "{status}");
    if locked {
        let limits = proc(deployment.enclave.id(), "limits");
        let unlimited = ["unlimited", "unlimited", "bytes"];
        assert_eq!(line(&limits, "Max locked memory"), unlimited);
        assert_eq!(line(&status, "VmSwap:"), ["0", "kB"]);
    } else {
        println!("skipped in part: this machine lets nobody lock memory");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_thread_of_an_enclave_that_serves_is_under_its_filter() {
    let deployment = Deployment::start().await;
    let tasks = format!("/proc/{}/task", deployment.enclave.id());
    let threads = std::fs::read_dir(tasks).unwrap();
    let mut seen = 0;
    for thread in threads {
        let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        // 2 is a filter; two of them, over what the test's own surroundings may have.
        assert_eq!(line(&status, "Seccomp:"), ["2"]);
        seen += 1;
    }
    assert!(seen > 2, "{seen} threads");
    let filters = |process: u32| -> u32 {
        line(&proc(process, "status"), "Seccomp_filters:")[0]
            .parse()
            .unwrap()
    };
    assert_eq!(
        filters(deployment.enclave.id()),
        filters(deployment.parent.id()) + 2
    );
}
