//! The arguments of explanations.

use super::{Fit, Network};
use clap::{Args as Arguments, ValueEnum};
use std::path::PathBuf;

/// The answers to explain, and how.
#[derive(Arguments, Debug)]
pub(crate) struct Why {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Pictures, folders of pictures, tables with a sample in each line, scans, or arrays of NumPy
    #[arg(required = true, value_name = "PICTURE_FOLDER_OR_TABLE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Read the weights from FILE [default: <network>.safetensors]
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Draw into FOLDER [default: <network>.why]
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Methods to use, with commas between them [default: all that fit the samples]
    #[arg(long = "method", value_enum, value_name = "METHOD", value_delimiter = ',')]
    pub(crate) methods: Vec<Method>,
    /// Explain CLASS, a name or a number, or the output of this number [default: the network's answer]
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<String>,
    /// Explain a place of a mask, or a rectangle [default: all places of the class]
    #[arg(long, value_name = "X,Y[,WIDTH,HEIGHT]")]
    pub(crate) at: Option<String>,
    /// Layer whose feature map Grad-CAM weighs [default: the last one before the answer]
    #[arg(long, value_name = "NAME")]
    pub(crate) layer: Option<String>,
    /// Slice of volumes to draw [default: one through the explained places, or else the middle one]
    #[arg(long, value_name = "N")]
    pub(crate) slice: Option<usize>,
    /// Sample that says nothing, for integrated gradients and occlusion [default: black for pictures, zero for others]
    #[arg(long, value_enum)]
    pub(crate) baseline: Option<Baseline>,
    /// Side of the window that occlusion covers [default: a seventh of the sample]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) window: Option<u32>,
    /// Step of the window [default: half of its side]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) stride: Option<u32>,
    /// Steps of integrated gradients; doubled until their sum is within 1 % [default: 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) steps: Option<u32>,
    /// Noisy samples of SmoothGrad [default: 32]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) samples: Option<u32>,
    /// Deviation of their noise, as a part of the sample's range [default: 0.15]
    #[arg(long, value_name = "X")]
    pub(crate) noise: Option<f32>,
    /// Seed of noise and permutations [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t = Told::Text)]
    pub(crate) format: Told,
    /// Write each map as an array of NumPy, too
    #[arg(long)]
    pub(crate) npy: bool,
    /// Way from a picture's size to the network's, for a network whose data does not say it [default: exact]
    #[arg(long, value_enum)]
    pub(crate) fit: Option<Fit>,
}

/// The pictures that layers are shown of.
#[derive(Arguments, Debug)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Pictures, folders of pictures, scans, or arrays of NumPy
    #[arg(required = true, value_name = "PICTURE_OR_FOLDER")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Read the weights from FILE [default: <network>.safetensors]
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Draw into FOLDER [default: <network>.maps]
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Draw at most N channels of a layer
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) channels: u16,
    /// Way from a picture's size to the network's, for a network whose data does not say it [default: exact]
    #[arg(long, value_enum)]
    pub(crate) fit: Option<Fit>,
}

/// A way to explain an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Gradient of the answer
    Saliency,
    /// Mean gradient of noisy samples
    SmoothGrad,
    /// Mean gradient on the way from the baseline, times the way
    IntegratedGradients,
    /// Feature map weighed by its gradient
    GradCam,
    /// Gradient where it is positive in every ReLU
    GuidedBackprop,
    /// Guided backpropagation times Grad-CAM
    GuidedGradCam,
    /// Loss of the answer where a part is covered
    Occlusion,
    /// Change of answers where a column of a table is shuffled
    Permutation,
}

/// A sample that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Baseline {
    /// Zeros as the network gets them: the mean sample where inputs are standardised
    Zero,
    /// Zeros before inputs are scaled
    Black,
    /// Ones before inputs are scaled
    White,
}

/// A form of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Told {
    /// Lines and tables for people
    Text,
    /// A list of objects in JSON
    Json,
}

impl Method {
    /// Returns the method's name.
    pub(crate) fn name(self) -> String {
        word(&self)
    }
}

impl Why {
    /// Returns the options that are given and belong to some methods, with these.
    pub(crate) fn of_methods(&self) -> Vec<(&'static str, &'static [Method])> {
        use Method::{GradCam, GuidedGradCam, IntegratedGradients, Occlusion, Permutation, SmoothGrad};
        let all: [(_, _, &'static [Method]); 8] = [
            ("--layer", self.layer.is_some(), &[GradCam, GuidedGradCam]),
            ("--baseline", self.baseline.is_some(), &[IntegratedGradients, Occlusion]),
            ("--window", self.window.is_some(), &[Occlusion]),
            ("--stride", self.stride.is_some(), &[Occlusion]),
            ("--steps", self.steps.is_some(), &[IntegratedGradients]),
            ("--samples", self.samples.is_some(), &[SmoothGrad]),
            ("--noise", self.noise.is_some(), &[SmoothGrad]),
            ("--seed", self.seed.is_some(), &[SmoothGrad, Permutation]),
        ];
        all.into_iter().filter(|(_, is_given, _)| *is_given).map(|(option, _, of)| (option, of)).collect()
    }

    /// Returns the options that the program takes as they are.
    pub(crate) fn passed(&self) -> Vec<(&'static str, String)> {
        let name = |value: &dyn ToString| value.to_string();
        let mut passed = vec![];
        for method in &self.methods {
            passed.push(("--method", method.name()));
        }
        passed.extend(self.class.iter().map(|class| ("--class", class.clone())));
        passed.extend(self.at.iter().map(|at| ("--at", at.clone())));
        passed.extend(self.baseline.iter().map(|baseline| ("--baseline", word(baseline))));
        passed.extend(self.window.iter().map(|n| ("--window", name(n))));
        passed.extend(self.stride.iter().map(|n| ("--stride", name(n))));
        passed.extend(self.steps.iter().map(|n| ("--steps", name(n))));
        passed.extend(self.samples.iter().map(|n| ("--samples", name(n))));
        passed.extend(self.noise.iter().map(|x| ("--noise", name(x))));
        passed.extend(self.seed.iter().map(|n| ("--seed", name(n))));
        passed.extend(self.fit.iter().map(|fit| ("--fit", fit.name().to_string())));
        passed
    }
}

/// Returns the word of a choice on the command line.
fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
}
