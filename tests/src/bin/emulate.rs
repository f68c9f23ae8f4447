//! Boots an enclave image on an emulated machine until told to end.
//!
//! The console comes on standard output, sockets are in the folder: `vm.vsock` leads to the guest,
//! and what it sends to port P of its host arrives at `vm.vsock_P`. SIGTERM and SIGINT end the
//! machine, and so does the end of whoever started this. What a parent's `runner = "command"` may
//! start (docs/EMULATOR.md).

use std::{
    io::Write as _, os::unix::process::parent_id, path::Path, process::ExitCode, time::Duration,
};

use tokio::signal::unix::{SignalKind, signal};
use vouchsafe_tests::emulator::{BootOptions, Emulator, RunningEnclave};

const USAGE: &str = "usage: emulate EIF FOLDER [MEMORY_MIB]";

/// How long a machine lives when this was killed without a chance to end it.
const LIFETIME: Duration = Duration::from_hours(12);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (eif, folder, memory) = match arguments.as_slice() {
        [eif, folder] => (eif.as_str(), folder.as_str(), Some(256)),
        [eif, folder, memory] => (eif.as_str(), folder.as_str(), memory.parse().ok()),
        _ => ("", "", None),
    };
    let Some(memory_mib) = memory else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Some(emulator) = Emulator::find() else {
        return ExitCode::FAILURE;
    };
    let options = BootOptions {
        memory_mib,
        lifetime: LIFETIME,
        ..BootOptions::default()
    };
    let [Ok(mut terminated), Ok(mut interrupted)] =
        [SignalKind::terminate(), SignalKind::interrupt()].map(signal)
    else {
        eprintln!("emulate: no signals can be received");
        return ExitCode::FAILURE;
    };
    if let Err(error) = std::fs::create_dir_all(folder) {
        eprintln!("emulate: {folder}: {error}");
        return ExitCode::FAILURE;
    }
    let mut machine = emulator.boot(Path::new(eif), Path::new(folder), &options);
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
        () = show(&mut machine) => {}
    }
    ExitCode::SUCCESS
}

/// Copies the console to standard output until the machine ends, or the process that started this.
async fn show(machine: &mut RunningEnclave) {
    let (mut shown, starter) = (0, parent_id());
    loop {
        let ended = machine.has_ended() || parent_id() != starter;
        let console = machine.console();
        let mut output = std::io::stdout().lock();
        // Nobody may be there to read it.
        let _ = output.write_all(&console.as_bytes()[shown..]);
        let _ = output.flush();
        shown = console.len();
        if ended {
            return;
        }
        drop(output);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
