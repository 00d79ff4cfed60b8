//! Shows the forms that a network takes on its way to code.

use super::show;
use crate::args::{Explain, Stage};
use crate::error::Error;
use crate::select;
use crate::table::{self, Work};
use netwright_compiler::table as costs;
use netwright_compiler::{Model, Options, dump, generate, pretty};
use std::process::ExitCode;

pub(crate) fn run(options: &Explain) -> Result<ExitCode, Error> {
    let source = select::read(&options.network.file)?;
    let model = select::network(&source, &options.network)?;
    show(&explain(model, options.stage, options.inference)?)?;
    Ok(ExitCode::SUCCESS)
}

fn explain(model: &Model, stage: Stage, inference: bool) -> Result<String, Error> {
    let settings = Options { inference_only: inference, ..Options::default() };
    let work = || Work::of(model, &settings);
    Ok(match stage {
        Stage::Layers => table::layers_with_kernels(model, &work(), table::terminal_width()),
        Stage::Graph => costs::dump(&model.graph),
        Stage::Backward => dump::tape(&model.graph, &work().plan().tape),
        Stage::Schedule => dump::schedule(&model.graph, work().plan()),
        Stage::Plan => dump::memory(work().plan()),
        Stage::Code => pretty(generate(model, &settings)).map_err(|cause| Error::Unfit {
            message: format!("the code generated for `{}` is not Rust ({cause})", model.graph.name),
            help: "this is a mistake in Netwright: please report it with the file".into(),
        })?,
    })
}
