//! Metrics of a network on changed samples, as its program logs them: a table, lines and JSON.

use crate::args::Listing;
use crate::error::Error;
use crate::plot::Curve;
use crate::table::STYLE;
use comfy_table::{CellAlignment, Table};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The name of the samples as they are.
const UNCHANGED: &str = "unchanged";

/// An amount of a change, and the metrics by their names.
type Point = (f64, Map<String, Value>);

/// The metrics for all amounts of all changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stress {
    samples: u64,
    unchanged: Map<String, Value>,
    /// The name of each change, and for each of its amounts the metrics.
    changes: Vec<(String, Vec<Point>)>,
}

impl Stress {
    /// Reads a log; `None` if the samples as they are were not measured.
    pub(crate) fn read(log: &str) -> Option<Stress> {
        let mut stress: Option<Stress> = None;
        for line in log.lines() {
            let Ok(Value::Object(line)) = serde_json::from_str(line) else { continue };
            let set = line.get("set").and_then(Value::as_str).unwrap_or_default().to_string();
            let samples = line.get("samples").and_then(Value::as_u64)?;
            let numbers = line.into_iter().filter(|(name, value)| name != "samples" && !value.is_string());
            let metrics: Map<String, Value> = numbers.filter(|(_, value)| !value.is_array()).collect();
            match (&mut stress, set.rsplit_once(' ')) {
                (None, None) if set == UNCHANGED => {
                    stress = Some(Stress { samples, unchanged: metrics, changes: vec![] });
                }
                (Some(stress), Some((name, amount))) => {
                    let point = (amount.parse().ok()?, metrics);
                    match stress.changes.last_mut().filter(|(known, _)| known == name) {
                        Some((_, points)) => points.push(point),
                        None => stress.changes.push((name.into(), vec![point])),
                    }
                }
                _ => return None,
            }
        }
        stress
    }

    /// Returns the metric that is asked for, or else the accuracy, or else the loss.
    ///
    /// # Errors
    /// If it was not measured.
    pub(crate) fn metric(&self, asked: Option<&str>) -> Result<String, Error> {
        let usual =
            if self.unchanged.get("accuracy").is_some_and(Value::is_number) { "accuracy" } else { "loss" };
        let metric = asked.unwrap_or(usual);
        let mut numbers = self.unchanged.iter().filter(|(_, value)| value.is_number()).map(|(name, _)| name);
        if numbers.clone().any(|name| name == metric) {
            return Ok(metric.into());
        }
        Err(Error::Unfit {
            message: format!("`{metric}` is no number that was measured"),
            help: format!(
                "choose one of: {}; `metrics` in the `train` block measures more",
                numbers.by_ref().cloned().collect::<Vec<_>>().join(", ")
            ),
        })
    }

    /// Tells the metric, or in JSON all of them.
    pub(crate) fn told(&self, metric: &str, form: Listing) -> String {
        match form {
            Listing::Table => self.table(metric),
            Listing::Csv => {
                let mut text = format!("change,amount,{metric}\n");
                let _ = writeln!(text, "{UNCHANGED},,{}", self.unchanged.get(metric).unwrap_or(&Value::Null));
                for (name, points) in &self.changes {
                    for (amount, metrics) in points {
                        let _ =
                            writeln!(text, "{name},{amount},{}", metrics.get(metric).unwrap_or(&Value::Null));
                    }
                }
                text
            }
            Listing::Json => {
                let changes = self.changes.iter().flat_map(|(name, points)| {
                    points.iter().map(move |(amount, metrics)| {
                        let of = [("change".to_string(), json!(name)), ("amount".into(), json!(amount))];
                        Value::from_iter(of.into_iter().chain(metrics.clone()))
                    })
                });
                let changes: Vec<Value> = changes.collect();
                let all = json!({ "samples": self.samples, UNCHANGED: self.unchanged, "changes": changes });
                format!("{all:#}\n")
            }
        }
    }

    fn table(&self, metric: &str) -> String {
        let most = self.changes.iter().map(|(_, points)| points.len()).max().unwrap_or(0);
        let mut table = Table::new();
        table.load_style(STYLE);
        let heading = [metric.to_string(), "amount".into()].into_iter();
        table.set_header(heading.chain(std::iter::repeat_n(String::new(), (2 * most).saturating_sub(1))));
        table.add_row([UNCHANGED.to_string(), String::new(), written(metric, self.unchanged.get(metric))]);
        for (name, points) in &self.changes {
            let cells = points
                .iter()
                .flat_map(|(amount, metrics)| [amount.to_string(), written(metric, metrics.get(metric))]);
            table.add_row(std::iter::once(name.clone()).chain(cells));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let furthest = self.furthest(metric).map(|(name, amount, value)| {
            let [found, unchanged] =
                [Some(value), self.unchanged.get(metric)].map(|value| written(metric, value));
            format!("furthest from unchanged: {name} {amount}, {metric} {found} instead of {unchanged}\n")
        });
        format!("{table}\n{}", furthest.unwrap_or_default())
    }

    /// Returns the change whose metric is the furthest from that of unchanged samples.
    fn furthest(&self, metric: &str) -> Option<(&str, f64, &Value)> {
        let unchanged = self.unchanged.get(metric)?.as_f64()?;
        let all = self.changes.iter().flat_map(|(name, points)| {
            points.iter().filter_map(move |(amount, metrics)| Some((&**name, *amount, metrics.get(metric)?)))
        });
        let away = |value: &Value| value.as_f64().map_or(0.0, |number| (number - unchanged).abs());
        all.max_by(|(_, _, a), (_, _, b)| away(a).total_cmp(&away(b)))
    }

    /// Returns the metric of the samples as they are, and over the amounts of each change.
    pub(crate) fn curves(&self, metric: &str) -> (f64, Vec<Curve>) {
        let number = |metrics: &Map<String, Value>| metrics.get(metric).and_then(Value::as_f64);
        let curves = self.changes.iter().map(|(name, points)| {
            let points = points.iter().filter_map(|(amount, metrics)| Some([*amount, number(metrics)?]));
            let (unit, without) = unit(name);
            Curve { name: name.clone(), unit, without, points: points.collect() }
        });
        (number(&self.unchanged).unwrap_or(f64::NAN), curves.collect())
    }
}

/// Returns what the amounts of a change are, and the amount that changes nothing, if there is one.
fn unit(change: &str) -> (&'static str, Option<f64>) {
    match change {
        "noise" => ("deviation", Some(0.0)),
        "blur" => ("deviation / shorter side", Some(0.0)),
        "rotation" => ("degrees", Some(0.0)),
        "JPEG" => ("quality", None),
        "gamma" => ("power", Some(1.0)),
        "bias field" => ("largest coefficient", Some(0.0)),
        _ => ("factor", Some(1.0)),
    }
}

/// Writes a metric: shares that are no losses as percentages.
fn written(metric: &str, value: Option<&Value>) -> String {
    match value.and_then(Value::as_f64) {
        None => "none".into(),
        Some(share) if metric == "accuracy" => format!("{:.2}%", 100.0 * share),
        Some(number) => format!("{number:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"{"set":"unchanged","samples":200,"loss":0.25,"accuracy":0.96,"f1":0.95,"classes":["a","b"]}
{"set":"noise 0.02","samples":200,"loss":0.3,"accuracy":0.95,"f1":0.9,"classes":["a","b"]}
{"set":"noise 0.05","samples":200,"loss":0.5,"accuracy":0.905,"f1":null,"classes":["a","b"]}
{"set":"bias field 0.1","samples":200,"loss":0.4,"accuracy":0.8,"f1":0.7,"classes":["a","b"]}
"#;

    #[test]
    fn a_log_has_three_forms() {
        let stress = Stress::read(LOG).unwrap();
        let metric = stress.metric(None).unwrap();
        let forms = [Listing::Table, Listing::Csv, Listing::Json].map(|form| stress.told(&metric, form));
        insta::assert_snapshot!(forms.join("\n"));
        let (unchanged, curves) = stress.curves("f1");
        assert_eq!((unchanged, curves[0].points.len(), curves[1].points[0]), (0.95, 1, [0.1, 0.7]));
    }

    #[test]
    fn another_metric_is_named() {
        let error = Stress::read(LOG).unwrap().metric(Some("auc")).unwrap_err();
        let Error::Unfit { message, help } = error else { panic!("{error}") };
        assert_eq!(message, "`auc` is no number that was measured");
        assert_eq!(help, "choose one of: accuracy, f1, loss; `metrics` in the `train` block measures more");
        assert_eq!(Stress::read("no log"), None);
    }
}
