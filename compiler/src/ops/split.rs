//! A value cut into parts, each of which gets a name.

use super::axis::{AXES, Axis};
use super::moves::Move;
use super::text::Text;
use super::{Args, Misfit, Operator};
use crate::args::{Datum, MAX_SIZE, Signature};

/// `split(parts, axis=channels)`: [torch.split](https://docs.pytorch.org/docs/stable/generated/torch.split.html) into sizes, or
/// into so many equal parts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Split {
    parts: Parts,
    axis: Axis,
}

#[derive(Clone, Debug, PartialEq)]
enum Parts {
    /// This number of parts of one size.
    Equal(usize),
    /// Parts of these sizes.
    Sizes(Vec<usize>),
}

impl Split {
    pub(crate) const NAME: &'static str = "split";
    pub(crate) const SIGNATURE: Signature<'static> =
        Signature { name: Self::NAME, positional: 2, params: &[("parts", None), ("axis", Some("channels"))] };

    /// Reads the arguments; the result is meaningless if that failed.
    pub(crate) fn read(args: &mut Args<'_>) -> Split {
        let axis = args.choice("axis", AXES);
        let equal = matches!(args.datum("parts"), Some(Datum::Int(_)));
        let expected = "how many parts, or a list of their sizes such as `[16, 32]`";
        let numbers: Vec<usize> =
            args.whole_list("parts", 1..=MAX_SIZE as i64, expected).iter().map(|&n| n as usize).collect();
        let parts = match numbers.as_slice() {
            [count] if equal => Parts::Equal(*count),
            _ => Parts::Sizes(numbers),
        };
        let split = Split { parts, axis };
        if !args.failed() && split.count() < 2 {
            let help = "leave it out, or take a part alone by `slice`";
            args.reject("E0306", "parts", "`split` makes at least two parts", "this is one", help);
        }
        split
    }

    /// Returns the number of parts.
    pub(crate) fn count(&self) -> usize {
        match &self.parts {
            Parts::Equal(count) => *count,
            Parts::Sizes(sizes) => sizes.len(),
        }
    }

    /// Returns the text that describes the split, without defaults.
    pub(crate) fn text(&self) -> String {
        let text = Text::new(Self::NAME);
        let text = match &self.parts {
            Parts::Equal(count) => text.arg(count),
            Parts::Sizes(sizes) => text.arg(&format!("{sizes:?}")),
        };
        text.option("axis", &self.axis, |axis| axis.name().into()).finish()
    }

    /// Returns the place where each part of a value of this shape begins, and where it ends.
    pub(crate) fn ranges(&self, input: &[usize]) -> Result<Vec<[usize; 2]>, Misfit> {
        let size = input[self.axis.place_in(Self::NAME, input)?];
        let what = match self.axis {
            Axis::Channels if input.len() == 1 => "features",
            Axis::Channels => "channels",
            Axis::Length => "places",
            Axis::Depth => "slices",
            Axis::Height => "rows",
            Axis::Width => "columns",
        };
        let sizes = match &self.parts {
            Parts::Equal(count) if size.is_multiple_of(*count) => vec![size / count; *count],
            Parts::Equal(count) => {
                return Err(Misfit::new(
                    "E0403",
                    format!("{count} parts cannot share {size} {what} evenly"),
                    format!("{size} {what} come in"),
                )
                .help("a list gives each part its size, as in `split([16, 32])`"));
            }
            Parts::Sizes(sizes) => sizes.clone(),
        };
        let sum: usize = sizes.iter().sum();
        if sum != size {
            return Err(Misfit::new(
                "E0403",
                format!("these parts have {sum} {what} together, not {size}"),
                format!("{size} {what} come in"),
            )
            .help("the parts of a `split` are all of its input; `slice` takes less"));
        }
        let mut end = 0;
        Ok(sizes
            .into_iter()
            .map(|size| {
                end += size;
                [end - size, end]
            })
            .collect())
    }

    /// Returns the operator that makes the part of this range.
    pub(crate) fn part(&self, [start, end]: [usize; 2]) -> Operator {
        Operator::Move(Move::Slice { axis: self.axis, start, end: Some(end), step: 1 })
    }
}
