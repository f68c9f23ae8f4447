//! Operations on a whole value that recipes know too: one road for all of them.
//!
//! [`read`] makes an action of a request's parameters, [`detail`] says what a grant must name for it,
//! and [`Transform`] does it, item after item, with its key and its labels made once for the request.
//!
//! Whom a date is about is never the caller's word for a sealed record: it is the record's row, which
//! is authentic. A caller that could say so for one date under many names would see the date between
//! its shifts. Next: `vouchsafe_pii::action`.

use ring::rand::{SecureRandom, SystemRandom};
use vouchsafe_common::{
    Secret,
    bundle::{self, Class, EntityContext},
    message::{Input, Item, ItemError, Outcome, Parameters, Refusal},
};
use vouchsafe_pii::{
    ParameterError, ValueError,
    action::{self, Action, ActionError, Prepared, Run},
    format::FormatError,
    keys::{Keys, NoKey},
    placeholder::{PlaceholderError, Placeholders},
};
use zeroize::Zeroizing;

use super::{class, not_token};
use crate::{
    keys::{ActionKey, JobSecret},
    policy::Detail,
};

/// The longest value that can have a token of its own form, bytes; as long as those of other tokens.
/// A format has at most 128 places to encrypt, and taking a value apart costs some twenty times its
/// length.
const MAX_FORMAT_BYTES: usize = 4096;

/// The action of this name; `names` are those of its parameters. Not all items fit every action.
pub(super) fn read(
    name: &str,
    given: &Parameters,
    names: &[&str],
    items: &[Item],
) -> Result<Action, Refusal> {
    let action = match name {
        "replace" => Action::Replace(super::read(given, names)?),
        "placeholder" => Action::Placeholder(super::read(given, names)?),
        "pseudonymize" => Action::Pseudonymize(super::read(given, names)?),
        "blind_index" => Action::BlindIndex(super::read(given, names)?),
        "encrypt_format" => Action::EncryptFormat(super::read(given, names)?),
        "decrypt_format" => Action::DecryptFormat(super::read(given, names)?),
        "generalize" => Action::Generalize(super::read(given, names)?),
        "bucket" => Action::Bucket(super::read(given, names)?),
        "shift_date" => Action::ShiftDate(super::read(given, names)?),
        "time_part" => Action::TimePart(super::read(given, names)?),
        _ => return Err(Refusal::UnknownOperation),
    };
    action.check().map_err(|error| match error {
        ActionError::Parameter(ParameterError::ContextRequired) => Refusal::ContextRequired,
        _ => Refusal::InvalidParameter,
    })?;
    let is_fit = match &action {
        // Under another key a token of this form opens as well, to another value.
        Action::DecryptFormat(parameters) => parameters.version.is_some(),
        Action::ShiftDate(_) => !items
            .iter()
            .any(|item| is_record(item) && item.other.is_some()),
        _ => true,
    };
    is_fit.then_some(action).ok_or(Refusal::InvalidParameter)
}

fn is_record(item: &Item) -> bool {
    matches!(item.input, Input::Record { .. })
}

/// Whether whoever may do this on texts of its own can try a dictionary against what it cannot read.
pub(super) fn is_deterministic(action: &Action, items: &[Item]) -> bool {
    match action {
        Action::Pseudonymize(_)
        | Action::BlindIndex(_)
        | Action::EncryptFormat(_)
        // The days of a subject, seen on a date that is known, undo the shift of all its others.
        | Action::ShiftDate(_) => true,
        // Labels are of one request: beside a record, a text that has its label has its value.
        Action::Placeholder(_) => items.iter().any(is_record),
        _ => false,
    }
}

/// What a grant must name for this action besides its class.
pub(super) fn detail(action: &Action) -> Result<Detail, Refusal> {
    let pseudonym = |entity: &str, context: &str| {
        Detail::Pseudonym(EntityContext {
            entity: entity.to_owned(),
            context: context.to_owned(),
        })
    };
    Ok(match action {
        Action::Replace(_) | Action::Placeholder(_) => Detail::None,
        Action::Pseudonymize(it) => pseudonym(&it.entity, &it.context),
        Action::BlindIndex(it) => pseudonym(&it.entity, &it.context),
        action => Detail::Action(named(action).ok_or(Refusal::InvalidParameter)?),
    })
}

/// The action as a policy names it: without the version, which moves on with the roots.
fn named(action: &Action) -> Option<bundle::Action> {
    let mut json = serde_json::to_value(action).ok()?;
    json.as_object_mut()?.remove("version");
    serde_json::from_value(json).ok()
}

/// An action at work on the items of one request.
pub(super) struct Transform<'a> {
    prepared: Prepared<'a>,
    /// Of a value, bytes.
    longest: usize,
    placeholders: Placeholders,
    /// Of the key, for outputs that do not say it themselves.
    version: Option<u32>,
}

impl<'a> Transform<'a> {
    /// Makes the action ready.
    ///
    /// # Errors
    ///
    /// Why its key could not be had: the error of every item.
    pub(super) fn new(action: &'a Action, secret: &'a JobSecret) -> Result<Self, ItemError> {
        let keys: &dyn Keys = match secret {
            JobSecret::Missing(error) => return Err(*error),
            JobSecret::Key(key) => key,
            _ => &NoKeys,
        };
        let longest = match action {
            Action::EncryptFormat(_) | Action::DecryptFormat(_) => MAX_FORMAT_BYTES,
            _ => usize::MAX,
        };
        let version = match (action, secret) {
            (Action::EncryptFormat(_), JobSecret::Key(ActionKey { version, .. })) => Some(*version),
            _ => None,
        };
        // Drawn for this request, so that labels of two requests cannot be compared.
        let mut key = Zeroizing::new([0; 32]);
        SystemRandom::new()
            .fill(&mut *key)
            .expect("the system's random source answers");
        Ok(Self {
            prepared: Prepared::new(action, keys).map_err(item_error)?,
            longest,
            placeholders: Placeholders::new(&key),
            version,
        })
    }

    /// What becomes of the value of an item, and the class of that.
    pub(super) fn apply(
        &mut self,
        item: &Item,
        value: &str,
    ) -> Result<(Outcome, Class), ItemError> {
        if value.len() > self.longest {
            return Err(ItemError::FormatTooLong);
        }
        let subject = match (&item.input, &item.other) {
            (Input::Record { record_id, .. }, _) => record_id.as_str(),
            (Input::Text(_), Some(other)) => other.expose_secret(),
            (Input::Text(_), None) => "",
        };
        let input = action::Input {
            value,
            subject,
            entity: None,
            name: "",
        };
        let mut run = Run {
            find: None,
            placeholders: &mut self.placeholders,
        };
        let mut output = Zeroizing::new(String::new());
        let written = self.prepared.apply(input, &mut run, &mut output);
        let action::Outcome::Written(written) = written.map_err(item_error)? else {
            // No operation leaves a value out.
            return Err(ItemError::InvalidValue);
        };
        let text = Secret::new(std::mem::take(&mut *output));
        let outcome = match self.version {
            Some(version) => Outcome::Versioned { text, version },
            None => Outcome::Text(text),
        };
        Ok((outcome, class(written)))
    }
}

/// For actions that need no key.
struct NoKeys;

impl Keys for NoKeys {
    fn tenant(&self) -> &'static str {
        ""
    }

    fn derive(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: Option<u32>,
        _: &mut [u8],
    ) -> Result<u32, NoKey> {
        Err(NoKey)
    }
}

/// Parameters were checked with the job, so what is left to be at fault is the value.
const fn item_error(error: ActionError) -> ItemError {
    match error {
        ActionError::Value(error) => not_of_value(error),
        ActionError::Format(error) => not_of_format(error),
        ActionError::Token(error) => not_token(error),
        ActionError::Placeholder(PlaceholderError::Full) => ItemError::TooManyLabels,
        ActionError::Key(NoKey) => ItemError::RootMissing,
        ActionError::Placeholder(PlaceholderError::Session)
        | ActionError::Parameter(_)
        | ActionError::Span(_) => ItemError::InvalidValue,
    }
}

pub(super) const fn not_of_value(error: ValueError) -> ItemError {
    match error {
        ValueError::Number => ItemError::NotANumber,
        ValueError::Date => ItemError::NotADate,
        ValueError::Time => ItemError::NoTimeOfDay,
        ValueError::Address => ItemError::NotAnAddress,
        ValueError::Zip => ItemError::NotAZipCode,
        ValueError::Range => ItemError::OutOfRange,
        ValueError::Subject => ItemError::SubjectMissing,
    }
}

const fn not_of_format(error: FormatError) -> ItemError {
    match error {
        FormatError::Domain { .. } => ItemError::DomainTooSmall,
        FormatError::Mismatch => ItemError::FormatMismatch,
        FormatError::Luhn => ItemError::Checksum,
        // How long, beside the alphabet, is all that is left of FF1's bounds.
        FormatError::Ff1(_) => ItemError::FormatTooLong,
        FormatError::Parameter(_) | FormatError::Alphabet | FormatError::LuhnAlphabet => {
            ItemError::InvalidValue
        }
    }
}

#[cfg(test)]
mod tests;
