//! Writes outputs as files, one for each input.

use super::super::args::{self, Format, Size};
use super::encode::{Encoded, Encoder, colours};
use super::meaning::Meaning;
use super::{Output, Predictor, Read, at_once, note};
use crate::data::{self, Problem};
use crate::files::{self, Content, Destination, Existing, Kept, Refusal};
use crate::metrics::count_nan;
use crate::recipe::Pictures;
use crate::train::{Error, Fit, Predict, Source};
use crate::weights::Normalization;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Options of results, which fit the network.
pub(super) struct Options {
    output: PathBuf,
    /// The output is one file, not a folder.
    is_file: bool,
    format: Format,
    ending: &'static str,
    meaning: Meaning,
    threshold: Option<f32>,
    /// The size of the network's input, and the way to it, if results get the size of their pictures.
    way: Option<([usize; 2], Fit)>,
    existing: Existing,
}

/// Endings of results, longer ones first.
const ENDINGS: [(&str, Format); 4] =
    [("nii.gz", Format::Nii), ("nii", Format::Nii), ("npy", Format::Npy), ("png", Format::Png)];

impl Options {
    /// Reads the options of a prediction that writes files; `None` if its answers are text.
    ///
    /// # Errors
    /// If they contradict each other, or do not fit the network.
    pub(super) fn of<P: Predictor>(
        options: &args::Predict,
        meaning: Meaning,
    ) -> Result<Option<Options>, Error> {
        let choice = |option, reason: String| Err(Error::Choice { option, reason });
        let Some(output) = &options.output else {
            return match options.format.ending() {
                Some(ending) => {
                    choice("--format", format!("`{ending}` is a form of files: name a folder by `-o FOLDER`"))
                }
                None if options.threshold.is_some() => {
                    choice("--threshold", "it is for files: name a folder by `-o FOLDER`".into())
                }
                None if options.size == Size::Original => {
                    choice("--size", "it is for files: name a folder by `-o FOLDER`".into())
                }
                None => Ok(None),
            };
        };
        let name = output.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let named = ENDINGS.into_iter().find(|(ending, _)| {
            !output.is_dir() && name.strip_suffix(ending).is_some_and(|stem| stem.ends_with('.'))
        });
        let Some(usual) = options.format.ending() else {
            let answers =
                "answers as text go to standard output: write `> FILE`, or choose `png`, `npy` or `nii`";
            return choice("--format", answers.into());
        };
        let ending = match named {
            Some((ending, format)) if format != options.format => {
                return choice(
                    "--format",
                    format!("`{usual}` is not what a file ending in `.{ending}` holds"),
                );
            }
            Some((ending, _)) => ending,
            None => usual,
        };
        fits::<P>(options.format, meaning)?;
        let threshold = match (options.threshold, meaning) {
            // Scores are no probabilities that could be shown.
            (None, Meaning::YesOrNo { border, of_scores: true }) => Some(border),
            (None, _) => None,
            (Some(threshold), Meaning::YesOrNo { .. }) if threshold.is_finite() => Some(threshold),
            (Some(threshold), Meaning::YesOrNo { .. }) => {
                return choice("--threshold", format!("expected a finite number, found {threshold}"));
            }
            (Some(_), _) => {
                let reason = "it is for outputs that are a yes or no; this network's are not";
                return choice("--threshold", reason.into());
            }
        };
        let way = match options.size {
            Size::Network => None,
            Size::Original => Some(way::<P>(options.fit)?),
        };
        let existing = if options.overwrite { Existing::Replaced } else { Existing::Kept };
        let (output, is_file) = (output.clone(), named.is_some());
        Ok(Some(Options {
            output,
            is_file,
            format: options.format,
            ending,
            meaning,
            threshold,
            way,
            existing,
        }))
    }

    /// Describes what the files hold.
    fn contents(&self, has_colours: bool) -> String {
        let place = if self.format == Format::Png { "pixel" } else { "place" };
        match (self.meaning, self.threshold, self.format) {
            (Meaning::Classes, _, Format::Png) if has_colours => {
                "the classes of pixels, in the colours of the masks".into()
            }
            (Meaning::Classes, _, Format::Png | Format::Nii) => format!("the number of each {place}'s class"),
            (Meaning::Classes, ..) => "the probability of each class".into(),
            (Meaning::YesOrNo { .. }, Some(border), Format::Png) => {
                format!("white above {border}, else black")
            }
            (Meaning::YesOrNo { .. }, Some(border), _) => format!("1 above {border}, else 0"),
            (Meaning::YesOrNo { .. }, None, Format::Png) => {
                "probabilities, from 0 (black) to 1 (white)".into()
            }
            (Meaning::YesOrNo { .. }, None, _) => "probabilities".into(),
            (Meaning::Numbers, _, Format::Png) => "numbers, from 0 (black) to 1 (white)".into(),
            (Meaning::Numbers, ..) => "the network's numbers".into(),
        }
    }

    fn content(&self) -> Content {
        match self.format {
            Format::Png => {
                Content { is: |head| head.starts_with(b"\x89PNG\r\n\x1a\n"), otherwise: Kept::NoPng }
            }
            Format::Nii if self.ending == "nii.gz" => {
                Content { is: |head| head.starts_with(&[0x1f, 0x8b]), otherwise: Kept::NoNifti }
            }
            Format::Nii => {
                Content { is: |head| head.starts_with(&348i32.to_le_bytes()), otherwise: Kept::NoNifti }
            }
            Format::Npy | Format::Table | Format::Csv | Format::Json => {
                Content { is: |head| head.starts_with(b"\x93NUMPY"), otherwise: Kept::NoNpy }
            }
        }
    }
}

/// Checks that a format can hold a network's outputs.
fn fits<P: Predictor>(format: Format, meaning: Meaning) -> Result<(), Error> {
    let (axes, channels) = (P::OUTPUT.len(), P::OUTPUT.first().copied().unwrap_or(0));
    let unfit = |reason: &str| {
        let reason = format!("{reason}; the network turns a sample into {:?}: write `npy`", P::OUTPUT);
        Err(Error::Choice { option: "--format", reason })
    };
    match (format, meaning) {
        (Format::Png, _) if axes != 3 => unfit("`png` is for outputs of channels, height and width"),
        (Format::Nii, _) if !(3..=4).contains(&axes) => unfit("`nii` is for volumes and images"),
        (Format::Png, Meaning::Classes) if channels > 1 << 16 => unfit("`png` can number 65536 classes"),
        (Format::Nii, Meaning::Classes) if channels > 256 => unfit("`nii` can number 256 classes"),
        (Format::Png, Meaning::YesOrNo { .. } | Meaning::Numbers) if ![1, 3, 4].contains(&channels) => {
            unfit("`png` can have 1, 3 or 4 channels")
        }
        _ => Ok(()),
    }
}

/// Returns the size of a network's input and the way from a picture to it.
fn way<P: Predictor>(fit: Option<Fit>) -> Result<([usize; 2], Fit), Error> {
    let choice = |reason: &str| Err(Error::Choice { option: "--size", reason: reason.into() });
    let (&[_, height, width], [_, _, _]) = (P::INPUT, P::OUTPUT) else {
        return choice("`original` is for networks that turn pictures into pictures");
    };
    match (fit, P::DATA) {
        (Some(fit), _) => Ok(([height, width], fit)),
        (None, Some(Source::Images(Pictures { fit, .. }))) => Ok(([height, width], fit)),
        (None, Some(Source::Csv(_) | Source::Arrays(_) | Source::Dicom(_) | Source::Nifti(_))) => {
            choice("`original` is for pictures")
        }
        (None, None | Some(Source::Idx { .. } | Source::IdxPart { .. })) => {
            Ok(([height, width], Pictures::USUAL.fit))
        }
    }
}

/// A file to write.
struct Target {
    path: PathBuf,
    /// The samples of its input that it holds the outputs of.
    samples: Range<usize>,
    picture: Option<PathBuf>,
}

/// Predicts, and writes the outputs.
pub(super) fn run<P: Predictor>(
    options: &Options,
    model: &P::Model,
    scaling: &Normalization,
    read: Vec<Read>,
    given: &args::Predict,
    out: &mut Output,
) -> Result<(), Error> {
    let targets = targets(options, &read)?;
    check(options, &targets, &read, given)?;
    let encoder = Encoder {
        format: options.format,
        meaning: options.meaning,
        loss: P::LOSS,
        input: P::INPUT,
        output: P::OUTPUT,
        threshold: options.threshold,
        scaling: P::TO_INPUT.then_some(scaling).filter(|scaling| !scaling.mean.is_empty()),
        colours: colours(P::DATA),
        way: options.way,
    };
    let (len, width) = (P::INPUT.iter().product::<usize>(), P::Model::OUTPUT);
    let (mut written, mut clipped, mut failed, mut is_stream) = (0, 0, None, false);
    for (read, targets) in read.into_iter().zip(targets) {
        let affines = read.samples.affines().to_vec();
        let inputs = read.samples.scaled(scaling)?;
        let mut nan = 0;
        for group in groups(&targets, at_once::<P>()) {
            let (first, last) = (group[0].samples.start, group[group.len() - 1].samples.end);
            let outputs = crate::train::predict(model, &inputs[first * len..last * len], last - first);
            let write = |target: &Target| -> Result<Option<Done>, Error> {
                let rows =
                    &outputs[(target.samples.start - first) * width..(target.samples.end - first) * width];
                // An array can hold what is no number.
                if options.format != Format::Npy && count_nan(rows, width) > 0 {
                    return Ok(None);
                }
                let affine = affines.get(target.samples.start).filter(|_| target.samples.len() == 1);
                let encoded =
                    encoder.encode(rows, &target.path, target.picture.as_deref(), affine.copied())?;
                write(options, target, encoded).map(Some)
            };
            let done = group.par_iter().map(write).collect::<Result<Vec<_>, _>>()?;
            for done in done.into_iter().flatten() {
                written += 1;
                clipped += usize::from(done.is_clipped);
                is_stream |= done.is_stream;
            }
            nan += count_nan(&outputs, width);
        }
        if nan > 0 {
            failed.get_or_insert(Error::NanOutputs { file: read.file, nan, samples: read.count });
        }
    }
    if clipped > 0 {
        note(&format!(
            "{clipped} of {written} outputs have numbers that are not from 0 to 1, which PNG cannot hold: they are cut off; \
             `--format npy` keeps them"
        ));
    }
    if !is_stream && written > 0 {
        let contents = options.contents(encoder.colours.len() >= P::OUTPUT[0]);
        let files = if written == 1 { "1 file".into() } else { format!("{written} files") };
        out.say(&match options.is_file {
            true => format!("{}: {contents}", options.output.display()),
            false => format!("{}: {files}: {contents}", options.output.display()),
        });
    }
    failed.map_or(Ok(()), Err)
}

/// Returns the files that the samples of each input are answered in.
fn targets(options: &Options, read: &[Read]) -> Result<Vec<Vec<Target>>, Error> {
    let samples = read.iter().map(|read| read.count).sum();
    if options.is_file && read.len() > 1 {
        return Err(Error::OneFile { file: options.output.clone(), samples });
    }
    read.iter().map(|read| targets_of(options, read)).collect()
}

fn targets_of(options: &Options, read: &Read) -> Result<Vec<Target>, Error> {
    let Read { file, samples, count, .. } = read;
    let whole = |path, picture| Target { path, samples: 0..*count, picture };
    let of_pictures = samples.files();
    // An array holds the outputs of all samples of a table or an array.
    let is_one = *count == 1 || (of_pictures.is_empty() && options.format == Format::Npy);
    if options.is_file {
        return match is_one {
            true => Ok(vec![whole(options.output.clone(), of_pictures.first().cloned())]),
            false => Err(Error::OneFile { file: options.output.clone(), samples: *count }),
        };
    }
    let place = |name: &Path| options.output.join(name);
    if !of_pictures.is_empty() {
        let target = |(at, picture): (usize, &PathBuf)| {
            // Pictures of folders in a folder keep their places.
            let name = match picture.strip_prefix(file) {
                Ok(rest) if !rest.as_os_str().is_empty() => rest,
                _ => Path::new(picture.file_name().unwrap_or_default()),
            };
            let path = place(&with_ending(name, options.ending));
            Target { path, samples: at..at + 1, picture: Some(picture.clone()) }
        };
        return Ok(of_pictures.iter().enumerate().map(target).collect());
    }
    let name = Path::new(file.file_name().unwrap_or_default());
    if is_one {
        return Ok(vec![whole(place(&with_ending(name, options.ending)), None)]);
    }
    let numbers: Vec<u64> = match samples.lines() {
        [] => (0..*count as u64).collect(),
        lines => lines.to_vec(),
    };
    let digits = numbers.iter().max().map_or(1, |most| most.to_string().len());
    let stem = stem(name);
    let target = |(at, number): (usize, u64)| {
        let name = format!("{stem}-{number:0digits$}.{}", options.ending);
        Target { path: place(Path::new(&name)), samples: at..at + 1, picture: None }
    };
    Ok(numbers.into_iter().enumerate().map(target).collect())
}

/// Returns a name without its ending, and without what says that it is packed.
fn stem(name: &Path) -> String {
    let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let unpacked = name.strip_suffix(".gz").unwrap_or(&name);
    match unpacked.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.into(),
        _ => unpacked.into(),
    }
}

fn with_ending(name: &Path, ending: &str) -> PathBuf {
    name.with_file_name(format!("{}.{ending}", stem(name)))
}

/// Returns the results in groups of samples that are predicted together.
fn groups(targets: &[Target], most: usize) -> impl Iterator<Item = &[Target]> {
    targets.chunks(most.max(1))
}

/// Checks that no result takes the place of a file that is read, of another result, or of anything else that must stay; makes the
/// folders.
fn check(
    options: &Options,
    targets: &[Vec<Target>],
    read: &[Read],
    given: &args::Predict,
) -> Result<(), Error> {
    let pictures = read.iter().flat_map(|read| read.samples.files());
    let others = given.files.iter().chain([&given.weights]);
    let inputs: HashSet<PathBuf> =
        pictures.chain(others).filter_map(|file| file.canonicalize().ok()).collect();
    let mut seen: HashMap<&Path, &Path> = HashMap::new();
    for (target, read) in
        targets.iter().zip(read).flat_map(|(targets, read)| targets.iter().map(move |t| (t, read)))
    {
        let of = target.picture.as_ref().unwrap_or(&read.file);
        if let Some(first) = seen.insert(&target.path, of) {
            let samples = [first.to_path_buf(), of.clone()];
            return Err(Error::SameResult { file: target.path.clone(), samples });
        }
        if target.path.canonicalize().is_ok_and(|path| inputs.contains(&path)) {
            return Err(Error::IsInput { file: target.path.clone() });
        }
        let is_stream = matches!(files::destination(&target.path), Ok(Destination::Stream(_)));
        if options.existing == Existing::Kept && !is_stream && fs::symlink_metadata(&target.path).is_ok() {
            return Err(Error::Exists { file: target.path.clone() });
        }
    }
    let targets = || targets.iter().flatten();
    if !options.is_file {
        let folders: HashSet<&Path> = targets().map(|target| files::folder(&target.path)).collect();
        folders
            .into_iter()
            .try_for_each(|folder| fs::create_dir_all(folder).map_err(|cause| failed(folder, cause)))?;
    }
    targets().try_for_each(|target| destination(options, &target.path).map(drop))
}

fn destination(options: &Options, path: &Path) -> Result<Destination, Error> {
    files::check(path, options.content()).map_err(|refusal| match refusal {
        Refusal::Kept(kept) => Error::Kept { file: path.into(), kept },
        Refusal::Io(cause) => failed(path, cause),
    })
}

fn failed(file: &Path, cause: std::io::Error) -> Error {
    data::Error { file: file.into(), problem: Problem::Write(cause) }.into()
}

/// Facts on a result that was written.
struct Done {
    is_clipped: bool,
    is_stream: bool,
}

fn write(options: &Options, target: &Target, encoded: Encoded) -> Result<Done, Error> {
    let bytes = match options.ending {
        "nii.gz" => {
            netwright_data::files::gzipped(&encoded.bytes).map_err(|cause| failed(&target.path, cause))?
        }
        _ => encoded.bytes,
    };
    let (written, is_stream) = match destination(options, &target.path)? {
        Destination::File(path) => (files::write(&path, &bytes, options.existing), false),
        stream => {
            let written = files::open(&target.path, &stream).and_then(|mut out| {
                out.write_all(&bytes)?;
                out.flush()
            });
            (written, true)
        }
    };
    match written {
        // A reader who has seen enough and is gone is no error.
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Err(failed(&target.path, cause)),
        _ => Ok(Done { is_clipped: encoded.is_clipped, is_stream }),
    }
}
