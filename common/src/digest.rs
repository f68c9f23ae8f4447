//! SHA-256 and SHA-384 (FIPS 180-4) over parts in sequence, without joining them first.
//!
//! The parts are not length-prefixed: callers put a fixed label in front and at most one part of
//! variable length behind it, or prefix lengths themselves.

use ring::digest::{Context, SHA256, SHA384};

/// A SHA-384 digest: the size of a PCR.
pub type Sha384Digest = [u8; 48];

/// SHA-256 over the parts in order.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// SHA-384 over the parts in order.
pub fn sha384(parts: &[&[u8]]) -> Sha384Digest {
    let mut context = Context::new(&SHA384);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 48];
    out.copy_from_slice(context.finish().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4 examples for the message "abc", published by NIST CSRC.
    #[test]
    fn digests_agree_with_the_nist_examples() {
        assert_eq!(
            hex::encode(sha256(&[b"a", b"bc"])),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex::encode(sha384(&[b"ab", b"c"])),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        );
    }
}
