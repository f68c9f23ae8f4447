//! Dates and times as people and programs write them.

use super::{Form, Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{date, number},
};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "DATE_TIME",
    title: "date, or date and time",
    country: "",
    kind: Kind::Date,
    source: "ISO 8601, RFC 3339; the calendar (leap years included)",
    context: &[
        "date",
        "birthday",
        "born",
        "birth",
        "dob",
        "since",
        "until",
        "geboren",
        "geb",
        "geburtsdatum",
        "née",
        "né",
        "naissance",
        "nacido",
        "nacida",
        "nacimiento",
        "nato",
        "nata",
        "nascita",
        "nascimento",
        "geboortedatum",
        "expires",
        "expiry",
    ],
    check: None,
    forms: FORMS,
}];

static FORMS: &[Form] = &[
    form("date-iso", "dddd-dd-dd", 60).checked(year_first),
    form("date-iso", "dddd/dd/dd", 50).checked(year_first),
    form("date-iso", "dddd.dd.dd", 50).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:dd", 80).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:ddZ", 80).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:dd:dd", 80).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:dd:ddZ", 80).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:dd:dd+dd:dd", 80).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:dd:dd-dd:dd", 80).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:dd:dd.d{1,9}", 80).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:dd:dd.d{1,9}Z", 80).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:dd:dd.d{1,9}+dd:dd", 80).checked(year_first),
    form("date-time-iso", "dddd-dd-ddTdd:dd:dd.d{1,9}-dd:dd", 80).checked(year_first),
    form("date-time", "dddd-dd-dd dd:dd", 80).checked(spaced),
    form("date-time", "dddd-dd-dd dd:dd:dd", 80).checked(spaced),
    form("date-numeric", "d/d/dddd", 50).checked(numeric::<1, 1>),
    form("date-numeric", "d/dd/dddd", 50).checked(numeric::<1, 2>),
    form("date-numeric", "dd/d/dddd", 50).checked(numeric::<2, 1>),
    form("date-numeric", "dd/dd/dddd", 50).checked(numeric::<2, 2>),
    form("date-numeric", "d.d.dddd", 50).checked(numeric::<1, 1>),
    form("date-numeric", "d.dd.dddd", 50).checked(numeric::<1, 2>),
    form("date-numeric", "dd.d.dddd", 50).checked(numeric::<2, 1>),
    form("date-numeric", "dd.dd.dddd", 50).checked(numeric::<2, 2>),
    form("date-numeric", "d-d-dddd", 50).checked(numeric::<1, 1>),
    form("date-numeric", "d-dd-dddd", 50).checked(numeric::<1, 2>),
    form("date-numeric", "dd-d-dddd", 50).checked(numeric::<2, 1>),
    form("date-numeric", "dd-dd-dddd", 50).checked(numeric::<2, 2>),
    form("date-numeric", "d;d;dddd", 50).checked(numeric::<1, 1>),
    form("date-numeric", "d;dd;dddd", 50).checked(numeric::<1, 2>),
    form("date-numeric", "dd;d;dddd", 50).checked(numeric::<2, 1>),
    form("date-numeric", "dd;dd;dddd", 50).checked(numeric::<2, 2>),
    form("date-short", "d/d/dd", 30).checked(numeric::<1, 1>),
    form("date-short", "d/dd/dd", 30).checked(numeric::<1, 2>),
    form("date-short", "dd/d/dd", 30).checked(numeric::<2, 1>),
    form("date-short", "dd/dd/dd", 30).checked(numeric::<2, 2>),
    form("date-short", "d.d.dd", 10).checked(numeric::<1, 1>),
    form("date-short", "d.dd.dd", 10).checked(numeric::<1, 2>),
    form("date-short", "dd.d.dd", 10).checked(numeric::<2, 1>),
    form("date-short", "dd.dd.dd", 20).checked(numeric::<2, 2>),
    form("date-month", "d{1,2}~lll~dddd", 60).checked(named),
    form("date-month", "d{1,2}~l{4,9}~dddd", 60).checked(named),
    form("date-month", "lll~d{1,2}~dddd", 60).checked(named),
    form("date-month", "l{4,9}~d{1,2}~dddd", 60).checked(named),
    form("date-month", "lll d{1,2},dddd", 60).checked(named),
    form("date-month", "l{4,9} d{1,2},dddd", 60).checked(named),
    form("date-month", "d{1,2};lll dddd", 60).checked(named),
    form("date-month", "d{1,2};l{4,9} dddd", 60).checked(named),
    form("date-month", "d{1,2} DE l{4,10} DE dddd", 60).checked(joined),
    form("date-month", "d{1,2} DE l{4,10} DEL dddd", 60).checked(joined),
    form("date-month", "lll d{1,2}ll,dddd", 60).checked(ordinal),
    form("date-month", "l{4,9} d{1,2}ll,dddd", 60).checked(ordinal),
    form("date-month", "lll d{1,2}ll dddd", 60).checked(ordinal),
    form("date-month", "l{4,9} d{1,2}ll dddd", 60).checked(ordinal),
    form("date-month", "d{1,2}ll lll dddd", 60).checked(ordinal),
    form("date-month", "d{1,2}ll l{4,9} dddd", 60).checked(ordinal),
    form("date-month", "d{1,2}ll OF lll dddd", 60).checked(ordinal),
    form("date-month", "d{1,2}ll OF l{4,9} dddd", 60).checked(ordinal),
    form("date-day-month", "lll d{1,2}ll", 15).checked(ordinal),
    form("date-day-month", "l{4,9} d{1,2}ll", 15).checked(ordinal),
    form("date-day-month", "d{1,2}ll lll", 15).checked(ordinal),
    form("date-day-month", "d{1,2}ll l{4,9}", 15).checked(ordinal),
    form("date-day-month", "d{1,2}ll OF lll", 15).checked(ordinal),
    form("date-day-month", "d{1,2}ll OF l{4,9}", 15).checked(ordinal),
    form("date-day-month", "d{1,2}-lll", 30).checked(named),
    form("date-day-month", "d{1,2}-l{4,9}", 30).checked(named),
    form("date-day-month", "d{1,2} lll", 15).checked(named),
    form("date-day-month", "d{1,2} l{4,9}", 15).checked(named),
    form("date-day-month", "d{1,2};lll", 15).checked(named),
    form("date-day-month", "d{1,2};l{4,9}", 15).checked(named),
    form("date-day-month", "d{1,2} DE l{4,10}", 15).checked(joined),
    form("date-day-month", "lll d{1,2}", 15).checked(named),
    form("date-day-month", "l{4,9} d{1,2}", 15).checked(named),
    form("date-month-day", "d/d", 3).checked(day_month::<1>),
    form("date-month-day", "d/dd", 3).checked(day_month::<1>),
    form("date-month-day", "dd/d", 3).checked(day_month::<2>),
    form("date-month-day", "dd/dd", 3).checked(day_month::<2>),
];

/// Names and short names of months in English, German, French, Spanish, Italian, Portuguese, Dutch,
/// Swedish, Danish and Polish, without those that are not written in ASCII.
const MONTHS: [&[&str]; 12] = [
    &[
        "JAN", "JANUARY", "JANUAR", "JANVIER", "ENERO", "ENE", "GENNAIO", "JANEIRO", "JANUARI",
        "JAENNER", "STYCZNIA",
    ],
    &[
        "FEB",
        "FEBRUARY",
        "FEBRUAR",
        "FEBRERO",
        "FEBBRAIO",
        "FEVEREIRO",
        "FEV",
        "FEVRIER",
        "FEBRUARI",
        "FEBER",
        "LUTEGO",
    ],
    &[
        "MAR", "MARCH", "MARS", "MARZO", "MAERZ", "MRZ", "MAART", "MARTS", "MARCA",
    ],
    &[
        "APR", "APRIL", "AVRIL", "ABRIL", "APRILE", "AVR", "ABR", "KWIETNIA",
    ],
    &["MAY", "MAI", "MAYO", "MAGGIO", "MAIO", "MEI", "MAJ", "MAJA"],
    &[
        "JUN", "JUNE", "JUNI", "JUIN", "JUNIO", "GIUGNO", "JUNHO", "CZERWCA",
    ],
    &[
        "JUL", "JULY", "JULI", "JUILLET", "JULIO", "LUGLIO", "JULHO", "LIPCA",
    ],
    &[
        "AUG", "AUGUST", "AGOSTO", "AGO", "AOUT", "AUGUSTUS", "AUGUSTI", "SIERPNIA",
    ],
    &[
        "SEP",
        "SEPT",
        "SEPTEMBER",
        "SEPTEMBRE",
        "SEPTIEMBRE",
        "SETIEMBRE",
        "SETTEMBRE",
        "SETEMBRO",
    ],
    &[
        "OCT", "OCTOBER", "OKTOBER", "OCTOBRE", "OCTUBRE", "OTTOBRE", "OUTUBRO", "OKT",
    ],
    &[
        "NOV",
        "NOVEMBER",
        "NOVEMBRE",
        "NOVIEMBRE",
        "NOVEMBRO",
        "LISTOPADA",
    ],
    &[
        "DEC",
        "DECEMBER",
        "DEZEMBER",
        "DICIEMBRE",
        "DICEMBRE",
        "DEZEMBRO",
        "DEZ",
        "DIC",
        "DECEMBRE",
        "GRUDNIA",
    ],
];

/// A leap year, for dates that tell none.
const ANY_YEAR: Option<u32> = Some(2000);

const fn verdict(holds: bool) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::Date) }
}

/// Year, month, day, and the time when one follows.
fn year_first(text: &[u8]) -> Result<(), Fault> {
    let calendar = date(number(text, 0, 4), number(text, 4, 6), number(text, 6, 8));
    let below = |from, limit| {
        text.len() <= from || number(text, from, from + 2).is_some_and(|value| value < limit)
    };
    // Hour and minute stand behind the letter T. A leap second is one.
    let seconds = text.get(13).is_none_or(|byte| !byte.is_ascii_digit()) || below(13, 61);
    verdict(calendar && plausible(number(text, 0, 4)) && below(9, 25) && below(11, 60) && seconds)
}

/// Year, month, day, hour, minute and perhaps second.
fn spaced(text: &[u8]) -> Result<(), Fault> {
    let below =
        |from: usize, limit| number(text, from, from + 2).is_some_and(|value| value < limit);
    let seconds = text.len() == 12 || below(12, 61);
    verdict(year_first(&text[..8]).is_ok() && below(8, 25) && below(10, 60) && seconds)
}

/// Years that people and their papers speak of.
fn plausible(year: Option<u32>) -> bool {
    year.is_some_and(|year| (1800..2200).contains(&year))
}

/// Two numbers of so many digits, one the day and one the month, and a year of two or four digits.
fn numeric<const FIRST: usize, const SECOND: usize>(text: &[u8]) -> Result<(), Fault> {
    let [first, second] = [number(text, 0, FIRST), number(text, FIRST, FIRST + SECOND)];
    let year = number(text, FIRST + SECOND, text.len());
    let (year, fits) = if text.len() - FIRST - SECOND == 2 {
        (year.map(|year| 2000 + year), true)
    } else {
        (year, plausible(year))
    };
    verdict(fits && (date(year, first, second) || date(year, second, first)))
}

/// Two numbers, the first of so many digits, one the day and one the month.
fn day_month<const FIRST: usize>(text: &[u8]) -> Result<(), Fault> {
    let [first, second] = [number(text, 0, FIRST), number(text, FIRST, text.len())];
    verdict(date(ANY_YEAR, first, second) || date(ANY_YEAR, second, first))
}

/// The name of a month between a day and, where there is one, a year of four digits.
fn named(text: &[u8]) -> Result<(), Fault> {
    let begin = text.iter().position(u8::is_ascii_alphabetic).unwrap_or(0);
    let name = &text[begin..];
    let length = name
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let (name, rest) = name.split_at(length);
    let month = month(name);
    // The year is what stands behind four digits at the end; the day is the rest.
    let after_day = if begin == 0 {
        rest.len().saturating_sub(4)
    } else {
        0
    };
    let (day, year) = match (begin, rest.len()) {
        (0, 1 | 2) => (number(rest, 0, rest.len()), ANY_YEAR),
        (0, _) => (
            number(rest, 0, after_day),
            number(rest, after_day, rest.len()),
        ),
        (_, 0) => (number(text, 0, begin), ANY_YEAR),
        (_, _) => (number(text, 0, begin), number(rest, 0, rest.len())),
    };
    verdict(plausible(year) && date(year, month, day))
}

/// As [`named`], with the day as `1st`, `2nd`, `3rd` or `4th`, and perhaps "of" before the month.
fn ordinal(text: &[u8]) -> Result<(), Fault> {
    let begin = text.iter().position(u8::is_ascii_digit).unwrap_or(0);
    let digits = text[begin..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let (day, rest) = text.split_at(begin + digits.count());
    let ends: [&[u8]; 4] = [b"ST", b"ND", b"RD", b"TH"];
    let rest = ends.iter().find_map(|end| rest.strip_prefix(*end));
    let rest = rest.ok_or(Fault::Date)?;
    named(&[day, rest.strip_prefix(b"OF").unwrap_or(rest)].concat())
}

/// A day, "de", the name of a month, and with "de" or "del" a year, as Spanish and Portuguese have them.
fn joined(text: &[u8]) -> Result<(), Fault> {
    let is_digit = |byte: &&u8| byte.is_ascii_digit();
    let day = text.iter().take_while(is_digit).count();
    let year = text.iter().rev().take_while(is_digit).count();
    let (day, rest) = text.split_at(day);
    let (words, year) = rest.split_at(rest.len().saturating_sub(year));
    let mut name = words.strip_prefix(b"DE").unwrap_or_default();
    let mut of = ANY_YEAR;
    if !year.is_empty() {
        of = number(year, 0, year.len());
        let ends: [&[u8]; 2] = [b"DEL", b"DE"];
        let before = ends.iter().find_map(|end| name.strip_suffix(*end));
        name = before.unwrap_or_default();
    }
    let day = number(day, 0, day.len());
    verdict(plausible(of) && date(of, month(name), day))
}

/// The number of the month of this name.
fn month(name: &[u8]) -> Option<u32> {
    let is_name = |known: &&str| known.as_bytes() == name;
    let index = MONTHS.iter().position(|names| names.iter().any(is_name))?;
    u32::try_from(index + 1).ok()
}
