//! FF1, the format-preserving mode of NIST SP 800-38G, for values whose halves fit in 64 bits.
//!
//! A value is `length` numerals of a `radix`. Everything in a round that does not depend on the value
//! (the block P, the tweak, the padding) is enciphered once into a [`Schedule`]; a round is then one
//! AES block, and [`Ff1::encrypt`] takes many values through it side by side. Values of any length would
//! need big integers, which leave copies of the value on the heap in every round and add their code
//! to what is measured; 38 digits or 24 letters and digits are enough for identifiers, so longer
//! values are refused.
//!
//! Domains below 1,000,000 are refused (SP 800-38G Rev. 1). FF1 authenticates nothing: any value of
//! the right form decrypts to something. Trusts no length and no numeral; holds only the expanded
//! key, wiped on drop. Next: [`crate::format`], which turns text into numerals.

mod modulus;

use aes::{
    Aes128Enc, Aes192Enc, Aes256Enc, Block,
    cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit, consts::U16},
};
use zeroize::{Zeroize, ZeroizeOnDrop};

use modulus::Modulus;

/// The fewest values that a format may have.
pub const MIN_DOMAIN: u128 = 1_000_000;
/// The largest radix, as in the standard.
pub const MAX_RADIX: u32 = 1 << 16;
/// The longest tweak, in bytes: more than any place takes.
pub const MAX_TWEAK_BYTES: usize = 4096;
/// How many values go through a round side by side: what the widest AES instructions take at once.
const LANES: usize = 64;
const ROUNDS: u8 = 10;

/// Why there is no schedule or no value of it. Never holds a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Ff1Error {
    /// A key is of 16, 24 or 32 bytes.
    #[error("key is not of 16, 24 or 32 bytes")]
    Key,
    /// The radix is not from 2 to [`MAX_RADIX`].
    #[error("radix is not from 2 to {MAX_RADIX}")]
    Radix,
    /// The tweak is longer than [`MAX_TWEAK_BYTES`].
    #[error("tweak is over {MAX_TWEAK_BYTES} bytes")]
    Tweak,
    /// The format has fewer values than [`MIN_DOMAIN`].
    #[error("the format has {size} values, {MIN_DOMAIN} are needed")]
    Domain {
        /// How many it has.
        size: u128,
    },
    /// Half of the value does not fit in 64 bits.
    #[error("the value has {length} characters, at most {most} are possible with its alphabet")]
    TooLong {
        /// How many numerals were given.
        length: usize,
        /// How many are possible with this radix.
        most: usize,
    },
    /// A numeral is not below the radix, or there are more or fewer than the schedule is for.
    #[error("the numerals are not of the format")]
    Numerals,
}

impl Ff1Error {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Key => "ff1_key",
            Self::Radix => "ff1_radix",
            Self::Tweak => "ff1_tweak",
            Self::Domain { .. } => "domain_too_small",
            Self::TooLong { .. } => "format_too_long",
            Self::Numerals => "format_mismatch",
        }
    }
}

/// A key of FF1.
pub struct Ff1 {
    cipher: Cipher,
}

enum Cipher {
    Aes128(Aes128Enc),
    Aes192(Aes192Enc),
    Aes256(Aes256Enc),
}

/// What one key, tweak, radix and length have in common.
#[derive(Clone)]
pub struct Schedule {
    radix: u32,
    length: usize,
    /// Of the first half, which is the shorter one, and of the second.
    moduli: [Modulus; 2],
    /// The state of the MAC over all but the number and the round, joined with the rest of the last
    /// block.
    state: u128,
    /// The bits of a number in the last block; the round stands before them.
    number_bits: u32,
    /// The bits of the last block that do not belong to S.
    dropped_bits: u32,
}

/// A value as FF1 works on it: its two halves as numbers.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub struct Halves {
    first: u64,
    second: u64,
}

impl Ff1 {
    /// Expands a key for AES-128, AES-192 or AES-256.
    ///
    /// # Errors
    ///
    /// [`Ff1Error::Key`].
    pub fn new(key: &[u8]) -> Result<Self, Ff1Error> {
        let cipher = match key.len() {
            16 => Aes128Enc::new_from_slice(key).map(Cipher::Aes128),
            24 => Aes192Enc::new_from_slice(key).map(Cipher::Aes192),
            _ => Aes256Enc::new_from_slice(key).map(Cipher::Aes256),
        };
        let cipher = cipher.map_err(|_| Ff1Error::Key)?;
        Ok(Self { cipher })
    }

    /// Prepares for values of `length` numerals below `radix` under `tweak` (steps 1 to 5).
    ///
    /// # Errors
    ///
    /// All of [`Ff1Error`] but [`Ff1Error::Key`] and [`Ff1Error::Numerals`].
    pub fn schedule(&self, radix: u32, length: usize, tweak: &[u8]) -> Result<Schedule, Ff1Error> {
        if !(2..=MAX_RADIX).contains(&radix) {
            return Err(Ff1Error::Radix);
        }
        if tweak.len() > MAX_TWEAK_BYTES {
            return Err(Ff1Error::Tweak);
        }
        let moduli = moduli(radix, length)?;
        let number_bytes = number_bytes(radix, length);
        let (half, count) = (length / 2, short(length));
        let mut p = [1, 2, 1, 0, 0, 0, ROUNDS, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        p[3..6].copy_from_slice(&radix.to_be_bytes()[1..]);
        // [u] mod 256
        p[7] = half.to_le_bytes()[0];
        p[8..12].copy_from_slice(&count.to_be_bytes());
        p[12..].copy_from_slice(&short(tweak.len()).to_be_bytes());

        // Q without its number: tweak, zeros, and one byte for the round.
        let mut q = tweak.to_vec();
        q.resize((tweak.len() + 1 + number_bytes).next_multiple_of(16), 0);
        let mut state = self.block(p);
        let (whole, last) = q.split_at(q.len() - 16);
        for block in whole.chunks_exact(16) {
            state = self.block((state ^ number(block)).to_be_bytes());
        }
        // d = 4 * ceil(b / 4) + 4
        let s_bytes = number_bytes.next_multiple_of(4) + 4;
        Ok(Schedule {
            radix,
            length,
            moduli,
            state: state ^ number(last),
            number_bits: 8 * short(number_bytes),
            dropped_bits: 128 - 8 * short(s_bytes),
        })
    }

    /// Encrypts each of `values`, all of this schedule, in place.
    pub fn encrypt(&self, schedule: &Schedule, values: &mut [Halves]) {
        match &self.cipher {
            Cipher::Aes128(cipher) => run::<true, _>(cipher, schedule, values),
            Cipher::Aes192(cipher) => run::<true, _>(cipher, schedule, values),
            Cipher::Aes256(cipher) => run::<true, _>(cipher, schedule, values),
        }
    }

    /// Decrypts each of `values`, all of this schedule, in place.
    pub fn decrypt(&self, schedule: &Schedule, values: &mut [Halves]) {
        match &self.cipher {
            Cipher::Aes128(cipher) => run::<false, _>(cipher, schedule, values),
            Cipher::Aes192(cipher) => run::<false, _>(cipher, schedule, values),
            Cipher::Aes256(cipher) => run::<false, _>(cipher, schedule, values),
        }
    }

    fn block(&self, bytes: [u8; 16]) -> u128 {
        let mut block = Block::from(bytes);
        match &self.cipher {
            Cipher::Aes128(cipher) => cipher.encrypt_block(&mut block),
            Cipher::Aes192(cipher) => cipher.encrypt_block(&mut block),
            Cipher::Aes256(cipher) => cipher.encrypt_block(&mut block),
        }
        u128::from_be_bytes(block.into())
    }
}

impl Schedule {
    /// How many numerals a value has.
    pub const fn length(&self) -> usize {
        self.length
    }

    /// The value of these numerals, the most significant first.
    ///
    /// # Errors
    ///
    /// [`Ff1Error::Numerals`].
    pub fn read(&self, numerals: &[u16]) -> Result<Halves, Ff1Error> {
        let fits = |numeral: &u16| u32::from(*numeral) < self.radix;
        if numerals.len() != self.length || !numerals.iter().all(fits) {
            return Err(Ff1Error::Numerals);
        }
        let radix = u64::from(self.radix);
        // Neither overflows: the largest is one below its modulus, at most 2^64.
        let join = |half: &[u16]| {
            half.iter().fold(0_u64, |sum, numeral| {
                sum.wrapping_mul(radix).wrapping_add(u64::from(*numeral))
            })
        };
        let (first, second) = numerals.split_at(self.length / 2);
        Ok(Halves {
            first: join(first),
            second: join(second),
        })
    }

    /// Writes the numerals of a value of this schedule.
    ///
    /// # Errors
    ///
    /// [`Ff1Error::Numerals`], when there is not room for exactly these.
    pub fn write(&self, value: &Halves, numerals: &mut [u16]) -> Result<(), Ff1Error> {
        if numerals.len() != self.length
            || !self.moduli[0].holds(value.first)
            || !self.moduli[1].holds(value.second)
        {
            return Err(Ff1Error::Numerals);
        }
        let (first, second) = numerals.split_at_mut(self.length / 2);
        spell(value.first, self.radix, first);
        spell(value.second, self.radix, second);
        Ok(())
    }

    /// The value of a number, for radix 2: `length` bits.
    pub(crate) fn halves_of_bits(&self, bits: u128) -> Halves {
        let low_bits = short(self.length.div_ceil(2));
        Halves {
            first: lower(bits >> low_bits),
            second: lower(bits & ((1 << low_bits) - 1)),
        }
    }

    /// The number of a value, for radix 2.
    pub(crate) fn bits_of_halves(&self, value: &Halves) -> u128 {
        (u128::from(value.first) << short(self.length.div_ceil(2))) | u128::from(value.second)
    }
}

/// Ten rounds (step 6 of algorithms 7 and 8) over all values.
#[inline]
fn run<const ENCRYPT: bool, C>(cipher: &C, schedule: &Schedule, values: &mut [Halves])
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
{
    let mut blocks = [Block::default(); LANES];
    for values in values.chunks_mut(LANES) {
        let blocks = &mut blocks[..values.len()];
        for step in 0..ROUNDS {
            let round = if ENCRYPT { step } else { ROUNDS - 1 - step };
            let modulus = schedule.moduli[usize::from(round % 2)];
            let state = schedule.state ^ (u128::from(round) << schedule.number_bits);
            for (block, value) in blocks.iter_mut().zip(values.iter()) {
                let number = if ENCRYPT { value.second } else { value.first };
                *block = (state ^ u128::from(number)).to_be_bytes().into();
            }
            cipher.encrypt_blocks(blocks);
            for (block, value) in blocks.iter().zip(values.iter_mut()) {
                let s = u128::from_be_bytes((*block).into()) >> schedule.dropped_bits;
                let y = modulus.reduce(s);
                let (first, second) = (value.first, value.second);
                if ENCRYPT {
                    value.first = second;
                    value.second = modulus.add(first, y);
                } else {
                    value.first = modulus.subtract(second, y);
                    value.second = first;
                }
            }
        }
    }
    for block in &mut blocks {
        block.as_mut_slice().zeroize();
    }
}

/// Radix to the power of each half.
fn moduli(radix: u32, length: usize) -> Result<[Modulus; 2], Ff1Error> {
    let most = most(radix);
    if length > most {
        return Err(Ff1Error::TooLong { length, most });
    }
    let power = |exponent: usize| u128::from(radix).checked_pow(short(exponent));
    let (u, v) = (length / 2, length.div_ceil(2));
    // Above the largest number of 128 bits when both halves are 2^64.
    let size = power(length).unwrap_or(u128::MAX);
    if size < MIN_DOMAIN {
        return Err(Ff1Error::Domain { size });
    }
    match (
        power(u).and_then(Modulus::new),
        power(v).and_then(Modulus::new),
    ) {
        (Some(first), Some(second)) => Ok([first, second]),
        _ => Err(Ff1Error::Domain { size }),
    }
}

/// The most numerals of which a half fits: its power is at most 2^64.
fn most(radix: u32) -> usize {
    let mut half = 0;
    let mut power = u128::from(radix);
    while power <= 1 << 64 {
        half += 1;
        power *= u128::from(radix);
    }
    2 * half
}

/// b = ceil(ceil(v * log2(radix)) / 8): the bytes of the largest number of the longer half.
fn number_bytes(radix: u32, length: usize) -> usize {
    let largest = u128::from(radix)
        .saturating_pow(short(length.div_ceil(2)))
        .saturating_sub(1);
    (128 - largest.leading_zeros() as usize).div_ceil(8)
}

/// Writes the numerals of `value`. Division by a constant is a multiplication, so the usual radixes
/// have code of their own.
fn spell(value: u64, radix: u32, numerals: &mut [u16]) {
    match radix {
        10 => spell_in::<10>(value, numerals),
        26 => spell_in::<26>(value, numerals),
        36 => spell_in::<36>(value, numerals),
        62 => spell_in::<62>(value, numerals),
        _ => spell_by(value, u64::from(radix), numerals),
    }
}

fn spell_in<const RADIX: u64>(value: u64, numerals: &mut [u16]) {
    spell_by(value, RADIX, numerals);
}

#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "the radix is a constant only where this is inlined"
)]
fn spell_by(mut value: u64, radix: u64, numerals: &mut [u16]) {
    for numeral in numerals.iter_mut().rev() {
        *numeral = u16::try_from(value % radix).unwrap_or_default();
        value /= radix;
    }
}

/// The number that up to 16 bytes spell.
fn number(bytes: &[u8]) -> u128 {
    bytes
        .iter()
        .fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}

#[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
const fn lower(number: u128) -> u64 {
    number as u64
}

/// A length or count; all of them are bounded far below this.
fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
