//! Which characters are written for another: Unicode 15.1, `General_Category` Nd and Zs, Dash, and
//! `Default_Ignorable_Code_Point`, with the full-width forms and the mathematical letters.

/// What becomes of a character.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fold {
    /// It stays.
    Keep,
    /// It is dropped.
    Drop,
    /// It is read as this one.
    To(char),
}

/// Whether a byte of UTF-8 may begin something that does not stay as it is.
pub(super) const fn is_special(byte: u8) -> bool {
    byte >= 0x80 || matches!(byte, b'%' | b'&' | b'\\')
}

/// What becomes of a character that an escape stood for.
pub(super) fn decoded(character: char) -> Fold {
    match fold(character) {
        Fold::Keep => Fold::To(character),
        other => other,
    }
}

/// The digit zero of every script that has ten digits in a row.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0,
    0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950,
    0x1fbf0,
];

/// What becomes of a character.
pub(super) fn fold(character: char) -> Fold {
    let code = u32::from(character);
    match code {
        // Letters of Latin, Greek, Cyrillic, Hebrew: most of what is not ASCII.
        0xc0..=0x34e | 0x350..=0x588 | 0x591..=0x605 => Fold::Keep,
        0xa0 | 0x1680 | 0x2000..=0x200a | 0x202f | 0x205f | 0x3000 => Fold::To(' '),
        0x85 | 0x2028 | 0x2029 => Fold::To('\n'),
        0xad
        | 0x34f
        | 0x61c
        | 0x115f
        | 0x1160
        | 0x17b4
        | 0x17b5
        | 0x180b..=0x180f
        | 0x200b..=0x200f
        | 0x202a..=0x202e
        | 0x2060..=0x206f
        | 0x3164
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0xffa0
        | 0xfff0..=0xfffb
        | 0x1bca0..=0x1bca3
        | 0x1d173..=0x1d17a
        | 0xe0000..=0xe0fff => Fold::Drop,
        0x58a | 0x1806 | 0x2010..=0x2015 | 0x2043 | 0x2212 | 0x2e3a | 0x2e3b | 0xfe58 | 0xfe63 => {
            Fold::To('-')
        }
        0xb7 | 0x2024 | 0x2027 | 0x3002 | 0xfe52 | 0xff61 => Fold::To('.'),
        0x2044 | 0x2215 => Fold::To('/'),
        0x2236 | 0xfe55 => Fold::To(':'),
        0x60c | 0x3001 | 0xfe50 | 0xff64 => Fold::To(','),
        0xfe59 => Fold::To('('),
        0xfe5a => Fold::To(')'),
        0xfe62 => Fold::To('+'),
        0xfe6b => Fold::To('@'),
        0xff01..=0xff5e => to(code - 0xfee0),
        0x1d400..=0x1d6a3 => {
            let letter = (code - 0x1d400) % 52;
            to(if letter < 26 {
                0x41 + letter
            } else {
                0x61 + letter - 26
            })
        }
        _ => digit(code),
    }
}

fn digit(code: u32) -> Fold {
    let after = ZEROS.partition_point(|zero| *zero <= code);
    match after.checked_sub(1).map(|index| code - ZEROS[index]) {
        Some(value @ 0..=9) => to(0x30 + value),
        _ => Fold::Keep,
    }
}

fn to(code: u32) -> Fold {
    char::from_u32(code).map_or(Fold::Keep, Fold::To)
}
