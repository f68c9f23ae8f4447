//! A look at the bones of a BER encoding before anything decodes it.
//!
//! Walks identifier and length octets (X.690 §8.1) with a stack of its own, so neither depth nor
//! count nor a lying length can cost more than one pass over the input. Decides nothing about
//! meaning and allocates only the bounded stack. The profile is next door in `envelope`.

/// Nested constructed values. A reply of KMS has 10 levels.
const MAX_DEPTH: usize = 16;

/// Values in all. A reply of KMS has about 35, more when its content comes in many segments.
const MAX_VALUES: usize = 512;

/// Length octets after the first: four count beyond any reply of KMS.
const MAX_LENGTH_OCTETS: usize = 4;

/// Bit 6 of an identifier octet: the value holds values.
const CONSTRUCTED: u8 = 0x20;

/// An OCTET STRING that is given in pieces. KMS does so with the content alone, which is a `[0]`.
const STRING_IN_PIECES: u8 = 0x24;

/// The first length octet of the indefinite form.
const INDEFINITE: u8 = 0x80;

/// Where an open constructed value ends.
enum End {
    /// At this offset.
    At(usize),
    /// At its end-of-contents octets.
    Marked,
}

/// Whether `input` is exactly one BER value, whole, not too deep and not of too many parts.
pub(super) fn is_one_value(input: &[u8]) -> bool {
    walk(input).is_some()
}

fn walk(input: &[u8]) -> Option<()> {
    let mut open: Vec<End> = Vec::with_capacity(MAX_DEPTH);
    let mut at = 0;
    for _ in 0..MAX_VALUES {
        // The innermost definite length bounds all that follows inside it.
        let limit = open
            .iter()
            .rev()
            .find_map(|end| match end {
                End::At(offset) => Some(*offset),
                End::Marked => None,
            })
            .unwrap_or(input.len());
        let identifier = *input.get(at..limit)?.first()?;
        let first = *input.get(at + 1..limit)?.first()?;
        at += 2;
        if identifier == 0 {
            // End-of-contents: two zero octets, and only where the indefinite form is open.
            if first != 0 || !matches!(open.pop(), Some(End::Marked)) {
                return None;
            }
        } else {
            if identifier & 0x1f == 0x1f || identifier == STRING_IN_PIECES {
                return None;
            }
            let constructed = identifier & CONSTRUCTED != 0;
            if first == INDEFINITE {
                if !constructed {
                    return None;
                }
                open.push(End::Marked);
            } else {
                let length = length(input.get(..limit)?, &mut at, first)?;
                let end = at.checked_add(length).filter(|end| *end <= limit)?;
                if constructed {
                    open.push(End::At(end));
                } else {
                    at = end;
                }
            }
            if open.len() > MAX_DEPTH {
                return None;
            }
        }
        while matches!(open.last(), Some(End::At(end)) if *end == at) {
            open.pop();
        }
        if open.is_empty() {
            return (at == input.len()).then_some(());
        }
    }
    None
}

/// Reads the rest of a definite length whose first octet is `first`.
fn length(input: &[u8], at: &mut usize, first: u8) -> Option<usize> {
    if first < INDEFINITE {
        return Some(usize::from(first));
    }
    let octets = usize::from(first & 0x7f);
    if octets > MAX_LENGTH_OCTETS {
        return None;
    }
    let bytes = input.get(*at..*at + octets)?;
    *at += octets;
    Some(
        bytes
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definite_and_indefinite_forms_pass() {
        assert!(is_one_value(&[0x04, 0x01, 0xaa]));
        assert!(is_one_value(&[0x30, 0x03, 0x04, 0x01, 0xaa]));
        assert!(is_one_value(&[0x30, 0x80, 0x04, 0x01, 0xaa, 0, 0]));
        assert!(is_one_value(&[0x30, 0x04, 0x30, 0x80, 0, 0]));
        assert!(is_one_value(&[0x04, 0x81, 0x01, 0xaa]));
        assert!(is_one_value(&[0x30, 0x00]));
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        for input in [
            &[][..],
            &[0x04],
            &[0x04, 0x02, 0xaa],
            &[0x04, 0x84, 0x80, 0, 0, 0, 0xaa],
            &[0x04, 0x85, 0, 0, 0, 0, 1, 0xaa],
            &[0x30, 0x03, 0x04, 0x02, 0xaa],
            &[0x30, 0x02, 0x30, 0x80, 0, 0],
        ] {
            assert!(!is_one_value(input), "{input:02x?}");
        }
    }

    #[test]
    fn stray_marks_trailing_bytes_high_tags_and_strings_in_pieces_are_refused() {
        for input in [
            &[0, 0][..],
            &[0x30, 0x02, 0, 0],
            &[0x30, 0x80, 0x00, 0x01],
            &[0x04, 0x80, 0, 0],
            &[0x30, 0x80],
            &[0x04, 0x01, 0xaa, 0x00],
            &[0x1f, 0x01, 0xaa],
            &[0x24, 0x03, 0x04, 0x01, 0xaa],
        ] {
            assert!(!is_one_value(input), "{input:02x?}");
        }
    }

    #[test]
    fn depth_and_count_are_bounded() {
        let nested = |depth: usize| [[0x30, 0x80].repeat(depth), [0, 0].repeat(depth)].concat();
        assert!(is_one_value(&nested(MAX_DEPTH)));
        assert!(!is_one_value(&nested(MAX_DEPTH + 1)));
        let wide = |count: usize| [&[0x30, 0x80][..], &[0x05, 0].repeat(count), &[0, 0]].concat();
        assert!(is_one_value(&wide(MAX_VALUES - 2)));
        assert!(!is_one_value(&wide(MAX_VALUES - 1)));
    }
}
