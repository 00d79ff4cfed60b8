//! Windows of intensities.

use super::data_set::{DataSet, Tag};
use super::{Problem, Table};

const CENTER: Tag = 0x0028_1050;
const WIDTH: Tag = 0x0028_1051;
const FUNCTION: Tag = 0x0028_1056;

/// The range of intensities that becomes 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The middle.
    pub center: f64,
    /// The width.
    pub width: f64,
    /// The function from intensities to 0 to 1.
    pub function: Function,
}

/// A function from intensities to 0 to 1, as defined in
/// [PS3.3 C.11.2.1](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.2.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `(x - (center - 0.5)) / (width - 1) + 0.5`, from 0 to 1.
    Linear,
    /// `(x - center) / width + 0.5`, from 0 to 1.
    Exact,
    /// `1 / (1 + exp(-4 (x - center) / width))`
    Sigmoid,
}

/// The origin of the window of a scan.
#[derive(Clone, Debug, PartialEq)]
pub enum Windowing {
    /// It was given.
    Given(Window),
    /// It is the file's first.
    File(Window),
    /// The file has a table instead, its first.
    Table(Table),
    /// There is none: 0 and 1 are the smallest and the largest intensity of all frames.
    Range {
        /// The smallest intensity.
        least: f64,
        /// The largest intensity.
        most: f64,
    },
    /// Colours need none: 1 is the largest number that the pixels' bits can hold.
    Colours,
}

impl Window {
    /// Creates a window of a linear function.
    ///
    /// # Errors
    /// If the width is below 1, or a number is not finite.
    pub fn new(center: f64, width: f64) -> Result<Window, Problem> {
        Window { center, width, function: Function::Linear }.checked()
    }

    fn checked(self) -> Result<Window, Problem> {
        let Window { center, width, function } = self;
        let enough = match function {
            Function::Linear => width >= 1.0,
            Function::Exact | Function::Sigmoid => width > 0.0,
        };
        let valid = enough && center.is_finite() && width.is_finite();
        if valid { Ok(self) } else { Err(Problem::Window { center, width }) }
    }

    /// Returns the first window of attributes; `None` if they have none.
    pub(super) fn of(set: &DataSet<'_>) -> Result<Option<Window>, Problem> {
        let (Some(center), Some(width)) = (set.decimal(CENTER)?, set.decimal(WIDTH)?) else {
            return Ok(None);
        };
        let function = match &*set.text(FUNCTION) {
            "" | "LINEAR" => Function::Linear,
            "LINEAR_EXACT" => Function::Exact,
            "SIGMOID" => Function::Sigmoid,
            other => return Err(Problem::Function { found: other.into() }),
        };
        Window { center, width, function }.checked().map(Some)
    }

    /// Converts an intensity to 0 to 1.
    pub(super) fn apply(&self, intensity: f64) -> f64 {
        let Window { mut center, mut width, function } = *self;
        match function {
            Function::Sigmoid => return 1.0 / (1.0 + (-4.0 * (intensity - center) / width).exp()),
            Function::Exact => {}
            Function::Linear => (center, width) = (center - 0.5, width - 1.0),
        }
        if intensity <= center - width / 2.0 {
            0.0
        } else if intensity > center + width / 2.0 {
            1.0
        } else {
            (intensity - center) / width + 0.5
        }
    }
}
