//! The command's arguments.

mod search;
mod sure;
mod why;

pub(crate) use search::{Lr, Tune};
pub(crate) use sure::{By, Listing, Pool, PseudoLabel, Stress, Sureness, Uncertain};
pub(crate) use why::{Method, Show, Told, Why};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};
use netwright_interpreter::GradientCheck;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A language for neural networks, compiled to specialised Rust.
#[derive(Debug, Parser)]
#[command(name = "netwright", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    /// Reads the words of a command line, the first of which is the command's name.
    ///
    /// # Errors
    /// If they are wrong, or ask for help.
    pub(crate) fn read(words: &[OsString]) -> Result<Args, clap::Error> {
        Args::try_parse_from(words).map_err(|mut error| {
            let file = words.iter().skip(1).find(|word| is_file_like_an_option(word));
            if let (ErrorKind::UnknownArgument, Some(file)) = (error.kind(), file) {
                let tip = format!("to name the file '{0}', write './{0}'", file.display());
                error.insert(ContextKind::InvalidArg, ContextValue::String(file.display().to_string()));
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
            }
            error
        })
    }
}

/// Returns true if a word is parsed as options though it is meant as a file, such as `-lead.net`.
fn is_file_like_an_option(word: &OsString) -> bool {
    const EXTENSIONS: [&str; 12] =
        ["net", "csv", "tsv", "png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp", "gif", "safetensors"];
    let extension = Path::new(word).extension().and_then(|extension| extension.to_str());
    word.as_encoded_bytes().starts_with(b"-")
        && !word.as_encoded_bytes().contains(&b'=')
        && extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check .net files, and the headers of the data that they name
    Check(Check),
    /// Write a first .net file for a folder, a table or arrays
    New(New),
    /// Show what the compiler makes of a network
    Explain(Explain),
    /// Draw a network: layers with shapes, blocks, branches and memory
    Graph(Graph),
    /// Compare a network's gradients with finite differences of its loss
    Gradcheck(Gradcheck),
    /// Write a network as Rust
    Build(Build),
    /// Show what data a `train` block has: samples, classes, sizes, ranges, gaps and damage
    Data(Data),
    /// Train a network by its `train` block
    Train(Train),
    /// Make the report of a training again, from the facts beside its weights
    Report(Report),
    /// Write a model card: purpose, data, results and limits, with what a person must add marked
    Card(Card),
    /// Test learning rates: train while the rate rises, and suggest one
    Lr(Lr),
    /// Search the best values of ranges such as `lr in log(1e-4, 1e-1)`, by random search with successive halving
    Tune(Tune),
    /// Measure a trained network on test or held-out samples
    Eval(Eval),
    /// Predict with a trained network
    Predict(Predict),
    /// Explain answers of a trained network: draw which parts of a picture, or which columns of a table, they rest on
    Why(Why),
    /// Draw the filters of the first convolution, and what each layer makes of a picture
    Show(Show),
    /// Rank samples without labels, the ones that a network is least sure of first
    Uncertain(Uncertain),
    /// Write the answers that a network is sure of as a list of labels
    PseudoLabel(PseudoLabel),
    /// Measure a trained network on changed test pictures: noise, blur, light, angle, JPEG, other scanners
    Stress(Stress),
    /// Write a network's program and its weights as one file, which runs without Rust
    Bundle(Bundle),
    /// Train again as a weights file says, and compare the bits
    Verify(Verify),
    /// Show samples before and after a `train` block's `augment`, as a PNG image
    Augment(Augment),
}

#[derive(Arguments, Debug)]
pub(crate) struct Check {
    /// The .net files
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Check the texts alone, as where the data is elsewhere
    #[arg(long)]
    pub(crate) no_data: bool,
}

#[derive(Arguments, Debug)]
pub(crate) struct New {
    /// Folder of classes, of pictures and masks, or of MNIST's files; table or list (.csv); arrays (.npz, .npy)
    #[arg(long, value_name = "FOLDER_OR_FILE")]
    pub(crate) from: PathBuf,
    /// Write the text to FILE, which must not exist [default: <folder or file>.net]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// A network of a file.
#[derive(Arguments, Clone, Debug)]
pub(crate) struct Network {
    /// The .net file
    pub(crate) file: PathBuf,
    /// Network to use if the file has several
    #[arg(long, value_name = "NAME")]
    pub(crate) network: Option<String>,
}

/// A network of a file, with some settings of its `train` block replaced.
#[derive(Arguments, Clone, Debug)]
pub(crate) struct Recipe {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Replace settings of the `train` block: `lr=1e-3 stop.patience=5 augment.rotate=5deg`
    #[arg(long, value_name = "KEY=VALUE", num_args = 1..)]
    pub(crate) set: Vec<String>,
}

#[derive(Arguments, Debug)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Form of the network to show
    #[arg(long, value_enum, default_value_t = Stage::Layers)]
    pub(crate) stage: Stage,
    /// Show the prediction instead of the training step
    #[arg(long)]
    pub(crate) inference: bool,
}

/// A form of the network between source and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// A table of the layers with shapes, parameters, operations and kernels
    Layers,
    /// The operators, with blocks and repeats unfolded
    Graph,
    /// The kernel calls of a step, forward and backward
    Backward,
    /// The kernel calls in phases, each of which threads share
    Schedule,
    /// The place of each value in memory
    Plan,
    /// The Rust code
    Code,
}

#[derive(Arguments, Debug)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Write the picture to FILE, by its ending as SVG (.svg), PNG (.png), DOT (.dot, .gv) or Mermaid (.mmd, .mermaid)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Form of the picture [default: by the ending of FILE; mermaid on standard output]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Picture>,
    /// Colours of a PNG image; those of an SVG follow the reader's preference [default: light]
    #[arg(long, value_enum)]
    pub(crate) theme: Option<Ground>,
}

/// A form of a picture of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Picture {
    /// A picture for pages and papers
    Svg,
    /// An image, at twice the size
    Png,
    /// A graph for Graphviz
    Dot,
    /// A flowchart for Markdown
    Mermaid,
}

/// A ground of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ground {
    /// Dark ink on white
    Light,
    /// Light ink on a dark ground
    Dark,
}

#[derive(Arguments, Debug)]
pub(crate) struct Gradcheck {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Seed for the random parameters, the samples and the entries to check
    #[arg(long, value_name = "N", default_value_t = GradientCheck::DEFAULT.seed)]
    pub(crate) seed: u64,
    /// Number of samples in the batch
    #[arg(long, value_name = "N", default_value_t = GradientCheck::DEFAULT.batch as u16, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) batch: u16,
    /// Number of entries to check in each tensor
    #[arg(long, value_name = "N", default_value_t = GradientCheck::DEFAULT.places as u32, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) samples: u32,
    /// Largest relative difference to accept as rounding
    #[arg(long, value_name = "X", default_value_t = GradientCheck::DEFAULT.tolerance)]
    pub(crate) tolerance: f64,
}

#[derive(Arguments, Debug)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Write the code to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Leave out everything that only training needs
    #[arg(long)]
    pub(crate) inference: bool,
    /// Add the training loop for the `train` block's data; a block without data always has its loop
    #[arg(long, conflicts_with = "inference")]
    pub(crate) training_loop: bool,
}

#[derive(Arguments, Debug)]
pub(crate) struct Data {
    #[command(flatten)]
    pub(crate) recipe: Recipe,
    /// Write samples to PNG: a row for each class, or pictures beside their masks
    #[arg(short, long, value_name = "PNG")]
    pub(crate) output: Option<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Survey::Text)]
    pub(crate) format: Survey,
}

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Survey {
    /// Tables and lines for people
    Text,
    /// An object in JSON
    Json,
}

impl Survey {
    /// Returns the form's name among those of answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Survey::Text => "table",
            Survey::Json => "json",
        }
    }
}

#[derive(Arguments, Debug)]
pub(crate) struct Train {
    #[command(flatten)]
    pub(crate) recipe: Recipe,
    /// More .net files, to be trained one after the other
    #[arg(value_name = "MORE")]
    pub(crate) more: Vec<PathBuf>,
    /// Save the weights to FILE [default: <network>.safetensors]
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Go on with the training that was interrupted, from its last checkpoint
    #[arg(long)]
    pub(crate) resume: bool,
    /// Replace weights of another network or of another .net file
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Number of epochs; overrides the file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) epochs: Option<u64>,
    /// Use only the first N samples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Seed for all random numbers; overrides the file
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Write a log for programs to FILE, per epoch and for the result: a table if it ends in .csv, else JSON Lines
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Write curves for TensorBoard to DIR: `tensorboard --logdir DIR`
    #[arg(long, value_name = "DIR")]
    pub(crate) tensorboard: Option<PathBuf>,
    /// Serve the report to a browser on this machine while the training goes on, at a free port or at PORT
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "0", conflicts_with = "no_report")]
    pub(crate) watch: Option<u16>,
    /// Write no report; it goes to <weights>.report/index.html otherwise
    #[arg(long)]
    pub(crate) no_report: bool,
    /// Show only the results
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Arguments, Debug)]
pub(crate) struct Bundle {
    #[command(flatten)]
    pub(crate) recipe: Recipe,
    /// Read the weights from FILE [default: <network>.safetensors]
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Leave the weights out: the program is to train
    #[arg(long, conflicts_with = "weights")]
    pub(crate) no_weights: bool,
    /// Write the program to FILE
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Arguments, Debug)]
pub(crate) struct Eval {
    #[command(flatten)]
    pub(crate) recipe: Recipe,
    /// Read the weights from FILE [default: <network>.safetensors]
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Use only the first N samples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Write the result for programs to FILE: one line of JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Write the first samples, their outputs and their targets to PNG, if the outputs are images
    #[arg(long, value_name = "PNG")]
    pub(crate) images: Option<PathBuf>,
}

#[derive(Arguments, Debug)]
pub(crate) struct Predict {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Pictures, folders of pictures, tables with a sample in each line, or arrays of NumPy
    #[arg(required = true, value_name = "PICTURE_FOLDER_OR_TABLE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Read the weights from FILE [default: <network>.safetensors]
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Form of the answers [default: table; with `--output` by its ending, or else png for images, nii for volumes, npy for others]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Form>,
    /// Write each output as a file: a folder, or FILE.png, FILE.npy, FILE.nii or FILE.nii.gz for a single one
    #[arg(short, long, value_name = "FOLDER_OR_FILE", conflicts_with_all = ["calibrated", "temperature", "mc_dropout", "folds", "seed"])]
    pub(crate) output: Option<PathBuf>,
    /// Write a yes above X and a no elsewhere, instead of probabilities
    #[arg(long, value_name = "X", requires = "output")]
    pub(crate) threshold: Option<f32>,
    /// Size of the written images
    #[arg(long, value_enum, default_value_t = Size::Network, requires = "output")]
    pub(crate) size: Size,
    /// Replace results of the same names
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,
    /// Way from a picture's size to the network's, for a network whose data does not say it [default: exact]
    #[arg(long, value_enum)]
    pub(crate) fit: Option<Fit>,
    #[command(flatten)]
    pub(crate) sureness: Sureness,
}

/// A form of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Columns, of a single picture the likeliest classes
    Table,
    /// Comma-separated values, with a line of names
    Csv,
    /// A list of objects in JSON
    Json,
    /// A PNG image for each output
    Png,
    /// An array of NumPy for each output
    Npy,
    /// A volume of NIfTI for each output
    Nii,
}

impl Form {
    /// Returns the form's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Form::Table => "table",
            Form::Csv => "csv",
            Form::Json => "json",
            Form::Png => "png",
            Form::Npy => "npy",
            Form::Nii => "nii",
        }
    }
}

/// A size of written images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Size {
    /// The size of the network's output
    Network,
    /// The size of each picture
    Original,
}

impl Size {
    /// Returns the size's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Size::Network => "network",
            Size::Original => "original",
        }
    }
}

/// A way from a picture's size to the network's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fit {
    /// Another size is an error
    Exact,
    /// Scale height and width by different factors
    Stretch,
    /// Scale the picture to fit inside
    Pad,
    /// Scale the picture to cover, and cut off what lies outside
    Crop,
}

impl Fit {
    /// Returns the way's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Fit::Exact => "exact",
            Fit::Stretch => "stretch",
            Fit::Pad => "pad",
            Fit::Crop => "crop",
        }
    }
}

#[derive(Arguments, Debug)]
pub(crate) struct Augment {
    #[command(flatten)]
    pub(crate) recipe: Recipe,
    /// Write the image to PNG: one row per sample, unchanged and in nine epochs
    #[arg(short, long, value_name = "PNG", default_value = "augmented.png")]
    pub(crate) output: PathBuf,
    /// Show the first N samples [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Seed for all random numbers; overrides the file
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}

#[derive(Arguments, Debug)]
pub(crate) struct Report {
    /// The weights, the .net file that they were trained from, or the folder of the report
    pub(crate) of: PathBuf,
    /// Network to use if the file has several
    #[arg(long, value_name = "NAME")]
    pub(crate) network: Option<String>,
}

#[derive(Arguments, Debug)]
pub(crate) struct Card {
    /// The weights
    pub(crate) weights: PathBuf,
    /// Write the card to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Arguments, Debug)]
pub(crate) struct Verify {
    /// The weights
    pub(crate) weights: PathBuf,
    /// The .net file, beside its data; its text must be that of the training [default: where it was]
    pub(crate) file: Option<PathBuf>,
    /// Show what the weights say of their training, and compare the hashes without training or compiling
    #[arg(long)]
    pub(crate) quick: bool,
    /// Show only the results
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn wrong_arguments_are_explained() {
        let lines = [
            "",
            "trian lenet.net",
            "check",
            "explain lenet.net --stage layrs",
            "build lenet.net --inference --training-loop",
            "train lenet.net --epochs 0",
            "train lenet.net --limit some",
            "gradcheck lenet.net --batch 0",
            "eval lenet.net extra",
            "eval",
            "predict lenet.net",
            "check -lead.net",
            "predict lenet.net -1.png --weights w",
            "check --lead",
        ];
        let messages = lines.map(|line| {
            let words = std::iter::once("netwright").chain(line.split_whitespace()).map(OsString::from);
            let error = Args::read(&words.collect::<Vec<_>>()).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
            format!("> netwright {line}\n{error}")
        });
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn help_is_complete() {
        let mut command = Args::command();
        let mut pages = vec![command.render_help().to_string()];
        for sub in command.get_subcommands_mut() {
            let name = sub.get_name().to_string();
            pages.push(format!("> {name}\n{}", sub.render_help()));
        }
        insta::assert_snapshot!(pages.join("\n\n"));
    }
}
