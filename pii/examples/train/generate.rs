//! Sentences with their names marked, made from the templates and the lists.
//!
//! A template is a line: `[a|b]` is one of several texts, `$slot` is filled. Slots for names mark what
//! they write, the others do not. One template in ten is kept back from training.

use super::random::Random;
use super::words::{
    ACRONYMS, AMBIGUOUS, BODIES_OF, CODE, COMPANY_ENDS, COMPANY_WORDS, COUNTRIES, DAYS,
    FIELD_BODIES, FREQUENT, JOBS, MONTHS, PARTICLES, PLACE_BODIES, PLACE_ENDS, PLACE_SECONDS,
    PRODUCTS, SMALL, STATES, STREET_NAMES, STREETS, SURNAME_ENDS, SYLLABLES, TECHNICAL, TITLES,
    TRADES,
};
use vouchsafe_pii::names::Kind;

/// A text and the names in it, in order.
#[derive(Default)]
pub struct Sample {
    /// The text.
    pub text: String,
    /// Begin, end and kind of each name.
    pub names: Vec<(usize, usize, Kind)>,
}

/// What sentences are made of.
pub struct Generator {
    templates: Vec<&'static str>,
    given: Vec<&'static str>,
    surnames: Vec<&'static str>,
    places: Vec<&'static str>,
    groups: Vec<&'static str>,
    organizations: Vec<&'static str>,
    words: Vec<&'static str>,
}

/// Which templates to use.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Part {
    /// Nine in ten.
    Training,
    /// The rest.
    KeptBack,
}

impl Generator {
    /// Reads templates and lists.
    pub fn new(part: Part) -> Self {
        let lines = |text: &'static str| text.lines().collect::<Vec<_>>();
        let templates = include_str!("templates.txt")
            .lines()
            .filter(|line| !line.starts_with("# "));
        let templates = templates
            .enumerate()
            .filter(|(at, _)| (at % 10 == 7) == (part == Part::KeptBack));
        let words = include_str!("../../model/words.txt")
            .lines()
            .filter(|word| word.len() > 2);
        Self {
            templates: templates.map(|(_, line)| line).collect(),
            given: lines(include_str!("../../model/given.txt")),
            surnames: lines(include_str!("../../model/surnames.txt")),
            places: lines(include_str!("../../model/places.txt")),
            groups: lines(include_str!("../../model/groups.txt")),
            organizations: lines(include_str!("../../model/organizations.txt")),
            words: words.collect(),
        }
    }

    /// The next sample.
    pub fn sample(&self, random: &mut Random) -> Sample {
        let mut sample = Sample::default();
        if random.chance(22) {
            self.prose(random, &mut sample);
        } else {
            self.fill(random.pick(&self.templates), random, &mut sample);
        }
        match random.below(100) {
            0..9 => sample.text.make_ascii_lowercase(),
            9..12 => sample.text.make_ascii_uppercase(),
            _ => {}
        }
        sample
    }

    /// Words in no order that means anything, now and then with a name among them.
    fn prose(&self, random: &mut Random, out: &mut Sample) {
        const NAMES: &[&str] = &[
            " in $place",
            " of $place",
            " from $place",
            " to $place",
            " $place",
            " with $person",
            " of $person",
            " to $person",
            " and $person",
            " $full",
            " $given",
            " $surname",
            " $titled",
            " by $person",
            " $given's",
            " at $org",
            " of $org",
            " $org",
            " the $org",
            " the $group",
            " a $group",
            " $group",
            " at $address",
            " on $address",
            " for $person",
            " that $person",
            " from $person",
            " $person and $person",
            " $place and $place",
            " $group and $group",
        ];
        let quote = random.chance(12);
        if quote {
            out.text.push('"');
        }
        let first = if random.chance(40) {
            random.pick(SMALL).to_owned()
        } else {
            self.plain("word", random)
        };
        out.text.push_str(&upper(&first));
        for _ in 0..3 + random.below(10) {
            match random.below(100) {
                0..9 => self.fill(random.pick(NAMES), random, out),
                9..45 => {
                    out.text.push(' ');
                    out.text.push_str(random.pick(SMALL));
                }
                45..48 => out.text.push_str(" I"),
                48..52 => out.text.push(','),
                52..53 => out.text.push_str(random.pick(&[";", ":", " -"])),
                53..57 => {
                    out.text.push_str(
                        random.pick(&[" ", " ", " the ", " our ", " a ", " of the ", " in the "]),
                    );
                    out.text.push_str(
                        &self.plain(
                            random.pick(&[
                                "Word", "Word", "month", "day", "acronym", "tech", "product",
                            ]),
                            random,
                        ),
                    );
                }
                _ => {
                    out.text.push(' ');
                    out.text.push_str(&self.plain("word", random));
                }
            }
        }
        out.text
            .push_str(random.pick(&[".", ".", ".", "?", "!", ""]));
        if quote {
            out.text.push('"');
        }
    }

    fn word(&self, random: &mut Random) -> String {
        let word = random.pick(&self.words);
        let stem = word.strip_suffix('e').unwrap_or(word);
        match random.below(10) {
            0 => format!("{word}s"),
            1 => format!("{stem}ed"),
            2 => format!("{stem}ing"),
            _ => word.to_owned(),
        }
    }

    fn fill(&self, template: &str, random: &mut Random, out: &mut Sample) {
        let mut rest = template;
        while let Some(at) = rest.find(['[', '$']) {
            let (before, marked) = rest.split_at(at);
            out.text.push_str(before);
            if let Some((choices, after)) = choices(marked) {
                let parts: Vec<&str> = choices.split('|').collect();
                self.fill(random.pick(&parts), random, out);
                rest = after;
                continue;
            }
            let name = marked.strip_prefix('$').unwrap_or_default();
            let end = name
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(name.len());
            let (slot, after) = name.split_at(end);
            if slot.is_empty() {
                out.text.push_str(marked.get(..1).unwrap_or_default());
                rest = marked.get(1..).unwrap_or_default();
            } else {
                self.slot(slot, random, out);
                rest = after;
            }
        }
        out.text.push_str(rest);
    }

    fn slot(&self, slot: &str, random: &mut Random, out: &mut Sample) {
        let kind = match slot {
            "person" | "given" | "surname" | "full" | "initials" | "reversed" | "ambiguous" => {
                Kind::Person
            }
            "titled" => return self.titled(random, out),
            "place" | "state" | "country" => Kind::Location,
            "address" => Kind::Address,
            "org" => Kind::Organization,
            "group" | "groups" => Kind::Group,
            _ => return out.text.push_str(&self.plain(slot, random)),
        };
        let name = match slot {
            "given" => self.given(random),
            "surname" => self.surname(random),
            "full" => self.full(random),
            "initials" => format!("{} {}", initials(random), self.surname(random)),
            "reversed" => format!("{}, {}", self.surname(random), self.given(random)),
            "person" => match random.below(10) {
                0..3 => self.given(random),
                3 => return self.titled(random, out),
                4 => format!("{} {}", initials(random), self.surname(random)),
                _ => self.full(random),
            },
            "ambiguous" => capitalise(random.pick(AMBIGUOUS)),
            "state" => random.pick(STATES).to_owned(),
            "country" => random.pick(COUNTRIES).to_owned(),
            "place" => self.place(random),
            "address" => self.address(random),
            "org" => self.organization(random),
            _ => {
                let group = random.pick(&self.groups);
                let plural = slot == "groups" && !group.ends_with(['s', 'h', 'e']);
                format!("{}{}", capitalise(group), if plural { "s" } else { "" })
            }
        };
        mark(out, &name, kind);
    }

    fn titled(&self, random: &mut Random, out: &mut Sample) {
        out.text.push_str(random.pick(TITLES));
        out.text.push(' ');
        let name = match random.below(4) {
            0 => self.full(random),
            1 if random.chance(40) => format!("{} {}", initials(random), self.surname(random)),
            _ => self.surname(random),
        };
        mark(out, &name, Kind::Person);
    }

    fn given(&self, random: &mut Random) -> String {
        match random.below(100) {
            0..5 => capitalise(random.pick(AMBIGUOUS)),
            5..30 => capitalise(random.pick(FREQUENT)),
            30..34 => format!("{}-{}", self.given(random), self.given(random)),
            34..38 => coin(random, &[""]),
            _ => capitalise(random.pick(&self.given)),
        }
    }

    fn surname(&self, random: &mut Random) -> String {
        match random.below(100) {
            0..5 => format!("{} {}", random.pick(PARTICLES), self.surname(random)),
            5..10 => format!("{}-{}", self.surname(random), self.surname(random)),
            10..20 => coin(random, SURNAME_ENDS),
            20..22 => format!("O'{}", capitalise(random.pick(&self.surnames))),
            _ => capitalise(random.pick(&self.surnames)),
        }
    }

    fn full(&self, random: &mut Random) -> String {
        let (given, surname) = (self.given(random), self.surname(random));
        match random.below(20) {
            0 => format!("{given} {}. {surname}", letter(random)),
            1 => format!("{given} {} {surname}", self.given(random)),
            2 => format!("{given} {surname} {}", self.surname(random)),
            3 => format!(
                "{given} {surname} {}",
                random.pick(&["Jr", "Jr.", "Sr.", "III", "II"])
            ),
            4 => format!("{given} {}", capitalise(random.pick(&self.given))),
            _ => format!("{given} {surname}"),
        }
    }

    fn place(&self, random: &mut Random) -> String {
        match random.below(100) {
            0..8 => coin(random, PLACE_ENDS),
            8..11 => format!(
                "{} {}",
                random.pick(&[
                    "New", "East", "Port", "Fort", "St.", "San", "Lake", "Mount", "Great"
                ]),
                coin(random, PLACE_ENDS)
            ),
            14..19 => format!(
                "{} {}",
                upper(if random.chance(50) {
                    random.pick(&self.words)
                } else {
                    random.pick(&self.surnames)
                }),
                random.pick(PLACE_SECONDS)
            ),
            11..14 => random
                .pick(&["US", "USA", "UK", "U.S.", "U.K.", "EU", "UAE", "NYC"])
                .to_owned(),
            _ => title(random.pick(&self.places)),
        }
    }

    fn street(&self, random: &mut Random) -> String {
        let name = match random.below(10) {
            0..4 => random.pick(STREET_NAMES).to_owned(),
            4..8 => capitalise(random.pick(&self.surnames)),
            8 => title(random.pick(&self.places)),
            _ => format!("{} {}", self.given(random), self.surname(random)),
        };
        match random.below(24) {
            0 => format!("Rue {} {name}", random.pick(&["de", "du", "de la"])),
            1 => format!(
                "{name}{}",
                random.pick(&["straße", "strasse", "weg", "gasse", "platz"])
            ),
            2 => format!(
                "{} {name}",
                random.pick(&[
                    "Via", "Calle", "Avenida", "Rua", "Piazza", "Jalan", "Calle de"
                ])
            ),
            3 => format!(
                "{name}{}",
                random.pick(&["straat", "laan", "gracht", "gatan", "vej"])
            ),
            4 => format!(
                "{} {name} {}",
                random.pick(&["N", "S.", "West", "North", "E"]),
                random.pick(STREETS)
            ),
            5 => format!(
                "{name} {} {}",
                random.pick(STREETS),
                random.pick(&["NW", "South", "SE", "N.", "West"])
            ),
            _ => format!("{name} {}", random.pick(STREETS)),
        }
    }

    fn address(&self, random: &mut Random) -> String {
        let street = self.street(random);
        let number = match random.below(6) {
            0 => format!(
                "{}{}",
                1 + random.below(99),
                random.pick(&["A", "b", "B", "c"])
            ),
            1 => (1000 + random.below(9000)).to_string(),
            2 => (100 + random.below(900)).to_string(),
            _ => (1 + random.below(199)).to_string(),
        };
        let unit = random.pick(&[
            "Flat",
            "Apt",
            "Apt.",
            "Unit",
            "Suite",
            "Apartment",
            "Room",
            "Floor",
            "#",
        ]);
        let unit = format!(
            "{unit} {}{}",
            1 + random.below(40),
            random.pick(&["", "", "A", "B"])
        );
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
                random.pick(&["PO Box", "P.O. Box", "Post Office Box"]),
                random.below(9999)
            ),
            8 => format!("{street} {number}"),
            9 => format!("{number}, {street}"),
            _ => format!("{number} {street}"),
        }
    }

    fn organization(&self, random: &mut Random) -> String {
        let end = random.pick(COMPANY_ENDS);
        let surname = capitalise(random.pick(&self.surnames));
        match random.below(26) {
            22..25 => {
                let first = match random.below(5) {
                    0 => random.pick(COMPANY_WORDS).to_owned(),
                    1 => upper(random.pick(&self.words)),
                    2 => self.place(random),
                    3 => coin(random, &["", "ex", "ix", "a", "on"]),
                    _ => surname,
                };
                let trade = random.pick(TRADES);
                match random.below(6) {
                    0 => format!("{first} {trade}{} {end}", random.pick(&["", ","])),
                    1 => format!("{first} & Sons {trade}"),
                    _ => format!("{first} {trade}"),
                }
            }
            25 => format!(
                "{} {surname}",
                random.pick(&[
                    "Hotel",
                    "Restaurant",
                    "Café",
                    "Grupo",
                    "Casa",
                    "Banco",
                    "Maison",
                    "Studio",
                    "Bar"
                ])
            ),
            0..5 => organization(random.pick(&self.organizations)),
            5..7 => format!("{surname} {end}"),
            7 => format!(
                "{surname} {} {}",
                random.pick(&["&", "and"]),
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
            9..11 => format!("{} {}", self.place(random), random.pick(PLACE_BODIES)),
            11 => format!("{} {}", random.pick(BODIES_OF), self.place(random)),
            12 | 13 => random.pick(FIELD_BODIES).to_owned(),
            14 => format!(
                "St {}'s {}",
                self.given(random),
                random.pick(&["Hospital", "School", "College", "Church"])
            ),
            15 | 16 => format!(
                "{} {end}",
                coin(random, &["", "ex", "tech", "soft", "ix", "on"])
            ),
            17 => format!(
                "{} {} {end}",
                random.pick(COMPANY_WORDS),
                capitalise(random.pick(&self.words))
            ),
            18 => format!(
                "{} {end}",
                if random.chance(50) {
                    random.pick(COMPANY_WORDS).to_owned()
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
            _ => coin(random, &["ex", "tech", "soft", "ix", "ify", "ly"]),
        }
    }

    fn plain(&self, slot: &str, random: &mut Random) -> String {
        let number = |random: &mut Random, below| random.below(below).to_string();
        match slot {
            "n" => number(random, 100),
            "num" => (1700 + random.below(4000)).to_string(),
            "id" => format!(
                "{}{}-{}",
                letter(random),
                random.below(9999),
                random.below(999)
            ),
            "zip" => match random.below(3) {
                0 => format!(
                    "{}{} {}{}{}",
                    random.pick(&["SW", "NW", "M", "EH", "BS"]),
                    1 + random.below(20),
                    random.below(9),
                    letter(random),
                    letter(random)
                ),
                _ => (10000 + random.below(89999)).to_string(),
            },
            "phone" => format!(
                "0{} {} {}",
                100 + random.below(899),
                100 + random.below(899),
                1000 + random.below(8999)
            ),
            "email" => format!(
                "{}.{}@example.com",
                random.pick(&self.given),
                random.pick(&self.surnames)
            ),
            "url" => format!("www.{}.com", random.pick(&self.words)),
            "money" => format!(
                "{}{}",
                random.pick(&["$", "£", "€", "USD ", "EUR "]),
                random.below(9999)
            ),
            "time" => format!(
                "{}:{:02}{}",
                random.below(24),
                random.below(60),
                random.pick(&["", "", " AM", " PM", "pm"])
            ),
            "month" => random.pick(MONTHS).to_owned(),
            "day" => random.pick(DAYS).to_owned(),
            "date" => match random.below(4) {
                0 => format!(
                    "{} {}, {}",
                    random.pick(MONTHS),
                    1 + random.below(28),
                    1940 + random.below(90)
                ),
                1 => format!(
                    "{} {} {}",
                    1 + random.below(28),
                    random.pick(MONTHS),
                    1940 + random.below(90)
                ),
                2 => format!(
                    "{:02}/{:02}/{}",
                    1 + random.below(12),
                    1 + random.below(28),
                    1940 + random.below(90)
                ),
                _ => format!(
                    "{}-{:02}-{:02}",
                    1940 + random.below(90),
                    1 + random.below(12),
                    1 + random.below(28)
                ),
            },
            "tech" => random.pick(TECHNICAL).to_owned(),
            "product" => random.pick(PRODUCTS).to_owned(),
            "job" => random.pick(JOBS).to_owned(),
            "code" => random.pick(CODE).to_owned(),
            "type" => match random.below(4) {
                0 => random.pick(CODE).to_owned(),
                1 => upper(&self.word(random)),
                2 => format!("{}{}", upper(&self.word(random)), upper(&self.word(random))),
                _ => coin(random, &["", "er", "ex", "able"]),
            },
            "acronym" => random.pick(ACRONYMS).to_owned(),
            "Word" => upper(&self.word(random)),
            _ => self.word(random),
        }
    }
}

/// The words that templates are written with, a line each: `pii/model/context.txt`.
pub fn context_words() -> String {
    let templates = include_str!("templates.txt")
        .lines()
        .filter(|line| !line.starts_with("# "));
    let mut words = std::collections::BTreeSet::from(["a".to_owned(), "i".to_owned()]);
    words.extend(SMALL.iter().map(|word| (*word).to_owned()));
    for template in templates {
        // A slot is no word.
        let mut parts = template.split('$');
        let first = parts.next().unwrap_or_default();
        let rest = parts.map(|part| part.trim_start_matches(|c: char| c.is_ascii_alphabetic()));
        for part in core::iter::once(first).chain(rest) {
            let part = part.to_ascii_lowercase().replace('\u{2019}', "'");
            for word in part.split(|c: char| !(c.is_ascii_lowercase() || c == '\'')) {
                let word = word.trim_matches('\'');
                let word = word.strip_suffix("'s").unwrap_or(word);
                if word.len() > 1 {
                    words.insert(word.to_owned());
                }
            }
        }
    }
    let mut list = String::new();
    for word in words {
        list.push_str(&word);
        list.push('\n');
    }
    list
}

/// The choices of a template that begins with `[`, and what follows; `None` without a `|`.
fn choices(marked: &str) -> Option<(&str, &str)> {
    let (choices, after) = marked.strip_prefix('[')?.split_once(']')?;
    choices.contains('|').then_some((choices, after))
}

fn mark(out: &mut Sample, name: &str, kind: Kind) {
    let start = out.text.len();
    out.text.push_str(name);
    // A full stop at the end belongs to the sentence as much as to the name.
    let end = start + name.trim_end_matches('.').len();
    out.names.push((start, end, kind));
}

fn letter(random: &mut Random) -> char {
    char::from(b'A' + u8::try_from(random.below(26)).unwrap_or_default())
}

fn initials(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("{}. {}.", letter(random), letter(random)),
        1 => format!("{}.{}.", letter(random), letter(random)),
        2 => letter(random).to_string(),
        _ => format!("{}.", letter(random)),
    }
}

/// A word that no list holds.
fn coin(random: &mut Random, ends: &[&str]) -> String {
    let mut word = String::new();
    for _ in 0..1 + random.below(2) {
        word.push_str(random.pick(SYLLABLES));
    }
    word.push_str(random.pick(SYLLABLES));
    word.push_str(random.pick(ends));
    capitalise(&word)
}

fn upper(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A name of the lists as it is written: `O'Brien`, `McDonald`, `Anna`.
fn capitalise(word: &str) -> String {
    if let Some((before, after)) = word
        .split_once('\'')
        .filter(|(before, _)| before.len() <= 2)
    {
        return format!("{}'{}", upper(before), upper(after));
    }
    match word.strip_prefix("mc").filter(|rest| rest.len() > 3) {
        Some(rest) => format!("Mc{}", upper(rest)),
        None => upper(word),
    }
}

/// A place of the lists as it is written.
fn title(name: &str) -> String {
    if matches!(
        name,
        "usa" | "uk" | "uae" | "eu" | "u.s." | "u.k." | "u.s.a." | "washington d.c."
    ) {
        return name.to_ascii_uppercase();
    }
    let small = [
        "of", "and", "the", "upon", "de", "do", "da", "del", "am", "on", "en",
    ];
    let words = name.split(' ').enumerate().map(|(at, word)| {
        let parts = word.split('-').enumerate();
        let parts = parts.map(|(part, word)| {
            if at + part > 0 && small.contains(&word) {
                word.to_owned()
            } else {
                upper(word)
            }
        });
        parts.collect::<Vec<_>>().join("-")
    });
    words.collect::<Vec<_>>().join(" ")
}

/// An organisation of the lists as it is written.
fn organization(name: &str) -> String {
    const WORDS: &str = " dell sony kia audi puma nike visa ford asda lidl aldi mars fiat saab zara tata\
 sega snap uber lyft ebay etsy zoom hulu suse eni mit ups ";
    let spoken = |word: &str| word.len() > 4 || WORDS.contains(&format!(" {word} "));
    if name.contains([' ', '&']) || spoken(name) {
        title(name)
    } else {
        name.to_ascii_uppercase()
    }
}
