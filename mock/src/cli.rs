//! The commands, their arguments and what they print.
//!
//! Standard output carries results only: one line of JSON, a token, a policy. Logs go to standard
//! error. Exits: 0 done, 1 refused by the KMS, 2 usage, 3 failed.

use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use vouchsafe_mock::idp::{self, Claims, IdentityProvider};
use vouchsafe_mock::kms::client::KmsClient;
use vouchsafe_mock::kms::control::{self, Fault};
use vouchsafe_mock::kms::{DEFAULT_REGION, KmsConfig, KmsServer};
use vouchsafe_mock::measure::Measurements;
use vouchsafe_mock::tap::{self, Recording, Tap};
use vouchsafe_mock::{files, install};

/// The KMS answered with a refusal.
const REFUSED: u8 = 1;
/// Something else went wrong.
pub(crate) const FAILED: u8 = 3;

type Failure = Box<dyn Error>;

/// Local stand-ins for AWS: a KMS that enforces attestation, an identity provider, measurements.
///
/// For one machine and made-up data. Whoever reads the directory of an installation can do
/// everything in it.
#[derive(Parser)]
#[command(version, name = "vouchsafe-mock", after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  vouchsafe-mock init state
  vouchsafe-mock kms --state state --listen 127.0.0.1:4599
  vouchsafe-mock call --state state --endpoint https://127.0.0.1:4599 --as admin CreateKey '{}'
  vouchsafe-mock token --state state --sub billing --aud fleet-1 --cnf-key caller.jwk.json
  vouchsafe-mock measure --enclave vouchsafe-enclave --trust-anchor anchor.json -o measurements.json
  vouchsafe-mock tap --listen unix:tap.sock --dial unix:enclave.sock --record seen";

#[derive(Subcommand)]
enum Command {
    /// Makes an installation: roots, certificates, principals, keys, all of them fresh.
    #[command(after_help = "Example:\n  vouchsafe-mock init state")]
    Init {
        /// Directory to make it in; one that holds an installation is refused.
        directory: PathBuf,
        /// Region that the certificate of the KMS names beside localhost.
        #[arg(long, default_value = DEFAULT_REGION)]
        region: String,
    },
    /// Serves KMS until SIGTERM or SIGINT.
    Kms(KmsArguments),
    /// Calls the KMS as one of the principals and prints the answer; exit 1 when it refuses.
    Call(CallArguments),
    /// Sends one command to the control socket of a running KMS and prints the answer.
    #[command(after_help = CONTROL_EXAMPLES)]
    Control {
        /// The socket: unix:PATH.
        #[arg(value_parser = unix_path)]
        socket: PathBuf,
        /// A line of JSON.
        command: String,
    },
    /// Serves the identity provider's key set over HTTP until SIGTERM or SIGINT.
    #[command(after_help = "Example:\n  vouchsafe-mock idp --state state --listen 127.0.0.1:4598")]
    Idp {
        /// The installation.
        #[arg(long)]
        state: PathBuf,
        /// Address to listen on; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
    /// Prints a token (JWT) for a caller.
    Token(TokenArguments),
    /// Writes what an enclave that runs this binary under this trust anchor measures.
    Measure(MeasureArguments),
    /// Passes streams on and keeps a copy of what passes, until SIGTERM or SIGINT.
    Tap(TapArguments),
}

const CONTROL_EXAMPLES: &str = "\
Commands:
  {\"fault\":\"throttle:3\"}   the next 3 calls get ThrottlingException
  {\"fault\":\"error:KMSInternalException:2\"}
  {\"fault\":\"slow:500\"}     every answer takes 500 ms longer
  {\"fault\":\"down\"}         connections are reset
  {\"fault\":\"plaintext\"}    answers plaintext despite a recipient
  {\"fault\":\"foreign-key-id\"}
  \"clear\"                  ends every fault
  \"counters\"               prints {\"calls\":{…},\"errors\":{…}}
  \"reset-counters\"

Example:
  vouchsafe-mock control unix:control.sock '{\"fault\":\"throttle:3\"}'";

#[derive(Args)]
#[command(after_help = "\
Prints {\"endpoint\":\"https://…\"} on one line when it is ready.

Examples:
  vouchsafe-mock kms --state state --listen 127.0.0.1:4599
  vouchsafe-mock kms --state state --fault throttle:3 --fault slow:200
  vouchsafe-mock kms --state state --control unix:control.sock --ready-file ready.json")]
struct KmsArguments {
    /// The installation.
    #[arg(long)]
    state: PathBuf,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Region in ARNs and signatures.
    #[arg(long, default_value = DEFAULT_REGION)]
    region: String,
    /// Also write the line to this file.
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// A fault from the start; may be repeated. See `control --help`.
    #[arg(long)]
    fault: Vec<Fault>,
    /// Socket for faults and counters: unix:PATH.
    #[arg(long, value_parser = unix_path)]
    control: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  vouchsafe-mock call --state state --endpoint https://127.0.0.1:4599 --as admin CreateKey '{}'
  vouchsafe-mock call --state state --endpoint https://127.0.0.1:4599 --as admin \\
      --policy root-policy.json PutKeyPolicy \\
      '{\"KeyId\":\"arn:aws:kms:…\",\"BypassPolicyLockoutSafetyCheck\":true}'")]
struct CallArguments {
    /// The installation.
    #[arg(long)]
    state: PathBuf,
    /// https://HOST:PORT of the KMS.
    #[arg(long)]
    endpoint: String,
    /// Region to sign for.
    #[arg(long, default_value = DEFAULT_REGION)]
    region: String,
    /// Name of the principal in principals.toml.
    #[arg(long = "as")]
    principal: String,
    /// A file whose text becomes the member Policy.
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Print this member of the answer alone, by JSON pointer, strings without quotes.
    #[arg(long, value_name = "POINTER")]
    print: Option<String>,
    /// Operation, such as `CreateKey`.
    operation: String,
    /// Members of the request, JSON.
    #[arg(default_value = "{}")]
    input: String,
}

#[derive(Args)]
#[command(after_help = "\
Example:
  vouchsafe-mock token --state state --sub billing --aud fleet-1 --cnf-key caller.jwk.json --ttl 60")]
struct TokenArguments {
    /// The installation.
    #[arg(long)]
    state: PathBuf,
    /// Subject: who the caller is.
    #[arg(long)]
    sub: String,
    /// Audience: the fleet id of the trust anchor.
    #[arg(long)]
    aud: String,
    /// File with the public JWK that the token binds.
    #[arg(long, value_name = "FILE")]
    cnf_key: Option<PathBuf>,
    /// Validity in seconds.
    #[arg(long, default_value_t = idp::DEFAULT_TTL.as_secs())]
    ttl: u64,
}

#[derive(Args)]
#[command(after_help = "\
Example:
  vouchsafe-mock measure --enclave target/local/vouchsafe-enclave --trust-anchor anchor.json \\
      --bundle bundle.cbor -o measurements.json")]
struct MeasureArguments {
    /// The enclave's executable, built with the feature `mock`.
    #[arg(long, value_name = "FILE")]
    enclave: PathBuf,
    /// The trust anchor, exactly as the enclave will receive it.
    #[arg(long, value_name = "FILE")]
    trust_anchor: PathBuf,
    /// The policy bundle, exactly as the enclave will receive it.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Where to write the measurements.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Args)]
#[command(after_help = "\
Prints {\"listening\":\"…\"} on one line when it is ready. Each stream is kept in to-N.bin and
from-N.bin, 64 MiB together; a file named incomplete says that more passed.

Example:
  vouchsafe-mock tap --listen unix:tap.sock --dial unix:enclave.sock --record seen")]
struct TapArguments {
    /// Where to listen: unix:PATH, or HOST:PORT with port 0 for a free one.
    #[arg(long)]
    listen: tap::Address,
    /// Where streams go: unix:PATH or HOST:PORT.
    #[arg(long)]
    dial: tap::Address,
    /// Directory for the recording, new or empty.
    #[arg(long, value_name = "DIR")]
    record: PathBuf,
}

fn unix_path(text: &str) -> Result<PathBuf, &'static str> {
    let path = text.strip_prefix("unix:").filter(|path| !path.is_empty());
    path.map(PathBuf::from).ok_or("must be unix:PATH")
}

/// Runs one command.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    match arguments.command {
        Command::Init { directory, region } => {
            install::init(&directory, &region, SystemTime::now())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Kms(arguments) => runtime()?.block_on(serve_kms(arguments)),
        Command::Call(arguments) => runtime()?.block_on(call(arguments)),
        Command::Control { socket, command } => {
            let answer = runtime()?.block_on(control::send(&socket, &command))?;
            print(answer.trim_end())?;
            let refused = serde_json::from_str::<Value>(&answer)?
                .get("error")
                .is_some();
            Ok(if refused {
                ExitCode::from(REFUSED)
            } else {
                ExitCode::SUCCESS
            })
        }
        Command::Idp { state, listen } => runtime()?.block_on(serve_idp(&state, listen)),
        Command::Token(arguments) => token(arguments),
        Command::Measure(arguments) => measure(&arguments),
        Command::Tap(arguments) => runtime()?.block_on(serve_tap(arguments)),
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}

/// One line on standard output, flushed: who starts this process waits for it.
fn print(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

async fn stopped() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

async fn serve_kms(arguments: KmsArguments) -> Result<ExitCode, Failure> {
    tracing::warn!("this is a stand-in for AWS KMS: its keys lie in a file");
    let running = KmsServer::start(KmsConfig {
        listen: arguments.listen,
        region: arguments.region,
        faults: arguments.fault,
        control: arguments.control,
        ..KmsConfig::local(arguments.state)
    })
    .await?;
    let ready = json!({"endpoint": running.endpoint}).to_string();
    if let Some(path) = &arguments.ready_file {
        files::write_public(path, format!("{ready}\n").as_bytes())?;
    }
    print(&ready)?;
    stopped().await?;
    Ok(ExitCode::SUCCESS)
}

async fn serve_idp(state: &Path, listen: SocketAddr) -> Result<ExitCode, Failure> {
    let router = idp::router(&IdentityProvider::open(state)?);
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    print(
        &json!({"issuer": idp::ISSUER, "jwks": format!("http://{address}/jwks.json")}).to_string(),
    )?;
    tokio::select! {
        served = async { axum::serve(listener, router).await } => served?,
        stopped = stopped() => stopped?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve_tap(arguments: TapArguments) -> Result<ExitCode, Failure> {
    let recording = Recording::create(&arguments.record, tap::MAX_RECORDED_BYTES)?;
    let tap = Tap::bind(&arguments.listen).await?;
    print(&json!({"listening": tap.address()?}).to_string())?;
    tokio::select! {
        served = tap.serve(arguments.dial, recording.into()) => served?,
        stopped = stopped() => stopped?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn call(arguments: CallArguments) -> Result<ExitCode, Failure> {
    let mut input: Value = serde_json::from_str(&arguments.input)?;
    if let Some(path) = &arguments.policy {
        let policy = String::from_utf8(files::read(path)?)?;
        let members = input
            .as_object_mut()
            .ok_or("the input must be a JSON object")?;
        members.insert("Policy".to_owned(), policy.into());
    }
    let client = KmsClient::new(&arguments.state, &arguments.endpoint, &arguments.region)?;
    let answer = client
        .call(&arguments.principal, &arguments.operation, &input)
        .await?;
    if !answer.status.is_success() {
        print(&answer.body.to_string())?;
        return Ok(ExitCode::from(REFUSED));
    }
    let shown = match &arguments.print {
        None => &answer.body,
        Some(pointer) => answer
            .body
            .pointer(pointer)
            .ok_or("the answer has no such member")?,
    };
    print(
        &shown
            .as_str()
            .map_or_else(|| shown.to_string(), str::to_owned),
    )?;
    Ok(ExitCode::SUCCESS)
}

fn token(arguments: TokenArguments) -> Result<ExitCode, Failure> {
    let confirmation_key = match &arguments.cnf_key {
        Some(path) => Some(serde_json::from_slice(&files::read(path)?)?),
        None => None,
    };
    let claims = Claims {
        subject: arguments.sub,
        audience: arguments.aud,
        confirmation_key,
        ttl: Duration::from_secs(arguments.ttl),
    };
    let provider = IdentityProvider::open(&arguments.state)?;
    print(&provider.token(&claims, SystemTime::now())?)?;
    Ok(ExitCode::SUCCESS)
}

fn measure(arguments: &MeasureArguments) -> Result<ExitCode, Failure> {
    let bundle = arguments.bundle.as_deref().map(files::read).transpose()?;
    let measurements = Measurements::new(
        &files::read(&arguments.enclave)?,
        &files::read(&arguments.trust_anchor)?,
        bundle.as_deref(),
    );
    let json = serde_json::to_string_pretty(&measurements)?;
    files::write_public(&arguments.output, format!("{json}\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
