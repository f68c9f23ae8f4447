//! What was measured, as JSON and as text.

use std::fmt;

use serde::Serialize;

use super::crypto::Parts;

/// One run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Processors that this machine shows.
    pub processors: usize,
    /// Load average of the last minute before the run: what else the machine was busy with.
    pub load_before: f64,
    /// `/v1/process` at each concurrency.
    pub process: Vec<Level>,
    /// CPU time at concurrency 16, beside what it must cost at least.
    pub ratio: Ratios,
    /// Median times of the cryptography's parts on one thread.
    pub parts: Parts,
    /// Resident memory.
    pub memory: Memory,
    /// KMS.
    pub kms: KmsCalls,
    /// Start of the enclave.
    pub start: Start,
}

/// One concurrency.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Level {
    /// Requests under way at once.
    pub concurrency: usize,
    /// Requests sent.
    pub requests: usize,
    /// Answers a second.
    pub per_second: f64,
    /// Median latency, microseconds.
    pub p50_us: u32,
    /// 99th percentile of latency, microseconds.
    pub p99_us: u32,
    /// CPU time of the parent for each request, microseconds.
    pub parent_cpu_us: f64,
    /// CPU time of the enclave for each request, microseconds.
    pub enclave_cpu_us: f64,
}

/// CPU time for each request of one round, microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Round {
    /// Real parent and real enclave.
    pub real_us: f64,
    /// Real parent and stand-in enclave.
    pub echo_us: f64,
    /// Stand-in parent and stand-in enclave.
    pub plain_us: f64,
    /// The cryptography alone.
    pub crypto_us: f64,
    /// `real / (echo + crypto)`.
    pub to_echo: f64,
    /// `real / (plain + crypto)`.
    pub to_plain: f64,
}

/// All rounds, and what they say together.
#[derive(Clone, Debug, Serialize)]
pub struct Ratios {
    /// In order.
    pub rounds: Vec<Round>,
    /// Of [`Round::to_echo`].
    pub to_echo: Spread,
    /// Of [`Round::to_plain`].
    pub to_plain: Spread,
}

/// A median and what lies around it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// Of some values, at least one.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self {
            median: values[values.len() / 2],
            min: values[0],
            max: values[values.len() - 1],
        }
    }
}

/// Resident memory, KiB.
#[derive(Clone, Debug, Serialize)]
pub struct Memory {
    /// Of the parent before the first request.
    pub parent_idle_kib: u32,
    /// Of the enclave before the first request.
    pub enclave_idle_kib: u32,
    /// After so many requests of this part of the run: parent, enclave.
    pub steps: Vec<Step>,
}

/// Resident memory after some requests, KiB.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Step {
    /// So many.
    pub requests: usize,
    /// Of the parent.
    pub parent_kib: u32,
    /// Of the enclave.
    pub enclave_kib: u32,
}

/// KMS calls for records under one data key.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct KmsCalls {
    /// Records masked.
    pub records: usize,
    /// In so many requests.
    pub requests: usize,
    /// Calls of `Decrypt`.
    pub decrypt_calls: u64,
    /// Calls of anything.
    pub all_calls: u64,
}

/// Start of the enclave in local mode, milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Start {
    /// From the start of the process until it says that it serves.
    pub ready_ms: Spread,
    /// One RSA-2048 key, which the enclave makes meanwhile on a thread of its own.
    pub rsa_2048_ms: Spread,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} processors, load average before the run {:.1}",
            self.processors, self.load_before
        )?;
        writeln!(
            f,
            "\n/v1/process, one masked record of {} bytes, data key cached",
            super::RECORD_BYTES
        )?;
        writeln!(
            f,
            "  at once  requests/s    p50 ms    p99 ms   CPU us/request: parent + enclave"
        )?;
        for level in &self.process {
            writeln!(
                f,
                "  {:>7}  {:>10.0}  {:>8.2}  {:>8.2}   {:>8.0} = {:.0} + {:.0}",
                level.concurrency,
                level.per_second,
                f64::from(level.p50_us) / 1e3,
                f64::from(level.p99_us) / 1e3,
                level.parent_cpu_us + level.enclave_cpu_us,
                level.parent_cpu_us,
                level.enclave_cpu_us,
            )?;
        }
        writeln!(f, "\nCPU us/request at 16, alternating rounds")?;
        writeln!(
            f,
            "     real      echo     plain    crypto   real/(echo+crypto)   real/(plain+crypto)"
        )?;
        for round in &self.ratio.rounds {
            writeln!(
                f,
                "  {:>7.0}  {:>8.0}  {:>8.0}  {:>8.0}   {:>18.2}   {:>19.2}",
                round.real_us,
                round.echo_us,
                round.plain_us,
                round.crypto_us,
                round.to_echo,
                round.to_plain
            )?;
        }
        let spread = |spread: Spread| {
            format!(
                "median {:.2}, from {:.2} to {:.2}",
                spread.median, spread.min, spread.max
            )
        };
        writeln!(
            f,
            "  ratio to echo through the real parent + cryptography: {}",
            spread(self.ratio.to_echo)
        )?;
        writeln!(
            f,
            "  ratio to echo through a plain parent + cryptography:  {}",
            spread(self.ratio.to_plain)
        )?;
        writeln!(
            f,
            "  cryptography, us: HPKE open {:.0}, proof {:.0}, record open {:.0}, reply seal {:.0}",
            self.parts.hpke_open_us,
            self.parts.proof_verify_us,
            self.parts.record_open_us,
            self.parts.reply_seal_us
        )?;
        writeln!(f, "\nresident memory, MiB: parent, enclave")?;
        let mib = |kib: u32| f64::from(kib) / 1024.0;
        writeln!(
            f,
            "  {:>7} requests  {:>6.1}  {:>6.1}",
            "idle",
            mib(self.memory.parent_idle_kib),
            mib(self.memory.enclave_idle_kib)
        )?;
        for step in &self.memory.steps {
            writeln!(
                f,
                "  {:>7} requests  {:>6.1}  {:>6.1}",
                step.requests,
                mib(step.parent_kib),
                mib(step.enclave_kib)
            )?;
        }
        writeln!(
            f,
            "\nKMS: {} Decrypt calls, {} calls in all, for {} records under one data key in {} requests",
            self.kms.decrypt_calls, self.kms.all_calls, self.kms.records, self.kms.requests
        )?;
        writeln!(
            f,
            "\nenclave from start to ready, ms: {}\n  RSA-2048 generation, at the same time, ms: {}",
            spread(self.start.ready_ms),
            spread(self.start.rsa_2048_ms)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_middle_the_least_and_the_greatest() {
        let spread = Spread::of([3.0, 1.0, 2.0, 9.0, 0.5]);
        let found = [spread.median, spread.min, spread.max].map(|value| value.to_string());
        assert_eq!(found, ["2", "0.5", "9"]);
    }
}
