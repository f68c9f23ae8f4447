//! A parent that starts its enclaves itself: processes of this machine, or machines of their own.

use std::path::Path;

use super::{Deployment, enclave_arguments, parent_url};
use crate::{
    emulator::{PARENT_PORT, SERVER_PORT, port_path, vsock_path},
    process::Process,
};

impl Deployment {
    /// Ends the enclave and the parent, and starts a parent that starts its enclaves itself, from
    /// the executable at `eif`; `more` are lines of `[supervisor]`.
    pub async fn supervise(&mut self, eif: &Path, more: &str) {
        self.supervise_from(eif, more);
        self.start_supervisor().await;
    }

    /// [`Self::supervise`] from the image at `eif`; `emulate`, this package's binary, boots it.
    pub async fn supervise_machines(&mut self, emulate: &Path, eif: &Path, more: &str) {
        // Where guests look for their parent, which listens at one place.
        let egress = port_path(&vsock_path(&self.directory().join("machine")), PARENT_PORT);
        for slot in 0..4 {
            let folder = self.directory().join(format!("vm-{slot}"));
            std::fs::create_dir(&folder).unwrap();
            let dialled = port_path(&vsock_path(&folder), PARENT_PORT);
            std::os::unix::fs::symlink(&egress, dialled).unwrap();
        }
        self.supervise_machines_from(emulate, eif, more);
        self.start_supervisor().await;
    }

    async fn start_supervisor(&mut self) {
        self.enclave.kill();
        self.parent.kill();
        let path = self.directory.path().join("parent.toml");
        let arguments = ["--config".as_ref(), path.as_os_str()];
        let log = self.directory.path().join("parent.log");
        self.parent = Process::start("vouchsafe-parent", &arguments, log);
        self.url = parent_url(&self.parent).await;
    }

    /// Names `eif` as what the supervising parent's enclaves are started from; for its next SIGHUP.
    pub fn supervise_from(&self, eif: &Path, more: &str) {
        let directory = self.directory.path();
        let mut command = vec!["{eif}".to_owned()];
        let name = "enclave-{slot}";
        command.extend(enclave_arguments(directory, name, &self.options, &self.kms));
        let address = format!("unix:{}/{name}.sock", directory.display());
        self.write_supervisor(eif, &command, &address, more);
    }

    /// [`Self::supervise_from`] for images.
    pub fn supervise_machines_from(&self, emulate: &Path, eif: &Path, more: &str) {
        let folder = self.directory().join("vm-{slot}");
        let command = [
            emulate.display().to_string(),
            "{eif}".to_owned(),
            folder.display().to_string(),
            "{memory_mib}".to_owned(),
        ];
        let address = format!("hybrid:{}:{SERVER_PORT}", vsock_path(&folder).display());
        self.write_supervisor(eif, &command, &address, more);
    }

    fn write_supervisor(&self, eif: &Path, command: &[String], address: &str, more: &str) {
        let path = self.directory.path().join("parent.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut config: toml::Table = text.parse().unwrap();
        config.remove("enclave");
        let supervisor = format!(
            "runner = \"command\"\neif = \"{}\"\ncommand = {command:?}\n\
             address = {address:?}\n{more}",
            eif.display(),
        );
        let supervisor: toml::Table = supervisor.parse().unwrap();
        config.insert("supervisor".to_owned(), supervisor.into());
        std::fs::write(&path, config.to_string()).unwrap();
    }
}
