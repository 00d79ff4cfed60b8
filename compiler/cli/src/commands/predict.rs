//! Lets a trained network predict.

use super::show;
use super::sure::{Request, ask};
use super::why::Answer;
use crate::args::{Form, Listing, Predict};
use crate::cache::Place;
use crate::error::Error;
use crate::formats;
use crate::program::{self, Task};
use crate::select;
use crate::sure;
use netwright_compiler::Model;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(options: &Predict, place: &Place) -> Result<ExitCode, Error> {
    if options.sureness.is_asked() {
        return surely(options, place);
    }
    let source = select::read(&options.network.file)?;
    let model = select::predictable(&source, &options.network)?;
    let mut args: Vec<OsString> = vec!["--data-root".into()];
    args.push(program::data_root(&options.network.file).into());
    args.push("--weights".into());
    args.push(program::weights(options.weights.as_ref(), model).into());
    let form = form(options, model);
    args.extend(["--format".into(), form.name().into()]);
    if let Some(output) = &options.output {
        args.extend(["--output".into(), output.into(), "--size".into(), options.size.name().into()]);
    }
    args.extend(
        options.threshold.into_iter().flat_map(|border| ["--threshold".into(), border.to_string().into()]),
    );
    args.extend(options.fit.into_iter().flat_map(|fit| ["--fit".into(), fit.name().into()]));
    args.extend(options.overwrite.then(|| "--overwrite".into()));
    // Behind this, a file may be called what it likes.
    args.push("--".into());
    args.extend(options.inputs.iter().map(OsString::from));
    let inputs: Vec<PathBuf> = options.inputs.iter().map(|file| of_input(file, model)).collect();
    let mut features = formats::of_inputs(&inputs, model);
    features.extend(formats::of_form(form));
    program::run(&source, model, place, Task::Predict, &features, &args)
}

/// Predicts with probabilities that can be trusted.
fn surely(options: &Predict, place: &Place) -> Result<ExitCode, Error> {
    let form = match options.format {
        None | Some(Form::Table) => Listing::Table,
        Some(Form::Csv) => Listing::Csv,
        Some(Form::Json) => Listing::Json,
        Some(form @ (Form::Png | Form::Npy | Form::Nii)) => {
            return Err(Error::Unfit {
                message: format!(
                    "`--format {}` writes outputs as files, without saying how sure they are",
                    form.name()
                ),
                help: "choose `--format table`, `csv` or `json`".into(),
            });
        }
    };
    let found = ask(
        &Request {
            network: &options.network,
            files: &options.inputs,
            weights: options.weights.as_ref(),
            sureness: &options.sureness,
            quantile: None,
            fit: options.fit,
            takes_masks: false,
        },
        place,
    )?;
    let found = match found {
        Answer::Found(found) => found,
        Answer::Failed(code) => return Ok(code),
    };
    sure::calibration(&found).iter().for_each(|line| anstream::eprintln!("{line}"));
    show(&sure::told(&found, form))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the file of an argument, which begins with the name of an input if there are several: `image=photo.png`.
fn of_input(file: &Path, model: &Model) -> PathBuf {
    let graph = &model.graph;
    let parts = file.to_str().and_then(|text| text.split_once('=')).filter(|_| graph.inputs.len() > 1);
    match parts {
        Some((name, path)) if graph.inputs.iter().any(|input| graph.value(*input).name == name) => {
            path.into()
        }
        _ => file.into(),
    }
}

/// Returns the form that is asked for, or else that of the output's ending, or else that of the network's outputs.
fn form(options: &Predict, model: &Model) -> Form {
    let usual = match &options.output {
        None => Form::Table,
        Some(file) => formats::form_of(file).unwrap_or_else(|| {
            match model.graph.outputs.first().map_or(0, |&output| model.graph.value(output).shape.len()) {
                3 => Form::Png,
                4 => Form::Nii,
                _ => Form::Npy,
            }
        }),
    };
    options.format.unwrap_or(usual)
}
