//! Tokens found again in free text: `pay vs1.US_SSN.k3.mfrgg… by Friday`.
//!
//! Only the form is looked at, so what is found may be of another key or no token at all; opening it
//! tells. A token is taken as long as its characters go on: text that is glued to its end hides it,
//! text before its beginning does not. Linear: no part of a token can hold the beginning of another.
//! Next: [`super::detokenize`].

use core::ops::Range;

use memchr::memmem;
use zeroize::Zeroizing;

use super::{FORM, Token};

/// A token in a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found<'a> {
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// What it says it is.
    pub token: Token<'a>,
}

/// The well-formed tokens of `text`, in order.
pub fn find(text: &str) -> impl Iterator<Item = Found<'_>> {
    memmem::find_iter(text.as_bytes(), FORM).filter_map(|start| {
        let candidate = text.get(start..)?;
        let candidate = &candidate[..end(candidate.as_bytes())?];
        let token = Token::parse(candidate).ok()?;
        let span = start..start + candidate.len();
        Some(Found { span, token })
    })
}

/// `text` with each token of `entity` as what `open` makes of it. All else stays, tokens of others too.
///
/// # Errors
///
/// The first of `open`.
pub fn open_all<E>(
    text: &str,
    entity: &str,
    mut open: impl FnMut(&Token<'_>) -> Result<Zeroizing<String>, E>,
) -> Result<Zeroizing<String>, E> {
    // A value is shorter than its token, so this never grows and leaves no copy behind.
    let mut output = Zeroizing::new(String::with_capacity(text.len()));
    let mut end = 0;
    for found in find(text).filter(|found| found.token.entity() == entity) {
        output.push_str(&text[end..found.span.start]);
        output.push_str(&open(&found.token)?);
        end = found.span.end;
    }
    output.push_str(&text[end..]);
    Ok(output)
}

/// Where the characters of a token end, the form in front being there.
fn end(candidate: &[u8]) -> Option<usize> {
    let mut at = FORM.len();
    let mut skip = |is_part: fn(u8) -> bool, after: &[u8]| {
        let rest = candidate.get(at..)?;
        at += rest.iter().take_while(|byte| is_part(**byte)).count();
        let rest = candidate.get(at..)?;
        let is_next = rest.starts_with(after);
        at += after.len();
        is_next.then_some(at)
    };
    skip(|_| false, b".")?;
    skip(
        |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_',
        b".k",
    )?;
    skip(|byte| byte.is_ascii_digit(), b".")?;
    let end = skip(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'), b"")?;
    // The beginning of a token that follows at once.
    let (token, rest) = candidate.split_at(end);
    let is_next = token.ends_with(b"vs") && rest.starts_with(b"1.");
    Some(if is_next { end - 2 } else { end })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use proptest::prelude::*;

    use super::super::{Place, TokenError, detokenize, tokenize};
    use super::*;

    const KEY: [u8; 64] = [7; 64];
    const PLACE: Place<'_> = Place {
        tenant: "acme",
        entity: "US_SSN",
        context: "",
    };

    fn token(value: &str) -> String {
        tokenize(&KEY, 3, &PLACE, value).unwrap()
    }

    fn spans(text: &str) -> Vec<&str> {
        find(text).map(|found| &text[found.span]).collect()
    }

    #[test]
    fn tokens_are_found_between_words_marks_and_each_other() {
        let (one, two) = (token("078-05-1123"), token(""));
        for text in [
            format!("pay {one} and {two}."),
            format!("{one},{two}"),
            format!("id{one}\n\"{two}\""),
            format!("{one}{two}"),
            format!("\u{e9}{one}\u{e9}{two}\u{e9}"),
            format!("vs1.{one} vs1.US_SSN.k3.{two}"),
        ] {
            assert_eq!(spans(&text), [one.as_str(), two.as_str()], "{text}");
        }
        let found = find(&one).next().unwrap();
        assert_eq!((found.token.entity(), found.token.version()), ("US_SSN", 3));
        let value = detokenize(&KEY, &PLACE, &found.token).unwrap();
        assert_eq!(value.as_str(), "078-05-1123");
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_not_found() {
        let token = token("078-05-1123");
        for text in [
            String::new(),
            "vs1".to_owned(),
            "vs1.".to_owned(),
            "vs1.US_SSN.k3.".to_owned(),
            token[..30].to_owned(),
            token.replace("k3", "k03"),
            token.replace("US_SSN", "us"),
            format!("{token}b"),
        ] {
            assert_eq!(spans(&text), [""; 0], "{text}");
        }
    }

    #[test]
    fn tokens_of_the_entity_are_opened_and_all_else_stays() {
        let (one, two) = (token("078-05-1123"), token("\u{e9}"));
        let other = one.replace("US_SSN", "PERSON");
        let text = format!("pay {one}, {other} and {two}: {}", &one[..30]);
        let open = |token: &Token<'_>| detokenize(&KEY, &PLACE, token);
        let made = open_all(&text, "US_SSN", open).unwrap();
        let expected = format!("pay 078-05-1123, {other} and \u{e9}: {}", &one[..30]);
        assert_eq!(*made, expected);
        let false_one = one.replace("k3", "k4");
        let made = open_all(&format!("{two} {false_one}"), "US_SSN", open);
        assert_eq!(made, Err(TokenError::NotAuthentic));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn each_planted_token_is_found_and_nothing_else(
            values in prop::collection::vec((" [ .,;:vs1k3A-Z\\n]{0,6} ", ".{0,20}"), 0..8),
        ) {
            let mut text = String::new();
            let mut expected = Vec::new();
            for (words, value) in &values {
                text.push_str(words);
                let start = text.len();
                text.push_str(&token(value));
                expected.push(start..text.len());
            }
            let found: Vec<_> = find(&text).map(|found| found.span).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
