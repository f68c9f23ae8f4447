#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Mutex;

use vouchsafe_common::Secret;
use vouchsafe_common::message::{ItemResult, Outcome, Refusal};

use super::*;
use crate::http::HttpError;

/// Notes what it is asked and answers each item by its reference; refuses tenants by name.
#[derive(Default)]
struct Fake {
    asked: Mutex<Vec<(String, usize)>>,
}

impl Service for Fake {
    async fn call(&self, call: Call) -> Result<Vec<ItemResult>, CallError> {
        self.asked
            .lock()
            .unwrap()
            .push((call.tenant.clone(), call.items.len()));
        match call.tenant.as_str() {
            "refused" => return Err(CallError::Refused(Refusal::NotPermitted)),
            "away" => return Err(CallError::Http(HttpError::TimedOut)),
            _ => {}
        }
        let result = |item: Item| ItemResult {
            outcome: Outcome::Text(Secret::new(format!("of {}", item.reference))),
            reference: item.reference,
        };
        Ok(call.items.into_iter().map(result).collect())
    }

    async fn ready(&self) -> Result<(), CallError> {
        Ok(())
    }
}

async fn run(service: &Fake, text: String, fields: &[&str]) -> (String, Result<Count, Failure>) {
    run_operation("mask", service, text, fields).await
}

async fn run_operation(
    operation: &str,
    service: &Fake,
    text: String,
    fields: &[&str],
) -> (String, Result<Count, Failure>) {
    let mut printed = Vec::new();
    let settings = Config {
        tenant: Some("acme".into()),
        dataset: Some("d".into()),
        ..Config::default()
    };
    let run = Run {
        operation: operation.into(),
        params: json!({}),
        settings,
        stdout: &mut printed,
        output: Output { json: true },
        is_explained: false,
        count: Count::default(),
    };
    let input: Box<dyn std::io::Read + Send> = Box::new(std::io::Cursor::new(text));
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let ended = run.all(service, BufReader::new(input), &fields).await;
    (String::from_utf8(printed).unwrap(), ended)
}

fn row(id: u32, tenant: &str) -> String {
    format!(
        "{{\"record_id\":\"{id}\",\"tenant\":\"{tenant}\",\"dataset\":\"d\",\"sealed\":{{\"a\":\"AQI\"}}}}\n"
    )
}

#[tokio::test]
async fn results_and_failed_items_come_out_in_the_order_of_the_input() {
    let text = concat!(
        "{\"reference\":\"x\",\"text\":\"t\"}\n",
        "\n",
        "{\"reference\":\"y\"}\n",
        "{\"reference\":\"z\",\"text\":\"t\"}\n",
    );
    let (printed, ended) = run(&Fake::default(), text.to_owned(), &[]).await;
    assert_eq!(
        printed,
        concat!(
            "{\"reference\":\"x\",\"result\":\"of x\"}\n",
            "{\"reference\":\"y\",\"error\":{\"code\":\"item_shape\"}}\n",
            "{\"reference\":\"z\",\"result\":\"of z\"}\n",
        )
    );
    let count = ended.unwrap();
    assert_eq!((count.items, count.errors, count.requests), (3, 1, 1));
}

#[tokio::test]
async fn a_batch_ends_at_its_number_of_items_and_where_the_scope_changes() {
    let service = Fake::default();
    let mut text: String = (0..10_001).map(|id| row(id, "one")).collect();
    text.push_str(&row(1, "two"));
    let (printed, ended) = run(&service, text, &[]).await;
    assert_eq!(ended.unwrap().requests, 3);
    assert_eq!(printed.lines().count(), 10_002);
    let asked = service.asked.lock().unwrap();
    assert_eq!(
        *asked,
        [("one".into(), 10_000), ("one".into(), 1), ("two".into(), 1)]
    );
}

#[tokio::test]
async fn a_batch_ends_before_it_is_too_long() {
    let service = Fake::default();
    let long = "t".repeat(3 * 1024 * 1024);
    let text = format!("{{\"reference\":\"r\",\"text\":\"{long}\"}}\n").repeat(5);
    run(&service, text, &[]).await.1.unwrap();
    let asked: Vec<usize> = service
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|call| call.1)
        .collect();
    assert_eq!(asked, [2, 2, 1]);
}

#[tokio::test]
async fn a_request_refused_as_a_whole_gives_each_item_the_code_and_goes_on() {
    let text = row(1, "refused") + &row(2, "acme");
    let (printed, ended) = run(&Fake::default(), text, &[]).await;
    assert_eq!(
        printed,
        concat!(
            "{\"reference\":\"1/a\",\"error\":{\"code\":\"not_permitted\"}}\n",
            "{\"reference\":\"2/a\",\"result\":\"of 2/a\"}\n",
        )
    );
    assert_eq!(ended.unwrap().errors, 1);
}

#[tokio::test]
async fn a_service_that_is_away_stops_the_run() {
    let service = Fake::default();
    let text = row(1, "away") + &row(2, "acme");
    let (printed, ended) = run(&service, text, &[]).await;
    assert_eq!(
        printed,
        "{\"reference\":\"1/a\",\"error\":{\"code\":\"timed_out\"}}\n"
    );
    assert_eq!(ended.err().unwrap().exit(), Exit::Unavailable);
    assert_eq!(service.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_line_that_is_no_item_stops_the_run_after_what_came_before_it() {
    let text = row(1, "acme") + "SECRET\n";
    let (printed, ended) = run(&Fake::default(), text, &[]).await;
    assert_eq!(printed.lines().count(), 1);
    let failure = ended.err().unwrap();
    assert!(matches!(failure, Failure::Item { row: 2, .. }));
    assert!(!format!("{failure} {failure:?}").contains("SECRET"));
}

#[tokio::test]
async fn a_field_that_no_row_has_is_named() {
    let (printed, ended) = run(&Fake::default(), row(1, "acme"), &["a", "b"]).await;
    assert_eq!(printed.lines().count(), 1);
    let failure = ended.err().unwrap();
    assert!(failure.to_string().contains("\"b\""), "{failure}");
    assert_eq!(failure.exit(), Exit::Usage);
}

#[tokio::test]
async fn an_empty_input_asks_nothing() {
    let (printed, ended) = run(&Fake::default(), String::new(), &[]).await;
    assert_eq!((printed.as_str(), ended.unwrap().requests), ("", 0));
}

#[tokio::test]
async fn labels_that_would_begin_anew_are_refused_before_anything_is_sent() {
    let items = |count: usize| -> String {
        let line = |id| format!("{{\"reference\":\"{id}\",\"text\":\"t\"}}\n");
        (0..count).map(line).collect::<Vec<_>>().concat()
    };
    let service = Fake::default();
    let text = items(MAX_ITEMS + 1);
    let (printed, ended) = run_operation("placeholder", &service, text, &[]).await;
    assert_eq!(printed, "");
    let beyond = MAX_ITEMS as u64 + 1;
    assert!(matches!(ended, Err(Failure::Labels { row }) if row == beyond));
    assert!(service.asked.lock().unwrap().is_empty());
    let text = row(1, "acme") + &row(2, "other");
    let (_, ended) = run_operation("placeholder", &service, text, &[]).await;
    assert!(matches!(ended, Err(Failure::Labels { row: 2 })));
    let text = items(MAX_ITEMS);
    let (_, ended) = run_operation("placeholder", &service, text, &[]).await;
    assert_eq!(ended.unwrap().requests, 1);
}
