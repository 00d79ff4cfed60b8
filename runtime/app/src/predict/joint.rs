//! Predictions of networks with several inputs or outputs.

use super::answers::{self, Answers, Kind, Names, Row};
use super::args::{self, Format};
use super::meaning::{Meaning, has_masks};
use super::{Output, about, load, remark};
use netwright::app::Predictor;
use netwright::data::{About, Dataset, Error as DataError, Interface, Part as Samples, Unjoined, places};
use netwright::train::{Answer, Compared, Joint, Part, Source};
use netwright::train::{Error, Loss, Predict};
use netwright::weights::Normalization;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub(super) fn run<P: Predictor>(
    joint: &'static Joint,
    options: &args::Predict,
    out: &mut Output,
) -> Result<(), Error> {
    if options.output.is_some() {
        let reason = "writes the outputs of networks with one input and one output; `--format json` has all numbers of several";
        return Err(Error::Choice { option: "--output", reason: reason.into() });
    }
    if options.fit.is_some() {
        let reason = "the `train` block says how samples are read";
        return Err(Error::Choice { option: "--fit", reason: reason.into() });
    }
    let files = files(joint, &options.files)?;
    let (params, metadata) = load::<P>(&options.weights)?;
    let about = about::<P>(&metadata, &options.weights, &options.data_root)?;
    let kinds: Vec<Kind> =
        (0..joint.outputs.len()).map(|at| kind(joint, at, &about, options.format)).collect();
    let model = P::Model::new(params);
    let (mut failed, mut names) = (None, vec![]);
    let mut rows: Vec<Vec<Vec<Row>>> = vec![vec![]; kinds.len()];
    for files in &files {
        let read = read(joint, files, &about, &metadata.normalization)?;
        let (inputs, count) = numbers(joint, read.inputs);
        let answers = predicted::<P>(joint, &model, &inputs, count, &kinds);
        let nan =
            (0..count).filter(|&at| answers.iter().any(|rows| rows[at].iter().any(|x| x.is_nan()))).count();
        if nan > 0 {
            failed.get_or_insert(Error::NanOutputs { file: files[0].into(), nan, samples: count });
        }
        rows.iter_mut().zip(answers).for_each(|(rows, answers)| rows.push(answers));
        names.push(read.names);
    }
    let names: Vec<&Names> = names.iter().collect();
    let outputs = joint.outputs.iter().zip(&kinds).zip(&rows).map(|(((name, _), kind), rows)| Answers {
        name: (joint.outputs.len() > 1).then_some(*name),
        kind,
        rows: rows.iter().map(Vec::as_slice).collect(),
    });
    let outputs: Vec<Answers<'_>> = outputs.collect();
    match options.format {
        Format::Csv => out.say(&answers::csv(&names, &outputs)),
        Format::Json => out.say(&answers::json(&names, &outputs)),
        Format::Table | Format::Png | Format::Npy | Format::Nii => {
            for (at, (names, files)) in names.iter().zip(&files).enumerate() {
                if at > 0 {
                    out.say("");
                }
                if options.files.len() > files.len() {
                    out.say(&format!("{}:", files[0].display()));
                }
                for (number, output) in outputs.iter().enumerate() {
                    if number > 0 {
                        out.say("");
                    }
                    if let Some(name) = output.name {
                        out.say(&format!("{name}:"));
                    }
                    out.say(&output.kind.table(names, output.rows[at]));
                }
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Returns the files to predict for: of several inputs one for each, in their order.
fn files<'a>(joint: &Joint, files: &'a [PathBuf]) -> Result<Vec<Vec<&'a Path>>, Error> {
    if let [_] = joint.parts {
        return Ok(files.iter().map(|file| vec![file.as_path()]).collect());
    }
    let example: Vec<String> = joint.parts.iter().map(|part| format!("{0}={0}.csv", part.input)).collect();
    let wrong = |reason: String| Error::Choice { option: "predict", reason };
    let mut named: HashMap<&str, &Path> = HashMap::new();
    for file in files {
        let parts = file.to_str().and_then(|text| text.split_once('='));
        let Some((name, path)) = parts.filter(|(name, _)| joint.parts.iter().any(|part| part.input == *name))
        else {
            return Err(wrong(format!(
                "`{}` does not say which input it is for: write a file for each input, such as `{}`",
                file.display(),
                example.join(" ")
            )));
        };
        if named.insert(name, Path::new(path)).is_some() {
            return Err(wrong(format!("there are two files for the input `{name}`")));
        }
    }
    let of_part = |part: &Part| {
        named.get(part.input).copied().ok_or_else(|| {
            wrong(format!("there is no file for the input `{}`: write `{}`", part.input, example.join(" ")))
        })
    };
    Ok(vec![joint.parts.iter().map(of_part).collect::<Result<_, _>>()?])
}

/// Samples of one file for each input, and their order in each.
struct Read {
    names: Names,
    inputs: Vec<(Samples, Option<Vec<usize>>)>,
}

fn read(joint: &Joint, files: &[&Path], about: &About, normalization: &Normalization) -> Result<Read, Error> {
    let mut all = vec![];
    for (at, ((part, file), normalization)) in
        joint.parts.iter().zip(files).zip(normalization.each()).enumerate()
    {
        // Samples to predict for have no labels.
        let interface = Interface { input: part.shape, output: part.shape, loss: Loss::MSE, to_input: true };
        let samples = Dataset::to_predict(file, Some(&part.source), &interface, &about.part(at, &[]))?;
        remark(file, samples.notes());
        let mut read = Samples::default();
        let left_out = samples.each(normalization, |samples| read.append(samples))?;
        remark(file, &left_out);
        all.push(read);
    }
    let names = Names::of(files[0], all[0].origins());
    let keys: Vec<Vec<String>> = all.iter().map(Samples::keys).collect();
    let counts: Vec<usize> = all.iter().map(Samples::len).collect();
    let error = |at: usize, problem: Unjoined| DataError::new(files[at], problem);
    // One sample of each needs no key, and neither do those that were joined in their order in training.
    let is_keyed = |part: &Part| part.source.key().is_some_and(|key| !key.is_empty());
    let all_pictures = joint.parts.iter().all(|part| matches!(part.source, Source::Images(_)));
    let by_keys = counts.iter().any(|count| *count > 1) && (all_pictures || joint.parts.iter().any(is_keyed));
    if let Some(at) = keys.iter().position(|keys| by_keys && keys.is_empty()) {
        let other = files[usize::from(at == 0)].into();
        return Err(error(at, Unjoined::NoKeys { other }).into());
    }
    let mut inputs = vec![];
    for (at, samples) in all.into_iter().enumerate() {
        let (other, expected, found) = (files[0].into(), counts[0], counts[at]);
        if !by_keys || at == 0 {
            if expected != found {
                return Err(error(at, Unjoined::Counts { other, expected, found }).into());
            }
            inputs.push((samples, None));
            continue;
        }
        let places =
            places(&keys[at], |sample| format!("sample {sample}")).map_err(|problem| error(at, problem))?;
        let order = keys[0].iter().enumerate().map(|(sample, key)| {
            places.get(key.as_str()).map(|&at| at as usize).ok_or_else(|| {
                let place = format!("sample {sample}");
                error(0, Unjoined::Unmatched { key: key.clone(), place, other: files[at].into(), more: 0 })
            })
        });
        let order = order.collect::<Result<Vec<usize>, _>>()?;
        inputs.push((samples, Some(order)));
    }
    Ok(Read { names, inputs })
}

/// Returns the numbers of each input in the order of the first, and the number of samples.
fn numbers(joint: &Joint, inputs: Vec<(Samples, Option<Vec<usize>>)>) -> (Vec<Vec<f32>>, usize) {
    let count = inputs.first().map_or(0, |(samples, _)| samples.len());
    let ordered = inputs.into_iter().zip(joint.parts).map(|((samples, order), part)| {
        let len: usize = part.shape.iter().product();
        match order {
            None => samples.inputs().to_vec(),
            Some(order) => order.iter().flat_map(|at| samples.inputs()[at * len..][..len].to_vec()).collect(),
        }
    });
    (ordered.collect(), count)
}

/// Predicts a part at a time, and collects the answers of each output.
fn predicted<P: Predictor>(
    joint: &Joint,
    model: &P::Model,
    inputs: &[Vec<f32>],
    count: usize,
    kinds: &[Kind],
) -> Vec<Vec<Row>> {
    let mut answers: Vec<Vec<Row>> = vec![vec![]; kinds.len()];
    let at_once = super::at_once::<P>();
    for first in (0..count).step_by(at_once) {
        let samples = at_once.min(count - first);
        let mut part = vec![];
        for (numbers, of) in inputs.iter().zip(joint.parts) {
            let len: usize = of.shape.iter().product();
            part.extend_from_slice(&numbers[first * len..(first + samples) * len]);
        }
        let outputs = netwright::train::predict(model, &part, samples);
        for (at, (kind, answers)) in kinds.iter().zip(&mut answers).enumerate() {
            let rows = joint.output(at, &outputs, samples).chunks_exact(joint.output_len(at));
            answers.extend(
                rows.map(|row| kind.answer(loss_of(joint, at).map_or(Loss::MSE, |(_, loss)| loss.loss), row)),
            );
        }
    }
    answers
}

/// Returns the first loss of an output, with its number.
fn loss_of(joint: &Joint, output: usize) -> Option<(usize, &Compared)> {
    joint.losses.iter().enumerate().find(|(_, loss)| loss.output == output)
}

/// Returns the kind of an output's answers; an output without a loss has numbers.
fn kind(joint: &Joint, output: usize, about: &About, format: Format) -> Kind {
    let shape = joint.outputs[output].1;
    let Some((number, loss)) = loss_of(joint, output) else {
        return Kind::of(Loss::MSE, Meaning::Numbers, shape, &[], format);
    };
    let masks = match loss.answer {
        Answer::Labels { part, .. } => has_masks(Some(joint.parts[part].source)),
        Answer::Input(_) => false,
    };
    Kind::of(loss.loss, Meaning::of_output(loss.loss, shape, masks), shape, about.classes_of(number), format)
}
