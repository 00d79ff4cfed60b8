//! Replacing missing values by means or medians of training samples.

use super::Problem;
use super::layout::{Layout, Meaning};
use netwright_model::Missing;

impl Layout {
    /// Learns the means or medians that replace missing values, in 64 bits and from the training samples alone;
    /// does nothing if the recipe asks for neither.
    ///
    /// `numbers` and `rows` are those of [`Samples`](super::Samples): a line counts once even if it lies in several windows. `training`
    /// holds indices of samples; held-out ones must not be among them.
    ///
    /// # Errors
    /// If a column has no value in any training sample.
    pub fn fit(&mut self, numbers: &[f64], rows: &[usize], training: &[u32]) -> Result<(), Problem> {
        let statistic: fn(&mut [f64]) -> f64 = match self.missing {
            Missing::Mean => mean,
            Missing::Median => median,
            Missing::Refused | Missing::Drop | Missing::Value(_) => return Ok(()),
        };
        let places = self.places(rows, training);
        let window = self.window.max(1);
        let mut feature = 0;
        for input in &mut self.inputs {
            if let Meaning::Number { fill } = &mut input.meaning {
                let values = places.iter().map(|place| numbers[place + feature * window]);
                let mut found: Vec<f64> = values.filter(|number| !number.is_nan()).collect();
                if found.is_empty() {
                    let column = input.heading.clone();
                    return Err(Problem::AllMissing { column, training: true });
                }
                *fill = Some(statistic(&mut found));
            }
            feature += input.meaning.features();
        }
        Ok(())
    }

    /// Returns true if [`fit`](Layout::fit) has something to learn.
    pub fn is_fitted(&self) -> bool {
        !matches!(self.missing, Missing::Mean | Missing::Median)
    }

    /// Returns the place of the first feature of each line of the training samples, each line once.
    fn places(&self, rows: &[usize], training: &[u32]) -> Vec<usize> {
        let (window, len) = (self.window.max(1), self.shape().iter().product::<usize>());
        let mut seen = vec![false; rows.iter().max().map_or(0, |last| last + 1)];
        let mut places = Vec::new();
        for sample in training.iter().map(|&sample| sample as usize) {
            for (at, &row) in rows.iter().skip(sample * window).take(window).enumerate() {
                if !std::mem::replace(&mut seen[row], true) {
                    places.push(sample * len + at);
                }
            }
        }
        places
    }

    /// Replaces missing values by what [`fit`](Layout::fit) has learned.
    pub fn fill(&self, numbers: &mut [f64]) {
        let (window, len) = (self.window.max(1), self.shape().iter().product::<usize>());
        let mut feature = 0;
        for input in &self.inputs {
            if let Meaning::Number { fill: Some(fill) } = input.meaning {
                for sample in numbers.chunks_exact_mut(len) {
                    for number in &mut sample[feature * window..][..window] {
                        if number.is_nan() {
                            *number = fill;
                        }
                    }
                }
            }
            feature += input.meaning.features();
        }
    }
}

/// Returns the mean, from a sum that keeps what rounding takes from it (Neumaier 1974).
fn mean(numbers: &mut [f64]) -> f64 {
    let count = numbers.len() as f64;
    let [mut sum, mut lost] = [0.0_f64; 2];
    for &number in &*numbers {
        let next = sum + number;
        lost += if sum.abs() >= number.abs() { (sum - next) + number } else { (number - next) + sum };
        sum = next;
    }
    let mean = (sum + lost) / count;
    // A sum may be infinite where the mean is not.
    if mean.is_finite() { mean } else { numbers.iter().map(|number| number / count).sum() }
}

/// Returns the middle number, or the mean of the two in the middle.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 { numbers[middle] } else { f64::midpoint(numbers[middle - 1], numbers[middle]) }
}
