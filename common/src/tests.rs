//! The examples of docs/PROTOCOL.md and docs/protocol: made from fixed inputs, compared, and opened.
//!
//! Each example is put together by hand here, from the primitives and the page's own words, so the
//! page is held twice: what is made by hand must open by the code that ships, and what the code
//! makes must be what stands in the page. `VOUCHSAFE_UPDATE_EXAMPLES=1 cargo test -p
//! vouchsafe-common --all-features examples` writes the pages anew.
//!
//! An example stands between `` ```text NAME `` and `` ``` ``. Next: [`annotate`] draws the bytes.

mod annotate;

mod envelope;
mod evidence;
mod hand;
mod policy;
mod record;
mod request;
mod roots;

use std::fs;
use std::path::{Path, PathBuf};

fn docs(file: &str) -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates
        .expect("the package lies in the workspace")
        .join("docs")
        .join(file)
}

/// Compares a file with what it should be, or writes it.
fn hold(file: &str, wanted: &str) {
    if std::env::var_os("VOUCHSAFE_UPDATE_EXAMPLES").is_some() {
        fs::write(docs(file), wanted).expect("the docs can be written");
        return;
    }
    let found = fs::read_to_string(docs(file)).expect("the page is there");
    let differs = found.lines().zip(wanted.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or(found.lines().count().min(wanted.lines().count())) + 1;
    assert!(
        found == wanted,
        "docs/{file} differs at line {line}; VOUCHSAFE_UPDATE_EXAMPLES=1 writes it anew"
    );
}

/// Holds a page to its examples: as many as there are, each where the page names it.
fn hold_examples(file: &str, examples: &[(&str, String)]) {
    let page = fs::read_to_string(docs(file)).expect("the page is there");
    let mut wanted = String::new();
    let mut named = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        wanted += line;
        wanted.push('\n');
        let Some(name) = line.strip_prefix("```text ") else {
            continue;
        };
        let example = examples.iter().find(|example| example.0 == name);
        assert!(example.is_some(), "nothing makes {name} of {file}");
        wanted.extend(example.map(|example| example.1.as_str()));
        wanted += "```\n";
        named.push(name);
        let rest = lines.find(|line| *line == "```");
        assert!(rest.is_some(), "{name} of {file} has no end");
    }
    let made: Vec<_> = examples.iter().map(|example| example.0).collect();
    assert_eq!(named, made, "of {file}, in order");
    hold(file, &wanted);
}

/// A name and bytes of an example, for docs/protocol/vectors.json.
type Vector = (&'static str, Vec<u8>);

#[test]
fn the_vectors_of_the_examples_are_what_the_code_makes() {
    let all = [
        evidence::vectors(),
        request::vectors(),
        record::vectors(),
        policy::vectors(),
        roots::vectors(),
    ]
    .concat();
    let lines: Vec<_> = all
        .iter()
        .map(|(name, bytes)| format!("  \"{name}\": \"{}\"", hex::encode(bytes)))
        .collect();
    hold(
        "protocol/vectors.json",
        &format!("{{\n{}\n}}\n", lines.join(",\n")),
    );
}
