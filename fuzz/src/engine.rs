//! What the PII engine looks at: a text, a value, and recognisers that are not its own.

use std::sync::LazyLock;

use vouchsafe_common::bundle::Recogniser;
use vouchsafe_pii::custom::{self, MAX_RECOGNISERS};
use vouchsafe_pii::offsets::{self, OffsetUnit};
use vouchsafe_pii::validate::{self, MAX_VALUE_BYTES, ValidateError};
use vouchsafe_pii::{DetectOptions, Engine, Entity, redact};

/// Compiled once: that takes longer than all that is asked of it here.
pub(crate) static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

/// A text: findings lie on its characters, in order and apart, in every unit of offsets, and hiding
/// them leaves the rest as it was.
pub fn detect(text: &[u8]) -> bool {
    let options = DetectOptions {
        threshold: 0.0,
        ..DetectOptions::default()
    };
    found(&ENGINE, &String::from_utf8_lossy(text), &options)
}

/// Recognisers, a JSON object a line, and behind a NUL the text that they look at.
///
/// What a file may hold and what a policy may hold is the same, and what is taken runs.
pub fn recognisers(input: &[u8]) -> bool {
    let mut parts = input.splitn(2, |byte| *byte == 0);
    let mut part = || String::from_utf8_lossy(parts.next().unwrap_or_default());
    let (file, text) = (part(), part());
    let mut list = Vec::new();
    for line in file.lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match serde_json::from_str::<Recogniser>(line) {
            Ok(recogniser) => list.push(plainly_named(recogniser)),
            // What no policy may hold is no recogniser of a file either.
            Err(_) => assert!(custom::parse(line).is_err(), "{line}"),
        }
    }
    let objects: Vec<_> = list.iter().map(Recogniser::to_json).collect();
    let read = custom::parse(&objects.join("\n"));
    let engine = match (custom::engine(objects), read) {
        (Ok(engine), Ok(_)) => engine,
        (Err(refused), Err(read)) => {
            assert_eq!(
                (refused.index + 1, &refused.fault),
                (read.line, &read.fault)
            );
            // It stands on a console, a line for each fault.
            assert!(!refused.to_string().contains('\n'));
            return false;
        }
        (of_list, of_file) => {
            panic!("{:?}, {:?}", of_list.err(), of_file.err())
        }
    };
    assert!(list.len() <= MAX_RECOGNISERS);
    let entities: Vec<_> = list.into_iter().map(|own| own.entity).collect();
    if entities.is_empty() {
        return false;
    }
    let names = entities.clone();
    let options = DetectOptions {
        threshold: 0.0,
        entities: Some(entities),
        ..DetectOptions::default()
    };
    let own = engine.detect(&text, &options).expect("the names are known");
    assert!(
        own.iter()
            .all(|it| names.iter().any(|name| name == it.entity.name()))
    );
    found(&engine, &text, &options)
}

/// A name that is one stays, but one of a few: an engine's process keeps each that it ever knew.
fn plainly_named(mut recogniser: Recogniser) -> Recogniser {
    let name = &recogniser.entity;
    let is_letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = (1..=64).contains(&name.len()) && name.bytes().all(is_letter);
    if is_name && Entity::parse(name).is_none() {
        recogniser.entity = format!("OWN_{}", name.len() % 4);
    }
    recogniser
}

/// A type, by its place in two bytes, and a value: judged in bounded length, whatever white space is
/// around it, and told by a code alone.
pub fn validate(input: &[u8]) -> bool {
    let Some((place, value)) = input.split_first_chunk::<2>() else {
        return false;
    };
    let place = usize::from(u16::from_le_bytes(*place));
    let entity = Entity::all().nth(place % Entity::all().len());
    let entity = entity.expect("the place is below the length").name();
    let value = &*String::from_utf8_lossy(value);
    let verdict = match validate::validate(&ENGINE, entity, value) {
        Ok(verdict) => verdict,
        Err(error) => {
            assert_eq!(error, ValidateError::TooLong);
            assert!(value.len() > MAX_VALUE_BYTES);
            return false;
        }
    };
    let spaced = format!("\t {value}\n");
    if spaced.len() <= MAX_VALUE_BYTES {
        let again = validate::validate(&ENGINE, entity, &spaced);
        assert_eq!(again, Ok(verdict), "{entity}");
    }
    if let Some(fault) = verdict {
        let code = fault.code();
        assert!(!code.is_empty() && code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_')));
    }
    verdict.is_none()
}

/// Whether anything is found, after all that must hold of findings.
fn found(engine: &Engine, text: &str, options: &DetectOptions) -> bool {
    let found = engine.detect(text, options).expect("few candidates fit");
    let cover = engine.cover(text, options).expect("few candidates fit");
    for findings in [&found, &cover] {
        let mut before = 0;
        for finding in findings {
            assert!(before <= finding.start && finding.start < finding.end);
            assert!(text.get(finding.start..finding.end).is_some());
            assert!(finding.confidence_percent <= 100);
            before = finding.end;
        }
        for unit in [OffsetUnit::Byte, OffsetUnit::Codepoint, OffsetUnit::Utf16] {
            let spans = offsets::convert(text, findings, unit).expect("they are of this text");
            assert!(spans.is_sorted_by(|one, next| one.end <= next.start));
        }
    }
    let is_covered = |start, end| cover.iter().any(|it| it.start <= start && end <= it.end);
    assert!(
        found
            .iter()
            .all(|finding| is_covered(finding.start, finding.end))
    );
    let redacted = redact::redact(engine, text, options).expect("as above");
    let (mut expected, mut at) = (String::new(), 0);
    for finding in &cover {
        expected.push_str(&text[at..finding.start]);
        expected.extend(["<", finding.entity.name(), ">"]);
        at = finding.end;
    }
    assert_eq!(redacted.text.as_str(), expected + &text[at..]);
    !found.is_empty()
}
