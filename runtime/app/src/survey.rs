//! Says what data there is, before any network learns from it.

mod show;

use super::args::{self, Format};
use super::sheet::{self, Column};
use super::{Facts, Output};
use netwright::__app::samples;
use netwright::data::survey::{self, Files, Range};
use netwright::data::{Dataset, Error as DataError};
use netwright::train::{Error, HeldOut};
use std::path::Path;
use std::time::{Duration, Instant};

/// The classes that have a row on a sheet, or in a report, at most.
const CLASSES: usize = 50;

/// The samples of a part of the data, such as those that are held out.
struct Part {
    name: &'static str,
    data: Dataset,
    /// The number of samples of each class; empty if they have none.
    classes: Vec<usize>,
}

impl Part {
    /// Returns the number of samples of a class.
    fn count(&self, class: usize) -> usize {
        self.classes.get(class).copied().unwrap_or(0)
    }
}

/// All that is known about the data of a recipe.
#[derive(Default)]
struct Survey {
    files: Files,
    parts: Vec<Part>,
    /// The names of the classes; empty if samples have no classes.
    classes: Vec<String>,
    ranges: Vec<Range>,
    /// Inputs that never change among the samples to train with.
    constant: Vec<String>,
    damaged: Vec<DataError>,
    /// The pictures that are in two parts, with the names of both.
    shared: Vec<[(String, &'static str); 2]>,
    notes: Vec<String>,
    /// The time in which the training samples were read, and their number before any was held out.
    reading: Option<(Duration, usize)>,
    /// The parts that cannot be used, and the reasons.
    failed: Vec<(&'static str, Error)>,
    sheet: Option<String>,
}

pub(super) fn run(facts: &Facts, options: &args::Data, out: &mut Output) -> Result<(), Error> {
    if let Some(file) = &options.output {
        sheet::check(file)?;
    }
    let mut survey = survey(facts, &options.data_root);
    if let (Some(file), Some(training)) = (&options.output, survey.parts.first()) {
        // Of several inputs the first pictures are drawn.
        survey.sheet = Some(draw(training.data.pictures(), &survey.classes, file)?);
    }
    out.say(&match options.format {
        Format::Json => survey.json(facts),
        Format::Table | Format::Csv | Format::Png | Format::Npy | Format::Nii => survey.text(facts),
    });
    // The first one comes last, as the program's error.
    match survey.failed.is_empty() {
        true => Ok(()),
        false => Err(survey.failed.swap_remove(0).1),
    }
}

/// Reads all parts of the data; what cannot be read is told with the rest.
fn survey(facts: &Facts, root: &Path) -> Survey {
    let Facts { recipe, interface, .. } = facts;
    let source = recipe.source();
    let mut survey = Survey::default();
    // What keeps the files from being listed keeps them from being read, too.
    survey.files = survey::files(&source, root, interface).unwrap_or_default();
    let begin = Instant::now();
    let mut interface = *interface;
    let mut all = Dataset::training(&survey::lenient(source), root, &interface);
    let fitting = all.is_err().then(|| survey::shape(&source, root, &interface)).flatten();
    if let Some(shape) = &fitting
        && shape != interface.input
    {
        // There is more to tell than that the network takes something else.
        interface.input = shape;
        if let Err(error) =
            std::mem::replace(&mut all, Dataset::training(&survey::lenient(source), root, &interface))
        {
            survey.failed.push(("train", error.into()));
        }
    }
    let interface = &interface;
    let took = begin.elapsed();
    let notes = all.as_ref().map_or(true, |all| !all.notes().is_empty());
    for source in
        [Some(source), recipe.held_out.source().copied(), recipe.test].into_iter().flatten().filter(|_| notes)
    {
        survey.damaged.extend(survey::damaged(&source, root, interface).unwrap_or_default());
    }
    let all = match all {
        Ok(all) => all,
        // The first reason is the better one.
        Err(_) if !survey.failed.is_empty() => return survey,
        Err(error) => {
            survey.failed.push(("train", error.into()));
            return survey;
        }
    };
    survey.reading = Some((took, all.len()));
    // Damaged files have a list of their own.
    if survey.damaged.is_empty() {
        survey.notes.extend(all.notes().iter().cloned());
    }
    let about = all.about().clone();
    let file = root.join(source.path());
    let held_out = recipe.folds().next().map_or(HeldOut::None, |recipe| recipe.held_out);
    if let HeldOut::Fold { count, .. } = held_out {
        survey.notes.push(format!("the held-out samples are those of the first of {count} folds"));
    }
    match all.split(&held_out, recipe.seed) {
        Ok((training, held_out)) => {
            survey.add("train", Ok(training));
            survey.add("held out", Ok(held_out));
        }
        Err(problem) => survey.failed.push(("train", DataError::new(&file, problem).into())),
    }
    let own = match recipe.held_out.is_none().then(|| Dataset::has_held_out(&source, root)) {
        Some(Ok(true)) => Some(source),
        Some(Err(error)) => {
            survey.failed.push(("held out", error.into()));
            None
        }
        None | Some(Ok(false)) => None,
    };
    if let Some(source) = recipe.held_out.source().copied().or(own) {
        survey.parts.retain(|part| part.name == "train");
        survey.add("held out", Dataset::held_out(&survey::lenient(source), root, interface, &about));
    }
    let test = recipe.test.map(survey::lenient);
    match Dataset::testing(&source, test.as_ref(), root, interface, &about) {
        Ok(test) => {
            test.into_iter().for_each(|test| survey.add("test", Ok(test)));
        }
        Err(error) => survey.failed.push(("test", error.into())),
    }
    if interface.loss.of_indices() {
        // Beyond the classes is a label that does not count.
        survey.parts.iter_mut().for_each(|part| part.classes.truncate(interface.output[0]));
    }
    survey.classes = class_names(&survey.parts);
    let measured = survey.parts.first().map(|training| {
        let ranges = training.data.ranges()?;
        Ok((ranges, training.data.constant_columns()?))
    });
    match measured {
        None => {}
        Some(Ok((ranges, constant))) => (survey.ranges, survey.constant) = (ranges, constant),
        Some(Err(error)) => survey.failed.push(("train", Error::Data(error))),
    }
    for (at, part) in survey.parts.iter().enumerate() {
        for before in &survey.parts[..at] {
            let shared = part.data.shared_pictures(&before.data);
            survey
                .shared
                .extend(shared.into_iter().map(|[own, other]| [(own, part.name), (other, before.name)]));
        }
    }
    survey
}

impl Survey {
    /// Adds a part, if it has samples.
    fn add(&mut self, name: &'static str, data: Result<Dataset, DataError>) {
        match data {
            Ok(data) if data.is_empty() => {}
            Ok(data) => {
                let classes = samples::counts(&data.strata());
                self.parts.push(Part { name, data, classes });
            }
            Err(error) => self.failed.push((name, error.into())),
        }
    }
}

/// Returns the names of the classes: those of the data, or else their numbers.
fn class_names(parts: &[Part]) -> Vec<String> {
    let named = parts.first().map(|part| part.data.classes()).unwrap_or_default();
    let count = parts.iter().map(|part| part.classes.len()).max().unwrap_or(0);
    match named.len() >= count {
        true if count > 0 => named.to_vec(),
        _ => (0..count).map(|class| class.to_string()).collect(),
    }
}

/// Draws samples to train with on a sheet, and returns the order in which they stand there.
fn draw(training: &Dataset, classes: &[String], file: &Path) -> Result<String, Error> {
    let Ok(shape) = <[usize; 3]>::try_from(training.shape().to_vec()) else {
        return Err(DataError::new(
            file,
            netwright::data::Problem::NoSheet { found: training.shape().to_vec() },
        )
        .into());
    };
    let [_, height, width] = shape;
    // A sheet of large pictures has fewer of them, so that it stays about as large as a screen.
    let across = (2048 / width.max(1)).clamp(1, sheet::SAMPLES);
    let strata = training.strata();
    let masks = training.masks(sheet::SAMPLES);
    let (rows, order): (Vec<Vec<usize>>, String) = match () {
        () if masks.is_some() => {
            let rows = (0..training.len().min(sheet::SAMPLES)).map(|sample| vec![sample]).collect();
            (rows, "a picture and its mask in each row".into())
        }
        () if !strata.is_empty() && classes.len() <= CLASSES => {
            let of = |class: usize| {
                let samples = strata.iter().enumerate().filter(|(_, found)| **found as usize == class);
                samples.take(across).map(|(sample, _)| sample).collect::<Vec<usize>>()
            };
            let of: Vec<Vec<usize>> = (0..classes.len()).map(of).collect();
            (of, format!("a row for each class, from the top: {}", classes.join(", ")))
        }
        () => {
            let samples: Vec<usize> = (0..training.len().min(across * sheet::SAMPLES)).collect();
            let answers: Vec<String> = samples.iter().map(|&sample| training.answer(sample)).collect();
            let rows = samples.chunks(across).map(<[usize]>::to_vec).collect();
            let order = match answers.iter().all(String::is_empty) {
                true => "the first samples, row by row".into(),
                false => {
                    let rows = answers.chunks(across).map(|row| row.join(", "));
                    format!("labels from the left, row by row: {}", rows.collect::<Vec<_>>().join("; "))
                }
            };
            (rows, order)
        }
    };
    let column = |at: usize| -> Result<Column, DataError> {
        let images = rows.iter().map(|row| image(training, row.get(at).copied()));
        Ok(Column { images: images.collect::<Result<Vec<_>, _>>()?.concat(), shape })
    };
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut columns: Vec<Column> = (0..most).map(column).collect::<Result<_, _>>()?;
    columns.extend(masks.map(|masks| {
        let images = rows.iter().flat_map(|row| masks[row[0] * height * width..][..height * width].to_vec());
        Column { images: images.collect(), shape: [1, height, width] }
    }));
    sheet::save(&columns, file)?;
    Ok(format!("{}: {order}", file.display()))
}

/// Returns the pixels of a sample; NaN, which leaves the ground as it is, if there is none.
fn image(data: &Dataset, sample: Option<usize>) -> Result<Vec<f32>, DataError> {
    let mut pixels = vec![];
    match sample {
        Some(sample) => data.read(sample..sample + 1, &mut pixels)?,
        None => pixels.resize(data.sample_len(), f32::NAN),
    }
    Ok(pixels)
}
