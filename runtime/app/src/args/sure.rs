//! The options of programs that say how sure answers are, and how they bear changed samples.

use super::why::inputs;
use super::{ArgsError, Inputs, positive};
use lexopt::prelude::*;
use std::path::PathBuf;

/// The samples, and the ways to tell how sure the answers to them are.
#[derive(Debug, PartialEq)]
pub(crate) struct Sure {
    pub(crate) inputs: Inputs,
    /// Further weights of the same network, which answer together with the first.
    pub(crate) members: Vec<PathBuf>,
    pub(crate) calibration: Calibration,
    /// The number of passes with noise at work; one pass without any if `None`.
    pub(crate) passes: Option<usize>,
    /// The seed of the noise.
    pub(crate) seed: u64,
    /// The share of held-out samples with smaller errors from which on a sample is unlike them.
    pub(crate) quantile: f64,
}

/// The temperature that logits are divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Calibration {
    /// None: probabilities are those of the network.
    None,
    /// The one that fits the held-out samples best.
    Fitted,
    /// A known one.
    Temperature(f64),
}

/// The changes of test samples.
#[derive(Debug, PartialEq)]
pub(crate) struct Stress {
    /// The folder that the recipe's paths are relative to.
    pub(crate) data_root: PathBuf,
    pub(crate) weights: PathBuf,
    /// The number of samples to use, the first ones; all if `None`.
    pub(crate) limit: Option<usize>,
    /// The file for the results in JSON.
    pub(crate) output: PathBuf,
    /// The seed of noise and bias fields.
    pub(crate) seed: u64,
}

/// Reads the options after `stress`.
pub(super) fn stress(parser: &mut lexopt::Parser) -> Result<Stress, ArgsError> {
    let [mut weights, mut data_root, mut output] = [None, None, None];
    let (mut limit, mut seed) = (None, 0);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("weights") => weights = Some(PathBuf::from(parser.value()?)),
            Long("data-root") => data_root = Some(PathBuf::from(parser.value()?)),
            Long("output") => output = Some(PathBuf::from(parser.value()?)),
            Long("limit") => limit = Some(positive(parser, "--limit")?),
            Long("seed") => seed = parser.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Stress {
        data_root: data_root.unwrap_or_else(|| PathBuf::from(".")),
        weights: weights.ok_or(ArgsError::Missing("--weights FILE"))?,
        limit,
        output: output.ok_or(ArgsError::Missing("--output LOG"))?,
        seed,
    })
}

/// Reads the options after `sure`.
pub(super) fn sure(parser: &mut lexopt::Parser) -> Result<Sure, ArgsError> {
    let (mut members, mut passes, mut seed) = (vec![], None, 0);
    let (mut calibration, mut quantile) = (Calibration::None, 0.95);
    let inputs = inputs(parser, |option, parser| {
        match option {
            "member" => members.push(PathBuf::from(parser.value()?)),
            "temperature" => {
                let value = parser.value()?;
                calibration = match value.to_str() {
                    Some("fitted") => Calibration::Fitted,
                    _ => Calibration::Temperature(value.parse()?),
                };
            }
            "passes" => passes = Some(positive(parser, "--passes")?),
            "seed" => seed = parser.value()?.parse()?,
            "quantile" => quantile = parser.value()?.parse()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(Sure { inputs, members, calibration, passes, seed, quantile })
}
