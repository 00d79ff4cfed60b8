//! Convolution.

use super::moves::BORDERS;
use super::{
    Border, Entry, Init, Misfit, Move, Operator, Pad, ParamSpec, Sliding, Text, count, extents, pair_text,
    plain_text, product, slide, thing, window_text,
};
use crate::args::{Datum, MAX_PAD, MAX_SIZE, MAX_WINDOW, Signature, list};
use crate::ops::Args;
use crate::ops::{Role, Shape};

/// `conv(channels, KxK, stride=1, pad=0, pad_mode=zeros, dilation=1, groups=1, bias=true, init=he_uniform)`:
/// [torch.nn.Conv2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html), over signals Conv1d, over volumes
/// Conv3d. Sizes are those of the `N` directions, for images height and width.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv<const N: usize = 2> {
    /// The number of output channels.
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
    /// True if a bias is added.
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
            ("pad_mode", Some("zeros")),
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
    let kernel = args.sizes("kernel", 1..=MAX_WINDOW);
    let stride = args.sizes("stride", 1..=MAX_WINDOW);
    let dilation = args.sizes("dilation", 1..=MAX_WINDOW);
    let mut conv = Conv {
        channels: args.whole("channels", 1..=MAX_SIZE),
        kernel,
        stride,
        pad: [0; N],
        dilation,
        groups: args.whole("groups", 1..=MAX_SIZE),
        bias: args.flag("bias"),
        init: Init::read(args),
    };
    conv.pad = read_pad(args, &conv);
    conv
}

/// Reads `pad` and `pad_mode` of a convolution that is otherwise read: numbers, `same` or `valid`. What a
/// convolution cannot do itself, a layer does before it.
pub(super) fn read_pad<const N: usize>(args: &mut Args<'_>, conv: &Conv<N>) -> [usize; N] {
    const WORDS: &[&str] = &["same", "valid"];
    let sides: [[usize; 2]; N] = match args.word("pad", WORDS) {
        Some("valid") => [[0; 2]; N],
        Some(_) => same(args, conv),
        None => match args.datum("pad") {
            Some(Datum::Word(_)) => {
                let also = match N {
                    1 => "a number, a list `[before, after]`, ",
                    2 => "a number, a pair such as `[1, 2]`, a list `[above, below, left, right]`, ",
                    _ => {
                        "a number, three such as `[1, 2, 2]`, a list `[front, back, above, below, left, right]`, "
                    }
                };
                args.unknown_choice("pad", WORDS, also);
                [[0; 2]; N]
            }
            Some(Datum::List(items)) if items.len() == 2 * N => {
                let sizes = args.whole_list("pad", 0..=MAX_PAD as i64, "whole numbers");
                let size = |i: usize| sizes.get(i).map_or(0, |size| *size as usize);
                std::array::from_fn(|axis| [size(2 * axis), size(2 * axis + 1)])
            }
            _ => args.sizes("pad", 0..=MAX_PAD).map(|size| [size; 2]),
        },
    };
    let mode = args.choice("pad_mode", BORDERS);
    if mode != Border::Zeros && sides == [[0; 2]; N] && !args.failed() {
        args.reject(
            "E0309",
            "pad_mode",
            "there is no border that this could be the mode of",
            "`pad` is 0",
            "write how wide it is, such as `pad=1`, or remove `pad_mode`",
        );
    }
    if mode == Border::Zeros && sides.iter().all(|[before, behind]| before == behind) {
        return sides.map(|[before, _]| before);
    }
    let side = |axis: usize| sides[axis];
    args.apply_before(
        "pad",
        match N {
            1 => Operator::Signal(Sliding::Pad(Pad { border: [side(0)], mode })),
            3 => Operator::Volume(Sliding::Pad(Pad { border: [side(0), side(1), side(2)], mode })),
            _ => {
                let ([above, below], [left, right]) = (side(0), side(1));
                Operator::Move(Move::Pad { border: [above, below, left, right], mode })
            }
        },
    );
    [0; N]
}

/// Returns the padding that leaves the size as it is; of an odd number, the larger part comes last, as in
/// PyTorch.
fn same<const N: usize>(args: &mut Args<'_>, conv: &Conv<N>) -> [[usize; 2]; N] {
    let more = conv.window().map(|size| size - 1);
    if conv.stride != [1; N] {
        let half = more.map(|more| more / 2);
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
    }
    more.map(|more| [more / 2, more - more / 2])
}

impl<const N: usize> Conv<N> {
    /// Returns the extent of the window, with the gaps that dilation makes.
    pub fn window(&self) -> [usize; N] {
        std::array::from_fn(|axis| self.dilation[axis] * (self.kernel[axis] - 1) + 1)
    }

    pub(super) fn text(&self) -> String {
        Text::new("conv")
            .arg(&self.channels)
            .arg(&window_text(&self.kernel))
            .option("stride", &self.stride, pair_text)
            .option("pad", &self.pad, pair_text)
            .option("dilation", &self.dilation, pair_text)
            .option("groups", &self.groups, plain_text)
            .option("bias", &self.bias, plain_text)
            .option("init", &self.init, Init::text)
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        self.shape_as("conv", input)
    }

    /// Computes the shape of the result, for a layer of this name.
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

/// Returns the error for a window that does not fit into the image.
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

/// Checks that groups share the channels on both sides evenly.
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
