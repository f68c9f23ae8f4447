//! The load: requests are sealed by the client library shortly before, then sent as fast as answers
//! come, over one keep-alive connection for each that may be under way.
//!
//! The way there is plain sockets, so that the load takes little from the processes it measures.
//! Every answer is kept and, when the clock has stopped, opened by the client library and compared
//! with what the enclave should have made.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
    task::JoinSet,
};
use vouchsafe_client::{MockRoot, Root, http::Parent, measurements};
use vouchsafe_common::{
    attestation::{Challenge, IssuerCache, Mock, Trusted},
    envelope::Evidence,
    hpke::{self, Credentials},
    message::{Outcome, Parameters, Reply, Request, RequestId},
    proof::CallerKey,
    reply::ReplyOpener,
};

use super::{read_line, write_line};
use crate::deployment;

/// What the load is told once.
#[derive(Serialize, Deserialize)]
pub(super) struct Settings {
    /// Of the real parent.
    pub(super) url: String,
    /// Root of the deployment's NSM, DER, hex.
    pub(super) root: String,
    /// As `measurements.json`.
    pub(super) measurements: serde_json::Value,
    /// PKCS#8 of the caller `crm`, hex.
    pub(super) caller: String,
    /// Sealed records of the field `note`, hex, each with its row for a name.
    pub(super) records: Vec<(String, String)>,
    /// What the enclave makes of each of them.
    pub(super) expected: String,
}

/// One question.
#[derive(Serialize, Deserialize)]
pub(super) enum Ask {
    /// Seal so many requests.
    Seal { requests: usize },
    /// Send them to `address`, so many at once; all of them so many times, which only a stand-in
    /// answers more than once.
    Send {
        address: String,
        concurrency: usize,
        times: usize,
    },
    /// Open the answers.
    Open,
}

/// What came of sending.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Sent {
    /// From the first byte sent to the last received.
    pub(super) seconds: f64,
    /// Half of all answers came within it.
    pub(super) p50_us: u32,
    /// 99 of 100 did.
    pub(super) p99_us: u32,
    /// Length of the answers, all alike.
    pub(super) answer_bytes: usize,
    /// Answers other than 200, or of another length than the first.
    pub(super) failures: usize,
}

/// What was found in the answers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct OpenedAnswers {
    /// As expected.
    pub(super) right: usize,
    /// Anything else.
    pub(super) wrong: usize,
}

struct Batch {
    requests: Vec<Vec<u8>>,
    openers: Vec<ReplyOpener>,
    answers: Vec<(usize, Vec<u8>)>,
}

/// Plays the load.
pub(super) fn main() -> io::Result<()> {
    let Some(settings) = read_line::<Settings>()? else {
        return Ok(());
    };
    let runtime = Runtime::new()?;
    let sealer = runtime.block_on(Sealer::attest(settings));
    write_line(&"ready")?;
    let mut batch = Batch {
        requests: vec![],
        openers: vec![],
        answers: vec![],
    };
    while let Some(ask) = read_line()? {
        match ask {
            Ask::Seal { requests } => {
                batch = sealer.seal_all(requests);
                write_line(&batch.requests.len())?;
            }
            Ask::Send {
                address,
                concurrency,
                times,
            } => {
                let requests = std::mem::take(&mut batch.requests);
                let sending = send_all(requests, times, &address, concurrency);
                let (sent, answers) = runtime.block_on(sending);
                batch.answers = answers;
                write_line(&sent)?;
            }
            Ask::Open => write_line(&sealer.open_all(&mut batch))?,
        }
    }
    Ok(())
}

struct Sealer {
    enclave: Trusted<Mock>,
    verified: Instant,
    caller: CallerKey,
    records: Vec<(String, Vec<u8>)>,
    expected: String,
    next: AtomicUsize,
}

impl Sealer {
    async fn attest(settings: Settings) -> Self {
        let challenge = Challenge::draw(deployment::now());
        let parent = Parent::new(&settings.url, None).unwrap();
        let evidence =
            Evidence::decode(&parent.evidence(challenge.nonce()).await.unwrap()).unwrap();
        let root = MockRoot::of_der(&hex::decode(settings.root).unwrap());
        let expectations = settings.measurements.to_string();
        let pinned = measurements::parse(expectations.as_bytes()).unwrap().into();
        let (now, issuers) = (deployment::now(), &mut IssuerCache::default());
        let enclave = root.verify(&evidence, &pinned, challenge, now, issuers);
        let unhex = |(row, record): (String, String)| (row, hex::decode(record).unwrap());
        Self {
            enclave: enclave.unwrap(),
            verified: Instant::now(),
            caller: CallerKey::from_pkcs8(&hex::decode(settings.caller).unwrap()).unwrap(),
            records: settings.records.into_iter().map(unhex).collect(),
            expected: settings.expected,
            next: AtomicUsize::new(0),
        }
    }

    fn seal_all(&self, requests: usize) -> Batch {
        let threads = std::thread::available_parallelism().unwrap().get();
        let sealed = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|place| {
                    let share = (place..requests).step_by(threads);
                    scope.spawn(move || share.map(|_| self.seal_one()).collect::<Vec<_>>())
                })
                .collect();
            let joined = workers.into_iter().map(|worker| worker.join().unwrap());
            joined.flatten().collect::<Vec<_>>()
        });
        let (requests, openers) = sealed.into_iter().unzip();
        Batch {
            requests,
            openers,
            answers: vec![],
        }
    }

    /// A whole HTTP request with one masked record, and what opens its reply.
    fn seal_one(&self) -> (Vec<u8>, ReplyOpener) {
        let place = self.next.fetch_add(1, Ordering::Relaxed) % self.records.len();
        let (row, record) = &self.records[place];
        let request = Request {
            id: RequestId(random()),
            issued_at: self.enclave.evidence_time().plus(self.verified.elapsed()),
            purpose: "test".into(),
            tenant: deployment::TENANT.into(),
            dataset: deployment::DATASET.into(),
            operation: "mask".into(),
            parameters: Parameters::from_json(&serde_json::json!({"keep_last": 4})).unwrap(),
            items: vec![deployment::sealed_record("note", row, record.clone())],
        };
        let credentials = Credentials::Registered {
            caller: "crm",
            key: &self.caller,
        };
        let (sealed, opener) = hpke::seal(&self.enclave, &request, &credentials).unwrap();
        let head = format!(
            "POST /v1/process HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\naccept: */*\r\n\
             content-type: application/cose; cose-type=\"cose-encrypt0\"\r\n\
             vouchsafe-nonce: {}\r\ncontent-length: {}\r\n\r\n",
            hex::encode(random::<32>()),
            sealed.len()
        );
        ([head.as_bytes(), &sealed].concat(), opener)
    }

    fn open_all(&self, batch: &mut Batch) -> OpenedAnswers {
        let mut openers: Vec<_> = batch.openers.drain(..).map(Some).collect();
        let answers = std::mem::take(&mut batch.answers);
        let total = openers.len();
        let right = answers
            .into_iter()
            .filter(|(place, answer)| {
                let opened = openers[*place].take().map(|opener| opener.open(answer));
                matches!(opened, Some(Ok(Reply::Done { items }))
                    if matches!(&items[..], [item]
                        if matches!(&item.outcome, Outcome::Text(text)
                            if *text.expose_secret() == self.expected)))
            })
            .count();
        OpenedAnswers {
            right,
            wrong: total - right,
        }
    }
}

async fn send_all(
    requests: Vec<Vec<u8>>,
    times: usize,
    address: &str,
    concurrency: usize,
) -> (Sent, Vec<(usize, Vec<u8>)>) {
    let requests = Arc::new(requests);
    let total = requests.len() * times;
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::new();
    for _ in 0..concurrency {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        connections.push(stream);
    }
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for stream in connections {
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        tasks.spawn(async move { send_some(stream, &requests, total, &next).await });
    }
    let done: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let seconds = start.elapsed().as_secs_f64();

    let mut took: Vec<Duration> = done.iter().map(|answer| answer.took).collect();
    took.sort_unstable();
    let at = |percent: usize| {
        let place = (took.len() * percent / 100).min(took.len() - 1);
        u32::try_from(took[place].as_micros()).unwrap()
    };
    let answer_bytes = done[0].body.len();
    let good = |answer: &&Answer| answer.status == 200 && answer.body.len() == answer_bytes;
    let sent = Sent {
        seconds,
        p50_us: at(50),
        p99_us: at(99),
        answer_bytes,
        failures: total - done.iter().filter(good).count(),
    };
    let bodies = done.into_iter().map(|answer| (answer.place, answer.body));
    (sent, bodies.collect())
}

struct Answer {
    place: usize,
    took: Duration,
    status: u16,
    body: Vec<u8>,
}

async fn send_some(
    mut stream: TcpStream,
    requests: &[Vec<u8>],
    total: usize,
    next: &AtomicUsize,
) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut buffer = Vec::with_capacity(16 * 1024);
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        if place >= total {
            return answers;
        }
        let place = place % requests.len();
        let request = &requests[place];
        let start = Instant::now();
        stream.write_all(request).await.unwrap();
        buffer.clear();
        let (status, head, length) = loop {
            assert_ne!(stream.read_buf(&mut buffer).await.unwrap(), 0, "closed");
            if let Some(parsed) = parse_head(&buffer) {
                break parsed;
            }
        };
        while buffer.len() < head + length {
            assert_ne!(stream.read_buf(&mut buffer).await.unwrap(), 0, "closed");
        }
        answers.push(Answer {
            place,
            took: start.elapsed(),
            status,
            body: buffer[head..].to_vec(),
        });
    }
}

/// Status, length of the head and of the body, once the head is there.
fn parse_head(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    Some((status, end + 4, length.unwrap().parse().unwrap()))
}

fn random<const N: usize>() -> [u8; N] {
    use ring::rand::{SecureRandom, SystemRandom};
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}
