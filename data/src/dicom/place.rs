//! Places of slices in the patient.

use super::Problem;
use super::data_set::{DataSet, Tag};

const POSITION: Tag = 0x0020_0032;
const ORIENTATION: Tag = 0x0020_0037;
const SPACING: Tag = 0x0028_0030;
const FRAMES: Tag = 0x5200_9230;
const SHARED: Tag = 0x5200_9229;
const PLANE_POSITION: Tag = 0x0020_9113;
const PLANE_ORIENTATION: Tag = 0x0020_9116;
const MEASURES: Tag = 0x0028_9110;

/// The place of a frame in the patient, in millimetres to the patient's left, back and top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The middle of the first pixel.
    pub position: [f64; 3],
    /// The direction of a row, from its first pixel.
    pub row: [f64; 3],
    /// The direction of a column, from its first pixel.
    pub column: [f64; 3],
    /// The distance of rows, and that of columns, if the file says.
    pub spacing: Option<[f64; 2]>,
}

impl Place {
    /// Returns the place along the normal of rows and columns, which orders the slices of a series.
    pub fn along_normal(&self) -> f64 {
        let ([a, b, c], [d, e, f]) = (self.row, self.column);
        let normal = [b * f - c * e, c * d - a * f, a * e - b * d];
        self.position.iter().zip(normal).map(|(position, normal)| position * normal).sum()
    }

    /// Returns the place of each frame; `None` for frames without one.
    pub(super) fn of(set: &DataSet<'_>, frames: usize) -> Result<Vec<Option<Place>>, Problem> {
        let groups = Groups::of(set)?;
        let place = |frame: usize| {
            let numbers = |sequence, tag| groups.find(frame, sequence, tag, |set| set.decimals(tag));
            let position = numbers(PLANE_POSITION, POSITION)?;
            let orientation = numbers(PLANE_ORIENTATION, ORIENTATION)?;
            let spacing = numbers(MEASURES, SPACING)?;
            let (&[x, y, z], &[a, b, c, d, e, f]) = (&position[..], &orientation[..]) else {
                return Ok(None);
            };
            let spacing = <[f64; 2]>::try_from(&spacing[..]).ok();
            Ok(Some(Place { position: [x, y, z], row: [a, b, c], column: [d, e, f], spacing }))
        };
        // Only as many frames as have a group have different places.
        match groups.frames.len().min(frames) {
            0 => Ok(vec![place(0)?]),
            several => (0..several).map(place).collect(),
        }
    }
}

/// Attributes of an enhanced file that belong to all frames or to one.
pub(super) struct Groups<'a> {
    set: &'a DataSet<'a>,
    shared: Vec<DataSet<'a>>,
    frames: Vec<DataSet<'a>>,
}

impl<'a> Groups<'a> {
    pub(super) fn of(set: &'a DataSet<'a>) -> Result<Groups<'a>, Problem> {
        Ok(Groups { set, shared: set.items(SHARED)?, frames: set.items(FRAMES)? })
    }

    /// Finds an attribute of a frame in a sequence of its group, of the shared group, or outside of groups, and converts
    /// the data set that has it; the one outside if none has.
    pub(super) fn find<T>(
        &self,
        frame: usize,
        sequence: Tag,
        tag: Tag,
        convert: impl Fn(&DataSet<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        for group in self.frames.get(frame).into_iter().chain(&self.shared) {
            for item in group.items(sequence)? {
                if item.elements.contains_key(&tag) {
                    return convert(&item);
                }
            }
        }
        convert(self.set)
    }
}

impl DataSet<'_> {
    /// Returns the numbers of an attribute that is text.
    pub(super) fn decimals(&self, tag: Tag) -> Result<Vec<f64>, Problem> {
        let number = |text: &String| {
            text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| Problem::Attribute {
                tag,
                expected: "a number",
                found: text.clone(),
            })
        };
        self.texts(tag).iter().filter(|text| !text.is_empty()).map(number).collect()
    }

    /// Returns the first number of an attribute that is text; `None` if it is empty.
    pub(super) fn decimal(&self, tag: Tag) -> Result<Option<f64>, Problem> {
        self.decimals(tag).map(|numbers| numbers.first().copied())
    }
}
