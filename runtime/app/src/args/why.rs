//! The options of explanations, and of others that look at samples.

use super::{ArgsError, fit_of, positive};
use lexopt::prelude::*;
use netwright::train::Fit;
use std::path::PathBuf;

/// Samples that a program looks at, and the file for what it finds.
#[derive(Debug, PartialEq)]
pub(crate) struct Inputs {
    /// The folder that the recipe's paths are relative to.
    pub(crate) data_root: PathBuf,
    pub(crate) weights: PathBuf,
    /// Pictures, folders of pictures, tables or arrays.
    pub(crate) files: Vec<PathBuf>,
    /// The file that the results are written to.
    pub(crate) output: PathBuf,
    /// The way from a picture's size to the network's; the recipe's if `None`.
    pub(crate) fit: Option<Fit>,
}

/// Options of an explanation.
#[derive(Debug, PartialEq)]
pub(crate) struct Why {
    pub(crate) inputs: Inputs,
    /// The methods; all that fit the network if there are none.
    pub(crate) methods: Vec<Method>,
    /// The class or output that is explained; the network's answer if `None`.
    pub(crate) class: Option<String>,
    /// The region that is explained; the places of the class if `None`.
    pub(crate) at: Option<String>,
    /// The sample that says nothing; what fits the samples if `None`.
    pub(crate) baseline: Option<Baseline>,
    pub(crate) numbers: Numbers,
}

/// A way to explain an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    /// The gradient (Simonyan, Vedaldi and Zisserman, 2014).
    Saliency,
    /// The mean of the gradients of noisy samples (Smilkov et al., 2017).
    SmoothGrad,
    /// The mean gradient on the way from a baseline, times the way (Sundararajan, Taly and Yan, 2017).
    IntegratedGradients,
    /// Feature maps weighed by their gradients (Selvaraju et al., 2017).
    GradCam,
    /// The gradient where it is positive in every ReLU (Springenberg et al., 2015).
    GuidedBackprop,
    /// The last two multiplied (Selvaraju et al., 2017).
    GuidedGradCam,
    /// The loss where a part is covered (Zeiler and Fergus, 2014).
    Occlusion,
    /// The change where a column's values are exchanged between samples (Breiman, 2001).
    Permutation,
}

impl Method {
    /// All methods with their names, in the order in which they are shown.
    pub(crate) const NAMED: [(&'static str, Method); 8] = [
        ("saliency", Method::Saliency),
        ("smooth-grad", Method::SmoothGrad),
        ("integrated-gradients", Method::IntegratedGradients),
        ("grad-cam", Method::GradCam),
        ("guided-backprop", Method::GuidedBackprop),
        ("guided-grad-cam", Method::GuidedGradCam),
        ("occlusion", Method::Occlusion),
        ("permutation", Method::Permutation),
    ];

    /// Returns the method's name.
    pub(crate) fn name(self) -> &'static str {
        Method::NAMED.iter().find(|(_, method)| *method == self).map_or("", |(name, _)| name)
    }

    /// Returns true if the method needs a feature map.
    pub(crate) fn needs_map(self) -> bool {
        matches!(self, Method::GradCam | Method::GuidedGradCam)
    }
}

/// Numbers that methods are told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Numbers {
    /// Steps of integrated gradients, at first.
    pub(crate) steps: usize,
    /// Noisy samples of a SmoothGrad.
    pub(crate) noisy: usize,
    /// The standard deviation of their noise, as a part of the sample's range.
    pub(crate) noise: f32,
    pub(crate) seed: u64,
    /// The side and the step of the window of an occlusion.
    pub(crate) window: [Option<usize>; 2],
}

impl Numbers {
    /// The numbers, unless options say otherwise.
    pub(crate) const USUAL: Numbers =
        Numbers { steps: 64, noisy: 32, noise: 0.15, seed: 0, window: [None; 2] };
}

/// A sample that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Baseline {
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
