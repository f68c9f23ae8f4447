//! The registers of a security module: extended, locked, and never set back.

use aws_nitro_enclaves_nsm_api::api::ErrorCode;
use vouchsafe_common::attestation::Pcr;

/// Registers that a module has.
pub(super) const COUNT: u16 = 32;
/// Registers that are locked before the enclave starts.
pub(super) const LOCKED_AT_BOOT: u16 = 16;

#[derive(Clone, Copy)]
struct Register {
    value: Pcr,
    locked: bool,
}

/// All registers of one module.
pub(super) struct Registers([Register; COUNT as usize]);

impl Registers {
    /// The registers as an enclave finds them: the measured ones set, 0 to 15 locked.
    pub(super) fn at_boot(measured: &[(u8, Pcr)]) -> Self {
        let mut registers = [Register {
            value: Pcr::ZERO,
            locked: false,
        }; COUNT as usize];
        for register in &mut registers[..usize::from(LOCKED_AT_BOOT)] {
            register.locked = true;
        }
        for (index, value) in measured {
            registers[usize::from(*index)].value = *value;
        }
        Self(registers)
    }

    pub(super) fn describe(&self, index: u16) -> Result<(bool, Pcr), ErrorCode> {
        let register = self
            .0
            .get(usize::from(index))
            .ok_or(ErrorCode::InvalidIndex)?;
        Ok((register.locked, register.value))
    }

    pub(super) fn extend(&mut self, index: u16, data: &[u8]) -> Result<Pcr, ErrorCode> {
        let register = self.writable(index)?;
        register.value = register.value.extend(data);
        Ok(register.value)
    }

    /// A register that is locked already cannot be locked again, as on the device.
    pub(super) fn lock(&mut self, index: u16) -> Result<(), ErrorCode> {
        self.writable(index)?.locked = true;
        Ok(())
    }

    /// Locks the registers below `range`, whether or not they are locked.
    pub(super) fn lock_below(&mut self, range: u16) -> Result<(), ErrorCode> {
        let registers = self
            .0
            .get_mut(..usize::from(range))
            .ok_or(ErrorCode::InvalidIndex)?;
        for register in registers {
            register.locked = true;
        }
        Ok(())
    }

    fn writable(&mut self, index: u16) -> Result<&mut Register, ErrorCode> {
        let register = self
            .0
            .get_mut(usize::from(index))
            .ok_or(ErrorCode::InvalidIndex)?;
        if register.locked {
            Err(ErrorCode::ReadOnlyIndex)
        } else {
            Ok(register)
        }
    }

    /// The locked registers, which are those that documents show.
    pub(super) fn locked(&self) -> impl Iterator<Item = (u8, Pcr)> + '_ {
        let numbered = (0_u8..).zip(&self.0);
        numbered
            .filter(|(_, register)| register.locked)
            .map(|(index, it)| (index, it.value))
    }
}
