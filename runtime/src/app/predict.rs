//! Predicts for pictures, folders of pictures, and tables.

use super::{App, Output, about, args, class_name, interface, load, table};
use crate::data::Dataset;
use crate::metrics::{class_of, probabilities};
use crate::train::{Answers, Error, Loss, Predict, predict};
use args::Format;
use std::path::{Path, PathBuf};

/// Classes that the answer for a single picture shows.
const SHOWN: usize = 5;

pub(super) fn run<A: App>(options: &args::Predict, out: &mut Output) -> Result<(), Error> {
    let (params, metadata) = load::<A>(&options.weights)?;
    let about = about::<A>(&metadata, &options.weights, &options.data_root)?;
    let model = A::Model::new(params);
    let interface = interface::<A>();
    let (mut failed, mut parts) = (None, vec![]);
    for file in &options.files {
        let samples = Dataset::to_predict(file, A::RECIPE.data.as_ref(), &interface, &about)?;
        let count = samples.count(interface.inputs());
        let names = match samples.slices() {
            [] => Names::of(file, samples.files(), samples.lines()),
            slices => Names::slices(slices),
        };
        let outputs = predict(&model, &samples.scaled(&metadata.normalization), count);
        let rows: Vec<Vec<f64>> =
            outputs.chunks_exact(interface.outputs()).map(|row| probabilities(A::RECIPE.loss, row)).collect();
        let nan = rows.iter().filter(|row| row.iter().any(|x| x.is_nan())).count();
        if nan > 0 {
            failed.get_or_insert(Error::NanOutputs { file: file.clone(), nan, samples: count });
        }
        parts.push((names, rows));
    }
    let answers = Kind::of(A::RECIPE.loss, interface.outputs(), &metadata.classes);
    match options.format {
        Format::Table => {
            for (i, (names, rows)) in parts.iter().enumerate() {
                if i > 0 {
                    out.say("");
                }
                if options.files.len() > 1 {
                    out.say(&format!("{}:", options.files[i].display()));
                }
                out.say(&answers.table(names, rows));
            }
        }
        Format::Csv => out.say(&answers.csv(&parts)),
        Format::Json => out.say(&answers.json(&parts)),
    }
    failed.map_or(Ok(()), Err)
}

/// The names of samples.
enum Names {
    /// One picture.
    Picture(String),
    /// Pictures of a folder.
    Pictures(Vec<String>),
    /// Lines of a table.
    Lines(String, Vec<u64>),
    /// Slices of volumes, or frames of scans, numbered from 0.
    Slices(Vec<(String, u64)>),
}

impl Names {
    fn of(file: &Path, files: &[PathBuf], lines: &[u64]) -> Names {
        let name = file.display().to_string();
        match files {
            [] if lines.is_empty() => Names::Picture(name),
            [] => Names::Lines(name, lines.to_vec()),
            [one] if one == file => Names::Picture(name),
            files => Names::Pictures(files.iter().map(|file| file.display().to_string()).collect()),
        }
    }

    fn slices(slices: &[(PathBuf, usize)]) -> Names {
        Names::Slices(
            slices.iter().map(|(file, slice)| (file.display().to_string(), *slice as u64)).collect(),
        )
    }

    /// Returns the word for a part of a file, if samples are such parts.
    fn part(&self) -> Option<&'static str> {
        match self {
            Names::Picture(_) | Names::Pictures(_) => None,
            Names::Lines(..) => Some("line"),
            Names::Slices(_) => Some("slice"),
        }
    }

    /// Returns the sample's file, and its line or slice in it if it is a part.
    fn sample(&self, at: usize) -> (&str, Option<u64>) {
        match self {
            Names::Picture(file) => (file, None),
            Names::Pictures(files) => (&files[at], None),
            Names::Lines(file, lines) => (file, lines.get(at).copied()),
            Names::Slices(slices) => (&slices[at].0, Some(slices[at].1)),
        }
    }

    /// Returns the word for a sample and its name, for a table of many.
    fn cell(&self, at: usize) -> (&'static str, String) {
        match self.sample(at) {
            (_, Some(line)) if matches!(self, Names::Lines(..)) => ("line", line.to_string()),
            (file, Some(slice)) => ("slice", format!("{file} {slice}")),
            (file, None) => ("file", file.to_string()),
        }
    }
}

/// The kind of answers, and how they are called.
enum Kind {
    /// One of several classes, by their names.
    Classes {
        names: Vec<String>,
        /// The output is the probability of the second class.
        of_yes: bool,
    },
    /// Numbers, as in a regression.
    Numbers(Vec<String>),
}

impl Kind {
    fn of(loss: Loss, outputs: usize, classes: &[String]) -> Kind {
        let names = |count: usize| (0..count).map(|class| class_name(classes, class)).collect();
        match loss.answers() {
            Answers::Classes { .. } => Kind::Classes { names: names(outputs), of_yes: false },
            Answers::YesOrNo { .. } if loss.of_shares() && outputs == 1 => {
                Kind::Classes { names: names(2), of_yes: true }
            }
            Answers::YesOrNo { .. } | Answers::Numbers => {
                Kind::Numbers((0..outputs).map(|output| format!("output {output}")).collect())
            }
        }
    }

    /// Returns the probability of each class; an output that is the probability of a yes says that of a no.
    fn probabilities(row: &[f64], of_yes: bool) -> Vec<f64> {
        if of_yes { vec![1.0 - row[0], row[0]] } else { row.to_vec() }
    }

    /// Returns the answers as columns: the likeliest classes of one picture, a line for each of several samples.
    fn table(&self, names: &Names, rows: &[Vec<f64>]) -> String {
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
                cells.push(vec![names.cell(0).0.into(), "class".into(), "probability".into()]);
                for (at, row) in rows.iter().enumerate() {
                    let row = Kind::probabilities(row, *of_yes);
                    let answer = match class_of(&row) {
                        Some(class) => [classes[class].clone(), percent(row[class])],
                        None => UNKNOWN.map(String::from),
                    };
                    cells.push([names.cell(at).1].into_iter().chain(answer).collect());
                }
            }
            (Kind::Numbers(outputs), _) => {
                let numbered = !matches!(names, Names::Picture(_));
                let heading = numbered.then(|| names.cell(0).0.to_string());
                cells.push(heading.into_iter().chain(outputs.iter().cloned()).collect());
                for (at, row) in rows.iter().enumerate() {
                    let name = numbered.then(|| names.cell(at).1);
                    cells.push(name.into_iter().chain(row.iter().map(|x| format!("{x:.6}"))).collect());
                }
            }
        }
        table(&cells)
    }

    /// Returns the answers as comma-separated values, with a line of names.
    fn csv(&self, parts: &[(Names, Vec<Vec<f64>>)]) -> String {
        let part = parts.iter().find_map(|(names, _)| names.part());
        let mut text = part.map_or_else(|| "file".to_string(), |part| format!("file,{part}"));
        let outputs = match self {
            Kind::Classes { names, .. } => {
                text += ",class,probability";
                names
            }
            Kind::Numbers(names) => names,
        };
        outputs.iter().for_each(|name| text += &format!(",{}", quoted(name)));
        for (names, rows) in parts {
            for (at, row) in rows.iter().enumerate() {
                let (file, line) = names.sample(at);
                text += &format!("\n{}", quoted(file));
                if part.is_some() {
                    text += &line.map_or_else(|| ",".to_string(), |line| format!(",{line}"));
                }
                let numbers = match self {
                    Kind::Classes { names, of_yes } => {
                        let row = Kind::probabilities(row, *of_yes);
                        text += &match class_of(&row) {
                            Some(class) => format!(",{},{}", quoted(&names[class]), row[class]),
                            None => ",,NaN".to_string(),
                        };
                        row
                    }
                    Kind::Numbers(_) => row.clone(),
                };
                numbers.iter().for_each(|number| text += &format!(",{number}"));
            }
        }
        text
    }

    /// Returns the answers as a list of objects in JSON; what is no number is `null` there.
    fn json(&self, parts: &[(Names, Vec<Vec<f64>>)]) -> String {
        use serde_json::{Map, Value, json};
        let mut answers = vec![];
        for (names, rows) in parts {
            for (at, row) in rows.iter().enumerate() {
                let (file, line) = names.sample(at);
                let mut answer = Map::from_iter([("file".to_string(), json!(file))]);
                answer.extend(line.zip(names.part()).map(|(line, part)| (part.to_string(), json!(line))));
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
                    Kind::Numbers(_) => {
                        answer.insert("outputs".into(), json!(row));
                    }
                }
                answers.push(Value::from(answer));
            }
        }
        format!("{:#}", Value::from(answers))
    }
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
