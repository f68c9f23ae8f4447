//! `init`: the files of a new installation, all made afresh.
//!
//! `nsm/` holds the PKI that attestation documents chain to, `kms/` the TLS files and principals of
//! the KMS, `idp/` the key of the identity provider, `system/` what a kernel says ([`system`]).
//!
//! There is no constant key, root or password anywhere: two installations trust nothing of each
//! other. What holds a secret is readable by its owner only.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::files::{self, FileError};
use crate::idp::{self, IdentityProvider, IdpError};
use crate::kms::principals::{Entry, File};
use crate::kms::store::random;
use crate::kms::unix_millis;
use crate::pki::{Pki, PkiError};
use crate::roles::{
    ADMIN_ROLE, BREAK_GLASS_ROLE, ENCLAVE_ACCOUNT, ENCLAVE_ROLE, KEY_ACCOUNT, WRITER_ROLE,
};
use crate::system;
use crate::tls::{self, TlsError};

/// Tenant of the writer that `init` makes.
pub const WRITER_TENANT: &str = "acme";

/// Why there is no installation.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The directory already holds one.
    #[error("the directory already holds an installation")]
    Exists,
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The PKI of the security module cannot be written.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The certificate of the KMS cannot be made.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The key of the identity provider cannot be made.
    #[error(transparent)]
    Idp(#[from] IdpError),
    /// The principals cannot be written as TOML.
    #[error("the principals cannot be written")]
    Principals(#[from] toml::ser::Error),
}

/// Makes the installation in `directory`.
///
/// # Errors
///
/// [`InstallError`]; an installation that is there is never touched.
pub fn init(directory: &Path, region: &str, now: SystemTime) -> Result<(), InstallError> {
    let (kms, idp) = (directory.join("kms"), directory.join("idp"));
    if directory.join("nsm").exists() || kms.exists() || idp.exists() {
        return Err(InstallError::Exists);
    }
    files::create_directory(&kms)?;
    files::create_directory(&idp)?;
    Pki::generate(unix_millis(now)).save(directory)?;
    init_kms(&kms, region, now)?;
    init_idp(&idp)?;
    Ok(system::record(directory)?)
}

fn init_kms(kms: &Path, region: &str, now: SystemTime) -> Result<(), InstallError> {
    let aws_name = format!("kms.{region}.amazonaws.com");
    let names = ["localhost", aws_name.as_str()];
    let addresses = [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    let made = tls::make(&names, &addresses, now)?;
    files::write_public(&kms.join("ca.pem"), made.ca.as_bytes())?;
    files::write_public(&kms.join("server.pem"), made.certificate.as_bytes())?;
    files::write_private(&kms.join("server.key"), made.key.as_bytes())?;
    let principals = zeroize::Zeroizing::new(toml::to_string_pretty(&principals())?);
    files::write_private(&kms.join("principals.toml"), principals.as_bytes())?;
    Ok(())
}

fn init_idp(idp: &Path) -> Result<(), InstallError> {
    let pkcs8 = zeroize::Zeroizing::new(idp::generate_key()?);
    files::write_private(&idp.join("key.pk8"), &pkcs8)?;
    let provider = IdentityProvider::from_pkcs8(pkcs8.to_vec())?;
    files::write_public(
        &idp.join("jwks.json"),
        provider.jwks().to_string().as_bytes(),
    )?;
    Ok(())
}

fn principals() -> File {
    let tenant = || BTreeMap::from([("tenant".to_owned(), WRITER_TENANT.to_owned())]);
    let parent_actions = ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateRandom"];
    File {
        principal: vec![
            Entry {
                // Instance credentials are temporary ones, so these have a token too.
                session_token: Some(URL_SAFE_NO_PAD.encode(random::<48>())),
                ..principal(
                    "enclave-parent",
                    "ASIA",
                    ENCLAVE_ROLE,
                    ENCLAVE_ACCOUNT,
                    &parent_actions,
                )
            },
            Entry {
                tags: tenant(),
                ..principal(
                    "writer",
                    "AKIA",
                    WRITER_ROLE,
                    ENCLAVE_ACCOUNT,
                    &["kms:GenerateDataKey", "kms:GenerateRandom"],
                )
            },
            principal("admin", "AKIA", ADMIN_ROLE, KEY_ACCOUNT, &["kms:*"]),
            Entry {
                mfa: true,
                ..principal(
                    "break-glass",
                    "AKIA",
                    BREAK_GLASS_ROLE,
                    KEY_ACCOUNT,
                    &["kms:PutKeyPolicy", "kms:GetKeyPolicy"],
                )
            },
        ],
    }
}

/// A principal with fresh credentials in the shapes of AWS: 20 characters and 40.
fn principal(name: &str, prefix: &str, arn: &str, account: &str, iam: &[&str]) -> Entry {
    // Base 32 would be exact; hex is a subset of what clients accept.
    let id = hex::encode_upper(random::<8>());
    Entry {
        name: name.to_owned(),
        access_key_id: format!("{prefix}{id}"),
        secret_access_key: URL_SAFE_NO_PAD.encode(random::<30>()),
        session_token: None,
        session_expires_at: None,
        arn: arn.to_owned(),
        account: account.to_owned(),
        iam: iam.iter().map(|&action| action.to_owned()).collect(),
        mfa: false,
        tags: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]
    use super::*;
    use crate::kms::principals::Principals;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn an_installation_is_complete_and_keeps_its_secrets() {
        let directory = tempfile::tempdir().unwrap();
        init(directory.path(), "eu-central-1", SystemTime::now()).unwrap();
        for (file, mode) in [
            ("nsm/root.der", 0o644),
            ("nsm/pki.json", 0o600),
            ("kms/ca.pem", 0o644),
            ("kms/server.pem", 0o644),
            ("kms/server.key", 0o600),
            ("kms/principals.toml", 0o600),
            ("idp/key.pk8", 0o600),
            ("idp/jwks.json", 0o644),
            ("system/proc/cmdline", 0o644),
        ] {
            let found = std::fs::metadata(directory.path().join(file)).unwrap();
            assert_eq!(found.permissions().mode() & 0o777, mode, "{file}");
        }
        let text = std::fs::read_to_string(directory.path().join("kms/principals.toml")).unwrap();
        let principals = Principals::parse(&text).unwrap();
        assert_eq!(principals.by_name("writer").unwrap().tags["tenant"], "acme");
        assert_eq!(principals.by_name("admin").unwrap().account, KEY_ACCOUNT);
    }

    #[test]
    fn an_installation_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        init(directory.path(), "eu-central-1", SystemTime::now()).unwrap();
        let again = init(directory.path(), "eu-central-1", SystemTime::now());
        assert!(matches!(again, Err(InstallError::Exists)));
    }
}
