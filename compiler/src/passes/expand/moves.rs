//! Operators that only move numbers, as kernels.

use super::{Expansion, image, reorders};
use crate::graph::{LayerId, Node};
use crate::names::variable;
use crate::ops::{Border, Move};
use crate::tape::{Id, Kind, Remap, Restride};

impl Expansion<'_> {
    /// A flattening or reshaping: the order of an image's numbers changes only where it has several channels and several
    /// pixels.
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
            self.op(Kind::ToChannelsFirst, vec![x], vec![], vec![y], node.layer);
            y
        } else {
            self.read(v, node.layer)
        };
        if !reorders(&to) {
            return first;
        }
        let y = self.sample(name, to);
        self.op(Kind::ToChannelsLast, vec![first], vec![], vec![y], node.layer);
        y
    }
}

/// The kernel for a value of this shape; [`Expansion::reshape`] has those that keep the order.
pub(super) fn kind(moved: &Move, input: &[usize], output: &[usize], layer: LayerId) -> Kind {
    let (from, to) = (image(input), image(output));
    let [channels, height, width] = from;
    let part = Remap {
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
            let mut part = part;
            part.start[axis.index()] = *start as isize;
            part.step[axis.index()] = *step;
            Kind::Remap(part)
        }
        Move::Crop { size, at } => {
            let [top, left] = Move::corner(*size, *at, input);
            Kind::Remap(Remap { start: [0, top as isize, left as isize], ..part })
        }
        Move::Pad { border: [above, _, left, _], mode } => {
            Kind::Remap(Remap { start: [0, -(*above as isize), -(*left as isize)], border: *mode, ..part })
        }
        Move::Permute(order) => {
            let [c, h, w] = order.map(|axis| strides[axis]);
            Kind::Restride(Restride { sizes: [1, 1, to[1], to[2], to[0]], strides: [0, 0, h, w, c], layer })
        }
        Move::PixelShuffle(scale) => {
            let r = *scale;
            let [_, h, w] = strides;
            Kind::Restride(Restride {
                sizes: [height, r, width, r, to[0]],
                strides: [h, r, w, 1, r * r],
                layer,
            })
        }
        Move::PixelUnshuffle(scale) => {
            let r = *scale;
            let [_, h, w] = strides;
            Kind::Restride(Restride {
                sizes: [to[1], to[2], channels, r, r],
                strides: [r * h, r * w, 1, h, w],
                layer,
            })
        }
    }
}
