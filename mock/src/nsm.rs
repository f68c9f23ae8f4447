//! A security module in software: the requests of the Nitro device, answered as the device does.
//!
//! Registers, limits, error codes, documents and their certificates have the form of the real
//! ones, under the root of a mock installation ([`crate::pki`]). What it cannot do is measure: it
//! believes what it is told of the executable. Faults are injected while it runs. It may read the
//! clock; what is under test takes its time from here.

mod registers;
mod resign;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_nitro_enclaves_nsm_api::api::{Digest, ErrorCode, Request, Response};
use coset::cbor::Value;
use serde_bytes::ByteBuf;
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{MAX_FIELD_BYTES, Pcr};

use crate::measure;
use crate::pki::{Leaf, Pki, PkiError};
use registers::Registers;

pub use resign::{ResignError, Resigner};

/// Bytes that one `GetRandom` gives.
const RANDOM_BYTES: usize = 256;
/// Longest data to extend a register by, bytes: the driver takes requests of 4 KiB.
const MAX_EXTEND_BYTES: usize = 4096;

/// The time that a module keeps, milliseconds since 1970.
pub type Clock = Box<dyn Fn() -> UnixMillis + Send + Sync>;

/// What goes wrong on purpose. The default is nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fault by itself; any may be combined"
)]
pub struct Faults {
    /// `Attestation` answers `InternalError`.
    pub attestation_fails: bool,
    /// `GetRandom` answers `InternalError`.
    pub random_fails: bool,
    /// `GetRandom` gives the same byte again and again.
    pub random_is_constant: bool,
    /// Every request takes this much longer. The caller's thread waits, as it does in the driver.
    pub delay: Duration,
    /// The device does not answer: the driver reports `InternalError` for every request.
    pub no_response: bool,
    /// Documents carry a time that is off by this, milliseconds.
    pub clock_skew_ms: i64,
    /// PCR0, 1 and 2 read as zero, as they do for an enclave started in debug mode.
    pub debug_mode: bool,
    /// Locking says that it was done and does nothing, so registers stay out of documents.
    pub locks_do_nothing: bool,
    /// Documents are signed under another root than the installation's.
    pub wrong_root: bool,
}

/// A security module in software.
pub struct SoftwareNsm {
    module_id: String,
    pki: Pki,
    foreign: OnceLock<Pki>,
    registers: Mutex<Registers>,
    leaf: Mutex<Option<Leaf>>,
    faults: Mutex<Faults>,
    clock: Clock,
    definite_payload_map: bool,
}

impl SoftwareNsm {
    /// A module of the installation in `state_dir`, for an enclave that runs `executable`.
    ///
    /// # Errors
    ///
    /// [`PkiError`] when the installation has no usable PKI.
    pub fn for_executable(state_dir: &Path, executable: &[u8]) -> Result<Self, PkiError> {
        Ok(Self::new(
            Pki::load(state_dir)?,
            &measure::at_boot(executable),
        ))
    }

    /// A module under `pki` whose registers hold `measured` when the enclave starts.
    pub fn new(pki: Pki, measured: &[(u8, Pcr)]) -> Self {
        let mut enclave = [0; 8];
        aws_lc_rs::rand::fill(&mut enclave).expect("the system gives randomness");
        Self {
            // A restart is another enclave, and its id says so.
            module_id: format!("i-0000000000000000f-enc{}", hex::encode(enclave)),
            pki,
            foreign: OnceLock::new(),
            registers: Mutex::new(Registers::at_boot(measured)),
            leaf: Mutex::new(None),
            faults: Mutex::new(Faults::default()),
            clock: Box::new(system_clock),
            definite_payload_map: false,
        }
    }

    /// The same module with another clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The same module with the payload map of firmware before late 2025, which states its length.
    #[must_use]
    pub fn with_definite_payload_map(self) -> Self {
        Self {
            definite_payload_map: true,
            ..self
        }
    }

    /// Sets what goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.faults) = faults;
    }

    /// The PKI that documents are signed under.
    pub fn pki(&self) -> &Pki {
        &self.pki
    }

    /// Answers a request. Blocks for as long as a delay is set.
    pub fn process(&self, request: Request) -> Response {
        let faults = lock(&self.faults).clone();
        if !faults.delay.is_zero() {
            #[allow(
                clippy::disallowed_methods,
                reason = "the driver blocks its caller as well"
            )]
            std::thread::sleep(faults.delay);
        }
        if faults.no_response {
            return Response::Error(ErrorCode::InternalError);
        }
        self.answer(request, &faults)
            .unwrap_or_else(Response::Error)
    }

    fn answer(&self, request: Request, faults: &Faults) -> Result<Response, ErrorCode> {
        match request {
            Request::DescribeNSM => Ok(self.describe()),
            Request::DescribePCR { index } => {
                let (lock, value) = lock(&self.registers).describe(index)?;
                let value = if hides(faults, index) {
                    Pcr::ZERO
                } else {
                    value
                };
                Ok(Response::DescribePCR {
                    lock,
                    data: value.0.to_vec(),
                })
            }
            Request::ExtendPCR { data, .. } if data.len() > MAX_EXTEND_BYTES => {
                Err(ErrorCode::InputTooLarge)
            }
            Request::ExtendPCR { index, data } => {
                let value = lock(&self.registers).extend(index, &data)?;
                Ok(Response::ExtendPCR {
                    data: value.0.to_vec(),
                })
            }
            Request::LockPCR { .. } if faults.locks_do_nothing => Ok(Response::LockPCR),
            Request::LockPCR { index } => lock(&self.registers)
                .lock(index)
                .map(|()| Response::LockPCR),
            Request::LockPCRs { .. } if faults.locks_do_nothing => Ok(Response::LockPCRs),
            Request::LockPCRs { range } => lock(&self.registers)
                .lock_below(range)
                .map(|()| Response::LockPCRs),
            Request::GetRandom if faults.random_fails => Err(ErrorCode::InternalError),
            Request::GetRandom if faults.random_is_constant => Ok(Response::GetRandom {
                random: vec![0x5a; RANDOM_BYTES],
            }),
            Request::GetRandom => {
                let mut random = vec![0; RANDOM_BYTES];
                aws_lc_rs::rand::fill(&mut random).map_err(|_| ErrorCode::InternalError)?;
                Ok(Response::GetRandom { random })
            }
            Request::Attestation { .. } if faults.attestation_fails => {
                Err(ErrorCode::InternalError)
            }
            Request::Attestation {
                user_data,
                nonce,
                public_key,
            } => {
                let [user_data, nonce, public_key] =
                    [user_data, nonce, public_key].map(|field| field.map(ByteBuf::into_vec));
                self.attest(user_data, nonce, public_key, faults)
            }
            _ => Err(ErrorCode::InvalidOperation),
        }
    }

    fn describe(&self) -> Response {
        let locked = lock(&self.registers)
            .locked()
            .map(|(index, _)| u16::from(index))
            .collect();
        Response::DescribeNSM {
            version_major: 1,
            version_minor: 0,
            version_patch: 0,
            module_id: self.module_id.clone(),
            max_pcrs: registers::COUNT,
            locked_pcrs: locked,
            digest: Digest::SHA384,
        }
    }

    fn attest(
        &self,
        user_data: Option<Vec<u8>>,
        nonce: Option<Vec<u8>>,
        public_key: Option<Vec<u8>>,
        faults: &Faults,
    ) -> Result<Response, ErrorCode> {
        let fields = [&user_data, &nonce, &public_key].into_iter().flatten();
        if fields
            .into_iter()
            .any(|field| field.len() > MAX_FIELD_BYTES)
        {
            return Err(ErrorCode::InputTooLarge);
        }
        if public_key.as_ref().is_some_and(Vec::is_empty) {
            return Err(ErrorCode::InvalidArgument);
        }
        let now = (self.clock)();
        let optional = |field: Option<Vec<u8>>| field.map_or(Value::Null, Value::Bytes);
        let document = |leaf: &Leaf| {
            let payload = self.payload(&[
                ("module_id", self.module_id.as_str().into()),
                ("digest", "SHA384".into()),
                (
                    "timestamp",
                    now.0.saturating_add_signed(faults.clock_skew_ms).into(),
                ),
                ("pcrs", self.locked_registers(faults)),
                ("certificate", leaf.certificate().into()),
                (
                    "cabundle",
                    Value::Array(leaf.bundle().iter().map(|it| it.clone().into()).collect()),
                ),
                ("public_key", optional(public_key)),
                ("user_data", optional(user_data)),
                ("nonce", optional(nonce)),
            ]);
            leaf.sign(payload)
        };
        if faults.wrong_root {
            let foreign = self.foreign.get_or_init(|| Pki::generate(now));
            let leaf = foreign.issue_leaf(&self.module_id, now);
            return Ok(Response::Attestation {
                document: document(&leaf),
            });
        }
        let mut leaf = lock(&self.leaf);
        let current = leaf.take().filter(|leaf| now < leaf.renew_at());
        let current =
            leaf.insert(current.unwrap_or_else(|| self.pki.issue_leaf(&self.module_id, now)));
        Ok(Response::Attestation {
            document: document(current),
        })
    }

    fn locked_registers(&self, faults: &Faults) -> Value {
        let locked: BTreeMap<u8, Pcr> = lock(&self.registers).locked().collect();
        let entry = |(index, value): (u8, Pcr)| {
            let value = if hides(faults, index.into()) {
                Pcr::ZERO
            } else {
                value
            };
            (index.into(), Value::Bytes(value.0.to_vec()))
        };
        Value::Map(locked.into_iter().map(entry).collect())
    }

    /// The nine entries as a map whose length is left open, or stated as it used to be.
    fn payload(&self, entries: &[(&str, Value); 9]) -> Vec<u8> {
        const OPEN_MAP: u8 = 0xbf;
        const MAP_OF_NINE: u8 = 0xa9;
        const BREAK: u8 = 0xff;
        let mut bytes = vec![if self.definite_payload_map {
            MAP_OF_NINE
        } else {
            OPEN_MAP
        }];
        for (name, value) in entries {
            for item in [&Value::from(*name), value] {
                coset::cbor::ser::into_writer(item, &mut bytes)
                    .expect("memory takes what is written");
            }
        }
        if !self.definite_payload_map {
            bytes.push(BREAK);
        }
        bytes
    }
}

/// Whether debug mode hides a register.
fn hides(faults: &Faults, index: u16) -> bool {
    faults.debug_mode && index <= 2
}

/// The time of this machine.
pub fn system_clock() -> UnixMillis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Every critical section leaves what it guards whole, so a panic elsewhere does no harm to it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
