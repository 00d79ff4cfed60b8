//! Dense layers as kernels.

use super::{Expansion, Mode};
use crate::graph::Node;
use crate::kernels::dense::{Dense, Sizes};
use crate::kernels::layout::{Layout, reorders};
use crate::kernels::tape::Id;
use crate::ops::{self, DenseAxis};

impl Expansion<'_> {
    pub(super) fn dense(&mut self, dense: &ops::Dense, node: &Node, mode: Mode) -> Id {
        match dense.axis {
            DenseAxis::Features => self.dense_features(dense, node, mode),
            DenseAxis::Last => self.dense_rows(dense, node),
        }
    }

    /// Adds a product of all features. Weights that no longer change are packed once.
    fn dense_features(&mut self, dense: &ops::Dense, node: &Node, mode: Mode) -> Id {
        let sizes = Sizes { inputs: self.shape(node.inputs[0])[0], outputs: dense.units };
        let packed = !mode.has_gradients() && sizes.is_worth_packing();
        let (mut reads, mut params) = (self.reads(node), node.params.clone());
        if packed {
            let name = format!("{}_packed", self.name(node));
            reads.push(self.pack(name, (Dense::Pack(sizes), sizes.packed()), params.remove(0), node.layer));
        }
        let y = self.output_of(node);
        self.op(Dense::forward(sizes, packed), reads, params, vec![y], node.layer);
        y
    }

    /// Adds a product of the numbers along the last axis, which lie together in the caller's order.
    fn dense_rows(&mut self, dense: &ops::Dense, node: &Node) -> Id {
        let (v, layer) = (node.inputs[0], node.layer);
        let name = self.name(node);
        let (from, to) = (self.graph.value(v).shape.clone(), self.graph.value(node.output).shape.clone());
        let x = if !reorders(&from) {
            self.read(v, layer)
        } else if self.graph.inputs.contains(&v) {
            self.given(v)
        } else {
            let x = self.read(v, layer);
            let first = self.sample(format!("{name}_first"), from.clone());
            self.op(Layout::ChannelsFirst, vec![x], vec![], vec![first], layer);
            first
        };
        let sizes = Sizes { inputs: from[from.len() - 1], outputs: dense.units };
        let kernel = Dense::forward(sizes, false);
        if !reorders(&to) {
            let y = self.sample(name, to);
            self.op(kernel, vec![x], node.params.clone(), vec![y], layer);
            return y;
        }
        let rows = self.sample(format!("{name}_rows"), to.clone());
        self.op(kernel, vec![x], node.params.clone(), vec![rows], layer);
        let y = self.sample(name, to);
        self.op(Layout::ChannelsLast, vec![rows], vec![], vec![y], layer);
        y
    }
}
