//! Makes `pii/model/names.bin`, the model that finds names, and says how good it is.
//!
//! `cargo run --release -p vouchsafe-pii --example train` writes the file; with `--check` it is only
//! compared. Sentences come from `templates.txt` and the lists of `pii/model` by a seeded generator,
//! so the file is the same on every machine. Next: `generate.rs`, `learn.rs`, `pii/model/README.md`.

mod generate;
mod learn;
mod make;
mod measure;
mod random;
mod words;
mod write;

use std::process::ExitCode;

use generate::{Generator, Part};
use measure::Counts;
use random::Random;
use vouchsafe_pii::names::Names;

/// Texts of the templates kept back that the model is measured on.
const MEASURED: usize = 20_000;

fn main() -> ExitCode {
    let context = concat!(env!("CARGO_MANIFEST_DIR"), "/model/context.txt");
    let words = generate::context_words();
    if std::fs::read_to_string(context).ok().as_deref() != Some(&words) {
        // The lists are part of the program, so it has to be built again before it can learn.
        let done = std::fs::write(context, words).map_or("could not be", |()| "was");
        eprintln!("{context} {done} written from the templates: run again");
        return ExitCode::FAILURE;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/model/names.bin");
    let file = learn::learn(learn::FULL);
    let digest = ring::digest::digest(&ring::digest::SHA256, &file);
    println!("sha256 {}", data_encoding::HEXLOWER.encode(digest.as_ref()));
    let names = Names::with_model(&file);
    for (part, title) in [
        (Part::Training, "templates of the training"),
        (Part::KeptBack, "templates kept back"),
    ] {
        let generator = Generator::new(part);
        let mut random = Random::new(7);
        let mut counts = Counts::default();
        for _ in 0..MEASURED {
            let sample = generator.sample(&mut random);
            counts.add(&names, &sample.text, 0, &sample.names);
        }
        println!("{title}:\n{counts}");
    }
    if std::env::args().any(|argument| argument == "--check") {
        let same = std::fs::read(path).is_ok_and(|committed| committed == file);
        println!(
            "{}",
            if same {
                "the committed file is the same"
            } else {
                "the committed file differs"
            }
        );
        return if same {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    match std::fs::write(path, &file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}
