//! Transposed convolution.

use super::conv::check_groups;
use super::{
    Conv, Entry, Init, Misfit, Operator, ParamSpec, Sliding, Text, count, extents, pair_text, plain_text,
    product, thing, window_text,
};
use crate::args::{MAX_PAD, MAX_SIZE, MAX_WINDOW, Signature};
use crate::ops::Args;
use crate::ops::{Role, Shape};

/// `conv_transpose(channels, KxK, stride=1, pad=0, output_pad=0, dilation=1, groups=1, bias=true, init=he_uniform)`:
/// [torch.nn.ConvTranspose2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html), that is the
/// gradient of a convolution's input as a layer of its own. Sizes are those of the `N` directions, for images height and width.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvTranspose<const N: usize = 2> {
    /// The number of output channels.
    pub channels: usize,
    /// The window that every input pixel is spread over.
    pub kernel: [usize; N],
    /// Steps of the window from one input pixel to the next.
    pub stride: [usize; N],
    /// Rows and columns that are cut off on every side of the result.
    pub pad: [usize; N],
    /// Rows below and columns to the right that the result has beyond that: of the sizes that one convolution makes equal,
    /// it chooses another than the smallest.
    pub output_pad: [usize; N],
    /// Distance between the window's taps.
    pub dilation: [usize; N],
    /// Independent groups of channels.
    pub groups: usize,
    /// True if a bias is added.
    pub bias: bool,
    /// The weights before training.
    pub init: Init,
}

pub(super) const CONV_TRANSPOSE: Entry = Entry {
    signature: Signature {
        name: "conv_transpose",
        positional: 2,
        params: &[
            ("channels", None),
            ("kernel", None),
            ("stride", Some("1")),
            ("pad", Some("0")),
            ("output_pad", Some("0")),
            ("dilation", Some("1")),
            ("groups", Some("1")),
            ("bias", Some("true")),
            ("init", Some("he_uniform")),
        ],
    },
    read,
};

fn read(args: &mut Args<'_>) -> Operator {
    match args.directions() {
        1 => Operator::Signal(Sliding::ConvTranspose(read_as(args))),
        3 => Operator::Volume(Sliding::ConvTranspose(read_as(args))),
        _ => Operator::ConvTranspose(read_as(args)),
    }
}

fn read_as<const N: usize>(args: &mut Args<'_>) -> ConvTranspose<N> {
    let op = ConvTranspose {
        channels: args.whole("channels", 1..=MAX_SIZE),
        kernel: args.sizes("kernel", 1..=MAX_WINDOW),
        stride: args.sizes("stride", 1..=MAX_WINDOW),
        pad: args.sizes("pad", 0..=MAX_PAD),
        output_pad: args.sizes("output_pad", 0..=MAX_PAD),
        dilation: args.sizes("dilation", 1..=MAX_WINDOW),
        groups: args.whole("groups", 1..=MAX_SIZE),
        bias: args.flag("bias"),
        init: Init::read(args),
    };
    let most: [usize; N] = std::array::from_fn(|axis| op.stride[axis].max(op.dilation[axis]) - 1);
    if (0..N).any(|axis| op.output_pad[axis] > most[axis]) {
        args.reject(
            "E0306",
            "output_pad",
            "`output_pad` must be smaller than the stride or the dilation",
            format!("the stride is {}, the dilation {}", pair_text(&op.stride), pair_text(&op.dilation)),
            match most == [0; N] {
                true => "leave it out: with a stride of 1 there is only one size".to_string(),
                false => format!("use `output_pad={}` or less", pair_text(&most)),
            },
        );
    }
    op
}

impl<const N: usize> ConvTranspose<N> {
    /// Returns the convolution whose input's gradient this is: it takes `channels` and gives this layer's
    /// input.
    pub fn mirrored(&self, input_channels: usize) -> Conv<N> {
        Conv {
            channels: input_channels,
            kernel: self.kernel,
            stride: self.stride,
            pad: self.pad,
            dilation: self.dilation,
            groups: self.groups,
            bias: false,
            init: self.init,
        }
    }

    pub(super) fn text(&self) -> String {
        Text::new("conv_transpose")
            .arg(&self.channels)
            .arg(&window_text(&self.kernel))
            .option("stride", &self.stride, pair_text)
            .option("pad", &self.pad, pair_text)
            .option("output_pad", &self.output_pad, pair_text)
            .option("dilation", &self.dilation, pair_text)
            .option("groups", &self.groups, plain_text)
            .option("bias", &self.bias, plain_text)
            .option("init", &self.init, Init::text)
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        let sizes = extents::<N>("conv_transpose", input)?;
        check_groups(self.groups, input[0], self.channels)?;
        let whole: [usize; N] = std::array::from_fn(|axis| {
            let whole =
                (sizes[axis] - 1) * self.stride[axis] + self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            whole + self.output_pad[axis]
        });
        if (0..N).any(|axis| whole[axis] <= 2 * self.pad[axis]) {
            let most = whole.map(|size| (size - 1) / 2);
            return Err(Misfit::new(
                "E0402",
                format!("the padding of `conv_transpose` leaves nothing of the {}", thing(N + 1)),
                format!(
                    "`pad={}` cuts that much off each side of {}",
                    pair_text(&self.pad),
                    window_text(&whole)
                ),
            )
            .help(format!("use `pad={}` or less", pair_text(&most)))
            .help("the `pad` of a transposed convolution takes away what a convolution's `pad` adds"));
        }
        let left = (0..N).map(|axis| whole[axis] - 2 * self.pad[axis]);
        Ok(std::iter::once(self.channels).chain(left).collect())
    }

    pub(super) fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let shape = [&[input[0], self.channels / self.groups], &self.kernel[..]].concat();
        let mut params = vec![ParamSpec { name: "weight", shape, init: self.init, role: Role::Weight }];
        if self.bias {
            let shape = vec![self.channels];
            params.push(ParamSpec { name: "bias", shape, init: Init::Zeros, role: Role::Bias });
        }
        params
    }

    pub(super) fn flops(&self, input: &[usize], output: &[usize]) -> u64 {
        let taps = product(&self.kernel).saturating_mul((self.channels / self.groups) as u64);
        let biases = if self.bias { count(output) } else { 0 };
        count(input).saturating_mul(taps.saturating_mul(2)).saturating_add(biases)
    }
}
