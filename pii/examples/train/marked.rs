//! Sentences labelled by hand: a register, a tab, and a text in which `[P:Ada]` marks a name.
//!
//! `P` is a person, `L` a place, `A` an address, `O` an organisation, `N` a group of people.

use super::generate::Sample;
use vouchsafe_pii::names::Kind;

/// Reads the sentences of a file, each with its register.
pub(crate) fn read(file: &str) -> Vec<(&str, Sample)> {
    file.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(register, text)| (register, sentence(text)))
        .collect()
}

fn sentence(marked: &str) -> Sample {
    let mut sample = Sample::default();
    let mut rest = marked;
    while let Some(at) = rest.find('[') {
        let (before, mark) = rest.split_at(at);
        sample.text.push_str(before);
        let Some((kind, name, after)) = name(mark) else {
            sample.text.push('[');
            rest = mark.strip_prefix('[').unwrap_or_default();
            continue;
        };
        let start = sample.text.len();
        sample.text.push_str(name);
        sample.names.push((start, sample.text.len(), kind));
        rest = after;
    }
    sample.text.push_str(rest);
    sample
}

fn name(mark: &str) -> Option<(Kind, &str, &str)> {
    let (inside, after) = mark.strip_prefix('[')?.split_once(']')?;
    let (kind, name) = inside.split_once(':')?;
    let kind = match kind {
        "P" => Kind::Person,
        "L" => Kind::Location,
        "A" => Kind::Address,
        "O" => Kind::Organization,
        "N" => Kind::Group,
        _ => return None,
    };
    Some((kind, name, after))
}
