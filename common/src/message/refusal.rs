//! Why a request or one of its items was refused, as stable codes. They travel sealed.

use serde::{Deserialize, Serialize};

/// Declares an enum of codes whose variant, wire form and `code()` are one and the same name.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$why:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$why])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.code())
            }
        }
    };
}

codes! {
    /// Why nothing of a request was done.
    Refusal {
        /// The plaintext is not a request in its one form.
        Malformed = "malformed",
        /// This id was seen in this enclave's life.
        Replayed = "replayed",
        /// Made longer ago than the freshness window, or before the enclave started.
        Stale = "stale",
        /// Made in the enclave's future.
        IssuedInFuture = "issued_in_future",
        /// More ids than the replay window remembers; try again shortly.
        Overloaded = "overloaded",
        /// No such caller in the policy bundle.
        UnknownCaller = "unknown_caller",
        /// The signature is missing or is not the caller's over this very request.
        ProofInvalid = "proof_invalid",
        /// The token is not one of a pinned issuer's, or is malformed.
        TokenInvalid = "token_invalid",
        /// The token has expired or is not valid yet.
        TokenExpired = "token_expired",
        /// The token is meant for another audience.
        TokenAudience = "token_audience",
        /// No operation of that name.
        UnknownOperation = "unknown_operation",
        /// A parameter that the operation does not have.
        UnknownParameter = "unknown_parameter",
        /// A parameter that is missing or has another type or range.
        InvalidParameter = "invalid_parameter",
        /// A deterministic token of a type with few values, without a context to bind it to.
        ContextRequired = "context_required",
        /// More items than a request may have, or none.
        ItemCount = "item_count",
        /// A name or reference is longer than names may be, or empty.
        InvalidName = "invalid_name",
        /// The policy does not grant this.
        NotPermitted = "not_permitted",
        /// The policy bundle is past its validity.
        PolicyExpired = "policy_expired",
        /// The enclave has no time that it can vouch for.
        ClockUnavailable = "clock_unavailable",
    }
}

codes! {
    /// Why one item has no output.
    ItemError {
        /// The record is not one of our COSE structures, or is too long.
        RecordMalformed = "record_malformed",
        /// The record does not open: altered, or of another tenant, dataset, field or row.
        RecordNotAuthentic = "record_not_authentic",
        /// The record has an older format than the trust anchor accepts.
        FormatBelowFloor = "format_below_floor",
        /// The epoch, a record's or the one to seal to, is older than the trust anchor accepts.
        EpochBelowFloor = "epoch_below_floor",
        /// The root, a token's or the one asked for, is older than the trust anchor accepts.
        RootBelowFloor = "root_below_floor",
        /// The record names a key that the trust anchor does not list for the tenant.
        KeyNotTrusted = "key_not_trusted",
        /// The records of the request hang under more data keys than one request may ask for.
        TooManyKeys = "too_many_keys",
        /// KMS refused the key under its policy.
        KeyDenied = "key_denied",
        /// KMS says that the key is disabled or being deleted.
        KeyDisabled = "key_disabled",
        /// KMS did not open the wrapped key in this tenant, dataset and epoch.
        WrappedKeyInvalid = "wrapped_key_invalid",
        /// KMS could not be reached in time.
        KmsUnavailable = "kms_unavailable",
        /// KMS answered in a form that is not acceptable, plaintext for instance.
        KmsReplyRefused = "kms_reply_refused",
        /// The text is longer than texts may be.
        TextTooLong = "text_too_long",
        /// The value is not what the operation works on: no text, no date.
        InvalidValue = "invalid_value",
        /// The value is not a decimal number.
        NotANumber = "not_a_number",
        /// The value is not a date in the form that was asked for.
        NotADate = "not_a_date",
        /// The date has no time of day.
        NoTimeOfDay = "no_time_of_day",
        /// The value is not an address of IPv4 or IPv6.
        NotAnAddress = "not_an_address",
        /// The value is not a US ZIP code.
        NotAZipCode = "not_a_zip_code",
        /// The result would be a number or a year that there is not.
        OutOfRange = "out_of_range",
        /// A date to shift, and nobody whom it is about.
        SubjectMissing = "subject_missing",
        /// The format has too few values beside what it keeps.
        DomainTooSmall = "domain_too_small",
        /// The value or token is not of the format.
        FormatMismatch = "format_mismatch",
        /// The value is longer than its format allows.
        FormatTooLong = "format_too_long",
        /// The check digit of the value or token is wrong.
        Checksum = "checksum",
        /// The request has more different values than labels.
        TooManyLabels = "too_many_labels",
        /// The value is not a token.
        TokenMalformed = "token_malformed",
        /// The token does not open: altered, or of another tenant, entity or context.
        TokenNotAuthentic = "token_not_authentic",
        /// There is nothing to compare the value with.
        NothingToCompare = "nothing_to_compare",
        /// The record's questions in this enclave's life are used up.
        QueryBudgetExhausted = "query_budget_exhausted",
        /// The policy does not grant this item's field, source or class of output.
        NotPermitted = "not_permitted",
        /// The bundle names no root for this tenant, or none of this version.
        RootMissing = "root_missing",
        /// The request's deadline came before this item.
        Deadline = "deadline",
        /// Inputs or results together are larger than a reply may be.
        ReplyTooLarge = "reply_too_large",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_travels_as_its_own_name_and_no_two_are_alike() {
        let mut names: Vec<_> = Refusal::ALL.iter().map(|code| code.code()).collect();
        for code in Refusal::ALL {
            assert_eq!(serde_json::to_value(code).expect("a name"), code.code());
            assert_eq!(code.to_string(), code.code());
        }
        names.dedup();
        assert_eq!(names.len(), Refusal::ALL.len());
        for code in ItemError::ALL {
            assert_eq!(serde_json::to_value(code).expect("a name"), code.code());
        }
    }
}
