//! Key policies: what somebody else wrote, read, searched and asked.

use vouchsafe_common::key_policy::generate::KeyKind;
use vouchsafe_common::key_policy::lint::lint;
use vouchsafe_common::key_policy::{Context, Decision, Policy, Request};

/// A key policy: where nothing is found, a stranger without attestation decrypts nothing.
pub fn key_policy(json: &[u8]) -> bool {
    let Ok(policy) = Policy::parse(&String::from_utf8_lossy(json)) else {
        return false;
    };
    for kind in [KeyKind::Data, KeyKind::Root] {
        let decision = policy.decide(&Request {
            principal: "arn:aws:iam::999999999999:role/stranger",
            account: "999999999999",
            action: "kms:Decrypt",
            resource: "arn:aws:kms:eu-central-1:222222222222:key/1",
            context: &Context::default(),
        });
        let refused = matches!(decision, Decision::NotAllowed | Decision::ExplicitDeny);
        assert!(refused || !lint(&policy, kind, &[]).is_empty());
    }
    true
}
