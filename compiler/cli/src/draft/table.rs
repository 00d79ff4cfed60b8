//! Texts for tables: the label, the inputs, and what is left out.

use super::pictures::{self, fit};
use super::{Answer, Draft, convolutions, counted, failed, names, unfit, usual, validate};
use crate::error::Error;
use netwright_data::table::{Format, Layout, Recipe, Summary, Text};
use netwright_model::{Column, Header, Missing, Table};
use std::path::{Path, PathBuf};

/// Names that labels often have, the most telling first.
const LABELS: [&str; 16] = [
    "label",
    "target",
    "class",
    "diagnosis",
    "outcome",
    "y",
    "species",
    "category",
    "result",
    "grade",
    "survived",
    "response",
    "answer",
    "quality",
    "price",
    "value",
];
/// Names of groups whose samples belong to one side of a split.
const GROUPS: [&str; 8] =
    ["patient", "subject", "person", "group", "patient_id", "patientid", "subject_id", "participant"];
const IDENTIFIERS: [&str; 7] = ["id", "index", "row", "key", "uuid", "name", "unnamed: 0"];
/// Whole numbers of which there are no more different ones are classes.
const MOST_CLASSES: usize = 20;

/// A table with facts about its columns.
struct Read {
    text: Text,
    facts: Vec<Summary>,
}

impl Read {
    fn name(&self, column: usize) -> String {
        self.text.names().get(column).map(|name| name.to_lowercase()).unwrap_or_default()
    }

    /// Finds the column that has one of these names, the first of the names that is there.
    fn named(&self, known: &[&str]) -> Option<usize> {
        known.iter().find_map(|known| (0..self.text.width()).find(|&column| self.name(column) == *known))
    }

    /// Returns the reason to leave a column out, if there is one.
    fn useless(&self, column: usize) -> Option<&'static str> {
        let (facts, rows, name) = (&self.facts[column], self.text.rows(), self.name(column));
        let there = facts.numbers + facts.texts;
        let all_different = facts.more || facts.distinct.len() == there && there > 2;
        match () {
            () if there == 0 => Some("empty"),
            () if IDENTIFIERS.contains(&&*name) || name.ends_with("_id") => Some("an identifier"),
            () if self.text.names().get(column).is_some_and(String::is_empty) => Some("no name"),
            () if facts.numbers > 0 && facts.texts > 0 => Some("numbers and texts"),
            () if facts.texts > 0 && (all_different || rows >= 10 && 2 * facts.distinct.len() > there) => {
                Some("too many texts")
            }
            () if facts.is_constant() => Some("constant"),
            () => None,
        }
    }

    /// Returns the layers after which the labels of a column are answered, and what they mean.
    fn answer(&self, column: usize) -> Result<(Answer, String), Error> {
        let facts = &self.facts[column];
        let count = facts.distinct.len();
        let named = names::column(column, self.text.names());
        let values = || {
            let shown: Vec<String> = facts.distinct.keys().take(8).cloned().collect();
            format!("{}{}", shown.join(", "), if count > 8 { ", ..." } else { "" })
        };
        if (facts.more || facts.numbers > 0) && facts.texts > 0 || count < 2 {
            return unfit(
                format!(
                    "{}: the column {named} is no label: it has {}",
                    self.text.file().display(),
                    values()
                ),
                "write the text by hand, and name the label by `label=`",
            );
        }
        if facts.texts > 0 {
            let answer = if count == 2 { Answer::yes_or_no(1) } else { Answer::classes(count) };
            return Ok((answer, format!("classes: {}", values())));
        }
        let few = count <= MOST_CLASSES && (count <= 2 || 5 * count <= facts.numbers);
        let signs = facts.least == -1.0 && facts.most == 1.0 && count == 2;
        let bits = facts.least == 0.0 && facts.most == 1.0 && count == 2;
        match facts.whole && !facts.more && few {
            true if signs || bits => Ok((Answer::yes_or_no(1), format!("no or yes: {}", values()))),
            true => Ok((Answer::classes(count), format!("classes: {}", values()))),
            false => Ok((Answer::numbers(1), format!("numbers from {} to {}", facts.least, facts.most))),
        }
    }
}

pub(super) fn draft(from: &Path, path: &str) -> Result<Draft, Error> {
    let text = Text::read(from, &Format::default()).map_err(|error| failed(&error))?;
    let facts = (0..text.width()).map(|column| text.summary(column)).collect();
    let read = Read { text, facts };
    match paths(&read) {
        Some(file) => of_list(&read, file, from, path),
        None => of_table(&read, path),
    }
}

/// Returns the column whose texts are paths of pictures.
fn paths(read: &Read) -> Option<usize> {
    const ENDINGS: [&str; 8] = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif"];
    let is_picture = |cell: &String| ENDINGS.iter().any(|ending| cell.to_lowercase().ends_with(ending));
    (0..read.text.width()).find(|&column| {
        let facts = &read.facts[column];
        facts.texts > 0 && facts.distinct.keys().all(is_picture)
    })
}

/// Chooses the label among columns, and says why.
fn label(read: &Read, among: &[usize]) -> Result<(usize, &'static str), Error> {
    match read.named(&LABELS).filter(|column| among.contains(column)) {
        Some(column) => Ok((column, "by its name")),
        None => match among.last() {
            Some(&column) => Ok((column, "a guess: the last column")),
            None => unfit(
                format!("{}: no column can be a label", read.text.file().display()),
                "add a column with what is to be learned",
            ),
        },
    }
}

fn of_table(read: &Read, path: &str) -> Result<Draft, Error> {
    let names = read.text.names();
    let group = read.named(&GROUPS).filter(|&column| {
        let facts = &read.facts[column];
        facts.distinct.len() > 4 && facts.distinct.values().any(|&count| count > 1) && facts.missing == 0
    });
    let mut dropped: Vec<(usize, &str)> = (0..read.text.width())
        .filter(|column| Some(*column) != group)
        .filter_map(|column| Some((column, read.useless(column)?)))
        .collect();
    let left: Vec<usize> = (0..read.text.width())
        .filter(|column| Some(*column) != group && dropped.iter().all(|(out, _)| out != column))
        .collect();
    let (label, why) = label(read, &left)?;
    let (answer, meaning) = read.answer(label)?;
    dropped.retain(|(column, _)| *column != label);
    let inputs: Vec<usize> = left.into_iter().filter(|&column| column != label).collect();
    if inputs.is_empty() {
        return unfit(
            format!("{path}: there is no column for the inputs besides {}", names::column(label, names)),
            "add columns to learn from",
        );
    }
    let gaps = inputs.iter().any(|&column| read.facts[column].missing > 0);
    let missing = match () {
        () if read.facts[label].missing > 0 => Missing::Drop,
        () if gaps => Missing::Median,
        () => Missing::Refused,
    };
    let [label_columns, drop, by] = [
        vec![Column::At(label)],
        dropped.iter().map(|(column, _)| Column::At(*column)).collect(),
        group.iter().map(|&column| Column::At(column)).collect(),
    ];
    let recipe: Recipe<'_> = Table {
        path: "",
        label: &label_columns,
        columns: &[],
        drop: &drop,
        categories: &[],
        separator: "",
        decimal: "",
        header: Header::Found,
        missing,
        by: &by,
        key: &[],
        window: 0,
        step: 1,
        ahead: 1,
    };
    let layout = Layout::learn(&read.text, &recipe, 1).map_err(|error| failed(&error))?;
    let width = layout.shape()[0];
    let mut arguments = format!("\"{path}\", label={}", names::column(label, names));
    if !dropped.is_empty() {
        let out: Vec<usize> = dropped.iter().map(|(column, _)| *column).collect();
        arguments += &format!(", drop={}", names::columns(&out, names));
    }
    arguments += match missing {
        Missing::Drop => ", missing=drop",
        Missing::Median => ", missing=median",
        _ => "",
    };
    if let Some(group) = group {
        arguments += &format!(", by={}", names::column(group, names));
    }
    let rows = read.text.rows();
    let mut settings = vec![(format!("data csv({arguments}) standardize"), String::new())];
    if rows >= 10 {
        settings.push(validate());
    }
    settings.extend(usual(rows, 60, answer.metrics));
    let categories = layout.inputs().iter().filter(|input| input.meaning.is_category()).count();
    let remark = match categories {
        0 => "a number for each column".to_string(),
        count => format!(
            "{}, each text an input of its own",
            counted(count, "column of texts", "columns of texts")
        ),
    };
    let mut about = vec![
        format!("{} of a table.", counted(rows, "line", "lines")),
        format!("Label: {} ({why}); {meaning}.", names::spoken(label, names)),
    ];
    if !dropped.is_empty() {
        let each = dropped.iter().map(|(column, why)| format!("{} ({why})", names::spoken(*column, names)));
        about.push(format!("Left out: {}.", each.collect::<Vec<_>>().join(", ")));
    }
    if let Some(group) = group {
        about.push(format!("Equal values of {} stay on one side of the split.", names::column(group, names)));
    }
    let hidden = width.next_power_of_two().clamp(16, 128);
    Ok(Draft {
        about,
        input: (vec![width], remark),
        layers: [vec![format!("dense({hidden}) relu")], answer.layers].concat(),
        settings,
    })
}

/// Returns the text for a list of pictures.
fn of_list(read: &Read, file: usize, from: &Path, path: &str) -> Result<Draft, Error> {
    let names = read.text.names();
    let group = read.named(&GROUPS).filter(|&column| column != file);
    let among: Vec<usize> = (0..read.text.width())
        .filter(|&column| column != file && Some(column) != group && read.useless(column).is_none())
        .collect();
    let (label, why) = label(read, &among)?;
    let (answer, meaning) = read.answer(label)?;
    let folder = from.parent().unwrap_or(Path::new(""));
    let files: Vec<PathBuf> =
        (0..read.text.rows()).map(|row| folder.join(read.text.cell(row, file))).collect();
    let sizes = pictures::sizes(&files, 1)?;
    let [_, height, width] = sizes.shape;
    let mut arguments =
        format!("\"{path}\", file={}, label={}", names::column(file, names), names::column(label, names));
    if let Some(group) = group {
        arguments += &format!(", by={}", names::column(group, names));
    }
    let mut settings = vec![
        (format!("data images({arguments}{})", fit(&sizes)), "paths are relative to the list".into()),
        validate(),
    ];
    settings.extend(usual(files.len(), 30, answer.metrics));
    Ok(Draft {
        about: vec![
            format!("A list of {}.", counted(files.len(), "picture", "pictures")),
            format!("Label: {} ({why}); {meaning}.", names::column(label, names)),
        ],
        input: (sizes.shape.to_vec(), sizes.remark),
        layers: [convolutions([height, width]), answer.layers].concat(),
        settings,
    })
}
