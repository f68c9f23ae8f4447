//! One certificate of the mock chain, in the shape of AWS's.
//!
//! Key pairs and signatures are real; only the names and the root are not AWS's. The structures
//! are those of `x509-cert`, but for the outer two, which that crate reads and does not build.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
};
use vouchsafe_common::{Secret, UnixMillis};
use x509_cert::certificate::Version;
use x509_cert::der::asn1::{Any, BitString, ObjectIdentifier, OctetString};
use x509_cert::der::flagset::FlagSet;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{DateTime, Encode, Sequence};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// RFC 5280 §4.1.2, in the form that version 3 has.
#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

/// A P-384 private key as PKCS#8, wiped when dropped.
pub(crate) struct PrivateKey(Secret<Vec<u8>>);

impl PrivateKey {
    /// Draws a new key.
    pub(crate) fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING)
            .expect("the system gives randomness");
        let pkcs8 = pair.to_pkcs8v1().expect("a key just made can be written");
        Self(Secret::new(pkcs8.as_ref().to_vec()))
    }

    /// Takes a key from storage; None if it is no P-384 key.
    pub(crate) fn from_pkcs8(pkcs8: Vec<u8>) -> Option<Self> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &pkcs8).ok()?;
        Some(Self(Secret::new(pkcs8)))
    }

    /// PKCS#8, for storage.
    pub(crate) fn expose_pkcs8(&self) -> &[u8] {
        self.0.expose_secret()
    }

    fn pair(&self, algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
        EcdsaKeyPair::from_pkcs8(algorithm, self.expose_pkcs8())
            .expect("checked when the value was made")
    }

    /// Signs in the given encoding.
    pub(crate) fn sign(
        &self,
        algorithm: &'static EcdsaSigningAlgorithm,
        message: &[u8],
    ) -> Vec<u8> {
        let signature = self.pair(algorithm).sign(&SystemRandom::new(), message);
        signature
            .expect("the system gives randomness")
            .as_ref()
            .to_vec()
    }

    /// The uncompressed point.
    fn point(&self) -> Vec<u8> {
        self.pair(&ECDSA_P384_SHA384_ASN1_SIGNING)
            .public_key()
            .as_ref()
            .to_vec()
    }
}

/// A key with its certificate.
pub(crate) struct Identity {
    pub(crate) key: PrivateKey,
    pub(crate) certificate: Vec<u8>,
    pub(crate) name: Name,
    pub(crate) not_after: UnixMillis,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// Signs itself and regional authorities.
    Root,
    /// Issues, with at most so many authorities below it.
    Authority {
        /// pathLenConstraint.
        path_length: u8,
    },
    /// Signs documents.
    Leaf,
}

/// Seconds since 1970, both ends included.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Span {
    fn validity(self) -> Validity {
        let time = |seconds| {
            DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))
                .map(Time::from)
                .expect("a clock of this millennium")
        };
        Validity::new(time(self.from), time(self.to))
    }
}

/// Makes a key and has its certificate signed by `issuer`, or by itself for a root.
pub(crate) fn issue(subject: &str, role: Role, span: Span, issuer: Option<&Identity>) -> Identity {
    let key = PrivateKey::generate();
    let name: Name = subject
        .parse()
        .expect("the names of the mock are well formed");
    let point = key.point();
    let signer = issuer.map_or(&key, |issuer| &issuer.key);
    let tbs = TbsCertificate {
        version: Version::V3,
        serial_number: serial_number(),
        signature: ecdsa_with_sha384(),
        issuer: issuer.map_or(&name, |issuer| &issuer.name).clone(),
        validity: span.validity(),
        subject: name.clone(),
        subject_public_key_info: SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned {
                oid: EC_PUBLIC_KEY,
                parameters: Some(Any::from(SECP384R1)),
            },
            subject_public_key: bit_string(&point),
        },
        extensions: extensions(role, &point, &signer.point()),
    };
    let tbs = tbs.to_der().expect("its parts encode");
    let certificate = sign_tbs(&tbs, signer);
    Identity {
        key,
        certificate,
        name,
        not_after: UnixMillis(span.to * 1000),
    }
}

/// Wraps and signs the DER of a `TBSCertificate`. Tests use it to sign malformed ones.
pub(crate) fn sign_tbs(tbs: &[u8], signer: &PrivateKey) -> Vec<u8> {
    let signature = signer.sign(&ECDSA_P384_SHA384_ASN1_SIGNING, tbs);
    let algorithm = ecdsa_with_sha384()
        .to_der()
        .expect("an object identifier encodes");
    let signature = bit_string(&signature)
        .to_der()
        .expect("a short bit string encodes");
    sequence(&[tbs, &algorithm, &signature].concat())
}

/// A SEQUENCE around content of less than 64 KiB.
fn sequence(content: &[u8]) -> Vec<u8> {
    let any = Any::new(x509_cert::der::Tag::Sequence, content).expect("certificates are short");
    any.to_der().expect("certificates are short")
}

fn ecdsa_with_sha384() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: ECDSA_WITH_SHA384,
        parameters: None,
    }
}

fn bit_string(bytes: &[u8]) -> BitString {
    BitString::from_bytes(bytes).expect("keys and signatures are short")
}

fn serial_number() -> SerialNumber {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives randomness");
    // Positive and never zero.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::new(&bytes).expect("16 bytes are few enough")
}

/// The first 160 bits of SHA-256 over the key (RFC 7093 §2, method 1).
fn key_id(point: &[u8]) -> OctetString {
    let digest = vouchsafe_common::digest::sha256(&[point]);
    OctetString::new(&digest[..20]).expect("20 bytes are few enough")
}

fn extensions(role: Role, point: &[u8], issuer_point: &[u8]) -> Vec<Extension> {
    use KeyUsages::{CRLSign, DigitalSignature, KeyCertSign, NonRepudiation};
    let constraints = BasicConstraints {
        ca: role != Role::Leaf,
        path_len_constraint: match role {
            Role::Authority { path_length } => Some(path_length),
            Role::Root | Role::Leaf => None,
        },
    };
    let usage: FlagSet<KeyUsages> = match role {
        Role::Leaf => DigitalSignature | NonRepudiation,
        // The instance's authority may sign certificates and nothing else.
        Role::Authority { path_length: 0 } => KeyCertSign.into(),
        Role::Root | Role::Authority { .. } => DigitalSignature | KeyCertSign | CRLSign,
    };
    let mut extensions = vec![
        extension(true, &constraints),
        // Not critical on AWS's leaves, and so not on these.
        extension(role != Role::Leaf, &KeyUsage(usage)),
    ];
    if role != Role::Leaf {
        extensions.push(extension(false, &SubjectKeyIdentifier(key_id(point))));
    }
    if matches!(role, Role::Authority { .. }) {
        let key_identifier = Some(key_id(issuer_point));
        let authority = AuthorityKeyIdentifier {
            key_identifier,
            ..AuthorityKeyIdentifier::default()
        };
        extensions.push(extension(false, &authority));
    }
    extensions
}

fn extension<E: Encode + AssociatedOid>(critical: bool, content: &E) -> Extension {
    let der = content.to_der().expect("its parts encode");
    Extension {
        extn_id: E::OID,
        critical,
        extn_value: OctetString::new(der).expect("extensions are short"),
    }
}
