//! Layers with windows, over any number of directions: a signal is a volume of depth and height 1 here, an image one of depth 1.

use crate::arrays::{Local, maximum, reshape};
use ndarray::{ArrayD, IxDyn};
use netwright_compiler::ops::{
    AdaptivePool, AvgPool, Border, Conv, ConvTranspose, DepthwiseConv, MaxPool, Pad, Reduction, Spatial,
    Upsample, UpsampleMode,
};

/// A window along one direction.
#[derive(Clone, Copy)]
struct Line {
    kernel: usize,
    stride: usize,
    pad: usize,
    dilation: usize,
}

impl Line {
    /// Returns the lines of a window along depth, height and width; along a direction that there is not, it
    /// has one place.
    fn all(kernel: Spatial, stride: Spatial, pad: Spatial, dilation: Spatial) -> [Line; 3] {
        let (kernel, stride) = (kernel.over_volume(1), stride.over_volume(1));
        let (pad, dilation) = (pad.over_volume(0), dilation.over_volume(1));
        [0, 1, 2].map(|axis| Line {
            kernel: kernel[axis],
            stride: stride[axis],
            pad: pad[axis],
            dilation: dilation[axis],
        })
    }

    /// Returns the taps on the input when the window stands at `stop`: each tap, and its place among `size`.
    fn taps(self, stop: usize, size: usize) -> Vec<(usize, usize)> {
        let place = |tap: usize| (stop * self.stride + tap * self.dilation).checked_sub(self.pad);
        (0..self.kernel).filter_map(|tap| Some((tap, place(tap).filter(|&at| at < size)?))).collect()
    }

    /// Returns the places among `size` that the taps find.
    fn places(self, stop: usize, size: usize) -> Vec<usize> {
        self.taps(stop, size).into_iter().map(|(_, place)| place).collect()
    }

    /// Returns the number of places among `size` that the window stands at: `⌊(size + 2 pad - dilation
    /// (kernel - 1) - 1) / stride⌋ + 1`; or rounded up, as long as the last one is on the input or the
    /// padding before it.
    fn stops(self, size: usize, ceil: bool) -> usize {
        let steps = size + 2 * self.pad - self.dilation * (self.kernel - 1) - 1;
        let up = steps.div_ceil(self.stride);
        match ceil {
            true if up * self.stride < size + self.pad => up + 1,
            true => up,
            false => steps / self.stride + 1,
        }
    }
}

/// A layer, direction by direction.
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

/// A layer over an input of a certain size.
pub(super) struct Layer {
    rule: Rule,
    /// Depth, height and width of the input.
    from: [usize; 3],
    /// Depth, height and width of the output.
    to: [usize; 3],
    /// The number of channels of the output.
    channels: usize,
}

impl Layer {
    pub(super) fn conv(op: &Conv, x: &ArrayD<f64>) -> Layer {
        let (from, lines) = (sizes(x), Line::all(op.kernel, op.stride, op.pad, op.dilation));
        let to = [0, 1, 2].map(|axis| lines[axis].stops(from[axis], false));
        Layer { rule: Rule::Conv { lines, groups: op.groups }, from, to, channels: op.channels }
    }

    pub(super) fn depthwise_conv(op: &DepthwiseConv, x: &ArrayD<f64>) -> Layer {
        Layer::conv(&op.conv(x.shape()[1]), x)
    }

    /// Returns the layer of a transposed convolution, whose result has the size
    /// `(size - 1) stride - 2 pad + dilation (kernel - 1) + output_pad + 1`.
    pub(super) fn conv_transpose(op: &ConvTranspose, x: &ArrayD<f64>) -> Layer {
        let (from, lines) = (sizes(x), Line::all(op.kernel, op.stride, op.pad, op.dilation));
        let output_pad = op.output_pad.over_volume(0);
        let to = [0, 1, 2].map(|axis| {
            let Line { kernel, stride, pad, dilation } = lines[axis];
            (from[axis] - 1) * stride + dilation * (kernel - 1) + output_pad[axis] + 1 - 2 * pad
        });
        Layer { rule: Rule::Spread { lines, groups: op.groups }, from, to, channels: op.channels }
    }

    pub(super) fn max_pool(op: &MaxPool, x: &ArrayD<f64>) -> Layer {
        let from = sizes(x);
        let lines = Line::all(op.window, op.stride, op.pad, op.window.map(|_| 1));
        let to = [0, 1, 2].map(|axis| lines[axis].stops(from[axis], op.ceil));
        let places = |axis: usize| (0..to[axis]).map(move |at| lines[axis].places(at, from[axis])).collect();
        Layer { rule: Rule::Max([0, 1, 2].map(places)), from, to, channels: x.shape()[1] }
    }

    pub(super) fn avg_pool(op: &AvgPool, x: &ArrayD<f64>) -> Layer {
        let from = sizes(x);
        let lines = Line::all(op.window, op.stride, op.pad, op.window.map(|_| 1));
        let to = [0, 1, 2].map(|axis| lines[axis].stops(from[axis], op.ceil));
        Layer::shares(x, to, |axis, at| {
            let line = lines[axis];
            let places = line.places(at, from[axis]);
            let padded = (from[axis] + 2 * line.pad - at * line.stride).min(line.kernel);
            let count = if op.count_pad { padded } else { places.len() };
            places.into_iter().map(|place| (place, 1.0 / count as f64)).collect()
        })
    }

    /// Returns the layer of one window over all of a channel.
    pub(super) fn global_pool(reduction: Reduction, x: &ArrayD<f64>) -> Layer {
        Layer::divided([1; 3], reduction, x)
    }

    pub(super) fn adaptive_pool(op: AdaptivePool, x: &ArrayD<f64>) -> Layer {
        Layer::divided(op.size.over_volume(1), op.reduction, x)
    }

    /// Windows that divide the input.
    fn divided(to: [usize; 3], reduction: Reduction, x: &ArrayD<f64>) -> Layer {
        let from = sizes(x);
        let span = move |axis: usize, at| AdaptivePool::span(from[axis], to[axis], at);
        match reduction {
            Reduction::Mean => Layer::shares(x, to, |axis, at| {
                let share = 1.0 / span(axis, at).len() as f64;
                span(axis, at).map(|place| (place, share)).collect()
            }),
            Reduction::Maximum => {
                let windows = |axis: usize| (0..to[axis]).map(|at| span(axis, at).collect()).collect();
                Layer { rule: Rule::Max([0, 1, 2].map(windows)), from, to, channels: x.shape()[1] }
            }
        }
    }

    pub(super) fn upsample(op: Upsample, x: &ArrayD<f64>) -> Layer {
        let (from, scale) = (sizes(x), op.scale.over_volume(1));
        let to = [0, 1, 2].map(|axis| from[axis] * scale[axis]);
        Layer::shares(x, to, |axis, at| match op.mode {
            UpsampleMode::Nearest => vec![(at / scale[axis], 1.0)],
            UpsampleMode::Bilinear => {
                let last = from[axis] - 1;
                let middle = ((at as f64 + 0.5) / scale[axis] as f64 - 0.5).clamp(0.0, last as f64);
                let (first, share) = (middle.floor(), middle.fract());
                vec![(first as usize, 1.0 - share), ((first as usize + 1).min(last), share)]
            }
        })
    }

    pub(super) fn pad(op: &Pad, x: &ArrayD<f64>) -> Layer {
        let from = sizes(x);
        let side =
            |side: usize| Spatial::from_fn(op.border.len(), |axis| op.border[axis][side]).over_volume(0);
        let (before, after) = (side(0), side(1));
        let to = [0, 1, 2].map(|axis| before[axis] + from[axis] + after[axis]);
        Layer::shares(x, to, |axis, at| {
            beyond(op.mode, at as isize - before[axis] as isize, from[axis] as isize)
        })
    }

    fn shares(x: &ArrayD<f64>, to: [usize; 3], along: impl Fn(usize, usize) -> Vec<(usize, f64)>) -> Layer {
        let shares = [0, 1, 2].map(|axis| (0..to[axis]).map(|at| along(axis, at)).collect());
        Layer { rule: Rule::Shares(shares), from: sizes(x), to, channels: x.shape()[1] }
    }

    /// Computes the output for the batch `x`.
    pub(super) fn forward(&self, x: &ArrayD<f64>, params: &[&ArrayD<f64>]) -> ArrayD<f64> {
        let directions = x.ndim() - 2;
        let (from, to) = (self.input_sizes(x), self.output_sizes(x));
        let x: Vec<f64> = x.iter().copied().collect();
        let mut y = vec![0.0; to.iter().product()];
        match &self.rule {
            Rule::Conv { .. } | Rule::Spread { .. } => {
                let weight = params[0].as_slice().expect("row by row");
                products(&self.rule, from, to, |i, o, w| y[o] += x[i] * weight[w]);
            }
            Rule::Max(windows) => {
                maxima(windows, &x, from, to, |i, o| y[o] = i.map_or(f64::NEG_INFINITY, |i| x[i]));
            }
            Rule::Shares(shares) => shared(shares, from, to, |i, o, share| y[o] += x[i] * share),
        }
        let mut y = array(&to, y);
        if let Some(bias) = params.get(1) {
            y += &reshape(bias, &[bias.len(), 1, 1, 1]);
        }
        reshape(&y, &[&to[..2], &self.to[3 - directions..]].concat())
    }

    /// Gradients of input and parameters from the gradient of the output.
    pub(super) fn backward(&self, x: &ArrayD<f64>, params: &[&ArrayD<f64>], slope: &ArrayD<f64>) -> Local {
        let (from, to) = (self.input_sizes(x), self.output_sizes(x));
        let shape = x.shape();
        let x: Vec<f64> = x.iter().copied().collect();
        let sums = reshape(slope, &to);
        let slope: Vec<f64> = slope.iter().copied().collect();
        let mut input = vec![0.0; x.len()];
        let mut gradients = vec![];
        match &self.rule {
            Rule::Conv { .. } | Rule::Spread { .. } => {
                let weight = params[0].as_slice().expect("row by row");
                let mut gradient = vec![0.0; weight.len()];
                products(&self.rule, from, to, |i, o, w| {
                    input[i] += slope[o] * weight[w];
                    gradient[w] += slope[o] * x[i];
                });
                let bias = sums.axis_iter(ndarray::Axis(1)).map(|channel| channel.sum());
                let bias = bias.collect::<ndarray::Array1<f64>>().into_dyn();
                gradients = vec![array(params[0].shape(), gradient), bias];
            }
            Rule::Max(windows) => maxima(windows, &x, from, to, |i, o| {
                if let Some(i) = i {
                    input[i] += slope[o];
                }
            }),
            Rule::Shares(shares) => shared(shares, from, to, |i, o, share| input[i] += slope[o] * share),
        }
        Local { inputs: vec![array(shape, input)], params: gradients }
    }

    /// Returns the sizes of the batch with a depth, a height and a width.
    fn input_sizes(&self, x: &ArrayD<f64>) -> [usize; 5] {
        let [depth, height, width] = self.from;
        [x.shape()[0], x.shape()[1], depth, height, width]
    }

    /// Returns the sizes of the output for the batch `x`.
    fn output_sizes(&self, x: &ArrayD<f64>) -> [usize; 5] {
        let [depth, height, width] = self.to;
        [x.shape()[0], self.channels, depth, height, width]
    }
}

/// Returns the depth, height and width of a batch.
fn sizes(x: &ArrayD<f64>) -> [usize; 3] {
    Spatial::from_fn(x.ndim() - 2, |axis| x.shape()[axis + 2]).over_volume(1)
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

/// Calls `each` for every product: offsets in the input, the output and the weight. Of a convolution the window stands on
/// the output's places, of a spread on the input's.
fn products(rule: &Rule, from: [usize; 5], to: [usize; 5], mut each: impl FnMut(usize, usize, usize)) {
    let (lines, groups, spread) = match rule {
        Rule::Conv { lines, groups } => (lines, *groups, false),
        Rule::Spread { lines, groups } => (lines, *groups, true),
        Rule::Max(_) | Rule::Shares(_) => return,
    };
    // A weight's first axis is that of the side on which the window stands.
    let (stand, reach) = if spread { (from, to) } else { (to, from) };
    let (own, others) = (stand[1] / groups, reach[1] / groups);
    let kernel = lines.map(|line| line.kernel);
    let (window, channel) = (kernel.iter().product::<usize>(), reach[2..].iter().product::<usize>());
    let taps = [0, 1, 2].map(|axis| {
        let stops = 0..stand[axis + 2];
        stops.map(|stop| lines[axis].taps(stop, reach[axis + 2])).collect::<Vec<_>>()
    });
    for (stood, [n, s, d, h, w]) in places(stand).enumerate() {
        let first = s * others * window;
        for &(i, z) in &taps[0][d] {
            for &(j, y) in &taps[1][h] {
                let weights = first + (i * kernel[1] + j) * kernel[2];
                let row = offset([n, s / own * others, z, y, 0], reach);
                for &(k, x) in &taps[2][w] {
                    for r in 0..others {
                        let (reached, weight) = (row + x + r * channel, weights + k + r * window);
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

/// Calls `each` for every window: the offset of its first largest number, and its own.
fn maxima(
    windows: &[Vec<Vec<usize>>; 3],
    x: &[f64],
    from: [usize; 5],
    to: [usize; 5],
    mut each: impl FnMut(Option<usize>, usize),
) {
    for (at, [n, c, d, h, w]) in places(to).enumerate() {
        let mut best: Option<usize> = None;
        for &z in &windows[0][d] {
            for &y in &windows[1][h] {
                for &column in &windows[2][w] {
                    let place = offset([n, c, z, y, column], from);
                    // A number that is none is the largest.
                    let larger = |best: usize| {
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

/// Calls `each` for every share: offsets in the input and the output, and how much.
fn shared(
    shares: &[Vec<Vec<(usize, f64)>>; 3],
    from: [usize; 5],
    to: [usize; 5],
    mut each: impl FnMut(usize, usize, f64),
) {
    for (at, [n, c, d, h, w]) in places(to).enumerate() {
        for &(z, a) in &shares[0][d] {
            for &(y, b) in &shares[1][h] {
                for &(x, share) in &shares[2][w] {
                    each(offset([n, c, z, y, x], from), at, a * b * share);
                }
            }
        }
    }
}

/// Returns all places in row-major order.
fn places(sizes: [usize; 5]) -> impl Iterator<Item = [usize; 5]> {
    let [n, c, d, h, w] = sizes;
    (0..n * c * d * h * w)
        .map(move |at| [at / (c * d * h * w), at / (d * h * w) % c, at / (h * w) % d, at / w % h, at % w])
}

/// Returns the offset of a place in row-major order.
fn offset(place: [usize; 5], sizes: [usize; 5]) -> usize {
    place.into_iter().zip(sizes).fold(0, |offset, (at, size)| offset * size + at)
}

fn array(shape: &[usize], numbers: Vec<f64>) -> ArrayD<f64> {
    ArrayD::from_shape_vec(IxDyn(shape), numbers).expect("a number for each place")
}
