//! Checks files and says how large their networks are.

use super::show;
use crate::args::Check;
use crate::error::Error;
use crate::{select, table};
use std::process::ExitCode;

pub(crate) fn run(options: &Check) -> Result<ExitCode, Error> {
    let mut code = ExitCode::SUCCESS;
    for file in &options.files {
        match select::read(file) {
            Ok(source) if source.program.models.is_empty() => {
                show(&format!("{}: no network in this file\n", source.name))?;
            }
            Ok(source) => {
                for model in &source.program.models {
                    show(&format!("{}: {}\n", source.name, table::summary(model)))?;
                }
            }
            Err(error) => {
                anstream::eprint!("{}", error.render());
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
