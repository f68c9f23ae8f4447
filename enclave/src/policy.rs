//! What a caller may do: the grants of the bundle's table that fit a request, default deny.
//!
//! A request is judged once for caller, operation, purpose, tenant and the class that its
//! parameters promise. Each item is judged for where its data comes from, and each output for the
//! class that it turned out to have. A caller that proved no key never gets plaintext or resealed
//! data, whatever the table says.

use vouchsafe_common::{
    bundle::{Allow, Class, Policy},
    message::{Input, Request},
};

use crate::identity::Caller;

/// What of an operation the policy has a say in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Asked {
    /// The class that the parameters promise.
    pub class: Class,
    /// Whether equal inputs give equal outputs that others can compare.
    pub deterministic: bool,
    /// The age that a birthday is compared with.
    pub age: Option<u16>,
}

/// The grants that fit a request. There is at least one.
#[derive(Debug)]
pub struct Grants<'a> {
    entries: Vec<&'a Allow>,
    asked: Asked,
    bound: bool,
}

impl<'a> Grants<'a> {
    /// The grants for this caller and request; `None` when nothing is granted.
    pub fn find(
        policy: &'a Policy,
        caller: &Caller,
        request: &Request,
        asked: Asked,
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
                    && asked.age.is_none_or(|age| allow.ages.contains(&age))
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
        age: None,
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
        assert!(Grants::find(&policy(&[]), &caller("crm"), &request(), MASK).is_none());
    }

    #[test]
    fn a_grant_fits_its_own_caller_operation_purpose_tenant_and_class_only() {
        let policy = policy(&[grant()]);
        let found = |caller: &Caller, change: fn(&mut Request), asked| {
            let mut request = request();
            change(&mut request);
            Grants::find(&policy, caller, &request, asked).is_some()
        };
        assert!(found(&caller("crm"), |_| {}, MASK));
        assert!(!found(&caller("erp"), |_| {}, MASK));
        assert!(!found(
            &caller("crm"),
            |request| request.operation = "reveal".into(),
            MASK
        ));
        assert!(!found(
            &caller("crm"),
            |request| request.purpose = "sales".into(),
            MASK
        ));
        assert!(!found(
            &caller("crm"),
            |request| request.tenant = "bolt".into(),
            MASK
        ));
        assert!(!found(
            &caller("crm"),
            |_| {},
            Asked {
                class: Class::Plaintext,
                ..MASK
            }
        ));
    }

    #[test]
    fn a_grant_fits_its_own_dataset_and_fields_and_no_inline_text() {
        let policy = policy(&[grant()]);
        let grants = Grants::find(&policy, &caller("crm"), &request(), MASK).expect("granted");
        assert!(grants.permit_input("customers", &record("ssn")));
        assert!(!grants.permit_input("leads", &record("ssn")));
        assert!(!grants.permit_input("customers", &record("name")));
        assert!(!grants.permit_input("customers", &text()));
    }

    #[test]
    fn deterministic_operations_on_inline_text_are_a_permission_of_their_own() {
        let mut inline = grant();
        inline["inline"] = true.into();
        let permitted = |grant: &Value, asked| {
            let policy = policy(std::slice::from_ref(grant));
            let grants = Grants::find(&policy, &caller("crm"), &request(), asked).expect("granted");
            grants.permit_input("customers", &text())
        };
        let deterministic = Asked {
            deterministic: true,
            ..MASK
        };
        assert!(permitted(&inline, MASK));
        assert!(!permitted(&inline, deterministic));
        inline["deterministic_inline"] = true.into();
        assert!(permitted(&inline, deterministic));
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
            let grants = Grants::find(&policy, &caller, &request(), MASK).expect("granted");
            assert!(grants.permit_output("customers", &record("ssn"), Class::Masked));
            grants.permit_output("customers", &record("ssn"), Class::Plaintext)
        };
        assert!(!permitted(&grant(), true));
        assert!(permitted(&both, true));
        assert!(!permitted(&both, false));
    }

    #[test]
    fn an_age_is_permitted_only_when_the_bundle_fixes_it() {
        let mut grant = grant();
        grant["ages"] = json!([18]);
        let policy = policy(&[grant]);
        let found = |age| {
            let asked = Asked {
                age: Some(age),
                ..MASK
            };
            Grants::find(&policy, &caller("crm"), &request(), asked).is_some()
        };
        assert!(found(18));
        assert!(!found(19));
    }
}
