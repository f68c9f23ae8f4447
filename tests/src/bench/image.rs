//! The image on the emulated machine, beside the same build as a process of this one.
//!
//! QEMU translates the guest's instructions here, so these numbers say what the tests cost, and how
//! far the emulated vsock is from a Unix socket; they say nothing of Nitro.

use std::{
    fmt,
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::json;

use super::report::Spread;
use crate::{
    Deployment, Options,
    deployment::{call, shown, text},
    images::Machine,
};

/// Boots to take the median of.
const BOOTS: usize = 5;
/// Characters of each masked text: a request of 1 MiB, and a reply of 1 MiB.
const LENGTH: usize = 1024 * 1024;
/// Requests, one after the other.
const REQUESTS: usize = 16;

/// What the image costs.
#[derive(Clone, Debug, Serialize)]
pub struct ImageReport {
    /// Bytes of the image.
    pub eif_bytes: u64,
    /// MiB of the machine.
    pub memory_mib: u32,
    /// From the start of the machine until a call is answered that came as early as it could, ms.
    pub first_answer_ms: Spread,
    /// Of the enclave's own start, which is in it, what its console says, ms.
    pub enclave_ms: Spread,
    /// Of the RSA key, made meanwhile on the one processor, what its console says, ms.
    pub rsa_key_ms: Spread,
    /// Texts masked through parent and emulated vsock, MiB/s of requests.
    pub emulated_mib_s: f64,
    /// The same through parent and Unix socket to a process of this machine.
    pub process_mib_s: f64,
}

impl ImageReport {
    /// Measures; `None` with a message where image or emulator are not there.
    pub async fn measure() -> Option<Self> {
        let machine = Machine::find()?;
        let eif_bytes = std::fs::metadata(&machine.eif).unwrap().len();
        let memory_mib = machine.boot.memory_mib;
        let mut emulated = Deployment::with(Options {
            machine: Some(machine),
            ..Options::default()
        })
        .await;
        let emulated_mib_s = throughput(&emulated).await;
        let (mut first, mut own, mut rsa) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..BOOTS {
            emulated.enclave.kill();
            let begin = Instant::now();
            emulated.replace_enclave();
            answer_of_a_new_enclave(&emulated).await;
            first.push(begin.elapsed().as_secs_f64() * 1e3);
            let console = emulated.enclave.log();
            own.push(milliseconds(&console, "ready after "));
            rsa.push(milliseconds(&console, "its RSA key took "));
        }
        drop(emulated);
        let process = Deployment::start().await;
        Some(Self {
            eif_bytes,
            memory_mib,
            first_answer_ms: Spread::of(first),
            enclave_ms: Spread::of(own),
            rsa_key_ms: Spread::of(rsa),
            emulated_mib_s,
            process_mib_s: throughput(&process).await,
        })
    }
}

/// Attests and calls until it is answered.
async fn answer_of_a_new_enclave(deployment: &Deployment) {
    loop {
        let items = vec![text("t", "078-05-1120")];
        let call = call("mask", &json!({"keep_last": 4}), items);
        if let Ok(results) = deployment.client().call(call).await {
            assert_eq!(shown(&results[0]), "*******1120");
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The milliseconds that the console names behind some words.
fn milliseconds(console: &str, words: &str) -> f64 {
    let (_, behind) = console.split_once(words).unwrap();
    behind.split_once(" ms").unwrap().0.parse().unwrap()
}

async fn throughput(deployment: &Deployment) -> f64 {
    let value = "0123456789abcdef".repeat(LENGTH / 16);
    let client = deployment.client();
    let mask = || call("mask", &json!({"keep_last": 4}), vec![text("t", &value)]);
    client.call(mask()).await.unwrap();
    let begin = Instant::now();
    for _ in 0..REQUESTS {
        client.call(mask()).await.unwrap();
    }
    let mib = f64::from(u32::try_from(REQUESTS * LENGTH / (1024 * 1024)).unwrap());
    mib / begin.elapsed().as_secs_f64()
}

impl fmt::Display for ImageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spread = |of: Spread| format!("{:.0} ({:.0} to {:.0})", of.median, of.min, of.max);
        writeln!(
            f,
            "image of {:.1} MB in {} MiB of memory\n\
             start of the machine to first answer, ms: {}\n\
             of which the enclave's own start, ms: {}\n\
             meanwhile the RSA key, ms: {}\n\
             texts of 1 MiB masked, one after the other: {:.1} MiB/s over emulated vsock, \
             {:.1} MiB/s over a Unix socket",
            f64::from(u32::try_from(self.eif_bytes).unwrap()) / 1e6,
            self.memory_mib,
            spread(self.first_answer_ms),
            spread(self.enclave_ms),
            spread(self.rsa_key_ms),
            self.emulated_mib_s,
            self.process_mib_s
        )
    }
}
