//! Normalisations as kernels.

use super::{Expansion, Mode};
use crate::graph::Node;
use crate::kernels::batch_norm::{BatchNorm, Statistics};
use crate::kernels::layout::reorders;
use crate::kernels::sample_norm::{self, Grouping};
use crate::kernels::tape::{Element, Extent, Id};
use crate::names::variable;
use crate::ops::{self, Parts, SampleNorm};

impl Expansion<'_> {
    pub(super) fn batch_norm(&mut self, norm: &ops::BatchNorm, node: &Node, mode: Mode) -> Id {
        let x = self.read(node.inputs[0], node.layer);
        let channels = self.shape(node.output)[0];
        let norm = Statistics { channels, eps: norm.eps, momentum: norm.momentum };
        let name = self.name(node);
        let (layer, p) = (node.layer, &node.params);
        let y = self.output_of(node);
        // Frozen statistics neither follow the batch nor depend on it.
        if mode != Mode::Training || self.graph.param(p[2]).frozen {
            self.op(BatchNorm::NormalizeRunning(norm, None), vec![x], p.clone(), vec![y], layer);
            return y;
        }
        let moments = self.tape.push(
            format!("{name}_moments"),
            vec![2 * channels + 1],
            Extent::Partial,
            Element::Float,
        );
        let stats =
            self.tape.push(format!("{name}_stats"), vec![2 * channels], Extent::Whole, Element::Float);
        self.op(BatchNorm::Moments { channels }, vec![x], vec![], vec![moments], layer);
        self.op(BatchNorm::FinishMoments(norm), vec![moments], p[2..].to_vec(), vec![stats], layer);
        let kernel = BatchNorm::Normalize { channels, activation: None };
        self.op(kernel, vec![x, stats], p[..2].to_vec(), vec![y], layer);
        y
    }

    pub(super) fn sample_norm(&mut self, norm: SampleNorm, node: &Node, mode: Mode) -> Id {
        let x = self.read(node.inputs[0], node.layer);
        let name = self.name(node);
        let shape = self.graph.value(node.output).shape.clone();
        let (channels, pixels) = (shape[0], shape[1..].iter().product());
        let (groups, pixels) = match norm.parts {
            Parts::Sample => (1, pixels),
            Parts::Pixels => (1, 1),
            Parts::Groups(groups) => (groups, pixels),
            Parts::Channels => (channels, pixels),
        };
        let weights = node.params.first().filter(|_| norm.affine).map_or(0, |&p| self.graph.param(p).len());
        let grouping = Grouping {
            channels,
            pixels,
            groups,
            centered: norm.centered,
            eps: norm.eps,
            weights,
            bias: norm.bias,
        };
        let mut reads = vec![x];
        for &param in &node.params {
            if reorders(&self.graph.param(param).shape) {
                let packed = variable(&format!("{}_last", self.graph.param(param).name));
                let kernel = sample_norm::SampleNorm::ReorderParam { channels, pixels };
                reads.push(self.pack(packed, (kernel, weights), param, node.layer));
            }
        }
        let y = self.output_of(node);
        let mut writes = vec![y];
        if mode.has_gradients() {
            let normalised = shape.iter().product::<usize>() / norm.together(&shape);
            writes.push(self.sample(format!("{name}_stats"), vec![2 * normalised]));
        }
        let kernel = sample_norm::SampleNorm::Forward(grouping, None);
        self.op(kernel, reads, node.params.clone(), writes, node.layer);
        y
    }
}
