//! Layers with windows over signals and volumes: a signal is a volume of depth and height 1 here.

use super::backward::Local;
use super::forward::{maximum, reshape};
use crate::ops::{
    AdaptivePool, AvgPool, Border, Conv, ConvTranspose, MaxPool, Pad, Reduction, Sliding, Upsample,
    UpsampleMode,
};
use ndarray::{ArrayD, IxDyn};

/// A window along one direction.
#[derive(Clone, Copy)]
struct Line {
    kernel: usize,
    stride: usize,
    pad: usize,
    dilation: usize,
}

impl Line {
    /// Returns the taps on the input when the window stands at `stop`: each tap, and its place among `size`.
    fn taps(self, stop: usize, size: usize) -> Vec<(usize, usize)> {
        let place = |tap: usize| (stop * self.stride + tap * self.dilation).checked_sub(self.pad);
        (0..self.kernel).filter_map(|tap| Some((tap, place(tap).filter(|&at| at < size)?))).collect()
    }
}

/// A layer's rule, direction by direction.
enum Rule {
    /// Weighted sums of what the taps find; `groups` of channels are apart.
    Conv { lines: [Line; 3], groups: usize },
    /// A transposed convolution: the rule of a convolution, from the sums back.
    Spread { lines: [Line; 3], groups: usize },
    /// The first largest of some places: along each direction, for each of the result, those of the input.
    Max([Vec<Vec<usize>>; 3]),
    /// Sums with shares that are products of those along each direction: for each place of the result, from where how much.
    Shares([Vec<Vec<(usize, f64)>>; 3]),
}

/// Computes the output for the batch `x`; the interpreter knows the shape that comes out from the operator
/// itself.
pub(super) fn forward<const N: usize>(
    op: &Sliding<N>,
    x: &ArrayD<f64>,
    params: &[&ArrayD<f64>],
) -> ArrayD<f64> {
    let (from, to) = shapes(op, x);
    let rule = rule(op, from, to);
    let x = reshape(x, &[x.shape()[0], x.shape()[1], from[0], from[1], from[2]]);
    let out = [x.shape()[0], channels(op, &x), to[0], to[1], to[2]];
    let mut y = ArrayD::zeros(IxDyn(&out));
    match &rule {
        Rule::Conv { .. } | Rule::Spread { .. } => {
            let weight = params[0].as_slice().expect("row by row");
            products(&rule, x.shape(), &out, |i, o, w| y[o] += x[i] * weight[w]);
        }
        Rule::Max(windows) => maxima(windows, &x, &out, |i, o| y[o] = i.map_or(f64::NEG_INFINITY, |i| x[i])),
        Rule::Shares(shares) => shared(shares, &out, |i, o, share| y[o] += x[i] * share),
    }
    if let Some(bias) = params.get(1) {
        y += &reshape(bias, &[bias.len(), 1, 1, 1]);
    }
    reshape(&y, &[&out[..2], &to[3 - N..]].concat())
}

/// Computes the gradients of input and parameters from the gradient of the output.
pub(super) fn backward<const N: usize>(
    op: &Sliding<N>,
    x: &ArrayD<f64>,
    params: &[&ArrayD<f64>],
    slope: &ArrayD<f64>,
) -> Local {
    let (from, to) = shapes(op, x);
    let rule = rule(op, from, to);
    let shape = x.shape().to_vec();
    let x = reshape(x, &[shape[0], shape[1], from[0], from[1], from[2]]);
    let out = [shape[0], slope.shape()[1], to[0], to[1], to[2]];
    let slope = reshape(slope, &out);
    let mut input = ArrayD::<f64>::zeros(x.raw_dim());
    let mut gradients = vec![];
    match &rule {
        Rule::Conv { .. } | Rule::Spread { .. } => {
            let weight = params[0].as_slice().expect("row by row");
            let mut gradient = vec![0.0; weight.len()];
            products(&rule, x.shape(), &out, |i, o, w| {
                input[i] += slope[o] * weight[w];
                gradient[w] += slope[o] * x[i];
            });
            let weight = ArrayD::from_shape_vec(params[0].raw_dim(), gradient).expect("the weight's shape");
            let bias = slope.axis_iter(ndarray::Axis(1)).map(|channel| channel.sum());
            gradients = vec![weight, bias.collect::<ndarray::Array1<f64>>().into_dyn()];
        }
        Rule::Max(windows) => maxima(windows, &x, &out, |i, o| {
            if let Some(i) = i {
                input[i] += slope[o];
            }
        }),
        Rule::Shares(shares) => shared(shares, &out, |i, o, share| input[i] += slope[o] * share),
    }
    Local { inputs: vec![reshape(&input, &shape)], params: gradients }
}

/// Returns depth, height and width of the input and of the output.
fn shapes<const N: usize>(op: &Sliding<N>, x: &ArrayD<f64>) -> ([usize; 3], [usize; 3]) {
    let along = |axis: usize| x.shape()[axis + 2];
    let mut from = [1; 3];
    let mut to = [1; 3];
    for axis in 0..N {
        let size = along(axis);
        let stops = |kernel: usize, stride: usize, pad: usize, ceil: bool| {
            let steps = size + 2 * pad - kernel;
            let up = steps.div_ceil(stride);
            match ceil {
                true if up * stride < size + pad => up + 1,
                true => up,
                false => steps / stride + 1,
            }
        };
        from[3 - N + axis] = size;
        to[3 - N + axis] = match op {
            Sliding::Conv(op) => stops(op.window()[axis], op.stride[axis], op.pad[axis], false),
            Sliding::DepthwiseConv(op) => {
                let op = op.conv(1);
                stops(op.window()[axis], op.stride[axis], op.pad[axis], false)
            }
            Sliding::ConvTranspose(op) => {
                let reach = op.dilation[axis] * (op.kernel[axis] - 1) + 1;
                (size - 1) * op.stride[axis] + reach + op.output_pad[axis] - 2 * op.pad[axis]
            }
            Sliding::MaxPool(op) => stops(op.window[axis], op.stride[axis], op.pad[axis], op.ceil),
            Sliding::AvgPool(op) => stops(op.window[axis], op.stride[axis], op.pad[axis], op.ceil),
            Sliding::AdaptivePool(op) => op.size[axis],
            Sliding::Upsample(op) => size * op.scale[axis],
            Sliding::Pad(op) => op.border[axis][0] + size + op.border[axis][1],
        };
    }
    (from, to)
}

fn channels<const N: usize>(op: &Sliding<N>, x: &ArrayD<f64>) -> usize {
    match op {
        Sliding::Conv(op) => op.channels,
        Sliding::ConvTranspose(op) => op.channels,
        Sliding::DepthwiseConv(op) => x.shape()[1] * op.multiplier,
        _ => x.shape()[1],
    }
}

fn rule<const N: usize>(op: &Sliding<N>, from: [usize; 3], to: [usize; 3]) -> Rule {
    let line = |axis: usize, [kernel, stride, pad, dilation]: [&[usize; N]; 4]| match axis.checked_sub(3 - N)
    {
        Some(axis) => {
            Line { kernel: kernel[axis], stride: stride[axis], pad: pad[axis], dilation: dilation[axis] }
        }
        None => Line { kernel: 1, stride: 1, pad: 0, dilation: 1 },
    };
    let lines = |sizes: [&[usize; N]; 4]| [0, 1, 2].map(|axis| line(axis, sizes));
    let one = [1; N];
    let shares = |along: &dyn Fn(usize, usize, usize) -> Vec<(usize, f64)>| {
        Rule::Shares([0, 1, 2].map(|axis: usize| match axis.checked_sub(3 - N) {
            Some(own) => (0..to[axis]).map(|at| along(own, from[axis], at)).collect(),
            None => vec![vec![(0, 1.0)]],
        }))
    };
    let conv = |Conv { kernel, stride, pad, dilation, groups, .. }: &Conv<N>| Rule::Conv {
        lines: lines([kernel, stride, pad, dilation]),
        groups: *groups,
    };
    match op {
        Sliding::Conv(op) => conv(op),
        Sliding::DepthwiseConv(op) => {
            Rule::Conv { groups: 0, lines: lines([&op.kernel, &op.stride, &op.pad, &op.dilation]) }
        }
        Sliding::ConvTranspose(ConvTranspose { kernel, stride, pad, dilation, groups, .. }) => {
            Rule::Spread { lines: lines([kernel, stride, pad, dilation]), groups: *groups }
        }
        Sliding::MaxPool(MaxPool { window, stride, pad, .. }) => {
            let lines = lines([window, stride, pad, &one]);
            let taps = |axis: usize, at| lines[axis].taps(at, from[axis]).into_iter().map(|(_, place)| place);
            Rule::Max([0, 1, 2].map(|axis| (0..to[axis]).map(|at| taps(axis, at).collect()).collect()))
        }
        Sliding::AvgPool(AvgPool { window, stride, pad, count_pad, .. }) => shares(&|axis, size, at| {
            let line = line(axis + 3 - N, [window, stride, pad, &one]);
            let taps = line.taps(at, size);
            let padded = (size + 2 * line.pad - at * line.stride).min(line.kernel);
            let count = if *count_pad { padded } else { taps.len() };
            taps.into_iter().map(|(_, place)| (place, 1.0 / count as f64)).collect()
        }),
        Sliding::AdaptivePool(AdaptivePool { size, reduction: Reduction::Mean }) => {
            shares(&|axis, from, at| {
                let span = AdaptivePool::span(from, size[axis], at);
                let share = 1.0 / span.len() as f64;
                span.map(|place| (place, share)).collect()
            })
        }
        Sliding::AdaptivePool(AdaptivePool { reduction: Reduction::Maximum, .. }) => {
            let span = |axis: usize, at| AdaptivePool::span(from[axis], to[axis], at);
            Rule::Max([0, 1, 2].map(|axis| (0..to[axis]).map(|at| span(axis, at).collect()).collect()))
        }
        Sliding::Upsample(Upsample { scale, mode }) => shares(&|axis, size, at| match mode {
            UpsampleMode::Nearest => vec![(at / scale[axis], 1.0)],
            UpsampleMode::Bilinear => {
                let last = size - 1;
                let middle = ((at as f64 + 0.5) / scale[axis] as f64 - 0.5).clamp(0.0, last as f64);
                let (first, share) = (middle.floor(), middle.fract());
                vec![(first as usize, 1.0 - share), ((first as usize + 1).min(last), share)]
            }
        }),
        Sliding::Pad(Pad { border, mode }) => {
            shares(&|axis, size, at| beyond(*mode, at as isize - border[axis][0] as isize, size as isize))
        }
    }
}

/// Returns the places, with their weights, that a border shows at a place counted from the first one inside.
fn beyond(mode: Border, at: isize, size: isize) -> Vec<(usize, f64)> {
    let place = match mode {
        Border::Zeros if !(0..size).contains(&at) => return vec![],
        Border::Zeros => at,
        Border::Replicate => at.clamp(0, size - 1),
        Border::Circular => at.rem_euclid(size),
        Border::Reflect if at < 0 => -at,
        Border::Reflect if at >= size => 2 * (size - 1) - at,
        Border::Reflect => at,
    };
    vec![(place as usize, 1.0)]
}

/// Calls `each` for every product: places of the input, the output and the weight. Of a convolution the window stands on
/// the output's places, of a spread on the input's.
fn products(rule: &Rule, from: &[usize], to: &[usize], mut each: impl FnMut([usize; 5], [usize; 5], usize)) {
    let (lines, groups, spread) = match rule {
        Rule::Conv { lines, groups } => (lines, *groups, false),
        Rule::Spread { lines, groups } => (lines, *groups, true),
        Rule::Max(_) | Rule::Shares(_) => return,
    };
    let groups = if groups == 0 { from[1] } else { groups };
    // A weight's first axis is that of the side on which the window stands.
    let (stand, reach) = if spread { (from, to) } else { (to, from) };
    let (own, others) = (stand[1] / groups, reach[1] / groups);
    let taps = lines.map(|line| line.kernel);
    for [n, s, d, h, w] in places([stand[0], stand[1], stand[2], stand[3], stand[4]]) {
        for (i, z) in lines[0].taps(d, reach[2]) {
            for (j, y) in lines[1].taps(h, reach[3]) {
                for (k, x) in lines[2].taps(w, reach[4]) {
                    for r in 0..others {
                        let weight = (((s * others + r) * taps[0] + i) * taps[1] + j) * taps[2] + k;
                        let (stood, reached) = ([n, s, d, h, w], [n, s / own * others + r, z, y, x]);
                        match spread {
                            true => each(stood, reached, weight),
                            false => each(reached, stood, weight),
                        }
                    }
                }
            }
        }
    }
}

/// Calls `each` for every window: the place of its first largest number, and its own.
fn maxima(
    windows: &[Vec<Vec<usize>>; 3],
    x: &ArrayD<f64>,
    to: &[usize; 5],
    mut each: impl FnMut(Option<[usize; 5]>, [usize; 5]),
) {
    for at in places(*to) {
        let [n, c, d, h, w] = at;
        let mut best: Option<[usize; 5]> = None;
        for &z in &windows[0][d] {
            for &y in &windows[1][h] {
                for &column in &windows[2][w] {
                    let place = [n, c, z, y, column];
                    // A number that is none is the largest.
                    let larger = |best: [usize; 5]| {
                        x[place] > x[best] || maximum(x[place], x[best]).is_nan() && x[place].is_nan()
                    };
                    if best.is_none_or(larger) {
                        best = Some(place);
                    }
                }
            }
        }
        each(best, at);
    }
}

/// Calls `each` for every share: places of the input and the output, and how much.
fn shared(
    shares: &[Vec<Vec<(usize, f64)>>; 3],
    to: &[usize; 5],
    mut each: impl FnMut([usize; 5], [usize; 5], f64),
) {
    for at in places(*to) {
        let [n, c, d, h, w] = at;
        for &(z, a) in &shares[0][d] {
            for &(y, b) in &shares[1][h] {
                for &(x, share) in &shares[2][w] {
                    each([n, c, z, y, x], at, a * b * share);
                }
            }
        }
    }
}

fn places(sizes: [usize; 5]) -> impl Iterator<Item = [usize; 5]> {
    let [n, c, d, h, w] = sizes;
    (0..n * c * d * h * w)
        .map(move |at| [at / (c * d * h * w), at / (d * h * w) % c, at / (h * w) % d, at / w % h, at % w])
}
