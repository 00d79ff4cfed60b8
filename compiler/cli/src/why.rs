//! Explanations as pictures and text, of the numbers that a program has found.

mod colour;
mod found;
mod maps;
mod panel;
mod sheet;
mod told;

use crate::error::Error;
use crate::output::{self, Content};
pub(crate) use found::Explanations;
use found::{Found, Sample};
pub(crate) use maps::Maps;
use netwright_data::arrays::{Numbers, encode_npy};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
pub(crate) use told::{json, text};

/// Writes the pictures of all samples, and their maps as arrays if they are wanted; returns the files of each sample.
///
/// # Errors
/// If one would take the place of another kind of file, or cannot be written.
pub(crate) fn write(found: &Explanations, folder: &Path, drawn: Drawn) -> Result<Vec<Vec<PathBuf>>, Error> {
    let mut taken = BTreeSet::new();
    found.samples.iter().map(|sample| files(found, sample, folder, drawn, &mut taken)).collect()
}

/// The part of samples that is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn {
    /// The slice of volumes that is drawn; one that shows what is explained if `None`.
    pub(crate) slice: Option<usize>,
    /// True if maps are written as arrays, too.
    pub(crate) arrays: bool,
}

fn files(
    found: &Explanations,
    sample: &Sample,
    folder: &Path,
    drawn: Drawn,
    taken: &mut BTreeSet<String>,
) -> Result<Vec<PathBuf>, Error> {
    let mut files = vec![];
    let name = unique(&stem(&sample.file, sample.place.as_deref()), taken);
    if let Some(panels) = panel::panels(found, sample, drawn.slice) {
        let sheet = folder.join(format!("{name}.png"));
        output::write(&sheet, &sheet::draw(found, sample, &panels)?, Content::Picture)?;
        files.push(sheet);
        for panel in panels.iter().filter(|panel| panel.method.is_some()) {
            let file = folder.join(format!("{name}.{}.png", panel.method.as_deref().unwrap_or_default()));
            output::write(&file, &sheet::encode(&panel.image)?, Content::Picture)?;
            files.push(file);
        }
    }
    if drawn.arrays {
        for Found { method, shape, map, .. } in &sample.found {
            let file = folder.join(format!("{name}.{method}.npy"));
            output::write(&file, &encode_npy(shape, &Numbers::Floats(map.clone())), Content::Array)?;
            files.push(file);
        }
    }
    Ok(files)
}

/// Returns the name of a sample's files: that of its own without the ending, and its place there.
fn stem(file: &str, place: Option<&str>) -> String {
    let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_suffix(".nii").unwrap_or(&stem);
    match place {
        Some(place) => format!("{stem}-{}", place.replace(' ', "-")),
        None => stem.to_string(),
    }
}

fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut unique = name.to_string();
    let mut number = 1;
    while !taken.insert(unique.clone()) {
        number += 1;
        unique = format!("{name}-{number}");
    }
    unique
}
