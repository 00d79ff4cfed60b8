//! Pooling.

use super::conv::too_small;
use super::{Entry, Misfit, Operator, Text, not_an_image, pair_text, plain_text, slide, window_text};
use crate::args::{Args, MAX_PAD, MAX_WINDOW, Signature};
use crate::graph::Shape;

/// `max_pool(KxK, stride=K, pad=0, ceil=false)`: [torch.nn.MaxPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html).
#[derive(Clone, Debug, PartialEq)]
pub struct MaxPool {
    /// Height and width.
    pub window: [usize; 2],
    /// Steps of the window.
    pub stride: [usize; 2],
    /// Minus infinities around the image.
    pub pad: [usize; 2],
    /// Whether there are windows that reach beyond the padding, below and to the right.
    pub ceil: bool,
}

/// `avg_pool(KxK, stride=K, pad=0, count_pad=true, ceil=false)`: [torch.nn.AvgPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
#[derive(Clone, Debug, PartialEq)]
pub struct AvgPool {
    /// Height and width.
    pub window: [usize; 2],
    /// Steps of the window.
    pub stride: [usize; 2],
    /// Zeros around the image.
    pub pad: [usize; 2],
    /// Whether those zeros count in the mean.
    pub count_pad: bool,
    /// Whether there are windows that reach beyond the padding, below and to the right.
    pub ceil: bool,
}

/// Training keeps the place of each maximum in a byte.
const MAX_POSITIONS: usize = 255;

pub(super) const MAX_POOL: Entry = Entry {
    signature: Signature {
        name: "max_pool",
        positional: 1,
        params: &[("window", None), ("stride", Some("window")), ("pad", Some("0")), ("ceil", Some("false"))],
    },
    read: |args: &mut Args<'_>| {
        let (window, stride, pad) = read(args);
        if window[0] * window[1] > MAX_POSITIONS {
            args.reject(
                "E0306",
                "window",
                format!("the window of `max_pool` can have at most {MAX_POSITIONS} places"),
                format!("this has {}", window[0] * window[1]),
                "pool twice with smaller windows, or use `global_max_pool` for the whole image",
            );
        }
        Operator::MaxPool(MaxPool { window, stride, pad, ceil: args.flag("ceil", false) })
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
    read: |args: &mut Args<'_>| {
        let (window, stride, pad) = read(args);
        let count_pad = args.flag("count_pad", true);
        if args.given("count_pad") && pad == [0, 0] {
            args.reject(
                "E0309",
                "count_pad",
                "`count_pad` says nothing without padding",
                "`pad` is 0",
                "leave `count_pad` out, or give a `pad`",
            );
        }
        Operator::AvgPool(AvgPool { window, stride, pad, count_pad, ceil: args.flag("ceil", false) })
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

fn read(args: &mut Args<'_>) -> ([usize; 2], [usize; 2], [usize; 2]) {
    let window = args.pair("window", 1..=MAX_WINDOW, [1, 1]);
    let stride = args.pair("stride", 1..=MAX_WINDOW, window);
    let pad = args.pair("pad", 0..=MAX_PAD, [0, 0]);
    if pad[0] > window[0] / 2 || pad[1] > window[1] / 2 {
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
    (window, stride, pad)
}

impl MaxPool {
    pub(super) fn text(&self) -> String {
        text("max_pool", &self.window, &self.stride, &self.pad)
            .option("ceil", &self.ceil, &false, plain_text)
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        shape("max_pool", (&self.window, &self.stride, &self.pad), self.ceil, input)
    }
}

impl AvgPool {
    pub(super) fn text(&self) -> String {
        text("avg_pool", &self.window, &self.stride, &self.pad)
            .option("count_pad", &self.count_pad, &true, plain_text)
            .option("ceil", &self.ceil, &false, plain_text)
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        shape("avg_pool", (&self.window, &self.stride, &self.pad), self.ceil, input)
    }
}

/// The shape rule of `global_avg_pool` and `global_max_pool`.
pub(super) fn global_shape(name: &str, input: &[usize]) -> Result<Shape, Misfit> {
    match input {
        [channels, _, _] => Ok(vec![*channels, 1, 1]),
        _ => Err(not_an_image(name, input)),
    }
}

fn text(name: &'static str, window: &[usize; 2], stride: &[usize; 2], pad: &[usize; 2]) -> Text {
    Text::new(name).arg(&window_text(window)).option("stride", stride, window, pair_text).option(
        "pad",
        pad,
        &[0, 0],
        pair_text,
    )
}

fn shape(
    name: &str,
    (window, stride, pad): (&[usize; 2], &[usize; 2], &[usize; 2]),
    ceil: bool,
    input: &[usize],
) -> Result<Shape, Misfit> {
    let &[channels, height, width] = input else { return Err(not_an_image(name, input)) };
    let stops = |size: usize, axis: usize| {
        let floor = slide(size, window[axis], stride[axis], pad[axis])?;
        // PyTorch's: a further window must begin on the image or the padding before it.
        let rest = !(size + 2 * pad[axis] - window[axis]).is_multiple_of(stride[axis]);
        Some(floor + usize::from(ceil && rest && floor * stride[axis] < size + pad[axis]))
    };
    match (stops(height, 0), stops(width, 1)) {
        (Some(height), Some(width)) => Ok(vec![channels, height, width]),
        _ => Err(too_small(name, window, pad, input)),
    }
}
