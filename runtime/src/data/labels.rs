//! Conversion of labels to the targets of the network's loss.

use super::{Dataset, Interface, Numbers, Place, Problem, Targets};
use crate::recipe::Loss;

/// Collector of the targets of one sample after another: all classes, or all numbers.
pub(super) struct Labels {
    classes: Vec<u32>,
    values: Vec<f32>,
    loss: Loss,
    /// Numbers of the network's output.
    outputs: usize,
}

impl Labels {
    pub(super) fn new(interface: &Interface<'_>) -> Result<Labels, Problem> {
        // A label for each sample says nothing of the places of an output that has height and width.
        if interface.output.iter().skip(1).any(|&size| size > 1) {
            return Err(Problem::Dense { output: interface.output.to_vec() });
        }
        let (loss, outputs) = (interface.loss, interface.outputs());
        Ok(Labels { classes: Vec::new(), values: Vec::new(), loss, outputs })
    }

    /// Returns the number of label columns of a table in the usual form: a class, or a number for each
    /// output.
    pub(super) fn width(&self) -> usize {
        if self.loss.of_indices() { 1 } else { self.outputs }
    }

    /// Returns the name of the label columns in messages.
    pub(super) fn meaning(&self) -> &'static str {
        match self.loss {
            loss if loss.of_indices() => "the class",
            _ if self.outputs == 1 => "the target",
            _ => "the targets",
        }
    }

    /// Adds a sample's only label: a class where the network has several outputs, a number where it has one.
    pub(super) fn push(&mut self, label: f64, place: impl Fn() -> Place) -> Result<(), Problem> {
        if self.width() == 1 && !self.loss.of_indices() {
            return self.push_value(label, place);
        }
        let ignored = self.loss.ignored().is_some_and(|ignored| label == ignored as f64);
        if !ignored && (label < 0.0 || label.fract() != 0.0 || label >= self.outputs as f64) {
            return Err(Problem::Label { place: place(), classes: self.outputs, found: label.to_string() });
        }
        self.classes.push(label as u32);
        Ok(())
    }

    /// Adds one of a sample's target numbers.
    pub(super) fn push_value(&mut self, value: f64, place: impl Fn() -> Place) -> Result<(), Problem> {
        if self.loss.of_shares() && !(0.0..=1.0).contains(&value) {
            return Err(Problem::Unit { place: place(), found: value.to_string() });
        }
        self.values.push(value as f32);
        Ok(())
    }

    /// Returns the samples with these targets.
    pub(super) fn dataset(self, shape: &[usize], inputs: Numbers) -> Result<Dataset, Problem> {
        if self.classes.is_empty() {
            return Dataset::of_numbers(shape, inputs, Targets::Values(self.values));
        }
        let dataset = Dataset::of_numbers(shape, inputs, Targets::Classes(self.classes))?;
        Ok(if self.loss.of_indices() { dataset } else { dataset.one_hot(self.outputs) })
    }
}
