//! The accounts and roles of a mock installation, and the key policies made for them.
//!
//! Two accounts, as in production: the service's, with the parent and the writers, and the data
//! owner's, with the keys. The policies are those that [`vouchsafe_common::key_policy`] makes.

use serde_json::Value;
pub use vouchsafe_common::key_policy::generate::KeyKind;
use vouchsafe_common::key_policy::generate::{
    GenerateError, Release, Roles, key_policy as generate,
};

use crate::measure::Measurements;

/// Account of the enclave, its parent and the writers.
pub const ENCLAVE_ACCOUNT: &str = "111111111111";
/// Account of the keys: the data owner's.
pub const KEY_ACCOUNT: &str = "222222222222";
/// Role of the enclave's parent instance.
pub const ENCLAVE_ROLE: &str = "arn:aws:iam::111111111111:role/vouchsafe-parent";
/// Role of a service that seals records.
pub const WRITER_ROLE: &str = "arn:aws:iam::111111111111:role/vouchsafe-writer";
/// Role that looks after keys.
pub const ADMIN_ROLE: &str = "arn:aws:iam::222222222222:role/kms-admin";
/// Role that may change a policy, with a second factor.
pub const BREAK_GLASS_ROLE: &str = "arn:aws:iam::222222222222:role/break-glass";

/// The policy of a key of this kind for enclaves that measure as one of these.
///
/// # Errors
///
/// [`GenerateError`] when a register is missing or zero, and without measurements.
pub fn key_policy(kind: KeyKind, measured: &[&Measurements]) -> Result<Value, GenerateError> {
    let roles = Roles::new(
        ENCLAVE_ROLE.parse()?,
        [WRITER_ROLE.parse()?],
        ADMIN_ROLE.parse()?,
        BREAK_GLASS_ROLE.parse()?,
    )?;
    let releases = measured.iter().map(|one| Release::new(&one.pcrs));
    let releases = releases.collect::<Result<Vec<_>, _>>()?;
    generate(kind, &releases, &roles, None)
}
