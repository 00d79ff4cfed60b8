//! Trains again as a weights file says and compares the bits, or compares its hashes alone.

use super::show;
use crate::args::{Network, Verify};
use crate::cache::Place;
use crate::error::Error;
use crate::headers::Absent;
use crate::program::{self, Task};
use crate::select;
use crate::weights::{self, Weights};
use netwright_build::Source;
use netwright_compiler::{Model, Overrides};
use netwright_model::Manifest;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(options: &Verify, place: &Place) -> Result<ExitCode, Error> {
    let weights = weights::read(&options.weights)?;
    show(&weights::describe(&options.weights, &weights))?;
    let Some(manifest) = weights.manifest.as_ref().filter(|manifest| !manifest.texts.is_empty()) else {
        return untold(options);
    };
    let file = options.file.clone().unwrap_or_else(|| recorded(&options.weights, &weights, manifest));
    let text = compare_text(&file, manifest);
    if let Some(difference) = &text
        && options.file.is_some()
    {
        return Err(Error::Unfit {
            message: format!("{}: is not the text of the training: {difference}", file.display()),
            help: format!(
                "restore it as it was then, or leave it out: {} holds the whole text",
                options.weights.display()
            ),
        });
    }
    show(&match text {
        None => format!("text: {}, as it was\n", file.display()),
        Some(_) if !file.exists() => format!("text: that of the weights; {} is not there\n", file.display()),
        Some(difference) => {
            format!("text: that of the weights; {} has changed since: {difference}\n", file.display())
        }
    })?;
    if let (Some(obstacle), false) = (&manifest.obstacle, options.quick) {
        return Err(Error::Unfit {
            message: format!("{}: cannot be repeated: {obstacle}", options.weights.display()),
            help: QUICK.into(),
        });
    }
    let overrides = Overrides { network: Some(weights.network.clone()), settings: manifest.set.clone() };
    let source = select::checked(Source::of_texts(&file, &manifest.texts, &overrides))?;
    let network = Network { file: file.clone(), network: Some(weights.network.clone()) };
    let model = select::trainable(&source, &network)?;
    if let Some(reason) = incomparable(&source, model, options, &file, place)? {
        show(&format!("data: not compared: {reason}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    select::look_at_data(&source, &[model], Absent::Refused)?;
    let mut args: Vec<OsString> = vec!["--weights".into(), options.weights.clone().into()];
    args.extend(["--data-root".into(), program::data_root(&file).into()]);
    args.extend(options.quick.then(|| "--quick".into()));
    args.extend(options.quiet.then(|| "--quiet".into()));
    program::run(&source, model, place, Task::Verify, &[], &args)
}

const QUICK: &str = "`--quick` compares the hashes without training";

/// Ends the command for weights that hold no text.
fn untold(options: &Verify) -> Result<ExitCode, Error> {
    let message = |what| format!("{}: holds no text to {what}", options.weights.display());
    match (&options.file, options.quick) {
        (None, true) => Ok(ExitCode::SUCCESS),
        (Some(file), true) => Err(Error::Unfit {
            message: message(format!("compare {} with", file.display())),
            help: format!("leave out {}", file.display()),
        }),
        (_, false) => Err(Error::Unfit {
            message: message("train again from: `netwright train` of this version has not saved it".into()),
            help: QUICK.into(),
        }),
    }
}

/// Returns the path of the `.net` file as the weights know it.
fn recorded(file: &Path, weights: &Weights, manifest: &Manifest) -> PathBuf {
    let name = match weights.spec.as_str() {
        "" => manifest.texts.first().map_or("", |(name, _)| name),
        spec => spec,
    };
    file.parent().unwrap_or(Path::new("")).join(name)
}

/// Says in what a file and those that it imports differ from the texts of a training; `None` if they do not.
fn compare_text(file: &Path, manifest: &Manifest) -> Option<String> {
    let source = match Source::read(file) {
        Ok(source) => source,
        Err(error) => return Some(error.to_string()),
    };
    let now = source.texts();
    manifest.texts.iter().enumerate().find_map(|(at, (name, then))| {
        // The file itself may have been renamed.
        let found = if at == 0 { now.first() } else { now.iter().find(|(known, _)| known == name) };
        let Some((_, found)) = found else { return Some(format!("{name} is not imported any more")) };
        let difference = difference(then, found)?;
        Some(if at == 0 { difference } else { format!("{name}, {difference}") })
    })
}

/// Says where two texts differ for the first time.
fn difference(then: &str, now: &str) -> Option<String> {
    if then == now {
        return None;
    }
    let (mut before, mut after) = (then.split('\n'), now.split('\n'));
    let mut line = 1;
    loop {
        match (before.next(), after.next()) {
            (Some(before), Some(after)) if before == after => line += 1,
            (Some(before), Some(after)) => {
                return Some(format!("line {line} was `{}`, and is `{}`", before.trim(), after.trim()));
            }
            (Some(_), None) => return Some(format!("it ends before line {line}")),
            (None, _) => return Some(format!("it goes on in line {line}")),
        }
    }
}

/// Says why the samples are not compared, if they are not: a file is not there, or something would have to be compiled.
///
/// # Errors
/// If a file is not there, and the network shall be trained.
fn incomparable(
    source: &Source,
    model: &Model,
    options: &Verify,
    file: &Path,
    place: &Place,
) -> Result<Option<String>, Error> {
    let root = program::data_root(file);
    let recipe = model.recipe.iter();
    let starts = recipe.clone().filter_map(|recipe| recipe.from.as_ref()).map(|start| &start.file);
    let paths = recipe.flat_map(|recipe| recipe.sources()).map(|source| source.path()).chain(starts);
    let mut absent = paths.map(|path| root.join(path)).filter(|path| !path.exists());
    match (absent.next(), options.quick) {
        (Some(path), false) => Err(Error::Unfit {
            message: format!("{}: is not there, and the training needs it", path.display()),
            help: format!(
                "where the files are elsewhere, name the `.net` file beside them: `netwright verify {} FILE.net`",
                options.weights.display()
            ),
        }),
        (Some(path), true) => Ok(Some(format!("{} is not there", path.display()))),
        (None, true) if !program::is_compiled(source, model, place, Task::Verify)? => {
            Ok(Some("the network's program is not compiled here; without `--quick` it is".into()))
        }
        (None, _) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_of_texts_is_told() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        let told = |then, now| difference(then, now).unwrap();
        assert_eq!(told("a\n  b\nc\n", "a\nd \nc\n"), "line 2 was `b`, and is `d`");
        assert_eq!(told("a\nb", "a"), "it ends before line 2");
        assert_eq!(told("a", "a\nb"), "it goes on in line 2");
        assert_eq!(told("a\r\n", "a\n"), "line 1 was `a`, and is `a`");
    }
}
