//! The run: starts everything, asks for load, and looks at `/proc` before and after.

use std::time::Instant;

use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use serde_json::json;
use vouchsafe_common::{message::Outcome, record::DataKey};
use vouchsafe_mock::kms::operations::Operation;

use super::{
    RECORD_BYTES, Role,
    aside::Aside,
    crypto,
    helper::Helper,
    load::{self, Ask, OpenedAnswers, Sent},
    report::{KmsCalls, Level, Memory, Ratios, Report, Round, Spread, Start, Step},
    usage,
};
use crate::deployment::{self, Deployment, Options};

/// Where the ratio is taken.
const RATIO_CONCURRENCY: usize = 16;
/// Records that the load goes through.
const RECORDS: usize = 1000;
/// How often a stand-in gets each request: it uses little time, and the clock ticks in 10 ms.
const ECHO_TIMES: usize = 5;
/// What one batch of sealed requests may be; it is sent well within the freshness window.
const BATCH: usize = 5000;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Requests at concurrency 1; at others four times as many.
    pub requests: usize,
    /// Requests of each round of the ratio.
    pub round_requests: usize,
    /// Alternating rounds.
    pub rounds: usize,
    /// Requests over which memory should stay flat.
    pub memory_requests: usize,
    /// Between two looks at the memory.
    pub memory_step: usize,
    /// Starts of the enclave.
    pub starts: usize,
}

impl Plan {
    /// The whole measurement, some minutes.
    pub const FULL: Self = Self {
        requests: 1_000,
        round_requests: 4_000,
        rounds: 5,
        memory_requests: 100_000,
        memory_step: 10_000,
        starts: 5,
    };

    /// Under a minute, and noisier.
    pub const QUICK: Self = Self {
        requests: 300,
        round_requests: 1_500,
        rounds: 5,
        memory_requests: 10_000,
        memory_step: 1_000,
        starts: 2,
    };
}

/// A deployment, its load, and the stand-ins beside it.
struct Bench {
    deployment: Deployment,
    load: Helper,
    address: String,
}

/// Measures by a plan; says on stderr what it is doing.
pub async fn measure(plan: Plan) -> Report {
    let load_before = load_average();
    say("starting a deployment");
    let mut bench = Bench::start().await;
    let ids = bench.ids();
    let idle = ids.map(usage::resident_kib);
    say("warming up");
    let (_, warm) = bench.send(plan.requests, RATIO_CONCURRENCY);
    let mut process = Vec::new();
    for (concurrency, times) in [(1, 1), (16, 4), (64, 4)] {
        say(&format!("{concurrency} at once"));
        process.push(bench.level(plan.requests * times, concurrency));
    }
    let (ratio, parts) = bench.ratio(plan, &warm).await;
    say("memory");
    let memory = Memory {
        parent_idle_kib: idle[0],
        enclave_idle_kib: idle[1],
        steps: bench.memory(plan),
    };
    say("KMS calls");
    let kms = bench.kms_calls().await;
    say("starts");
    let start = bench.starts(plan).await;
    Report {
        processors: std::thread::available_parallelism().unwrap().get(),
        load_before,
        process,
        ratio,
        parts,
        memory,
        kms,
        start,
    }
}

impl Bench {
    async fn start() -> Self {
        let deployment = Deployment::with(Options {
            log: "info",
            ..Options::default()
        })
        .await;
        let key = deployment.data_key().await;
        let value = "0123456789abcdef".repeat(RECORD_BYTES / 16);
        let records = (0..RECORDS).map(|row| {
            let row = row.to_string();
            let sealed = hex::encode(sealed(&key, &row, &value));
            (row, sealed)
        });
        let settings = load::Settings {
            url: deployment.url.clone(),
            root: hex::encode(deployment.root_der()),
            measurements: serde_json::to_value(deployment.measurements()).unwrap(),
            caller: hex::encode(deployment.caller_pkcs8()),
            records: records.collect(),
            expected: expected(&deployment, &key, &value).await,
        };
        let (load, _) = Helper::start::<String>(Role::Load, &settings);
        let address = deployment.url.trim_start_matches("http://").to_owned();
        Self {
            deployment,
            load,
            address,
        }
    }

    /// Parent and enclave.
    fn ids(&self) -> [u32; 2] {
        [self.deployment.parent.id(), self.deployment.enclave.id()]
    }

    fn seal(&mut self, requests: usize) {
        let sealed: usize = self.load.ask(&Ask::Seal { requests });
        assert_eq!(sealed, requests);
    }

    fn send_to(&mut self, address: &str, concurrency: usize, times: usize) -> Sent {
        let sent: Sent = self.load.ask(&Ask::Send {
            address: address.to_owned(),
            concurrency,
            times,
        });
        assert_eq!(sent.failures, 0, "some requests were not answered");
        sent
    }

    /// Seals and sends; CPU time of parent and enclave while it was sent. Each answer is opened.
    fn send(&mut self, requests: usize, concurrency: usize) -> ([f64; 2], Sent) {
        self.seal(requests);
        let address = self.address.clone();
        let before = self.ids().map(usage::cpu_us);
        let sent = self.send_to(&address, concurrency, 1);
        let after = self.ids().map(usage::cpu_us);
        let opened: OpenedAnswers = self.load.ask(&Ask::Open);
        assert_eq!((opened.right, opened.wrong), (requests, 0), "wrong answers");
        ([after[0] - before[0], after[1] - before[1]], sent)
    }

    fn level(&mut self, requests: usize, concurrency: usize) -> Level {
        let ([parent, enclave], sent) = self.send(requests, concurrency);
        Level {
            concurrency,
            requests,
            per_second: float(requests) / sent.seconds,
            p50_us: sent.p50_us,
            p99_us: sent.p99_us,
            parent_cpu_us: each(parent, requests),
            enclave_cpu_us: each(enclave, requests),
        }
    }

    async fn ratio(&mut self, plan: Plan, real: &Sent) -> (Ratios, crypto::Parts) {
        let echo = Aside::start(&self.deployment, real.answer_bytes).await;
        let (mut crypto, _) = Helper::start::<String>(Role::Crypto, &json!({}));
        let count = plan.round_requests;
        let mut rounds = Vec::new();
        for number in 0..plan.rounds {
            say(&format!("round {} of {}", number + 1, plan.rounds));
            let ([parent, enclave], _) = self.send(count, RATIO_CONCURRENCY);
            let echo_time = self.send_aside(count, &echo.address, || {
                usage::cpu_us(echo.parent.id()) + echo.enclave.cpu_us()
            });
            let plain_time = self.send_aside(count, &echo.plain_address, || {
                echo.plain.cpu_us() + echo.enclave.cpu_us()
            });
            let before = crypto.cpu_us();
            let _: usize = crypto.ask(&crypto::Ask::Run { requests: count });
            let crypto_time = crypto.cpu_us() - before;
            let [real_us, echo_us, plain_us, crypto_us] =
                [parent + enclave, echo_time, plain_time, crypto_time]
                    .map(|time| each(time, count));
            rounds.push(Round {
                real_us,
                echo_us,
                plain_us,
                crypto_us,
                to_echo: real_us / (echo_us + crypto_us),
                to_plain: real_us / (plain_us + crypto_us),
            });
        }
        let ratios = Ratios {
            to_echo: Spread::of(rounds.iter().map(|round| round.to_echo)),
            to_plain: Spread::of(rounds.iter().map(|round| round.to_plain)),
            rounds,
        };
        (ratios, crypto.ask(&crypto::Ask::Parts))
    }

    /// Sends to a stand-in; CPU time by `clock` meanwhile, for each time that all were sent.
    fn send_aside(&mut self, requests: usize, address: &str, clock: impl Fn() -> f64) -> f64 {
        self.seal(requests);
        let before = clock();
        self.send_to(address, RATIO_CONCURRENCY, ECHO_TIMES);
        (clock() - before) / float(ECHO_TIMES)
    }

    fn memory(&mut self, plan: Plan) -> Vec<Step> {
        let mut steps = Vec::new();
        for done in (plan.memory_step..=plan.memory_requests).step_by(plan.memory_step) {
            let mut left = plan.memory_step;
            while left > 0 {
                let batch = left.min(BATCH);
                self.send(batch, RATIO_CONCURRENCY);
                left -= batch;
            }
            let [parent_kib, enclave_kib] = self.ids().map(usage::resident_kib);
            steps.push(Step {
                requests: done,
                parent_kib,
                enclave_kib,
            });
        }
        steps
    }

    /// Masks records under a data key that the enclave has not seen.
    async fn kms_calls(&self) -> KmsCalls {
        const REQUESTS: usize = 10;
        let key = self.deployment.data_key().await;
        let client = self.deployment.client();
        let control = &self.deployment.kms.control;
        let before = control.counters();
        for request in 0..REQUESTS {
            let items = (0..RECORDS / REQUESTS).map(|row| {
                let row = format!("{request}-{row}");
                deployment::record(&key, "note", &row, "some text")
            });
            let call = deployment::call("mask", &json!({"keep_last": 4}), items.collect());
            let results = client.call(call).await.unwrap();
            let masked = |outcome: &Outcome| matches!(outcome, Outcome::Text(_));
            assert!(results.iter().all(|result| masked(&result.outcome)));
        }
        let after = control.counters();
        let sum = |calls: &std::collections::BTreeMap<String, u64>| calls.values().sum::<u64>();
        KmsCalls {
            records: RECORDS,
            requests: REQUESTS,
            decrypt_calls: after.calls_of(Operation::Decrypt) - before.calls_of(Operation::Decrypt),
            all_calls: sum(&after.calls) - sum(&before.calls),
        }
    }

    async fn starts(&mut self, plan: Plan) -> Start {
        let mut ready = Vec::new();
        for _ in 0..plan.starts {
            let begin = Instant::now();
            self.deployment.restart_enclave().await;
            ready.push(begin.elapsed().as_secs_f64() * 1e3);
        }
        let rsa = (0..10).map(|_| {
            let begin = Instant::now();
            PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
            begin.elapsed().as_secs_f64() * 1e3
        });
        Start {
            ready_ms: Spread::of(ready),
            rsa_2048_ms: Spread::of(rsa),
        }
    }
}

fn sealed(key: &DataKey, row: &str, value: &str) -> Vec<u8> {
    use vouchsafe_common::record::Place;
    let place = Place {
        tenant: deployment::TENANT,
        dataset: deployment::DATASET,
        field: "note",
        record_id: row,
    };
    key.seal(&place, value.as_bytes()).unwrap()
}

/// What the enclave makes of the value, by one call before the load.
async fn expected(deployment: &Deployment, key: &DataKey, value: &str) -> String {
    let item = deployment::record(key, "note", "0", value);
    let results = deployment
        .call("mask", &json!({"keep_last": 4}), vec![item])
        .await;
    let masked = deployment::shown(&results[0]);
    assert!(masked.ends_with("cdef") && masked.len() >= RECORD_BYTES);
    assert!(!masked.contains("0123"), "{masked}");
    masked
}

fn each(total: f64, requests: usize) -> f64 {
    total / float(requests)
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

fn say(what: &str) {
    eprintln!("bench: {what}");
}
