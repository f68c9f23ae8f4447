//! Values that are nearly equal, and names of one person.
//!
//! Likeness is Jaro–Winkler's (W. E. Winkler, *String Comparator Metrics and Enhanced Decision Rules in
//! the Fellegi–Sunter Model of Record Linkage*, 1990): 1 for equal texts, 0 for texts without a common
//! letter. It is not computed in constant time: who measures it learns about as much as from asking
//! with several thresholds. Values are bounded, since it takes the product of both lengths.

use zeroize::Zeroizing;

use super::VerifyError;
use crate::{names, normalise};

/// The longest value on either side, in bytes.
pub const MAX_BYTES: usize = 512;
/// Two written parts of a name are one when they are so much alike.
const PART_PERCENT: u8 = 93;
/// Shorter parts, in letters, must be equal: in these one letter is another name.
const SHORT_PART: usize = 5;
/// A name of more parts is a list of names, and a list asks after all of them at once.
const MAX_PARTS: usize = 8;
/// So many parts more may one name have than the other.
const MAX_MORE: usize = 2;
/// What stands before or behind a name and is none of it.
const TITLES: &[&str] = &[
    "dr",
    "esq",
    "frau",
    "herr",
    "jr",
    "lady",
    "madame",
    "md",
    "miss",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "mx",
    "phd",
    "prof",
    "professor",
    "rev",
    "senor",
    "sir",
    "sr",
    "sra",
];

/// Whether both are alike by this much, after white space at both ends, capitals, accents and other
/// ways to write the same letters are taken away. Texts of which one is shorter by over a quarter are
/// not: a few letters that are alike to every text that holds them would spell it out.
///
/// # Errors
///
/// [`VerifyError::TooLong`].
pub fn equals_fuzzy(value: &str, expected: &str, percent: u8) -> Result<bool, VerifyError> {
    let (value, expected) = (folded(value)?, folded(expected)?);
    let (value, expected) = (value.trim(), expected.trim());
    let lengths = [value, expected].map(|text| text.chars().count());
    let (shorter, longer) = (lengths[0].min(lengths[1]), lengths[0].max(lengths[1]));
    Ok(4 * (longer - shorter) <= longer && alike(value, expected, percent))
}

/// Whether both are names of one person, as far as names tell.
///
/// Order, case, accents, punctuation and titles do not count. Every part of the shorter name must be
/// one of the other: the same, an initial of it, or, from five letters on, alike by 93 percent. At
/// least two parts must fit, one of them in full. A name has at most 8 parts and 2 more than the other. Short forms (`Bob`) are not known, nor names in
/// scripts that write all parts as one word.
///
/// # Errors
///
/// [`VerifyError::TooLong`].
pub fn same_person(value: &str, expected: &str) -> Result<bool, VerifyError> {
    let (value, expected) = (folded(value)?, folded(expected)?);
    let (mut few, mut many) = (parts(&value), parts(&expected));
    if few.len() > many.len() {
        core::mem::swap(&mut few, &mut many);
    }
    let initials = many.iter().filter(|part| part.chars().count() == 1);
    if many.len() > MAX_PARTS || many.len() - few.len() > MAX_MORE || initials.count() > few.len() {
        return Ok(false);
    }
    // What fits in full is taken first, so that an initial takes no other part's place.
    let full = take(&mut few, &mut many, equal) + take(&mut few, &mut many, similar);
    let initials = take(&mut few, &mut many, initial);
    Ok(few.is_empty() && full >= 1 && full + initials >= 2)
}

/// Takes from both what fits, part for part, and tells how many.
fn take(few: &mut Vec<&str>, many: &mut Vec<&str>, fits: fn(&str, &str) -> bool) -> usize {
    let before = few.len();
    few.retain(
        |part| match many.iter().position(|other| fits(part, other)) {
            Some(at) => {
                many.swap_remove(at);
                false
            }
            None => true,
        },
    );
    before - few.len()
}

fn equal(one: &str, other: &str) -> bool {
    one == other && one.chars().count() > 1
}

fn similar(one: &str, other: &str) -> bool {
    one.chars().count().min(other.chars().count()) >= SHORT_PART && alike(one, other, PART_PERCENT)
}

fn initial(one: &str, other: &str) -> bool {
    let is_initial = |part: &str| part.chars().count() == 1;
    (is_initial(one) || is_initial(other)) && one.chars().next() == other.chars().next()
}

fn alike(one: &str, other: &str, percent: u8) -> bool {
    // Less the error of the last bit: 0.92 times 100 must not be below 92.
    strsim::jaro_winkler(one, other) * 100.0 + 1e-9 >= f64::from(percent)
}

/// The letters of a text, small and without accents.
fn folded(text: &str) -> Result<Zeroizing<String>, VerifyError> {
    if text.len() > MAX_BYTES {
        return Err(VerifyError::TooLong);
    }
    let normalised = Zeroizing::new(normalise::whole(text));
    Ok(names::fold(&normalised))
}

/// The parts of a folded name.
fn parts(name: &str) -> Vec<&str> {
    name.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|part| !part.is_empty() && !TITLES.contains(part))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_alike_by_what_winkler_published() {
        // From table 2.1 of Winkler's report of 2006 (RRS2006-02), rounded to three places there.
        for (one, other, percent) in [
            ("SHACKLEFORD", "SHACKELFORD", 98),
            ("DUNNINGHAM", "CUNNIGHAM", 89),
            ("NICHLESON", "NICHULSON", 95),
            ("MASSEY", "MASSIE", 93),
            ("JERALDINE", "GERALDINE", 92),
            ("MARTHA", "MARHTA", 96),
            ("MICHELLE", "MICHAEL", 92),
            ("ABROMS", "ABRAMS", 92),
        ] {
            assert_eq!(equals_fuzzy(one, other, percent), Ok(true), "{one}");
            assert_eq!(equals_fuzzy(one, other, percent + 1), Ok(false), "{one}");
        }
    }

    #[test]
    fn case_accents_and_space_do_not_count() {
        assert_eq!(equals_fuzzy(" Zoë Müller ", "ZOE MULLER", 100), Ok(true));
        assert_eq!(equals_fuzzy("", "", 100), Ok(true));
        assert_eq!(equals_fuzzy("", "a", 85), Ok(false));
        // Alike by 92 percent, were lengths not looked at.
        assert_eq!(equals_fuzzy("Jonathan", "Jonath", 85), Ok(true));
        assert_eq!(equals_fuzzy("Jonathan", "Jonat", 85), Ok(false));
    }

    #[test]
    fn names_of_one_person_are_recognised_as_they_are_written() {
        for (one, other) in [
            ("John Smith", "Smith, John"),
            ("John A. Smith", "SMITH John"),
            ("J. Smith", "John Smith"),
            ("Dr. Zoë Müller", "Zoe Muller"),
            ("Jean-Luc Picard", "Picard, Jean Luc"),
            ("Sean O'Neill", "O'Neill, S."),
            ("Katherine Johnson", "Katharine Johnson"),
            ("Иван Петров", "петров иван"),
            ("Maria del Carmen Garcia", "Maria Garcia"),
        ] {
            assert_eq!(same_person(one, other), Ok(true), "{one}");
            assert_eq!(same_person(other, one), Ok(true), "{other}");
        }
    }

    #[test]
    fn another_name_is_another_person() {
        for (one, other) in [
            ("John Smith", "Jane Smith"),
            ("Maria Garcia", "Mario Garcia"),
            ("John Smith", "Smith"),
            ("J. S.", "John Smith"),
            ("J. Smith", "Adam Smith"),
            ("Anna Lee", "Anne Lee"),
            ("John Smith Jones", "John Baker Jones"),
            // Lists of names, and of initials, ask after many at once.
            ("John Smith", "John Smith Lopez Garcia Jones"),
            ("John Smith", "a b j k smith"),
            ("a b c d e f g smith jones", "a b c d e f g smith jones"),
            ("", ""),
            ("Mr.", "Mr."),
        ] {
            assert_eq!(same_person(one, other), Ok(false), "{one}");
            assert_eq!(same_person(other, one), Ok(false), "{other}");
        }
    }

    #[test]
    fn what_is_too_long_is_refused_on_either_side() {
        let long = "a".repeat(MAX_BYTES + 1);
        assert_eq!(equals_fuzzy(&long, "a", 90), Err(VerifyError::TooLong));
        assert_eq!(same_person("a", &long), Err(VerifyError::TooLong));
    }
}
