#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
use fpe::ff1::{FF1, FlexibleNumeralString};
use proptest::prelude::*;

use super::*;
use crate::check::luhn;
use crate::derive;

const KEY: [u8; 32] = [7; 32];

fn parameters(alphabet: Alphabet, skip: &str) -> FormatParameters {
    FormatParameters {
        entity: "US_SSN".to_owned(),
        context: "claims".to_owned(),
        alphabet,
        skip: skip.to_owned(),
        keep_first: 0,
        keep_last: 0,
        luhn: Luhn::Ignore,
        version: None,
    }
}

fn cipher(parameters: &FormatParameters) -> FormatCipher {
    FormatCipher::new(&KEY, 3, "acme", parameters).unwrap()
}

fn sealed(parameters: &FormatParameters, value: &str) -> Result<String, FormatError> {
    cipher(parameters).encrypt(value).map(|it| it.to_string())
}

fn opened(parameters: &FormatParameters, token: &str) -> Result<String, FormatError> {
    cipher(parameters).decrypt(token).map(|it| it.to_string())
}

fn round_trip(parameters: &FormatParameters, value: &str) -> String {
    let token = sealed(parameters, value).unwrap();
    assert_eq!(opened(parameters, &token), Ok(value.to_owned()));
    token
}

#[test]
fn digits_are_ff1_as_others_compute_it_and_separators_stay() {
    let token = round_trip(&parameters(Alphabet::Digits, "-"), "078-05-1123");
    let tweak = derive::info("vf1", "acme", "US_SSN", "claims", 3);
    let digits = FlexibleNumeralString::from(vec![0, 7, 8, 0, 5, 1, 1, 2, 3]);
    let theirs = FF1::<aes::Aes256>::new(&KEY, 10).unwrap();
    let theirs: Vec<u16> = theirs.encrypt(&tweak, &digits).unwrap().into();
    let theirs: String = theirs.iter().map(ToString::to_string).collect();
    let (area, rest) = theirs.split_at(3);
    let (group, serial) = rest.split_at(2);
    assert_eq!(token, format!("{area}-{group}-{serial}"));
}

#[test]
fn leading_zeros_stay_on_both_sides() {
    let parameters = parameters(Alphabet::Digits, "");
    let values: Vec<String> = (0..200).map(|it| format!("{it:09}")).collect();
    let tokens: Vec<String> = values
        .iter()
        .map(|it| round_trip(&parameters, it))
        .collect();
    assert!(tokens.iter().all(|token| token.len() == 9));
    assert!(tokens.iter().any(|token| token.starts_with('0')));
}

#[test]
fn tenant_entity_context_version_and_key_each_give_other_tokens() {
    let base = parameters(Alphabet::Digits, "");
    let of = |key, version, tenant, parameters: &FormatParameters| {
        let cipher = FormatCipher::new(key, version, tenant, parameters).unwrap();
        cipher.encrypt("0123456789").unwrap().to_string()
    };
    let mut entity = base.clone();
    entity.entity = "IBAN_CODE".to_owned();
    let mut context = base.clone();
    context.context = "billing".to_owned();
    let mut tokens = vec![
        of(&KEY, 3, "acme", &base),
        of(&[8; 32], 3, "acme", &base),
        of(&KEY, 4, "acme", &base),
        of(&KEY, 3, "bolt", &base),
        of(&KEY, 3, "acme", &entity),
        of(&KEY, 3, "acme", &context),
    ];
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 6);
}

#[test]
fn each_alphabet_keeps_to_its_characters() {
    for (alphabet, value, of) in [
        (
            Alphabet::Lower,
            "confidential",
            "abcdefghijklmnopqrstuvwxyz",
        ),
        (Alphabet::Upper, "SECRETS", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        (
            Alphabet::AlnumLower,
            "a0b1c2d3",
            "0123456789abcdefghijklmnopqrstuvwxyz",
        ),
        (
            Alphabet::AlnumUpper,
            "A0B1C2D3",
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ),
        (
            Alphabet::Custom("\u{e4}\u{f6}\u{fc}xyz".to_owned()),
            "\u{e4}\u{f6}xxyzzyx",
            "\u{e4}\u{f6}\u{fc}xyz",
        ),
    ] {
        let token = round_trip(&parameters(alphabet, ""), value);
        assert!(
            token != value && token.chars().all(|it| of.contains(it)),
            "{token}"
        );
        assert_eq!(token.chars().count(), value.chars().count());
    }
}

#[test]
fn a_mixed_value_keeps_the_class_of_each_place() {
    let parameters = parameters(Alphabet::Mixed, " -");
    let token = round_trip(&parameters, "AB12 cde-9");
    let classes = |text: &str| -> String {
        text.chars()
            .map(|it| match it {
                '0'..='9' => '0',
                'A'..='Z' => 'A',
                'a'..='z' => 'a',
                it => it,
            })
            .collect()
    };
    assert_eq!(classes(&token), "AA00 aaa-0");
    assert_ne!(token, "AB12 cde-9");
    let size = 26 * 26 * 100 * 10;
    assert_eq!(
        sealed(&parameters, "AB12 9"),
        Err(FormatError::Domain { size })
    );
    assert_eq!(sealed(&parameters, "AB12.cde9"), Err(FormatError::Mismatch));
    let long = "A1".repeat(16);
    let most = 31;
    let error = FormatError::Ff1(Ff1Error::TooLong { length: 32, most });
    assert_eq!(sealed(&parameters, &long), Err(error));
    round_trip(&parameters, &long[..31]);
}

#[test]
fn positions_give_each_place_its_alphabet() {
    let places = vec![
        Alphabet::Upper,
        Alphabet::Custom("01".to_owned()),
        Alphabet::AlnumUpper,
        Alphabet::Digits,
        Alphabet::Digits,
        Alphabet::Digits,
    ];
    let parameters = parameters(Alphabet::Positions(places), "-");
    let token = round_trip(&parameters, "Q0-7123");
    assert!(token.starts_with(|it: char| it.is_ascii_uppercase()));
    assert!(matches!(&token[1..3], "0-" | "1-"));
    for other in ["Q2-7123", "Q0-712", "Q0-71234", "q0-7123", "Q0-712x"] {
        assert_eq!(
            sealed(&parameters, other),
            Err(FormatError::Mismatch),
            "{other}"
        );
    }
}

#[test]
fn cards_keep_issuer_and_last_four_where_a_million_remain() {
    let card = "4111 1111 1111 1111";
    let ignore = FormatParameters::card(Luhn::Ignore);
    let token = round_trip(&ignore, card);
    assert!(token.starts_with("4111 11") && token.ends_with(" 1111") && token != card);
    // What is kept is bound: the same middle gives another one under another issuer.
    let other = sealed(&ignore, "4222 2211 1111 1111").unwrap();
    assert_ne!(token[7..14], other[7..14]);
    // With the check digit bound as well, a tenth remains.
    let size = 100_000;
    for luhn in [Luhn::Keep, Luhn::Break] {
        let refused = sealed(&FormatParameters::card(luhn), card);
        assert_eq!(refused, Err(FormatError::Domain { size }));
    }
    let fifteen = sealed(&ignore, "378282246310005");
    assert_eq!(fifteen, Err(FormatError::Domain { size }));
    let all = FormatParameters {
        keep_last: 16,
        ..ignore
    };
    assert_eq!(sealed(&all, card), Err(FormatError::Domain { size: 1 }));
}

#[test]
fn a_kept_check_digit_passes_and_a_broken_one_never_does() {
    for (keep_last, card) in [(0, "4111111111111111"), (4, "6304000000000000018")] {
        let of = |luhn| FormatParameters {
            keep_last,
            ..FormatParameters::card(luhn)
        };
        assert!(luhn::passes(card.as_bytes()));
        let kept = round_trip(&of(Luhn::Keep), card);
        assert!(luhn::passes(kept.as_bytes()) && kept != card);
        let broken = round_trip(&of(Luhn::Break), card);
        assert!(!luhn::passes(broken.as_bytes()));
        assert_eq!(opened(&of(Luhn::Keep), &broken), Err(FormatError::Luhn));
        assert_eq!(opened(&of(Luhn::Break), &kept), Err(FormatError::Luhn));
    }
    let keep = FormatParameters {
        keep_last: 0,
        ..FormatParameters::card(Luhn::Keep)
    };
    assert_eq!(sealed(&keep, "4111111111111112"), Err(FormatError::Luhn));
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let with = |change: fn(&mut FormatParameters)| {
        let mut changed = parameters(Alphabet::Digits, "-");
        change(&mut changed);
        changed.check()
    };
    assert_eq!(with(|_| ()), Ok(()));
    let entity = with(|it| it.entity = "us".to_owned());
    assert_eq!(entity, Err(FormatError::Parameter(ParameterError::Entity)));
    let skip = with(|it| it.skip = "-".repeat(65));
    assert_eq!(skip, Err(FormatError::Parameter(ParameterError::Skip)));
    assert_eq!(
        with(|it| it.skip = "5".to_owned()),
        Err(FormatError::Parameter(ParameterError::Skip))
    );
    let both = Alphabet::Custom("-0123456789".to_owned());
    assert_eq!(parameters(both, "-").check(), Err(FormatError::Alphabet));
    for alphabet in ["", "a", "aba", &(' '..).take(257).collect::<String>()] {
        let alphabet = Alphabet::Custom(alphabet.to_owned());
        assert_eq!(parameters(alphabet, "").check(), Err(FormatError::Alphabet));
    }
    for inner in [vec![], vec![Alphabet::Mixed], vec![Alphabet::Digits; 257]] {
        let alphabet = Alphabet::Positions(inner);
        assert_eq!(parameters(alphabet, "").check(), Err(FormatError::Alphabet));
    }
    let mut letters = parameters(Alphabet::Lower, "");
    letters.luhn = Luhn::Keep;
    assert_eq!(letters.check(), Err(FormatError::LuhnAlphabet));
}

#[test]
fn the_keys_are_those_that_are_read() {
    let read = |json: &str| serde_json::from_str::<FormatParameters>(json);
    let least = read(r#"{"entity":"CARD","alphabet":"digits"}"#).unwrap();
    assert_eq!((least.luhn, least.keep_first), (Luhn::Ignore, 0));
    let custom = read(r#"{"entity":"CARD","alphabet":{"positions":["upper",{"custom":"01"}]}}"#);
    let places = vec![Alphabet::Upper, Alphabet::Custom("01".to_owned())];
    assert_eq!(custom.unwrap().alphabet, Alphabet::Positions(places));
    assert!(read(r#"{"entity":"CARD","alphabet":"digits","keep":1}"#).is_err());
    let shown = serde_json::to_value(&least).unwrap();
    for key in shown.as_object().unwrap().keys() {
        assert!(FormatParameters::PARAMETERS.contains(&key.as_str()));
    }
    assert_eq!(
        shown.as_object().unwrap().len(),
        FormatParameters::PARAMETERS.len()
    );
}

#[test]
fn each_error_has_its_code() {
    for (error, code) in [
        (
            FormatError::Parameter(ParameterError::Entity),
            "invalid_parameter",
        ),
        (FormatError::Alphabet, "invalid_parameter"),
        (FormatError::LuhnAlphabet, "invalid_parameter"),
        (FormatError::Domain { size: 1 }, "domain_too_small"),
        (FormatError::Mismatch, "format_mismatch"),
        (FormatError::Luhn, "checksum"),
        (FormatError::from(Ff1Error::Tweak), "ff1_tweak"),
    ] {
        assert_eq!(error.code(), code);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_of_a_format_comes_back_with_its_separators(
        digits in "[0-9]([- ]?[0-9]){5,20}", mixed in "[A-Z0-9]{5}[a-z]{2}([- ]?[A-Za-z0-9]){0,10}",
    ) {
        for (parameters, value) in [
            (parameters(Alphabet::Digits, "- "), &digits),
            (parameters(Alphabet::Mixed, "- "), &mixed),
        ] {
            let Ok(token) = sealed(&parameters, value) else {
                // Two letters and five digits are below a million only when all are digits.
                prop_assert!(value.len() < 9);
                continue;
            };
            prop_assert_eq!(opened(&parameters, &token).unwrap(), value.as_str());
            for (was, is) in value.chars().zip(token.chars()) {
                prop_assert_eq!(was.is_ascii_digit(), is.is_ascii_digit());
                prop_assert_eq!("- ".contains(was), "- ".contains(is));
            }
        }
    }

    #[test]
    fn a_batch_is_its_values_one_by_one(values in prop::collection::vec("[0-9-]{0,40}", 0..90)) {
        let parameters = parameters(Alphabet::Digits, "-");
        let cipher = cipher(&parameters);
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let batch = cipher.encrypt_batch(&values);
        prop_assert_eq!(batch.len(), values.len());
        for (value, token) in values.iter().zip(&batch) {
            prop_assert_eq!(&cipher.encrypt(value), token);
        }
        let tokens: Vec<&str> = batch.iter().flatten().map(|it| it.as_str()).collect();
        let back = cipher.decrypt_batch(&tokens);
        let whole = values.iter().zip(&batch).filter(|(_, token)| token.is_ok());
        for ((value, _), back) in whole.zip(&back) {
            prop_assert_eq!(back.as_ref().unwrap().as_str(), *value);
        }
    }
}
