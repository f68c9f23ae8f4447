#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
use super::*;

fn key() -> Ff1 {
    Ff1::new(&[7; 32]).unwrap()
}

fn refused(radix: u32, length: usize, tweak: &[u8]) -> Ff1Error {
    key().schedule(radix, length, tweak).err().unwrap()
}

#[test]
fn a_key_is_of_one_of_three_lengths() {
    for length in 0..40 {
        let made = Ff1::new(&vec![1; length]);
        if matches!(length, 16 | 24 | 32) {
            assert!(made.is_ok());
        } else {
            assert_eq!(made.err(), Some(Ff1Error::Key), "{length}");
        }
    }
}

#[test]
fn a_small_domain_is_refused_with_its_size() {
    assert_eq!(refused(10, 5, b""), Ff1Error::Domain { size: 100_000 });
    assert_eq!(refused(2, 19, b""), Ff1Error::Domain { size: 524_288 });
    assert_eq!(refused(1_000, 1, b""), Ff1Error::Domain { size: 1_000 });
    // Large enough, but the first half would be empty.
    assert_eq!(refused(65_536, 1, b""), Ff1Error::Domain { size: 65_536 });
    assert_eq!(refused(10, 0, b""), Ff1Error::Domain { size: 1 });
    for (radix, length) in [(10, 6), (2, 20), (1_000, 2), (65_536, 2)] {
        assert_eq!(key().schedule(radix, length, b"").unwrap().length(), length);
    }
}

#[test]
fn the_longest_value_is_the_one_whose_halves_fit_in_64_bits() {
    for (radix, most) in [
        (2, 128),
        (3, 80),
        (10, 38),
        (16, 32),
        (26, 26),
        (36, 24),
        (62, 20),
    ] {
        assert!(key().schedule(radix, most, b"").is_ok());
        for length in [most + 1, most + 2, usize::MAX] {
            let error = Ff1Error::TooLong { length, most };
            assert_eq!(refused(radix, length, b""), error, "{radix}");
        }
    }
}

#[test]
fn a_radix_or_tweak_out_of_bounds_is_refused() {
    assert_eq!(refused(0, 20, b""), Ff1Error::Radix);
    assert_eq!(refused(1, 20, b""), Ff1Error::Radix);
    assert_eq!(refused(MAX_RADIX + 1, 2, b""), Ff1Error::Radix);
    assert_eq!(refused(10, 16, &[0; MAX_TWEAK_BYTES + 1]), Ff1Error::Tweak);
    assert!(key().schedule(10, 16, &[0; MAX_TWEAK_BYTES]).is_ok());
}

#[test]
fn numerals_that_are_not_of_the_format_are_refused() {
    let schedule = key().schedule(10, 6, b"").unwrap();
    let value = schedule.read(&[1, 2, 3, 4, 5, 6]).unwrap();
    for numerals in [&[1; 5][..], &[1; 7], &[1, 2, 3, 4, 5, 10]] {
        assert_eq!(schedule.read(numerals).err(), Some(Ff1Error::Numerals));
    }
    assert_eq!(schedule.write(&value, &mut [0; 5]), Err(Ff1Error::Numerals));
    let wide = Halves {
        first: 1_000,
        second: 0,
    };
    assert_eq!(schedule.write(&wide, &mut [0; 6]), Err(Ff1Error::Numerals));
    let mut numerals = [0; 6];
    schedule.write(&value, &mut numerals).unwrap();
    assert_eq!(numerals, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn bits_are_numerals_of_radix_two() {
    let schedule = key().schedule(2, 21, b"").unwrap();
    let number = 0b1_0110_1001_1100_0010_1011;
    let numerals: Vec<u16> = (0..21)
        .rev()
        .map(|at| u16::from(number >> at & 1 == 1))
        .collect();
    let bits = schedule.halves_of_bits(number);
    let read = schedule.read(&numerals).unwrap();
    assert_eq!((bits.first, bits.second), (read.first, read.second));
    assert_eq!(schedule.bits_of_halves(&bits), number);
}

#[test]
fn each_error_has_its_code() {
    for (error, code) in [
        (Ff1Error::Key, "ff1_key"),
        (Ff1Error::Radix, "ff1_radix"),
        (Ff1Error::Tweak, "ff1_tweak"),
        (Ff1Error::Domain { size: 1 }, "domain_too_small"),
        (Ff1Error::TooLong { length: 2, most: 1 }, "format_too_long"),
        (Ff1Error::Numerals, "format_mismatch"),
    ] {
        assert_eq!(error.code(), code);
    }
}
