//! Remainders of the 96-bit numbers of FF1 by a modulus of at most 64 bits, without a division.
//!
//! The reciprocal is computed once per length of value; each remainder is then two multiplications
//! (N. Möller, T. Granlund, *Improved division by invariant integers*, 2011, algorithm 4). Trusts its
//! caller that sums are of numbers below the modulus. Next: [`super`].

/// A modulus from 2 to 2^64.
#[derive(Clone, Copy)]
pub(super) struct Modulus {
    /// The modulus; zero stands for 2^64.
    value: u64,
    /// How far it is shifted so that its top bit is set.
    shift: u32,
    /// The modulus so shifted.
    normal: u64,
    /// (2^128 - 1) / normal - 2^64.
    reciprocal: u64,
}

impl Modulus {
    /// `None` unless `value` is from 2 to 2^64.
    pub(super) fn new(value: u128) -> Option<Self> {
        if value == 1 << 64 {
            return Some(Self {
                value: 0,
                shift: 0,
                normal: 0,
                reciprocal: 0,
            });
        }
        let value = u64::try_from(value).ok().filter(|value| *value > 1)?;
        let shift = value.leading_zeros();
        let normal = value << shift;
        // The quotient lies between 2^64 and 2^65, so its low half is what the algorithm keeps.
        let reciprocal = low(u128::MAX / u128::from(normal));
        Some(Self {
            value,
            shift,
            normal,
            reciprocal,
        })
    }

    /// Whether `number` is below the modulus.
    pub(super) const fn holds(&self, number: u64) -> bool {
        self.value == 0 || number < self.value
    }

    /// The remainder of `number`.
    #[inline]
    pub(super) fn reduce(&self, number: u128) -> u64 {
        if self.value == 0 {
            return low(number);
        }
        let upper = low(number >> 64);
        // FF1's numbers are of 96 bits: above 32 bits of modulus the upper part is below it.
        let upper = if upper >= self.value {
            self.remainder(u128::from(upper))
        } else {
            upper
        };
        self.remainder((u128::from(upper) << 64) | u128::from(low(number)))
    }

    /// The remainder of a number whose upper half is below the modulus.
    #[inline]
    fn remainder(&self, number: u128) -> u64 {
        let number = number << self.shift;
        let (upper, lower) = (low(number >> 64), low(number));
        let estimate = (u128::from(self.reciprocal) * u128::from(upper)).wrapping_add(number);
        let quotient = low(estimate >> 64).wrapping_add(1);
        let mut rest = lower.wrapping_sub(quotient.wrapping_mul(self.normal));
        if rest > low(estimate) {
            rest = rest.wrapping_add(self.normal);
        }
        if rest >= self.normal {
            rest -= self.normal;
        }
        rest >> self.shift
    }

    /// `left + right`, both below the modulus.
    #[inline]
    pub(super) const fn add(&self, left: u64, right: u64) -> u64 {
        let (sum, carried) = left.overflowing_add(right);
        if carried || sum >= self.value {
            sum.wrapping_sub(self.value)
        } else {
            sum
        }
    }

    /// `left - right`, both below the modulus.
    #[inline]
    pub(super) const fn subtract(&self, left: u64, right: u64) -> u64 {
        let (rest, borrowed) = left.overflowing_sub(right);
        if borrowed {
            rest.wrapping_add(self.value)
        } else {
            rest
        }
    }
}

/// The lower 64 bits.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
const fn low(number: u128) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use proptest::prelude::*;

    use super::*;

    const EDGES: [u128; 12] = [
        2,
        3,
        1_000,
        1_000_000_007,
        (1 << 32) - 1,
        1 << 32,
        (1 << 32) + 1,
        10_000_000_000_000_000_000,
        (1 << 63) - 1,
        1 << 63,
        (1 << 64) - 1,
        1 << 64,
    ];

    #[test]
    fn a_modulus_is_from_two_to_two_to_the_64() {
        for value in [0, 1, (1 << 64) + 1, u128::MAX] {
            assert!(Modulus::new(value).is_none());
        }
        for value in EDGES {
            assert!(Modulus::new(value).is_some());
        }
    }

    #[test]
    fn remainders_at_the_edges_are_those_of_division() {
        let numbers = EDGES.iter().flat_map(|edge| {
            [edge - 1, *edge, edge + 1, edge << 31, (edge << 31) - 1].map(|it| it % (1 << 96))
        });
        for number in numbers.chain([0, 1, (1 << 96) - 1]) {
            for value in EDGES {
                let modulus = Modulus::new(value).unwrap();
                assert_eq!(
                    u128::from(modulus.reduce(number)),
                    number % value,
                    "{number} by {value}"
                );
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn arithmetic_is_that_of_wide_numbers(
            wide: u64, bits in 0_u32..64, one: u128, two: u64, three: u64,
        ) {
            let value = u128::from(wide >> bits).max(2);
            let modulus = Modulus::new(value).unwrap();
            let number = one >> 32;
            prop_assert_eq!(u128::from(modulus.reduce(number)), number % value);
            let (left, right) = (u128::from(two) % value, u128::from(three) % value);
            let (two, three) = (low(left), low(right));
            prop_assert_eq!(u128::from(modulus.add(two, three)), (left + right) % value);
            let rest = u128::from(modulus.subtract(two, three));
            prop_assert_eq!(rest, (value + left - right) % value);
        }
    }
}
