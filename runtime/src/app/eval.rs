//! Measures trained weights on samples that they were not trained with, where there are any.

use super::sheet::{self, Column};
use super::{App, args, finish, interface, load, log, report, say};
use crate::data::{self, Dataset, Problem, TargetsRef};
use crate::metrics::{Confusion, Metric};
use crate::train::{Error, Predict, assess};
use crate::weights::Metadata;
use std::io::Write;

pub(super) fn run<A: App>(options: &args::Eval, out: &mut dyn Write) -> Result<(), Error> {
    let recipe = A::RECIPE;
    let (params, metadata) = load::<A>(&options.weights)?;
    let (mut data, set) = samples::<A>(options, &metadata)?;
    if let Some(limit) = options.limit {
        data.truncate(limit);
    }
    let seen = Column::new(data.inputs(), A::INPUT);
    data.normalize(&metadata.normalization);
    let log = log(options.log.as_ref())?;
    // What resembles its input is not right or wrong. A matrix that nobody asked for is made of few classes only.
    let known = recipe.metrics.of.contains(&Metric::Confusion);
    let numbers = A::Model::OUTPUT * data.len();
    let classes = Confusion::classes_of(recipe.loss, numbers, data.targets())
        .filter(|&classes| !A::TO_INPUT && !known && classes <= report::MOST_CLASSES);
    let mut confusion = classes.map(Confusion::empty);
    let mut first = Vec::new();
    let mut model = A::Model::new(params);
    let measured = assess(&mut model, &data, recipe.loss, recipe.metrics, |outputs, targets| {
        if let Some(confusion) = &mut confusion {
            confusion.add_outputs(recipe.loss, outputs, targets);
        }
        let missing = (sheet::SAMPLES * A::Model::OUTPUT).saturating_sub(first.len());
        first.extend_from_slice(&outputs[..outputs.len().min(missing)]);
    });
    let Some(measured) = measured else {
        let file = options.data_root.join(recipe.source().path());
        return Err(data::Error { file, problem: Problem::Empty }.into());
    };
    say(out, &format!("{}: {} {}", A::NAME, data.len(), set.description()));
    say(out, &measured.evaluation.to_string());
    if let Some(warning) = measured.warning() {
        say(out, &warning);
    }
    if let Some(file) = &options.images {
        let Some(made) = Column::new(&first, A::OUTPUT) else {
            return Err(Error::NoImages { output: A::OUTPUT.to_vec() });
        };
        let wanted = match data.targets() {
            TargetsRef::Values(targets) if !A::TO_INPUT => Column::new(targets, A::OUTPUT),
            _ => None,
        };
        let columns: Vec<Column> = seen.into_iter().chain([made]).chain(wanted).collect();
        sheet::save(&columns, file)?;
        let what = match columns.len() {
            1 => "what the network makes of",
            2 => "what the network makes of, beside them,",
            _ => "what the network makes of, between them and what it should,",
        };
        say(out, &format!("{}: {what} the first samples", file.display()));
    }
    if let Some(mut log) = log {
        log.result(set.name(), data.len(), &measured, &metadata.classes);
        finish(options.log.as_ref(), log)?;
    }
    let text = report::scores(&measured.scores, &metadata.classes);
    if !text.is_empty() {
        say(out, &format!("\n{text}"));
    }
    if let Some(confusion) = confusion {
        say(out, &format!("\n{}", report::matrix(&confusion, &metadata.classes)));
    }
    Ok(())
}

/// Which samples.
#[derive(Clone, Copy)]
enum Set {
    Test,
    HeldOut,
    Training,
}

impl Set {
    fn description(self) -> &'static str {
        match self {
            Set::Test => "test samples",
            Set::HeldOut => "samples that were held out from training",
            Set::Training => "samples, those it was trained with: there are no others",
        }
    }

    /// As the log calls them.
    fn name(self) -> &'static str {
        match self {
            Set::Test => "test",
            Set::HeldOut => "held_out",
            Set::Training => "training",
        }
    }
}

/// The test set, or else the samples that were held out, or else all; and what they are.
fn samples<A: App>(options: &args::Eval, metadata: &Metadata) -> Result<(Dataset, Set), Error> {
    let recipe = A::RECIPE;
    let (root, interface) = (&options.data_root, interface::<A>());
    if let Some(test) = Dataset::testing(&recipe.source(), recipe.test.as_ref(), root, &interface)? {
        return Ok((test, Set::Test));
    }
    let all = Dataset::training(&recipe.source(), root, &interface)?;
    if recipe.validate == 0.0 {
        return Ok((all, Set::Training));
    }
    let (_, held_out) = all
        .split(recipe.validate, metadata.seed.unwrap_or(recipe.seed))
        .map_err(|problem| data::Error { file: root.join(recipe.source().path()), problem })?;
    Ok((held_out, Set::HeldOut))
}
