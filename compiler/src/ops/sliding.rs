//! Layers over signals and volumes: those whose windows slide along their `N` directions.

use super::{
    AdaptivePool, AvgPool, Border, Conv, ConvTranspose, DepthwiseConv, MaxPool, Misfit, Move, Operator,
    ParamSpec, Text, Upsample, count, extents, pair_text, product, thing,
};
use crate::args::MAX_PAD;
use crate::ops::Args;
use crate::ops::Shape;

/// A layer over values of `N` directions, defined as its namesake over images: over signals with `N = 1`, as PyTorch's `Conv1d`
/// is, over volumes with `N = 3`, as `Conv3d`.
#[derive(Clone, Debug, PartialEq)]
pub enum Sliding<const N: usize> {
    /// Cross-correlation.
    Conv(Conv<N>),
    /// The gradient of a convolution's input as a layer.
    ConvTranspose(ConvTranspose<N>),
    /// A convolution of each channel by itself.
    DepthwiseConv(DepthwiseConv<N>),
    /// The maximum of each window; the first one where several are equal.
    MaxPool(MaxPool<N>),
    /// The mean of each window.
    AvgPool(AvgPool<N>),
    /// The means or maxima of windows that divide the whole.
    AdaptivePool(AdaptivePool<N>),
    /// The value, larger by whole factors.
    Upsample(Upsample<N>),
    /// A border.
    Pad(Pad<N>),
}

/// A border around a signal or volume, as [torch.nn.functional.pad](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html)
/// makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pad<const N: usize> {
    /// The border before and after, along each direction.
    pub border: [[usize; 2]; N],
    /// The padding mode.
    pub mode: Border,
}

impl<const N: usize> Sliding<N> {
    pub(super) fn is_max_pool(&self) -> bool {
        match self {
            Sliding::MaxPool(_) => true,
            Sliding::Conv(_)
            | Sliding::ConvTranspose(_)
            | Sliding::DepthwiseConv(_)
            | Sliding::AvgPool(_)
            | Sliding::AdaptivePool(_)
            | Sliding::Upsample(_)
            | Sliding::Pad(_) => false,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Sliding::Conv(_) => "conv",
            Sliding::ConvTranspose(_) => "conv_transpose",
            Sliding::DepthwiseConv(_) => "depthwise_conv",
            Sliding::MaxPool(_) => "max_pool",
            Sliding::AvgPool(_) => "avg_pool",
            Sliding::AdaptivePool(op) => op.kind(),
            Sliding::Upsample(_) => "upsample",
            Sliding::Pad(_) => "pad",
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Sliding::Conv(op) => op.text(),
            Sliding::ConvTranspose(op) => op.text(),
            Sliding::DepthwiseConv(op) => op.text(),
            Sliding::MaxPool(op) => op.text(),
            Sliding::AvgPool(op) => op.text(),
            Sliding::AdaptivePool(op) => op.text(),
            Sliding::Upsample(op) => op.text(),
            Sliding::Pad(op) => op.text(),
        }
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        match self {
            Sliding::Conv(op) => op.shape(input),
            Sliding::ConvTranspose(op) => op.shape(input),
            Sliding::DepthwiseConv(op) => op.shape(input),
            Sliding::MaxPool(op) => op.shape(input),
            Sliding::AvgPool(op) => op.shape(input),
            Sliding::AdaptivePool(op) => op.shape(input),
            Sliding::Upsample(op) => op.shape(input),
            Sliding::Pad(op) => op.shape(input),
        }
    }

    pub(super) fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        match self {
            Sliding::Conv(op) => op.params(input),
            Sliding::ConvTranspose(op) => op.params(input),
            Sliding::DepthwiseConv(op) => op.params(input),
            Sliding::MaxPool(_)
            | Sliding::AvgPool(_)
            | Sliding::AdaptivePool(_)
            | Sliding::Upsample(_)
            | Sliding::Pad(_) => vec![],
        }
    }

    pub(super) fn flops(&self, input: &[usize], output: &[usize]) -> u64 {
        match self {
            Sliding::Conv(op) => op.flops(input, output),
            Sliding::ConvTranspose(op) => op.flops(input, output),
            Sliding::DepthwiseConv(op) => op.flops(input, output),
            Sliding::MaxPool(op) => count(output).saturating_mul(product(&op.window)),
            Sliding::AvgPool(op) => count(output).saturating_mul(product(&op.window)),
            Sliding::AdaptivePool(_) => count(input),
            Sliding::Upsample(op) => count(output).saturating_mul(op.flops_each()),
            Sliding::Pad(_) => 0,
        }
    }

    /// Returns true if the layer adds a bias.
    pub(crate) fn bias(&self) -> bool {
        match self {
            Sliding::Conv(op) => op.bias,
            Sliding::ConvTranspose(op) => op.bias,
            Sliding::DepthwiseConv(op) => op.bias,
            _ => false,
        }
    }

    /// Returns true if the layer multiplies by learned weights.
    pub(crate) fn is_linear(&self) -> bool {
        matches!(self, Sliding::Conv(_) | Sliding::ConvTranspose(_) | Sliding::DepthwiseConv(_))
    }

    /// Returns the number of output channels, and whether groups of them are apart, if the layer multiplies
    /// by weights.
    pub(crate) fn channels(&self) -> (usize, bool) {
        match self {
            Sliding::Conv(op) => (op.channels, op.groups > 1),
            Sliding::ConvTranspose(op) => (op.channels, op.groups > 1),
            _ => (0, true),
        }
    }

    /// Returns the number of groups of channels that the weight keeps apart; `first` is the weight's first
    /// size.
    pub(crate) fn groups(&self, first: usize) -> usize {
        match self {
            Sliding::Conv(op) => op.groups,
            Sliding::ConvTranspose(op) => op.groups,
            Sliding::DepthwiseConv(op) => first / op.multiplier,
            _ => 1,
        }
    }

    /// Returns the reason why the layer leaves a value of this shape as it is, if it does.
    pub(crate) fn does_nothing(&self, input: &[usize]) -> Option<&'static str> {
        let one = [1; N];
        match self {
            Sliding::MaxPool(op) if op.window == one && op.stride == one => Some("its window has one place"),
            Sliding::AvgPool(op) if op.window == one && op.stride == one => Some("its window has one place"),
            Sliding::Upsample(op) if op.scale == one => Some("its scale is 1"),
            Sliding::AdaptivePool(op) if input.get(1..) == Some(&op.size[..]) => {
                Some("its input has this size already")
            }
            Sliding::Pad(op) if op.border == [[0, 0]; N] => Some("its border is 0"),
            _ => None,
        }
    }
}

impl Sliding<1> {
    /// Returns the layer as one over images of height 1.
    pub fn on_image(&self) -> Operator {
        match self.clone() {
            Sliding::Conv(op) => Operator::Conv(flat_conv(&op)),
            Sliding::ConvTranspose(op) => {
                let flat = flat_conv(&op.mirrored(1));
                Operator::ConvTranspose(ConvTranspose {
                    channels: op.channels,
                    kernel: flat.kernel,
                    stride: flat.stride,
                    pad: flat.pad,
                    output_pad: [0, op.output_pad[0]],
                    dilation: flat.dilation,
                    groups: op.groups,
                    bias: op.bias,
                    init: op.init,
                })
            }
            Sliding::DepthwiseConv(op) => {
                let flat = flat_conv(&op.conv(1));
                Operator::DepthwiseConv(DepthwiseConv {
                    kernel: flat.kernel,
                    stride: flat.stride,
                    pad: flat.pad,
                    dilation: flat.dilation,
                    multiplier: op.multiplier,
                    bias: op.bias,
                    init: op.init,
                })
            }
            Sliding::MaxPool(MaxPool { window: [window], stride: [stride], pad: [pad], ceil }) => {
                Operator::MaxPool(MaxPool { window: [1, window], stride: [1, stride], pad: [0, pad], ceil })
            }
            Sliding::AvgPool(AvgPool { window: [window], stride: [stride], pad: [pad], count_pad, ceil }) => {
                Operator::AvgPool(AvgPool {
                    window: [1, window],
                    stride: [1, stride],
                    pad: [0, pad],
                    count_pad,
                    ceil,
                })
            }
            Sliding::AdaptivePool(AdaptivePool { size: [size], reduction }) => {
                Operator::AdaptivePool(AdaptivePool { size: [1, size], reduction })
            }
            Sliding::Upsample(Upsample { scale: [scale], mode }) => {
                Operator::Upsample(Upsample { scale: [1, scale], mode })
            }
            Sliding::Pad(Pad { border: [[before, after]], mode }) => {
                Operator::Move(Move::Pad { border: [0, 0, before, after], mode })
            }
        }
    }
}

fn flat_conv(op: &Conv<1>) -> Conv {
    Conv {
        channels: op.channels,
        kernel: [1, op.kernel[0]],
        stride: [1, op.stride[0]],
        pad: [0, op.pad[0]],
        dilation: [1, op.dilation[0]],
        groups: op.groups,
        bias: op.bias,
        init: op.init,
    }
}

impl<const N: usize> Pad<N> {
    /// Reads `pad(border, mode)`: a number, one for each direction, or two for each, before and after.
    pub(super) fn read(args: &mut Args<'_>, modes: &'static [(&'static str, Border)]) -> Pad<N> {
        let expected = match N {
            1 => "a whole number or [before, after]",
            _ => "a whole number, [depth, height, width] or [front, back, above, below, left, right]",
        };
        let sizes = args.whole_list("border", 0..=MAX_PAD as i64, expected);
        let size = |i: usize| sizes.get(i).map_or(0, |&size| size as usize);
        let border = match sizes.len() {
            1 => [[size(0); 2]; N],
            all if all == 2 * N => std::array::from_fn(|axis| [size(2 * axis), size(2 * axis + 1)]),
            each if each == N => std::array::from_fn(|axis| [size(axis); 2]),
            other => {
                let help = format!("write `pad(1)` for a border of one all around the {}", thing(N + 1));
                let message = format!("`border` of `pad` must be {expected}");
                args.reject("E0305", "border", message, format!("found a list of {other}"), help);
                [[0; 2]; N]
            }
        };
        Pad { border, mode: args.choice("mode", modes) }
    }

    fn text(&self) -> String {
        let text = Text::new("pad");
        let text = match self.border.iter().all(|[before, after]| before == after) {
            true => text.arg(&pair_text(&self.border.map(|[before, _]| before))),
            false => text.arg(&format!("{:?}", self.border.concat())),
        };
        text.option("mode", &self.mode, |mode| mode.name().to_string()).finish()
    }

    fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        let sizes = extents::<N>("pad", input)?;
        let names = ["depth", "height", "width"];
        for (axis, (&size, border)) in sizes.iter().zip(&self.border).enumerate() {
            let most = match self.mode {
                Border::Zeros | Border::Replicate => continue,
                Border::Reflect => size - 1,
                Border::Circular => size,
            };
            if border.iter().any(|border| *border > most) {
                let direction = if N == 1 { "length" } else { names[axis] };
                return Err(Misfit::new(
                    "E0409",
                    format!("a border of this kind can be at most {most} here"),
                    format!("the {direction} of the {} is {size}", thing(N + 1)),
                )
                .help("`mode=replicate` and `mode=zeros` make borders of any size"));
            }
        }
        let padded = sizes.iter().zip(&self.border).map(|(size, [before, after])| before + size + after);
        Ok(input[..1].iter().copied().chain(padded).collect())
    }
}
