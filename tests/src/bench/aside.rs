//! The stand-ins of one run: what the same two hops cost when nobody does the work.
//!
//! The real parent is a second process with a configuration of its own, so that its CPU time is its
//! own too. Next: `echo` is what the stand-ins do.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use vouchsafe_common::{envelope::Evidence, key_configuration::KeyConfiguration};

use super::{Role, echo, helper::Helper};
use crate::{
    deployment::{self, Deployment},
    process::Process,
};

/// The real parent before a stand-in enclave, and a plain parent before the same.
pub(super) struct Aside {
    pub(super) parent: Process,
    pub(super) address: String,
    pub(super) enclave: Helper,
    pub(super) plain: Helper,
    pub(super) plain_address: String,
}

impl Aside {
    pub(super) async fn start(deployment: &Deployment, reply_bytes: usize) -> Self {
        let socket: PathBuf = deployment.directory().join("echo.sock");
        let settings = echo::EnclaveSettings {
            socket: socket.clone(),
            key_id: key_id(deployment).await,
            reply_bytes,
        };
        let (enclave, _) = Helper::start::<String>(Role::Echo, &settings);
        let (parent, address) = start_parent(deployment, &socket).await;
        let settings = echo::ParentSettings { socket };
        let (plain, plain_address) = Helper::start::<String>(Role::Pass, &settings);
        Self {
            parent,
            address,
            enclave,
            plain,
            plain_address,
        }
    }
}

/// The key that sealed requests name, so that the stand-in gets them.
async fn key_id(deployment: &Deployment) -> String {
    let url = format!("{}/v1/evidence?nonce={}", deployment.url, "0".repeat(64));
    let evidence = reqwest::get(url).await.unwrap().bytes().await.unwrap();
    let evidence = Evidence::decode(&evidence).unwrap();
    let keys = KeyConfiguration::decode(&evidence.key_configuration).unwrap();
    keys.key_id.to_string()
}

/// The real parent before a stand-in enclave, with the same bounds and log as the deployment's.
async fn start_parent(deployment: &Deployment, socket: &Path) -> (Process, String) {
    let directory = deployment.directory();
    let config = format!(
        "listen = \"127.0.0.1:0\"\n\
         egress_listen = \"unix:{0}/echo-egress.sock\"\n\
         trust_anchor = \"{0}/anchor.json\"\n\
         bundle = \"{0}/bundle.cose\"\n\
         [[enclave]]\n\
         address = \"unix:{1}\"\n",
        directory.display(),
        socket.display()
    );
    let path = directory.join("echo.toml");
    std::fs::write(&path, config).unwrap();
    let arguments = ["--config".as_ref(), path.as_os_str()];
    let log = directory.join("echo.log");
    let parent = Process::start("vouchsafe-parent", &arguments, log);
    let url = deployment::parent_url(&parent).await;
    while !reqwest::get(format!("{url}/readyz"))
        .await
        .is_ok_and(|answer| answer.status().is_success())
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (parent, url.trim_start_matches("http://").to_owned())
}
