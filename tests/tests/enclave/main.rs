//! The enclave image on an emulated Nitro machine, with a parent and a KMS before it.
//!
//! What the other whole-path tests show of a process is shown here of the image: its kernel,
//! Linux's driver of the security module, registers that the machine measured, and vsock. Run by
//! `scripts/test-enclave.sh`; skipped where emulator or images are not there. One test at a time,
//! since the image names one address for KMS.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod capacity;
mod changed;
mod guest;
mod life;
mod main_job;
mod refusals;
mod released;
mod upgrade;

use std::fs::File;

use serde_json::json;
use vouchsafe_common::{message::Item, record::DataKey};
use vouchsafe_tests::{
    Deployment, Options,
    deployment::{record, shown},
    images::{Images, Machine},
};

/// A value that no record holds by chance.
const SSN: &str = "078-05-1120";

/// A text that the program prints for `--help` alone: an image without it does the same.
const HARMLESS: &[u8] = b"The enclave in local mode";

/// The mock image and the right to deploy it, or nothing where it cannot be. Other runs wait for it too.
async fn turn() -> Option<(Machine, File)> {
    let machine = Machine::find()?;
    let lock = Images::find()?.folder("turn");
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::create(lock).unwrap();
        file.lock().unwrap();
        file
    });
    Some((machine, locked.await.unwrap()))
}

/// What a deployment of this image is made with.
fn options(machine: Machine) -> Options {
    Options {
        machine: Some(machine),
        ..Options::default()
    }
}

fn ssn(key: &DataKey) -> Item {
    record(key, "ssn", "17", SSN)
}

/// What is revealed of an item, or the error's code in angle brackets.
async fn reveal(deployment: &Deployment, item: Item) -> String {
    shown(&deployment.call("reveal", &json!({}), vec![item]).await[0])
}
