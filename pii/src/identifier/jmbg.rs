//! The number of a citizen of former Yugoslavia (JMBG, EMBG, EMŠO), which its successors kept.
//!
//! Uredba o načinu određivanja matičnog broja (Sl. list SFRJ 58/76): day, month, three digits of
//! the year, region, serial, and a check digit: weights 7 to 2 twice, modulo 11. The region tells
//! which country gave the number, so each of their tables passes its own.

use core::ops::RangeInclusive;

use crate::check::{
    Fault,
    digits::{agree, complement, date, number, require},
};

/// Checks a number given in the regions of one country, or to foreigners there.
pub(super) fn check(
    digits: &[u8],
    regions: RangeInclusive<u32>,
    foreigners: u32,
) -> Result<(), Fault> {
    let year = number(digits, 4, 7).map(|year| year + if year < 800 { 2000 } else { 1000 });
    let born = date(year, number(digits, 2, 4), number(digits, 0, 2));
    require(born, Fault::Date)?;
    let region = number(digits, 7, 9);
    let known = region.is_some_and(|region| regions.contains(&region) || region == foreigners);
    require(known, Fault::Area)?;
    let computed = complement(digits, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 11);
    agree(
        computed,
        digits.get(12).and_then(|last| (*last as char).to_digit(10)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_example_passes_in_its_region_alone() {
        // An example of the Slovenian EMŠO; its region 50 is Slovenia.
        assert_eq!(check(b"0101006500006", 50..=59, 5), Ok(()));
        assert_eq!(check(b"0101006500006", 10..=19, 1), Err(Fault::Area));
        assert_eq!(check(b"0101006500007", 50..=59, 5), Err(Fault::Checksum));
        assert_eq!(check(b"3002006500006", 50..=59, 5), Err(Fault::Date));
    }
}
