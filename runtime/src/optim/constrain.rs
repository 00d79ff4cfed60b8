//! Bounds that weights are brought back into after an update.

use super::rule::sum;
use crate::parallel;

/// Layout of a weight tensor: the weights of one output are those of all inputs of its group.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Groups of inputs and outputs that have nothing to do with each other.
    pub groups: usize,
    /// Inputs of a group.
    pub inputs: usize,
    /// Outputs of a group.
    pub outputs: usize,
    /// Numbers between each input and output.
    pub taps: usize,
}

/// Scales the weights of each output, of which there are `row` side by side, so that their norm is at most `most`
/// ([Srivastava et al. 2014](https://jmlr.org/papers/v15/srivastava14a.html); Keras'
/// [`MaxNorm`](https://keras.io/api/layers/constraints/)).
#[inline]
pub fn max_norm(most: f32, row: usize, w: &mut [f32]) {
    assert!(row > 0 && w.len().is_multiple_of(row), "whole rows");
    let size = row * (ROWS / row).max(1);
    parallel::chunks_mut(w, size, |_, w| {
        for row in w.chunks_exact_mut(row) {
            let squares = sum(row, [], |x, []| x * x);
            if let Some(factor) = factor(most, squares) {
                row.iter_mut().for_each(|x| *x *= factor);
            }
        }
    });
}

/// Like [`max_norm`], for weights of which an output's are not adjacent, as in a transposed convolution.
#[inline]
pub fn max_norm_across(most: f32, layout: Layout, w: &mut [f32]) {
    let Layout { groups, inputs, outputs, taps } = layout;
    assert_eq!(w.len(), groups * inputs * outputs * taps, "as many weights as the layout has");
    for group in w.chunks_exact_mut((inputs * outputs * taps).max(1)) {
        for output in 0..outputs {
            let own = |input: usize| (input * outputs + output) * taps..(input * outputs + output + 1) * taps;
            let squares = (0..inputs).map(|input| sum(&group[own(input)], [], |x, []| x * x)).sum();
            if let Some(factor) = factor(most, squares) {
                for input in 0..inputs {
                    group[own(input)].iter_mut().for_each(|x| *x *= factor);
                }
            }
        }
    }
}

/// Weights that one thread takes at a time.
const ROWS: usize = 4096;

/// Returns the factor that brings a norm down to `most`, if it is larger.
fn factor(most: f32, squares: f64) -> Option<f32> {
    let norm = squares.sqrt();
    (norm > f64::from(most)).then(|| (f64::from(most) / norm) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    #[test]
    fn only_rows_that_are_too_long_are_scaled() {
        on_each_isa(|| {
            let mut w = [3.0, 4.0, 0.3, 0.4, 0.0, 0.0, -6.0, 8.0];
            max_norm(2.0, 2, &mut w);
            assert_close(&w, &[1.2, 1.6, 0.3f32.into(), 0.4f32.into(), 0.0, 0.0, -1.2, 1.6], 1e-6);
        });
    }

    #[test]
    fn the_rows_of_large_weights_are_bounded_for_any_threads() {
        for row in [7, 5000] {
            let w = numbers(4, row * 40);
            let bounded = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                let mut w = w.clone();
                pool.install(|| max_norm(1.5, row, &mut w));
                w
            };
            let one = bounded(1);
            assert_eq!(bounded(3), one);
            for (new, old) in one.chunks(row).zip(w.chunks(row)) {
                let norm = old.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
                let wanted: Vec<f64> = old.iter().map(|&x| f64::from(x) * (1.5 / norm).min(1.0)).collect();
                assert_close(new, &wanted, 1e-5);
            }
        }
    }

    #[test]
    fn an_output_of_a_transposed_convolution_has_weights_of_all_inputs() {
        on_each_isa(|| {
            // Two groups of two inputs, two outputs and one tap.
            let mut w = [3.0, 0.1, 4.0, 0.2, 0.5, 0.0, 0.5, 5.0];
            let layout = Layout { groups: 2, inputs: 2, outputs: 2, taps: 1 };
            max_norm_across(1.0, layout, &mut w);
            assert_close(&w, &[0.6, 0.1f32.into(), 0.8, 0.2f32.into(), 0.5, 0.0, 0.5, 1.0], 1e-6);
        });
    }
}
