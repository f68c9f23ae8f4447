//! URLs (RFC 3986) and domain names that people write without a scheme.
//!
//! With a scheme, what follows up to a space, quote or angle bracket belongs to it; without one, a
//! name counts only when it ends in a top-level domain that exists. Names that are as often those of
//! files (`main.rs`, `run.sh`) are less sure. A name is read once, where it begins.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::Match;
use super::scan::Scan;
use super::stretch::{Part, Stretch};
use super::words::clear_after;

/// The top-level domains of the root zone, punycode included.
static TOP_LEVEL: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("../../data/top_level_domains.txt").lines();
    lines.filter(|line| !line.starts_with('#')).collect()
});

/// Schemes whose URLs name a host.
const SCHEMES: &[&str] = &[
    "amqp",
    "ftp",
    "ftps",
    "git",
    "http",
    "https",
    "imap",
    "jdbc",
    "ldap",
    "ldaps",
    "mongodb",
    "mysql",
    "postgres",
    "postgresql",
    "redis",
    "rtsp",
    "s3",
    "sftp",
    "smb",
    "ssh",
    "ws",
    "wss",
];

/// Domains under which names are written without a scheme every day.
const USUAL: &[&str] = &[
    "com", "org", "net", "edu", "gov", "io", "eu", "info", "biz", "dev", "app",
];

/// Top-level domains that end the names of files too.
const FILES: &[&str] = &[
    "ai", "as", "bz", "cc", "cfg", "gz", "java", "js", "md", "mov", "mm", "pl", "ps", "py", "rs",
    "sc", "sh", "so", "swift", "tf", "vi", "zip",
];

/// The longest host name, RFC 1035 §2.3.4.
const MAX_HOST_BYTES: usize = 253;
/// The longest URL that is taken whole.
const MAX_URL_BYTES: usize = 4096;

/// Looks for a URL or a name that begins with the word of this index.
pub(super) fn scan(scan: &mut Scan<'_>, index: usize) {
    let identifier = scan.engine.places.url;
    let word = scan.words()[index];
    let (text, bytes) = (scan.text, scan.text.as_bytes());
    let found = match bytes[word.end..] {
        [b':', b'/', b'/', ..] => with_scheme(text, word.start, word.end, &mut scan.url),
        [b'.' | b'-', next, ..] if next.is_ascii_alphanumeric() || next == b'-' => {
            let inside = bytes[..word.start].last().is_some_and(|before| {
                matches!(
                    before,
                    b'.' | b'-' | b'_' | b'@' | b'/' | b':' | b'=' | b'%'
                )
            });
            if inside {
                None
            } else {
                bare(text, word.start, &mut scan.url)
            }
        }
        _ => None,
    };
    if let Some((end, pattern, percent)) = found {
        scan.offer_at(
            index,
            Match {
                identifier,
                start: word.start,
                end,
                pattern,
                percent,
                checksum: None,
            },
        );
    }
}

/// End, pattern, percent.
type Url = (usize, &'static str, u8);

fn with_scheme(text: &str, start: usize, colon: usize, url: &mut Stretch) -> Option<Url> {
    let scheme = text[start..colon].to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.as_str()) {
        return None;
    }
    let after = colon + 3;
    let end = url_end(text, after, url);
    // Somebody's name and password may stand before the host.
    let authority = text[after..end]
        .find(['/', '?', '#'])
        .map_or(end, |at| after + at);
    let host = text[after..authority]
        .rfind('@')
        .map_or(after, |at| after + at + 1);
    let named = host_end(text, host).is_some_and(|(end, _)| end <= authority);
    (named || is_address(&text[host..authority])).then_some((end, "url", 60))
}

fn bare(text: &str, start: usize, url: &mut Stretch) -> Option<Url> {
    let (end, top_level) = host_end(text, start)?;
    if text.as_bytes().get(end) == Some(&b'@') {
        return None;
    }
    let percent = if USUAL.contains(&top_level.as_str()) || text[start..end].starts_with("www.") {
        50
    } else if FILES.contains(&top_level.as_str()) {
        5
    } else {
        30
    };
    let goes_on = matches!(text.as_bytes().get(end), Some(b'/' | b'?' | b'#' | b':'));
    Some((
        if goes_on {
            url_end(text, end, url)
        } else {
            end
        },
        "domain",
        percent,
    ))
}

/// Where a host name of at least two labels ends, and its top-level domain in small letters.
fn host_end(text: &str, start: usize) -> Option<(usize, String)> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let bytes = &text.as_bytes()[start..];
    let length = bytes
        .iter()
        .take(MAX_HOST_BYTES + 2)
        .take_while(|byte| is_part(byte))
        .count();
    let mut name = text.get(start..start + length)?;
    loop {
        name = name.trim_end_matches(['.', '-']);
        let (front, last) = name.rsplit_once('.')?;
        let end = start + name.len();
        let last = last.to_ascii_lowercase();
        let labels = |label: &str| {
            let ends = |hyphen: Option<char>| hyphen.is_none_or(|hyphen| hyphen == '-');
            (1..=63).contains(&label.len())
                && !ends(label.chars().next())
                && !ends(label.chars().next_back())
        };
        if TOP_LEVEL.contains(last.as_str())
            && name.len() <= MAX_HOST_BYTES
            && clear_after(text, end)
            && front.split('.').all(labels)
        {
            return Some((end, last));
        }
        // `example.com.Then` is a name and the beginning of a sentence.
        let capital = |label: &str| label.chars().next().is_some_and(char::is_uppercase);
        if !capital(name.rsplit('.').next()?) {
            return None;
        }
        name = front;
    }
}

fn is_address(host: &str) -> bool {
    let bare = host.rsplit_once(':').map_or(host, |(host, _)| host);
    bare.parse::<core::net::Ipv4Addr>().is_ok()
        || host
            .strip_prefix('[')
            .and_then(|rest| rest.split(']').next())
            .is_some_and(|address| address.parse::<core::net::Ipv6Addr>().is_ok())
}

/// Where what belongs to a URL ends, without the punctuation of the sentence around it.
fn url_end(text: &str, from: usize, url: &mut Stretch) -> usize {
    let limit = text.floor_char_boundary(text.len().min(from + MAX_URL_BYTES));
    url.end(text, from, limit, |character| match character {
        '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '*' => Part::Loose,
        '"' | '\'' | '`' | '<' | '>' | '{' | '}' | '|' | '\\' | '^' => Part::Outside,
        _ if character.is_whitespace() || character.is_control() => Part::Outside,
        _ => Part::Inside,
    })
}
