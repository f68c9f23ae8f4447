//! Türkiye.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, digit, number, require, rest, weighted},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "TR_NATIONAL_ID",
        title: "Turkish identity number (T.C. kimlik numarası)",
        country: "TR",
        kind: Kind::National,
        source: "5490 sayılı Kanun, NVİ: tenth digit from odd and even places, eleventh from the \
            sum of all",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "kimlik",
            "tc",
            "tckn",
            "tckimlik",
            "vatandaşlık",
            "numarası",
        ],
        check: Some(national),
        forms: &[form("tr-national-id", "[1-9]d{10}", 50)],
    },
    Identifier {
        entity: "TR_LICENSE_PLATE",
        title: "Turkish vehicle registration (plaka)",
        country: "TR",
        kind: Kind::Vehicle,
        source: "Karayolları Trafik Yönetmeliği: province 01 to 81, one to three letters, two to \
            five digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "plaka*",
            "plakası",
            "araç",
        ],
        check: Some(plate),
        forms: &[
            form("tr-plate", "dd [A-PR-VYZ]{1,3} d{2,5}", 22),
            form("tr-plate-joined", "dd?[A-PR-VYZ]{1,3}?d{2,5}", 8),
        ],
    },
    Identifier {
        entity: "TR_TAX_NUMBER",
        title: "Turkish tax number (vergi kimlik numarası)",
        country: "TR",
        kind: Kind::Tax,
        source: "213 sayılı Kanun, GİB: each digit and its place, powers of two modulo nine",
        context: &["tax", "tin", "taxpayer", "vergi", "vkn", "numarası"],
        check: Some(tax),
        forms: &[form("tr-tax-number", "d{10}", 15)],
    },
    Identifier {
        entity: "TR_PASSPORT",
        title: "Turkish passport number",
        country: "TR",
        kind: Kind::Document,
        source: "NVİ: U, S, Z or T and eight digits",
        context: &["passport*", "pasaport*"],
        check: None,
        forms: &[form("tr-passport", "[STUZ]d{8}", 18)],
    },
    Identifier {
        entity: "TR_ID_CARD",
        title: "Turkish identity card number",
        country: "TR",
        kind: Kind::Document,
        source: "NVİ: letter, two digits, letter, five digits",
        context: &["identity", "card", "id", "kimlik", "kart*", "seri"],
        check: None,
        forms: &[form("tr-id-card", "[A-Z]dd[A-Z]d{5}", 22)],
    },
    Identifier {
        entity: "TR_MERSIS",
        title: "Turkish central register number (MERSİS)",
        country: "TR",
        kind: Kind::Company,
        source: "Ticaret Bakanlığı: sixteen digits; no check verified here",
        context: &["company", "enterprise", "mersis", "ticaret", "sicil"],
        check: None,
        forms: &[form("tr-mersis", "0d{15}", 8)],
    },
];

fn national(digits: &[u8]) -> Result<(), Fault> {
    let odd = weighted(digits, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(digits, &[0, 1, 0, 1, 0, 1, 0, 1, 0]);
    // Nine times the even places is minus one of them modulo ten.
    let tenth = odd.zip(even).map(|(odd, even)| (odd * 7 + even * 9) % 10);
    agree(tenth, digit(digits, 9))?;
    agree(rest(digits, &[1; 10], 10), digit(digits, 10))
}

fn plate(text: &[u8]) -> Result<(), Fault> {
    let province = number(text, 0, 2);
    require(
        province.is_some_and(|province| (1..=81).contains(&province)),
        Fault::Area,
    )
}

fn tax(digits: &[u8]) -> Result<(), Fault> {
    let terms = (0_u32..9).map(|place| {
        let shifted = (digit(digits, place as usize)? + 9 - place) % 10;
        let product = shifted * (1 << (9 - place)) % 9;
        Some(if shifted > 0 && product == 0 {
            9
        } else {
            product
        })
    });
    let sum = terms.sum::<Option<u32>>().map(|sum| (10 - sum % 10) % 10);
    agree(sum, digit(digits, 9))
}
