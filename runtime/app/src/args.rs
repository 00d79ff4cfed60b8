//! The program's arguments. People use the `netwright` command, which passes them on.

mod sure;
mod why;

use super::settings::SettingsError;
use lexopt::prelude::*;
use netwright::__app::bundle::Own;
use netwright::train::Fit;
use netwright::weights::Others;
use std::ffi::OsString;
use std::path::PathBuf;
pub(super) use sure::{Calibration, Stress, Sure};
use thiserror::Error;
pub(super) use why::{Baseline, Inputs, Method, Numbers, Why};

/// Errors of arguments.
#[derive(Debug, Error)]
pub(super) enum ArgsError {
    /// An option, or its value.
    #[error(transparent)]
    Option(#[from] lexopt::Error),
    #[error("no command is given")]
    NoCommand,
    #[error("there is no command `{0}`")]
    UnknownCommand(String),
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("no file to predict for is given")]
    NoFiles,
    #[error("`{0}` must be at least 1")]
    Zero(&'static str),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("this program cannot be read: {0}")]
    Own(std::io::Error),
}

/// The arguments of a program.
#[derive(Debug, PartialEq)]
pub(super) struct Args {
    /// The process to end with.
    pub(super) parent: Option<u32>,
    /// The file with the settings, for a program that needs some.
    pub(super) settings: Option<PathBuf>,
    pub(super) command: Command,
}

/// The command and its options.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Train(Train),
    Lr(Lr),
    Eval(Eval),
    Predict(Predict),
    Augment(Augment),
    Data(Data),
    Verify(Verify),
    Why(Why),
    Show(Inputs),
    Stress(Stress),
    Sure(Sure),
}

#[derive(Debug, PartialEq)]
pub(super) struct Train {
    /// The folder that the recipe's paths are relative to.
    pub(super) data_root: PathBuf,
    /// The file that the weights are written to.
    pub(super) weights: PathBuf,
    /// Treatment of an existing file with weights of another network.
    pub(super) others: Others,
    /// The `.net` file, if there is one.
    pub(super) spec: Option<PathBuf>,
    /// Goes on from the last checkpoint.
    pub(super) resume: bool,
    /// The number of epochs; the recipe's if `None`.
    pub(super) epochs: Option<usize>,
    /// The epoch after which the training pauses, with a checkpoint: a search decides whether it goes on. One that has diverged is a
    /// result, too, and no failure.
    pub(super) until: Option<usize>,
    /// The number of samples to use, the first ones; all if `None`.
    pub(super) limit: Option<usize>,
    /// The seed; the recipe's if `None`.
    pub(super) seed: Option<u64>,
    /// The file for the log in JSON, if one is written.
    pub(super) log: Option<PathBuf>,
    /// The folder for event files of TensorBoard, if they are written.
    pub(super) tensorboard: Option<PathBuf>,
    /// Writes facts for a report, in a folder beside the weights.
    pub(super) report: bool,
    /// Shows results only.
    pub(super) quiet: bool,
}

/// Options of a learning-rate range test.
#[derive(Debug, PartialEq)]
pub(super) struct Lr {
    /// The folder that the recipe's paths are relative to.
    pub(super) data_root: PathBuf,
    /// The first and the last rate.
    pub(super) rates: [f64; 2],
    /// The number of steps.
    pub(super) steps: usize,
    /// The number of samples to use, the first ones; all if `None`.
    pub(super) limit: Option<usize>,
    /// The seed; the recipe's if `None`.
    pub(super) seed: Option<u64>,
    /// The file for the losses in JSON, if one is written.
    pub(super) log: Option<PathBuf>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Eval {
    pub(super) data_root: PathBuf,
    pub(super) weights: PathBuf,
    pub(super) limit: Option<usize>,
    /// The file for the results in JSON, if one is written.
    pub(super) log: Option<PathBuf>,
    /// The file for an image of the first samples and the network's outputs, if one is written.
    pub(super) images: Option<PathBuf>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Predict {
    /// The folder that the recipe's paths are relative to.
    pub(super) data_root: PathBuf,
    pub(super) weights: PathBuf,
    /// Pictures, folders of pictures, tables or arrays.
    pub(super) files: Vec<PathBuf>,
    pub(super) format: Format,
    /// The folder, or the only file, that outputs are written to.
    pub(super) output: Option<PathBuf>,
    /// The border above which an output is a yes.
    pub(super) threshold: Option<f32>,
    /// The size of results.
    pub(super) size: Size,
    /// The way from a picture's size to the network's; the recipe's if `None`.
    pub(super) fit: Option<Fit>,
    /// Replaces results of the same names.
    pub(super) overwrite: bool,
}

/// The size of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Size {
    /// That of the network's output.
    #[default]
    Network,
    /// That of each picture.
    Original,
}

/// The form of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// Columns for people.
    #[default]
    Table,
    Csv,
    Json,
    /// A picture for each output.
    Png,
    /// An array for each output.
    Npy,
    /// A volume for each output.
    Nii,
}

impl Format {
    /// Returns the ending of its files; `None` if answers are text.
    pub(super) fn ending(self) -> Option<&'static str> {
        match self {
            Format::Table | Format::Csv | Format::Json => None,
            Format::Png => Some("png"),
            Format::Npy => Some("npy"),
            Format::Nii => Some("nii"),
        }
    }
}

#[derive(Debug, PartialEq)]
pub(super) struct Augment {
    pub(super) data_root: PathBuf,
    /// The file that the image is written to.
    pub(super) output: PathBuf,
    /// The number of samples to show; `sheet::SAMPLES` if `None`.
    pub(super) limit: Option<usize>,
    /// The seed; the recipe's if `None`.
    pub(super) seed: Option<u64>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Data {
    /// The folder that the recipe's paths are relative to.
    pub(super) data_root: PathBuf,
    /// The file for an image of samples, if one is written.
    pub(super) output: Option<PathBuf>,
    pub(super) format: Format,
}

#[derive(Debug, PartialEq)]
pub(super) struct Verify {
    /// The folder that the recipe's paths are relative to.
    pub(super) data_root: PathBuf,
    /// The weights to compare with.
    pub(super) weights: PathBuf,
    /// Compares the samples only.
    pub(super) quick: bool,
    /// Shows results only.
    pub(super) quiet: bool,
}

/// The arguments of all commands.
pub(super) const USAGE: &str = "\
usage: train   --weights OUT [--resume] [--overwrite] [--spec NET] [--data-root DIR] [--epochs N] [--limit N]
               [--until EPOCH] [--seed N] [--log FILE] [--tensorboard DIR] [--report] [--quiet]
       lr      --from RATE --to RATE --steps N [--data-root DIR] [--limit N] [--seed N] [--log FILE]
       eval    --weights FILE [--data-root DIR] [--limit N] [--log FILE] [--images PNG]
       predict --weights FILE [--data-root DIR] [--format table|csv|json] [--fit exact|stretch|pad|crop]
               PICTURE_FOLDER_OR_TABLE...
       predict --weights FILE --output FOLDER_OR_FILE --format png|npy|nii [--threshold X] [--size network|original]
               [--overwrite] [--data-root DIR] [--fit exact|stretch|pad|crop] PICTURE_FOLDER_OR_TABLE...
       augment --output PNG [--data-root DIR] [--limit N] [--seed N]
       data    [--output PNG] [--data-root DIR] [--format table|json]
       verify  --weights FILE [--quick] [--data-root DIR] [--quiet]
       why     --weights FILE --output FILE [--method NAME]... [--class CLASS] [--at X,Y[,WIDTH,HEIGHT]]
               [--baseline zero|black|white] [--steps N] [--samples N] [--noise X] [--window N] [--stride N] [--seed N]
               [--data-root DIR] [--fit exact|stretch|pad|crop] PICTURE_FOLDER_OR_TABLE...
       show    --weights FILE --output FILE [--data-root DIR] [--fit exact|stretch|pad|crop] PICTURE_OR_FOLDER...
       sure    --weights FILE --output FILE [--member FILE]... [--temperature fitted|X] [--passes N] [--seed N]
               [--quantile X] [--data-root DIR] [--fit exact|stretch|pad|crop] PICTURE_FOLDER_OR_TABLE...
       stress  --weights FILE --output LOG [--data-root DIR] [--limit N] [--seed N]
where the program brings weights with it: --weights is those for eval and predict, and its name with .safetensors for train
before the command: --parent PROCESS, to end when this process ends; --settings FILE, as netwright writes them
";

/// Reads arguments; a program that brings settings and weights with it (`own`) needs not be told where these are.
pub(super) fn parse(args: impl IntoIterator<Item = OsString>, own: Option<&Own>) -> Result<Args, ArgsError> {
    let mut parser = lexopt::Parser::from_args(args);
    let (mut parent, mut settings) = (None, None);
    loop {
        match parser.next()? {
            Some(Long("parent")) => parent = Some(parser.value()?.parse()?),
            Some(Long("settings")) => settings = Some(PathBuf::from(parser.value()?)),
            Some(Value(name)) => {
                let command = command(&name.string()?, &mut parser, own)?;
                return Ok(Args { parent, settings, command });
            }
            Some(other) => return Err(other.unexpected().into()),
            None => return Err(ArgsError::NoCommand),
        }
    }
}

fn command(command: &str, parser: &mut lexopt::Parser, own: Option<&Own>) -> Result<Command, ArgsError> {
    match command {
        "why" => return Ok(Command::Why(why::why(parser)?)),
        "show" => return Ok(Command::Show(why::show(parser)?)),
        "stress" => return Ok(Command::Stress(sure::stress(parser)?)),
        "sure" => return Ok(Command::Sure(sure::sure(parser)?)),
        _ => {}
    }
    let [train, lr, eval, predict, augment, data, verify] =
        ["train", "lr", "eval", "predict", "augment", "data", "verify"].map(|name| command == name);
    if !(train || lr || eval || predict || augment || data || verify) {
        return Err(ArgsError::UnknownCommand(command.into()));
    }
    let [mut weights, mut data_root, mut output, mut log] = [None, None, None, None];
    let [mut epochs, mut limit, mut until] = [None, None, None];
    let (mut seed, mut images, mut spec) = (None, None, None);
    let (mut others, mut quiet, mut format) = (Others::Kept, false, Format::default());
    let (mut resume, mut tensorboard, mut quick, mut report) = (false, None, false, false);
    let (mut threshold, mut size, mut fit) = (None, Size::default(), None);
    let (mut from, mut to, mut steps) = (None, None, None);
    let mut files = Vec::new();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("output") if augment || predict || data => output = Some(PathBuf::from(parser.value()?)),
            Long("weights") if !lr && !augment && !data => weights = Some(PathBuf::from(parser.value()?)),
            Long("data-root") => data_root = Some(PathBuf::from(parser.value()?)),
            Long("limit") if !predict && !data && !verify => limit = Some(positive(parser, "--limit")?),
            Long("epochs") if train => epochs = Some(positive(parser, "--epochs")?),
            Long("from") if lr => from = Some(parser.value()?.parse()?),
            Long("to") if lr => to = Some(parser.value()?.parse()?),
            Long("steps") if lr => steps = Some(positive(parser, "--steps")?),
            Long("until") if train => until = Some(positive(parser, "--until")?),
            Long("seed") if train || lr || augment => seed = Some(parser.value()?.parse()?),
            Long("log") if train || lr || eval => log = Some(PathBuf::from(parser.value()?)),
            Long("tensorboard") if train => tensorboard = Some(PathBuf::from(parser.value()?)),
            Long("images") if eval => images = Some(PathBuf::from(parser.value()?)),
            Long("spec") if train => spec = Some(PathBuf::from(parser.value()?)),
            Long("threshold") if predict => threshold = Some(parser.value()?.parse()?),
            Long("size") if predict => size = size_of(&parser.value()?.string()?)?,
            Long("fit") if predict => fit = Some(fit_of(&parser.value()?.string()?)?),
            Long("overwrite") if train || predict => others = Others::Replaced,
            Long("quiet") if train || verify => quiet = true,
            Long("quick") if verify => quick = true,
            Long("resume") if train => resume = true,
            Long("report") if train => report = true,
            Long("format") if predict || data => format = form(&parser.value()?.string()?)?,
            Value(file) if predict => files.push(PathBuf::from(file)),
            other => return Err(other.unexpected().into()),
        }
    }
    let data_root = data_root.unwrap_or_else(|| PathBuf::from("."));
    if augment {
        let output = output.ok_or(ArgsError::Missing("--output PNG"))?;
        return Ok(Command::Augment(Augment { data_root, output, limit, seed }));
    }
    if lr {
        let rates =
            [from.ok_or(ArgsError::Missing("--from RATE"))?, to.ok_or(ArgsError::Missing("--to RATE"))?];
        let steps = steps.ok_or(ArgsError::Missing("--steps N"))?;
        return Ok(Command::Lr(Lr { data_root, rates, steps, limit, seed, log }));
    }
    if data {
        if !matches!(format, Format::Table | Format::Json) {
            return Err(lexopt::Error::from("`--format` of `data` is `table` or `json`").into());
        }
        return Ok(Command::Data(Data { data_root, output, format }));
    }
    let usual = || match own {
        Some(own) if train => {
            own.path.file_name().map(|name| PathBuf::from(name).with_extension("safetensors"))
        }
        Some(own) if own.has_weights => Some(own.path.clone()),
        _ => None,
    };
    let weights = weights.or_else(usual).ok_or(ArgsError::Missing("--weights FILE"))?;
    if predict && files.is_empty() {
        return Err(ArgsError::NoFiles);
    }
    Ok(match () {
        () if train => Command::Train(Train {
            data_root,
            weights,
            others,
            spec,
            resume,
            epochs,
            until,
            limit,
            seed,
            log,
            tensorboard,
            report,
            quiet,
        }),
        () if verify => Command::Verify(Verify { data_root, weights, quick, quiet }),
        () if eval => Command::Eval(Eval { data_root, weights, limit, log, images }),
        () => {
            let overwrite = others == Others::Replaced;
            Command::Predict(Predict {
                data_root,
                weights,
                files,
                format,
                output,
                threshold,
                size,
                fit,
                overwrite,
            })
        }
    })
}

fn form(name: &str) -> Result<Format, lexopt::Error> {
    match name {
        "table" => Ok(Format::Table),
        "csv" => Ok(Format::Csv),
        "json" => Ok(Format::Json),
        "png" => Ok(Format::Png),
        "npy" => Ok(Format::Npy),
        "nii" => Ok(Format::Nii),
        _ => Err(format!("`--format` is `table`, `csv`, `json`, `png`, `npy` or `nii`, not `{name}`").into()),
    }
}

fn size_of(name: &str) -> Result<Size, lexopt::Error> {
    match name {
        "network" => Ok(Size::Network),
        "original" => Ok(Size::Original),
        _ => Err(format!("`--size` is `network` or `original`, not `{name}`").into()),
    }
}

fn fit_of(name: &str) -> Result<Fit, lexopt::Error> {
    let found = Fit::NAMED.iter().find(|(known, _)| *known == name);
    let other = || format!("`--fit` is `exact`, `stretch`, `pad` or `crop`, not `{name}`").into();
    found.map(|(_, fit)| *fit).ok_or_else(other)
}

fn positive(parser: &mut lexopt::Parser, option: &'static str) -> Result<usize, ArgsError> {
    match parser.value()?.parse()? {
        0 => Err(ArgsError::Zero(option)),
        number => Ok(number),
    }
}
