//! Explains answers: which parts of a sample an answer rests on.
//!
//! The number that is explained is a sum of the network's logits, each times a factor ([`Choice`]). Its gradients come from the same
//! kernels as those of trainings; the methods are made of them and of predictions. The results are numbers, which the
//! `netwright` command draws.

mod choice;
mod methods;
mod occlusion;
mod permutation;
mod probe;
mod resize;
pub(super) mod results;

use super::args::{self, Baseline, Method};
use super::predict::{Meaning, joint, read_each};
use super::{about, load};
use choice::Choice;
use methods::{Found, Subject, explain};
use netwright::app::{Explained, Predictor};
use netwright::data::{Kind, Part};
use netwright::train::Error;
use netwright::weights::Normalization;
use netwright_data::table::{Heading, Layout};
use permutation::{Samples, permutation};
use probe::Probe;
use results::{Results, Sample};
use std::path::Path;

/// Methods for tables, unless others are asked for: each column is a number, not a part of a picture.
const OF_TABLES: [Method; 2] = [Method::IntegratedGradients, Method::Permutation];

pub(super) fn run<P: Explained>(options: &args::Why) -> Result<(), Error> {
    if joint::<P>().is_some() {
        let reason = "networks of one input and one output are explained".into();
        return Err(Error::Choice { option: "why", reason });
    }
    let args::Inputs { weights, data_root, output, .. } = &options.inputs;
    let (params, metadata) = load::<P>(weights)?;
    let about = about::<P>(&metadata, weights, data_root)?;
    let layout = match &about.kind {
        Kind::Table(layout) => Some(layout),
        _ => None,
    };
    let mut asker = Asker::<P> {
        probe: Probe::new(params),
        meaning: Meaning::of::<P>(),
        classes: &about.classes,
        scaling: &metadata.normalization,
        baseline: baseline::<P>(options.baseline, &about.kind, &metadata.normalization),
        columns: layout.map(|layout| columns(layout, P::INPUT.iter().product())),
        options,
        results: Results::default(),
    };
    asker.begin(layout)?;
    read_each::<P>(&options.inputs, &metadata, &about, |file, part| asker.ask(file, part))?;
    asker.results.write(output)
}

/// A network that is asked about samples, one part after the other.
struct Asker<'a, P: Explained> {
    probe: Probe<P>,
    meaning: Meaning,
    classes: &'a [String],
    scaling: &'a Normalization,
    baseline: Vec<f32>,
    /// The column of each number of a sample, if they are lines of a table.
    columns: Option<Vec<usize>>,
    options: &'a args::Why,
    results: Results,
}

impl<P: Explained> Asker<'_, P> {
    /// Checks the methods, and notes what is the same for all samples.
    fn begin(&mut self, layout: Option<&Layout>) -> Result<(), Error> {
        let refused = |reason: String| Err(Error::Choice { option: "--method", reason });
        for method in &self.options.methods {
            if method.needs_map() && self.probe.layer().is_none() {
                return refused(format!("`{}` needs a feature map, and the network has none", method.name()));
            }
            if *method == Method::Permutation && layout.is_none() {
                return refused("`permutation` is for tables, which have columns".into());
            }
        }
        self.results.fact("network", P::NAME);
        self.results.fact("layer", self.probe.layer());
        self.results.fact(
            "columns",
            layout.map(|layout| {
                layout.inputs().iter().map(|input| column_name(&input.heading)).collect::<Vec<_>>()
            }),
        );
        Ok(())
    }

    /// Returns the methods that are asked for, or else all that fit the samples.
    fn methods(&self) -> Vec<Method> {
        let is_table = self.columns.is_some();
        let usual = Method::NAMED.iter().map(|(_, method)| *method).filter(|method| match is_table {
            true => OF_TABLES.contains(method),
            false => *method != Method::Permutation && (self.probe.layer().is_some() || !method.needs_map()),
        });
        match &self.options.methods[..] {
            [] => usual.collect(),
            asked => asked.to_vec(),
        }
    }

    /// Explains the answers to some samples of a file.
    fn ask(&mut self, file: &Path, part: &Part) -> Result<(), Error> {
        let len = self.probe.input();
        let methods = self.methods();
        let mut factors = vec![];
        for (at, input) in part.inputs().chunks_exact(len).enumerate() {
            let logits = self.probe.logits(input);
            if logits.iter().any(|logit| logit.is_nan()) {
                return Err(Error::NanOutputs { file: file.into(), nan: 1, samples: part.len() });
            }
            let choice = Choice::of::<P>(&logits, self.meaning, self.classes, self.options)?;
            let subject =
                Subject { input, shape: P::INPUT, factors: &choice.factors, baseline: &self.baseline };
            let mut found = vec![];
            for &method in &methods {
                found.extend(explain(&mut self.probe, &subject, method, &self.options.numbers));
            }
            if let Some(columns) = &self.columns {
                found.iter_mut().for_each(|found| by_column(found, columns));
            }
            let name = self.results.len();
            let raw = unscaled(input, self.scaling);
            self.results.array(format!("{name}/sample"), P::INPUT, &raw);
            factors.push(choice.factors.clone());
            let (file, place) = origin(file, part, at);
            self.results.sample(&Sample { file, place, choice, found });
        }
        if let Some(columns) = &self.columns
            && methods.contains(&Method::Permutation)
            && factors.len() > 1
        {
            let samples = Samples { inputs: part.inputs(), factors: &factors, columns };
            let moved = permutation(&self.probe, samples, self.options.numbers.seed);
            let moved: Vec<f32> = moved.iter().map(|&x| x as f32).collect();
            let name = format!("permutation/{}", file.display());
            self.results.array(name, &[moved.len()], &moved);
        }
        Ok(())
    }
}

/// Returns the file of a sample, and its place in it if it is not the only one.
pub(super) fn origin<'a>(asked: &'a Path, part: &'a Part, at: usize) -> (&'a Path, Option<String>) {
    let (file, place) = part.origins().place(asked, at, part.len());
    (file, place.map(|(word, number)| format!("{word} {number}")))
}

fn column_name(heading: &Heading) -> String {
    match heading.name.as_str() {
        "" => format!("column {}", heading.number + 1),
        name => name.into(),
    }
}

/// Returns the sample that says nothing, as the network gets it.
fn baseline<P: Predictor>(asked: Option<Baseline>, kind: &Kind, scaling: &Normalization) -> Vec<f32> {
    let count = P::INPUT.iter().product();
    let usual = match kind {
        Kind::Pictures => Baseline::Black,
        _ => Baseline::Zero,
    };
    let before = match asked.unwrap_or(usual) {
        Baseline::Zero => return vec![0.0; count],
        Baseline::Black => 0.0,
        Baseline::White => 1.0,
    };
    let mut numbers = vec![before; count];
    scaling.apply(&mut numbers);
    numbers
}

/// Returns the column of each number of a sample.
fn columns(layout: &Layout, numbers: usize) -> Vec<usize> {
    let lines = layout.window().max(1);
    let inputs = layout.inputs().iter().enumerate();
    let columns = inputs.flat_map(|(at, input)| vec![at; input.meaning.features() * lines]);
    columns.chain(std::iter::repeat(0)).take(numbers).collect()
}

/// Adds up what belongs to the same column.
fn by_column(found: &mut Found, columns: &[usize]) {
    let count = columns.iter().max().map_or(0, |most| most + 1);
    let mut sums = vec![0.0f64; count];
    columns.iter().zip(&found.map).for_each(|(&column, &x)| sums[column] += f64::from(x));
    found.map = sums.iter().map(|&sum| sum as f32).collect();
    found.shape = vec![count];
}

/// Returns a sample as it was before it was scaled.
pub(super) fn unscaled(input: &[f32], scaling: &Normalization) -> Vec<f32> {
    let mut sample = input.to_vec();
    scaling.undo(&mut sample);
    sample
}
