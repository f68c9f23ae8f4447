//! `vouchsafe-parent`: reads one file and serves until told to stop.
//!
//! Exits 0 after SIGTERM or SIGINT, 2 when the arguments or the configuration are wrong, 3 when an
//! address cannot be listened at or the enclave's image not read. At SIGHUP it reads `[supervisor]`
//! again. Errors are printed with their causes. Next: the library's `config` and `server`.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tracing::level_filters::LevelFilter;
use tracing::{info, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;
use vouchsafe_parent::config::{Config, EXAMPLE, LogLevel};
use vouchsafe_parent::server::Parent;
use vouchsafe_parent::supervisor::settings::Supervision;

/// Wrong arguments or configuration.
const EXIT_USAGE: u8 = 2;
/// An address, a signal, a thread or the image cannot be had.
const EXIT_UNAVAILABLE: u8 = 3;

/// Time for threads that block when all else has ended.
const SHUTDOWN_PATIENCE: Duration = Duration::from_millis(500);

/// HTTP API, relay and egress proxy of Vouchsafe, on the instance beside the enclaves.
#[derive(Debug, Parser)]
#[command(version, after_help = format!("Exits: 0 stopped, 2 usage or configuration, 3 unavailable.\n\nA configuration with every key:\n\n{EXAMPLE}"))]
struct Arguments {
    /// The configuration, TOML.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Only check the configuration.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match Config::load(&arguments.config) {
        Ok(config) => config,
        Err(error) => {
            eprintln!(
                "vouchsafe-parent: {}: {}",
                arguments.config.display(),
                chain(&error)
            );
            return ExitCode::from(EXIT_USAGE);
        }
    };
    if arguments.check {
        println!("{} is good", arguments.config.display());
        return ExitCode::SUCCESS;
    }
    log_to_stderr(config.log);
    match run(config, arguments.config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vouchsafe-parent: {}", chain(error.as_ref()));
            ExitCode::from(EXIT_UNAVAILABLE)
        }
    }
}

fn run(config: Config, file: PathBuf) -> Result<(), Box<dyn Error>> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if config.worker_threads > 0 {
        builder.worker_threads(config.worker_threads);
    }
    let runtime = builder.enable_all().build()?;
    let served = runtime.block_on(serve(config, file));
    // A name that is still being resolved must not hold up the end.
    runtime.shutdown_timeout(SHUTDOWN_PATIENCE);
    served
}

/// At each SIGHUP reads the configuration again and hands `[supervisor]` on. A file that cannot be
/// used changes nothing. What else it says counts from the next start on.
async fn reload_on(mut hangup: Signal, file: PathBuf, reload: Option<mpsc::Sender<Supervision>>) {
    while hangup.recv().await.is_some() {
        let settings = match Config::load(&file) {
            Ok(config) => config.supervisor,
            Err(error) => {
                warn!(code = error.code(), "{}", chain(&error));
                continue;
            }
        };
        if let (Some(reload), Some(settings)) = (&reload, settings) {
            info!("configuration read again");
            // When the supervisor is gone the parent is about to end.
            let _ = reload.send(settings).await;
        } else {
            warn!(
                code = "reload_ignored",
                "SIGHUP concerns [supervisor] only, which was or is not there"
            );
        }
    }
}

async fn serve(config: Config, file: PathBuf) -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let hangup = signal(SignalKind::hangup())?;
    let parent = Parent::bind(config).await?;
    tokio::spawn(reload_on(hangup, file, parent.reload()));
    // For whoever started it with port 0. That nobody reads is no reason to stop.
    let _ = writeln!(
        std::io::stdout(),
        "{{\"listen\":\"http://{}\"}}",
        parent.address()
    );
    parent
        .serve(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await;
    Ok(())
}

/// JSON lines on stderr, of this crate only: other crates could log what they carry.
fn log_to_stderr(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(std::io::stderr);
    let own = Targets::new().with_target("vouchsafe_parent", level);
    tracing_subscriber::registry()
        .with(lines.with_filter(own))
        .init();
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
