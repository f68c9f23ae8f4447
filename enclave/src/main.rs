//! The enclave binary: boots, says so on the console, and serves.
//!
//! What the console shows is fixed text and names of causes, never data.

use std::process::ExitCode;

use vouchsafe_enclave::{boot, settings::Settings};

fn main() -> ExitCode {
    let started = std::time::Instant::now();
    // What a panic says could quote a value; where it stands cannot.
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => eprintln!(
            "vouchsafe-enclave: fault at {}:{}",
            place.file(),
            place.line()
        ),
        None => eprintln!("vouchsafe-enclave: fault"),
    }));
    let settings = match Settings::load() {
        Ok(settings) => settings,
        Err(error) => return refuse(&error),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    runtime.block_on(async {
        match boot::boot(settings).await {
            Ok(booted) => {
                eprintln!(
                    "vouchsafe-enclave: ready after {} ms",
                    started.elapsed().as_millis()
                );
                booted.serve().await;
                eprintln!(
                    "vouchsafe-enclave: its keys are at the end of their life; start it anew"
                );
                ExitCode::SUCCESS
            }
            Err(error) => refuse(&error),
        }
    })
}

fn refuse(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("vouchsafe-enclave: {error}");
    ExitCode::FAILURE
}
