//! MNIST's format (LeCun, Cortes and Burges): a magic number, the sizes, then bytes; all big-endian.

use super::labels::Labels;
use super::{Dataset, Error, Interface, Place, Problem, Targets};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
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
) -> Result<Dataset, Error> {
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
    let pixels = |records: &mut dyn Iterator<Item = usize>| -> Vec<f32> {
        let taken = records.flat_map(|i| &images.bytes[i * record..][..record]);
        taken.map(|&pixel| f32::from(pixel) / 255.0).collect()
    };
    let Some((labels, labels_file)) = labels else {
        let count = part.first.unwrap_or(images.records).min(images.records);
        return Dataset::new(&shape, pixels(&mut (0..count)), Targets::Inputs).map_err(of_images);
    };
    if labels.records != images.records {
        let problem = Problem::Count { images: images_file, expected: images.records, found: labels.records };
        return Err(Error::new(&labels_file, problem));
    }
    let records = part.records(&labels.bytes);
    if records.is_empty() {
        return Err(Error::new(&labels_file, Problem::Empty));
    }
    let pixels = pixels(&mut records.iter().map(|(record, _)| *record));
    if interface.to_input {
        return Dataset::new(&shape, pixels, Targets::Inputs).map_err(of_images);
    }
    let dataset = || {
        let mut targets = Labels::new(interface)?;
        for &(record, class) in &records {
            targets.push(class as f64, || Place::Record(record))?;
        }
        targets.dataset(&shape, pixels.into())
    };
    dataset().map_err(|problem| Error::new(&labels_file, problem))
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
    let mut input = open(file)?;
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
fn take(input: &mut dyn Read, count: usize, bytes: &mut Vec<u8>) -> Result<(), Problem> {
    match input.take(count as u64).read_to_end(bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(unreadable(error)),
    }
}

/// Reads the rest of a file: only after its last byte does a gzipped file tell that it is damaged, which
/// explains other errors.
fn finish(input: &mut dyn Read) -> Result<(), Problem> {
    io::copy(input, &mut io::sink()).map(drop).map_err(unreadable)
}

/// Opens a file; its contents are unpacked if they are gzipped.
pub(super) fn open(file: &Path) -> Result<Box<dyn Read>, Problem> {
    let mut input = BufReader::new(File::open(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing { what: "file", looked_for: vec![] },
        _ => Problem::Read(error),
    })?);
    let gzipped = input.fill_buf().map_err(Problem::Read)?.starts_with(&[0x1f, 0x8b]);
    Ok(if gzipped { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) })
}

/// Converts a failure to read to a problem: the kinds that only unpacking has are damage.
pub(super) fn unreadable(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Problem::Gzip(error)
        }
        _ => Problem::Read(error),
    }
}
