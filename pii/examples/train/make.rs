//! Names as people write them: persons, places, streets and bodies, from lists and from nothing.

use super::generate::Generator;
use super::random::Random;
use super::words::{
    AMBIGUOUS, BODIES_OF, COMPANY_ENDS, COMPANY_WORDS, FIELD_BODIES, FREQUENT, PARTICLES,
    PLACE_BODIES, PLACE_ENDS, PLACE_SECONDS, STREET_NAMES, STREETS, SURNAME_ENDS, TRADES,
};
use super::write::{capitalise, coin, letter, organization, title, upper};

impl Generator {
    pub(crate) fn given(&self, random: &mut Random) -> String {
        match random.below(100) {
            0..5 => capitalise(random.of(AMBIGUOUS)),
            5..30 => capitalise(random.of(FREQUENT)),
            30..34 => format!("{}-{}", self.given(random), self.given(random)),
            34..38 => coin(random, ""),
            _ => capitalise(random.pick(&self.given)),
        }
    }

    pub(crate) fn surname(&self, random: &mut Random) -> String {
        match random.below(100) {
            0..5 => format!("{} {}", random.of(PARTICLES), self.surname(random)),
            5..10 => format!("{}-{}", self.surname(random), self.surname(random)),
            10..20 => coin(random, SURNAME_ENDS),
            20..22 => format!("O'{}", capitalise(random.pick(&self.surnames))),
            _ => capitalise(random.pick(&self.surnames)),
        }
    }

    pub(crate) fn full(&self, random: &mut Random) -> String {
        let (given, surname) = (self.given(random), self.surname(random));
        match random.below(20) {
            0 => format!("{given} {}. {surname}", letter(random)),
            1 => format!("{given} {} {surname}", self.given(random)),
            2 => format!("{given} {surname} {}", self.surname(random)),
            3 => format!("{given} {surname} {}", random.of("Jr|Jr.|Sr.|III|II")),
            4 => format!("{given} {}", capitalise(random.pick(&self.given))),
            _ => format!("{given} {surname}"),
        }
    }

    pub(crate) fn place(&self, random: &mut Random) -> String {
        match random.below(100) {
            0..8 => coin(random, PLACE_ENDS),
            8..11 => format!(
                "{} {}",
                random.of("New|East|Port|Fort|St.|San|Lake|Mount|Great"),
                coin(random, PLACE_ENDS)
            ),
            14..19 => format!(
                "{} {}",
                upper(if random.chance(50) {
                    random.pick(&self.words)
                } else {
                    random.pick(&self.surnames)
                }),
                random.of(PLACE_SECONDS)
            ),
            11..14 => random.of("US|USA|UK|U.S.|U.K.|EU|UAE|NYC").to_owned(),
            _ => title(random.pick(&self.places)),
        }
    }

    pub(crate) fn street(&self, random: &mut Random) -> String {
        let name = match random.below(10) {
            0..4 => random.of(STREET_NAMES).to_owned(),
            4..8 => capitalise(random.pick(&self.surnames)),
            8 => title(random.pick(&self.places)),
            _ => format!("{} {}", self.given(random), self.surname(random)),
        };
        match random.below(24) {
            0 => format!("Rue {} {name}", random.of("de|du|de la")),
            1 => format!("{name}{}", random.of("straße|strasse|weg|gasse|platz")),
            2 => format!(
                "{} {name}",
                random.of("Via|Calle|Avenida|Rua|Piazza|Jalan|Calle de")
            ),
            3 => format!("{name}{}", random.of("straat|laan|gracht|gatan|vej")),
            4 => format!(
                "{} {name} {}",
                random.of("N|S.|West|North|E"),
                random.of(STREETS)
            ),
            5 => format!(
                "{name} {} {}",
                random.of(STREETS),
                random.of("NW|South|SE|N.|West")
            ),
            _ => format!("{name} {}", random.of(STREETS)),
        }
    }

    pub(crate) fn address(&self, random: &mut Random) -> String {
        let street = self.street(random);
        let number = match random.below(6) {
            0 => format!("{}{}", 1 + random.below(99), random.of("A|b|B|c")),
            1 => (1000 + random.below(9000)).to_string(),
            2 => (100 + random.below(900)).to_string(),
            _ => (1 + random.below(199)).to_string(),
        };
        let unit = random.of("Flat|Apt|Apt.|Unit|Suite|Apartment|Room|Floor|#");
        let unit = format!("{unit} {}{}", 1 + random.below(40), random.of("||A|B"));
        match random.below(20) {
            0 => format!("{unit}, {number} {street}"),
            1 | 2 => format!("{number} {street}, {unit}"),
            3 => format!("{number} {street} {unit}"),
            4 => format!(
                "{} House, {number} {street}",
                capitalise(random.pick(&self.surnames))
            ),
            5 | 6 => street,
            7 => format!(
                "{} {}",
                random.of("PO Box|P.O. Box|Post Office Box"),
                random.below(9999)
            ),
            8 => format!("{street} {number}"),
            9 => format!("{number}, {street}"),
            _ => format!("{number} {street}"),
        }
    }

    pub(crate) fn organization(&self, random: &mut Random) -> String {
        let end = random.of(COMPANY_ENDS);
        let surname = capitalise(random.pick(&self.surnames));
        match random.below(26) {
            22..25 => {
                let first = match random.below(5) {
                    0 => random.of(COMPANY_WORDS).to_owned(),
                    1 => upper(random.pick(&self.words)),
                    2 => self.place(random),
                    3 => coin(random, "|ex|ix|a|on"),
                    _ => surname,
                };
                let trade = random.of(TRADES);
                match random.below(6) {
                    0 => format!("{first} {trade}{} {end}", random.of("|,")),
                    1 => format!("{first} & Sons {trade}"),
                    _ => format!("{first} {trade}"),
                }
            }
            25 => format!(
                "{} {surname}",
                random.of("Hotel|Restaurant|Café|Grupo|Casa|Banco|Maison|Studio|Bar")
            ),
            0..5 => organization(random.pick(&self.organizations)),
            5..7 => format!("{surname} {end}"),
            7 => format!(
                "{surname} {} {}",
                random.of("&|and"),
                capitalise(random.pick(&self.surnames))
            ),
            8 if random.chance(50) => format!(
                "{surname} {} {end}",
                capitalise(random.pick(&self.surnames))
            ),
            8 => format!(
                "{surname}, {} & {}",
                capitalise(random.pick(&self.surnames)),
                capitalise(random.pick(&self.surnames))
            ),
            9..11 => format!("{} {}", self.place(random), random.of(PLACE_BODIES)),
            11 => format!("{} {}", random.of(BODIES_OF), self.place(random)),
            12 | 13 => random.of(FIELD_BODIES).to_owned(),
            14 => format!(
                "St {}'s {}",
                self.given(random),
                random.of("Hospital|School|College|Church")
            ),
            15 | 16 => format!("{} {end}", coin(random, "|ex|tech|soft|ix|on")),
            17 => format!(
                "{} {} {end}",
                random.of(COMPANY_WORDS),
                capitalise(random.pick(&self.words))
            ),
            18 => format!(
                "{} {end}",
                if random.chance(50) {
                    random.of(COMPANY_WORDS).to_owned()
                } else {
                    upper(random.pick(&self.words))
                }
            ),
            19 => format!(
                "{}{}{} {end}",
                letter(random),
                letter(random),
                letter(random)
            ),
            20 => format!("{} {end}", self.place(random)),
            _ => coin(random, "ex|tech|soft|ix|ify|ly"),
        }
    }
}
