//! Random changes as kernels; there are none in inference.

use super::{Expansion, Mode};
use crate::graph::Node;
use crate::kernels::dropout::{Dropout, Units};
use crate::kernels::tape::{Element, Extent, Id};
use crate::ops::Noise;

impl Expansion<'_> {
    pub(super) fn noise(&mut self, noise: Noise, node: &Node, mode: Mode) -> Id {
        let x = self.read(node.inputs[0], node.layer);
        if !mode.has_noise() {
            return x;
        }
        let shape = self.shape(node.output).to_vec();
        let (channels, pixels) = (shape[0], shape[1..].iter().product());
        let (kernel, mask) = match noise {
            Noise::Dropout(p) => (Dropout::Forward(p), shape),
            Noise::SpatialDropout(p) => {
                (Dropout::Units(p, Units { channels, pixels, units: channels }), vec![channels])
            }
            Noise::StochasticDepth(p) => (Dropout::Units(p, Units { channels, pixels, units: 1 }), vec![1]),
            Noise::AlphaDropout(p) => (Dropout::Alpha(p), shape),
            Noise::Gaussian(deviation) => (Dropout::Normal(deviation), vec![]),
        };
        let y = self.output_of(node);
        let mut writes = vec![y];
        if !mask.is_empty() {
            let name = format!("{}_mask", self.name(node));
            writes.push(self.tape.push(name, mask, Extent::Sample, Element::Byte));
        }
        self.op(kernel, vec![x], vec![], writes, node.layer);
        y
    }
}
