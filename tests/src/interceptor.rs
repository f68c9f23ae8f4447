//! A hostile parent: it stands between the real parent and the enclave and does as a test says.
//!
//! Every frame passes through a [`Meddler`], which may keep, alter, swap, repeat or drop it. All
//! bytes of both directions are kept, so that a test can search them for what must not be there.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    task::JoinHandle,
};

/// What the parent does to messages. Both are whole frames without their heads.
pub trait Meddler: Send + 'static {
    /// To the enclave; `None` passes nothing on and closes the stream.
    fn query(&mut self, frame: Vec<u8>) -> Option<Vec<u8>> {
        Some(frame)
    }

    /// From the enclave, with the query that it answers; `None` closes the stream.
    fn answer(&mut self, query: &[u8], frame: Vec<u8>) -> Option<Vec<u8>> {
        let _ = query;
        Some(frame)
    }
}

/// Passes everything.
#[derive(Debug)]
pub struct Honest;

impl Meddler for Honest {}

/// A meddler made of a function over answers.
pub struct OnAnswer<F>(pub F);

impl<F: FnMut(&[u8], Vec<u8>) -> Option<Vec<u8>> + Send + 'static> Meddler for OnAnswer<F> {
    fn answer(&mut self, query: &[u8], frame: Vec<u8>) -> Option<Vec<u8>> {
        (self.0)(query, frame)
    }
}

/// A meddler made of a function over queries.
pub struct OnQuery<F>(pub F);

impl<F: FnMut(Vec<u8>) -> Option<Vec<u8>> + Send + 'static> Meddler for OnQuery<F> {
    fn query(&mut self, frame: Vec<u8>) -> Option<Vec<u8>> {
        (self.0)(frame)
    }
}

struct State {
    meddler: Box<dyn Meddler>,
    seen: Vec<u8>,
}

/// The socket that the real parent takes for the enclave's.
pub struct Interceptor {
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Interceptor {
    /// Listens at `listen` and passes on to `enclave`.
    pub fn start(listen: &Path, enclave: &Path) -> Self {
        let listener = UnixListener::bind(listen).unwrap();
        let state = State {
            meddler: Box::new(Honest),
            seen: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let (shared, enclave) = (Arc::clone(&state), enclave.to_owned());
        let task = tokio::spawn(async move {
            while let Ok((parent, _)) = listener.accept().await {
                let (state, enclave) = (Arc::clone(&shared), enclave.clone());
                tokio::spawn(async move {
                    if let Ok(enclave) = UnixStream::connect(enclave).await {
                        pass(parent, enclave, &state).await;
                    }
                });
            }
        });
        Self { state, task }
    }

    /// From now on, does as `meddler` says.
    pub fn meddle(&self, meddler: impl Meddler) {
        self.state.lock().unwrap().meddler = Box::new(meddler);
    }

    /// From now on, passes everything.
    pub fn behave(&self) {
        self.meddle(Honest);
    }

    /// Every byte that has passed so far.
    pub fn seen(&self) -> Vec<u8> {
        self.state.lock().unwrap().seen.clone()
    }
}

impl Drop for Interceptor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut parent: UnixStream, mut enclave: UnixStream, state: &Mutex<State>) -> Option<()> {
    loop {
        let query = read(&mut parent).await?;
        let query = {
            let mut state = state.lock().unwrap();
            state.seen.extend_from_slice(&query);
            state.meddler.query(query)?
        };
        write(&mut enclave, &query).await?;
        let answer = read(&mut enclave).await?;
        let answer = {
            let mut state = state.lock().unwrap();
            state.seen.extend_from_slice(&answer);
            state.meddler.answer(&query, answer)?
        };
        write(&mut parent, &answer).await?;
    }
}

/// One frame: four bytes of length, big-endian, and the message.
async fn read(stream: &mut UnixStream) -> Option<Vec<u8>> {
    let length = stream.read_u32().await.ok()?;
    let mut frame = vec![0; usize::try_from(length).ok()?];
    stream.read_exact(&mut frame).await.ok()?;
    Some(frame)
}

async fn write(stream: &mut UnixStream, frame: &[u8]) -> Option<()> {
    stream
        .write_u32(u32::try_from(frame.len()).ok()?)
        .await
        .ok()?;
    stream.write_all(frame).await.ok()
}
