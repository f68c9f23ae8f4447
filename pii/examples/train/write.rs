//! How a word of the lists is written: capitals, letters on their own, words made up.

use super::random::Random;
use super::words::SYLLABLES;

pub(crate) fn letter(random: &mut Random) -> char {
    char::from(b'A' + u8::try_from(random.below(26)).unwrap_or_default())
}

pub(crate) fn initials(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("{}. {}.", letter(random), letter(random)),
        1 => format!("{}.{}.", letter(random), letter(random)),
        2 => letter(random).to_string(),
        _ => format!("{}.", letter(random)),
    }
}

/// A word that no list holds.
pub(crate) fn coin(random: &mut Random, ends: &str) -> String {
    let mut word = String::new();
    for _ in 0..=random.below(2) {
        word.push_str(random.of(SYLLABLES));
    }
    word.push_str(random.of(SYLLABLES));
    word.push_str(random.of(ends));
    capitalise(&word)
}

pub(crate) fn upper(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A name of the lists as it is written: `O'Brien`, `McDonald`, `Anna`.
pub(crate) fn capitalise(word: &str) -> String {
    if let Some((before, after)) = word
        .split_once('\'')
        .filter(|(before, _)| before.len() <= 2)
    {
        return format!("{}'{}", upper(before), upper(after));
    }
    match word.strip_prefix("mc").filter(|rest| rest.len() > 3) {
        Some(rest) => format!("Mc{}", upper(rest)),
        None => upper(word),
    }
}

/// A place of the lists as it is written.
pub(crate) fn title(name: &str) -> String {
    if matches!(
        name,
        "usa" | "uk" | "uae" | "eu" | "u.s." | "u.k." | "u.s.a." | "washington d.c."
    ) {
        return name.to_ascii_uppercase();
    }
    let small = [
        "of", "and", "the", "upon", "de", "do", "da", "del", "am", "on", "en",
    ];
    let words = name.split(' ').enumerate().map(|(at, word)| {
        let parts = word.split('-').enumerate();
        let parts = parts.map(|(part, word)| {
            if at + part > 0 && small.contains(&word) {
                word.to_owned()
            } else {
                upper(word)
            }
        });
        parts.collect::<Vec<_>>().join("-")
    });
    words.collect::<Vec<_>>().join(" ")
}

/// An organisation of the lists as it is written.
pub(crate) fn organization(name: &str) -> String {
    const WORDS: &str = " dell sony kia audi puma nike visa ford asda lidl aldi mars fiat saab zara tata\
 sega snap uber lyft ebay etsy zoom hulu suse eni mit ups ";
    let spoken = |word: &str| word.len() > 4 || WORDS.contains(&format!(" {word} "));
    if name.contains([' ', '&']) || spoken(name) {
        title(name)
    } else {
        name.to_ascii_uppercase()
    }
}
