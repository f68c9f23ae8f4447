//! Operations about keys: create, describe, list, enable, disable, delete, and their policies.
//!
//! None touches key material. A policy is read before it is stored, and refused when it would
//! lock its author out, unless the author says so.

use serde_json::{Value, json};
use vouchsafe_common::key_policy::{Context, MAX_POLICY_BYTES, Policy, PolicyFault};

use super::super::error::{Invalid, KmsError};
use super::super::store::{Key, KeyId, KeyState};
use super::super::unix_millis;
use super::super::wire::{Input, only, required};
use super::{Caller, Operation, Service, stored};

/// Longest description, bytes.
const MAX_DESCRIPTION_BYTES: usize = 8192;
/// Days that a deletion waits, at least, at most and when none are said (API reference,
/// `PendingWindowInDays`).
const DELETION_DAYS: std::ops::RangeInclusive<u64> = 7..=30;
const DELETION_DEFAULT_DAYS: u64 = 30;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Keys in one answer of `ListKeys` when the caller sets no limit, and at most.
const LIST_DEFAULT: usize = 100;
const LIST_MOST: usize = 1000;

impl Service {
    pub(super) fn create_key(&self, caller: &Caller<'_>, input: Input) -> Result<Value, KmsError> {
        Self::authorize_without_key(Operation::CreateKey, caller)?;
        let symmetric = |spec: Option<&String>| spec.is_none_or(|spec| spec == "SYMMETRIC_DEFAULT");
        let supported = symmetric(input.key_spec.as_ref())
            && symmetric(input.customer_master_key_spec.as_ref())
            && input
                .key_usage
                .as_ref()
                .is_none_or(|usage| usage == "ENCRYPT_DECRYPT")
            && input
                .origin
                .as_ref()
                .is_none_or(|origin| origin == "AWS_KMS")
            && input.multi_region != Some(true)
            && input.custom_key_store_id.is_none();
        if !supported {
            return Err(KmsError::UnsupportedOperation);
        }
        let description = input.description.unwrap_or_default();
        if description.len() > MAX_DESCRIPTION_BYTES {
            return Err(KmsError::Validation(Invalid::Length("description")));
        }
        let account = &caller.principal.account;
        let text = input.policy.unwrap_or_else(|| default_policy(account));
        let policy = parse_policy(&text)?;
        let now_ms = unix_millis(caller.now).0;
        let key = Key::create(account, &description, now_ms, (text, policy));
        if input.bypass_policy_lockout_safety_check != Some(true) {
            self.refuse_lockout(&key, caller)?;
        }
        let metadata = self.metadata(&key);
        stored(self.store().add(key))?;
        Ok(json!({ "KeyMetadata": metadata }))
    }

    pub(super) fn describe_key(
        &self,
        caller: &Caller<'_>,
        input: &Input,
    ) -> Result<Value, KmsError> {
        let name = required(input.key_id.as_ref(), "keyId")?;
        let store = self.store();
        let context = self.plain_context(caller);
        let key = self.authorized_key(&store, name, Operation::DescribeKey, caller, &context)?;
        Ok(json!({ "KeyMetadata": self.metadata(key) }))
    }

    /// Keys of the caller's account. Policies of the keys have no say, as in AWS.
    pub(super) fn list_keys(&self, caller: &Caller<'_>, input: &Input) -> Result<Value, KmsError> {
        Self::authorize_without_key(Operation::ListKeys, caller)?;
        let limit = match input.limit {
            None => LIST_DEFAULT,
            Some(limit) => usize::try_from(limit)
                .ok()
                .filter(|limit| (1..=LIST_MOST).contains(limit))
                .ok_or(KmsError::Validation(Invalid::Length("limit")))?,
        };
        let after = match &input.marker {
            None => None,
            Some(marker) => {
                Some(KeyId::parse(marker).ok_or(KmsError::Validation(Invalid::Marker))?)
            }
        };
        let store = self.store();
        let mut keys = store
            .of_account(&caller.principal.account)
            .filter(|key| after.is_none_or(|after| key.id > after))
            .peekable();
        let page: Vec<&Key> = keys.by_ref().take(limit).collect();
        let more = keys.peek().is_some();
        let listed: Vec<Value> = page
            .iter()
            .map(|key| json!({"KeyId": key.id.to_string(), "KeyArn": key.arn(&self.region)}))
            .collect();
        let mut answer = json!({ "Keys": listed, "Truncated": more });
        if let (true, Some(last)) = (more, page.last()) {
            answer["NextMarker"] = last.id.to_string().into();
        }
        Ok(answer)
    }

    pub(super) fn set_enabled(
        &self,
        operation: Operation,
        caller: &Caller<'_>,
        input: &Input,
        enabled: bool,
    ) -> Result<Value, KmsError> {
        self.set_state(operation, caller, input, |state| match (state, enabled) {
            (KeyState::PendingDeletion { .. }, _) => None,
            (_, true) => Some(KeyState::Enabled),
            (_, false) => Some(KeyState::Disabled),
        })?;
        Ok(json!({}))
    }

    /// Nothing is ever destroyed here: a key that waits stays as it is.
    pub(super) fn schedule_key_deletion(
        &self,
        caller: &Caller<'_>,
        input: &Input,
    ) -> Result<Value, KmsError> {
        let days = input
            .pending_window_in_days
            .unwrap_or(DELETION_DEFAULT_DAYS);
        if !DELETION_DAYS.contains(&days) {
            return Err(KmsError::Validation(Invalid::Length("pendingWindowInDays")));
        }
        let at_ms = unix_millis(caller.now).0 + days * DAY_MS;
        let operation = Operation::ScheduleKeyDeletion;
        let arn = self.set_state(operation, caller, input, |state| match state {
            KeyState::PendingDeletion { .. } => None,
            _ => Some(KeyState::PendingDeletion { at_ms }),
        })?;
        Ok(json!({
            "KeyId": arn,
            "DeletionDate": seconds(at_ms),
            "KeyState": "PendingDeletion",
            "PendingWindowInDays": days,
        }))
    }

    pub(super) fn cancel_key_deletion(
        &self,
        caller: &Caller<'_>,
        input: &Input,
    ) -> Result<Value, KmsError> {
        let operation = Operation::CancelKeyDeletion;
        let arn = self.set_state(operation, caller, input, |state| match state {
            KeyState::PendingDeletion { .. } => Some(KeyState::Disabled),
            _ => None,
        })?;
        Ok(json!({ "KeyId": arn }))
    }

    /// Moves a key to the state that `next` makes of its own, where it makes one; answers its ARN.
    fn set_state(
        &self,
        operation: Operation,
        caller: &Caller<'_>,
        input: &Input,
        next: impl FnOnce(KeyState) -> Option<KeyState>,
    ) -> Result<String, KmsError> {
        let name = required(input.key_id.as_ref(), "keyId")?;
        let mut store = self.store();
        let context = self.plain_context(caller);
        let key = self.authorized_key(&store, name, operation, caller, &context)?;
        let (id, arn) = (key.id, key.arn(&self.region));
        let state = next(key.state).ok_or(KmsError::InvalidState)?;
        stored(store.change(id, |key| key.state = state))?;
        Ok(arn)
    }

    pub(super) fn get_key_policy(
        &self,
        caller: &Caller<'_>,
        input: &Input,
    ) -> Result<Value, KmsError> {
        let name = required(input.key_id.as_ref(), "keyId")?;
        only(input.policy_name.as_ref(), "default", "policyName")?;
        let store = self.store();
        let context = self.plain_context(caller);
        let key = self.authorized_key(&store, name, Operation::GetKeyPolicy, caller, &context)?;
        Ok(json!({ "Policy": key.policy_text, "PolicyName": "default" }))
    }

    pub(super) fn put_key_policy(
        &self,
        caller: &Caller<'_>,
        input: Input,
    ) -> Result<Value, KmsError> {
        let name = required(input.key_id, "keyId")?;
        only(input.policy_name.as_ref(), "default", "policyName")?;
        let text = required(input.policy, "policy")?;
        let mut store = self.store();
        let context = self.plain_context(caller);
        let key = self.authorized_key(&store, &name, Operation::PutKeyPolicy, caller, &context)?;
        let (id, policy) = (key.id, parse_policy(&text)?);
        if input.bypass_policy_lockout_safety_check != Some(true) {
            let candidate = Key::create(&key.account, "", 0, (text.clone(), policy.clone()));
            self.refuse_lockout(&candidate, caller)?;
        }
        stored(store.change(id, |key| {
            key.policy_text = text;
            key.policy = policy.into();
        }))?;
        Ok(json!({}))
    }

    /// The author of a policy must be able to put another one.
    fn refuse_lockout(&self, key: &Key, caller: &Caller<'_>) -> Result<(), KmsError> {
        let context = self.plain_context(caller);
        self.authorize(key, Operation::PutKeyPolicy, caller, &context)
            .map_err(|_| KmsError::MalformedPolicyDocument(PolicyFault::Lockout))
    }

    fn plain_context(&self, caller: &Caller<'_>) -> Context {
        self.context(caller, &std::collections::BTreeMap::new(), None)
    }

    fn metadata(&self, key: &Key) -> Value {
        let state = match key.state {
            KeyState::Enabled => "Enabled",
            KeyState::Disabled => "Disabled",
            KeyState::PendingDeletion { .. } => "PendingDeletion",
        };
        let mut metadata = json!({
            "AWSAccountId": key.account,
            "KeyId": key.id.to_string(),
            "Arn": key.arn(&self.region),
            "CreationDate": seconds(key.created_at_ms),
            "Enabled": key.state == KeyState::Enabled,
            "Description": key.description,
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": state,
            "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "MultiRegion": false,
            "CurrentKeyMaterialId": key.material_id(),
        });
        if let KeyState::PendingDeletion { at_ms } = key.state {
            metadata["DeletionDate"] = seconds(at_ms).into();
        }
        metadata
    }
}

/// Seconds with a fraction, as AWS JSON 1.1 carries times.
fn seconds(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}

fn parse_policy(text: &str) -> Result<Policy, KmsError> {
    if text.len() > MAX_POLICY_BYTES {
        return Err(KmsError::LimitExceeded);
    }
    Policy::parse(text).map_err(|error| KmsError::MalformedPolicyDocument(error.fault))
}

/// What AWS gives a key that was created without a policy: its account decides.
fn default_policy(account: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
            "Action": "kms:*",
            "Resource": "*",
        }],
    })
    .to_string()
}
