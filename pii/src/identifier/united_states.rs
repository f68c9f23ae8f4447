//! Identifiers issued in the United States. Social security numbers are in a table of their own.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, number, weighted},
    weights::{luhn, multiple},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "ABA_ROUTING_NUMBER",
        title: "routing number of a US bank (ABA)",
        country: "US",
        kind: Kind::Bank,
        source: "American Bankers Association, Routing Number Policy: weights 3, 7, 1, modulus 10; prefixes by Federal Reserve district",
        context: &["aba", "routing", "rtn", "transit", "bank", "wire", "ach"],
        check: Some(routing_number),
        forms: &[
            form("aba-routing-number-dashed", "dddd-dddd-d", 40),
            form("aba-routing-number", "d{9}", 15),
        ],
    },
    Identifier {
        entity: "US_BANK_NUMBER",
        title: "US bank account number",
        country: "US",
        kind: Kind::Bank,
        source: "no common rule: 8 to 17 digits in use; form only",
        context: &[
            "bank", "account", "acct", "savings", "debit", "deposit", "checking", "routing",
        ],
        check: None,
        forms: &[form("us-bank-number", "d{8,17}", 5)],
    },
    Identifier {
        entity: "US_DRIVER_LICENSE",
        title: "US driver's licence",
        country: "US",
        kind: Kind::Licence,
        source: "forms that the states publish for their licences; no common check digit, form only",
        context: &[
            "driver", "drivers", "license", "licence", "permit", "dl", "cdl", "lic",
        ],
        check: None,
        forms: &[
            form("us-driver-license-letter", "l{1,2}d{6,8}", 5),
            form("us-driver-license-two-letters", "lld{6}", 6),
            form("us-driver-license-long", "ld{9,14}", 10),
            form("us-driver-license-florida", "lddd-ddd-dd-ddd-d", 50),
            form("us-driver-license-illinois", "lddd-dddd-dddd", 30),
            form("us-driver-license-wisconsin", "lddd-dddd-dddd-dd", 50),
            form("us-driver-license-new-jersey", "ld{4} d{5} d{5}", 40),
            form("us-driver-license-washington", "WDLx{9}", 60),
            form("us-driver-license-iowa", "dddlldddd", 20),
            form("us-driver-license-new-hampshire", "[01]dlll[0-3]d{4}", 20),
            form("us-driver-license-missouri", "ld{6}R", 20),
            form("us-driver-license-digits", "d{7,10}", 5),
        ],
    },
    Identifier {
        entity: "US_ITIN",
        title: "US individual taxpayer identification number",
        country: "US",
        kind: Kind::Tax,
        source: "IRS Publication 1915; IRM 3.21.263: begins with 9, fourth and fifth digit 50–65, 70–88, 90–92 or 94–99",
        context: &[
            "itin",
            "individual",
            "taxpayer",
            "tin",
            "tax",
            "irs",
            "taxid",
        ],
        check: Some(itin),
        forms: &[
            form("us-itin-dashed", "9dd-dd-dddd", 45),
            form("us-itin-spaced", "9dd dd dddd", 35),
            form("us-itin", "9d{8}", 15),
        ],
    },
    Identifier {
        entity: "US_ATIN",
        title: "US adoption taxpayer identification number",
        country: "US",
        kind: Kind::Tax,
        source: "IRS, About Form W-7A: begins with 9, fourth and fifth digit 93",
        context: &["atin", "adoption", "taxpayer", "tin"],
        check: None,
        forms: &[
            form("us-atin-dashed", "9dd-93-dddd", 45),
            form("us-atin", "9dd93dddd", 10),
        ],
    },
    Identifier {
        entity: "US_EIN",
        title: "US employer identification number",
        country: "US",
        kind: Kind::Company,
        source: "IRS, How EINs are assigned and valid EIN prefixes",
        context: &[
            "ein", "fein", "employer", "federal", "tax", "taxpayer", "irs",
        ],
        check: Some(ein_prefix),
        forms: &[
            form("us-ein-dashed", "dd-d{7}", 25),
            form("us-ein", "d{9}", 5),
        ],
    },
    Identifier {
        entity: "US_PTIN",
        title: "US tax preparer identification number",
        country: "US",
        kind: Kind::Tax,
        source: "IRS, PTIN requirements: P and eight digits; form only",
        context: &["ptin", "preparer"],
        check: None,
        forms: &[form("us-ptin", "P?d{8}", 25)],
    },
    Identifier {
        entity: "US_MBI",
        title: "US Medicare beneficiary identifier",
        country: "US",
        kind: Kind::Health,
        source: "CMS, Understanding the Medicare Beneficiary Identifier Format: which of eleven places holds what; no S, L, O, I, B, Z",
        context: &["mbi", "medicare", "beneficiary", "cms", "hic", "hicn"],
        check: None,
        forms: &[
            form(
                "us-mbi-dashed",
                "[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]d-[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]d-[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y]dd",
                70,
            ),
            form(
                "us-mbi",
                "[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y]dd",
                45,
            ),
        ],
    },
    Identifier {
        entity: "US_NPI",
        title: "US national provider identifier",
        country: "US",
        kind: Kind::Health,
        source: "45 CFR 162.406; CMS, NPI check digit: Luhn over 80840 and the number",
        context: &["npi", "provider", "prescriber", "physician", "national"],
        check: Some(npi),
        forms: &[
            form("us-npi-spaced", "[12]ddd ddd ddd", 30),
            form("us-npi-dashed", "[12]ddd-ddd-ddd", 30),
            form("us-npi", "[12]d{9}", 15),
        ],
    },
    Identifier {
        entity: "US_PASSPORT",
        title: "US passport",
        country: "US",
        kind: Kind::Document,
        source: "US Department of State: nine digits, or a letter and eight digits since 2021; no check digit outside the machine readable zone",
        context: &["passport", "passports", "travel"],
        check: None,
        forms: &[
            form("us-passport-letter", "ld{8}", 15),
            form("us-passport", "d{9}", 5),
        ],
    },
    Identifier {
        entity: "US_ZIP_CODE",
        title: "US ZIP code",
        country: "US",
        kind: Kind::Place,
        source: "USPS Publication 28: five digits, and four more with a hyphen; form only",
        context: &["zip", "zipcode", "postal", "usps"],
        check: None,
        forms: &[
            form("us-zip-plus-four", "d{5}-dddd", 20),
            form("us-zip", "d{5}", 5),
        ],
    },
    Identifier {
        entity: "US_ALIEN_NUMBER",
        title: "US alien registration number (A-number)",
        country: "US",
        kind: Kind::Document,
        source: "USCIS glossary: A and eight or nine digits; form only",
        context: &["alien", "uscis", "immigration", "anumber", "registration"],
        check: None,
        forms: &[
            form("us-alien-number-dashed", "A-ddd-ddd-ddd", 40),
            form("us-alien-number", "A?d{8,9}", 10),
        ],
    },
    Identifier {
        entity: "US_USCIS_RECEIPT",
        title: "receipt number of US Citizenship and Immigration Services",
        country: "US",
        kind: Kind::Document,
        source: "USCIS glossary, Receipt Number: office and ten digits",
        context: &["receipt", "uscis", "case", "immigration", "petition"],
        check: Some(receipt_office),
        forms: &[form("us-uscis-receipt", "l{3}?d{10}", 50)],
    },
    Identifier {
        entity: "MEDICAL_LICENSE",
        title: "US DEA registration number of a practitioner",
        country: "US",
        kind: Kind::Licence,
        source: "21 CFR 1301; DEA Diversion Control: two letters and seven digits, the last a check digit",
        context: &[
            "medical",
            "certificate",
            "dea",
            "registration",
            "prescriber",
            "physician",
            "license",
            "doctor",
        ],
        check: Some(dea),
        forms: &[form("medical-license", "[A-HJ-MPRSTUX][A-Z9]d{7}", 60)],
    },
];

fn routing_number(digits: &[u8]) -> Result<(), Fault> {
    match number(digits, 0, 2) {
        Some(0..=12 | 21..=32 | 61..=72 | 80) if digits.iter().any(|digit| *digit != b'0') => {
            multiple(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1], 10)
        }
        _ => Err(Fault::Issuer),
    }
}

fn itin(digits: &[u8]) -> Result<(), Fault> {
    match number(digits, 3, 5) {
        Some(50..=65 | 70..=88 | 90..=92 | 94..=99) => Ok(()),
        _ => Err(Fault::Group),
    }
}

fn ein_prefix(digits: &[u8]) -> Result<(), Fault> {
    match number(digits, 0, 2) {
        Some(0 | 7..=9 | 17..=19 | 28 | 29 | 49 | 69 | 70 | 78 | 79 | 89 | 96 | 97) | None => {
            Err(Fault::Issuer)
        }
        Some(_) => Ok(()),
    }
}

fn npi(digits: &[u8]) -> Result<(), Fault> {
    luhn(&[b"80840", digits].concat())
}

fn receipt_office(text: &[u8]) -> Result<(), Fault> {
    const OFFICES: [&[u8]; 12] = [
        b"EAC", b"VSC", b"WAC", b"CSC", b"LIN", b"NSC", b"SRC", b"TSC", b"MSC", b"NBC", b"YSC",
        b"IOE",
    ];
    let known = OFFICES.iter().any(|office| text.starts_with(office));
    if known { Ok(()) } else { Err(Fault::Issuer) }
}

/// The sum of the first, third and fifth digit and twice that of the others ends in the seventh.
fn dea(text: &[u8]) -> Result<(), Fault> {
    let digits = text.get(2..).unwrap_or_default();
    let sum = weighted(digits, &[1, 2, 1, 2, 1, 2]);
    checksum(sum.is_some() && sum.map(|sum| sum % 10) == number(digits, 6, 7))
}
