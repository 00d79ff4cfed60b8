//! Layers over volumes by kernels for images: each slice of a volume is an image; along its depth, a volume is an image whose rows
//! are slices.

use super::{Expansion, image};
use crate::graph::{Graph, LayerId, Node};
use crate::kernels::Kernel;
use crate::kernels::remap::{Region, Remap};
use crate::kernels::tape::Id;
use crate::names::variable;
use crate::ops::Border;

impl Expansion<'_> {
    /// Adds a part of a volume, or one with a border.
    pub(super) fn volume_part(&mut self, part: &VolumePart, x: Id, volume: &Volume) -> Id {
        let ([deep, down, across], [slices, rows, columns]) = (part.start, part.step);
        self.two(x, volume, |this, x, step, name| {
            if step.from == step.to && step.can_skip {
                return x;
            }
            let part = Region {
                input: step.from,
                output: step.to,
                start: if step.depth { [0, deep, 0] } else { [0, down, across] },
                step: if step.depth { [1, slices, 1] } else { [1, rows, columns] },
                border: if step.from == step.to { Border::Zeros } else { part.border },
                layer: step.layer,
                depth: step.depth,
            };
            this.step(Remap::Take(part), x, step, name)
        })
    }

    /// Adds one kernel for all slices, then one along the depth; either may find nothing to do.
    pub(super) fn two(
        &mut self,
        x: Id,
        volume: &Volume,
        mut kernel: impl FnMut(&mut Self, Id, &Step, String) -> Id,
    ) -> Id {
        let ([c, depth, height, width], [_, deep, high, wide]) = (volume.from, volume.to);
        let layer = volume.layer;
        let first = Step {
            from: [c, height, width],
            to: [c, high, wide],
            depth: false,
            can_skip: true,
            shape: [c, depth, high, wide],
            layer,
        };
        let between = kernel(self, x, &first, format!("{}_slices", volume.name));
        let last = Step {
            from: [c, depth, high * wide],
            to: [c, deep, high * wide],
            depth: true,
            can_skip: between != x,
            shape: volume.to,
            layer,
        };
        let y = kernel(self, between, &last, volume.name.clone());
        if y == between {
            self.tape.rename(y, volume.name.clone());
        }
        y
    }

    pub(super) fn step(&mut self, kernel: impl Into<Kernel>, x: Id, step: &Step, name: String) -> Id {
        let y = self.sample(name, step.shape.to_vec());
        self.op(kernel, vec![x], vec![], vec![y], step.layer);
        y
    }
}

/// The numbers of a volume that another consists of, along depth, height and width.
pub(super) struct VolumePart {
    /// The place that the first one is at; less than 0 in a border.
    pub(super) start: [isize; 3],
    /// The distance in the input of two neighbours of the output.
    pub(super) step: [usize; 3],
    /// The border.
    pub(super) border: Border,
}

/// A layer over volumes: channels, depth, height and width before and after.
pub(super) struct Volume {
    pub(super) name: String,
    pub(super) from: [usize; 4],
    pub(super) to: [usize; 4],
    pub(super) layer: LayerId,
}

impl Volume {
    /// Describes a node that makes a volume of a volume.
    pub(super) fn new(graph: &Graph, node: &Node) -> Volume {
        Volume {
            name: variable(&graph.layer(node.layer).name),
            from: volume(&graph.value(node.inputs[0]).shape),
            to: volume(&graph.value(node.output).shape),
            layer: node.layer,
        }
    }
}

/// One of two kernels of a layer, as it sees images.
pub(super) struct Step {
    pub(super) from: [usize; 3],
    pub(super) to: [usize; 3],
    /// True if the kernel goes along the depth.
    pub(super) depth: bool,
    /// True if the kernel can be left out if it changes nothing.
    pub(super) can_skip: bool,
    /// The output's shape, as a volume.
    pub(super) shape: [usize; 4],
    pub(super) layer: LayerId,
}

fn volume(shape: &[usize]) -> [usize; 4] {
    let [c, h, w] = image(&shape[1..]);
    [shape[0], c, h, w]
}
