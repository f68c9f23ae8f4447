//! The key configuration, what the document says of it, and a real document of AWS's.

use serde_bytes::ByteArray;

use super::{
    Vector,
    annotate::{Drawing, item},
    hand::{self, Signer, bytes, map},
};
use crate::{
    UnixMillis,
    attestation::{Expected, Pcr, RootFingerprint, inspect},
    digest::{sha256, sha384},
    hpke::HpkeKey,
    key_configuration::{KeyConfiguration, KeyId, evidence_user_data, kms_user_data},
};

/// Signed by a real security module in 2021, for somebody else's enclave.
const DOCUMENT: &[u8] = include_bytes!("../../tests/vectors/attestation/2021-definite-map.cbor");
const SIGNED_AT: UnixMillis = UnixMillis(1_616_018_515_685);

/// The private key of the enclave of the examples: an X-Wing seed.
pub(super) fn enclave_seed() -> [u8; 32] {
    hand::counting(0)
}

pub(super) fn enclave_key() -> HpkeKey {
    HpkeKey::from_seed(&enclave_seed())
}

/// The configuration of the examples, as the code has it.
pub(super) fn configuration() -> KeyConfiguration {
    let key = enclave_key();
    KeyConfiguration {
        hpke_public_key: ByteArray::new(*key.public_key()),
        key_id: KeyId::of_public_key(key.public_key()),
        boot_id: hand::counting(0x10),
        audit_key: Signer::new([0x33; 32]).public(),
        bundle_digest: sha384(&[&super::policy::bundle()]),
        not_after: UnixMillis(1_790_604_800_000),
        ..KeyConfiguration::for_test()
    }
}

/// The same from the words of the page.
fn encoded() -> Vec<u8> {
    let public = enclave_key().public_key().to_vec();
    let id = sha256(&[b"vouchsafe/key-id/v1", &public]);
    hand::cbor(&map([
        ("version", 1.into()),
        ("boot_id", bytes(&hand::counting::<16>(0x10))),
        ("kem", 0x647a.into()),
        ("kdf", 1.into()),
        ("aead", 2.into()),
        ("hpke_public_key", bytes(&public)),
        ("key_id", bytes(&id[..16])),
        ("audit_key", bytes(&Signer::new([0x33; 32]).public())),
        ("bundle_digest", bytes(&sha384(&[&super::policy::bundle()]))),
        ("not_after", 1_790_604_800_000_u64.into()),
    ]))
}

fn digests() -> String {
    let encoded = encoded();
    let evidence = evidence_user_data(&encoded);
    assert_eq!(evidence, configuration().digest());
    assert_eq!(evidence, sha384(&[b"vouchsafe/evidence/v1", &encoded]));
    assert_eq!(kms_user_data(), sha384(&[b"vouchsafe/kms/v1"]));
    let mut drawing = Drawing::default();
    drawing.raw(
        0,
        &evidence,
        "for callers: SHA-384(\"vouchsafe/evidence/v1\" ‖ key configuration)",
    );
    drawing.raw(0, &kms_user_data(), "SHA-384(\"vouchsafe/kms/v1\")");
    drawing.of(&[evidence, kms_user_data()].concat())
}

fn registers() -> String {
    let anchor = super::policy::ANCHOR.as_bytes();
    let digest = sha384(&[&super::policy::bundle()]);
    let zero = [0; 48];
    let pcr16 = sha384(&[&zero, &sha384(&[anchor])]);
    let pcr17 = sha384(&[&zero, &digest]);
    assert_eq!(Pcr(pcr16), Pcr::measure(anchor));
    assert_eq!(Pcr(pcr17), Pcr::ZERO.extend(&digest));
    let mut drawing = Drawing::default();
    drawing.raw(0, &digest, "bundle digest: SHA-384(bundle)");
    drawing.raw(
        0,
        &pcr16,
        "PCR16: SHA-384(48 zeros ‖ SHA-384(trust anchor))",
    );
    drawing.raw(0, &pcr17, "PCR17: SHA-384(48 zeros ‖ bundle digest)");
    drawing.of(&[digest, pcr16, pcr17].concat())
}

fn document() -> String {
    let root = &RootFingerprint::AWS_NITRO_G1;
    let inspected = inspect(DOCUMENT, root, SIGNED_AT, &Expected::default(), false);
    assert_eq!(inspected.map(|found| found.debug), Ok(false));
    item(
        DOCUMENT,
        &[
            ("", "COSE_Sign1, without a tag"),
            ("0", "CBOR: protected header"),
            ("0./#1", "alg"),
            ("0./1", "ECDSA on P-384 with SHA-384"),
            ("1", "unprotected header, always empty"),
            ("2", "CBOR: payload"),
            ("2.", "newer ones begin with bf and end with ff"),
            ("2./module_id", "instance and enclave"),
            ("2./timestamp", "2021-03-17T22:01:55.685Z"),
            ("2./pcrs/0", "image"),
            ("2./pcrs/1", "kernel"),
            ("2./pcrs/2", "application"),
            ("2./pcrs/3", "role of the instance"),
            ("2./pcrs/4", "id of the instance"),
            ("2./pcrs/8", "signer of the image: none"),
            ("2./certificate", "leaf, X.509 in DER"),
            ("2./cabundle/0", "root"),
            ("2./cabundle/1", "region"),
            ("2./cabundle/2", "zone"),
            ("2./cabundle/3", "instance"),
            ("3", "signature, r ‖ s"),
        ],
    )
}

#[test]
fn the_examples_of_evidence_are_what_the_code_makes() {
    let encoded = encoded();
    assert_eq!(configuration().encode(), encoded);
    assert_eq!(KeyConfiguration::decode(&encoded), Ok(configuration()));
    let notes = &[
        ("boot_id", "drawn at boot"),
        ("kem", "0x647a, X-Wing"),
        ("kdf", "HKDF-SHA256"),
        ("aead", "AES-256-GCM"),
        ("hpke_public_key", "ML-KEM-768, 1184, then X25519, 32"),
        ("key_id", "stands on every sealed request"),
        ("audit_key", "Ed25519"),
        ("bundle_digest", "of the policy in force"),
        ("not_after", "callers attest again after it"),
    ];
    let examples = [
        ("key-configuration", item(&encoded, notes)),
        ("user-data", digests()),
        ("registers", registers()),
        ("document", document()),
    ];
    super::hold_examples("protocol/evidence.md", &examples);
}

pub(super) fn vectors() -> Vec<Vector> {
    vec![
        ("x_wing_seed", enclave_seed().to_vec()),
        ("key_configuration", encoded()),
        ("evidence_user_data", configuration().digest().to_vec()),
        ("kms_user_data", kms_user_data().to_vec()),
    ]
}
