//! Masks: pictures that say what each place of other pictures belongs to.

use super::cache::Keeper;
use super::damage::{self, Failed};
use super::inputs::samples_at_once;
use super::join::stem;
use super::numbers::Numbers;
use super::streamed::{Facts, Outside, ReadOne};
use super::targets::in_memory;
use super::{Error, Interface, Places, Problem};
use crate::recipe::{Cache, Fit, Loss, Pictures, Pointwise};
use netwright_data::picture::{Decoder, Masks, Meaning, Wanted, colour, mask};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Returns the mask of each picture: the file of a folder that has the picture's name but for the ending.
///
/// # Errors
/// If a picture has none.
pub(super) fn beside(
    files: &[PathBuf],
    folder: &Path,
    candidates: Vec<PathBuf>,
) -> Result<Vec<PathBuf>, Error> {
    let by_stem: HashMap<String, PathBuf> = candidates.into_iter().map(|file| (stem(&file), file)).collect();
    let found = files.iter().map(|file| {
        let found = by_stem.get(&stem(file)).cloned();
        found.ok_or_else(|| Error::new(folder, Problem::NoMask { of: file.clone() }))
    });
    found.collect()
}

/// Way from a mask's file to numbers for each place of the network's outputs.
#[derive(Clone, Debug)]
pub(super) struct Way {
    channels: usize,
    size: [usize; 2],
    fit: Fit,
    background: f64,
    colours: Vec<[u8; 3]>,
    loss: Loss,
}

impl Way {
    /// Returns the way of a source's masks; `file` is one of them, for messages.
    ///
    /// # Errors
    /// If the network's outputs have no places.
    pub(super) fn new(source: &Pictures, interface: &Interface<'_>, file: &Path) -> Result<Way, Error> {
        let [channels, height, width] = *interface.output else {
            return Err(Error::new(file, Problem::NoPlaces { output: interface.output.to_vec() }));
        };
        let colours = source.colours.split_whitespace().filter_map(|text| colour(text).ok()).collect();
        let (fit, background, loss) = (source.fit, source.background, interface.loss);
        Ok(Way { channels, size: [height, width], fit, background, colours, loss })
    }

    /// Reads masks, sample after sample; and says which cannot be used.
    pub(super) fn all(&self, files: &[PathBuf]) -> (Vec<f32>, Vec<Failed>) {
        let read = |decoder: &mut Decoder, file: &PathBuf| self.read(decoder, file);
        let (masks, failed) = damage::parted(files.par_iter().map_init(Decoder::new, read).collect());
        (masks.into_iter().flatten().collect(), failed)
    }

    /// Reads masks for the first time, and learns what is asked of all of them: the hashes of `inputs` and masks together. Says which cannot
    /// be used; the others are kept in a file if the pictures are.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn seen(
        &self,
        files: &[PathBuf],
        inputs: &Numbers,
        cache: Cache,
    ) -> Result<(Keeper, Vec<Failed>), Error> {
        let cache = if cache == Cache::Disk { Cache::Disk } else { Cache::None };
        let input = inputs.len() / files.len().max(1);
        let mut keeper = Keeper::new(cache, files.len(), self.len(), 0)?;
        let mut failed = vec![];
        let at_once = samples_at_once(self.len());
        for (block, files) in files.chunks(at_once).enumerate() {
            let read = |decoder: &mut Decoder, (at, file): (usize, &PathBuf)| {
                let numbers = self.read(decoder, file)?;
                let mut hash = inputs.hash(input, block * at_once + at);
                for &number in &numbers {
                    match self.loss.of_indices() {
                        true => hash.word(in_memory(f64::from(number))),
                        false => hash.number(f64::from(number)),
                    }
                }
                Ok((numbers, Facts::of_target(hash)))
            };
            let all: Vec<Result<_, Error>> =
                files.par_iter().enumerate().map_init(Decoder::new, read).collect();
            for (at, one) in all.into_iter().enumerate() {
                match one {
                    Ok((numbers, facts)) => keeper.add(numbers.into(), Some(facts))?,
                    Err(error) => failed.push((block * at_once + at, error)),
                }
            }
        }
        Ok((keeper, failed))
    }

    /// Returns masks that were seen, to be read again; `files` are those that can be used.
    ///
    /// # Errors
    /// If the last ones cannot be written to their file.
    pub(super) fn places(self, seen: Keeper, files: &[PathBuf]) -> Result<Places, Error> {
        let of_classes = self.loss.of_indices();
        let origin: Arc<dyn Outside> = Arc::new(Files { files: files.into(), way: self });
        Ok(Places::new(seen.outside(origin)?, of_classes))
    }

    /// Returns the number of numbers of a mask.
    fn len(&self) -> usize {
        let [height, width] = self.size;
        if self.loss.of_indices() { height * width } else { self.channels * height * width }
    }

    /// Reads a mask.
    ///
    /// # Errors
    /// If the file cannot be read, or has other classes than the network.
    pub(super) fn read(&self, decoder: &mut Decoder, file: &Path) -> Result<Vec<f32>, Error> {
        let Way { channels, size, fit, loss, .. } = *self;
        let of_signs = loss == Loss::Each(Pointwise::Hinge);
        if !loss.of_indices() && !loss.of_shares() && !of_signs {
            // The targets are pictures themselves, as of a network that removes noise.
            let wanted = Wanted { channels, size: Some(size), fit, background: self.background };
            return Ok(decoder.read(file, &wanted)?.pixels.values());
        }
        let meaning = match () {
            () if !self.colours.is_empty() => Meaning::Colours(&self.colours),
            () if channels == 1 && loss.of_shares() => Meaning::YesOrNo,
            () => Meaning::Indices,
        };
        let outside = loss.ignored().unwrap_or(0);
        let classes = mask(file, &Masks { meaning, size: Some(size), fit, outside })?.classes;
        let other = |class: i32| {
            let problem = Problem::PixelClass { classes: channels, found: class.to_string() };
            Error::new(file, problem)
        };
        let is_class = |class: i32| usize::try_from(class).is_ok_and(|class| class < channels);
        if loss.of_indices() {
            let wrong = classes.iter().find(|&&class| !is_class(class) && loss.ignored() != Some(class));
            return match wrong {
                Some(&class) => Err(other(class)),
                None => Ok(classes.into_iter().map(|class| class as f32).collect()),
            };
        }
        if channels == 1 {
            let value = |class: i32| if of_signs && class == 0 { -1.0 } else { class as f32 };
            return Ok(classes.into_iter().map(value).collect());
        }
        // A share for each class: 1 in its own channel.
        let mut planes = vec![0.0; channels * classes.len()];
        let places = classes.len();
        for (at, class) in classes.into_iter().enumerate() {
            if !is_class(class) {
                return Err(other(class));
            }
            planes[class as usize * places + at] = 1.0;
        }
        Ok(planes)
    }
}

/// Files of masks that are read when they are needed.
#[derive(Debug)]
struct Files {
    files: Arc<[PathBuf]>,
    way: Way,
}

impl Outside for Files {
    fn reader(&self) -> ReadOne {
        let (files, way, mut decoder) = (self.files.clone(), self.way.clone(), Decoder::new());
        Box::new(move |sample| Ok(way.read(&mut decoder, &files[sample])?.into()))
    }

    fn file(&self, sample: usize) -> &Path {
        &self.files[sample]
    }
}
