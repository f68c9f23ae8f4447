//! What weakens a key policy, each with its reason.
//!
//! A question is put to the policy for a whole class of requests: may anybody of these principals
//! do this without that attestation? What the question leaves open counts against the policy: an
//! Allow applies unless a condition that is settled fails, a Deny only when every condition is
//! settled and holds. A value that no policy can list stands for all that this one does not. So
//! nothing that some request could do is missed; what no request could do may be reported, where two
//! open conditions exclude one another.
//!
//! Looks at one policy. Grants, the policies of principals' own accounts and endpoint policies are
//! not in it. Next: [`question`] puts the questions, [`weakness`] names what they find.

pub mod metadata;
mod question;
pub mod weakness;

use std::collections::{BTreeMap, BTreeSet};

pub use weakness::{ContextGap, Finding, Place, Weakness};

use super::action::actions_of;
use super::condition::Context;
use super::document::{Effect, Policy, PrincipalPattern, Statement};
use super::generate::{BYPASSES, KeyKind, PINNED_PCRS, Release};
use crate::attestation::Pcr;
use question::{Question, Who};

/// Actions that use a key.
const USES: [&str; 9] = [
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:GenerateMac",
    "kms:ReEncrypt*",
    "kms:Sign",
    "kms:Verify",
    "kms:VerifyMac",
];
/// Actions that look after a key, or end it or the use of it that somebody was granted. Tags and
/// aliases are among them, for the policies of principals' own accounts can name keys by either.
const ADMINISTRATION: [&str; 16] = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
];
const CHANGE_POLICY: &str = "kms:PutKeyPolicy";

/// Everything that weakens `policy` as that of a key of this kind. With `releases`, also whatever
/// it admits beside them or does not admit of them.
pub fn lint(policy: &Policy, kind: KeyKind, releases: &[Release]) -> Vec<Finding> {
    let mut linter = Linter {
        policy,
        kind,
        found: Vec::new(),
    };
    for (index, statement) in policy.statements().iter().enumerate() {
        linter.look_at(index, statement);
    }
    let everyone = Who::of(policy);
    for who in &everyone {
        linter.ask(who);
    }
    let unattested = |finding: &Finding| matches!(finding.weakness, Weakness::Unattested { .. });
    if !linter.found.iter().any(unattested) {
        linter.vary_registers(&everyone);
    }
    if !releases.is_empty() {
        linter.compare(releases);
    }
    linter.found
}

struct Linter<'p> {
    policy: &'p Policy,
    kind: KeyKind,
    found: Vec<Finding>,
}

impl Linter<'_> {
    fn add(&mut self, index: Option<usize>, weakness: Weakness) {
        let place = index.map(|index| Place {
            statement: index + 1,
            sid: self.policy.statements()[index].sid().map(str::to_owned),
        });
        let finding = Finding { place, weakness };
        if !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    /// What shows in one statement by itself.
    fn look_at(&mut self, index: usize, statement: &Statement) {
        let conditions = statement.conditions();
        if conditions.iter().any(|one| one.key().is_nitro_tpm()) {
            self.add(Some(index), Weakness::NitroTpm);
        }
        let denies = statement.effect() == Effect::Deny;
        for condition in conditions {
            let Some(pcr) = condition.key().register() else {
                continue;
            };
            let (values, negated) = condition.compared().unwrap_or_default();
            for value in values {
                match value.and_then(|text| text.parse::<Pcr>().ok()) {
                    None => self.add(Some(index), Weakness::RegisterValue { pcr }),
                    Some(value) if value.is_zero() && negated == denies => {
                        self.add(Some(index), Weakness::DebugMode { pcr });
                    }
                    Some(_) => {}
                }
            }
        }
        if denies {
            let registers = conditions.iter().filter_map(|one| one.key().register());
            if registers.collect::<BTreeSet<u8>>().len() > 1 {
                self.add(Some(index), Weakness::DenialsJoined);
            }
            return;
        }
        for principal in &statement.principals {
            match principal {
                PrincipalPattern::Everyone => self.add(Some(index), Weakness::Everyone),
                PrincipalPattern::Account(account) => self.add(
                    Some(index),
                    Weakness::AccountDecides {
                        account: account.clone(),
                    },
                ),
                PrincipalPattern::Arn(_) => {}
            }
        }
        if admits_mixtures(&self.accepted(statement)) {
            self.add(Some(index), Weakness::MeasurementsMixed);
        }
        self.vary_context(index, statement);
    }

    /// What one of the principals could do.
    fn ask(&mut self, who: &Who) {
        self.report(
            who,
            &Question::unattested(),
            self.kind.attested_actions(),
            |actions, who| Weakness::Unattested { actions, who },
        );
        let any = Question::open();
        self.report(who, &any, &BYPASSES, |actions, who| Weakness::Bypass {
            actions,
            who,
        });
        // Absent with keys of long standing, false with temporary ones.
        for factor in [None, Some("false")] {
            let mut context = Context::default();
            if let Some(factor) = factor {
                context.insert(MFA_KEY, factor);
            }
            let without_factor = Question::about(context, |key| key.as_str() == MFA_KEY);
            self.report(who, &without_factor, &[CHANGE_POLICY], |_, who| {
                Weakness::PolicyChange { who }
            });
        }
        let duties = [&USES[..], &ADMINISTRATION, &[CHANGE_POLICY]];
        let held = duties.into_iter().filter(|patterns| {
            actions_of(patterns).any(|action| any.may(self.policy, who, action).is_some())
        });
        if held.count() > 1 {
            let who = who.to_string();
            self.add(None, Weakness::DutiesJoined { who });
        }
    }

    /// Reports by statement which of the actions somebody may do.
    fn report(
        &mut self,
        who: &Who,
        question: &Question,
        patterns: &[&str],
        weakness: impl Fn(Vec<&'static str>, String) -> Weakness,
    ) {
        let mut by_statement: BTreeMap<usize, Vec<&'static str>> = BTreeMap::new();
        for action in actions_of(patterns) {
            if let Some(index) = question.may(self.policy, who, action) {
                by_statement.entry(index).or_default().push(action);
            }
        }
        for (index, actions) in by_statement {
            self.add(Some(index), weakness(actions, who.to_string()));
        }
    }

    /// Takes each pinned register away, or changes it, whatever the others are.
    fn vary_registers(&mut self, everyone: &[Who]) {
        let mut open = BTreeSet::new();
        for pcr in PINNED_PCRS {
            for value in [None, Some(ANOTHER)] {
                let question = Question::attested(pcr, value);
                for action in actions_of(self.kind.attested_actions()) {
                    let by = everyone
                        .iter()
                        .filter_map(|who| question.may(self.policy, who, action));
                    open.extend(by.map(|index| (index, pcr)));
                }
            }
        }
        for (index, pcr) in open {
            self.add(Some(index), Weakness::RegisterNotRequired { pcr });
        }
    }

    /// Of the measurements that the policy names, those with which an Allow statement admits to
    /// what needs attestation, by register.
    fn accepted(&self, statement: &Statement) -> BTreeMap<u8, BTreeSet<Pcr>> {
        let uses: Vec<&str> = actions_of(self.kind.attested_actions())
            .filter(|action| statement.covers(action))
            .collect();
        let principals: Vec<Who> = statement.principals.iter().map(Who::from).collect();
        let mut accepted: BTreeMap<u8, BTreeSet<Pcr>> = BTreeMap::new();
        for (pcr, value) in named_measurements(self.policy) {
            let question = Question::attested(pcr, Some(&value.to_string()));
            let is_open = |who: &Who| {
                let mut uses = uses.iter();
                uses.any(|action| !question.denies(self.policy, who, action))
            };
            if question.leaves(statement) && principals.iter().any(is_open) {
                accepted.entry(pcr).or_default().insert(value);
            }
        }
        accepted
    }

    /// Changes the encryption context of what an Allow statement admits, one thing at a time.
    fn vary_context(&mut self, index: usize, statement: &Statement) {
        let mut uses = actions_of(&["kms:Decrypt", "kms:GenerateDataKey*"]);
        if !uses.any(|action| statement.covers(action)) {
            return;
        }
        let names = self.kind.context_names();
        let demanded = demanded_context(statement);
        let good: BTreeMap<&str, &str> = names
            .iter()
            .map(|name| {
                let usual = if *name == "vouchsafe" { "1" } else { *name };
                (*name, demanded.get(*name).map_or(usual, String::as_str))
            })
            .collect();
        let admits = |context: &BTreeMap<&str, &str>| {
            let mut known = Context::default();
            for (name, value) in context {
                known.insert(&format!("{CONTEXT_PREFIX}{name}"), *value);
                known.insert("kms:EncryptionContextKeys", *name);
            }
            for name in names {
                known.insert(&format!("aws:PrincipalTag/{name}"), good[name]);
            }
            // Tags stand in for variables; what else is demanded of them is open.
            Question::about(known, |key| {
                key.as_str().starts_with("kms:encryptioncontext")
            })
            .leaves(statement)
        };
        if !admits(&good) {
            let gaps = vec![ContextGap::Unclear];
            return self.add(Some(index), Weakness::ContextOpen { gaps });
        }
        let changed = |name, value| {
            let mut context = good.clone();
            context.insert(name, value);
            context
        };
        let mut gaps = Vec::new();
        for name in names {
            let mut without = good.clone();
            without.remove(name);
            if admits(&without) {
                gaps.push(ContextGap::Missing(name));
            }
        }
        if admits(&changed(ANOTHER, "1")) {
            gaps.push(ContextGap::Another);
        }
        if admits(&changed("vouchsafe", ANOTHER)) {
            gaps.push(ContextGap::Format);
        }
        let for_one_tenant = self.kind == KeyKind::Data && !demands_registers(statement);
        if for_one_tenant && admits(&changed("tenant", ANOTHER)) {
            gaps.push(ContextGap::Tenant);
        }
        if !gaps.is_empty() {
            self.add(Some(index), Weakness::ContextOpen { gaps });
        }
    }

    /// Compares what the policy admits with what it should.
    fn compare(&mut self, releases: &[Release]) {
        let statements = self.policy.statements().iter().enumerate();
        let admitted: Vec<(usize, BTreeMap<u8, BTreeSet<Pcr>>)> = statements
            .filter(|(_, statement)| statement.effect() == Effect::Allow)
            .map(|(index, statement)| (index, self.accepted(statement)))
            .filter(|(_, accepted)| !accepted.is_empty())
            .collect();
        for (index, accepted) in &admitted {
            let of_releases: Vec<&Release> = releases
                .iter()
                .filter(|release| is_admitted(release, accepted))
                .collect();
            // As long as one register has several values, each of them is that of one release.
            let is_known = |pcr: &u8, value: &Pcr| {
                let mut of_releases = of_releases.iter();
                of_releases.any(|release| release.pcrs().get(pcr).is_none_or(|one| one == value))
            };
            let mut values = accepted.iter();
            let all_known = values.all(|(pcr, values)| values.iter().all(|one| is_known(pcr, one)));
            if admits_mixtures(accepted) || !all_known {
                self.add(Some(*index), Weakness::ReleaseUnknown);
            }
        }
        for (release, number) in releases.iter().zip(1..) {
            let mut admitted = admitted.iter();
            if !admitted.any(|(_, accepted)| is_admitted(release, accepted)) {
                self.add(None, Weakness::ReleaseMissing { number });
            }
        }
    }
}

/// The condition key of a second factor.
const MFA_KEY: &str = "aws:multifactorauthpresent";
/// Condition keys of the encryption context, by name.
const CONTEXT_PREFIX: &str = "kms:encryptioncontext:";
/// A value and a name that no policy lists: control characters are refused when it is read.
const ANOTHER: &str = "\0";

/// Every measurement that a policy names, in whatever statement.
fn named_measurements(policy: &Policy) -> BTreeSet<(u8, Pcr)> {
    let conditions = policy.statements().iter().flat_map(Statement::conditions);
    let registers = conditions.filter_map(|condition| {
        let (values, _) = condition.compared()?;
        Some((condition.key().register()?, values))
    });
    let measurements = registers.flat_map(|(pcr, values)| {
        let values = values.into_iter().flatten();
        values.filter_map(move |text| Some((pcr, text.parse().ok()?)))
    });
    measurements.collect()
}

/// Whether two registers have several values each, so that one release's goes with another's.
fn admits_mixtures(accepted: &BTreeMap<u8, BTreeSet<Pcr>>) -> bool {
    accepted.values().filter(|values| values.len() > 1).count() > 1
}

fn is_admitted(release: &Release, accepted: &BTreeMap<u8, BTreeSet<Pcr>>) -> bool {
    let mut pcrs = release.pcrs().iter();
    pcrs.all(|(pcr, value)| {
        accepted
            .get(pcr)
            .is_some_and(|values| values.contains(value))
    })
}

/// Whether a statement by itself demands every register that a policy pins.
fn demands_registers(statement: &Statement) -> bool {
    PINNED_PCRS.iter().all(|pcr| {
        let mut conditions = statement.conditions().iter();
        conditions.any(|one| one.key().register() == Some(*pcr) && one.demanded().is_some())
    })
}

/// The names of the encryption context that a statement demands, with a value that it takes.
fn demanded_context(statement: &Statement) -> BTreeMap<String, String> {
    let named = statement.conditions().iter().filter_map(|condition| {
        let name = condition.key().as_str().strip_prefix(CONTEXT_PREFIX)?;
        let value = condition.demanded()?.into_iter().next()?;
        Some((name.to_owned(), value))
    });
    named.collect()
}

#[cfg(test)]
#[path = "lint/tests.rs"]
mod tests;
