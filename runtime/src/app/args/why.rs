//! The options of explanations, and of others that look at samples.

use super::super::why::{Method, Numbers};
use super::{ArgsError, fit_of, positive};
use crate::recipe::Fit;
use lexopt::prelude::*;
use std::path::PathBuf;

/// Samples that a program looks at, and the file for what it finds.
#[derive(Debug, PartialEq)]
pub(in crate::app) struct Inputs {
    /// The folder that the recipe's paths are relative to.
    pub(in crate::app) data_root: PathBuf,
    pub(in crate::app) weights: PathBuf,
    /// Pictures, folders of pictures, tables or arrays.
    pub(in crate::app) files: Vec<PathBuf>,
    /// The file that the results are written to.
    pub(in crate::app) output: PathBuf,
    /// The way from a picture's size to the network's; the recipe's if `None`.
    pub(in crate::app) fit: Option<Fit>,
}

/// Options of an explanation.
#[derive(Debug, PartialEq)]
pub(in crate::app) struct Why {
    pub(in crate::app) inputs: Inputs,
    /// The methods; all that fit the network if there are none.
    pub(in crate::app) methods: Vec<Method>,
    /// The class or output that is explained; the network's answer if `None`.
    pub(in crate::app) class: Option<String>,
    /// The region that is explained; the places of the class if `None`.
    pub(in crate::app) at: Option<String>,
    /// The sample that says nothing; what fits the samples if `None`.
    pub(in crate::app) baseline: Option<Baseline>,
    pub(in crate::app) numbers: Numbers,
}

/// A sample that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Baseline {
    /// Zeros of the network's input: the mean of the training samples, if inputs are standardised.
    Zero,
    /// Zeros before inputs are scaled.
    Black,
    /// Ones before inputs are scaled.
    White,
}

impl Baseline {
    const NAMED: [(&'static str, Baseline); 3] =
        [("zero", Baseline::Zero), ("black", Baseline::Black), ("white", Baseline::White)];
}

/// Reads the options after `why`.
pub(super) fn why(parser: &mut lexopt::Parser) -> Result<Why, ArgsError> {
    let (mut class, mut at, mut baseline) = (None, None, None);
    let (mut methods, mut numbers) = (vec![], Numbers::USUAL);
    let inputs = inputs(parser, |option, parser| {
        match option {
            "method" => methods.push(named("--method", &Method::NAMED, &parser.value()?.string()?)?),
            "class" => class = Some(parser.value()?.string()?),
            "at" => at = Some(parser.value()?.string()?),
            "baseline" => {
                baseline = Some(named("--baseline", &Baseline::NAMED, &parser.value()?.string()?)?);
            }
            "steps" => numbers.steps = positive(parser, "--steps")?,
            "samples" => numbers.noisy = positive(parser, "--samples")?,
            "noise" => numbers.noise = parser.value()?.parse()?,
            "window" => numbers.window[0] = Some(positive(parser, "--window")?),
            "stride" => numbers.window[1] = Some(positive(parser, "--stride")?),
            "seed" => numbers.seed = parser.value()?.parse()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(Why { inputs, methods, class, at, baseline, numbers })
}

/// Reads the options after `show`.
pub(super) fn show(parser: &mut lexopt::Parser) -> Result<Inputs, ArgsError> {
    inputs(parser, |_, _| Ok(false))
}

/// Reads what all have; `other` reads any other option, and returns false if there is no such.
pub(super) fn inputs(
    parser: &mut lexopt::Parser,
    mut other: impl FnMut(&str, &mut lexopt::Parser) -> Result<bool, ArgsError>,
) -> Result<Inputs, ArgsError> {
    let [mut weights, mut data_root, mut output] = [None, None, None];
    let (mut fit, mut files) = (None, vec![]);
    while let Some(arg) = parser.next()? {
        let option = match arg {
            Value(file) => {
                files.push(PathBuf::from(file));
                continue;
            }
            Long(option) => option.to_string(),
            Short(_) => return Err(arg.unexpected().into()),
        };
        match &option[..] {
            "weights" => weights = Some(PathBuf::from(parser.value()?)),
            "data-root" => data_root = Some(PathBuf::from(parser.value()?)),
            "output" => output = Some(PathBuf::from(parser.value()?)),
            "fit" => fit = Some(fit_of(&parser.value()?.string()?)?),
            _ if other(&option, parser)? => {}
            _ => return Err(Long(&option).unexpected().into()),
        }
    }
    if files.is_empty() {
        return Err(ArgsError::NoFiles);
    }
    Ok(Inputs {
        data_root: data_root.unwrap_or_else(|| PathBuf::from(".")),
        weights: weights.ok_or(ArgsError::Missing("--weights FILE"))?,
        files,
        output: output.ok_or(ArgsError::Missing("--output FILE"))?,
        fit,
    })
}

fn named<T: Copy>(option: &str, all: &[(&str, T)], name: &str) -> Result<T, lexopt::Error> {
    let found = all.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|(name, _)| format!("`{name}`")).collect();
        format!("`{option}` is one of {}, not `{name}`", names.join(", ")).into()
    })
}
