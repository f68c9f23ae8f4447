#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
use super::*;

fn engine() -> Engine {
    Engine::new()
}

/// The types that these tests are about; the others are in `tests/identifiers`.
const TYPES: [&str; 6] = [
    "CREDIT_CARD",
    "IBAN_CODE",
    "US_SSN",
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "IP_ADDRESS",
];

fn of<'a>(types: &[&str], threshold: f32, text: &'a str) -> Vec<(&'static str, &'a str)> {
    let options = DetectOptions {
        entities: Some(types.iter().map(ToString::to_string).collect()),
        threshold,
        ..DetectOptions::default()
    };
    shown(text, &engine().detect(text, &options).unwrap())
}

/// What is found, as type and text, with a threshold of zero.
fn all(text: &str) -> Vec<(&'static str, &str)> {
    of(&TYPES, 0.0, text)
}

/// What is found with the default threshold.
fn found(text: &str) -> Vec<(&'static str, &str)> {
    of(&TYPES, DEFAULT_THRESHOLD, text)
}

fn shown<'a>(text: &'a str, findings: &[Finding]) -> Vec<(&'static str, &'a str)> {
    findings
        .iter()
        .map(|finding| (finding.entity.name(), &text[finding.start..finding.end]))
        .collect()
}

fn one(text: &str) -> Finding {
    let findings = engine().detect(text, &DetectOptions::default()).unwrap();
    assert_eq!(findings.len(), 1, "{text}");
    findings[0]
}

#[test]
fn a_finding_says_where_how_sure_and_why() {
    let finding = one("My SSN is really 078-05-1123, ok?");
    let expected = Finding {
        entity: Entity::parse("US_SSN").unwrap(),
        start: 17,
        end: 28,
        confidence_percent: 85,
        reason: Reason {
            pattern: "ssn-dashed",
            checksum: Some(Checksum::Passed),
            context: true,
        },
        joined: false,
    };
    assert_eq!(finding, expected);
    let wire = serde_json::json!({
        "entity": "US_SSN", "start": 17, "end": 28, "confidence_percent": 85,
        "reason": {"pattern": "ssn-dashed", "checksum": "passed", "context": true},
    });
    assert_eq!(serde_json::to_value(finding).unwrap(), wire);
}

#[test]
fn e_mail_addresses_are_found_without_the_punctuation_around_them() {
    for (text, address) in [
        ("Write to jo@example.com.", "jo@example.com"),
        (
            "<jo.b-c+tag@mail.example.co.uk>",
            "jo.b-c+tag@mail.example.co.uk",
        ),
        ("mailto:jo@example.com?subject=x", "jo@example.com"),
        ("'jo@example.com'", "jo@example.com"),
        ("..jo@example.com-", "jo@example.com"),
        (
            "j\u{fc}rgen@b\u{fc}cher.example",
            "j\u{fc}rgen@b\u{fc}cher.example",
        ),
        ("user@xn--80ak6aa92e.com", "user@xn--80ak6aa92e.com"),
        ("user@site.xn--p1ai", "user@site.xn--p1ai"),
        ("jo@example.com.7", "jo@example.com"),
    ] {
        assert_eq!(all(text), [("EMAIL_ADDRESS", address)], "{text}");
    }
    for text in [
        "a@b",
        "@example.com",
        "jo@",
        "jo@-a.com",
        "jo@a.c",
        "jo@1.2",
        "jo @example.com",
    ] {
        assert_eq!(all(text), [], "{text}");
    }
}

#[test]
fn cards_are_found_as_printed_and_as_typed() {
    for text in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "3782 822463 10005",
        "3056 930902 5904",
    ] {
        let finding = one(text);
        assert_eq!(
            (finding.entity, finding.start, finding.end),
            (Entity::of("CREDIT_CARD"), 0, text.len())
        );
        assert_eq!(finding.confidence_percent, 100);
    }
    // Another number in front or behind does not hide it.
    assert_eq!(
        found("1234 4111 1111 1111 1111 2029"),
        [("CREDIT_CARD", "4111 1111 1111 1111")]
    );
    for text in [
        "4111111111111112",
        "x4111111111111111",
        "4111111111111111x",
        "0000000000000000",
    ] {
        assert_eq!(all(text), [], "{text}");
    }
}

#[test]
fn a_card_in_odd_groups_needs_a_word_that_announces_it() {
    let odd = "41 11 11 11 11 11 11 11";
    assert_eq!(found(odd), []);
    let text = format!("card: {odd}");
    assert_eq!(found(&text), [("CREDIT_CARD", odd)]);
    assert_eq!(one(&text).confidence_percent, 65);
}

#[test]
fn social_security_numbers_follow_the_rules_of_issue() {
    assert_eq!(found("078 05 1123"), [("US_SSN", "078 05 1123")]);
    assert_eq!(found("078051123"), []);
    assert_eq!(found("ssn 078051123"), [("US_SSN", "078051123")]);
    for text in [
        "078-05-1120",
        "666-05-1123",
        "078-05.1123",
        "078-05-11234",
        "978-05-1123",
    ] {
        assert_eq!(of(&["US_SSN"], 0.0, text), [], "{text}");
    }
}

#[test]
fn bank_accounts_are_found_in_capitals_or_small_letters_but_not_mixed() {
    for iban in [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "DE89-3704-0044-0532-0130-00",
        "gb29 nwbk 6016 1331 9268 19",
    ] {
        let text = format!("({iban}) X");
        assert_eq!(found(&text), [("IBAN_CODE", iban)]);
    }
    for text in [
        "gb29 NWBK 6016 1331 9268 19",
        "DE89  37040044 0532013000",
        "DE89370400440532013001",
        "DE893704004405320130001",
        "xDE89370400440532013000",
        "DE8937040044053201",
        "DE89 3704 0044 \u{e9}532 0130 00",
    ] {
        assert!(
            !all(text).iter().any(|(entity, _)| *entity == "IBAN_CODE"),
            "{text}"
        );
    }
}

#[test]
fn telephone_numbers_are_international_or_as_dialled_inside_a_region() {
    for phone in [
        "+44 20 7946 0123",
        "+44 (20) 7946-0123",
        "+4915112345678",
        "+1 415 555 0132",
        "(415) 555-0132",
        "(415)555-0132",
        "415-555-0132",
        "415.555.0132",
        "1-415-555-0132",
        "1 (415) 555-0132",
        "0044 20 7946 0123",
        "(030) 90182720",
        "020 7946 0123",
    ] {
        let text = format!("or {phone}, ok");
        assert_eq!(found(&text), [("PHONE_NUMBER", phone)]);
    }
    assert_eq!(
        found("(+44) 20 7946 0123"),
        [("PHONE_NUMBER", "+44) 20 7946 0123")]
    );
    assert_eq!(found("4155550132"), []);
    assert_eq!(found("call 4155550132"), [("PHONE_NUMBER", "4155550132")]);
    for text in ["115-555-0132", "415-055-0132", "90-415-555-0132"] {
        assert_eq!(found(text), [], "{text}");
    }
    for text in ["+999 12345678", "a+4915112345678"] {
        assert_eq!(all(text), [], "{text}");
    }
}

#[test]
fn addresses_of_both_versions_are_found_with_their_prefix_length() {
    for (text, address) in [
        ("at 192.168.0.1.", "192.168.0.1"),
        ("192.168.0.0/24", "192.168.0.0/24"),
        ("192.168.0.0/33", "192.168.0.0"),
        ("192.168.0.1:8080", "192.168.0.1"),
        ("192.168.001.010", "192.168.001.010"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("source:2001:db8::1", "2001:db8::1"),
        ("2001:db8::/32.", "2001:db8::/32"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("see 2001:db8::1:", "2001:db8::1"),
    ] {
        assert_eq!(found(text), [("IP_ADDRESS", address)], "{text}");
    }
    for text in [
        "1.2.3",
        "256.1.1.1",
        "12:34:56",
        "std::vec",
        "a ::",
        "2001::db8::1",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn only_the_types_asked_for_are_reported() {
    let text = "078-05-1123 jo@example.com";
    let options = DetectOptions {
        entities: Some(vec!["US_SSN".to_owned(), "US_SSN".to_owned()]),
        ..DetectOptions::default()
    };
    let findings = engine().detect(text, &options).unwrap();
    assert_eq!(shown(text, &findings), [("US_SSN", "078-05-1123")]);
}

#[test]
fn an_allowed_value_is_not_reported_and_its_neighbour_is() {
    let text = "a@example.com b@example.com";
    let options = DetectOptions {
        allow: vec!["a@example.com".to_owned()],
        ..DetectOptions::default()
    };
    let findings = engine().detect(text, &options).unwrap();
    assert_eq!(shown(text, &findings), [("EMAIL_ADDRESS", "b@example.com")]);
}

#[test]
fn denied_words_are_found_whole_and_where_they_overlap() {
    let text = "Ann Annual john smith jones, john smithson #1 \u{e9}Ann";
    let options = DetectOptions {
        deny: ["Ann", "john", "john smith", "smith jones", "#1"]
            .map(str::to_owned)
            .to_vec(),
        names: false,
        ..DetectOptions::default()
    };
    let findings = engine().cover(text, &options).unwrap();
    let words = ["Ann", "john smith jones", "john", "#1"].map(|word| ("DENY_LIST", word));
    assert_eq!(shown(text, &findings), words);
}

#[test]
fn options_that_make_no_sense_are_refused_with_a_code() {
    let refused = |change: fn(&mut DetectOptions)| {
        let mut options = DetectOptions::default();
        change(&mut options);
        engine().detect("text", &options).unwrap_err()
    };
    let entities = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect());
    let unknown = DetectOptions {
        entities: entities(&["US_SSN", "NO_SUCH_TYPE"]),
        ..DetectOptions::default()
    };
    let cases = [
        (
            engine().detect("text", &unknown).unwrap_err(),
            DetectError::UnknownEntity { index: 1 },
            "unknown_entity",
        ),
        (
            refused(|options| options.entities = Some(Vec::new())),
            DetectError::NoEntities,
            "no_entities",
        ),
        (
            refused(|options| options.language = "EN".to_owned()),
            DetectError::UnsupportedLanguage,
            "unsupported_language",
        ),
        (
            refused(|options| options.threshold = f32::NAN),
            DetectError::InvalidThreshold,
            "invalid_threshold",
        ),
        (
            refused(|options| options.threshold = 1.01),
            DetectError::InvalidThreshold,
            "invalid_threshold",
        ),
        (
            refused(|options| options.allow = vec!["a".to_owned(); 1_001]),
            DetectError::ListTooLong { entries: 1_001 },
            "list_too_long",
        ),
        (
            refused(|options| options.entities = Some(vec!["US_SSN".to_owned(); 1_001])),
            DetectError::ListTooLong { entries: 1_001 },
            "list_too_long",
        ),
        (
            refused(|options| options.deny = vec!["a".to_owned(), String::new()]),
            DetectError::ListEntryLength { index: 1 },
            "list_entry_length",
        ),
        (
            refused(|options| options.deny = vec!["a".repeat(129)]),
            DetectError::ListEntryLength { index: 0 },
            "list_entry_length",
        ),
    ];
    for (error, expected, code) in cases {
        assert_eq!(error, expected);
        assert_eq!(error.code(), code);
    }
}

#[test]
fn too_many_findings_are_an_error_and_not_a_shorter_list() {
    let options = DetectOptions {
        deny: vec!["a".to_owned()],
        ..DetectOptions::default()
    };
    let engine = engine();
    let most = "a ".repeat(MAX_FINDINGS);
    assert_eq!(engine.detect(&most, &options).unwrap().len(), MAX_FINDINGS);
    let error = engine.detect(&(most + "a"), &options).unwrap_err();
    assert_eq!(error, DetectError::TooManyFindings);
    assert_eq!(error.code(), "too_many_findings");
}

#[test]
fn confidence_is_compared_in_whole_percent() {
    assert_eq!(percent(0.4), 40);
    assert_eq!(percent(0.85), 85);
    assert_eq!(percent(-0.0), 0);
    assert_eq!(percent(f32::INFINITY), u8::MAX);
    // Fifty percent is reported at a threshold of one half, and not just above it.
    let at = |threshold| {
        let options = DetectOptions {
            threshold,
            ..DetectOptions::default()
        };
        engine().detect("078-05-1123", &options).unwrap().len()
    };
    assert_eq!((at(0.5), at(0.51)), (1, 0));
}

/// What is found by who asks for what looks like an identifier: type, text, confidence, checksum.
fn alike(text: &str) -> Vec<(&'static str, &str, u8, Option<Checksum>)> {
    let options = DetectOptions {
        looks_like: true,
        names: false,
        ..DetectOptions::default()
    };
    let findings = engine().detect(text, &options).unwrap();
    let shown = |finding: &Finding| {
        let value = &text[finding.start..finding.end];
        let reason = finding.reason.checksum;
        let entity = finding.entity.name();
        (entity, value, finding.confidence_percent, reason)
    };
    findings.iter().map(shown).collect()
}

#[test]
fn mistyped_identifiers_are_found_by_who_asks_for_them() {
    let failed = Some(Checksum::Failed);
    for (text, entity, percent) in [
        ("4111 1111 1111 1112", "CREDIT_CARD", 50),
        ("DE89370400440532013001", "IBAN_CODE", 50),
        ("de89 3704 0044 0532 0130 01", "IBAN_CODE", 50),
        ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdr", "CRYPTO", 50),
    ] {
        assert_eq!(alike(text), [(entity, text, percent, failed)], "{text}");
        assert_eq!(found(text), [], "{text}");
    }
    // A word that announces it raises one that is not so sure.
    let expected = [("ES_NIF", "12345678A", 50, failed)];
    assert_eq!(alike("dni 12345678A"), expected);
    assert_eq!(alike("12345678A"), []);
}

#[test]
fn what_breaks_another_rule_looks_like_nothing() {
    for text in [
        // No issuer, no country, too short for it, a letter where digits belong.
        "9999 9999 9999 9994",
        "AB15 0120 6900 0003 1111 41",
        "GB29NWBK6016133192681",
        "GB291WBK60161331926819",
        // No check digits: never issued.
        "ssn 666-05-1123",
        // Its checksum is all that tells it from other words and numbers.
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyU",
        "card 41 11 11 11 11 11 11 12",
        // In no text, other rules aside.
        "x4111111111111112",
        "4111111111111112x",
    ] {
        let all = alike(text);
        let failed = |it: &(&str, &str, u8, Option<Checksum>)| it.3 == Some(Checksum::Failed);
        assert!(!all.iter().any(failed), "{text}: {all:?}");
    }
}

#[test]
fn what_is_surer_or_has_no_check_is_never_displaced() {
    let passed = Some(Checksum::Passed);
    for (text, expected) in [
        // The card inside of the address, and the address.
        (
            "4111111111111112@example.com",
            vec![("EMAIL_ADDRESS", "4111111111111112@example.com", 85, None)],
        ),
        (
            "4111 1111 1111 1112, 4111 1111 1111 1111",
            vec![
                (
                    "CREDIT_CARD",
                    "4111 1111 1111 1112",
                    50,
                    Some(Checksum::Failed),
                ),
                ("CREDIT_CARD", "4111 1111 1111 1111", 100, passed),
            ],
        ),
        (
            "1234 4111 1111 1111 1111 2029",
            vec![("CREDIT_CARD", "4111 1111 1111 1111", 100, passed)],
        ),
    ] {
        assert_eq!(alike(text), expected, "{text}");
    }
}

#[test]
fn who_hides_what_looks_like_an_identifier_hides_more_and_nothing_less() {
    let options = DetectOptions {
        looks_like: true,
        ..DetectOptions::default()
    };
    let redacted = |text: &str, options: &DetectOptions| {
        let made = crate::redact::redact(&engine(), text, options).unwrap();
        (made.text.to_string(), made.class)
    };
    let text = "paid 4111 1111 1111 1112 by jo@example.com";
    let masked = crate::Class::Masked;
    let expected = ("paid <CREDIT_CARD> by <EMAIL_ADDRESS>".to_owned(), masked);
    assert_eq!(redacted(text, &options), expected);
    let expected = (
        "paid 4111 1111 1111 1112 by <EMAIL_ADDRESS>".to_owned(),
        masked,
    );
    assert_eq!(redacted(text, &DetectOptions::default()), expected);
}

#[test]
fn an_own_recogniser_with_a_check_finds_what_looks_like_its_values() {
    let file = concat!(
        r#"{"entity": "LOYALTY", "pattern": "77[0-9]{14}", "confidence": 0.9, "check": "luhn"}"#,
        "\n",
        r#"{"entity": "BADGE", "pattern": "E-[0-9]{6}", "confidence": 0.9}"#,
    );
    let engine = Engine::with(crate::custom::parse(file).unwrap()).unwrap();
    let text = "7700000000000008 7700000000000004 E-123456";
    let found = |looks_like| {
        let options = DetectOptions {
            looks_like,
            ..DetectOptions::default()
        };
        let findings = engine.detect(text, &options).unwrap();
        let shown = |it: &Finding| (it.start, it.confidence_percent, it.reason.checksum);
        findings.iter().map(shown).collect::<Vec<_>>()
    };
    let (passed, failed) = (Some(Checksum::Passed), Some(Checksum::Failed));
    assert_eq!(found(false), [(0, 90, passed), (34, 90, None)]);
    assert_eq!(
        found(true),
        [(0, 90, passed), (17, 45, failed), (34, 90, None)]
    );
}
