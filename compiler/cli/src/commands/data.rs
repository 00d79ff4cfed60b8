//! Says what data a recipe has, without compiling its network.

use crate::args::Data;
use crate::cache::Place;
use crate::error::Error;
use crate::program::{self, Task};
use crate::select;
use std::ffi::OsString;
use std::process::ExitCode;

pub(crate) fn run(options: &Data, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read_recipe(&options.recipe)?;
    let model = select::trainable(&source, &options.recipe.network)?;
    let mut args: Vec<OsString> = vec!["--data-root".into()];
    args.push(program::data_root(&options.recipe.network.file).into());
    args.extend(["--format".into(), options.format.name().into()]);
    args.extend(options.output.iter().flat_map(|output| ["--output".into(), output.into()]));
    let features: &[&str] = if options.output.is_some() { &["pictures"] } else { &[] };
    program::run(&source, model, place, Task::Data, features, &args)
}
