//! Answers as columns for people, comma-separated values and JSON for programs.

use super::found::{Calibration, Copies, Found, Kind, Sample};
use crate::args::Listing;
use crate::table::STYLE;
use comfy_table::{CellAlignment, Table};
use serde_json::{Map, Value, json};

/// The words for samples of a file, each with a column of its own where some have it.
const PLACES: [&str; 3] = ["line", "sample", "slice"];

/// Tells the answers in the order in which they are.
pub(crate) fn told(found: &Found, form: Listing) -> String {
    match form {
        Listing::Table => table(found),
        Listing::Csv => csv(found),
        Listing::Json => {
            let samples = found.samples.iter().map(|sample| Value::from(entries(found, sample)));
            format!("{:#}\n", Value::from(samples.collect::<Vec<_>>()))
        }
    }
}

/// Says which temperatures were fitted, and what they have changed; nothing if none was asked for.
pub(crate) fn calibration(found: &Found) -> Vec<String> {
    let several = found.calibration.len() > 1;
    let mut told = vec![];
    for Calibration { weights, temperature, fitted } in &found.calibration {
        let Some(fitted) = fitted else { continue };
        let of = if several { format!("{weights}: ") } else { String::new() };
        let [[nll, nll_after], [ece, ece_after]] = [fitted.nll, fitted.ece];
        let samples = fitted.samples;
        told.push(match fitted.outcome.as_str() {
            "fitted" => format!(
                "{of}temperature {temperature:.4}, fitted on {samples} held-out samples: negative log-likelihood {nll:.4} before, \
                 {nll_after:.4} after; expected calibration error {:.2}% before, {:.2}% after",
                100.0 * ece,
                100.0 * ece_after
            ),
            "all right" => format!(
                "{of}probabilities stay as they are: all {samples} held-out samples are answered right, so that no temperature is the best"
            ),
            _ => format!(
                "{of}probabilities stay as they are: on {samples} held-out samples the answers are no better than chance, so that no \
                 temperature is the best"
            ),
        });
    }
    if let Some(Copies { held_out, quantile, threshold: Some(threshold) }) = found.copies {
        told.push(format!(
            "the error of {}% of {held_out} held-out samples is at most {threshold:.6}; samples above are unlike them",
            100.0 * quantile
        ));
    }
    told
}

/// Returns a text as a cell of comma-separated values.
pub(super) fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.into(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.2}%", 100.0 * share)
}

fn table(found: &Found) -> String {
    let has_place = found.samples.iter().any(|sample| sample.place.is_some());
    let mut heading = vec!["file".to_string()];
    heading.extend(has_place.then(String::new));
    let mut add = |names: &[&str]| heading.extend(names.iter().map(|name| name.to_string()));
    match found.kind {
        Kind::Classes if found.has_spread => {
            add(&["class", "probability", "spread", "entropy", "margin", "information"]);
        }
        Kind::Classes => add(&["class", "probability", "entropy", "margin"]),
        Kind::Copies => add(&["error", "held out below", "unlike"]),
        Kind::Masks if found.has_spread => add(&["entropy", "margin", "information"]),
        Kind::Masks => add(&["entropy", "margin"]),
        Kind::Labels | Kind::Numbers => {
            for name in &found.names {
                add(&[name]);
                add(if found.has_spread { &["spread"] } else { &[] });
            }
            add(match (found.kind, found.has_spread) {
                (Kind::Numbers, _) => &[],
                (_, true) => &["entropy", "margin", "information"],
                (_, false) => &["entropy", "margin"],
            });
        }
    }
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(heading);
    for sample in &found.samples {
        let mut cells = vec![sample.file.clone()];
        let place = sample.place.as_ref().map(|(word, number)| format!("{word} {number}"));
        cells.extend(has_place.then(|| place.unwrap_or_default()));
        cells.extend(numbers(found, sample));
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1 + usize::from(has_place)) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

/// Returns the cells of an answer for people.
fn numbers(found: &Found, sample: &Sample) -> Vec<String> {
    let mut cells = vec![];
    match found.kind {
        Kind::Classes => {
            let class = sample.answer();
            cells.extend([found.names[class].clone(), percent(sample.mean[class])]);
            cells.extend(found.has_spread.then(|| percent(sample.spread[class])));
        }
        Kind::Labels | Kind::Numbers => {
            let shown = |x: f64| if found.kind == Kind::Labels { percent(x) } else { format!("{x:.6}") };
            for (&mean, &spread) in sample.mean.iter().zip(&sample.spread) {
                cells.push(shown(mean));
                cells.extend(found.has_spread.then(|| shown(spread)));
            }
        }
        Kind::Masks => {}
        Kind::Copies => {
            if let Some(copy) = sample.copy {
                cells.push(format!("{:.6}", copy.error));
                cells.push(copy.rank.map(percent).unwrap_or_default());
                cells.push(copy.unlike.map_or("", |unlike| if unlike { "yes" } else { "no" }).into());
            }
        }
    }
    if let Some(doubt) = sample.doubt {
        cells.extend([doubt.entropy, doubt.margin].map(|x| format!("{x:.4}")));
        cells.extend(found.has_spread.then(|| format!("{:.4}", doubt.information)));
    }
    cells
}

fn csv(found: &Found) -> String {
    let is_there = |word: &&&str| {
        found.samples.iter().any(|sample| sample.place.as_ref().is_some_and(|(known, _)| known == **word))
    };
    let places: Vec<&str> = PLACES.iter().filter(is_there).copied().collect();
    let mut heading = vec!["file".to_string()];
    heading.extend(places.iter().map(|word| word.to_string()));
    match found.kind {
        Kind::Classes => heading.extend(["class".into(), "probability".into()]),
        Kind::Copies => heading.extend(["error", "held_out_below", "unlike"].map(String::from)),
        Kind::Labels | Kind::Numbers | Kind::Masks => {}
    }
    heading.extend(found.names.iter().cloned());
    if found.has_spread {
        heading.extend(found.names.iter().map(|name| format!("spread of {name}")));
    }
    if found.samples.iter().any(|sample| sample.doubt.is_some()) {
        heading.extend(["entropy", "margin"].map(String::from));
        heading.extend(found.has_spread.then(|| "information".into()));
    }
    let line =
        |cells: Vec<String>| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\n";
    let mut text = line(heading);
    for sample in &found.samples {
        let mut cells = vec![sample.file.clone()];
        cells.extend(places.iter().map(|word| {
            let place = sample.place.as_ref().filter(|(known, _)| known == word);
            place.map(|(_, number)| number.to_string()).unwrap_or_default()
        }));
        if found.kind == Kind::Classes {
            let class = sample.answer();
            cells.extend([found.names[class].clone(), sample.mean[class].to_string()]);
        }
        if let Some(copy) = sample.copy {
            cells.push(copy.error.to_string());
            cells.push(copy.rank.map(|rank| rank.to_string()).unwrap_or_default());
            cells.push(copy.unlike.map(|unlike| unlike.to_string()).unwrap_or_default());
        }
        cells.extend(sample.mean.iter().map(f64::to_string));
        if found.has_spread {
            cells.extend(sample.spread.iter().map(f64::to_string));
        }
        if let Some(doubt) = sample.doubt {
            cells.extend([doubt.entropy, doubt.margin].map(|x| x.to_string()));
            cells.extend(found.has_spread.then(|| doubt.information.to_string()));
        }
        text += &line(cells);
    }
    text
}

/// Returns an answer as the entries of an object in JSON.
fn entries(found: &Found, sample: &Sample) -> Map<String, Value> {
    let mut answer = Map::from_iter([("file".to_string(), json!(sample.file))]);
    answer.extend(sample.place.as_ref().map(|(word, number)| (word.clone(), json!(number))));
    let by_name = |numbers: &[f64]| -> Value {
        found.names.iter().cloned().zip(numbers.iter().map(|&x| json!(x))).collect::<Map<_, _>>().into()
    };
    let mut add = |name: &str, value: Value| drop(answer.insert(name.into(), value));
    match found.kind {
        Kind::Classes => {
            let class = sample.answer();
            add("class", json!(found.names[class]));
            add("probability", json!(sample.mean[class]));
            add("probabilities", by_name(&sample.mean));
        }
        Kind::Labels => add("probabilities", by_name(&sample.mean)),
        Kind::Numbers => add("outputs", by_name(&sample.mean)),
        Kind::Masks => {}
        Kind::Copies => {
            if let Some(copy) = sample.copy {
                add("error", json!(copy.error));
                add("held_out_below", json!(copy.rank));
                add("unlike", json!(copy.unlike));
            }
        }
    }
    if found.has_spread && !matches!(found.kind, Kind::Copies | Kind::Masks) {
        add("spread", by_name(&sample.spread));
    }
    if let Some(doubt) = sample.doubt {
        add("entropy", json!(doubt.entropy));
        add("margin", json!(doubt.margin));
        if found.has_spread {
            add("information", json!(doubt.information));
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::found;
    use super::*;

    #[test]
    fn answers_have_three_forms() {
        let mut found = found();
        found.samples.truncate(2);
        let forms = [Listing::Table, Listing::Csv, Listing::Json].map(|form| told(&found, form));
        insta::assert_snapshot!([calibration(&found).join("\n"), forms.join("\n")].join("\n\n"));
    }

    #[test]
    fn copies_are_told_by_their_errors() {
        use super::super::found::Copy;
        let mut found = Found {
            kind: Kind::Copies,
            names: vec![],
            has_spread: false,
            calibration: vec![],
            copies: Some(Copies { held_out: 40, quantile: 0.95, threshold: Some(0.25) }),
            ..found()
        };
        for (at, sample) in found.samples.iter_mut().enumerate() {
            let error = at as f64 / 4.0;
            let copy = Copy { error, rank: Some(error), unlike: Some(error > 0.25) };
            *sample = Sample {
                file: "t.npy".into(),
                place: Some(("sample".into(), at as u64)),
                copy: Some(copy),
                ..Sample::default()
            };
        }
        let forms = [Listing::Table, Listing::Csv].map(|form| told(&found, form));
        insta::assert_snapshot!([calibration(&found).join("\n"), forms.join("\n")].join("\n\n"));
    }
}
