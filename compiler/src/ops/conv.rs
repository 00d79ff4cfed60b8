//! Convolution.

use super::pad::{BORDERS, Border, Pad};
use super::rank::{extents, thing};
use super::room::{Facts, Group, Groups, ParamSpec, Room, Weights, weight_and_bias};
use super::text::{Text, plain_text, sizes_text, window_text};
use super::{Args, Entry, Init, Misfit, Operator, Shape, Spatial, count, product};
use crate::args::{Datum, MAX_PAD, MAX_SIZE, MAX_WINDOW, Signature, list};

/// `conv(channels, KxK, stride=1, pad=0, pad_mode=zeros, dilation=1, groups=1, bias=true, init=he_uniform)`:
/// [torch.nn.Conv2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html), over signals Conv1d, over volumes
/// Conv3d.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// The number of channels that come out.
    pub channels: usize,
    /// The sizes of the window.
    pub kernel: Spatial,
    /// Steps of the window.
    pub stride: Spatial,
    /// Zeros around the input.
    pub pad: Spatial,
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
    read: |args: &mut Args<'_>| {
        let mut conv = Conv {
            kernel: args.sizes("kernel", 1..=MAX_WINDOW),
            stride: args.sizes("stride", 1..=MAX_WINDOW),
            dilation: args.sizes("dilation", 1..=MAX_WINDOW),
            channels: args.whole("channels", 1..=MAX_SIZE),
            groups: args.whole("groups", 1..=MAX_SIZE),
            bias: args.flag("bias"),
            init: Init::read(args),
            pad: Spatial::all(0, args.directions()),
        };
        conv.pad = read_pad(args, &conv);
        Operator::Conv(conv)
    },
}];

/// Reads `pad` and `pad_mode` of a convolution that is otherwise read: numbers, `same` or `valid`. What a
/// convolution cannot do itself, a layer does before it.
pub(super) fn read_pad(args: &mut Args<'_>, conv: &Conv) -> Spatial {
    const WORDS: &[&str] = &["same", "valid"];
    let directions = conv.kernel.directions();
    let sides: Vec<[usize; 2]> = match args.word("pad", WORDS) {
        Some("valid") => vec![[0; 2]; directions],
        Some(_) => same(args, conv),
        None => match args.datum("pad") {
            Some(Datum::Word(_)) => {
                let also = match directions {
                    1 => "a number, a list `[before, after]`, ",
                    2 => "a number, a pair such as `[1, 2]`, a list `[above, below, left, right]`, ",
                    _ => {
                        "a number, three such as `[1, 2, 2]`, a list `[front, back, above, below, left, right]`, "
                    }
                };
                args.unknown_choice("pad", WORDS, also);
                vec![[0; 2]; directions]
            }
            Some(Datum::List(items)) if items.len() == 2 * directions => {
                let sizes = args.whole_list("pad", 0..=MAX_PAD as i64, "whole numbers");
                let size = |i: usize| sizes.get(i).map_or(0, |size| *size as usize);
                (0..directions).map(|axis| [size(2 * axis), size(2 * axis + 1)]).collect()
            }
            _ => args.sizes("pad", 0..=MAX_PAD).iter().map(|size| [*size; 2]).collect(),
        },
    };
    let mode = args.choice("pad_mode", BORDERS);
    if mode != Border::Zeros && sides.iter().all(|side| *side == [0; 2]) && !args.failed() {
        args.reject(
            "E0309",
            "pad_mode",
            "there is no border that this could be the mode of",
            "`pad` is 0",
            "write how wide it is, such as `pad=1`, or remove `pad_mode`",
        );
    }
    if mode == Border::Zeros && sides.iter().all(|[before, after]| before == after) {
        return Spatial::from_fn(directions, |axis| sides[axis][0]);
    }
    args.apply_before("pad", Operator::Pad(Pad { border: sides, mode }));
    Spatial::all(0, directions)
}

/// Returns the border that leaves the size as it is; of an odd number, the larger part is after the input, as
/// PyTorch has it.
fn same(args: &mut Args<'_>, conv: &Conv) -> Vec<[usize; 2]> {
    let more = conv.window().map(|size| size - 1);
    if !conv.stride.is_all(1) {
        args.reject(
            "E0309",
            "pad",
            "`pad=same` is only for a stride of 1",
            format!("the stride is {}", sizes_text(&conv.stride)),
            format!(
                "write `pad={}`, which divides the size of the {} by the stride",
                sizes_text(&more.map(|more| more / 2)),
                thing(more.directions() + 1)
            ),
        );
    }
    more.iter().map(|more| [more / 2, more - more / 2]).collect()
}

impl Conv {
    /// Returns the sizes that the window covers, with the gaps that dilation makes.
    pub fn window(&self) -> Spatial {
        Spatial::from_fn(self.kernel.directions(), |axis| self.dilation[axis] * (self.kernel[axis] - 1) + 1)
    }

    /// Computes the shape of the result, for a layer of this name.
    pub(super) fn shape_as(&self, name: &str, input: &[usize]) -> Result<Shape, Misfit> {
        let sizes = extents(name, self.kernel.directions(), input)?;
        check_groups(self.groups, input[0], self.channels)?;
        let window = self.window();
        let mut shape = vec![self.channels];
        for (axis, &size) in sizes.iter().enumerate() {
            match slide(size, window[axis], self.stride[axis], self.pad[axis]) {
                Some(size) => shape.push(size),
                None => return Err(too_small(name, window, self.pad, input)),
            }
        }
        Ok(shape)
    }

    /// Returns the facts of a layer whose channels are apart in these groups.
    pub(super) fn facts_with(&self, outputs: Option<usize>, groups: Groups) -> Facts {
        let weights = Weights { outputs, bias: self.bias, rows: false, groups, transposed: false };
        Facts {
            group: Group::Convolution,
            follows: false,
            affine: false,
            activation: false,
            weights: Some(weights),
        }
    }
}

impl Room for Conv {
    fn kind(&self) -> &'static str {
        "conv"
    }

    fn text(&self) -> String {
        Text::new("conv")
            .arg(&self.channels)
            .arg(&window_text(&self.kernel))
            .option("stride", &self.stride, sizes_text)
            .option("pad", &self.pad, sizes_text)
            .option("dilation", &self.dilation, sizes_text)
            .option("groups", &self.groups, plain_text)
            .option("bias", &self.bias, plain_text)
            .option("init", &self.init, Init::text)
            .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        self.shape_as("conv", inputs[0])
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let shape = [&[self.channels, input[0] / self.groups], &self.kernel[..]].concat();
        weight_and_bias(shape, self.init, self.bias.then_some(self.channels))
    }

    fn flops(&self, inputs: &[&[usize]], output: &[usize]) -> u64 {
        let taps = product(&self.kernel).saturating_mul((inputs[0][0] / self.groups) as u64);
        let each = taps.saturating_mul(2).saturating_add(u64::from(self.bias));
        count(output).saturating_mul(each)
    }

    fn facts(&self) -> Facts {
        self.facts_with(Some(self.channels), Groups::Number(self.groups))
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}

/// Returns the size that a window leaves of `size`, or `None` if it does not fit; PyTorch's formula.
pub(super) fn slide(size: usize, window: usize, stride: usize, pad: usize) -> Option<usize> {
    Some((size + 2 * pad).checked_sub(window)? / stride + 1)
}

/// Returns the error for a window that does not fit into the input.
pub(super) fn too_small(name: &str, window: Spatial, pad: Spatial, input: &[usize]) -> Misfit {
    let directions = window.directions();
    let thing = thing(directions + 1);
    let padded = Spatial::from_fn(directions, |axis| input[axis + 1] + 2 * pad[axis]);
    let with_pad = if pad.is_all(0) { "" } else { ", its padding included" };
    let need = Spatial::from_fn(directions, |axis| window[axis].saturating_sub(input[axis + 1]).div_ceil(2));
    let mut misfit = Misfit::new(
        "E0402",
        format!("the window of `{name}` is larger than the {thing}"),
        format!("a window of {} on {}{with_pad}", window_text(&window), window_text(&padded)),
    );
    if name.ends_with("conv") {
        misfit = misfit.help(format!(
            "use a window of at most {}, or `pad={}`",
            window_text(&padded),
            sizes_text(&need)
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
