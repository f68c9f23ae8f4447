//! One call of another program: its output bounded, its time too.
//!
//! The program gets no input and of the environment only what [`kept`] names, so that credentials
//! of the parent stay with it. When the call is dropped the program is killed. Next:
//! [`super::nitro_cli`] says what is called and reads what comes back.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::runner::{Cause, RunnerError};

/// Longest output that is read, bytes. Four enclaves are described in less than 8 KiB.
pub(super) const MAX_OUTPUT_BYTES: usize = 256 * 1024;

/// Time for the rest of the output once the program has ended: what it started may still hold the
/// pipes.
const GRACE: Duration = Duration::from_millis(200);

/// What a program printed that ended well.
pub(super) async fn call(
    program: &Path,
    arguments: &[&str],
    patience: Duration,
) -> Result<Vec<u8>, RunnerError> {
    let child = spawn(program, arguments)?;
    timeout(patience, finish(child))
        .await
        .unwrap_or(Err(RunnerError::Late))
}

/// The program, started, with pipes for its output.
pub(super) fn spawn(program: &Path, arguments: &[&str]) -> Result<Child, RunnerError> {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(kept(std::env::vars_os()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| RunnerError::Unavailable {
            program: program.to_owned(),
            source,
        })
}

/// Where to find programs, and where `nitro-cli` keeps its sockets and logs.
fn kept(
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = (OsString, OsString)> {
    environment.filter(|(name, _)| {
        name == "PATH"
            || name
                .to_str()
                .is_some_and(|name| name.starts_with("NITRO_CLI_"))
    })
}

async fn finish(mut child: Child) -> Result<Vec<u8>, RunnerError> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (mut printed, mut complained) = (Vec::new(), Vec::new());
    let read = async {
        tokio::try_join!(
            read_bounded(stdout, &mut printed),
            read_bounded(stderr, &mut complained)
        )
        .map(drop)
    };
    let status = {
        tokio::pin!(read);
        tokio::select! {
            read = &mut read => {
                read?;
                child.wait().await
            }
            status = child.wait() => {
                if let Ok(read) = timeout(GRACE, &mut read).await {
                    read?;
                }
                status
            }
        }
    };
    match status {
        Ok(status) if status.success() => Ok(printed),
        status => Err(RunnerError::Failed {
            exit: status.ok().and_then(|status| status.code()),
            cause: cause(&complained),
        }),
    }
}

async fn read_bounded(
    from: Option<impl AsyncRead + Unpin>,
    into: &mut Vec<u8>,
) -> Result<(), RunnerError> {
    let Some(from) = from else { return Ok(()) };
    let mut from = from.take(MAX_OUTPUT_BYTES as u64 + 1);
    // A pipe that breaks is one that ended: the exit code tells how it went.
    let _ = from.read_to_end(into).await;
    if into.len() > MAX_OUTPUT_BYTES {
        return Err(RunnerError::TooLong {
            limit: MAX_OUTPUT_BYTES,
        });
    }
    Ok(())
}

/// The first cause that `nitro-cli` names: `[ E27 ]`. Later ones say only that the first was met.
fn cause(complained: &[u8]) -> Option<Cause> {
    let number = |window: &[u8]| match window {
        [
            b'[',
            b' ',
            b'E',
            tens @ b'0'..=b'9',
            ones @ b'0'..=b'9',
            b' ',
            b']',
        ] => Some(Cause((tens - b'0') * 10 + (ones - b'0'))),
        _ => None,
    };
    complained.windows(7).find_map(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_cause_is_found_and_nothing_else_is_one() {
        let told = b"Start allocating memory...\n[ E27 ] Insufficient\n[ E39 ] Enclave process\n";
        assert_eq!(cause(told), Some(Cause(27)));
        for none in ["", "[ E2 ]", "[E27]", "[ E277 ]", "[ e27 ]", "[ E27", "E27"] {
            assert_eq!(cause(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn no_credentials_of_the_parents_reach_a_program() {
        let names = [
            "PATH",
            "AWS_SECRET_ACCESS_KEY",
            "HOME",
            "NITRO_CLI_SOCKETS_PATH",
            "LD_PRELOAD",
        ];
        let all = names.map(|name| (OsString::from(name), OsString::from("x")));
        let names: Vec<_> = kept(all.into_iter()).map(|(name, _)| name).collect();
        assert_eq!(names, ["PATH", "NITRO_CLI_SOCKETS_PATH"]);
    }
}
