//! The section on the data: classes by part, copies between parts, samples before and after augmentation.

use super::Training;
use super::facts::{Facts, Part, texts};
use super::page::{Page, escaped, percent, table};
use super::pictures::Pictures;

/// Classes that have a row of their own.
const MOST_CLASSES: usize = 40;

pub(super) fn write(training: &Training<'_>, page: &mut Page) {
    let facts = training.facts;
    let parts = facts.parts();
    let mut html = String::from("<h3>Samples</h3>\n");
    html += &samples(&parts);
    html += &classes(facts, &parts);
    html += &copies(&parts);
    html += &pictures(facts, page);
    page.section("data", "The data", &html);
}

fn samples(parts: &[Part]) -> String {
    let grouped = parts.iter().any(|part| part.groups > 1);
    let header: &[&str] = if grouped { &["part", "samples", "groups"] } else { &["part", "samples"] };
    let row = |part: &Part| {
        let mut row = vec![title(&part.name).to_string(), part.samples.to_string()];
        row.extend(grouped.then(|| part.groups.to_string()));
        row
    };
    table(header, &parts.iter().map(row).collect::<Vec<_>>())
}

/// Returns the name of a part for people.
fn title(part: &str) -> &str {
    if part == "train" { "to train with" } else { part }
}

fn classes(facts: &Facts, parts: &[Part]) -> String {
    let names = facts.list("data.classes");
    let count = parts.iter().map(|part| part.classes.len()).max().unwrap_or(0);
    if count < 2 {
        return String::new();
    }
    let name = |class: usize| names.get(class).cloned().unwrap_or_else(|| class.to_string());
    let titles = parts.iter().flat_map(|part| [title(&part.name), ""]);
    let header: Vec<&str> = std::iter::once("class").chain(titles).collect();
    let row = |class: usize| {
        let cells = parts.iter().flat_map(|part| {
            let own = part.classes.get(class).copied().unwrap_or(0);
            [own.to_string(), percent(own as f64 / part.samples.max(1) as f64)]
        });
        std::iter::once(name(class)).chain(cells).collect::<Vec<String>>()
    };
    let rows: Vec<Vec<String>> = (0..count.min(MOST_CLASSES)).map(row).collect();
    let more = match count.saturating_sub(MOST_CLASSES) {
        0 => String::new(),
        more => format!("<p>{more} more classes are not shown.</p>\n"),
    };
    format!("<h3>Classes</h3>\n{}{more}", table(&header, &rows))
}

fn copies(parts: &[Part]) -> String {
    let measured: Vec<&Part> = parts.iter().filter(|part| part.name != "train").collect();
    if measured.is_empty() {
        return String::new();
    }
    let one = |part: &&Part| match part.leaked {
        0 => format!("none of the {} {} samples", part.samples, part.name.replace(' ', "-")),
        leaked => format!("{leaked} of the {} {} samples", part.samples, part.name.replace(' ', "-")),
    };
    let each: Vec<String> = measured.iter().map(one).collect();
    format!(
        "<h3>Leakage</h3>\n<p>Among the samples to train with, target included: {}.</p>\n",
        escaped(&each.join("; "))
    )
}

fn pictures(facts: &Facts, page: &mut Page) -> String {
    let Some(array) = facts.bytes("data.pictures") else { return String::new() };
    let (Some(pictures), columns) = (Pictures::new(&array), facts.count("data.pictures.columns").max(1))
    else {
        return String::new();
    };
    let answers = texts(facts.get("data.pictures.answers"));
    if columns == 1 {
        let one = |at: usize| {
            let answer = answers.get(at).map(|answer| escaped(&shortened(answer))).unwrap_or_default();
            let address = pictures.address(at);
            format!(
                "<figure><img alt=\"sample {}\" src=\"{address}\"><figcaption>{answer}</figcaption></figure>\n",
                at + 1
            )
        };
        let all: String = (0..pictures.count()).map(one).collect();
        pictures.keep("samples.png", 5, page);
        return format!(
            "<h3>Pictures</h3>\n<p>Samples to train with. The recipe augments none of them.</p>\n<div class=\"pictures\" data-part=\"samples.png\">\n{all}</div>\n"
        );
    }
    let rows = pictures.count() / columns;
    let head: String = (0..columns)
        .map(|column| match column {
            0 => "<th scope=\"col\">as it is</th>".to_string(),
            1 => format!("<th scope=\"col\" colspan=\"{}\">in epochs 1 to {}</th>", columns - 1, columns - 1),
            _ => String::new(),
        })
        .collect();
    let row = |row: usize| {
        let answer = answers.get(row).map(|answer| shortened(answer)).unwrap_or_default();
        let cells = (0..columns).map(|column| {
            let alt = format!("sample {}{}", row + 1, if column > 0 { ", augmented" } else { "" });
            format!("<td><img alt=\"{alt}\" src=\"{}\"></td>", pictures.address(row * columns + column))
        });
        format!("<tr><th scope=\"row\">{}</th>{}</tr>\n", escaped(&answer), cells.collect::<String>())
    };
    let body: String = (0..rows).map(row).collect();
    pictures.keep("samples.png", columns, page);
    format!(
        "<h3>Pictures</h3>\n<figure class=\"strip\" data-part=\"samples.png\"><table><thead><tr><th></th>{head}</tr></thead>\n<tbody>{body}</tbody></table>\n<figcaption>Samples to train with, before and after augmentation.</figcaption></figure>\n"
    )
}

/// Shortens a label.
fn shortened(text: &str) -> String {
    const MOST: usize = 18;
    match text.chars().count() {
        0..=MOST => text.into(),
        _ => text.chars().take(MOST - 1).chain(['…']).collect(),
    }
}
