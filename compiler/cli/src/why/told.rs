//! Explanations as text and as JSON.

use super::found::{Completeness, Explanations, Found, Sample};
use crate::table::STYLE;
use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;

/// The error of integrated gradients above which they are said to be incomplete.
const ERROR: f64 = 0.01;
/// The most rows of a table that are told one by one.
const ROWS: usize = 10;
/// The most columns that are told of one row.
const TOLD: usize = 8;

/// Says for people what was found, and where it was written.
pub(crate) fn text(found: &Explanations, files: &[Vec<PathBuf>]) -> String {
    if !found.columns.is_empty() {
        return table(found);
    }
    let mut text = String::new();
    for (sample, files) in found.samples.iter().zip(files) {
        let _ = writeln!(text, "{}: {}, {}", name(sample), sample.explained, value(sample));
        for Found { method, completeness, .. } in &sample.found {
            if let Some(complete) = completeness {
                let _ = writeln!(text, "  {method}: {}", completed(*complete));
            }
        }
        if let Some(first) = files.first() {
            let others = match files.len() - 1 {
                0 => String::new(),
                1 => ", and 1 file beside it".into(),
                others => format!(", and {others} files beside it"),
            };
            let _ = writeln!(text, "  {}{others}", first.display());
        }
    }
    text
}

/// Says what was found for a table: the mean influence of each column, and the rows if there are few.
fn table(found: &Explanations) -> String {
    let mut text = String::new();
    for sample in found.samples.iter().take(ROWS) {
        let _ = writeln!(text, "{}: {}, {}", name(sample), sample.explained, value(sample));
        for Found { method, map, completeness, .. } in &sample.found {
            let mut order: Vec<usize> = (0..map.len()).collect();
            order.sort_by(|&a, &b| map[b].abs().total_cmp(&map[a].abs()));
            let columns = order.iter().take(TOLD).map(|&at| format!("{} {:+.4}", column(found, at), map[at]));
            let more = if order.len() > TOLD { ", ..." } else { "" };
            let _ = writeln!(text, "  {method}: {}{more}", columns.collect::<Vec<_>>().join(", "));
            if let Some(complete) = completeness.filter(|complete| complete.error >= ERROR) {
                let _ = writeln!(text, "  {}", completed(complete));
            }
        }
    }
    if found.samples.len() > ROWS {
        let _ = writeln!(text, "... and {} more; `--format json` has all", found.samples.len() - ROWS);
    }
    let means = means(found);
    if found.samples.len() > 1 && !means.is_empty() {
        let mut table = Table::new();
        table.load_style(STYLE);
        let names = means.iter().map(|(method, _)| method.clone());
        table.set_header(std::iter::once("column".to_string()).chain(names));
        let mut order: Vec<usize> = (0..found.columns.len()).collect();
        order.sort_by(|&a, &b| means[0].1[b].total_cmp(&means[0].1[a]));
        for at in order {
            let numbers = means.iter().map(|(_, mean)| format!("{:.4}", mean[at]));
            table.add_row(std::iter::once(column(found, at).to_string()).chain(numbers));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let samples = found.samples.len();
        let _ = writeln!(
            text,
            "\ninfluence of each column on {samples} answers, on average without sign:\n{table}"
        );
    }
    text
}

/// Returns for each method the mean size of its numbers by column, over all samples.
fn means(found: &Explanations) -> Vec<(String, Vec<f64>)> {
    let Some(first) = found.samples.first() else { return vec![] };
    let count = found.samples.len() as f64;
    let mut means: Vec<(String, Vec<f64>)> = first
        .found
        .iter()
        .enumerate()
        .map(|(at, Found { method, map, .. })| {
            let mean = |column: usize| {
                found.samples.iter().map(|sample| f64::from(sample.found[at].map[column].abs())).sum::<f64>()
                    / count
            };
            (method.clone(), (0..map.len()).map(mean).collect())
        })
        .collect();
    means.extend(found.permutations.iter().map(|(file, moved)| {
        let name = if found.permutations.len() > 1 {
            format!("permutation of {file}")
        } else {
            "permutation".into()
        };
        (name, moved.iter().map(|&x| f64::from(x)).collect())
    }));
    means
}

fn column(found: &Explanations, at: usize) -> &str {
    found.columns.get(at).map_or("", String::as_str)
}

/// Says everything for programs.
pub(crate) fn json(found: &Explanations, files: &[Vec<PathBuf>]) -> String {
    let samples = found.samples.iter().enumerate().map(|(at, sample)| {
        let methods: serde_json::Map<String, Value> = sample
            .found
            .iter()
            .map(|Found { method, map, completeness, .. }| {
                let mut facts = serde_json::Map::new();
                if !found.columns.is_empty() {
                    let columns = found.columns.iter().zip(map).map(|(name, x)| (name.clone(), json!(x)));
                    facts.insert("columns".into(), Value::Object(columns.collect()));
                }
                if let Some(Completeness { steps, sum, difference, error }) = completeness {
                    facts.insert(
                        "completeness".into(),
                        json!({ "steps": steps, "sum": sum, "difference": difference, "error": error }),
                    );
                }
                (method.clone(), Value::Object(facts))
            })
            .collect();
        json!({
            "file": sample.file,
            "place": sample.place,
            "explained": sample.explained,
            "value": sample.value,
            "probability": sample.probability,
            "places": sample.places[0],
            "methods": methods,
            "files": files.get(at).iter().flat_map(|files| files.iter()).map(|file| file.display().to_string()).collect::<Vec<_>>(),
        })
    });
    let permutations = found.permutations.iter().map(|(file, moved)| {
        let columns = found.columns.iter().zip(moved).map(|(name, x)| (name.clone(), json!(x)));
        (file.clone(), Value::Object(columns.collect()))
    });
    let all = json!({
        "network": found.network,
        "layer": found.layer,
        "samples": samples.collect::<Vec<_>>(),
        "permutation": permutations.collect::<serde_json::Map<_, _>>(),
    });
    format!("{all:#}\n")
}

fn name(sample: &Sample) -> String {
    match &sample.place {
        Some(place) => format!("{}, {place}", sample.file),
        None => sample.file.clone(),
    }
}

/// Says the number that is explained.
pub(super) fn value(sample: &Sample) -> String {
    let places = match sample.places {
        [_, 1] => String::new(),
        [some, all] if some == all => format!(" over all {all} places"),
        [some, all] => format!(" over {some} of {all} places"),
    };
    let probability = match sample.probability {
        Some(probability) => format!(", probability {probability:.3}"),
        None => String::new(),
    };
    format!("{:.4}{places}{probability}", sample.value)
}

/// Says how complete integrated gradients are.
fn completed(complete: Completeness) -> String {
    let Completeness { steps, sum, difference, error } = complete;
    let state = if error < ERROR { "" } else { ": incomplete, take more by `--steps`" };
    format!("sum {sum:.4} of {difference:.4} after {steps} steps (error {:.2} %){state}", 100.0 * error)
}
