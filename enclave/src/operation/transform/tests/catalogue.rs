//! docs/operations, a page for each operation, and docs/CATALOGUE.md, their index: the examples are
//! what the enclave answers, the grants are some that a policy can hold, and nothing is missing.

use std::collections::BTreeSet;
use std::path::Path;

use vouchsafe_common::message::{CREATE_ROOT_PARAMETERS, Finding, OPERATIONS, RESEAL_PARAMETERS};

use super::*;

/// Examples of all pages together: one that is no longer read would be no longer true.
const EXAMPLES: usize = 135;
/// KMS makes what these answer, another each time: `tests/tests/whole_path/roots.rs` has
/// them.
const WITHOUT_EXAMPLES: [&str; 2] = ["reseal", "create_root"];
const INDEX: &str = include_str!("../../../../../docs/CATALOGUE.md");

/// The pages by the names of their operations. There is one for each and no other.
fn pages() -> Vec<(&'static str, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations");
    let files = std::fs::read_dir(&folder).expect("the folder of the pages");
    assert_eq!(files.count(), OPERATIONS.len(), "pages");
    let page = |name: &&'static str| {
        let page = std::fs::read_to_string(folder.join(format!("{name}.md")));
        (
            *name,
            page.unwrap_or_else(|_| unreachable!("{name} has a page")),
        )
    };
    OPERATIONS.iter().map(page).collect()
}

/// The lines of the examples of a page.
fn examples(page: &str) -> impl Iterator<Item = &str> {
    let blocks = page.split("```examples\n").skip(1);
    blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines())
}

/// What a line of an example asks: `name {parameters} "value" [about "subject"] [with "other"]`.
struct Example<'a> {
    name: &'a str,
    parameters: Value,
    item: Item,
    /// What stands behind the arrow.
    expected: &'a str,
}

impl<'a> Example<'a> {
    fn read(line: &'a str) -> Self {
        let (asked, expected) = line.split_once(" -> ").expect("a result");
        let (name, rest) = asked.split_once(' ').expect("parameters");
        let mut read = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let mut next = || read.next().expect("a value").expect("JSON");
        let (parameters, value) = (next(), next());
        let value = value.as_str().expect("a text").to_owned();
        let rest = &rest[read.byte_offset()..];
        let other = rest.strip_prefix(" about ").or(rest.strip_prefix(" with "));
        let item = match other {
            Some(other) => about(
                &value,
                &serde_json::from_str::<String>(other).expect("a text"),
            ),
            None => text(&value),
        };
        Self {
            name,
            parameters,
            item,
            expected,
        }
    }

    /// What the enclave answers, as the page writes it.
    fn answer(self) -> String {
        let request = request(self.name, &self.parameters, vec![self.item]);
        let job = Job::read(&request, &ENGINE).expect("good parameters");
        let outcome = outcomes(&[ALL, &["findings"]].concat(), &job, request, &[])
            .pop()
            .expect("one item");
        let json = match outcome {
            Outcome::Text(text) => json!(text.expose_secret()),
            Outcome::Versioned { text, version } => {
                json!({"text": text.expose_secret(), "version": version})
            }
            Outcome::Findings { offsets, findings } => {
                json!({"offsets": offsets, "findings": findings.iter().map(found).collect::<Vec<_>>()})
            }
            Outcome::Boolean(answer) => json!(answer),
            Outcome::Validity { rule } => json!({"valid": rule.is_none(), "rule": rule}),
            Outcome::Error(error) => return error.code().into(),
            other => unreachable!("{other:?}"),
        };
        let expected = serde_json::from_str::<Value>(self.expected);
        if expected.is_ok_and(|expected| expected == json) {
            self.expected.to_owned()
        } else {
            json.to_string()
        }
    }
}

/// A finding as the client shows it.
fn found(finding: &Finding) -> Value {
    let mut reason = json!({"pattern": finding.pattern, "context": finding.context});
    if let Some(passed) = finding.checksum {
        reason["checksum"] = if passed { "passed" } else { "failed" }.into();
    }
    json!({
        "entity": finding.entity, "start": finding.start, "end": finding.end,
        "confidence": f64::from(finding.confidence_percent) / 100.0, "reason": reason,
    })
}

#[test]
fn the_examples_of_the_catalogue_are_what_the_enclave_answers() {
    let mut count = 0;
    let mut faults = Vec::new();
    for (name, page) in pages() {
        let before = count;
        for line in examples(&page) {
            let example = Example::read(line);
            assert_eq!(example.name, name, "an example of another operation");
            let expected = example.expected;
            let answer = example.answer();
            if answer != expected {
                faults.push(format!("{line}: {answer}"));
            }
            count += 1;
        }
        let is_without = WITHOUT_EXAMPLES.contains(&name);
        assert_eq!(count == before, is_without, "{name} has examples");
    }
    assert_eq!(faults, [""; 0]);
    assert_eq!(count, EXAMPLES);
}

/// The parameters of an operation.
fn parameters(name: &str) -> &'static [&'static str] {
    match name {
        "reseal" => RESEAL_PARAMETERS,
        "create_root" => CREATE_ROOT_PARAMETERS,
        name => vouchsafe_pii::Operation::parameters(name).expect("one of the engine's"),
    }
}

/// What stands under a heading of a page; nothing where there is no such heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let rest = page.split_once(&format!("\n## {heading}\n"));
    rest.map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or(""))
}

/// The first column of the first table of a section, where it is code.
fn rows(section: &str) -> impl Iterator<Item = &str> {
    let table = section
        .trim_start()
        .lines()
        .skip_while(|line| !line.starts_with('|'));
    let table = table.take_while(|line| line.starts_with('|'));
    table.filter_map(|line| line.strip_prefix("| `")?.split('`').next())
}

#[test]
fn the_catalogue_has_every_operation_with_every_parameter_and_every_code_of_an_item() {
    const OF_ITS_OPERATIONS: [(ItemError, &[&str]); 17] = [
        (ItemError::NotANumber, &["generalize", "bucket"]),
        (
            ItemError::NotADate,
            &["generalize", "shift_date", "time_part", "verify"],
        ),
        (ItemError::NoTimeOfDay, &["time_part"]),
        (ItemError::NotAnAddress, &["generalize"]),
        (ItemError::NotAZipCode, &["generalize"]),
        (
            ItemError::OutOfRange,
            &["generalize", "bucket", "shift_date"],
        ),
        (ItemError::SubjectMissing, &["shift_date"]),
        (
            ItemError::DomainTooSmall,
            &["encrypt_format", "decrypt_format"],
        ),
        (
            ItemError::FormatMismatch,
            &["encrypt_format", "decrypt_format"],
        ),
        (
            ItemError::FormatTooLong,
            &["encrypt_format", "decrypt_format"],
        ),
        (ItemError::Checksum, &["encrypt_format", "decrypt_format"]),
        (ItemError::TooManyLabels, &["placeholder"]),
        (ItemError::TokenMalformed, &["detokenize", "retokenize"]),
        (ItemError::TokenNotAuthentic, &["detokenize", "retokenize"]),
        (ItemError::NothingToCompare, &["verify"]),
        (ItemError::QueryBudgetExhausted, &["verify"]),
        // Others have it from the longest text of all, which the index says.
        (
            ItemError::TextTooLong,
            &["tokenize", "validate", "verify", "reseal"],
        ),
    ];
    let pages = pages();
    for (name, page) in &pages {
        let row = format!("\n| [`{name}`](operations/{name}.md) | ");
        assert!(INDEX.contains(&row), "{name} has a row");
        let told: BTreeSet<&str> = rows(section(page, "Parameters")).collect();
        assert_eq!(told, parameters(name).iter().copied().collect(), "{name}");
    }
    for (code, operations) in OF_ITS_OPERATIONS {
        for (name, page) in &pages {
            let has = rows(section(page, "Errors of an item")).any(|it| it == code.code());
            assert_eq!(has, operations.contains(name), "{name} {code}");
        }
    }
    let is_general = |code: &&ItemError| {
        !OF_ITS_OPERATIONS
            .iter()
            .any(|(of_some, _)| of_some == *code)
    };
    for code in ItemError::ALL.iter().filter(is_general) {
        assert!(INDEX.contains(&format!("`{code}`")), "{code}");
    }
}

#[test]
fn the_grant_on_a_page_can_stand_in_a_policy_and_names_what_its_first_example_asks() {
    for (name, page) in pages() {
        let mut blocks = page.split("```json\n").skip(1);
        let grant = blocks.next().and_then(|block| block.split("```").next());
        assert!(blocks.next().is_none(), "{name} has one grant");
        let grant = serde_json::from_str::<Value>(grant.expect("a grant")).expect("JSON");
        let policy = json!({
            "version": 1, "serial": 1, "not_before": 0, "not_after": 1, "allow": [grant],
        });
        let policy = Policy::parse(policy.to_string().as_bytes()).expect("a policy");
        let named = vouchsafe_pii::granted::check(policy.named_whole());
        assert_eq!(named, Ok(()), "{name}");
        let parameters = match name {
            "reseal" => json!({"epoch": 2}),
            "create_root" => json!({"version": 2}),
            _ => Example::read(examples(&page).next().expect("an example")).parameters,
        };
        let mut request = request(name, &parameters, vec![text("")]);
        let grant = &policy.allow[0];
        request.purpose.clone_from(&grant.purposes[0]);
        let caller = Caller {
            name: grant.callers[0].clone(),
            bound: true,
        };
        let job = Job::read(&request, &ENGINE).expect("good parameters");
        let grants = Grants::find(&policy, &caller, &request, job.asked());
        assert!(grants.is_some(), "{name}");
    }
}
