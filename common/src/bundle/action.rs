//! Actions that a grant names whole, with every parameter: written as recipes write them.
//!
//! What these let out depends on bounds, and a caller that may choose them searches a value out:
//! ranges of two widths meet in one number, a single bound asks "less than?" again and again, an
//! alphabet of few characters asks which one stands at a place. So there is no "at most": a request
//! has the parameters of an entry, or it is not granted. What the parameters do is the business of
//! the crate that runs them; here they are compared. The version of a root is none of them.

use serde::{Deserialize, Serialize};

/// An action with its parameters.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// A number into its bucket.
    Bucket(Bucket),
    /// A value made less exact.
    Generalize(Generalize),
    /// A date moved by the days of its subject.
    ShiftDate(ShiftDate),
    /// One part of a date.
    TimePart(TimePart),
    /// A token of the value's own form.
    EncryptFormat(Format),
    /// The value of such a token.
    DecryptFormat(Format),
}

/// A width or bounds.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Of every bucket.
    #[serde(default)]
    pub width: Option<u64>,
    /// Where buckets begin.
    #[serde(default)]
    pub bounds: Vec<i64>,
}

/// What becomes less exact, and how much.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Generalize {
    /// A number into its range.
    Number {
        /// Of every range.
        width: u64,
    },
    /// A US ZIP code into its first three digits.
    Zip {},
    /// A text into its first characters.
    Prefix {
        /// How many.
        keep: u8,
    },
    /// An address into its network.
    Ip {
        /// Bits of an IPv4 network.
        #[serde(default = "bits_v4")]
        v4: u8,
        /// Bits of an IPv6 network.
        #[serde(default = "bits_v6")]
        v6: u8,
    },
    /// A date into what is left of it.
    Date {
        /// What is left.
        to: Precision,
        /// How dates are written.
        #[serde(default)]
        order: DateOrder,
    },
}

const fn bits_v4() -> u8 {
    24
}

const fn bits_v6() -> u8 {
    48
}

/// What is left of a date.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Year and month.
    Month,
    /// The year.
    Year,
    /// The decade.
    Decade,
}

/// How dates are written. Read in another order, another part of a date comes out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Year, month, day.
    #[default]
    Ymd,
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
}

/// How far dates are moved, and for what.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftDate {
    /// The most days, either way.
    pub days: u16,
    /// How dates are written.
    #[serde(default)]
    pub order: DateOrder,
    /// What the shift is for.
    #[serde(default)]
    pub context: String,
}

/// A part of a date.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimePart {
    /// Which.
    pub part: Part,
    /// How dates are written.
    #[serde(default)]
    pub order: DateOrder,
}

/// The parts of a date.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The year.
    Year,
    /// 1 to 4.
    Quarter,
    /// 1 to 12.
    Month,
    /// 1 to 53.
    Week,
    /// 1 to 31.
    Day,
    /// 1 to 7.
    Weekday,
    /// 0 to 23.
    Hour,
}

/// A form that tokens share with their values, and what they are for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// What the value is.
    pub entity: String,
    /// What the token is for.
    #[serde(default)]
    pub context: String,
    /// The characters at its places.
    pub alphabet: Alphabet,
    /// Separators, which stay.
    #[serde(default)]
    pub skip: String,
    /// Characters that stay at the beginning.
    #[serde(default)]
    pub keep_first: u8,
    /// Characters that stay at the end.
    #[serde(default)]
    pub keep_last: u8,
    /// What the token does under Luhn.
    #[serde(default)]
    pub luhn: Luhn,
}

/// The characters of a format.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// `0` to `9`.
    Digits,
    /// `a` to `z`.
    Lower,
    /// `A` to `Z`.
    Upper,
    /// Digits and small letters.
    AlnumLower,
    /// Digits and capital letters.
    AlnumUpper,
    /// Digits and letters.
    Alnum,
    /// These, in this order.
    Custom(String),
    /// Each place keeps its class.
    Mixed,
    /// One for each place.
    Positions(Vec<Alphabet>),
}

/// What a token does under Luhn.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Luhn {
    /// It passes.
    Keep,
    /// It never passes.
    Break,
    /// Nothing is looked at.
    #[default]
    Ignore,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Action;

    fn read(json: &Value) -> Option<Action> {
        serde_json::from_str(&json.to_string()).ok()
    }

    #[test]
    fn what_is_left_out_is_the_default_of_the_operation() {
        for (short, long) in [
            (
                json!({"action": "bucket", "width": 10}),
                json!({"action": "bucket", "width": 10, "bounds": []}),
            ),
            (
                json!({"action": "generalize", "kind": "ip"}),
                json!({"action": "generalize", "kind": "ip", "v4": 24, "v6": 48}),
            ),
            (
                json!({"action": "time_part", "part": "year"}),
                json!({"action": "time_part", "part": "year", "order": "ymd"}),
            ),
            (
                json!({"action": "shift_date", "days": 30}),
                json!({"action": "shift_date", "days": 30, "order": "ymd", "context": ""}),
            ),
            (
                json!({"action": "encrypt_format", "entity": "US_SSN", "alphabet": "digits"}),
                json!({
                    "action": "encrypt_format", "entity": "US_SSN", "context": "",
                    "alphabet": "digits", "skip": "", "keep_first": 0, "keep_last": 0,
                    "luhn": "ignore",
                }),
            ),
        ] {
            let action = read(&short).expect("an action");
            assert_eq!(Some(&action), read(&long).as_ref(), "{short}");
            assert_eq!(serde_json::to_value(&action).expect("JSON"), long);
        }
    }

    #[test]
    fn what_is_misspelt_or_names_a_version_is_no_action() {
        for json in [
            json!({"width": 10}),
            json!({"action": "bucket", "widht": 10}),
            json!({"action": "generalize", "kind": "number", "keep": 3}),
            json!({"action": "generalize", "kind": "year"}),
            json!({"action": "time_part", "part": "minute"}),
            json!({"action": "shift_date", "days": 30, "version": 1}),
            json!({"action": "encrypt_format", "entity": "A", "alphabet": "hex"}),
            json!({"action": "keep"}),
            json!({"action": "mask", "keep_last": 4}),
        ] {
            assert_eq!(read(&json), None, "{json}");
        }
    }
}
