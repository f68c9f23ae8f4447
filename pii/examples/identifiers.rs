//! Prints docs/IDENTIFIERS.md: `cargo run -p vouchsafe-pii --example identifiers`.

#![allow(clippy::print_stdout, reason = "the page is the output")]

fn main() {
    print!("{}", vouchsafe_pii::identifier::page());
}
