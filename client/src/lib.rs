//! The client of Vouchsafe.
pub mod http;
pub mod kms;
pub mod rows;
pub mod signing_key;
