//! The runtime's metrics have scikit-learn's values; `metrics/make_metrics.py` wrote them.

use netwright::data::TargetsRef;
use netwright::metrics::{Average, Measure, Metric, Metrics, Scores, Value};
use netwright::train::Loss;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

const MACRO: Average = Average::Macro;
const MICRO: Average = Average::Micro;
const NONE: Average = Average::None;

macro_rules! averaged {
    ($($metric:ident),*) => { [$(Metric::$metric(MACRO), Metric::$metric(MICRO), Metric::$metric(NONE)),*] };
}

const OF_WHOLE: [Metric; 5] =
    [Metric::Accuracy, Metric::BalancedAccuracy, Metric::Matthews, Metric::Kappa, Metric::Confusion];
const OF_CLASSES: [Metric; 24] = averaged!(Precision, Recall, Specificity, F1, Dice, Iou, RocAuc, PrAuc);
const OF_NUMBERS: [Metric; 9] = averaged!(Mae, Rmse, R2);
const TOP: [Metric; 2] = [Metric::TopK(1), Metric::TopK(2)];

/// All metrics together, so that each case asks for those that it has.
static ALL: [Metric; 40] = {
    let mut all = [Metric::Accuracy; 40];
    let parts: [&[Metric]; 4] = [&OF_WHOLE, &OF_CLASSES, &OF_NUMBERS, &TOP];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut i = 0;
        while i < parts[part].len() {
            all[at] = parts[part][i];
            (i, at) = (i + 1, at + 1);
        }
        part += 1;
    }
    all
};

struct Case {
    name: String,
    loss: Loss,
    metrics: Metrics,
    outputs: Vec<f32>,
    targets: Vec<f32>,
    expected: Json,
}

impl Case {
    fn read(path: &Path) -> Case {
        let json: Json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let numbers = |key: &str| -> Vec<f32> {
            json[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
        };
        let size = |key: &str| json[key].as_u64().unwrap() as usize;
        let loss = match json["loss"].as_str().unwrap() {
            "cross_entropy" => Loss::CrossEntropy { logits: false },
            "cross_entropy_logits" => Loss::CrossEntropy { logits: true },
            "binary_cross_entropy" => Loss::binary_cross_entropy(false),
            "binary_cross_entropy_logits" => Loss::binary_cross_entropy(true),
            _ => Loss::MSE,
        };
        Case {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            loss,
            metrics: Metrics { channels: size("channels"), pixels: size("pixels"), of: &ALL },
            outputs: numbers("outputs"),
            targets: numbers("targets"),
            expected: json["expected"].clone(),
        }
    }

    /// Measures `batch` samples at a time.
    fn measure(&self, batch: usize) -> Scores {
        let Metrics { channels, pixels, .. } = self.metrics;
        let classes = matches!(self.loss, Loss::CrossEntropy { .. });
        let targets = batch * pixels * if classes { 1 } else { channels };
        let mut measure = Measure::new(self.metrics, self.loss);
        for (y, t) in self.outputs.chunks(batch * channels * pixels).zip(self.targets.chunks(targets)) {
            let indices: Vec<u32> = t.iter().map(|&t| t as u32).collect();
            measure.add(y, if classes { TargetsRef::Classes(&indices) } else { TargetsRef::Values(t) });
        }
        measure.finish()
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("metrics");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

fn close(found: Option<f64>, want: &Json) -> bool {
    match (found, want.as_f64()) {
        (Some(found), Some(want)) => (found - want).abs() <= 1e-9 * want.abs().max(1.0),
        (found, want) => found.is_none() && want.is_none(),
    }
}

fn equals(found: &Value, want: &Json) -> bool {
    let rows = || want.as_array().unwrap().iter().map(|row| row.as_array().unwrap());
    let whole = |row: &Vec<Json>| row.iter().map(|x| x.as_u64().unwrap() as usize).collect::<Vec<_>>();
    match found {
        Value::Number(number) => !want.is_array() && close(*number, want),
        Value::PerClass(numbers) => {
            let want = want.as_array().unwrap();
            numbers.len() == want.len() && numbers.iter().zip(want).all(|(&found, want)| close(found, want))
        }
        Value::Confusion(confusion) => {
            confusion.classes() == rows().count()
                && rows().enumerate().all(|(class, row)| confusion.row(class) == whole(row))
        }
        Value::Labels(labels) => {
            let counts = labels.iter().map(|label| {
                [label.true_positives, label.false_positives, label.false_negatives, label.true_negatives]
            });
            labels.len() == rows().count() && counts.zip(rows()).all(|(found, row)| found[..] == whole(row))
        }
    }
}

#[test]
fn metrics_have_scikit_learns_values() {
    let cases = cases();
    assert!(cases.len() >= 30, "{} cases", cases.len());
    for case in cases {
        let scores = case.measure(1 << 20);
        for (name, want) in case.expected.as_object().unwrap() {
            let metric = ALL.into_iter().find(|metric| metric.name() == *name);
            let metric = metric.unwrap_or_else(|| panic!("{}: `{name}` is no metric", case.name));
            let found = scores.get(metric).unwrap();
            assert!(equals(found, want), "{}: {name} is {found:?}, not {want}", case.name);
        }
    }
}

#[test]
fn every_metric_is_compared() {
    let cases = cases();
    for metric in ALL {
        let values = cases.iter().filter_map(|case| case.expected.get(metric.name()));
        // Both of samples where it is defined and of others.
        assert!(values.clone().any(|value| !value.is_null()), "{}", metric.name());
        assert!(values.count() >= 4, "{}", metric.name());
    }
}

#[test]
fn batches_change_nothing() {
    for case in cases() {
        let whole = case.measure(1 << 20);
        for batch in [1, 7] {
            let parts = case.measure(batch);
            for (metric, value) in whole.iter() {
                let part = parts.get(metric).unwrap();
                assert!(value == part, "{}: {} of {batch}: {value:?} {part:?}", case.name, metric.name());
            }
        }
    }
}

#[test]
fn nothing_measured_is_nothing_said() {
    for case in cases() {
        for (metric, value) in Measure::new(case.metrics, case.loss).finish().iter() {
            let empty = match value {
                Value::Number(number) => number.is_none(),
                Value::PerClass(numbers) => numbers.iter().all(Option::is_none),
                Value::Confusion(confusion) => confusion.total() == 0,
                Value::Labels(labels) => labels.iter().all(|label| label.total() == 0),
            };
            assert!(empty, "{}: {}", case.name, metric.name());
        }
    }
}
