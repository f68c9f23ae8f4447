//! The client of Vouchsafe: verify an enclave's evidence once, then send it sealed requests.
//!
//! [`Client`] attests, seals, carries and opens; [`Sealer`] makes sealed records for later. What is
//! trusted: AWS's root, the measurements that the caller brings, and this process's own clock. The
//! parent, which carries every byte, is trusted with nothing.
//!
//! Plaintext never leaves here unsealed, and an identity token only inside a sealed request. The
//! command line `vouchsafe` is in `cli`; reading order: [`verify`], `session`, [`http`].
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use vouchsafe_client::{AwsRoot, Call, Client, Identity, key_file, measurements};
//! use vouchsafe_client::vouchsafe_common::{Secret, message::{Input, Item, Parameters}};
//!
//! let expectations = measurements::parse(&std::fs::read("measurements.json")?)?;
//! let key = key_file::parse(&std::fs::read("caller.pem")?)?;
//! let client = Client::builder("https://pii.example.com", AwsRoot, expectations)
//!     .identity(Identity::Registered { name: "crm".into(), key })
//!     .build()?;
//! let results = client
//!     .call(Call {
//!         operation: "mask".into(),
//!         parameters: Parameters::from_json(&serde_json::json!({ "keep_last": 4 }))?,
//!         tenant: "acme".into(),
//!         dataset: "customers".into(),
//!         purpose: "support".into(),
//!         items: vec![Item {
//!             reference: "1".into(),
//!             input: Input::Text(Secret::new("078-05-1120".into())),
//!             other: None,
//!         }],
//!     })
//!     .await?;
//! # Ok(()) }
//! ```

#[doc(hidden)]
pub mod cli;
mod client;
pub mod http;
mod identity;
pub mod json;
pub mod key_file;
pub mod kms;
pub mod measurements;
pub mod proxy;
pub mod release;
pub mod root_file;
pub mod rows;
pub mod seal;
mod session;
pub mod verify;

pub use client::{Call, CallError, Client, ClientBuilder, Service};
pub use identity::{Identity, TokenSource};
pub use seal::Sealer;
#[cfg(feature = "mock")]
pub use verify::MockRoot;
pub use verify::{AwsRoot, Root};
pub use vouchsafe_common;
