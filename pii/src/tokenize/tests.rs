#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
use proptest::prelude::*;

use super::*;

const KEY: [u8; KEY_BYTES] = [7; KEY_BYTES];
const PLACE: Place<'_> = Place {
    tenant: "acme",
    entity: "US_SSN",
    context: "claims",
};
const VALUE: &str = "078-05-1123";

fn token() -> String {
    tokenize(&KEY, 3, &PLACE, VALUE).unwrap()
}

fn opened(key: &[u8; KEY_BYTES], place: &Place<'_>, text: &str) -> Result<String, TokenError> {
    let token = Token::parse(text)?;
    detokenize(key, place, &token).map(|value| value.to_string())
}

#[test]
fn a_token_opens_to_its_value_in_its_place_and_names_its_version() {
    assert_eq!(opened(&KEY, &PLACE, &token()), Ok(VALUE.to_owned()));
    assert_eq!(Token::parse(&token()).unwrap().version(), 3);
}

#[test]
fn a_token_never_changes_between_versions_of_this_crate() {
    // Computed with another implementation of AES-SIV (OpenSSL's) over the same bytes.
    let sealed = "tzh6y5vkgxukkizpgx7sb3rsh7aasvzjlb3oazid744a";
    assert_eq!(token(), format!("vs1.US_SSN.k3.{sealed}"));
}

#[test]
fn a_token_moved_to_another_tenant_entity_or_context_does_not_open() {
    for place in [
        Place {
            tenant: "bolt",
            ..PLACE
        },
        Place {
            entity: "PERSON",
            ..PLACE
        },
        Place {
            context: "billing",
            ..PLACE
        },
        Place {
            context: "",
            ..PLACE
        },
    ] {
        let refused = opened(&KEY, &place, &token());
        assert_eq!(refused, Err(TokenError::NotAuthentic), "{place:?}");
    }
    let renamed = token().replace("US_SSN", "PERSON");
    for place in [
        PLACE,
        Place {
            entity: "PERSON",
            ..PLACE
        },
    ] {
        assert_eq!(
            opened(&KEY, &place, &renamed),
            Err(TokenError::NotAuthentic)
        );
    }
}

#[test]
fn a_token_under_another_key_or_said_to_be_of_another_version_does_not_open() {
    assert_eq!(
        opened(&[8; KEY_BYTES], &PLACE, &token()),
        Err(TokenError::NotAuthentic)
    );
    let relabelled = token().replace(".k3.", ".k4.");
    assert_eq!(
        opened(&KEY, &PLACE, &relabelled),
        Err(TokenError::NotAuthentic)
    );
}

#[test]
fn a_token_cut_at_any_length_or_altered_anywhere_does_not_open() {
    let token = token();
    let iv_ends = "vs1.US_SSN.k3.".len() + (IV_BYTES * 8).div_ceil(5);
    for length in 0..token.len() {
        let refused = opened(&KEY, &PLACE, &token[..length]).unwrap_err();
        if length < iv_ends {
            assert_eq!(refused, TokenError::Malformed, "cut at {length}");
        }
    }
    for position in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[position] = if altered[position] == b'a' {
            b'b'
        } else {
            b'a'
        };
        let altered = String::from_utf8(altered).unwrap();
        assert!(opened(&KEY, &PLACE, &altered).is_err(), "byte {position}");
    }
}

#[test]
fn a_token_has_one_form() {
    let token = token();
    let (front, sealed) = token.rsplit_once('.').unwrap();
    for other in [
        format!(" {token}"),
        format!("{token}\n"),
        token.to_uppercase(),
        format!("{front}.{}", sealed.to_uppercase()),
        // The last character has bits that no byte has a part in.
        format!("{}b", token.strip_suffix('a').unwrap()),
        format!("{token}===="),
        token.replace("vs1", "vs2"),
        token.replace(".k3.", ".3."),
        token.replace(".k3.", ".k03."),
        token.replace(".k3.", ".k+3."),
        token.replace(".k3.", ".k4294967296."),
        token.replace(".k3.", ".k."),
        token.replace("US_SSN", ""),
        token.replace("US_SSN", "us_ssn"),
        token.replace("US_SSN", &"E".repeat(65)),
        String::new(),
        VALUE.to_owned(),
    ] {
        assert_eq!(Token::parse(&other), Err(TokenError::Malformed), "{other}");
    }
}

#[test]
fn the_longest_value_has_a_token_and_a_longer_one_has_none() {
    let longest = "x".repeat(MAX_VALUE_BYTES);
    let token = tokenize(&KEY, u32::MAX, &PLACE, &longest).unwrap();
    assert_eq!(opened(&KEY, &PLACE, &token), Ok(longest.clone()));
    assert_eq!(
        tokenize(&KEY, 3, &PLACE, &(longest + "x")),
        Err(TokenError::TooLong)
    );
    assert_eq!(
        Token::parse(&format!("{token}aaaaaaaa")),
        Err(TokenError::Malformed)
    );
}

#[test]
fn an_entity_that_is_no_name_has_no_tokens() {
    for entity in ["", "US.SSN", "us", &"E".repeat(65)] {
        let place = Place { entity, ..PLACE };
        assert_eq!(
            tokenize(&KEY, 3, &place, VALUE),
            Err(TokenError::Malformed),
            "{entity}"
        );
    }
}

#[test]
fn a_sealed_value_that_is_no_text_does_not_open() {
    let sealed = Aes256Siv::new((&KEY).into())
        .encrypt(bound(&PLACE, 3), &[0xff])
        .unwrap();
    let token = format!("vs1.US_SSN.k3.{}", BASE32.encode(&sealed));
    assert_eq!(opened(&KEY, &PLACE, &token), Err(TokenError::NotAuthentic));
}

#[test]
fn no_error_holds_a_value_and_each_has_its_code() {
    for (error, code) in [
        (TokenError::TooLong, "text_too_long"),
        (TokenError::Malformed, "token_malformed"),
        (TokenError::NotAuthentic, "token_not_authentic"),
    ] {
        assert_eq!(error.code(), code);
    }
}

proptest! {
    #[test]
    fn any_value_comes_back_and_equal_values_only_have_equal_tokens(
        values in (".{0,40}", ".{0,40}"),
        version: u32,
    ) {
        let (one, two) = values;
        let token = tokenize(&KEY, version, &PLACE, &one).unwrap();
        prop_assert_eq!(opened(&KEY, &PLACE, &token), Ok(one.clone()));
        let other = tokenize(&KEY, version, &PLACE, &two).unwrap();
        prop_assert_eq!(token == other, one == two);
    }

    #[test]
    fn a_token_opens_in_no_place_but_its_own(
        tenants in ("[a-c]{0,2}", "[a-c]{0,2}"),
        entities in ("[A-C]{1,2}", "[A-C]{1,2}"),
        contexts in ("[a-c]{0,2}", "[a-c]{0,2}"),
    ) {
        let place = Place { tenant: &tenants.0, entity: &entities.0, context: &contexts.0 };
        let other = Place { tenant: &tenants.1, entity: &entities.1, context: &contexts.1 };
        let token = tokenize(&KEY, 1, &place, VALUE).unwrap();
        prop_assert_eq!(opened(&KEY, &other, &token).is_ok(), place == other);
    }

    #[test]
    fn arbitrary_text_is_no_token_and_never_panics(text in "\\PC{0,80}") {
        prop_assert_eq!(Token::parse(&text), Err(TokenError::Malformed));
    }

    #[test]
    fn what_parses_as_a_token_but_was_not_made_does_not_open(
        sealed in proptest::collection::vec(any::<u8>(), 16..64),
        version: u32,
    ) {
        let text = format!("vs1.US_SSN.k{version}.{}", BASE32.encode(&sealed));
        prop_assert_eq!(opened(&KEY, &PLACE, &text), Err(TokenError::NotAuthentic));
    }
}
