//! The samples with the worst answers, as pictures where they are pictures.

use super::super::facts::{Facts, texts};
use super::super::page::{Page, escaped};
use super::super::pictures::Pictures;
use super::heading;
use serde_json::Value;

/// The lists by their names in the facts, with titles and sentences.
const LISTS: [(&str, &str, &str); 3] = [
    (
        "worst",
        "The worst mistakes",
        "The right answer seemed least likely to the network. Some of these may be labelled wrongly.",
    ),
    ("surest", "The most confident mistakes", "The network was surest of its wrong answer."),
    ("largest", "The largest errors", "By the mean square over a sample's outputs."),
];

/// Writes all lists; `explained` is HTML that says what is wrong with a sample.
pub(super) fn write(facts: &Facts, page: &mut Page, explained: &dyn Fn(usize) -> String) -> String {
    let samples = numbers(facts.get("test.mistakes.samples"));
    let names = texts(facts.get("test.mistakes.names"));
    let array = facts.bytes("test.pictures");
    let pictures = array.as_ref().and_then(Pictures::new);
    let mut html = String::new();
    for (key, title, sentence) in LISTS {
        let list = numbers(facts.get(&format!("test.mistakes.lists.{key}")));
        if list.is_empty() {
            continue;
        }
        let one = |&sample: &usize| {
            let at = samples.iter().position(|known| *known == sample);
            let name = at.and_then(|at| names.get(at)).cloned().unwrap_or_else(|| format!("sample {sample}"));
            let about = format!("{}<br>{}", explained(sample), escaped(&name));
            match (pictures, at) {
                (Some(pictures), Some(at)) => format!(
                    "<figure><img alt=\"{}\" src=\"{}\"><figcaption>{about}</figcaption></figure>\n",
                    escaped(&name),
                    pictures.address(at)
                ),
                _ => format!("<li>{about}</li>\n"),
            }
        };
        let all: String = list.iter().map(one).collect();
        html += &heading(title);
        html += &format!("<p>{sentence}</p>\n");
        html += &match pictures {
            Some(_) => {
                format!("<div class=\"pictures\" id=\"{key}\" data-part=\"mistakes.png\">\n{all}</div>\n")
            }
            None => format!("<ul id=\"{key}\">\n{all}</ul>\n"),
        };
    }
    if let Some(pictures) = pictures.filter(|_| !html.is_empty()) {
        pictures.keep("mistakes.png", 6, page);
    }
    if html.is_empty() && facts.get("test.mistakes.samples").is_array() {
        html += &format!("{}<p>It makes no mistake on these samples.</p>\n", heading("Mistakes"));
    }
    html
}

fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().into_iter().flatten().filter_map(Value::as_u64).map(|number| number as usize).collect()
}
