//! Writes a first text for data: which source it is, what a small network for it looks like, and why.

mod arrays;
mod idx;
mod names;
mod pictures;
mod scans;
mod table;

use crate::error::Error;
use std::fs;
use std::path::Path;

/// A network for data, and how it is trained.
struct Draft {
    /// Lines about the data, for the comment at the top.
    about: Vec<String>,
    /// The shape of the input, with a remark.
    input: (Vec<usize>, String),
    /// The layers and the loss, a line each.
    layers: Vec<String>,
    /// The settings of the `train` block, each with a remark, which may be empty.
    settings: Vec<(String, String)>,
}

impl Draft {
    /// Returns the text of a `.net` file.
    fn text(&self, name: &str, file: &Path) -> String {
        let about: String = self.about.iter().map(|line| format!("// {line}\n")).collect();
        let file = file.display();
        let (shape, remark) = &self.input;
        let input = remarked(&format!("input {shape:?}"), remark, 30);
        let layers: String = self.layers.iter().map(|line| format!("    {line}\n")).collect();
        let setting = |(setting, remark): &(String, String)| {
            let (key, value) = setting.split_once(' ').unwrap_or((setting, ""));
            format!("    {}\n", remarked(&format!("{key:<9} {value}"), remark, 0))
        };
        let settings: String = self.settings.iter().map(setting).collect();
        format!(
            "{about}//\n//     netwright data {file}\n//     netwright train {file}\n\n\
             network {name} {{\n    {input}\n{layers}}}\n\ntrain {name} {{\n{settings}}}\n"
        )
    }
}

/// Appends a remark to a line.
fn remarked(line: &str, remark: &str, width: usize) -> String {
    if remark.is_empty() { line.into() } else { format!("{line:<width$}  // {remark}") }
}

/// Returns a first text for a folder or file, to be written to `output`.
///
/// # Errors
/// If no source reads it, or there is nothing to learn from.
pub(crate) fn text(from: &Path, output: &Path) -> Result<String, Error> {
    if !from.exists() {
        return unfit(
            format!("there is no file or folder {}", from.display()),
            "give a folder of pictures, scans or volumes, a table (.csv), or arrays (.npz, .npy)",
        );
    }
    let path = names::path(from, output)?;
    let ending = from.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let draft = match ending.as_deref() {
        _ if from.is_dir() && idx::is_folder(from) => idx::draft(from, &path)?,
        _ if from.is_dir() => match crate::scans::find(from) {
            Some((kind, files)) => scans::draft(from, &path, kind, &files)?,
            None => pictures::draft(from, &path)?,
        },
        _ if crate::scans::kind(from).is_some() => {
            return unfit(
                format!("{} is one scan or volume", from.display()),
                "give the folder of all of them, with a folder for each class, or with a table `labels.csv`",
            );
        }
        Some("npz" | "npy" | "safetensors") => arrays::draft(from, &path)?,
        _ => table::draft(from, &path)?,
    };
    Ok(draft.text(&names::network(output), output))
}

fn unfit<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Error> {
    Err(Error::Unfit { message: message.into(), help: help.into() })
}

/// Converts an error of a reader to one of the command.
fn failed(error: &netwright_data::Error) -> Error {
    let help = error.help().unwrap_or_else(|| "give other data, or write the text by hand".into());
    Error::Unfit { message: error.to_string(), help }
}

/// The last layers and the loss for labels, and the metrics that fit.
struct Answer {
    layers: Vec<String>,
    metrics: &'static str,
}

impl Answer {
    /// Returns the end of a network that tells classes apart.
    fn classes(count: usize) -> Answer {
        Answer {
            layers: vec![format!("dense({count}) softmax"), "loss cross_entropy".into()],
            metrics: "metrics f1 confusion",
        }
    }

    /// Returns the end of a network that says yes or no, to one question or to several.
    fn yes_or_no(count: usize) -> Answer {
        Answer {
            layers: vec![format!("dense({count}) sigmoid"), "loss binary_cross_entropy".into()],
            metrics: "metrics roc_auc",
        }
    }

    /// Returns the end of a network that answers with numbers.
    fn numbers(count: usize) -> Answer {
        Answer { layers: vec![format!("dense({count})"), "loss mse".into()], metrics: "metrics mae r2" }
    }
}

/// Returns the layers of a small network for pictures, up to the answer.
fn convolutions([height, width]: [usize; 2]) -> Vec<String> {
    let mut layers = vec![];
    let (mut side, mut channels) = (height.min(width), 16);
    while layers.len() < 4 && side >= 8 {
        layers.push(format!("conv({channels}, 3x3, pad=1, bias=false) batch_norm relu max_pool(2x2)"));
        (side, channels) = (side / 2, (2 * channels).min(64));
    }
    if layers.is_empty() {
        layers.push("conv(16, 3x3, pad=1, bias=false) batch_norm relu".into());
    }
    layers.push("global_avg_pool flatten".into());
    layers
}

/// Returns the settings that follow those of the data: a share to hold out, and how long and how fast to learn.
fn usual(samples: usize, epochs: usize, metrics: &str) -> Vec<(String, String)> {
    let setting = |text: &str, remark: &str| (text.to_string(), remark.to_string());
    // A step of a few samples learns more in an epoch of few.
    let batch = if samples < 500 { "batch 16" } else { "batch 32" };
    vec![
        setting(&format!("epochs {epochs}"), ""),
        setting(batch, ""),
        setting("optimizer adam(lr=3e-3)", ""),
        setting("schedule cosine(warmup=1)", ""),
        setting(metrics, ""),
        setting("seed 1", ""),
    ]
}

fn validate() -> (String, String) {
    ("validate 20%".into(), "held out, to measure with".into())
}

/// Returns the names of a folder's entries in order, hidden ones left out.
fn entries(folder: &Path) -> Vec<String> {
    let found = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        found.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

/// Counts things in words: `1 class`, `3 classes`.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
