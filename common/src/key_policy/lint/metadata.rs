//! What a policy cannot say of its key: the answer of `DescribeKey`.
//!
//! A multi-Region key has copies under policies of their own, and imported material is in other
//! hands too; neither is accepted, nor a key of another kind.

use serde::Deserialize;

use super::super::json::Object;
use super::Weakness;

/// The JSON is not an answer of `DescribeKey`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an answer of DescribeKey: no KeyMetadata with Origin, KeySpec, KeyUsage, KeyManager")]
pub struct MetadataError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    key_metadata: Object<Metadata>,
}

/// The members that count; AWS adds others.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    multi_region: bool,
    origin: String,
    key_spec: String,
    key_usage: String,
    key_manager: String,
}

/// What weakens a key by its nature.
///
/// # Errors
///
/// [`MetadataError`] when a member that counts is missing.
pub fn lint_metadata(describe_key: &str) -> Result<Vec<Weakness>, MetadataError> {
    let Object(Answer {
        key_metadata: Object(key),
    }) = serde_json::from_str(describe_key).map_err(|_| MetadataError)?;
    let is_ours = key.key_spec == "SYMMETRIC_DEFAULT"
        && key.key_usage == "ENCRYPT_DECRYPT"
        && key.key_manager == "CUSTOMER";
    let mut found = Vec::new();
    if key.multi_region {
        found.push(Weakness::MultiRegion);
    }
    if key.origin != "AWS_KMS" {
        found.push(Weakness::Origin);
    }
    if !is_ours {
        found.push(Weakness::KeySpec);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use serde_json::{Value, json};

    use super::*;

    fn described() -> Value {
        json!({"KeyMetadata": {
            "KeyId": "k", "MultiRegion": false, "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT", "KeyManager": "CUSTOMER", "Enabled": true,
        }})
    }

    #[test]
    fn a_key_that_kms_made_for_one_region_has_no_weakness() {
        assert_eq!(lint_metadata(&described().to_string()), Ok(vec![]));
    }

    #[test]
    fn copies_foreign_material_and_other_kinds_of_key_are_named() {
        for (member, value, weakness) in [
            ("MultiRegion", json!(true), Weakness::MultiRegion),
            ("Origin", json!("EXTERNAL"), Weakness::Origin),
            ("Origin", json!("AWS_CLOUDHSM"), Weakness::Origin),
            ("KeySpec", json!("RSA_2048"), Weakness::KeySpec),
            ("KeyUsage", json!("GENERATE_VERIFY_MAC"), Weakness::KeySpec),
            ("KeyManager", json!("AWS"), Weakness::KeySpec),
        ] {
            let mut answer = described();
            answer["KeyMetadata"][member] = value;
            assert_eq!(
                lint_metadata(&answer.to_string()),
                Ok(vec![weakness]),
                "{member}"
            );
        }
    }

    #[test]
    fn an_answer_without_what_counts_is_refused() {
        for member in ["MultiRegion", "Origin", "KeySpec", "KeyUsage", "KeyManager"] {
            let mut answer = described();
            answer["KeyMetadata"]
                .as_object_mut()
                .unwrap()
                .remove(member);
            assert_eq!(
                lint_metadata(&answer.to_string()),
                Err(MetadataError),
                "{member}"
            );
        }
        assert_eq!(lint_metadata("[]"), Err(MetadataError));
    }
}
