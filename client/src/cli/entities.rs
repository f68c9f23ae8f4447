//! `vouchsafe entities`: the types of personal data that are known, from the tables of the engine.

use clap::ValueEnum;
use serde_json::{Value, json};
use vouchsafe_pii::identifier::{self, Identifier, Kind};

use super::{Exit, Failure, Output};

/// List the types of personal data that are known.
#[derive(clap::Args)]
#[command(after_help = "\
A line for each type: name, country, kind and title; with --json also where its form and rule are
published, the words that announce it, and the forms with their confidence in percent.

Examples:
  vouchsafe entities --country DE
  vouchsafe entities --kind tax --json")]
pub(super) struct Args {
    /// Only what this country issues, two capital letters.
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,
    /// Only types of this kind.
    #[arg(long, value_enum)]
    kind: Option<KindName>,
}

/// A kind by its name.
#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum KindName {
    National,
    Tax,
    Health,
    Bank,
    Document,
    Licence,
    Vehicle,
    Company,
    Place,
    Contact,
    Network,
    Crypto,
    Secret,
    Date,
    Name,
}

impl KindName {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::National => Self::National,
            Kind::Tax => Self::Tax,
            Kind::Health => Self::Health,
            Kind::Bank => Self::Bank,
            Kind::Document => Self::Document,
            Kind::Licence => Self::Licence,
            Kind::Vehicle => Self::Vehicle,
            Kind::Company => Self::Company,
            Kind::Place => Self::Place,
            Kind::Contact => Self::Contact,
            Kind::Network => Self::Network,
            Kind::Crypto => Self::Crypto,
            Kind::Secret => Self::Secret,
            Kind::Date => Self::Date,
            Kind::Name => Self::Name,
        }
    }

    /// As it is typed.
    const fn name(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Tax => "tax",
            Self::Health => "health",
            Self::Bank => "bank",
            Self::Document => "document",
            Self::Licence => "licence",
            Self::Vehicle => "vehicle",
            Self::Company => "company",
            Self::Place => "place",
            Self::Contact => "contact",
            Self::Network => "network",
            Self::Crypto => "crypto",
            Self::Secret => "secret",
            Self::Date => "date",
            Self::Name => "name",
        }
    }
}

pub(super) fn run(args: &Args, output: Output) -> Result<Exit, Failure> {
    let is_code = |country: &String| {
        country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    if !args.country.as_ref().is_none_or(is_code) {
        return Err(Failure::Value {
            name: "--country",
            expected: "two capital letters, such as DE",
        });
    }
    let is_asked = |identifier: &&&Identifier| {
        let is_of = |country: &String| identifier.country == country;
        args.country.as_ref().is_none_or(is_of)
            && args
                .kind
                .is_none_or(|kind| kind == KindName::of(identifier.kind))
    };
    let asked: Vec<_> = identifier::ALL.iter().filter(is_asked).copied().collect();
    let value = json!({ "entities": asked.iter().map(|one| as_json(one)).collect::<Vec<_>>() });
    if !output.json && asked.is_empty() {
        output.note("no type is of this country and kind");
        return Ok(Exit::Done);
    }
    output.result(&value, &table(&asked))?;
    Ok(Exit::Done)
}

fn as_json(identifier: &Identifier) -> Value {
    let forms = identifier.forms.iter();
    let forms = forms.map(|form| json!({ "name": form.name, "percent": form.percent }));
    json!({
        "entity": identifier.entity,
        "title": identifier.title,
        "country": Some(identifier.country).filter(|country| !country.is_empty()),
        "kind": KindName::of(identifier.kind).name(),
        "source": identifier.source,
        "context": identifier.context,
        "forms": forms.collect::<Vec<_>>(),
    })
}

fn table(identifiers: &[&Identifier]) -> String {
    let names = identifiers.iter().map(|identifier| identifier.entity.len());
    let width = names.max().unwrap_or_default();
    let line = |identifier: &&Identifier| {
        let country = match identifier.country {
            "" => "-",
            country => country,
        };
        format!(
            "{:<width$}  {country:<2}  {:<8}  {}",
            identifier.entity,
            KindName::of(identifier.kind).name(),
            identifier.title,
        )
    };
    identifiers.iter().map(line).collect::<Vec<_>>().join("\n")
}
