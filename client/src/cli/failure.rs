//! Why a command failed: one enum over the causes, a stable code and an exit status for each.

use std::error::Error as _;
use std::path::PathBuf;
use std::process::ExitCode;

use vouchsafe_common::bundle::BundleError;
use vouchsafe_common::key_policy::PolicyError;
use vouchsafe_common::key_policy::generate::GenerateError;
use vouchsafe_pii::recipe::RecipeError;
use vouchsafe_pii::records::RecordError;
use vouchsafe_pii::{DetectError, Entity};
use vouchsafe_pii::{
    custom::{CustomError, ListError},
    granted::GrantedError,
};

use crate::client::CallError;
use crate::http::HttpError;
use crate::json::JsonError;
use crate::key_file::KeyFileError;
use crate::kms::KmsError;
use crate::measurements::MeasurementsError;
use crate::proxy::ListenError;
use crate::release::ReleaseError;
use crate::root_file::RootFileError;
use crate::rows::RowError;
use crate::seal::SealerError;

/// How a command ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// All was done.
    Done,
    /// Something was refused, or only part was done.
    Refused,
    /// Called wrongly, or a file could not be read.
    Usage,
    /// A service is away.
    Unavailable,
    /// Of a command that asks no service: what `--exit-code` asks about is there.
    Found,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::Usage => 2,
            Exit::Unavailable | Exit::Found => 3,
        })
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is larger than what it should hold.
    #[error("{}: longer than {limit} bytes", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The bound in bytes.
        limit: usize,
    },
    /// A file cannot be written; one that exists is not replaced where it could be a key.
    #[error("{}: cannot be written", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file's extension names no format and `--format` does not either.
    #[error("{}: none of .csv, .tsv, .ndjson and .jsonl; name it with --format", path.display())]
    Format {
        /// Which.
        path: PathBuf,
    },
    /// A setting is neither on the command line nor in the configuration file.
    #[error("{name} is missing: give --{name} or set it in the configuration file")]
    Missing {
        /// The setting's name.
        name: &'static str,
    },
    /// Two settings exclude each other.
    #[error("{one} and {other} exclude each other")]
    Conflict {
        /// One setting.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A file would be written that is read, or written twice.
    #[error("{}: the output is one of the inputs, or another output too", path.display())]
    SameFile {
        /// Which.
        path: PathBuf,
    },
    /// The configuration file is not TOML of its members.
    #[error("{}: does not parse{}", path.display(), place(*line))]
    Config {
        /// Which.
        path: PathBuf,
        /// Line, from 1, where it is known.
        line: Option<usize>,
    },
    /// A setting has a value that it cannot have.
    #[error("{name} has a value that is not possible: expected {expected}")]
    Value {
        /// The setting's name.
        name: &'static str,
        /// What it can be.
        expected: &'static str,
    },
    /// This build trusts no mock.
    #[error("this build trusts AWS only; a mock root needs a build with the feature mock")]
    NoMock,
    /// A file of expectations is not JSON of the documented members.
    #[error("{}: not JSON of the documented members", path.display())]
    Expectations {
        /// Which.
        path: PathBuf,
    },
    /// `--params` is not a JSON object.
    #[error("--params is not a JSON object")]
    Parameters,
    /// The file of measurements.
    #[error("{}: {source}", path.display())]
    Measurements {
        /// Which.
        path: PathBuf,
        /// Why.
        source: MeasurementsError,
    },
    /// The file of a key.
    #[error("{}: {source}", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: KeyFileError,
    },
    /// A trust anchor or a bundle.
    #[error("{}: {source}", path.display())]
    Bundle {
        /// Which.
        path: PathBuf,
        /// Why.
        source: BundleError,
    },
    /// A recogniser of a policy, which no enclave would run.
    #[error("{}: {source}", path.display())]
    BundleRecogniser {
        /// Which file.
        path: PathBuf,
        /// The place in the list, and why.
        source: ListError,
    },
    /// A grant of a policy that names what no request can ask for.
    #[error("{}: {source}", path.display())]
    BundleGranted {
        /// Which file.
        path: PathBuf,
        /// The number of the grant, and why.
        source: GrantedError,
    },
    /// A key policy that is not understood.
    #[error("{}: {source}", path.display())]
    KeyPolicy {
        /// Which.
        path: PathBuf,
        /// Why.
        source: PolicyError,
    },
    /// Measurements that no key policy can pin.
    #[error("{}: {source}", path.display())]
    Release {
        /// Which.
        path: PathBuf,
        /// Why.
        source: GenerateError,
    },
    /// A release, or what one says of itself.
    #[error("{}: {source}", path.display())]
    Statement {
        /// Which.
        path: PathBuf,
        /// Why.
        source: ReleaseError,
    },
    /// The public key of who signs releases.
    #[error("{}: not the JWK of an Ed25519 or P-256 key", path.display())]
    Authority {
        /// Which.
        path: PathBuf,
    },
    /// No key policy is made.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// The answer of `DescribeKey`.
    #[error("{}: not an answer of `aws kms describe-key`", path.display())]
    DescribeKey {
        /// Which.
        path: PathBuf,
    },
    /// A row of the input.
    #[error(transparent)]
    Row(#[from] RowError),
    /// An item of the input.
    #[error("row {row}: {source}")]
    Item {
        /// Row number.
        row: u64,
        /// Why.
        source: JsonError,
    },
    /// Labels would begin anew in another request, so that one stood for two values.
    #[error(
        "row {row}: placeholder numbers its labels within one request, and the items before fill one: \
         use pseudonymize, whose stand-ins last, or where the values may be here transform --labels"
    )]
    Labels {
        /// The first row that has no room.
        row: u64,
    },
    /// A row has no usable id.
    #[error("row {row}: the id is empty or longer than names may be")]
    RecordId {
        /// Row number.
        row: u64,
    },
    /// A name for tenant, dataset or column is empty or too long.
    #[error("{name} is empty or longer than names may be")]
    Name {
        /// What it names.
        name: &'static str,
    },
    /// A cell was not sealed.
    #[error("row {row}, column \"{column}\": {source}")]
    Seal {
        /// Row number.
        row: u64,
        /// Column name.
        column: String,
        /// Why.
        source: SealerError,
    },
    /// The KMS key.
    #[error(transparent)]
    Kms(#[from] KmsError),
    /// The parent.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A call.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The evidence that the parent sent.
    #[error("the service did not send evidence")]
    NotEvidence,
    /// The proxy's address.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The proxy's socket broke.
    #[error("the proxy stopped")]
    Serve(#[source] std::io::Error),
    /// A type that is none, named by whoever gave the command.
    #[error(
        "there is no type {}{}; `vouchsafe entities` lists them",
        name.escape_debug(),
        alike(name)
    )]
    Entity {
        /// Its name.
        name: String,
    },
    /// What to look for makes no sense.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// A recipe that makes no sense; a recipe is no data, so the reason may quote it.
    #[error("{}: {source}", path.display())]
    Recipe {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: RecipeError,
    },
    /// The file of a root.
    #[error("{}: {source}", path.display())]
    Root {
        /// Which.
        path: PathBuf,
        /// Why.
        source: RootFileError,
    },
    /// A file that holds a secret and is not its owner's alone.
    #[error("{}: others than its owner may read it; its mode should be 0600", path.display())]
    Permissions {
        /// Which.
        path: PathBuf,
    },
    /// Another run has the file of labels, or had it when it was ended.
    #[error(
        "{}: another run uses these labels, or was ended before it kept its own: remove the file when there \
         is none, and do not join what that one wrote with what is written later",
        path.display()
    )]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// A recipe that needs keys, without a root to derive them from.
    #[error("{}: the recipe needs keys: give the file of a root with --key-file", path.display())]
    NoKeyFile {
        /// The recipe.
        path: PathBuf,
    },
    /// A file of labels that was not made here, or was altered.
    #[error("{}: no file of labels that was written by --labels", path.display())]
    LabelFile {
        /// Which.
        path: PathBuf,
    },
    /// A record that the recipe does not fit.
    #[error("{}: {source}", path.display())]
    Record {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: RecordError,
    },
    /// A recogniser of the user's own that is refused.
    #[error("{}: {source}", path.display())]
    Recogniser {
        /// Which file.
        path: PathBuf,
        /// Line and reason.
        source: CustomError,
    },
    /// An entry of a list of values.
    #[error("{}: line {line} is longer than an entry of a list may be", path.display())]
    ListEntry {
        /// Which.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// The text stops being one.
    #[error(
        "{}: byte {at} is not UTF-8; convert the file first, as iconv -f WINDOWS-1252 -t UTF-8 does",
        path.display()
    )]
    NotUtf8 {
        /// Which.
        path: PathBuf,
        /// Bytes before the wrong one.
        at: usize,
    },
    /// stdout cannot be written.
    #[error("stdout cannot be written")]
    Output(#[source] std::io::Error),
    /// The system gave no threads.
    #[error("the asynchronous runtime did not start")]
    Runtime,
}

fn place(line: Option<usize>) -> String {
    line.map(|line| format!(" at line {line}"))
        .unwrap_or_default()
}

/// The first types whose names hold this one, or are held by it.
fn alike(name: &str) -> String {
    if name.len() < 3 {
        return String::new();
    }
    let name = name.to_ascii_uppercase();
    let is_alike = |it: &&str| it.contains(&*name) || name.contains(it);
    let alike = Entity::all().map(Entity::name).filter(is_alike);
    let alike: Vec<_> = alike.take(3).collect();
    match alike.as_slice() {
        [] => String::new(),
        alike => format!(" (there is {})", alike.join(", ")),
    }
}

impl Failure {
    /// That there is no type of this name.
    pub(super) fn entity(name: &str) -> Self {
        Self::Entity {
            name: name.to_owned(),
        }
    }

    /// The stable name of the cause.
    pub fn code(&self) -> &str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::TooLarge { .. } => "file_too_large",
            Self::Unwritable { .. } => "unwritable",
            Self::Format { .. } => "unknown_format",
            Self::Missing { .. } => "setting_missing",
            Self::SameFile { .. } | Self::Conflict { .. } => "setting_conflict",
            Self::Config { .. } => "config_syntax",
            Self::Value { .. } => "setting_value",
            Self::NoMock => "no_mock",
            Self::Expectations { .. } => "expectations_shape",
            Self::Parameters => "invalid_parameter",
            Self::Measurements { source, .. } => source.code(),
            Self::Key { source, .. } => source.code(),
            Self::Bundle { source, .. } => source.code(),
            Self::BundleRecogniser { .. } => "bundle_recogniser",
            Self::BundleGranted { .. } => "bundle_granted",
            Self::KeyPolicy { source, .. } => source.fault.code(),
            Self::Release { source, .. } | Self::Generate(source) => source.code(),
            Self::Statement { source, .. } => source.code(),
            Self::Authority { .. } => "release_authority",
            Self::DescribeKey { .. } => "describe_key",
            Self::Row(error) => error.code(),
            Self::Item { source, .. } => source.code(),
            Self::Labels { .. } => "too_many_labels",
            Self::RecordId { .. } => "record_id",
            Self::Name { .. } => "invalid_name",
            Self::Seal { source, .. } => source.code(),
            Self::Kms(error) => error.code(),
            Self::Http(error) => error.code(),
            Self::Call(error) => error.code(),
            Self::NotEvidence => "evidence_encoding",
            Self::Listen(error) => error.code(),
            Self::Serve(_) => "proxy_stopped",
            Self::Detect(error) => error.code(),
            Self::Entity { .. } => "unknown_entity",
            Self::Recipe { source, .. } => source.code(),
            Self::Root { source, .. } => source.code(),
            Self::Permissions { .. } => "key_permissions",
            Self::Locked { .. } => "labels_locked",
            Self::NoKeyFile { .. } => "key_missing",
            Self::LabelFile { .. } => "session_malformed",
            Self::Record { source, .. } => source.code(),
            Self::ListEntry { .. } => "list_entry_length",
            Self::Recogniser { .. } => "recogniser",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::Output(_) => "output_closed",
            Self::Runtime => "runtime",
        }
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Row(error) if error.is_usage() || matches!(error, RowError::Read { .. }) => {
                Exit::Usage
            }
            Self::Seal {
                source: SealerError::Kms(error),
                ..
            }
            | Self::Kms(error) => match error {
                KmsError::NoCredentials | KmsError::Endpoint => Exit::Usage,
                KmsError::Unavailable => Exit::Unavailable,
                KmsError::Refused { .. } | KmsError::BadAnswer => Exit::Refused,
            },
            Self::Http(HttpError::Address | HttpError::Certificate | HttpError::Setup(_))
            | Self::Call(CallError::NoIdentity | CallError::TokenUnreadable) => Exit::Usage,
            Self::Http(error) if error.is_unavailable() => Exit::Unavailable,
            Self::Call(error) if error.is_unavailable() => Exit::Unavailable,
            Self::Row(_)
            | Self::Item { .. }
            | Self::Labels { .. }
            | Self::RecordId { .. }
            | Self::Seal { .. }
            | Self::Http(_)
            | Self::Call(_)
            | Self::NotEvidence
            | Self::Bundle { .. }
            | Self::BundleRecogniser { .. }
            | Self::BundleGranted { .. }
            | Self::KeyPolicy { .. }
            | Self::Statement { .. }
            | Self::Serve(_)
            | Self::NotUtf8 { .. }
            | Self::Record { .. }
            | Self::Output(_) => Exit::Refused,
            Self::Listen(ListenError::InUse) | Self::Runtime => Exit::Unavailable,
            _ => Exit::Usage,
        }
    }

    /// Whether the reader of stdout went away, as `head` does: it knows.
    fn is_hang_up(&self) -> bool {
        matches!(self, Self::Output(source) if source.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// Prints the failure and its causes to stderr, as one line of JSON when asked.
    pub(super) fn print(&self, json: bool) {
        if self.is_hang_up() && !json {
            return;
        }
        let mut message = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.ends_with(&text) {
                message = format!("{message}: {text}");
            }
            cause = error.source();
        }
        if json {
            let error = serde_json::json!({ "code": self.code(), "message": message });
            eprintln!("{}", serde_json::json!({ "error": error }));
        } else {
            eprintln!("vouchsafe: {message} [{}]", self.code());
        }
    }
}
