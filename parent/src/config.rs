//! The parent's settings: one TOML file, every key known, every bound with a unit and a default.
//!
//! The file is the operator's and is trusted. A key that is not known is refused with its line, so
//! a misspelt limit is never silently the default. An error never repeats what a line says, because
//! the line may be a secret. Next: [`crate::server`] runs on it; `example.toml` explains it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use vouchsafe_common::limits::{MAX_CONNECTIONS, MAX_ROOTS, REQUEST_DEADLINE};
use vouchsafe_common::{Secret, egress::EgressQuery};

use crate::supervisor::settings::{Supervision, SupervisionError};
use crate::transport::{DialAddress, ListenAddress};

/// A configuration that shows every key, with comments; `--help` prints it and a test parses it.
pub const EXAMPLE: &str = include_str!("../example.toml");

/// Everything the parent is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the HTTP API listens. Default 127.0.0.1:8080; port 0 takes a free one.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Allows `listen` to be an address that other machines reach, in plain HTTP. Default false.
    /// For a load balancer or mesh that ends TLS on a network of its own; the sealed bytes are safe
    /// either way.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// Where enclaves reach their egress proxy. Default vsock:5006.
    #[serde(default = "default_egress_listen")]
    pub egress_listen: ListenAddress,
    /// Exact `host:port` pairs that an enclave may be connected to. Default none.
    #[serde(default)]
    pub egress_allow: Vec<HostPort>,
    /// File with the trust anchor, at most 1 MiB. Read anew for each boot of an enclave.
    pub trust_anchor: PathBuf,
    /// File with the signed policy bundle, at most 1 MiB. Read anew for each boot of an enclave.
    pub bundle: PathBuf,
    /// Files with wrapped roots, at most 64 of at most 6144 bytes. Default none.
    #[serde(default)]
    pub roots: Vec<PathBuf>,
    /// What goes to stderr: error, warn, info (default), or debug, which adds a line for each
    /// request that went well.
    #[serde(default)]
    pub log: LogLevel,
    /// Threads that serve. Default 0: one for each processor.
    #[serde(default)]
    pub worker_threads: usize,
    /// The enclaves that somebody else starts, at least one unless there is `[supervisor]`.
    #[serde(rename = "enclave", default)]
    pub enclaves: Vec<EnclaveAddress>,
    /// How the parent itself starts and ends enclaves. Default: it does not.
    #[serde(default)]
    pub supervisor: Option<Supervision>,
    /// Where the AWS credentials come from that are handed to enclaves.
    #[serde(default)]
    pub credentials: CredentialSource,
    /// Bounds on requests.
    #[serde(default)]
    pub limits: Limits,
    /// Bounds on the egress proxy.
    #[serde(default)]
    pub egress_limits: EgressLimits,
}

/// One enclave.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnclaveAddress {
    /// `vsock:CID:PORT`, or `unix:PATH` in local mode.
    pub address: DialAddress,
}

/// How much the parent logs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only what needs a person.
    Error,
    /// Also what may.
    Warn,
    /// Also each refused request and each change of state.
    #[default]
    Info,
    /// Also each request that went well.
    Debug,
}

/// A destination on the allow-list, compared exactly.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct HostPort {
    /// DNS name or IP address, as the enclave asks for it. IPv6 without brackets.
    pub host: String,
    /// TCP port, not 0.
    pub port: u16,
}

impl TryFrom<String> for HostPort {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const FORM: &str = "expected host:port";
        let (host, port) = text.rsplit_once(':').ok_or(FORM)?;
        let host = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        let port = port.parse().map_err(|_| FORM)?;
        if host.is_empty() || port == 0 {
            return Err(FORM);
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

/// Where AWS credentials come from.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "source", rename_all = "lowercase", deny_unknown_fields)]
pub enum CredentialSource {
    /// The default provider chain of the AWS SDK; on EC2 the instance's role.
    #[default]
    Default,
    /// Written in this file; for local mode.
    Static {
        /// Public part.
        access_key_id: String,
        /// Secret access key.
        #[serde(deserialize_with = "secret_text")]
        secret_access_key: Secret<String>,
        /// Session token, where there is one.
        #[serde(default, deserialize_with = "optional_secret_text")]
        session_token: Option<Secret<String>>,
    },
}

/// Bounds on the HTTP API.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// HTTP connections at once. Default 256. Beyond it a new one is answered 503 `busy` and closed.
    pub connections: usize,
    /// Requests to enclaves at once, at most 248. Default 128. Beyond it: 503 `busy`.
    pub concurrent_requests: usize,
    /// Bytes that all requests under way may hold together. Default 0: a quarter of the memory.
    /// Beyond it: 503 `busy`.
    pub memory_bytes: usize,
    /// Requests a second from one address, with twice as many in a burst. Default 0: not limited.
    /// Beyond it: 429 `rate_limited`.
    pub requests_per_second: u32,
    /// The same for `GET /v1/evidence` and for evidence in 421, which cost the enclave a signature
    /// of its security module. Default 100; 0: not limited.
    pub evidence_per_second: u32,
    /// Time for one request, from its head to the enclave's answer, milliseconds. Default 10000.
    pub request_deadline_ms: u64,
    /// Time for a body to arrive, milliseconds. Default 5000.
    pub body_timeout_ms: u64,
    /// Time for a request's head to arrive, and for a connection to lie idle, milliseconds.
    /// Default 10000.
    pub head_timeout_ms: u64,
    /// Time that a caller may leave a reply unread, milliseconds. Default 10000.
    pub write_stall_ms: u64,
    /// Longest head of a request, bytes. Default 16384.
    pub head_bytes: usize,
    /// Time for requests under way to finish after SIGTERM, milliseconds. Default 15000.
    pub drain_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            concurrent_requests: 128,
            memory_bytes: 0,
            requests_per_second: 0,
            evidence_per_second: 100,
            request_deadline_ms: duration_ms(REQUEST_DEADLINE),
            body_timeout_ms: 5_000,
            head_timeout_ms: 10_000,
            write_stall_ms: 10_000,
            head_bytes: 16 * 1024,
            drain_ms: 15_000,
        }
    }
}

impl Limits {
    /// Time for one request.
    pub const fn request_deadline(&self) -> Duration {
        Duration::from_millis(self.request_deadline_ms)
    }

    /// Time for a body to arrive.
    pub const fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }

    /// Time for a head to arrive.
    pub const fn head_timeout(&self) -> Duration {
        Duration::from_millis(self.head_timeout_ms)
    }

    /// Time that a reply may stay unread.
    pub const fn write_stall(&self) -> Duration {
        Duration::from_millis(self.write_stall_ms)
    }

    /// Time to finish after SIGTERM.
    pub const fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

/// Bounds on the egress proxy.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EgressLimits {
    /// Streams from enclaves at once. Default 64. Beyond it a new one is answered `egress_busy`.
    pub connections: usize,
    /// Connects a second, with twice as many in a burst. Default 50; 0: not limited.
    pub connects_per_second: u32,
    /// Time for the first frame to arrive, milliseconds. Default 5000.
    pub first_frame_ms: u64,
    /// Time for name resolution and connect together, milliseconds. Default 5000.
    pub connect_timeout_ms: u64,
    /// Time that a tunnel may lie idle, milliseconds. Default 60000.
    pub idle_timeout_ms: u64,
    /// Bytes that one tunnel may carry each way. Default 67108864 (64 MiB).
    pub tunnel_bytes: u64,
}

impl Default for EgressLimits {
    fn default() -> Self {
        Self {
            connections: 64,
            connects_per_second: 50,
            first_frame_ms: 5_000,
            connect_timeout_ms: 5_000,
            idle_timeout_ms: 60_000,
            tunnel_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not TOML, an unknown key, a missing one, or a value of another type.
    #[error("line {line}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What the parser expected; never the line itself.
        message: String,
    },
    /// `listen` is reachable from other machines.
    #[error("listen is {listen}, not a loopback address; set allow_plain_http = true to allow it")]
    PlainHttp {
        /// The address.
        listen: SocketAddr,
    },
    /// Neither `[[enclave]]` nor `[supervisor]`.
    #[error("no [[enclave]] is given, and no [supervisor]")]
    NoEnclave,
    /// `[supervisor]` contradicts itself or the rest.
    #[error(transparent)]
    Supervisor(#[from] SupervisionError),
    /// A number is outside its range.
    #[error("{key} is outside {min} to {max}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// Least value.
        min: u64,
        /// Greatest value.
        max: u64,
    },
    /// A host is longer than a query of an enclave can name.
    #[error("a host in egress_allow is longer than {max} bytes")]
    HostTooLong {
        /// Greatest length.
        max: usize,
    },
}

impl ConfigError {
    /// The stable name for logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "config_unreadable",
            Self::Syntax { .. } => "config_syntax",
            Self::PlainHttp { .. } => "config_plain_http",
            Self::NoEnclave => "config_no_enclave",
            Self::Supervisor(_) => "config_supervisor",
            Self::OutOfRange { .. } => "config_out_of_range",
            Self::HostTooLong { .. } => "config_host_too_long",
        }
    }
}

/// Longest DNS name, bytes (RFC 1035 §2.3.4).
const MAX_HOST_BYTES: usize = 255;

impl Config {
    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the file, line or key.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text)
    }

    /// Reads and checks the text of a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the line or key.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or(text);
            ConfigError::Syntax {
                line: before.matches('\n').count() + 1,
                message: error.message().to_owned(),
            }
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !self.listen.ip().is_loopback() && !self.allow_plain_http {
            return Err(ConfigError::PlainHttp {
                listen: self.listen,
            });
        }
        match &self.supervisor {
            None if self.enclaves.is_empty() => return Err(ConfigError::NoEnclave),
            Some(_) if !self.enclaves.is_empty() => {
                return Err(SupervisionError::WithEnclaves.into());
            }
            Some(supervisor) => supervisor.check()?,
            None => {}
        }
        if self
            .egress_allow
            .iter()
            .any(|to| to.host.len() > MAX_HOST_BYTES)
        {
            return Err(ConfigError::HostTooLong {
                max: MAX_HOST_BYTES,
            });
        }
        let limits = &self.limits;
        let egress = &self.egress_limits;
        let hour_ms = 3_600_000;
        let supervisor = self.supervisor.iter().flat_map(Supervision::ranges);
        let own = [
            ("enclave", self.enclaves.len() as u64, 0, 64),
            ("roots", self.roots.len() as u64, 0, MAX_ROOTS as u64),
            ("worker_threads", self.worker_threads as u64, 0, 1024),
            ("limits.connections", limits.connections as u64, 1, 65_536),
            // An enclave serves MAX_CONNECTIONS streams; a few stay free for the status question.
            (
                "limits.concurrent_requests",
                limits.concurrent_requests as u64,
                1,
                MAX_CONNECTIONS as u64 - 8,
            ),
            (
                "limits.request_deadline_ms",
                limits.request_deadline_ms,
                1,
                hour_ms,
            ),
            ("limits.body_timeout_ms", limits.body_timeout_ms, 1, hour_ms),
            ("limits.head_timeout_ms", limits.head_timeout_ms, 1, hour_ms),
            ("limits.write_stall_ms", limits.write_stall_ms, 1, hour_ms),
            (
                "limits.head_bytes",
                limits.head_bytes as u64,
                8 * 1024,
                1024 * 1024,
            ),
            ("limits.drain_ms", limits.drain_ms, 0, hour_ms),
            (
                "egress_limits.connections",
                egress.connections as u64,
                1,
                65_536,
            ),
            (
                "egress_limits.first_frame_ms",
                egress.first_frame_ms,
                1,
                hour_ms,
            ),
            (
                "egress_limits.connect_timeout_ms",
                egress.connect_timeout_ms,
                1,
                hour_ms,
            ),
            (
                "egress_limits.idle_timeout_ms",
                egress.idle_timeout_ms,
                1,
                hour_ms,
            ),
            (
                "egress_limits.tunnel_bytes",
                egress.tunnel_bytes,
                1,
                u64::MAX,
            ),
        ];
        for (key, value, min, max) in supervisor.chain(own) {
            if !(min..=max).contains(&value) {
                return Err(ConfigError::OutOfRange { key, min, max });
            }
        }
        Ok(())
    }

    /// Whether `query` asks for a destination on the list.
    pub fn allows(&self, query: &EgressQuery) -> bool {
        match query {
            EgressQuery::Connect { host, port } => self
                .egress_allow
                .iter()
                .any(|to| to.host == *host && to.port == *port),
            EgressQuery::Credentials | EgressQuery::Boot => true,
        }
    }
}

const fn default_listen() -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080))
}

const fn default_egress_listen() -> ListenAddress {
    ListenAddress::Vsock { port: 5006 }
}

fn duration_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

// By way of a TOML value, because the parser's own message for a wrong type quotes the value.
fn secret_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Secret<String>, D::Error> {
    match toml::Value::deserialize(from)? {
        toml::Value::String(text) => Ok(Secret::new(text)),
        _ => Err(serde::de::Error::custom("a secret is a string")),
    }
}

fn optional_secret_text<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<Secret<String>>, D::Error> {
    secret_text(from).map(Some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::supervisor::settings::RunnerKind;

    const LEAST: &str = "trust_anchor = \"a\"\nbundle = \"b\"\n[[enclave]]\naddress = \"unix:e\"\n";

    fn refused(text: &str) -> ConfigError {
        Config::parse(text).unwrap_err()
    }

    #[test]
    fn the_configuration_of_an_instance_parses_and_has_its_enclave_supervised() {
        let instance = include_str!("../../deploy/parent.toml");
        let config = Config::parse(instance).unwrap();
        assert!(config.allow_plain_http && !config.listen.ip().is_loopback());
        assert_eq!(config.egress_allow.len(), 1);
        let supervisor = config.supervisor.unwrap();
        assert_eq!(supervisor.runner, RunnerKind::NitroCli);
        assert_eq!(supervisor.eif.parent(), config.bundle.parent());
        assert!(!supervisor.debug);
    }

    #[test]
    fn the_example_holds_the_defaults_that_the_documentation_names() {
        let example = Config::parse(EXAMPLE).unwrap();
        let least = Config::parse(LEAST).unwrap();
        assert_eq!(example.limits, least.limits);
        assert_eq!(example.egress_limits, least.egress_limits);
        assert_eq!(example.listen, least.listen);
        assert_eq!(example.log, least.log);
        assert_eq!(example.egress_listen, least.egress_listen);
        let supervisor = example.supervisor.unwrap();
        let eif = supervisor.eif.display();
        let least = LEAST.split("[[enclave]]").next().unwrap();
        let least = Config::parse(&format!("{least}[supervisor]\neif = \"{eif}\"\n"));
        assert_eq!(supervisor, least.unwrap().supervisor.unwrap());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        for (text, expected) in [
            (format!("colour = 1\n{LEAST}"), 1),
            (format!("{LEAST}[limits]\nconections = 9\n"), 6),
            (format!("{LEAST}port = 9\n"), 5),
        ] {
            let error = refused(&text);
            let ConfigError::Syntax { line, message } = &error else {
                panic!("{error}")
            };
            assert!(message.contains("unknown field"), "{message}");
            assert_eq!(*line, expected, "{text}");
        }
    }

    #[test]
    fn a_secret_of_another_type_is_refused_without_being_shown() {
        for secret in ["31337", "[\"31337\"]"] {
            let text = format!(
                "{LEAST}[credentials]\nsource = \"static\"\naccess_key_id = \"A\"\nsecret_access_key = {secret}\n"
            );
            let error = refused(&text);
            assert_eq!(error.code(), "config_syntax");
            assert!(!format!("{error:?}{error}").contains("31337"));
        }
    }

    #[test]
    fn static_credentials_stay_out_of_debug_output() {
        let text = format!(
            "{LEAST}[credentials]\nsource = \"static\"\naccess_key_id = \"A\"\nsecret_access_key = \"hush\"\nsession_token = \"hush\"\n"
        );
        assert!(!format!("{:?}", Config::parse(&text).unwrap()).contains("hush"));
    }

    #[test]
    fn an_address_that_others_reach_needs_a_word_of_its_own() {
        let text = format!("listen = \"0.0.0.0:80\"\n{LEAST}");
        assert_eq!(refused(&text).code(), "config_plain_http");
        assert!(Config::parse(&format!("allow_plain_http = true\n{text}")).is_ok());
    }

    #[test]
    fn a_parent_without_enclave_is_refused() {
        let text = "trust_anchor = \"a\"\nbundle = \"b\"\n";
        assert_eq!(refused(text).code(), "config_no_enclave");
    }

    #[test]
    fn numbers_outside_their_range_are_refused_by_key() {
        let error = refused(&format!("{LEAST}[limits]\nconcurrent_requests = 0\n"));
        assert!(matches!(
            error,
            ConfigError::OutOfRange {
                key: "limits.concurrent_requests",
                min: 1,
                max: 248
            }
        ));
        assert_eq!(error.code(), "config_out_of_range");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Config::load(Path::new("nowhere.toml")).unwrap_err();
        assert_eq!(error.code(), "config_unreadable");
        assert!(error.to_string().contains("nowhere.toml"));
    }

    #[test]
    fn a_host_longer_than_dns_allows_is_refused() {
        let text = format!("egress_allow = [\"{}:443\"]\n{LEAST}", "a".repeat(256));
        assert_eq!(refused(&text).code(), "config_host_too_long");
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[a-z\"\\[\\]=.:\n0-9 ]{0,80}") {
            let _outcome = Config::parse(&format!("{LEAST}{text}"));
        }
    }

    #[test]
    fn the_allow_list_is_exact() {
        let text = format!("egress_allow = [\"kms.example:443\", \"[::1]:8443\"]\n{LEAST}");
        let config = Config::parse(&text).unwrap();
        let asks = |host: &str, port| {
            config.allows(&EgressQuery::Connect {
                host: host.to_owned(),
                port,
            })
        };
        assert!(asks("kms.example", 443));
        assert!(asks("::1", 8443));
        for (host, port) in [
            ("kms.example", 80),
            ("KMS.example", 443),
            ("kms.example.", 443),
            ("x.kms.example", 443),
            ("169.254.169.254", 80),
            ("kms.example:443", 443),
            ("", 443),
        ] {
            assert!(!asks(host, port), "{host}:{port}");
        }
        for bad in ["kms", "kms:", ":443", "kms:0", "kms:65536"] {
            let text = format!("egress_allow = [\"{bad}\"]\n{LEAST}");
            assert_eq!(refused(&text).code(), "config_syntax", "{bad}");
        }
    }
}
