//! What an enclave is made from, and where it will be found.
//!
//! A [`Plan`] is one image with its size; two that are equal need no upgrade. The digest is that of
//! the file, so that an image replaced under the same path is noticed, and nothing is ever measured
//! here: what an enclave is, its evidence says. Next: [`super::settings`], [`super::runner`].

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vouchsafe_common::digest::sha256;

use super::policy::Slot;
use super::runner::RunnerError;
use super::settings::Supervision;
use crate::transport::{AddressError, DialAddress};

/// Longest image, bytes.
const MAX_IMAGE_BYTES: usize = 512 * 1024 * 1024;

/// Every name that a supervisor gives starts so; such enclaves are its own.
const NAME_PREFIX: &str = "vouchsafe-";

/// Digits of the image's digest in a name.
const NAME_DIGITS: usize = 16;

/// One image and how it is run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    /// The image.
    pub eif: PathBuf,
    /// Its SHA-256.
    pub digest: [u8; 32],
    /// Processors.
    pub cpu_count: u32,
    /// Memory, MiB.
    pub memory_mib: u64,
    /// With a console, and without measurements.
    pub debug: bool,
    /// Program and arguments of the command runner.
    pub command: Vec<String>,
}

impl Plan {
    /// The plan that `settings` describe. Reads the image.
    ///
    /// # Errors
    ///
    /// [`RunnerError::ImageUnreadable`], also for one over 512 MiB.
    pub async fn read(settings: &Supervision) -> Result<Arc<Self>, RunnerError> {
        Ok(Arc::new(Self {
            digest: digest(&settings.eif).await?,
            eif: settings.eif.clone(),
            cpu_count: settings.cpu_count,
            memory_mib: settings.memory_mib,
            debug: settings.debug,
            command: settings.command.clone(),
        }))
    }

    /// Sees that the image is still the one that was read.
    ///
    /// # Errors
    ///
    /// [`RunnerError::ImageChanged`] and [`RunnerError::ImageUnreadable`].
    pub async fn check_image(&self) -> Result<(), RunnerError> {
        if digest(&self.eif).await? == self.digest {
            Ok(())
        } else {
            let path = self.eif.clone();
            Err(RunnerError::ImageChanged { path })
        }
    }

    /// What an enclave of this plan in this slot is called.
    pub fn name(&self, slot: Slot) -> String {
        let mut digits = hex::encode(self.digest);
        digits.truncate(NAME_DIGITS);
        format!("{NAME_PREFIX}{digits}-{}", slot.0)
    }
}

/// Whether an enclave of this name is a supervisor's.
pub fn is_ours(name: &str) -> bool {
    name.starts_with(NAME_PREFIX)
}

/// One start of an enclave.
#[derive(Clone, Debug)]
pub struct Launch {
    /// What it is called.
    pub name: String,
    /// Which place of the supervisor's it takes.
    pub slot: Slot,
    /// Context id it gets.
    pub cid: u32,
    /// What it is made from.
    pub plan: Arc<Plan>,
}

impl Launch {
    /// Program and arguments of the command runner, with what stands in braces filled in.
    pub fn command(&self) -> Vec<String> {
        let fill = |text: &String| {
            fill(text, self.slot, self.cid)
                .replace("{eif}", &self.plan.eif.display().to_string())
                .replace("{cpu_count}", &self.plan.cpu_count.to_string())
                .replace("{memory_mib}", &self.plan.memory_mib.to_string())
        };
        self.plan.command.iter().map(fill).collect()
    }
}

/// Where enclaves are dialled; it does not change while the supervisor runs.
#[derive(Clone, Debug)]
pub struct Places {
    first_cid: u32,
    port: u32,
    address: Option<String>,
}

impl Places {
    /// The places that `settings` name.
    pub fn new(settings: &Supervision) -> Self {
        Self {
            first_cid: settings.cid,
            port: settings.port,
            address: settings.address.clone(),
        }
    }

    /// The context id of a slot.
    pub fn cid(&self, slot: Slot) -> u32 {
        self.first_cid.saturating_add(u32::from(slot.0))
    }

    /// Where the enclave in a slot is dialled.
    ///
    /// # Errors
    ///
    /// When `address` of the settings is none; the configuration is checked for that.
    pub fn address(&self, slot: Slot) -> Result<DialAddress, AddressError> {
        let cid = self.cid(slot);
        match &self.address {
            None => Ok(DialAddress::Vsock {
                cid,
                port: self.port,
            }),
            Some(template) => fill(template, slot, cid).parse(),
        }
    }
}

fn fill(text: &str, slot: Slot, cid: u32) -> String {
    text.replace("{slot}", &slot.0.to_string())
        .replace("{cid}", &cid.to_string())
}

async fn digest(path: &Path) -> Result<[u8; 32], RunnerError> {
    let file = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read_bounded(&file)).await;
    let read = read.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()));
    read.map_err(|source| RunnerError::ImageUnreadable {
        path: path.to_owned(),
        source,
    })
}

fn read_bounded(path: &Path) -> io::Result<[u8; 32]> {
    let mut bytes = Vec::new();
    let one_more = MAX_IMAGE_BYTES as u64 + 1;
    File::open(path)?.take(one_more).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_IMAGE_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(sha256(&[&bytes]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn plan(eif: &Path) -> Plan {
        Plan {
            eif: eif.to_owned(),
            digest: sha256(&[b"image"]),
            cpu_count: 2,
            memory_mib: 512,
            debug: false,
            command: [
                "{eif}",
                "--memory={memory_mib}",
                "unix:/run/{slot}-{cid}",
                "{x}",
            ]
            .map(str::to_owned)
            .to_vec(),
        }
    }

    #[tokio::test]
    async fn an_image_that_was_replaced_or_removed_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let eif = folder.path().join("enclave.eif");
        std::fs::write(&eif, b"image").unwrap();
        let plan = plan(&eif);
        plan.check_image().await.unwrap();
        std::fs::write(&eif, b"imagf").unwrap();
        assert_eq!(
            plan.check_image().await.unwrap_err().code(),
            "image_changed"
        );
        std::fs::remove_file(&eif).unwrap();
        let error = plan.check_image().await.unwrap_err();
        assert_eq!(error.code(), "image_unreadable");
        assert!(error.to_string().contains("enclave.eif"));
    }

    #[test]
    fn a_command_is_filled_in_and_what_is_not_known_stays() {
        let launch = Launch {
            name: "x".to_owned(),
            slot: Slot(1),
            cid: 17,
            plan: Arc::new(plan(Path::new("/i.eif"))),
        };
        assert_eq!(
            launch.command(),
            ["/i.eif", "--memory=512", "unix:/run/1-17", "{x}"]
        );
    }

    #[test]
    fn a_name_tells_image_and_slot_and_whose_it_is() {
        let name = plan(Path::new("/i.eif")).name(Slot(3));
        assert_eq!(name, "vouchsafe-6105d6cc76af4003-3");
        assert!(is_ours(&name));
        assert!(!is_ours("enclave"));
    }
}
