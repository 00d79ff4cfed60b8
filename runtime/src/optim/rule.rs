//! Update rules of single weights, and the loop over all weights.

use super::clip::Clipping;
use super::{PIECE, Penalty};
use crate::isa::{Arithmetic, Kernel, dispatch};
use crate::parallel::{self, Cut};

/// An optimizer's step for one weight that keeps `K` numbers of its own.
pub(super) trait Rule<const K: usize>: Copy + Send + Sync {
    /// Returns the new weight and numbers.
    fn step<M: Arithmetic>(self, w: f32, g: f32, state: [f32; K]) -> (f32, [f32; K]);
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

/// A rule that follows decoupled weight decay.
#[derive(Clone, Copy)]
pub(super) struct Decayed<R> {
    /// `1 - rate · weight_decay`
    keep: f32,
    rule: R,
}

pub(super) fn decayed<R>(rate: f32, weight_decay: f64, rule: R) -> Decayed<R> {
    Decayed { keep: (1.0 - f64::from(rate) * weight_decay) as f32, rule }
}

impl<const K: usize, R: Rule<K>> Rule<K> for Decayed<R> {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, state: [f32; K]) -> (f32, [f32; K]) {
        self.rule.step::<M>(self.keep * w, g, state)
    }
}

/// A rule of clipped gradients.
#[derive(Clone, Copy)]
pub(super) struct Clipped<C, R> {
    pub(super) clip: C,
    pub(super) rule: R,
}

impl<const K: usize, C: Clipping, R: Rule<K>> Rule<K> for Clipped<C, R> {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, state: [f32; K]) -> (f32, [f32; K]) {
        self.rule.step::<M>(w, self.clip.apply(g), state)
    }
}

impl Rule<0> for Sgd {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, _: [f32; 0]) -> (f32, [f32; 0]) {
        (M::mul_add(-self.rate, g, w), [])
    }
}

impl Rule<1> for Momentum {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [v]: [f32; 1]) -> (f32, [f32; 1]) {
        let v = M::mul_add(self.momentum, v, g);
        (M::mul_add(-self.rate, v, w), [v])
    }
}

impl Rule<1> for Nesterov {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [v]: [f32; 1]) -> (f32, [f32; 1]) {
        let v = M::mul_add(self.momentum, v, g);
        (M::mul_add(-self.rate, M::mul_add(self.momentum, v, g), w), [v])
    }
}

impl Rule<2> for Adam {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [m, v]: [f32; 2]) -> (f32, [f32; 2]) {
        let m = M::mul_add(self.gain1, g - m, m);
        let v = M::mul_add(self.gain2 * g, g, self.beta2 * v);
        (w - self.rate * m / (v.sqrt() / self.root + self.eps), [m, v])
    }
}

/// Slices of equal length that are updated together.
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
#[inline]
pub(super) fn apply<R: Rule<K>, const K: usize>(
    rule: R,
    penalty: Penalty,
    w: &mut [f32],
    g: &[f32],
    state: [&mut [f32]; K],
) -> f32 {
    assert_eq!(w.len(), g.len());
    assert!(state.iter().all(|state| state.len() == w.len()));
    let none = penalty == Penalty::NONE;
    let sum = match w.len() <= PIECE {
        true if none => dispatch(Piece::<R, K, false> { rule, penalty, slices: Slices { w, g, state } }),
        true => dispatch(Piece::<R, K, true> { rule, penalty, slices: Slices { w, g, state } }),
        false => pieces(rule, penalty, Slices { w, g, state }),
    };
    sum as f32
}

/// Updates a large tensor in pieces; kept out of line so that small tensors, whose update takes less, do not
/// make room for many pieces.
#[inline(never)]
fn pieces<R: Rule<K>, const K: usize>(rule: R, penalty: Penalty, slices: Slices<'_, K>) -> f64 {
    if penalty == Penalty::NONE {
        parallel::sum(slices, PIECE, &|slices| dispatch(Piece::<R, K, false> { rule, penalty, slices }))
    } else {
        parallel::sum(slices, PIECE, &|slices| dispatch(Piece::<R, K, true> { rule, penalty, slices }))
    }
}

struct Piece<'a, R, const K: usize, const PENALTY: bool> {
    rule: R,
    penalty: Penalty,
    slices: Slices<'a, K>,
}

const LANES: usize = 16;

/// Returns zero for a number so small that arithmetic with it would take a hundred times longer: averages of
/// gradients that have become zero for good, as those of a dead unit, fade through these and never leave
/// them.
#[inline(always)]
pub(super) fn normal(x: f32) -> f32 {
    if x.abs() < f32::MIN_POSITIVE { 0.0 } else { x }
}

impl<R: Rule<K>, const K: usize, const PENALTY: bool> Kernel for Piece<'_, R, K, PENALTY> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        let Slices { w, g, state } = self.slices;
        let before = if PENALTY { size::<M>(w, self.penalty) } else { 0.0 };
        let n = w.len();
        let (g, state) = (&g[..n], state.map(|state| &mut state[..n]));
        for i in 0..n {
            let mut slope = g[i];
            if PENALTY {
                slope += self.penalty.slope::<M>(w[i]);
            }
            let mut own = [0.0; K];
            for k in 0..K {
                own[k] = state[k][i];
            }
            (w[i], own) = self.rule.step::<M>(w[i], slope, own);
            for k in 0..K {
                state[k][i] = normal(own[k]);
            }
        }
        before
    }
}

/// Returns the sum of what `term` makes of each number of `x` and its neighbours in `others`.
pub(super) fn sum<const K: usize>(
    x: &[f32],
    others: [&[f32]; K],
    term: impl Fn(f32, [f32; K]) -> f32 + Copy + Send + Sync,
) -> f64 {
    assert!(others.iter().all(|other| other.len() == x.len()));
    parallel::sum(Views { x, others }, PIECE, &|views| dispatch(Terms { views, term }))
}

/// Slices that are only read.
struct Views<'a, const K: usize> {
    x: &'a [f32],
    others: [&'a [f32]; K],
}

impl<const K: usize> Cut for Views<'_, K> {
    fn len(&self) -> usize {
        self.x.len()
    }

    fn cut(self, at: usize) -> (Self, Self) {
        let (x, rest) = self.x.split_at(at);
        let (first, last) = (self.others.map(|other| &other[..at]), self.others.map(|other| &other[at..]));
        (Views { x, others: first }, Views { x: rest, others: last })
    }
}

struct Terms<'a, F, const K: usize> {
    views: Views<'a, K>,
    term: F,
}

impl<F: Fn(f32, [f32; K]) -> f32, const K: usize> Kernel for Terms<'_, F, K> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        let Views { x, others } = self.views;
        let mut sums = [0.0; LANES];
        for at in (0..x.len()).step_by(LANES) {
            let count = LANES.min(x.len() - at);
            for i in 0..count {
                sums[i] += (self.term)(x[at + i], others.map(|other| other[at + i]));
            }
        }
        sums.into_iter().map(f64::from).sum()
    }
}

/// Computes the penalty of these weights.
#[inline(always)]
fn size<M: Arithmetic>(w: &[f32], Penalty { l1, l2 }: Penalty) -> f64 {
    let (mut sizes, mut squares) = ([0.0; LANES], [0.0; LANES]);
    let (blocks, rest) = w.as_chunks::<LANES>();
    for w in blocks {
        for i in 0..LANES {
            sizes[i] += w[i].abs();
            squares[i] = M::mul_add(w[i], w[i], squares[i]);
        }
    }
    for (i, w) in rest.iter().enumerate() {
        sizes[i] += w.abs();
        squares[i] = M::mul_add(*w, *w, squares[i]);
    }
    let total = |lanes: [f32; LANES]| lanes.into_iter().map(f64::from).sum::<f64>();
    f64::from(l1) * total(sizes) + f64::from(l2) * total(squares)
}
