//! Scans and volumes: their folders, the table of their labels, and what the headers of volumes say.

use super::table::read;
use super::{Known, Look, Misfit, labels};
use crate::scans::{self, Kind, classes, kind};
use netwright_compiler::recipe::Column;
use netwright_data::files::list;
use netwright_data::label::{Label, Values};
use netwright_data::table::Format;
use netwright_model::{Damaged, Dicom, Fit, Nifti};
use std::path::{Path, PathBuf};

/// The volumes whose headers are read at most.
const MOST_FILES: usize = 100;

pub(super) fn dicom(look: &mut Look<'_>, recipe: &Dicom<String, Vec<Column>>, known: &mut Known) {
    let folder = look.path();
    let Some(files) = files(look, &folder, Kind::Dicom, None) else { return };
    match recipe.labels.is_empty() {
        true => by_folder(look, &folder, &files, "scan", known),
        false => table(look, &recipe.labels, &[("key", &recipe.key), ("label", &recipe.label)]),
    }
}

pub(super) fn nifti(look: &mut Look<'_>, recipe: &Nifti<String, Vec<Column>>, known: &mut Known) {
    let folder = look.path();
    let masks = (!recipe.masks.is_empty()).then(|| look.below(&recipe.masks));
    let Some(files) = files(look, &folder, Kind::Nifti, masks.as_deref()) else { return };
    if let Some(masks) = masks.filter(|masks| !masks.is_dir()) {
        return look.absent("masks", &masks);
    }
    match (recipe.labels.is_empty(), recipe.masks.is_empty()) {
        (false, _) => {
            table(
                look,
                &recipe.labels,
                &[("key", &recipe.key), ("label", &recipe.label), ("by", &recipe.by)],
            );
        }
        (true, true) => by_folder(look, &folder, &files, "volume", known),
        (true, false) => {}
    }
    for file in files.iter().take(MOST_FILES) {
        match scans::volume(file) {
            Ok(volume) => {
                if let Some(misfit) = misfit(file, volume, recipe, &look.interface.input) {
                    return look.misfit("path", misfit);
                }
            }
            Err(problem) if recipe.damaged == Damaged::Refused => {
                let help = "leave such files out with `damaged=skip`";
                return look.refuse("path", format!("{}: {problem}", file.display()), Some(help.into()));
            }
            Err(_) => {}
        }
    }
}

/// Returns what keeps a volume from being an input of the network.
fn misfit(
    file: &Path,
    volume: scans::Volume,
    recipe: &Nifti<String, Vec<Column>>,
    input: &[usize],
) -> Option<Misfit> {
    let (&channels, size) = input.split_first()?;
    if volume.channels != channels {
        let message =
            format!("{} has {}, and the network takes {channels}", file.display(), counted(volume.channels));
        return Some(Misfit::new(
            message,
            format!("write {} as the first number of `input`", volume.channels),
        ));
    }
    // Volumes are turned, so that only the lengths of their axes are known here, not their order.
    let sorted = |lens: &[usize]| {
        let mut lens = lens.to_vec();
        lens.sort_unstable();
        lens
    };
    let is_whole = recipe.slices.is_none() && size.len() == 3;
    let is_exact = recipe.fit == Fit::Exact && recipe.spacing == 0.0;
    (is_whole && is_exact && sorted(&volume.shape) != sorted(size)).then(|| {
        let [a, b, c] = volume.shape;
        let message = format!("{} has {a}x{b}x{c} voxels, and the network takes {input:?}", file.display());
        Misfit::new(message, "bring volumes to the network's size by `fit=pad`, `crop` or `stretch`")
    })
}

fn counted(channels: usize) -> String {
    format!("{channels} channel{}", if channels == 1 { "" } else { "s" })
}

/// Returns the scans or volumes of a folder but for those of masks; reports that there are none.
fn files(look: &mut Look<'_>, folder: &Path, of: Kind, masks: Option<&Path>) -> Option<Vec<PathBuf>> {
    let what = if of == Kind::Dicom { "scans of DICOM" } else { "volumes of NIfTI" };
    if !folder.is_dir() {
        look.refuse("path", format!("{} is no folder", folder.display()), None);
        return None;
    }
    let mut files = list(folder, "folder").ok()?;
    files.retain(|file| kind(file) == Some(of) && masks.is_none_or(|masks| !file.starts_with(masks)));
    if files.is_empty() {
        look.refuse("path", format!("{} holds no {what}", folder.display()), None);
        return None;
    }
    Some(files)
}

/// Checks the folders of classes.
fn by_folder(look: &mut Look<'_>, folder: &Path, files: &[PathBuf], what: &str, known: &mut Known) {
    if look.interface.to_input {
        return;
    }
    let Some(texts) = classes(folder, files).into_iter().collect::<Option<Vec<String>>>() else {
        let message = format!("{} has {what}s that are in no folder of a class", folder.display());
        let help = "put the files of each class into a folder of its name, or name a table by `labels=\"labels.csv\"`";
        return look.refuse("path", message, Some(help.into()));
    };
    let label = Label { name: String::new(), values: Values::Texts(texts) };
    match labels::check(&[label], look.interface, &known.classes, true) {
        Ok(classes) if known.classes.is_empty() => known.classes = classes,
        Ok(_) => {}
        Err(misfit) => {
            let message = format!("{}: {}", folder.display(), misfit.message);
            look.mislabelled("path", Misfit { message, ..misfit });
        }
    }
}

/// Checks that the table of labels is there, and its columns.
fn table(look: &mut Look<'_>, name: &str, columns: &[(&str, &Vec<Column>)]) {
    let file = look.below(name);
    if !file.exists() {
        return look.absent("labels", &file);
    }
    let beginning = match read(&file, &Format::default()) {
        None => return,
        Some(Ok(beginning)) => beginning,
        Some(Err(error)) => return look.refuse("labels", error.to_string(), error.help()),
    };
    for (argument, columns) in columns {
        for column in super::table::borrowed(columns) {
            if let Err(error) = beginning.text.column(&column) {
                return look.refuse(argument, error.to_string(), error.help());
            }
        }
    }
}
