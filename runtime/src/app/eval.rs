//! Measures trained weights on samples that they were not trained with, where there are any.

use super::sheet::{self, Column};
use super::{App, Output, args, check_distinct, check_log, finish, interface, load, log, report};
use crate::data::{self, Dataset, TargetsRef};
use crate::metrics::{Confusion, Metric};
use crate::train::{Error, Predict, measured, predict};
use crate::weights::Metadata;

pub(super) fn run<A: App>(options: &args::Eval, out: &mut Output) -> Result<(), Error> {
    // Better now than when all is measured.
    check_distinct(&[options.log.as_ref(), options.images.as_ref()])?;
    check_log(options.log.as_ref())?;
    options.images.as_ref().map_or(Ok(()), |images| sheet::check(images))?;
    let (params, metadata) = load::<A>(&options.weights)?;
    let (mut data, set) = samples::<A>(options, &metadata)?;
    if let Some(limit) = options.limit {
        data.truncate(limit);
    }
    let seen = Column::new(data.inputs(), A::INPUT);
    data.normalize(&metadata.normalization);
    let log = log(options.log.as_ref())?;
    let outputs = predict(&mut A::Model::new(params), data.inputs(), data.len());
    let measured = measured(&A::RECIPE, &outputs, &data);
    out.say(&format!("{}: {} {}", A::NAME, data.len(), set.description()));
    out.say(&measured.evaluation.to_string());
    if let Some(file) = &options.images {
        let Some(made) = Column::new(&outputs, A::OUTPUT) else {
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
        out.say(&format!("{}: {what} the first samples", file.display()));
    }
    if let Some(mut log) = log {
        log.result(set.name(), data.len(), &measured, &metadata.classes);
        finish(options.log.as_ref(), log)?;
    }
    let text = report::scores(&measured.scores, &metadata.classes);
    if !text.is_empty() {
        out.say(&format!("\n{text}"));
    }
    // What resembles its input is not right or wrong.
    let known = measured.scores.get(Metric::Confusion).is_some();
    if !A::TO_INPUT
        && !known
        && let Some(confusion) = Confusion::new(A::RECIPE.loss, &outputs, data.targets())
        && confusion.classes() <= report::MOST_CLASSES
    {
        out.say(&format!("\n{}", report::matrix(&confusion, &metadata.classes)));
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
    if let Some(test) = Dataset::testing(&recipe.data, recipe.test.as_ref(), root, &interface)? {
        return Ok((test, Set::Test));
    }
    let all = Dataset::training(&recipe.data, root, &interface)?;
    if recipe.validate == 0.0 {
        return Ok((all, Set::Training));
    }
    let (_, held_out) = all
        .split(recipe.validate, metadata.seed.unwrap_or(recipe.seed))
        .map_err(|problem| data::Error { file: root.join(recipe.data.path()), problem })?;
    Ok((held_out, Set::HeldOut))
}
