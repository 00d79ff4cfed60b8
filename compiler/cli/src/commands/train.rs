//! Trains a network.

use super::show;
use crate::args::Train;
use crate::cache::Place;
use crate::error::Error;
use crate::table::{self, Work};
use crate::{program, select};
use netwright_compiler::Options;
use std::ffi::OsString;
use std::process::ExitCode;

pub(crate) fn run(options: &Train, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read(&options.network.file)?;
    let model = select::trainable(&source, &options.network)?;
    if !options.quiet {
        let work = Work::of(model, &Options::default());
        show(&format!("{}\n", table::layers(model, &work, table::terminal_width())));
    }
    let mut args: Vec<OsString> = vec!["train".into(), "--data-root".into()];
    args.push(program::data_root(&options.network.file).into());
    args.extend(["--weights".into(), program::weights(options.weights.as_ref(), model).into()]);
    for (name, number) in [("--epochs", options.epochs), ("--limit", options.limit), ("--seed", options.seed)]
    {
        args.extend(number.into_iter().flat_map(|number| [name.into(), number.to_string().into()]));
    }
    args.extend(options.log.iter().flat_map(|log| ["--log".into(), log.into()]));
    args.extend(options.quiet.then(|| "--quiet".into()));
    program::run(&source, model, place, &args)
}
