//! The rules behind the table of Germany.

use super::districts::is_district;
use crate::check::{
    Fault,
    digits::{
        agree, checksum, complement, day_month, digit, icao_9303, mod_11_10, number, require, value,
    },
};

/// Each digit by its weight, the digits of each product added, the sum by ten. A letter stands for
/// its place in the alphabet in two digits.
fn sum_of_digits(text: &[u8], weights: &[u32]) -> u32 {
    let digits = text.iter().flat_map(|byte| {
        let place = value(*byte).unwrap_or_default();
        match place {
            10.. => [Some((place - 9) / 10), Some((place - 9) % 10)],
            _ => [Some(place), None],
        }
    });
    let products = digits
        .flatten()
        .zip(weights)
        .map(|(digit, weight)| digit * weight);
    products
        .map(|product| product / 10 + product % 10)
        .sum::<u32>()
        % 10
}

/// One digit stands twice or three times among the first ten, the others at most once.
pub(super) fn tax_id(digits: &[u8]) -> Result<(), Fault> {
    let mut counts = [0_u8; 10];
    for digit in &digits[..10] {
        counts[usize::from(digit - b'0')] += 1;
    }
    let repeated = counts.iter().filter(|count| **count > 1).count();
    if repeated != 1 || counts.iter().any(|count| *count > 3) {
        return Err(Fault::Structure);
    }
    checksum(mod_11_10(digits))
}

pub(super) fn vat_id(text: &[u8]) -> Result<(), Fault> {
    checksum(mod_11_10(&text[2..]))
}

pub(super) fn health_insurance(text: &[u8]) -> Result<(), Fault> {
    let sum = sum_of_digits(text, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
    agree(Some(sum), digit(text, 9))
}

/// The day may be fifty above the true one, where the numbers of a day ran out.
pub(super) fn social_security(text: &[u8]) -> Result<(), Fault> {
    let day = number(text, 2, 4).map(|day| if day > 50 { day - 50 } else { day });
    let born = day_month(day, number(text, 4, 6), Some(0));
    require(born, Fault::Date)?;
    let sum = sum_of_digits(text, &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]);
    agree(Some(sum), digit(text, 11))
}

pub(super) fn document(text: &[u8]) -> Result<(), Fault> {
    require(text.iter().any(u8::is_ascii_digit), Fault::Structure)?;
    checksum(text.len() == 9 || icao_9303(text))
}

/// A number that starts with two letters is none of the published form: nothing is known to check.
pub(super) fn driving_licence(text: &[u8]) -> Result<(), Fault> {
    if text[1].is_ascii_uppercase() {
        return Ok(());
    }
    let places = text[..9].iter().zip((1..=9).rev());
    let sum = places.map(|(byte, weight)| Some(value(*byte)? * weight));
    let written = if text[9] == b'X' {
        Some(10)
    } else {
        digit(text, 9)
    };
    agree(sum.sum::<Option<u32>>().map(|sum| sum % 11), written)
}

pub(super) fn postcode(text: &[u8]) -> Result<(), Fault> {
    let code = number(text, text.len() - 5, text.len());
    require(
        code.is_some_and(|code| (1001..=99998).contains(&code)),
        Fault::Area,
    )
}

/// Where the district ends is not told by letters alone: any start that leaves one or two will do.
pub(super) fn plate(text: &[u8]) -> Result<(), Fault> {
    let letters = text
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let known = (1..=2).any(|own| {
        let district = letters.checked_sub(own).and_then(|end| text.get(..end));
        district.is_some_and(is_district)
    });
    require(known, Fault::Area)
}

pub(super) fn physician(digits: &[u8]) -> Result<(), Fault> {
    agree(
        complement(digits, &[4, 9, 4, 9, 4, 9], 10),
        digit(digits, 6),
    )
}

/// The regions of the associations of physicians, and 35 and 74 for hospitals and the federation.
pub(super) fn practice(digits: &[u8]) -> Result<(), Fault> {
    const REGIONS: [u32; 19] = [
        1, 2, 3, 17, 20, 35, 38, 46, 51, 52, 71, 72, 73, 74, 78, 83, 88, 93, 98,
    ];
    let region = number(digits, 0, 2);
    require(
        region.is_some_and(|region| REGIONS.contains(&region)),
        Fault::Issuer,
    )
}

pub(super) fn institution(digits: &[u8]) -> Result<(), Fault> {
    let sum = sum_of_digits(&digits[2..], &[2, 1, 2, 1, 2, 1]);
    agree(Some(sum), digit(digits, 8))
}
