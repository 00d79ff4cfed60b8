//! Samples of pictures: of a folder with a folder for each class, or of a list.

use super::about::{Kind, Origins};
use super::cache::{Keeper, budget};
use super::damage::{self, Failed, admitted, left_out};
use super::inputs::{self, Inputs};
use super::join::stem;
use super::numbers::Numbers;
use super::read::{Labels, Read};
use super::streamed::{Facts, Outside, ReadOne};
use super::{Error, Interface, Problem, masks, targets};
use crate::recipe::{Cache, Column, Pictures, Source};
use netwright_data::label::{Label, Values};
use netwright_data::picture::{Decoder, Folder, Header, Pixels, Wanted, folder, header, pictures};
use netwright_data::table::{Format, Text};
use rayon::prelude::*;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Masks that were read once.
enum Masks {
    /// They are to be read again.
    Seen(Keeper),
    /// They are in memory.
    Kept(Vec<f32>),
}

/// Loads pictures with their labels or masks; paths are relative to `root`.
pub(super) fn load(root: &Path, source: &Pictures, interface: &Interface<'_>) -> Result<Read, Error> {
    let listed = list(root, source, interface)?;
    let wanted = wanted(source, interface).map_err(|problem| Error::new(&root.join(source.path), problem))?;
    // Masks take the same memory as pictures, or more.
    let masks =
        if interface.to_input { 0 } else { listed.masks.len() as u64 * 4 * interface.outputs() as u64 };
    let budget = budget().saturating_sub(masks);
    let (kept, failed) = decode(&listed.files, &wanted, source.cache, interface, budget)?;
    let mut notes = Vec::from_iter(kept.note());
    let (mut listed, mut failed) = listed.without(failed, source)?;
    let mut numbers = kept.finish(|| Arc::new(Files::new(&listed.files, wanted)))?;
    let labels = if listed.masks.is_empty() || interface.to_input {
        Labels::Columns(std::mem::take(&mut listed.labels))
    } else {
        let way = masks::Way::new(source, interface, &listed.masks[0])?;
        // One place is a label, which decides how samples are divided.
        let is_streamed = numbers.streamed().is_some() && interface.outputs() > 1;
        let (read, unread) = if is_streamed {
            let (seen, unread) = way.seen(&listed.masks, &numbers, source.cache)?;
            (Masks::Seen(seen), unread)
        } else {
            let (places, unread) = way.all(&listed.masks);
            (Masks::Kept(places), unread)
        };
        if !unread.is_empty() {
            let count = listed.files.len();
            let (left, mut out) = listed.without(unread, source)?;
            listed = left;
            let is_kept = |at: &u32| out.binary_search_by_key(&(*at as usize), |failed| failed.0).is_err();
            numbers.keep(interface.inputs(), &(0..count as u32).filter(is_kept).collect::<Vec<_>>());
            failed.append(&mut out);
        }
        match read {
            Masks::Seen(seen) => Labels::Streamed(way.places(seen, &listed.masks)?),
            Masks::Kept(places) => Labels::Places(places),
        }
    };
    notes.extend(left_out(&failed));
    Ok(Read {
        shape: interface.input.to_vec(),
        numbers,
        labels,
        kind: Kind::Pictures,
        origins: Origins::Files(listed.files),
        groups: listed.groups,
        notes,
        keys: listed.keys,
        lost: listed.lost,
        left_out: failed.len(),
        ..Read::default()
    })
}

/// Returns the reasons of all files that cannot be used, be they pictures or masks.
pub(super) fn damaged(
    root: &Path,
    source: &Pictures,
    interface: &Interface<'_>,
) -> Result<Vec<Error>, Error> {
    let listed = list(root, source, interface)?;
    let wanted = wanted(source, interface).map_err(|problem| Error::new(&root.join(source.path), problem))?;
    let mut failed = decode(&listed.files, &wanted, Cache::None, interface, 0)?.1;
    if !listed.masks.is_empty() && !interface.to_input {
        failed.extend(masks::Way::new(source, interface, &listed.masks[0])?.all(&listed.masks).1);
    }
    Ok(failed.into_iter().map(|(_, error)| error).collect())
}

/// Returns the headers of a source's pictures, of those that can be read.
pub(super) fn headers(root: &Path, source: &Pictures) -> Result<Vec<Header>, Error> {
    let path = &root.join(source.path);
    let files = match path.is_dir() {
        true => pictures_in(path)?,
        false => paths_of(&Text::read(path, &Format::default())?, source)?.1,
    };
    Ok(files.par_iter().filter_map(|file| header(file).ok()).collect())
}

/// Lists the pictures with their labels or masks.
fn list(root: &Path, source: &Pictures, interface: &Interface<'_>) -> Result<Listed, Error> {
    let path = &root.join(source.path);
    if !path.exists() {
        let what = "folder or list of pictures";
        return Err(Error::new(path, netwright_data::Problem::Missing { what }));
    }
    let listed = match (path.is_dir(), source.masks) {
        (true, "") if interface.to_input => Listed { files: pictures_in(path)?, ..Listed::default() },
        (true, "") => of_folder(path)?,
        (true, masks) => {
            let (files, folder) = (pictures_in(path)?, root.join(masks));
            let masks = masks::beside(&files, &folder, pictures_in(&folder)?)?;
            Listed { files, masks, ..Listed::default() }
        }
        (false, _) => of_list(path, root, source, interface)?,
    };
    if listed.files.is_empty() { Err(Error::new(path, Problem::Empty)) } else { Ok(listed) }
}

/// Loads a picture, or the pictures of a folder, without labels.
pub(super) fn to_predict(
    path: &Path,
    source: Option<&Source>,
    interface: &Interface<'_>,
) -> Result<Inputs, Error> {
    let usual = match source {
        Some(Source::Images(source)) => *source,
        _ => Pictures::USUAL,
    };
    let wanted = wanted(&usual, interface).map_err(|problem| Error::new(path, problem))?;
    let files = match path.is_dir() {
        true => pictures_in(path)?,
        false => vec![path.to_path_buf()],
    };
    let len = interface.inputs();
    Ok(Inputs::of_files(ToPredict { files, wanted, len }, vec![], usual.damaged, len))
}

/// Pictures to predict for.
#[derive(Debug)]
struct ToPredict {
    files: Vec<PathBuf>,
    wanted: Wanted,
    /// Numbers of a picture.
    len: usize,
}

impl inputs::Files for ToPredict {
    fn count(&self) -> usize {
        self.files.len()
    }

    fn at_once(&self) -> usize {
        inputs::samples_at_once(self.len)
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    fn origins(&self) -> Option<Origins> {
        Some(Origins::Files(self.files.clone()))
    }

    fn read(&self, files: Range<usize>) -> (Read, Vec<Failed>) {
        let files = &self.files[files];
        let read = |decoder: &mut Decoder, file: &PathBuf| {
            let numbers = numbers(decoder.read(file, &self.wanted)?.pixels);
            match numbers.len() {
                found if found != self.len => {
                    let problem = Problem::Lengths { inputs: found, targets: 1, len: self.len };
                    Err(Error::new(file, problem))
                }
                _ => Ok((file.clone(), numbers)),
            }
        };
        let (read, failed) = damage::parted(files.par_iter().map_init(Decoder::new, read).collect());
        let mut all = Vec::with_capacity(read.len() * self.len);
        let file = |(file, numbers): (PathBuf, Numbers)| {
            numbers.append_all(&mut all);
            file
        };
        let origins = Origins::Files(read.into_iter().map(file).collect());
        (Read { numbers: all.into(), origins, ..Read::default() }, failed)
    }
}

/// Files with their labels or masks.
#[derive(Default)]
struct Listed {
    files: Vec<PathBuf>,
    /// The mask of each file; empty if they have labels.
    masks: Vec<PathBuf>,
    labels: Vec<Label>,
    /// The name of each file's group; empty if there are none.
    groups: Vec<String>,
    /// The key of each file in a list; empty if it has none.
    keys: Vec<String>,
    /// The keys of files that were left out.
    lost: Vec<String>,
}

impl Listed {
    /// Leaves out the files that failed, and returns them, too.
    ///
    /// # Errors
    /// If they are refused, or there are no others.
    fn without(self, failed: Vec<Failed>, source: &Pictures) -> Result<(Listed, Vec<Failed>), Error> {
        let are_others = failed.len() < self.files.len();
        let failed = admitted(failed, are_others, source.damaged)?;
        let left = if failed.is_empty() { self } else { self.but(&failed) };
        Ok((left, failed))
    }

    fn but(self, failed: &[Failed]) -> Listed {
        fn kept<T>(items: Vec<T>, failed: &[Failed]) -> Vec<T> {
            let is_kept = |(at, _): &(usize, T)| failed.binary_search_by_key(at, |failed| failed.0).is_err();
            items.into_iter().enumerate().filter(is_kept).map(|(_, item)| item).collect()
        }
        let label = |label: Label| Label {
            values: match label.values {
                Values::Numbers(numbers) => Values::Numbers(kept(numbers, failed)),
                Values::Texts(texts) => Values::Texts(kept(texts, failed)),
            },
            ..label
        };
        let key = |(at, _): &Failed| self.keys.get(*at).cloned().unwrap_or_else(|| stem(&self.files[*at]));
        let lost = self.lost.iter().cloned().chain(failed.iter().map(key)).collect();
        Listed {
            lost,
            keys: kept(self.keys, failed),
            labels: self.labels.into_iter().map(label).collect(),
            groups: kept(self.groups, failed),
            masks: kept(self.masks, failed),
            files: kept(self.files, failed),
        }
    }
}

/// Returns the size and channels that the network takes.
fn wanted(source: &Pictures, interface: &Interface<'_>) -> Result<Wanted, Problem> {
    let (channels, size) = match *interface.input {
        [channels @ (1 | 3 | 4), height, width] => (channels, Some([height, width])),
        // A network that flattens nothing takes the pixels of a grey picture in a row.
        [_] => (1, None),
        ref input => return Err(Problem::NoImage { expected: input.to_vec() }),
    };
    Ok(Wanted { channels, size, fit: source.fit, background: source.background })
}

/// Returns the pictures of a folder with a folder for each class.
fn of_folder(path: &Path) -> Result<Listed, Error> {
    let Folder { classes, files, .. } = folder(path)?;
    let (files, of): (Vec<PathBuf>, Vec<usize>) = files.into_iter().unzip();
    let texts = of.into_iter().map(|class| classes[class].clone()).collect();
    let label = Label { name: String::new(), values: Values::Texts(texts) };
    Ok(Listed { files, labels: vec![label], ..Listed::default() })
}

/// Returns the pictures of a list, whose paths are relative to it.
fn of_list(path: &Path, root: &Path, source: &Pictures, interface: &Interface<'_>) -> Result<Listed, Error> {
    let error =
        |problem: netwright_data::table::Problem| Error::new(path, netwright_data::Problem::from(problem));
    let text = Text::read(path, &Format::default())?;
    let (file, files) = paths_of(&text, source)?;
    let by = source.by.first().map(|column| text.column(column)).transpose()?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let groups = by.map(|column| text.texts(column, "group")).transpose().map_err(error)?;
    let groups = groups.unwrap_or_default();
    let key = source.key.first().map(|column| text.column(column)).transpose()?;
    let keys = key.map(|column| text.texts(column, "key")).transpose().map_err(error)?.unwrap_or_default();
    if interface.to_input {
        return Ok(Listed { files, groups, keys, ..Listed::default() });
    }
    if !source.masks.is_empty() {
        // Masks are a column of the list, or a folder.
        let masks = match text.column(&Column::Named(source.masks)) {
            Ok(column) => {
                let masks = text.texts(column, "mask").map_err(error)?;
                masks.iter().map(|mask| folder.join(mask)).collect()
            }
            Err(_) if root.join(source.masks).is_dir() => {
                let folder = root.join(source.masks);
                masks::beside(&files, &folder, pictures_in(&folder)?)?
            }
            Err(problem) => return Err(problem.into()),
        };
        return Ok(Listed { files, masks, groups, keys, ..Listed::default() });
    }
    let columns = text.label_columns(source.label, file, targets::width(interface))?;
    let labels = columns.into_iter().map(|column| text.label(column));
    let labels = labels.collect::<Result<_, _>>().map_err(error)?;
    Ok(Listed { files, labels, groups, keys, ..Listed::default() })
}

/// Returns the column of a list's pictures, and their paths.
fn paths_of(text: &Text, source: &Pictures) -> Result<(usize, Vec<PathBuf>), Error> {
    let column = source.file.first().map(|column| text.column(column)).transpose()?.unwrap_or(0);
    let names = text
        .texts(column, "file")
        .map_err(|problem| Error::new(text.file(), netwright_data::Problem::from(problem)))?;
    let folder = text.file().parent().unwrap_or(Path::new(""));
    Ok((column, names.iter().map(|name| folder.join(name)).collect()))
}

/// Returns the pictures of a folder and of folders in it, at least one.
fn pictures_in(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let files = pictures(path)?;
    if files.is_empty() { Err(Error::new(path, Problem::Empty)) } else { Ok(files) }
}

/// Decodes pictures by all threads, and keeps those that can be; returns the others in ascending order. Bytes stay bytes unless some picture
/// has finer values.
fn decode(
    files: &[PathBuf],
    wanted: &Wanted,
    cache: Cache,
    interface: &Interface<'_>,
    budget: u64,
) -> Result<(Keeper, Vec<Failed>), Error> {
    let len = interface.inputs();
    let mut keeper = Keeper::new(cache, files.len(), len, budget)?;
    let mut failed = vec![];
    let at_once = inputs::samples_at_once(len);
    for (block, files) in files.chunks(at_once).enumerate() {
        let needs_facts = keeper.needs_facts();
        let read = |decoder: &mut Decoder, file: &PathBuf| {
            let numbers = numbers(decoder.read(file, wanted)?.pixels);
            let facts = needs_facts.then(|| Facts::of(&numbers, numbers.len(), 0));
            Ok((numbers, facts))
        };
        let decoded: Vec<Result<_, netwright_data::Error>> =
            files.par_iter().map_init(Decoder::new, read).collect();
        for (at, decoded) in decoded.into_iter().enumerate() {
            match decoded {
                Ok((numbers, facts)) => keeper.add(numbers, facts)?,
                Err(error) => failed.push((block * at_once + at, error.into())),
            }
        }
    }
    Ok((keeper, failed))
}

/// Returns a picture's numbers; bytes stay bytes.
fn numbers(pixels: Pixels) -> Numbers {
    match pixels {
        Pixels::Bytes(bytes) => Numbers::Bytes(bytes),
        Pixels::Words(_) | Pixels::Floats(_) => Numbers::Single(pixels.values()),
    }
}

/// Files of pictures that are decoded when they are needed.
#[derive(Debug)]
struct Files {
    files: Arc<[PathBuf]>,
    wanted: Wanted,
}

impl Files {
    fn new(files: &[PathBuf], wanted: Wanted) -> Files {
        Files { files: files.into(), wanted }
    }
}

impl Outside for Files {
    fn reader(&self) -> ReadOne {
        let (files, wanted, mut decoder) = (self.files.clone(), self.wanted, Decoder::new());
        Box::new(move |sample| Ok(numbers(decoder.read(&files[sample], &wanted)?.pixels)))
    }

    fn file(&self, sample: usize) -> &Path {
        &self.files[sample]
    }
}
