mod catalogue;

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use serde_bytes::ByteBuf;
use serde_json::{Value, json};
use vouchsafe_common::{
    UnixMillis,
    bundle::Policy,
    message::{Reply, Request, RequestId},
};
use vouchsafe_pii::{
    Engine, derive,
    tokenize::{DetokenizeParameters, TokenParameters},
};

use crate::{
    identity::Caller,
    keys::{KeyPlace, Opened, TokenKeys},
    operation::{Job, Operation, Work, run},
    policy::{Asked, Grants},
    questions::Questions,
};

use super::*;

/// Compiled once: that takes longer than all that is asked of it here.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

fn text(value: &str) -> Item {
    Item {
        reference: "r".into(),
        input: Input::Text(Secret::new(value.into())),
        other: None,
    }
}

fn about(value: &str, subject: &str) -> Item {
    Item {
        other: Some(Secret::new(subject.into())),
        ..text(value)
    }
}

/// A record of this row; what is in it is given to [`done`] beside it.
fn row(record_id: &str) -> Item {
    Item {
        input: Input::Record {
            field: "born".into(),
            record_id: record_id.into(),
            record: ByteBuf::new(),
        },
        ..text("")
    }
}

fn request(operation: &str, parameters: &Value, items: Vec<Item>) -> Request {
    Request {
        id: RequestId([1; 16]),
        issued_at: UnixMillis(0),
        purpose: "test".into(),
        tenant: "acme".into(),
        dataset: "customers".into(),
        operation: operation.into(),
        parameters: Parameters::from_json(parameters).expect("a JSON object"),
        items,
    }
}

/// A policy that grants these classes, and all that is asked here.
fn policy(classes: &[&str], asked: &Asked) -> Policy {
    let mut grant = json!({
        "callers": ["crm"], "operations": vouchsafe_common::message::OPERATIONS,
        "classes": classes, "purposes": ["test"], "tenants": ["acme"], "datasets": ["customers"],
        "fields": ["born"], "inline": true, "deterministic_inline": true,
        "identifiers": ["US_SSN", "CREDIT_CARD", "IBAN_CODE"],
        "pseudonyms": [{"entity": "US_SSN", "context": "claims"}],
        "tokens": [{"entity": "US_SSN", "context": "claims"}], "keep_first": 4, "keep_last": 4,
    });
    match &asked.detail {
        Detail::Action(action) => grant["actions"] = json!([action]),
        Detail::Predicate(predicate) => grant["predicates"] = json!([predicate]),
        _ => {}
    }
    let policy = json!({
        "version": 1, "serial": 1, "not_before": 0, "not_after": 1, "allow": [grant],
    });
    Policy::parse(policy.to_string().as_bytes()).expect("a valid policy")
}

const ALL: &[&str] = &["boolean", "masked", "pseudonym", "token", "plaintext"];

/// Under roots of 32 times 55, as docs/protocol has them, in versions 1 to 3.
fn secret(job: &Job) -> JobSecret {
    use vouchsafe_pii::Operation::{Detokenize, Retokenize, Tokenize, Transform};
    let action = match job.operation() {
        Operation::Pii(Transform(action)) => action,
        Operation::Pii(
            Tokenize(TokenParameters { entity, context })
            | Retokenize(TokenParameters { entity, context })
            | Detokenize(DetokenizeParameters {
                entity, context, ..
            }),
        ) => {
            let mut key = [0; 64];
            let info = derive::info("tokenize", "acme", entity, context, 3);
            derive::expand(&[0x55; 32], &info, &mut key).expect("64 bytes are few");
            return JobSecret::Tokens(TokenKeys::one(3, Secret::new(key)));
        }
        _ => return JobSecret::None,
    };
    let Some(place) = KeyPlace::of(action) else {
        return JobSecret::None;
    };
    let version = place.version.unwrap_or(3);
    let mut key = [0; 32];
    let root = || Zeroizing::new([0x55; 32]);
    vouchsafe_pii::keys::Roots::new("acme")
        .with(1, root())
        .with(3, root())
        .derive(
            action_purpose(action),
            entity(action),
            "claims",
            Some(version),
            &mut key,
        )
        .expect("there is such a root");
    JobSecret::Key(ActionKey {
        tenant: "acme".into(),
        place,
        version,
        key: Secret::new(key),
    })
}

fn action_purpose(action: &Action) -> &'static str {
    match action {
        Action::Pseudonymize(_) => "pseudonymize",
        Action::BlindIndex(_) => "blind_index",
        Action::ShiftDate(_) => "shift_date",
        _ => "encrypt_format",
    }
}

const fn entity(action: &Action) -> &'static str {
    match action {
        Action::ShiftDate(_) => "DATE_TIME",
        _ => "US_SSN",
    }
}

/// What becomes of these items under a grant of these classes; `values` are those of the records.
fn done_as(
    classes: &[&str],
    operation: &str,
    parameters: &Value,
    items: Vec<Item>,
    values: &[&str],
) -> Vec<String> {
    let request = request(operation, parameters, items);
    let job = Job::read(&request, &ENGINE).expect("good parameters");
    let outcomes = outcomes(classes, &job, request, values);
    outcomes.iter().map(shown).collect()
}

fn outcomes(classes: &[&str], job: &Job, request: Request, values: &[&str]) -> Vec<Outcome> {
    let policy = policy(classes, job.asked());
    let caller = Caller {
        name: "crm".into(),
        bound: true,
    };
    let grants = Grants::find(&policy, &caller, &request, job.asked()).expect("granted");
    let mut values = values.iter();
    let inputs = request.items.iter().map(|item| match &item.input {
        Input::Text(_) => Ok(Opened::Inline),
        Input::Record { .. } => {
            let value = values.next().expect("a value for each record");
            Ok(Opened::Record(Secret::new((*value).to_owned())))
        }
    });
    let inputs = inputs.collect();
    let questions = Questions::new(100, &SystemRandom::new()).expect("random bytes");
    let work = Work {
        engine: &ENGINE,
        grants: &grants,
        now: UnixMillis(0),
        deadline: Instant::now() + Duration::from_mins(1),
        secret: &secret(job),
        questions: &questions,
    };
    let Reply::Done { items } = run(job, request, inputs, &work) else {
        unreachable!("a job is done")
    };
    items.into_iter().map(|item| item.outcome).collect()
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Text(text) => text.expose_secret().clone(),
        Outcome::Versioned { text, version } => format!("{} k{version}", text.expose_secret()),
        Outcome::Validity { rule } => rule.clone().unwrap_or_else(|| "valid".into()),
        Outcome::Error(error) => format!("<{error}>"),
        other => format!("{other:?}"),
    }
}

fn done(operation: &str, parameters: &Value, values: &[&str]) -> Vec<String> {
    let items = values.iter().map(|value| text(value)).collect();
    done_as(ALL, operation, parameters, items, &[])
}

fn refused(operation: &str, parameters: &Value, items: Vec<Item>) -> Option<Refusal> {
    Job::read(&request(operation, parameters, items), &ENGINE).err()
}

#[test]
fn each_item_has_its_own_output_or_its_own_error() {
    for (operation, parameters, values, expected) in [
        (
            "replace",
            json!({"with": "[name]"}),
            ["Jo", "", "\0"],
            ["[name]", "[name]", "[name]"],
        ),
        (
            "generalize",
            json!({"kind": "number", "width": 10}),
            ["37", "thirty", "-1"],
            ["30-39", "<not_a_number>", "(-10)-(-1)"],
        ),
        (
            "generalize",
            json!({"kind": "ip"}),
            ["192.168.7.9", "here", "2001:db8::1"],
            ["192.168.7.0/24", "<not_an_address>", "2001:db8::/48"],
        ),
        (
            "generalize",
            json!({"kind": "zip"}),
            ["94107", "9410", "03601"],
            ["941", "<not_a_zip_code>", "000"],
        ),
        (
            "generalize",
            json!({"kind": "date", "to": "decade"}),
            ["1984-07-03", "July", "2001-02-29"],
            ["1980s", "<not_a_date>", "<not_a_date>"],
        ),
        (
            "bucket",
            json!({"bounds": [18, 65]}),
            ["17", "18", "x"],
            ["<18", "18-64", "<not_a_number>"],
        ),
        (
            "time_part",
            json!({"part": "hour"}),
            ["1984-07-03T21:10:00", "1984-07-03", ""],
            ["21", "<no_time_of_day>", "<not_a_date>"],
        ),
        (
            "validate",
            json!({"entity": "CREDIT_CARD"}),
            ["4111 1111 1111 1111", "4111 1111 1111 1112", "4111"],
            ["valid", "checksum", "length"],
        ),
    ] {
        let seen = done(operation, &parameters, &values);
        assert_eq!(seen, expected, "{operation} {parameters}");
    }
}

#[test]
fn labels_are_numbered_across_the_items_of_a_request_in_their_order() {
    let label = json!({"label": "PERSON", "normalise": "trim_case"});
    let seen = done("placeholder", &label, &["Jo", "Ann", " jo", "ANN", "Kim"]);
    assert_eq!(
        seen,
        ["PERSON_1", "PERSON_2", "PERSON_1", "PERSON_2", "PERSON_3"]
    );
    assert_eq!(done("placeholder", &label, &["Kim"]), ["PERSON_1"]);
}

#[test]
fn a_token_of_the_values_form_comes_with_its_version_and_opens_with_that_alone() {
    let format = json!({
        "entity": "US_SSN", "context": "claims", "alphabet": "digits", "skip": "-",
    });
    let with = |version: u32| {
        let mut format = format.clone();
        format["version"] = version.into();
        format
    };
    let values = ["078-05-1120", "078-05-112", "12345", "078-05-11x0"];
    let made = done("encrypt_format", &format, &values);
    assert_eq!(made[2..], ["<domain_too_small>", "<format_mismatch>"]);
    let (token, version) = made[0].split_once(' ').expect("token and version");
    assert_eq!((version, token.len()), ("k3", 11));
    assert!(token != values[0] && token.as_bytes()[3] == b'-', "{token}");
    let back = |version| done("decrypt_format", &with(version), &[token]);
    assert_eq!(back(3), [values[0]]);
    assert_ne!(back(1), [values[0]]);
    let older = done("encrypt_format", &with(1), &values[..1]);
    assert!(
        older[0].ends_with(" k1") && older[0] != made[0],
        "{older:?}"
    );
    let refused = refused("decrypt_format", &format, vec![text(token)]);
    assert_eq!(refused, Some(Refusal::InvalidParameter));
}

#[test]
fn a_card_that_breaks_luhn_or_is_too_long_has_no_token_of_its_form() {
    let card = json!({
        "entity": "US_SSN", "context": "claims", "alphabet": "digits", "luhn": "keep",
    });
    assert_eq!(
        done("encrypt_format", &card, &["4111111111111112"]),
        ["<checksum>"]
    );
    let ignored = json!({
        "entity": "US_SSN", "context": "claims", "alphabet": "digits", "skip": "-",
    });
    let values = [
        "1".repeat(60),
        "-".repeat(MAX_FORMAT_BYTES - 9) + "078051120",
    ];
    let [long, most] = values.each_ref().map(String::as_str);
    let longer = format!("-{most}");
    let seen = done("encrypt_format", &ignored, &[long, most, &longer]);
    assert_eq!(seen[0], "<format_too_long>");
    assert!(seen[1].ends_with(" k3"), "{}", seen[1]);
    assert_eq!(seen[2], "<format_too_long>");
}

#[test]
fn an_index_is_no_pseudonym_and_both_are_made_under_the_version_asked_for() {
    let place = json!({"entity": "US_SSN", "context": "claims", "version": 1});
    let index = done("blind_index", &place, &["078-05-1120"]);
    let pseudonym = done("pseudonymize", &place, &["078-05-1120"]);
    let index = index[0].strip_prefix("vb1.US_SSN.k1.").expect("an index");
    let pseudonym = pseudonym[0].strip_prefix("vp1.US_SSN.k1.").expect("one");
    assert!(!pseudonym.starts_with(&index[..6]), "{index} {pseudonym}");
}

/// Days, near enough to subtract within a year: months are taken as they are in 2021.
fn day_of(date: &str) -> u32 {
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    assert_eq!(&date[..4], "2021");
    let month: usize = date[5..7].parse().expect("a month");
    let day: u32 = date[8..].parse().expect("a day");
    before[month - 1] + day
}

#[test]
fn dates_of_one_row_move_together_and_the_caller_does_not_say_whose_they_are() {
    let shift = json!({"days": 30, "context": "claims"});
    let items = || vec![row("17"), row("17"), row("18")];
    let values = ["2021-03-01", "2021-03-11", "2021-03-01"];
    let seen = done_as(ALL, "shift_date", &shift, items(), &values);
    assert_ne!(seen[0], values[0]);
    // Ten days apart, before and after.
    assert_eq!(day_of(&seen[1]) - day_of(&seen[0]), 10);
    assert_ne!(seen[0], seen[2]);
    // A text moves as the row of the same name does: so it is an oracle, and a grant of its own.
    let inline = done_as(
        ALL,
        "shift_date",
        &shift,
        vec![about(values[0], "17"), text(values[0]), about("soon", "17")],
        &[],
    );
    assert_eq!(inline[0], seen[0]);
    assert_eq!(inline[1..], ["<subject_missing>", "<not_a_date>"]);
    let last = done_as(
        ALL,
        "shift_date",
        &shift,
        vec![about("9999-12-31", "17")],
        &[],
    );
    let first = done_as(
        ALL,
        "shift_date",
        &shift,
        vec![about("0001-01-01", "17")],
        &[],
    );
    assert!(
        [&last[0], &first[0]].contains(&&"<out_of_range>".to_owned()),
        "{last:?} {first:?}"
    );
    let mut named = items();
    named[1].other = Some(Secret::new("18".into()));
    let refused = refused("shift_date", &shift, named);
    assert_eq!(refused, Some(Refusal::InvalidParameter));
}

#[test]
fn a_range_stays_masked_and_a_prefix_that_cuts_nothing_off_is_plaintext() {
    let masked = |operation, parameters: Value, values: &[&str]| {
        let items = values.iter().map(|value| text(value)).collect();
        done_as(&["masked"], operation, &parameters, items, &[])
    };
    // "30" stands for ten numbers, whichever it was.
    let bucket = masked("bucket", json!({"width": 10}), &["30", "37"]);
    assert_eq!(bucket, ["30", "30"]);
    let prefix = masked(
        "generalize",
        json!({"kind": "prefix", "keep": 3}),
        &["94107", "941", ""],
    );
    assert_eq!(prefix, ["941", "<not_permitted>", ""]);
}

#[test]
fn a_key_that_could_not_be_had_is_the_error_of_every_item() {
    let index = json!({"entity": "US_SSN", "context": "claims"});
    let request = request("blind_index", &index, vec![text("a")]);
    let job = Job::read(&request, &ENGINE).expect("good parameters");
    let Operation::Pii(vouchsafe_pii::Operation::Transform(action)) = job.operation() else {
        unreachable!("it transforms")
    };
    for (secret, error) in [
        (
            JobSecret::Missing(ItemError::KmsUnavailable),
            ItemError::KmsUnavailable,
        ),
        (JobSecret::None, ItemError::RootMissing),
        (JobSecret::NewRoot(vec![]), ItemError::RootMissing),
    ] {
        assert_eq!(Transform::new(action, &secret).err(), Some(error));
    }
}

#[test]
fn what_a_grant_names_is_what_the_engine_reads_for_every_kind_of_action() {
    let formats = [
        json!("digits"),
        json!("lower"),
        json!("upper"),
        json!("alnum_lower"),
        json!("alnum_upper"),
        json!("alnum"),
        json!("mixed"),
        json!({"custom": "abc"}),
        json!({"positions": ["digits", {"custom": "xyz"}]}),
    ];
    let luhns = ["keep", "break", "ignore"];
    let mut actions = vec![
        json!({"action": "bucket", "width": 10}),
        json!({"action": "bucket", "bounds": [-18, 65]}),
        json!({"action": "generalize", "kind": "number", "width": 10}),
        json!({"action": "generalize", "kind": "zip"}),
        json!({"action": "generalize", "kind": "prefix", "keep": 3}),
        json!({"action": "generalize", "kind": "ip", "v4": 16}),
    ];
    actions.extend(formats.map(|alphabet| {
        json!({"action": "encrypt_format", "entity": "US_SSN", "alphabet": alphabet, "version": 7})
    }));
    actions.extend(luhns.map(|luhn| {
        json!({"action": "decrypt_format", "entity": "A", "alphabet": "digits", "luhn": luhn})
    }));
    for order in ["ymd", "dmy", "mdy"] {
        actions.push(json!({"action": "shift_date", "days": 30, "order": order, "version": 7}));
        for to in ["month", "year", "decade"] {
            actions.push(json!({"action": "generalize", "kind": "date", "to": to, "order": order}));
        }
        for part in ["year", "quarter", "month", "week", "day", "weekday", "hour"] {
            actions.push(json!({"action": "time_part", "part": part, "order": order}));
        }
    }
    for json in actions {
        let action: Action = serde_json::from_value(json.clone()).expect("an action");
        let mut expected = serde_json::to_value(&action).expect("JSON");
        expected
            .as_object_mut()
            .expect("an object")
            .remove("version");
        let named = named(&action).expect("a grant can name it");
        assert_eq!(
            serde_json::to_value(named).expect("JSON"),
            expected,
            "{json}"
        );
    }
}
