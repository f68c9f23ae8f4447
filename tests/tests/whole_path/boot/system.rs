//! A kernel that is not as an enclave needs it: one file of four is wrong or missing.

use std::{fs, path::PathBuf};

use vouchsafe_tests::Deployment;

const ENTROPY_SOURCE: &str = "sys/devices/virtual/misc/hw_random/rng_current";
const CLOCK_SOURCE: &str = "sys/devices/system/clocksource/clocksource0/current_clocksource";
const KERNEL_RELEASE: &str = "proc/sys/kernel/osrelease";
const COMMAND_LINE: &str = "proc/cmdline";

fn path(deployment: &Deployment, file: &str) -> PathBuf {
    deployment.state().join("system").join(file)
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_system_with_one_wrong_file_an_enclave_does_not_start_and_names_it() {
    let mut deployment = Deployment::start().await;
    let seeds = "reboot=k random.trust_cpu=off random.trust_bootloader=off\n";
    for (file, text, why) in [
        (
            ENTROPY_SOURCE,
            "virtio_rng.0\n",
            "/sys/devices/virtual/misc/hw_random/rng_current says \"virtio_rng.0\", \
             expected \"nsm-hwrng\" (entropy_source)",
        ),
        (
            CLOCK_SOURCE,
            "hpet\n",
            "/sys/devices/system/clocksource/clocksource0/current_clocksource says \"hpet\", \
             expected kvm-clock or tsc or tsc-early or \
             refined-jiffies (clock_source)",
        ),
        (
            KERNEL_RELEASE,
            "5.17.11-200.fc36.x86_64\n",
            "kernel 5.17.11 is older than 5.17.12 (kernel_too_old)",
        ),
        (
            KERNEL_RELEASE,
            "six\n",
            "/proc/sys/kernel/osrelease says \"six\", which is no version of a kernel \
             (kernel_version)",
        ),
        (
            COMMAND_LINE,
            &seeds.replace("trust_cpu=off", "trust_cpu=on"),
            "/proc/cmdline does not say random.trust_cpu=off, or says otherwise too (seed_trusted)",
        ),
        (
            COMMAND_LINE,
            "random.trust_cpu=off\n",
            "/proc/cmdline does not say random.trust_bootloader=off, or says otherwise too \
             (seed_trusted)",
        ),
        (
            COMMAND_LINE,
            &"x".repeat(4097),
            "/proc/cmdline is over 4096 bytes (system_file_too_long)",
        ),
    ] {
        let path = path(&deployment, file);
        let good = fs::read(&path).unwrap();
        fs::write(&path, text).unwrap();
        deployment.replace_enclave();
        deployment.assert_refused_to_start(&format!("system: {why}"));
        fs::write(&path, good).unwrap();
    }
    // What was wrong was the file and nothing else.
    deployment.restart_enclave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_system_with_one_file_missing_an_enclave_does_not_start_and_names_it() {
    let mut deployment = Deployment::start().await;
    for file in [ENTROPY_SOURCE, CLOCK_SOURCE, KERNEL_RELEASE, COMMAND_LINE] {
        let path = path(&deployment, file);
        let good = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        deployment.replace_enclave();
        let why = format!("system: cannot read /{file}: entity not found (system_file_unreadable)");
        deployment.assert_refused_to_start(&why);
        fs::write(&path, good).unwrap();
    }
    deployment.restart_enclave().await;
}
