//! Writes the sample data again: `cargo run -p vouchsafe-tests --bin samples`.
//!
//! The files are committed, and a test compares them with what this writes; run it after changing
//! `tests/src/samples.rs`. It writes into `tests/samples` of the source tree and nowhere else.

use std::path::Path;
use vouchsafe_tests::samples;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    std::fs::write(folder.join("customers.csv"), samples::customers_csv())?;
    std::fs::write(folder.join("tickets.ndjson"), samples::tickets_ndjson())?;
    std::fs::write(
        folder.join("tickets.planted.ndjson"),
        samples::planted_ndjson(),
    )
}
