//! Runs the program that says how sure answers are, for the commands that ask it.

use super::why::{Answer, Asked, unfit};
use crate::args::{Fit, Network, Pool, Sureness};
use crate::cache::Place;
use crate::error::Error;
use crate::program::{self, Task};
use crate::select;
use crate::sure::Found;
use netwright_compiler::Model;
use netwright_compiler::question::{Look, Question};
use netwright_compiler::recipe::Source;
use netwright_data::table::{Format, Text};
use netwright_model::Column;
use std::path::{Path, PathBuf};

/// Samples and the ways to tell how sure the answers to them are.
pub(super) struct Request<'a> {
    pub(super) network: &'a Network,
    /// Files, folders, and lists of pictures.
    pub(super) files: &'a [PathBuf],
    pub(super) weights: Option<&'a PathBuf>,
    pub(super) sureness: &'a Sureness,
    /// The share of held-out samples that copies are compared with.
    pub(super) quantile: Option<f64>,
    pub(super) fit: Option<Fit>,
    /// True if answers for each place are summed up.
    pub(super) takes_masks: bool,
}

impl<'a> Request<'a> {
    /// Asks about samples without labels.
    pub(super) fn of_pool(pool: &'a Pool, sureness: &'a Sureness) -> Request<'a> {
        let Pool { network, pool: files, weights, fit, .. } = pool;
        Request {
            network,
            files,
            weights: weights.as_ref(),
            sureness,
            quantile: None,
            fit: *fit,
            takes_masks: false,
        }
    }
}

/// Compiles and runs the program.
///
/// # Errors
/// If the network cannot say what is asked for, or the program not be run.
pub(super) fn ask(request: &Request<'_>, place: &Place) -> Result<Answer<Found>, Error> {
    let Request { network, files, weights, sureness, quantile, fit, takes_masks } = request;
    if sureness.seed.is_some() && sureness.mc_dropout.is_none() {
        return Err(Error::idle(
            "--seed",
            "without dropout at work no random numbers are drawn",
            "leave it out, or add `--mc-dropout 50`",
        ));
    }
    let source = select::read(&network.file)?;
    let model = select::predictable(&source, network)?;
    check(model, *takes_masks)?;
    if quantile.is_some() && !copies(model) {
        return Err(Error::idle(
            "--quantile",
            &format!("it is for autoencoders, and `{}` does not copy its input", model.graph.name),
            "leave it out",
        ));
    }
    let question = Question::new(&model.graph, Look::Last).map_err(unfit)?;
    if sureness.mc_dropout.is_some() && !question.has_noise() {
        return Err(Error::Unfit {
            message: format!(
                "`{}` has no layer of noise that `--mc-dropout` could put to work",
                model.graph.name
            ),
            help: "train it with a layer such as `dropout(0.25)`".into(),
        });
    }
    let weights = program::weights(*weights, model);
    let weights = if sureness.folds { folds(model, &weights)? } else { vec![weights] };
    let mut options = sureness.passed();
    options.extend(weights[1..].iter().map(|file| ("--member", file.display().to_string())));
    options.extend(quantile.map(|share| ("--quantile", share.to_string())));
    options.extend(fit.map(|fit| ("--fit", fit.name().to_string())));
    let mut inputs = vec![];
    for file in *files {
        inputs.extend(listed(file, model)?.unwrap_or_else(|| vec![file.clone()]));
    }
    let asked = Asked { file: &network.file, weights: Some(&weights[0]), inputs: &inputs };
    match asked.ask(&source, model, place, Task::Sure(&question), options)? {
        Answer::Found(file) => Found::read(file.path()).map(Answer::Found),
        Answer::Failed(code) => Ok(Answer::Failed(code)),
    }
}

/// Checks that a network has one answer for a sample, or copies it, or has a mask where those are taken, before anything is compiled.
fn check(model: &Model, takes_masks: bool) -> Result<(), Error> {
    let graph = &model.graph;
    let unfit = |found: String| {
        Err(Error::Unfit {
            message: format!("`{}` has {found}", graph.name),
            help: "networks of one input say how sure they are, if they have one answer for a sample or copy it; `netwright uncertain` ranks \
                   samples by the doubt in masks, too"
                .into(),
        })
    };
    match (&graph.inputs[..], &graph.outputs[..]) {
        ([_], [output]) => {
            let places: usize = graph.value(*output).shape.iter().skip(1).product();
            if places > 1 && !takes_masks && !copies(model) {
                unfit(format!("an answer for each of {places} places"))
            } else {
                Ok(())
            }
        }
        ([_], _) => unfit("several outputs".into()),
        _ => unfit("several inputs".into()),
    }
}

/// Returns true if a network's loss compares its output with its input.
fn copies(model: &Model) -> bool {
    model.graph.losses.iter().any(|used| used.target.is_some())
}

/// Returns the weights of all folds.
fn folds(model: &Model, weights: &Path) -> Result<Vec<PathBuf>, Error> {
    let all = program::all_weights(model, weights);
    let name = &model.graph.name;
    if all.len() < 2 {
        return Err(Error::Unfit {
            message: format!(
                "the `train` block of `{name}` has no `folds`, whose networks could answer together"
            ),
            help: "write `folds 5` instead of `validate`, and train again".into(),
        });
    }
    match all.iter().find(|file| !file.exists()) {
        Some(missing) => Err(Error::Unfit {
            message: format!("{} is not there: the network of a fold is missing", missing.display()),
            help: "`netwright train` with `folds` saves the weights of each; `--weights` says their name without `.fold1`".into(),
        }),
        None => Ok(all),
    }
}

/// Returns the pictures that a list names, for a network of pictures; `None` for a file that is no list.
fn listed(file: &Path, model: &Model) -> Result<Option<Vec<PathBuf>>, Error> {
    let first = model.recipe.as_ref().and_then(|recipe| recipe.sources().next());
    let Some(Source::Images(images)) = first else { return Ok(None) };
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if !file.is_file() || !matches!(ending.as_deref(), Some("csv" | "tsv" | "txt")) {
        return Ok(None);
    }
    let unfit = |message: String| {
        Error::Unfit {
        message,
        help: "a list has a line of names, and the pictures in the column that `file=` names, or else in the first one".into(),
    }
    };
    let text = Text::read(file, &Format::default()).map_err(|error| unfit(error.to_string()))?;
    let named = images.file.iter().find_map(|column| match column {
        Column::Named(name) => text.column(&Column::Named(name.as_str())).ok(),
        _ => None,
    });
    let names = text.texts(named.unwrap_or(0), "file");
    let names = names.map_err(|problem| unfit(format!("{}: {problem}", file.display())))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    Ok(Some(names.into_iter().map(|name| folder.join(name)).collect()))
}
