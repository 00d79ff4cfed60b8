//! Pooling.

use super::conv::{slide, too_small};
use super::rank::{extents, not_an_image, thing};
use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, plain_text, sizes_text, window_text};
use super::{Activation, Args, Entry, Misfit, Operator, Reduction, Shape, Spatial, count, product};
use crate::args::{MAX_PAD, MAX_WINDOW, Signature};

/// `max_pool(KxK, stride=K, pad=0, ceil=false)`: [torch.nn.MaxPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html).
#[derive(Clone, Debug, PartialEq)]
pub struct MaxPool {
    /// The sizes of the window.
    pub window: Spatial,
    /// Steps of the window.
    pub stride: Spatial,
    /// Minus infinities around the input.
    pub pad: Spatial,
    /// True if there are windows that reach beyond the padding, below and to the right.
    pub ceil: bool,
}

/// `avg_pool(KxK, stride=K, pad=0, count_pad=true, ceil=false)`: [torch.nn.AvgPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
#[derive(Clone, Debug, PartialEq)]
pub struct AvgPool {
    /// The sizes of the window.
    pub window: Spatial,
    /// Steps of the window.
    pub stride: Spatial,
    /// Zeros around the input.
    pub pad: Spatial,
    /// True if those zeros count in the mean.
    pub count_pad: bool,
    /// True if there are windows that reach beyond the padding, below and to the right.
    pub ceil: bool,
}

/// `global_avg_pool` or `global_max_pool`: one number of each channel, `[c, h, w]` to `[c, 1, 1]`, `[c, l]` to `[c, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalPool {
    /// The reduction of a channel.
    pub reduction: Reduction,
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        signature: Signature {
            name: "max_pool",
            positional: 1,
            params: &[
                ("window", None),
                ("stride", Some("window")),
                ("pad", Some("0")),
                ("ceil", Some("false")),
            ],
        },
        read: |args: &mut Args<'_>| Operator::MaxPool(read_max(args)),
    },
    Entry {
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
        read: |args: &mut Args<'_>| Operator::AvgPool(read_avg(args)),
    },
    // [torch.nn.LPPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html) of absolute values, as powers, their
    // mean and the root of what is then their sum.
    Entry {
        signature: Signature {
            name: "lp_pool",
            positional: 2,
            params: &[
                ("window", None),
                ("p", Some("2")),
                ("stride", Some("window")),
                ("ceil", Some("false")),
            ],
        },
        read: read_lp,
    },
    Entry {
        signature: Signature { name: "global_avg_pool", positional: 0, params: &[] },
        read: |_| Operator::GlobalPool(GlobalPool { reduction: Reduction::Mean }),
    },
    Entry {
        signature: Signature { name: "global_max_pool", positional: 0, params: &[] },
        read: |_| Operator::GlobalPool(GlobalPool { reduction: Reduction::Maximum }),
    },
];

fn read_lp(args: &mut Args<'_>) -> Operator {
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
    let window = args.sizes("window", 1..=MAX_WINDOW);
    let stride = args.sizes_or("stride", 1..=MAX_WINDOW, window);
    let ceil = args.flag("ceil");
    let mean = AvgPool { window, stride, pad: window.map(|_| 0), count_pad: true, ceil };
    args.apply_before("mean", Operator::AvgPool(mean));
    args.name_last("root");
    Operator::Activation(Activation::Root { p, count: window.iter().product() })
}

fn read_max(args: &mut Args<'_>) -> MaxPool {
    let [window, stride, pad] = read(args);
    let places: usize = window.iter().product();
    if places > MaxPool::MOST_PLACES {
        args.reject(
            "E0306",
            "window",
            format!("the window of `max_pool` can have at most {} places", MaxPool::MOST_PLACES),
            format!("this has {places}"),
            format!(
                "pool twice with smaller windows, or use `global_max_pool` for the whole {}",
                thing(window.directions() + 1)
            ),
        );
    }
    MaxPool { window, stride, pad, ceil: args.flag("ceil") }
}

fn read_avg(args: &mut Args<'_>) -> AvgPool {
    let [window, stride, pad] = read(args);
    let count_pad = args.flag("count_pad");
    if args.given("count_pad") && pad.is_all(0) {
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
fn read(args: &mut Args<'_>) -> [Spatial; 3] {
    let window = args.sizes("window", 1..=MAX_WINDOW);
    let stride = args.sizes_or("stride", 1..=MAX_WINDOW, window);
    let pad = args.sizes("pad", 0..=MAX_PAD);
    if pad.iter().zip(window.iter()).any(|(pad, window)| *pad > window / 2) {
        args.reject(
            "E0306",
            "pad",
            "the padding of a pool can be at most half its window",
            format!("the window is {}", window_text(&window)),
            format!(
                "with more, some windows would hold nothing but padding; use `pad={}` or less",
                sizes_text(&window.map(|size| size / 2))
            ),
        );
    }
    [window, stride, pad]
}

impl MaxPool {
    /// The most places of a window: training keeps that of each maximum in a byte.
    pub(crate) const MOST_PLACES: usize = 255;
}

impl Room for MaxPool {
    fn kind(&self) -> &'static str {
        "max_pool"
    }

    fn text(&self) -> String {
        text("max_pool", self.window, self.stride, self.pad).option("ceil", &self.ceil, plain_text).finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        shape("max_pool", [self.window, self.stride, self.pad], self.ceil, inputs[0])
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], output: &[usize]) -> u64 {
        count(output).saturating_mul(product(&self.window))
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Pool, follows: true, affine: false, activation: false, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        (self.window.is_all(1) && self.stride.is_all(1)).then_some("its window has one place")
    }
}

impl Room for AvgPool {
    fn kind(&self) -> &'static str {
        "avg_pool"
    }

    fn text(&self) -> String {
        text("avg_pool", self.window, self.stride, self.pad)
            .option("count_pad", &self.count_pad, plain_text)
            .option("ceil", &self.ceil, plain_text)
            .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        shape("avg_pool", [self.window, self.stride, self.pad], self.ceil, inputs[0])
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], output: &[usize]) -> u64 {
        count(output).saturating_mul(product(&self.window))
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Pool, follows: false, affine: true, activation: false, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        (self.window.is_all(1) && self.stride.is_all(1)).then_some("its window has one place")
    }
}

impl Room for GlobalPool {
    fn kind(&self) -> &'static str {
        match self.reduction {
            Reduction::Mean => "global_avg_pool",
            Reduction::Maximum => "global_max_pool",
        }
    }

    fn text(&self) -> String {
        self.kind().to_string()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        match inputs[0] {
            input @ [_] => Err(not_an_image(self.kind(), input)),
            input => {
                Ok(input.iter().enumerate().map(|(axis, &size)| if axis == 0 { size } else { 1 }).collect())
            }
        }
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, inputs: &[&[usize]], _: &[usize]) -> u64 {
        count(inputs[0])
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Pool, follows: false, affine: false, activation: false, weights: None }
    }

    fn does_nothing(&self, input: &[usize]) -> Option<&'static str> {
        input.iter().skip(1).all(|size| *size == 1).then_some("each channel has one number already")
    }
}

fn text(name: &'static str, window: Spatial, stride: Spatial, pad: Spatial) -> Text {
    Text::new(name)
        .arg(&window_text(&window))
        .unless("stride", &stride, &window, sizes_text)
        .option("pad", &pad, sizes_text)
}

fn shape(
    name: &str,
    [window, stride, pad]: [Spatial; 3],
    ceil: bool,
    input: &[usize],
) -> Result<Shape, Misfit> {
    let sizes = extents(name, window.directions(), input)?;
    let stops = |(axis, &size): (usize, &usize)| {
        let floor = slide(size, window[axis], stride[axis], pad[axis])?;
        // PyTorch's: a further window must begin on the image or the padding before it.
        let rest = !(size + 2 * pad[axis] - window[axis]).is_multiple_of(stride[axis]);
        Some(floor + usize::from(ceil && rest && floor * stride[axis] < size + pad[axis]))
    };
    let stops: Option<Vec<usize>> = sizes.iter().enumerate().map(stops).collect();
    match stops {
        Some(stops) => Ok([&input[..1], &stops[..]].concat()),
        None => Err(too_small(name, window, pad, input)),
    }
}
