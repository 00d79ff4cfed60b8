//! Writes a network's program with its settings and weights as one file.

use super::show;
use crate::args::Bundle;
use crate::cache::Place;
use crate::error::Error;
use crate::headers;
use crate::process::Supervisor;
use crate::program::{self, Compiled, Task};
use crate::select;
use netwright_compiler::Model;
use netwright_model::Bundle as Parts;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(options: &Bundle, place: &Place) -> Result<ExitCode, Error> {
    let network = &options.recipe.network;
    let source = select::read_recipe(&options.recipe)?;
    let model = select::predictable(&source, network)?;
    let weights = weights(options, model)?;
    check_output(&options.output)?;
    // Pictures and arrays to predict for are not known yet.
    let features: &[&str] =
        match model.graph.inputs.iter().any(|input| model.graph.value(*input).shape.len() == 3) {
            true => &["arrays", "more-pictures"],
            false => &[],
        };
    let mut supervisor = Supervisor::new().map_err(Error::Signals)?;
    let Compiled { found, settings } =
        program::compile(&source, model, place, Task::Predict, features, &mut supervisor)?;
    let settings = settings.unwrap_or_default();
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |cause| Error::Read { path, cause }
    };
    let program = fs::read(&found.path).map_err(unreadable(&found.path))?;
    let parts = Parts { settings: settings.len() as u64, weights: weights.len() as u64 };
    let contents = [&program, settings.as_bytes(), &weights, &parts.written()];
    write(&options.output, &contents)
        .map_err(|cause| Error::Write { path: options.output.clone(), cause })?;
    let megabytes = contents.iter().map(|part| part.len()).sum::<usize>() as f64 / 1e6;
    let (name, output) = (&model.graph.name, options.output.display());
    let contained = if weights.is_empty() { "without weights" } else { "with its weights" };
    let commands = match (weights.is_empty(), model.has_data()) {
        (true, true) => "train",
        (false, true) => "predict, eval, train and augment",
        _ => "predict",
    };
    show(&format!("{output}: {name} {contained}, {megabytes:.1} MB; it runs without Rust: {commands}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the bytes of the weights; none if the program is to train first.
fn weights(options: &Bundle, model: &Model) -> Result<Vec<u8>, Error> {
    if options.no_weights {
        return Ok(vec![]);
    }
    let path = program::weights(options.weights.as_ref(), model);
    let bytes = match fs::read(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Unfit {
                message: format!("there are no weights {}", path.display()),
                help: "train first, name others by `--weights`, or leave them out by `--no-weights`".into(),
            });
        }
        bytes => bytes.map_err(|cause| Error::Read { path: path.clone(), cause })?,
    };
    // The program reads the rest, and says what is wrong with it.
    if bytes.get(8) != Some(&b'{') {
        return Err(Error::Unfit {
            message: format!("{} is no file of weights", path.display()),
            help: "`netwright train` writes one, and so do PyTorch's safetensors".into(),
        });
    }
    Ok(bytes)
}

/// Checks that nothing is replaced but a program of the same kind.
fn check_output(path: &PathBuf) -> Result<(), Error> {
    let is_bundle = |mut file: File| -> io::Result<bool> {
        Ok(file.metadata()?.len() == 0 || Parts::find(&mut file)?.is_some())
    };
    let found = match File::open(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
        file => file.and_then(is_bundle),
    };
    match found.map_err(|cause| Error::Write { path: path.clone(), cause })? {
        true => Ok(()),
        false => Err(Error::Unfit {
            message: format!(
                "{} is not a program of `netwright bundle`, so it is not overwritten",
                path.display()
            ),
            help: "name another file, or remove this one first".into(),
        }),
    }
}

/// Writes a file that can be run, in one step.
fn write(path: &Path, contents: &[&[u8]]) -> io::Result<()> {
    let folder = headers::root(path);
    fs::create_dir_all(&folder)?;
    #[allow(unused_mut)]
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let mut file = builder.tempfile_in(folder)?;
    contents.iter().try_for_each(|part| file.write_all(part))?;
    file.as_file().sync_all()?;
    // It must be closed before it can be run.
    file.into_temp_path().persist(path)?;
    Ok(())
}
