//! Whether bytes are DER (X.690 §10 and §11) and have the outline of the profile's certificates.
//!
//! `x509-parser` reads what certificates mean, and leniently: it skips what it does not expect.
//! This walk comes first and refuses what has no place: lengths that are indefinite or longer than
//! needed, bytes after or inside what should have ended, booleans and bit strings in another form.
//! It reads lengths and tags, and no meaning. Next: [`super::certificate`].

/// Nesting of a certificate of the profile is 7; names could add a little.
const MAX_DEPTH: usize = 12;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The bytes are not DER of the expected outline. One kind: nobody acts on the difference.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct NotDer;

/// One element: its tag and what its length spans.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// Reads one element and returns what follows it.
fn read(bytes: &[u8]) -> Result<(Element<'_>, &[u8]), NotDer> {
    let [tag, first, rest @ ..] = bytes else {
        return Err(NotDer);
    };
    // Tag numbers above 30 take more bytes and occur nowhere in a certificate.
    if tag & 0x1f == 0x1f {
        return Err(NotDer);
    }
    let (length, rest) = match (first, rest) {
        (0..=0x7f, _) => (usize::from(*first), rest),
        (0x81, [length @ 0x80..=0xff, rest @ ..]) => (usize::from(*length), rest),
        (0x82, [high @ 1..=0xff, low, rest @ ..]) => {
            (usize::from(*high) << 8 | usize::from(*low), rest)
        }
        _ => return Err(NotDer),
    };
    let (content, rest) = rest.split_at_checked(length).ok_or(NotDer)?;
    Ok((Element { tag: *tag, content }, rest))
}

/// Reads exactly one element.
pub(super) fn single(bytes: &[u8]) -> Result<Element<'_>, NotDer> {
    match read(bytes)? {
        (element, []) => Ok(element),
        _ => Err(NotDer),
    }
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(super) fn children(&self) -> Result<Vec<Element<'a>>, NotDer> {
        let mut rest = self.content;
        let mut children = Vec::new();
        while !rest.is_empty() {
            let (child, after) = read(rest)?;
            children.push(child);
            rest = after;
        }
        Ok(children)
    }

    /// The elements inside, whose tags must be these.
    pub(super) fn exactly<const N: usize>(
        &self,
        tags: [u8; N],
    ) -> Result<[Element<'a>; N], NotDer> {
        let children: [Element<'a>; N] = self.children()?.try_into().map_err(|_| NotDer)?;
        if children.iter().map(|child| child.tag).eq(tags) {
            Ok(children)
        } else {
            Err(NotDer)
        }
    }

    /// Checks this element and all inside it.
    pub(super) fn walk(&self) -> Result<(), NotDer> {
        self.walk_below(MAX_DEPTH)
    }

    fn walk_below(&self, depth: usize) -> Result<(), NotDer> {
        let depth = depth.checked_sub(1).ok_or(NotDer)?;
        let sound = match (self.tag, self.content) {
            // DEFAULT FALSE is left out in DER, and certificates have no other booleans.
            (BOOLEAN, content) => content == [0xff],
            (INTEGER, [first, second, ..]) => {
                // Nine equal leading bits would mean that the first byte is not needed.
                !matches!((first, second & 0x80), (0, 0) | (0xff, 0x80))
            }
            (BIT_STRING, [unused, bits @ ..]) => match bits.last() {
                Some(last) => *unused < 8 && last & ((1_u8 << unused) - 1) == 0,
                None => *unused == 0,
            },
            (NULL, content) => content.is_empty(),
            (INTEGER, content) => !content.is_empty(),
            (OID, content) => is_oid(content),
            (UTC_TIME, content) => content.len() == 13 && content.ends_with(b"Z"),
            // What comes before 2050 is a UTCTime (RFC 5280 §4.1.2.5).
            (GENERALIZED_TIME, content) => {
                content.len() == 15 && content.ends_with(b"Z") && content >= b"2050".as_slice()
            }
            (SEQUENCE | SET, _) => {
                return self
                    .children()?
                    .iter()
                    .try_for_each(|child| child.walk_below(depth));
            }
            // Other constructed universal types have no DER form in certificates, and a sequence or
            // set is never primitive. What is context-specific is constructed or opaque.
            (BIT_STRING | 0x00 | 0x10 | 0x11 | 0x20..=0x3f, _) => false,
            (0xa0..=0xbf, _) => {
                return self
                    .children()?
                    .iter()
                    .try_for_each(|child| child.walk_below(depth));
            }
            (0x04..=0x1e | 0x80..=0x9e, _) => true,
            _ => false,
        };
        if sound { Ok(()) } else { Err(NotDer) }
    }
}

/// Whether each number ends, and none starts with a needless byte (X.690 §8.19.2).
fn is_oid(content: &[u8]) -> bool {
    let goes_on = |byte: u8| byte & 0x80 != 0;
    content
        .split_inclusive(|byte| !goes_on(*byte))
        .all(|number| {
            number.first() != Some(&0x80) && number.last().is_some_and(|last| !goes_on(*last))
        })
        && !content.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(bytes: &[u8]) -> Result<(), NotDer> {
        single(bytes)?.walk()
    }

    #[test]
    fn der_passes() {
        for bytes in [
            &b"\x30\x03\x01\x01\xff"[..],
            b"\x02\x01\x00",
            b"\x02\x02\x00\x80",
            b"\x03\x02\x06\xc0",
            b"\x03\x01\x00",
            b"\x05\x00",
            b"\xa0\x03\x02\x01\x02",
            b"\x17\x0d260212175559Z",
            b"\x18\x0f20500101000000Z",
            b"\x06\x03\x2a\x86\x48",
        ] {
            assert_eq!(check(bytes), Ok(()), "{bytes:x?}");
        }
        assert_eq!(
            check(&[&[0x04, 0x81, 0x80][..], &[0; 0x80]].concat()),
            Ok(())
        );
        assert_eq!(
            check(&[&[0x04, 0x82, 1, 0][..], &[0; 0x100]].concat()),
            Ok(())
        );
    }

    #[test]
    fn other_forms_of_the_same_values_are_refused() {
        for bytes in [
            &b""[..],
            b"\x30",
            b"\x30\x80\x00\x00",        // indefinite length
            b"\x04\x81\x01a",           // length longer than needed
            b"\x04\x82\x00\x01a",       // likewise
            b"\x04\x02a",               // truncated
            b"\x05\x00\x00",            // trailing byte
            b"\x30\x01\x05",            // inside, truncated
            b"\x01\x01\x01",            // true is 0xff
            b"\x01\x01\x00",            // an explicit default
            b"\x02\x00",                // integer without bytes
            b"\x02\x02\x00\x01",        // integer with a needless byte
            b"\x02\x02\xff\x80",        // likewise
            b"\x03\x00",                // bit string without count
            b"\x03\x02\x06\xc1",        // unused bits set
            b"\x03\x02\x08\x00",        // eight unused bits
            b"\x03\x01\x01",            // unused bits of nothing
            b"\x05\x01\x00",            // null with content
            b"\x06\x00",                // empty object identifier
            b"\x06\x02\x2a\x86",        // object identifier that does not end
            b"\x06\x03\x2a\x80\x01",    // number with a needless byte
            b"\x10\x00",                // primitive sequence
            b"\x24\x03\x04\x01a",       // constructed octet string
            b"\x1f\x20\x00",            // long tag number
            b"\x40\x00",                // application class
            b"\x17\x0b2602121755Z",     // no seconds
            b"\x17\x0d260212175559+",   // no Z
            b"\x18\x0f20500212175559+", // no Z
            b"\x18\x0f20491231235959Z", // a year for UTCTime
        ] {
            assert_eq!(check(bytes), Err(NotDer), "{bytes:x?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let mut bytes = vec![0x05, 0];
        for _ in 1..MAX_DEPTH {
            bytes = [&[0x30, u8::try_from(bytes.len()).unwrap_or(0)][..], &bytes].concat();
        }
        assert_eq!(check(&bytes), Ok(()));
        let deeper = [&[0x30, u8::try_from(bytes.len()).unwrap_or(0)][..], &bytes].concat();
        assert_eq!(check(&deeper), Err(NotDer));
    }

    #[test]
    fn children_must_be_those_named() {
        let two = single(b"\x30\x05\x02\x01\x01\x05\x00").map(|it| it.exactly([INTEGER, NULL]));
        assert!(matches!(two, Ok(Ok(_))));
        let other = single(b"\x30\x05\x02\x01\x01\x05\x00").map(|it| it.exactly([INTEGER]));
        assert_eq!(other, Ok(Err(NotDer)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_decided_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = check(&bytes);
        }
    }
}
