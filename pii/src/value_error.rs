//! Why a value was not transformed: one list for the operations that read numbers, dates and
//! addresses. No variant holds the value or a part of it.

/// Why a value was not transformed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum ValueError {
    /// Not a decimal number of at most 18 digits before its point.
    #[error("not a number")]
    Number,
    /// Not a day of the calendar in the form that was asked for.
    #[error("not a date")]
    Date,
    /// A date without the time of day that was asked for.
    #[error("the date has no time of day")]
    Time,
    /// Not an address of IPv4 or IPv6.
    #[error("not an address")]
    Address,
    /// Not a US ZIP code of five or nine digits.
    #[error("not a ZIP code")]
    Zip,
    /// The result would be outside of the years 1 to 9999, or of 64 bits.
    #[error("the result is out of range")]
    Range,
    /// The dates of nobody in particular cannot be shifted.
    #[error("there is no subject to shift for")]
    Subject,
}

impl ValueError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Number => "not_a_number",
            Self::Date => "not_a_date",
            Self::Time => "no_time_of_day",
            Self::Address => "not_an_address",
            Self::Zip => "not_a_zip_code",
            Self::Range => "out_of_range",
            Self::Subject => "subject_missing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ValueError;

    #[test]
    fn each_error_has_its_code() {
        for (error, code) in [
            (ValueError::Number, "not_a_number"),
            (ValueError::Date, "not_a_date"),
            (ValueError::Time, "no_time_of_day"),
            (ValueError::Address, "not_an_address"),
            (ValueError::Zip, "not_a_zip_code"),
            (ValueError::Range, "out_of_range"),
            (ValueError::Subject, "subject_missing"),
        ] {
            assert_eq!(error.code(), code);
        }
    }
}
