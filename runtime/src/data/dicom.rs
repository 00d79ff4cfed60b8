//! Samples of DICOM scans: images, or series of slices as volumes, with labels of a table or in a folder for each class.

use super::about::{Kind, Origins};
use super::damage::{self, Failed};
use super::inputs::{self, Inputs};
use super::read::{Labels, Read};
use super::scans::{self, Lines, Names, file_names, repeated, without_labels};
use super::sight::Scans;
use super::{About, Error, Interface, Problem};
use crate::recipe::{Column, Dicom, Source};
use netwright_data::dicom::{self, Series, Window, Windowing};
use netwright_data::files;
use netwright_data::grid::{self, Grid, Interpolation};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Attributes by which a line of a table may speak of a scan, from the one of the fewest scans.
const KEYS: [&str; 5] =
    ["SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "AccessionNumber", "PatientID"];

/// Loads scans with their labels; paths are relative to `root`. They are seen as a training has seen them.
pub(super) fn load(
    root: &Path,
    source: &Dicom,
    interface: &Interface<'_>,
    about: &About,
) -> Result<Read, Error> {
    let folder = &root.join(source.path);
    let sight = sight(source, about);
    let (files, others) = scans_in(folder)?;
    let wants_labels = !interface.to_input;
    let classes = match wants_labels && source.labels.is_empty() {
        true => scans::classes(folder, &files, "scan")?,
        false => vec![],
    };
    let table = (!source.labels.is_empty()).then(|| root.join(source.labels));
    let lines = table.as_ref().map(|table| Lines::read(table, source.key)).transpose()?;
    let by = By::of(source, lines.as_ref())?;
    let keywords = keywords(lines.as_ref(), &by);
    let (units, mut failed) = units(&files, &classes, interface);
    let (seen, unseen) = see(&units, &keywords, &sight, interface);
    failed.extend(unseen);
    let failed = damage::admitted(failed, !seen.is_empty(), source.damaged)?;
    let mut notes = Vec::from_iter(damage::left_out(&failed));
    if others > 0 {
        let them = if others == 1 { "1 other file" } else { &format!("{others} other files") };
        notes.push(format!("{}: {them} in the folder, which are no scans", folder.display()));
    }
    notes.push(described(&seen));
    let counts: Vec<usize> = seen.iter().map(|seen| seen.samples).collect();
    let of_seen = || seen.iter().map(|seen| &units[seen.unit]);
    let mut groups = match &by {
        By::Attribute(keyword) => grouped(&seen, &units, keyword),
        // The frames of a file are all but equal.
        By::Nothing | By::Column(_) if counts.iter().any(|&count| count > 1) => {
            of_seen().map(|unit| unit.first().display().to_string()).collect()
        }
        By::Nothing | By::Column(_) => vec![],
    };
    let mut labels = scans::label_of(of_seen().filter_map(|unit| unit.class.clone()).collect());
    if let (Some(lines), Some(table)) = (&lines, &table) {
        let named = seen.iter().map(|one| {
            let file = units[one.unit].first();
            (file, names(one, file, folder, table, lines.key()))
        });
        let rows = lines.find(&named.collect::<Vec<_>>())?;
        notes.extend(lines.unused(&rows));
        let by = if let By::Column(column) = by { Some(column) } else { None };
        if let Some(column) = by {
            groups = lines.groups(&rows, column)?;
        }
        if wants_labels {
            labels = lines.labels(&rows, source.label, by, interface)?;
        }
    }
    let labels = if wants_labels { scans::labels_of_samples(labels, &counts) } else { vec![] };
    let groups = repeated(&groups, &counts);
    Ok(Read { labels: Labels::Columns(labels), groups, notes, ..read(seen, &units, sight, interface.input) })
}

/// Loads a scan, or the scans of a folder, without labels.
pub(super) fn to_predict(
    path: &Path,
    source: Option<&Source>,
    interface: &Interface<'_>,
    about: &About,
) -> Result<Inputs, Error> {
    let source = match source {
        Some(Source::Dicom(source)) => source,
        _ => &Dicom::USUAL,
    };
    let files = if path.is_dir() { scans_in(path)?.0 } else { vec![path.to_path_buf()] };
    let sight = sight(source, about);
    let (units, failed) = units(&files, &[], interface);
    let (input, len) = (interface.input.to_vec(), interface.inputs());
    Ok(Inputs::of_files(ToPredict { units, sight, input }, failed, source.damaged, len))
}

/// Scans to predict for.
#[derive(Debug)]
struct ToPredict {
    units: Vec<Unit>,
    sight: Scans,
    /// The shape of a network's input.
    input: Vec<usize>,
}

impl inputs::Files for ToPredict {
    fn count(&self) -> usize {
        self.units.len()
    }

    fn at_once(&self) -> usize {
        scans::files_at_once(self.input.iter().product())
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.units.iter().flat_map(|unit| unit.series.files.iter().cloned()).collect()
    }

    fn origins(&self) -> Option<Origins> {
        // A file may have several frames, a series is one volume.
        let are_volumes = self.input.len() == 4;
        are_volumes.then(|| Origins::Files(self.units.iter().map(Unit::name).collect()))
    }

    fn read(&self, units: Range<usize>) -> (Read, Vec<Failed>) {
        let units = &self.units[units];
        let (seen, failed) = see(units, &[], &self.sight, &without_labels(&self.input));
        (read(seen, units, self.sight.clone(), &self.input), failed)
    }
}

fn sight(source: &Dicom, about: &About) -> Scans {
    match &about.kind {
        Kind::Scans(scans) => scans.clone(),
        _ => Scans::from(source),
    }
}

/// The origin of the groups that are kept on one side of a split.
enum By {
    Nothing,
    /// An attribute of the files.
    Attribute(String),
    /// A column of the table.
    Column(usize),
}

impl By {
    /// Finds what a recipe names: a column of the table, or else an attribute.
    fn of(source: &Dicom, lines: Option<&Lines>) -> Result<By, Error> {
        let Some(by) = source.by.first() else { return Ok(By::Nothing) };
        if let Some(column) = lines.and_then(|lines| lines.column(by)) {
            return Ok(By::Column(column));
        }
        match (by, lines) {
            (Column::Named(name), _) if dicom::is_keyword(name) => Ok(By::Attribute((*name).into())),
            // The error says which columns there are.
            (_, Some(lines)) => lines.named(by).map(By::Column),
            (Column::Named(name), None) => {
                let problem = dicom::Problem::Keyword { found: (*name).into() };
                Err(Error::new(Path::new(source.path), netwright_data::Problem::from(problem)))
            }
            (_, None) => Ok(By::Nothing),
        }
    }
}

/// Returns the attributes that labels and groups need.
fn keywords<'a>(lines: Option<&'a Lines>, by: &'a By) -> Vec<&'a str> {
    let key = lines.map(Lines::key);
    let mut keywords = match key {
        None => vec![],
        Some(key) if dicom::is_keyword(key) => vec![key],
        Some(_) => KEYS.to_vec(),
    };
    if let By::Attribute(keyword) = by {
        keywords.push(keyword);
    }
    keywords
}

/// Returns the names by which a table may speak of a scan.
fn names(seen: &Seen, file: &Path, folder: &Path, table: &Path, key: &str) -> Names {
    let attribute = |keyword: &str| {
        let value = seen.attributes.get(keyword).filter(|value| !value.is_empty());
        (keyword.to_string(), value.into_iter().cloned().collect())
    };
    match dicom::is_keyword(key) {
        true => vec![attribute(key)],
        false => std::iter::once(file_names(file, folder, table)).chain(KEYS.map(attribute)).collect(),
    }
}

/// Returns the group of each scan: the value of an attribute, or the series of a file that does not have it.
fn grouped(seen: &[Seen], units: &[Unit], keyword: &str) -> Vec<String> {
    let group = |one: &Seen| match one.attributes.get(keyword) {
        Some(value) if !value.is_empty() => value.clone(),
        _ => units[one.unit].first().display().to_string(),
    };
    seen.iter().map(group).collect()
}

/// Files that are read together.
#[derive(Debug)]
struct Unit {
    series: Series,
    class: Option<String>,
    /// The folder, if it is that of this series alone.
    folder: Option<PathBuf>,
}

impl Unit {
    fn first(&self) -> &Path {
        self.series.files.first().map_or(Path::new(""), |file| file)
    }

    /// Returns the name of the unit for people.
    fn name(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| self.first().to_path_buf())
    }
}

/// Returns each file, or each series if the network takes volumes; `classes` are those of the files, if they have any.
fn units(files: &[PathBuf], classes: &[String], interface: &Interface<'_>) -> (Vec<Unit>, Vec<Failed>) {
    let class = |at: usize| classes.get(at).cloned();
    if interface.input.len() < 4 {
        let unit = |(at, file): (usize, &PathBuf)| Unit {
            series: Series { patient: String::new(), uid: String::new(), files: vec![file.clone()] },
            class: class(at),
            folder: None,
        };
        return (files.iter().enumerate().map(unit).collect(), vec![]);
    }
    let mut by_class: BTreeMap<Option<String>, Vec<PathBuf>> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        by_class.entry(class(at)).or_default().push(file.clone());
    }
    let (mut units, mut failed) = (vec![], vec![]);
    for (class, files) in by_class {
        let (series, errors) = dicom::series(&files);
        failed.extend(errors.into_iter().map(|error| (usize::MAX, error.into())));
        units.extend(series.into_iter().map(|series| Unit { series, class: class.clone(), folder: None }));
    }
    units.sort_by(|one, other| one.first().cmp(other.first()));
    let folders = |unit: &Unit| {
        let mut folders: Vec<PathBuf> =
            unit.series.files.iter().filter_map(|file| file.parent().map(PathBuf::from)).collect();
        folders.sort();
        folders.dedup();
        folders
    };
    let mut uses: HashMap<PathBuf, usize> = HashMap::new();
    units.iter().flat_map(folders).for_each(|folder| *uses.entry(folder).or_default() += 1);
    for unit in &mut units {
        if let [folder] = &folders(unit)[..]
            && uses.get(folder) == Some(&1)
            && unit.series.files.len() > 1
        {
            unit.folder = Some(folder.clone());
        }
    }
    (units, failed)
}

fn read(seen: Vec<Seen>, units: &[Unit], sight: Scans, input: &[usize]) -> Read {
    let name = |one: &Seen| units[one.unit].name();
    let origins = match seen.iter().all(|one| one.samples == 1) {
        true => Origins::Files(seen.iter().map(name).collect()),
        false => Origins::Slices(
            seen.iter().flat_map(|one| (0..one.samples).map(move |frame| (name(one), frame))).collect(),
        ),
    };
    let mut numbers = Vec::with_capacity(seen.iter().map(|one| one.numbers.len()).sum());
    seen.into_iter().for_each(|one| numbers.extend(one.numbers));
    Read {
        shape: input.to_vec(),
        numbers: numbers.into(),
        kind: Kind::Scans(sight),
        origins,
        ..Read::default()
    }
}

/// A file or a series as a network sees it.
struct Seen {
    /// The number of its unit.
    unit: usize,
    /// Attributes by their keywords.
    attributes: HashMap<String, String>,
    /// The lengths of its axes in the file: slices, rows and columns.
    size: [usize; 3],
    /// The distance of slices, of rows and of columns in millimetres, if the files say.
    spacing: Option<[f64; 3]>,
    windowing: Windowing,
    /// The number of samples: frames, or one.
    samples: usize,
    numbers: Vec<f32>,
}

/// Reads units by all threads; returns those that cannot be used separately.
fn see(
    units: &[Unit],
    keywords: &[&str],
    sight: &Scans,
    interface: &Interface<'_>,
) -> (Vec<Seen>, Vec<Failed>) {
    let one = |(at, unit): (usize, &Unit)| see_one(at, unit, keywords, sight, interface);
    let all: Vec<Result<Seen, Error>> = units.par_iter().enumerate().map(one).collect();
    damage::parted(all)
}

fn see_one(
    at: usize,
    unit: &Unit,
    keywords: &[&str],
    sight: &Scans,
    interface: &Interface<'_>,
) -> Result<Seen, Error> {
    let file = unit.first();
    let window = match sight.window {
        Some([center, width]) => {
            let window = Window::new(center, width);
            Some(window.map_err(|problem| Error::new(file, netwright_data::Problem::from(problem)))?)
        }
        None => None,
    };
    let values = if keywords.is_empty() { vec![] } else { dicom::attributes(file, keywords)? };
    let attributes = keywords.iter().map(|keyword| keyword.to_string()).zip(values).collect();
    let (&channels, size) = interface.input.split_first().unwrap_or((&1, &[]));
    let fitted = |grid: Grid| -> Result<Vec<f32>, Error> {
        let error = |problem: grid::Problem| Error::new(file, netwright_data::Problem::from(problem));
        let grid = coloured(grid, channels).map_err(error)?;
        let background = sight.background as f32;
        Ok(grid.fitted(size, sight.fit, background, Interpolation::Linear).map_err(error)?.data)
    };
    if size.len() == 3 {
        let stack = unit.series.read(window)?;
        let shape = [stack.slices, stack.rows, stack.columns];
        let grid = Grid { channels: stack.samples, shape: shape.to_vec(), data: stack.data };
        return Ok(Seen {
            unit: at,
            attributes,
            size: shape,
            spacing: stack.spacing,
            windowing: stack.windowing,
            samples: 1,
            numbers: fitted(grid)?,
        });
    }
    let scan = dicom::read(file, window)?;
    let len = scan.samples * scan.rows * scan.columns;
    let mut numbers = vec![];
    for frame in scan.data.chunks_exact(len.max(1)) {
        let shape = vec![scan.rows, scan.columns];
        numbers.extend(fitted(Grid { channels: scan.samples, shape, data: frame.to_vec() })?);
    }
    Ok(Seen {
        unit: at,
        attributes,
        size: [1, scan.rows, scan.columns],
        spacing: None,
        windowing: scan.windowing,
        samples: scan.frames,
        numbers,
    })
}

/// Brings channels to those of the network: grey of colours by the weights of pictures, or grey three times.
fn coloured(grid: Grid, channels: usize) -> Result<Grid, grid::Problem> {
    let Grid { channels: found, shape, data } = grid;
    let data = match (found, channels) {
        _ if found == channels => data,
        (1, 3) => data.repeat(3),
        (3, 1) => {
            let (red, rest) = data.split_at(data.len() / 3);
            let (green, blue) = rest.split_at(rest.len() / 2);
            let grey =
                |((red, green), blue): ((&f32, &f32), &f32)| 0.299 * red + 0.587 * green + 0.114 * blue;
            red.iter().zip(green).zip(blue).map(grey).collect()
        }
        _ => return Err(grid::Problem::Channels { found, expected: channels }),
    };
    Ok(Grid { channels, shape, data })
}

/// Returns true if a file's name ends like that of a scan, or else its contents say that it is one.
pub(super) fn is_scan(file: &Path) -> bool {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("dcm" | "dicom" | "ima") => true,
        _ => file.file_name().is_some_and(|name| name != "DICOMDIR") && files::is_dicom(file),
    }
}

/// Returns the scans of a folder, at least one, and the number of other files.
fn scans_in(folder: &Path) -> Result<(Vec<PathBuf>, usize), Error> {
    let files = files::list(folder, "folder of scans")?;
    let (files, others): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|file| is_scan(file));
    if files.is_empty() { Err(Error::new(folder, Problem::Empty)) } else { Ok((files, others.len())) }
}

/// Describes the sizes and windows of scans.
fn described(seen: &[Seen]) -> String {
    let lens = |axis: usize| scans::range(seen.iter().map(|one| one.size[axis] as f64));
    let volumes = seen.iter().any(|one| one.size[0] > 1 || one.spacing.is_some());
    let sizes = if volumes { [0, 1, 2].map(lens).join(" x ") } else { [1, 2].map(lens).join(" x ") };
    let spacings: Vec<[f64; 3]> = seen.iter().filter_map(|one| one.spacing).collect();
    let spacing = match spacings.is_empty() {
        true => String::new(),
        false => {
            let along = |axis: usize| scans::range(spacings.iter().map(|spacing| spacing[axis]));
            format!(", {} mm apart", [0, 1, 2].map(along).join(" x "))
        }
    };
    let count = |is: fn(&Windowing) -> bool| seen.iter().filter(|one| is(&one.windowing)).count();
    let windows = [
        (count(|way| matches!(way, Windowing::Given(_))), "through the given window"),
        (count(|way| matches!(way, Windowing::File(_))), "through the window of the file"),
        (count(|way| matches!(way, Windowing::Table(_))), "through the table of the file"),
        (count(|way| matches!(way, Windowing::Range { .. })), "from the smallest to the largest intensity"),
        (count(|way| matches!(way, Windowing::Colours)), "in colours"),
    ];
    let windows: Vec<String> = windows
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, way)| if count == seen.len() { way.into() } else { format!("{count} {way}") })
        .collect();
    let (what, samples) =
        if volumes { ("volume", "slices x rows x columns") } else { ("file", "rows x columns") };
    let files = if seen.len() == 1 { format!("1 {what}") } else { format!("{} {what}s", seen.len()) };
    format!("{files} of {sizes} ({samples}){spacing}, {}", windows.join(", "))
}
