//! Operations that use key material: encrypt, decrypt, data keys, random bytes.
//!
//! With a `Recipient`, plaintext leaves in a CMS envelope and in no other form, except where a
//! test asked for the lie.

use serde_json::{Map, Value, json};
use vouchsafe_common::key_policy::json::Object;
use zeroize::Zeroizing;

use super::super::error::{Invalid, KmsError};
use super::super::recipient::Recipient;
use super::super::store::{Key, KeyState, blob_key};
use super::super::wire::{Input, RecipientInput, base64, byte_count, only, required};
use super::{Caller, Operation, Service};

/// Longest plaintext that `Encrypt` takes, bytes.
const MAX_PLAINTEXT_BYTES: usize = 4096;
/// Longest ciphertext that `Decrypt` takes, bytes.
const MAX_CIPHERTEXT_BYTES: usize = 6144;
/// The one algorithm of symmetric keys.
const SYMMETRIC_DEFAULT: &str = "SYMMETRIC_DEFAULT";
/// The one algorithm of recipients.
const RECIPIENT_ALGORITHM: &str = "RSAES_OAEP_SHA_256";

impl Service {
    pub(super) fn encrypt(&self, caller: &Caller<'_>, mut input: Input) -> Result<Value, KmsError> {
        check_common(&input)?;
        let encryption_context = input.context()?;
        let name = required(input.key_id.take(), "keyId")?;
        let plaintext = required(input.plaintext.as_ref(), "plaintext")?;
        let plaintext = plaintext.within(MAX_PLAINTEXT_BYTES, "plaintext")?;

        let store = self.store();
        let context = self.context(caller, &encryption_context, None);
        let key = self.authorized_key(&store, &name, Operation::Encrypt, caller, &context)?;
        self.usable(key, &input)?;
        let blob = key
            .seal(plaintext, &encryption_context)
            .map_err(|_| KmsError::Internal)?;
        Ok(json!({
            "CiphertextBlob": base64(&blob),
            "KeyId": self.answered_arn(key, caller),
            "EncryptionAlgorithm": SYMMETRIC_DEFAULT,
        }))
    }

    pub(super) fn decrypt(&self, caller: &Caller<'_>, mut input: Input) -> Result<Value, KmsError> {
        check_common(&input)?;
        let encryption_context = input.context()?;
        let blob = required(input.ciphertext_blob.as_ref(), "ciphertextBlob")?;
        let blob = blob.within(MAX_CIPHERTEXT_BYTES, "ciphertextBlob")?;
        let recipient = self.recipient(input.recipient.as_ref(), caller)?;
        let context = self.context(caller, &encryption_context, recipient.as_ref());

        let store = self.store();
        let made_under = blob_key(blob).and_then(|id| store.key(id));
        let key = match &input.key_id {
            Some(name) => self.find(&store, name, caller)?,
            None => made_under.ok_or(KmsError::InvalidCiphertext)?,
        };
        self.authorize(key, Operation::Decrypt, caller, &context)?;
        self.usable(key, &input)?;
        let made_under = made_under.ok_or(KmsError::InvalidCiphertext)?;
        if made_under.id != key.id {
            return Err(KmsError::IncorrectKey);
        }
        let plaintext = key
            .open(blob, &encryption_context)
            .map_err(|_| KmsError::InvalidCiphertext)?;
        let mut answer = answer_plaintext(&plaintext, recipient.as_ref(), caller)?;
        answer.insert("KeyId".to_owned(), self.answered_arn(key, caller).into());
        answer.insert("EncryptionAlgorithm".to_owned(), SYMMETRIC_DEFAULT.into());
        answer.insert("KeyMaterialId".to_owned(), key.material_id().into());
        Ok(answer.into())
    }

    pub(super) fn generate_data_key(
        &self,
        operation: Operation,
        caller: &Caller<'_>,
        mut input: Input,
    ) -> Result<Value, KmsError> {
        check_common(&input)?;
        let encryption_context = input.context()?;
        let name = required(input.key_id.take(), "keyId")?;
        let bytes = data_key_bytes(&input)?;
        let with_plaintext = operation == Operation::GenerateDataKey;
        // The variant without plaintext ignores a recipient: it never shows it to the policy.
        let recipient = match &input.recipient {
            Some(recipient) if with_plaintext => self.recipient(Some(recipient), caller)?,
            _ => None,
        };
        let context = self.context(caller, &encryption_context, recipient.as_ref());

        let store = self.store();
        let key = self.authorized_key(&store, &name, operation, caller, &context)?;
        self.usable(key, &input)?;
        let data_key = random_bytes(bytes)?;
        let blob = key
            .seal(&data_key, &encryption_context)
            .map_err(|_| KmsError::Internal)?;
        let mut answer = if with_plaintext {
            answer_plaintext(&data_key, recipient.as_ref(), caller)?
        } else {
            Map::new()
        };
        answer.insert("CiphertextBlob".to_owned(), base64(&blob).into());
        answer.insert("KeyId".to_owned(), self.answered_arn(key, caller).into());
        answer.insert("KeyMaterialId".to_owned(), key.material_id().into());
        Ok(answer.into())
    }

    pub(super) fn generate_random(
        &self,
        caller: &Caller<'_>,
        input: &Input,
    ) -> Result<Value, KmsError> {
        if input.custom_key_store_id.is_some() {
            return Err(KmsError::UnsupportedOperation);
        }
        let bytes = byte_count(required(input.number_of_bytes, "numberOfBytes")?)?;
        let recipient = self.recipient(input.recipient.as_ref(), caller)?;
        Self::authorize_without_key(Operation::GenerateRandom, caller)?;
        let random = random_bytes(bytes)?;
        Ok(answer_plaintext(&random, recipient.as_ref(), caller)?.into())
    }

    /// Verifies the recipient, when the request has one.
    fn recipient(
        &self,
        input: Option<&Object<RecipientInput>>,
        caller: &Caller<'_>,
    ) -> Result<Option<Recipient>, KmsError> {
        let Some(Object(input)) = input else {
            return Ok(None);
        };
        only(
            input.key_encryption_algorithm.as_ref(),
            RECIPIENT_ALGORITHM,
            "recipient.keyEncryptionAlgorithm",
        )?;
        required(
            input.key_encryption_algorithm.as_ref(),
            "recipient.keyEncryptionAlgorithm",
        )?;
        let document = required(
            input.attestation_document.as_ref(),
            "recipient.attestationDocument",
        )?;
        Recipient::verify(&document.0, &self.root, caller.now).map(Some)
    }

    /// Whether the key can be used now; a dry run ends here.
    fn usable(&self, key: &Key, input: &Input) -> Result<(), KmsError> {
        match key.state {
            KeyState::Enabled if input.dry_run == Some(true) => Err(KmsError::DryRun),
            KeyState::Enabled => Ok(()),
            KeyState::Disabled => Err(KmsError::Disabled {
                arn: key.arn(&self.region),
            }),
            KeyState::PendingDeletion { .. } => Err(KmsError::InvalidState),
        }
    }

    /// The key's ARN, or another one where a test asked for the lie.
    fn answered_arn(&self, key: &Key, caller: &Caller<'_>) -> String {
        if caller.tampering.foreign_key_id {
            let region = &self.region;
            return format!(
                "arn:aws:kms:{region}:{}:key/00000000-0000-4000-8000-000000000000",
                key.account
            );
        }
        key.arn(&self.region)
    }
}

/// Plaintext as the caller may have it: sealed to the recipient, or in clear without one.
fn answer_plaintext(
    plaintext: &[u8],
    recipient: Option<&Recipient>,
    caller: &Caller<'_>,
) -> Result<Map<String, Value>, KmsError> {
    let mut answer = Map::new();
    match recipient {
        Some(recipient) if !caller.tampering.plaintext => {
            let sealed = recipient
                .key
                .seal(plaintext)
                .map_err(|_| KmsError::Internal)?;
            answer.insert("CiphertextForRecipient".to_owned(), base64(&sealed).into());
            answer.insert("Plaintext".to_owned(), Value::Null);
        }
        _ => {
            answer.insert("Plaintext".to_owned(), base64(plaintext).into());
        }
    }
    Ok(answer)
}

/// What every operation on a symmetric key refuses alike.
fn check_common(input: &Input) -> Result<(), KmsError> {
    only(
        input.encryption_algorithm.as_ref(),
        SYMMETRIC_DEFAULT,
        "encryptionAlgorithm",
    )?;
    let has_grants = input
        .grant_tokens
        .as_ref()
        .is_some_and(|tokens| !tokens.is_empty());
    if has_grants {
        return Err(KmsError::UnsupportedOperation);
    }
    Ok(())
}

fn data_key_bytes(input: &Input) -> Result<usize, KmsError> {
    match (input.key_spec.as_deref(), input.number_of_bytes) {
        (Some("AES_256"), None) => Ok(32),
        (Some("AES_128"), None) => Ok(16),
        (Some(_), None) => Err(KmsError::Validation(Invalid::Choice("keySpec"))),
        (None, Some(number)) => byte_count(number),
        _ => Err(KmsError::Validation(Invalid::KeySpecOrBytes)),
    }
}

fn random_bytes(bytes: usize) -> Result<Zeroizing<Vec<u8>>, KmsError> {
    let mut random = Zeroizing::new(vec![0; bytes]);
    aws_lc_rs::rand::fill(&mut random).map_err(|_| KmsError::Internal)?;
    Ok(random)
}
