//! How well names are found, as measured, and what holds for every text.
//!
//! The labelled sentences are in `tests/names/`; how they came about is in `pii/model/README.md`.
//! The floors are what was reached: a model that finds fewer does not pass. `cargo test -p
//! vouchsafe-pii --test names -- --nocapture` prints the figures.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(
    unreachable_pub,
    reason = "these modules are shared with the example that trains"
)]

#[path = "../examples/train/generate.rs"]
mod generate;
#[path = "../examples/train/learn.rs"]
mod learn;
#[path = "../examples/train/make.rs"]
mod make;
#[path = "../examples/train/marked.rs"]
mod marked;
#[path = "../examples/train/measure.rs"]
mod measure;
#[path = "../examples/train/random.rs"]
mod random;
#[path = "../examples/train/words.rs"]
mod words;
#[path = "../examples/train/write.rs"]
mod write;

use std::sync::LazyLock;

use generate::{Generator, Part};
use measure::Counts;
use proptest::prelude::*;
use proptest::test_runner::Config;
use random::Random;
use vouchsafe_pii::names::lexicon::{GIVEN, LISTED, Lexicon, SURNAME};
use vouchsafe_pii::names::sentence::Sentence;
use vouchsafe_pii::names::token::MAX_TOKENS;
use vouchsafe_pii::names::{Kind, LOOKAHEAD_BYTES, Names, Span, sentence_end};

static NAMES: LazyLock<Names> = LazyLock::new(Names::new);

const MODEL: &[u8] = include_bytes!("../model/names.bin");
const README: &str = include_str!("../model/README.md");

fn scan(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    NAMES.scan(text, 0, text.len(), &mut spans);
    spans
}

fn found(text: &str) -> Vec<(Kind, &str)> {
    scan(text)
        .into_iter()
        .map(|span| (span.kind, &text[span.start..span.end]))
        .collect()
}

fn measured(file: &str, sentences: usize, percent: u8) -> Counts {
    let sentences_read = marked::read(file);
    assert_eq!(sentences_read.len(), sentences, "every line is read");
    let mut counts = Counts::default();
    for (_, sample) in &sentences_read {
        counts.add(&NAMES, &sample.text, percent, &sample.names);
    }
    counts
}

/// Asserts precision, recall and covered of all kinds, then precision and recall of each.
fn reaches(title: &str, counts: &Counts, total: [usize; 3], kinds: [[usize; 2]; 5]) {
    println!("{title}:\n{counts}");
    let all = counts.total();
    assert!(
        all.precision() >= total[0],
        "{title}: precision {}",
        all.precision()
    );
    assert!(all.recall() >= total[1], "{title}: recall {}", all.recall());
    assert!(
        all.covered() >= total[2],
        "{title}: covered {}",
        all.covered()
    );
    for ((kind, count), floor) in Kind::ALL.iter().zip(&counts.0).zip(kinds) {
        assert!(
            count.precision() >= floor[0],
            "{title}: {kind:?} precision {}",
            count.precision()
        );
        assert!(
            count.recall() >= floor[1],
            "{title}: {kind:?} recall {}",
            count.recall()
        );
    }
}

#[test]
fn sentences_that_were_never_looked_at_while_tuning_reach_the_floors() {
    let counts = measured(include_str!("names/unseen.tsv"), 149, 0);
    reaches(
        "unseen",
        &counts,
        [89, 95, 96],
        [[89, 97], [88, 91], [100, 100], [87, 95], [88, 88]],
    );
}

#[test]
fn prose_that_was_written_by_others_reaches_the_floors() {
    let counts = measured(include_str!("names/prose.tsv"), 46, 0);
    reaches(
        "prose",
        &counts,
        [83, 90, 96],
        [[86, 96], [92, 75], [100, 100], [25, 100], [100, 100]],
    );
}

#[test]
fn sentences_that_were_tuned_on_reach_the_floors() {
    let counts = measured(include_str!("names/tuned.tsv"), 159, 0);
    reaches(
        "tuned",
        &counts,
        [88, 94, 95],
        [[92, 96], [82, 95], [100, 100], [70, 80], [100, 100]],
    );
}

#[test]
fn templates_kept_back_from_training_reach_the_floors() {
    let generator = Generator::new(Part::KeptBack);
    let mut random = Random::new(7);
    let mut counts = Counts::default();
    for _ in 0..2_000 {
        let sample = generator.sample(&mut random);
        counts.add(&NAMES, &sample.text, 0, &sample.names);
    }
    reaches(
        "kept back",
        &counts,
        [94, 93, 95],
        [[95, 94], [97, 91], [89, 94], [87, 86], [97, 98]],
    );
}

const PERSON_FRAMES: [&str; 10] = [
    "Dear @,",
    "I spoke to @ this morning about the lease.",
    "@ called twice and left no message.",
    "Patient: @",
    "My name is @ and I need a new card.",
    "The form was signed by @ in May.",
    "Please ask @ to send the keys back.",
    "Dr. @ will see you now.",
    "{\"name\": \"@\", \"age\": 41}",
    "Kind regards, @",
];

const PLACE_FRAMES: [&str; 8] = [
    "She moved to @ in 2004.",
    "City: @",
    "We spent a week in @ with the children.",
    "The last train to @ was late.",
    "He was born in @, the youngest of five.",
    "{\"city\": \"@\", \"zip\": \"00000\"}",
    "Heavy rain is expected in @ tomorrow.",
    "I am from @ but live abroad.",
];

#[test]
fn names_that_no_list_holds_are_found_by_what_is_around_them() {
    let mut found = [(0_usize, 0_usize); 2];
    for line in include_str!("names/unlisted.tsv").lines() {
        let (kind, name) = line.split_once('\t').unwrap();
        let (at, frames, kind) = match kind {
            "person" => (0, PERSON_FRAMES.as_slice(), Kind::Person),
            _ => (1, PLACE_FRAMES.as_slice(), Kind::Location),
        };
        for frame in frames {
            let start = frame.find('@').unwrap();
            let spans = scan(&frame.replace('@', name));
            let right = spans
                .iter()
                .any(|span| (span.start, span.end, span.kind) == (start, start + name.len(), kind));
            found[at].0 += 1;
            found[at].1 += usize::from(right);
        }
    }
    println!("unlisted: persons {:?}, places {:?}", found[0], found[1]);
    assert_eq!(
        (found[0].0, found[1].0),
        (1500, 528),
        "every name is tried in every frame"
    );
    assert!(found[0].1 >= 1496, "persons {}", found[0].1);
    assert!(found[1].1 >= 480, "places {}", found[1].1);
}

#[test]
fn no_list_holds_the_unlisted_names() {
    let lexicon = Lexicon::new();
    let mut sentence = Sentence::default();
    for line in include_str!("names/unlisted.tsv").lines() {
        let name = line.split_once('\t').unwrap().1;
        sentence.read(&lexicon, name, 0);
        assert!(
            sentence.tokens.iter().all(|token| token.bits & LISTED == 0),
            "{name}"
        );
    }
}

#[test]
fn a_name_is_folded_before_the_lists_are_asked() {
    let lexicon = Lexicon::new();
    let mut sentence = Sentence::default();
    for name in ["José", "JOSE", "jose", "Jose\u{301}"] {
        sentence.read(&lexicon, name, 0);
        assert_eq!(sentence.tokens.len(), 1, "{name}");
        assert_ne!(sentence.tokens[0].bits & GIVEN, 0, "{name}");
    }
    sentence.read(&lexicon, "O\u{2019}Brien\u{2019}s", 0);
    assert_eq!(
        sentence.tokens.len(),
        2,
        "the possessive is a token of its own"
    );
    assert_ne!(sentence.tokens[0].bits & SURNAME, 0);
}

#[test]
fn titles_possessives_and_stops_are_no_part_of_a_name() {
    assert_eq!(
        found("Mr. Smith's letter went to Mrs. Jane Doe."),
        [(Kind::Person, "Smith"), (Kind::Person, "Jane Doe")]
    );
    assert_eq!(
        found("Send it to 12 Baker Street, London."),
        [
            (Kind::Address, "12 Baker Street"),
            (Kind::Location, "London")
        ]
    );
}

#[test]
fn persons_in_a_row_are_spans_of_their_own() {
    assert_eq!(
        found("Present: Maria Lopez, John Smith and Peter Jones"),
        [
            (Kind::Person, "Maria Lopez"),
            (Kind::Person, "John Smith"),
            (Kind::Person, "Peter Jones")
        ]
    );
    assert_eq!(found("Name: Smith, John"), [(Kind::Person, "Smith, John")]);
}

#[test]
fn a_mail_address_and_a_path_hold_no_names() {
    assert_eq!(
        found("write to john.smith@example.com or see /home/maria/london.txt"),
        []
    );
}

#[test]
fn a_sentence_ends_where_it_says() {
    for (text, ends) in [
        ("One. Two", vec![4, 8]),
        ("Mr. Smith came. He left.", vec![15, 24]),
        ("J. R. Smith! Yes", vec![12, 16]),
        ("a\nb", vec![2, 3]),
        ("3.5 is it? no", vec![10, 13]),
        ("", vec![]),
    ] {
        let mut at = 0;
        let mut seen = Vec::new();
        while at < text.len() {
            at = sentence_end(text, at);
            seen.push(at);
        }
        assert_eq!(seen, ends, "{text:?}");
    }
}

#[test]
fn a_sentence_has_a_bound_in_any_text() {
    const BOUND: usize = MAX_TOKENS * 140;
    for shape in [
        "a", " ", "a ", ".", "é", "'", "J. ", "\u{3000}", "A'b-", "1.", "\t", "😀", "@",
    ] {
        let text = shape.repeat(200_000 / shape.len());
        let (mut at, mut sentences) = (0, 0);
        while at < text.len() {
            let end = sentence_end(&text, at);
            assert!(end > at && end - at <= BOUND, "{shape:?} at {at}");
            (at, sentences) = (end, sentences + 1);
        }
        assert!(sentences > 10, "{shape:?}");
        assert!(
            scan(&text).len() <= text.len(),
            "{shape:?} is scanned to its end"
        );
    }
}

#[test]
fn half_a_megabyte_of_a_bad_shape_completes_and_the_name_behind_it_is_found() {
    for shape in [
        "Mr ",
        "New York ",
        "A",
        "Name: ",
        "Smith, ",
        "St. ",
        "12 ",
        "o'",
        "van der ",
        "[",
        "a@b.",
    ] {
        let mut text = shape.repeat((1 << 19) / shape.len());
        let start = text.len() + 12;
        text.push_str("\nDear Mr Tom Baker,\n");
        let last = scan(&text).last().copied().unwrap();
        let planted = (last.start - 1, last.end, last.kind);
        assert_eq!(planted, (start - 4, start + 6, Kind::Person), "{shape:?}");
    }
}

#[test]
fn the_committed_model_is_the_one_whose_digest_the_readme_states() {
    let digest = ring::digest::digest(&ring::digest::SHA256, MODEL);
    let digest = hex::encode(digest.as_ref());
    assert!(README.contains(&digest), "the model's digest is {digest}");
    assert!(MODEL.len() <= 512 * 1024);
}

#[test]
fn learning_again_from_the_same_seed_gives_the_same_bytes() {
    let budget = learn::Budget {
        samples: 400,
        rounds: 2,
        ..learn::FULL
    };
    let digest = |file: &[u8]| hex::encode(ring::digest::digest(&ring::digest::SHA256, file));
    assert_eq!(
        digest(&learn::learn(budget)),
        "2e05d9b3467d10e80d1a2c41d209f1ce3294263ea7891f1ebbd8fe4168a94629"
    );
    let other = learn::Budget { seed: 1, ..budget };
    assert_ne!(learn::learn(budget), learn::learn(other));
}

#[test]
fn the_context_words_are_those_of_the_templates() {
    assert_eq!(
        generate::context_words(),
        include_str!("../model/context.txt")
    );
}

/// Pieces that names are made of, so that random texts come close to them.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(
            [
                "Mr. ",
                "Dear ",
                "John",
                "o'Brien",
                "New York",
                "12 High St",
                "Acme Ltd.",
                "'s ",
                "\u{2019}s",
                "French",
                "van der ",
                "Name: ",
                "and ",
                ". ",
                "\n",
                "\t",
                "St. ",
                "J. ",
                ", ",
                "{\"name\":\"",
                "@",
                "-",
                "    ",
                "Sao\u{301}",
                "\u{a0}",
            ]
            .as_slice()
        )
        .prop_map(str::to_owned),
        "[A-Z][a-z]{1,8} ",
        "[a-z]{1,8} ",
        "[ .,!?:'&/-]{1,3}",
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn spans_are_in_order_on_characters_and_hold_a_letter(text in soup()) {
        let mut last = 0;
        for span in scan(&text) {
            prop_assert!(span.start >= last && span.start < span.end);
            prop_assert!(text[span.start..span.end].chars().any(char::is_alphabetic));
            prop_assert!((40..=90).contains(&span.percent));
            last = span.end;
        }
    }

    #[test]
    fn a_text_cut_at_sentence_ends_gives_the_spans_of_the_whole(text in soup()) {
        let mut parts = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let end = sentence_end(&text, at);
            prop_assert!(end > at && text.is_char_boundary(end));
            let mut spans = Vec::new();
            NAMES.scan(&text[at..end], 0, end - at, &mut spans);
            parts.extend(spans.into_iter().map(|span| Span { start: span.start + at, end: span.end + at, ..span }));
            at = end;
        }
        prop_assert_eq!(parts, scan(&text));
    }

    #[test]
    fn an_end_with_enough_text_behind_it_stays(text in soup(), more in soup()) {
        let whole = format!("{text}{more}");
        let end = sentence_end(&text, 0);
        if end + LOOKAHEAD_BYTES <= text.len() {
            prop_assert_eq!(sentence_end(&whole, 0), end);
        }
    }

    #[test]
    fn any_begin_and_end_are_taken(text in ".{0,60}", from in 0_usize..80, to in 0_usize..80) {
        let mut spans = Vec::new();
        NAMES.scan(&text, from, to, &mut spans);
        for span in spans {
            prop_assert!(text.get(span.start..span.end).is_some());
        }
    }
}
