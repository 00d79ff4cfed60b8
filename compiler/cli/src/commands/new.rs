//! Writes a first text for data.

use super::show;
use crate::args::New;
use crate::cache;
use crate::draft;
use crate::error::Error;
use crate::headers::Absent;
use crate::select;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) fn run(options: &New) -> Result<ExitCode, Error> {
    let output = options.output.clone().unwrap_or_else(|| {
        let from = options.from.canonicalize().unwrap_or_else(|_| options.from.clone());
        let stem = if from.is_dir() { from.file_name() } else { from.file_stem() };
        PathBuf::from(stem.unwrap_or("data".as_ref())).with_extension("net")
    });
    if output.exists() {
        return Err(Error::Unfit {
            message: format!("{} is there already, so it is not overwritten", output.display()),
            help: "name another file by `--output`".into(),
        });
    }
    let text = draft::text(&options.from, &output)?;
    cache::write(&output, &text)?;
    show(&format!("{text}\nwritten to {}\n", output.display()))?;
    let source = select::read(&output)?;
    select::look_at_data(&source, &source.program.models.iter().collect::<Vec<_>>(), Absent::Refused)?;
    Ok(ExitCode::SUCCESS)
}
