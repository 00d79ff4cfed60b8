//! Convolutions as kernels. A convolution of volumes is one of slices that have the channels of all slices under the window, side by
//! side.

use super::Expansion;
use super::volume::Volume;
use crate::graph::{Node, ParamId};
use crate::kernels::conv::{Conv, Window};
use crate::kernels::depth::{Depth, DepthTaps};
use crate::kernels::tape::Id;
use crate::ops::{self, ConvTranspose};

impl Expansion<'_> {
    pub(super) fn conv(&mut self, conv: &ops::Conv, node: &Node) -> Id {
        let x = self.read(node.inputs[0], node.layer);
        if conv.kernel.directions() == 3 {
            return self.volume_conv(conv, x, node);
        }
        let window = Window::new(conv, self.image(node.inputs[0]), self.image(node.output), node.layer);
        self.packed_conv(window, x, node)
    }

    /// Adds a convolution by weights that are packed once per step.
    fn packed_conv(&mut self, window: Window, x: Id, node: &Node) -> Id {
        let pack = (Conv::Pack(window.clone()), window.packing().packed());
        let packed = self.pack(format!("{}_packed", self.name(node)), pack, node.params[0], node.layer);
        let y = self.output_of(node);
        self.op(Conv::forward(window), vec![x, packed], node.params[1..].to_vec(), vec![y], node.layer);
        y
    }

    pub(super) fn conv_transpose(&mut self, op: &ConvTranspose, node: &Node) -> Id {
        let x = self.read(node.inputs[0], node.layer);
        let conv = op.mirrored(self.shape(node.inputs[0])[0]);
        if conv.kernel.directions() == 3 {
            return self.volume_conv_transpose(&conv, x, node);
        }
        let window = Window::new(&conv, self.image(node.output), self.image(node.inputs[0]), node.layer);
        let (name, shape) = (self.name(node), self.shape(node.output).to_vec());
        self.packed_conv_transpose(window, x, &node.params[1..], node, name, shape)
    }

    /// Adds a transposed convolution by weights that are packed once per step; `window` takes the output.
    fn packed_conv_transpose(
        &mut self,
        window: Window,
        x: Id,
        bias: &[ParamId],
        node: &Node,
        name: String,
        shape: Vec<usize>,
    ) -> Id {
        let pack = (Conv::PackTransposed(window.clone()), window.packing().packed_transposed());
        let packed_name = format!("{}_packed_transposed", self.name(node));
        let packed = self.pack(packed_name, pack, node.params[0], node.layer);
        let y = self.sample(name, shape);
        let kernel = Conv::Transposed { window, activation: None };
        self.op(kernel, vec![x, packed], bias.to_vec(), vec![y], node.layer);
        y
    }

    fn volume_conv(&mut self, conv: &ops::Conv, x: Id, node: &Node) -> Id {
        let volume = Volume::new(self.graph, node);
        let ([c, _, h, w], [channels, deep, high, wide]) = (volume.from, volume.to);
        let depth = depth(conv, volume.from, deep);
        let x = if depth.moves() {
            let found = self.sample(format!("{}_slices", volume.name), vec![c * depth.taps, deep, h, w]);
            self.op(DepthTaps::Gather(depth), vec![x], vec![], vec![found], volume.layer);
            found
        } else {
            x
        };
        let window = Window::new(conv, [c * depth.taps, h, w], [channels, high, wide], volume.layer);
        self.packed_conv(window, x, node)
    }

    /// Adds a transposed convolution, where `conv` takes the output.
    fn volume_conv_transpose(&mut self, conv: &ops::Conv, x: Id, node: &Node) -> Id {
        let volume = Volume::new(self.graph, node);
        let ([channels, slices, h, w], [c, _, high, wide]) = (volume.from, volume.to);
        let layer = volume.layer;
        let depth = depth(conv, volume.to, slices);
        let window = Window::new(conv, [c * depth.taps, high, wide], [channels, h, w], layer);
        let bias = &node.params[1..];
        if !depth.moves() {
            return self.packed_conv_transpose(window, x, bias, node, volume.name, volume.to.to_vec());
        }
        let (name, shape) = (format!("{}_slices", volume.name), vec![c * depth.taps, slices, high, wide]);
        let spread = self.packed_conv_transpose(window, x, &[], node, name, shape);
        let y = self.output_of(node);
        self.op(DepthTaps::Scatter(depth), vec![spread], bias.to_vec(), vec![y], layer);
        y
    }
}

fn depth(conv: &ops::Conv, [channels, input, height, width]: [usize; 4], output: usize) -> Depth {
    Depth {
        channels,
        pixels: height * width,
        input,
        output,
        taps: conv.kernel[0],
        stride: conv.stride[0],
        pad: conv.pad[0],
        dilation: conv.dilation[0],
    }
}
