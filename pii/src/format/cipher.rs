//! The key of one place and format, and values in and out of it, alone or many at once.
//!
//! A format of one alphabet is FF1 over its numerals, as any other implementation computes it. One of
//! several alphabets is FF1 over the bits of the value's rank among all values of that form, again and
//! again until the result is a rank too: cycle walking (J. Black, P. Rogaway, *Ciphers with arbitrary
//! finite domains*, 2002, §3), twice on average. Next: [`crate::ff1`].

use zeroize::Zeroizing;

use super::layout::{Layout, Sets};
use super::{FormatError, FormatParameters, luhn::Luhn, luhn::solve};
use crate::derive;
use crate::ff1::{Ff1, Ff1Error, Halves, MIN_DOMAIN, Schedule};

/// The key of one tenant, entity, context, version and format.
pub struct FormatCipher {
    ff1: Ff1,
    sets: Sets,
    parameters: FormatParameters,
    /// Tenant, entity, context and version, each with its length in front.
    tweak: Vec<u8>,
}

/// A value on its way: what it is made of and which of its places FF1 works on.
struct Job<'a> {
    layout: Layout<'a>,
    free: core::ops::Range<usize>,
}

/// Values of one schedule, and which they are.
struct Group {
    schedule: Schedule,
    values: Vec<Halves>,
    jobs: Vec<usize>,
}

impl FormatCipher {
    /// Makes a key ready. `key` is derived with [`crate::derive::info`] for the purpose
    /// `encrypt_format`; `version` is the version of its root.
    ///
    /// # Errors
    ///
    /// Those of [`FormatParameters::check`].
    pub fn new(
        key: &[u8; 32],
        version: u32,
        tenant: &str,
        parameters: &FormatParameters,
    ) -> Result<Self, FormatError> {
        parameters.check()?;
        let (entity, context) = (&parameters.entity, &parameters.context);
        Ok(Self {
            ff1: Ff1::new(key)?,
            sets: Sets::new(&parameters.alphabet)?,
            parameters: parameters.clone(),
            tweak: derive::info("vf1", tenant, entity, context, version),
        })
    }

    /// The token of `value`: the same separators and length, each place of its own alphabet.
    ///
    /// # Errors
    ///
    /// [`FormatError`].
    pub fn encrypt(&self, value: &str) -> Result<Zeroizing<String>, FormatError> {
        self.one(value, true)
    }

    /// The value of a token of this place and format. Nothing tells a token from another text of the
    /// same form, so nothing is refused but what has another form.
    ///
    /// # Errors
    ///
    /// [`FormatError`].
    pub fn decrypt(&self, token: &str) -> Result<Zeroizing<String>, FormatError> {
        self.one(token, false)
    }

    /// [`Self::encrypt`] for many values, side by side.
    pub fn encrypt_batch(&self, values: &[&str]) -> Vec<Result<Zeroizing<String>, FormatError>> {
        self.batch(values, true)
    }

    /// [`Self::decrypt`] for many tokens, side by side.
    pub fn decrypt_batch(&self, tokens: &[&str]) -> Vec<Result<Zeroizing<String>, FormatError>> {
        self.batch(tokens, false)
    }

    fn one(&self, value: &str, encrypt: bool) -> Result<Zeroizing<String>, FormatError> {
        let only = self.batch(&[value], encrypt).pop();
        only.unwrap_or(Err(FormatError::Mismatch))
    }

    fn batch(&self, values: &[&str], encrypt: bool) -> Vec<Result<Zeroizing<String>, FormatError>> {
        let mut groups: Vec<Group> = Vec::new();
        let mut jobs = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let job = self.job(value, encrypt).and_then(|mut job| {
                if self.is_uniform(&job) {
                    self.join(&mut groups, &job, index)?;
                } else {
                    self.alone(&mut job, encrypt)?;
                }
                Ok(job)
            });
            jobs.push(job);
        }
        for group in &mut groups {
            if encrypt {
                self.ff1.encrypt(&group.schedule, &mut group.values);
            } else {
                self.ff1.decrypt(&group.schedule, &mut group.values);
            }
            for (index, value) in group.jobs.iter().zip(&group.values) {
                if let Some(Ok(job)) = jobs.get_mut(*index) {
                    let numbers = &mut job.layout.numbers[job.free.clone()];
                    // The group was made from numerals of this very length.
                    let _ = group.schedule.write(value, numbers);
                }
            }
        }
        jobs.into_iter()
            .map(|job| job.and_then(|job| self.finish(job, encrypt)))
            .collect()
    }

    /// Takes a value apart and looks at its check digit.
    fn job(&self, value: &str, encrypt: bool) -> Result<Job<'_>, FormatError> {
        let layout = Layout::read(value, &self.sets, &self.parameters)?;
        let mut free = layout.free();
        if self.parameters.luhn != Luhn::Ignore {
            free.end -= 1;
            let passing = solve(&layout.numbers, free.end);
            let expected = if encrypt {
                passing
            } else {
                self.parameters.luhn.sealed(&layout.numbers, free.end)
            };
            if layout.numbers.get(free.end) != Some(&expected) {
                return Err(FormatError::Luhn);
            }
        }
        Ok(Job { layout, free })
    }

    /// Whether a value shares its tweak with all others of its length.
    fn is_uniform(&self, job: &Job<'_>) -> bool {
        matches!(self.sets, Sets::One(_)) && !job.layout.keeps()
    }

    fn join(
        &self,
        groups: &mut Vec<Group>,
        job: &Job<'_>,
        index: usize,
    ) -> Result<(), FormatError> {
        let numbers = &job.layout.numbers[job.free.clone()];
        let is_group = |group: &Group| group.schedule.length() == numbers.len();
        let at = groups.iter().position(is_group).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push(Group {
                schedule: self.ff1.schedule(radix(job), numbers.len(), &self.tweak)?,
                values: Vec::new(),
                jobs: Vec::new(),
            });
        }
        let group = &mut groups[at];
        group.values.push(group.schedule.read(numbers)?);
        group.jobs.push(index);
        Ok(())
    }

    /// Works on a value that has a tweak of its own.
    fn alone(&self, job: &mut Job<'_>, encrypt: bool) -> Result<(), FormatError> {
        let mut tweak = self.tweak.clone();
        let fixed = job.layout.fixed();
        tweak.extend_from_slice(&(fixed.len() as u64).to_be_bytes());
        tweak.extend_from_slice(&fixed);
        let tweak = Zeroizing::new(tweak);
        if matches!(self.sets, Sets::One(_)) {
            let radix = radix(job);
            let numbers = &mut job.layout.numbers[job.free.clone()];
            let schedule = self.ff1.schedule(radix, numbers.len(), &tweak)?;
            let mut value = [schedule.read(numbers)?];
            self.turn(&schedule, &mut value, encrypt);
            schedule.write(&value[0], numbers)?;
            Ok(())
        } else {
            self.walk(job, &tweak, encrypt)
        }
    }

    /// FF1 over the bits of the rank of the free places, until the result is a rank.
    fn walk(&self, job: &mut Job<'_>, tweak: &[u8], encrypt: bool) -> Result<(), FormatError> {
        let places = &job.layout.places[job.free.clone()];
        let numbers = &mut job.layout.numbers[job.free.clone()];
        let radixes = places.iter().map(|(_, set)| u128::from(set.radix()));
        let (mut size, mut most) = (1_u128, 0);
        for radix in radixes.clone() {
            size = size.checked_mul(radix).ok_or(Ff1Error::TooLong {
                length: places.len(),
                most,
            })?;
            most += 1;
        }
        if size < MIN_DOMAIN {
            return Err(FormatError::Domain { size });
        }
        let mut rank = Zeroizing::new(0_u128);
        for (radix, number) in radixes.clone().zip(numbers.iter()) {
            *rank = *rank * radix + u128::from(*number);
        }
        let bits = 128 - (size - 1).leading_zeros();
        let schedule = self.ff1.schedule(2, bits as usize, tweak)?;
        // The walk is along a cycle through the value, which is itself in the domain, so it ends.
        loop {
            let mut value = [schedule.halves_of_bits(*rank)];
            self.turn(&schedule, &mut value, encrypt);
            *rank = schedule.bits_of_halves(&value[0]);
            if *rank < size {
                break;
            }
        }
        for (radix, number) in radixes.zip(numbers.iter_mut()).rev() {
            *number = u16::try_from(*rank % radix).unwrap_or_default();
            *rank /= radix;
        }
        Ok(())
    }

    fn turn(&self, schedule: &Schedule, value: &mut [Halves], encrypt: bool) {
        if encrypt {
            self.ff1.encrypt(schedule, value);
        } else {
            self.ff1.decrypt(schedule, value);
        }
    }

    /// Sets the check digit and writes the text.
    fn finish(&self, mut job: Job<'_>, encrypt: bool) -> Result<Zeroizing<String>, FormatError> {
        if self.parameters.luhn != Luhn::Ignore {
            let place = job.free.end;
            let digit = if encrypt {
                self.parameters.luhn.sealed(&job.layout.numbers, place)
            } else {
                solve(&job.layout.numbers, place)
            };
            if let Some(slot) = job.layout.numbers.get_mut(place) {
                *slot = digit;
            }
        }
        job.layout.write()
    }
}

/// Of a format of one alphabet.
fn radix(job: &Job<'_>) -> u32 {
    job.layout.places.first().map_or(0, |(_, set)| set.radix())
}
