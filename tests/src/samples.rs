//! Sample data for the tour and the tests: customers and support tickets, all invented.
//!
//! The files in `tests/samples/` are made here from one seed, so whoever reads them can see that no
//! person is in them; a test makes them again and compares. Domains, telephone numbers and addresses
//! come from the ranges set aside for examples. Nothing here is a secret and nothing here is real.
//! Next: [`numbers`] for the identifiers, [`ticket`] for the texts.

pub mod numbers;
pub mod ticket;

use numbers::Random;

/// Customers in `customers.csv`.
pub const CUSTOMERS: usize = 1200;
/// Tickets in `tickets.ndjson`.
pub const TICKETS: usize = 200;

const SEED: u64 = 2026;

/// Given names: as written, and as they stand in an e-mail address.
const GIVEN: &[(&str, &str)] = &[
    ("Ada", "ada"),
    ("Amina", "amina"),
    ("Björn", "bjorn"),
    ("Carlos", "carlos"),
    ("Chloë", "chloe"),
    ("Dmitri", "dmitri"),
    ("Elif", "elif"),
    ("Fatou", "fatou"),
    ("Grace", "grace"),
    ("Hiro", "hiro"),
    ("Ingrid", "ingrid"),
    ("José", "jose"),
    ("Kavya", "kavya"),
    ("Leila", "leila"),
    ("Łukasz", "lukasz"),
    ("Mei", "mei"),
    ("Noah", "noah"),
    ("Olga", "olga"),
    ("Priya", "priya"),
    ("Quentin", "quentin"),
    ("Rosa", "rosa"),
    ("Samuel", "samuel"),
    ("Tomás", "tomas"),
    ("Yusuf", "yusuf"),
];

/// Family names: as written, and as they stand in an e-mail address.
const FAMILY: &[(&str, &str)] = &[
    ("Abe", "abe"),
    ("Bauer", "bauer"),
    ("Castillo", "castillo"),
    ("Dubois", "dubois"),
    ("Eriksson", "eriksson"),
    ("Ferreira", "ferreira"),
    ("García", "garcia"),
    ("Haddad", "haddad"),
    ("Ito", "ito"),
    ("Jansen", "jansen"),
    ("Kowalska", "kowalska"),
    ("Larsen", "larsen"),
    ("Müller", "mueller"),
    ("Nguyen", "nguyen"),
    ("O'Neill", "oneill"),
    ("Okafor", "okafor"),
    ("Patel", "patel"),
    ("Rossi", "rossi"),
    ("Smith-Jones", "smith-jones"),
    ("Tanaka", "tanaka"),
    ("Usman", "usman"),
    ("Weiß", "weiss"),
    ("Yılmaz", "yilmaz"),
    ("Zhang", "zhang"),
];

/// One invented customer: a row of `customers.csv`, whose columns are these fields in this order.
#[derive(Clone, Debug)]
pub struct Customer {
    /// `C-000001` and on; names the row, says nothing about the person.
    pub customer_id: String,
    /// Given and family name, not ASCII only.
    pub name: String,
    /// Unique, at a domain of RFC 2606.
    pub email: String,
    /// From the block 555-01xx, in one of three ways of writing.
    pub phone: String,
    /// `AAA-GG-SSSS`.
    pub ssn: String,
    /// Without spaces; the check digits hold.
    pub iban: String,
    /// Without spaces; the check digit holds.
    pub card: String,
    /// `YYYY-MM-DD`, from 1931 to 2012: some are minors.
    pub date_of_birth: String,
    /// IPv4 or IPv6, from the documentation ranges.
    pub ip: String,
}

impl Customer {
    fn invent(random: &mut Random, row: usize) -> Self {
        let &(given, given_ascii) = random.one_of(GIVEN);
        let &(family, family_ascii) = random.one_of(FAMILY);
        let domain = random.one_of(&[
            "example.com",
            "example.org",
            "example.net",
            "mail.example.com",
        ]);
        Self {
            customer_id: format!("C-{row:06}"),
            name: format!("{given} {family}"),
            email: format!("{given_ascii}.{family_ascii}{row}@{domain}"),
            phone: numbers::phone(random),
            ssn: numbers::ssn(random),
            iban: numbers::iban(random),
            card: numbers::card(random),
            date_of_birth: format!(
                "{}-{:02}-{:02}",
                random.between(1931, 2012),
                random.between(1, 12),
                random.between(1, 28)
            ),
            ip: numbers::ip(random),
        }
    }
}

/// All customers, in the order of the file.
pub fn customers() -> Vec<Customer> {
    let mut random = Random::new(SEED);
    (1..=CUSTOMERS)
        .map(|row| Customer::invent(&mut random, row))
        .collect()
}

/// The bytes of `customers.csv`. No field holds a comma, a quote or a line end, so none is quoted.
pub fn customers_csv() -> String {
    let mut csv = String::from("customer_id,name,email,phone,ssn,iban,card,date_of_birth,ip\n");
    for c in customers() {
        let Customer {
            customer_id,
            name,
            email,
            phone,
            ssn,
            iban,
            card,
            date_of_birth,
            ip,
        } = &c;
        let row = [
            customer_id,
            name,
            email,
            phone,
            ssn,
            iban,
            card,
            date_of_birth,
            ip,
        ];
        csv.push_str(&row.map(String::as_str).join(","));
        csv.push('\n');
    }
    csv
}

/// All tickets, in the order of the file; each is about one of the customers.
pub fn tickets() -> Vec<ticket::Ticket> {
    let customers = customers();
    let mut random = Random::new(SEED + 1);
    (1..=TICKETS)
        .map(|number| ticket::Ticket::invent(&mut random, number, &customers))
        .collect()
}

/// The bytes of `tickets.ndjson`: `{"reference","text"}` a line.
pub fn tickets_ndjson() -> String {
    lines(tickets().iter().map(ticket::Ticket::to_json))
}

/// The bytes of `tickets.planted.ndjson`: what a detector should find in each ticket.
pub fn planted_ndjson() -> String {
    lines(tickets().iter().map(ticket::Ticket::planted_json))
}

fn lines(values: impl Iterator<Item = serde_json::Value>) -> String {
    values.fold(String::new(), |lines, value| {
        lines + &value.to_string() + "\n"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_customers_share_an_email_an_iban_or_a_card() {
        let customers = customers();
        let distinct = |field: fn(&Customer) -> &String| {
            customers.iter().map(field).collect::<HashSet<_>>().len()
        };
        assert_eq!(distinct(|c| &c.email), CUSTOMERS);
        assert_eq!(distinct(|c| &c.iban), CUSTOMERS);
        assert_eq!(distinct(|c| &c.card), CUSTOMERS);
    }

    #[test]
    fn no_field_would_need_quotes() {
        for line in customers_csv().lines() {
            assert_eq!(line.split(',').count(), 9, "{line}");
            assert!(!line.contains(['"', '\r']), "{line}");
        }
    }
}
