//! What the envelope looks like, byte for byte in shape, and that it opens.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]

use aws_lc_rs::cipher::{PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey};

use super::*;
use crate::kms::tests::vectors;

fn pair(size: KeySize) -> (PrivateDecryptingKey, Vec<u8>) {
    let private = PrivateDecryptingKey::generate(size).unwrap();
    let spki = private.public_key().as_der().unwrap().as_ref().to_vec();
    (private, spki)
}

/// An element with the depth it stands at, the bytes of its head, and its content if primitive.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Node<'a> {
    depth: usize,
    tag: u8,
    /// `None` is indefinite.
    length: Option<usize>,
    value: &'a [u8],
}

/// Every element in order; end-of-contents octets appear as elements of tag 0.
fn nodes(mut input: &[u8], depth: usize, out: &mut Vec<Node<'static>>, keep: &mut Vec<Vec<u8>>) {
    while !input.is_empty() {
        input = node(input, depth, out, keep);
    }
}

fn node<'a>(
    input: &'a [u8],
    depth: usize,
    out: &mut Vec<Node<'static>>,
    keep: &mut Vec<Vec<u8>>,
) -> &'a [u8] {
    let (tag, constructed) = (input[0], input[0] & 0x20 != 0);
    let (length, head) = match input[1] {
        0x80 => (None, 2),
        short @ 0..=0x7f => (Some(usize::from(short)), 2),
        long => {
            let count = usize::from(long & 0x7f);
            let length = input[2..2 + count]
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (Some(length), 2 + count)
        }
    };
    out.push(Node {
        depth,
        tag,
        length,
        value: &[],
    });
    keep.push(Vec::new());
    let mut rest = &input[head..];
    match length {
        None => {
            while rest[..2] != [0, 0] {
                rest = node(rest, depth + 1, out, keep);
            }
            out.push(Node {
                depth: depth + 1,
                tag: 0,
                length: Some(0),
                value: &[],
            });
            keep.push(Vec::new());
            &rest[2..]
        }
        Some(length) => {
            let (content, after) = rest.split_at(length);
            if constructed {
                nodes(content, depth + 1, out, keep);
            } else {
                *keep.last_mut().unwrap() = content.to_vec();
            }
            after
        }
    }
}

/// Heads and contents of every element.
fn skeleton(bytes: &[u8]) -> (Vec<Node<'static>>, Vec<Vec<u8>>) {
    let (mut out, mut keep) = (Vec::new(), Vec::new());
    nodes(bytes, 0, &mut out, &mut keep);
    (out, keep)
}

/// Opens an envelope by the places its parts have in the one shape there is.
fn open(bytes: &[u8], private: PrivateDecryptingKey) -> Vec<u8> {
    let (nodes, contents) = skeleton(bytes);
    let strings: Vec<&Vec<u8>> = nodes
        .iter()
        .zip(&contents)
        .filter(|(node, _)| node.tag == OCTET_STRING)
        .map(|(_, content)| content)
        .collect();
    let (wrapped, iv, segments) = (strings[0], strings[1], &strings[2..]);
    let oaep = OaepPrivateDecryptingKey::new(private).unwrap();
    let mut key = vec![0; oaep.min_output_size()];
    let key = oaep
        .decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut key, None)
        .unwrap();
    let cipher =
        PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, key).unwrap()).unwrap();
    let iv: [u8; 16] = iv.as_slice().try_into().unwrap();
    let mut content: Vec<u8> = segments.iter().flat_map(|s| s.iter().copied()).collect();
    let context = DecryptionContext::Iv128(FixedLength::from(&iv));
    cipher.decrypt(&mut content, context).unwrap().to_vec()
}

#[test]
fn plaintext_of_every_segment_count_comes_back() {
    let (private, spki) = pair(KeySize::Rsa2048);
    let recipient = RecipientKey::parse(&spki).unwrap();
    // Around the edges of a block and of a segment; 4,096 is the most that KMS decrypts.
    for bytes in [1, 15, 16, 32, 991, 992, 999, 1000, 1007, 1008, 2000, 4096] {
        let plaintext = vec![0x5a; bytes];
        let sealed = recipient.seal(&plaintext).unwrap();
        assert_eq!(open(&sealed, private.clone()), plaintext, "{bytes} bytes");
    }
}

#[test]
fn content_is_cut_into_segments_of_a_thousand_bytes() {
    let (_, spki) = pair(KeySize::Rsa2048);
    let sealed = RecipientKey::parse(&spki)
        .unwrap()
        .seal(&[7; 4096])
        .unwrap();
    let (nodes, _) = skeleton(&sealed);
    let segments: Vec<_> = nodes
        .iter()
        .filter(|node| node.depth == 5 && node.tag == OCTET_STRING)
        .filter_map(|node| node.length)
        .collect();
    // The wrapped key and the IV stand at the same depth, before the segments.
    assert_eq!(segments, [256, 16, 1000, 1000, 1000, 1000, 112]);
}

#[test]
fn the_recipient_is_named_by_the_digest_of_its_key() {
    let (_, spki) = pair(KeySize::Rsa2048);
    let sealed = RecipientKey::parse(&spki).unwrap().seal(b"x").unwrap();
    let (nodes, contents) = skeleton(&sealed);
    let at = nodes
        .iter()
        .position(|node| node.tag == KEY_IDENTIFIER)
        .unwrap();
    assert_eq!(contents[at], sha256(&[&spki]));
}

#[test]
fn no_two_envelopes_share_a_key_or_an_iv() {
    let (_, spki) = pair(KeySize::Rsa2048);
    let recipient = RecipientKey::parse(&spki).unwrap();
    let (one, other) = (recipient.seal(b"x").unwrap(), recipient.seal(b"x").unwrap());
    let (_, one) = skeleton(&one);
    let (_, other) = skeleton(&other);
    let differing = one.iter().zip(&other).filter(|(a, b)| a != b).count();
    // The wrapped key, the IV and the content; nothing else may differ.
    assert_eq!(differing, 3);
}

#[test]
fn keys_of_other_kinds_and_sizes_are_refused() {
    let (_, large) = pair(KeySize::Rsa3072);
    for spki in [large.as_slice(), b"", b"dummy", &large[..100]] {
        assert_eq!(
            RecipientKey::parse(spki).err(),
            Some(CmsError::RecipientKey)
        );
    }
}

#[test]
fn the_shape_is_that_of_the_real_service() {
    let Some(folder) = vectors("kms-cms") else {
        return;
    };
    let (_, spki) = pair(KeySize::Rsa2048);
    let recipient = RecipientKey::parse(&spki).unwrap();
    // Name and length of the plaintext; content of 16 to 48 bytes. The fourth vector has content
    // of the other, primitive form and is left out.
    let vectors = [
        ("edgebit-go-generatedatakey-aes256", 32),
        ("enclaver-decrypt-hello-world", 12),
        ("aws-sdk-c-input-ber", 32),
    ];
    for (name, plaintext_bytes) in vectors {
        let real = std::fs::read(folder.join(format!("{name}.ber"))).unwrap();
        let ours = recipient.seal(&vec![1; plaintext_bytes]).unwrap();
        let ((real_nodes, real_contents), (our_nodes, our_contents)) =
            (skeleton(&real), skeleton(&ours));
        assert_eq!(our_nodes, real_nodes, "{name}");
        for (at, node) in real_nodes.iter().enumerate() {
            // Key id, wrapped key, IV and content are random; every other value is fixed.
            if !matches!(node.tag, OCTET_STRING | KEY_IDENTIFIER) {
                assert_eq!(our_contents[at], real_contents[at], "{name}: element {at}");
            }
        }
    }
    eprintln!("compared {} real envelopes", vectors.len());
}

#[test]
fn a_reader_that_we_did_not_write_reads_it() {
    use rasn_cms::{ContentInfo, EnvelopedData, RecipientInfo};
    let (_, spki) = pair(KeySize::Rsa2048);
    let recipient = RecipientKey::parse(&spki).unwrap();
    for bytes in [32, 4096] {
        let sealed = recipient.seal(&vec![9; bytes]).unwrap();
        let info: ContentInfo = rasn::ber::decode(&sealed).unwrap();
        let data: EnvelopedData = rasn::ber::decode(info.content.as_bytes()).unwrap();
        assert_eq!(data.recipient_infos.len(), 1);
        let Some(RecipientInfo::KeyTransRecipientInfo(transport)) =
            data.recipient_infos.to_vec().first().copied()
        else {
            panic!("the recipient is not named by key transport");
        };
        assert_eq!(transport.encrypted_key.len(), 256);
        let content = data.encrypted_content_info.encrypted_content.unwrap();
        assert_eq!(content.len(), bytes / 16 * 16 + 16);
    }
}
