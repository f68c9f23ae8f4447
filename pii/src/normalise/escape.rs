//! Escapes of URLs (RFC 3986 §2.1), HTML (§13.5 of its standard, the names that stand between
//! digits) and of JSON and JavaScript strings: one character each.

/// What begins with `%`, `&` or a backslash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Escape {
    /// No escape.
    None,
    /// What could become one if more text follows.
    Cut,
    /// So many bytes that stand for a character.
    Of(usize, char),
}

/// The named characters of HTML that people write in or around identifiers.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("apos", '\''),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dash", '-'),
    ("emsp", ' '),
    ("ensp", ' '),
    ("gt", '>'),
    ("hyphen", '-'),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lt", '<'),
    ("mdash", '-'),
    ("minus", '-'),
    ("nbsp", ' '),
    ("ndash", '-'),
    ("num", '#'),
    ("period", '.'),
    ("plus", '+'),
    ("quot", '"'),
    ("rpar", ')'),
    ("shy", '\u{ad}'),
    ("sol", '/'),
    ("thinsp", ' '),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

/// The longest number of a character reference, in characters: `x10ffff`.
const MAX_REFERENCE: usize = 7;

/// Reads the escape at the beginning of `text`.
pub(super) fn read(text: &str) -> Escape {
    let bytes = text.as_bytes();
    match bytes {
        [b'%', rest @ ..] => percent(rest),
        [b'&', b'#', rest @ ..] => reference(rest),
        [b'&', rest @ ..] => named(rest),
        [b'\\', rest @ ..] => backslash(rest),
        _ => Escape::None,
    }
}

/// `%41`, or the bytes of one character of UTF-8: `%C2%A0`.
fn percent(rest: &[u8]) -> Escape {
    let mut decoded = [0; 4];
    for count in 0..4 {
        let at = count * 3;
        if count > 0 {
            match rest.get(at - 1) {
                None => return Escape::Cut,
                Some(b'%') => {}
                Some(_) => return Escape::None,
            }
        }
        let digits = rest.get(at..).unwrap_or_default();
        let Some(value) = hex(&digits[..digits.len().min(2)]) else {
            return Escape::None;
        };
        if digits.len() < 2 {
            return Escape::Cut;
        }
        decoded[count] = u8::try_from(value).unwrap_or(0);
        match core::str::from_utf8(&decoded[..=count]) {
            Ok(text) => return visible(at + 3, text.chars().next()),
            Err(error) if error.error_len().is_some() => return Escape::None,
            Err(_) => {}
        }
    }
    Escape::None
}

/// What follows `&#`.
fn reference(rest: &[u8]) -> Escape {
    let Some(length) = rest
        .iter()
        .take(MAX_REFERENCE + 1)
        .position(|byte| *byte == b';')
    else {
        let so_far = rest
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X'));
        return if rest.len() <= MAX_REFERENCE && so_far {
            Escape::Cut
        } else {
            Escape::None
        };
    };
    let value = match &rest[..length] {
        [b'x' | b'X', digits @ ..] if !digits.is_empty() => hex(digits),
        digits if !digits.is_empty() => digits.iter().try_fold(0_u32, |value, byte| {
            Some(value * 10 + (*byte as char).to_digit(10)?)
        }),
        _ => None,
    };
    visible(length + 3, value.and_then(char::from_u32))
}

/// What follows `&`.
fn named(rest: &[u8]) -> Escape {
    for (name, character) in NAMED {
        let name = name.as_bytes();
        if rest.starts_with(name) && rest.get(name.len()) == Some(&b';') {
            return Escape::Of(name.len() + 2, *character);
        }
        if rest.len() <= name.len() && name.starts_with(rest) {
            return Escape::Cut;
        }
    }
    Escape::None
}

/// What follows a backslash.
fn backslash(rest: &[u8]) -> Escape {
    let digits = match rest.first() {
        None => return Escape::Cut,
        Some(b'n' | b'r') => return Escape::Of(2, '\n'),
        Some(b't') => return Escape::Of(2, ' '),
        Some(b'/') => return Escape::Of(2, '/'),
        Some(b'u') => 4,
        Some(b'x') => 2,
        Some(_) => return Escape::None,
    };
    let rest = &rest[1..];
    match hex(&rest[..rest.len().min(digits)]) {
        Some(_) if rest.len() < digits => Escape::Cut,
        Some(value) => visible(digits + 2, char::from_u32(value)),
        None => Escape::None,
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, byte| {
        Some(value * 16 + (*byte as char).to_digit(16)?)
    })
}

/// Controls stay escaped: they stand for nothing that is read.
fn visible(length: usize, character: Option<char>) -> Escape {
    match character {
        Some(character) if !character.is_control() => Escape::Of(length, character),
        _ => Escape::None,
    }
}
