//! Faults that a test asks for, and counts of what was called.
//!
//! Set at the start, through [`Control`] in the same process, or over a Unix socket: a line of
//! JSON in, a line of JSON out. Commands are `{"fault":"throttle:3"}`, `"clear"`, `"counters"` and
//! `"reset-counters"`; answers `{"ok":true}`, the counters, or `{"error":"…"}`.
//!
//! Whoever reaches the socket can make this KMS lie, so its directory should be private. Nothing
//! here touches keys.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::error::KmsError;
use super::operations::Operation;

/// Longest command line, bytes.
const MAX_COMMAND_BYTES: u64 = 4096;

/// One fault. Its text forms: `throttle:3`, `error:KMSInternalException`,
/// `error:KMSInternalException:2`, `slow:500`, `down`, `plaintext`, `foreign-key-id`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Answers with an error: so many times, or until cleared.
    Error {
        /// The error.
        error: KmsError,
        /// How many calls it meets; `None` is all of them.
        times: Option<u32>,
    },
    /// Waits before each answer.
    Slow(Duration),
    /// Resets every connection.
    Down,
    /// Answers plaintext although there is a recipient.
    Plaintext,
    /// Names another key in each answer.
    ForeignKeyId,
}

/// The text names no fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "not a fault: use throttle:N, error:NAME[:N], slow:MILLISECONDS, down, plaintext or \
     foreign-key-id"
)]
pub struct FaultError;

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let mut argument = || parts.next().ok_or(FaultError);
        let fault = match name {
            "throttle" => Self::Error {
                error: KmsError::Throttling,
                times: Some(number(argument()?)?),
            },
            "error" => {
                let error = KmsError::injectable(argument()?).ok_or(FaultError)?;
                Self::Error {
                    error,
                    times: parts.next().map(number).transpose()?,
                }
            }
            "slow" => Self::Slow(Duration::from_millis(number(argument()?)?)),
            "down" => Self::Down,
            "plaintext" => Self::Plaintext,
            "foreign-key-id" => Self::ForeignKeyId,
            _ => return Err(FaultError),
        };
        if parts.next().is_some() {
            Err(FaultError)
        } else {
            Ok(fault)
        }
    }
}

fn number<N: FromStr>(text: &str) -> Result<N, FaultError> {
    text.parse().map_err(|_| FaultError)
}

/// Lies in an answer that is otherwise correct.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tampering {
    /// Plaintext in clear although there is a recipient.
    pub plaintext: bool,
    /// Another key's ARN.
    pub foreign_key_id: bool,
}

/// What was called since the start or the last reset.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counters {
    /// Authenticated calls by operation, refused ones included.
    pub calls: BTreeMap<String, u64>,
    /// Errors by name, of authentication too.
    pub errors: BTreeMap<String, u64>,
}

impl Counters {
    /// Calls of one operation.
    pub fn calls_of(&self, operation: Operation) -> u64 {
        self.calls.get(operation.name()).copied().unwrap_or(0)
    }
}

#[derive(Debug, Default)]
struct State {
    error: Option<(KmsError, Option<u32>)>,
    slow: Duration,
    down: bool,
    tampering: Tampering,
    counters: Counters,
}

/// The handle on a running server; clones control the same one.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<Mutex<State>>);

impl Control {
    fn state(&self) -> MutexGuard<'_, State> {
        // Counters and flags: no panic can leave them half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault; one of the same kind is replaced.
    pub fn inject(&self, fault: Fault) {
        let mut state = self.state();
        match fault {
            Fault::Error { error, times } => state.error = Some((error, times)),
            Fault::Slow(delay) => state.slow = delay,
            Fault::Down => state.down = true,
            Fault::Plaintext => state.tampering.plaintext = true,
            Fault::ForeignKeyId => state.tampering.foreign_key_id = true,
        }
    }

    /// Removes every fault; counters stay.
    pub fn clear(&self) {
        let mut state = self.state();
        *state = State {
            counters: std::mem::take(&mut state.counters),
            ..State::default()
        };
    }

    /// The counters as they stand.
    pub fn counters(&self) -> Counters {
        self.state().counters.clone()
    }

    /// Sets the counters to zero; faults stay.
    pub fn reset_counters(&self) {
        self.state().counters = Counters::default();
    }

    pub(super) fn is_down(&self) -> bool {
        self.state().down
    }

    pub(super) fn delay(&self) -> Duration {
        self.state().slow
    }

    /// Counts a call and says what it meets.
    pub(super) fn begin(&self, operation: Operation) -> Result<Tampering, KmsError> {
        let mut state = self.state();
        *state
            .counters
            .calls
            .entry(operation.name().to_owned())
            .or_default() += 1;
        let injected = match &mut state.error {
            None | Some((_, Some(0))) => None,
            Some((error, None)) => Some(error.clone()),
            Some((error, Some(left))) => {
                *left -= 1;
                Some(error.clone())
            }
        };
        injected.map_or(Ok(state.tampering), Err)
    }

    pub(super) fn count_error(&self, error: &KmsError) {
        *self
            .state()
            .counters
            .errors
            .entry(error.name().to_owned())
            .or_default() += 1;
    }

    /// Carries out one command line.
    fn command(&self, line: &str) -> Value {
        match serde_json::from_str(line) {
            Ok(Command::Fault(text)) => match text.parse() {
                Ok(fault) => self.inject(fault),
                Err(error @ FaultError) => return json!({"error": error.to_string()}),
            },
            Ok(Command::Clear) => self.clear(),
            Ok(Command::ResetCounters) => self.reset_counters(),
            Ok(Command::Counters) => return json!(self.counters()),
            Err(_) => return json!({"error": "not a command"}),
        }
        json!({"ok": true})
    }

    /// Serves commands on a Unix socket until dropped. A socket left at the path is replaced.
    ///
    /// # Errors
    ///
    /// When the path cannot be bound.
    pub(super) fn listen(&self, path: &Path) -> std::io::Result<tokio::task::JoinHandle<()>> {
        use std::os::unix::fs::FileTypeExt as _;
        let left_over = std::fs::symlink_metadata(path);
        if left_over.is_ok_and(|found| found.file_type().is_socket()) {
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        let control = self.clone();
        Ok(tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                let control = control.clone();
                connections.spawn(async move {
                    // A broken connection concerns its peer alone.
                    let _ = control.serve(stream).await;
                });
            }
        }))
    }

    async fn serve(&self, stream: UnixStream) -> std::io::Result<()> {
        let (reading, mut writing) = stream.into_split();
        let mut reader = BufReader::new(reading);
        loop {
            let mut line = String::new();
            let read = (&mut reader)
                .take(MAX_COMMAND_BYTES)
                .read_line(&mut line)
                .await?;
            if read == 0 {
                return Ok(());
            }
            let answer = format!("{}\n", self.command(&line));
            writing.write_all(answer.as_bytes()).await?;
        }
    }
}

/// Sends one command line to a control socket and returns the answer.
///
/// # Errors
///
/// When the socket cannot be reached or closes without an answer.
pub async fn send(path: &Path, command: &str) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(path).await?;
    stream.write_all(format!("{command}\n").as_bytes()).await?;
    let mut answer = String::new();
    if BufReader::new(stream).read_line(&mut answer).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Command {
    Fault(String),
    Clear,
    Counters,
    ResetCounters,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]
    use super::*;

    #[test]
    fn throttling_ends_after_as_many_calls_as_asked() {
        let control = Control::default();
        control.inject("throttle:2".parse().unwrap());
        assert_eq!(control.begin(Operation::Decrypt), Err(KmsError::Throttling));
        assert_eq!(control.begin(Operation::Decrypt), Err(KmsError::Throttling));
        assert_eq!(control.begin(Operation::Decrypt), Ok(Tampering::default()));
        assert_eq!(control.counters().calls_of(Operation::Decrypt), 3);
    }

    #[test]
    fn every_fault_has_its_text() {
        for (text, fault) in [
            (
                "throttle:3",
                Fault::Error {
                    error: KmsError::Throttling,
                    times: Some(3),
                },
            ),
            (
                "error:KMSInternalException",
                Fault::Error {
                    error: KmsError::Internal,
                    times: None,
                },
            ),
            (
                "error:KMSInvalidStateException:1",
                Fault::Error {
                    error: KmsError::InvalidState,
                    times: Some(1),
                },
            ),
            ("slow:250", Fault::Slow(Duration::from_millis(250))),
            ("down", Fault::Down),
            ("plaintext", Fault::Plaintext),
            ("foreign-key-id", Fault::ForeignKeyId),
        ] {
            assert_eq!(text.parse(), Ok(fault));
        }
    }

    #[test]
    fn other_texts_are_no_faults() {
        for text in [
            "",
            "throttle",
            "throttle:x",
            "throttle:1:2",
            "slow:-1",
            "down:1",
            "error:Nothing",
        ] {
            assert_eq!(text.parse::<Fault>(), Err(FaultError), "{text}");
        }
    }

    #[test]
    fn commands_answer_in_json_and_bad_ones_change_nothing() {
        let control = Control::default();
        assert_eq!(
            control.command(r#"{"fault":"plaintext"}"#),
            json!({"ok": true})
        );
        assert!(control.begin(Operation::Encrypt).unwrap().plaintext);
        for bad in ["", "{}", "\"explode\"", r#"{"fault":"x"}"#] {
            assert!(control.command(bad).get("error").is_some(), "{bad}");
        }
        assert_eq!(control.command("\"counters\"")["calls"]["Encrypt"], 1);
        assert_eq!(control.command("\"clear\""), json!({"ok": true}));
        assert!(!control.begin(Operation::Encrypt).unwrap().plaintext);
        assert_eq!(control.command("\"reset-counters\""), json!({"ok": true}));
        assert_eq!(control.counters(), Counters::default());
    }
}
