//! Who may call: `principals.toml`, from access key ids to secrets, ARNs, tags and permissions.
//!
//! Stands where IAM and STS stand in AWS. `iam` lists action patterns a principal's own account
//! grants it; a key in another account wants these *and* its key policy, as in AWS.
//!
//! Trusts the file. A secret is compared only through a signature. Next: [`super::sigv4`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vouchsafe_common::Secret;
use vouchsafe_common::key_policy::pattern::Pattern;

/// A caller that may sign requests.
#[derive(Debug)]
pub struct Principal {
    /// Short name, for the command line and logs.
    pub name: String,
    /// What requests name; not secret.
    pub access_key_id: String,
    pub(super) secret_access_key: Secret<String>,
    pub(super) session: Option<Session>,
    /// ARN of the role or user.
    pub arn: String,
    /// Account the principal belongs to, 12 digits.
    pub account: String,
    /// Tags that policies read as `aws:PrincipalTag/…`.
    pub tags: BTreeMap<String, String>,
    /// Whether policies see `aws:MultiFactorAuthPresent`.
    pub mfa: bool,
    iam: Vec<Pattern>,
}

/// Temporary credentials: a token that every request carries, until it expires.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) token: Secret<String>,
    /// Seconds since 1970; `None` never expires.
    pub(super) expires_at: Option<u64>,
}

impl Principal {
    /// Whether the principal's own permissions include `action`, such as `kms:ListKeys`.
    pub fn iam_allows(&self, action: &str) -> bool {
        self.iam
            .iter()
            .any(|pattern| pattern.matches_ignoring_case(action))
    }
}

/// Why `principals.toml` is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PrincipalsError {
    /// Not TOML of this form; the location is in the source.
    #[error("principals.toml cannot be read")]
    Toml(#[from] toml::de::Error),
    /// Two principals share an access key id or a name.
    #[error("principal number {index} repeats a name or an access key id")]
    Repeated {
        /// Position in the file, from 0.
        index: usize,
    },
    /// The ARN is not one of a role or user in the named account.
    #[error("principal number {index} has an ARN that is not of its account")]
    Arn {
        /// Position in the file, from 0.
        index: usize,
    },
}

/// Every principal of an installation.
#[derive(Debug)]
pub struct Principals(Vec<Principal>);

impl Principals {
    /// Reads `principals.toml`.
    ///
    /// # Errors
    ///
    /// [`PrincipalsError`]; unknown members are refused.
    pub fn parse(text: &str) -> Result<Self, PrincipalsError> {
        let file: File = toml::from_str(text)?;
        let mut principals: Vec<Principal> = Vec::new();
        for (index, entry) in file.principal.into_iter().enumerate() {
            if principals
                .iter()
                .any(|p| p.name == entry.name || p.access_key_id == entry.access_key_id)
            {
                return Err(PrincipalsError::Repeated { index });
            }
            principals.push(
                entry
                    .into_principal()
                    .ok_or(PrincipalsError::Arn { index })?,
            );
        }
        Ok(Self(principals))
    }

    /// The principal that signs with this access key id.
    pub fn by_access_key_id(&self, id: &str) -> Option<&Principal> {
        self.0
            .iter()
            .find(|principal| principal.access_key_id == id)
    }

    /// The principal of this short name.
    pub fn by_name(&self, name: &str) -> Option<&Principal> {
        self.0.iter().find(|principal| principal.name == name)
    }
}

/// `principals.toml` as it stands in the file; written by `init`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) principal: Vec<Entry>,
}

/// One `[[principal]]`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session_expires_at: Option<u64>,
    pub(crate) arn: String,
    pub(crate) account: String,
    pub(crate) iam: Vec<String>,
    #[serde(default)]
    pub(crate) mfa: bool,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
}

impl Entry {
    fn into_principal(self) -> Option<Principal> {
        let rest = self
            .arn
            .strip_prefix("arn:aws:iam::")?
            .strip_prefix(&self.account)?;
        let of_account = self.account.len() == 12
            && self.account.bytes().all(|byte| byte.is_ascii_digit())
            && (rest.starts_with(":role/") || rest.starts_with(":user/"));
        let expires_at = self.session_expires_at;
        of_account.then(|| Principal {
            name: self.name,
            access_key_id: self.access_key_id,
            secret_access_key: Secret::new(self.secret_access_key),
            session: self.session_token.map(|token| Session {
                token: Secret::new(token),
                expires_at,
            }),
            arn: self.arn,
            account: self.account,
            tags: self.tags,
            mfa: self.mfa,
            iam: self
                .iam
                .iter()
                .map(|pattern| Pattern::plain(pattern))
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]
    use super::*;

    const WRITER: &str = r#"
        [[principal]]
        name = "writer"
        access_key_id = "AKID"
        secret_access_key = "s"
        arn = "arn:aws:iam::111111111111:role/w"
        account = "111111111111"
        iam = ["kms:GenerateDataKey*"]
        tags = { tenant = "acme" }
    "#;

    #[test]
    fn a_principal_has_its_tags_and_permissions() {
        let principals = Principals::parse(WRITER).unwrap();
        let writer = principals.by_name("writer").unwrap();
        assert_eq!(writer.tags["tenant"], "acme");
        assert!(writer.iam_allows("kms:GenerateDataKeyWithoutPlaintext"));
        assert!(!writer.iam_allows("kms:Decrypt"));
        assert!(principals.by_access_key_id("OTHER").is_none());
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let text = WRITER.replace("\"s\"", "\"hushhush\"");
        assert!(!format!("{:?}", Principals::parse(&text).unwrap()).contains("hushhush"));
    }

    #[test]
    fn an_access_key_id_names_one_principal() {
        let text = format!("{WRITER}{}", WRITER.replace("writer", "other"));
        assert!(matches!(
            Principals::parse(&text),
            Err(PrincipalsError::Repeated { index: 1 })
        ));
    }

    #[test]
    fn an_arn_of_another_account_is_refused() {
        let text = WRITER.replace("account = \"1", "account = \"2");
        assert!(matches!(
            Principals::parse(&text),
            Err(PrincipalsError::Arn { index: 0 })
        ));
    }

    #[test]
    fn unknown_members_are_refused() {
        let text = format!("{WRITER}\nadmin = true");
        assert!(matches!(
            Principals::parse(&text),
            Err(PrincipalsError::Toml(_))
        ));
    }
}
