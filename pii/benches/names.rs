//! How fast names are found: megabytes of English prose a second, on one core.
//!
//! `cargo bench -p vouchsafe-pii --bench names`. Run as a test it makes one short pass.

use std::hint::black_box;
use std::time::Instant;

use vouchsafe_pii::names::Names;

/// Sentences of several registers, about one name in three of them.
const PROSE: &str = "\
It is a truth universally acknowledged, that a single man in possession of a good fortune, must be \
in want of a wife. However little known the feelings or views of such a man may be on his first \
entering a neighbourhood, this truth is so well fixed in the minds of the surrounding families. \
Dear Mrs. Bennet, thank you for your letter of the third of March; the parcel was sent to 14 Meryton \
Road, Hertford, and should be with you by Friday. I spoke to Charles Bingley this morning, and he \
would rather wait until the house is let. My father was a clerk in a bank, and he had been one for \
thirty years when the war came and everything changed. The report shows that the number of requests \
rose by a third, that most of them were answered within a day, and that few had to be asked again.\n";

fn main() {
    let bench = std::env::args().any(|argument| argument == "--bench");
    let text = PROSE.repeat(if bench { 20_000 } else { 20 });
    let start = Instant::now();
    let names = Names::new();
    println!("built in {:.1} ms", start.elapsed().as_secs_f64() * 1000.0);
    let mut spans = Vec::new();
    for round in 0..if bench { 5 } else { 1 } {
        spans.clear();
        let start = Instant::now();
        names.scan(black_box(&text), 0, text.len(), &mut spans);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a rate needs no more than 52 bits"
        )]
        let megabytes = text.len() as f64 / 1e6;
        let rate = megabytes / start.elapsed().as_secs_f64();
        println!(
            "round {round}: {rate:.1} MB/s, {} names",
            black_box(&spans).len()
        );
    }
}
