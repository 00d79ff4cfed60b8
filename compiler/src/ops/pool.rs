//! Pooling.

use super::Activation;
use super::conv::too_small;
use super::{
    Entry, Misfit, Operator, Sliding, Text, extents, not_an_image, pair_text, plain_text, slide, thing,
    window_text,
};
use crate::args::{MAX_PAD, MAX_WINDOW, Signature};
use crate::ops::Args;
use crate::ops::Shape;

/// `max_pool(KxK, stride=K, pad=0, ceil=false)`: [torch.nn.MaxPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html).
#[derive(Clone, Debug, PartialEq)]
pub struct MaxPool<const N: usize = 2> {
    /// The window's sizes, for images height and width.
    pub window: [usize; N],
    /// Steps of the window.
    pub stride: [usize; N],
    /// Minus infinities around the image.
    pub pad: [usize; N],
    /// True if there are windows that reach beyond the padding, below and to the right.
    pub ceil: bool,
}

/// `avg_pool(KxK, stride=K, pad=0, count_pad=true, ceil=false)`: [torch.nn.AvgPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
#[derive(Clone, Debug, PartialEq)]
pub struct AvgPool<const N: usize = 2> {
    /// The window's sizes, for images height and width.
    pub window: [usize; N],
    /// Steps of the window.
    pub stride: [usize; N],
    /// Zeros around the image.
    pub pad: [usize; N],
    /// True if those zeros count in the mean.
    pub count_pad: bool,
    /// True if there are windows that reach beyond the padding, below and to the right.
    pub ceil: bool,
}

pub(super) const MAX_POOL: Entry = Entry {
    signature: Signature {
        name: "max_pool",
        positional: 1,
        params: &[("window", None), ("stride", Some("window")), ("pad", Some("0")), ("ceil", Some("false"))],
    },
    read: |args: &mut Args<'_>| match args.directions() {
        1 => Operator::Signal(Sliding::MaxPool(read_max(args))),
        3 => Operator::Volume(Sliding::MaxPool(read_max(args))),
        _ => Operator::MaxPool(read_max(args)),
    },
};

pub(super) const AVG_POOL: Entry = Entry {
    signature: Signature {
        name: "avg_pool",
        positional: 1,
        params: &[
            ("window", None),
            ("stride", Some("window")),
            ("pad", Some("0")),
            ("count_pad", Some("true")),
            ("ceil", Some("false")),
        ],
    },
    read: |args: &mut Args<'_>| match args.directions() {
        1 => Operator::Signal(Sliding::AvgPool(read_avg(args))),
        3 => Operator::Volume(Sliding::AvgPool(read_avg(args))),
        _ => Operator::AvgPool(read_avg(args)),
    },
};

pub(super) const GLOBAL_MAX_POOL: Entry = Entry {
    signature: Signature { name: "global_max_pool", positional: 0, params: &[] },
    read: |_| Operator::GlobalMaxPool,
};

pub(super) const GLOBAL_AVG_POOL: Entry = Entry {
    signature: Signature { name: "global_avg_pool", positional: 0, params: &[] },
    read: |_| Operator::GlobalAvgPool,
};

/// `lp_pool(window, p=2, stride=window, ceil=false)`: [torch.nn.LPPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html)
/// of absolute values, as powers, their mean and the root of what is then their sum.
pub(super) const LP_POOL: Entry = Entry {
    signature: Signature {
        name: "lp_pool",
        positional: 2,
        params: &[("window", None), ("p", Some("2")), ("stride", Some("window")), ("ceil", Some("false"))],
    },
    read: |args: &mut Args<'_>| {
        let p = args.number("p");
        if p < 1.0 {
            args.reject(
                "E0306",
                "p",
                "`p` of `lp_pool` must be at least 1",
                format!("this is {p}"),
                "with 1 it sums the absolute values of a window, and the larger it is, the more it takes the largest",
            );
        }
        args.apply_before("power", Operator::Activation(Activation::Power(p)));
        let (mean, count) = match args.directions() {
            1 => read_lp::<1>(args, |pool| Operator::Signal(Sliding::AvgPool(pool))),
            3 => read_lp::<3>(args, |pool| Operator::Volume(Sliding::AvgPool(pool))),
            _ => read_lp::<2>(args, Operator::AvgPool),
        };
        args.apply_before("mean", mean);
        args.name_last("root");
        Operator::Activation(Activation::Root { p, count })
    },
};

/// Reads `lp_pool` as means, and the number of numbers that each is the mean of.
fn read_lp<const N: usize>(args: &mut Args<'_>, pool: impl Fn(AvgPool<N>) -> Operator) -> (Operator, usize) {
    let window = args.sizes("window", 1..=MAX_WINDOW);
    let stride = args.sizes_or("stride", 1..=MAX_WINDOW, window);
    let ceil = args.flag("ceil");
    (pool(AvgPool { window, stride, pad: [0; N], count_pad: true, ceil }), window.iter().product())
}

fn read_max<const N: usize>(args: &mut Args<'_>) -> MaxPool<N> {
    let [window, stride, pad] = read(args);
    let places: usize = window.iter().product();
    if places > MaxPool::<N>::MOST_PLACES {
        args.reject(
            "E0306",
            "window",
            format!("the window of `max_pool` can have at most {} places", MaxPool::<N>::MOST_PLACES),
            format!("this has {places}"),
            format!(
                "pool twice with smaller windows, or use `global_max_pool` for the whole {}",
                thing(N + 1)
            ),
        );
    }
    MaxPool { window, stride, pad, ceil: args.flag("ceil") }
}

fn read_avg<const N: usize>(args: &mut Args<'_>) -> AvgPool<N> {
    let [window, stride, pad] = read(args);
    let count_pad = args.flag("count_pad");
    if args.given("count_pad") && pad == [0; N] {
        args.reject(
            "E0309",
            "count_pad",
            "`count_pad` says nothing without padding",
            "`pad` is 0",
            "leave `count_pad` out, or give a `pad`",
        );
    }
    AvgPool { window, stride, pad, count_pad, ceil: args.flag("ceil") }
}

/// Reads window, stride and padding.
fn read<const N: usize>(args: &mut Args<'_>) -> [[usize; N]; 3] {
    let window = args.sizes("window", 1..=MAX_WINDOW);
    let stride = args.sizes_or("stride", 1..=MAX_WINDOW, window);
    let pad = args.sizes("pad", 0..=MAX_PAD);
    if (0..N).any(|axis| pad[axis] > window[axis] / 2) {
        args.reject(
            "E0306",
            "pad",
            "the padding of a pool can be at most half its window",
            format!("the window is {}", window_text(&window)),
            format!(
                "with more, some windows would hold nothing but padding; use `pad={}` or less",
                pair_text(&window.map(|size| size / 2))
            ),
        );
    }
    [window, stride, pad]
}

impl<const N: usize> MaxPool<N> {
    /// The most places of a window: training keeps that of each maximum in a byte.
    pub(crate) const MOST_PLACES: usize = 255;

    pub(super) fn text(&self) -> String {
        text("max_pool", &self.window, &self.stride, &self.pad)
            .option("ceil", &self.ceil, plain_text)
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        shape("max_pool", (&self.window, &self.stride, &self.pad), self.ceil, input)
    }
}

impl<const N: usize> AvgPool<N> {
    pub(super) fn text(&self) -> String {
        text("avg_pool", &self.window, &self.stride, &self.pad)
            .option("count_pad", &self.count_pad, plain_text)
            .option("ceil", &self.ceil, plain_text)
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        shape("avg_pool", (&self.window, &self.stride, &self.pad), self.ceil, input)
    }
}

/// Computes the shape of `global_avg_pool` and `global_max_pool`.
pub(super) fn global_shape(name: &str, input: &[usize]) -> Result<Shape, Misfit> {
    match input {
        [_] => Err(not_an_image(name, input)),
        _ => Ok(input.iter().take(1).copied().chain(input.iter().skip(1).map(|_| 1)).collect()),
    }
}

fn text<const N: usize>(
    name: &'static str,
    window: &[usize; N],
    stride: &[usize; N],
    pad: &[usize; N],
) -> Text {
    Text::new(name)
        .arg(&window_text(window))
        .unless("stride", stride, window, pair_text)
        .option("pad", pad, pair_text)
}

fn shape<const N: usize>(
    name: &str,
    (window, stride, pad): (&[usize; N], &[usize; N], &[usize; N]),
    ceil: bool,
    input: &[usize],
) -> Result<Shape, Misfit> {
    let sizes = extents::<N>(name, input)?;
    let stops = |axis: usize| {
        let size = sizes[axis];
        let floor = slide(size, window[axis], stride[axis], pad[axis])?;
        // PyTorch's: a further window must begin on the image or the padding before it.
        let rest = !(size + 2 * pad[axis] - window[axis]).is_multiple_of(stride[axis]);
        Some(floor + usize::from(ceil && rest && floor * stride[axis] < size + pad[axis]))
    };
    let stops: Option<Vec<usize>> = (0..N).map(stops).collect();
    match stops {
        Some(stops) => Ok([&input[..1], &stops[..]].concat()),
        None => Err(too_small(name, window, pad, input)),
    }
}
