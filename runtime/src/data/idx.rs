//! MNIST's format (LeCun, Cortes and Burges): a magic number, the sizes, then bytes; all big-endian.

use super::about::Kind;
use super::numbers::Numbers;
use super::read::{Labels, Read};
use super::{Error, Interface, Problem};
use netwright_data::files::{open, unreadable};
use netwright_data::label::{Label, Values};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

const IMAGES: u32 = 0x0803;
const LABELS: u32 = 0x0801;

/// The samples of a folder that are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// The classes to keep, renumbered from 0 in this order; all if empty.
    pub(super) only: &'static [u32],
    /// The number of samples to keep; all if `None`.
    pub(super) first: Option<usize>,
}

impl Part {
    pub(super) const ALL: Part = Part { only: &[], first: None };

    /// Returns the number of a class among those that are taken.
    fn class(self, label: u8) -> Option<usize> {
        match self.only {
            [] => Some(label.into()),
            only => only.iter().position(|&class| class == u32::from(label)),
        }
    }

    /// Returns each record that is taken, with its class.
    fn records(self, labels: &[u8]) -> Vec<(usize, usize)> {
        let records = labels.iter().enumerate().filter_map(|(i, &label)| Some((i, self.class(label)?)));
        records.take(self.first.unwrap_or(usize::MAX)).collect()
    }
}

/// Loads some of the images and labels of one set, `train` or `t10k`, of a folder.
pub(super) fn load(
    folder: &Path,
    set: &'static str,
    part: Part,
    interface: &Interface<'_>,
) -> Result<Read, Error> {
    if !folder.is_dir() {
        return Err(Error::new(folder, Problem::Missing { what: "folder", looked_for: vec![] }));
    }
    let find_labels = || find(folder, &format!("{set}-labels"), "idx1-ubyte");
    let unlabelled = interface.to_input && part.only.is_empty();
    let labels_file = if unlabelled { None } else { Some(find_labels()?) };
    let images_file = find(folder, &format!("{set}-images"), "idx3-ubyte")?;
    let of_images = |problem| Error::new(&images_file, problem);
    let labels = match labels_file {
        Some(file) => Some((read(&file, LABELS).map_err(|problem| Error::new(&file, problem))?, file)),
        None => None,
    };
    let images = read(&images_file, IMAGES).map_err(of_images)?;
    let shape = fit(&images.sizes, interface).map_err(of_images)?;
    if images.records == 0 {
        return Err(of_images(Problem::Empty));
    }
    let record = images.bytes.len() / images.records;
    let labelled = match labels {
        Some((labels, file)) if labels.records != images.records => {
            let problem =
                Problem::Count { images: images_file, expected: images.records, found: labels.records };
            return Err(Error::new(&file, problem));
        }
        Some((labels, file)) => {
            let records = part.records(&labels.bytes);
            if records.is_empty() {
                return Err(Error::new(&file, Problem::Empty));
            }
            records
        }
        None => {
            let count = part.first.unwrap_or(images.records).min(images.records);
            (0..count).map(|record| (record, 0)).collect()
        }
    };
    let is_whole = labelled.len() == images.records;
    let pixels = match is_whole {
        true => images.bytes,
        false => labelled.iter().flat_map(|(i, _)| &images.bytes[i * record..][..record]).copied().collect(),
    };
    let classes = labelled.iter().map(|(_, class)| *class as f64).collect();
    Ok(Read {
        shape,
        numbers: Numbers::Bytes(pixels),
        labels: Labels::Columns(vec![Label { name: String::new(), values: Values::Numbers(classes) }]),
        kind: Kind::Pictures,
        ..Read::default()
    })
}

struct Idx {
    records: usize,
    /// The sizes of one record.
    sizes: Vec<usize>,
    bytes: Vec<u8>,
}

/// Returns the network's input shape, if images of this size are such inputs.
fn fit(sizes: &[usize], interface: &Interface<'_>) -> Result<Vec<usize>, Problem> {
    let image: Vec<usize> = [1].iter().chain(sizes).copied().collect();
    match interface.input {
        input if input == image => Ok(image),
        &[len] if len == image.iter().product::<usize>() => Ok(vec![len]),
        input => Err(Problem::Shape { expected: input.to_vec(), found: image }),
    }
}

/// Returns the file of this name, which may be gzipped and whose ending may follow a full stop instead.
fn find(folder: &Path, name: &str, ending: &str) -> Result<PathBuf, Error> {
    let usual = [format!("{name}-{ending}"), format!("{name}-{ending}.gz")].map(|file| folder.join(file));
    let other = [format!("{name}.{ending}"), format!("{name}.{ending}.gz")].map(|file| folder.join(file));
    match usual.iter().chain(&other).find(|file| file.is_file()) {
        Some(file) => Ok(file.clone()),
        None => {
            let names = usual.iter().filter_map(|file| file.file_name().map(PathBuf::from)).collect();
            Err(Error::new(folder, Problem::Missing { what: "IDX file", looked_for: names }))
        }
    }
}

fn read(file: &Path, magic: u32) -> Result<Idx, Problem> {
    let mut input = open(file, "file")?;
    let dimensions = (magic & 0xff) as usize;
    let mut header = Vec::new();
    let length = 4 + 4 * dimensions;
    take(&mut *input, length, &mut header)?;
    let words: Vec<u32> = header.as_chunks().0.iter().map(|&bytes| u32::from_be_bytes(bytes)).collect();
    if let Some(&found) = words.first()
        && found != magic
    {
        let what = if magic == IMAGES { "images" } else { "labels" };
        finish(&mut *input)?;
        return Err(Problem::Magic { what, expected: magic, found });
    }
    if header.len() < length {
        return Err(Problem::Header { expected: length, found: header.len() });
    }
    let records = words[1] as usize;
    let sizes: Vec<usize> = words[2..].iter().map(|&size| size as usize).collect();
    // Sizes come from the file, so that their product may be anything.
    let record =
        sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size)).unwrap_or(usize::MAX);
    let expected = records.saturating_mul(record);
    let mut bytes = Vec::new();
    take(&mut *input, expected.saturating_add(1), &mut bytes)?;
    let (expected, found) = (expected as u64, bytes.len() as u64);
    if found < expected {
        return Err(Problem::Truncated { record: bytes.len() / record.max(1), records, expected, found });
    }
    if found > expected {
        finish(&mut *input)?;
        return Err(Problem::TooLong { expected: length as u64 + expected });
    }
    Ok(Idx { records, sizes, bytes })
}

/// Reads up to `count` bytes; memory is only taken for bytes that are there.
fn take(input: &mut dyn io::Read, count: usize, bytes: &mut Vec<u8>) -> Result<(), Problem> {
    match input.take(count as u64).read_to_end(bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(unreadable(error).into()),
    }
}

/// Reads the rest of a file: only after its last byte does a gzipped file tell that it is damaged, which
/// explains other errors.
fn finish(input: &mut dyn io::Read) -> Result<(), Problem> {
    io::copy(input, &mut io::sink()).map(drop).map_err(|error| unreadable(error).into())
}
