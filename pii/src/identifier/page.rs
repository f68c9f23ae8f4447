//! The page of all types in docs/, made from the tables.

use core::fmt::Write;

use super::{ALL, Identifier, Kind};

/// docs/IDENTIFIERS.md, which a test holds to this.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    let kinds = [
        (Kind::Name, "Names"),
        (Kind::Contact, "Contact"),
        (Kind::Place, "Places"),
        (Kind::National, "Given to a person by a state"),
        (Kind::Document, "Passports and identity documents"),
        (Kind::Licence, "Licences"),
        (Kind::Tax, "Tax"),
        (Kind::Health, "Health"),
        (Kind::Bank, "Banks and cards"),
        (Kind::Company, "Enterprises"),
        (Kind::Vehicle, "Vehicles"),
        (Kind::Network, "Networks and devices"),
        (Kind::Crypto, "Crypto-currencies"),
        (Kind::Secret, "Keys and tokens"),
        (Kind::Date, "Dates and times"),
    ];
    for (kind, title) in kinds {
        let _ = write!(
            page,
            "\n## {title}\n\n| type | what it is | country | check | source |\n|---|---|---|---|---|\n"
        );
        for identifier in ALL.iter().filter(|identifier| identifier.kind == kind) {
            row(&mut page, identifier);
        }
    }
    page
}

fn row(page: &mut String, identifier: &Identifier) {
    let checked =
        identifier.check.is_some() || identifier.forms.iter().all(|form| form.check.is_some());
    let check = match (identifier.forms.is_empty(), checked) {
        (true, _) => "its own",
        (false, true) => "yes",
        (false, false) => "form alone",
    };
    let Identifier {
        entity,
        title,
        country,
        source,
        ..
    } = identifier;
    let source = source.replace('|', "\\|");
    let _ = writeln!(
        page,
        "| `{entity}` | {title} | {country} | {check} | {source} |"
    );
}

const HEAD: &str = "\
# The types of personal data

For who chooses what to look for. `vouchsafe entities` prints the same list, with `--json` for programs. This page is made from the
tables in `pii/src/identifier` by `cargo run -p vouchsafe-pii --example identifiers >docs/IDENTIFIERS.md`; a test holds it to them.

*Check* says what there is beyond the written form: *yes* for a checksum, a date or another rule inside the number, *its own* for
types that are found by a program of their own, and *form alone* where none is published or none is certain. Numbers without a check are
reported only behind a word that announces them, unless the threshold is lowered ([DETECT.md](DETECT.md)).
";
