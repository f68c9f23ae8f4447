//! Words that announce a type: "SSN: 078…" is surer than the digits alone.
//!
//! A word counts as a whole word, whatever its case, among the five before the finding. Only a
//! bounded stretch of text is read, so the cost does not depend on the length of the text.

use crate::Entity;

/// How much a context word adds.
pub(super) const RAISE_PERCENT: u8 = 35;
/// How many words before a finding are looked at.
const WORDS: usize = 5;
/// How far back they are looked for. A word that reaches further back is not read.
const REACH_BYTES: usize = 128;

const fn words(entity: Entity) -> &'static [&'static str] {
    match entity {
        Entity::CreditCard => &[
            "credit",
            "debit",
            "card",
            "cards",
            "cc",
            "visa",
            "mastercard",
            "amex",
            "discover",
            "jcb",
            "diners",
            "maestro",
            "payment",
            "pan",
        ],
        Entity::IbanCode => &["iban", "bank", "account", "transaction", "transfer"],
        Entity::UsSsn => &[
            "social", "security", "ssn", "ssns", "ssid", "ss", "tin", "taxpayer",
        ],
        Entity::EmailAddress => &["email", "emails", "mail", "mailto", "address", "contact"],
        Entity::PhoneNumber => &[
            "phone",
            "telephone",
            "tel",
            "call",
            "called",
            "cell",
            "cellphone",
            "mobile",
            "fax",
            "number",
            "dial",
            "sms",
            "text",
            "whatsapp",
            "ring",
        ],
        Entity::IpAddress => &["ip", "ips", "ipv4", "ipv6", "host", "address", "server"],
        Entity::DenyList => &[],
    }
}

/// Whether a word that announces `entity` stands shortly before byte `start`.
pub(super) fn announces(text: &str, start: usize, entity: Entity) -> bool {
    let mut from = start.saturating_sub(REACH_BYTES);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let cut_inside_a_word = from > 0;
    let before = &text[from..start];
    before
        .rsplit(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS)
        .filter(|word| !(cut_inside_a_word && before.starts_with(*word) && is_first(before, word)))
        .any(|word| {
            words(entity)
                .iter()
                .any(|known| known.eq_ignore_ascii_case(word))
        })
}

/// Whether `word`, a slice of `before`, is its very beginning.
fn is_first(before: &str, word: &str) -> bool {
    before.as_ptr() == word.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(before: &str) -> bool {
        announces(before, before.len(), Entity::UsSsn)
    }

    #[test]
    fn a_word_announces_whatever_its_case_and_whatever_stands_around_it() {
        for before in [
            "ssn ",
            "SSN: ",
            "his (Ssn) is: ",
            "\u{fc}ber ssn=",
            "ssn a b c d ",
        ] {
            assert!(announced(before), "{before}");
        }
    }

    #[test]
    fn part_of_a_word_or_one_further_back_does_not() {
        for before in ["", "assn ", "ssnx ", "ssn a b c d e "] {
            assert!(!announced(before), "{before}");
        }
    }

    #[test]
    fn a_word_cut_by_the_reach_does_not_count() {
        let cut = format!("xssn{}", " ".repeat(REACH_BYTES - 3));
        assert!(!announced(&cut));
        let whole = format!("x ssn{}", " ".repeat(REACH_BYTES - 4));
        assert!(announced(&whole));
    }
}
