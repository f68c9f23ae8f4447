//! Where the two ends of a machine meet.
//!
//! A released enclave has no settings: its addresses are the constants here. A mock build may be
//! told others.

/// The port on which the enclave listens.
const ENCLAVE_PORT: u32 = 5005;

/// The port on which the parent's egress proxy listens.
const EGRESS_PORT: u32 = 5006;

/// The parent's context id on Nitro, always 3.
pub(super) const PARENT_CID: u32 = 3;

/// Where a released enclave listens.
pub const LISTEN: ListenAddress = ListenAddress::Vsock { port: ENCLAVE_PORT };

/// Where a released enclave finds the parent's egress proxy.
pub const EGRESS: DialAddress = DialAddress::Vsock {
    cid: PARENT_CID,
    port: EGRESS_PORT,
};

/// An address to listen on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ListenAddress {
    /// `vsock:PORT`.
    Vsock {
        /// The port.
        port: u32,
    },
    /// `unix:PATH`; a file that is there already is replaced.
    #[cfg(feature = "mock")]
    Unix(std::path::PathBuf),
}

/// An address to dial.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DialAddress {
    /// `vsock:CID:PORT`.
    Vsock {
        /// The context id.
        cid: u32,
        /// The port.
        port: u32,
    },
    /// `unix:PATH`.
    #[cfg(feature = "mock")]
    Unix(std::path::PathBuf),
}

#[cfg(feature = "mock")]
pub use parse::AddressError;

#[cfg(feature = "mock")]
mod parse {
    use std::path::PathBuf;
    use std::str::FromStr;

    use super::{DialAddress, ListenAddress};

    /// The text is not an address.
    #[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
    pub enum AddressError {
        /// Neither `unix:PATH` nor `vsock:…`.
        #[error("an address begins with unix: or vsock:")]
        Scheme,
        /// No path after `unix:`.
        #[error("unix: needs a path")]
        NoPath,
        /// Not the numbers that `vsock:` needs.
        #[error("vsock: needs PORT to listen and CID:PORT to dial")]
        Numbers,
    }

    enum Parts<'a> {
        Unix(PathBuf),
        Vsock(&'a str),
    }

    fn split(text: &str) -> Result<Parts<'_>, AddressError> {
        match text.split_once(':') {
            Some(("unix", "")) => Err(AddressError::NoPath),
            Some(("unix", path)) => Ok(Parts::Unix(path.into())),
            Some(("vsock", numbers)) => Ok(Parts::Vsock(numbers)),
            _ => Err(AddressError::Scheme),
        }
    }

    fn number(text: &str) -> Result<u32, AddressError> {
        text.parse().map_err(|_| AddressError::Numbers)
    }

    impl FromStr for ListenAddress {
        type Err = AddressError;

        fn from_str(text: &str) -> Result<Self, AddressError> {
            Ok(match split(text)? {
                Parts::Unix(path) => Self::Unix(path),
                Parts::Vsock(port) => Self::Vsock {
                    port: number(port)?,
                },
            })
        }
    }

    impl FromStr for DialAddress {
        type Err = AddressError;

        fn from_str(text: &str) -> Result<Self, AddressError> {
            Ok(match split(text)? {
                Parts::Unix(path) => Self::Unix(path),
                Parts::Vsock(numbers) => {
                    let (cid, port) = numbers.split_once(':').ok_or(AddressError::Numbers)?;
                    Self::Vsock {
                        cid: number(cid)?,
                        port: number(port)?,
                    }
                }
            })
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn addresses_are_read_as_the_manual_writes_them() {
            assert_eq!(
                "unix:/run/e.sock".parse(),
                Ok(ListenAddress::Unix("/run/e.sock".into()))
            );
            assert_eq!("vsock:5005".parse(), Ok(super::super::LISTEN));
            assert_eq!("vsock:3:5006".parse(), Ok(super::super::EGRESS));
        }

        #[test]
        fn anything_else_is_refused() {
            let dial = str::parse::<DialAddress>;
            assert_eq!(dial("tcp:1"), Err(AddressError::Scheme));
            assert_eq!(dial("unix:"), Err(AddressError::NoPath));
            assert_eq!(dial("vsock:5006"), Err(AddressError::Numbers));
            let listen = str::parse::<ListenAddress>;
            assert_eq!(listen("vsock:3:5005"), Err(AddressError::Numbers));
        }
    }
}
