//! Measures a trained network.

use crate::args::Eval;
use crate::cache::Place;
use crate::error::Error;
use crate::headers::Absent;
use crate::program::{self, Task};
use crate::select;
use std::ffi::OsString;
use std::process::ExitCode;

pub(crate) fn run(options: &Eval, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read_recipe(&options.recipe)?;
    let model = select::trainable(&source, &options.recipe.network)?;
    select::look_at_data(&source, &[model], Absent::Ignored)?;
    let mut args: Vec<OsString> = vec!["--data-root".into()];
    args.push(program::data_root(&options.recipe.network.file).into());
    args.extend(["--weights".into(), program::weights(options.weights.as_ref(), model).into()]);
    args.extend(options.limit.into_iter().flat_map(|limit| ["--limit".into(), limit.to_string().into()]));
    args.extend(options.log.iter().flat_map(|log| ["--log".into(), log.into()]));
    args.extend(options.images.iter().flat_map(|images| ["--images".into(), images.into()]));
    let features: &[&str] = if options.images.is_some() { &["pictures"] } else { &[] };
    program::run(&source, model, place, Task::Eval, features, &args)
}
