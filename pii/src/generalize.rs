//! Values made less exact: a number into its range, an address into its network, a date into its year.
//!
//! What is left is true of the value, and of many others. How many is the caller's to know: a range of
//! ten years hides little in a village. Next: [`crate::bucket`], [`crate::time_part`].

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use zeroize::Zeroizing;

use crate::bucket::{check_width, floor, range, start};
use crate::date_text::{DateOrder, DateText};
use crate::operation::{Class, ParameterError};
use crate::{Transformed, ValueError};

/// What `generalize` takes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum GeneralizeParameters {
    /// `37` becomes `30-39`.
    Number {
        /// How many whole numbers a range holds.
        width: u64,
    },
    /// A US ZIP code becomes its first three digits, or `000` where they stand for few people.
    Zip {},
    /// Only the first characters stay, as a user sees them.
    Prefix {
        /// How many.
        keep: u8,
    },
    /// An address becomes its network: `192.168.7.9` becomes `192.168.7.0/24`.
    Ip {
        /// The bits of an IPv4 network, 24 at most.
        #[serde(default = "default_v4")]
        v4: u8,
        /// The bits of an IPv6 network, 64 at most.
        #[serde(default = "default_v6")]
        v6: u8,
    },
    /// `1984-07-03` becomes `1984-07`, `1984` or `1980s`.
    Date {
        /// What stays.
        to: Precision,
        /// The order in which dates are written.
        #[serde(default)]
        order: DateOrder,
    },
}

/// How exact a date stays.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// `1984-07`.
    Month,
    /// `1984`.
    Year,
    /// `1980s`.
    Decade,
}

const fn default_v4() -> u8 {
    24
}

const fn default_v6() -> u8 {
    48
}

/// The first digits of ZIP codes of which all areas together hold 20,000 people or fewer by the census
/// of 2000: US HHS, guidance on de-identification under 45 CFR 164.514(b)(2)(i)(B), of 2012.
const FEW_PEOPLE: [&str; 17] = [
    "036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878",
    "879", "884", "890", "893",
];

impl GeneralizeParameters {
    /// The keys of `generalize`, of all kinds.
    pub const PARAMETERS: &[&str] = &["kind", "width", "keep", "v4", "v6", "to", "order"];
    /// What it lets out, unless a prefix is the whole value.
    pub const CLASS: Class = Class::Masked;

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Width`] or [`ParameterError::Prefix`].
    pub fn check(&self) -> Result<(), ParameterError> {
        match self {
            Self::Number { width } => check_width(*width).ok_or(ParameterError::Width),
            Self::Prefix { keep: 0 } => Err(ParameterError::Prefix),
            Self::Ip { v4, v6 } if *v4 > 24 || *v6 > 64 => Err(ParameterError::Prefix),
            _ => Ok(()),
        }
    }
}

/// The value, less exact.
///
/// # Errors
///
/// [`ValueError`], one for each kind.
pub fn generalize(
    value: &str,
    parameters: &GeneralizeParameters,
) -> Result<Transformed, ValueError> {
    let mut class = GeneralizeParameters::CLASS;
    let text = match parameters {
        GeneralizeParameters::Number { width } => number(value, *width)?,
        GeneralizeParameters::Zip {} => zip(value)?.to_owned(),
        GeneralizeParameters::Prefix { keep } => {
            let mut rest = value.grapheme_indices(true).skip((*keep).into());
            let end = rest.next().map_or(value.len(), |(end, _)| end);
            if end == value.len() && !value.is_empty() {
                // Nothing was cut off.
                class = Class::Plaintext;
            }
            value[..end].to_owned()
        }
        GeneralizeParameters::Ip { v4, v6 } => network(value, *v4, *v6)?,
        GeneralizeParameters::Date { to, order } => date(value, *to, *order)?,
    };
    Ok(Transformed {
        text: Zeroizing::new(text),
        class,
        hidden: usize::from(class != Class::Plaintext),
    })
}

fn number(value: &str, width: u64) -> Result<String, ValueError> {
    let low = start(floor(value)?, width)?;
    let high = i64::try_from(width - 1)
        .ok()
        .and_then(|rest| low.checked_add(rest));
    Ok(range(low, high.ok_or(ValueError::Range)?))
}

fn zip(value: &str) -> Result<&str, ValueError> {
    let (five, four) = value.split_once('-').unwrap_or((value, "0000"));
    let is_number =
        |text: &str, length| text.len() == length && text.bytes().all(|it| it.is_ascii_digit());
    if !is_number(five, 5) || !is_number(four, 4) {
        return Err(ValueError::Zip);
    }
    let first = &five[..3];
    Ok(if FEW_PEOPLE.contains(&first) {
        "000"
    } else {
        first
    })
}

fn network(value: &str, v4: u8, v6: u8) -> Result<String, ValueError> {
    Ok(match value.parse().map_err(|_| ValueError::Address)? {
        IpAddr::V4(address) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(v4.min(32)))
                .unwrap_or(0);
            format!("{}/{v4}", Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            // An address of 6to4 (RFC 3056) holds one of IPv4 behind its first 16 bits.
            let is_6to4 = address.segments()[0] == 0x2002;
            let v6 = if is_6to4 {
                v6.min(v4.saturating_add(16))
            } else {
                v6
            };
            let mask = u128::MAX
                .checked_shl(128 - u32::from(v6.min(128)))
                .unwrap_or(0);
            format!("{}/{v6}", Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    })
}

fn date(value: &str, to: Precision, order: DateOrder) -> Result<String, ValueError> {
    let date = DateText::parse(value, order).ok_or(ValueError::Date)?.date;
    Ok(match to {
        Precision::Month => format!("{:04}-{:02}", date.year(), u8::from(date.month())),
        Precision::Year => format!("{:04}", date.year()),
        Precision::Decade => format!("{:04}s", date.year() / 10 * 10),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    fn of(value: &str, json: &str) -> Result<(String, Class), ValueError> {
        let parameters: GeneralizeParameters = serde_json::from_str(json).unwrap();
        assert_eq!(parameters.check(), Ok(()));
        let made = generalize(value, &parameters)?;
        Ok((made.text.to_string(), made.class))
    }

    #[allow(
        clippy::unnecessary_wraps,
        reason = "it is compared with what has an error"
    )]
    fn masked(text: &str) -> Result<(String, Class), ValueError> {
        Ok((text.to_owned(), Class::Masked))
    }

    #[test]
    fn a_number_becomes_its_range() {
        let ten = r#"{"kind":"number","width":10}"#;
        assert_eq!(of("37", ten), masked("30-39"));
        assert_eq!(of("30.5", ten), masked("30-39"));
        assert_eq!(of("-3", ten), masked("(-10)-(-1)"));
        assert_eq!(of("old", ten), Err(ValueError::Number));
    }

    #[test]
    fn a_zip_code_becomes_three_digits_or_none_where_few_people_live() {
        let zip = r#"{"kind":"zip"}"#;
        assert_eq!(of("90210", zip), masked("902"));
        assert_eq!(of("90210-1234", zip), masked("902"));
        assert_eq!(of("03601", zip), masked("000"));
        for value in [
            "9021",
            "902101",
            "90210-12",
            "90210 1234",
            "9021x",
            "SW1A 1AA",
            "\u{e9}\u{e9}1",
        ] {
            assert_eq!(of(value, zip), Err(ValueError::Zip), "{value}");
        }
    }

    #[test]
    fn a_prefix_that_is_the_whole_value_is_plaintext() {
        let three = r#"{"kind":"prefix","keep":3}"#;
        assert_eq!(of("SW1A 1AA", three), masked("SW1"));
        assert_eq!(of("e\u{301}abc", three), masked("e\u{301}ab"));
        assert_eq!(of("SW1", three), Ok(("SW1".to_owned(), Class::Plaintext)));
        assert_eq!(of("", three), masked(""));
    }

    #[test]
    fn an_address_becomes_its_network() {
        let usual = r#"{"kind":"ip"}"#;
        assert_eq!(of("192.168.7.9", usual), masked("192.168.7.0/24"));
        assert_eq!(of("2001:db8:1:2::9", usual), masked("2001:db8:1::/48"));
        // 6to4: 192.168.7.9 is in it, and would be all of it in 48 bits.
        let of_6to4 = of("2002:c0a8:709:1::9", usual);
        assert_eq!(of_6to4, masked("2002:c0a8:700::/40"));
        let all = r#"{"kind":"ip","v4":0,"v6":0}"#;
        assert_eq!(of("192.168.7.9", all), masked("0.0.0.0/0"));
        assert_eq!(of("2001:db8::1", all), masked("::/0"));
        for value in [
            "",
            "192.168.7",
            "192.168.7.9/32",
            "fe80::1%eth0",
            "localhost",
        ] {
            assert_eq!(of(value, usual), Err(ValueError::Address), "{value}");
        }
    }

    #[test]
    fn a_date_becomes_its_month_year_or_decade() {
        let of = |to: &str| {
            of(
                "3.7.1984",
                &format!(r#"{{"kind":"date","to":"{to}","order":"dmy"}}"#),
            )
        };
        assert_eq!(of("month"), masked("1984-07"));
        assert_eq!(of("year"), masked("1984"));
        assert_eq!(of("decade"), masked("1980s"));
        let ymd = r#"{"kind":"date","to":"year"}"#;
        assert_eq!(self::of("3.7.1984", ymd), Err(ValueError::Date));
    }

    #[test]
    fn parameters_that_keep_too_much_or_nothing_are_refused() {
        for (json, error) in [
            (r#"{"kind":"number","width":1}"#, ParameterError::Width),
            (r#"{"kind":"prefix","keep":0}"#, ParameterError::Prefix),
            (r#"{"kind":"ip","v4":25}"#, ParameterError::Prefix),
            (r#"{"kind":"ip","v6":65}"#, ParameterError::Prefix),
        ] {
            let parameters: GeneralizeParameters = serde_json::from_str(json).unwrap();
            assert_eq!(parameters.check(), Err(error), "{json}");
        }
        let read = |json| serde_json::from_str::<GeneralizeParameters>(json);
        assert!(read(r#"{"kind":"zip","keep":3}"#).is_err());
    }
}
