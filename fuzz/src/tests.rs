//! The targets on their seeds, on cuts and on altered bytes of them, without libFuzzer.

use std::collections::BTreeSet;
use std::path::Path;

use super::TARGETS;

/// Cuts and altered places of one seed; all of them where it is shorter.
const PLACES: usize = 96;

/// At most [`PLACES`] positions in `length` bytes, the first and the last few among them.
fn places(length: usize) -> impl Iterator<Item = usize> {
    let step = length.div_ceil(PLACES).max(1);
    (0..length).filter(move |at| at % step == 0 || *at < 8 || at + 8 >= length)
}

#[test]
fn each_target_accepts_one_of_its_seeds_and_decides_all_of_them() {
    for target in TARGETS {
        let accepted = (target.seeds)()
            .iter()
            .filter(|seed| (target.run)(seed))
            .count();
        assert!(accepted > 0, "{}", target.name);
    }
}

#[test]
fn seeds_cut_and_altered_are_decided_without_a_panic() {
    for target in TARGETS {
        for seed in (target.seeds)() {
            for at in places(seed.len()) {
                (target.run)(&seed[..at]);
                for other in [seed[at] ^ 1, seed[at] ^ 0x80, 0, 0xff] {
                    let mut altered = seed.clone();
                    altered[at] = other;
                    (target.run)(&altered);
                }
            }
        }
        (target.run)(&[]);
    }
}

#[test]
fn each_target_has_its_program_and_each_program_its_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin");
    let programs = std::fs::read_dir(folder).expect("the folder is there");
    let programs: BTreeSet<_> = programs
        .map(|entry| entry.expect("it can be read").path())
        .map(|path| {
            let name = path.file_stem().and_then(|name| name.to_str());
            let name = name.expect("names are ASCII").to_owned();
            let source = std::fs::read_to_string(&path).expect("it can be read");
            assert!(
                source.contains(&format!("::{name}(input)")),
                "{name} runs another target"
            );
            name
        })
        .collect();
    let targets: BTreeSet<_> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    assert_eq!(programs, targets);
}

/// Package and version of each entry of a lock file.
fn locked(file: &str) -> BTreeSet<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let lock = std::fs::read_to_string(path).expect("the lock file is there");
    let value = |entry: &str, name: &str| {
        let line = entry.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim_matches('"').to_owned())
    };
    lock.split("[[package]]")
        .filter(|entry| entry.contains("\nsource = "))
        .filter_map(|entry| Some((value(entry, "name = ")?, value(entry, "version = ")?)))
        .collect()
}

#[test]
fn what_is_fuzzed_is_locked_to_the_versions_that_ship() {
    let (ours, ships) = (locked("Cargo.lock"), locked("../Cargo.lock"));
    assert!(ours.len() > 100, "the lock file was not understood");
    let more: Vec<_> = ours
        .difference(&ships)
        .map(|(name, _)| name.as_str())
        .collect();
    // What libFuzzer's crate brings, and nothing else.
    assert_eq!(more, ["arbitrary", "libfuzzer-sys"]);
}
