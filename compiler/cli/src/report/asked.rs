//! The section on what was asked: the text, its lints, the command that repeats it, versions and hashes.

use super::Training;
use super::page::{Page, escaped, facts_table};
use netwright_compiler::render::{Colour, render};

pub(super) fn write(training: &Training<'_>, page: &mut Page) {
    let Training { facts, source, .. } = training;
    let mut html = String::new();
    let command = command(training);
    html += &format!(
        "<p>To train it again, and to prove that the weights come from this text and data, bit for bit:</p>\n<pre class=\"command\">{}\nnetwright verify {}</pre>\n",
        escaped(&command),
        escaped(&quoted(facts.text("weights")))
    );
    for (name, text) in facts.texts() {
        html += &format!(
            "<details open><summary>{}</summary><pre class=\"spec\">{}</pre></details>\n",
            escaped(&name),
            escaped(text.trim_end())
        );
    }
    let lints = render(&source.diagnostics, &source.program.sources, Colour::Plain);
    if lints.trim().is_empty() {
        html += "<p>The compiler has no advice on the text.</p>\n";
    } else {
        html += &format!(
            "<p>The compiler's advice on the text:</p>\n<pre class=\"lints\">{}</pre>\n",
            escaped(&lints)
        );
    }
    let set = facts.list("set");
    // A seed has more digits than a floating-point number.
    let number = |path: &str| facts.get(path).as_u64().map(|number| number.to_string()).unwrap_or_default();
    let samples = |part: &str| match facts.count(&format!("manifest.{part}.count")) {
        0 => "none".to_string(),
        count => format!("{count}, hash {}", facts.text(&format!("manifest.{part}.hash"))),
    };
    let made_by = ["version", "platform", "instructions"].map(|key| facts.text(&format!("manifest.{key}")));
    let mut rows = vec![
        ("network", facts.network().to_string()),
        ("weights", facts.text("weights").to_string()),
        ("settings of the command line", if set.is_empty() { "none".into() } else { set.join(", ") }),
        ("seed", number("manifest.seed")),
        ("epochs", number("manifest.epochs")),
        ("batch", number("batch")),
        ("samples to train with", samples("training")),
        ("samples held out", samples("held_out")),
        ("parameters before the first step", format!("hash {}", facts.text("manifest.start"))),
        ("made by", format!("Netwright {} on {}, {} instructions", made_by[0], made_by[1], made_by[2])),
    ];
    if let Some(limit) = facts.number("manifest.limit") {
        rows.push(("limit", format!("at most {limit} samples of each part")));
    }
    if let (Some(fold), Some(count)) =
        (facts.get("manifest.fold")[0].as_u64(), facts.get("manifest.fold")[1].as_u64())
    {
        rows.push(("fold", format!("{fold} of {count}: each has a report of its own")));
    }
    if let Some(obstacle) = facts.get("manifest.obstacle").as_str() {
        rows.push(("note", format!("it cannot be repeated at once: {obstacle}")));
    }
    html += &facts_table(&rows);
    let remarks = facts.list("remarks");
    if !remarks.is_empty() {
        let items: Vec<String> =
            remarks.iter().map(|remark| format!("<li>{}</li>", escaped(remark))).collect();
        html +=
            &format!("<p>Remarks on data and weights:</p>\n<ul class=\"remarks\">{}</ul>\n", items.concat());
    }
    page.section("asked", "What was asked", &html);
}

/// Returns the command that trains again, for a shell in the folder of the weights.
fn command(training: &Training<'_>) -> String {
    let Training { facts, source, .. } = training;
    let spec = match facts.text("spec") {
        "" => facts.texts().first().map_or_else(|| "net.net".into(), |(name, _)| name.clone()),
        spec => spec.to_string(),
    };
    let mut words = vec!["netwright".to_string(), "train".into(), spec];
    if source.program.models.len() > 1 {
        words.extend(["--network".into(), facts.network().into()]);
    }
    let set = facts.list("set");
    if !set.is_empty() {
        words.push("--set".into());
        words.extend(set);
    }
    for (option, path) in
        [("--epochs", "manifest.epochs"), ("--seed", "manifest.seed"), ("--limit", "manifest.limit")]
    {
        words.extend(
            facts.get(path).as_u64().into_iter().flat_map(|number| [option.into(), number.to_string()]),
        );
    }
    words.extend(["--weights".into(), facts.text("weights").into()]);
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// Quotes a word for a shell, where it needs to be.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=,:+%@".contains(c);
    match word.chars().all(is_plain) && !word.is_empty() {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        let words = ["lr=1e-3", "data=csv(\"a b.csv\")", "it's", ""].map(quoted);
        assert_eq!(words, ["lr=1e-3", "'data=csv(\"a b.csv\")'", "'it'\\''s'", "''"]);
    }
}
