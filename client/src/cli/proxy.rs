//! `vouchsafe proxy`: serves plain JSON on loopback until told to stop.

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::connection::{AnyClient, Connection};
use super::{Exit, Failure, Output};
use crate::client::Service;
use crate::proxy::{Defaults, Door, Listen, router, serve};

/// Offer plain JSON over loopback to programs that are not Rust.
#[derive(clap::Args)]
#[command(after_help = "\
Whoever can connect acts as the configured caller, so only loopback addresses and Unix sockets are
taken, and requests of browsers are refused.

Examples:
  vouchsafe proxy --config vouchsafe.toml --listen 127.0.0.1:8081
  curl http://127.0.0.1:8081/v1/mask -H 'content-type: application/json' \\
      -d '{\"parameters\":{\"keep_last\":4},\"items\":[{\"reference\":\"1\",\"text\":\"078-05-1120\"}]}'")]
pub(super) struct Args {
    /// Where to listen; port 0 lets the system choose.
    #[arg(long, value_name = "127.0.0.1:PORT|unix:PATH")]
    listen: Listen,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn run(args: Args, output: Output) -> Result<Exit, Failure> {
    let settings = args.connection.settings()?;
    let defaults = Defaults {
        tenant: settings.tenant.clone(),
        dataset: settings.dataset.clone(),
        purpose: settings.purpose.clone().unwrap_or_default(),
    };
    match settings.client()? {
        AnyClient::Aws(client) => run_with(client, defaults, &args.listen, output).await,
        #[cfg(feature = "mock")]
        AnyClient::Mock(client) => run_with(client, defaults, &args.listen, output).await,
    }
}

async fn run_with<S: Service>(
    service: S,
    defaults: Defaults,
    listen: &Listen,
    output: Output,
) -> Result<Exit, Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Serve)?;
    let door = Door::open(listen).await?;
    if let Err(error) = service.ready().await {
        // It may come later: each request attests again, and /readyz tells.
        output.note(&format!(
            "no enclave is attested yet: {error} [{}]",
            error.code()
        ));
    }
    let address = door.address();
    output.result(
        &json!({ "listening": address }),
        &format!("listening on {address}"),
    )?;
    let is_tcp = matches!(listen, Listen::Tcp(_));
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    serve(door, router(service, defaults, is_tcp), stop)
        .await
        .map_err(Failure::Serve)?;
    Ok(Exit::Done)
}
