//! What weakens a key policy, each with its reason.
//!
//! A question is put to the policy for a whole class of requests: may anybody of these principals
//! do this without that attestation? What the question leaves open counts against the policy: an
//! Allow applies unless a condition that is settled fails, a Deny only when every condition is
//! settled and holds. So nothing that some request could do is missed; what no request could do may
//! be reported, where two open conditions exclude one another.
//!
//! Looks at one policy. Grants, the policies of principals' own accounts and endpoint policies are
//! not in it. Next: [`question`] puts the questions, [`weakness`] names what they find.

pub mod metadata;
mod question;
pub mod weakness;

use std::collections::{BTreeMap, BTreeSet};

pub use weakness::{ContextGap, Finding, Place, Weakness};

use super::condition::Context;
use super::document::{Effect, Policy, PrincipalPattern, Statement};
use super::generate::{BYPASSES, KeyKind, PINNED_PCRS, Release};
use super::pattern::Pattern;
use crate::attestation::Pcr;
use question::{Question, Who, actions_of};

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
/// Actions that look after a key, or end it.
const ADMINISTRATION: [&str; 6] = [
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:ScheduleKeyDeletion",
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
        self.found.push(Finding { place, weakness });
    }

    /// What shows in one statement by itself.
    fn look_at(&mut self, index: usize, statement: &Statement) {
        let conditions = statement.conditions();
        if conditions.iter().any(|one| one.key().is_nitro_tpm()) {
            self.add(Some(index), Weakness::NitroTpm);
        }
        let registers: BTreeSet<u8> = conditions
            .iter()
            .filter_map(|condition| condition.key().register())
            .collect();
        if statement.effect() == Effect::Deny {
            if registers.len() > 1 {
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
        let demanded = demanded_registers(statement);
        for (pcr, values) in &demanded {
            for value in values {
                match value.parse::<Pcr>() {
                    Err(_) => self.add(Some(index), Weakness::RegisterValue { pcr: *pcr }),
                    Ok(value) if value.is_zero() => {
                        self.add(Some(index), Weakness::DebugMode { pcr: *pcr });
                    }
                    Ok(_) => {}
                }
            }
        }
        let listed = demanded.values().filter(|values| values.len() > 1).count();
        if listed > 1 {
            self.add(Some(index), Weakness::MeasurementsMixed);
        }
        self.vary_context(index, statement);
    }

    /// What one of the principals could do.
    fn ask(&mut self, who: &Who) {
        let unattested = Question::settling(|key| key.register().is_some());
        self.report(
            who,
            &unattested,
            self.kind.attested_actions(),
            |actions, who| Weakness::Unattested { actions, who },
        );
        let any = Question::open();
        self.report(who, &any, &BYPASSES, |actions, who| Weakness::Bypass {
            actions,
            who,
        });
        let without_factor = Question::settling(|key| key.as_str() == MFA_KEY);
        self.report(who, &without_factor, &[CHANGE_POLICY], |_, who| {
            Weakness::PolicyChange { who }
        });
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

    /// Takes each pinned register of each release away, or changes it.
    fn vary_registers(&mut self, everyone: &[Who]) {
        let releases: Vec<BTreeMap<u8, String>> = self.releases().map(|(_, one)| one).collect();
        let mut open = BTreeSet::new();
        for release in &releases {
            for pcr in PINNED_PCRS {
                for value in [None, Some(ANOTHER_VALUE.to_owned())] {
                    let mut varied = release.clone();
                    varied.remove(&pcr);
                    varied.extend(value.map(|value| (pcr, value)));
                    let question = Question::attested(&varied);
                    for action in actions_of(self.kind.attested_actions()) {
                        let by = everyone
                            .iter()
                            .filter_map(|who| question.may(self.policy, who, action));
                        open.extend(by.map(|index| (index, pcr)));
                    }
                }
            }
        }
        for (index, pcr) in open {
            self.add(Some(index), Weakness::RegisterNotRequired { pcr });
        }
    }

    /// Allow statements that demand registers, with a value of each register they demand.
    fn releases(&self) -> impl Iterator<Item = (usize, BTreeMap<u8, String>)> {
        let statements = self.policy.statements().iter().enumerate();
        statements
            .filter(|(_, statement)| statement.effect() == Effect::Allow)
            .map(|(index, statement)| {
                let demanded = demanded_registers(statement).into_iter();
                let first = demanded.filter_map(|(pcr, values)| {
                    values.into_iter().next().map(|value| (pcr, value))
                });
                (index, first.collect::<BTreeMap<_, _>>())
            })
            .filter(|(_, registers)| !registers.is_empty())
    }

    /// Changes the encryption context of what an Allow statement admits, one thing at a time.
    fn vary_context(&mut self, index: usize, statement: &Statement) {
        let uses = ["kms:Decrypt", "kms:GenerateDataKey"];
        if !uses.iter().any(|action| statement.covers(action)) {
            return;
        }
        let names = self.kind.context_names();
        let demanded = demanded_context(statement);
        let good: BTreeMap<&str, &str> = names
            .iter()
            .map(|name| (*name, demanded.get(*name).map_or("1", String::as_str)))
            .collect();
        let registers = demanded_registers(statement);
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
        if admits(&changed("another", "1")) {
            gaps.push(ContextGap::Another);
        }
        if admits(&changed("vouchsafe", "another")) {
            gaps.push(ContextGap::Format);
        }
        let by_tenant = self.kind == KeyKind::Data && registers.is_empty();
        if by_tenant && admits(&changed("tenant", "another")) {
            gaps.push(ContextGap::Tenant);
        }
        if !gaps.is_empty() {
            self.add(Some(index), Weakness::ContextOpen { gaps });
        }
    }

    /// Compares what the policy admits with what it should.
    fn compare(&mut self, releases: &[Release]) {
        let admitted: Vec<(usize, BTreeMap<u8, String>)> = self.releases().collect();
        let is = |registers: &BTreeMap<u8, String>, release: &Release| {
            let wanted = release.pcrs();
            let found = |(pcr, value): (&u8, &Pcr)| {
                registers
                    .get(pcr)
                    .and_then(|text| text.parse().ok())
                    .is_some_and(|found: Pcr| found == *value)
            };
            wanted.iter().all(found)
        };
        for (index, registers) in &admitted {
            if !releases.iter().any(|release| is(registers, release)) {
                self.add(Some(*index), Weakness::ReleaseUnknown);
            }
        }
        for (release, number) in releases.iter().zip(1..) {
            if !admitted.iter().any(|(_, registers)| is(registers, release)) {
                self.add(None, Weakness::ReleaseMissing { number });
            }
        }
    }
}

/// The condition key of a second factor.
const MFA_KEY: &str = "aws:multifactorauthpresent";
/// Condition keys of the encryption context, by name.
const CONTEXT_PREFIX: &str = "kms:encryptioncontext:";
/// A register's value that no release has.
const ANOTHER_VALUE: &str = "another value";

/// The registers that a statement demands by equality, with the values it takes.
fn demanded_registers(statement: &Statement) -> BTreeMap<u8, Vec<String>> {
    let mut registers: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for condition in statement.conditions() {
        if let (Some(pcr), Some(values)) = (condition.key().register(), condition.demanded()) {
            registers.entry(pcr).or_default().extend(values);
        }
    }
    registers
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

/// Whether an action is among those that patterns name.
fn is_named(action: &str, patterns: &[&str]) -> bool {
    patterns
        .iter()
        .any(|pattern| Pattern::plain(pattern).matches(action))
}

#[cfg(test)]
#[path = "lint/tests.rs"]
mod tests;
