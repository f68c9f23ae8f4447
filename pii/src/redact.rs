//! Free text with every finding replaced by its type: `call <PHONE_NUMBER>`.
//!
//! Findings that overlap are replaced as one whole, so nothing of a losing finding stays behind. What
//! the engine does not find stays as it is: redaction is a net, and its class says no more than that
//! what was found is gone. Next: [`crate::mask`], which keeps part of each value.

use zeroize::Zeroizing;

use crate::Transformed;
use crate::detect::{DetectError, DetectOptions, Engine, Finding};
use crate::operation::{Class, searched};

/// Replaces each finding in `text` by `<ENTITY>`.
///
/// The class is [`Class::Plaintext`] when the options look for less than the default ones and leave
/// something in place that those find, or when they hold lists of values.
///
/// # Errors
///
/// [`DetectError`]; the text is then not redacted at all.
pub fn redact(
    engine: &Engine,
    text: &str,
    options: &DetectOptions,
) -> Result<Transformed, DetectError> {
    let findings = engine.cover(text, options)?;
    let mut output = Zeroizing::new(String::with_capacity(text.len() + findings.len() * 16));
    let mut at = 0;
    for finding in &findings {
        output.push_str(&text[at..finding.start]);
        output.push('<');
        output.push_str(finding.entity.name());
        output.push('>');
        at = finding.end;
    }
    output.push_str(&text[at..]);
    let class = match searched(options) {
        Some(class) => class,
        None if escapes(engine, text, options, &findings)? => Class::Plaintext,
        None => Class::Masked,
    };
    Ok(Transformed {
        text: output,
        class,
        hidden: findings.len(),
    })
}

/// Whether the default options find something in `text` that `hidden` does not cover.
pub(crate) fn escapes(
    engine: &Engine,
    text: &str,
    options: &DetectOptions,
    hidden: &[Finding],
) -> Result<bool, DetectError> {
    if !options.narrows() {
        return Ok(false);
    }
    let all = engine.cover(text, &DetectOptions::default())?;
    Ok(all.iter().any(|finding| {
        let next = hidden.partition_point(|cover| cover.end < finding.end);
        hidden
            .get(next)
            .is_none_or(|cover| cover.start > finding.start)
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    const TEXT: &str = "SSN 078-05-1123, mail jo@example.com, card 4111 1111 1111 1111.";

    fn redacted(text: &str, options: &DetectOptions) -> Transformed {
        redact(&Engine::new(), text, options).unwrap()
    }

    fn only(entities: &[&str]) -> DetectOptions {
        DetectOptions {
            entities: Some(entities.iter().map(ToString::to_string).collect()),
            ..DetectOptions::default()
        }
    }

    #[test]
    fn each_finding_becomes_its_type_and_the_rest_stays() {
        let output = redacted(TEXT, &DetectOptions::default());
        let expected = "SSN <US_SSN>, mail <EMAIL_ADDRESS>, card <CREDIT_CARD>.";
        assert_eq!(output.text.as_str(), expected);
        assert_eq!((output.class, output.hidden), (Class::Masked, 3));
    }

    #[test]
    fn a_text_without_findings_stays_and_is_still_masked() {
        let output = redacted("nothing here", &DetectOptions::default());
        assert_eq!(output.text.as_str(), "nothing here");
        assert_eq!((output.class, output.hidden), (Class::Masked, 0));
    }

    #[test]
    fn findings_that_overlap_leave_nothing_behind() {
        // The card is surer than the address around it, yet no part of the address may stay.
        let output = redacted("4111111111111111@example.com", &DetectOptions::default());
        assert_eq!(output.text.as_str(), "<CREDIT_CARD>");
    }

    #[test]
    fn looking_for_less_is_plaintext_only_where_something_stays() {
        let some = redacted(TEXT, &only(&["US_SSN"]));
        assert_eq!(some.class, Class::Plaintext);
        let enough = redacted("SSN 078-05-1123", &only(&["US_SSN"]));
        assert_eq!(enough.class, Class::Masked);
        let all = redacted(TEXT, &only(&["US_SSN", "EMAIL_ADDRESS", "CREDIT_CARD"]));
        assert_eq!(all.class, Class::Masked);
        let sure = DetectOptions {
            threshold: 1.0,
            ..DetectOptions::default()
        };
        assert_eq!(redacted(TEXT, &sure).class, Class::Plaintext);
    }

    #[test]
    fn lists_of_values_make_the_output_plaintext() {
        let options = DetectOptions {
            deny: vec!["card".to_owned()],
            ..DetectOptions::default()
        };
        let output = redacted(TEXT, &options);
        assert!(output.text.contains("<DENY_LIST>"));
        assert_eq!(output.class, Class::Plaintext);
    }
}
