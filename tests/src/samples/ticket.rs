//! Support tickets: free text in which known identifiers are planted.
//!
//! A ticket remembers where it planted what, so a test can ask whether a detector found all of it
//! and whether any of it is left after redaction. Some texts also hold numbers that only look like
//! an identifier; those are not planted and should stay. Next: [`super::numbers`].

use super::Customer;
use super::numbers::Random;
use serde_json::{Value, json};

/// An identifier that stands in a ticket's text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Planted {
    /// The entity's name, as Presidio names it.
    pub entity: &'static str,
    /// First byte in the text (UTF-8).
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

/// One ticket.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// `T-0001` and on.
    pub reference: String,
    /// What the customer wrote.
    pub text: String,
    /// What stands in `text`, in the order of the text.
    pub planted: Vec<Planted>,
}

/// Texts with their slots. `{order}` is a number that no card can have.
const TEXTS: &[&str] = &[
    "Hello, I cannot sign in any more. My address is {email} and the page says that I am blocked. \
     Please call me on {phone}.",
    "The card {card} was charged twice for order {order}. Kindly refund one of the payments to \
     {iban}.",
    "Our firewall saw log-ins from {ip} that were not mine. Please lock the account of {email}.",
    "I moved last month; new telephone: {phone}. The rest stays as it is, order {order} included.",
    "For the tax form you asked for my social security number: {ssn}. Send the receipt to {email}.",
    "Bonjour, mon prélèvement sur {iban} a échoué — pouvez-vous réessayer? Écrivez à {email}.",
    "Agent note: caller verified by SSN {ssn}, calls from {phone}, last seen at {ip}.",
    "Paid with {card}, spaced as on the plastic: {card_spaced}. Both were refused, why?",
    "😀 thanks, solved! For the record: {email}, {phone}.",
    "Webhook failures since 03:14 UTC from {ip}; order {order} is stuck. Reach me at {email}.",
];

impl Ticket {
    pub(super) fn invent(random: &mut Random, number: usize, customers: &[Customer]) -> Self {
        let customer = random.one_of(customers);
        let mut ticket = Self {
            reference: format!("T-{number:04}"),
            text: String::new(),
            planted: Vec::new(),
        };
        let mut rest = *random.one_of(TEXTS);
        while let Some((before, (slot, after))) = rest
            .split_once('{')
            .and_then(|(b, tail)| Some((b, tail.split_once('}')?)))
        {
            ticket.text.push_str(before);
            ticket.fill(slot, customer, random);
            rest = after;
        }
        ticket.text.push_str(rest);
        ticket
    }

    fn fill(&mut self, slot: &str, customer: &Customer, random: &mut Random) {
        let (entity, value) = match slot {
            "email" => ("EMAIL_ADDRESS", customer.email.clone()),
            "phone" => ("PHONE_NUMBER", customer.phone.clone()),
            "ssn" => ("US_SSN", customer.ssn.clone()),
            "iban" => ("IBAN_CODE", customer.iban.clone()),
            "card" => ("CREDIT_CARD", customer.card.clone()),
            "card_spaced" => ("CREDIT_CARD", spaced(&customer.card)),
            "ip" => ("IP_ADDRESS", customer.ip.clone()),
            "order" => return self.text.push_str(&order_number(random)),
            _ => unreachable!("TEXTS names no other slot"),
        };
        let start = self.text.len();
        self.text.push_str(&value);
        self.planted.push(Planted {
            entity,
            start,
            end: self.text.len(),
        });
    }

    /// A line of `tickets.ndjson`.
    pub fn to_json(&self) -> Value {
        json!({ "reference": self.reference, "text": self.text })
    }

    /// A line of `tickets.planted.ndjson`: entity, value and span in bytes of each identifier.
    ///
    /// Members stand in alphabetical order, so that the bytes are the same whether or not another
    /// crate of the build switches on `serde_json/preserve_order`.
    pub fn planted_json(&self) -> Value {
        let planted: Vec<Value> = self
            .planted
            .iter()
            .map(|p| {
                let value = &self.text[p.start..p.end];
                json!({ "end": p.end, "entity": p.entity, "start": p.start, "value": value })
            })
            .collect();
        json!({ "planted": planted, "reference": self.reference })
    }
}

/// Groups of four, as cards are embossed; fifteen digits are grouped 4-6-5.
fn spaced(card: &str) -> String {
    let cuts: &[usize] = if card.len() == 15 {
        &[4, 10]
    } else {
        &[4, 8, 12]
    };
    let mut spaced = String::with_capacity(card.len() + cuts.len());
    for (place, digit) in card.chars().enumerate() {
        if cuts.contains(&place) {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}

/// Thirteen digits that begin with 9, as no card number does, so that a detector has no excuse.
fn order_number(random: &mut Random) -> String {
    format!("9{}", random.digits(12))
}
