//! Answers as text: columns for people, comma-separated values and JSON for programs.

use super::super::args::Format;
use super::super::{class_name, table};
use super::meaning::{self, Meaning};
use netwright::data::Origins;
use netwright::metrics::{class_of, probabilities};
use netwright::train::Loss;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Classes that the answer for a single picture shows.
const SHOWN: usize = 5;

/// The numbers that answer for a sample.
pub(super) type Row = Vec<f64>;

/// The names of samples.
pub(super) enum Names {
    /// One picture.
    Picture(String),
    /// Pictures of a folder.
    Pictures(Vec<String>),
    /// Lines of a table.
    Lines(String, Vec<u64>),
    /// Samples of arrays, counted from 0.
    Samples(String),
    /// Slices of volumes, or frames of scans, counted from 0.
    Slices(Vec<(String, usize)>),
}

/// The place of a sample in its file.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Whole,
    Line(u64),
    Sample(usize),
    Slice(usize),
}

impl Place {
    /// Returns the number in the file, if `word` is what is counted there.
    fn number(self, word: &str) -> Option<u64> {
        match self {
            Place::Line(line) if word == "line" => Some(line),
            Place::Sample(sample) if word == "sample" => Some(sample as u64),
            Place::Slice(slice) if word == "slice" => Some(slice as u64),
            Place::Whole | Place::Line(_) | Place::Sample(_) | Place::Slice(_) => None,
        }
    }
}

impl Names {
    pub(super) fn of(file: &Path, origins: &Origins) -> Names {
        let name = |file: &Path| file.display().to_string();
        match origins {
            Origins::Unknown => Names::Samples(name(file)),
            Origins::Lines(lines) => Names::Lines(name(file), lines.clone()),
            Origins::Files(files) if *files == [file] => Names::Picture(name(file)),
            Origins::Files(files) => Names::Pictures(files.iter().map(|file| name(file)).collect()),
            Origins::Slices(slices) => {
                Names::Slices(slices.iter().map(|(file, at)| (name(file), *at)).collect())
            }
        }
    }

    /// Returns the sample's file, and its place in it.
    fn sample(&self, at: usize) -> (&str, Place) {
        match self {
            Names::Picture(file) => (file, Place::Whole),
            Names::Pictures(files) => (&files[at], Place::Whole),
            Names::Lines(file, lines) => {
                (file, lines.get(at).map_or(Place::Whole, |&line| Place::Line(line)))
            }
            Names::Samples(file) => (file, Place::Sample(at)),
            Names::Slices(slices) => (&slices[at].0, Place::Slice(slices[at].1)),
        }
    }

    /// Returns the word for a sample in a table of many.
    fn word(&self) -> &'static str {
        match self {
            Names::Lines(..) => "line",
            Names::Samples(_) => "sample",
            Names::Slices(_) => "slice",
            Names::Picture(_) | Names::Pictures(_) => "file",
        }
    }

    /// Returns the name of a sample in a table of many.
    fn cell(&self, at: usize) -> String {
        match self.sample(at) {
            (_, Place::Line(line)) => line.to_string(),
            (_, Place::Sample(sample)) => sample.to_string(),
            (file, Place::Slice(slice)) => format!("{file} {slice}"),
            (file, Place::Whole) => file.to_string(),
        }
    }
}

/// The kind of answers, and how they are called.
pub(super) enum Kind {
    /// One of several classes, by their names.
    Classes {
        names: Vec<String>,
        /// The output is the probability of the second class.
        of_yes: bool,
    },
    /// Numbers, as in a regression.
    Numbers {
        names: Vec<String>,
        /// The word for numbers that have names of their own.
        named: Option<&'static str>,
    },
    /// The share of each class in an output's places.
    Shares(Vec<String>),
    /// The share of an output's places above a border.
    Above(f32),
    /// The range of an output's numbers.
    Range,
}

impl Kind {
    /// Finds the answers that a form has for outputs of a shape.
    pub(super) fn of(
        loss: Loss,
        meaning: Meaning,
        output: &[usize],
        known: &[String],
        format: Format,
    ) -> Kind {
        let outputs = output.iter().product();
        let is_dense = meaning::places(output) > 1;
        let names = |count: usize| (0..count).map(|class| class_name(known, class)).collect();
        // Thousands of numbers are for programs.
        let is_short = is_dense && !matches!(format, Format::Csv | Format::Json);
        match meaning {
            Meaning::Classes if is_dense => Kind::Shares(names(output[0])),
            Meaning::Classes => Kind::Classes { names: names(outputs), of_yes: false },
            Meaning::YesOrNo { border, .. } if is_short => Kind::Above(border),
            Meaning::Numbers if is_short => Kind::Range,
            Meaning::YesOrNo { .. } if loss.of_shares() && outputs == 1 => {
                Kind::Classes { names: names(2), of_yes: true }
            }
            Meaning::YesOrNo { .. } | Meaning::Numbers if known.len() == outputs => {
                let word = if loss.of_shares() { "probabilities" } else { "values" };
                Kind::Numbers { names: names(outputs), named: Some(word) }
            }
            Meaning::YesOrNo { .. } | Meaning::Numbers => {
                let names = (0..outputs).map(|output| format!("output {output}")).collect();
                Kind::Numbers { names, named: None }
            }
        }
    }

    /// Returns the answer that an output is.
    pub(super) fn answer(&self, loss: Loss, output: &[f32]) -> Row {
        let numbers = || output.iter().map(|&number| f64::from(number));
        match self {
            Kind::Classes { .. } | Kind::Numbers { .. } => probabilities(loss, output),
            Kind::Shares(names) => {
                let places = output.len() / names.len();
                let mut counts = vec![0.0; names.len()];
                for class in meaning::classes(output, places) {
                    match class {
                        Some(class) => counts[class] += 1.0 / places as f64,
                        None => return vec![f64::NAN; names.len()],
                    }
                }
                counts
            }
            Kind::Above(border) => {
                let p = probabilities(loss, output);
                let above = p.iter().filter(|&&p| p > f64::from(*border)).count();
                vec![if p.iter().any(|p| p.is_nan()) { f64::NAN } else { above as f64 / p.len() as f64 }]
            }
            Kind::Range if output.iter().any(|number| number.is_nan()) => vec![f64::NAN; 3],
            Kind::Range => vec![
                numbers().fold(f64::INFINITY, f64::min),
                numbers().sum::<f64>() / output.len() as f64,
                numbers().fold(f64::NEG_INFINITY, f64::max),
            ],
        }
    }

    /// Returns the headings of numbers.
    fn headings(&self) -> Vec<String> {
        match self {
            Kind::Classes { names, .. } | Kind::Numbers { names, .. } => names.clone(),
            Kind::Shares(names) => names.iter().map(|name| format!("share of {name}")).collect(),
            Kind::Above(border) => vec![format!("share above {border}")],
            Kind::Range => ["least", "mean", "largest"].map(String::from).into(),
        }
    }

    /// Returns the probability of each class; an output that is the probability of a yes says that of a no.
    fn probabilities(row: &[f64], of_yes: bool) -> Vec<f64> {
        if of_yes { vec![1.0 - row[0], row[0]] } else { row.to_vec() }
    }

    /// Returns the answers as columns: the likeliest classes of one picture, a line for each of several samples.
    pub(super) fn table(&self, names: &Names, rows: &[Row]) -> String {
        let percent = |share: f64| format!("{:.2}%", 100.0 * share);
        let mut cells: Vec<Vec<String>> = Vec::new();
        match (self, names) {
            (Kind::Classes { names, of_yes }, Names::Picture(_)) => {
                cells.push(vec!["class".into(), "probability".into()]);
                let row = Kind::probabilities(&rows[0], *of_yes);
                if class_of(&row).is_none() {
                    cells.push(UNKNOWN.map(String::from).to_vec());
                    return table(&cells);
                }
                let mut order: Vec<usize> = (0..row.len()).collect();
                order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
                let best = order.into_iter().take(SHOWN);
                cells.extend(best.map(|class| vec![names[class].clone(), percent(row[class])]));
            }
            (Kind::Classes { names: classes, of_yes }, _) => {
                cells.push(vec![names.word().into(), "class".into(), "probability".into()]);
                for (at, row) in rows.iter().enumerate() {
                    let row = Kind::probabilities(row, *of_yes);
                    let answer = match class_of(&row) {
                        Some(class) => [classes[class].clone(), percent(row[class])],
                        None => UNKNOWN.map(String::from),
                    };
                    cells.push([names.cell(at)].into_iter().chain(answer).collect());
                }
            }
            (kind, _) => {
                let numbered = !matches!(names, Names::Picture(_));
                let heading = numbered.then(|| names.word().to_string());
                cells.push(heading.into_iter().chain(kind.headings()).collect());
                let number = |x: &f64| match kind {
                    Kind::Shares(_) | Kind::Above(_) if !x.is_nan() => percent(*x),
                    _ => format!("{x:.6}"),
                };
                for (at, row) in rows.iter().enumerate() {
                    let name = numbered.then(|| names.cell(at));
                    cells.push(name.into_iter().chain(row.iter().map(number)).collect());
                }
            }
        }
        table(&cells)
    }

    /// Returns the headings of the cells of [`cells`](Kind::cells), each after `prefix`.
    fn columns(&self, prefix: &str) -> String {
        let first: &[&str] = if let Kind::Classes { .. } = self { &["class", "probability"] } else { &[] };
        let names = first.iter().map(|name| name.to_string()).chain(self.headings());
        names.map(|name| format!(",{}", quoted(&format!("{prefix}{name}")))).collect()
    }

    /// Returns an answer as cells of comma-separated values, each after a comma.
    fn cells(&self, row: &[f64]) -> String {
        let mut text = String::new();
        let numbers = match self {
            Kind::Classes { names, of_yes } => {
                let row = Kind::probabilities(row, *of_yes);
                text += &match class_of(&row) {
                    Some(class) => format!(",{},{}", quoted(&names[class]), row[class]),
                    None => ",,NaN".to_string(),
                };
                row
            }
            _ => row.to_vec(),
        };
        numbers.iter().for_each(|number| text += &format!(",{number}"));
        text
    }

    /// Returns an answer as the entries of an object in JSON; what is no number is `null` there.
    fn entries(&self, row: &[f64]) -> Map<String, Value> {
        let mut answer = Map::new();
        let by_name = |names: &[String], row: &[f64]| -> Value {
            names.iter().cloned().zip(row.iter().map(|&x| json!(x))).collect::<Map<_, _>>().into()
        };
        match self {
            Kind::Classes { names, of_yes } => {
                let row = Kind::probabilities(row, *of_yes);
                let class = class_of(&row);
                answer.insert("class".into(), json!(class.map(|class| &names[class])));
                answer.insert("probability".into(), json!(class.map(|class| row[class])));
                answer.insert("probabilities".into(), by_name(names, &row));
            }
            Kind::Numbers { names, named } => {
                answer.insert("outputs".into(), json!(row));
                answer.extend(named.map(|word| (word.to_string(), by_name(names, row))));
            }
            Kind::Shares(names) => drop(answer.insert("shares".into(), by_name(names, row))),
            Kind::Above(_) | Kind::Range => {
                answer.insert("outputs".into(), by_name(&self.headings(), row));
            }
        }
        answer
    }
}

/// Answers of one output for the samples of some files.
pub(super) struct Answers<'a> {
    /// The output's name, if there are several.
    pub(super) name: Option<&'a str>,
    pub(super) kind: &'a Kind,
    /// A row for each sample of each file.
    pub(super) rows: Vec<&'a [Row]>,
}

/// Returns the answers as comma-separated values, with a line of names.
pub(super) fn csv(files: &[&Names], outputs: &[Answers<'_>]) -> String {
    // Columns that say where in its file a sample is.
    let mut words = vec!["line", "sample", "slice"];
    words.retain(|word| files.iter().any(|names| names.word() == *word));
    let mut text = String::from("file");
    words.iter().for_each(|word| text += &format!(",{word}"));
    for output in outputs {
        let prefix = output.name.map(|name| format!("{name}.")).unwrap_or_default();
        text += &output.kind.columns(&prefix);
    }
    for (at_file, names) in files.iter().enumerate() {
        for at in 0..outputs.first().map_or(0, |output| output.rows[at_file].len()) {
            let (file, place) = names.sample(at);
            text += &format!("\n{}", quoted(file));
            for word in &words {
                text += ",";
                text += &place.number(word).map(|number| number.to_string()).unwrap_or_default();
            }
            for output in outputs {
                text += &output.kind.cells(&output.rows[at_file][at]);
            }
        }
    }
    text
}

/// Returns the answers as a list of objects in JSON; those of several outputs are objects of their own.
pub(super) fn json(files: &[&Names], outputs: &[Answers<'_>]) -> String {
    let mut answers = vec![];
    for (at_file, names) in files.iter().enumerate() {
        for at in 0..outputs.first().map_or(0, |output| output.rows[at_file].len()) {
            let (file, place) = names.sample(at);
            let mut answer = Map::from_iter([("file".to_string(), json!(file))]);
            let number = place.number(names.word());
            answer.extend(number.map(|number| (names.word().to_string(), json!(number))));
            for output in outputs {
                let entries = output.kind.entries(&output.rows[at_file][at]);
                match output.name {
                    None => answer.extend(entries),
                    Some(name) => drop(answer.insert(name.into(), entries.into())),
                }
            }
            answers.push(Value::from(answer));
        }
    }
    format!("{:#}", Value::from(answers))
}

/// The class and probability where the outputs are NaN: no class is the likeliest.
const UNKNOWN: [&str; 2] = ["-", "NaN"];

/// Returns a cell of comma-separated values.
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.into(),
    }
}
