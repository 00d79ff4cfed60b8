//! Predicts for pictures, folders of pictures, tables and arrays.

mod answers;
#[cfg_attr(not(feature = "pictures"), expect(dead_code, reason = "only pictures have colours and sizes"))]
mod encode;
mod meaning;
mod results;

use super::{Output, Predictor, about, args, interface, load, note};
use crate::data::{self, Dataset, Inputs};
use crate::recipe::Pictures;
use crate::train::{Error, Fit, Predict, Source};
use answers::{Kind, Names, Row};
use args::Format;
use meaning::Meaning;
use std::path::PathBuf;

pub(super) fn run<P: Predictor>(options: &args::Predict, out: &mut Output) -> Result<(), Error> {
    let meaning = Meaning::of::<P>();
    let files = results::Options::of::<P>(options, meaning)?;
    let source = source::<P>(options.fit)?;
    let (params, metadata) = load::<P>(&options.weights)?;
    let about = about::<P>(&metadata, &options.weights, &options.data_root)?;
    let interface = interface::<P>();
    let read = |file: &PathBuf| -> Result<Read, Error> {
        let samples = Dataset::to_predict(file, source.as_ref(), &interface, &about)
            .map_err(|error| unfitted(error, P::DATA.is_none()))?;
        samples.notes().iter().for_each(|text| note(&format!("{}: {text}", file.display())));
        let count = samples.count(interface.inputs());
        Ok(Read { file: file.clone(), names: Names::of(file, &samples), samples, count })
    };
    let model = P::Model::new(params);
    if let Some(files) = files {
        let read = options.files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        return results::run::<P>(&files, &model, &metadata.normalization, read, options, out);
    }
    let answers = Kind::of(P::LOSS, meaning, P::OUTPUT, &metadata.classes, options.format);
    let (mut failed, mut parts) = (None, vec![]);
    for file in &options.files {
        let Read { names, samples, count, .. } = read(file)?;
        let mut rows = Vec::with_capacity(count);
        samples.each(&metadata.normalization, |inputs| {
            rows.extend(predicted::<P>(&model, inputs, |row| answers.answer(P::LOSS, row)));
        })?;
        let nan = rows.iter().filter(|row| row.iter().any(|x| x.is_nan())).count();
        if nan > 0 {
            failed.get_or_insert(Error::NanOutputs { file: file.clone(), nan, samples: count });
        }
        parts.push((names, rows));
    }
    match options.format {
        Format::Csv => out.say(&answers.csv(&parts)),
        Format::Json => out.say(&answers.json(&parts)),
        Format::Table | Format::Png | Format::Npy | Format::Nii => {
            for (i, (names, rows)) in parts.iter().enumerate() {
                if i > 0 {
                    out.say("");
                }
                if options.files.len() > 1 {
                    out.say(&format!("{}:", options.files[i].display()));
                }
                out.say(&answers.table(names, rows));
            }
            if meaning::places(P::OUTPUT) > 1 {
                note("the outputs have a number for each place: `-o FOLDER` writes them as files");
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Returns the error of a file; a picture's size is a matter of an option where no source says how it is fitted.
fn unfitted(error: data::Error, is_option: bool) -> Error {
    #[cfg(feature = "pictures")]
    if is_option {
        use netwright_data::{Problem, picture};
        let problem = match &error.problem {
            data::Problem::Several { first, .. } => &**first,
            problem => problem,
        };
        if let data::Problem::File(problem) = problem
            && let Problem::Picture(picture::Problem::Size { .. }) = **problem
        {
            return Error::Unfitted(error.into());
        }
    }
    #[cfg(not(feature = "pictures"))]
    let _ = is_option;
    error.into()
}

/// Samples of one of the files that are asked for.
struct Read {
    file: PathBuf,
    names: Names,
    samples: Inputs,
    count: usize,
}

/// Numbers of outputs that are in memory at once, beside those of [`SAMPLES_AT_ONCE`] samples.
const NUMBERS_AT_ONCE: usize = 1 << 22;
/// Samples that are predicted together at least, so that every thread has some.
const SAMPLES_AT_ONCE: usize = 64;

/// Returns the number of samples that are predicted together.
fn at_once<P: Predictor>() -> usize {
    (NUMBERS_AT_ONCE / P::Model::OUTPUT).max(SAMPLES_AT_ONCE)
}

/// Predicts a part at a time, and collects the answers for each sample.
fn predicted<P: Predictor>(model: &P::Model, inputs: &[f32], answer: impl Fn(&[f32]) -> Row) -> Vec<Row> {
    let len: usize = P::INPUT.iter().product();
    let mut answers = Vec::with_capacity(inputs.len() / len);
    for part in inputs.chunks(at_once::<P>() * len) {
        let outputs = crate::train::predict(model, part, part.len() / len);
        answers.extend(outputs.chunks_exact(P::Model::OUTPUT).map(&answer));
    }
    answers
}

/// Returns the source by which samples are read: that of the training, or pictures of any size.
fn source<P: Predictor>(fit: Option<Fit>) -> Result<Option<Source>, Error> {
    match (fit, P::DATA) {
        (None, data) => Ok(data),
        (Some(_), Some(data)) if !data.is_idx() => Err(Error::Choice {
            option: "--fit",
            reason: "the `train` block says how samples are read".into(),
        }),
        (Some(fit), _) => Ok(Some(Source::Images(Pictures { fit, ..Pictures::USUAL }))),
    }
}
