fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    s.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
use vouchsafe_pii::{DetectOptions, Engine};
fn main() {
    let t = cpu();
    let engine = Engine::new();
    println!("engine {:?}", cpu() - t);
    let mixed = "On Tuesday the customer, reachable at jo.smith@example.com or (415) 555-0132, asked about invoice 2024-118 and the delivery to 12 Long Street. Her card 4111 1111 1111 1111 was declined twice, so she paid from DE89 3704 0044 0532 0130 00 instead. The ticket was closed by agent 7 after 35 minutes; nothing else was said about the matter, and no further steps are planned until next week's meeting with the team. ";
    for (name, shape) in [
        ("mixed", mixed),
        (
            "prose",
            "The quick brown fox jumps over the lazy dog and then sleeps for a while under the tree. ",
        ),
        ("soup4", "4111 1111 2345 9821 "),
        ("soup10", "4155550132 0123456789 "),
        ("soup2", "11 "),
        ("soup-", "12-34-56-78-90 "),
        ("dots", "1.1.1.1 "),
        ("a1", "a1 b2 c3 "),
        ("mixed ids", "AB12CD34 X1Y2Z3 "),
        ("emails", "a@b.co "),
        ("phones", "0123-456 x "),
        ("colon", "::1 "),
        ("utf", "é٣４ ž "),
        (
            "long",
            "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 ",
        ),
        ("ssn", "ssn 078051120 tax id 123456789 passport "),
        ("pct", "%34%31 "),
        ("+", "+44 20 7946 0123 "),
    ] {
        let text = shape.repeat((4 << 20) / shape.len());
        let only = std::env::args().nth(1);
        if only.is_some_and(|o| o != name) {
            continue;
        }
        let options = DetectOptions::default();
        let t = cpu();
        let found = engine.detect(&text, &options).map(|f| f.len());
        let s = cpu() - t;
        println!(
            "{name:10} {:8.1} MB/s {found:?}",
            text.len() as f64 / 1e6 / s
        );
    }
}
