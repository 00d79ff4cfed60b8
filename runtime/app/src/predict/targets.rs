//! Names of the files that results are written to.

use super::super::args::{self, Format};
use super::Given;
use super::results::{Options, destination, failed};
use netwright::__app::files::{self, Destination, Existing};
use netwright::data::Origins;
use netwright::train::Error;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file to write.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    /// The samples of its part of the input that it holds the outputs of.
    pub(super) samples: Range<usize>,
    /// The picture that its sample is made of.
    pub(super) picture: Option<PathBuf>,
    /// The file of its samples.
    of: PathBuf,
}

/// Names of results, each of which is the only one of its name.
pub(super) struct Targets<'a> {
    options: &'a Options,
    /// All files that are read.
    inputs: HashSet<PathBuf>,
    /// The results so far, each with the file of its samples.
    seen: HashMap<PathBuf, PathBuf>,
}

impl<'a> Targets<'a> {
    /// Prepares for the results of all samples that are asked for, and checks those whose names are known before the samples are read.
    ///
    /// # Errors
    /// If a result would take the place of anything that must stay.
    pub(super) fn new(
        options: &'a Options,
        given: &[Given],
        asked: &args::Predict,
    ) -> Result<Targets<'a>, Error> {
        let others = asked.files.iter().chain([&asked.weights]);
        let read = given.iter().flat_map(|given| given.samples.paths());
        let inputs = read.chain(others.cloned()).filter_map(|file| file.canonicalize().ok()).collect();
        let mut targets = Targets { options, inputs, seen: HashMap::new() };
        let files: usize = given.iter().map(|given| given.samples.file_count()).sum();
        let known: Vec<Option<(Origins, usize)>> =
            given.iter().map(|given| given.samples.expected()).collect();
        if options.is_file && files > 1 {
            let count = |known: &Option<(Origins, usize)>| known.as_ref().map_or(1, |(_, count)| *count);
            let samples = files.max(known.iter().map(count).sum());
            return Err(Error::OneFile { file: options.output.clone(), samples });
        }
        let mut all = vec![];
        for (given, known) in given.iter().zip(known) {
            if let Some((origins, count)) = known {
                all.extend(targets.of(&given.file, &origins, count)?);
            }
        }
        targets.admit(&all)?;
        Ok(targets)
    }

    /// Returns the files that some samples are answered in; `file` is what was asked for.
    ///
    /// # Errors
    /// If they are several, and one file is to hold them.
    pub(super) fn of(&self, file: &Path, origins: &Origins, count: usize) -> Result<Vec<Target>, Error> {
        let mut all = match origins {
            Origins::Files(files) => self.of_files(file, files),
            Origins::Slices(slices) => self.of_slices(file, slices),
            Origins::Lines(lines) => self.of_samples(file, count, lines),
            Origins::Unknown => self.of_samples(file, count, &(0..count as u64).collect::<Vec<_>>()),
        };
        match &mut all[..] {
            _ if !self.options.is_file => {}
            [only] => only.path.clone_from(&self.options.output),
            _ => return Err(Error::OneFile { file: self.options.output.clone(), samples: count }),
        }
        Ok(all)
    }

    /// Returns a result for each file.
    fn of_files(&self, folder: &Path, files: &[PathBuf]) -> Vec<Target> {
        let target = |(at, of): (usize, &PathBuf)| Target {
            path: self.place(&with_ending(&inside(of, folder), self.options.ending)),
            samples: at..at + 1,
            picture: Some(of.clone()),
            of: of.clone(),
        };
        files.iter().enumerate().map(target).collect()
    }

    /// Returns a result for each slice of the files, or for each file, if the format can hold several.
    fn of_slices(&self, folder: &Path, slices: &[(PathBuf, usize)]) -> Vec<Target> {
        let mut all = vec![];
        let mut first = 0;
        for file in slices.chunk_by(|one, next| one.0 == next.0) {
            let of = &file[0].0;
            let numbers: Vec<u64> = file.iter().map(|(_, slice)| *slice as u64).collect();
            all.extend(self.numbered(&inside(of, folder), of, first, &numbers));
            first += file.len();
        }
        all
    }

    /// Returns a result for each sample of a file, or for all of them, if the format can hold several.
    fn of_samples(&self, file: &Path, count: usize, numbers: &[u64]) -> Vec<Target> {
        debug_assert_eq!(count, numbers.len());
        self.numbered(Path::new(file.file_name().unwrap_or_default()), file, 0, numbers)
    }

    /// Returns results for samples of one file, from sample `first` of the part.
    fn numbered(&self, name: &Path, of: &Path, first: usize, numbers: &[u64]) -> Vec<Target> {
        let target = |name: &Path, samples| Target {
            path: self.place(name),
            samples,
            picture: None,
            of: of.to_path_buf(),
        };
        if numbers.len() == 1 || self.options.format == Format::Npy {
            let samples = first..first + numbers.len();
            return vec![target(&with_ending(name, self.options.ending), samples)];
        }
        let digits = numbers.iter().max().map_or(1, |most| most.to_string().len());
        let stem = stem(name);
        let numbered = |(at, number): (usize, &u64)| {
            let file = format!("{stem}-{number:0digits$}.{}", self.options.ending);
            target(&name.with_file_name(file), first + at..first + at + 1)
        };
        numbers.iter().enumerate().map(numbered).collect()
    }

    fn place(&self, name: &Path) -> PathBuf {
        self.options.output.join(name)
    }

    /// Checks that no result takes the place of a file that is read, of another result, or of anything else that must stay; makes the
    /// folders.
    ///
    /// # Errors
    /// If one would.
    pub(super) fn admit(&mut self, targets: &[Target]) -> Result<(), Error> {
        let options = self.options;
        for Target { path, of, .. } in targets {
            if let Some(first) = self.seen.insert(path.clone(), of.clone()) {
                return Err(Error::SameResult { file: path.clone(), samples: [first, of.clone()] });
            }
            if path.canonicalize().is_ok_and(|path| self.inputs.contains(&path)) {
                return Err(Error::IsInput { file: path.clone() });
            }
            let is_stream = matches!(files::destination(path), Ok(Destination::Stream(_)));
            if options.existing == Existing::Kept && !is_stream && fs::symlink_metadata(path).is_ok() {
                return Err(Error::Exists { file: path.clone() });
            }
        }
        if !options.is_file {
            let folders: BTreeSet<&Path> = targets.iter().map(|target| files::folder(&target.path)).collect();
            for folder in folders {
                fs::create_dir_all(folder).map_err(|cause| failed(folder, cause))?;
            }
        }
        targets.iter().try_for_each(|target| destination(options, &target.path).map(drop))
    }
}

/// Returns the path of a file inside of a folder that was asked for, whose folders results keep; or its name.
fn inside(file: &Path, folder: &Path) -> PathBuf {
    match file.strip_prefix(folder) {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_path_buf(),
        _ => PathBuf::from(file.file_name().unwrap_or_default()),
    }
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
