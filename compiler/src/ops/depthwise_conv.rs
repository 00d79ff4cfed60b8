//! Depthwise convolution, alone and as the first part of a separable one.

use super::conv::read_pad;
use super::{
    Conv, Entry, Init, Misfit, Operator, ParamSpec, Sliding, Text, extents, pair_text, plain_text,
    window_text,
};
use crate::args::{MAX_SIZE, MAX_WINDOW, Signature};
use crate::ops::Args;
use crate::ops::Shape;

/// `depthwise_conv(KxK, stride=1, pad=0, dilation=1, multiplier=1, bias=true, init=he_uniform)`: a [`Conv`] with a group
/// for each channel of its input.
#[derive(Clone, Debug, PartialEq)]
pub struct DepthwiseConv<const N: usize = 2> {
    /// The window.
    pub kernel: [usize; N],
    /// Steps of the window.
    pub stride: [usize; N],
    /// Zeros around the image.
    pub pad: [usize; N],
    /// Distance between the window's taps.
    pub dilation: [usize; N],
    /// The number of output channels for each input channel, side by side.
    pub multiplier: usize,
    /// True if a bias is added.
    pub bias: bool,
    /// The weights before training.
    pub init: Init,
}

pub(super) const DEPTHWISE_CONV: Entry = Entry {
    signature: Signature {
        name: "depthwise_conv",
        positional: 1,
        params: &[
            ("kernel", None),
            ("stride", Some("1")),
            ("pad", Some("0")),
            ("pad_mode", Some("zeros")),
            ("dilation", Some("1")),
            ("multiplier", Some("1")),
            ("bias", Some("true")),
            ("init", Some("he_uniform")),
        ],
    },
    read: |args: &mut Args<'_>| match args.directions() {
        1 => Operator::Signal(Sliding::DepthwiseConv(read_as(args))),
        3 => Operator::Volume(Sliding::DepthwiseConv(read_as(args))),
        _ => Operator::DepthwiseConv(read_as(args)),
    },
};

pub(super) const SEPARABLE_CONV: Entry = Entry {
    signature: Signature {
        name: "separable_conv",
        positional: 2,
        params: &[
            ("channels", None),
            ("kernel", None),
            ("stride", Some("1")),
            ("pad", Some("0")),
            ("pad_mode", Some("zeros")),
            ("dilation", Some("1")),
            ("multiplier", Some("1")),
            ("bias", Some("true")),
            ("init", Some("he_uniform")),
        ],
    },
    read: |args: &mut Args<'_>| match args.directions() {
        1 => {
            let depthwise = Operator::Signal(Sliding::DepthwiseConv(read_depthwise(args)));
            args.apply_before("depthwise", depthwise);
            Operator::Signal(Sliding::Conv(read_pointwise::<1>(args)))
        }
        3 => {
            let depthwise = Operator::Volume(Sliding::DepthwiseConv(read_depthwise(args)));
            args.apply_before("depthwise", depthwise);
            Operator::Volume(Sliding::Conv(read_pointwise::<3>(args)))
        }
        _ => {
            let depthwise = Operator::DepthwiseConv(read_depthwise(args));
            args.apply_before("depthwise", depthwise);
            Operator::Conv(read_pointwise::<2>(args))
        }
    },
};

/// Reads the first part of a separable convolution.
fn read_depthwise<const N: usize>(args: &mut Args<'_>) -> DepthwiseConv<N> {
    DepthwiseConv { bias: false, ..read_as(args) }
}

/// Reads the second part, which mixes the channels of each pixel.
fn read_pointwise<const N: usize>(args: &mut Args<'_>) -> Conv<N> {
    args.name_last("pointwise");
    Conv {
        channels: args.whole("channels", 1..=MAX_SIZE),
        kernel: [1; N],
        stride: [1; N],
        pad: [0; N],
        dilation: [1; N],
        groups: 1,
        bias: args.flag("bias"),
        init: Init::read(args),
    }
}

fn read_as<const N: usize>(args: &mut Args<'_>) -> DepthwiseConv<N> {
    let mut op = DepthwiseConv {
        kernel: args.sizes("kernel", 1..=MAX_WINDOW),
        stride: args.sizes("stride", 1..=MAX_WINDOW),
        pad: [0; N],
        dilation: args.sizes("dilation", 1..=MAX_WINDOW),
        multiplier: args.whole("multiplier", 1..=MAX_SIZE),
        bias: args.flag("bias"),
        init: Init::read(args),
    };
    op.pad = read_pad(args, &op.conv(1));
    op
}

impl<const N: usize> DepthwiseConv<N> {
    /// Returns the layer as a convolution, for an input of this number of channels.
    pub fn conv(&self, channels: usize) -> Conv<N> {
        Conv {
            channels: channels * self.multiplier,
            kernel: self.kernel,
            stride: self.stride,
            pad: self.pad,
            dilation: self.dilation,
            groups: channels,
            bias: self.bias,
            init: self.init,
        }
    }

    pub(super) fn text(&self) -> String {
        Text::new("depthwise_conv")
            .arg(&window_text(&self.kernel))
            .option("stride", &self.stride, pair_text)
            .option("pad", &self.pad, pair_text)
            .option("dilation", &self.dilation, pair_text)
            .option("multiplier", &self.multiplier, plain_text)
            .option("bias", &self.bias, plain_text)
            .option("init", &self.init, Init::text)
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        extents::<N>("depthwise_conv", input)?;
        self.conv(input[0]).shape_as("depthwise_conv", input)
    }

    pub(super) fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        self.conv(input[0]).params(input)
    }

    pub(super) fn flops(&self, input: &[usize], output: &[usize]) -> u64 {
        self.conv(input[0]).flops(input, output)
    }
}
