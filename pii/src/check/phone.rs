//! Telephone numbers: ITU-T E.164, and the numbering plan of every region.
//!
//! The plans are data: libphonenumber's metadata, which `scripts/phone-plans.py` writes down. The
//! library itself would bring a parser of XML and caches with locks into the enclave for a few
//! patterns. A pattern is compiled when a number of its region is first seen.

use std::sync::{LazyLock, OnceLock};

use regex_automata::{
    Anchored, Input,
    dfa::{Automaton, StartKind, dense},
    nfa::thompson,
    util::syntax,
};

use super::{Fault, only_digits};

/// The longest number of E.164 §6.2.1, calling code included.
pub const MAX_DIGITS: usize = 15;
/// The shortest that is taken for one: shorter national numbers exist, but read as anything.
pub const MIN_DIGITS: usize = 8;

/// The plan of a region.
#[derive(Debug)]
pub(crate) struct Plan {
    /// ISO 3166-1 alpha-2.
    region: &'static str,
    code: &'static str,
    /// What is dialled before a national number inside the region; often empty.
    trunk: &'static str,
    pattern: &'static str,
    compiled: OnceLock<Dfa>,
}

type Dfa = dense::DFA<Vec<u32>>;

static PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    let lines = include_str!("../../data/phone_plans.tsv").lines();
    let plans = lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some(Plan {
                region: fields.next()?,
                code: fields.next()?,
                trunk: fields.next()?,
                pattern: fields.next()?,
                compiled: OnceLock::new(),
            })
        });
    plans.collect()
});

impl Plan {
    /// The plan of a region, by its two capital letters.
    pub(crate) fn of(region: &[u8]) -> Option<&'static Self> {
        PLANS.iter().find(|plan| plan.region.as_bytes() == region)
    }

    /// Whether these digits are a number of the region, as dialled inside it or without what is
    /// dialled before.
    pub(crate) fn holds(&self, national: &[u8]) -> bool {
        let dfa = self.compiled.get_or_init(|| self.compile());
        let input = Input::new(national).anchored(Anchored::Yes);
        // It never gives up: there is no cache to fill, and digits are no word boundaries.
        let end = dfa.try_search_fwd(&input).ok().flatten();
        end.is_some_and(|end| end.offset() == national.len())
    }

    /// An automaton of the whole plan: small, since there are only ten digits.
    #[allow(clippy::expect_used, reason = "constants, each compiled by a test")]
    fn compile(&self) -> Dfa {
        let pattern = format!("(?:{})?(?:{})$", self.trunk, self.pattern);
        dense::Builder::new()
            // Digits of ASCII alone, whatever features of the crate others ask for.
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false))
            .configure(dense::Config::new().start_kind(StartKind::Anchored))
            .build(&pattern)
            .expect("a plan of the table")
    }
}

/// Checks an international number given as ASCII digits without the plus sign. What is dialled
/// inside the region may stand behind the calling code, as in `44 (0)20 7123 4567`.
///
/// # Errors
///
/// [`Fault::Alphabet`], [`Fault::Length`], [`Fault::Country`] (calling code not assigned), and
/// [`Fault::Area`] when no region of the code has such a number.
pub fn check_international(digits: &[u8]) -> Result<(), Fault> {
    only_digits(digits)?;
    if !(MIN_DIGITS..=MAX_DIGITS + 1).contains(&digits.len()) {
        return Err(Fault::Length);
    }
    let mut fault = Fault::Country;
    for plan in PLANS.iter() {
        if let Some(national) = digits.strip_prefix(plan.code.as_bytes()) {
            if plan.holds(national) {
                return Ok(());
            }
            fault = Fault::Area;
        }
    }
    Err(fault)
}

/// Whether an international number that [`check_international`] passes is one of this region's, given by
/// its two capital letters.
pub(crate) fn is_of(digits: &[u8], region: &[u8]) -> bool {
    Plan::of(region).is_some_and(|plan| {
        let national = digits.strip_prefix(plan.code.as_bytes());
        national.is_some_and(|national| plan.holds(national))
    })
}

/// Checks the ten digits of a number of the North American plan (NANPA, ATIS-0300119 §3).
///
/// # Errors
///
/// [`Fault::Alphabet`], [`Fault::Length`], [`Fault::Area`] (first digit below two, middle digit nine
/// or a service code such as 911) and [`Fault::Serial`] (the same of the exchange).
pub fn check_nanp(digits: &[u8]) -> Result<(), Fault> {
    only_digits(digits)?;
    if digits.len() != 10 {
        return Err(Fault::Length);
    }
    let (area, exchange) = (&digits[..3], &digits[3..6]);
    if area[0] < b'2' || area[1] == b'9' || area[1..] == *b"11" {
        return Err(Fault::Area);
    }
    if exchange[0] < b'2' || exchange[1..] == *b"11" {
        return Err(Fault::Serial);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_every_region_are_numbers_of_it() {
        let mut examples = 0;
        for line in include_str!("../../data/phone_plans.tsv").lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [region, code, _, _, numbers] = fields[..] else {
                continue;
            };
            for number in numbers.split_whitespace().filter(|_| region.len() == 2) {
                assert!(
                    Plan::of(region.as_bytes())
                        .unwrap()
                        .holds(number.as_bytes()),
                    "{region} {number}"
                );
                let international = format!("{code}{number}");
                if international.len() >= MIN_DIGITS {
                    assert_eq!(
                        check_international(international.as_bytes()),
                        Ok(()),
                        "{region}"
                    );
                }
                examples += 1;
            }
        }
        assert!(examples > 480, "{examples}");
    }

    #[test]
    fn what_is_dialled_inside_a_region_may_be_there_or_not() {
        let britain = Plan::of(b"GB").unwrap();
        assert!(britain.holds(b"2071234567") && britain.holds(b"02071234567"));
        assert!(!britain.holds(b"002071234567") && !britain.holds(b"207123456"));
        assert_eq!(check_international(b"4402071234567"), Ok(()));
    }

    #[test]
    fn each_broken_rule_is_named() {
        for (phone, fault) in [
            ("1415555013a", Fault::Alphabet),
            ("4912345", Fault::Length),
            ("49123456789012345", Fault::Length),
            ("2101234567", Fault::Country),
            ("0441234567", Fault::Country),
            ("1415555013", Fault::Area),
            ("11155550132", Fault::Area),
        ] {
            assert_eq!(check_international(phone.as_bytes()), Err(fault), "{phone}");
        }
        for (phone, fault) in [
            ("415555013A", Fault::Alphabet),
            ("1155550132", Fault::Area),
            ("2955550132", Fault::Area),
            ("9115550132", Fault::Area),
            ("4151550132", Fault::Serial),
            ("4159110132", Fault::Serial),
        ] {
            assert_eq!(check_nanp(phone.as_bytes()), Err(fault), "{phone}");
        }
    }
}
