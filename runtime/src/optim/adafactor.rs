//! Adafactor, which remembers the squared gradients of a matrix as means of its rows and of its columns.

use super::clip::Clipping;
use super::rule::{Rule, apply, normal, sum};
use super::{At, Penalty};
use crate::isa::{Arithmetic, Kernel, dispatch};

/// Adafactor (Shazeer and Stern 2018), as in PyTorch: `v` is a running average of `g²`, for a matrix the product of its
/// row's and its column's means over the mean of all, and moves by the share `step^beta2_decay` towards the newest;
/// `u = g / max(√v, eps1)`; `w -= max(eps2, rms(w)) · min(rate, 1 / √step) · u / max(1, rms(u) / d)`.
///
/// `weight_decay` is decoupled from the gradient: `w -= rate · weight_decay · w` comes first.
#[derive(Clone, Copy, Debug)]
pub struct Adafactor {
    /// The exponent of the step's number in the share of the newest gradient; at most 0.
    pub beta2_decay: f64,
    /// The least root of `v`, which keeps the step finite.
    pub eps1: f64,
    /// The least size of the weights that a step is relative to.
    pub eps2: f64,
    /// The root mean square of `u` above which it is scaled down; at least 1.
    pub d: f64,
    /// The share of a weight that a step takes at a rate of 1.
    pub weight_decay: f64,
}

impl Adafactor {
    /// Returns the rule at this rate and step, the first being 1.
    pub fn at(self, rate: f32, step: u64) -> At<Self> {
        assert!(step > 0, "the first step is number 1");
        At::new(self, rate, step)
    }
}

impl<C: Clipping> At<Adafactor, C> {
    /// Updates a tensor of matrices with `ROWS` rows and `COLUMNS` columns, and its averages, 0 at first: those of the rows
    /// of all matrices, then those of the columns.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub fn update_matrices<const ROWS: usize, const COLUMNS: usize>(
        &mut self,
        penalty: Penalty,
        w: &mut [f32],
        g: &[f32],
        averages: &mut [f32],
    ) {
        let matrices = w.len() / (ROWS * COLUMNS);
        assert_eq!(w.len(), matrices * ROWS * COLUMNS);
        assert_eq!(averages.len(), matrices * (ROWS + COLUMNS));
        let (rows, columns) = averages.split_at_mut(matrices * ROWS);
        self.change(penalty, w, g, Matrices::<ROWS, COLUMNS> { rows, columns });
    }

    /// Updates a tensor with one axis, and the averages of its squared gradients, 0 at first.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn update_vector(&mut self, penalty: Penalty, w: &mut [f32], g: &[f32], averages: &mut [f32]) {
        assert_eq!(w.len(), averages.len());
        self.change(penalty, w, g, Vector(averages));
    }

    fn change(&mut self, penalty: Penalty, w: &mut [f32], g: &[f32], averages: impl Averages) {
        assert_eq!(w.len(), g.len());
        if penalty != Penalty::NONE {
            self.penalty += apply(Keep, penalty, w, g, []);
        }
        let (Adafactor { beta2_decay, eps1, eps2, d, weight_decay }, step) = (self.rule, self.step as f64);
        let rate = f64::from(self.rate);
        let count = w.len() as f64;
        let size = (sum(w, [], |w, []| w * w) / count).sqrt();
        dispatch(Change {
            averages,
            gradient: Gradient { clip: self.clip, penalty, g },
            share: step.powf(beta2_decay) as f32,
            eps: eps1 as f32,
            rate: size.max(eps2) * rate.min(1.0 / step.sqrt()),
            most: d * d * count,
            keep: (1.0 - rate * weight_decay) as f32,
            w,
        });
    }
}

/// A rule that changes nothing, for the value of the penalty.
#[derive(Clone, Copy)]
struct Keep;

impl Rule<0> for Keep {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, _: f32, _: [f32; 0]) -> (f32, [f32; 0]) {
        (w, [])
    }
}

/// The gradient of a tensor, with its penalty's slope and clipped.
#[derive(Clone, Copy)]
struct Gradient<'a, C> {
    clip: C,
    penalty: Penalty,
    g: &'a [f32],
}

impl<C: Clipping> Gradient<'_, C> {
    #[inline(always)]
    fn at<M: Arithmetic>(self, i: usize, w: f32) -> f32 {
        self.clip.apply(self.g[i] + self.penalty.slope::<M>(w))
    }
}

/// Averages of squared gradients.
trait Averages {
    /// Moves the averages towards the squares of these gradients.
    fn follow(&mut self, share: f32, gradient: impl Fn(usize) -> f32);

    /// Calls `each` with the place of each number and its `v`; means count at least `least`.
    fn each(&self, least: f32, each: impl FnMut(usize, f32));
}

/// Averages of single numbers.
struct Vector<'a>(&'a mut [f32]);

impl Averages for Vector<'_> {
    #[inline(always)]
    fn follow(&mut self, share: f32, gradient: impl Fn(usize) -> f32) {
        for (i, average) in self.0.iter_mut().enumerate() {
            let g = gradient(i);
            *average = normal(*average + share * (g * g - *average));
        }
    }

    #[inline(always)]
    fn each(&self, _: f32, mut each: impl FnMut(usize, f32)) {
        for (i, &average) in self.0.iter().enumerate() {
            each(i, average);
        }
    }
}

/// Averages of the rows and columns of matrices.
struct Matrices<'a, const ROWS: usize, const COLUMNS: usize> {
    rows: &'a mut [f32],
    columns: &'a mut [f32],
}

impl<const ROWS: usize, const COLUMNS: usize> Averages for Matrices<'_, ROWS, COLUMNS> {
    #[inline(always)]
    fn follow(&mut self, share: f32, gradient: impl Fn(usize) -> f32) {
        let part = share / ROWS as f32;
        let matrices = self.rows.chunks_exact_mut(ROWS).zip(self.columns.chunks_exact_mut(COLUMNS));
        for (matrix, (rows, columns)) in matrices.enumerate() {
            for column in columns.iter_mut() {
                *column *= 1.0 - share;
            }
            for (row, average) in rows.iter_mut().enumerate() {
                let first = (matrix * ROWS + row) * COLUMNS;
                let mut squares = 0.0;
                for (i, column) in columns.iter_mut().enumerate() {
                    let g = gradient(first + i);
                    squares += f64::from(g * g);
                    *column += part * (g * g);
                }
                let mean = (squares / COLUMNS as f64) as f32;
                *average = normal(*average + share * (mean - *average));
            }
            for column in columns {
                *column = normal(*column);
            }
        }
    }

    #[inline(always)]
    fn each(&self, least: f32, mut each: impl FnMut(usize, f32)) {
        let matrices = self.rows.chunks_exact(ROWS).zip(self.columns.chunks_exact(COLUMNS));
        for (matrix, (rows, columns)) in matrices.enumerate() {
            let mean = rows.iter().map(|&row| f64::from(row)).sum::<f64>() / ROWS as f64;
            let mean = if mean < f64::from(least) { f64::from(least) } else { mean };
            for (row, &average) in rows.iter().enumerate() {
                let first = (matrix * ROWS + row) * COLUMNS;
                let factor = (f64::from(average) / mean) as f32;
                for (i, &column) in columns.iter().enumerate() {
                    each(first + i, factor * column);
                }
            }
        }
    }
}

/// The update of a tensor.
struct Change<'a, A, C> {
    averages: A,
    gradient: Gradient<'a, C>,
    share: f32,
    eps: f32,
    /// The rate, relative to the weights' size.
    rate: f64,
    /// The sum of squares above which a step is scaled down.
    most: f64,
    /// The share of a weight that its decay leaves.
    keep: f32,
    w: &'a mut [f32],
}

impl<A: Averages, C: Clipping> Kernel for Change<'_, A, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Change { mut averages, gradient, share, eps, rate, most, keep, w } = self;
        averages.follow(share, |i| gradient.at::<M>(i, w[i]));
        let direction = |i: usize, w: f32, v: f32| {
            let root = v.sqrt();
            gradient.at::<M>(i, w) / if root < eps { eps } else { root }
        };
        let mut squares = 0.0;
        averages.each(eps, |i, v| squares += f64::from(direction(i, w[i], v)).powi(2));
        let longer = (squares / most).sqrt();
        let rate = (if longer > 1.0 { rate / longer } else { rate }) as f32;
        averages.each(eps, |i, v| w[i] = M::mul_add(-rate, direction(i, w[i], v), keep * w[i]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    const RULE: Adafactor =
        Adafactor { beta2_decay: -0.8, eps1: 1.192_092_9e-7, eps2: 1e-3, d: 1.0, weight_decay: 0.1 };

    /// Computes a step by the definition, with averages as large as the weights.
    fn step(at: f64, shape: Option<[usize; 2]>, w: &mut [f64], g: &[f64], [rows, columns]: [&mut [f64]; 2]) {
        let share = at.powf(RULE.beta2_decay);
        let mean_of = |chosen: &dyn Fn(usize) -> bool, x: &[f64]| {
            let numbers: Vec<f64> = (0..x.len()).filter(|&i| chosen(i)).map(|i| x[i]).collect();
            numbers.iter().sum::<f64>() / numbers.len() as f64
        };
        let squares: Vec<f64> = g.iter().map(|g| g * g).collect();
        let [r, c] = shape.unwrap_or([1, w.len()]);
        let place = |i: usize| (i / (r * c), i / c % r, i % c);
        let same_matrix = |i: usize, j: usize| place(i).0 == place(j).0;
        for i in 0..w.len() {
            let of_row = |j: usize| same_matrix(i, j) && place(i).1 == place(j).1;
            let of_column = |j: usize| same_matrix(i, j) && place(i).2 == place(j).2;
            let newest = if shape.is_none() { squares[i] } else { mean_of(&of_row, &squares) };
            rows[i] += share * (newest - rows[i]);
            columns[i] += share * (mean_of(&of_column, &squares) - columns[i]);
        }
        let v = |i: usize| match shape {
            None => rows[i],
            Some(_) => rows[i] * columns[i] / mean_of(&|j| same_matrix(i, j), rows).max(RULE.eps1),
        };
        let u: Vec<f64> = (0..w.len()).map(|i| g[i] / v(i).sqrt().max(RULE.eps1)).collect();
        let rms = |x: &[f64]| (x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64).sqrt();
        let rate = rms(w).max(RULE.eps2) * 0.05f64.min(1.0 / at.sqrt()) / (rms(&u) / RULE.d).max(1.0);
        for (w, u) in w.iter_mut().zip(u) {
            *w -= 0.05 * RULE.weight_decay * *w + rate * u;
        }
    }

    fn check<const ROWS: usize, const COLUMNS: usize>(matrices: usize, vector: bool) {
        on_each_isa(|| {
            let len = matrices * ROWS * COLUMNS;
            let mut w = numbers(1, len);
            let mut want: Vec<f64> = w.iter().map(|&w| f64::from(w)).collect();
            let mut averages = vec![0.0; if vector { len } else { matrices * (ROWS + COLUMNS) }];
            let (mut rows, mut columns) = (vec![0.0; len], vec![0.0; len]);
            for at in 1..=4 {
                let g = numbers(10 + at, len);
                let mut rule = RULE.at(0.05, at);
                match vector {
                    true => rule.update_vector(Penalty::NONE, &mut w, &g, &mut averages),
                    false => rule.update_matrices::<ROWS, COLUMNS>(Penalty::NONE, &mut w, &g, &mut averages),
                }
                let g: Vec<f64> = g.iter().map(|&g| f64::from(g)).collect();
                let shape = (!vector).then_some([ROWS, COLUMNS]);
                step(at as f64, shape, &mut want, &g, [&mut rows, &mut columns]);
            }
            assert_close(&w, &want, 1e-5);
        });
    }

    #[test]
    fn agrees_with_the_definition() {
        check::<1, 1>(3, false);
        check::<5, 4>(1, false);
        check::<3, 3>(8, false);
        check::<1, 17>(2, false);
        check::<20, 33>(1, false);
        check::<1, 5>(1, true);
        check::<1, 40>(1, true);
    }

    #[test]
    fn gradients_of_0_change_nothing_but_by_decay() {
        let (mut w, mut averages) = ([1.0, -2.0, 3.0, 4.0], [0.0; 4]);
        RULE.at(0.05, 1).update_matrices::<2, 2>(Penalty::NONE, &mut w, &[0.0; 4], &mut averages);
        assert_close(&w, &[0.995, -1.99, 2.985, 3.98], 1e-6);
        assert_eq!(averages, [0.0; 4]);
    }
}
