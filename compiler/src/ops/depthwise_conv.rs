//! Depthwise convolution, alone and as the first part of a separable one.

use super::conv::read_pad;
use super::rank::extents;
use super::room::{Facts, Groups, ParamSpec, Room};
use super::text::{Text, plain_text, sizes_text, window_text};
use super::{Args, Conv, Entry, Init, Misfit, Operator, Shape, Spatial};
use crate::args::{MAX_SIZE, MAX_WINDOW, Signature};

/// `depthwise_conv(KxK, stride=1, pad=0, dilation=1, multiplier=1, bias=true, init=he_uniform)`: a [`Conv`] with a group
/// for each channel of its input.
#[derive(Clone, Debug, PartialEq)]
pub struct DepthwiseConv {
    /// The sizes of the window.
    pub kernel: Spatial,
    /// Steps of the window.
    pub stride: Spatial,
    /// Zeros around the input.
    pub pad: Spatial,
    /// Distance between the window's taps.
    pub dilation: Spatial,
    /// The number of channels that come out for each that comes in, side by side.
    pub multiplier: usize,
    /// True if a bias is added.
    pub bias: bool,
    /// The weights before training.
    pub init: Init,
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
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
        read: |args: &mut Args<'_>| Operator::DepthwiseConv(read(args)),
    },
    Entry {
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
        read: |args: &mut Args<'_>| {
            let depthwise = DepthwiseConv { bias: false, ..read(args) };
            args.apply_before("depthwise", Operator::DepthwiseConv(depthwise));
            args.name_last("pointwise");
            // The second part mixes the channels of each pixel.
            let all = |size| Spatial::all(size, args.directions());
            let (kernel, stride, pad, dilation) = (all(1), all(1), all(0), all(1));
            Operator::Conv(Conv {
                channels: args.whole("channels", 1..=MAX_SIZE),
                kernel,
                stride,
                pad,
                dilation,
                groups: 1,
                bias: args.flag("bias"),
                init: Init::read(args),
            })
        },
    },
];

fn read(args: &mut Args<'_>) -> DepthwiseConv {
    let mut op = DepthwiseConv {
        kernel: args.sizes("kernel", 1..=MAX_WINDOW),
        stride: args.sizes("stride", 1..=MAX_WINDOW),
        pad: Spatial::all(0, args.directions()),
        dilation: args.sizes("dilation", 1..=MAX_WINDOW),
        multiplier: args.whole("multiplier", 1..=MAX_SIZE),
        bias: args.flag("bias"),
        init: Init::read(args),
    };
    op.pad = read_pad(args, &op.conv(1));
    op
}

impl DepthwiseConv {
    /// Returns the layer as a convolution, for an input of this number of channels.
    pub fn conv(&self, channels: usize) -> Conv {
        let DepthwiseConv { kernel, stride, pad, dilation, multiplier, bias, init } = *self;
        Conv { channels: channels * multiplier, kernel, stride, pad, dilation, groups: channels, bias, init }
    }
}

impl Room for DepthwiseConv {
    fn kind(&self) -> &'static str {
        "depthwise_conv"
    }

    fn text(&self) -> String {
        Text::new("depthwise_conv")
            .arg(&window_text(&self.kernel))
            .option("stride", &self.stride, sizes_text)
            .option("pad", &self.pad, sizes_text)
            .option("dilation", &self.dilation, sizes_text)
            .option("multiplier", &self.multiplier, plain_text)
            .option("bias", &self.bias, plain_text)
            .option("init", &self.init, Init::text)
            .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let input = inputs[0];
        extents("depthwise_conv", self.kernel.directions(), input)?;
        self.conv(input[0]).shape_as("depthwise_conv", input)
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        self.conv(input[0]).params(input)
    }

    fn flops(&self, inputs: &[&[usize]], output: &[usize]) -> u64 {
        self.conv(inputs[0][0]).flops(inputs, output)
    }

    fn facts(&self) -> Facts {
        self.conv(1).facts_with(None, Groups::EachChannel { multiplier: self.multiplier })
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}
