//! Shows augmented samples.

use crate::args::Augment;
use crate::cache::Place;
use crate::error::Error;
use crate::program::{self, Task};
use crate::select;
use std::ffi::OsString;
use std::process::ExitCode;

pub(crate) fn run(options: &Augment, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read_recipe(&options.recipe)?;
    let model = select::trainable(&source, &options.recipe.network)?;
    let mut args: Vec<OsString> = vec!["--data-root".into()];
    args.push(program::data_root(&options.recipe.network.file).into());
    args.extend(["--output".into(), options.output.clone().into()]);
    for (name, number) in [("--limit", options.limit), ("--seed", options.seed)] {
        args.extend(number.into_iter().flat_map(|number| [name.into(), number.to_string().into()]));
    }
    program::run(&source, model, place, Task::Augment, &["pictures"], &args)
}
