//! The same text in any pieces yields the same findings, wherever windows happen to be cut.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::LazyLock;

use proptest::prelude::*;
use vouchsafe_pii::detect::{NotUtf8, Overlaps, Scanner};
use vouchsafe_pii::{DetectOptions, Engine, Finding};

/// Compiled once: that takes longer than all that is asked of it here.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

/// What texts are made of: identifiers, words that announce, what hides and what misleads.
const FRAGMENTS: &[&str] = &[
    "078-05-1123",
    "ssn ",
    "4111 1111 1111 1111",
    "4111 1111 1111 1112",
    "DE89 3704 0044 0532 0130 01",
    "943 476 5910",
    "dni 12345678A",
    "card ",
    "DE89 3704 0044 0532 0130 00",
    "jo.smith@example.com",
    "+44 20 7946 0123",
    "call (415) 555-0132",
    "2001:db8::1",
    "192.168.0.1/24",
    "https://example.com/a?b=c",
    "AKIAIOSFODNN7EXAMPLE",
    "AB12 CD34",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "2024-03-15T14:30:00.123Z",
    "21 May 2024",
    "078%2D05%2D1123",
    "078\u{2013}05\u{2013}1123",
    "\u{660}\u{667}\u{668}",
    "\u{200b}",
    "&#45;",
    "\\u002d",
    "%",
    "&",
    "\\",
    "1",
    "11 ",
    "a",
    " ",
    "\n",
    ", ",
    ".",
    "-",
    ":",
    "@",
    "+",
    "(",
    "\u{e9}",
    "주민번호",
    "passport ",
    "steuer id ",
    "-----BEGIN PRIVATE KEY-----\nMIIB\n",
    "-----END PRIVATE KEY-----\n",
    "The quick brown fox ",
    "Smith",
    "x",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(FRAGMENTS), 0..60).prop_map(|parts| parts.concat())
}

fn scanned(engine: &Engine, pieces: &[&[u8]], overlaps: Overlaps) -> Vec<Finding> {
    scanned_for(engine, pieces, overlaps, false)
}

fn scanned_for(
    engine: &Engine,
    pieces: &[&[u8]],
    overlaps: Overlaps,
    looks_like: bool,
) -> Vec<Finding> {
    let options = DetectOptions {
        threshold: 0.2,
        looks_like,
        deny: vec!["Smith".to_owned(), "1 1".to_owned()],
        ..DetectOptions::default()
    };
    let mut scanner = Scanner::new(engine, &options, overlaps).unwrap();
    let mut findings = Vec::new();
    for piece in pieces {
        scanner.feed(piece, &mut findings).unwrap();
    }
    scanner.finish(&mut findings).unwrap();
    findings
}

/// The pieces of `bytes` between cuts.
fn pieces<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|pair| &bytes[pair[0]..pair[1]])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_cut_anywhere_find_the_same(
        text in text(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        for overlaps in [Overlaps::Resolve, Overlaps::Cover] {
            for looks_like in [false, true] {
                let scanned = |pieces: &[&[u8]]| scanned_for(&ENGINE, pieces, overlaps, looks_like);
                let whole = scanned(&[text.as_bytes()]);
                prop_assert_eq!(&whole, &scanned(&pieces(text.as_bytes(), &cuts)));
            }
        }
    }

    #[test]
    fn a_window_that_ends_anywhere_finds_the_same(text in text(), before in 0_usize..70_000) {
        // Windows are cut at fixed places, so what stands before moves the text across them; more
        // stands behind, so that the scanner does not wait for the end.
        let filler = "\n".repeat(before);
        let behind = "\n".repeat(100_000);
        let long = [filler.as_bytes(), text.as_bytes(), behind.as_bytes()];
        for overlaps in [Overlaps::Resolve, Overlaps::Cover] {
            for looks_like in [false, true] {
                let scanned = |pieces: &[&[u8]]| scanned_for(&ENGINE, pieces, overlaps, looks_like);
                let moved = scanned(&long).into_iter().map(|finding| Finding {
                    start: finding.start - before,
                    end: finding.end - before,
                    ..finding
                });
                let expected = scanned(&[text.as_bytes()]);
                prop_assert_eq!(moved.collect::<Vec<_>>(), expected);
            }
        }
    }
}

#[test]
fn a_stream_that_is_not_utf_8_is_refused_with_the_place_in_the_stream() {
    let engine = Engine::new();
    let scanner = || Scanner::new(&engine, &DetectOptions::default(), Overlaps::Resolve).unwrap();
    let mut findings = Vec::new();
    let long = [vec![b'a'; 200_000], vec![0xff]].concat();
    let refused = scanner().feed(&long, &mut findings);
    assert_eq!(refused, Err(NotUtf8 { at: 200_000 }));
    let mut cut = scanner();
    cut.feed(b"abc\xc3", &mut findings).unwrap();
    assert_eq!(cut.finish(&mut findings), Err(NotUtf8 { at: 3 }));
}

#[test]
fn a_key_across_pieces_and_lines_is_found_whole() {
    let engine = Engine::new();
    let key = format!(
        "-----BEGIN RSA PRIVATE KEY-----\n{}-----END RSA PRIVATE KEY-----",
        "MIIEowIBAAKCAQEA\n".repeat(100)
    );
    let text = format!("before\n{key}\nafter");
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(7).collect();
    let findings = scanned(&engine, &pieces, Overlaps::Resolve);
    let found: Vec<_> = findings
        .iter()
        .map(|finding| (finding.entity.name(), &text[finding.start..finding.end]))
        .collect();
    assert_eq!(found, [("PRIVATE_KEY", key.as_str())]);
}
