//! Evidence that no honest enclave gives, by a security module that believes what it is told.
//!
//! The documents are genuine to the last byte: the deployment's own PKI signs them, as the real
//! hypervisor signs for whatever enclave somebody starts on an instance of theirs.

use aws_nitro_enclaves_nsm_api::api::{Request, Response};
use serde_bytes::{ByteArray, ByteBuf};
use vouchsafe_common::{
    UnixMillis,
    digest::sha384,
    hpke::HpkeKey,
    key_configuration::{KeyConfiguration, KeyId},
};
use vouchsafe_mock::nsm::{Faults, SoftwareNsm};

use crate::{deployment::Deployment, process::binary};

/// What another enclave of the same installation measures, and when.
pub struct Measured {
    /// The executable's bytes.
    pub executable: Vec<u8>,
    /// The trust anchor's bytes.
    pub anchor: Vec<u8>,
    /// The policy bundle's bytes.
    pub bundle: Vec<u8>,
    /// Milliseconds that its clock is late.
    pub late_ms: u64,
    /// What is wrong with its security module.
    pub faults: Faults,
}

/// The three fields that an enclave chooses.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// Up to 1,024 bytes.
    pub user_data: Option<Vec<u8>>,
    /// Up to 1,024 bytes.
    pub nonce: Option<Vec<u8>>,
    /// Up to 1,024 bytes.
    pub public_key: Option<Vec<u8>>,
}

impl Measured {
    /// What the deployment's own enclave measures.
    pub fn honest(deployment: &Deployment) -> Self {
        let read = |name| std::fs::read(deployment.directory().join(name)).unwrap();
        Self {
            executable: std::fs::read(binary("vouchsafe-enclave")).unwrap(),
            anchor: read("anchor.json"),
            bundle: read("bundle.cose"),
            late_ms: 0,
            faults: Faults::default(),
        }
    }

    /// The security module of such an enclave, after its boot.
    pub fn boot(&self, deployment: &Deployment) -> Forger {
        let late = self.late_ms;
        let clock = move || UnixMillis(crate::deployment::now().0 - late);
        let nsm = SoftwareNsm::for_executable(&deployment.state(), &self.executable).unwrap();
        let nsm = nsm.with_clock(Box::new(clock));
        for (index, measured) in [(16, &self.anchor), (17, &self.bundle)] {
            let data = sha384(&[measured]).to_vec();
            let extended = nsm.process(Request::ExtendPCR { index, data });
            assert!(matches!(extended, Response::ExtendPCR { .. }));
        }
        let locked = nsm.process(Request::LockPCRs { range: 32 });
        assert!(matches!(locked, Response::LockPCRs));
        nsm.set_faults(self.faults.clone());
        Forger(nsm)
    }
}

/// Signs documents over whatever fields.
pub struct Forger(SoftwareNsm);

impl Forger {
    /// The document of these fields.
    pub fn document(&self, fields: Fields) -> ByteBuf {
        let request = Request::Attestation {
            user_data: fields.user_data.map(ByteBuf::from),
            nonce: fields.nonce.map(ByteBuf::from),
            public_key: fields.public_key.map(ByteBuf::from),
        };
        match self.0.process(request) {
            Response::Attestation { document } => ByteBuf::from(document),
            other => panic!("{other:?}"),
        }
    }
}

/// A key configuration like `honest`, but for the key: the parent holds this one's private half.
pub fn stolen_seat(honest: &KeyConfiguration) -> KeyConfiguration {
    let key = HpkeKey::generate();
    KeyConfiguration {
        hpke_public_key: ByteArray::new(*key.public_key()),
        key_id: KeyId::of_public_key(key.public_key()),
        ..honest.clone()
    }
}
