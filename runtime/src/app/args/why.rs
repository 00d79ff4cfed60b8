//! The options of explanations.

use super::super::why::{Method, Numbers};
use super::{ArgsError, fit_of, positive};
use crate::recipe::Fit;
use lexopt::prelude::*;
use std::path::PathBuf;

/// Options of an explanation.
#[derive(Debug, PartialEq)]
pub(in crate::app) struct Why {
    /// The folder that the recipe's paths are relative to.
    pub(in crate::app) data_root: PathBuf,
    pub(in crate::app) weights: PathBuf,
    /// Pictures, folders of pictures, tables or arrays.
    pub(in crate::app) files: Vec<PathBuf>,
    /// The file that the results are written to.
    pub(in crate::app) output: PathBuf,
    /// The way from a picture's size to the network's; the recipe's if `None`.
    pub(in crate::app) fit: Option<Fit>,
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

/// Options of a look at feature maps.
#[derive(Debug, PartialEq)]
pub(in crate::app) struct Show {
    /// The folder that the recipe's paths are relative to.
    pub(in crate::app) data_root: PathBuf,
    pub(in crate::app) weights: PathBuf,
    pub(in crate::app) files: Vec<PathBuf>,
    /// The file that the results are written to.
    pub(in crate::app) output: PathBuf,
    /// The way from a picture's size to the network's; the recipe's if `None`.
    pub(in crate::app) fit: Option<Fit>,
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
    let [mut weights, mut data_root, mut output] = [None, None, None];
    let (mut fit, mut class, mut at, mut baseline) = (None, None, None, None);
    let (mut methods, mut files, mut numbers) = (vec![], vec![], Numbers::USUAL);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("weights") => weights = Some(PathBuf::from(parser.value()?)),
            Long("data-root") => data_root = Some(PathBuf::from(parser.value()?)),
            Long("output") => output = Some(PathBuf::from(parser.value()?)),
            Long("fit") => fit = Some(fit_of(&parser.value()?.string()?)?),
            Long("method") => methods.push(named("--method", &Method::NAMED, &parser.value()?.string()?)?),
            Long("class") => class = Some(parser.value()?.string()?),
            Long("at") => at = Some(parser.value()?.string()?),
            Long("baseline") => {
                baseline = Some(named("--baseline", &Baseline::NAMED, &parser.value()?.string()?)?);
            }
            Long("steps") => numbers.steps = positive(parser, "--steps")?,
            Long("samples") => numbers.noisy = positive(parser, "--samples")?,
            Long("noise") => numbers.noise = parser.value()?.parse()?,
            Long("window") => numbers.window[0] = Some(positive(parser, "--window")?),
            Long("stride") => numbers.window[1] = Some(positive(parser, "--stride")?),
            Long("seed") => numbers.seed = parser.value()?.parse()?,
            Value(file) => files.push(PathBuf::from(file)),
            other => return Err(other.unexpected().into()),
        }
    }
    if files.is_empty() {
        return Err(ArgsError::NoFiles);
    }
    Ok(Why {
        data_root: data_root.unwrap_or_else(|| PathBuf::from(".")),
        weights: weights.ok_or(ArgsError::Missing("--weights FILE"))?,
        files,
        output: output.ok_or(ArgsError::Missing("--output FILE"))?,
        fit,
        methods,
        class,
        at,
        baseline,
        numbers,
    })
}

/// Reads the options after `show`.
pub(super) fn show(parser: &mut lexopt::Parser) -> Result<Show, ArgsError> {
    let [mut weights, mut data_root, mut output] = [None, None, None];
    let (mut fit, mut files) = (None, vec![]);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("weights") => weights = Some(PathBuf::from(parser.value()?)),
            Long("data-root") => data_root = Some(PathBuf::from(parser.value()?)),
            Long("output") => output = Some(PathBuf::from(parser.value()?)),
            Long("fit") => fit = Some(fit_of(&parser.value()?.string()?)?),
            Value(file) => files.push(PathBuf::from(file)),
            other => return Err(other.unexpected().into()),
        }
    }
    if files.is_empty() {
        return Err(ArgsError::NoFiles);
    }
    Ok(Show {
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
