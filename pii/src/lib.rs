//! The PII engine: finds personal data in text, checks it and transforms it.
//!
//! Start at [`Engine`] (text to findings), then [`operation`] (what can be asked, and what class of
//! output each request lets out), then one module an operation: [`redact`], [`mask`], [`verify`],
//! [`pseudonymize`], [`tokenize`]. The rules of the identifiers themselves are in [`check`].
//!
//! Pure: bytes in, values out. No file, socket, clock, randomness or log is touched here; today's
//! date and every key are arguments. Text is hostile: nothing panics on it and every scan is linear
//! in its length. No error and no finding holds a value, only where it was and why it was reported.
//!
//! ```
//! use vouchsafe_pii::{Class, DetectOptions, Engine, redact};
//!
//! let engine = Engine::new();
//! let text = "My SSN is 078-05-1123, write to jo@example.com.";
//! let output = redact::redact(&engine, text, &DetectOptions::default())?;
//! assert_eq!(*output.text, "My SSN is <US_SSN>, write to <EMAIL_ADDRESS>.");
//! assert_eq!(output.class, Class::Masked);
//! # Ok::<(), vouchsafe_pii::DetectError>(())
//! ```

pub mod action;
pub mod blind_index;
pub mod bucket;
pub mod budget;
pub mod check;
pub mod custom;
mod date_text;
pub mod derive;
pub mod detect;
mod entity;
pub mod ff1;
pub mod format;
pub mod generalize;
pub mod granted;
pub mod identifier;
pub mod keys;
pub mod mask;
pub mod names;
mod normalise;
pub mod offsets;
pub mod operation;
mod output;
pub mod placeholder;
pub mod pseudonymize;
#[cfg(feature = "recipes")]
pub mod recipe;
#[cfg(feature = "recipes")]
pub mod records;
pub mod redact;
pub mod replace;
pub mod shift_date;
pub mod time_part;
pub mod tokenize;
pub mod transform;
pub mod validate;
mod value_error;
pub mod verify;

pub use date_text::DateOrder;
pub use detect::{DetectError, DetectOptions, Engine, Finding};
pub use entity::Entity;
pub use operation::{Class, Operation, ParameterError, class_of};
pub use output::Transformed;
pub use value_error::ValueError;
