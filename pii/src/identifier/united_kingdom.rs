//! The United Kingdom.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, complement, day_month, digit, number, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "UK_NHS",
        title: "NHS number of England, Wales and the Isle of Man",
        country: "GB",
        kind: Kind::Health,
        source: "NHS Data Dictionary, NHS NUMBER: weights 10 to 2 modulo 11",
        context: &["health", "patient", "insurance", "nhs"],
        check: Some(nhs),
        forms: &[form("uk-nhs", "ddd~ddd~dddd", 20)],
    },
    Identifier {
        entity: "UK_CHI",
        title: "Scottish health number (Community Health Index)",
        country: "GB",
        kind: Kind::Health,
        source: "NHS Scotland, CHI number: date of birth, three digits, weights 10 to 2 modulo 11",
        context: &[
            "health",
            "patient",
            "insurance",
            "chi",
            "scotland",
            "community",
        ],
        check: Some(chi),
        forms: &[
            form("uk-chi", "d{6}~dddd", 30),
            form("uk-chi-3-3-4", "ddd ddd dddd", 30),
        ],
    },
    Identifier {
        entity: "UK_NINO",
        title: "National Insurance number",
        country: "GB",
        kind: Kind::National,
        source: "HMRC NIM39110: prefixes that are not used, suffix A to D",
        context: &["social", "security", "insurance", "national", "nino", "ni"],
        check: Some(nino),
        forms: &[
            form(
                "uk-nino",
                "[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]~dd~dd~dd~[A-D]",
                70,
            ),
            form(
                "uk-nino-block",
                "[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] d{6} [A-D]",
                70,
            ),
        ],
    },
    Identifier {
        entity: "UK_PASSPORT",
        title: "UK passport number",
        country: "GB",
        kind: Kind::Document,
        source: "HM Passport Office: nine digits; two letters and seven digits as Presidio reads \
            it",
        context: &["passport*", "travel"],
        check: None,
        forms: &[
            form("uk-passport-letters", "lld{7}", 15),
            form("uk-passport-digits", "d{9}", 5),
        ],
    },
    Identifier {
        entity: "UK_DRIVING_LICENCE",
        title: "UK driving licence number",
        country: "GB",
        kind: Kind::Licence,
        source: "DVLA driver number: five characters of the name, decade, month (and 50), day, \
            year, initials",
        context: &["driving", "driver*", "licence", "license", "dvla"],
        check: Some(driving_licence),
        forms: &[
            form("uk-driving-licence", "lx{4}d{6}[A-Z9]{2}xll", 65),
            form("uk-driving-licence-spaced", "lx{4} d{6} [A-Z9]{2}xll", 65),
        ],
    },
    Identifier {
        entity: "UK_POSTCODE",
        title: "UK postcode",
        country: "GB",
        kind: Kind::Place,
        source: "BS 7666; Royal Mail, Programmers' guide: six forms, the letters of each place, \
            the areas",
        context: &["postcode", "postal", "zip", "address"],
        check: Some(postcode),
        forms: &[
            form(
                "uk-postcode-spaced",
                "[A-PR-UWYZ]d [0-9][ABD-HJLNP-UW-Z]{2}",
                35,
            ),
            form(
                "uk-postcode-spaced-5",
                "[A-PR-UWYZ]x{2} [0-9][ABD-HJLNP-UW-Z]{2}",
                40,
            ),
            form(
                "uk-postcode-spaced-6",
                "[A-PR-UWYZ][A-HK-Y]dx [0-9][ABD-HJLNP-UW-Z]{2}",
                50,
            ),
            form("uk-postcode", "[A-PR-UWYZ]d[0-9][ABD-HJLNP-UW-Z]{2}", 8),
            form(
                "uk-postcode-6",
                "[A-PR-UWYZ]x{2}[0-9][ABD-HJLNP-UW-Z]{2}",
                15,
            ),
            form(
                "uk-postcode-7",
                "[A-PR-UWYZ][A-HK-Y]dx[0-9][ABD-HJLNP-UW-Z]{2}",
                25,
            ),
        ],
    },
    Identifier {
        entity: "UK_VEHICLE_REGISTRATION",
        title: "UK vehicle registration",
        country: "GB",
        kind: Kind::Vehicle,
        source: "DVLA INF104: current marks with an age identifier of 02 to 29 or 51 to 79, \
            prefix and suffix marks",
        context: &["plate*", "registration", "vehicle", "car", "vrm", "reg"],
        check: Some(plate),
        forms: &[
            form("uk-plate", "[A-HK-PRSV-Y][A-HJ-PR-Y]dd [A-HJ-PR-Z]{3}", 40),
            form(
                "uk-plate-dashed",
                "[A-HK-PRSV-Y][A-HJ-PR-Y]dd-[A-HJ-PR-Z]{3}",
                40,
            ),
            form(
                "uk-plate-joined",
                "[A-HK-PRSV-Y][A-HJ-PR-Y]dd[A-HJ-PR-Z]{3}",
                35,
            ),
            form(
                "uk-plate-prefix",
                "[A-HJ-NPR-TV-Y]d{1,3}?[A-HJ-PR-Y][A-HJ-PR-Y]{2}",
                15,
            ),
            form(
                "uk-plate-suffix",
                "[A-HJ-PR-Y]{3}?d{1,3}[A-HJ-NPR-TV-Y]",
                15,
            ),
        ],
    },
    Identifier {
        entity: "UK_VAT",
        title: "UK VAT registration number",
        country: "GB",
        kind: Kind::Tax,
        source: "HMRC VAT Notice 700, 97 and 9755 methods; XI for Northern Ireland; GD and HA for \
            departments and health authorities",
        context: &["vat"],
        check: Some(vat),
        forms: &[
            form("uk-vat", "GB?ddd?dddd?dd", 85),
            form("uk-vat-branch", "GB?ddd?dddd?dd?ddd", 85),
            form("uk-vat-northern-ireland", "XI?ddd?dddd?dd", 85),
            form("uk-vat-government", "GB?GDddd", 60),
            form("uk-vat-health", "GB?HAddd", 60),
            form("uk-vat-bare", "ddd dddd dd", 35),
            form("uk-vat-digits", "d{9}", 15),
        ],
    },
    Identifier {
        entity: "UK_UTR",
        title: "Unique taxpayer reference",
        country: "GB",
        kind: Kind::Tax,
        source: "HMRC, UTR: first digit from the others, weights 6 7 8 9 10 5 4 3 2 modulo 11",
        context: &["tax", "tin", "taxpayer", "utr", "hmrc"],
        check: Some(utr),
        forms: &[form("uk-utr", "d{5}~d{5}", 12)],
    },
    Identifier {
        entity: "UK_UPN",
        title: "Unique pupil number of England",
        country: "GB",
        kind: Kind::National,
        source: "Department for Education, UPN guide: check letter, weights 2 to 13 modulo 23",
        context: &["upn", "pupil", "school"],
        check: Some(upn),
        forms: &[form("uk-upn", "ld{11}x", 60)],
    },
    Identifier {
        entity: "UK_COMPANY_NUMBER",
        title: "UK company number",
        country: "GB",
        kind: Kind::Company,
        source: "Companies House, Uniform Resource Identifiers: eight digits or two letters and \
            six digits",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "companies",
            "crn",
        ],
        check: Some(company),
        forms: &[
            form("uk-company-letters", "[A-Z][A-Z0-9]d{6}", 20),
            form("uk-company", "d{8}", 5),
        ],
    },
];

const TEN_TO_TWO: [u32; 9] = [10, 9, 8, 7, 6, 5, 4, 3, 2];

fn nhs(digits: &[u8]) -> Result<(), Fault> {
    agree(complement(digits, &TEN_TO_TWO, 11), digit(digits, 9))
}

fn chi(digits: &[u8]) -> Result<(), Fault> {
    let day = number(digits, 0, 2);
    let born = day_month(day, number(digits, 2, 4), number(digits, 4, 6));
    require(born, Fault::Date)?;
    nhs(digits)
}

fn nino(text: &[u8]) -> Result<(), Fault> {
    let unused = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    require(
        !unused.iter().any(|prefix| text.starts_with(*prefix)),
        Fault::Issuer,
    )
}

/// Nines fill up a short name; 51 to 62 are the months of women.
fn driving_licence(text: &[u8]) -> Result<(), Fault> {
    let name = &text[..5];
    let letters = name
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let filled = name[letters..].iter().all(|byte| *byte == b'9');
    require(filled, Fault::Structure)?;
    let month = number(text, 6, 8).map(|month| if month > 50 { month - 50 } else { month });
    let year = digit(text, 5).zip(digit(text, 10));
    let year = year.map(|(decade, year)| decade * 10 + year);
    require(day_month(number(text, 8, 10), month, year), Fault::Date)
}

/// The areas of England, Wales, Scotland, Northern Ireland and the islands.
const AREAS: &str = "\
    AB AL B BA BB BD BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG \
    DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW \
    KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA \
    SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO \
    ZE";

fn postcode(text: &[u8]) -> Result<(), Fault> {
    if text == b"GIR0AA" {
        return Ok(());
    }
    let letters = text
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let area = &text[..letters];
    require(
        AREAS.split(' ').any(|known| known.as_bytes() == area),
        Fault::Area,
    )?;
    let fits = match &text[..text.len() - 3] {
        [_, second] => second.is_ascii_digit(),
        [_, second, third] if second.is_ascii_digit() => {
            third.is_ascii_digit() || b"ABCDEFGHJKPSTUW".contains(third)
        }
        [_, _, third] => third.is_ascii_digit(),
        [_, _, _, fourth] => fourth.is_ascii_digit() || b"ABEHMNPRVWXY".contains(fourth),
        _ => false,
    };
    require(fits, Fault::Structure)
}

/// Only current marks have an age to check; they alone have two letters first and a digit third.
fn plate(text: &[u8]) -> Result<(), Fault> {
    if text.len() != 7 || !text[1].is_ascii_uppercase() || !text[2].is_ascii_digit() {
        return Ok(());
    }
    let age = number(text, 2, 4);
    require(
        age.is_some_and(|age| matches!(age, 2..=29 | 51..=79)),
        Fault::Serial,
    )
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    let digits = text
        .iter()
        .position(u8::is_ascii_digit)
        .map_or(text, |at| &text[at..]);
    let number_of_office = number(digits, 0, 3);
    if digits.len() == 3 {
        let department = text[2] == b'G';
        let fits = number_of_office.is_some_and(|office| (office < 500) == department);
        return require(fits, Fault::Issuer);
    }
    let sum = rest(digits, &[8, 7, 6, 5, 4, 3, 2, 10, 1], 97);
    let new = number_of_office >= Some(100);
    checksum(sum == Some(0) || new && matches!(sum, Some(42 | 55)))
}

fn utr(digits: &[u8]) -> Result<(), Fault> {
    let sum = rest(&digits[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2], 11);
    let first = sum.and_then(|sum| digit(b"21987654321", sum as usize));
    agree(first, digit(digits, 0))
}

fn upn(text: &[u8]) -> Result<(), Fault> {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRTUVWXYZ0123456789";
    let place = |byte: &u8| ALPHABET.iter().position(|letter| letter == byte);
    let terms = text[1..].iter().zip(2..);
    let sum = terms.map(|(byte, weight)| Some(place(byte)? * weight));
    let sum = sum.sum::<Option<usize>>().map(|sum| sum % 23);
    checksum(sum.is_some() && sum == place(&text[0]))
}

fn company(text: &[u8]) -> Result<(), Fault> {
    const KINDS: [&[u8]; 26] = [
        b"SC", b"NI", b"OC", b"SO", b"NC", b"R0", b"FC", b"SF", b"NF", b"LP", b"SL", b"NL", b"GE",
        b"GN", b"GS", b"IP", b"SP", b"NP", b"IC", b"SI", b"CE", b"CS", b"OE", b"RC", b"SR", b"ZC",
    ];
    let digits = text.iter().all(u8::is_ascii_digit);
    require(digits || KINDS.contains(&&text[..2]), Fault::Issuer)
}
