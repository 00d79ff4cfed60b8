//! Series of slices, each in a file of its own, as volumes.

use super::data_set::DataSet;
use super::file::{Bytes, attribute};
use super::scan::{Choice, read_through};
use super::{Function, Place, Problem, Scan, Window, Windowing};
use crate::Error;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files of the slices of one volume.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The patient's identifier; empty if the files have none.
    pub patient: String,
    /// The identifier of the series; empty if the files have none.
    pub uid: String,
    /// The files, in the order of their places along the normal of the slices; in that of their numbers if they have no
    /// places.
    pub files: Vec<PathBuf>,
}

/// The slices of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// The number of channels: 1, or 3 for red, green and blue.
    pub samples: usize,
    /// The number of slices.
    pub slices: usize,
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// The intensities from 0 to 1: an array of shape `[samples, slices, rows, columns]`.
    pub data: Vec<f32>,
    /// The distance of slices, of rows and of columns in millimetres, if the files say.
    pub spacing: Option<[f64; 3]>,
    /// The first slice's window, and where it is from.
    pub windowing: Windowing,
}

/// A file's place in its series.
struct Member {
    file: PathBuf,
    patient: String,
    place: Option<f64>,
    number: Option<i64>,
}

/// Groups files by their series, the directions and the size of their slices; also returns the errors of files that cannot be
/// read.
pub fn series(files: &[PathBuf]) -> (Vec<Series>, Vec<Error>) {
    let (mut groups, mut errors) = (BTreeMap::<_, Vec<Member>>::new(), vec![]);
    for file in files {
        match member(file) {
            Ok((key, member)) => groups.entry(key).or_default().push(member),
            Err(problem) => errors.push(Error::new(file, problem)),
        }
    }
    let ordered = |(key, mut members): ([String; 4], Vec<Member>)| {
        let placed = members.iter().all(|member| member.place.is_some());
        members.sort_by(|a, b| {
            let places = a.place.unwrap_or(0.0).total_cmp(&b.place.unwrap_or(0.0));
            let places = if placed { places } else { std::cmp::Ordering::Equal };
            places.then(a.number.cmp(&b.number)).then_with(|| a.file.cmp(&b.file))
        });
        let [uid, ..] = key;
        let patient = members.first().map(|member| member.patient.clone()).unwrap_or_default();
        Series { patient, uid, files: members.into_iter().map(|member| member.file).collect() }
    };
    (groups.into_iter().map(ordered).collect(), errors)
}

/// Returns what groups a file with others, and its place among them.
fn member(file: &Path) -> Result<([String; 4], Member), crate::Problem> {
    let bytes = Bytes::read_attributes(file)?;
    let set = bytes.data_set()?;
    let text = |set: &DataSet<'_>, keyword| attribute(set, keyword);
    let uid = text(&set, "SeriesInstanceUID")?;
    // Files that name no series belong together in their folder.
    let folder = match file.parent() {
        Some(folder) if uid.is_empty() => folder.display().to_string(),
        _ => String::new(),
    };
    let place = Place::of(&set, 1)?.into_iter().next().flatten();
    // Scanners round the directions of slices differently from slice to slice.
    let rounded = |direction: [f64; 3]| direction.map(|number| (number * 1000.0).round() as i64);
    let directions = place.map(|place| (rounded(place.row), rounded(place.column)));
    let size = [text(&set, "Rows")?, text(&set, "Columns")?].join(" x ");
    let number = text(&set, "InstanceNumber")?.parse().ok();
    let member = Member {
        file: file.into(),
        patient: text(&set, "PatientID")?,
        place: place.map(|place| place.along_normal()),
        number,
    };
    Ok(([uid, folder, format!("{directions:?}"), size], member))
}

impl Series {
    /// Reads the slices, as [`read`](super::read) reads each, but all through the same window: the given one, or that of the
    /// first slice, or its table. Without any, 0 and 1 are the smallest and the largest intensity of all slices.
    ///
    /// # Errors
    /// Like [`read`](super::read), or if slices differ in size, or two are at the same place.
    pub fn read(&self, window: Option<Window>) -> Result<Stack, Error> {
        if let Some(window) = window {
            return self.stack(&self.scans(&Choice::Given(window))?);
        }
        let first = match self.files.first() {
            Some(file) if self.files.len() > 1 => read_through(file, &Choice::File)?.windowing,
            _ => return self.stack(&self.scans(&Choice::File)?),
        };
        let (choice, windowing) = match first {
            Windowing::Range { .. } => {
                let (window, range) = self.range()?;
                (Choice::Given(window), range)
            }
            Windowing::Given(window) | Windowing::File(window) => (Choice::Given(window), first),
            Windowing::Table(table) => (Choice::Table(table.clone()), Windowing::Table(table)),
            Windowing::Colours => return self.stack(&self.scans(&Choice::File)?),
        };
        Ok(Stack { windowing, ..self.stack(&self.scans(&choice)?)? })
    }

    /// Returns the window from the smallest to the largest intensity of all slices.
    fn range(&self) -> Result<(Window, Windowing), Error> {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for file in &self.files {
            if let Windowing::Range { least: l, most: m } = read_through(file, &Choice::Range)?.windowing {
                (least, most) = (least.min(l), most.max(m));
            }
        }
        let width = if most > least { most - least } else { 1.0 };
        let window = Window { center: least + width / 2.0, width, function: Function::Exact };
        Ok((window, Windowing::Range { least, most }))
    }

    fn scans(&self, window: &Choice) -> Result<Vec<Scan>, Error> {
        self.files.iter().map(|file| read_through(file, window)).collect()
    }

    fn stack(&self, scans: &[Scan]) -> Result<Stack, Error> {
        let error = |index: usize, problem: Problem| Error::new(&self.files[index], problem);
        let Some(first) = scans.first() else {
            return Err(Error::new(Path::new(&self.uid), crate::Problem::Missing { what: "slice" }));
        };
        let size = |scan: &Scan| [scan.rows, scan.columns, scan.samples];
        if let Some(index) = scans.iter().position(|scan| size(scan) != size(first)) {
            let [expected, found] = [first, &scans[index]].map(size);
            return Err(error(index, Problem::Sizes { expected, found }));
        }
        // The frames of each file, which are in order; those of one file may not be.
        let area = first.rows * first.columns;
        let mut frames: Vec<(usize, Option<Place>, &[f32])> = vec![];
        for (index, scan) in scans.iter().enumerate() {
            let several = scan.places.len() == scan.frames;
            frames.extend(
                (scan.data.chunks_exact(area * scan.samples).enumerate())
                    .map(|(frame, pixels)| (index, if several { scan.places[frame] } else { None }, pixels)),
            );
        }
        let places: Option<Vec<f64>> =
            frames.iter().map(|(_, place, _)| place.map(|place| place.along_normal())).collect();
        if let Some(mut places) = places {
            frames.sort_by(|(_, a, _), (_, b, _)| {
                let along = |place: &Option<Place>| place.map_or(0.0, |place| place.along_normal());
                along(a).total_cmp(&along(b))
            });
            places.sort_by(f64::total_cmp);
            if let Some(twice) = places.windows(2).position(|pair| pair[1] - pair[0] < 1e-4) {
                return Err(error(frames[twice + 1].0, Problem::Place { place: places[twice] }));
            }
        }
        let mut data = Vec::with_capacity(frames.len() * first.samples * area);
        for channel in 0..first.samples {
            for (.., pixels) in &frames {
                data.extend_from_slice(&pixels[channel * area..][..area]);
            }
        }
        Ok(Stack {
            samples: first.samples,
            slices: frames.len(),
            rows: first.rows,
            columns: first.columns,
            data,
            spacing: spacing(&frames),
            windowing: first.windowing.clone(),
        })
    }
}

/// Returns the mean distance of slices, and the distances of rows and of columns.
fn spacing(frames: &[(usize, Option<Place>, &[f32])]) -> Option<[f64; 3]> {
    let (first, last) = (frames.first()?.1?, frames.last()?.1?);
    let [rows, columns] = first.spacing?;
    let gaps = frames.len() - 1;
    let length = last.along_normal() - first.along_normal();
    (gaps > 0).then(|| [length / gaps as f64, rows, columns])
}
