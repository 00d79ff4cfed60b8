//! Enlarging as kernels.

use super::Expansion;
use super::volume::Volume;
use crate::graph::Node;
use crate::kernels::tape::Id;
use crate::kernels::upsample::{Upsample, Upsampling};
use crate::ops;

impl Expansion<'_> {
    pub(super) fn upsample(&mut self, op: ops::Upsample, node: &Node) -> Id {
        let (mode, layer) = (op.mode, node.layer);
        if op.scale.directions() < 3 {
            let (scale, input) = (op.scale.over_image(1), self.image(node.inputs[0]));
            return self
                .one_call(Upsample::Forward(Upsampling { scale, mode, input, layer, depth: false }), node);
        }
        let x = self.read(node.inputs[0], layer);
        let [depth, height, width] = op.scale.over_volume(1);
        self.two(x, &Volume::new(self.graph, node), |this, x, step, name| {
            let scale = if step.depth { [depth, 1] } else { [height, width] };
            if scale == [1, 1] && step.can_skip {
                return x;
            }
            let sizes = Upsampling { scale, mode, input: step.from, layer, depth: step.depth };
            this.step(Upsample::Forward(sizes), x, step, name)
        })
    }
}
