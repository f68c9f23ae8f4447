//! Keys and tokens that open something, by the prefixes their issuers publish, and private keys in
//! PEM (RFC 7468).

use core::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::Match;
use super::scan::Scan;
use super::stretch::{Part, Stretch};
use super::words::clear_before;

/// What may follow a prefix.
#[derive(Clone, Copy)]
enum Rest {
    /// Letters and digits.
    Alnum,
    /// Those, hyphens and underscores: base64url.
    Url,
    /// Those and full stops.
    Dotted,
    /// Capitals and the digits of base32.
    Base32,
    /// Hexadecimal digits in small letters.
    Hex,
}

/// Pattern, prefix, what follows, and how many of it at least and at most.
type Token = (&'static str, &'static str, Rest, usize, usize);

const TOKENS: &[Token] = &[
    ("aws-access-key", "AKIA", Rest::Base32, 16, 16),
    ("aws-access-key", "ASIA", Rest::Base32, 16, 16),
    ("github-token", "ghp_", Rest::Alnum, 36, 255),
    ("github-token", "gho_", Rest::Alnum, 36, 255),
    ("github-token", "ghu_", Rest::Alnum, 36, 255),
    ("github-token", "ghs_", Rest::Alnum, 36, 255),
    ("github-token", "ghr_", Rest::Alnum, 36, 255),
    ("github-token", "github_pat_", Rest::Url, 82, 255),
    ("gitlab-token", "glpat-", Rest::Dotted, 20, 255),
    ("slack-token", "xoxb-", Rest::Url, 20, 255),
    ("slack-token", "xoxp-", Rest::Url, 20, 255),
    ("slack-token", "xoxa-", Rest::Url, 20, 255),
    ("slack-token", "xoxs-", Rest::Url, 20, 255),
    ("slack-token", "xapp-", Rest::Url, 20, 255),
    ("stripe-key", "sk_live_", Rest::Alnum, 16, 255),
    ("stripe-key", "sk_test_", Rest::Alnum, 16, 255),
    ("stripe-key", "rk_live_", Rest::Alnum, 16, 255),
    ("stripe-key", "rk_test_", Rest::Alnum, 16, 255),
    ("stripe-webhook", "whsec_", Rest::Alnum, 32, 255),
    ("google-api-key", "AIza", Rest::Url, 35, 35),
    ("google-oauth", "ya29.", Rest::Dotted, 30, 1024),
    ("google-oauth-secret", "GOCSPX-", Rest::Url, 28, 28),
    ("sendgrid-key", "SG.", Rest::Dotted, 66, 66),
    ("npm-token", "npm_", Rest::Alnum, 36, 36),
    ("pypi-token", "pypi-", Rest::Url, 85, 1024),
    ("crates-token", "cio", Rest::Alnum, 32, 32),
    ("hugging-face-token", "hf_", Rest::Alnum, 34, 40),
    ("anthropic-key", "sk-ant-", Rest::Url, 80, 255),
    ("openai-key", "sk-proj-", Rest::Url, 40, 255),
    ("openai-key", "sk-", Rest::Alnum, 48, 48),
    ("digitalocean-token", "dop_v1_", Rest::Hex, 64, 64),
    ("shopify-token", "shpat_", Rest::Hex, 32, 32),
    ("shopify-token", "shpss_", Rest::Hex, 32, 32),
    ("square-token", "sq0atp-", Rest::Url, 22, 22),
    ("square-token", "sq0csp-", Rest::Url, 43, 43),
    ("twilio-key", "SK", Rest::Hex, 32, 32),
    ("mailgun-key", "key-", Rest::Hex, 32, 32),
    ("docker-token", "dckr_pat_", Rest::Url, 27, 27),
    ("grafana-token", "glsa_", Rest::Url, 41, 41),
    ("vault-token", "hvs.", Rest::Url, 24, 255),
    ("postman-key", "PMAK-", Rest::Url, 59, 59),
    ("telegram-token", "bot_token=", Rest::Url, 35, 64),
    ("age-key", "AGE-SECRET-KEY-1", Rest::Alnum, 58, 58),
    // Three parts in base64url, the first an object that begins {"
    ("json-web-token", "eyJ", Rest::Dotted, 40, 8192),
];

/// The first words of a private key.
const PEM: &str = "-----BEGIN ";
/// The longest private key, in bytes, its end included.
const MAX_PEM_BYTES: usize = 12 * 1024;

static PREFIXES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let prefixes = TOKENS.iter().map(|(_, prefix, ..)| *prefix).chain([PEM]);
    let mut builder = AhoCorasick::builder();
    builder
        .match_kind(MatchKind::LeftmostLongest)
        .build(prefixes)
        .ok()
});

/// Looks for secrets that begin in `range`.
pub(super) fn scan(scan: &mut Scan<'_>, range: Range<usize>) {
    let places = scan.engine.places;
    let wanted = scan.wants(places.api_key, 100) || scan.wants(places.private_key, 100);
    let Some(prefixes) = PREFIXES.as_ref().filter(|_| wanted) else {
        return;
    };
    let text = scan.text;
    // One that begins in the range may end behind it.
    let until = text.floor_char_boundary(text.len().min(range.end + 16));
    let mut runs = [Stretch::default(); TOKENS.len()];
    let mut ends = None;
    for found in prefixes.find_iter(&text[range.start..until]) {
        let (start, after) = (range.start + found.start(), range.start + found.end());
        if start >= range.end {
            continue;
        }
        let place = found.pattern().as_usize();
        let (identifier, end, pattern) = match TOKENS.get(place) {
            Some(token) => match token_end(text, start, after, token, &mut runs[place]) {
                Some(end) => (places.api_key, end, token.0),
                None => continue,
            },
            None => match pem_end(
                text,
                after,
                ends.get_or_insert_with(|| pem_ends(text, start)),
            ) {
                Some(end) => (places.private_key, end, "pem"),
                None => continue,
            },
        };
        scan.offer(Match {
            identifier,
            start,
            end,
            pattern,
            percent: 90,
            checksum: None,
        });
    }
}

fn token_end(
    text: &str,
    start: usize,
    after: usize,
    token: &Token,
    run: &mut Stretch,
) -> Option<usize> {
    let (pattern, _, rest, least, most) = *token;
    if !clear_before(text, start) {
        return None;
    }
    let belongs = |character: char| match rest {
        Rest::Alnum => character.is_ascii_alphanumeric(),
        Rest::Url => character.is_ascii_alphanumeric() || matches!(character, '-' | '_'),
        Rest::Dotted => character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'),
        Rest::Base32 => character.is_ascii_uppercase() || matches!(character, '2'..='7'),
        Rest::Hex => matches!(character, '0'..='9' | 'a'..='f'),
    };
    let limit = text.floor_char_boundary(text.len().min(after + most + 1));
    let end = run.end(text, after, limit, |character| match character {
        _ if !belongs(character) => Part::Outside,
        '.' | '-' => Part::Loose,
        _ => Part::Inside,
    });
    let whole = (least..=most).contains(&(end - after))
        && !text
            .as_bytes()
            .get(end)
            .is_some_and(u8::is_ascii_alphanumeric);
    let shaped = || pattern != "json-web-token" || is_jwt(&text[after..end]);
    (whole && shaped()).then_some(end)
}

/// Whether the rest of a compact JWS or JWE (RFC 7515, 7516) has its parts.
fn is_jwt(rest: &str) -> bool {
    let parts = rest.split('.').take(6).count();
    let long = rest.split('.').take(2).all(|part| part.len() >= 10);
    matches!(parts, 3 | 5) && long
}

/// How the last line of what PEM holds begins.
const PEM_END: &str = "-----END ";

/// Every place from `from` on where such a line begins.
fn pem_ends(text: &str, from: usize) -> Vec<usize> {
    memchr::memmem::find_iter(&text.as_bytes()[from..], PEM_END)
        .map(|at| from + at)
        .collect()
}

/// Where the private key ends whose label begins at `label`; behind its last line of base64 when it
/// is cut.
fn pem_end(text: &str, label: usize, ends: &[usize]) -> Option<usize> {
    let line = text[label..]
        .bytes()
        .take(64)
        .position(|byte| byte == b'-')?;
    let name = &text[label..label + line];
    let named = name.ends_with("PRIVATE KEY") || name.ends_with("PRIVATE KEY BLOCK");
    let body = label + line + 5;
    if !named || !text[label + line..].starts_with("-----") {
        return None;
    }
    let limit = text.len().min(body + MAX_PEM_BYTES);
    let first = ends.partition_point(|end| *end < body);
    let mut near = ends[first..].iter().take_while(|begin| **begin < limit);
    let last = near.find_map(|begin| {
        let end = begin + PEM_END.len() + name.len() + 5;
        let rest = text.get(begin + PEM_END.len()..)?;
        let ours = rest.strip_prefix(name)?.starts_with("-----");
        (ours && end <= limit).then_some(end)
    });
    Some(last.unwrap_or_else(|| body_end(text, body, limit)))
}

/// Where the lines of base64, and of headers (RFC 1421 §4.4), end that begin at `body`.
fn body_end(text: &str, body: usize, limit: usize) -> usize {
    let belongs = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'+' | b'/' | b'=' | b'\r' | b':' | b',' | b'-' | b' ')
    };
    let mut end = body;
    while text.as_bytes().get(end) == Some(&b'\n') {
        let line = text.as_bytes()[end + 1..limit.max(end + 1)]
            .iter()
            .take_while(|byte| belongs(**byte));
        let length = line.count();
        let whole = matches!(text.as_bytes().get(end + 1 + length), None | Some(b'\n'));
        let words = text[end + 1..end + 1 + length].contains(' ');
        if length == 0 || !whole || words && !text[end + 1..end + 1 + length].contains(':') {
            break;
        }
        end += 1 + length;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_cut_is_covered_to_its_last_line() {
        let body = "MIIEowIBAAKCAQEA7bq+/x==".repeat(2);
        let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n{body}");
        let text = format!("{key}\nThat was all of it.\n");
        let label = PEM.len();
        assert_eq!(pem_end(&text, label, &pem_ends(&text, 0)), Some(key.len()));
        assert_eq!(pem_end(&key, label, &[]), Some(key.len()));
        let first = "-----BEGIN RSA PRIVATE KEY-----";
        assert_eq!(pem_end(first, label, &[]), Some(first.len()));
    }

    #[test]
    fn no_prefix_hides_another_that_begins_inside_it() {
        let prefixes: Vec<&str> = TOKENS
            .iter()
            .map(|(_, prefix, ..)| *prefix)
            .chain([PEM])
            .collect();
        for long in &prefixes {
            for begin in 1..long.len() {
                let inside = &long[begin..];
                let hidden = prefixes
                    .iter()
                    .find(|other| inside.starts_with(**other) || other.starts_with(inside));
                // One that only begins at the end is found: the search goes on behind a match, and
                // what begins at its last letters would have to touch a letter.
                let touches = long[..begin].ends_with(|last: char| last.is_ascii_alphanumeric());
                assert!(hidden.is_none() || touches, "{long} hides {hidden:?}");
            }
        }
    }
}
