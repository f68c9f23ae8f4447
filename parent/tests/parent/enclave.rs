//! A fake enclave on a Unix socket. It opens nothing: its reply is the sealed bytes reversed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_bytes::{ByteArray, ByteBuf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use vouchsafe_common::UnixMillis;
use vouchsafe_common::envelope::{
    Answer, AnswerBody, Evidence, Query, QueryBody, RefusedCode, Status,
};
use vouchsafe_common::key_configuration::{
    AEAD_AES_256_GCM, HPKE_PUBLIC_KEY_BYTES, KDF_HKDF_SHA256, KEM_X_WING, KeyConfiguration, KeyId,
    PROTOCOL_VERSION,
};
use vouchsafe_common::limits::{MAX_FRAME_BYTES, STREAM_WRITE_BYTES};
use vouchsafe_parent::transport::{read_frame, write_frame};

/// What it does with a sealed request.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// Replies with the bytes reversed.
    Honest,
    /// Replies with this many bytes.
    Long(usize),
    /// Refuses in clear.
    Refuse(RefusedCode),
    /// Replies, but only after this time.
    Late(Duration),
    /// Writes these bytes, whatever they are, and goes on.
    Raw(Vec<u8>),
    /// Writes these bytes and closes.
    RawThenClose(Vec<u8>),
    /// Never answers.
    Silent,
}

/// A running fake enclave; dropping it is its death.
pub(crate) struct FakeEnclave {
    pub(crate) keys: KeyConfiguration,
    path: PathBuf,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    manner: Mutex<Manner>,
    /// Sealed requests received.
    requests: AtomicUsize,
    /// Streams accepted.
    streams: AtomicUsize,
    hang_up: tokio::sync::Notify,
}

impl FakeEnclave {
    /// Listens at `path`; `seed` makes its keys.
    pub(crate) fn start(path: &Path, seed: u8) -> Self {
        let _ = std::fs::remove_file(path);
        let listener = UnixListener::bind(path).unwrap();
        let keys = key_configuration(seed);
        let shared = Arc::new(Shared {
            manner: Mutex::new(Manner::Honest),
            requests: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
            hang_up: tokio::sync::Notify::new(),
        });
        let task = tokio::spawn(accept(listener, keys.clone(), Arc::clone(&shared)));
        Self {
            keys,
            path: path.to_owned(),
            shared,
            task,
        }
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn streams(&self) -> usize {
        self.shared.streams.load(Ordering::SeqCst)
    }

    /// Closes all its streams, as an idle timeout would.
    pub(crate) fn hang_up(&self) {
        self.shared.hang_up.notify_waiters();
    }
}

impl Drop for FakeEnclave {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn accept(listener: UnixListener, keys: KeyConfiguration, shared: Arc<Shared>) {
    let mut streams = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        shared.streams.fetch_add(1, Ordering::SeqCst);
        let (keys, shared) = (keys.clone(), Arc::clone(&shared));
        streams.spawn(async move {
            let hang_up = shared.hang_up.notified();
            tokio::select! {
                () = serve(stream, &keys, &shared) => {}
                () = hang_up => {}
            }
        });
    }
}

async fn serve(mut stream: UnixStream, keys: &KeyConfiguration, shared: &Shared) {
    while let Ok(frame) = read_frame(&mut stream, MAX_FRAME_BYTES).await {
        let body = match Query::decode(&frame).unwrap().body {
            QueryBody::Status => AnswerBody::Status(Status {
                key_id: keys.key_id,
                boot_id: keys.boot_id,
            }),
            QueryBody::Evidence { nonce } => AnswerBody::Evidence(evidence(keys, *nonce)),
            QueryBody::Process { sealed } => {
                shared.requests.fetch_add(1, Ordering::SeqCst);
                let manner = shared.manner.lock().unwrap().clone();
                match manner {
                    Manner::Honest if kid(&sealed) != keys.key_id => AnswerBody::Refused {
                        code: RefusedCode::UnknownKey,
                    },
                    Manner::Honest => reversed(&sealed),
                    Manner::Long(bytes) => AnswerBody::Reply {
                        sealed: ByteBuf::from(vec![7; bytes]),
                    },
                    Manner::Refuse(code) => AnswerBody::Refused { code },
                    Manner::Late(time) => {
                        tokio::time::sleep(time).await;
                        reversed(&sealed)
                    }
                    Manner::Raw(bytes) => {
                        stream.write_all(&bytes).await.unwrap();
                        continue;
                    }
                    Manner::RawThenClose(bytes) => {
                        stream.write_all(&bytes).await.unwrap();
                        return;
                    }
                    Manner::Silent => {
                        let _ = stream.read(&mut [0]).await;
                        return;
                    }
                }
            }
        };
        let frame = Answer::new(body).encode();
        if write_frame(&mut stream, &frame, MAX_FRAME_BYTES)
            .await
            .is_err()
        {
            return;
        }
    }
}

pub(crate) fn evidence(keys: &KeyConfiguration, nonce: [u8; 32]) -> Evidence {
    Evidence {
        document: ByteBuf::from([b"document over ", &nonce[..]].concat()),
        key_configuration: ByteBuf::from(keys.encode()),
    }
}

fn kid(sealed: &[u8]) -> KeyId {
    vouchsafe_common::envelope::key_id(sealed).unwrap()
}

fn reversed(sealed: &[u8]) -> AnswerBody {
    AnswerBody::Reply {
        sealed: ByteBuf::from(sealed.iter().rev().copied().collect::<Vec<_>>()),
    }
}

fn key_configuration(seed: u8) -> KeyConfiguration {
    let public_key = [seed; HPKE_PUBLIC_KEY_BYTES];
    KeyConfiguration {
        version: PROTOCOL_VERSION,
        boot_id: [seed; 16],
        kem: KEM_X_WING,
        kdf: KDF_HKDF_SHA256,
        aead: AEAD_AES_256_GCM,
        hpke_public_key: ByteArray::new(public_key),
        key_id: KeyId::of_public_key(&public_key),
        audit_key: [seed; 32],
        bundle_digest: [seed; 48],
        not_after: UnixMillis(4_000_000_000_000),
    }
}

/// The bytes of an answer in its frame.
pub(crate) fn framed(body: AnswerBody) -> Vec<u8> {
    let answer = Answer::new(body).encode();
    [
        &u32::try_from(answer.len()).unwrap().to_be_bytes()[..],
        &answer,
    ]
    .concat()
}

/// A COSE_Encrypt0 that names `key` and holds `ciphertext`, and nothing else of a real one.
pub(crate) fn sealed(key: KeyId, ciphertext: &[u8]) -> Vec<u8> {
    let length = u32::try_from(ciphertext.len()).unwrap().to_be_bytes();
    // The shortest head of a byte string, RFC 8949 §3.
    let head = match length {
        [0, 0, 0, n] if n < 24 => vec![0x40 + n],
        [0, 0, 0, n] => vec![0x58, n],
        [0, 0, m, n] => vec![0x59, m, n],
        [k, l, m, n] => vec![0x5a, k, l, m, n],
    };
    let start = [0x83, 0x53, 0xa1, 0x04, 0x50];
    [&start[..], &key.0, &[0xa0], &head, ciphertext].concat()
}

/// A ciphertext long enough to need several writes.
pub(crate) fn long() -> Vec<u8> {
    (0..5 * STREAM_WRITE_BYTES)
        .map(|index| u8::try_from(index % 251).unwrap())
        .collect()
}
