//! The operations: what a caller asks, whether it may, and the answer.
//!
//! Every operation on a key goes through `Service::authorized_key`: the key is found, its
//! policy and the caller's permissions are asked, and only then is its state or material looked
//! at, so a refusal tells nothing about the key. Next: [`vouchsafe_common::key_policy`], [`super::store`].

mod data;
mod manage;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value;
use vouchsafe_common::attestation::RootFingerprint;
use vouchsafe_common::key_policy::{Context, Decision, Request};

use super::control::Tampering;
use super::error::{DeniedBy, KmsError};
use super::principals::Principal;
use super::recipient::Recipient;
use super::store::{EncryptionContext, Key, KeyId, Store, StoreError};
use super::wire::Input;

/// An operation of KMS that is answered here.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(missing_docs, reason = "the names are those of the KMS API reference")]
pub enum Operation {
    CancelKeyDeletion,
    CreateKey,
    Decrypt,
    DescribeKey,
    DisableKey,
    EnableKey,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    GenerateRandom,
    GetKeyPolicy,
    ListKeys,
    PutKeyPolicy,
    ScheduleKeyDeletion,
}

/// Operations of KMS that clients of this project may meet, and that are not here.
const KNOWN_ELSEWHERE: [&str; 12] = [
    "CreateAlias",
    "CreateGrant",
    "DeriveSharedSecret",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "ImportKeyMaterial",
    "ListAliases",
    "ListGrants",
    "ReEncrypt",
    "ReplicateKey",
    "Sign",
    "TagResource",
];

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 14] = [
        Self::CancelKeyDeletion,
        Self::CreateKey,
        Self::Decrypt,
        Self::DescribeKey,
        Self::DisableKey,
        Self::EnableKey,
        Self::Encrypt,
        Self::GenerateDataKey,
        Self::GenerateDataKeyWithoutPlaintext,
        Self::GenerateRandom,
        Self::GetKeyPolicy,
        Self::ListKeys,
        Self::PutKeyPolicy,
        Self::ScheduleKeyDeletion,
    ];

    /// The name in the API, and after `kms:` in policies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CancelKeyDeletion => "CancelKeyDeletion",
            Self::CreateKey => "CreateKey",
            Self::Decrypt => "Decrypt",
            Self::DescribeKey => "DescribeKey",
            Self::DisableKey => "DisableKey",
            Self::EnableKey => "EnableKey",
            Self::Encrypt => "Encrypt",
            Self::GenerateDataKey => "GenerateDataKey",
            Self::GenerateDataKeyWithoutPlaintext => "GenerateDataKeyWithoutPlaintext",
            Self::GenerateRandom => "GenerateRandom",
            Self::GetKeyPolicy => "GetKeyPolicy",
            Self::ListKeys => "ListKeys",
            Self::PutKeyPolicy => "PutKeyPolicy",
            Self::ScheduleKeyDeletion => "ScheduleKeyDeletion",
        }
    }

    /// Reads an `X-Amz-Target`.
    ///
    /// # Errors
    ///
    /// `UnsupportedOperationException` for an operation that the real service has, otherwise
    /// `UnknownOperationException`.
    pub fn parse(target: &str) -> Result<Self, KmsError> {
        let name = target
            .strip_prefix("TrentService.")
            .ok_or(KmsError::UnknownOperation)?;
        let found = Self::ALL
            .into_iter()
            .find(|operation| operation.name() == name);
        found.ok_or(if KNOWN_ELSEWHERE.contains(&name) {
            KmsError::UnsupportedOperation
        } else {
            KmsError::UnknownOperation
        })
    }

    fn action(self) -> String {
        format!("kms:{}", self.name())
    }
}

/// An authenticated caller at a point in time.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// Who signed the request.
    pub principal: &'a Principal,
    /// The server's clock.
    pub now: SystemTime,
    /// Lies that a test asked for.
    pub tampering: Tampering,
}

/// The keys and the root that attestation documents must chain to.
#[derive(Debug)]
pub struct Service {
    store: Mutex<Store>,
    root: RootFingerprint,
    region: String,
}

impl Service {
    /// A service over the keys in the file at `keys`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file is there and cannot be read.
    pub fn open(keys: &Path, root: RootFingerprint, region: &str) -> Result<Self, StoreError> {
        Ok(Self {
            store: Mutex::new(Store::open(keys)?),
            root,
            region: region.to_owned(),
        })
    }

    /// Answers one request.
    ///
    /// # Errors
    ///
    /// [`KmsError`] as the real service would.
    pub fn answer(
        &self,
        operation: Operation,
        caller: &Caller<'_>,
        body: &[u8],
    ) -> Result<Value, KmsError> {
        let input = Input::parse(body)?;
        match operation {
            Operation::CancelKeyDeletion => self.cancel_key_deletion(caller, &input),
            Operation::CreateKey => self.create_key(caller, input),
            Operation::Decrypt => self.decrypt(caller, input),
            Operation::DescribeKey => self.describe_key(caller, &input),
            Operation::DisableKey => self.set_enabled(operation, caller, &input, false),
            Operation::EnableKey => self.set_enabled(operation, caller, &input, true),
            Operation::Encrypt => self.encrypt(caller, input),
            Operation::GenerateDataKey | Operation::GenerateDataKeyWithoutPlaintext => {
                self.generate_data_key(operation, caller, input)
            }
            Operation::GenerateRandom => self.generate_random(caller, &input),
            Operation::GetKeyPolicy => self.get_key_policy(caller, &input),
            Operation::ListKeys => self.list_keys(caller, &input),
            Operation::PutKeyPolicy => self.put_key_policy(caller, input),
            Operation::ScheduleKeyDeletion => self.schedule_key_deletion(caller, &input),
        }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // No change of the store can panic half done: it inserts, removes and sets one field.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds a key by id or ARN. A bare id means a key of the caller's own account.
    fn find<'s>(
        &self,
        store: &'s Store,
        name: &str,
        caller: &Caller<'_>,
    ) -> Result<&'s Key, KmsError> {
        let not_found = || KmsError::NotFound {
            key: name.to_owned(),
        };
        let (account, id) = match name.strip_prefix("arn:aws:kms:") {
            None => (caller.principal.account.as_str(), name),
            Some(rest) => {
                let rest = rest
                    .strip_prefix(&self.region)
                    .and_then(|rest| rest.strip_prefix(':'));
                rest.and_then(|rest| rest.split_once(":key/"))
                    .ok_or_else(not_found)?
            }
        };
        KeyId::parse(id)
            .and_then(|id| store.key(id))
            .filter(|key| key.account == account)
            .ok_or_else(not_found)
    }

    /// Finds a key that the caller may use for this operation in this context.
    fn authorized_key<'s>(
        &self,
        store: &'s Store,
        name: &str,
        operation: Operation,
        caller: &Caller<'_>,
        context: &Context,
    ) -> Result<&'s Key, KmsError> {
        let key = self.find(store, name, caller)?;
        self.authorize(key, operation, caller, context)?;
        Ok(key)
    }

    /// Both the key's policy and the caller's permissions, joined as AWS joins them.
    fn authorize(
        &self,
        key: &Key,
        operation: Operation,
        caller: &Caller<'_>,
        context: &Context,
    ) -> Result<(), KmsError> {
        let (action, resource) = (operation.action(), key.arn(&self.region));
        let principal = caller.principal;
        let decision = key.policy.decide(&Request {
            principal: &principal.arn,
            account: &principal.account,
            action: &action,
            resource: &resource,
            context,
        });
        let own_account = principal.account == key.account;
        let why = match decision {
            Decision::ExplicitDeny => DeniedBy::ExplicitDeny,
            Decision::NotAllowed => DeniedBy::NoResourcePolicy,
            Decision::Allow if own_account => return Ok(()),
            Decision::Allow | Decision::AllowAccount if principal.iam_allows(&action) => {
                return Ok(());
            }
            Decision::Allow | Decision::AllowAccount => DeniedBy::NoIdentityPolicy,
        };
        Err(KmsError::AccessDenied {
            principal: principal.arn.clone(),
            action,
            resource,
            why,
        })
    }

    /// For operations that concern no key: the caller's own permissions decide alone.
    fn authorize_without_key(operation: Operation, caller: &Caller<'_>) -> Result<(), KmsError> {
        let action = operation.action();
        if caller.principal.iam_allows(&action) {
            return Ok(());
        }
        Err(KmsError::AccessDenied {
            principal: caller.principal.arn.clone(),
            action,
            resource: "*".to_owned(),
            why: DeniedBy::NoIdentityPolicy,
        })
    }

    /// What policies see of a request.
    fn context(
        &self,
        caller: &Caller<'_>,
        encryption_context: &EncryptionContext,
        recipient: Option<&Recipient>,
    ) -> Context {
        let mut context = Context::default();
        let principal = caller.principal;
        context.insert("aws:PrincipalArn", principal.arn.clone());
        context.insert("aws:PrincipalAccount", principal.account.clone());
        context.insert("kms:CallerAccount", principal.account.clone());
        context.insert("aws:RequestedRegion", self.region.clone());
        context.insert("aws:SecureTransport", "true");
        // The credentials of a role are temporary, and say of a second factor that there was none.
        if principal.mfa || principal.arn.contains(":role/") {
            context.insert("aws:MultiFactorAuthPresent", principal.mfa.to_string());
        }
        for (name, value) in &principal.tags {
            context.insert(&format!("aws:PrincipalTag/{name}"), value.clone());
        }
        for (name, value) in encryption_context {
            context.insert(&format!("kms:EncryptionContext:{name}"), value.clone());
            context.insert("kms:EncryptionContextKeys", name.clone());
        }
        if let Some(recipient) = recipient {
            recipient.describe(&mut context);
        }
        context
    }
}

/// A fault in the files below is a fault of the service; the log has the cause.
fn stored(result: Result<(), StoreError>) -> Result<(), KmsError> {
    result.map_err(|error| {
        tracing::error!(error = %error, "keys cannot be written down");
        KmsError::Internal
    })
}

#[cfg(test)]
#[path = "operations_tests.rs"]
mod tests;
