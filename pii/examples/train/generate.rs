//! Sentences with their names marked, made from the templates and the lists.
//!
//! A template is a line: `[a|b]` is one of several texts, `$slot` is filled. Slots for names mark what
//! they write, the others do not. One template in ten is kept back from training.

use super::random::Random;
use super::words::{
    ACRONYMS, AILMENTS, AMBIGUOUS, CODE, COUNTRIES, DAYS, DRUG_ENDS, DRUGS, JOBS, MONTHS, PRODUCTS,
    SMALL, STATES, TECHNICAL, TITLES,
};
use super::write::{capitalise, coin, initials, letter, upper};
use vouchsafe_pii::names::Kind;

/// A text and the names in it, in order.
#[derive(Default)]
pub(crate) struct Sample {
    /// The text.
    pub(crate) text: String,
    /// Begin, end and kind of each name.
    pub(crate) names: Vec<(usize, usize, Kind)>,
}

/// What sentences are made of.
pub(crate) struct Generator {
    templates: Vec<&'static str>,
    pub(crate) given: Vec<&'static str>,
    pub(crate) surnames: Vec<&'static str>,
    pub(crate) places: Vec<&'static str>,
    pub(crate) groups: Vec<&'static str>,
    pub(crate) organizations: Vec<&'static str>,
    pub(crate) words: Vec<&'static str>,
}

/// Which templates to use.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Part {
    /// Nine in ten.
    Training,
    /// The rest.
    KeptBack,
}

impl Generator {
    /// Reads templates and lists.
    pub(crate) fn new(part: Part) -> Self {
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
    pub(crate) fn sample(&self, random: &mut Random) -> Sample {
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
        const NAMES: &str = "in $place|of $place|from $place|to $place|$place|with $person|of $person|to $person|\
and $person|$full|$given|$surname|$titled|by $person|$given's|at $org|of $org|$org|\
the $org|the $group|a $group|$group|at $address|on $address|for $person|\
that $person|from $person|$person and $person|$place and $place|$group and $group";
        let quote = random.chance(12);
        if quote {
            out.text.push('"');
        }
        let first = if random.chance(40) {
            random.of(SMALL).to_owned()
        } else {
            self.plain("word", random)
        };
        out.text.push_str(&upper(&first));
        for _ in 0..3 + random.below(10) {
            match random.below(100) {
                0..9 => {
                    out.text.push(' ');
                    self.fill(random.of(NAMES), random, out);
                }
                9..45 => {
                    out.text.push(' ');
                    out.text.push_str(random.of(SMALL));
                }
                45..48 => out.text.push_str(" I"),
                48..52 => out.text.push(','),
                52..53 => out.text.push_str(random.of(";|:| -")),
                53..57 => {
                    out.text
                        .push_str(random.of(" | | the | our | a | of the | in the "));
                    out.text.push_str(&self.plain(
                        random.of("Word|Word|month|day|acronym|tech|product"),
                        random,
                    ));
                }
                _ => {
                    out.text.push(' ');
                    out.text.push_str(&self.plain("word", random));
                }
            }
        }
        out.text.push_str(random.of(".|.|.|?|!|"));
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
            "ambiguous" => capitalise(random.of(AMBIGUOUS)),
            "state" => random.of(STATES).to_owned(),
            "country" => random.of(COUNTRIES).to_owned(),
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
        out.text.push_str(random.of(TITLES));
        out.text.push(' ');
        let name = match random.below(4) {
            0 => self.full(random),
            1 if random.chance(40) => format!("{} {}", initials(random), self.surname(random)),
            _ => self.surname(random),
        };
        mark(out, &name, Kind::Person);
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
                    random.of("SW|NW|M|EH|BS"),
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
            "money" => format!("{}{}", random.of("$|£|€|USD |EUR "), random.below(9999)),
            "time" => format!(
                "{}:{:02}{}",
                random.below(24),
                random.below(60),
                random.of("|| AM| PM|pm")
            ),
            "month" => random.of(MONTHS).to_owned(),
            "day" => random.of(DAYS).to_owned(),
            "date" => match random.below(4) {
                0 => format!(
                    "{} {}, {}",
                    random.of(MONTHS),
                    1 + random.below(28),
                    1940 + random.below(90)
                ),
                1 => format!(
                    "{} {} {}",
                    1 + random.below(28),
                    random.of(MONTHS),
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
            "tech" => random.of(TECHNICAL).to_owned(),
            "product" => random.of(PRODUCTS).to_owned(),
            "job" => random.of(JOBS).to_owned(),
            "code" => random.of(CODE).to_owned(),
            "type" => match random.below(4) {
                0 => random.of(CODE).to_owned(),
                1 => upper(&self.word(random)),
                2 => format!("{}{}", upper(&self.word(random)), upper(&self.word(random))),
                _ => coin(random, "|er|ex|able"),
            },
            "drug" if random.chance(30) => coin(random, DRUG_ENDS),
            "drug" => random.of(DRUGS).to_owned(),
            "ailment" => random.of(AILMENTS).to_owned(),
            "acronym" => random.of(ACRONYMS).to_owned(),
            "Word" => upper(&self.word(random)),
            _ => self.word(random),
        }
    }
}

/// The words that templates are written with, a line each: `pii/model/context.txt`.
pub(crate) fn context_words() -> String {
    let templates = include_str!("templates.txt")
        .lines()
        .filter(|line| !line.starts_with("# "));
    let mut words = std::collections::BTreeSet::from(["a".to_owned(), "i".to_owned()]);
    words.extend(SMALL.split('|').map(str::to_owned));
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
