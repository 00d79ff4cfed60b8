//! The plot of a learning-rate range test: the loss over the rate.

use super::paper::{MAIN, MARK, PALE, number, page, plain, words};
use crate::error::Error;
use plotters::prelude::*;
use serde_json::Value;

/// A range test as its program logs it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rates {
    /// The rate, the loss and the smoothed loss of each step.
    points: Vec<[f64; 3]>,
    suggestion: Option<f64>,
}

impl Rates {
    /// Reads a log; `None` if it has no steps.
    pub(crate) fn read(log: &str) -> Option<Rates> {
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let number = |line: &Value, key: &str| line.get(key).and_then(Value::as_f64);
        let point =
            |line: &Value| Some([number(line, "rate")?, number(line, "loss")?, number(line, "smoothed")?]);
        let points: Vec<[f64; 3]> = lines.iter().filter_map(point).collect();
        let suggestion = lines.iter().find_map(|line| number(line, "suggestion"));
        (!points.is_empty()).then_some(Rates { points, suggestion })
    }

    /// Returns the range of losses to show: a loss that has diverged leaves the page.
    fn losses(&self) -> [f64; 2] {
        let smoothed = || self.points.iter().map(|point| point[2]);
        let least = self.points.iter().map(|point| point[1]).fold(f64::INFINITY, f64::min);
        let (lowest, first) = (smoothed().fold(f64::INFINITY, f64::min), self.points[0][2]);
        let most = smoothed().fold(f64::NEG_INFINITY, f64::max);
        let top = if first > lowest { most.min(first + (first - lowest)) } else { most };
        let room = 0.05 * (top - least).max(1e-6 * top.abs()).max(1e-12);
        [least - room, top + room]
    }
}

/// Draws the loss over the rate.
pub(crate) fn rates(title: &str, test: &Rates) -> Result<String, Error> {
    let [bottom, top] = test.losses();
    let (first, last) = (test.points[0][0], test.points[test.points.len() - 1][0]);
    let last = if last > first { last } else { first * 10.0 };
    page((800, 480), |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, words(18))
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d((first..last).log_scale(), bottom..top)?;
        plain(&mut chart.configure_mesh(), [13, 14])
            .x_desc("learning rate")
            .y_desc("loss (thin: each batch, bold: smoothed)")
            .x_label_formatter(&|rate| format!("{rate:.0e}"))
            .y_label_formatter(&|loss| number(*loss))
            .draw()?;
        let course = |of: usize| test.points.iter().map(move |point| (point[0], point[of].min(top)));
        chart.draw_series(LineSeries::new(course(1), PALE.stroke_width(1)))?;
        chart.draw_series(LineSeries::new(course(2), MAIN.stroke_width(3)))?;
        if let Some(rate) = test.suggestion {
            chart.draw_series(LineSeries::new([(rate, bottom), (rate, top)], MARK.stroke_width(2)))?;
            let style = words(14).color(&MARK);
            let label = EmptyElement::at((rate, top)) + Text::new(format!("lr={rate:.1e}"), (6, 2), style);
            chart.draw_series([label])?;
        }
        Ok::<_, DrawingAreaErrorKind<_>>(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"{"step":1,"rate":1e-3,"loss":2.0,"smoothed":2.0}
{"step":2,"rate":1e-2,"loss":1.0,"smoothed":1.5}
{"step":3,"rate":1e-1,"loss":900.0,"smoothed":300.0}
{"suggestion":0.005,"rule":"steepest","steepest":0.005,"limit":null}
"#;

    #[test]
    fn a_log_is_drawn() {
        let test = Rates::read(LOG).unwrap();
        assert_eq!(test.points[1], [0.01, 1.0, 1.5]);
        let svg = rates("LeNet5", &test).unwrap();
        for part in ["LeNet5", "lr=5.0e-3", "learning rate", "prefers-color-scheme"] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        // The loss that has diverged is cut off, not the others squeezed.
        assert!(test.losses()[1] < 2.6 && test.losses()[0] < 1.0, "{:?}", test.losses());
    }

    #[test]
    fn odd_logs_are_no_panic() {
        assert_eq!(Rates::read(""), None);
        assert_eq!(Rates::read("no json\n{\"step\":1}\n"), None);
        let line = LOG.lines().next().unwrap();
        rates("one point", &Rates::read(line).unwrap()).unwrap();
        let same = format!("{line}\n{line}\n");
        rates("one rate", &Rates::read(&same).unwrap()).unwrap();
    }
}
