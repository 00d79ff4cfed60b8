//! Scaling of inputs, measured on the training samples.

use super::about::Kind;
use super::error::listed;
use super::{Dataset, Error};
use crate::recipe::Scaling;
use crate::weights::Normalization;

/// Columns that are named at most where some never change.
const NAMED: usize = 5;

impl Dataset {
    /// Computes the recipe's scaling for these samples, which must be those of the training.
    ///
    /// # Errors
    /// If a sample is [streamed](Dataset::is_streamed) and cannot be read any more.
    pub fn normalization(&self, scaling: Scaling) -> Result<Normalization, Error> {
        Ok(self.measured(scaling)?.0)
    }

    /// Computes the recipe's scaling, and describes the inputs that never change, if it divides by their deviation and some
    /// have none.
    ///
    /// # Errors
    /// If a sample cannot be read.
    #[doc(hidden)]
    pub fn measured(&self, scaling: Scaling) -> Result<(Normalization, Option<String>), Error> {
        let Some(joint) = self.joint() else { return self.own_measured(scaling) };
        let mut measured = self
            .parts()
            .zip(joint.parts)
            .map(|(data, part)| data.own_measured(part.scaling))
            .collect::<Result<Vec<_>, _>>()?;
        let unchanging: Vec<String> = measured.iter_mut().filter_map(|(_, text)| text.take()).collect();
        let mut all = measured.into_iter().map(|(normalization, _)| normalization);
        let first = all.next().unwrap_or_default();
        let unchanging = (!unchanging.is_empty()).then(|| unchanging.join("; "));
        Ok((Normalization { beside: all.collect(), ..first }, unchanging))
    }

    fn own_measured(&self, scaling: Scaling) -> Result<(Normalization, Option<String>), Error> {
        Ok(match scaling {
            Scaling::None => (Normalization::default(), None),
            Scaling::Normalize { mean, std } => (Normalization::new(vec![mean], vec![std]), None),
            Scaling::Standardize => {
                let (normalization, constant) = self.statistics()?;
                (normalization, self.unchanging(&constant))
            }
        })
    }

    /// Describes the inputs that never change, if there are any.
    fn unchanging(&self, constant: &[usize]) -> Option<String> {
        if constant.is_empty() {
            return None;
        }
        match &self.columns_of(constant)[..] {
            [] => Some(format!(
                "{} of {} inputs never change: their standard deviation counts as 1",
                constant.len(),
                self.sample_len()
            )),
            [column] => Some(format!("column {column} never changes: its standard deviation counts as 1")),
            columns => {
                let names = listed(columns.iter(), NAMED);
                Some(format!("columns {names} never change: their standard deviation counts as 1"))
            }
        }
    }

    /// Returns the names of a table's columns all of whose inputs are among these, which ascend. A column of a series has an input for
    /// each line of a window.
    fn columns_of(&self, inputs: &[usize]) -> Vec<String> {
        let columns = self.columns();
        let lines = self.sample_len().checked_div(columns.len()).unwrap_or(0);
        let all = |column: usize| {
            (column * lines..(column + 1) * lines).all(|input| inputs.binary_search(&input).is_ok())
        };
        columns.into_iter().enumerate().filter(|(column, _)| all(*column)).map(|(_, name)| name).collect()
    }

    /// Returns the names of a table's inputs that never change.
    ///
    /// # Errors
    /// If a sample is read from a file only now, and cannot be.
    #[doc(hidden)]
    pub fn constant_columns(&self) -> Result<Vec<String>, Error> {
        if self.columns().is_empty() || self.is_empty() {
            return Ok(vec![]);
        }
        Ok(self.columns_of(&self.statistics()?.1))
    }

    /// Returns the names of a table's input columns; nothing for other samples.
    fn columns(&self) -> Vec<String> {
        match &self.about.kind {
            Kind::Table(layout) => {
                let bare =
                    |name: String| name.strip_prefix("column ").map_or_else(|| name.clone(), String::from);
                layout.features().into_iter().map(bare).collect()
            }
            Kind::Unknown | Kind::Pictures | Kind::Arrays | Kind::Scans(_) | Kind::Volumes(_) => vec![],
        }
    }

    /// Scales all inputs: at once, or when they are needed if that would take too much memory.
    ///
    /// # Panics
    /// If the statistics are of samples of another size.
    pub fn normalize(&mut self, normalization: &Normalization) {
        for (part, normalization) in self.beside_mut().iter_mut().zip(&normalization.beside) {
            part.normalize(normalization);
        }
        if !self.inputs.normalize(normalization) {
            self.later = normalization.clone();
        }
    }

    /// Scales inputs when [`Batches`](super::Batches) hand them out, after augmentation. Lists of features are scaled at
    /// once: all that augmentation can do to them is to mix them, which gives the same.
    ///
    /// # Panics
    /// If the statistics are of samples of another size.
    pub fn scale_later(&mut self, mut normalization: Normalization) {
        for (part, normalization) in
            self.beside_mut().iter_mut().zip(std::mem::take(&mut normalization.beside))
        {
            part.scale_later(normalization);
        }
        assert!(normalization.fits(self.sample_len()), "statistics are of samples of another size");
        if self.shape.len() == 1 {
            self.normalize(&normalization);
        } else {
            self.later = normalization;
        }
    }

    /// Returns the mean and standard deviation of each feature, and the features that never change, whose
    /// deviation is given as 1.
    ///
    /// A feature is constant if its variance is not above what the rounding of 64-bit sums leaves: scikit-learn's bound,
    /// `n ε variance + (n ε mean)²`.
    ///
    /// # Errors
    /// If a sample cannot be read.
    fn statistics(&self) -> Result<(Normalization, Vec<usize>), Error> {
        let (len, count) = (self.sample_len(), self.len());
        let n = count as f64;
        let mut mean = vec![0.0; len];
        self.each(|feature, x| mean[feature] += x / n)?;
        // The error of the mean that the rounding of the sums has left is taken out of both.
        let [mut rest, mut variance] = [vec![0.0; len], vec![0.0; len]];
        self.each(|feature, x| {
            let distance = x - mean[feature];
            rest[feature] += distance / n;
            variance[feature] += distance * distance / n;
        })?;
        let (mut std, mut constant) = (Vec::with_capacity(len), Vec::new());
        for (feature, (mean, rest)) in mean.iter_mut().zip(rest).enumerate() {
            let variance = variance[feature] - rest * rest;
            *mean += rest;
            let bound = n * f64::EPSILON * variance + (n * f64::EPSILON * *mean).powi(2);
            if variance <= bound {
                constant.push(feature);
                std.push(1.0);
            } else {
                std.push(variance.sqrt());
            }
        }
        Ok((Normalization::new(mean, std), constant))
    }

    /// Calls `work` with every input and the number of its feature.
    pub(super) fn each(&self, mut work: impl FnMut(usize, f64)) -> Result<(), Error> {
        let (len, mut feature) = (self.sample_len(), 0);
        self.inputs.each(|x| {
            work(feature, x);
            feature = if feature + 1 == len { 0 } else { feature + 1 };
        })
    }
}
