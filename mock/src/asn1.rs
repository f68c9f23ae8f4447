//! Writes ASN.1: tag, length, value, nothing more (X.690 §8.1).
//!
//! Two users: the CMS reply of the KMS, which needs indefinite lengths that DER libraries refuse
//! to write, and the TLS certificates of an installation. Reads nothing.

/// INTEGER.
pub(crate) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(crate) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
/// `UTF8String`.
pub(crate) const UTF8_STRING: u8 = 0x0c;
/// `GeneralizedTime`.
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
/// SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;
/// SET.
pub(crate) const SET: u8 = 0x31;
/// NULL with its length.
pub(crate) const NULL: &[u8] = &[0x05, 0x00];

/// One element of definite length, in the shortest form, over the concatenated parts.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        out.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let significant = &bytes[length.leading_zeros() as usize / 8..];
        out.push(0x80 | u8::try_from(significant.len()).expect("a usize has at most 8 bytes"));
        out.extend_from_slice(significant);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// One constructed element of indefinite length: closed by two zero bytes (X.690 §8.1.3.6).
pub(crate) fn indefinite(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![tag, 0x80];
    for part in parts {
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&[0, 0]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_their_shortest_form() {
        assert_eq!(element(4, &[&[7; 127]])[..2], [4, 127]);
        assert_eq!(element(4, &[&[7; 128]])[..3], [4, 0x81, 128]);
        assert_eq!(element(4, &[&[7; 255]])[..3], [4, 0x81, 255]);
        assert_eq!(element(4, &[&[7; 200], &[7; 56]])[..4], [4, 0x82, 1, 0]);
        assert_eq!(element(5, &[]), NULL);
    }

    #[test]
    fn an_indefinite_element_ends_with_end_of_contents() {
        assert_eq!(indefinite(SEQUENCE, &[NULL]), [0x30, 0x80, 5, 0, 0, 0]);
    }
}
