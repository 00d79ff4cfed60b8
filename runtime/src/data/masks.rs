//! Masks: pictures that say what each place of other pictures belongs to.

use super::damage::{self, Failed};
use super::{Error, Interface, Problem};
use crate::recipe::{Loss, Pictures, Pointwise};
use netwright_data::picture::{Decoder, Masks, Meaning, Wanted, colour, mask};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Returns the mask of each picture: the file of a folder that has the picture's name but for the ending.
///
/// # Errors
/// If a picture has none.
pub(super) fn beside(
    files: &[PathBuf],
    folder: &Path,
    candidates: Vec<PathBuf>,
) -> Result<Vec<PathBuf>, Error> {
    let stem =
        |file: &Path| file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let by_stem: HashMap<String, PathBuf> = candidates.into_iter().map(|file| (stem(&file), file)).collect();
    let found = files.iter().map(|file| {
        let found = by_stem.get(&stem(file)).cloned();
        found.ok_or_else(|| Error::new(folder, Problem::NoMask { of: file.clone() }))
    });
    found.collect()
}

/// Reads masks as numbers for each place of the network's outputs, sample after sample; and says which cannot be used.
///
/// # Errors
/// If the network's outputs have no places.
pub(super) fn read(
    files: &[PathBuf],
    source: &Pictures,
    interface: &Interface<'_>,
) -> Result<(Vec<f32>, Vec<Failed>), Error> {
    let [channels, height, width] = *interface.output else {
        let file = files.first().cloned().unwrap_or_default();
        return Err(Error::new(&file, Problem::NoPlaces { output: interface.output.to_vec() }));
    };
    let colours: Vec<[u8; 3]> =
        source.colours.split_whitespace().filter_map(|text| colour(text).ok()).collect();
    let size = Some([height, width]);
    let loss = interface.loss;
    let meaning = match () {
        () if !colours.is_empty() => Meaning::Colours(&colours),
        () if channels == 1 && loss.of_shares() => Meaning::YesOrNo,
        () => Meaning::Indices,
    };
    let pixels = height * width;
    let of_signs = loss == Loss::Each(Pointwise::Hinge);
    if !loss.of_indices() && !loss.of_shares() && !of_signs {
        // The targets are pictures themselves, as of a network that removes noise.
        let wanted = Wanted { channels, size, fit: source.fit, background: source.background };
        let picture =
            |decoder: &mut Decoder, file: &PathBuf| Ok(decoder.read(file, &wanted)?.pixels.values());
        return Ok(joined(files.par_iter().map_init(Decoder::new, picture).collect()));
    }
    let outside = loss.ignored().map_or(0, |ignored| u16::try_from(ignored).unwrap_or(0));
    let wanted = Masks { meaning, size, fit: source.fit, outside };
    let places = |file: &PathBuf| -> Result<Vec<f32>, Error> {
        let classes = mask(file, &wanted)?.classes;
        if loss.of_indices() || channels == 1 {
            let value = |class: u16| if of_signs && class == 0 { -1.0 } else { f32::from(class) };
            return Ok(classes.into_iter().map(value).collect());
        }
        // A share for each class: 1 in its own channel.
        let mut planes = vec![0.0; channels * pixels];
        for (at, class) in classes.into_iter().enumerate() {
            let class = usize::from(class);
            if class >= channels {
                return Err(Error::new(
                    file,
                    Problem::PixelClass { classes: channels, found: class.to_string() },
                ));
            }
            planes[class * pixels + at] = 1.0;
        }
        Ok(planes)
    };
    Ok(joined(files.par_iter().map(places).collect()))
}

/// Joins the masks that can be used.
fn joined(masks: Vec<Result<Vec<f32>, Error>>) -> (Vec<f32>, Vec<Failed>) {
    let (masks, failed) = damage::parted(masks);
    (masks.into_iter().flatten().collect(), failed)
}
