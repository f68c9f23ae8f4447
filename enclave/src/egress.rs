//! What the enclave asks of its parent: a way to KMS, credentials, and what to boot with.
//!
//! One stream a question. The parent may refuse, stall or lie: a connection is worth what TLS over
//! it proves, credentials only let KMS say no, and boot material is measured before it is parsed.
//! Nothing here trusts an answer beyond its form. Next: [`crate::kms`], `boot`.

use std::time::{Duration, Instant};

use tokio::time::timeout_at;
use vouchsafe_common::cbor::CborError;
use vouchsafe_common::egress::{
    AwsCredentials, BootMaterial, EgressAnswer, EgressQuery, EgressRefusal,
};
use vouchsafe_common::limits::MAX_EGRESS_FRAME_BYTES;

use crate::transport::{DialAddress, FrameIoError, Stream, dial, read_frame, write_frame};

/// Why the parent did not give what was asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EgressError {
    /// The parent's egress proxy could not be reached.
    #[error("the parent's egress proxy could not be reached: {0}")]
    Unreachable(std::io::ErrorKind),
    /// The caller's time was over.
    #[error("the parent did not answer in time")]
    Deadline,
    /// The exchange broke off.
    #[error(transparent)]
    Frame(#[from] FrameIoError),
    /// The answer is not one.
    #[error(transparent)]
    Malformed(#[from] CborError),
    /// The stream ended without an answer.
    #[error("the parent closed without an answer")]
    NoAnswer,
    /// The parent said no.
    #[error("the parent refused: {}", .0.code())]
    Refused(EgressRefusal),
    /// An answer to another question.
    #[error("the parent answered another question")]
    UnexpectedAnswer,
}

impl EgressError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable(_) => "egress_unreachable",
            Self::Deadline => "egress_deadline",
            Self::Frame(error) => error.code(),
            Self::Malformed(_) | Self::NoAnswer | Self::UnexpectedAnswer => "egress_no_answer",
            Self::Refused(refusal) => refusal.code(),
        }
    }
}

/// The way out.
#[derive(Clone, Debug)]
pub struct Egress {
    address: DialAddress,
}

impl Egress {
    /// A way out through the proxy at `address`.
    pub fn new(address: DialAddress) -> Self {
        Self { address }
    }

    /// A stream to `host` and `port`, carried by the parent and worth nothing without TLS.
    ///
    /// # Errors
    /// [`EgressError`].
    pub async fn connect(
        &self,
        host: &str,
        port: u16,
        deadline: Instant,
    ) -> Result<Stream, EgressError> {
        let query = EgressQuery::Connect {
            host: host.into(),
            port,
        };
        match self.ask(&query, deadline).await? {
            (EgressAnswer::Connected, stream) => Ok(stream),
            _ => Err(EgressError::UnexpectedAnswer),
        }
    }

    /// The instance role's credentials, untrusted.
    ///
    /// # Errors
    /// [`EgressError`].
    pub async fn credentials(&self, deadline: Instant) -> Result<AwsCredentials, EgressError> {
        match self.ask(&EgressQuery::Credentials, deadline).await? {
            (EgressAnswer::Credentials(credentials), _) => Ok(credentials),
            _ => Err(EgressError::UnexpectedAnswer),
        }
    }

    /// Trust anchor, bundle and roots, unmeasured.
    ///
    /// # Errors
    /// [`EgressError`].
    pub async fn boot_material(&self, deadline: Instant) -> Result<BootMaterial, EgressError> {
        match self.ask(&EgressQuery::Boot, deadline).await? {
            (EgressAnswer::Boot(material), _) => Ok(material),
            _ => Err(EgressError::UnexpectedAnswer),
        }
    }

    async fn ask(
        &self,
        query: &EgressQuery,
        deadline: Instant,
    ) -> Result<(EgressAnswer, Stream), EgressError> {
        let left = || deadline.saturating_duration_since(Instant::now());
        let mut stream = timeout_at(deadline.into(), dial(&self.address))
            .await
            .map_err(|_| EgressError::Deadline)?
            .map_err(|error| EgressError::Unreachable(error.kind()))?;
        let limit = MAX_EGRESS_FRAME_BYTES;
        write_frame(&mut stream, &query.encode(), limit, left()).await?;
        let bytes = read_frame(
            &mut stream,
            limit,
            left(),
            left().max(Duration::from_millis(1)),
        )
        .await?
        .map(vouchsafe_common::Secret::new)
        .ok_or(EgressError::NoAnswer)?;
        match EgressAnswer::decode(bytes.expose_secret())? {
            EgressAnswer::Refused { code } => Err(EgressError::Refused(code)),
            answer => Ok((answer, stream)),
        }
    }
}

#[cfg(all(test, feature = "mock"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::fixture::{Parent, soon};

    fn empty_material() -> BootMaterial {
        BootMaterial {
            trust_anchor: serde_bytes::ByteBuf::new(),
            bundle: serde_bytes::ByteBuf::new(),
            roots: vec![],
        }
    }

    #[tokio::test]
    async fn a_connection_carries_bytes_after_the_answer() {
        let parent = Parent::start(|_, mut stream| async move {
            let answer = EgressAnswer::Connected.encode();
            let second = Duration::from_secs(1);
            write_frame(&mut stream, &answer, 99, second).await.unwrap();
            stream.write_all(b"hello").await.unwrap();
        });
        let mut stream = parent.egress().connect("kms", 443, soon()).await.unwrap();
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"hello");
        let asked = EgressQuery::Connect {
            host: "kms".into(),
            port: 443,
        };
        assert_eq!(parent.asked(), [asked]);
    }

    #[tokio::test]
    async fn a_refusal_keeps_its_code() {
        let code = EgressRefusal::NotAllowed;
        let parent = Parent::answering(move || EgressAnswer::Refused { code });
        let error = parent.egress().connect("elsewhere", 443, soon()).await;
        assert_eq!(error.unwrap_err(), EgressError::Refused(code));
    }

    #[tokio::test]
    async fn an_answer_to_another_question_is_refused() {
        let parent = Parent::answering(|| EgressAnswer::Connected);
        let egress = parent.egress();
        let unexpected = EgressError::UnexpectedAnswer;
        assert_eq!(egress.credentials(soon()).await.unwrap_err(), unexpected);
        assert_eq!(egress.boot_material(soon()).await.unwrap_err(), unexpected);
        let parent = Parent::answering(|| EgressAnswer::Boot(empty_material()));
        let connected = parent.egress().connect("kms", 443, soon()).await;
        assert_eq!(connected.unwrap_err(), unexpected);
    }

    #[tokio::test]
    async fn noise_silence_and_absence_are_told_apart() {
        let second = Duration::from_secs(1);
        let noisy = Parent::start(move |_, mut stream| async move {
            write_frame(&mut stream, b"noise", 99, second)
                .await
                .unwrap();
        });
        let error = noisy.egress().credentials(soon()).await.unwrap_err();
        assert!(matches!(error, EgressError::Malformed(_)), "{error:?}");
        let mute = Parent::start(|_, stream| async move { drop(stream) });
        let error = mute.egress().credentials(soon()).await.unwrap_err();
        assert_eq!(error, EgressError::NoAnswer);
        let slow = Parent::start(|_, stream| async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            drop(stream);
        });
        let deadline = Instant::now() + Duration::from_millis(50);
        let error = slow.egress().credentials(deadline).await.unwrap_err();
        assert_eq!(error, EgressError::Frame(FrameIoError::Deadline));
        let nobody = Egress::new(DialAddress::Unix("/nonexistent/egress".into()));
        let error = nobody.credentials(soon()).await.unwrap_err();
        assert_eq!(
            error,
            EgressError::Unreachable(std::io::ErrorKind::NotFound)
        );
    }
}
