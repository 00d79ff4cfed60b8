//! Transposed convolution.

use super::conv::check_groups;
use super::rank::{extents, thing};
use super::room::{Facts, Group, Groups, ParamSpec, Room, Weights, weight_and_bias};
use super::text::{Text, plain_text, sizes_text, window_text};
use super::{Args, Conv, Entry, Init, Misfit, Operator, Shape, Spatial, count, product};
use crate::args::{MAX_PAD, MAX_SIZE, MAX_WINDOW, Signature};

/// `conv_transpose(channels, KxK, stride=1, pad=0, output_pad=0, dilation=1, groups=1, bias=true, init=he_uniform)`:
/// [torch.nn.ConvTranspose2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html), that is the
/// gradient of a convolution's input as a layer of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvTranspose {
    /// The number of channels that come out.
    pub channels: usize,
    /// The sizes of the window that every input pixel is spread over.
    pub kernel: Spatial,
    /// Steps of the window from one input pixel to the next.
    pub stride: Spatial,
    /// The width of what is cut off on every side of the result.
    pub pad: Spatial,
    /// Rows below and columns to the right that the result has beyond that: of the sizes that one convolution makes equal,
    /// it chooses another than the smallest.
    pub output_pad: Spatial,
    /// Distance between the window's taps.
    pub dilation: Spatial,
    /// The number of groups of channels that are convolved apart.
    pub groups: usize,
    /// True if a bias is added.
    pub bias: bool,
    /// The weights before training.
    pub init: Init,
}

pub(super) const ENTRIES: &[Entry] = &[Entry {
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
    read: |args: &mut Args<'_>| {
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
        let most = Spatial::from_fn(args.directions(), |axis| op.stride[axis].max(op.dilation[axis]) - 1);
        if op.output_pad.iter().zip(most.iter()).any(|(pad, most)| pad > most) {
            args.reject(
                "E0306",
                "output_pad",
                "`output_pad` must be smaller than the stride or the dilation",
                format!(
                    "the stride is {}, the dilation {}",
                    sizes_text(&op.stride),
                    sizes_text(&op.dilation)
                ),
                match most.is_all(0) {
                    true => "leave it out: with a stride of 1 there is only one size".to_string(),
                    false => format!("use `output_pad={}` or less", sizes_text(&most)),
                },
            );
        }
        Operator::ConvTranspose(op)
    },
}];

impl ConvTranspose {
    /// Returns the convolution whose input's gradient this is: it takes `channels` and gives this layer's
    /// input.
    pub fn mirrored(&self, input_channels: usize) -> Conv {
        let ConvTranspose { kernel, stride, pad, dilation, groups, init, .. } = *self;
        Conv { channels: input_channels, kernel, stride, pad, dilation, groups, bias: false, init }
    }
}

impl Room for ConvTranspose {
    fn kind(&self) -> &'static str {
        "conv_transpose"
    }

    fn text(&self) -> String {
        Text::new("conv_transpose")
            .arg(&self.channels)
            .arg(&window_text(&self.kernel))
            .option("stride", &self.stride, sizes_text)
            .option("pad", &self.pad, sizes_text)
            .option("output_pad", &self.output_pad, sizes_text)
            .option("dilation", &self.dilation, sizes_text)
            .option("groups", &self.groups, plain_text)
            .option("bias", &self.bias, plain_text)
            .option("init", &self.init, Init::text)
            .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let (input, directions) = (inputs[0], self.kernel.directions());
        let sizes = extents("conv_transpose", directions, input)?;
        check_groups(self.groups, input[0], self.channels)?;
        let whole = Spatial::from_fn(directions, |axis| {
            let whole =
                (sizes[axis] - 1) * self.stride[axis] + self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            whole + self.output_pad[axis]
        });
        if (0..directions).any(|axis| whole[axis] <= 2 * self.pad[axis]) {
            let most = whole.map(|size| (size - 1) / 2);
            return Err(Misfit::new(
                "E0402",
                format!("the padding of `conv_transpose` leaves nothing of the {}", thing(directions + 1)),
                format!(
                    "`pad={}` cuts that much off each side of {}",
                    sizes_text(&self.pad),
                    window_text(&whole)
                ),
            )
            .help(format!("use `pad={}` or less", sizes_text(&most)))
            .help("the `pad` of a transposed convolution takes away what a convolution's `pad` adds"));
        }
        let left = (0..directions).map(|axis| whole[axis] - 2 * self.pad[axis]);
        Ok(std::iter::once(self.channels).chain(left).collect())
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let shape = [&[input[0], self.channels / self.groups], &self.kernel[..]].concat();
        weight_and_bias(shape, self.init, self.bias.then_some(self.channels))
    }

    fn flops(&self, inputs: &[&[usize]], output: &[usize]) -> u64 {
        let taps = product(&self.kernel).saturating_mul((self.channels / self.groups) as u64);
        let biases = if self.bias { count(output) } else { 0 };
        count(inputs[0]).saturating_mul(taps.saturating_mul(2)).saturating_add(biases)
    }

    fn facts(&self) -> Facts {
        let weights = Weights {
            outputs: Some(self.channels),
            bias: self.bias,
            rows: false,
            groups: Groups::Number(self.groups),
            transposed: true,
        };
        Facts {
            group: Group::Convolution,
            follows: false,
            affine: false,
            activation: false,
            weights: Some(weights),
        }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}
