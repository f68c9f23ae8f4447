//! Russia.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, digit, number, remainder, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "RU_INN",
        title: "Russian taxpayer number (ИНН)",
        country: "RU",
        kind: Kind::Tax,
        source: "ФНС, приказ ММВ-7-6/435: weights 2 4 10 3 5 9 4 6 8; for a person two digits \
            from 7 2 4 … and 3 7 2 4 …, modulo 11",
        context: &["tax", "tin", "taxpayer", "инн", "inn", "налогоплательщика"],
        check: Some(inn),
        forms: &[
            form("ru-inn-person", "d{12}", 40),
            form("ru-inn-company", "d{10}", 15),
        ],
    },
    Identifier {
        entity: "RU_SNILS",
        title: "Russian pension insurance number (СНИЛС)",
        country: "RU",
        kind: Kind::National,
        source: "Постановление ПФР 192п: weights 9 to 1 modulo 101; not checked up to 001-001-998",
        context: &[
            "social",
            "security",
            "insurance",
            "снилс",
            "snils",
            "пенсионн*",
            "страховой",
        ],
        check: Some(snils),
        forms: &[
            form("ru-snils", "ddd-ddd-ddd?dd", 65),
            form("ru-snils-digits", "d{11}", 35),
        ],
    },
    Identifier {
        entity: "RU_OGRN",
        title: "Russian company register number (ОГРН)",
        country: "RU",
        kind: Kind::Company,
        source: "Приказ Минфина 165н: the number before modulo 11, modulo 10",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "огрн",
            "ogrn",
            "регистрационный",
        ],
        check: Some(ogrn),
        forms: &[form("ru-ogrn", "[1-9]d{12}", 18)],
    },
    Identifier {
        entity: "RU_OGRNIP",
        title: "Russian entrepreneur register number (ОГРНИП)",
        country: "RU",
        kind: Kind::Company,
        source: "Приказ Минфина 165н: the number before modulo 13, modulo 10",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "огрнип",
            "ogrnip",
            "ип",
        ],
        check: Some(ogrn),
        forms: &[form("ru-ogrnip", "[34]d{14}", 22)],
    },
    Identifier {
        entity: "RU_KPP",
        title: "Russian code of the reason for registration (КПП)",
        country: "RU",
        kind: Kind::Tax,
        source: "ФНС, приказ ММВ-7-6/435: office, reason, number; no check",
        context: &["tax", "tin", "taxpayer", "кпп", "kpp"],
        check: None,
        forms: &[form("ru-kpp", "dddd[0-9A-Z]{2}ddd", 5)],
    },
    Identifier {
        entity: "RU_PASSPORT",
        title: "Russian internal passport number",
        country: "RU",
        kind: Kind::Document,
        source: "Постановление 828: series of four digits, number of six; no check",
        context: &["passport*", "паспорт*", "серия"],
        check: None,
        forms: &[
            form("ru-passport", "dd dd d{6}", 18),
            form("ru-passport-series", "dddd d{6}", 12),
            form("ru-passport-digits", "d{10}", 5),
        ],
    },
    Identifier {
        entity: "RU_INTERNATIONAL_PASSPORT",
        title: "Russian passport number for travel abroad",
        country: "RU",
        kind: Kind::Document,
        source: "Two and seven digits, no check",
        context: &["passport*", "загранпаспорт*", "заграничный", "паспорт*"],
        check: None,
        forms: &[
            form("ru-international-passport", "dd d{7}", 8),
            form("ru-international-passport-digits", "d{9}", 5),
        ],
    },
    Identifier {
        entity: "RU_DRIVING_LICENCE",
        title: "Russian driving licence number",
        country: "RU",
        kind: Kind::Licence,
        source: "МВД: four digits (two may be letters) and six; no check",
        context: &[
            "driving",
            "driver*",
            "licence",
            "license",
            "водительское",
            "удостоверение",
            "права",
        ],
        check: None,
        forms: &[
            form("ru-driving-licence", "dd xx d{6}", 10),
            form("ru-driving-licence-digits", "d{10}", 5),
        ],
    },
    Identifier {
        entity: "RU_OMS",
        title: "Russian health insurance policy number (ЕНП)",
        country: "RU",
        kind: Kind::Health,
        source: "ФФОМС: sixteen digits; the check digit is not verified here",
        context: &[
            "health",
            "patient",
            "insurance",
            "омс",
            "полис*",
            "енп",
            "oms",
        ],
        check: None,
        forms: &[form("ru-oms", "d{16}", 5)],
    },
    Identifier {
        entity: "RU_VEHICLE_REGISTRATION",
        title: "Russian vehicle registration",
        country: "RU",
        kind: Kind::Vehicle,
        source: "ГОСТ Р 50577: letters that Latin and Cyrillic share, region",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "госномер*",
            "номер",
            "автомобил*",
        ],
        check: None,
        forms: &[form(
            "ru-plate",
            "[ABEKMHOPCTYX]~ddd~[ABEKMHOPCTYX]{2}~d{2,3}",
            35,
        )],
    },
];

fn inn(digits: &[u8]) -> Result<(), Fault> {
    let key = |weights: &[u32]| rest(digits, weights, 11).map(|rest| rest % 10);
    if digits.len() == 10 {
        return agree(key(&[2, 4, 10, 3, 5, 9, 4, 6, 8]), digit(digits, 9));
    }
    agree(key(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]), digit(digits, 10))?;
    agree(key(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]), digit(digits, 11))
}

fn snils(digits: &[u8]) -> Result<(), Fault> {
    if number(digits, 0, 9) <= Some(1_001_998) {
        return Ok(());
    }
    let sum = rest(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1], 101).map(|rest| rest % 100);
    agree(sum, number(digits, 9, 11))
}

fn ogrn(digits: &[u8]) -> Result<(), Fault> {
    let (_, body) = digits.split_last().ok_or(Fault::Length)?;
    let modulus = if digits.len() == 13 { 11 } else { 13 };
    agree(
        remainder(body, modulus).map(|rest| rest % 10),
        digit(digits, body.len()),
    )
}
