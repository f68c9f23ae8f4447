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
    sync::oneshot,
    task::JoinHandle,
};
use vouchsafe_common::envelope::{Answer, AnswerBody};

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
    replies: Vec<Vec<u8>>,
    swap: Swap,
}

/// Which of two replies has come that are to change places.
#[derive(Default)]
enum Swap {
    #[default]
    Off,
    Neither,
    One(Vec<u8>, oneshot::Sender<Vec<u8>>),
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
            replies: Vec::new(),
            swap: Swap::Off,
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

    /// The next two replies, to requests under way at the same time, change places.
    pub fn swap_two_replies(&self) {
        self.state.lock().unwrap().swap = Swap::Neither;
    }

    /// Every sealed reply so far, as the enclave gave it.
    pub fn replies(&self) -> Vec<Vec<u8>> {
        self.state.lock().unwrap().replies.clone()
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
            state.replies.extend(reply(&answer));
            state.meddler.answer(&query, answer)?
        };
        let answer = swap(answer, state).await?;
        write(&mut parent, &answer).await?;
    }
}

/// The sealed reply in an answer.
fn reply(answer: &[u8]) -> Option<Vec<u8>> {
    match Answer::decode(answer).ok()?.body {
        AnswerBody::Reply { sealed } => Some(sealed.into_vec()),
        _ => None,
    }
}

/// The other reply, if this is one of two to be swapped.
async fn swap(answer: Vec<u8>, state: &Mutex<State>) -> Option<Vec<u8>> {
    if reply(&answer).is_none() {
        return Some(answer);
    }
    let other = {
        let mut state = state.lock().unwrap();
        match std::mem::take(&mut state.swap) {
            Swap::Off => return Some(answer),
            Swap::Neither => {
                let (give, take) = oneshot::channel();
                state.swap = Swap::One(answer, give);
                take
            }
            Swap::One(first, give) => {
                give.send(answer).ok()?;
                return Some(first);
            }
        }
    };
    other.await.ok()
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
