//! Measures trained weights on samples that they were not trained with, where there are any.

use super::{App, args, class_name, interface, load, say, table};
use crate::data::{self, Dataset};
use crate::metrics::{Confusion, Evaluation};
use crate::train::{Error, Predict, Source, predict};
use crate::weights::Metadata;
use std::io::Write;

/// A matrix of more classes fits on no screen.
const MOST_CLASSES: usize = 20;

pub(super) fn run<A: App>(options: &args::Eval, out: &mut dyn Write) -> Result<(), Error> {
    let (params, metadata) = load::<A>(&options.weights)?;
    let (mut data, which) = samples::<A>(options, &metadata)?;
    if let Some(limit) = options.limit {
        data.truncate(limit);
    }
    data.normalize(&metadata.normalization);
    let outputs = predict(&mut A::Model::new(params), data.inputs(), data.len());
    let loss = A::RECIPE.loss;
    say(out, &format!("{}: {} {which}", A::NAME, data.len()));
    let evaluation = Evaluation::new(loss, &outputs, data.targets());
    if A::TO_INPUT {
        // Nobody asked for answers that could be right or wrong.
        say(out, &Evaluation { accuracy: None, ..evaluation }.to_string());
        return Ok(());
    }
    say(out, &evaluation.to_string());
    if let Some(confusion) = Confusion::new(loss, &outputs, data.targets())
        && confusion.classes() <= MOST_CLASSES
    {
        say(out, "\nrows: the true class; columns: the network's answer");
        say(out, &matrix(&confusion, &metadata.classes));
    }
    Ok(())
}

/// The test set, or else the samples that were held out, or else all; and what they are.
fn samples<A: App>(options: &args::Eval, metadata: &Metadata) -> Result<(Dataset, &'static str), Error> {
    let recipe = A::RECIPE;
    let (root, interface) = (&options.data_root, interface::<A>());
    if let Some(test) = Dataset::testing(&recipe.data, recipe.test.as_ref(), root, &interface)? {
        return Ok((test, "test samples"));
    }
    let all = Dataset::training(&recipe.data, root, &interface)?;
    if recipe.validate == 0.0 {
        return Ok((all, "samples, those it was trained with: there are no others"));
    }
    let (_, held_out) =
        all.split(recipe.validate, metadata.seed.unwrap_or(recipe.seed)).map_err(|problem| {
            let (Source::Idx { path } | Source::Csv { path, .. }) = recipe.data;
            data::Error { file: root.join(path), problem }
        })?;
    Ok((held_out, "samples that were held out from training"))
}

fn matrix(confusion: &Confusion, classes: &[String]) -> String {
    let names = (0..confusion.classes()).map(|class| class_name(classes, class));
    let header = std::iter::once(String::new()).chain(names.clone()).collect();
    let rows = names.enumerate().map(|(class, name)| {
        let counts =
            confusion.row(class).iter().map(|count| if *count == 0 { "·".into() } else { count.to_string() });
        std::iter::once(name).chain(counts).collect()
    });
    table(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}
