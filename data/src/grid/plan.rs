//! Geometry of a fit: which part of each axis is scaled to which part of the network's.

use super::Step;
use netwright_model::Fit;

/// The part of an axis that is scaled, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// The first and the last edge, as precise as Pillow has them, so that ties are the same.
    pub(super) from: [f32; 2],
    /// The length that this part is scaled to.
    pub(super) inner: usize,
    /// The offset of the scaled part in the result.
    offset: usize,
}

impl Part {
    /// Returns true if all of an axis stays as it is.
    pub(super) fn is_whole(&self, len: usize) -> bool {
        self.inner == len && self.from == [0.0, len as f32]
    }
}

/// The parts of all axes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) axes: Vec<Part>,
}

impl Plan {
    /// Plans the way from an array of a size to the wanted one, as `ImageOps.pad` and `ImageOps.fit` of Pillow round pictures; `None`
    /// if the sizes have to be equal and are not.
    pub(super) fn new(found: &[usize], wanted: &[usize], fit: Fit) -> Option<Plan> {
        if found.len() != wanted.len() || found.contains(&0) || wanted.contains(&0) {
            return None;
        }
        let lens = || found.iter().zip(wanted);
        // The axis that decides: all others are scaled by the same factor.
        let factor = |axis: usize| wanted[axis] as f64 / found[axis] as f64;
        let by_factor = |&a: &usize, &b: &usize| factor(a).total_cmp(&factor(b));
        let axes = match fit {
            Fit::Exact => return None,
            Fit::Stretch => lens().map(|(&len, &outer)| whole(len, outer)).collect(),
            Fit::Pad => {
                let decisive = (0..found.len()).min_by(by_factor)?;
                let pad = |(&len, &outer): (&usize, &usize)| {
                    let scaled = len as f64 / found[decisive] as f64 * wanted[decisive] as f64;
                    let inner = (scaled.round_ties_even() as usize).clamp(1, outer);
                    let offset = ((outer - inner) as f64 * 0.5).round_ties_even() as usize;
                    Part { inner, offset, ..whole(len, outer) }
                };
                lens().map(pad).collect()
            }
            Fit::Crop => {
                let decisive = (0..found.len()).max_by(by_factor)?;
                let crop = |(&len, &outer): (&usize, &usize)| {
                    let part = outer as f64 / wanted[decisive] as f64 * found[decisive] as f64;
                    let part = part.min(len as f64);
                    let start = (len as f64 - part) * 0.5;
                    Part { from: [start as f32, (start + part) as f32], ..whole(len, outer) }
                };
                lens().map(crop).collect()
            }
        };
        Some(Plan { axes })
    }

    /// Returns the way from the result's indices to those of the array.
    pub(super) fn steps(&self) -> Vec<Step> {
        let step = |part: &Part| {
            let [start, end] = part.from.map(f64::from);
            let scale = (end - start) / part.inner as f64;
            Step { scale, first: start + (0.5 - part.offset as f64) * scale - 0.5 }
        };
        self.axes.iter().map(step).collect()
    }

    pub(super) fn offsets(&self) -> Vec<usize> {
        self.axes.iter().map(|part| part.offset).collect()
    }
}

fn whole(len: usize, outer: usize) -> Part {
    Part { from: [0.0, len as f32], inner: outer, offset: 0 }
}
