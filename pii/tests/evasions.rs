//! A value written so that a plain pattern misses it is found all the same, and its span covers what
//! was written.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use vouchsafe_pii::{DetectOptions, Engine};

/// Entity, value as usual, and whether its separators may be others.
const VALUES: &[(&str, &str)] = &[
    ("CREDIT_CARD", "4111 1111 1111 1111"),
    ("US_SSN", "078-05-1123"),
    ("EMAIL_ADDRESS", "jo.smith@example.com"),
    ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
    ("PHONE_NUMBER", "+44 20 7946 0123"),
];

/// A way to write a value, by its name.
type Evasion = (&'static str, fn(&str) -> String);

const EVASIONS: &[Evasion] = &[
    ("as usual", str::to_owned),
    ("full-width", |value| {
        map(value, |character| match character {
            '!'..='~' => char::from_u32(u32::from(character) + 0xfee0)
                .unwrap()
                .to_string(),
            _ => '\u{3000}'.to_string(),
        })
    }),
    ("arabic digits", |value| digits(value, 0x660)),
    ("persian digits", |value| digits(value, 0x6f0)),
    ("devanagari digits", |value| digits(value, 0x966)),
    ("thai digits", |value| digits(value, 0xe50)),
    ("mathematical digits", |value| digits(value, 0x1d7ce)),
    ("no-break spaces", |value| value.replace(' ', "\u{a0}")),
    ("narrow spaces", |value| value.replace(' ', "\u{202f}")),
    ("thin spaces", |value| value.replace(' ', "\u{2009}")),
    ("hyphens for spaces", |value| value.replace(' ', "-")),
    ("no-break hyphens", |value| {
        value.replace([' ', '-'], "\u{2011}")
    }),
    ("en dashes", |value| value.replace([' ', '-'], "\u{2013}")),
    ("minus signs", |value| value.replace([' ', '-'], "\u{2212}")),
    ("zero-width spaces", |value| between(value, "\u{200b}")),
    ("soft hyphens", |value| between(value, "\u{ad}")),
    ("joiners", |value| between(value, "\u{2060}")),
    ("byte order marks", |value| between(value, "\u{feff}")),
    ("percent escapes", |value| {
        map(value, |character| format!("%{:02X}", u32::from(character)))
    }),
    ("decimal references", |value| {
        map(value, |character| format!("&#{};", u32::from(character)))
    }),
    ("hexadecimal references", |value| {
        map(value, |character| format!("&#x{:x};", u32::from(character)))
    }),
    ("escapes of strings", |value| {
        map(value, |character| {
            format!("\\u{:04x}", u32::from(character))
        })
    }),
    ("named references", |value| {
        value
            .replace(' ', "&nbsp;")
            .replace('@', "&commat;")
            .replace('-', "&ndash;")
    }),
];

fn map(value: &str, write: impl Fn(char) -> String) -> String {
    value.chars().map(write).collect()
}

fn digits(value: &str, zero: u32) -> String {
    map(value, |character| match character.to_digit(10) {
        Some(digit) => char::from_u32(zero + digit).unwrap().to_string(),
        None => character.to_string(),
    })
}

fn between(value: &str, mark: &str) -> String {
    let characters: Vec<String> = value.chars().map(String::from).collect();
    characters.join(mark)
}

#[test]
fn every_value_is_found_in_every_way_to_write_it() {
    let engine = Engine::new();
    let mut missed = Vec::new();
    let mut tried = 0;
    for (entity, value) in VALUES {
        for (name, write) in EVASIONS {
            let written = write(value);
            let text = format!("Please note: {written}, thank you.");
            let findings = engine.detect(&text, &DetectOptions::default()).unwrap();
            let found = findings.iter().any(|finding| {
                finding.entity.name() == *entity && text[finding.start..finding.end] == written
            });
            if !found {
                missed.push((*entity, *name, findings));
            }
            tried += 1;
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert_eq!(tried, VALUES.len() * EVASIONS.len());
}
