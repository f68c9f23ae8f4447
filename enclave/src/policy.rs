//! What a caller may do: the grants of the bundle's table that fit a request, default deny.
//!
//! A request is judged once for caller, operation, purpose, tenant and the class that its
//! parameters promise. Each item is judged for where its data comes from, and each output for the
//! class that it turned out to have. A caller that proved no key never gets plaintext or resealed
//! data, whatever the table says.

use vouchsafe_common::{
    Epoch,
    bundle::{Action, Allow, Class, EntityContext, Policy, Predicate},
    message::{Input, Request},
};

use crate::identity::Caller;

/// What of an operation the policy has a say in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asked {
    /// The class that the parameters promise.
    pub class: Class,
    /// Whether equal inputs give equal outputs that others can compare.
    pub deterministic: bool,
    /// What else a grant must name.
    pub detail: Detail,
}

/// What a grant must name besides operation and class.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Detail {
    /// Nothing.
    None,
    /// What is found is hidden but for so many characters, and the rest leaves: for fields of free text.
    FreeText {
        /// Of each finding, at the beginning.
        first: u32,
        /// At the end.
        last: u32,
    },
    /// So many characters are kept of each value.
    Keep {
        /// At the beginning.
        first: u32,
        /// At the end.
        last: u32,
    },
    /// A predicate with these bounds and no others.
    Predicate(Predicate),
    /// Whether a value is well-formed as this entity.
    Identifier(String),
    /// A pseudonym or index of this entity in this context.
    Pseudonym(EntityContext),
    /// A token of this entity in this context, made or opened.
    Token(EntityContext),
    /// An action with these parameters and no others.
    Action(Action),
    /// Records sealed again, to this epoch.
    Epoch(Epoch),
}

impl Detail {
    fn is_named_by(&self, allow: &Allow) -> bool {
        match self {
            Self::None => true,
            Self::FreeText { first, last } | Self::Keep { first, last } => {
                *first <= u32::from(allow.keep_first) && *last <= u32::from(allow.keep_last)
            }
            Self::Predicate(predicate) => allow.predicates.contains(predicate),
            Self::Identifier(entity) => allow.identifiers.contains(entity),
            Self::Pseudonym(pseudonym) => allow.pseudonyms.contains(pseudonym),
            Self::Token(token) => allow.tokens.contains(token),
            Self::Action(action) => allow.actions.contains(action),
            Self::Epoch(epoch) => allow.epochs.contains(epoch),
        }
    }
}

/// The grants that fit a request. There is at least one.
#[derive(Debug)]
pub struct Grants<'a> {
    entries: Vec<&'a Allow>,
    asked: &'a Asked,
    bound: bool,
}

impl<'a> Grants<'a> {
    /// The grants for this caller and request; `None` when nothing is granted.
    pub fn find(
        policy: &'a Policy,
        caller: &Caller,
        request: &Request,
        asked: &'a Asked,
    ) -> Option<Self> {
        let has = |list: &[String], name: &String| list.contains(name);
        let entries: Vec<_> = policy
            .allow
            .iter()
            .filter(|allow| {
                has(&allow.callers, &caller.name)
                    && has(&allow.operations, &request.operation)
                    && has(&allow.purposes, &request.purpose)
                    && has(&allow.tenants, &request.tenant)
                    && permits_class(allow, caller.bound, asked.class)
                    && asked.detail.is_named_by(allow)
            })
            .collect();
        (!entries.is_empty()).then_some(Self {
            entries,
            asked,
            bound: caller.bound,
        })
    }

    /// Whether the data of an item may be worked on.
    pub fn permit_input(&self, dataset: &str, input: &Input) -> bool {
        self.fitting(dataset, input).next().is_some()
    }

    /// Whether an output of this class, made of this item, may leave.
    pub fn permit_output(&self, dataset: &str, input: &Input, class: Class) -> bool {
        self.fitting(dataset, input)
            .any(|allow| permits_class(allow, self.bound, class))
    }

    fn fitting<'b>(
        &'b self,
        dataset: &'b str,
        input: &'b Input,
    ) -> impl Iterator<Item = &'a Allow> + 'b {
        self.entries
            .iter()
            .copied()
            .filter(move |allow| match input {
                Input::Text(_) => {
                    allow.inline && (!self.asked.deterministic || allow.deterministic_inline)
                }
                Input::Record { field, .. } => {
                    allow.datasets.iter().any(|name| name == dataset)
                        && allow.fields.contains(field)
                        && (!matches!(self.asked.detail, Detail::FreeText { .. })
                            || allow.free_text.contains(field))
                }
            })
    }
}

fn permits_class(allow: &Allow, bound: bool, class: Class) -> bool {
    let needs_key = matches!(class, Class::Plaintext | Class::Resealed);
    allow.classes.contains(&class) && (bound || !needs_key)
}

#[cfg(test)]
mod tests {
    use serde_bytes::ByteBuf;
    use serde_json::{Value, json};
    use vouchsafe_common::{
        Secret, UnixMillis,
        message::{Parameters, RequestId},
    };

    use super::*;

    const MASK: Asked = Asked {
        class: Class::Masked,
        deterministic: false,
        detail: Detail::None,
    };

    fn grant() -> Value {
        json!({
            "callers": ["crm"], "operations": ["mask"], "classes": ["masked"],
            "purposes": ["support"], "tenants": ["acme"], "datasets": ["customers"],
            "fields": ["ssn"],
        })
    }

    fn policy(grants: &[Value]) -> Policy {
        let policy = json!({
            "version": 1, "serial": 1, "not_before": 0, "not_after": 1, "allow": grants,
        });
        Policy::parse(policy.to_string().as_bytes()).expect("a valid policy")
    }

    fn request() -> Request {
        Request {
            id: RequestId([1; 16]),
            issued_at: UnixMillis(0),
            purpose: "support".into(),
            tenant: "acme".into(),
            dataset: "customers".into(),
            operation: "mask".into(),
            parameters: Parameters::none(),
            items: vec![],
        }
    }

    fn caller(name: &str) -> Caller {
        Caller {
            name: name.into(),
            bound: true,
        }
    }

    fn record(field: &str) -> Input {
        Input::Record {
            field: field.into(),
            record_id: "1".into(),
            record: ByteBuf::new(),
        }
    }

    fn text() -> Input {
        Input::Text(Secret::new("text".into()))
    }

    #[test]
    fn nothing_is_permitted_by_an_empty_table() {
        assert!(Grants::find(&policy(&[]), &caller("crm"), &request(), &MASK).is_none());
    }

    #[test]
    fn a_grant_fits_its_own_caller_operation_purpose_tenant_and_class_only() {
        let policy = policy(&[grant()]);
        let found = |caller: &Caller, change: fn(&mut Request), asked: &Asked| {
            let mut request = request();
            change(&mut request);
            Grants::find(&policy, caller, &request, asked).is_some()
        };
        assert!(found(&caller("crm"), |_| {}, &MASK));
        assert!(!found(&caller("erp"), |_| {}, &MASK));
        assert!(!found(
            &caller("crm"),
            |request| request.operation = "reveal".into(),
            &MASK
        ));
        assert!(!found(
            &caller("crm"),
            |request| request.purpose = "sales".into(),
            &MASK
        ));
        assert!(!found(
            &caller("crm"),
            |request| request.tenant = "bolt".into(),
            &MASK
        ));
        assert!(!found(
            &caller("crm"),
            |_| {},
            &Asked {
                class: Class::Plaintext,
                ..MASK
            }
        ));
    }

    #[test]
    fn a_grant_fits_its_own_dataset_and_fields_and_no_inline_text() {
        let policy = policy(&[grant()]);
        let grants = Grants::find(&policy, &caller("crm"), &request(), &MASK).expect("granted");
        assert!(grants.permit_input("customers", &record("ssn")));
        assert!(!grants.permit_input("leads", &record("ssn")));
        assert!(!grants.permit_input("customers", &record("name")));
        assert!(!grants.permit_input("customers", &text()));
    }

    #[test]
    fn deterministic_operations_on_inline_text_are_a_permission_of_their_own() {
        let mut inline = grant();
        inline["inline"] = true.into();
        let permitted = |grant: &Value, asked: &Asked| {
            let policy = policy(std::slice::from_ref(grant));
            let grants = Grants::find(&policy, &caller("crm"), &request(), asked).expect("granted");
            grants.permit_input("customers", &text())
        };
        let deterministic = Asked {
            deterministic: true,
            ..MASK
        };
        assert!(permitted(&inline, &MASK));
        assert!(!permitted(&inline, &deterministic));
        inline["deterministic_inline"] = true.into();
        assert!(permitted(&inline, &deterministic));
    }

    #[test]
    fn an_output_that_turns_out_as_plaintext_needs_a_grant_for_it_and_a_bound_caller() {
        let mut both = grant();
        both["classes"] = json!(["masked", "plaintext"]);
        let permitted = |grant: &Value, bound| {
            let policy = policy(std::slice::from_ref(grant));
            let caller = Caller {
                bound,
                ..caller("crm")
            };
            let grants = Grants::find(&policy, &caller, &request(), &MASK).expect("granted");
            assert!(grants.permit_output("customers", &record("ssn"), Class::Masked));
            grants.permit_output("customers", &record("ssn"), Class::Plaintext)
        };
        assert!(!permitted(&grant(), true));
        assert!(permitted(&both, true));
        assert!(!permitted(&both, false));
    }

    /// Whether a grant with these members more fits a request with this detail, for each field.
    fn fits(members: &Value, detail: Detail, field: &str) -> bool {
        let mut grant = grant();
        grant["fields"] = json!(["ssn", "note"]);
        for (name, value) in members.as_object().expect("an object") {
            grant[name] = value.clone();
        }
        let policy = policy(&[grant]);
        let asked = Asked { detail, ..MASK };
        let grants = Grants::find(&policy, &caller("crm"), &request(), &asked);
        grants.is_some_and(|grants| grants.permit_input("customers", &record(field)))
    }

    #[test]
    fn a_predicate_is_permitted_only_with_the_bounds_that_the_bundle_names() {
        let predicate = |json: &Value| serde_json::from_value(json.clone()).expect("a predicate");
        for (named, other) in [
            (
                json!({"predicate": "age_at_least", "years": 18}),
                json!({"predicate": "age_at_least", "years": 19}),
            ),
            (
                json!({"predicate": "before", "date": "2000-01-01"}),
                json!({"predicate": "after", "date": "2000-01-01"}),
            ),
            (
                // Read in another order it is another date.
                json!({"predicate": "before", "date": "2000-01-01", "order": "dmy"}),
                json!({"predicate": "before", "date": "2000-01-01", "order": "mdy"}),
            ),
            (
                json!({"predicate": "in_set", "values": ["AT", "DE"]}),
                json!({"predicate": "in_set", "values": ["AT"]}),
            ),
            (
                json!({"predicate": "prefix", "prefix": "SW"}),
                json!({"predicate": "prefix", "prefix": "SW1"}),
            ),
            (
                json!({"predicate": "issued_in", "entity": "ISIN", "region": "DE"}),
                json!({"predicate": "issued_in", "entity": "ISIN", "region": "US"}),
            ),
            (
                json!({"predicate": "equals_fuzzy", "percent": 90}),
                json!({"predicate": "equals_fuzzy", "percent": 80}),
            ),
            (
                json!({"predicate": "equals"}),
                json!({"predicate": "same_person"}),
            ),
        ] {
            let members = json!({"predicates": [named]});
            assert!(fits(&members, Detail::Predicate(predicate(&named)), "ssn"));
            let asked = Detail::Predicate(predicate(&other));
            assert!(!fits(&members, asked.clone(), "ssn"), "{other}");
            assert!(!fits(&json!({}), asked, "ssn"), "{other}");
        }
    }

    #[test]
    fn a_mask_keeps_no_more_than_the_bundle_allows() {
        let asked = |first, last| Detail::Keep { first, last };
        assert!(fits(&json!({}), asked(0, 0), "ssn"));
        assert!(!fits(&json!({}), asked(0, 1), "ssn"));
        let four = json!({"keep_last": 4});
        assert!(fits(&four, asked(0, 4), "ssn"));
        assert!(!fits(&four, asked(0, 5), "ssn"));
        assert!(!fits(&four, asked(1, 4), "ssn"));
    }

    #[test]
    fn what_lets_the_rest_of_a_text_out_is_for_fields_of_free_text_only() {
        let free = json!({"free_text": ["note"]});
        let all = Detail::FreeText { first: 0, last: 0 };
        assert!(fits(&free, all.clone(), "note"));
        assert!(!fits(&free, all.clone(), "ssn"));
        assert!(!fits(&json!({}), all, "note"));
        // What is kept of findings adds up over requests like what is kept of values.
        let four = Detail::FreeText { first: 0, last: 4 };
        assert!(!fits(&free, four.clone(), "note"));
        let free = json!({"free_text": ["note"], "keep_last": 4});
        assert!(fits(&free, four, "note"));
        assert!(!fits(&free, Detail::FreeText { first: 1, last: 0 }, "note"));
    }

    #[test]
    fn a_token_is_made_or_opened_only_in_a_context_that_the_bundle_names() {
        let asked = |entity: &str, context: &str| {
            Detail::Token(EntityContext {
                entity: entity.into(),
                context: context.into(),
            })
        };
        let named = json!({"tokens": [{"entity": "US_SSN", "context": "billing"}]});
        assert!(fits(&named, asked("US_SSN", "billing"), "ssn"));
        assert!(!fits(&named, asked("US_SSN", ""), "ssn"));
        assert!(!fits(&named, asked("PERSON", "billing"), "ssn"));
        // Pseudonyms of it are another grant.
        let pseudonyms = json!({"pseudonyms": [{"entity": "US_SSN", "context": "billing"}]});
        assert!(!fits(&pseudonyms, asked("US_SSN", "billing"), "ssn"));
        assert!(!fits(&json!({}), asked("US_SSN", "billing"), "ssn"));
    }

    #[test]
    fn an_identifier_is_validated_only_as_an_entity_that_the_bundle_names() {
        let asked = |entity: &str| Detail::Identifier(entity.into());
        let named = json!({"identifiers": ["US_SSN"]});
        assert!(fits(&named, asked("US_SSN"), "ssn"));
        assert!(!fits(&named, asked("IBAN_CODE"), "ssn"));
        assert!(!fits(&json!({}), asked("US_SSN"), "ssn"));
    }

    #[test]
    fn an_action_is_granted_with_the_parameters_that_the_bundle_names_and_no_others() {
        let action = |json: &Value| serde_json::from_value(json.clone()).expect("an action");
        let format = |entity: &str, keep_last: u8, alphabet: &str| {
            json!({
                "action": "encrypt_format", "entity": entity, "alphabet": alphabet,
                "keep_last": keep_last,
            })
        };
        for (named, others) in [
            (
                json!({"action": "bucket", "width": 10}),
                [
                    json!({"action": "bucket", "width": 9}),
                    json!({"action": "bucket", "bounds": [10]}),
                    json!({"action": "generalize", "kind": "number", "width": 10}),
                ],
            ),
            (
                json!({"action": "time_part", "part": "month"}),
                [
                    json!({"action": "time_part", "part": "day"}),
                    // Read in another order the month is the day.
                    json!({"action": "time_part", "part": "month", "order": "dmy"}),
                    json!({"action": "generalize", "kind": "date", "to": "month"}),
                ],
            ),
            (
                json!({"action": "shift_date", "days": 30}),
                [
                    json!({"action": "shift_date", "days": 1}),
                    json!({"action": "shift_date", "days": 30, "context": "trial"}),
                    json!({"action": "shift_date", "days": 30, "order": "mdy"}),
                ],
            ),
            (
                format("US_SSN", 0, "digits"),
                [
                    format("US_SSN", 3, "digits"),
                    format("PERSON", 0, "digits"),
                    format("US_SSN", 0, "alnum"),
                ],
            ),
        ] {
            let members = json!({"actions": [named]});
            assert!(fits(&members, Detail::Action(action(&named)), "ssn"));
            for other in others {
                let asked = Detail::Action(action(&other));
                assert!(!fits(&members, asked.clone(), "ssn"), "{other}");
                assert!(!fits(&json!({}), asked, "ssn"), "{other}");
            }
        }
    }

    #[test]
    fn tokens_of_a_form_that_are_made_are_not_yet_opened() {
        let format = |action: &str| json!({"action": action, "entity": "A", "alphabet": "digits"});
        let members = json!({"actions": [format("encrypt_format")]});
        let asked = |name| Detail::Action(serde_json::from_value(format(name)).expect("an action"));
        assert!(fits(&members, asked("encrypt_format"), "ssn"));
        assert!(!fits(&members, asked("decrypt_format"), "ssn"));
    }

    #[test]
    fn records_are_resealed_only_to_an_epoch_that_the_bundle_names() {
        let named = json!({"epochs": [2, 3]});
        assert!(fits(&named, Detail::Epoch(Epoch(2)), "ssn"));
        assert!(fits(&named, Detail::Epoch(Epoch(3)), "ssn"));
        assert!(!fits(&named, Detail::Epoch(Epoch(1)), "ssn"));
        assert!(!fits(&named, Detail::Epoch(Epoch(4)), "ssn"));
        assert!(!fits(&json!({}), Detail::Epoch(Epoch(0)), "ssn"));
    }

    #[test]
    fn a_bearer_token_alone_is_never_granted_plaintext_or_resealed_data() {
        let mut all = grant();
        all["classes"] = json!(["masked", "token", "resealed", "plaintext"]);
        let policy = policy(&[all]);
        let found = |bound, class| {
            let caller = Caller {
                bound,
                ..caller("crm")
            };
            let asked = Asked { class, ..MASK };
            Grants::find(&policy, &caller, &request(), &asked).is_some()
        };
        for class in [Class::Resealed, Class::Plaintext] {
            assert!(found(true, class) && !found(false, class), "{class:?}");
        }
        for class in [Class::Masked, Class::Token] {
            assert!(found(true, class) && found(false, class), "{class:?}");
        }
    }

    #[test]
    fn a_pseudonym_is_made_only_of_an_entity_and_in_a_context_that_the_bundle_names() {
        let asked = |entity: &str, context: &str| {
            Detail::Pseudonym(EntityContext {
                entity: entity.into(),
                context: context.into(),
            })
        };
        let named = json!({"pseudonyms": [{"entity": "US_SSN", "context": "billing"}]});
        assert!(fits(&named, asked("US_SSN", "billing"), "ssn"));
        assert!(!fits(&named, asked("US_SSN", ""), "ssn"));
        assert!(!fits(&named, asked("PERSON", "billing"), "ssn"));
        assert!(!fits(&json!({}), asked("US_SSN", "billing"), "ssn"));
    }
}
