//! The section on layers: gradients and weights from epoch to epoch, and units that do nothing.

use super::Training;
use super::page::{Page, escaped, percent, short, table};
use super::plots::{Axis, Chart, Heat, Ink, Line, heat, lines};
use super::units::{self, Units};
use super::words::{Said, Tone, sizes};
use crate::error::Error;
use serde_json::Value;

/// Layers whose histograms the page shows at once, and those that it has at most: the others appear after a click.
const SHOWN: usize = 8;
const MOST: usize = 32;
/// The shares of dead and of saturated units from which on a layer is mentioned.
const MANY_DEAD: f64 = 0.1;
const MANY_SATURATED: f64 = 0.5;

/// Writes the section; returns what is to be said of it.
pub(super) fn write(training: &Training<'_>, page: &mut Page) -> Result<Vec<Said>, Error> {
    let facts = training.facts;
    let looks: Vec<Value> = facts.get("layers.looks").as_array().cloned().unwrap_or_default();
    let mut html = String::new();
    let mut said = vec![];
    match looks.last() {
        None => html += "<p>No epoch has ended, so there are no gradients.</p>\n",
        Some(last) => {
            html += &by_layer(training, &looks, page)?;
            html += &histograms(facts.number("layers.first_power").unwrap_or(-40.0), &looks, last, page)?;
        }
    }
    match units::of(training) {
        Ok(all) => {
            html += &dead(&all);
            said.extend(told(&all));
        }
        Err(reason) => {
            html += &format!(
                "<h3>Units</h3>\n<p>Dead and saturated units were not counted: {}.</p>\n",
                escaped(&reason)
            );
        }
    }
    page.section("layers", "Inside the network", &html);
    Ok(said)
}

/// Draws the size of each layer's gradient at the beginning, in the middle and at the end.
fn by_layer(training: &Training<'_>, looks: &[Value], page: &mut Page) -> Result<String, Error> {
    let all = sizes(training.facts);
    if all.len() < 2 {
        return Ok(String::new());
    }
    let moments: Vec<usize> = match looks.len() {
        1 => vec![0],
        2 => vec![0, 1],
        count => vec![0, count / 2, count - 1],
    };
    let line = |(at, &look): (usize, &usize)| {
        let look = &looks[look];
        let tensors = look["tensors"].as_array().into_iter().flatten();
        let weights =
            tensors.filter(|tensor| tensor["name"].as_str().is_some_and(|name| name.ends_with(".weight")));
        let points = weights.enumerate().filter_map(|(layer, tensor)| {
            Some(((layer + 1) as f64, tensor["gradients"]["size"].as_f64().filter(|size| *size > 0.0)?))
        });
        let ink = [Ink::Series(0), Ink::Series(2), Ink::Series(1)][at];
        Line { name: format!("epoch {}", look["epoch"]), points: points.collect(), ink }
    };
    let series: Vec<Line> = moments.iter().enumerate().map(line).collect();
    let chart = Chart {
        x: "layer, from the input on",
        whole: true,
        y: "gradient (root mean square)",
        y_axis: Axis::Log,
        ..Chart::default()
    };
    let names = all.iter().enumerate().map(|(at, (name, _))| format!("{} {}", at + 1, escaped(name)));
    let names = names.collect::<Vec<_>>().join(", ");
    let caption = format!(
        "of the weights, on the last batch of an epoch. A fall towards the input is a gradient that vanishes. Layers: {names}."
    );
    let figure = page.plot("gradients.svg", &lines(&chart, &series)?, "Gradients by layer", &caption);
    Ok(format!("<h3>Gradients by layer</h3>\n<div class=\"plots\">\n{figure}</div>\n"))
}

/// Draws histograms of each layer's weights and gradients over the epochs.
fn histograms(first_power: f64, looks: &[Value], last: &Value, page: &mut Page) -> Result<String, Error> {
    let names: Vec<(usize, String)> = last["tensors"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(|(at, tensor)| Some((at, tensor["name"].as_str()?.to_string())))
        .filter(|(_, name)| name.ends_with(".weight"))
        .collect();
    let mut shown = String::new();
    let mut hidden = String::new();
    for (place, (at, name)) in names.iter().take(MOST).enumerate() {
        let file = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
        let mut figures = String::new();
        let columns = gradients(looks, *at);
        if !columns.is_empty() {
            let used = used_rows(&columns);
            let columns =
                columns.into_iter().map(|(epoch, shares)| (epoch, shares[used.0..used.1].to_vec())).collect();
            let rows = [first_power + used.0 as f64, first_power + used.1 as f64];
            let svg = heat(&Heat { columns, rows }, "epoch", &|power| format!("{:.0e}", 2f64.powf(*power)))?;
            figures += &page.plot(&format!("gradients_{file}.svg"), &svg, name, "gradients, by size");
        }
        let (columns, rows) = weights(looks, *at);
        let svg = heat(&Heat { columns, rows }, "epoch", &|x| short_label(*x))?;
        figures += &page.plot(&format!("weights_{file}.svg"), &svg, name, "weights");
        if place < SHOWN { shown += &figures } else { hidden += &figures }
    }
    let mut html = format!(
        "<h3>Weights and gradients by epoch</h3>\n<p>Each column is a histogram, darker where more of the numbers are.</p>\n<div class=\"plots small\">\n{shown}</div>\n"
    );
    if !hidden.is_empty() {
        html += &format!(
            "<details><summary>{} more layers</summary>\n<div class=\"plots small\">\n{hidden}</div></details>\n",
            names.len().min(MOST) - SHOWN
        );
    }
    if names.len() > MOST {
        html += &format!(
            "<p>{} layers after these are not shown; <code>facts.json</code> has all.</p>\n",
            names.len() - MOST
        );
    }
    Ok(html)
}

fn short_label(x: f64) -> String {
    if x.abs() < 1e-9 { "0".into() } else { crate::plot::number(x) }
}

fn counts(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// Returns the histogram of a tensor's gradients in each look.
fn gradients(looks: &[Value], at: usize) -> Vec<(f64, Vec<f64>)> {
    let column = |look: &Value| {
        let counts = counts(&look["tensors"][at]["gradients"]["counts"]);
        (!counts.is_empty()).then(|| Some((look["epoch"].as_f64()?, counts)))?
    };
    looks.iter().filter_map(column).collect()
}

/// Returns the rows that have something in any column.
fn used_rows(columns: &[(f64, Vec<f64>)]) -> (usize, usize) {
    let is_used =
        |row: &usize| columns.iter().any(|(_, shares)| shares.get(*row).is_some_and(|share| *share > 0.0));
    let rows = columns.iter().map(|(_, shares)| shares.len()).min().unwrap_or(0);
    let first = (0..rows).find(is_used).unwrap_or(0);
    (first, (0..rows).rev().find(is_used).map_or(rows, |row| row + 1))
}

/// Returns the histogram of a tensor's weights in each look, on one axis, and its range.
fn weights(looks: &[Value], at: usize) -> (Vec<(f64, Vec<f64>)>, [f64; 2]) {
    const ROWS: usize = 40;
    let of = |look: &Value| {
        let weights = &look["tensors"][at]["weights"];
        let (least, most) = (weights["least"].as_f64()?, weights["most"].as_f64()?);
        Some((look["epoch"].as_f64()?, [least, most], counts(&weights["counts"])))
    };
    let all: Vec<(f64, [f64; 2], Vec<f64>)> = looks.iter().filter_map(of).collect();
    let [low, high] = super::plots::range(all.iter().flat_map(|(_, range, _)| *range), 0.02);
    let column = |(epoch, [least, most], counts): &(f64, [f64; 2], Vec<f64>)| {
        let mut rows = vec![0.0; ROWS];
        let width = (most - least) / counts.len().max(1) as f64;
        for (bar, count) in counts.iter().enumerate() {
            // A bar covers several rows, or a part of one.
            let [from, to] =
                [0, 1].map(|side| (least + (bar + side) as f64 * width - low) / (high - low) * ROWS as f64);
            let (first, last) = (from.floor().max(0.0) as usize, (to.ceil() as usize).min(ROWS));
            for (row, share) in rows.iter_mut().enumerate().take(last).skip(first) {
                let part = to.min(row as f64 + 1.0) - from.max(row as f64);
                *share += count * if to > from { part.max(0.0) / (to - from) } else { 1.0 };
            }
        }
        (*epoch, rows)
    };
    (all.iter().map(column).collect(), [low, high])
}

fn dead(all: &Units) -> String {
    if all.layers.is_empty() {
        return "<h3>Units</h3>\n<p>No activation of this network has units that can die or saturate.</p>\n"
            .into();
    }
    let row = |layer: &units::Layer| {
        vec![
            layer.name.clone(),
            layer.units.to_string(),
            if layer.can_die { layer.dead.to_string() } else { "–".into() },
            if layer.can_saturate { layer.saturated.to_string() } else { "–".into() },
            percent(layer.quiet),
        ]
    };
    let rows: Vec<Vec<String>> = all.layers.iter().map(row).collect();
    format!(
        "<h3>Units</h3>\n<p>Over {} samples: a dead unit is zero for all of them, a saturated one is at its limit, within {}, for more than {} of them. A unit is a channel, over all of its places.</p>\n{}",
        all.samples,
        short(units::NEAR),
        percent(units::MOSTLY),
        table(&["activation", "units", "dead", "saturated", "zero or at the limit"], &rows)
    )
}

/// Says which layers have dead or saturated units.
fn told(all: &Units) -> Vec<Said> {
    let mut said = vec![];
    // Of few samples, a unit may just not have been needed.
    if all.samples < units::ENOUGH {
        return said;
    }
    let share = |part: usize, layer: &units::Layer| part as f64 / layer.units.max(1) as f64;
    let worst = |of: fn(&units::Layer) -> usize| {
        all.layers.iter().max_by(|a, b| share(of(a), a).total_cmp(&share(of(b), b)))
    };
    if let Some(layer) = worst(|layer| layer.dead).filter(|layer| share(layer.dead, layer) >= MANY_DEAD) {
        let others = all.layers.iter().filter(|layer| layer.dead > 0).count();
        said.push(Said::new(
            Tone::Warn,
            "Units are dead",
            format!(
                "{} of the {} units of {} ({}) are zero for all {} samples; {} have dead units.",
                layer.dead,
                layer.units,
                layer.name,
                percent(share(layer.dead, layer)),
                all.samples,
                if others == 1 { "no other layers".to_string() } else { format!("{others} layers") }
            ),
            "A lower rate keeps them alive; leaky_relu, elu or gelu cannot die.",
        ));
    }
    if let Some(layer) =
        worst(|layer| layer.saturated).filter(|layer| share(layer.saturated, layer) >= MANY_SATURATED)
    {
        said.push(Said::new(
            Tone::Warn,
            "Units are saturated",
            format!(
                "{} of the {} units of {} ({}) are at their limits for nearly all {} samples, where their slope is almost zero.",
                layer.saturated,
                layer.units,
                layer.name,
                percent(share(layer.saturated, layer)),
                all.samples
            ),
            "Scale the inputs (`standardize`), put a batch norm before them, or use relu.",
        ));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn histograms_of_other_ranges_keep_their_numbers() {
        let look = |epoch: u64, least: f64, most: f64| json!({"epoch": epoch, "tensors": [{"weights": {"least": least, "most": most, "counts": [1, 2, 3, 4]}}]});
        let (columns, [low, high]) =
            weights(&[look(1, -1.0, 1.0), look(2, -0.01, 0.01), look(3, 0.5, 0.5)], 0);
        assert!(low < -1.0 && high > 1.0);
        for (epoch, rows) in columns {
            assert!((rows.iter().sum::<f64>() - 10.0).abs() < 1e-9, "{epoch}: {rows:?}");
        }
        assert_eq!(used_rows(&[(1.0, vec![0.0, 1.0, 0.0]), (2.0, vec![0.0, 0.0, 2.0])]), (1, 3));
    }
}
