//! What a job needs besides its items: keys under the tenant's roots, a new root, a new data key.
//!
//! A root counts only when the policy names its version and digest, the trust anchor lists its KMS
//! key for the tenant, and its version is not below the tenant's floor. The newest that is named
//! seals; older ones that are named still open. Data keys are made here for resealing alone, by an
//! attested call that nobody outside can read the answer of.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use futures_util::{StreamExt, stream};
use vouchsafe_common::{
    Epoch, Secret,
    bundle::{Policy, Root, Tenant, TrustAnchor},
    encryption_context::EncryptionContext,
    key_arn::KeyArn,
    message::{ItemError, Request},
    record,
};
use vouchsafe_pii::{
    Operation as PiiOperation, derive,
    tokenize::{self, DetokenizeParameters, KEY_BYTES, Token, TokenParameters},
};

use super::{ActionKey, CONCURRENT_FETCHES, KeyPlace, Keys, Opened, for_kms, item_error};
use crate::{
    keyring,
    operation::{Job, Operation},
};

/// What an operation needs besides its items.
#[derive(Debug)]
pub enum JobSecret {
    /// Nothing.
    None,
    /// The key of an action.
    Key(ActionKey),
    /// The keys of tokens.
    Tokens(TokenKeys),
    /// The KMS ciphertext of a new root.
    NewRoot(Vec<u8>),
    /// A new data key.
    DataKey(Box<record::DataKey>),
    /// It could not be had.
    Missing(ItemError),
}

/// The keys of a tenant's tokens of one entity and context, by the version of their root.
#[derive(Debug)]
pub struct TokenKeys {
    newest: u32,
    floor: u32,
    keys: BTreeMap<u32, Result<Secret<[u8; KEY_BYTES]>, ItemError>>,
}

impl TokenKeys {
    /// One key, for tests of what is made under it.
    #[cfg(test)]
    pub fn one(version: u32, key: Secret<[u8; KEY_BYTES]>) -> Self {
        Self {
            newest: version,
            floor: 0,
            keys: BTreeMap::from([(version, Ok(key))]),
        }
    }

    /// The version that new tokens have.
    pub const fn newest(&self) -> u32 {
        self.newest
    }

    /// The key of this version.
    ///
    /// # Errors
    ///
    /// [`ItemError::RootBelowFloor`], [`ItemError::RootMissing`] when the policy does not name the
    /// version, or why the root could not be had.
    pub fn of(&self, version: u32) -> Result<&Secret<[u8; KEY_BYTES]>, ItemError> {
        if version < self.floor {
            return Err(ItemError::RootBelowFloor);
        }
        match self.keys.get(&version) {
            Some(Ok(key)) => Ok(key),
            Some(Err(error)) => Err(*error),
            None => Err(ItemError::RootMissing),
        }
    }
}

/// Whose roots, and which of them count.
struct Roots<'a> {
    keys: &'a Keys,
    tenant: &'a Tenant,
    policy: &'a Policy,
    deadline: Instant,
}

impl Keys {
    /// What the operation needs besides its items, of which `inputs` are those that opened.
    pub async fn secret_for(
        &self,
        anchor: &TrustAnchor,
        policy: &Policy,
        job: &Job,
        request: &Request,
        inputs: &[Result<Opened, ItemError>],
        deadline: Instant,
    ) -> JobSecret {
        self.try_secret_for(anchor, policy, job, request, inputs, for_kms(deadline))
            .await
            .unwrap_or_else(JobSecret::Missing)
    }

    async fn try_secret_for(
        &self,
        anchor: &TrustAnchor,
        policy: &Policy,
        job: &Job,
        request: &Request,
        inputs: &[Result<Opened, ItemError>],
        deadline: Instant,
    ) -> Result<JobSecret, ItemError> {
        let tenant = anchor.tenant(&request.tenant);
        let tenant = || tenant.ok_or(ItemError::KeyNotTrusted);
        let roots = || {
            tenant().map(|tenant| Roots {
                keys: self,
                tenant,
                policy,
                deadline,
            })
        };
        match job.operation() {
            Operation::Pii(operation) => match operation {
                PiiOperation::Transform(action) => match KeyPlace::of(action) {
                    Some(place) => roots()?.action_key(place).await,
                    None => Ok(JobSecret::None),
                },
                PiiOperation::Tokenize(TokenParameters { entity, context }) => {
                    roots()?.tokens(entity, context, BTreeSet::new()).await
                }
                PiiOperation::Retokenize(TokenParameters { entity, context }) => {
                    let wanted = versions(request, inputs, entity, false);
                    roots()?.tokens(entity, context, wanted).await
                }
                PiiOperation::Detokenize(DetokenizeParameters {
                    entity,
                    context,
                    inline,
                }) => {
                    let wanted = versions(request, inputs, entity, *inline);
                    roots()?.tokens(entity, context, wanted).await
                }
                PiiOperation::Detect(_)
                | PiiOperation::Redact(_)
                | PiiOperation::Mask(_)
                | PiiOperation::Verify(_)
                | PiiOperation::Validate(_)
                | PiiOperation::Reveal => Ok(JobSecret::None),
            },
            Operation::CreateRoot { version } => {
                self.create_root(tenant()?, *version, deadline).await
            }
            Operation::Reseal { epoch } => {
                let dataset = &request.dataset;
                self.new_data_key(tenant()?, dataset, *epoch, deadline)
                    .await
            }
        }
    }

    async fn create_root(
        &self,
        tenant: &Tenant,
        version: u32,
        deadline: Instant,
    ) -> Result<JobSecret, ItemError> {
        if version < tenant.floors.root_version {
            return Err(ItemError::RootBelowFloor);
        }
        let arn = first(&tenant.root_keys)?;
        let context = EncryptionContext::root(&tenant.name, version);
        let made = self.kms.generate_data_key(&arn, &context, deadline).await;
        made.map(|(blob, _)| JobSecret::NewRoot(blob))
            .map_err(item_error)
    }

    /// One data key for all records of the request.
    async fn new_data_key(
        &self,
        tenant: &Tenant,
        dataset: &str,
        epoch: Epoch,
        deadline: Instant,
    ) -> Result<JobSecret, ItemError> {
        if epoch < tenant.floors.epoch {
            return Err(ItemError::EpochBelowFloor);
        }
        let arn = first(&tenant.data_keys)?;
        let context = EncryptionContext::record(&tenant.name, dataset, epoch);
        let made = self.kms.generate_data_key(&arn, &context, deadline).await;
        let (wrapped, plain) = made.map_err(item_error)?;
        let refused = ItemError::KmsReplyRefused;
        let plain = <[u8; 32]>::try_from(plain.expose_secret().as_slice()).map_err(|_| refused)?;
        record::DataKey::new(&Secret::new(plain), &wrapped, arn.as_str(), epoch)
            .map(|key| JobSecret::DataKey(Box::new(key)))
            .map_err(|_| refused)
    }
}

impl Roots<'_> {
    async fn action_key(&self, place: KeyPlace) -> Result<JobSecret, ItemError> {
        let version = match place.version {
            Some(version) => version,
            None => self.newest()?,
        };
        let root = self.root(version).await?;
        let tenant = self.tenant.name.clone();
        Ok(JobSecret::Key(ActionKey {
            key: expand(&root, &place.info(&tenant, version)),
            tenant,
            place,
            version,
        }))
    }

    /// The keys of these versions and of the newest.
    async fn tokens(
        &self,
        entity: &str,
        context: &str,
        mut wanted: BTreeSet<u32>,
    ) -> Result<JobSecret, ItemError> {
        let newest = self.newest()?;
        wanted.insert(newest);
        // Callers say what they want; what is not named is not even looked for.
        wanted.retain(|version| self.named(*version).is_some());
        let keys = stream::iter(wanted)
            .map(|version| async move {
                let root = self.root(version).await;
                let info = derive::info("tokenize", &self.tenant.name, entity, context, version);
                (version, root.map(|root| expand(&root, &info)))
            })
            .buffered(CONCURRENT_FETCHES)
            .collect()
            .await;
        let floor = self.tenant.floors.root_version;
        Ok(JobSecret::Tokens(TokenKeys {
            newest,
            floor,
            keys,
        }))
    }

    fn newest(&self) -> Result<u32, ItemError> {
        let versions = self.policy.roots_of(&self.tenant.name);
        versions
            .map(|root| root.version)
            .max()
            .ok_or(ItemError::RootMissing)
    }

    fn named(&self, version: u32) -> Option<&Root> {
        self.policy
            .roots_of(&self.tenant.name)
            .find(|root| root.version == version)
    }

    async fn root(&self, version: u32) -> Result<keyring::DataKey, ItemError> {
        // The bundle was refused if it named one below the floor; a caller may still ask for one.
        if version < self.tenant.floors.root_version {
            return Err(ItemError::RootBelowFloor);
        }
        let root = self.named(version).ok_or(ItemError::RootMissing)?;
        let arn = KeyArn::parse(&root.key)
            .ok()
            .filter(|_| self.tenant.root_keys.contains(&root.key))
            .ok_or(ItemError::KeyNotTrusted)?;
        let blob = hex::decode(&root.sha256)
            .ok()
            .and_then(|digest| self.keys.roots.get(digest.as_slice()))
            .ok_or(ItemError::RootMissing)?;
        let context = EncryptionContext::root(&self.tenant.name, version);
        let keyring = &self.keys.keyring;
        let key = keyring.data_key(&arn, blob, &context, 0, self.deadline);
        key.await.map_err(item_error)
    }
}

/// The versions that the tokens of a request name, or with `inline` those of the entity in its texts.
fn versions(
    request: &Request,
    inputs: &[Result<Opened, ItemError>],
    entity: &str,
    inline: bool,
) -> BTreeSet<u32> {
    let items = request.items.iter().zip(inputs);
    let texts = items.filter_map(|(item, opened)| opened.as_ref().ok()?.text(&item.input));
    if inline {
        let found = texts.flat_map(tokenize::find);
        let found = found.filter(|found| found.token.entity() == entity);
        return found.map(|found| found.token.version()).collect();
    }
    let tokens = texts.filter_map(|text| Token::parse(text).ok());
    tokens.map(|token| token.version()).collect()
}

/// The key of a list under which new ones are made.
fn first(arns: &[String]) -> Result<KeyArn, ItemError> {
    arns.first()
        .and_then(|arn| KeyArn::parse(arn).ok())
        .ok_or(ItemError::KeyNotTrusted)
}

/// The key of this `info` under a root.
fn expand<const N: usize>(root: &keyring::DataKey, info: &[u8]) -> Secret<[u8; N]> {
    let mut key = [0; N];
    derive::expand(root.expose_secret(), info, &mut key)
        .expect("32 or 64 bytes are within HKDF-SHA256's limit");
    Secret::new(key)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vouchsafe_common::{
        UnixMillis,
        message::{Input, Item, Parameters, RequestId},
    };

    use super::*;

    /// The examples of docs/protocol/roots.md, which others compute from the page.
    #[test]
    fn derived_keys_are_those_of_the_protocols_examples() {
        let vectors = include_str!("../../../docs/protocol/vectors.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).expect("JSON");
        let vector = |name: &str| hex::decode(vectors[name].as_str().expect("hex")).expect("hex");
        let root = vector("root").try_into().expect("a root has 32 bytes");
        let root = Arc::new(Secret::new(root));
        let info = |purpose| derive::info(purpose, "acme", "US_SSN", "claims", 3);
        let pseudonym: Secret<[u8; 32]> = expand(&root, &info("pseudonymize"));
        assert_eq!(pseudonym.expose_secret().to_vec(), vector("pseudonym_key"));
        let token: Secret<[u8; KEY_BYTES]> = expand(&root, &info("tokenize"));
        assert_eq!(token.expose_secret().to_vec(), vector("token_key"));
    }

    #[test]
    fn a_token_key_counts_from_the_floor_on_and_only_if_its_root_is_named_and_was_had() {
        let keys = TokenKeys {
            newest: 4,
            floor: 2,
            keys: BTreeMap::from([
                (1, Ok(Secret::new([1; KEY_BYTES]))),
                (2, Ok(Secret::new([2; KEY_BYTES]))),
                (4, Err(ItemError::KmsUnavailable)),
            ]),
        };
        let of = |version| keys.of(version).map(|key| key.expose_secret()[0]);
        assert_eq!(of(0), Err(ItemError::RootBelowFloor));
        assert_eq!(of(1), Err(ItemError::RootBelowFloor));
        assert_eq!(of(2), Ok(2));
        assert_eq!(of(3), Err(ItemError::RootMissing));
        assert_eq!(of(4), Err(ItemError::KmsUnavailable));
        assert_eq!(keys.newest(), 4);
    }

    #[test]
    fn the_versions_wanted_are_those_of_tokens_that_may_be_opened() {
        let sealed = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
        let token = |version: u32| format!("vs1.US_SSN.k{version}.{sealed}");
        let within = format!("pay {} or {}, not {sealed}", token(4), token(5));
        let texts = [token(3), token(1), token(3), within, token(9)];
        let item = |text: String| Item {
            reference: "r".into(),
            input: Input::Text(Secret::new(text)),
            other: None,
        };
        let request = Request {
            id: RequestId([1; 16]),
            issued_at: UnixMillis(0),
            purpose: "support".into(),
            tenant: "acme".into(),
            dataset: "customers".into(),
            operation: "detokenize".into(),
            parameters: Parameters::none(),
            items: texts.map(item).into(),
        };
        let inputs = [
            Ok(Opened::Inline),
            Ok(Opened::Inline),
            Ok(Opened::Inline),
            Ok(Opened::Inline),
            Err(ItemError::NotPermitted),
        ];
        let of = |entity, inline| versions(&request, &inputs, entity, inline);
        assert_eq!(of("US_SSN", false), BTreeSet::from([1, 3]));
        assert_eq!(of("US_SSN", true), BTreeSet::from([1, 3, 4, 5]));
        assert_eq!(of("PERSON", true), BTreeSet::new());
    }

    #[test]
    fn keys_of_one_root_differ_by_everything_they_are_derived_from() {
        let root: keyring::DataKey = Arc::new(Secret::new([7; 32]));
        let key = |purpose, tenant, entity, context, version| {
            let info = derive::info(purpose, tenant, entity, context, version);
            let key: Secret<[u8; KEY_BYTES]> = expand(&root, &info);
            *key.expose_secret()
        };
        let keys = [
            key("tokenize", "acme", "US_SSN", "claims", 1),
            key("pseudonymize", "acme", "US_SSN", "claims", 1),
            key("tokenize", "bolt", "US_SSN", "claims", 1),
            key("tokenize", "acme", "PERSON", "claims", 1),
            key("tokenize", "acme", "US_SSN", "", 1),
            key("tokenize", "acme", "US_SSN", "claims", 2),
        ];
        let different: BTreeSet<_> = keys.iter().map(|key| key.to_vec()).collect();
        assert_eq!(different.len(), keys.len());
        assert_eq!(keys[0], key("tokenize", "acme", "US_SSN", "claims", 1));
    }
}
