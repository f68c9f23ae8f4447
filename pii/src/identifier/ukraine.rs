//! Ukraine.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, date, digit, number, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "UA_RNOKPP",
        title: "Ukrainian taxpayer card number (РНОКПП, ІПН)",
        country: "UA",
        kind: Kind::Tax,
        source: "ДПС: days since 1899, serial, weights -1 5 7 9 4 6 10 5 7 modulo 11",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "рнокпп",
            "іпн",
            "ідентифікаційний",
            "інн",
            "податків",
            "платника",
        ],
        check: Some(person),
        forms: &[form("ua-rnokpp", "d{10}", 15)],
    },
    Identifier {
        entity: "UA_EDRPOU",
        title: "Ukrainian company number (ЄДРПОУ)",
        country: "UA",
        kind: Kind::Company,
        source: "Держстат: weights 1 to 7, or 7 1 to 6 between 30 and 60 millions, modulo 11, \
            then with two more",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "єдрпоу",
            "edrpou",
        ],
        check: Some(company),
        forms: &[form("ua-edrpou", "d{8}", 15)],
    },
    Identifier {
        entity: "UA_UNZR",
        title: "Ukrainian register number of a person (УНЗР)",
        country: "UA",
        kind: Kind::National,
        source: "Закон 5492-VI: date of birth, hyphen, five digits; the check digit is not \
            verified here",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "унзр",
            "unzr",
            "запис*",
        ],
        check: Some(register),
        forms: &[form("ua-unzr", "[12]d{7}-d{5}", 50)],
    },
    Identifier {
        entity: "UA_ID_CARD",
        title: "Ukrainian identity card number",
        country: "UA",
        kind: Kind::Document,
        source: "ДМС: nine digits, no published check",
        context: &["identity", "паспорт*", "картка"],
        check: None,
        forms: &[form("ua-id-card", "d{9}", 5)],
    },
    Identifier {
        entity: "UA_PASSPORT",
        title: "Ukrainian passport number for travel abroad",
        country: "UA",
        kind: Kind::Document,
        source: "ДМС: two letters and six digits",
        context: &["passport*", "паспорт*", "закордонний", "серія"],
        check: None,
        forms: &[form("ua-passport", "[A-Z]{2}~d{6}", 12)],
    },
    Identifier {
        entity: "UA_VEHICLE_REGISTRATION",
        title: "Ukrainian vehicle registration",
        country: "UA",
        kind: Kind::Vehicle,
        source: "Letters that Latin and Cyrillic share: two, four digits, two",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "номер*",
            "авто",
            "автомобіль",
            "держномер*",
        ],
        check: None,
        forms: &[form(
            "ua-plate",
            "[ABCEHIKMOPTXY]{2}~dddd~[ABCEHIKMOPTX]{2}",
            30,
        )],
    },
];

fn person(digits: &[u8]) -> Result<(), Fault> {
    // Ten is minus one modulo eleven.
    let sum = rest(digits, &[10, 5, 7, 9, 4, 6, 10, 5, 7], 11).map(|rest| rest % 10);
    agree(sum, digit(digits, 9))
}

fn company(digits: &[u8]) -> Result<(), Fault> {
    let middle = matches!(digits[0], b'3'..=b'5');
    let first = if middle {
        [7, 1, 2, 3, 4, 5, 6]
    } else {
        [1, 2, 3, 4, 5, 6, 7]
    };
    let sum = match rest(digits, &first, 11) {
        Some(10) => rest(digits, &first.map(|weight| weight + 2), 11).map(|rest| rest % 10),
        other => other,
    };
    agree(sum, digit(digits, 7))
}

fn register(digits: &[u8]) -> Result<(), Fault> {
    let year = number(digits, 0, 4).filter(|year| (1850..2100).contains(year));
    require(
        date(year, number(digits, 4, 6), number(digits, 6, 8)),
        Fault::Date,
    )
}
