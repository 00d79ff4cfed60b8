//! Operators that make one value of several.

use super::axis::{AXES, Axis};
use super::rank::{kind_of, thing};
use super::room::{Facts, Group, ParamSpec, Room};
use super::text::Text;
use super::{Args, Misfit, Operator, Shape, count};
use crate::args::Signature;

/// Combination of several values into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// The sum of two or more values of one shape.
    Add,
    /// Side by side on an axis.
    Concat(Axis),
    /// The product of two or more values: of one shape, or some with one number for each channel or pixel of the others.
    Mul,
    /// The first of two values less the second.
    Sub,
    /// The largest of two or more values, number by number.
    Max,
}

/// A join's name, its arguments beside the names of values, and how to read them.
pub(crate) struct JoinEntry {
    pub(crate) name: &'static str,
    /// The names of values that it takes, as documents write them.
    pub(crate) values: &'static str,
    pub(crate) signature: Signature<'static>,
    read: fn(&mut Args<'_>) -> Operator,
}

impl JoinEntry {
    /// Reads the arguments of the join; the result is meaningless if that failed.
    pub(crate) fn read(&self, args: &mut Args<'_>) -> Operator {
        (self.read)(args)
    }

    const fn plain(name: &'static str, read: fn(&mut Args<'_>) -> Operator) -> JoinEntry {
        JoinEntry { name, values: SEVERAL, signature: Signature { name, positional: 0, params: &[] }, read }
    }
}

const SEVERAL: &str = "names...";

/// Every join.
pub(crate) const JOINS: &[JoinEntry] = &[
    JoinEntry::plain("add", |_| Operator::Join(Join::Add)),
    JoinEntry {
        name: "concat",
        values: SEVERAL,
        signature: Signature { name: "concat", positional: 0, params: &[("axis", Some("channels"))] },
        read: |args| Operator::Join(Join::Concat(args.choice("axis", AXES))),
    },
    JoinEntry::plain("mul", |_| Operator::Join(Join::Mul)),
    JoinEntry { values: "name", ..JoinEntry::plain("sub", |_| Operator::Join(Join::Sub)) },
    JoinEntry::plain("max", |_| Operator::Join(Join::Max)),
];

/// Returns the join of that name.
pub(crate) fn find_join(name: &str) -> Option<&'static JoinEntry> {
    JOINS.iter().find(|join| join.name == name)
}

impl Room for Join {
    fn kind(&self) -> &'static str {
        match self {
            Join::Add => "add",
            Join::Concat(_) => "concat",
            Join::Mul => "mul",
            Join::Sub => "sub",
            Join::Max => "max",
        }
    }

    fn text(&self) -> String {
        let text = Text::new(self.kind());
        match self {
            Join::Concat(axis) => text.option("axis", axis, |axis| axis.name().into()),
            Join::Add | Join::Mul | Join::Sub | Join::Max => text,
        }
        .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        match self {
            Join::Add | Join::Max => same_shape(self.kind(), inputs),
            Join::Concat(axis) => concat_shape(*axis, &self.text(), inputs),
            Join::Mul => mul_shape(inputs),
            Join::Sub => sub_shape(inputs),
        }
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, inputs: &[&[usize]], output: &[usize]) -> u64 {
        match self {
            Join::Concat(_) => 0,
            Join::Add | Join::Mul | Join::Sub | Join::Max => {
                count(output).saturating_mul(inputs.len().saturating_sub(1) as u64)
            }
        }
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Join, follows: false, affine: false, activation: false, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}

/// Computes the shape of the difference of two values.
fn sub_shape(inputs: &[&[usize]]) -> Result<Shape, Misfit> {
    if inputs.len() != 2 {
        let found = format!("there are {}", inputs.len());
        let misfit = Misfit::new("E0404", "`sub` takes one value from another", found);
        return Err(misfit.help("add up what is to be taken away, or write several `sub`"));
    }
    same_shape("sub", inputs)
}

/// Computes the shape of a product of values of one shape, or with one number for each channel or each pixel
/// of the others.
fn mul_shape(inputs: &[&[usize]]) -> Result<Shape, Misfit> {
    let largest = |shape: &&&[usize]| (shape.len(), shape.iter().product::<usize>());
    let whole = inputs.iter().max_by_key(largest).copied().unwrap_or_default();
    match inputs.iter().find(|shape| spread(shape, whole).is_none()) {
        None => Ok(whole.to_vec()),
        Some(other) => {
            let misfit = same_shape("mul", &[whole, *other]).err();
            let misfit =
                misfit.unwrap_or_else(|| Misfit::new("E0404", "`mul` needs values of one shape", ""));
            Err(match whole {
                [c, h, w] => misfit.help(format!(
                    "or give one a number for each channel, [{c}] or [{c}, 1, 1], or one for each pixel, [1, {h}, {w}]"
                )),
                _ => misfit,
            })
        }
    }
}

/// Returns how a factor is broadcast to the numbers of a whole, if it can be.
pub(crate) fn spread(factor: &[usize], whole: &[usize]) -> Option<Spread> {
    match (factor, whole) {
        (a, b) if a == b => Some(Spread::Same),
        ([a], [c, _, ..]) if a == c => Some(Spread::Channels),
        ([a, ones @ ..], [c, _, ..]) if a == c && ones.len() + 1 == whole.len() && count(ones) == 1 => {
            Some(Spread::Channels)
        }
        ([1, a @ ..], [_, b @ ..]) if a == b && !b.is_empty() => Some(Spread::Pixels),
        _ => None,
    }
}

/// Numbers that the factor of a product consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Each number.
    Same,
    /// Each channel.
    Channels,
    /// Each pixel.
    Pixels,
}

/// Checks that all values have one shape, and returns it.
fn same_shape(name: &str, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
    let first = inputs.first().copied().unwrap_or_default();
    let Some(other) = inputs.iter().find(|shape| **shape != first) else { return Ok(first.to_vec()) };
    let misfit = Misfit::new(
        "E0404",
        format!("`{name}` needs values of one shape"),
        format!("found {first:?} and {other:?}"),
    );
    Err(match (first, *other) {
        ([a, ah, aw], [b, bh, bw]) if (ah, aw) != (bh, bw) => match a == b {
            true => misfit.help("one way shrinks the image: give the other the same stride or pooling, or keep the size by `pad`"),
            false => misfit.help(
                "bring the shorter way to the same shape with a 1x1 convolution, such as \
                 `conv(channels, 1x1, stride=2, bias=false) batch_norm`",
            ),
        },
        ([a, sizes @ ..], [b, others @ ..]) if a == b && sizes.len() == others.len() => misfit.help(format!(
            "one way shrinks the {}: give the other the same stride or pooling, or keep the size by `pad`",
            thing(first.len())
        )),
        ([a, ..], [b, ..]) if first.len() == other.len() => misfit.help(format!(
            "one way has {a} channels and the other {b}: change one of its layers, or join with `concat`"
        )),
        _ => misfit.help(format!(
            "one is {}, the other {}; `flatten` makes features of an image",
            kind_of(first),
            kind_of(other)
        )),
    })
}

/// Computes the shape of a concatenation: the sizes along the axis add up; the others must be equal.
fn concat_shape(axis: Axis, text: &str, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
    let first = inputs.first().copied().unwrap_or_default();
    let place = axis.place_in(text, first)?;
    let rest = |shape: &[usize]| -> Shape {
        shape.iter().enumerate().filter(|(i, _)| *i != place).map(|(_, size)| *size).collect()
    };
    if let Some(other) = inputs.iter().find(|shape| shape.len() != first.len() || rest(shape) != rest(first))
    {
        let misfit = Misfit::new(
            "E0405",
            match axis {
                Axis::Channels => "`concat` puts channels side by side: everything else must be equal".into(),
                _ => format!(
                    "`{text}` puts {}s side by side: everything but the {} must be equal",
                    thing(first.len()),
                    axis.name()
                ),
            },
            format!("found {first:?} and {other:?}"),
        );
        return Err(match (first.len() == other.len(), axis) {
            (true, Axis::Channels) if first.len() != 3 => misfit.help(format!(
                "give both ways the same sizes after the channels: stride and pooling shrink the {}, `conv_transpose` with a stride enlarges it",
                thing(first.len())
            )),
            (true, Axis::Channels) => misfit.help("give both ways the same height and width: stride and pooling shrink an image, `conv_transpose` with a stride enlarges it"),
            (true, _) => misfit.help("bring them to the same sizes by a convolution, `crop` or `pad`"),
            (false, _) => misfit.help(format!(
                "one is {}, the other {}; `flatten` makes features of an image",
                kind_of(first),
                kind_of(other)
            )),
        });
    }
    let mut shape = first.to_vec();
    shape[place] = inputs.iter().map(|shape| shape[place]).sum();
    Ok(shape)
}
