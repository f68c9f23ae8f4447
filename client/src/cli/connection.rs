//! How commands reach an enclave, and as whom: flags over the configuration file.

use std::path::PathBuf;

use vouchsafe_common::attestation::{MAX_PINNED, Pinned};

use super::config::Config;
use super::{Failure, files};
use crate::client::Client;
use crate::identity::{Identity, TokenSource};
use crate::verify::{AwsRoot, Root};
use crate::{key_file, measurements};

/// The flags; each overrides the member of the configuration file with its name.
#[derive(clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connection {
    /// Configuration file, TOML; its members have the names of these flags.
    #[arg(long, value_name = "FILE", env = "VOUCHSAFE_CONFIG")]
    config: Option<PathBuf>,
    /// Address of the service, http or https.
    #[arg(long)]
    url: Option<String>,
    /// Certificates (PEM) to trust for TLS instead of the system's.
    #[arg(long, value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// The root that evidence must go back to: aws, or mock in builds that can. [default: aws]
    #[arg(long, value_name = "aws|mock")]
    trust: Option<String>,
    /// The mock's root certificate, DER.
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// What the enclave must measure to: PCR0, 1, 2, 16 and the digest of the bundle, JSON; may be
    /// repeated, up to 8 times, while one release replaces another.
    #[arg(long, value_name = "FILE")]
    measurements: Vec<PathBuf>,
    /// The caller's name in the policy bundle.
    #[arg(long, value_name = "NAME")]
    caller: Option<String>,
    /// The caller's private key: PKCS#8, PEM or DER.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A file that holds a token, in place of --caller; read for each request.
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
    /// What the results are for.
    #[arg(long)]
    purpose: Option<String>,
    /// Whose data, where the input does not say.
    #[arg(long)]
    tenant: Option<String>,
    /// Which data of the tenant's, where the input does not say.
    #[arg(long)]
    dataset: Option<String>,
}

/// A client of either trust.
pub(super) enum AnyClient {
    /// Trusts AWS.
    Aws(Client<AwsRoot>),
    /// Trusts a mock.
    #[cfg(feature = "mock")]
    Mock(Client<crate::MockRoot>),
}

impl Connection {
    /// The settings in force.
    pub(super) fn settings(self) -> Result<Config, Failure> {
        let file = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        Ok(Config {
            url: self.url.or(file.url),
            certificates: self.certificates.or(file.certificates),
            trust: self.trust.or(file.trust),
            root: self.root.or(file.root),
            measurements: if self.measurements.is_empty() {
                file.measurements
            } else {
                self.measurements
            },
            caller: self.caller.or(file.caller),
            key: self.key.or(file.key),
            token: self.token.or(file.token),
            purpose: self.purpose.or(file.purpose),
            tenant: self.tenant.or(file.tenant),
            dataset: self.dataset.or(file.dataset),
        })
    }
}

impl Config {
    /// The client that these settings describe.
    pub(super) fn client(&self) -> Result<AnyClient, Failure> {
        self.connect(self.pinned()?, Some(self.identity()?))
    }

    /// The releases that are accepted, each by a file of its own.
    fn pinned(&self) -> Result<Pinned, Failure> {
        let name = "measurements";
        if self.measurements.len() > MAX_PINNED {
            let expected = "at most 8 files";
            return Err(Failure::Value { name, expected });
        }
        let releases = self.measurements.iter().map(|path| {
            let content = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
            measurements::parse(&content).map_err(|source| Failure::Measurements {
                path: path.clone(),
                source,
            })
        });
        let releases = releases.collect::<Result<Vec<_>, _>>()?;
        Pinned::try_from(releases).map_err(|_| Failure::Missing { name })
    }

    /// A client of an enclave that is one of `pinned`; without an identity it can attest and no
    /// more.
    pub(super) fn connect(
        &self,
        pinned: Pinned,
        identity: Option<Identity>,
    ) -> Result<AnyClient, Failure> {
        match (self.trust.as_deref().unwrap_or("aws"), &self.root) {
            ("aws", None) => Ok(AnyClient::Aws(self.build(AwsRoot, pinned, identity)?)),
            ("aws", Some(_)) => Err(Failure::Conflict {
                one: "trust = aws",
                other: "root",
            }),
            #[cfg(feature = "mock")]
            ("mock", root) => {
                let root = root.as_ref().ok_or(Failure::Missing { name: "root" })?;
                let der = files::read(root, files::MAX_SMALL_FILE_BYTES)?;
                let root = crate::MockRoot::of_der(&der);
                Ok(AnyClient::Mock(self.build(root, pinned, identity)?))
            }
            #[cfg(not(feature = "mock"))]
            ("mock", _) => Err(Failure::NoMock),
            _ => Err(Failure::Value {
                name: "trust",
                expected: "aws or mock",
            }),
        }
    }

    fn build<R: Root>(
        &self,
        root: R,
        pinned: Pinned,
        identity: Option<Identity>,
    ) -> Result<Client<R>, Failure> {
        let url = self
            .url
            .as_deref()
            .ok_or(Failure::Missing { name: "url" })?;
        let mut builder = Client::builder(url, root, pinned);
        if let Some(identity) = identity {
            builder = builder.identity(identity);
        }
        if let Some(path) = &self.certificates {
            let pem = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
            builder = builder.certificates(pem.to_vec());
        }
        Ok(builder.build()?)
    }

    fn identity(&self) -> Result<Identity, Failure> {
        let key = match &self.key {
            None => None,
            Some(path) => {
                let content = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
                let key = key_file::parse(&content).map_err(|source| Failure::Key {
                    path: path.clone(),
                    source,
                })?;
                Some(key)
            }
        };
        match (&self.caller, &self.token, key) {
            (Some(_), Some(_), _) => Err(Failure::Conflict {
                one: "caller",
                other: "token",
            }),
            (Some(name), None, Some(key)) => Ok(Identity::Registered {
                name: name.clone(),
                key,
            }),
            (Some(_), None, None) => Err(Failure::Missing { name: "key" }),
            (None, Some(token), key) => {
                let token = TokenSource::File(token.clone());
                Ok(match key {
                    Some(key) => Identity::Token { token, key },
                    None => Identity::Bearer { token },
                })
            }
            (None, None, _) => Err(Failure::Missing { name: "caller" }),
        }
    }
}
