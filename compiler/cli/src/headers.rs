//! Compares the files of a recipe's data with its network before anything is compiled, as far as headers and small tables tell.
//!
//! A file that cannot be judged in a moment is left to the training: nothing is refused here that it would take.

mod arrays;
mod idx;
mod labels;
mod pictures;
mod scans;
mod table;

use netwright_compiler::recipe::{Data, Source, Table};
use netwright_compiler::{Diagnostic, Interface, Model, Span, nearest as suggest};
use netwright_data::table::Layout;
use std::fs;
use std::path::{Path, PathBuf};

/// Treatment of files that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// An error.
    Refused,
    /// They are passed over: an evaluation may do without them.
    Ignored,
}

/// Files that are this large are compared byte by byte to find a copy.
const MOST_COMPARED: u64 = 8 << 20;

/// Returns the errors of a recipe's data; paths are relative to `root`.
pub(crate) fn check(model: &Model, root: &Path, absent: Absent) -> Vec<Diagnostic> {
    let Some(recipe) = &model.recipe else { return vec![] };
    let Some(data) = &recipe.data else { return vec![] };
    let mut found = vec![];
    let interfaces: Vec<(Interface, usize)> = match model.interface() {
        Some(interface) => vec![(interface, 1)],
        None => model.interfaces(data),
    };
    let output = output_place(model).filter(|_| model.graph.losses.len() == 1);
    for (at, (interface, labels)) in interfaces.iter().enumerate() {
        let mut known = Known::default();
        let parts =
            [("data", Some(data)), ("validate", recipe.held_out.source()), ("test", recipe.test.as_ref())];
        for (key, part) in
            parts.into_iter().filter_map(|(key, part)| Some((key, of_input(model, part?, at)?)))
        {
            let mut look = Look { interface, root, data: part, output, found: &mut found };
            if !look.exists(absent) {
                continue;
            }
            if key != "data" && of_input(model, data, at).is_some_and(|data| look.is_copy(data, key)) {
                continue;
            }
            // The columns of several losses are compared when they are read.
            match &part.source {
                _ if *labels > 1 => {}
                Source::Csv(recipe) if *labels > 0 => table::look(&mut look, recipe, &mut known),
                Source::Csv(recipe) => {
                    table::look(&mut look, &Table { label: vec![], ..recipe.clone() }, &mut known);
                }
                Source::Images(recipe) => pictures::look(&mut look, recipe, &mut known),
                Source::Arrays(recipe) => arrays::look(&mut look, recipe),
                Source::IdxPart { path, only, .. } => idx::look(&mut look, path, only.is_empty()),
                Source::Idx { path } => idx::look(&mut look, path, true),
                Source::Dicom(_) | Source::Nifti(_) if *labels == 0 => {}
                Source::Dicom(recipe) => scans::dicom(&mut look, recipe, &mut known),
                Source::Nifti(recipe) => scans::nifti(&mut look, recipe, &mut known),
                Source::Joint(never) => match *never {},
            }
        }
    }
    found
}

/// Returns the source of the input of this number.
fn of_input<'a>(model: &Model, data: &'a Data, at: usize) -> Option<&'a Data> {
    match &data.input {
        None => Some(data),
        Some(_) => data.of_input(&model.graph.value(model.graph.inputs[at]).name),
    }
}

/// Returns the folder that the paths of a source are relative to.
pub(crate) fn root(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.into(),
        _ => PathBuf::from("."),
    }
}

/// Knowledge of the training samples, by which those of other parts are read.
#[derive(Default)]
struct Known {
    layout: Option<Layout>,
    classes: Vec<String>,
}

/// A misfit of labels and a network, and the way out.
struct Misfit {
    message: String,
    help: String,
}

impl Misfit {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Misfit {
        Misfit { message: message.into(), help: help.into() }
    }
}

/// One source, and what there is to say of it.
struct Look<'a> {
    interface: &'a Interface,
    root: &'a Path,
    data: &'a Data,
    /// The place of the layer that makes the network's output.
    output: Option<Span>,
    found: &'a mut Vec<Diagnostic>,
}

impl Look<'_> {
    /// Returns the path of the source.
    fn path(&self) -> PathBuf {
        self.below(self.data.source.path())
    }

    /// Returns a path that is relative to the `.net` file, as messages show it.
    fn below(&self, path: &str) -> PathBuf {
        if self.root == Path::new(".") { path.into() } else { self.root.join(path) }
    }

    /// Returns the place of an argument in the text, or that of the path.
    fn place(&self, argument: &str) -> Span {
        let places = &self.data.places;
        if places.arguments.iter().any(|(name, _)| name == argument) {
            places.of(argument)
        } else {
            places.of("path")
        }
    }

    /// Reports what is wrong with files.
    fn refuse(&mut self, argument: &str, message: impl Into<String>, help: Option<String>) {
        let error = Diagnostic::error("E0513", self.place(argument), message);
        self.found.push(help.into_iter().fold(error, Diagnostic::help));
    }

    /// Reports samples that are no inputs of the network.
    fn misfit(&mut self, argument: &str, misfit: Misfit) {
        let error = Diagnostic::error("E0514", self.place(argument), misfit.message);
        self.found.push(error.help(misfit.help));
    }

    /// Reports labels that the network's output cannot be compared with.
    fn mislabelled(&mut self, argument: &str, misfit: Misfit) {
        let mut error = Diagnostic::error("E0514", self.place(argument), misfit.message);
        if let Some(output) = self.output {
            error = error.also(output, format!("makes the output of shape {:?}", self.interface.output));
        }
        self.found.push(error.help(misfit.help));
    }

    /// Returns true if the source's path is there; else reports that it is not.
    fn exists(&mut self, absent: Absent) -> bool {
        let path = self.path();
        if path.exists() {
            return true;
        }
        if absent == Absent::Refused {
            self.absent("path", &path);
        }
        false
    }

    /// Reports a path that is not there.
    fn absent(&mut self, argument: &str, path: &Path) {
        let help = match nearest(path) {
            None if self.data.source.is_idx() => idx::DOWNLOAD.into(),
            Some(name) => format!("did you mean `{name}`? it is in the same folder"),
            None => "paths are relative to the .net file".into(),
        };
        self.refuse(argument, format!("there is no file or folder {}", path.display()), Some(help));
    }

    /// Returns true, and reports it, if the source is the training data by another name.
    fn is_copy(&mut self, data: &Data, key: &str) -> bool {
        let same_arrays = match (&data.source, &self.data.source) {
            (Source::Arrays(one), Source::Arrays(other)) => one.inputs == other.inputs,
            _ => true,
        };
        let training = self.below(data.source.path());
        if !same_arrays || !is_same(&training, &self.path()) {
            return false;
        }
        let samples = if key == "test" { "test samples" } else { "held-out samples" };
        let error = Diagnostic::error(
            "E0506",
            self.place("path"),
            format!("these {samples} are those that it is trained with"),
        );
        self.found.push(
            error
                .also(data.places.of("path"), "the same contents")
                .help("name samples that are not in `data`, or hold some out by `validate 20%`"),
        );
        true
    }
}

/// Returns true if two paths lead to the same file or folder, or to files of the same contents.
fn is_same(one: &Path, other: &Path) -> bool {
    if let (Ok(one), Ok(other)) = (one.canonicalize(), other.canonicalize())
        && one == other
    {
        return true;
    }
    let size = |path: &Path| fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.len());
    match (size(one), size(other)) {
        (Some(size), Some(other_size)) if size == other_size && (1..MOST_COMPARED).contains(&size) => {
            fs::read(one).ok().is_some_and(|bytes| fs::read(other).is_ok_and(|others| others == bytes))
        }
        _ => false,
    }
}

/// Returns the place of the layer that makes what the loss compares.
fn output_place(model: &Model) -> Option<Span> {
    let used = model.graph.losses.first()?;
    let layer = model.graph.value(used.value).layer?;
    Some(model.graph.layers[layer.0].span)
}

/// Finds a name beside a missing file that may be meant.
fn nearest(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().to_lowercase();
    let mut names: Vec<String> = fs::read_dir(root(path))
        .ok()?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    let of_stem = names.iter().find(|name| stem(name) == stem(&wanted)).cloned();
    of_stem.or_else(|| suggest(&wanted, names.iter().map(String::as_str)).map(String::from))
}

/// Lists the first of some names as code.
fn some(names: &[String]) -> String {
    const MOST: usize = 8;
    let named = names.iter().take(MOST).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
