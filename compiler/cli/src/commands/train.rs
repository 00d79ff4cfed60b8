//! Trains a network.

use super::show;
use crate::args::Train;
use crate::cache::Place;
use crate::error::Error;
use crate::headers::Absent;
use crate::program::{self, Task};
use crate::select;
use crate::table::{self, Work};
use netwright_compiler::Options;
use std::ffi::OsString;
use std::process::ExitCode;

pub(crate) fn run(options: &Train, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read_recipe(&options.recipe)?;
    let model = select::trainable(&source, &options.recipe.network)?;
    select::look_at_data(&source, &[model], Absent::Refused)?;
    // A training is worth more than its table: it goes on, and the error comes in the end.
    let shown = if options.quiet {
        Ok(())
    } else {
        let work = Work::of(model, &Options::default());
        show(&format!("{}\n", table::layers(model, &work, table::terminal_width())))
    };
    let mut args: Vec<OsString> = vec!["--data-root".into()];
    args.push(program::data_root(&options.recipe.network.file).into());
    args.extend(["--weights".into(), program::weights(options.weights.as_ref(), model).into()]);
    for (name, number) in [("--epochs", options.epochs), ("--limit", options.limit), ("--seed", options.seed)]
    {
        args.extend(number.into_iter().flat_map(|number| [name.into(), number.to_string().into()]));
    }
    args.extend(options.log.iter().flat_map(|log| ["--log".into(), log.into()]));
    args.extend(options.quiet.then(|| "--quiet".into()));
    args.extend(options.overwrite.then(|| "--overwrite".into()));
    args.extend(options.resume.then(|| "--resume".into()));
    args.extend(["--spec".into(), options.recipe.network.file.clone().into()]);
    let code = program::run(&source, model, place, Task::Train, &[], &args)?;
    shown.map(|()| code)
}
