//! From nothing to a server, in the one order that makes evidence mean something.
//!
//! The security module must sign under the root that callers pin. The system below is looked at and
//! the hypervisor's entropy mixed in before a key is made. The registers that we measure into must
//! be untouched; trust anchor and bundle are measured as received and the registers locked before
//! any document about this enclave exists and before either text is parsed. Then come the signature
//! over the bundle and its recognisers, keys of this life only, and the evidence about them, judged
//! as a caller would.
//! A step that fails ends the boot with its name. Trusts the security module alone. Next:
//! `boot/evidence.rs`, `boot/system.rs`, and so on in that order; docs/BOOT.md.

mod entropy;
mod error;
mod evidence;
mod house;
mod life;
pub mod process;
mod recognisers;
mod registers;
mod system;

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use ring::rand::SystemRandom;
use vouchsafe_common::{
    attestation::IssuerCache,
    bundle::{self, TrustAnchor},
    egress::BootMaterial,
    limits::{
        KEY_CONFIGURATION_LIFETIME, MAX_BUNDLE_BYTES, MAX_CLOCK_SKEW, MAX_ROOTS,
        MAX_WRAPPED_KEY_BYTES,
    },
};

pub use entropy::{EntropyError, Seeded};
pub use error::BootError;
pub use evidence::EvidenceRoot;
pub use system::{KernelVersion, SystemError};

use house::Rhythm;

use crate::{
    egress::{Egress, EgressError},
    keys::Keys,
    kms::{KmsClient, KmsParts},
    nsm::{EnclaveClock, NsmHandle},
    questions::Questions,
    recipient::{RecipientError, RecipientKey},
    replay::ReplayWindow,
    server::Server,
    session::Sessions,
    settings::Settings,
    tls,
    transport::Listener,
};

/// How long the parent may take to appear.
const PARENT_PATIENCE: Duration = Duration::from_secs(30);
/// Between two attempts to reach it.
const PARENT_RETRY: Duration = Duration::from_millis(50);

/// How long an enclave serves: a little less than its key configuration says.
const LIFE: Duration = KEY_CONFIGURATION_LIFETIME.saturating_sub(Duration::from_mins(10));

/// An enclave that is ready to serve.
pub struct Booted {
    server: Arc<Server>,
    listener: Listener,
    recipient_key_took: Duration,
}

impl Booted {
    /// How long the RSA key took to make, which is a matter of luck.
    pub const fn recipient_key_took(&self) -> Duration {
        self.recipient_key_took
    }

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
    let nsm = NsmHandle::start(settings.nsm)?;
    let mut issuers = IssuerCache::default();
    let root = settings.evidence_root;
    // No key exists yet, so no request to one is older than this. What follows is time that the wait
    // at the end need not take again.
    let start = evidence::check_module(&nsm, root, &mut issuers).await?;
    system::check(&settings.system_root)?;
    let image = registers::image(&nsm).await?;
    let seeded = entropy::mix(&nsm, Path::new(entropy::POOL)).await?;
    let recipient = tokio::spawn(RecipientKey::generate_in_background(seeded));
    let egress = Egress::new(settings.parent);
    let material = boot_material(&egress).await?;
    let expectations = registers::measure(&nsm, image, &material).await?;

    let clock = EnclaveClock::new();
    clock.renew(&nsm).await?;
    let now = clock.now()?;
    let anchor = TrustAnchor::parse(&material.trust_anchor).map_err(BootError::TrustAnchor)?;
    let policy = bundle::open(&material.bundle, &anchor, now).map_err(BootError::Bundle)?;
    vouchsafe_pii::granted::check(policy.named_whole())?;
    let engine = recognisers::engine(&policy)?;

    let not_after = now.plus(KEY_CONFIGURATION_LIFETIME).min(policy.not_after);
    let (hpke, configuration) = life::make(seeded, expectations.bundle_digest, not_after)?;
    let recipient = recipient.await.unwrap_or(Err(RecipientError::Generation));
    let (recipient, recipient_key_took) = recipient?;
    let kms = KmsClient::new(KmsParts {
        egress,
        tls: tls::client_config(settings.roots, clock.clone())?,
        endpoints: settings.endpoints,
        nsm: nsm.clone(),
        clock: clock.clone(),
        recipient: Arc::new(recipient),
    });
    let questions = Questions::new(policy.questions_per_record, &SystemRandom::new())
        .map_err(|_| BootError::Randomness)?;
    let sessions = Sessions {
        hpke,
        configuration_digest: configuration.digest(),
        configuration,
        anchor,
        policy,
        replay: Mutex::new(ReplayWindow::new(start)),
        questions,
        clock: clock.clone(),
        keys: Keys::new(
            kms,
            material
                .roots
                .into_iter()
                .map(serde_bytes::ByteBuf::into_vec),
        ),
        engine: Arc::new(engine),
    };
    let server = Arc::new(Server::new(sessions, nsm.clone()));
    evidence::verify_own(&server, &clock, &expectations, root, &mut issuers).await?;
    // Nothing issued before the start and the skew is accepted, so nobody is asked to come earlier.
    let ready = start.plus(MAX_CLOCK_SKEW);
    tokio::time::sleep(ready.distance(clock.now()?.min(ready))).await;
    let listener =
        Listener::bind(&settings.listen).map_err(|error| BootError::Listen(error.kind()))?;
    let kept = Arc::clone(&server);
    let wipe_old_keys = move || kept.sweep();
    tokio::spawn(house::keep(Rhythm::SERVING, nsm, clock, wipe_old_keys));
    Ok(Booted {
        server,
        listener,
        recipient_key_took,
    })
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
    if fits(&material) {
        Ok(material)
    } else {
        Err(BootError::MaterialTooLong)
    }
}

/// Whether everything in it is within its bound, whatever the frame around it allowed.
fn fits(material: &BootMaterial) -> bool {
    let roots = &material.roots;
    material.trust_anchor.len() <= MAX_BUNDLE_BYTES
        && material.bundle.len() <= MAX_BUNDLE_BYTES
        && roots.len() <= MAX_ROOTS
        && roots.iter().all(|root| root.len() <= MAX_WRAPPED_KEY_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boot_material_fits_up_to_each_bound_and_not_beyond() {
        let material = |anchor, bundle, roots, root| BootMaterial {
            trust_anchor: vec![0; anchor].into(),
            bundle: vec![0; bundle].into(),
            roots: vec![vec![0; root].into(); roots],
        };
        let [text, roots, root] = [MAX_BUNDLE_BYTES, MAX_ROOTS, MAX_WRAPPED_KEY_BYTES];
        assert!(fits(&material(text, text, roots, root)));
        assert!(!fits(&material(text + 1, text, roots, root)));
        assert!(!fits(&material(text, text + 1, roots, root)));
        assert!(!fits(&material(text, text, roots + 1, root)));
        assert!(!fits(&material(text, text, roots, root + 1)));
    }
}
