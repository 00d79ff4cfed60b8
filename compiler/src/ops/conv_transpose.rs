//! Transposed convolution.

use super::conv::check_groups;
use super::{
    Conv, Entry, INITS, Init, Misfit, Operator, ParamSpec, Text, count, not_an_image, pair_text, plain_text,
    product, window_text,
};
use crate::args::{Args, MAX_PAD, MAX_SIZE, MAX_WINDOW, Signature};
use crate::graph::{Role, Shape};

/// `conv_transpose(channels, KxK, stride=1, pad=0, output_pad=0, dilation=1, groups=1, bias=true, init=he_uniform)`:
/// [torch.nn.ConvTranspose2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html), that is the
/// gradient of a convolution's input as a layer of its own. Pairs are height, width.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvTranspose {
    /// How many channels come out.
    pub channels: usize,
    /// The window that every input pixel is spread over.
    pub kernel: [usize; 2],
    /// Steps of the window from one input pixel to the next.
    pub stride: [usize; 2],
    /// Rows and columns that are cut off on every side of the result.
    pub pad: [usize; 2],
    /// Rows below and columns to the right that the result has beyond that: of the sizes that one convolution makes equal,
    /// it chooses another than the smallest.
    pub output_pad: [usize; 2],
    /// Distance between the window's taps.
    pub dilation: [usize; 2],
    /// Independent groups of channels.
    pub groups: usize,
    /// Whether a bias is added.
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
    let op = ConvTranspose {
        channels: args.whole("channels", 1..=MAX_SIZE, 1),
        kernel: args.pair("kernel", 1..=MAX_WINDOW, [1, 1]),
        stride: args.pair("stride", 1..=MAX_WINDOW, [1, 1]),
        pad: args.pair("pad", 0..=MAX_PAD, [0, 0]),
        output_pad: args.pair("output_pad", 0..=MAX_PAD, [0, 0]),
        dilation: args.pair("dilation", 1..=MAX_WINDOW, [1, 1]),
        groups: args.whole("groups", 1..=MAX_SIZE, 1),
        bias: args.flag("bias", true),
        init: args.choice("init", INITS, Init::HeUniform),
    };
    let most = [0, 1].map(|axis| op.stride[axis].max(op.dilation[axis]) - 1);
    if op.output_pad[0] > most[0] || op.output_pad[1] > most[1] {
        args.reject(
            "E0306",
            "output_pad",
            "`output_pad` must be smaller than the stride or the dilation",
            format!("the stride is {}, the dilation {}", pair_text(&op.stride), pair_text(&op.dilation)),
            match most {
                [0, 0] => "leave it out: with a stride of 1 there is only one size".to_string(),
                _ => format!("use `output_pad={}` or less", pair_text(&most)),
            },
        );
    }
    Operator::ConvTranspose(op)
}

impl ConvTranspose {
    /// The convolution whose input's gradient this is: it takes `channels` and gives this layer's input.
    pub fn mirrored(&self, input_channels: usize) -> Conv {
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
            .option("stride", &self.stride, &[1, 1], pair_text)
            .option("pad", &self.pad, &[0, 0], pair_text)
            .option("output_pad", &self.output_pad, &[0, 0], pair_text)
            .option("dilation", &self.dilation, &[1, 1], pair_text)
            .option("groups", &self.groups, &1, plain_text)
            .option("bias", &self.bias, &true, plain_text)
            .option("init", &self.init, &Init::HeUniform, |init| init.name().to_string())
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        let &[channels, height, width] = input else {
            return Err(not_an_image("conv_transpose", input));
        };
        check_groups(self.groups, channels, self.channels)?;
        let spread = |axis: usize, size: usize| {
            let whole = (size - 1) * self.stride[axis] + self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            whole + self.output_pad[axis]
        };
        let whole = [spread(0, height), spread(1, width)];
        if (0..2).any(|axis| whole[axis] <= 2 * self.pad[axis]) {
            let most = whole.map(|size| (size - 1) / 2);
            return Err(Misfit::new(
                "E0402",
                "the padding of `conv_transpose` leaves nothing of the image",
                format!(
                    "`pad={}` cuts that much off each side of {}",
                    pair_text(&self.pad),
                    window_text(&whole)
                ),
            )
            .help(format!("use `pad={}` or less", pair_text(&most)))
            .help("the `pad` of a transposed convolution takes away what a convolution's `pad` adds"));
        }
        Ok(vec![self.channels, whole[0] - 2 * self.pad[0], whole[1] - 2 * self.pad[1]])
    }

    pub(super) fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let shape = vec![input[0], self.channels / self.groups, self.kernel[0], self.kernel[1]];
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
