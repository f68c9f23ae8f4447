//! Predicates over values: what a grant must name for one, and the answer.
//!
//! A grant names every bound whole; what a value is compared with is the caller's. Each question about
//! a sealed record is taken from that record's budget before it is answered ([`Questions`]), whatever
//! comes of it. A text in the request is the caller's own and there is nothing to search out.
//! Next: `vouchsafe_pii::verify`.

use vouchsafe_common::{
    UnixMillis,
    bundle::{Predicate, action, predicate},
    message::{Input, Item, ItemError, Refusal},
};
use vouchsafe_pii::{
    DateOrder,
    operation::Normalise,
    verify::{self, VerifyError, VerifyParameters},
};

use super::Scope;
use crate::{policy::Detail, questions::Questions};

/// Whether parameters and items belong together: what compares does so with one value for all
/// items, or with each item's own.
pub(super) fn check(parameters: &VerifyParameters, items: &[Item]) -> Result<(), Refusal> {
    parameters.check().map_err(|_| Refusal::InvalidParameter)?;
    let own = items.iter().filter(|item| item.other.is_some()).count();
    let is_complete = match parameters.expected() {
        Some(None) => own == items.len(),
        Some(Some(_)) | None => own == 0,
    };
    is_complete.then_some(()).ok_or(Refusal::InvalidParameter)
}

/// What a grant must name for this predicate: all but what values are compared with. Member by member,
/// so that nothing of that is copied.
pub(super) fn detail(parameters: &VerifyParameters) -> Detail {
    Detail::Predicate(match parameters {
        VerifyParameters::Equals { .. } => Predicate::Equals {},
        VerifyParameters::EqualsFuzzy { percent, .. } => {
            Predicate::EqualsFuzzy { percent: *percent }
        }
        VerifyParameters::SamePerson { .. } => Predicate::SamePerson {},
        VerifyParameters::AgeAtLeast { years, order } => Predicate::AgeAtLeast {
            years: *years,
            order: date_order(*order),
        },
        VerifyParameters::Before { date, order } => Predicate::Before {
            date: date.clone(),
            order: date_order(*order),
        },
        VerifyParameters::After { date, order } => Predicate::After {
            date: date.clone(),
            order: date_order(*order),
        },
        VerifyParameters::InSet { values, normalise } => Predicate::InSet {
            values: values.0.clone(),
            normalise: equality(*normalise),
        },
        VerifyParameters::Prefix { prefix, normalise } => Predicate::Prefix {
            prefix: prefix.0.clone(),
            normalise: equality(*normalise),
        },
        VerifyParameters::IssuedIn { entity, region } => Predicate::IssuedIn {
            entity: entity.clone(),
            region: region.clone(),
        },
    })
}

const fn date_order(order: DateOrder) -> action::DateOrder {
    match order {
        DateOrder::Ymd => action::DateOrder::Ymd,
        DateOrder::Dmy => action::DateOrder::Dmy,
        DateOrder::Mdy => action::DateOrder::Mdy,
    }
}

const fn equality(normalise: Normalise) -> predicate::Normalise {
    match normalise {
        Normalise::None => predicate::Normalise::None,
        Normalise::TrimCase => predicate::Normalise::TrimCase,
    }
}

/// The answer for one item.
pub(super) fn answer(
    value: &str,
    item: &Item,
    scope: &Scope<'_>,
    parameters: &VerifyParameters,
    questions: &Questions,
    now: UnixMillis,
) -> Result<bool, ItemError> {
    if let Input::Record { record_id, .. } = &item.input {
        questions.take([scope.tenant, scope.dataset, record_id])?;
    }
    let today = verify::date_of_unix_ms(now.0).ok_or(ItemError::InvalidValue)?;
    let other = item
        .other
        .as_ref()
        .map(|other| other.expose_secret().as_str());
    verify::verify(value, other, parameters, today).map_err(|error| match error {
        VerifyError::Parameter(_) | VerifyError::NothingToCompare => ItemError::NothingToCompare,
        VerifyError::TooLong => ItemError::TextTooLong,
        VerifyError::Value(error) => super::transform::not_of_value(error),
        VerifyError::FutureDate | VerifyError::NotAnIdentifier => ItemError::InvalidValue,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use vouchsafe_common::Secret;

    use super::*;

    fn parameters(json: &Value) -> VerifyParameters {
        serde_json::from_value(json.clone()).expect("parameters")
    }

    #[test]
    fn what_a_grant_names_is_what_the_engine_reads_but_for_what_is_compared() {
        for json in [
            json!({"predicate": "equals"}),
            json!({"predicate": "equals_fuzzy", "percent": 80}),
            json!({"predicate": "equals_fuzzy"}),
            json!({"predicate": "same_person"}),
            json!({"predicate": "age_at_least", "years": 18, "order": "dmy"}),
            json!({"predicate": "before", "date": "2000-01-01", "order": "mdy"}),
            json!({"predicate": "after", "date": "2000-01-01"}),
            json!({"predicate": "in_set", "values": ["AT", "DE"], "normalise": "trim_case"}),
            json!({"predicate": "prefix", "prefix": "SW", "normalise": "trim_case"}),
            json!({"predicate": "prefix", "prefix": "SW"}),
            json!({"predicate": "issued_in", "entity": "ISIN", "region": "DE"}),
        ] {
            let named = serde_json::from_value(json.clone()).expect("a predicate of a policy");
            assert_eq!(
                detail(&parameters(&json)),
                Detail::Predicate(named),
                "{json}"
            );
        }
        let compared = json!({"predicate": "equals", "expected": "Ann", "normalise": "trim_case"});
        let named = Detail::Predicate(Predicate::Equals {});
        assert_eq!(detail(&parameters(&compared)), named);
    }

    #[test]
    fn values_are_compared_with_one_for_all_items_or_with_each_items_own() {
        let item = |other: Option<&str>| Item {
            reference: "r".into(),
            input: Input::Text(Secret::new("Ann".into())),
            other: other.map(|other| Secret::new(other.into())),
        };
        let none = || vec![item(None), item(None)];
        let own = || vec![item(Some("Ann")), item(Some("Bob"))];
        let mixed = || vec![item(Some("Ann")), item(None)];
        let refused = Err(Refusal::InvalidParameter);
        for predicate in ["equals", "equals_fuzzy", "same_person"] {
            let for_all = parameters(&json!({"predicate": predicate, "expected": "Ann"}));
            assert_eq!(check(&for_all, &none()), Ok(()), "{predicate}");
            assert_eq!(check(&for_all, &own()), refused, "{predicate}");
            let for_each = parameters(&json!({"predicate": predicate}));
            assert_eq!(check(&for_each, &own()), Ok(()), "{predicate}");
            assert_eq!(check(&for_each, &none()), refused, "{predicate}");
            assert_eq!(check(&for_each, &mixed()), refused, "{predicate}");
        }
        let adult = parameters(&json!({"predicate": "age_at_least", "years": 18}));
        assert_eq!(check(&adult, &none()), Ok(()));
        assert_eq!(check(&adult, &own()), refused);
    }
}
