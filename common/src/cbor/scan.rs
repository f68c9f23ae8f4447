//! A structure-only pass over CBOR: heads, depths and lengths, before a decoder takes memory.
//!
//! It reads no value. It refuses what our messages never hold (indefinite lengths, tags, reserved
//! heads), nesting beyond the bound, and a length that its input cannot hold.

use super::CborError;
use crate::limits::MAX_CBOR_DEPTH;

/// Checks that `bytes` is exactly one item of the profile, of at most `max_items` with those inside.
pub(super) fn one_item(bytes: &[u8], max_items: usize) -> Result<(), CborError> {
    let mut items = 1_usize;
    // Items still to come in each open container; a frame for each level, so no recursion.
    let mut open = [0_u64; MAX_CBOR_DEPTH + 1];
    let mut depth = 0;
    open[0] = 1;
    let mut rest = bytes;
    loop {
        while open[depth] == 0 {
            if depth == 0 {
                return if rest.is_empty() {
                    Ok(())
                } else {
                    Err(CborError::TrailingBytes)
                };
            }
            depth -= 1;
        }
        open[depth] -= 1;
        let (major, argument) = head(&mut rest)?;
        let children = match major {
            0 | 1 | 7 => 0,
            2 | 3 => {
                let length = usize::try_from(argument).map_err(|_| CborError::Truncated)?;
                rest = rest.get(length..).ok_or(CborError::Truncated)?;
                0
            }
            4 => argument,
            5 => argument.checked_mul(2).ok_or(CborError::Truncated)?,
            _ => return Err(CborError::ForbiddenHead),
        };
        if children > 0 {
            // Each child takes a byte at least, so a longer list than the rest is a lie.
            let announced = usize::try_from(children).unwrap_or(usize::MAX);
            if announced > rest.len() {
                return Err(CborError::Truncated);
            }
            // A decoder makes a value of each, however few bytes it has.
            items = items.saturating_add(announced);
            if items > max_items {
                return Err(CborError::TooManyItems);
            }
            depth += 1;
            *open.get_mut(depth).ok_or(CborError::TooDeep)? = children;
        }
    }
}

/// The byte string that an array of `items` items begins with. `bytes` passed [`one_item`].
pub(super) fn leading_bytes(bytes: &[u8], items: u64) -> Option<&[u8]> {
    let mut rest = bytes;
    if head(&mut rest).ok()? != (4, items) {
        return None;
    }
    let (2, length) = head(&mut rest).ok()? else {
        return None;
    };
    rest.get(..usize::try_from(length).ok()?)
}

/// Takes one head off `rest`: major type and argument (RFC 8949 §3).
fn head(rest: &mut &[u8]) -> Result<(u8, u64), CborError> {
    let (&initial, behind) = rest.split_first().ok_or(CborError::Truncated)?;
    let (major, additional) = (initial >> 5, initial & 0x1f);
    let width = match additional {
        0..=23 => 0,
        24..=27 => 1 << (additional - 24),
        _ => return Err(CborError::ForbiddenHead),
    };
    let (argument, behind) = behind.split_at_checked(width).ok_or(CborError::Truncated)?;
    *rest = behind;
    let value = match width {
        0 => u64::from(additional),
        _ => argument
            .iter()
            .fold(0, |value, &byte| value << 8 | u64::from(byte)),
    };
    Ok((major, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_up_to_the_bound_passes_and_beyond_it_is_refused() {
        let nested = |depth: usize| {
            let mut bytes = vec![0x81; depth];
            bytes.push(0xf6);
            one_item(&bytes, 99)
        };
        assert_eq!(nested(MAX_CBOR_DEPTH), Ok(()));
        assert_eq!(nested(MAX_CBOR_DEPTH + 1), Err(CborError::TooDeep));
        assert_eq!(nested(1_000_000), Err(CborError::TooDeep));
    }

    #[test]
    fn items_are_counted_through_all_levels() {
        // [[], [], {}]: the outer array, its three members and nothing more.
        let bytes = [0x83, 0x80, 0x80, 0xa0];
        assert_eq!(one_item(&bytes, 4), Ok(()));
        assert_eq!(one_item(&bytes, 3), Err(CborError::TooManyItems));
        // {0: [0]}: the map, a key, an array, its member.
        let bytes = [0xa1, 0x00, 0x81, 0x00];
        assert_eq!(one_item(&bytes, 4), Ok(()));
        assert_eq!(one_item(&bytes, 3), Err(CborError::TooManyItems));
    }

    #[test]
    fn indefinite_lengths_tags_and_reserved_heads_are_forbidden() {
        for bytes in [
            &[0x5f, 0xff][..],
            &[0x9f, 0xff],
            &[0xbf, 0xff],
            &[0xc0, 0x00],
            &[0x1c],
            &[0xff],
        ] {
            assert_eq!(
                one_item(bytes, 99),
                Err(CborError::ForbiddenHead),
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn the_examples_of_rfc_8949_appendix_a_that_fit_the_profile_pass() {
        // RFC 8949 appendix A: integers, floats, simple values, strings, arrays and maps.
        let examples = [
            "00",
            "17",
            "1818",
            "1903e8",
            "1a000f4240",
            "1b000000e8d4a51000",
            "1bffffffffffffffff",
            "20",
            "3903e7",
            "f90000",
            "fb3ff199999999999a",
            "fa47c35000",
            "f4",
            "f5",
            "f6",
            "f7",
            "40",
            "4401020304",
            "60",
            "6161",
            "6449455446",
            "62c3bc",
            "80",
            "83010203",
            "8301820203820405",
            "a0",
            "a201020304",
            "a26161016162820203",
            "826161a161626163",
        ];
        let passed = examples
            .iter()
            .filter(|text| one_item(&hex::decode(text).expect("examples are hex"), 99).is_ok())
            .count();
        assert_eq!(passed, examples.len());
    }
}
