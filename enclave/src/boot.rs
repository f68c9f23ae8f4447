//! From nothing to a server, in the one order that makes evidence mean something.
//!
//! The registers that we measure into must be untouched; trust anchor and bundle are measured as
//! received and the registers locked before any document of this enclave exists and before either
//! text is parsed. Then come the clock, the signature over the bundle, and keys of this life only.
//! A step that fails ends the boot with its name. Trusts the security module alone.

use std::{
    io::ErrorKind,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_bytes::ByteArray;
use vouchsafe_common::{
    UnixMillis,
    attestation::Pcr,
    bundle::{self, BundleError, TrustAnchor},
    digest::{Sha384Digest, sha384},
    egress::BootMaterial,
    hpke::HpkeKey,
    key_configuration::{
        AEAD_AES_256_GCM, KDF_HKDF_SHA256, KEM_X_WING, KeyConfiguration, KeyId, PROTOCOL_VERSION,
    },
    limits::{
        KEY_CONFIGURATION_LIFETIME, MAX_BUNDLE_BYTES, MAX_CLOCK_SKEW, MAX_ROOTS,
        MAX_WRAPPED_KEY_BYTES,
    },
};

use crate::{
    egress::{Egress, EgressError},
    keys::Keys,
    kms::{KmsClient, KmsParts},
    nsm::{ClockError, EnclaveClock, MAX_ANCHOR_AGE, NsmError, NsmHandle},
    recipient::{RecipientError, RecipientKey},
    replay::ReplayWindow,
    server::Server,
    session::Sessions,
    settings::Settings,
    tls::{self, TlsError},
    transport::Listener,
};

/// The register that the trust anchor is measured into.
pub const TRUST_ANCHOR_PCR: u16 = 16;
/// The register that the policy bundle is measured into.
pub const BUNDLE_PCR: u16 = 17;
/// One past the last register.
const PCR_COUNT: u16 = 32;
/// How long the parent may take to appear.
const PARENT_PATIENCE: Duration = Duration::from_secs(30);
/// Between two attempts to reach it.
const PARENT_RETRY: Duration = Duration::from_millis(50);
/// How often old keys are wiped, and whether the clock is due is looked at.
const HOUSEKEEPING: Duration = Duration::from_mins(1);
/// How long the clock goes on before it is set again: well within [`MAX_ANCHOR_AGE`], so that a few
/// failures in a row leave it usable.
const CLOCK_RENEWAL: Duration = Duration::from_secs(MAX_ANCHOR_AGE.as_secs() / 4);

/// How long an enclave serves: a little less than its key configuration says.
const LIFE: Duration = KEY_CONFIGURATION_LIFETIME.saturating_sub(Duration::from_mins(10));

/// Why an enclave did not start.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BootError {
    /// A released enclave takes no argument.
    #[cfg(not(feature = "mock"))]
    #[error("a released enclave takes no argument: its settings are measured")]
    Argument,
    /// The security module is missing or failed.
    #[error("security module: {0}")]
    Nsm(#[from] NsmError),
    /// A register that is ours alone was used or locked before us.
    #[error("register {0} is not as the hypervisor leaves it")]
    RegisterUsed(u16),
    /// A register does not hold what was measured into it.
    #[error("register {0} does not hold what was measured")]
    RegisterContent(u16),
    /// A register is still open after it was locked.
    #[error("register {0} did not lock")]
    RegisterOpen(u16),
    /// The parent gave no trust anchor and bundle.
    #[error("boot material: {0}")]
    Material(#[from] EgressError),
    /// More or longer boot material than an enclave takes.
    #[error("boot material is over its bounds")]
    MaterialTooLong,
    /// The trust anchor is not acceptable.
    #[error("trust anchor: {0}")]
    TrustAnchor(BundleError),
    /// The policy bundle is not acceptable.
    #[error("policy bundle: {0}")]
    Bundle(BundleError),
    /// There is no time.
    #[error("clock: {0}")]
    Clock(#[from] ClockError),
    /// No RSA key could be made.
    #[error("recipient key: {0}")]
    Recipient(#[from] RecipientError),
    /// TLS could not be set up.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The operating system gave no randomness.
    #[error("no randomness")]
    Randomness,
    /// The address to listen at cannot be had.
    #[error("cannot listen: {0}")]
    Listen(ErrorKind),
    /// The executable cannot be read to measure it (mock builds).
    #[cfg(feature = "mock")]
    #[error("cannot read the executable: {0}")]
    Executable(ErrorKind),
    /// The mock's state cannot be read (mock builds).
    #[cfg(feature = "mock")]
    #[error("cannot read the mock's state: run `vouchsafe-mock init` first")]
    MockState,
    /// The mock KMS's authority cannot be read (mock builds).
    #[cfg(feature = "mock")]
    #[error("cannot read the authority of the mock KMS: {0}")]
    KmsCa(ErrorKind),
}

/// An enclave that is ready to serve.
pub struct Booted {
    server: Arc<Server>,
    listener: Listener,
}

impl Booted {
    /// Serves until shortly before its keys are too old for callers to attest, so that whoever
    /// supervises it starts the next life before this one is of no use.
    pub async fn serve(self) {
        tokio::select! {
            never = self.server.run(self.listener) => match never {},
            () = tokio::time::sleep(LIFE) => {}
        }
    }
}

/// Boots an enclave.
///
/// # Errors
///
/// [`BootError`], by the first step that fails.
pub async fn boot(settings: Settings) -> Result<Booted, BootError> {
    let recipient = tokio::spawn(RecipientKey::generate_in_background());
    let nsm = NsmHandle::start(settings.nsm)?;
    let egress = Egress::new(settings.parent);
    let material = boot_material(&egress).await?;
    let bundle_digest = measure(&nsm, &material).await?;

    let clock = EnclaveClock::new();
    clock.renew(&nsm).await?;
    let start = clock.now()?;
    let anchor = TrustAnchor::parse(&material.trust_anchor).map_err(BootError::TrustAnchor)?;
    let policy = bundle::open(&material.bundle, &anchor, start).map_err(BootError::Bundle)?;

    let hpke = HpkeKey::generate();
    let not_after = start.plus(KEY_CONFIGURATION_LIFETIME).min(policy.not_after);
    let configuration = configuration(&hpke, bundle_digest, not_after)?;
    let recipient = recipient.await.unwrap_or(Err(RecipientError::Generation))?;
    let kms = KmsClient::new(KmsParts {
        egress,
        tls: tls::client_config(settings.roots, clock.clone())?,
        endpoints: settings.endpoints,
        nsm: nsm.clone(),
        clock: clock.clone(),
        recipient: Arc::new(recipient),
    });
    let sessions = Sessions {
        hpke,
        configuration_digest: configuration.digest(),
        configuration,
        anchor,
        policy,
        replay: Mutex::new(ReplayWindow::new(start)),
        clock: clock.clone(),
        keys: Keys::new(
            kms,
            material
                .roots
                .into_iter()
                .map(serde_bytes::ByteBuf::into_vec),
        ),
        engine: Arc::new(vouchsafe_pii::Engine::new()),
    };
    // Nothing issued before the start and the skew is accepted, so nobody is asked to come earlier.
    let ready = start.plus(MAX_CLOCK_SKEW);
    tokio::time::sleep(ready.distance(clock.now()?.min(ready))).await;
    let listener =
        Listener::bind(&settings.listen).map_err(|error| BootError::Listen(error.kind()))?;
    let server = Arc::new(Server::new(sessions, nsm.clone()));
    tokio::spawn(keep_house(Arc::clone(&server), nsm, clock));
    Ok(Booted { server, listener })
}

/// Asks the parent until it answers; it may start after the enclave.
async fn boot_material(egress: &Egress) -> Result<BootMaterial, BootError> {
    let patience = Instant::now() + PARENT_PATIENCE;
    let material = loop {
        match egress.boot_material(patience).await {
            Ok(material) => break material,
            Err(EgressError::Unreachable(_)) if Instant::now() < patience => {
                tokio::time::sleep(PARENT_RETRY).await;
            }
            Err(error) => return Err(error.into()),
        }
    };
    let fits = material.trust_anchor.len() <= MAX_BUNDLE_BYTES
        && material.bundle.len() <= MAX_BUNDLE_BYTES
        && material.roots.len() <= MAX_ROOTS
        && material
            .roots
            .iter()
            .all(|root| root.len() <= MAX_WRAPPED_KEY_BYTES);
    if fits {
        Ok(material)
    } else {
        Err(BootError::MaterialTooLong)
    }
}

/// Measures anchor and bundle as received, locks the registers, and returns the bundle's digest.
async fn measure(nsm: &NsmHandle, material: &BootMaterial) -> Result<Sha384Digest, BootError> {
    for index in TRUST_ANCHOR_PCR..PCR_COUNT {
        let state = nsm.describe_pcr(index).await?;
        if state.locked || state.value != [0; 48] {
            return Err(BootError::RegisterUsed(index));
        }
    }
    let anchor_digest = sha384(&[&material.trust_anchor]);
    let bundle_digest = sha384(&[&material.bundle]);
    for (index, digest) in [
        (TRUST_ANCHOR_PCR, anchor_digest),
        (BUNDLE_PCR, bundle_digest),
    ] {
        if nsm.extend_pcr(index, &digest).await? != Pcr::ZERO.extend(&digest).0 {
            return Err(BootError::RegisterContent(index));
        }
    }
    nsm.lock_pcrs(PCR_COUNT).await?;
    for index in TRUST_ANCHOR_PCR..PCR_COUNT {
        if !nsm.describe_pcr(index).await?.locked {
            return Err(BootError::RegisterOpen(index));
        }
    }
    Ok(bundle_digest)
}

fn configuration(
    hpke: &HpkeKey,
    bundle_digest: Sha384Digest,
    not_after: UnixMillis,
) -> Result<KeyConfiguration, BootError> {
    let random = SystemRandom::new();
    let mut boot_id = [0; 16];
    random
        .fill(&mut boot_id)
        .map_err(|_| BootError::Randomness)?;
    let audit = Ed25519KeyPair::generate_pkcs8(&random)
        .ok()
        .and_then(|pkcs8| Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).ok())
        .ok_or(BootError::Randomness)?;
    let audit_key = audit
        .public_key()
        .as_ref()
        .try_into()
        .map_err(|_| BootError::Randomness)?;
    Ok(KeyConfiguration {
        version: PROTOCOL_VERSION,
        boot_id,
        kem: KEM_X_WING,
        kdf: KDF_HKDF_SHA256,
        aead: AEAD_AES_256_GCM,
        hpke_public_key: ByteArray::new(*hpke.public_key()),
        key_id: KeyId::of_public_key(hpke.public_key()),
        audit_key,
        bundle_digest,
        not_after,
    })
}

/// Sets the clock again in time and wipes keys that nobody asks for any more.
async fn keep_house(server: Arc<Server>, nsm: NsmHandle, clock: EnclaveClock) {
    let mut renewed = Instant::now();
    loop {
        tokio::time::sleep(HOUSEKEEPING).await;
        server.sweep();
        // A clock that cannot be renewed grows stale, and requests are then refused by name.
        if renewed.elapsed() >= CLOCK_RENEWAL && clock.renew(&nsm).await.is_ok() {
            renewed = Instant::now();
        }
    }
}
