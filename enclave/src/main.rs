//! The enclave binary: boots, says so on the console, and serves. In an image it is process 1 too,
//! which starts it once more ([`init`]).
//!
//! What the console shows is fixed text and names of causes, never data. What is freed is wiped, and
//! so is the stack of a thread that rests: the buffers of every library here hold personal data for a
//! moment, and few of them wipe it.

use std::{alloc::System, process::ExitCode, time::Instant};

use tokio::runtime::{Builder, Runtime};
use vouchsafe_enclave::{
    boot::{self, BootError, process},
    init,
    settings::Settings,
    stack,
};
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static WIPING: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    let started = Instant::now();
    // What a panic says could quote a value; where it stands cannot.
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => eprintln!(
            "vouchsafe-enclave: fault at {}:{}",
            place.file(),
            place.line()
        ),
        None => eprintln!("vouchsafe-enclave: fault"),
    }));
    if init::is_first_process() {
        return init::run();
    }
    match run(started) {
        Ok(()) => {
            eprintln!("vouchsafe-enclave: its keys are at the end of their life; start it anew");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "vouchsafe-enclave: refuses to start: {error} ({})",
                error.code()
            );
            ExitCode::FAILURE
        }
    }
}

fn run(started: Instant) -> Result<(), BootError> {
    let settings = Settings::load()?;
    process::harden()?;
    process::confine()?;
    let runtime = runtime().map_err(|error| BootError::Runtime(error.kind()))?;
    runtime.block_on(async {
        let booted = boot::boot(settings).await?;
        eprintln!(
            "vouchsafe-enclave: ready after {} ms; its RSA key took {} ms",
            started.elapsed().as_millis(),
            booted.recipient_key_took().as_millis()
        );
        booted.serve().await;
        Ok(())
    })
}

/// Threads that leave nothing on their stacks when they rest or end.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .enable_all()
        .on_thread_park(stack::wipe)
        .on_thread_stop(stack::wipe)
        .build()
}
