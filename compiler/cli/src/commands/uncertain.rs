//! Ranks samples without labels, the ones that a network is least sure of first.

use super::show;
use super::sure::{Request, ask};
use super::why::Answer;
use crate::args::{By, Sureness, Uncertain};
use crate::cache::Place;
use crate::error::Error;
use crate::sure::{self, Kind};
use std::process::ExitCode;

/// Passes with dropout at work, unless their number is said.
const PASSES: u32 = 20;

pub(crate) fn run(options: &Uncertain, place: &Place) -> Result<ExitCode, Error> {
    let pool = &options.pool;
    let passes = (options.by == Some(By::McDropout)).then_some(PASSES);
    let sureness = Sureness { mc_dropout: pool.sureness.mc_dropout.or(passes), ..pool.sureness.clone() };
    let request =
        Request { quantile: options.quantile, takes_masks: true, ..Request::of_pool(pool, &sureness) };
    let mut found = match ask(&request, place)? {
        Answer::Found(found) => found,
        Answer::Failed(code) => return Ok(code),
    };
    let usual = if found.kind == Kind::Copies { By::Reconstruction } else { By::Entropy };
    sure::rank(&mut found, options.by.unwrap_or(usual), options.first)?;
    sure::calibration(&found).iter().for_each(|line| anstream::eprintln!("{line}"));
    show(&sure::told(&found, options.format))?;
    Ok(ExitCode::SUCCESS)
}
