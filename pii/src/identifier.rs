//! Identifiers: what they are called, how they are written, which rule they obey, what announces
//! them. One table a country; detection and validation read nothing else.
//!
//! An [`Identifier`] lists its written [`Form`]s in the small language of [`Shape`]; its [`Check`]
//! takes the letters and digits alone, in capitals. Everything here is constant data and pure
//! functions, so a new identifier is an entry in a table and a line of test cases. Next:
//! `identifier/shape.rs`, then the tables.

mod albania;
mod andorra;
mod armenia;
mod austria;
mod azerbaijan;
mod belarus;
mod belgium;
mod birth_number;
mod bosnia;
mod bulgaria;
mod compact;
mod croatia;
mod cyprus;
mod czechia;
mod denmark;
mod estonia;
mod faroe_islands;
mod finland;
mod france;
mod georgia;
mod germany;
mod greece;
mod hungary;
mod iceland;
mod ireland;
mod italy;
mod jmbg;
mod kosovo;
mod latvia;
mod liechtenstein;
mod lithuania;
mod luxembourg;
mod malta;
mod moldova;
mod montenegro;
mod netherlands;
mod north_macedonia;
mod norway;
mod poland;
mod portugal;
mod romania;
mod russia;
mod san_marino;
mod serbia;
mod shape;
mod slovakia;
mod slovenia;
mod spain;
mod sweden;
mod switzerland;
mod turkey;
mod ukraine;
mod united_kingdom;

use std::sync::LazyLock;

pub(crate) use compact::Compact;
pub(crate) use shape::Shape;

use crate::check::Fault;

/// What kind of thing an identifier is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Given to a person by a state.
    National,
    /// A number of a tax office, VAT included.
    Tax,
    /// Of a health service or insurer.
    Health,
    /// Of a bank, account, or card.
    Bank,
    /// A passport or identity document.
    Document,
    /// A licence to drive or to practise.
    Licence,
    /// The plate or number of a vehicle.
    Vehicle,
    /// Of an enterprise.
    Company,
    /// A place: a postal code or an address.
    Place,
    /// A way to reach somebody: telephone, e-mail.
    Contact,
    /// Of a device or a resource of a network.
    Network,
    /// An address of a crypto-currency.
    Crypto,
    /// A key or token that opens something.
    Secret,
    /// A date or time.
    Date,
    /// The name of a person or an organisation.
    Name,
}

/// The rule of an identifier over its letters (in capitals) and digits, without separators.
pub type Check = fn(&[u8]) -> Result<(), Fault>;

/// One type of personal data.
#[derive(Clone, Copy, Debug)]
pub struct Identifier {
    /// The published name, such as `US_SSN`: part of the protocol, never changed.
    pub entity: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// The country that issues it (ISO 3166-1 alpha-2); empty when there is none.
    pub country: &'static str,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Where its form and rule are published.
    pub source: &'static str,
    /// Words that announce it, in lower case, in English and the languages of its country. A word
    /// that ends in `*` stands for all that begin with it; one in a script without spaces is found
    /// anywhere before the value.
    pub context: &'static [&'static str],
    /// Its checksum or structure beyond the form, when it has one.
    pub check: Option<Check>,
    /// How it is written. Empty for what a scanner of its own finds.
    pub forms: &'static [Form],
}

/// One way to write an identifier.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The stable name in reasons, such as `ssn-dashed`.
    pub name: &'static str,
    /// In the language of [`Shape`].
    pub shape: &'static str,
    /// How sure a match is without a word that announces it, in percent, the check passed. A word
    /// adds 35.
    pub percent: u8,
    /// Whether a letter may stand directly before it, as in `code is030594W903B`.
    pub glued: bool,
}

/// A form that stands by itself.
pub(crate) const fn form(name: &'static str, shape: &'static str, percent: u8) -> Form {
    Form {
        name,
        shape,
        percent,
        glued: false,
    }
}

/// Every identifier, in the order of its table.
pub static ALL: LazyLock<Vec<&'static Identifier>> = LazyLock::new(|| {
    [
        albania::TABLE,
        andorra::TABLE,
        armenia::TABLE,
        austria::TABLE,
        azerbaijan::TABLE,
        belarus::TABLE,
        belgium::TABLE,
        bosnia::TABLE,
        bulgaria::TABLE,
        croatia::TABLE,
        cyprus::TABLE,
        czechia::TABLE,
        denmark::TABLE,
        estonia::TABLE,
        faroe_islands::TABLE,
        finland::TABLE,
        france::TABLE,
        georgia::TABLE,
        germany::TABLE,
        greece::TABLE,
        hungary::TABLE,
        iceland::TABLE,
        ireland::TABLE,
        italy::TABLE,
        kosovo::TABLE,
        latvia::TABLE,
        liechtenstein::TABLE,
        lithuania::TABLE,
        luxembourg::TABLE,
        malta::TABLE,
        moldova::TABLE,
        montenegro::TABLE,
        netherlands::TABLE,
        north_macedonia::TABLE,
        norway::TABLE,
        poland::TABLE,
        portugal::TABLE,
        romania::TABLE,
        russia::TABLE,
        san_marino::TABLE,
        serbia::TABLE,
        slovakia::TABLE,
        slovenia::TABLE,
        spain::TABLE,
        sweden::TABLE,
        switzerland::TABLE,
        turkey::TABLE,
        ukraine::TABLE,
        united_kingdom::TABLE,
    ]
    .into_iter()
    .flatten()
    .collect()
});

impl Form {
    /// The same form, found also directly after a letter.
    pub(crate) const fn glued(mut self) -> Self {
        self.glued = true;
        self
    }
}

impl Identifier {
    /// Whether `value`, as somebody wrote it, is a well-formed identifier of this type.
    ///
    /// # Errors
    ///
    /// [`Fault::Length`] when no form has so many letters and digits, [`Fault::Structure`] when
    /// none looks like it, or what the check says.
    pub fn validate(&self, value: &str) -> Result<(), Fault> {
        let compact = Compact::read(value).ok_or(Fault::Alphabet)?;
        let shapes: Vec<Shape> = self
            .forms
            .iter()
            .flat_map(|form| Shape::parse(form.shape).unwrap_or_default())
            .collect();
        if !shapes.iter().any(|shape| shape.len() == compact.len()) {
            return Err(Fault::Length);
        }
        if !shapes.iter().any(|shape| shape.matches(&compact)) {
            return Err(Fault::Structure);
        }
        self.check.map_or(Ok(()), |check| check(compact.letters()))
    }
}
