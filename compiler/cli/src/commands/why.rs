//! Explains answers.

use crate::args::{Method, Told, Why};
use crate::cache::Place;
use crate::commands::show;
use crate::error::Error;
use crate::formats;
use crate::program::{self, Task};
use crate::select;
use crate::why::{self, Drawn, Explanations};
use netwright_build::Source;
use netwright_compiler::Model;
use netwright_compiler::question::{Look, Question, Unanswerable};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tempfile::NamedTempFile;

pub(crate) fn run(options: &Why, place: &Place) -> Result<ExitCode, Error> {
    let source = select::read(&options.network.file)?;
    let model = select::predictable(&source, &options.network)?;
    let methods: Vec<String> = options.methods.iter().map(|method| method.name()).collect();
    if !methods.is_empty() {
        // Better now than when the program is compiled.
        check(options, &methods)?;
    }
    if let Some(slice) = options.slice {
        check_slice(model, slice)?;
    }
    let look = options.layer.as_deref().map_or(Look::Last, Look::Layer);
    let question = Question::new(&model.graph, look).map_err(unfit)?;
    let asked =
        Asked { file: &options.network.file, weights: options.weights.as_ref(), inputs: &options.inputs };
    let found = match asked.ask(&source, model, place, Task::Why(&question), options.passed())? {
        Answer::Found(file) => Explanations::read(file.path())?,
        Answer::Failed(code) => return Ok(code),
    };
    check(options, &found.methods())?;
    let output = options.output.clone().unwrap_or_else(|| folder(model));
    let files = why::write(&found, &output, Drawn { slice: options.slice, arrays: options.npy })?;
    let are_drawn = files.iter().any(|files| !files.is_empty());
    match (are_drawn, options.output.is_some()) {
        (true, _) => {}
        (false, true) => {
            let reason = "the samples are no images, so that nothing is drawn";
            return Err(Error::idle(
                "--output",
                reason,
                "leave it out, or write the maps as arrays by `--npy`",
            ));
        }
        (false, false) if found.is_table() => {}
        (false, false) => {
            anstream::eprintln!(
                "note: the samples are no images, so that nothing is drawn: `--npy` writes the maps as arrays"
            );
        }
    }
    show(&match options.format {
        Told::Text => why::text(&found, &files),
        Told::Json => why::json(&found, &files),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Checks that each option has a method among these that it belongs to.
fn check(options: &Why, used: &[impl AsRef<str>]) -> Result<(), Error> {
    let is_used = |method: &Method| used.iter().any(|used| used.as_ref() == method.name());
    for (option, of) in options.of_methods() {
        if !of.iter().any(is_used) {
            let names: Vec<String> = of.iter().map(|method| format!("`{}`", method.name())).collect();
            let reason =
                format!("it belongs to {}, which the answers are not explained by", names.join(" and "));
            return Err(Error::idle(option, &reason, "leave it out, or choose another `--method`"));
        }
    }
    if options.methods.contains(&Method::Permutation) && !is_used(&Method::Permutation) {
        let reason = "it exchanges values between the rows of a table, and there is one row";
        return Err(Error::idle("--method permutation", reason, "name a table with two rows at least"));
    }
    Ok(())
}

/// Checks that samples are volumes that have a slice.
fn check_slice(model: &Model, slice: usize) -> Result<(), Error> {
    let graph = &model.graph;
    let depth = graph.inputs.first().and_then(|&input| match graph.value(input).shape[..] {
        [_, depth, _, _] => Some(depth),
        _ => None,
    });
    match depth {
        Some(depth) if slice < depth => Ok(()),
        Some(depth) => Err(Error::Unfit {
            message: format!(
                "`--slice {slice}`: the volumes of `{}` have the slices 0 to {}",
                graph.name,
                depth - 1
            ),
            help: "they are counted as the network gets them".into(),
        }),
        None => Err(Error::idle(
            "--slice",
            &format!("the samples of `{}` are no volumes", graph.name),
            "leave it out",
        )),
    }
}

/// The samples that a program looks at.
pub(super) struct Asked<'a> {
    pub(super) file: &'a Path,
    pub(super) weights: Option<&'a PathBuf>,
    pub(super) inputs: &'a [PathBuf],
}

/// The outcome of a program that looks at samples.
pub(super) enum Answer<T> {
    /// The file that it has written, or the numbers in it.
    Found(T),
    /// The code that it has ended with, after it has said why.
    Failed(ExitCode),
}

impl Asked<'_> {
    /// Runs the program of a task on the samples.
    pub(super) fn ask(
        &self,
        source: &Source,
        model: &Model,
        place: &Place,
        task: Task<'_>,
        options: Vec<(&str, String)>,
    ) -> Result<Answer<NamedTempFile>, Error> {
        let found =
            NamedTempFile::new().map_err(|cause| Error::Write { path: std::env::temp_dir(), cause })?;
        let args = self.args(model, found.path(), options);
        let features = formats::of_inputs(self.inputs, model);
        let code = program::run(source, model, place, task, &features, &args)?;
        Ok(if code == ExitCode::SUCCESS { Answer::Found(found) } else { Answer::Failed(code) })
    }

    /// Returns the arguments of a program that writes what it finds to a file.
    fn args(&self, model: &Model, found: &Path, options: Vec<(&str, String)>) -> Vec<OsString> {
        let mut args: Vec<OsString> = vec!["--data-root".into(), program::data_root(self.file).into()];
        args.extend(["--weights".into(), program::weights(self.weights, model).into()]);
        args.extend(["--output".into(), found.into()]);
        args.extend(options.into_iter().flat_map(|(name, value)| [name.into(), value.into()]));
        // Behind this, a file may be called what it likes.
        args.push("--".into());
        args.extend(self.inputs.iter().map(OsString::from));
        args
    }
}

/// Returns the folder that is drawn into unless another is asked for.
fn folder(model: &Model) -> PathBuf {
    PathBuf::from(format!("{}.why", model.graph.name))
}

pub(super) fn unfit(Unanswerable { message, help }: Unanswerable) -> Error {
    Error::Unfit { message, help }
}
