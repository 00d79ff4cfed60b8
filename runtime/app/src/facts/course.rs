//! The epochs of a training, as the log for programs tells them.

use netwright::train::{Epoch, JsonLines, Log};
use serde_json::Value;

/// Epochs that are kept at most: a page shows no more, and of long trainings every second one is left out again and again.
const MOST: usize = 2048;

#[derive(Debug)]
pub(super) struct Course {
    /// The lines of an interrupted training's epochs.
    before: Vec<String>,
    epochs: Vec<Epoch>,
    /// Epochs from one that is kept to the next.
    stride: usize,
}

impl Default for Course {
    fn default() -> Course {
        Course { before: vec![], epochs: vec![], stride: 1 }
    }
}

impl Course {
    /// Takes over the first epochs of an interrupted training.
    pub(super) fn go_on(&mut self, lines: Value, epochs: usize) {
        let Value::Array(lines) = lines else { return };
        let is_over = |line: &Value| line["epoch"].as_u64().is_some_and(|epoch| epoch <= epochs as u64);
        self.before = lines.iter().filter(|line| is_over(line)).map(Value::to_string).collect();
    }

    /// Adds an epoch.
    pub(super) fn add(&mut self, epoch: &Epoch) {
        // The last one is always there, until the next comes.
        if self.epochs.last().is_some_and(|last| !last.epoch.is_multiple_of(self.stride)) {
            let is_best = self.best() == Some(self.epochs.len() - 1);
            if !is_best {
                self.epochs.pop();
            }
        }
        self.epochs.push(epoch.clone());
        if self.epochs.len() > MOST {
            self.stride *= 2;
            let (best, stride) = (self.best(), self.stride);
            let mut at = 0;
            self.epochs.retain(|epoch| {
                at += 1;
                epoch.epoch.is_multiple_of(stride) || epoch.epoch == 1 || best == Some(at - 1)
            });
        }
    }

    /// Returns the place of the epoch with the lowest loss on held-out samples.
    fn best(&self) -> Option<usize> {
        let losses = self.epochs.iter().enumerate();
        let losses = losses.filter_map(|(at, epoch)| Some((at, epoch.held_out.as_ref()?.evaluation.loss)));
        losses.filter(|(_, loss)| loss.is_finite()).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
    }

    /// Returns a line of JSON for each epoch.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut text = Vec::new();
        let mut log = JsonLines::new(&mut text);
        self.epochs.iter().for_each(|epoch| log.end(epoch));
        // Memory takes everything.
        let _ = log.finish();
        let own = String::from_utf8_lossy(&text);
        self.before.iter().cloned().chain(own.lines().map(String::from)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netwright::metrics::{Evaluation, Measured};

    fn epoch(epoch: usize, loss: f64) -> Epoch {
        let held_out = Some(Measured::new(Evaluation { loss, accuracy: None }, 10, 0));
        Epoch { epoch, epochs: 9999, loss, held_out, samples: 10, seconds: 0.1, rate: 0.1, best: None }
    }

    fn numbers(course: &Course) -> Vec<u64> {
        let number = |line: &String| serde_json::from_str::<Value>(line).unwrap()["epoch"].as_u64().unwrap();
        course.lines().iter().map(number).collect()
    }

    #[test]
    fn all_epochs_of_short_trainings_are_kept() {
        let mut course = Course::default();
        course.go_on(serde_json::json!([{"epoch": 1}, {"epoch": 2}, {"epoch": 3}]), 2);
        (3..=100).for_each(|at| course.add(&epoch(at, 1.0)));
        assert_eq!(numbers(&course), (1..=100).collect::<Vec<u64>>());
    }

    #[test]
    fn of_long_trainings_the_best_and_the_last_are_there() {
        let mut course = Course::default();
        (1..=9001).for_each(|at| course.add(&epoch(at, if at == 1333 { 0.5 } else { 1.0 })));
        let numbers = numbers(&course);
        assert!(numbers.len() <= MOST + 1 && numbers.len() > MOST / 2, "{}", numbers.len());
        for one in [1, 1333, 9001] {
            assert!(numbers.contains(&one), "{one}");
        }
        assert!(numbers.is_sorted());
    }
}
