//! The same two hops without the work: a stand-in enclave that always answers the same bytes, and a
//! stand-in parent that only passes them.
//!
//! The stand-in enclave speaks frames and envelopes, so the real parent takes it for an enclave; it
//! decodes nothing. The stand-in parent is axum with a pool of streams: no bounds, no deadlines, no
//! metrics, no look at the body. What it costs is what HTTP and two sockets cost anyway.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixListener, UnixStream},
};
use vouchsafe_common::{
    envelope::{Answer, AnswerBody, Query, QueryBody, Status},
    key_configuration::KeyId,
};

use super::{read_line, write_line};

/// What the stand-in enclave is told.
#[derive(Serialize, Deserialize)]
pub(super) struct EnclaveSettings {
    /// Where it listens.
    pub(super) socket: PathBuf,
    /// The key that it pretends to hold, 32 hex digits.
    pub(super) key_id: String,
    /// How long its sealed replies are.
    pub(super) reply_bytes: usize,
}

/// What the stand-in parent is told.
#[derive(Serialize, Deserialize)]
pub(super) struct ParentSettings {
    /// Where the stand-in enclave listens.
    pub(super) socket: PathBuf,
}

/// Plays the enclave.
pub(super) fn enclave_main() -> io::Result<()> {
    let Some(settings) = read_line::<EnclaveSettings>()? else {
        return Ok(());
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(async { UnixListener::bind(&settings.socket) })?;
    let mut key_id = [0; 16];
    hex::decode_to_slice(&settings.key_id, &mut key_id).unwrap();
    let answers = Arc::new(Answers {
        status_query: Query::new(QueryBody::Status).encode(),
        status: framed(AnswerBody::Status(Status {
            key_id: KeyId(key_id),
            boot_id: [1; 16],
        })),
        reply: framed(AnswerBody::Reply {
            sealed: ByteBuf::from(vec![0x5a; settings.reply_bytes]),
        }),
    });
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answers = Arc::clone(&answers);
            tokio::spawn(async move { answers.serve(stream).await });
        }
    });
    write_line(&"ready")?;
    until_closed()
}

struct Answers {
    status_query: Vec<u8>,
    status: Vec<u8>,
    reply: Vec<u8>,
}

impl Answers {
    /// Answers frames until the stream ends, whose error is of no interest.
    async fn serve(&self, mut stream: UnixStream) -> io::Result<()> {
        let mut frame = Vec::new();
        loop {
            read_frame(&mut stream, &mut frame).await?;
            let answer = if frame == self.status_query {
                &self.status
            } else {
                &self.reply
            };
            stream.write_all(answer).await?;
        }
    }
}

/// Plays the parent.
pub(super) fn parent_main() -> io::Result<()> {
    let Some(settings) = read_line::<ParentSettings>()? else {
        return Ok(());
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let address = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let pool = Arc::new(Pool {
            socket: settings.socket,
            idle: Mutex::default(),
        });
        let router = Router::new()
            .route("/v1/process", post(pass))
            .with_state(pool);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok::<_, io::Error>(address)
    })?;
    write_line(&address.to_string())?;
    until_closed()
}

struct Pool {
    socket: PathBuf,
    idle: Mutex<Vec<UnixStream>>,
}

async fn pass(State(pool): State<Arc<Pool>>, body: Bytes) -> Vec<u8> {
    let idle = pool.idle.lock().unwrap().pop();
    let mut stream = match idle {
        Some(stream) => stream,
        None => connect(&pool.socket).await,
    };
    let length = u32::try_from(body.len()).unwrap();
    let frame = [&length.to_be_bytes(), &*body].concat();
    stream.write_all(&frame).await.unwrap();
    let mut answer = Vec::new();
    read_frame(&mut stream, &mut answer).await.unwrap();
    pool.idle.lock().unwrap().push(stream);
    answer
}

async fn connect(socket: &Path) -> UnixStream {
    UnixStream::connect(socket).await.unwrap()
}

async fn read_frame(stream: &mut UnixStream, frame: &mut Vec<u8>) -> io::Result<()> {
    frame.clear();
    // Head and body mostly come together, in one read.
    while frame.len() < 4 {
        if stream.read_buf(frame).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let head = frame.first_chunk().unwrap();
    let length = usize::try_from(u32::from_be_bytes(*head)).unwrap();
    while frame.len() < 4 + length {
        if stream.read_buf(frame).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    frame.drain(..4);
    Ok(())
}

fn framed(body: AnswerBody) -> Vec<u8> {
    let answer = Answer::new(body).encode();
    let length = u32::try_from(answer.len()).unwrap();
    [&length.to_be_bytes(), answer.as_slice()].concat()
}

/// Serves until whoever started this closes standard input.
fn until_closed() -> io::Result<()> {
    while read_line::<serde_json::Value>()?.is_some() {}
    Ok(())
}
