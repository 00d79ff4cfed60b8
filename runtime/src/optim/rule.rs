//! How one weight changes, and the loop over all of them.

use super::{PIECE, Penalty};
use crate::kernels::isa::{Arithmetic, Kernel, dispatch};
use crate::parallel::{self, Cut};

/// An optimizer's step for one weight that keeps `K` numbers of its own.
pub(super) trait Rule<const K: usize>: Copy + Send + Sync {
    /// The new weight.
    fn step<M: Arithmetic>(self, w: f32, g: f32, state: [&mut f32; K]) -> f32;
}

#[derive(Clone, Copy)]
pub(super) struct Sgd {
    pub(super) rate: f32,
}

#[derive(Clone, Copy)]
pub(super) struct Momentum {
    pub(super) rate: f32,
    pub(super) momentum: f32,
}

#[derive(Clone, Copy)]
pub(super) struct Nesterov {
    pub(super) rate: f32,
    pub(super) momentum: f32,
}

/// Adam with the corrections of its averages taken into the constants, as PyTorch takes them.
#[derive(Clone, Copy)]
pub(super) struct Adam {
    pub(super) gain1: f32,
    pub(super) beta2: f32,
    pub(super) gain2: f32,
    pub(super) root: f32,
    pub(super) eps: f32,
    pub(super) rate: f32,
}

impl Rule<0> for Sgd {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, []: [&mut f32; 0]) -> f32 {
        M::mul_add(-self.rate, g, w)
    }
}

impl Rule<1> for Momentum {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [v]: [&mut f32; 1]) -> f32 {
        *v = M::mul_add(self.momentum, *v, g);
        M::mul_add(-self.rate, *v, w)
    }
}

impl Rule<1> for Nesterov {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [v]: [&mut f32; 1]) -> f32 {
        *v = M::mul_add(self.momentum, *v, g);
        M::mul_add(-self.rate, M::mul_add(self.momentum, *v, g), w)
    }
}

impl Rule<2> for Adam {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [m, v]: [&mut f32; 2]) -> f32 {
        *m = M::mul_add(self.gain1, g - *m, *m);
        *v = M::mul_add(self.gain2 * g, g, self.beta2 * *v);
        w - self.rate * *m / (v.sqrt() / self.root + self.eps)
    }
}

/// Slices that lie one beside the other.
struct Slices<'a, const K: usize> {
    w: &'a mut [f32],
    g: &'a [f32],
    state: [&'a mut [f32]; K],
}

impl<const K: usize> Cut for Slices<'_, K> {
    fn len(&self) -> usize {
        self.w.len()
    }

    fn cut(self, at: usize) -> (Self, Self) {
        let ((w, w_rest), (g, g_rest)) = (self.w.split_at_mut(at), self.g.split_at(at));
        let mut rests = [const { None }; K];
        let mut i = 0;
        let state = self.state.map(|state| {
            let (first, rest) = state.split_at_mut(at);
            rests[i] = Some(rest);
            i += 1;
            first
        });
        let rest = rests.map(|rest| rest.expect("each slice has been cut"));
        (Slices { w, g, state }, Slices { w: w_rest, g: g_rest, state: rest })
    }
}

/// Changes every weight; returns the penalty before.
pub(super) fn apply<R: Rule<K>, const K: usize>(
    rule: R,
    penalty: Penalty,
    w: &mut [f32],
    g: &[f32],
    state: [&mut [f32]; K],
) -> f32 {
    assert_eq!(w.len(), g.len());
    assert!(state.iter().all(|state| state.len() == w.len()));
    let slices = Slices { w, g, state };
    if penalty == Penalty::NONE {
        parallel::sum(slices, PIECE, &|slices| dispatch(Piece::<R, K, false> { rule, penalty, slices }))
            as f32
    } else {
        parallel::sum(slices, PIECE, &|slices| dispatch(Piece::<R, K, true> { rule, penalty, slices })) as f32
    }
}

struct Piece<'a, R, const K: usize, const PENALTY: bool> {
    rule: R,
    penalty: Penalty,
    slices: Slices<'a, K>,
}

const LANES: usize = 16;

impl<R: Rule<K>, const K: usize, const PENALTY: bool> Kernel for Piece<'_, R, K, PENALTY> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        let Slices { w, g, mut state } = self.slices;
        let len = w.len();
        let (mut sizes, mut squares) = ([0.0; LANES], [0.0; LANES]);
        let whole = len / LANES * LANES;
        let mut at = 0;
        while at < len {
            let lanes = if at < whole { LANES } else { len - at };
            let w = &mut w[at..at + lanes];
            let g = &g[at..at + lanes];
            let mut state = state.each_mut().map(|state| &mut state[at..at + lanes]);
            for i in 0..lanes {
                let mut gradient = g[i];
                if PENALTY {
                    let Penalty { l1, l2 } = self.penalty;
                    let sign = if w[i] > 0.0 {
                        l1
                    } else if w[i] < 0.0 {
                        -l1
                    } else {
                        0.0
                    };
                    gradient += M::mul_add(2.0 * l2, w[i], sign);
                    sizes[i] += w[i].abs();
                    squares[i] = M::mul_add(w[i], w[i], squares[i]);
                }
                w[i] = self.rule.step::<M>(w[i], gradient, state.each_mut().map(|state| &mut state[i]));
            }
            at += lanes;
        }
        let total = |lanes: [f32; LANES]| lanes.into_iter().map(f64::from).sum::<f64>();
        f64::from(self.penalty.l1) * total(sizes) + f64::from(self.penalty.l2) * total(squares)
    }
}
