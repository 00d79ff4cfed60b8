//! Writes networks as Rust.

use super::show;
use crate::args::Build;
use crate::error::Error;
use crate::output::{self, Content};
use crate::select;
use netwright_compiler::{Options, generate, pretty};
use std::process::ExitCode;

pub(crate) fn run(options: &Build) -> Result<ExitCode, Error> {
    let source = select::read(&options.network.file)?;
    let model = select::network(&source, &options.network)?;
    let settings = Options {
        inference_only: options.inference,
        training_loop: options.training_loop,
        ..Options::default()
    };
    let code = pretty(generate(model, &settings)).map_err(|cause| Error::Unfit {
        message: format!("the code generated for `{}` is not Rust ({cause})", model.graph.name),
        help: "this is a mistake in Netwright: please report it with the file".into(),
    })?;
    match &options.output {
        Some(file) => output::write(file, code.as_bytes(), Content::Code)?,
        None => show(&code)?,
    }
    Ok(ExitCode::SUCCESS)
}
