//! Operators that move numbers to other places, and change none: other shapes, other axes, and parts.

use super::axis::{AXES, Axis, axes_of_rank};
use super::rank::{extents, kind_of, not_an_image, thing};
use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, plain_text, window_text};
use super::{Args, Entry, Misfit, Operator, Shape, product};
use crate::args::{Datum, MAX_SIZE, MAX_WINDOW, Signature};

/// The places that numbers go to.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// The numbers in the same order, channels first, under another shape; at most one size is what remains:
    /// [torch.reshape](https://docs.pytorch.org/docs/stable/generated/torch.reshape.html).
    Reshape(Vec<Option<usize>>),
    /// Axis `i` of the result is axis `order[i]` of the input:
    /// [torch.permute](https://docs.pytorch.org/docs/stable/generated/torch.permute.html).
    Permute(Vec<usize>),
    /// The numbers at every `step`th place along one axis.
    Slice {
        /// The axis.
        axis: Axis,
        /// The first place.
        start: usize,
        /// The place after the last; without, the axis's end.
        end: Option<usize>,
        /// The distance of two places.
        step: usize,
    },
    /// A part that is smaller in all directions.
    Crop {
        /// The sizes after the channels, for images height and width.
        size: Vec<usize>,
        /// The place of the first number, for images row and column; in the middle if `None`.
        at: Option<Vec<usize>>,
    },
    /// Channels become pixels: [torch.nn.PixelShuffle](https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html).
    PixelShuffle(usize),
    /// Pixels become channels: [torch.nn.PixelUnshuffle](https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html).
    PixelUnshuffle(usize),
}

pub(super) const ENTRIES: &[Entry] = &[RESHAPE, PERMUTE, SLICE, CROP, PIXEL_SHUFFLE, PIXEL_UNSHUFFLE];

const RESHAPE: Entry = Entry {
    signature: Signature { name: "reshape", positional: 1, params: &[("shape", None)] },
    read: |args: &mut Args<'_>| {
        let sizes =
            args.whole_list("shape", -1..=MAX_SIZE as i64, "a list of sizes, such as `[8, 4, 4]` or `[-1]`");
        let known = |size: &i64| usize::try_from(*size).ok();
        let shape: Vec<Option<usize>> = sizes.iter().map(known).collect();
        let message = match shape.as_slice() {
            [_, ..] if shape.len() <= 4 && shape.contains(&Some(0)) => Some("a size of 0 leaves nothing"),
            [_, ..] if shape.len() <= 4 && shape.iter().filter(|size| size.is_none()).count() > 1 => {
                Some("only one size can be -1, which stands for what remains")
            }
            [_, ..] if shape.len() <= 4 => None,
            _ => Some("a value has one to four sizes"),
        };
        if let Some(message) = message {
            let help = "write `reshape([-1])` for a list of features, `reshape([channels, length])` for a signal, `reshape([channels, height, width])` for an image";
            args.reject("E0306", "shape", message, format!("this is {sizes:?}"), help);
        }
        Operator::Move(Move::Reshape(shape))
    },
};

const PERMUTE: Entry = Entry {
    signature: Signature { name: "permute", positional: 1, params: &[("order", None)] },
    read: |args: &mut Args<'_>| {
        let order = args.whole_list("order", 0..=3, "a list of axes such as `[0, 2, 1]`");
        let order: Vec<usize> = order.iter().map(|&axis| axis as usize).collect();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !(2..=4).contains(&order.len()) || !sorted.into_iter().eq(0..order.len()) {
            args.reject(
                "E0306",
                "order",
                "`permute` names each axis of its input once",
                format!("this is {order:?}"),
                axes_by_number(args.directions() + 1),
            );
        }
        Operator::Move(Move::Permute(order))
    },
};

/// Describes the numbers in a `permute` of values with `rank` sizes.
fn axes_by_number(rank: usize) -> String {
    let axes = axes_of_rank(rank).iter().enumerate();
    let names: Vec<String> = axes.map(|(i, axis)| format!("{i} the {}", axis.name())).collect();
    let example = match rank {
        2 => "`permute([1, 0])` exchanges them",
        3 => "`permute([0, 2, 1])` exchanges height and width",
        _ => "`permute([0, 3, 2, 1])` exchanges depth and width",
    };
    format!("{}: {example}", names.join(", ").replacen("the", "is the", 1))
}

const SLICE: Entry = Entry {
    signature: Signature {
        name: "slice",
        positional: 3,
        params: &[("axis", None), ("start", Some("0")), ("end", Some("size")), ("step", Some("1"))],
    },
    read: |args: &mut Args<'_>| {
        let axis = args.choice("axis", AXES);
        let start = args.whole("start", 0..=MAX_SIZE);
        let end = args.given("end").then(|| args.whole("end", 1..=MAX_SIZE));
        let step = args.whole("step", 1..=MAX_SIZE);
        if let Some(end) = end.filter(|end| *end <= start) {
            let message = "this slice is empty";
            let help =
                "`end` is the position after the last one: `slice(channels, 0, 4)` takes the first four";
            args.reject("E0309", "end", message, format!("from {start} to {end}"), help);
        }
        Operator::Move(Move::Slice { axis, start, end, step })
    },
};

const CROP: Entry = Entry {
    signature: Signature { name: "crop", positional: 1, params: &[("size", None), ("at", Some("center"))] },
    read: |args: &mut Args<'_>| {
        let size = args.sizes("size", 1..=MAX_WINDOW);
        let center = args.word("at", &["center"]).is_some();
        let center = center
            || match args.datum("at") {
                None => true,
                Some(Datum::Word(_)) => {
                    let place = match args.directions() {
                        1 => "a place such as `2`, or ",
                        2 => "a row and a column such as `[2, 3]`, or ",
                        _ => "a slice, a row and a column such as `[1, 2, 3]`, or ",
                    };
                    args.unknown_choice("at", &["center"], place);
                    true
                }
                Some(_) => false,
            };
        let at = (!center).then(|| args.sizes("at", 0..=MAX_WINDOW).to_vec());
        Operator::Move(Move::Crop { size: size.to_vec(), at })
    },
};

const PIXEL_SHUFFLE: Entry = Entry {
    signature: Signature { name: "pixel_shuffle", positional: 1, params: &[("scale", None)] },
    read: |args: &mut Args<'_>| Operator::Move(Move::PixelShuffle(args.whole("scale", 1..=MAX_WINDOW))),
};

const PIXEL_UNSHUFFLE: Entry = Entry {
    signature: Signature { name: "pixel_unshuffle", positional: 1, params: &[("scale", None)] },
    read: |args: &mut Args<'_>| Operator::Move(Move::PixelUnshuffle(args.whole("scale", 1..=MAX_WINDOW))),
};

impl Move {
    /// Returns the place of a crop's first number in a value of this shape, of images row and column.
    pub(crate) fn corner(size: &[usize], at: Option<&[usize]>, input: &[usize]) -> Vec<usize> {
        let middle = || input[1..].iter().zip(size).map(|(from, size)| (from - size) / 2).collect();
        at.map_or_else(middle, <[usize]>::to_vec)
    }

    /// Returns whether numbers keep the caller's order.
    fn keeps_order(&self) -> bool {
        match self {
            Move::Reshape(_) => true,
            Move::Permute(_)
            | Move::Slice { .. }
            | Move::Crop { .. }
            | Move::PixelShuffle(_)
            | Move::PixelUnshuffle(_) => false,
        }
    }
}

impl Room for Move {
    fn kind(&self) -> &'static str {
        match self {
            Move::Reshape(_) => "reshape",
            Move::Permute(_) => "permute",
            Move::Slice { .. } => "slice",
            Move::Crop { .. } => "crop",
            Move::PixelShuffle(_) => "pixel_shuffle",
            Move::PixelUnshuffle(_) => "pixel_unshuffle",
        }
    }

    fn text(&self) -> String {
        let text = Text::new(self.kind());
        match self {
            Move::Reshape(shape) => {
                let sizes: Vec<String> =
                    shape.iter().map(|size| size.map_or("-1".into(), |size| size.to_string())).collect();
                text.arg(&format!("[{}]", sizes.join(", ")))
            }
            Move::Permute(order) => text.arg(&format!("{order:?}")),
            Move::Slice { axis, start, end, step } => {
                let text = text.arg(&axis.name()).option("start", start, plain_text);
                text.unless("end", end, &None, |end| end.unwrap_or_default().to_string())
                    .option("step", step, plain_text)
            }
            Move::Crop { size, at } => text
                .arg(&window_text(size))
                .unless("at", at, &None, |at| place_text(at.as_deref().unwrap_or_default())),
            Move::PixelShuffle(scale) | Move::PixelUnshuffle(scale) => text.arg(scale),
        }
        .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let input = inputs[0];
        let image = || match input {
            &[channels, height, width] => Ok([channels, height, width]),
            _ => Err(not_an_image(self.kind(), input)),
        };
        match self {
            Move::Reshape(shape) => reshaped(shape, input),
            Move::Permute(order) => permuted(order, input),
            Move::Slice { axis, start, end, step } => sliced(*axis, *start, *end, *step, input),
            Move::Crop { size, at } => cropped(size, at.as_deref(), input),
            Move::PixelShuffle(scale) => {
                let [channels, height, width] = image()?;
                let each = scale.saturating_mul(*scale);
                if !channels.is_multiple_of(each) {
                    return Err(Misfit::new(
                        "E0403",
                        format!("`pixel_shuffle({scale})` makes one channel of {each}"),
                        format!("{channels} channels come in"),
                    )
                    .help(format!("give the layer before it a multiple of {each} channels")));
                }
                Ok(vec![channels / each, height * scale, width * scale])
            }
            Move::PixelUnshuffle(scale) => {
                let [channels, height, width] = image()?;
                if !height.is_multiple_of(*scale) || !width.is_multiple_of(*scale) {
                    return Err(Misfit::new(
                        "E0409",
                        format!(
                            "`pixel_unshuffle({scale})` divides the image into squares of {scale}x{scale}"
                        ),
                        format!("found {height}x{width}"),
                    )
                    .help("bring the image to a multiple of it by `pad` or `crop`"));
                }
                Ok(vec![channels * scale * scale, height / scale, width / scale])
            }
        }
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], _: &[usize]) -> u64 {
        0
    }

    fn facts(&self) -> Facts {
        Facts {
            group: Group::Move,
            follows: self.keeps_order(),
            affine: true,
            activation: false,
            weights: None,
        }
    }

    fn does_nothing(&self, input: &[usize]) -> Option<&'static str> {
        let same = self.shape(&[input]).is_ok_and(|shape| shape == input);
        match self {
            Move::Reshape(_) => same.then_some("its input has this shape already"),
            Move::Permute(order) => order.is_sorted().then_some("the axes stay in their order"),
            Move::Slice { .. } => same.then_some("it takes everything"),
            Move::Crop { .. } => same.then_some("its input has this size already"),
            Move::PixelShuffle(scale) | Move::PixelUnshuffle(scale) => {
                (*scale == 1).then_some("its scale is 1")
            }
        }
    }
}

fn reshaped(shape: &[Option<usize>], input: &[usize]) -> Result<Shape, Misfit> {
    let known: Vec<usize> = shape.iter().flatten().copied().collect();
    let (have, given) = (product(input), product(&known));
    let rest = if given > 0 && have.is_multiple_of(given) { have / given } else { 0 };
    if rest == 0 || (rest > 1 && known.len() == shape.len()) {
        let misfit = Misfit::new(
            "E0409",
            "`reshape` keeps all numbers and adds none",
            format!("{input:?} has {have} numbers, {known:?} {given}"),
        );
        return Err(misfit.help("let one size be -1: it becomes what remains"));
    }
    Ok(shape.iter().map(|size| size.unwrap_or(rest as usize)).collect())
}

fn permuted(order: &[usize], input: &[usize]) -> Result<Shape, Misfit> {
    if input.len() == 1 {
        return Err(not_an_image("permute", input));
    }
    if order.len() != input.len() {
        let misfit = Misfit::new(
            "E0401",
            format!("`permute` of {} names its {} axes", kind_of(input), input.len()),
            format!("{order:?} names {}, found {input:?}", order.len()),
        );
        return Err(misfit.help(axes_by_number(input.len())));
    }
    Ok(order.iter().map(|&axis| input[axis]).collect())
}

fn cropped(size: &[usize], at: Option<&[usize]>, input: &[usize]) -> Result<Shape, Misfit> {
    let whole = extents("crop", size.len(), input)?;
    let none = vec![0; size.len()];
    let at = at.unwrap_or(&none);
    if at.iter().zip(size).zip(whole).any(|((at, size), whole)| at + size > *whole) {
        let thing = thing(input.len());
        let misfit = Misfit::new(
            "E0409",
            format!("`crop` reaches beyond the {thing}"),
            format!("{} at {} of {}", window_text(size), place_text(at), window_text(whole)),
        );
        return Err(misfit.help(format!("crop less, or enlarge the {thing} by `pad`")));
    }
    Ok([&input[..1], size].concat())
}

fn sliced(
    axis: Axis,
    start: usize,
    end: Option<usize>,
    step: usize,
    input: &[usize],
) -> Result<Shape, Misfit> {
    let place = axis.place_in("slice", input)?;
    let size = input[place];
    let to = end.unwrap_or(size);
    if start >= size || to > size {
        let misfit = Misfit::new(
            "E0409",
            "`slice` reaches beyond its input",
            match end {
                Some(end) => format!("from {start} to {end}, where `{}` has {size}", axis.name()),
                None => format!("from {start}, where `{}` has {size}", axis.name()),
            },
        );
        return Err(misfit.help(format!("along this axis `end` can be at most {size}")));
    }
    let mut shape = input.to_vec();
    shape[place] = (to - start).div_ceil(step);
    Ok(shape)
}

/// Formats a place: `[2, 3]`, or `2` in one direction.
fn place_text(at: &[usize]) -> String {
    match at {
        [at] => at.to_string(),
        _ => format!("{at:?}"),
    }
}
