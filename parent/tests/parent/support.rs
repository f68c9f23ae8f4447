//! A parent in this process and a raw HTTP/1.1 client.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use vouchsafe_common::envelope::Evidence;
use vouchsafe_common::key_configuration::{KeyConfiguration, KeyId};
use vouchsafe_parent::{Config, Parent};

use crate::enclave::FakeEnclave;

pub(crate) const NONCE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A running parent with the folder that its files and sockets are in.
pub(crate) struct TestParent {
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// A folder with boot material, and the configuration of a parent in it with `extra` lines.
pub(crate) fn configuration(enclaves: usize, top: &str, tables: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("anchor"), "the anchor").unwrap();
    std::fs::write(at("bundle"), "the bundle").unwrap();
    std::fs::write(at("root"), "a root").unwrap();
    let enclaves: String = (0..enclaves)
        .map(|index| {
            format!(
                "[[enclave]]\naddress = \"unix:{}\"\n",
                at(&format!("enclave{index}"))
            )
        })
        .collect();
    let text = format!(
        "listen = \"127.0.0.1:0\"\negress_listen = \"unix:{}\"\ntrust_anchor = \"{}\"\nbundle = \"{}\"\nroots = [\"{}\"]\n{top}\n{enclaves}{tables}\n",
        at("egress"),
        at("anchor"),
        at("bundle"),
        at("root"),
    );
    (folder, text)
}

impl TestParent {
    /// A parent of one enclave, which is not started, with `tables` behind the configuration.
    pub(crate) async fn start(tables: &str) -> Self {
        Self::start_with(1, "", tables).await
    }

    pub(crate) async fn start_with(enclaves: usize, top: &str, tables: &str) -> Self {
        let (folder, text) = configuration(enclaves, top, tables);
        let parent = Parent::bind(Config::parse(&text).unwrap()).await.unwrap();
        Self::of(parent, folder)
    }

    /// Lets a bound parent serve.
    pub(crate) fn of(parent: Parent, folder: TempDir) -> Self {
        let address = parent.address();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(parent.serve(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            folder,
            stop: Some(stop),
            task,
        }
    }

    /// A parent and its one enclave, ready.
    pub(crate) async fn with_enclave(tables: &str) -> (Self, FakeEnclave) {
        let parent = Self::start(tables).await;
        let enclave = FakeEnclave::start(&parent.enclave_path(0), 1);
        parent.until_ready(true).await;
        (parent, enclave)
    }

    pub(crate) fn enclave_path(&self, index: usize) -> PathBuf {
        self.folder.path().join(format!("enclave{index}"))
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.connect().await.call("GET", path, &[], b"").await
    }

    pub(crate) async fn process(&self, body: &[u8]) -> Answered {
        self.connect().await.process(body).await
    }

    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let page = self.get("/metrics").await;
        let page = String::from_utf8(page.body).unwrap();
        let line = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or("0").parse().unwrap()
    }

    /// Waits until readiness is `ready`.
    pub(crate) async fn until_ready(&self, ready: bool) {
        let status = if ready { 200 } else { 503 };
        eventually(async || self.get("/readyz").await.status == status).await;
    }

    /// Tells it to stop and waits until it has; its folder is left.
    pub(crate) async fn stop(mut self) -> TempDir {
        self.tell_to_stop();
        timeout(Duration::from_secs(10), &mut self.task)
            .await
            .unwrap()
            .unwrap();
        self.folder
    }

    pub(crate) fn tell_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// Waits until `condition` holds, at most five seconds.
pub(crate) async fn eventually(mut condition: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if condition().await {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("the condition did not come true");
}

/// One connection to a parent.
pub(crate) struct Client(pub(crate) TcpStream);

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    /// Its problem document, checked against its status and media type.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], self.status);
        problem
    }

    /// Status and code of its problem.
    pub(crate) fn code(&self) -> (u16, String) {
        (
            self.status,
            self.problem()["code"].as_str().unwrap().to_owned(),
        )
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) async fn process(&mut self, body: &[u8]) -> Answered {
        self.call("POST", "/v1/process", &[COSE], body).await
    }

    /// The key that evidence names; it must come.
    pub(crate) async fn attest(&mut self) -> KeyId {
        let path = format!("/v1/evidence?nonce={NONCE}");
        let answer = self.call("GET", &path, &[], b"").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let evidence = Evidence::decode(&answer.body).unwrap();
        KeyConfiguration::decode(&evidence.key_configuration)
            .unwrap()
            .key_id
    }

    pub(crate) async fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: &[u8],
    ) -> Answered {
        self.send_head(method, path, headers, body.len()).await;
        // A parent may answer and close before it has read all of a body that it refuses.
        let _ = self.0.write_all(body).await;
        self.answer().await
    }

    pub(crate) async fn send_head(
        &mut self,
        method: &str,
        path: &str,
        headers: &[&str],
        length: usize,
    ) {
        let headers: String = headers
            .iter()
            .map(|header| format!("{header}\r\n"))
            .collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: parent\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        self.0.write_all(head.as_bytes()).await.unwrap();
    }

    /// Reads one answer, or panics when the connection ends before it is whole.
    pub(crate) async fn answer(&mut self) -> Answered {
        timeout(Duration::from_secs(20), self.try_answer())
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn try_answer(&mut self) -> std::io::Result<Answered> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await?);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answered = Answered {
            status,
            head,
            body: Vec::new(),
        };
        let length = answered.header("content-length").unwrap().parse().unwrap();
        answered.body = vec![0; length];
        self.0.read_exact(&mut answered.body).await?;
        Ok(answered)
    }

    /// Whether the parent has closed the connection, or does so within five seconds.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let read = timeout(Duration::from_secs(5), self.0.read(&mut [0])).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    }
}

pub(crate) const COSE: &str = "content-type: application/cose; cose-type=\"cose-encrypt0\"";
