//! Local stand-ins for AWS: a software NSM under a PKI of its own, a KMS that enforces
//! attestation, and an identity provider. Real protocols and real cryptography, own root.
//!
//! Nothing here is trusted by production code: a released binary is built without this crate, and
//! what a client verifies under a mock root is a type of its own. Start at [`nsm`] and [`pki`].

#[cfg(feature = "server")]
mod asn1;
#[cfg(feature = "nsm")]
pub mod files;
#[cfg(feature = "server")]
pub mod idp;
#[cfg(feature = "server")]
pub mod install;
#[cfg(feature = "server")]
pub mod kms;
#[cfg(feature = "nsm")]
pub mod measure;
#[cfg(feature = "nsm")]
pub mod nsm;
#[cfg(feature = "nsm")]
pub mod pki;
#[cfg(feature = "server")]
pub mod roles;
#[cfg(feature = "server")]
pub mod system;
#[cfg(feature = "server")]
pub mod tap;
#[cfg(feature = "server")]
pub mod tls;
