//! The committed sample data is what the generator makes, so nothing real can slip into it.

use vouchsafe_tests::samples;

#[test]
fn the_committed_samples_are_what_the_generator_makes() {
    assert!(
        samples::customers_csv() == include_str!("../samples/customers.csv"),
        "customers.csv"
    );
    assert!(
        samples::tickets_ndjson() == include_str!("../samples/tickets.ndjson"),
        "tickets.ndjson"
    );
    assert!(
        samples::planted_ndjson() == include_str!("../samples/tickets.planted.ndjson"),
        "tickets.planted.ndjson"
    );
}

#[test]
fn every_ticket_holds_something_to_find() {
    for ticket in samples::tickets() {
        assert!(!ticket.planted.is_empty(), "{}", ticket.reference);
    }
}
