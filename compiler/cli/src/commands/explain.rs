//! Shows the forms that a network takes on its way to code.

use super::show;
use crate::args::{Explain, Stage};
use crate::error::Error;
use crate::{select, table};
use netwright_compiler::passes::Plan;
use netwright_compiler::table as costs;
use netwright_compiler::{Model, Options, dump, generate, inference_plan, pretty, training_plan};
use std::process::ExitCode;

pub(crate) fn run(options: &Explain) -> Result<ExitCode, Error> {
    let source = select::read(&options.network.file)?;
    let model = select::network(&source, &options.network)?;
    show(&explain(model, options.stage, options.inference)?)?;
    Ok(ExitCode::SUCCESS)
}

fn explain(model: &Model, stage: Stage, inference: bool) -> Result<String, Error> {
    let settings = Options { inference_only: inference, ..Options::default() };
    Ok(match stage {
        Stage::Layers => table::layers_with_kernels(model, &plan(model, &settings)),
        Stage::Graph => costs::dump(&model.graph),
        Stage::Backward => dump::tape(&model.graph, &plan(model, &settings).tape),
        Stage::Schedule => dump::schedule(&model.graph, &plan(model, &settings)),
        Stage::Plan => dump::memory(&plan(model, &settings)),
        Stage::Code => pretty(generate(model, &settings)).map_err(|cause| Error::Unfit {
            message: format!("the code generated for `{}` is not Rust ({cause})", model.graph.name),
            help: "this is a mistake in Netwright: please report it with the file".into(),
        })?,
    })
}

/// What trains, or what predicts where nothing is to be trained.
fn plan(model: &Model, settings: &Options) -> Plan {
    training_plan(model, settings).unwrap_or_else(|| inference_plan(model))
}
