//! Check digits that many identifiers share, over ASCII letters (capitals) and digits.
//!
//! What is not in the alphabet of a function makes it answer "wrong", so that no caller has to look
//! first. Luhn is [`super::luhn`].

use super::Fault;

/// The value of a digit; of a letter 10 to 35, as in ISO 13616 and ICAO 9303.
pub(crate) fn value(byte: u8) -> Option<u32> {
    (byte as char).to_digit(36)
}

/// `Ok` when `holds`, else [`Fault::Checksum`].
pub(crate) const fn checksum(holds: bool) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::Checksum) }
}

/// The sum of digit × weight over as many places as there are weights. `None` when a place is
/// missing or no digit.
pub(crate) fn weighted(digits: &[u8], weights: &[u32]) -> Option<u32> {
    let places = digits.get(..weights.len())?;
    places
        .iter()
        .zip(weights)
        .try_fold(0, |sum, (byte, weight)| {
            Some(sum + (*byte as char).to_digit(10)? * weight)
        })
}

/// The digit at `place`, from zero.
pub(crate) fn digit(digits: &[u8], place: usize) -> Option<u32> {
    (*digits.get(place)? as char).to_digit(10)
}

/// The number that the digits from `from` to before `to` spell; at most nine of them.
pub(crate) fn number(digits: &[u8], from: usize, to: usize) -> Option<u32> {
    let places = digits.get(from..to).filter(|places| places.len() <= 9)?;
    places.iter().try_fold(0, |sum, byte| {
        Some(sum * 10 + (*byte as char).to_digit(10)?)
    })
}

/// The remainder of the number by a modulus below 10,000; digits of any length.
pub(crate) fn remainder<'text>(
    digits: impl IntoIterator<Item = &'text u8>,
    modulus: u32,
) -> Option<u32> {
    digits.into_iter().try_fold(0, |rest, byte| {
        Some((rest * 10 + (*byte as char).to_digit(10)?) % modulus)
    })
}

/// `Ok` when `holds`, else `fault`.
pub(crate) const fn require(holds: bool, fault: Fault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault) }
}

/// `Ok` when what was computed is what is written; neither may be missing.
pub(crate) fn agree(computed: Option<u32>, written: Option<u32>) -> Result<(), Fault> {
    checksum(computed.is_some() && computed == written)
}

/// The remainder of the weighted sum.
pub(crate) fn rest(digits: &[u8], weights: &[u32], modulus: u32) -> Option<u32> {
    weighted(digits, weights).map(|sum| sum % modulus)
}

/// What is missing from the weighted sum to a multiple of the modulus.
pub(crate) fn complement(digits: &[u8], weights: &[u32], modulus: u32) -> Option<u32> {
    rest(digits, weights, modulus).map(|rest| (modulus - rest) % modulus)
}

/// Weights 1, 2 … 9, 1, 2 … and the remainder by eleven; where that is ten, the same from 3, and
/// ten counts as zero. The body of Lithuanian and Estonian numbers, without the check digit.
pub(crate) fn two_rounds_of_11(body: &[u8]) -> Option<u32> {
    let round = |first: usize| {
        let places = body.iter().zip((1..=9).cycle().skip(first));
        let sum = places.map(|(byte, weight)| Some((*byte as char).to_digit(10)? * weight));
        sum.sum::<Option<u32>>().map(|sum| sum % 11)
    };
    match round(0)? {
        10 => round(2).map(|rest| rest % 10),
        rest => Some(rest),
    }
}

/// ICAO Doc 9303-3 §4.9: weights 7, 3, 1 over letters and digits; the last digit is the remainder
/// by ten of those before it.
pub(crate) fn icao_9303(text: &[u8]) -> bool {
    let Some((last, body)) = text.split_last() else {
        return false;
    };
    let terms = body.iter().zip([7, 3, 1].into_iter().cycle());
    let sum = terms.map(|(byte, weight)| Some(value(*byte)? * weight));
    let sum = sum.sum::<Option<u32>>().map(|sum| sum % 10);
    sum.is_some() && sum == (*last as char).to_digit(10)
}

/// ISO/IEC 7064 MOD 11,10, the last digit included.
pub(crate) fn mod_11_10(digits: &[u8]) -> bool {
    hybrid(digits, 10)
}

/// ISO/IEC 7064 MOD 37,36, the last character included: letters and digits.
pub(crate) fn mod_37_36(text: &[u8]) -> bool {
    hybrid(text, 36)
}

/// The hybrid systems of ISO/IEC 7064: MOD `modulus + 1`, `modulus`.
fn hybrid(text: &[u8], modulus: u32) -> bool {
    let mut product = modulus;
    for (index, byte) in text.iter().enumerate() {
        let Some(value) = value(*byte).filter(|value| *value < modulus) else {
            return false;
        };
        let sum = (product + value) % modulus;
        if index + 1 == text.len() {
            return sum == 1;
        }
        product = (if sum == 0 { modulus } else { sum }) * 2 % (modulus + 1);
    }
    false
}

/// ISO/IEC 7064 MOD 11-2, the last character included, which may be `X` for ten.
pub(crate) fn mod_11_2(text: &[u8]) -> bool {
    let Some((last, body)) = text.split_last() else {
        return false;
    };
    let sum = body.iter().try_fold(0, |sum, byte| {
        Some((sum + (*byte as char).to_digit(10)?) * 2 % 11)
    });
    let last = if *last == b'X' {
        Some(10)
    } else {
        (*last as char).to_digit(10)
    };
    matches!((sum, last), (Some(sum), Some(last)) if (sum + last) % 11 == 1)
}

/// ISO/IEC 7064 MOD 97-10 over letters and digits as they stand: the remainder is one.
pub(crate) fn mod_97_10(text: &[u8]) -> bool {
    let rest = text.iter().try_fold(0, |rest, byte| {
        let value = value(*byte)?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    });
    rest == Some(1)
}

/// J. Verhoeff, *Error Detecting Decimal Codes* (1969): the last digit included.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    // The dihedral group of order ten: multiplication, and the permutation by powers.
    const fn times(left: u32, right: u32) -> u32 {
        match (left < 5, right < 5) {
            (true, true) => (left + right) % 5,
            (true, false) => (left + right - 5) % 5 + 5,
            (false, true) => (left - 5 + 5 - right) % 5 + 5,
            (false, false) => (left + 5 - right) % 5,
        }
    }
    const TURN: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut check = 0;
    for (index, byte) in digits.iter().rev().enumerate() {
        let Some(mut value) = (*byte as char).to_digit(10) else {
            return false;
        };
        for _ in 0..index % 8 {
            value = TURN[value as usize];
        }
        check = times(check, value);
    }
    check == 0 && !digits.is_empty()
}

/// Whether day, month and two digits of a year can stand in some century.
pub(crate) fn day_month(
    day: Option<u32>,
    month: Option<u32>,
    year_of_century: Option<u32>,
) -> bool {
    let (Some(day), Some(month), Some(year)) = (day, month, year_of_century) else {
        return false;
    };
    (1..=days_of(month, year % 4 == 0)).contains(&day)
}

/// Whether this is a day of the Gregorian calendar.
pub(crate) fn date(year: Option<u32>, month: Option<u32>, day: Option<u32>) -> bool {
    let (Some(year), Some(month), Some(day)) = (year, month, day) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    (1..=days_of(month, leap)).contains(&day)
}

const fn days_of(month: u32, leap: bool) -> u32 {
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_of_iso_7064_accept_published_examples_and_refuse_each_other_digit() {
        // The standard's own examples of MOD 11-2; the others are of
        // identifiers: a German tax number, an ISNI, a German IBAN turned.
        assert!(mod_11_2(b"07940") && mod_11_2(b"079X"));
        assert!(!mod_11_2(b"07941") && !mod_11_2(b"0794X"));
        assert!(mod_11_10(b"86095742719"));
        assert!(mod_97_10(b"370400440532013000DE89"));
        for last in b'0'..=b'9' {
            assert_eq!(
                mod_11_10(&[b"8609574271", &[last][..]].concat()),
                last == b'9'
            );
        }
        assert!(!mod_11_10(b"") && !mod_11_2(b"") && !mod_97_10(b"") && !mod_37_36(b"a"));
    }

    #[test]
    fn sums_with_weights_agree_with_published_examples() {
        // Doc 9303-3 appendix A prints 520727 with check digit 3, and AB2134 with 5.
        assert!(icao_9303(b"5207273") && icao_9303(b"AB21345"));
        assert!(!icao_9303(b"5207274") && !icao_9303(b"52 0723") && !icao_9303(b""));
        assert_eq!(two_rounds_of_11(b"3760503029"), Some(9));
        assert_eq!(two_rounds_of_11(b"376050302A"), None);
        assert_eq!(rest(b"123", &[3, 2, 1], 7), Some(3));
        assert_eq!(complement(b"123", &[3, 2, 1], 7), Some(4));
        assert_eq!(complement(b"007", &[3, 2, 1], 7), Some(0));
        assert_eq!(rest(b"12", &[3, 2, 1], 7), None);
        assert_eq!(agree(None, None), Err(Fault::Checksum));
        assert_eq!(agree(Some(1), Some(1)), Ok(()));
    }

    #[test]
    fn verhoeff_finds_each_wrong_digit_and_each_swap() {
        let right = b"2363";
        assert!(verhoeff(right));
        for place in 0..4 {
            for digit in b'0'..=b'9' {
                let mut other = *right;
                other[place] = digit;
                assert_eq!(verhoeff(&other), other == *right);
            }
        }
        for place in 0..3 {
            let mut other = *right;
            other.swap(place, place + 1);
            assert_eq!(verhoeff(&other), other == *right);
        }
    }

    #[test]
    fn days_of_the_calendar_are_told_from_others() {
        assert!(date(Some(2000), Some(2), Some(29)) && !date(Some(1900), Some(2), Some(29)));
        assert!(!date(Some(2001), Some(13), Some(1)) && !date(Some(2001), Some(4), Some(31)));
        assert!(!date(Some(2001), Some(1), Some(0)) && !date(None, Some(1), Some(1)));
        assert!(day_month(Some(29), Some(2), Some(0)) && !day_month(Some(29), Some(2), Some(1)));
    }
}
