//! Operators that only move numbers, as kernels.

use super::volume::{Volume, VolumePart};
use super::{Expansion, image};
use crate::graph::{LayerId, Node};
use crate::kernels::Kernel;
use crate::kernels::layout::{Layout, reorders};
use crate::kernels::remap::{Region, Remap};
use crate::kernels::restride::{Order, Restride};
use crate::kernels::tape::Id;
use crate::names::variable;
use crate::ops::{Border, Move, Pad};

impl Expansion<'_> {
    pub(super) fn moved(&mut self, moved: &Move, node: &Node) -> Id {
        if let Move::Reshape(_) = moved {
            return self.reshape(node);
        }
        let v = node.inputs[0];
        match part_of_volume(moved, self.shape(v)) {
            Some(part) => {
                let x = self.read(v, node.layer);
                self.volume_part(&part, x, &Volume::new(self.graph, node))
            }
            None => {
                let kernel = kernel(moved, self.shape(v), self.shape(node.output), node.layer);
                self.one_call(kernel, node)
            }
        }
    }

    pub(super) fn pad(&mut self, pad: &Pad, node: &Node) -> Id {
        let before = |axis: usize| -(pad.border[axis][0] as isize);
        if let [_, _, _] = *pad.border {
            let part = VolumePart { start: [0, 1, 2].map(before), step: [1; 3], border: pad.mode };
            let x = self.read(node.inputs[0], node.layer);
            return self.volume_part(&part, x, &Volume::new(self.graph, node));
        }
        let rows = if pad.border.len() == 2 { before(0) } else { 0 };
        let part = Region {
            input: self.image(node.inputs[0]),
            output: self.image(node.output),
            start: [0, rows, before(pad.border.len() - 1)],
            step: [1; 3],
            border: pad.mode,
            layer: node.layer,
            depth: false,
        };
        self.one_call(Remap::Take(part), node)
    }

    /// Adds a flattening or reshaping: the order of an image's numbers changes only where it has several
    /// channels and several pixels.
    pub(super) fn reshape(&mut self, node: &Node) -> Id {
        let v = node.inputs[0];
        let name = variable(&self.graph.layer(node.layer).name);
        let (from, to) = (self.graph.value(v).shape.clone(), self.graph.value(node.output).shape.clone());
        if from == to {
            return self.read(v, node.layer);
        }
        let first = if self.graph.inputs.contains(&v) {
            self.given(v)
        } else if reorders(&from) {
            let x = self.read(v, node.layer);
            let name = if reorders(&to) { format!("{name}_first") } else { name.clone() };
            let y = self.sample(name, vec![from.iter().product()]);
            self.op(Layout::ChannelsFirst, vec![x], vec![], vec![y], node.layer);
            y
        } else {
            self.read(v, node.layer)
        };
        if !reorders(&to) {
            return first;
        }
        let y = self.sample(name, to);
        self.op(Layout::ChannelsLast, vec![first], vec![], vec![y], node.layer);
        y
    }
}

/// Returns the part of a volume that takes two kernels: in directions of its own, channels aside.
fn part_of_volume(moved: &Move, input: &[usize]) -> Option<VolumePart> {
    let mut part = VolumePart { start: [0; 3], step: [1; 3], border: Border::Zeros };
    match moved {
        Move::Slice { axis, start, step, .. } if input.len() == 4 => {
            let direction = axis.place(input.len())?.checked_sub(1)?;
            part.start[direction] = *start as isize;
            part.step[direction] = *step;
        }
        Move::Crop { size, at } if input.len() == 4 => {
            let corner = Move::corner(size, at.as_deref(), input);
            part.start.iter_mut().zip(corner).for_each(|(start, at)| *start = at as isize);
        }
        _ => return None,
    }
    Some(part)
}

/// Returns the kernel for a value of this shape; [`Expansion::reshape`] has those that keep the order, and
/// [`part_of_volume`] those that take two.
fn kernel(moved: &Move, input: &[usize], output: &[usize], layer: LayerId) -> Kernel {
    let (from, to) = (image(input), image(output));
    let [channels, height, width] = from;
    let part = Region {
        input: from,
        output: to,
        start: [0; 3],
        step: [1; 3],
        border: Border::Zeros,
        layer,
        depth: false,
    };
    // Places of the input: channels lie last.
    let strides = [1, width * channels, channels];
    match moved {
        Move::Reshape(_) => unreachable!("it has no kernel of its own"),
        Move::Slice { axis, start, step, .. } => {
            // A signal's length is the width of an image of height 1.
            let place = match axis.place(input.len()).unwrap_or_default() {
                0 => 0,
                place => place + 3 - input.len(),
            };
            let mut part = part;
            part.start[place] = *start as isize;
            part.step[place] = *step;
            Remap::Take(part).into()
        }
        Move::Crop { size, at } => {
            let corner = Move::corner(size, at.as_deref(), input);
            let mut part = part;
            part.start
                .iter_mut()
                .rev()
                .zip(corner.iter().rev())
                .for_each(|(start, &at)| *start = at as isize);
            Remap::Take(part).into()
        }
        Move::Permute(order) => {
            // The loops from the innermost outwards: channels, then the other axes from the last.
            let stride = |axis: usize| match axis {
                0 => 1,
                _ => channels * input[axis + 1..].iter().product::<usize>(),
            };
            let (mut sizes, mut strides) = ([1; 5], [0; 5]);
            for (i, place) in std::iter::once(0).chain((1..order.len()).rev()).enumerate() {
                sizes[4 - i] = output[place];
                strides[4 - i] = stride(order[place]);
            }
            Restride::Reorder(Order { sizes, strides, layer }).into()
        }
        Move::PixelShuffle(scale) => {
            let r = *scale;
            let [_, h, w] = strides;
            let sizes = [height, r, width, r, to[0]];
            Restride::Reorder(Order { sizes, strides: [h, r, w, 1, r * r], layer }).into()
        }
        Move::PixelUnshuffle(scale) => {
            let r = *scale;
            let [_, h, w] = strides;
            let sizes = [to[1], to[2], channels, r, r];
            Restride::Reorder(Order { sizes, strides: [r * h, r * w, 1, h, w], layer }).into()
        }
    }
}
