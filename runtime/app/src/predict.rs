//! Predicts for pictures, folders of pictures, tables and arrays.

mod answers;
#[cfg_attr(not(feature = "pictures"), expect(dead_code, reason = "only pictures have colours and sizes"))]
mod encode;
mod joint;
mod meaning;
mod results;
mod targets;

use super::{Output, about, args, interface, load, note};
use answers::{Answers, Kind, Names, Row};
use args::Format;
pub(super) use meaning::{Meaning, classes};
use netwright::app::Predictor;
use netwright::data::{About, Dataset, Inputs, Origins, Part, Problem};
use netwright::train::Pictures;
use netwright::train::{Error, Fit, Joint, Predict, Source};
use netwright::weights::Metadata;
use std::path::{Path, PathBuf};

pub(super) fn run<P: Predictor>(options: &args::Predict, out: &mut Output) -> Result<(), Error> {
    if let Some(joint) = joint::<P>() {
        return joint::run::<P>(joint, options, out);
    }
    let meaning = Meaning::of::<P>();
    let files = results::Options::of::<P>(options, meaning)?;
    let (params, metadata) = load::<P>(&options.weights)?;
    let about = about::<P>(&metadata, &options.weights, &options.data_root)?;
    let read = |file: &PathBuf| -> Result<Given, Error> {
        let samples = samples::<P>(file, options.fit, &about)?;
        if options.size == args::Size::Original {
            check_pictures::<P>("--size original", file, options.fit, &about)?;
        }
        remark(file, samples.notes());
        Ok(Given { file: file.clone(), samples })
    };
    let model = P::Model::new(params);
    if let Some(files) = files {
        let given = options.files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let written = results::run::<P>(&files, &model, &metadata.normalization, given, options, out);
        return written.map_err(unfitted::<P>);
    }
    let loss = P::loss();
    let answers = Kind::of(loss, meaning, P::OUTPUT, &metadata.classes, options.format);
    let (mut failed, mut parts) = (None, vec![]);
    for file in &options.files {
        let (mut rows, mut origins) = (vec![], Origins::default());
        let Given { samples, .. } = read(file)?;
        let left_out = samples.each(&metadata.normalization, |part| -> Result<(), Error> {
            rows.extend(predicted::<P>(&model, part.inputs(), |row| answers.answer(loss, row)));
            origins.append(part.origins().clone());
            Ok(())
        });
        remark(file, &left_out.map_err(unfitted::<P>)?);
        let nan = rows.iter().filter(|row| row.iter().any(|x| x.is_nan())).count();
        if nan > 0 {
            failed.get_or_insert(Error::NanOutputs { file: file.clone(), nan, samples: rows.len() });
        }
        parts.push((Names::of(file, &origins), rows));
    }
    let all: Vec<&Names> = parts.iter().map(|(names, _)| names).collect();
    let rows = parts.iter().map(|(_, rows)| &rows[..]).collect();
    let only = [Answers { name: None, kind: &answers, rows }];
    match options.format {
        Format::Csv => out.say(&answers::csv(&all, &only)),
        Format::Json => out.say(&answers::json(&all, &only)),
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

/// Returns the data of a network that has several inputs or outputs.
pub(super) fn joint<P: Predictor>() -> Option<&'static Joint> {
    match P::data() {
        Some(Source::Joint(joint)) if joint.parts.len() > 1 || joint.outputs.len() > 1 => Some(joint),
        _ => None,
    }
}

/// Hands the samples of files to `work`, part by part, each with the file that was asked for.
pub(super) fn read_each<P: Predictor>(
    inputs: &args::Inputs,
    metadata: &Metadata,
    about: &About,
    mut work: impl FnMut(&Path, &Part) -> Result<(), Error>,
) -> Result<(), Error> {
    for file in &inputs.files {
        let samples = samples::<P>(file, inputs.fit, about)?;
        remark(file, samples.notes());
        let left_out = samples.each(&metadata.normalization, |part| work(file, part));
        remark(file, &left_out.map_err(unfitted::<P>)?);
    }
    Ok(())
}

/// Writes remarks on a file.
fn remark(file: &Path, notes: &[String]) {
    notes.iter().for_each(|text| note(&format!("{}: {text}", file.display())));
}

/// Returns the error of a prediction; a picture's size is a matter of an option where no source says how it is fitted.
pub(super) fn unfitted<P: Predictor>(error: Error) -> Error {
    match error {
        Error::Data(error) if P::data().is_none() && is_of_size(&error.problem) => {
            Error::Unfitted(Box::new(error))
        }
        error => error,
    }
}

/// Returns true if the problem is a picture of another size than the network's.
#[cfg(feature = "pictures")]
fn is_of_size(problem: &Problem) -> bool {
    use netwright_data::picture::Problem::Size;
    match problem {
        Problem::Several { first, .. } => is_of_size(first),
        Problem::File(problem) => {
            matches!(**problem, netwright_data::Problem::Picture(Size { .. }))
        }
        _ => false,
    }
}

#[cfg(not(feature = "pictures"))]
fn is_of_size(_: &Problem) -> bool {
    false
}

/// Samples of one of the files that are asked for.
struct Given {
    file: PathBuf,
    samples: Inputs,
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
        let outputs = netwright::train::predict(model, part, part.len() / len);
        answers.extend(outputs.chunks_exact(P::Model::OUTPUT).map(&answer));
    }
    answers
}

/// Returns the source of the training samples, of several inputs that of the first.
fn first_source<P: Predictor>() -> Option<Source> {
    match P::data() {
        Some(Source::Joint(joint)) => Some(joint.parts[0].source),
        data => data,
    }
}

/// Opens the samples of a file, which a network is asked about.
///
/// # Errors
/// If they are missing or damaged, do not fit the network, or are no pictures that `fit` could be for.
pub(super) fn samples<P: Predictor>(file: &Path, fit: Option<Fit>, about: &About) -> Result<Inputs, Error> {
    let source = source::<P>(fit)?;
    let samples = Dataset::to_predict(file, source.as_ref(), &interface::<P>(), about)?;
    if fit.is_some() {
        check_pictures::<P>("--fit", file, fit, about)?;
    }
    Ok(samples)
}

/// Checks that a file is a picture or a folder of pictures, which an option is for.
fn check_pictures<P: Predictor>(
    option: &'static str,
    file: &Path,
    fit: Option<Fit>,
    about: &About,
) -> Result<(), Error> {
    match Dataset::are_pictures(file, source::<P>(fit)?.as_ref(), about) {
        true => Ok(()),
        false => Err(Error::Choice {
            option,
            reason: format!("it is for pictures, and {} is none", file.display()),
        }),
    }
}

/// Returns the source by which samples are read: that of the training, or pictures of any size.
fn source<P: Predictor>(fit: Option<Fit>) -> Result<Option<Source>, Error> {
    match (fit, first_source::<P>()) {
        (None, data) => Ok(data),
        (Some(_), Some(data)) if !data.is_idx() => Err(Error::Choice {
            option: "--fit",
            reason: "the `train` block says how samples are read".into(),
        }),
        (Some(fit), _) => Ok(Some(Source::Images(Pictures { fit, ..Pictures::USUAL }))),
    }
}
