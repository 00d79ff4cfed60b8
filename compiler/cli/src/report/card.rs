//! A model card (Mitchell et al.: *Model Cards for Model Reporting*, 2019) as Markdown. The weights say what they were made of, and the facts
//! of their training what came of it; what only a person knows is marked.

#[cfg(test)]
mod tests;

use super::facts::{Facts, Part};
use super::markdown::{Markdown, code, plain};
use super::page::{Page, percent, short};
use super::tested::{Measure, Tested};
use super::words::{Said, Tone};
use super::{Training, told};
use crate::error::Error;
use crate::weights::Weights;
use netwright_compiler::drawing::Drawing;
use netwright_compiler::graph::{Graph, ValueId};
use netwright_compiler::{Model, size};
use netwright_model::Manifest;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// A model card and the number of places in it that a person must fill in.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) text: String,
    pub(crate) open: usize,
}

/// Sources of a card.
struct Subject<'a> {
    /// The name of the weights file.
    file: String,
    weights: &'a Weights,
    manifest: &'a Manifest,
    model: &'a Model,
    facts: Option<&'a Facts>,
    tested: Tested,
}

/// Makes the card of weights, with results if there are facts of their training.
///
/// # Errors
/// If the facts cannot be understood.
pub(crate) fn card(
    file: &Path,
    weights: &Weights,
    manifest: &Manifest,
    model: &Model,
    facts: Option<&Facts>,
) -> Result<Card, Error> {
    let facts = facts.filter(|facts| facts.are_of(manifest));
    let tested = match facts {
        Some(facts) => told(&Training::new(facts, &facts.source())?, &mut Page::default())?,
        None => Tested::default(),
    };
    let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let subject = Subject { file, weights, manifest, model, facts, tested };
    let mut card = Markdown::default();
    subject.details(&mut card);
    subject.intended_use(&mut card);
    subject.factors(&mut card);
    subject.metrics(&mut card);
    subject.evaluation_data(&mut card);
    subject.training_data(&mut card);
    subject.results(&mut card);
    ethics(&mut card);
    subject.caveats(&mut card);
    Ok(subject.finish(card))
}

impl Subject<'_> {
    fn finish(&self, card: Markdown) -> Card {
        let (body, open) = card.finish();
        let text = format!(
            "# Model card: {}\n\nThe sections are those of Mitchell et al., [*Model Cards for Model Reporting*](https://doi.org/10.1145/3287560.3287596), 2019. \
             Netwright {} wrote what the weights and the report beside them say. A person must add the rest: \
             {open} places are marked *To fill in*.\n{body}",
            plain(&self.model.graph.name),
            env!("CARGO_PKG_VERSION"),
        );
        Card { text, open }
    }

    fn details(&self, card: &mut Markdown) {
        let Subject { file, weights, manifest, model, facts, .. } = self;
        card.section("Model details");
        let graph = &model.graph;
        card.item("Network", &format!("{}: {}.", plain(&graph.name), Drawing::new(graph).summary));
        card.item("Inputs", &format!("{}.", values(graph, &graph.inputs)));
        card.item("Outputs", &format!("{}.", outputs(graph)));
        let losses: Vec<String> = graph.losses.iter().map(|used| code(&graph.loss_text(used))).collect();
        card.item("Loss", &format!("{}.", losses.join(", ")));
        let Manifest { epochs, seed, limit, fold, version, platform, instructions, .. } = manifest;
        let limit = limit.map(|limit| format!(", at most {limit} samples of each part")).unwrap_or_default();
        let fold = fold.map(|(fold, count)| format!(", fold {fold} of {count}")).unwrap_or_default();
        let epochs = format!("{epochs} epoch{}", if *epochs == 1 { "" } else { "s" });
        card.item("Training", &format!("{epochs}, seed {seed}{fold}{limit}."));
        if !manifest.set.is_empty() {
            let set: Vec<String> = manifest.set.iter().map(|set| code(set)).collect();
            card.item("Settings of the command line", &format!("{}.", set.join(", ")));
        }
        let machine = [version, platform, instructions].map(|text| plain(text));
        card.item(
            "Made by",
            &format!("Netwright {} on {}, {} instructions.", machine[0], machine[1], machine[2]),
        );
        let bytes = size(weights.numbers * size_of::<f32>());
        card.item(
            "Weights",
            &format!("{}, {} numbers ({bytes}), hash {:016x}.", code(file), weights.numbers, weights.bits),
        );
        match &manifest.obstacle {
            Some(obstacle) => card.item("Repetition", &format!("not possible at once: {}.", plain(obstacle))),
            None => card.item("Repetition", &format!("{}.", code(&format!("netwright verify {file}")))),
        }
        match facts.map(Facts::begun).filter(|begun| *begun > 0.0).and_then(date) {
            Some(date) => card.item("Date", &format!("{date}.")),
            None => card.ask("the date of the training; the weights do not hold it"),
        }
        card.ask("the person or organisation that developed it");
        card.ask("the version of the model, and how it differs from others");
        card.ask("a paper or other resource, and how to cite it");
        card.ask("the licence");
        card.ask("the address for questions and comments");
        for (name, text) in &manifest.texts {
            card.paragraph(&format!("The text {}:", code(name)));
            card.block("text", text);
        }
    }

    fn intended_use(&self, card: &mut Markdown) {
        card.section("Intended use");
        let classes = self.facts.map(|facts| facts.list("data.classes")).unwrap_or_default();
        if !classes.is_empty() {
            let names: Vec<String> = classes.iter().map(|name| plain(name)).collect();
            card.item("Classes", &format!("{}; it knows no others.", names.join(", ")));
        }
        card.ask("the primary intended uses");
        card.ask("the primary intended users");
        card.ask("uses that are out of scope");
    }

    fn factors(&self, card: &mut Markdown) {
        card.section("Factors");
        let parts = self.parts();
        if !parts.is_empty() {
            let grouped = parts.iter().any(|part| part.groups > 1);
            card.item(
                "Groups",
                match grouped {
                    true => "the data names some, which were kept together when it was divided; results are not given by group.",
                    false => "the data names none, so results are not given by group.",
                },
            );
        }
        card.ask("relevant factors: groups of people, instruments and settings, environments");
        card.ask("the factors that results are reported by, and why these");
    }

    fn metrics(&self, card: &mut Markdown) {
        card.section("Metrics");
        let named = |measure: &Measure| plain(&measure.name);
        if !self.tested.measures.is_empty() {
            let names: Vec<String> = self.tested.measures.iter().map(named).collect();
            card.item("Measures", &format!("{}.", names.join("; ")));
        }
        if let Some(facts) = self.facts {
            let decision = match (facts.text("test.kind"), facts.number("test.border")) {
                (_, Some(border)) => Some(format!("an output above {} is a yes.", short(border))),
                ("classes" | "masks", None) => {
                    Some("the class with the largest output is the answer.".into())
                }
                _ => None,
            };
            if let Some(decision) = decision {
                card.item("Decision", &decision);
            }
        }
        if !self.tested.measures.is_empty() {
            card.item(
                "Variation",
                "95 % intervals of a bootstrap over samples (Efron 1979), always with the same seed. They do not say how results vary with the seed of the training.",
            );
        }
        card.ask("why these metrics, and the cost of each kind of error");
    }

    fn evaluation_data(&self, card: &mut Markdown) {
        card.section("Evaluation data");
        let set = self.facts.map(|facts| (facts.text("test.measured.set"), facts.count("test.samples")));
        match set {
            None => card.item("Samples", &format!("{} were held out.", self.manifest.held_out.count)),
            Some(("", _)) => {
                card.item("Samples", "nothing was measured on samples that it did not learn from.");
            }
            Some(("test", count)) => card.item("Samples", &format!("{count}, a test set.")),
            Some((_, count)) => card.item("Samples", &format!("{count}, held out from the training.")),
        }
        let watched =
            self.facts.is_some_and(|facts| facts.epochs().iter().any(|epoch| epoch.held_out.is_some()));
        if watched && set.is_some_and(|(set, _)| !["", "test"].contains(&set)) {
            card.item("Caution", "the same samples may have chosen the epoch; a test set would be stricter.");
        }
        for part in self.parts().iter().filter(|part| part.name != "train") {
            self.describe(part, card);
            card.item(
                &format!("Copies, {}", part.name),
                &format!("{} of {} samples are among those to train with.", part.leaked, part.samples),
            );
        }
        card.ask("where it comes from, and who or what is in it");
        card.ask("why it was chosen, and whether it is like the data in use");
    }

    fn training_data(&self, card: &mut Markdown) {
        let Manifest { training, .. } = self.manifest;
        card.section("Training data");
        card.item("Samples", &format!("{}, hash {:016x}.", training.count, training.hash));
        let recipe = self.model.recipe.iter();
        let paths: Vec<String> =
            recipe.flat_map(|recipe| recipe.sources()).map(|source| code(source.path())).collect();
        if !paths.is_empty() {
            card.item("Files", &format!("{}, read as the text above says.", paths.join(", ")));
        }
        if let Some(part) = self.parts().iter().find(|part| part.name == "train") {
            self.describe(part, card);
        }
        card.ask("where it comes from, with whose consent, and who or what is in it");
        card.ask("how labels were made, and how reliable they are");
        if let Some(from) = self.model.recipe.as_ref().and_then(|recipe| recipe.from.as_ref()) {
            card.item("Weights that it began with", &format!("{}.", code(&from.file)));
            card.ask("the data that these weights were trained on");
        }
    }

    fn results(&self, card: &mut Markdown) {
        card.section("Quantitative analyses");
        let Tested { measures, each, .. } = &self.tested;
        if measures.is_empty() {
            card.ask(match self.facts {
                Some(_) => "results on samples that it did not learn from; the training measured none",
                None => "results on samples that it did not learn from; there is no report of this training beside the weights",
            });
        } else {
            let row = |measure: &Measure| {
                vec![plain(&measure.name), measure.write(measure.interval.value), measure.range()]
            };
            card.table(&["metric", "value", "95 % interval"], measures.iter().map(row));
        }
        if let Some(each) = each {
            let row = |row: &Vec<String>| row.iter().map(|cell| plain(cell)).collect();
            card.table(&each.header, each.rows.iter().map(row));
        }
        card.ask("results for each factor, and for factors together");
    }

    fn caveats(&self, card: &mut Markdown) {
        card.section("Caveats and recommendations");
        for Said { tone, what, why, then } in &self.tested.said {
            if *tone != Tone::Good {
                let then = if then.is_empty() { String::new() } else { format!(" {then}") };
                card.item(&plain(what), &format!("{}{then}", plain(why)));
            }
        }
        card.ask("tests that are missing, and groups that the evaluation data lacks");
        card.ask("the data that would be ideal for an evaluation");
        card.ask("advice to users");
    }

    /// Returns the parts of the data, if they are known.
    fn parts(&self) -> Vec<Part> {
        self.facts.map(Facts::parts).unwrap_or_default()
    }

    /// Tells how many samples of each class a part has.
    fn describe(&self, part: &Part, card: &mut Markdown) {
        /// Classes that are told one by one.
        const MOST: usize = 40;
        let names = self.facts.map(|facts| facts.list("data.classes")).unwrap_or_default();
        if part.classes.len() < 2 || part.classes.len() > MOST {
            return;
        }
        let one = |(class, count): (usize, &usize)| {
            let name = names.get(class).cloned().unwrap_or_else(|| class.to_string());
            format!("{} {count} ({})", plain(&name), percent(*count as f64 / part.samples.max(1) as f64))
        };
        let all: Vec<String> = part.classes.iter().enumerate().map(one).collect();
        let title = if part.name == "train" { "Classes".into() } else { format!("Classes, {}", part.name) };
        card.item(&title, &format!("{}.", all.join(", ")));
    }
}

fn ethics(card: &mut Markdown) {
    card.section("Ethical considerations");
    card.ask("sensitive data that it was trained with, or that can be found in it");
    card.ask("decisions about human life, health or safety that it is meant for");
    card.ask("risks and harms, to whom and how likely, and what was done against them");
    card.ask("uses that are especially fraught");
}

fn values(graph: &Graph, ids: &[ValueId]) -> String {
    let one = |id: &ValueId| {
        let value = graph.value(*id);
        code(&format!("{} {:?}", value.name, value.shape))
    };
    ids.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn outputs(graph: &Graph) -> String {
    let one = |(id, name): (ValueId, &str)| code(&format!("{name} {:?}", graph.value(id).shape));
    graph.all_outputs().map(one).collect::<Vec<_>>().join(", ")
}

/// Returns the date of a time in seconds from 1970; `None` if it is after the year 9999, or no time.
fn date(seconds: f64) -> Option<String> {
    let since = Duration::try_from_secs_f64(seconds).ok().filter(|since| *since < END)?;
    Some(httpdate::fmt_http_date(UNIX_EPOCH + since))
}

/// The time from 1970 to the year 10000, which has no date.
const END: Duration = Duration::from_secs(253_402_300_800);
