//! Convolution.

use super::{
    Entry, INITS, Init, Misfit, Operator, ParamSpec, Sliding, Text, count, extents, kind_of_rank, pair_text,
    plain_text, product, slide, thing, window_text,
};
use crate::args::{Args, Datum, MAX_PAD, MAX_SIZE, MAX_WINDOW, Signature, list};
use crate::graph::{Role, Shape};

/// `conv(channels, KxK, stride=1, pad=0, dilation=1, groups=1, bias=true, init=he_uniform)`:
/// [torch.nn.Conv2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html), over signals Conv1d, over volumes
/// Conv3d. Sizes are those of the `N` directions, for images height and width.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv<const N: usize = 2> {
    /// How many channels come out.
    pub channels: usize,
    /// The window.
    pub kernel: [usize; N],
    /// Steps of the window.
    pub stride: [usize; N],
    /// Zeros around the image.
    pub pad: [usize; N],
    /// Distance between the window's taps.
    pub dilation: [usize; N],
    /// Independent groups of channels.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
    /// The weights before training.
    pub init: Init,
}

pub(super) const CONV: Entry = Entry {
    signature: Signature {
        name: "conv",
        positional: 2,
        params: &[
            ("channels", None),
            ("kernel", None),
            ("stride", Some("1")),
            ("pad", Some("0")),
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
        1 => Operator::Signal(Sliding::Conv(read_as(args))),
        3 => Operator::Volume(Sliding::Conv(read_as(args))),
        _ => Operator::Conv(read_as(args)),
    }
}

fn read_as<const N: usize>(args: &mut Args<'_>) -> Conv<N> {
    let kernel = args.sizes("kernel", 1..=MAX_WINDOW, [1; N]);
    let stride = args.sizes("stride", 1..=MAX_WINDOW, [1; N]);
    let dilation = args.sizes("dilation", 1..=MAX_WINDOW, [1; N]);
    let mut conv = Conv {
        channels: args.whole("channels", 1..=MAX_SIZE, 1),
        kernel,
        stride,
        pad: [0; N],
        dilation,
        groups: args.whole("groups", 1..=MAX_SIZE, 1),
        bias: args.flag("bias", true),
        init: args.choice("init", INITS, Init::HeUniform),
    };
    conv.pad = read_pad(args, &conv);
    conv
}

/// `pad` of a convolution that is otherwise read: numbers, `same` or `valid`.
pub(super) fn read_pad<const N: usize>(args: &mut Args<'_>, conv: &Conv<N>) -> [usize; N] {
    let Some(Datum::Word(word)) = args.datum("pad") else { return args.sizes("pad", 0..=MAX_PAD, [0; N]) };
    match word.name.as_str() {
        "valid" => [0; N],
        "same" => {
            let window = conv.window();
            let half = window.map(|size| (size - 1) / 2);
            if conv.stride != [1; N] {
                args.reject(
                    "E0309",
                    "pad",
                    "`pad=same` is only for a stride of 1",
                    format!("the stride is {}", pair_text(&conv.stride)),
                    format!(
                        "write `pad={}`, which divides the size of the {} by the stride",
                        pair_text(&half),
                        thing(N + 1)
                    ),
                );
            } else if window.iter().any(|size| size % 2 == 0) {
                let more = window.map(|size| size / 2);
                args.reject(
                    "E0309",
                    "pad",
                    "`pad=same` needs a window with a middle, that is of odd size",
                    format!("the window covers {}", window_text(&window)),
                    format!(
                        "write `pad={}` for {} one smaller, or `pad={}` for one that is one larger",
                        pair_text(&half),
                        kind_of_rank(N + 1),
                        pair_text(&more)
                    ),
                );
            }
            half
        }
        _ => {
            let also = match N {
                1 => "a number, ",
                2 => "a number, a pair such as `[1, 2]`, ",
                _ => "a number, three such as `[1, 2, 2]`, ",
            };
            args.unknown_choice("pad", &["same", "valid"], also);
            [0; N]
        }
    }
}

impl<const N: usize> Conv<N> {
    /// What the window covers, with the gaps that dilation makes.
    pub fn window(&self) -> [usize; N] {
        std::array::from_fn(|axis| self.dilation[axis] * (self.kernel[axis] - 1) + 1)
    }

    pub(super) fn text(&self) -> String {
        Text::new("conv")
            .arg(&self.channels)
            .arg(&window_text(&self.kernel))
            .option("stride", &self.stride, &[1; N], pair_text)
            .option("pad", &self.pad, &[0; N], pair_text)
            .option("dilation", &self.dilation, &[1; N], pair_text)
            .option("groups", &self.groups, &1, plain_text)
            .option("bias", &self.bias, &true, plain_text)
            .option("init", &self.init, &Init::HeUniform, |init| init.name().to_string())
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        self.shape_as("conv", input)
    }

    /// The shape rule, for a layer of this name.
    pub(super) fn shape_as(&self, name: &str, input: &[usize]) -> Result<Shape, Misfit> {
        let sizes = extents::<N>(name, input)?;
        check_groups(self.groups, input[0], self.channels)?;
        let window = self.window();
        let mut shape = vec![self.channels];
        for axis in 0..N {
            match slide(sizes[axis], window[axis], self.stride[axis], self.pad[axis]) {
                Some(size) => shape.push(size),
                None => return Err(too_small(name, &window, &self.pad, input)),
            }
        }
        Ok(shape)
    }

    pub(super) fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let shape = [&[self.channels, input[0] / self.groups], &self.kernel[..]].concat();
        let mut params = vec![ParamSpec { name: "weight", shape, init: self.init, role: Role::Weight }];
        if self.bias {
            let shape = vec![self.channels];
            params.push(ParamSpec { name: "bias", shape, init: Init::Zeros, role: Role::Bias });
        }
        params
    }

    pub(super) fn flops(&self, input: &[usize], output: &[usize]) -> u64 {
        let taps = product(&self.kernel).saturating_mul((input[0] / self.groups) as u64);
        let each = taps.saturating_mul(2).saturating_add(u64::from(self.bias));
        count(output).saturating_mul(each)
    }
}

/// The error for a window that does not fit into the image.
pub(super) fn too_small<const N: usize>(
    name: &str,
    window: &[usize; N],
    pad: &[usize; N],
    input: &[usize],
) -> Misfit {
    let thing = thing(N + 1);
    let padded: [usize; N] = std::array::from_fn(|axis| input[axis + 1] + 2 * pad[axis]);
    let with_pad = if *pad == [0; N] { "" } else { ", its padding included" };
    let need: [usize; N] =
        std::array::from_fn(|axis| window[axis].saturating_sub(input[axis + 1]).div_ceil(2));
    let mut misfit = Misfit::new(
        "E0402",
        format!("the window of `{name}` is larger than the {thing}"),
        format!("a window of {} on {}{with_pad}", window_text(window), window_text(&padded)),
    );
    if name.ends_with("conv") {
        misfit = misfit.help(format!(
            "use a window of at most {}, or `pad={}`",
            window_text(&padded),
            pair_text(&need)
        ));
    } else {
        misfit = misfit.help(format!("use a window of at most {}", window_text(&padded)));
    }
    misfit.help(format!(
        "a larger input, or fewer pools and strides before this layer, would leave more of the {thing}"
    ))
}

/// Groups must share the channels on both sides evenly.
pub(super) fn check_groups(groups: usize, from: usize, to: usize) -> Result<(), Misfit> {
    for (what, number) in [("come in", from), ("come out", to)] {
        if !number.is_multiple_of(groups) {
            return Err(Misfit::new(
                "E0403",
                format!("{groups} groups cannot share {number} channels evenly"),
                format!("{number} channels {what}"),
            )
            .help(divisors(from, to)));
        }
    }
    Ok(())
}

fn divisors(from: usize, to: usize) -> String {
    let fitting: Vec<String> = (1..=from.min(to).min(1024))
        .filter(|groups| from.is_multiple_of(*groups) && to.is_multiple_of(*groups))
        .map(|groups| groups.to_string())
        .collect();
    format!("from {from} to {to} channels, `groups` can be {}", list(&fitting, "or"))
}
