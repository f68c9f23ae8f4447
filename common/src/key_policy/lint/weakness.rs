//! The weaknesses by name, and what each means for who reads the list.

use std::fmt;

/// One weakness and where it lies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The statement; `None` when it lies in several or in what is not there.
    pub place: Option<Place>,
    /// What is wrong.
    pub weakness: Weakness,
}

/// A statement of the policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// Number from 1.
    pub statement: usize,
    /// Its name, where it has one.
    pub sid: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement {}", self.statement)?;
        match &self.sid {
            Some(sid) => write!(f, " ({sid})"),
            None => Ok(()),
        }
    }
}

/// What an encryption context may be and should not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContextGap {
    /// This name may be missing.
    Missing(&'static str),
    /// Further names may be there.
    Another,
    /// `vouchsafe` may be another than 1.
    Format,
    /// The tenant may be another than the caller's own.
    Tenant,
    /// The context of this kind of key is not admitted, so it cannot be said which is.
    Unclear,
}

impl fmt::Display for ContextGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} may be missing"),
            Self::Another => f.write_str("further names may be there"),
            Self::Format => f.write_str("vouchsafe may be another than 1"),
            Self::Tenant => f.write_str("the tenant may be another than the caller's own"),
            Self::Unclear => f.write_str("it admits another context than this kind of key has"),
        }
    }
}

/// What weakens a key policy.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Weakness {
    /// An Allow statement names everyone.
    #[error("permits to everyone, in every account of AWS")]
    Everyone,
    /// An Allow statement names an account, whose IAM policies then decide.
    #[error("leaves the decision to IAM policies of account {account}: name roles")]
    AccountDecides {
        /// 12 digits.
        account: String,
    },
    /// Somebody may use the key without an attestation document.
    #[error("{who} may {} without attestation", list(actions))]
    Unattested {
        /// What.
        actions: Vec<&'static str>,
        /// Who.
        who: String,
    },
    /// An enclave that differs in a pinned register may use the key.
    #[error("an enclave whose PCR{pcr} is missing or another may use the key")]
    RegisterNotRequired {
        /// Index of the register.
        pcr: u8,
    },
    /// One Allow takes several values of several registers.
    #[error(
        "lists several values for several registers, so mixtures of releases are admitted: write \
         one statement for each release"
    )]
    MeasurementsMixed,
    /// One Deny compares several registers.
    #[error("denies only when all its registers differ: write one statement for each register")]
    DenialsJoined,
    /// The value of a register is none.
    #[error("compares PCR{pcr} with what is not 96 hex digits")]
    RegisterValue {
        /// Index of the register.
        pcr: u8,
    },
    /// The value of a register is that of debug mode.
    #[error("admits a zero PCR{pcr}: debug mode, or nothing measured")]
    DebugMode {
        /// Index of the register.
        pcr: u8,
    },
    /// The attestation of another kind of machine is compared.
    #[error("speaks of a NitroTPM, which attests an instance and no enclave")]
    NitroTpm,
    /// Somebody may take the key or its use out of the policy's reach.
    #[error("{who} may {}, which leads around the policy", list(actions))]
    Bypass {
        /// What.
        actions: Vec<&'static str>,
        /// Who.
        who: String,
    },
    /// Somebody may change the policy without a second factor.
    #[error("{who} may change the policy without a second factor")]
    PolicyChange {
        /// Who.
        who: String,
    },
    /// Somebody has two of use, administration and change of policy.
    #[error("{who} has two of these duties: use, administration, change of policy")]
    DutiesJoined {
        /// Who.
        who: String,
    },
    /// The encryption context is not pinned.
    #[error("leaves the encryption context open: {}", list(gaps))]
    ContextOpen {
        /// In what.
        gaps: Vec<ContextGap>,
    },
    /// The policy admits what is none of the given releases.
    #[error("admits measurements that are of no given release")]
    ReleaseUnknown,
    /// The policy does not admit a given release.
    #[error("release {number} of those given is not admitted")]
    ReleaseMissing {
        /// Number from 1, in the order given.
        number: usize,
    },
    /// The key has copies in other regions.
    #[error("the key is a multi-Region key: its copies have policies of their own")]
    MultiRegion,
    /// The key's material is not of KMS's making alone.
    #[error("the key's material was not made by KMS: somebody else may have a copy")]
    Origin,
    /// The key is not one that encrypts symmetrically.
    #[error("the key is not a customer's symmetric key for encryption")]
    KeySpec,
}

impl Weakness {
    /// The stable name of this weakness.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::AccountDecides { .. } => "account_decides",
            Self::Unattested { .. } => "unattested",
            Self::RegisterNotRequired { .. } => "register_not_required",
            Self::MeasurementsMixed => "measurements_mixed",
            Self::DenialsJoined => "denials_joined",
            Self::RegisterValue { .. } => "register_value",
            Self::DebugMode { .. } => "debug_measurement",
            Self::NitroTpm => "nitro_tpm_key",
            Self::Bypass { .. } => "bypass",
            Self::PolicyChange { .. } => "policy_change",
            Self::DutiesJoined { .. } => "duties_joined",
            Self::ContextOpen { .. } => "context_open",
            Self::ReleaseUnknown => "release_unknown",
            Self::ReleaseMissing { .. } => "release_missing",
            Self::MultiRegion => "multi_region",
            Self::Origin => "key_origin",
            Self::KeySpec => "key_spec",
        }
    }
}

fn list<T: ToString>(things: &[T]) -> String {
    let texts: Vec<String> = things.iter().map(ToString::to_string).collect();
    texts.join(", ")
}
