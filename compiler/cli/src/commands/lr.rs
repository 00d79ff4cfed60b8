//! Tests which learning rates a network learns at.

use crate::args::Lr;
use crate::cache::Place;
use crate::error::Error;
use crate::headers::Absent;
use crate::output::{self, Content};
use crate::plot::{self, Rates};
use crate::program::{self, Task};
use crate::select;
use std::ffi::OsString;
use std::fs;
use std::process::ExitCode;
use tempfile::NamedTempFile;

pub(crate) fn run(options: &Lr, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read_recipe(&options.recipe)?;
    let model = select::trainable(&source, &options.recipe.network)?;
    select::look_at_data(&source, &[model], Absent::Refused)?;
    if let Some(plot) = &options.output {
        output::check(plot, Content::Plot)?;
    }
    let mut args: Vec<OsString> = vec!["--data-root".into()];
    args.push(program::data_root(&options.recipe.network.file).into());
    for (name, rate) in [("--from", options.from), ("--to", options.to)] {
        args.extend([name.into(), format!("{rate:e}").into()]);
    }
    args.extend(["--steps".into(), options.steps.to_string().into()]);
    for (name, number) in [("--limit", options.limit), ("--seed", options.seed)] {
        args.extend(number.into_iter().flat_map(|number| [name.into(), number.to_string().into()]));
    }
    // The plot is drawn from the log.
    let kept = NamedTempFile::new().map_err(|cause| Error::Write { path: std::env::temp_dir(), cause })?;
    let log = options.log.as_deref().or(options.output.as_ref().map(|_| kept.path()));
    args.extend(log.iter().flat_map(|log| ["--log".into(), OsString::from(log)]));
    let code = program::run(&source, model, place, Task::Lr, &[], &args)?;
    if let (Some(file), Some(log)) = (&options.output, log)
        && code == ExitCode::SUCCESS
    {
        let text = fs::read_to_string(log).map_err(|cause| Error::Read { path: log.into(), cause })?;
        match Rates::read(&text) {
            Some(test) => {
                output::write(file, plot::rates(&model.graph.name, &test)?.as_bytes(), Content::Plot)?;
            }
            None => {
                anstream::eprintln!("note: there is no plot: the loss is NaN or infinite in the first step");
            }
        }
    }
    Ok(code)
}
