//! One certificate of AWS's chain: P-384, ecdsa-with-SHA384, version 3, in exact DER.
//!
//! Real chains fit no general path validator in strict mode (their roots have no authority key
//! identifier, a leaf's keyUsage is not critical), so the profile is spelled out: [`super::der`]
//! fixes the outline, `x509-parser` reads the meaning, and the checks here say what each must be.
//! Revocation lists are not consulted, as AWS advises. Next: [`super::chain`].

use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1, ParsedPublicKey};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{BasicConstraints, KeyUsage, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Version;

use super::AttestationError as Error;
use super::der::{
    self, BIT_STRING, BOOLEAN, Element, INTEGER, NotDer, OCTET_STRING, OID, SEQUENCE, SET,
};
use crate::UnixMillis;

/// [0] EXPLICIT around the version, and [3] EXPLICIT around the extensions.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// Content of the `AlgorithmIdentifier` ecdsa-with-SHA384, without parameters (RFC 5758 §3.2).
const ECDSA_WITH_SHA384: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03";
/// Content of the `AlgorithmIdentifier` id-ecPublicKey over secp384r1 (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY_P384: &[u8] =
    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";
/// No unused bits, then the mark of an uncompressed point.
const UNCOMPRESSED: &[u8] = b"\x00\x04";
/// An uncompressed point: mark, x, y.
const POINT_BYTES: usize = 1 + 48 + 48;

/// A certificate that has the profile's form. Nothing about its issuer is known yet.
pub(super) struct Certificate<'a> {
    position: usize,
    x509: X509Certificate<'a>,
    point: &'a [u8],
    key: ParsedPublicKey,
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    subject_key_id: Option<&'a [u8]>,
    authority_key_id: Option<&'a [u8]>,
}

/// Where the parts of interest lie in the DER.
struct Outline<'a> {
    version: Option<Element<'a>>,
    algorithms: [&'a [u8]; 2],
    key: Element<'a>,
}

impl<'a> Outline<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, NotDer> {
        let certificate = der::single(bytes)?;
        certificate.walk()?;
        let [tbs, algorithm, signature] = certificate.exactly([SEQUENCE, SEQUENCE, BIT_STRING])?;
        if certificate.tag != SEQUENCE || signature.content.first() != Some(&0) {
            return Err(NotDer);
        }
        let mut parts = tbs.children()?;
        let versioned = parts.first().is_some_and(|part| part.tag == VERSION);
        let version = versioned.then(|| parts.remove(0));
        // Version 1 has no extensions; the unique identifiers of version 2 occur nowhere.
        let tags: &[u8] = &[
            INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, EXTENSIONS,
        ];
        let expected = if versioned { tags } else { &tags[..6] };
        if !parts
            .iter()
            .map(|part| part.tag)
            .eq(expected.iter().copied())
        {
            return Err(NotDer);
        }
        if let Some(extensions) = parts.get(6) {
            let [list] = extensions.exactly([SEQUENCE])?;
            for extension in list.children()? {
                let plain = extension.exactly([OID, OCTET_STRING]).is_ok();
                if !plain && extension.exactly([OID, BOOLEAN, OCTET_STRING]).is_err() {
                    return Err(NotDer);
                }
            }
        }
        if parts[3].children()?.len() != 2 {
            return Err(NotDer);
        }
        check_name(&parts[2])?;
        check_name(&parts[4])?;
        Ok(Self {
            version,
            algorithms: [parts[1].content, algorithm.content],
            key: parts[5],
        })
    }

    /// The key's point, when it has the form of an uncompressed one on P-384.
    fn point(&self) -> Option<&'a [u8]> {
        let [algorithm, key] = self.key.exactly([SEQUENCE, BIT_STRING]).ok()?;
        let point = key.content.get(1..)?;
        let fits = algorithm.content == EC_PUBLIC_KEY_P384
            && key.content.starts_with(UNCOMPRESSED)
            && point.len() == POINT_BYTES;
        fits.then_some(point)
    }
}

impl<'a> Certificate<'a> {
    /// Reads the certificate at `position`, counted from the root.
    pub(super) fn decode(bytes: &'a [u8], position: usize) -> Result<Self, Error> {
        let malformed = Error::CertificateEncoding { position };
        let outline = Outline::read(bytes).map_err(|NotDer| malformed)?;
        if outline
            .version
            .is_none_or(|version| version.content != b"\x02\x01\x02")
        {
            return Err(Error::CertificateVersion { position });
        }
        if outline
            .algorithms
            .iter()
            .any(|algorithm| *algorithm != ECDSA_WITH_SHA384)
        {
            return Err(Error::CertificateAlgorithm { position });
        }
        let point = outline.point().ok_or(Error::CertificateKey { position })?;
        // Refuses what is not on the curve.
        let key = ParsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, point)
            .map_err(|_| Error::CertificateKey { position })?;
        let (rest, x509) = X509Certificate::from_der(bytes).map_err(|_| malformed)?;
        if !rest.is_empty() || x509.version() != X509Version::V3 {
            return Err(malformed);
        }
        let mut this = Self {
            position,
            x509,
            point,
            key,
            basic_constraints: None,
            key_usage: None,
            subject_key_id: None,
            authority_key_id: None,
        };
        this.read_extensions()?;
        Ok(this)
    }

    fn read_extensions(&mut self) -> Result<(), Error> {
        let position = self.position;
        let malformed = Error::CertificateEncoding { position };
        let extensions = self.x509.extensions();
        for (index, extension) in extensions.iter().enumerate() {
            if extensions[..index]
                .iter()
                .any(|earlier| earlier.oid == extension.oid)
            {
                return Err(Error::DuplicateExtension { position });
            }
            let form = der::single(extension.value).and_then(|value| value.walk());
            match extension.parsed_extension() {
                ParsedExtension::BasicConstraints(constraints) => {
                    form.map_err(|NotDer| malformed)?;
                    self.basic_constraints = Some(constraints.clone());
                }
                ParsedExtension::KeyUsage(usage) => {
                    form.map_err(|NotDer| malformed)?;
                    if !ends_with_a_set_bit(extension.value) {
                        return Err(malformed);
                    }
                    self.key_usage = Some(*usage);
                }
                ParsedExtension::SubjectKeyIdentifier(id) => {
                    form.map_err(|NotDer| malformed)?;
                    self.subject_key_id = Some(id.0);
                }
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    form.map_err(|NotDer| malformed)?;
                    is_authority_key_identifier(extension.value).map_err(|NotDer| malformed)?;
                    self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0);
                }
                ParsedExtension::ParseError { .. } => return Err(malformed),
                _ if extension.critical => return Err(Error::CriticalExtension { position }),
                _ => {}
            }
        }
        Ok(())
    }

    /// The key: an uncompressed P-384 point.
    pub(super) fn point(&self) -> &'a [u8] {
        self.point
    }

    /// Validity in seconds since 1970; both ends belong to it (RFC 5280 §4.1.2.5).
    pub(super) fn validity(&self) -> (i64, i64) {
        let validity = self.x509.validity();
        (
            validity.not_before.timestamp(),
            validity.not_after.timestamp(),
        )
    }

    /// Whether `at`, cut to its second, lies in the validity.
    pub(super) fn covers(&self, at: UnixMillis) -> bool {
        let (from, to) = self.validity();
        i64::try_from(at.0 / 1000).is_ok_and(|second| (from..=to).contains(&second))
    }

    /// Checks that this certificate may issue, with `below` more issuers under it.
    pub(super) fn check_issuer(&self, below: usize) -> Result<(), Error> {
        let position = self.position;
        match &self.basic_constraints {
            Some(BasicConstraints {
                ca: true,
                path_len_constraint,
            }) => {
                let limit =
                    path_len_constraint.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
                if limit.is_some_and(|limit| below > limit) {
                    return Err(Error::PathLength { position });
                }
            }
            _ => return Err(Error::BasicConstraints { position }),
        }
        if self.key_usage.is_some_and(|usage| usage.key_cert_sign()) {
            Ok(())
        } else {
            Err(Error::KeyUsage { position })
        }
    }

    /// Checks that this certificate may sign documents and nothing else.
    pub(super) fn check_leaf(&self) -> Result<(), Error> {
        let position = self.position;
        match self.basic_constraints {
            Some(BasicConstraints {
                ca: false,
                path_len_constraint: None,
            }) => {}
            _ => return Err(Error::BasicConstraints { position }),
        }
        match self.key_usage {
            Some(usage)
                if usage.digital_signature() && !usage.key_cert_sign() && !usage.crl_sign() =>
            {
                Ok(())
            }
            _ => Err(Error::KeyUsage { position }),
        }
    }

    /// Checks the issuer's name, and key identifiers where both sides have one.
    pub(super) fn check_names(&self, issuer: &Certificate<'_>) -> Result<(), Error> {
        let names = self.x509.issuer().as_raw() == issuer.x509.subject().as_raw();
        let ids = match (self.authority_key_id, issuer.subject_key_id) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        if names && ids {
            Ok(())
        } else {
            Err(Error::IssuerMismatch {
                position: self.position,
            })
        }
    }

    /// Checks the signature under the issuer's key.
    pub(super) fn check_signed_by(&self, issuer: &Certificate<'_>) -> Result<(), Error> {
        let signed = self.x509.tbs_certificate.as_ref();
        let signature = &self.x509.signature_value.data;
        issuer
            .key
            .verify_sig(signed, signature)
            .map_err(|_| Error::CertificateSignature {
                position: self.position,
            })
    }
}

/// Whether a name is sets of attributes, of a type and a value each (RFC 5280 §4.1.2.4).
fn check_name(name: &Element<'_>) -> Result<(), NotDer> {
    for set in name.children()? {
        let attributes = set.children()?;
        if set.tag != SET || attributes.is_empty() {
            return Err(NotDer);
        }
        for attribute in attributes {
            let [kind, _value] = attribute.children()?.try_into().map_err(|_| NotDer)?;
            if attribute.tag != SEQUENCE || kind.tag != OID {
                return Err(NotDer);
            }
        }
    }
    Ok(())
}

/// Whether a bit string of named bits, already known to be DER, leaves out the zeros at its end
/// (X.690 §11.2.2).
fn ends_with_a_set_bit(bit_string: &[u8]) -> bool {
    matches!(bit_string, [_, _, unused, .., last] if (last >> unused) & 1 == 1)
}

/// Whether a value is the sequence of RFC 5280 §4.2.1.1: its three fields in order, none of them
/// twice and nothing else. The reader of certificates skips what it does not expect there.
fn is_authority_key_identifier(value: &[u8]) -> Result<(), NotDer> {
    let mut expected = [0x80, 0xa1, 0x82].into_iter();
    let fields = der::single(value)?.children()?;
    if fields
        .iter()
        .all(|field| expected.any(|tag| tag == field.tag))
    {
        Ok(())
    } else {
        Err(NotDer)
    }
}
