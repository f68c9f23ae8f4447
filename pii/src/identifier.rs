//! Identifiers: what they are called, how they are written, which rule they obey, what announces
//! them. One table a country; detection and validation read nothing else.
//!
//! An [`Identifier`] lists its written [`Form`]s in the small language of [`Shape`]; its [`Check`]
//! takes the letters and digits alone, in capitals. Everything here is constant data and pure
//! functions, so a new identifier is an entry in a table and a line of test cases. Next:
//! `identifier/shape.rs`, then the tables.

mod albania;
mod algeria;
mod andorra;
mod angola;
mod argentina;
mod armenia;
mod australia;
mod austria;
mod azerbaijan;
mod bahrain;
mod bangladesh;
mod belarus;
mod belgium;
mod birth_number;
mod bolivia;
mod bosnia;
mod botswana;
mod brazil;
mod bulgaria;
mod canada;
mod chile;
mod china;
mod colombia;
mod compact;
mod costa_rica;
mod croatia;
mod cuba;
mod cyprus;
mod czechia;
mod dates;
mod denmark;
mod dominican_republic;
mod ecuador;
mod egypt;
mod el_salvador;
mod estonia;
mod faroe_islands;
mod finland;
mod france;
mod georgia;
mod germany;
mod ghana;
mod greece;
mod guatemala;
mod guinea;
mod honduras;
mod hong_kong;
mod hungary;
mod iceland;
mod india;
mod indonesia;
mod iran;
mod ireland;
mod israel;
mod italy;
mod japan;
mod jmbg;
mod jordan;
mod kazakhstan;
mod kenya;
mod kosovo;
mod kuwait;
mod kyrgyzstan;
mod latvia;
mod liechtenstein;
mod lithuania;
mod luxembourg;
mod macau;
mod malaysia;
mod malta;
mod mauritius;
mod mexico;
mod moldova;
mod montenegro;
mod morocco;
mod mozambique;
mod namibia;
mod netherlands;
mod new_zealand;
mod nicaragua;
mod nigeria;
mod north_macedonia;
mod norway;
mod oman;
mod page;
mod pakistan;
mod panama;
mod paraguay;
mod peru;
mod philippines;
mod poland;
mod portugal;
mod qatar;
mod romania;
mod russia;
mod rwanda;
mod san_marino;
mod saudi_arabia;
mod senegal;
mod serbia;
mod shape;
mod singapore;
mod slovakia;
mod slovenia;
mod south_africa;
mod south_korea;
mod spain;
mod special;
mod sri_lanka;
mod sweden;
mod switzerland;
mod taiwan;
mod tanzania;
mod thailand;
mod tunisia;
mod turkey;
mod uganda;
mod ukraine;
mod united_arab_emirates;
mod united_kingdom;
mod united_states;
mod uruguay;
mod uzbekistan;
mod venezuela;
mod vietnam;
mod worldwide;
mod zambia;
mod zimbabwe;

use std::sync::LazyLock;

pub use page::page;

pub(crate) use compact::{Compact, MAX as MAX_CHARACTERS, gap};
pub(crate) use shape::{MAX_WORDS, Shape, ShapeError, WordClass};

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
    /// The rule of what is written so, where it is not the identifier's.
    pub check: Option<Check>,
}

/// A form that stands by itself.
pub(crate) const fn form(name: &'static str, shape: &'static str, percent: u8) -> Form {
    Form {
        name,
        shape,
        percent,
        glued: false,
        check: None,
    }
}

/// Every identifier, in the order of its table.
pub static ALL: LazyLock<Vec<&'static Identifier>> = LazyLock::new(|| {
    [
        special::TABLE,
        dates::TABLE,
        albania::TABLE,
        algeria::TABLE,
        andorra::TABLE,
        angola::TABLE,
        argentina::TABLE,
        armenia::TABLE,
        australia::TABLE,
        austria::TABLE,
        azerbaijan::TABLE,
        bahrain::TABLE,
        bangladesh::TABLE,
        belarus::TABLE,
        belgium::TABLE,
        bolivia::TABLE,
        bosnia::TABLE,
        botswana::TABLE,
        brazil::TABLE,
        bulgaria::TABLE,
        canada::TABLE,
        chile::TABLE,
        china::TABLE,
        colombia::TABLE,
        costa_rica::TABLE,
        croatia::TABLE,
        cuba::TABLE,
        cyprus::TABLE,
        czechia::TABLE,
        denmark::TABLE,
        dominican_republic::TABLE,
        ecuador::TABLE,
        egypt::TABLE,
        el_salvador::TABLE,
        estonia::TABLE,
        faroe_islands::TABLE,
        finland::TABLE,
        france::TABLE,
        georgia::TABLE,
        germany::TABLE,
        ghana::TABLE,
        greece::TABLE,
        guatemala::TABLE,
        guinea::TABLE,
        honduras::TABLE,
        hong_kong::TABLE,
        hungary::TABLE,
        iceland::TABLE,
        india::TABLE,
        indonesia::TABLE,
        iran::TABLE,
        ireland::TABLE,
        israel::TABLE,
        italy::TABLE,
        japan::TABLE,
        jordan::TABLE,
        kazakhstan::TABLE,
        kenya::TABLE,
        kosovo::TABLE,
        kuwait::TABLE,
        kyrgyzstan::TABLE,
        latvia::TABLE,
        liechtenstein::TABLE,
        lithuania::TABLE,
        luxembourg::TABLE,
        macau::TABLE,
        malaysia::TABLE,
        malta::TABLE,
        mauritius::TABLE,
        mexico::TABLE,
        moldova::TABLE,
        montenegro::TABLE,
        morocco::TABLE,
        mozambique::TABLE,
        namibia::TABLE,
        netherlands::TABLE,
        new_zealand::TABLE,
        nicaragua::TABLE,
        nigeria::TABLE,
        north_macedonia::TABLE,
        norway::TABLE,
        oman::TABLE,
        pakistan::TABLE,
        panama::TABLE,
        paraguay::TABLE,
        peru::TABLE,
        philippines::TABLE,
        poland::TABLE,
        portugal::TABLE,
        qatar::TABLE,
        romania::TABLE,
        russia::TABLE,
        rwanda::TABLE,
        san_marino::TABLE,
        saudi_arabia::TABLE,
        senegal::TABLE,
        serbia::TABLE,
        singapore::TABLE,
        slovakia::TABLE,
        slovenia::TABLE,
        south_africa::TABLE,
        south_korea::TABLE,
        spain::TABLE,
        sri_lanka::TABLE,
        sweden::TABLE,
        switzerland::TABLE,
        taiwan::TABLE,
        tanzania::TABLE,
        thailand::TABLE,
        tunisia::TABLE,
        turkey::TABLE,
        uganda::TABLE,
        ukraine::TABLE,
        united_arab_emirates::TABLE,
        united_kingdom::TABLE,
        united_states::TABLE,
        uruguay::TABLE,
        uzbekistan::TABLE,
        venezuela::TABLE,
        vietnam::TABLE,
        worldwide::TABLE,
        zambia::TABLE,
        zimbabwe::TABLE,
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

    /// The same form with a rule of its own.
    pub(crate) const fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
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
        let mut fault = Fault::Length;
        for form in self.forms {
            for shape in Shape::parse(form.shape).unwrap_or_default() {
                if shape.matches(&compact) {
                    let check = form.check.or(self.check);
                    match check.map_or(Ok(()), |check| check(compact.letters())) {
                        Ok(()) => return Ok(()),
                        Err(found) => fault = found,
                    }
                } else if fault == Fault::Length && shape.len() == compact.len() {
                    fault = Fault::Structure;
                }
            }
        }
        Err(fault)
    }
}
