//! The table of claims in docs/CLAIMS.md: every claim names tests, and every test named is there.
//!
//! A claim whose test was renamed or deleted would go on being claimed; here it fails. What has no
//! test stands in a section of its own, with the reason.

use crate::root;
use std::collections::BTreeSet;

/// A row of the table, as its cells.
struct Row<'a> {
    section: &'a str,
    cells: Vec<&'a str>,
}

const UNTESTED: &str = "Not tested";
/// A page that a reader of tables no longer understands would have none.
const LEAST_CLAIMS: usize = 40;

/// Rows of all tables whose first column is `id`, without head and rule.
fn rows(page: &str) -> Vec<Row<'_>> {
    let mut section = "";
    let mut rows = Vec::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        }
        let inner = line.strip_prefix("| ").and_then(|l| l.strip_suffix(" |"));
        let Some(inner) = inner else { continue };
        let cells: Vec<_> = inner.split(" | ").map(str::trim).collect();
        if cells[0] != "id" {
            rows.push(Row { section, cells });
        }
    }
    rows
}

/// Does the source of a test hold it? `file::name`, or a script by its path: one for users, or one
/// that scripts/test.sh runs.
fn exists(test: &str) -> bool {
    let (file, name) = test.split_once("::").unwrap_or((test, ""));
    let Ok(source) = std::fs::read_to_string(root().join(file)) else {
        return false;
    };
    if name.is_empty() {
        let every_check = std::fs::read_to_string(root().join("scripts/test.sh"));
        return file.starts_with("scripts/") || every_check.is_ok_and(|all| all.contains(file));
    }
    if name == "compile_fail" {
        return source.contains("```compile_fail");
    }
    is_test(&source, name)
}

/// Is there a function `name` in a Rust source, right after an attribute that makes it a test?
fn is_test(source: &str, name: &str) -> bool {
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[") {
            marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        } else if let Some(at) = line.find("fn ") {
            let declared = line[at + 3..].split('(').next().unwrap_or_default();
            if marked && declared == name {
                return true;
            }
            marked = false;
        }
    }
    false
}

/// What is wrong with the tables of a page.
fn faults(page: &str) -> Vec<String> {
    let mut ids = BTreeSet::new();
    let mut faults = Vec::new();
    for Row { section, cells } in rows(page) {
        let id = cells[0];
        if !ids.insert(id) {
            faults.push(format!("{id} stands there twice"));
        }
        let whole = cells.iter().all(|cell| !cell.is_empty());
        match cells.as_slice() {
            [_, _claim, _why] if whole && section == UNTESTED => {}
            [_, _claim, code, tests] if whole && section != UNTESTED => {
                let code = code.split(", ").map(unquoted);
                let missing = code.filter(|code| !root().join(code).exists());
                faults.extend(missing.map(|code| format!("{id}: there is no {code}")));
                let tests = tests.split("<br>").map(unquoted);
                let missing = tests.filter(|test| !exists(test));
                faults.extend(missing.map(|test| format!("{id}: there is no {test}")));
            }
            _ => faults.push(format!("{id}: not a row of its table")),
        }
    }
    faults
}

/// The text of a cell without the marks of code.
fn unquoted(text: &str) -> &str {
    text.trim_matches('`')
}

#[test]
fn every_claim_has_tests_and_every_test_exists() {
    let page = std::fs::read_to_string(root().join("docs/CLAIMS.md")).expect("the page is there");
    let claims = rows(&page).len();
    assert!(claims >= LEAST_CLAIMS, "{claims} claims");
    assert_eq!(faults(&page), [""; 0]);
}

/// Ids in brackets in a page: `[A1]`, `[A1, K4, which …]`.
fn references(page: &str) -> BTreeSet<&str> {
    let groups = page.split('[').skip(1).filter_map(|rest| {
        let (inside, after) = rest.split_once(']')?;
        // A link is no reference.
        (!after.starts_with('(')).then_some(inside)
    });
    groups
        .flat_map(|inside| inside.split(", "))
        .filter(|id| {
            id.starts_with(char::is_uppercase) && id.ends_with(|c: char| c.is_ascii_digit())
        })
        .collect()
}

#[test]
fn the_threat_model_refers_to_claims_that_are_there() {
    let read = |page| std::fs::read_to_string(root().join(page)).expect("the page is there");
    let (claims, model) = (read("docs/CLAIMS.md"), read("docs/THREAT_MODEL.md"));
    let ids: BTreeSet<_> = rows(&claims).iter().map(|row| row.cells[0]).collect();
    let referred = references(&model);
    assert!(referred.len() > 30, "{referred:?}");
    let unknown: Vec<_> = referred.difference(&ids).collect();
    assert_eq!(unknown, [&""; 0]);
}

#[test]
fn a_claim_without_a_test_or_with_one_that_is_not_there_is_seen() {
    let here = "tests/tests/boundaries/claims.rs";
    let page = |tests: &str| {
        format!(
            "## Some\n| id | claim | code | tests |\n|---|---|---|---|\n| X1 | All is well. | `docs` | {tests} |\n"
        )
    };
    let name = "a_claim_without_a_test_or_with_one_that_is_not_there_is_seen";
    assert_eq!(faults(&page(&format!("`{here}::{name}`"))), [""; 0]);
    for bad in [
        "",
        &format!("`{here}::rows`"),
        &format!("`{here}::a_claim`"),
        "`tests/nothing.rs::a_test`",
        "`scripts/nothing.sh`",
        "`docs/CLAIMS.md`",
    ] {
        assert_eq!(faults(&page(bad)).len(), 1, "{bad}");
    }
    let twice = page(&format!("`{here}::{name}`")).repeat(2);
    assert_eq!(faults(&twice), ["X1 stands there twice"]);
}
