//! Seeded random numbers, and the identifiers made of them.
//!
//! Every identifier passes its public check (Luhn, ISO 13616) and stays inside ranges set aside for
//! examples where such ranges exist. The generator is SplitMix64: reproducible on every machine, and
//! of no use for secrets. Next: [`super`], which makes customers of these.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same sequence, always.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    ///
    /// The remainder's bias is below 2⁻⁴⁰ for the ranges used here, and nobody guesses sample data.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// One of `choices`, which is not empty.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let last = choices.len() as u64 - 1;
        let index = usize::try_from(self.between(0, last)).expect("an index of a slice fits usize");
        &choices[index]
    }

    /// `count` decimal digits.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + self.next().to_le_bytes()[0] % 10))
            .collect()
    }
}

/// A card number under a prefix that payment processors publish for tests, with its check digit
/// (ISO/IEC 7812-1 Annex B).
pub fn card(random: &mut Random) -> String {
    // Prefix and total length: Visa, Mastercard, American Express, Discover.
    let &(prefix, length) = random.one_of(&[
        ("411111", 16),
        ("555555", 16),
        ("222300", 16),
        ("378282", 15),
        ("601111", 16),
    ]);
    let body = format!("{prefix}{}", random.digits(length - prefix.len() - 1));
    let check = luhn_check_digit(&body);
    format!("{body}{check}")
}

/// The digit that makes `body` pass Luhn when it is written after it.
fn luhn_check_digit(body: &str) -> u32 {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit) {
                (0, 5..) => digit * 2 - 9,
                (0, _) => digit * 2,
                _ => digit,
            }
        })
        .sum();
    (10 - sum % 10) % 10
}

/// An IBAN of one of five countries, with its check digits (ISO 13616, ISO/IEC 7064 MOD 97-10).
/// The account part is random.
pub fn iban(random: &mut Random) -> String {
    // Country, letters of the bank, digits after them; from the SWIFT registry.
    let &(country, bank, digits) = random.one_of(&[
        ("DE", "", 18),
        ("AT", "", 16),
        ("CH", "", 17),
        ("NL", "TEST", 10),
        ("GB", "TEST", 14),
    ]);
    let account = format!("{bank}{}", random.digits(digits));
    let check = 98 - mod_97(&format!("{account}{country}00"));
    format!("{country}{check:02}{account}")
}

/// The remainder by 97 of `text` read as ISO 13616 does: letters count from A = 10.
fn mod_97(text: &str) -> u32 {
    text.chars()
        .filter_map(|c| c.to_digit(36))
        .fold(0, |rest, value| {
            let shift = if value < 10 { 10 } else { 100 };
            (rest * shift + value) % 97
        })
}

/// A United States social security number in an area that has been assigned (never 000, 666 or 900
/// and above), group and serial not zero.
pub fn ssn(random: &mut Random) -> String {
    let area = match random.between(1, 898) {
        area if area < 666 => area,
        area => area + 1,
    };
    format!(
        "{area:03}-{:02}-{:04}",
        random.between(1, 99),
        random.between(1, 9999)
    )
}

/// A North American telephone number from the block 555-0100 to 555-0199, which is set aside for
/// fiction, in one of the ways people write it.
pub fn phone(random: &mut Random) -> String {
    let area = random.one_of(&[
        "202", "212", "303", "312", "404", "415", "503", "617", "713",
    ]);
    let line = random.between(100, 199);
    match random.between(0, 2) {
        0 => format!("+1 {area}-555-0{line}"),
        1 => format!("({area}) 555-0{line}"),
        _ => format!("{area}-555-0{line}"),
    }
}

/// An address set aside for documentation: RFC 5737, one in five RFC 3849.
pub fn ip(random: &mut Random) -> String {
    if random.between(0, 4) == 0 {
        return format!(
            "2001:db8:{:x}::{:x}",
            random.between(1, 0xffff),
            random.between(1, 0xffff)
        );
    }
    let net = random.one_of(&["192.0.2", "198.51.100", "203.0.113"]);
    format!("{net}.{}", random.between(1, 254))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_the_published_examples() {
        assert_eq!(luhn_check_digit("411111111111111"), 1);
        assert_eq!(luhn_check_digit("37828224631000"), 5);
        assert_eq!(
            mod_97("WEST12345698765432GB82"),
            1,
            "the example of ISO 13616"
        );
    }

    #[test]
    fn every_iban_made_here_leaves_remainder_one() {
        let mut random = Random::new(1);
        for _ in 0..1000 {
            let iban = iban(&mut random);
            let (head, account) = iban.split_at(4);
            assert_eq!(mod_97(&format!("{account}{head}")), 1, "{iban}");
        }
    }

    #[test]
    fn no_ssn_lies_in_an_area_that_was_never_assigned() {
        let mut random = Random::new(2);
        for _ in 0..10_000 {
            let ssn = ssn(&mut random);
            let area = &ssn[..3];
            assert!(area != "000" && area != "666" && area < "900", "{ssn}");
        }
    }
}
