//! Errors of numbers.

use super::share;

/// Outputs and what they should be, of one output for each sample.
#[derive(Clone, Debug)]
pub(in crate::report) struct Errors {
    pairs: Vec<[f64; 2]>,
}

impl Errors {
    /// Takes each output with its target.
    pub(in crate::report) fn new(pairs: impl Iterator<Item = [f64; 2]>) -> Errors {
        Errors { pairs: pairs.collect() }
    }

    /// Returns the mean absolute error, the root of the mean squared error, the share of variance that is explained, and the mean error.
    pub(in crate::report) fn all(&self, counts: &[u32]) -> [f64; 4] {
        let weighed = || self.pairs.iter().zip(counts).map(|(pair, count)| (pair, f64::from(*count)));
        let n: f64 = weighed().map(|(_, count)| count).sum();
        let of =
            |term: &dyn Fn(&[f64; 2]) -> f64| weighed().map(|(pair, count)| count * term(pair)).sum::<f64>();
        let mean = share(of(&|pair| pair[1]), n);
        let squares = of(&|pair| (pair[0] - pair[1]).powi(2));
        let spread = of(&|pair| (pair[1] - mean).powi(2));
        [
            share(of(&|pair| (pair[0] - pair[1]).abs()), n),
            share(squares, n).sqrt(),
            1.0 - share(squares, spread),
            share(of(&|pair| pair[0] - pair[1]), n),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_those_of_scikit_learn() {
        // The example of scikit-learn's r2_score: 0.9486081370449679; mean_absolute_error 0.5, mean_squared_error 0.375.
        let pairs = [[2.5, 3.0], [0.0, -0.5], [2.0, 2.0], [8.0, 7.0]];
        let errors = Errors::new(pairs.into_iter());
        let [mae, rmse, r2, bias] = errors.all(&[1; 4]);
        assert!((mae - 0.5).abs() < 1e-12 && (rmse - 0.375f64.sqrt()).abs() < 1e-12);
        assert!((r2 - 0.9486081370449679).abs() < 1e-12 && (bias - 0.25).abs() < 1e-12, "{r2} {bias}");
        assert!(errors.all(&[0, 0, 1, 0])[2].is_nan(), "one sample has no variance");
    }
}
