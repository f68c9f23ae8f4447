//! Every identifier on cases of its own: values that are well-formed, and values that are not.
//!
//! The files beside this one hold, line by line, entity, `valid` or `invalid`, and a value. Values are
//! published examples, or made by the published rule.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeMap;

use vouchsafe_pii::identifier::{self, ALL, Identifier};

/// Entity, whether it is valid, value.
type Case = (String, bool, String);

fn cases() -> Vec<Case> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/identifiers");
    let mut cases = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let fields: Vec<&str> = line.split('\t').collect();
            let [entity, verdict @ ("valid" | "invalid"), value] = fields[..] else {
                panic!("{}: {line:?} is no case", path.display());
            };
            cases.push((entity.to_owned(), verdict == "valid", value.to_owned()));
        }
    }
    cases
}

fn identifier(entity: &str) -> &'static Identifier {
    let found = ALL.iter().find(|identifier| identifier.entity == entity);
    found.unwrap_or_else(|| panic!("no identifier {entity}"))
}

#[test]
fn values_are_judged_by_the_rule_of_their_identifier() {
    let mut wrong = Vec::new();
    for (entity, valid, value) in cases() {
        let verdict = identifier(&entity).validate(&value);
        if verdict.is_ok() != valid {
            wrong.push(format!("{entity} {value:?}: {verdict:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_identifier_with_a_form_has_cases_for_and_against() {
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for (entity, valid, _) in cases() {
        counts.entry(entity).or_default()[usize::from(valid)] += 1;
    }
    for identifier in ALL.iter().filter(|identifier| !identifier.forms.is_empty()) {
        let [invalid, valid] = counts.get(identifier.entity).copied().unwrap_or_default();
        assert!(
            valid >= 2 && invalid >= 2,
            "{}: {valid} for, {invalid} against",
            identifier.entity
        );
    }
}

#[test]
fn no_two_identifiers_share_a_name_and_every_table_entry_is_complete() {
    let mut names: Vec<&str> = ALL.iter().map(|identifier| identifier.entity).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    for identifier in ALL.iter() {
        let Identifier {
            entity,
            title,
            country,
            source,
            ..
        } = identifier;
        let of_a_country =
            country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        assert!(country.is_empty() || of_a_country, "{entity}");
        assert!(!title.is_empty() && !source.is_empty(), "{entity}");
        for word in identifier.context {
            assert_eq!(word.to_lowercase(), **word, "{entity}");
            assert!(
                !word.contains(' ') && !word.contains('-'),
                "{entity}: {word} is no single word"
            );
        }
    }
}

#[test]
fn the_page_of_all_types_is_what_the_tables_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/IDENTIFIERS.md");
    let page = std::fs::read_to_string(path).unwrap();
    assert!(
        page == identifier::page(),
        "run cargo run -p vouchsafe-pii --example identifiers >docs/IDENTIFIERS.md"
    );
}

#[test]
fn identifiers_of_a_hundred_and_ten_countries_are_there() {
    let countries: std::collections::BTreeSet<&str> = ALL
        .iter()
        .map(|identifier| identifier.country)
        .filter(|country| !country.is_empty())
        .collect();
    assert!(countries.len() >= 110, "{}", countries.len());
    assert!(ALL.len() >= 530, "{}", ALL.len());
}
