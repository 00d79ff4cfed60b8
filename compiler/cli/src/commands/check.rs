//! Checks files and the headers of their data, and says how large their networks are.

use super::show;
use crate::args::Check;
use crate::error::Error;
use crate::headers::Absent;
use crate::{select, table};
use std::process::ExitCode;

pub(crate) fn run(options: &Check) -> Result<ExitCode, Error> {
    let mut code = ExitCode::SUCCESS;
    for file in &options.files {
        let read = select::read(file).and_then(|source| {
            if !options.no_data {
                let models: Vec<_> = source.program.models.iter().collect();
                select::look_at_data(&source, &models, Absent::Refused)?;
            }
            Ok(source)
        });
        match read {
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
