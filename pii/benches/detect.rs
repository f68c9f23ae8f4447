//! How fast text is searched, beside the same forms as one plain regular expression.
//!
//! Run by `cargo bench -p vouchsafe-pii --bench detect`. Texts are generated, always the same. Each is
//! scanned in turn with the others, several rounds, and the fastest round counts: whatever else the
//! machine does only adds time. Printed: MB/s of each, the ratio to mixed text, the baseline, the time
//! of 1 kB at the 99th percentile, and what an engine costs to build. Never a test: a busy machine must
//! fail nothing. docs/BENCHMARKS.md has what we saw.

#![allow(clippy::unwrap_used, reason = "a benchmark stops where it fails")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use regex::bytes::{Regex, RegexBuilder};
use vouchsafe_pii::identifier::ALL;
use vouchsafe_pii::{DetectOptions, Engine};

const BYTES: usize = 4 << 20;
const ROUNDS: usize = 5;

/// Ordinary text with some of everything, about one identifier in thirty words.
const MIXED: &str = "On Tuesday the customer, reachable at jo.smith@example.com or (415) 555-0132, \
    asked about invoice 2024-118 and the delivery to 12 Long Street. Her card 4111 1111 1111 1111 \
    was declined twice, so she paid from DE89 3704 0044 0532 0130 00 instead. The ticket was closed \
    by agent 7 after 35 minutes; nothing else was said about the matter, and no further steps are \
    planned until next week's meeting with the team, which is to take place in room B12 on the \
    second floor. SSN on file: 078-05-1123, last seen from 192.168.17.4 at 2024-03-15T14:30:00Z. ";

/// What a hostile caller would send, and what only looks so.
const SHAPES: &[(&str, &str)] = &[
    (
        "prose",
        "The quick brown fox jumps over the lazy dog and then sleeps under the tree. ",
    ),
    ("digit soup, fours", "4111 1111 2345 9821 "),
    ("digit soup, tens", "4155550132 0123456789 "),
    ("digit soup, twos", "11 "),
    ("digits and dashes", "12-34-56-78-90 "),
    ("IPv4 addresses", "1.1.1.1 "),
    ("IPv6 addresses", "::1 "),
    ("letters and digits", "a1 b2 c3 "),
    ("like identifiers", "AB12CD34 X1Y2Z3 "),
    (
        "one long word",
        "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 ",
    ),
    ("e-mail addresses", "a@b.co "),
    ("at signs", "a@"),
    ("telephone numbers", "0123-456 x "),
    (
        "announced numbers",
        "ssn 078051120 tax id 123456789 passport ",
    ),
    ("escapes", "%34%31 "),
    ("other digits", "\u{e9}\u{663}\u{ff14} \u{17e} "),
    ("domains", "a.a.a.a.a.a.a.a.a.a "),
    ("URLs", "http://a.co/b "),
];

fn main() {
    // `cargo test --all-targets` runs benchmarks too, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let begin = Instant::now();
    let engine = Engine::new();
    println!(
        "engine built in {:.1} ms",
        begin.elapsed().as_secs_f64() * 1e3
    );
    let patterns = DetectOptions {
        names: false,
        ..DetectOptions::default()
    };
    let mixed = text(MIXED);
    let (mut alone, mut named) = (Duration::MAX, Duration::MAX);
    let mut shapes = vec![Duration::MAX; SHAPES.len()];
    for _ in 0..ROUNDS {
        alone = alone.min(scan(&engine, &mixed, &patterns));
        named = named.min(scan(&engine, &mixed, &DetectOptions::default()));
        for (best, (_, shape)) in shapes.iter_mut().zip(SHAPES) {
            *best = (*best).min(scan(&engine, &text(shape), &patterns));
        }
    }
    let speed = |bytes: usize, time: Duration| megabytes(bytes) / time.as_secs_f64();
    let of_mixed = speed(mixed.len(), alone);
    println!("mixed text, every pattern: {of_mixed:.1} MB/s");
    println!(
        "mixed text, names too:     {:.1} MB/s",
        speed(mixed.len(), named)
    );
    println!("shapes, every pattern, and the ratio to mixed text:");
    for ((name, shape), time) in SHAPES.iter().zip(&shapes) {
        let speed = speed(text(shape).len(), *time);
        println!("  {name:20} {speed:8.1} MB/s {:6.2}", speed / of_mixed);
    }
    let baseline = plain();
    let short = &mixed[..1 << 18];
    let plain = (0..2)
        .map(|_| timed(|| baseline.find_iter(short.as_bytes()).count()))
        .min()
        .unwrap();
    let plain = speed(short.len(), plain);
    println!(
        "all forms as one regular expression, which names no type and checks nothing: {plain:.1} \
         MB/s, the ratio to it {:.2}",
        of_mixed / plain
    );
    let each = each();
    let short = &short[..1 << 16];
    let types = timed(|| {
        let found = each
            .iter()
            .map(|regex| regex.find_iter(short.as_bytes()).count());
        found.sum()
    });
    let types = speed(short.len(), types);
    println!(
        "one regular expression a type: {types:.2} MB/s, the ratio to it {:.0}",
        of_mixed / types
    );
    println!(
        "1 kB, names too, at the 99th percentile: {:.3} ms",
        p99(&engine, &mixed) * 1e3
    );
}

fn text(shape: &str) -> String {
    shape.repeat(BYTES / shape.len())
}

fn scan(engine: &Engine, text: &str, options: &DetectOptions) -> Duration {
    timed(|| {
        engine
            .detect(text, options)
            .map_or(0, |findings| findings.len())
    })
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let begin = Instant::now();
    black_box(work());
    begin.elapsed()
}

#[allow(clippy::cast_precision_loss, reason = "a few million bytes")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn p99(engine: &Engine, mixed: &str) -> f64 {
    let mut times: Vec<Duration> = (0..5_000)
        .map(|round| {
            let from = mixed.floor_char_boundary(round * 7 % (mixed.len() - 1_100));
            let piece = &mixed[from..mixed.floor_char_boundary(from + 1_000)];
            scan(engine, piece, &DetectOptions::default())
        })
        .collect();
    times.sort_unstable();
    times[times.len() * 99 / 100].as_secs_f64()
}

/// Every form, and simple patterns of what has none, as a user would write them.
fn plain() -> Regex {
    let forms = ALL
        .iter()
        .flat_map(|identifier| identifier.forms)
        .map(|form| regex_of(form.shape));
    let others = [
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
        r"(?:\d{1,3}\.){3}\d{1,3}",
        r"[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?",
        r"\+?\d[\d ().-]{7,16}\d",
        r"https?://[^\s]+",
    ];
    let all: Vec<String> = forms.chain(others.map(str::to_owned)).collect();
    RegexBuilder::new(&format!(r"(?i-u)\b(?:{})\b", all.join("|")))
        .unicode(false)
        .size_limit(1 << 30)
        .dfa_size_limit(64 << 20)
        .build()
        .unwrap()
}

/// An expression for each type, as whoever must know the type writes them.
fn each() -> Vec<Regex> {
    let expression = |forms: &[vouchsafe_pii::identifier::Form]| {
        let forms: Vec<String> = forms.iter().map(|form| regex_of(form.shape)).collect();
        Regex::new(&format!(r"(?i-u)\b(?:{})\b", forms.join("|"))).unwrap()
    };
    let formed = ALL.iter().filter(|identifier| !identifier.forms.is_empty());
    formed
        .map(|identifier| expression(identifier.forms))
        .collect()
}

/// A form in the language of regular expressions.
fn regex_of(shape: &str) -> String {
    let mut inside = false;
    let mut regex = String::new();
    for character in shape.chars() {
        let written = match character {
            '[' | ']' => {
                inside = character == '[';
                character.to_string()
            }
            '{' | '}' => {
                inside = character == '{';
                character.to_string()
            }
            _ if inside => character.to_string(),
            'd' => "[0-9]".to_owned(),
            'l' => "[A-Z]".to_owned(),
            'x' => "[0-9A-Z]".to_owned(),
            '~' | '?' => "[ ./:-]?".to_owned(),
            '.' | '+' => format!("\\{character}"),
            ',' => ", ".to_owned(),
            _ => character.to_string(),
        };
        regex.push_str(&written);
    }
    regex
}
