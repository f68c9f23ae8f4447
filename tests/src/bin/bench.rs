//! Measures a deployment: `scripts/bench.sh`, which builds what this needs and starts it.

use std::{fmt::Display, process::ExitCode};

use serde::Serialize;
use vouchsafe_tests::bench::{ImageReport, Plan, Role, measure};

const USAGE: &str = "\
usage: bench [--quick | --image] [--json]

Measures requests a second, latency, CPU time, memory, KMS calls and start of a deployment on this
machine: parent, enclave (software NSM) and mock KMS, all on loopback. Takes some minutes.

  --quick  fewer requests; under a minute, and noisier
  --image  the enclave image on an emulated machine instead; scripts/test-enclave.sh makes what it needs
  --json   the numbers as JSON on standard output
  --help   this text

The binaries are taken from VOUCHSAFE_BIN_DIR, or from target/local.
";

fn main() -> ExitCode {
    let (mut plan, mut json, mut image) = (Plan::FULL, false, false);
    for argument in std::env::args().skip(1) {
        if let Some(role) = Role::of_argument(&argument) {
            return play(role);
        }
        match argument.as_str() {
            "--quick" => plan = Plan::QUICK,
            "--json" => json = true,
            "--image" => image = true,
            "--help" | "-h" => {
                print!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            _ => {
                eprint!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let runtime = tokio::runtime::Runtime::new().expect("the system gives threads");
    // On a worker, where waiting for another process may block.
    if image {
        let measured = runtime.block_on(runtime.spawn(ImageReport::measure()));
        let Some(report) = measured.expect("a measurement that fails says why") else {
            return ExitCode::FAILURE;
        };
        show(&report, json);
    } else {
        let measured = runtime.block_on(runtime.spawn(measure(plan)));
        show(&measured.expect("a measurement that fails says why"), json);
    }
    ExitCode::SUCCESS
}

fn show(report: &(impl Display + Serialize), json: bool) {
    if json {
        let text = serde_json::to_string_pretty(report);
        println!("{}", text.expect("numbers have a JSON form"));
    } else {
        print!("{report}");
    }
}

fn play(role: Role) -> ExitCode {
    match role.play() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench {}: {error}", role.argument());
            ExitCode::FAILURE
        }
    }
}
