//! Operators that make one value of several: add and concat.

use super::{Misfit, Operator, kind_of};
use crate::graph::Shape;

/// How each is written.
pub(crate) const JOINS: &[(&str, Operator)] = &[("add", Operator::Add), ("concat", Operator::Concat)];

/// All of one shape.
pub(super) fn add_shape(inputs: &[&[usize]]) -> Result<Shape, Misfit> {
    let first = inputs.first().copied().unwrap_or_default();
    let Some(other) = inputs.iter().find(|shape| **shape != first) else { return Ok(first.to_vec()) };
    let misfit =
        Misfit::new("E0404", "`add` needs values of one shape", format!("found {first:?} and {other:?}"));
    Err(match (first, *other) {
        ([a, ah, aw], [b, bh, bw]) if (ah, aw) != (bh, bw) => match a == b {
            true => misfit.help("one way shrinks the image: give the other the same stride or pooling, or keep the size by `pad`"),
            false => misfit.help(
                "bring the shorter way to the same shape with a 1x1 convolution, such as \
                 `conv(channels, 1x1, stride=2, bias=false) batch_norm`",
            ),
        },
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

/// The first sizes add up; the others must be equal.
pub(super) fn concat_shape(inputs: &[&[usize]]) -> Result<Shape, Misfit> {
    let first = inputs.first().copied().unwrap_or_default();
    let rest = first.get(1..).unwrap_or_default();
    if let Some(other) =
        inputs.iter().find(|shape| shape.len() != first.len() || shape.get(1..).unwrap_or_default() != rest)
    {
        let misfit = Misfit::new(
            "E0405",
            "`concat` puts channels side by side: everything else must be equal",
            format!("found {first:?} and {other:?}"),
        );
        return Err(match first.len() == other.len() {
            true => misfit.help("give both ways the same height and width: stride and pooling shrink an image, `conv_transpose` with a stride enlarges it"),
            false => misfit.help(format!(
                "one is {}, the other {}; `flatten` makes features of an image",
                kind_of(first),
                kind_of(other)
            )),
        });
    }
    let channels = inputs.iter().map(|shape| shape.first().copied().unwrap_or(0)).sum();
    Ok(std::iter::once(channels).chain(rest.iter().copied()).collect())
}
