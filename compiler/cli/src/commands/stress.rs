//! Measures a trained network on changed test samples.

use super::show;
use crate::args::{Listing, Stress as Options};
use crate::cache::Place;
use crate::error::Error;
use crate::headers::Absent;
use crate::output::{self, Content};
use crate::plot;
use crate::program::{self, Task};
use crate::select;
use crate::stress::Stress;
use netwright_compiler::Model;
use std::ffi::OsString;
use std::fs;
use std::process::ExitCode;
use tempfile::NamedTempFile;

pub(crate) fn run(options: &Options, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read_recipe(&options.recipe)?;
    let model = select::trainable(&source, &options.recipe.network)?;
    check(model)?;
    select::look_at_data(&source, &[model], Absent::Ignored)?;
    match &options.output {
        Some(plot) => {
            output::check(plot, Content::Plot)?;
        }
        None if options.metric.is_some() && options.format == Listing::Json => {
            return Err(Error::idle(
                "--metric",
                "`--format json` prints all metrics",
                "leave it out, or plot the metric by `--output stress.svg`",
            ));
        }
        None => {}
    }
    let log = NamedTempFile::new().map_err(|cause| Error::Write { path: std::env::temp_dir(), cause })?;
    let mut args: Vec<OsString> = vec!["--data-root".into()];
    args.push(program::data_root(&options.recipe.network.file).into());
    args.extend(["--weights".into(), program::weights(options.weights.as_ref(), model).into()]);
    args.extend(["--output".into(), log.path().into()]);
    for (name, number) in [("--limit", options.limit), ("--seed", options.seed)] {
        args.extend(number.into_iter().flat_map(|number| [name.into(), number.to_string().into()]));
    }
    let code = program::run(&source, model, place, Task::Stress, &["stress"], &args)?;
    if code != ExitCode::SUCCESS {
        return Ok(code);
    }
    let text =
        fs::read_to_string(log.path()).map_err(|cause| Error::Read { path: log.path().into(), cause })?;
    let stress = Stress::read(&text).ok_or_else(|| Error::Unfit {
        message: "the program has measured nothing".into(),
        help: "this is a mistake in Netwright: please report it with the file".into(),
    })?;
    let metric = stress.metric(options.metric.as_deref())?;
    show(&stress.told(&metric, options.format))?;
    if let Some(file) = &options.output {
        let (unchanged, curves) = stress.curves(&metric);
        let title = format!("{} on changed samples; dashed: unchanged", model.graph.name);
        let svg = plot::curves(&title, &metric, unchanged, &curves)?;
        output::write(file, svg.as_bytes(), Content::Plot)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks that the network sees pictures, before anything is compiled.
fn check(model: &Model) -> Result<(), Error> {
    let graph = &model.graph;
    let shapes: Vec<&[usize]> = graph.inputs.iter().map(|&input| &graph.value(input).shape[..]).collect();
    match shapes[..] {
        [[_, height, width]] if *height > 1 && *width > 1 => Ok(()),
        _ => Err(Error::Unfit {
            message: format!(
                "`{}` does not take pictures of one input, which are what `stress` changes",
                graph.name
            ),
            help: "its `input` would be `[channels, height, width]`".into(),
        }),
    }
}
