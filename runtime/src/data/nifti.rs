//! Samples of NIfTI volumes: with masks of the same names, with labels of a table, or in a folder for each class.

use super::about::{Kind, Origins};
use super::damage::{self, Failed};
use super::inputs::{self, Inputs};
use super::read::{Affine, Labels, Read};
use super::scans::{self, Lines, file_names, repeated, without_ending, without_labels};
use super::sight::Volumes;
use super::{About, Error, Interface, Problem};
use crate::recipe::{Loss, Nifti, Pointwise, Source};
use netwright_data::files;
use netwright_data::grid::{self, Grid};
use netwright_data::nifti::{self, Header, Interpolation, Volume};
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Loads volumes with their labels or masks; paths are relative to `root`. They are seen as a training has seen them.
pub(super) fn load(
    root: &Path,
    source: &Nifti,
    interface: &Interface<'_>,
    about: &About,
) -> Result<Read, Error> {
    let folder = &root.join(source.path);
    let masks_folder = (!source.masks.is_empty()).then(|| root.join(source.masks));
    let sight = sight(source, about);
    let mut files = volumes_in(folder)?;
    // Masks may lie inside of the folder.
    files.retain(|file| masks_folder.as_ref().is_none_or(|masks| !file.starts_with(masks)));
    if files.is_empty() {
        return Err(Error::new(folder, Problem::Empty));
    }
    let wants_labels = !interface.to_input && masks_folder.is_none();
    let classes = match wants_labels && source.labels.is_empty() {
        true => scans::classes(folder, &files, "volume")?,
        false => vec![],
    };
    let masks = match &masks_folder {
        Some(masks) if !interface.to_input => beside(&files, folder, masks)?,
        _ => vec![],
    };
    let (seen, failed) = see(&files, &masks, &sight, interface);
    let failed = damage::admitted(failed, !seen.is_empty(), source.damaged)?;
    let mut notes = Vec::from_iter(damage::left_out(&failed));
    notes.push(described(&seen));
    let counts: Vec<usize> = seen.iter().map(|volume| volume.samples).collect();
    let of_files: Vec<&Path> = seen.iter().map(|volume| &*files[volume.file]).collect();
    let mut groups = match sight.slices {
        // Neighbouring slices are all but equal.
        Some(_) => of_files.iter().map(|file| file.display().to_string()).collect(),
        None => vec![],
    };
    let mut labels = match wants_labels {
        true => scans::label_of(seen.iter().filter_map(|volume| classes.get(volume.file).cloned()).collect()),
        false => vec![],
    };
    if !source.labels.is_empty() {
        let table = &root.join(source.labels);
        let lines = Lines::read(table, source.key)?;
        let named = of_files.iter().map(|&file| (file, vec![file_names(file, folder, table)]));
        let rows = lines.find(&named.collect::<Vec<_>>())?;
        notes.extend(lines.unused(&rows));
        let by = source.by.first().map(|by| lines.named(by)).transpose()?;
        if let Some(by) = by {
            groups = lines.groups(&rows, by)?;
        }
        if wants_labels {
            labels = lines.labels(&rows, source.label, by, interface)?;
        }
    }
    let labels = match masks.is_empty() {
        true => Labels::Columns(scans::labels_of_samples(labels, &counts)),
        false => Labels::Places(seen.iter().flat_map(|volume| volume.places.iter().copied()).collect()),
    };
    let groups = repeated(&groups, &counts);
    Ok(Read { labels, groups, notes, ..read(seen, &files, sight, interface.input) })
}

/// Loads a volume, or the volumes of a folder, without labels.
pub(super) fn to_predict(
    path: &Path,
    source: Option<&Source>,
    interface: &Interface<'_>,
    about: &About,
) -> Result<Inputs, Error> {
    let source = match source {
        Some(Source::Nifti(source)) => source,
        _ => &Nifti::USUAL,
    };
    let files = if path.is_dir() { volumes_in(path)? } else { vec![path.to_path_buf()] };
    if files.is_empty() {
        return Err(Error::new(path, Problem::Empty));
    }
    let sight = sight(source, about);
    let (input, len) = (interface.input.to_vec(), interface.inputs());
    Ok(Inputs::of_files(ToPredict { files, sight, input }, vec![], source.damaged, len))
}

/// Volumes to predict for.
#[derive(Debug)]
struct ToPredict {
    files: Vec<PathBuf>,
    sight: Volumes,
    /// The shape of a network's input.
    input: Vec<usize>,
}

impl inputs::Files for ToPredict {
    fn count(&self) -> usize {
        self.files.len()
    }

    fn at_once(&self) -> usize {
        let threads = rayon::current_num_threads();
        match self.sight.slices {
            // Each volume is many samples.
            Some(_) => threads,
            None => scans::files_at_once(self.input.iter().product()),
        }
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    fn origins(&self) -> Option<Origins> {
        self.sight.slices.is_none().then(|| Origins::Files(self.files.clone()))
    }

    fn read(&self, files: Range<usize>) -> (Read, Vec<Failed>) {
        let files = &self.files[files];
        let (seen, failed) = see(files, &[], &self.sight, &without_labels(&self.input));
        (read(seen, files, self.sight.clone(), &self.input), failed)
    }
}

fn sight(source: &Nifti, about: &About) -> Volumes {
    match &about.kind {
        Kind::Volumes(volumes) => volumes.clone(),
        _ => Volumes::from(source),
    }
}

fn read(seen: Vec<Seen>, files: &[PathBuf], sight: Volumes, input: &[usize]) -> Read {
    let file = |volume: &Seen| files[volume.file].clone();
    let origins = match sight.slices {
        None => Origins::Files(seen.iter().map(file).collect()),
        Some(_) => Origins::Slices(
            seen.iter()
                .flat_map(|volume| (0..volume.samples).map(move |slice| (file(volume), slice)))
                .collect(),
        ),
    };
    let mut numbers = Vec::with_capacity(seen.iter().map(|volume| volume.numbers.len()).sum());
    let affines = seen.iter().filter_map(|volume| volume.affine).collect();
    seen.into_iter().for_each(|volume| numbers.extend(volume.numbers));
    Read {
        affines,
        shape: input.to_vec(),
        numbers: numbers.into(),
        kind: Kind::Volumes(sight),
        origins,
        ..Read::default()
    }
}

/// A volume as a network sees it.
struct Seen {
    /// The number of its file.
    file: usize,
    header: Header,
    /// The number of samples: slices, or one.
    samples: usize,
    numbers: Vec<f32>,
    /// The place of the network's input in the patient, if it is a volume.
    affine: Option<Affine>,
    /// The numbers of its mask for each place of the outputs; empty if there are no masks.
    places: Vec<f32>,
}

/// Reads volumes, and their masks if there are any, by all threads; returns those that cannot be used separately.
fn see(
    files: &[PathBuf],
    masks: &[PathBuf],
    sight: &Volumes,
    interface: &Interface<'_>,
) -> (Vec<Seen>, Vec<Failed>) {
    let one = |(at, file): (usize, &PathBuf)| {
        see_one(at, file, masks.get(at).map(|mask| &**mask), sight, interface)
    };
    let all: Vec<Result<Seen, Error>> = files.par_iter().enumerate().map(one).collect();
    damage::parted(all)
}

fn see_one(
    at: usize,
    file: &Path,
    mask: Option<&Path>,
    sight: &Volumes,
    interface: &Interface<'_>,
) -> Result<Seen, Error> {
    let volume = nifti::read(file)?;
    if let Some(&found) = volume.data.iter().find(|voxel| !voxel.is_finite()) {
        return Err(Error::new(file, scans::Problem::NotFinite { found }));
    }
    let header = volume.header.clone();
    let way = Way { sight, interpolation: Interpolation::Linear, background: sight.background as f32 };
    let volume = way.resampled(file, volume)?;
    let affine = match sight.slices {
        None => Some(way.affine(file, &volume.header, interface.input)?),
        Some(_) => None,
    };
    let grids = way.grids(&volume);
    let samples = grids.len();
    let numbers = way.fitted(file, grids, interface.input)?;
    let places = match mask {
        Some(mask) => places(mask, &header, sight, interface)?,
        None => vec![],
    };
    Ok(Seen { file: at, header, samples, numbers, affine, places })
}

/// The way from a volume to samples.
struct Way<'a> {
    sight: &'a Volumes,
    interpolation: Interpolation,
    background: f32,
}

impl Way<'_> {
    /// Returns the volume with the distance of voxels that the network sees.
    fn resampled(&self, file: &Path, volume: Volume) -> Result<Volume, Error> {
        if self.sight.spacing == 0.0 {
            return Ok(volume);
        }
        volume
            .resampled(self.sight.spacing, self.interpolation)
            .map_err(|problem| Error::new(file, netwright_data::Problem::from(problem)))
    }

    /// Returns the place in the patient of a volume that is fitted to a network's input.
    fn affine(&self, file: &Path, header: &Header, input: &[usize]) -> Result<Affine, Error> {
        let [right, front, up] = header.shape;
        let size = input.get(1..).unwrap_or_default();
        let error = |problem: grid::Problem| Error::new(file, netwright_data::Problem::from(problem));
        let steps = grid::steps(&[up, front, right], size, self.sight.fit).map_err(error)?;
        // Rows go from front to back.
        let rows = steps[1].reversed(size[1], front);
        Ok(nifti::after(header.affine, [steps[2], rows, steps[0]]))
    }

    /// Returns a volume's slices, or the volume itself.
    fn grids(&self, volume: &Volume) -> Vec<Grid> {
        let Some(plane) = self.sight.slices else { return vec![volume.stacked()] };
        let slices = (0..volume.slices(plane)).filter_map(|index| volume.slice(plane, index));
        let grid = |slice: nifti::Slice| Grid {
            channels: slice.channels,
            shape: vec![slice.rows, slice.columns],
            data: slice.data,
        };
        slices.map(grid).collect()
    }

    /// Brings samples to a size, channels first, and joins them.
    fn fitted(&self, file: &Path, grids: Vec<Grid>, wanted: &[usize]) -> Result<Vec<f32>, Error> {
        let error = |problem: grid::Problem| Error::new(file, netwright_data::Problem::from(problem));
        let (&channels, size) = wanted.split_first().unwrap_or((&1, &[]));
        let mut numbers = vec![];
        for grid in grids {
            if grid.channels != channels {
                return Err(error(grid::Problem::Channels { found: grid.channels, expected: channels }));
            }
            let fitted = grid.fitted(size, self.sight.fit, self.background, self.interpolation);
            numbers.extend(fitted.map_err(error)?.data);
        }
        Ok(numbers)
    }
}

/// Reads a mask as numbers for each place of the network's outputs.
fn places(
    file: &Path,
    volume: &Header,
    sight: &Volumes,
    interface: &Interface<'_>,
) -> Result<Vec<f32>, Error> {
    let mask = nifti::read(file)?;
    let (expected, found) = (volume.shape, mask.header.shape);
    if expected != found {
        return Err(Error::new(file, scans::Problem::Mask { expected, found }));
    }
    let (loss, output) = (interface.loss, interface.output);
    let (&channels, size) = output.split_first().unwrap_or((&1, &[]));
    if size.len() != interface.input.len() - 1 {
        return Err(Error::new(file, Problem::NoPlaces { output: output.to_vec() }));
    }
    let of_signs = loss == Loss::Each(Pointwise::Hinge);
    if !loss.of_indices() && !loss.of_shares() && !of_signs {
        // The targets are volumes themselves, as of a network that removes noise.
        let way = Way { sight, interpolation: Interpolation::Linear, background: sight.background as f32 };
        return way.fitted(file, way.grids(&way.resampled(file, mask)?), output);
    }
    if mask.header.channels != 1 {
        return Err(Error::new(file, scans::Problem::MaskChannels { found: mask.header.channels }));
    }
    let outside = loss.ignored().map_or(0.0, |ignored| ignored as f32);
    let way = Way { sight, interpolation: Interpolation::Nearest, background: outside };
    let one_channel: Vec<usize> = std::iter::once(1).chain(size.iter().copied()).collect();
    let classes = way.fitted(file, way.grids(&way.resampled(file, mask)?), &one_channel)?;
    if loss.of_indices() {
        let is_class = |class: f32| class >= 0.0 && class.fract() == 0.0 && (class as usize) < channels;
        let is_ignored = |class: f32| loss.ignored().is_some_and(|ignored| class == ignored as f32);
        let wrong = classes.iter().find(|&&class| !is_class(class) && !is_ignored(class));
        return match wrong.map(f32::to_string) {
            Some(found) => Err(Error::new(file, Problem::PixelClass { classes: channels, found })),
            None => Ok(classes),
        };
    }
    if channels == 1 {
        let no = if of_signs { -1.0 } else { 0.0 };
        return Ok(classes.into_iter().map(|voxel| if voxel >= 0.5 { 1.0 } else { no }).collect());
    }
    shares(&classes, channels, size.iter().product()).map_err(|problem| Error::new(file, problem))
}

/// Returns a share for each class: 1 in its own channel.
fn shares(classes: &[f32], channels: usize, len: usize) -> Result<Vec<f32>, Problem> {
    let mut shares = vec![0.0; channels * classes.len()];
    for (at, &class) in classes.iter().enumerate() {
        if !(class >= 0.0 && class.fract() == 0.0 && (class as usize) < channels) {
            return Err(Problem::PixelClass { classes: channels, found: class.to_string() });
        }
        let (sample, place) = (at / len, at % len);
        shares[(sample * channels + class as usize) * len + place] = 1.0;
    }
    Ok(shares)
}

/// Returns true if a file's name ends like that of a volume; the second file of a pair belongs to the first.
pub(super) fn is_volume(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with(".nii") || name.ends_with(".hdr")
}

fn volumes_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = files::list(folder, "folder of volumes")?;
    files.retain(|file| is_volume(file));
    Ok(files)
}

/// Returns the mask of each volume: the file that has its path in the folder of masks, or else its name, whatever the ending.
fn beside(files: &[PathBuf], folder: &Path, masks: &Path) -> Result<Vec<PathBuf>, Error> {
    let inside = |file: &Path, folder: &Path| {
        let path = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().into_owned();
        without_ending(&path).to_string()
    };
    let name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_string();
    let (mut by_path, mut by_name) = (HashMap::new(), HashMap::new());
    for mask in volumes_in(masks)? {
        let path = inside(&mask, masks);
        by_name.entry(name(&path)).or_insert_with(Vec::new).push(mask.clone());
        by_path.insert(path, mask);
    }
    let find = |file: &PathBuf| {
        let path = inside(file, folder);
        let of_name = || match by_name.get(&name(&path)).map(Vec::as_slice) {
            Some([mask]) => Some(mask),
            _ => None,
        };
        let mask = by_path.get(&path).or_else(of_name).cloned();
        mask.ok_or_else(|| Error::new(masks, Problem::NoMask { of: file.clone() }))
    };
    files.iter().map(find).collect()
}

/// Describes the sizes, spacings and directions of volumes as their files have them.
fn described(seen: &[Seen]) -> String {
    let of = |number: fn(&Header, usize) -> f64| {
        [0, 1, 2].map(|axis| scans::range(seen.iter().map(|volume| number(&volume.header, axis)))).join(" x ")
    };
    let sizes = of(|header, axis| header.shape[axis] as f64);
    let spacings = of(|header, axis| header.spacing[axis]);
    let mut axes: Vec<&str> = seen.iter().map(|volume| &*volume.header.axes).collect();
    axes.sort_unstable();
    axes.dedup();
    let turned = match axes[..] {
        ["RAS"] => String::new(),
        _ => format!(", turned from {} to RAS", axes.join(", ")),
    };
    let volumes = if seen.len() == 1 { "1 volume".into() } else { format!("{} volumes", seen.len()) };
    format!("{volumes} of {sizes} voxels, {spacings} mm apart to the right, to the front and up{turned}")
}
