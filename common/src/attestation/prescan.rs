//! A walk over the heads of CBOR that decides, before anything is allocated, whether the bytes
//! have the structure of a document: bounded depth and counts, heads in their shortest form,
//! nothing announced that is not there, nothing left over.
//!
//! Trusts nothing and reads no values. It never allocates and never recurses. What the items
//! mean is decided after it, in [`super::cose`] and [`super::document`].

use super::AttestationError;
use super::{MAX_DEPTH, MAX_ITEMS, MAX_TOTAL_ITEMS};

const NULL: u8 = 22;
const BREAK: u8 = 0xff;

/// Whether maps and arrays may leave their length open.
///
/// AWS's firmware of late 2025 and after leaves the payload map open. A payload is signed, so an
/// open container inside it is AWS's own choice; the COSE structure around it never has one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lengths {
    /// Every length is stated.
    Definite,
    /// Maps and arrays may end by a break; strings may not.
    OpenContainers,
}

/// What a container still expects.
#[derive(Clone, Copy)]
enum Open {
    /// Items left to read; a map counts its keys and values.
    Counted(usize),
    /// Ends with a break; `items` read so far.
    UntilBreak { items: usize, map: bool },
}

/// Checks that `bytes` is exactly one CBOR item of the profile's structure.
///
/// # Errors
///
/// The `Cbor…` variants of [`AttestationError`].
pub(super) fn prescan(bytes: &[u8], lengths: Lengths) -> Result<(), AttestationError> {
    let mut stack = [Open::Counted(0); MAX_DEPTH];
    let mut depth = 0_usize;
    let mut items = 0_usize;
    let mut rest = bytes;
    loop {
        let mut opened = None;
        if rest.first() == Some(&BREAK) {
            match depth.checked_sub(1).map(|top| stack[top]) {
                Some(Open::UntilBreak { items, map }) if !map || items % 2 == 0 => depth -= 1,
                _ => return Err(AttestationError::CborUnexpectedItem),
            }
            rest = &rest[1..];
        } else {
            items += 1;
            if items > MAX_TOTAL_ITEMS {
                return Err(AttestationError::CborTooManyItems);
            }
            let head = Head::read(&mut rest)?;
            opened = content(&head, &mut rest, lengths)?;
        }
        if let Some(container) = opened {
            *stack.get_mut(depth).ok_or(AttestationError::CborTooDeep)? = container;
            depth += 1;
        } else {
            count_one(&mut stack[..depth])?;
        }
        // A container that just got its last item is itself an item of the one around it.
        while let Some(Open::Counted(0)) = depth.checked_sub(1).map(|top| stack[top]) {
            depth -= 1;
            count_one(&mut stack[..depth])?;
        }
        if depth == 0 {
            break;
        }
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(AttestationError::CborTrailingBytes)
    }
}

/// Books one finished item on the innermost open container.
fn count_one(stack: &mut [Open]) -> Result<(), AttestationError> {
    match stack.last_mut() {
        Some(Open::Counted(left)) => *left = left.saturating_sub(1),
        Some(Open::UntilBreak { items, map }) => {
            *items += 1;
            let limit = if *map { 2 * MAX_ITEMS } else { MAX_ITEMS };
            if *items > limit {
                return Err(AttestationError::CborTooManyItems);
            }
        }
        None => {}
    }
    Ok(())
}

/// Steps over the content of a string, or says what container the head opens.
fn content(
    head: &Head,
    rest: &mut &[u8],
    lengths: Lengths,
) -> Result<Option<Open>, AttestationError> {
    let map = head.major == 5;
    match (head.major, head.value) {
        (0 | 1, Some(_)) => Ok(None),
        (2 | 3, Some(length)) => {
            let length = usize::try_from(length).map_err(|_| AttestationError::CborTruncated)?;
            *rest = rest.get(length..).ok_or(AttestationError::CborTruncated)?;
            Ok(None)
        }
        (4 | 5, Some(count)) => {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            if count > MAX_ITEMS {
                return Err(AttestationError::CborTooManyItems);
            }
            Ok(Some(Open::Counted(if map { 2 * count } else { count })))
        }
        (4 | 5, None) if lengths == Lengths::OpenContainers => {
            Ok(Some(Open::UntilBreak { items: 0, map }))
        }
        (2..=5, None) => Err(AttestationError::CborIndefinite),
        (7, Some(simple)) if head.short && simple == u64::from(NULL) => Ok(None),
        _ => Err(AttestationError::CborUnexpectedItem),
    }
}

/// The first byte of an item and the number that it carries (RFC 8949 §3).
struct Head {
    major: u8,
    /// None when the length is left open.
    value: Option<u64>,
    /// The value sits in the first byte itself.
    short: bool,
}

impl Head {
    fn read(rest: &mut &[u8]) -> Result<Self, AttestationError> {
        let (&first, after) = rest.split_first().ok_or(AttestationError::CborTruncated)?;
        let (major, info) = (first >> 5, first & 0x1f);
        *rest = after;
        let width = match info {
            0..=23 => {
                return Ok(Self {
                    major,
                    value: Some(u64::from(info)),
                    short: true,
                });
            }
            24..=27 => 1_usize << (info - 24),
            31 => {
                return Ok(Self {
                    major,
                    value: None,
                    short: false,
                });
            }
            // 28 to 30 are reserved.
            _ => return Err(AttestationError::CborUnexpectedItem),
        };
        let (number, after) = rest
            .split_at_checked(width)
            .ok_or(AttestationError::CborTruncated)?;
        *rest = after;
        let value = number
            .iter()
            .fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
        let shortest = match width {
            1 => value >= 24,
            2 => value > 0xff,
            4 => value > 0xffff,
            _ => value > 0xffff_ffff,
        };
        // Major type 7 carries floats and simple values, whose width is part of their meaning.
        if major != 7 && !shortest {
            return Err(AttestationError::CborNotShortest);
        }
        Ok(Self {
            major,
            value: Some(value),
            short: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AttestationError as E;
    use proptest::prelude::*;

    fn closed(bytes: &[u8]) -> Result<(), E> {
        prescan(bytes, Lengths::Definite)
    }

    fn open(bytes: &[u8]) -> Result<(), E> {
        prescan(bytes, Lengths::OpenContainers)
    }

    #[test]
    fn plain_items_and_containers_pass() {
        for bytes in [
            &b"\x00"[..],
            b"\x38\x22",
            b"\xf6",
            b"\x40",
            b"\x63abc",
            b"\x80",
            b"\xa0",
            b"\x82\x01\x82\x02\x03",
            b"\xa1\x01\xa1\x02\x80",
        ] {
            assert_eq!(closed(bytes), Ok(()), "{bytes:x?}");
            assert_eq!(open(bytes), Ok(()), "{bytes:x?}");
        }
    }

    #[test]
    fn an_open_container_passes_only_where_it_may() {
        for bytes in [&b"\x9f\xff"[..], b"\xbf\x01\x02\xff", b"\xa1\x01\xbf\xff"] {
            assert_eq!(open(bytes), Ok(()), "{bytes:x?}");
            assert_eq!(closed(bytes), Err(E::CborIndefinite), "{bytes:x?}");
        }
        for bytes in [&b"\x5f\x41a\xff"[..], b"\x7f\x61a\xff"] {
            assert_eq!(open(bytes), Err(E::CborIndefinite));
        }
    }

    #[test]
    fn a_break_out_of_place_is_refused() {
        for bytes in [&b"\xff"[..], b"\x81\xff", b"\xbf\x01\xff", b"\xa1\x01\xff"] {
            assert_eq!(open(bytes), Err(E::CborUnexpectedItem), "{bytes:x?}");
        }
    }

    #[test]
    fn a_head_longer_than_needed_is_refused() {
        for bytes in [
            &b"\x18\x17"[..],
            b"\x19\x00\xff",
            b"\x1a\x00\x00\xff\xff",
            b"\x1b\x00\x00\x00\x00\xff\xff\xff\xff",
            b"\x58\x01a",
            b"\x98\x00",
        ] {
            assert_eq!(closed(bytes), Err(E::CborNotShortest), "{bytes:x?}");
        }
    }

    #[test]
    fn tags_floats_and_simple_values_other_than_null_are_refused() {
        for bytes in [
            &b"\xd2\x01"[..],
            b"\xf4",
            b"\xf5",
            b"\xf7",
            b"\xf8\x16",
            b"\xf9\x00\x00",
            b"\x1c",
        ] {
            assert_eq!(closed(bytes), Err(E::CborUnexpectedItem), "{bytes:x?}");
        }
    }

    #[test]
    fn a_length_that_lies_is_truncation_and_allocates_nothing() {
        for bytes in [
            &b""[..],
            b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
            b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x42a",
            b"\x81",
            b"\x9f",
            b"\x19\x01",
        ] {
            assert_eq!(open(bytes), Err(E::CborTruncated), "{bytes:x?}");
        }
    }

    #[test]
    fn the_bounds_hold_exactly() {
        let nested = |depth: usize| [vec![0x81; depth - 1], vec![0x80]].concat();
        assert_eq!(closed(&nested(MAX_DEPTH)), Ok(()));
        assert_eq!(closed(&nested(MAX_DEPTH + 1)), Err(E::CborTooDeep));
        let head = |count: usize| vec![0x98, u8::try_from(count).unwrap_or(u8::MAX)];
        assert_eq!(
            closed(&[head(MAX_ITEMS), vec![0; MAX_ITEMS]].concat()),
            Ok(())
        );
        assert_eq!(
            closed(&[head(MAX_ITEMS + 1), vec![0; MAX_ITEMS + 1]].concat()),
            Err(E::CborTooManyItems)
        );
        let streamed = |items: usize| [vec![0x9f], vec![0; items], vec![0xff]].concat();
        assert_eq!(open(&streamed(MAX_ITEMS)), Ok(()));
        assert_eq!(open(&streamed(MAX_ITEMS + 1)), Err(E::CborTooManyItems));
        // Arrays of few items each, in an array: the outer one, themselves, and what they hold.
        let total = |items: usize| {
            let inner = [&[0x80 + 15], &[0; 15][..]].concat().repeat(15);
            let rest = items - 1 - 15 * 16;
            [
                &[0x90],
                &inner[..],
                &[0x80 + u8::try_from(rest - 1).unwrap_or(0)],
                &vec![0; rest - 1],
            ]
            .concat()
        };
        assert_eq!(closed(&total(MAX_TOTAL_ITEMS)), Ok(()));
        assert_eq!(
            closed(&total(MAX_TOTAL_ITEMS + 1)),
            Err(E::CborTooManyItems)
        );
    }

    #[test]
    fn bytes_after_the_item_are_refused() {
        assert_eq!(closed(b"\x01\x01"), Err(E::CborTrailingBytes));
        assert_eq!(closed(b"\xff"), Err(E::CborUnexpectedItem));
    }

    proptest! {
        #[test]
        fn any_bytes_are_decided_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = open(&bytes);
            // What passes, the full decoder reads as well.
            if closed(&bytes).is_ok() {
                let decoded: Result<coset::cbor::Value, _> = coset::cbor::de::from_reader(&bytes[..]);
                prop_assert!(decoded.is_ok() || core::str::from_utf8(&bytes).is_err());
            }
        }
    }
}
