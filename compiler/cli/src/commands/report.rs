//! Makes the report of a training again.

use super::show;
use crate::args::{Network, Report};
use crate::error::Error;
use crate::{program, report, select};
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) fn run(options: &Report) -> Result<ExitCode, Error> {
    let written = report::write(&folder(options)?)?;
    show(&format!("report: {}\n", written.page.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the folder of the report that is asked for.
fn folder(options: &Report) -> Result<PathBuf, Error> {
    let of = &options.of;
    let is_folder = of.is_dir();
    if is_folder || !of.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("net")) {
        return match options.network {
            Some(_) => Err(Error::idle(
                "--network",
                &format!("{} is no .net file, and has one network", of.display()),
                "leave it out",
            )),
            None if is_folder => Ok(of.clone()),
            None => Ok(report::folder(of)),
        };
    }
    let source = select::read(of)?;
    let network = Network { file: of.clone(), network: options.network.clone() };
    Ok(report::folder(&program::weights(None, select::network(&source, &network)?)))
}
