//! Writes outputs as files, one for each input.

use super::super::args::{self, Format, Size};
use super::encode::{Encoded, Encoder, colours};
use super::meaning::Meaning;
use super::targets::{Target, Targets};
use super::{Given, Output, at_once, note, remark};
use netwright::__app::files::{self, Content, Destination, Existing, Kept, Refusal};
use netwright::app::Predictor;
use netwright::data::{self, Part, Problem};
use netwright::metrics::count_nan;
use netwright::train::Pictures;
use netwright::train::{Error, Fit, Predict, Source};
use netwright::weights::Normalization;
use rayon::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Options of results, which fit the network.
pub(super) struct Options {
    pub(super) output: PathBuf,
    /// The output is one file, not a folder.
    pub(super) is_file: bool,
    pub(super) format: Format,
    pub(super) ending: &'static str,
    meaning: Meaning,
    threshold: Option<f32>,
    /// The size of the network's input, and the way to it, if results get the size of their pictures.
    way: Option<([usize; 2], Fit)>,
    pub(super) existing: Existing,
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
    match (fit, super::first_source::<P>()) {
        (Some(fit), _) => Ok(([height, width], fit)),
        (None, Some(Source::Images(Pictures { fit, .. }))) => Ok(([height, width], fit)),
        (
            None,
            Some(Source::Csv(_) | Source::Arrays(_) | Source::Dicom(_) | Source::Nifti(_) | Source::Joint(_)),
        ) => choice("`original` is for pictures"),
        (None, None | Some(Source::Idx { .. } | Source::IdxPart { .. })) => {
            Ok(([height, width], Pictures::USUAL.fit))
        }
    }
}

/// Predicts, and writes the outputs.
pub(super) fn run<P: Predictor>(
    options: &Options,
    model: &P::Model,
    scaling: &Normalization,
    given: Vec<Given>,
    asked: &args::Predict,
    out: &mut Output,
) -> Result<(), Error> {
    let mut targets = Targets::new(options, &given, asked)?;
    let encoder = Encoder {
        format: options.format,
        meaning: options.meaning,
        loss: P::loss(),
        input: P::INPUT,
        output: P::OUTPUT,
        threshold: options.threshold,
        scaling: P::TO_INPUT.then_some(scaling).filter(|scaling| !scaling.mean.is_empty()),
        colours: colours(super::first_source::<P>()),
        way: options.way,
    };
    let (mut written, mut clipped, mut failed, mut is_stream) = (0, 0, None, false);
    for Given { file, samples } in given {
        let (mut nan, mut count) = (0, 0);
        let is_checked = samples.expected().is_some();
        let left_out = samples.each(scaling, |part| -> Result<(), Error> {
            let all = targets.of(&file, part.origins(), part.len())?;
            if !is_checked {
                targets.admit(&all)?;
            }
            for group in groups(&all, at_once::<P>()) {
                let (done, not_numbers) = write_group::<P>(options, &encoder, model, part, group)?;
                written += done.len();
                clipped += done.iter().filter(|done| done.is_clipped).count();
                is_stream |= done.iter().any(|done| done.is_stream);
                nan += not_numbers;
            }
            count += part.len();
            Ok(())
        })?;
        remark(&file, &left_out);
        if nan > 0 {
            failed.get_or_insert(Error::NanOutputs { file, nan, samples: count });
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

/// Returns the results in groups of samples that are predicted together.
fn groups(targets: &[Target], most: usize) -> impl Iterator<Item = &[Target]> {
    targets.chunks(most.max(1))
}

/// Predicts the samples of some results, and writes these; returns facts on each, and the number of samples whose outputs are NaN.
fn write_group<P: Predictor>(
    options: &Options,
    encoder: &Encoder<'_>,
    model: &P::Model,
    part: &Part,
    group: &[Target],
) -> Result<(Vec<Done>, usize), Error> {
    let (len, width) = (P::INPUT.iter().product::<usize>(), P::Model::OUTPUT);
    let (first, last) = (group[0].samples.start, group[group.len() - 1].samples.end);
    let outputs = netwright::train::predict(model, &part.inputs()[first * len..last * len], last - first);
    let write = |target: &Target| -> Result<Option<Done>, Error> {
        let rows = &outputs[(target.samples.start - first) * width..(target.samples.end - first) * width];
        // An array can hold what is no number.
        if options.format != Format::Npy && count_nan(rows, width) > 0 {
            return Ok(None);
        }
        let affine = part.affines().get(target.samples.start).filter(|_| target.samples.len() == 1);
        let encoded = encoder.encode(rows, &target.path, target.picture.as_deref(), affine.copied())?;
        write(options, target, encoded).map(Some)
    };
    let done = group.par_iter().map(write).collect::<Result<Vec<_>, _>>()?;
    Ok((done.into_iter().flatten().collect(), count_nan(&outputs, width)))
}

pub(super) fn destination(options: &Options, path: &Path) -> Result<Destination, Error> {
    files::check(path, options.content()).map_err(|refusal| match refusal {
        Refusal::Kept(kept) => Error::Kept { file: path.into(), kept },
        Refusal::Io(cause) => failed(path, cause),
    })
}

pub(super) fn failed(file: &Path, cause: std::io::Error) -> Error {
    data::Error::new(file, Problem::Write(cause)).into()
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
