//! Progress of a training on the terminal.

use super::{Epoch, Log};
use crate::metrics::{Measured, Metric, Value};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write, stderr, stdout};
use std::time::{Duration, Instant};

/// A line for each epoch, and a bar below them on a terminal.
#[derive(Debug)]
pub struct Terminal {
    bar: Option<ProgressBar>,
    /// The metrics with a column.
    metrics: Vec<Metric>,
    /// The first epoch that is shown and its beginning; `None` before it.
    first: Option<(usize, Instant)>,
    /// The current epoch, and the number of all.
    epoch: [usize; 2],
    /// True if the warning about outputs that are NaN has been shown.
    warned: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        Terminal::new(&[])
    }
}

impl Terminal {
    /// Creates a display with a column for each of these metrics that is one number.
    pub fn new(metrics: &[Metric]) -> Terminal {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            // The bar is drawn a few times a second: a step costs it next to nothing.
            let style = ProgressStyle::with_template("{prefix:>9} {bar:32} {percent:>3}% {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
            bar
        });
        Terminal { bar, metrics: columns(metrics), first: None, epoch: [1, 1], warned: false }
    }
}

impl Log for Terminal {
    fn begin(&mut self, epoch: usize, epochs: usize, steps: usize) {
        if self.first.is_none() {
            say(&header(&self.metrics));
        }
        self.first.get_or_insert((epoch, Instant::now()));
        self.epoch = [epoch, epochs];
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.set_length(steps as u64);
            bar.set_prefix(format!("{epoch}/{epochs}"));
        }
    }

    fn step(&mut self, loss: f64) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            if bar.position().is_multiple_of(16) {
                let part = bar.position() as f64 / bar.length().unwrap_or(1).max(1) as f64;
                let left = self.first.map(|(first, start)| left(first, self.epoch, part, start.elapsed()));
                bar.set_message(format!("loss {loss:.4}  {} left", left.unwrap_or_default()));
            }
        }
    }

    fn end(&mut self, epoch: &Epoch) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(&line(epoch, &self.metrics))),
            None => say(&line(epoch, &self.metrics)),
        }
        let warning = epoch.held_out.as_ref().and_then(Measured::warning);
        if let Some(warning) = warning.filter(|_| !std::mem::replace(&mut self.warned, true)) {
            self.note(&warning);
        }
    }

    fn note(&mut self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(text)),
            None => say(text),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Writes a line. A reader who has seen enough and is gone is no error.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}

/// Returns the metrics with columns of their own; accuracy has one in any case.
fn columns(metrics: &[Metric]) -> Vec<Metric> {
    metrics.iter().copied().filter(|&metric| metric.is_simple() && metric != Metric::Accuracy).collect()
}

fn header(metrics: &[Metric]) -> String {
    let metrics: String = metrics.iter().map(|&metric| format!(" {:>8}", title(metric))).collect();
    format!("    epoch       loss   val loss  val acc{metrics}     time  samples/s")
}

fn title(metric: Metric) -> String {
    format!("val {}", metric.name())
}

fn line(epoch: &Epoch, metrics: &[Metric]) -> String {
    let number = format!("{}/{}", epoch.epoch, epoch.epochs);
    let [mut loss, mut accuracy, mut numbers] = [String::new(), String::new(), String::new()];
    if let Some(held_out) = &epoch.held_out {
        loss = format!("{:.4}", held_out.evaluation.loss);
        let percent = |share| format!("{:.2}%", 100.0 * share);
        accuracy = held_out.evaluation.accuracy.map_or_else(String::new, percent);
    }
    for &metric in metrics {
        let value = epoch.held_out.as_ref().map(|held_out| held_out.scores.get(metric));
        let text = match value {
            Some(value) => value.and_then(Value::number).map_or_else(|| "-".into(), |x| format!("{x:.4}")),
            None => String::new(),
        };
        numbers += &format!(" {text:>width$}", width = title(metric).len().max(8));
    }
    let rate = epoch.samples as f64 / epoch.seconds.max(1e-6);
    let best = if epoch.best == Some(epoch.epoch) { "  best" } else { "" };
    let line = format!(
        "{number:>9} {:>10.4} {loss:>10} {accuracy:>8}{numbers} {:>8} {rate:>10.0}{best}",
        epoch.loss,
        time(epoch.seconds)
    );
    line.trim_end().into()
}

/// Estimates the time until the training's end, of which `part` of the current epoch is over since the beginning of the `first`.
fn left(first: usize, [epoch, epochs]: [usize; 2], part: f64, time_so_far: Duration) -> String {
    let done = (epoch - first) as f64 + part;
    let all = (epochs + 1 - first) as f64;
    time(time_so_far.as_secs_f64() * (all - done) / done)
}

/// Formats a time: `3.5ms`, `1.25s`, `12.3s`, `4m05s`, `2h07m`.
fn time(seconds: f64) -> String {
    let whole = Duration::from_secs_f64(seconds.clamp(0.0, 1e9)).as_secs();
    match whole {
        _ if seconds < 0.1 => format!("{:.1}ms", 1e3 * seconds),
        0..10 => format!("{seconds:.2}s"),
        10..60 => format!("{seconds:.1}s"),
        60..3600 => format!("{}m{:02}s", whole / 60, whole % 60),
        _ => format!("{}h{:02}m", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::metrics::{Average, Evaluation, Measured, Scores};

    fn epoch() -> Epoch {
        let evaluation = Evaluation { loss: 0.061, accuracy: Some(0.98167) };
        Epoch {
            epoch: 3,
            epochs: 12,
            loss: 0.053_21,
            held_out: Some(Measured { evaluation, scores: Scores::default(), samples: 60, nan_samples: 0 }),
            samples: 54_000,
            seconds: 1.234,
            rate: 0.01,
            best: Some(3),
        }
    }

    #[test]
    fn lines_stand_under_the_header() {
        let numbers = Measured {
            evaluation: Evaluation { loss: 1234.5, accuracy: None },
            scores: Scores::default(),
            samples: 60,
            nan_samples: 0,
        };
        let nan =
            Measured { evaluation: Evaluation { loss: f64::NAN, accuracy: Some(0.0) }, ..numbers.clone() };
        let lines = [
            header(&[]),
            line(&epoch(), &[]),
            line(&Epoch { epoch: 12, best: Some(3), seconds: 75.0, ..epoch() }, &[]),
            line(&Epoch { held_out: Some(numbers), best: None, seconds: 7625.0, ..epoch() }, &[]),
            line(&Epoch { held_out: None, seconds: 0.0123, ..epoch() }, &[]),
            line(&Epoch { held_out: Some(nan), best: None, ..epoch() }, &[]),
        ];
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_time_left_is_that_of_the_whole_training() {
        // Half of the third of ten epochs, of which the second was the first here.
        let so_far = Duration::from_secs(30);
        assert_eq!(left(2, [3, 10], 0.5, so_far), "2m30s");
        assert_eq!(left(1, [10, 10], 1.0, so_far), "0.0ms");
    }

    #[test]
    fn metrics_that_are_one_number_have_columns() {
        let f1 = Metric::F1(Average::Macro);
        let all =
            [Metric::Accuracy, f1, Metric::Recall(Average::None), Metric::BalancedAccuracy, Metric::Kappa];
        let columns = columns(&all);
        let scores = [(f1, Some(0.98151)), (Metric::BalancedAccuracy, Some(0.5)), (Metric::Kappa, None)];
        let scores = scores.into_iter().map(|(metric, value)| (metric, Value::Number(value))).collect();
        let held_out = epoch().held_out.map(|held_out| Measured { scores, ..held_out });
        let lines = [
            header(&columns),
            line(&Epoch { held_out, ..epoch() }, &columns),
            line(&Epoch { held_out: None, ..epoch() }, &columns),
        ];
        insta::assert_snapshot!(lines.join("\n"));
    }
}
