//! Layers over volumes, and dense layers along an axis, by kernels for images and rows. A volume's slices are so many images;
//! along its depth, it is an image whose rows are slices.

use super::{Expansion, Mode, any_windows, image, whole};
use crate::graph::{Graph, LayerId, Node, ParamId};
use crate::kernels::Kernel;
use crate::kernels::conv::{Conv, Window};
use crate::kernels::dense::{Dense, Sizes};
use crate::kernels::depth::{Depth, DepthTaps};
use crate::kernels::layout::{Layout, reorders};
use crate::kernels::pool::{Pool, Pooling};
use crate::kernels::remap::{Region, Remap};
use crate::kernels::tape::Id;
use crate::kernels::upsample::{Upsample, Upsampling};
use crate::names::variable;
use crate::ops::{self, AvgPool, Border, MaxPool, Sliding};

impl Expansion<'_> {
    /// Adds a product of the numbers along the last axis, which lie together in the caller's order.
    pub(super) fn dense_rows(&mut self, dense: &ops::Dense, node: &Node) -> Id {
        let (v, layer) = (node.inputs[0], node.layer);
        let name = variable(&self.graph.layer(layer).name);
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

    /// Adds a layer over volumes.
    pub(super) fn volume(&mut self, op: &Sliding<3>, x: Id, node: &Node, mode: Mode) -> Id {
        let volume = Volume::new(self.graph, node);
        match op {
            Sliding::Conv(conv) => self.volume_conv(conv, x, &node.params, &volume),
            Sliding::DepthwiseConv(conv) => {
                self.volume_conv(&conv.conv(volume.from[0]), x, &node.params, &volume)
            }
            Sliding::ConvTranspose(conv) => {
                let conv = conv.mirrored(volume.from[0]);
                self.volume_conv_transpose(&conv, x, &node.params, &volume)
            }
            Sliding::MaxPool(MaxPool { window, stride, pad, ceil }) => {
                let pool = |window, stride, pad| MaxPool { window, stride, pad, ceil: *ceil };
                let [slices, along] = split(window, stride, pad, pool);
                self.two(x, &volume, |this, x, step, name| {
                    let (part, depth) = if step.depth { (&along, true) } else { (&slices, false) };
                    let one = part.window == [1, 1] && part.stride == [1, 1];
                    if one && step.can_skip {
                        return x;
                    }
                    let pooling = Pooling { depth, ..Pooling::of_max(part, step.from, step.to, step.layer) };
                    this.max_pool(pooling, x, mode, &name, step.shape.to_vec())
                })
            }
            Sliding::AvgPool(AvgPool { window, stride, pad, count_pad, ceil }) => {
                let pool = |window, stride, pad| AvgPool {
                    window,
                    stride,
                    pad,
                    count_pad: *count_pad || pad == [0, 0],
                    ceil: *ceil,
                };
                let [slices, along] = split(window, stride, pad, pool);
                self.two(x, &volume, |this, x, step, name| {
                    let (part, depth) = if step.depth { (&along, true) } else { (&slices, false) };
                    if part.window == [1, 1] && part.stride == [1, 1] && step.can_skip {
                        return x;
                    }
                    let pooling = Pooling { depth, ..Pooling::of_avg(part, step.from, step.to, step.layer) };
                    this.step(Pool::Average(pooling), x, step, name)
                })
            }
            Sliding::AdaptivePool(op) if op.size == [1; 3] => {
                let y = self.sample(volume.name.clone(), volume.to.to_vec());
                self.op(whole(op.reduction, &volume.from), vec![x], vec![], vec![y], volume.layer);
                y
            }
            Sliding::AdaptivePool(op) => self.two(x, &volume, |this, x, step, name| {
                if step.from == step.to && step.can_skip {
                    return x;
                }
                let [_, down, across] = step.to;
                this.step(any_windows(op.reduction, step.from, [down, across]), x, step, name)
            }),
            Sliding::Upsample(op) => self.two(x, &volume, |this, x, step, name| {
                let [depth, height, width] = op.scale;
                let scale = if step.depth { [depth, 1] } else { [height, width] };
                if scale == [1, 1] && step.can_skip {
                    return x;
                }
                let sizes = Upsampling {
                    scale,
                    mode: op.mode,
                    input: step.from,
                    layer: step.layer,
                    depth: step.depth,
                };
                this.step(Upsample::Forward(sizes), x, step, name)
            }),
            Sliding::Pad(op) => {
                let start = op.border.map(|[before, _]| -(before as isize));
                self.volume_part(&VolumePart { start, step: [1; 3], border: op.mode }, x, &volume)
            }
        }
    }

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
    fn two(
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

    fn step(&mut self, kernel: impl Into<Kernel>, x: Id, step: &Step, name: String) -> Id {
        let y = self.sample(name, step.shape.to_vec());
        self.op(kernel, vec![x], vec![], vec![y], step.layer);
        y
    }

    /// Adds a convolution of slices that have the channels of all slices under the window.
    fn volume_conv(&mut self, conv: &ops::Conv<3>, x: Id, params: &[ParamId], volume: &Volume) -> Id {
        let ([c, _, h, w], [channels, deep, high, wide]) = (volume.from, volume.to);
        let depth = depth(conv, volume.from, deep);
        let x = if depth.moves() {
            let found = self.sample(format!("{}_slices", volume.name), vec![c * depth.taps, deep, h, w]);
            self.op(DepthTaps::Gather(depth), vec![x], vec![], vec![found], volume.layer);
            found
        } else {
            x
        };
        let window = Window {
            conv: of_slices(conv),
            input: [c * depth.taps, h, w],
            output: [channels, high, wide],
            layer: volume.layer,
        };
        self.conv(window, x, params, volume.name.clone(), vec![channels, deep, high, wide])
    }

    /// Adds a transposed convolution, where `conv` takes the output.
    fn volume_conv_transpose(
        &mut self,
        conv: &ops::Conv<3>,
        x: Id,
        params: &[ParamId],
        volume: &Volume,
    ) -> Id {
        let ([_, slices, h, w], [c, deep, high, wide]) = (volume.from, volume.to);
        let (name, layer) = (&volume.name, volume.layer);
        let depth = depth(conv, volume.to, slices);
        let window = Window {
            conv: of_slices(conv),
            input: [c * depth.taps, high, wide],
            output: [volume.from[0], h, w],
            layer,
        };
        let pack = (Conv::PackTransposed(window.clone()), window.packing().packed_transposed());
        let packed = self.pack(format!("{name}_packed_transposed"), pack, params[0], layer);
        let kernel = Conv::Transposed { window, activation: None };
        if !depth.moves() {
            let y = self.sample(name.clone(), vec![c, deep, high, wide]);
            self.op(kernel, vec![x, packed], params[1..].to_vec(), vec![y], layer);
            return y;
        }
        let spread = self.sample(format!("{name}_slices"), vec![c * depth.taps, slices, high, wide]);
        self.op(kernel, vec![x, packed], vec![], vec![spread], layer);
        let y = self.sample(name.clone(), vec![c, deep, high, wide]);
        self.op(DepthTaps::Scatter(depth), vec![spread], params[1..].to_vec(), vec![y], layer);
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
    name: String,
    from: [usize; 4],
    to: [usize; 4],
    layer: LayerId,
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
struct Step {
    from: [usize; 3],
    to: [usize; 3],
    /// True if the kernel goes along the depth.
    depth: bool,
    /// True if the kernel can be left out if it changes nothing.
    can_skip: bool,
    /// The output's shape, as a volume.
    shape: [usize; 4],
    layer: LayerId,
}

/// Returns the parts of a pool in the slices and along the depth.
fn split<P>(
    [deep, high, wide]: &[usize; 3],
    stride: &[usize; 3],
    pad: &[usize; 3],
    pool: impl Fn([usize; 2], [usize; 2], [usize; 2]) -> P,
) -> [P; 2] {
    [
        pool([*high, *wide], [stride[1], stride[2]], [pad[1], pad[2]]),
        pool([*deep, 1], [stride[0], 1], [pad[0], 0]),
    ]
}

fn volume(shape: &[usize]) -> [usize; 4] {
    let [c, h, w] = image(&shape[1..]);
    [shape[0], c, h, w]
}

fn depth(conv: &ops::Conv<3>, [channels, input, height, width]: [usize; 4], output: usize) -> Depth {
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

/// Returns the convolution of images that a convolution of volumes does in each slice.
fn of_slices(conv: &ops::Conv<3>) -> ops::Conv {
    let last = |sizes: [usize; 3]| [sizes[1], sizes[2]];
    ops::Conv {
        channels: conv.channels,
        kernel: last(conv.kernel),
        stride: last(conv.stride),
        pad: last(conv.pad),
        dilation: last(conv.dilation),
        groups: conv.groups,
        bias: conv.bias,
        init: conv.init,
    }
}
