//! Counts and times, written in the Prometheus text format.
//!
//! Labels are routes and codes from fixed lists, never anything that a caller or an enclave sent,
//! so the number of series is known at compile time and no value can leak. Counting is one relaxed
//! atomic addition. Next: [`crate::problem::Code`] for the codes.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::problem::Code;
use crate::supervisor::policy::{Notice, Standing};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn one(&self) {
        self.add(1);
    }

    /// Adds `amount`.
    pub fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// The count so far.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The routes that are counted apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// `/v1/process`.
    Process,
    /// `/v1/evidence`.
    Evidence,
    /// Health, readiness, metrics, description, and paths that are none.
    Rest,
}

impl Route {
    const ALL: [Self; 3] = [Self::Process, Self::Evidence, Self::Rest];

    /// The route of a path.
    pub fn of(path: &str) -> Self {
        match path {
            "/v1/process" => Self::Process,
            "/v1/evidence" => Self::Evidence,
            _ => Self::Rest,
        }
    }

    /// Its label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Evidence => "evidence",
            Self::Rest => "rest",
        }
    }
}

/// Upper bounds of the duration buckets, microseconds.
const BUCKETS_US: [u64; 14] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000,
];

#[derive(Debug, Default)]
struct Histogram {
    buckets: [Counter; BUCKETS_US.len()],
    count: Counter,
    sum_us: Counter,
}

impl Histogram {
    fn record(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = self
            .buckets
            .get(BUCKETS_US.partition_point(|bound| *bound < us))
        {
            bucket.one();
        }
        self.count.one();
        self.sum_us.add(us);
    }
}

#[derive(Debug, Default)]
struct RouteMetrics {
    good: Counter,
    problems: [Counter; Code::ALL.len()],
    seconds: Histogram,
    bytes_in: Counter,
    bytes_out: Counter,
}

/// All that the parent counts.
#[derive(Debug, Default)]
pub struct Metrics {
    routes: [RouteMetrics; Route::ALL.len()],
    /// Callers' connections accepted.
    pub connections: Counter,
    /// Callers' connections refused because there were too many.
    pub connections_refused: Counter,
    /// Streams opened to enclaves.
    pub streams_opened: Counter,
    /// Streams to enclaves dropped in the middle of an exchange: broken, late or out of protocol.
    pub streams_dropped: Counter,
    /// Exchanges done again on a new stream because the old one was found closed.
    pub streams_retried: Counter,
    /// Tunnels opened for enclaves.
    pub egress_tunnels: Counter,
    /// Credentials handed to enclaves.
    pub egress_credentials: Counter,
    /// Boot material handed to enclaves.
    pub egress_boots: Counter,
    /// Enclaves' queries refused, whatever the reason.
    pub egress_refused: Counter,
    /// Bytes carried from enclaves to the allow-listed hosts.
    pub egress_bytes_out: Counter,
    /// Bytes carried back.
    pub egress_bytes_in: Counter,
    /// What the supervisor does.
    pub supervisor: SupervisorMetrics,
}

/// Counts and state of the supervisor.
#[derive(Debug, Default)]
pub struct SupervisorMetrics {
    /// Enclaves started, for whatever reason.
    pub starts: Counter,
    failures: Counter,
    upgrades: Counter,
    rollbacks: Counter,
    standing: Mutex<Option<Standing>>,
}

impl SupervisorMetrics {
    /// Counts what is reported.
    pub fn count(&self, notice: Notice) {
        match notice {
            Notice::Restarting { .. } => self.failures.one(),
            Notice::UpgradeDone => self.upgrades.one(),
            Notice::RolledBack => self.rollbacks.one(),
            Notice::GaveUp | Notice::UpgradeBegan => {}
        }
    }

    /// Notes how it stands. Until the first time there is no supervisor.
    pub fn stands(&self, standing: Standing) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = Some(standing);
    }

    fn render(&self, page: &mut Page) {
        let standing = *self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(now) = standing else { return };
        for (name, help, counter) in [
            ("enclave_starts_total", "Enclaves started.", &self.starts),
            (
                "enclave_failures_total",
                "Times that the current enclave failed and was started again.",
                &self.failures,
            ),
            (
                "upgrades_total",
                "Times that another enclave took over.",
                &self.upgrades,
            ),
            (
                "upgrades_rolled_back_total",
                "Upgrades that failed, the old enclave going on.",
                &self.rollbacks,
            ),
        ] {
            page.single(name, "counter", help, counter.value());
        }
        let name = "vouchsafe_supervisor_state";
        page.family(name, "gauge", "1 for the state that the supervisor is in.");
        for standing in Standing::ALL {
            let is = u64::from(standing == now);
            page.line(name, &[("state", standing.name())], is);
        }
    }
}

/// What is true now, beside what was counted.
#[derive(Debug)]
pub struct Gauges {
    /// Requests that an enclave works on or that wait for their body.
    pub requests_under_way: u64,
    /// Bytes held of the budget.
    pub budget_used_bytes: u64,
    /// Bytes of the budget.
    pub budget_bytes: u64,
    /// For each enclave, in the order in which they were added, whether it serves.
    pub enclaves_up: Vec<bool>,
}

impl Metrics {
    /// Counts one request: a problem's code, or none for a result.
    pub fn request(&self, route: Route, code: Option<Code>, took: Duration) {
        let metrics = &self.routes[route as usize];
        match code {
            None => metrics.good.one(),
            Some(code) => metrics.problems[code.index()].one(),
        }
        metrics.seconds.record(took);
    }

    /// Counts the bytes of one request and its reply.
    pub fn bytes(&self, route: Route, received: u64, sent: u64) {
        let metrics = &self.routes[route as usize];
        metrics.bytes_in.add(received);
        metrics.bytes_out.add(sent);
    }

    /// The text that Prometheus reads (exposition format 0.0.4).
    pub fn render(&self, gauges: &Gauges) -> String {
        let mut page = Page::default();
        self.render_routes(&mut page);
        for (name, help, counter) in self.plain_counters() {
            page.single(name, "counter", help, counter.value());
        }
        page.single(
            "requests_under_way",
            "gauge",
            "Requests under way.",
            gauges.requests_under_way,
        );
        page.single(
            "budget_used_bytes",
            "gauge",
            "Bytes requests hold.",
            gauges.budget_used_bytes,
        );
        page.single(
            "budget_bytes",
            "gauge",
            "Bytes requests may hold.",
            gauges.budget_bytes,
        );
        self.supervisor.render(&mut page);
        let name = "vouchsafe_enclave_up";
        page.family(
            name,
            "gauge",
            "Whether an enclave serves, by its place in the configuration or the order of starts.",
        );
        for (place, up) in gauges.enclaves_up.iter().enumerate() {
            page.line(name, &[("enclave", &place.to_string())], u64::from(*up));
        }
        page.0
    }

    fn render_routes(&self, page: &mut Page) {
        let name = "vouchsafe_requests_total";
        page.family(name, "counter", "Requests by route and code.");
        for (route, metrics) in self.by_route() {
            page.line(
                name,
                &[("route", route), ("code", "ok")],
                metrics.good.value(),
            );
            for (code, count) in Code::ALL.iter().zip(&metrics.problems) {
                // Series that never happened would be dozens of zeros.
                if count.value() > 0 {
                    page.line(
                        name,
                        &[("route", route), ("code", code.name())],
                        count.value(),
                    );
                }
            }
        }
        let name = "vouchsafe_received_bytes_total";
        page.family(name, "counter", "Bytes of bodies received.");
        for (route, metrics) in self.by_route() {
            page.line(name, &[("route", route)], metrics.bytes_in.value());
        }
        let name = "vouchsafe_sent_bytes_total";
        page.family(name, "counter", "Bytes of bodies sent.");
        for (route, metrics) in self.by_route() {
            page.line(name, &[("route", route)], metrics.bytes_out.value());
        }
        let name = "vouchsafe_request_seconds";
        page.family(name, "histogram", "From a request's head to its answer.");
        for (route, metrics) in self.by_route() {
            page.histogram(name, route, &metrics.seconds);
        }
    }

    const fn plain_counters(&self) -> [(&'static str, &'static str, &Counter); 11] {
        [
            (
                "connections_total",
                "Callers' connections accepted.",
                &self.connections,
            ),
            (
                "connections_refused_total",
                "Connections over the bound.",
                &self.connections_refused,
            ),
            (
                "streams_opened_total",
                "Streams opened to enclaves.",
                &self.streams_opened,
            ),
            (
                "streams_dropped_total",
                "Streams dropped in mid-exchange.",
                &self.streams_dropped,
            ),
            (
                "streams_retried_total",
                "Exchanges moved to a new stream.",
                &self.streams_retried,
            ),
            (
                "egress_tunnels_total",
                "Tunnels opened for enclaves.",
                &self.egress_tunnels,
            ),
            (
                "egress_credentials_total",
                "Credentials handed over.",
                &self.egress_credentials,
            ),
            (
                "egress_boots_total",
                "Boot material handed over.",
                &self.egress_boots,
            ),
            (
                "egress_refused_total",
                "Queries of enclaves refused.",
                &self.egress_refused,
            ),
            (
                "egress_sent_bytes_total",
                "Bytes from enclaves to hosts.",
                &self.egress_bytes_out,
            ),
            (
                "egress_received_bytes_total",
                "Bytes from hosts.",
                &self.egress_bytes_in,
            ),
        ]
    }

    fn by_route(&self) -> impl Iterator<Item = (&'static str, &RouteMetrics)> {
        Route::ALL
            .iter()
            .map(|route| route.name())
            .zip(&self.routes)
    }
}

/// The text under construction. Writing to a `String` cannot fail, so results are dropped.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        let name = format!("vouchsafe_{name}");
        self.family(&name, kind, help);
        self.line(&name, &[], value);
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.0.push_str(name);
        for (place, (key, text)) in labels.iter().enumerate() {
            let _ = write!(
                self.0,
                "{}{key}=\"{text}\"",
                if place == 0 { '{' } else { ',' }
            );
        }
        let _ = writeln!(
            self.0,
            "{} {value}",
            if labels.is_empty() { "" } else { "}" }
        );
    }

    fn histogram(&mut self, name: &str, route: &str, histogram: &Histogram) {
        let bucket = format!("{name}_bucket");
        let mut below = 0;
        for (bound_us, count) in BUCKETS_US.iter().zip(&histogram.buckets) {
            below += count.value();
            self.line(
                &bucket,
                &[("route", route), ("le", &seconds(*bound_us))],
                below,
            );
        }
        let count = histogram.count.value();
        self.line(&bucket, &[("route", route), ("le", "+Inf")], count);
        let sum = seconds(histogram.sum_us.value());
        let _ = writeln!(self.0, "{name}_sum{{route=\"{route}\"}} {sum}");
        self.line(&format!("{name}_count"), &[("route", route)], count);
    }
}

fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_counts_times_and_gauges() {
        let metrics = Metrics::default();
        metrics.request(Route::Process, None, Duration::from_micros(700));
        metrics.request(Route::Process, Some(Code::Busy), Duration::from_mins(1));
        metrics.bytes(Route::Process, 10, 20);
        metrics.egress_tunnels.one();
        let page = metrics.render(&Gauges {
            requests_under_way: 3,
            budget_used_bytes: 5,
            budget_bytes: 7,
            enclaves_up: vec![true, false],
        });
        for line in [
            "vouchsafe_requests_total{route=\"process\",code=\"ok\"} 1",
            "vouchsafe_requests_total{route=\"process\",code=\"busy\"} 1",
            "vouchsafe_request_seconds_bucket{route=\"process\",le=\"0.000500\"} 0",
            "vouchsafe_request_seconds_bucket{route=\"process\",le=\"0.001000\"} 1",
            "vouchsafe_request_seconds_bucket{route=\"process\",le=\"+Inf\"} 2",
            "vouchsafe_request_seconds_sum{route=\"process\"} 60.000700",
            "vouchsafe_request_seconds_count{route=\"process\"} 2",
            "vouchsafe_received_bytes_total{route=\"process\"} 10",
            "vouchsafe_sent_bytes_total{route=\"process\"} 20",
            "vouchsafe_egress_tunnels_total 1",
            "vouchsafe_requests_under_way 3",
            "vouchsafe_enclave_up{enclave=\"0\"} 1",
            "vouchsafe_enclave_up{enclave=\"1\"} 0",
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
    }

    #[test]
    fn the_supervisors_state_is_shown_once_there_is_one() {
        let gauges = Gauges {
            requests_under_way: 0,
            budget_used_bytes: 0,
            budget_bytes: 0,
            enclaves_up: vec![],
        };
        let metrics = Metrics::default();
        assert!(!metrics.render(&gauges).contains("supervisor"));
        metrics.supervisor.stands(Standing::Upgrading);
        metrics.supervisor.starts.one();
        metrics.supervisor.count(Notice::UpgradeDone);
        let page = metrics.render(&gauges);
        for line in [
            "vouchsafe_supervisor_state{state=\"starting\"} 0",
            "vouchsafe_supervisor_state{state=\"serving\"} 0",
            "vouchsafe_supervisor_state{state=\"upgrading\"} 1",
            "vouchsafe_supervisor_state{state=\"failing\"} 0",
            "vouchsafe_enclave_starts_total 1",
            "vouchsafe_enclave_failures_total 0",
            "vouchsafe_upgrades_total 1",
            "vouchsafe_upgrades_rolled_back_total 0",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}:\n{page}");
        }
    }

    #[test]
    fn every_family_is_announced_once_before_its_lines() {
        let gauges = Gauges {
            requests_under_way: 0,
            budget_used_bytes: 0,
            budget_bytes: 0,
            enclaves_up: vec![],
        };
        let metrics = Metrics::default();
        metrics.supervisor.stands(Standing::Serving);
        let page = metrics.render(&gauges);
        let names: Vec<_> = page
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .collect();
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(names.len(), unique.len());
    }
}
