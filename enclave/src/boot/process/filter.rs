//! The filter that the kernel puts every later call of this process through (seccomp).
//!
//! Made from [`super::syscalls`]. It holds for the thread that applies it and those made from it,
//! and cannot be taken off. What it does not allow ends the process at once with SIGSYS, which
//! process 1 of an image reports.

use std::collections::BTreeMap;

use libc::c_int;
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp,
    SeccompCondition, SeccompFilter, SeccompRule, TargetArch, apply_filter,
};

use super::syscalls::{ALLOWED, Call, Only, UNSEEN_CLONE};

/// What the kernel does with a call.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Applies it to this thread. Needs `no_new_privs`, or else privileges.
pub(super) fn apply() -> Result<(), Error> {
    let not_there = SeccompAction::Errno(libc::ENOSYS.cast_unsigned());
    let unseen = Rules::from([(UNSEEN_CLONE, Vec::new())]);
    let mut allowed = Rules::new();
    for call in ALLOWED {
        allowed.insert(call.number, rules(call)?);
    }
    // Of two filters the stricter answer counts, so the first says only what is not there.
    let filters = [
        compiled(unseen, SeccompAction::Allow, not_there)?,
        compiled(allowed, SeccompAction::KillProcess, SeccompAction::Allow)?,
    ];
    filters.iter().try_for_each(|filter| apply_filter(filter))
}

fn compiled(
    rules: Rules,
    otherwise: SeccompAction,
    matching: SeccompAction,
) -> Result<BpfProgram, BackendError> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, otherwise, matching, architecture)?.try_into()
}

/// One rule must hold; none means that any arguments do.
fn rules(call: &Call) -> Result<Vec<SeccompRule>, BackendError> {
    let wide = |value: c_int| u64::from(value.cast_unsigned());
    let rule = |place, operation, value| {
        let condition = SeccompCondition::new(place, Dword, operation, wide(value))?;
        SeccompRule::new(vec![condition])
    };
    match call.only {
        Only::Any => Ok(Vec::new()),
        Only::OneOf(place, values) => values
            .iter()
            .map(|&value| rule(place, SeccompCmpOp::Eq, value))
            .collect(),
        Only::With(place, bits) => {
            rule(place, SeccompCmpOp::MaskedEq(wide(bits)), bits).map(|rule| vec![rule])
        }
        Only::Without(place, bits) => {
            rule(place, SeccompCmpOp::MaskedEq(wide(bits)), 0).map(|rule| vec![rule])
        }
    }
}
