//! Masks: how well regions overlap, and their outlines over pictures.

use super::super::facts::Facts;
use super::super::page::{Page, escaped, percent, short};
use super::super::pictures::{Pictures, outline};
use super::super::plots::bars;
use super::super::statistics::bootstrap;
use super::numbers::histogram;
use super::{Measure, Table, Tested, certainty, class_names, heading, measures};
use crate::error::Error;
use serde_json::Value;

pub(super) fn write(facts: &Facts, page: &mut Page, html: &mut String) -> Result<Tested, Error> {
    let (Some(counts), Some(errors)) = (facts.numbers("test.counts"), facts.numbers("test.errors")) else {
        return Ok(Tested::default());
    };
    let channels = counts.shape.get(1).copied().unwrap_or(1).max(1);
    let samples = errors.numbers.len().min(counts.numbers.len() / (3 * channels));
    let names = match (channels, facts.list("test.classes")) {
        (1, names) if names.len() != 1 => vec!["region".to_string()],
        (_, names) => class_names(&names, channels),
    };
    // The overlap of each sample's region, the size of what was answered and of what is there.
    let of = |sample: usize, channel: usize| {
        let own = &counts.numbers[(sample * channels + channel) * 3..][..3];
        [own[0], own[1], own[2]].map(f64::from)
    };
    let sums = |channel: usize, times: &[u32]| {
        (0..samples).fold([0.0; 3], |sums, sample| {
            let (own, times) = (of(sample, channel), f64::from(times[sample]));
            std::array::from_fn(|at| sums[at] + times * own[at])
        })
    };
    let dice = |[both, answered, there]: [f64; 3]| 2.0 * both / (answered + there);
    let iou = |[both, answered, there]: [f64; 3]| both / (answered + there - both);
    // Of several classes, the first is usually the ground.
    let first = usize::from(channels > 1 && facts.number("test.border").is_none());
    let regions: Vec<usize> = (first..channels).collect();
    let known = [
        ("Dice of a sample, mean", true),
        ("Dice of all places", true),
        ("intersection over union of all places", true),
    ];
    let intervals = bootstrap(samples, 6 * channels, |times| {
        let weighed = errors.numbers.iter().zip(times).filter(|(error, _)| !error.is_nan());
        let (sum, all) = weighed.fold((0.0, 0.0), |(sum, all), (error, count)| {
            (sum + f64::from(*count) * (1.0 - f64::from(*error)), all + f64::from(*count))
        });
        let all_of = |of: fn([f64; 3]) -> f64| mean(regions.iter().map(|&channel| of(sums(channel, times))));
        vec![sum / all, all_of(dice), all_of(iou)]
    });
    let all = Measure::of(&known, intervals);
    *html += &measures(&all);
    let everything = vec![1; samples];
    let each = (channels > 1).then(|| {
        let row = |channel: usize| {
            let own = sums(channel, &everything);
            let there = (0..samples).filter(|sample| of(*sample, channel)[2] > 0.0).count();
            let shares = [dice(own), iou(own), own[0] / own[1], own[0] / own[2]].map(percent);
            [names[channel].clone(), there.to_string()].into_iter().chain(shares).collect::<Vec<String>>()
        };
        let header = vec!["region", "samples that have it", "Dice", "IoU", "precision", "recall"];
        Table { header, rows: (0..channels).map(row).collect() }
    });
    if let Some(each) = &each {
        *html += &heading("Each region");
        *html += &each.html();
    }
    let overlaps: Vec<f64> = errors.numbers.iter().map(|error| 1.0 - f64::from(*error)).collect();
    let svg = bars("Dice of a sample", "samples", &histogram(&overlaps))?;
    *html += &format!(
        "<div class=\"plots\">\n{}</div>\n",
        page.plot("dice.svg", &svg, "Overlap by sample", "1 is a perfect overlap.")
    );
    *html += &contours(facts, page);
    let said = all.first().map(|dice| certainty(dice, samples)).into_iter().collect();
    Ok(Tested { said, measures: all, each })
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let defined: Vec<f64> = numbers.filter(|number| !number.is_nan()).collect();
    defined.iter().sum::<f64>() / defined.len() as f64
}

/// Returns the examples by rank: their places, names and errors.
fn examples(facts: &Facts, rank: &str) -> Vec<(usize, String, f64)> {
    let all = facts.get("test.examples").as_array().into_iter().flatten().enumerate();
    let own = all.filter(|(_, example)| example["rank"] == rank);
    let one = |(at, example): (usize, &Value)| {
        (
            at,
            example["name"].as_str().unwrap_or_default().to_string(),
            example["error"].as_f64().unwrap_or(f64::NAN),
        )
    };
    own.map(one).collect()
}

const RANKS: [(&str, &str); 3] = [("best", "The best"), ("median", "The middle"), ("worst", "The worst")];

/// Draws the outlines of what is there and of what was answered over pictures.
fn contours(facts: &Facts, page: &mut Page) -> String {
    let arrays = ["inputs", "outputs", "targets"].map(|name| facts.bytes(&format!("test.example.{name}")));
    let [Some(inputs), Some(outputs), Some(targets)] = &arrays else { return String::new() };
    let [Some(inputs), Some(outputs), Some(targets)] = [inputs, outputs, targets].map(Pictures::new) else {
        return String::new();
    };
    let mut html = format!(
        "{}<p><span class=\"key\" style=\"background:#2ee66b\"></span> what is there, <span class=\"key\" style=\"background:#ff8c1a\"></span> the network's answer.</p>\n",
        heading("Outlines")
    );
    for (rank, title) in RANKS {
        let all = examples(facts, rank);
        if all.is_empty() {
            continue;
        }
        html += &format!(
            "<h4>{title}</h4>\n<div class=\"pictures large\" id=\"outlines-{rank}\" data-part=\"examples.png\">\n"
        );
        for (at, name, error) in all {
            let [_, height, width] = inputs.size;
            let [_, tall, broad] = outputs.size;
            let place = |mask: Pictures<'_>, class: &str| {
                let bytes = mask.bytes(at);
                let most = bytes.iter().copied().max().unwrap_or(0);
                let paths = (1..=most).map(|value| outline(bytes, [tall, broad], |place| place == value));
                paths
                    .filter(|path| !path.is_empty())
                    .map(|path| format!("<path class=\"{class}\" d=\"{path}\"/>"))
                    .collect::<String>()
            };
            html += &format!(
                "<figure><svg viewBox=\"0 0 {broad} {tall}\" role=\"img\" aria-label=\"{0}\"><image href=\"{1}\" width=\"{broad}\" height=\"{tall}\" preserveAspectRatio=\"none\" style=\"image-rendering:{2}\"/>{3}{4}</svg><figcaption>Dice {5}<br>{0}</figcaption></figure>\n",
                escaped(&name),
                inputs.address(at),
                if height.max(width) > 96 { "auto" } else { "pixelated" },
                place(targets, "wanted"),
                place(outputs, "answered"),
                percent(1.0 - error)
            );
        }
        html += "</div>\n";
    }
    inputs.keep("examples.png", 3, page);
    html
}

/// Shows inputs, outputs and targets that are pictures of numbers, as those of an autoencoder.
pub(super) fn images(facts: &Facts, page: &mut Page) -> String {
    let arrays = ["inputs", "outputs", "targets"].map(|name| facts.bytes(&format!("test.example.{name}")));
    let [inputs, Some(outputs), Some(targets)] = &arrays else { return String::new() };
    let [Some(outputs), Some(targets)] = [outputs, targets].map(Pictures::new) else { return String::new() };
    let inputs = inputs.as_ref().and_then(Pictures::new);
    let mut html = heading("Pictures");
    for (rank, title) in RANKS {
        let all = examples(facts, rank);
        if all.is_empty() {
            continue;
        }
        let row = |(at, name, error): (usize, String, f64)| {
            let cell = |pictures: Pictures<'_>, what: &str| {
                format!("<td><img alt=\"{what}\" src=\"{}\"></td>", pictures.address(at))
            };
            let input = inputs.map(|inputs| cell(inputs, "input")).unwrap_or_else(|| "<td></td>".into());
            format!(
                "<tr>{input}{}{}<td>{}<br>{}</td></tr>\n",
                cell(outputs, "output"),
                cell(targets, "target"),
                short(error),
                escaped(&name)
            )
        };
        let rows: String = all.into_iter().map(row).collect();
        html += &format!(
            "<h4>{title}</h4>\n<figure class=\"strip\" id=\"images-{rank}\" data-part=\"examples.png\"><table><thead><tr><th>input</th><th>output</th><th>target</th><th>mean square error</th></tr></thead><tbody>{rows}</tbody></table></figure>\n"
        );
    }
    outputs.keep("examples.png", 3, page);
    html
}
