//! The measurements of a release as a file: what a client demands of an enclave.
//!
//! `{"pcrs": {"0": hex, "1": hex, "2": hex, "16": hex, "8"?: hex}, "bundle_digest": hex}`. The file
//! comes with a release and is trusted as its reader trusts the release. Nothing may be left out,
//! and a register that would not be compared is refused rather than ignored.

use std::collections::BTreeMap;

use serde::Deserialize;
use vouchsafe_common::attestation::{Expectations, Pcr};

/// Registers that a client compares; 8 only where releases are signed.
const KNOWN: [u8; 5] = [0, 1, 2, 8, 16];

/// Why a file does not hold measurements.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MeasurementsError {
    /// Not JSON of exactly the members `pcrs` and `bundle_digest`, each 96 hex digits.
    #[error("not JSON of \"pcrs\" and \"bundle_digest\" with values of 96 hex digits")]
    Shape,
    /// A register that must be compared is missing.
    #[error("PCR{index} is missing")]
    Missing {
        /// Which.
        index: u8,
    },
    /// A register that clients do not compare.
    #[error("PCR{index} is not one that a client compares")]
    Unknown {
        /// Which.
        index: u8,
    },
}

impl MeasurementsError {
    /// The stable name of the cause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Shape => "measurements_shape",
            Self::Missing { .. } => "measurements_missing",
            Self::Unknown { .. } => "measurements_unknown",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pcrs: BTreeMap<u8, Pcr>,
    bundle_digest: Option<Pcr>,
}

impl File {
    fn read(content: &[u8]) -> Result<Self, MeasurementsError> {
        let file: Self = serde_json::from_slice(content).map_err(|_| MeasurementsError::Shape)?;
        match file.pcrs.keys().find(|index| !KNOWN.contains(index)) {
            Some(&index) => Err(MeasurementsError::Unknown { index }),
            None => Ok(file),
        }
    }
}

/// Reads the registers alone, as key policies pin them: without the bundle, which PCR16's
/// authorities replace.
///
/// # Errors
///
/// [`MeasurementsError::Shape`] or [`MeasurementsError::Unknown`].
pub fn registers(content: &[u8]) -> Result<BTreeMap<u8, Pcr>, MeasurementsError> {
    Ok(File::read(content)?.pcrs)
}

/// Reads the content of a measurements file.
///
/// # Errors
///
/// [`MeasurementsError`].
pub fn parse(content: &[u8]) -> Result<Expectations, MeasurementsError> {
    let file = File::read(content)?;
    let pcr = |index| {
        file.pcrs
            .get(&index)
            .copied()
            .ok_or(MeasurementsError::Missing { index })
    };
    Ok(Expectations {
        pcr0: pcr(0)?,
        pcr1: pcr(1)?,
        pcr2: pcr(2)?,
        pcr16: pcr(16)?,
        pcr8: file.pcrs.get(&8).copied(),
        // A digest has the form of a register: SHA-384 in hex.
        bundle_digest: file.bundle_digest.ok_or(MeasurementsError::Shape)?.0,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn hex(digit: &str) -> String {
        digit.repeat(96)
    }

    fn whole() -> Value {
        json!({
            "pcrs": {"0": hex("0"), "1": hex("1"), "2": hex("2"), "16": hex("a")},
            "bundle_digest": hex("b"),
        })
    }

    fn read(json: &Value) -> Result<Expectations, MeasurementsError> {
        parse(json.to_string().as_bytes())
    }

    #[test]
    fn a_whole_file_becomes_expectations() {
        let expectations = read(&whole()).expect("a whole file");
        assert_eq!(expectations.pcr16, Pcr([0xaa; 48]));
        assert_eq!(expectations.bundle_digest, [0xbb; 48]);
        assert_eq!(expectations.pcr8, None);
        let mut signed = whole();
        signed["pcrs"]["8"] = json!(hex("8"));
        assert_eq!(
            read(&signed).expect("a whole file").pcr8,
            Some(Pcr([0x88; 48]))
        );
    }

    #[test]
    fn a_missing_register_is_named() {
        for index in [0_u8, 1, 2, 16] {
            let mut file = whole();
            file["pcrs"]
                .as_object_mut()
                .expect("an object")
                .remove(&index.to_string());
            assert_eq!(read(&file), Err(MeasurementsError::Missing { index }));
        }
    }

    #[test]
    fn a_register_that_would_not_be_compared_is_refused() {
        let mut file = whole();
        file["pcrs"]["3"] = json!(hex("3"));
        assert_eq!(read(&file), Err(MeasurementsError::Unknown { index: 3 }));
    }

    #[test]
    fn another_shape_is_refused() {
        let mut unknown = whole();
        unknown["pcr0"] = json!(hex("0"));
        let mut short = whole();
        short["bundle_digest"] = json!("00");
        let mut without = whole();
        without
            .as_object_mut()
            .expect("an object")
            .remove("bundle_digest");
        for file in [unknown, short, without, json!([]), json!({})] {
            assert_eq!(read(&file), Err(MeasurementsError::Shape), "{file}");
        }
        assert_eq!(parse(b""), Err(MeasurementsError::Shape));
    }

    #[test]
    fn a_file_cut_at_any_length_is_refused() {
        let file = whole().to_string();
        for length in 0..file.len() {
            let refused = parse(&file.as_bytes()[..length]);
            assert_eq!(refused, Err(MeasurementsError::Shape), "cut at {length}");
        }
    }
}
