//! Pools as kernels.

use super::volume::{Step, Volume};
use super::{Expansion, Mode};
use crate::graph::{LayerId, Node};
use crate::kernels::Kernel;
use crate::kernels::adaptive_pool::{self, Windows};
use crate::kernels::pool::{Pool, Pooling};
use crate::kernels::tape::{Element, Extent, Id};
use crate::ops::{AdaptivePool, AvgPool, Axis, MaxPool, Reduction, Spatial};

impl Expansion<'_> {
    pub(super) fn max_pool(&mut self, pool: &MaxPool, node: &Node, mode: Mode) -> Id {
        let x = self.read(node.inputs[0], node.layer);
        if pool.window.directions() < 3 {
            let pooling =
                Pooling::of_max(pool, self.image(node.inputs[0]), self.image(node.output), node.layer);
            let (name, shape) = (self.name(node), self.shape(node.output).to_vec());
            return self.pool_by_maximum(pooling, x, mode, &name, shape);
        }
        let parts = Parts::new(pool.window, pool.stride, pool.pad);
        self.two(x, &Volume::new(self.graph, node), |this, x, step, name| match parts.of(step) {
            None => x,
            Some([window, stride, pad]) => {
                let part = MaxPool { window, stride, pad, ceil: pool.ceil };
                let pooling = Pooling::of_max(&part, step.from, step.to, step.layer);
                let pooling = Pooling { depth: step.depth, ..pooling };
                this.pool_by_maximum(pooling, x, mode, &name, step.shape.to_vec())
            }
        })
    }

    pub(super) fn avg_pool(&mut self, pool: &AvgPool, node: &Node) -> Id {
        if pool.window.directions() < 3 {
            let pooling =
                Pooling::of_avg(pool, self.image(node.inputs[0]), self.image(node.output), node.layer);
            return self.one_call(Pool::Average(pooling), node);
        }
        let x = self.read(node.inputs[0], node.layer);
        let parts = Parts::new(pool.window, pool.stride, pool.pad);
        self.two(x, &Volume::new(self.graph, node), |this, x, step, name| match parts.of(step) {
            None => x,
            Some([window, stride, pad]) => {
                let count_pad = pool.count_pad || pad.is_all(0);
                let part = AvgPool { window, stride, pad, count_pad, ceil: pool.ceil };
                let pooling = Pooling::of_avg(&part, step.from, step.to, step.layer);
                this.step(Pool::Average(Pooling { depth: step.depth, ..pooling }), x, step, name)
            }
        })
    }

    pub(super) fn global_pool(&mut self, reduction: Reduction, node: &Node) -> Id {
        let kernel = one_window(reduction, self.shape(node.inputs[0]));
        self.one_call(kernel, node)
    }

    /// Adds the mean along an axis. Numbers lie channels last, so what comes before the axis counts as images, and what comes
    /// after it as channels.
    pub(super) fn mean(&mut self, axis: Axis, node: &Node) -> Id {
        let shape = self.shape(node.inputs[0]);
        let windows = match axis.place(shape.len()).unwrap_or_default() {
            0 => Windows::One { channels: 1, pixels: shape[0] },
            place => {
                let after: usize = shape[place + 1..].iter().product();
                Windows::One { channels: after * shape[0], pixels: shape[place] }
            }
        };
        let kernel = adaptive_pool::AdaptivePool { reduction: Reduction::Mean, windows, backward: false };
        self.one_call(kernel, node)
    }

    pub(super) fn adaptive_pool(&mut self, pool: AdaptivePool, node: &Node, mode: Mode) -> Id {
        if pool.size.is_all(1) {
            return self.global_pool(pool.reduction, node);
        }
        let x = self.read(node.inputs[0], node.layer);
        if pool.size.directions() < 3 {
            let input = self.image(node.inputs[0]);
            return match windows(pool, input, node.layer) {
                Kernel::Pool(Pool::Max(pooling)) => {
                    let (name, shape) = (self.name(node), self.shape(node.output).to_vec());
                    self.pool_by_maximum(pooling, x, mode, &name, shape)
                }
                kernel => self.one_call(kernel, node),
            };
        }
        self.two(x, &Volume::new(self.graph, node), |this, x, step, name| {
            if step.from == step.to && step.can_skip {
                return x;
            }
            let [_, down, across] = step.to;
            this.step(any_windows(pool.reduction, step.from, [down, across]), x, step, name)
        })
    }

    /// Adds a pool of maxima of windows of one size; where they were found is kept for gradients.
    fn pool_by_maximum(&mut self, pool: Pooling, x: Id, mode: Mode, name: &str, shape: Vec<usize>) -> Id {
        let layer = pool.layer;
        let y = self.sample(name.to_string(), shape.clone());
        let mut writes = vec![y];
        if mode.has_gradients() {
            writes.push(self.tape.push(format!("{name}_argmax"), shape, Extent::Sample, Element::Byte));
        }
        self.op(Pool::Max(pool), vec![x], vec![], writes, layer);
        y
    }
}

/// The pools in the slices of a volume and along its depth: window, stride and padding.
struct Parts {
    slices: [Spatial; 3],
    along: [Spatial; 3],
}

impl Parts {
    fn new(window: Spatial, stride: Spatial, pad: Spatial) -> Parts {
        let sizes = [window, stride, pad].map(|sizes| sizes.over_volume(1));
        let [window, stride, pad] = sizes;
        Parts {
            slices: [window, stride, pad].map(|[_, height, width]| [height, width].into()),
            along: [[window[0], 1].into(), [stride[0], 1].into(), [pad[0], 0].into()],
        }
    }

    /// Returns the pool of a step; none if the step can be left out because the pool changes nothing.
    fn of(&self, step: &Step) -> Option<[Spatial; 3]> {
        let part = if step.depth { self.along } else { self.slices };
        let [window, stride, _] = part;
        let changes = !window.is_all(1) || !stride.is_all(1);
        (changes || !step.can_skip).then_some(part)
    }
}

/// Windows of one size are an ordinary pool's, unless they have more places than it can count.
fn windows(pool: AdaptivePool, input: [usize; 3], layer: LayerId) -> Kernel {
    let ([channels, height, width], [down, across]) = (input, pool.size.over_image(1));
    let output = [channels, down, across];
    let window = Spatial::from([height / down, width / across]);
    let (stride, pad) = (window, Spatial::all(0, 2));
    let one_size = height % down == 0 && width % across == 0;
    let places: usize = window.iter().product();
    match pool.reduction {
        Reduction::Mean if one_size => {
            let pool = AvgPool { window, stride, pad, count_pad: true, ceil: false };
            Pool::Average(Pooling::of_avg(&pool, input, output, layer)).into()
        }
        Reduction::Maximum if one_size && places <= MaxPool::MOST_PLACES => {
            let pool = MaxPool { window, stride, pad, ceil: false };
            Pool::Max(Pooling::of_max(&pool, input, output, layer)).into()
        }
        reduction => any_windows(reduction, input, [down, across]).into(),
    }
}

/// Returns the kernel for one window over a value of this shape.
fn one_window(reduction: Reduction, shape: &[usize]) -> adaptive_pool::AdaptivePool {
    let (channels, pixels) = (shape[0], shape[1..].iter().product());
    let windows = Windows::One { channels, pixels };
    adaptive_pool::AdaptivePool { reduction, windows, backward: false }
}

/// Returns the kernel for windows of any size.
fn any_windows(reduction: Reduction, input: [usize; 3], size: [usize; 2]) -> adaptive_pool::AdaptivePool {
    let windows = Windows::Several { input, size };
    adaptive_pool::AdaptivePool { reduction, windows, backward: false }
}
