//! Writes the answers that a network is sure of as a list of labels.

use super::show;
use super::sure::{Request, ask};
use super::why::Answer;
use crate::args::PseudoLabel;
use crate::cache::Place;
use crate::error::Error;
use crate::output::{self, Content};
use crate::sure;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(options: &PseudoLabel, place: &Place) -> Result<ExitCode, Error> {
    if !(0.0..=1.0).contains(&options.above) {
        return Err(Error::Unfit {
            message: format!("`--above {}` is no probability", options.above),
            help: "choose a number from 0 to 1, such as 0.95".into(),
        });
    }
    // Better now than when all is predicted.
    output::check(&options.output, Content::List)?;
    let request = Request::of_pool(&options.pool, &options.pool.sureness);
    let found = match ask(&request, place)? {
        Answer::Found(found) => found,
        Answer::Failed(code) => return Ok(code),
    };
    sure::calibration(&found).iter().for_each(|line| anstream::eprintln!("{line}"));
    let folder = options.output.parent().unwrap_or(Path::new(""));
    let (text, counts) = sure::list(&found, options.above, folder)?;
    output::write(&options.output, text.as_bytes(), Content::List)?;
    let each: Vec<String> =
        found.names.iter().zip(&counts).map(|(name, count)| format!("{name} {count}")).collect();
    show(&format!(
        "{}: {} of {} samples, those whose answer has a probability of at least {}% ({})\n",
        options.output.display(),
        counts.iter().sum::<usize>(),
        found.samples.len(),
        100.0 * options.above,
        each.join(", ")
    ))?;
    Ok(ExitCode::SUCCESS)
}
