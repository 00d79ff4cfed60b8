//! Lets a trained network predict.

use crate::args::Predict;
use crate::cache::Place;
use crate::error::Error;
use crate::formats;
use crate::program::{self, Task};
use crate::select;
use std::ffi::OsString;
use std::process::ExitCode;

pub(crate) fn run(options: &Predict, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read(&options.network.file)?;
    let model = select::trainable(&source, &options.network)?;
    let mut args: Vec<OsString> = vec!["--data-root".into()];
    args.push(program::data_root(&options.network.file).into());
    args.push("--weights".into());
    args.push(program::weights(options.weights.as_ref(), model).into());
    args.extend(["--format".into(), options.format.name().into()]);
    // Behind this, a file may be called what it likes.
    args.push("--".into());
    args.extend(options.inputs.iter().map(OsString::from));
    let features: Vec<&str> = options.inputs.iter().filter_map(|file| formats::of_file(file)).collect();
    program::run(&source, model, place, Task::Predict, &features, &args)
}
