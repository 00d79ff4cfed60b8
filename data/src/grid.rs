//! Arrays of intensities with channels, fitted to a network's size.

mod axis;
mod plan;

use crate::taps::Taps;
use netwright_model::Fit;
use plan::Plan;
use thiserror::Error;

/// An array of intensities with any number of axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The number of channels.
    pub channels: usize,
    /// The lengths of the axes after the channels, such as depth, height and width.
    pub shape: Vec<usize>,
    /// The intensities in the order of C: all of the first channel, then those of the others.
    pub data: Vec<f32>,
}

/// The way to an intensity between voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The mean of the voxels around the place, weighted by their closeness.
    Linear,
    /// The intensity of the closest voxel: the way of masks, whose numbers are names of classes.
    Nearest,
}

/// The problem with an array's size.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Problem {
    #[error("has a size of {}, expected {}", sizes(.found), sizes(.expected))]
    Size { found: Vec<usize>, expected: Vec<usize> },
    #[error("has {found} channel{}, expected {expected}", if *.found == 1 { "" } else { "s" })]
    Channels { found: usize, expected: usize },
}

impl Problem {
    /// Returns advice that fixes the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Problem::Size { found, .. } => format!(
                "write `fit=stretch`, `fit=pad` or `fit=crop`, or a network with `input [channels, {}]`",
                listed(found, ", ")
            ),
            Problem::Channels { found, .. } => {
                format!("write a network with {found} as the first number of its `input`")
            }
        })
    }
}

fn sizes(sizes: &[usize]) -> String {
    listed(sizes, " x ")
}

fn listed(sizes: &[usize], separator: &str) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(separator)
}

/// The way from indices of a fitted axis to those of the axis before: `scale · index + first`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The distance of two neighbours on the axis before.
    pub scale: f64,
    /// The place of the first one on the axis before.
    pub first: f64,
}

impl Step {
    /// The way between equal axes.
    pub const NONE: Step = Step { scale: 1.0, first: 0.0 };

    /// Returns the way from the opposite end of an axis of `fitted` samples to the opposite end of one of `before` samples.
    pub fn reversed(self, fitted: usize, before: usize) -> Step {
        let last = self.scale * (fitted - 1) as f64 + self.first;
        Step { first: (before - 1) as f64 - last, ..self }
    }
}

/// Returns the way along each axis from an array of the wanted size to the one that [`Grid::fitted`] makes it of.
///
/// # Errors
/// If the sizes have to be equal and are not.
pub fn steps(found: &[usize], wanted: &[usize], fit: Fit) -> Result<Vec<Step>, Problem> {
    if found == wanted {
        return Ok(vec![Step::NONE; wanted.len()]);
    }
    let size = || Problem::Size { found: found.to_vec(), expected: wanted.to_vec() };
    Ok(Plan::new(found, wanted, fit).ok_or_else(size)?.steps())
}

impl Grid {
    /// Scales the array to a size, antialiased as Pillow's `Resampling.BILINEAR` along each axis; a mask takes the nearest voxels.
    ///
    /// # Errors
    /// If the sizes have to be equal and are not.
    pub fn fitted(
        self,
        wanted: &[usize],
        fit: Fit,
        background: f32,
        interpolation: Interpolation,
    ) -> Result<Grid, Problem> {
        if self.shape == wanted {
            return Ok(self);
        }
        let size = || Problem::Size { found: self.shape.clone(), expected: wanted.to_vec() };
        let plan = Plan::new(&self.shape, wanted, fit).ok_or_else(size)?;
        let mut grid = self;
        for (axis, part) in plan.axes.iter().enumerate() {
            let len = grid.shape[axis];
            if part.is_whole(len) {
                continue;
            }
            let taps = axis::taps(len, part.from, part.inner, interpolation);
            grid = grid.along(axis, &taps, part.inner);
        }
        Ok(grid.placed(wanted, &plan.offsets(), background))
    }

    /// Makes each sample of an axis a weighted sum of its neighbours.
    fn along(&self, axis: usize, taps: &Taps, outputs: usize) -> Grid {
        let inner: usize = self.shape[axis + 1..].iter().product();
        let len = self.shape[axis];
        let mut shape = self.shape.clone();
        shape[axis] = outputs;
        let mut data = Vec::with_capacity(self.channels * shape.iter().product::<usize>());
        for block in self.data.chunks_exact((len * inner).max(1)) {
            for (first, weights) in taps.iter() {
                let start = data.len();
                data.resize(start + inner, 0.0);
                let sum = &mut data[start..];
                for (row, &weight) in block[first * inner..].chunks_exact(inner).zip(weights) {
                    sum.iter_mut().zip(row).for_each(|(sum, &voxel)| *sum += weight * voxel);
                }
            }
        }
        Grid { channels: self.channels, shape, data }
    }

    /// Puts the array into a larger one of `background`.
    fn placed(self, outer: &[usize], offsets: &[usize], background: f32) -> Grid {
        if self.shape == outer {
            return self;
        }
        let width = self.shape.last().copied().unwrap_or(1).max(1);
        let mut data = vec![background; self.channels * outer.iter().product::<usize>()];
        for (number, row) in self.data.chunks_exact(width).enumerate() {
            // The row's place along each axis, from the last but one to the channels.
            let (mut rest, mut start, mut stride) = (number, 0, 1);
            for axis in (0..outer.len()).rev() {
                let index = if axis + 1 == outer.len() { 0 } else { rest % self.shape[axis] };
                if axis + 1 < outer.len() {
                    rest /= self.shape[axis];
                }
                start += (index + offsets[axis]) * stride;
                stride *= outer[axis];
            }
            let start = start + rest * stride;
            data[start..start + width].copy_from_slice(row);
        }
        Grid { channels: self.channels, shape: outer.to_vec(), data }
    }
}

#[cfg(test)]
mod tests;
