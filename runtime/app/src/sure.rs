//! Says how sure answers are: probabilities at the temperature that fits held-out samples, the spread over passes with dropout at work or
//! over several networks, and the distance of copies that an autoencoder makes.
//!
//! The results are numbers, which the `netwright` command ranks and tells.

mod copies;
mod gathered;
mod member;
mod squash;
mod temperature;

use super::args;
use super::note;
use super::predict::{joint, samples};
use copies::Copies;
use gathered::Gathered;
use member::Member;
use netwright::app::Sampled;
use netwright::data::{self, Origins, Problem};
use netwright::train::Error;
use serde_json::{Map, Value, json};
use squash::{Reading, Squash, has_places};
use std::fs;
use std::path::Path;

/// The most passes of the same samples.
const MOST_PASSES: usize = 100_000;
/// The most samples that go through the layers together; noise follows from their places among these.
const TOGETHER: usize = 64;
/// Numbers of masks that are in memory together: 16 MB, summed up.
const NUMBERS_TOGETHER: usize = 1 << 20;

/// Returns the number of samples that go through the layers together.
fn together<P: Sampled>() -> usize {
    match has_places::<P>() && !P::TO_INPUT {
        true => (NUMBERS_TOGETHER / P::OUTPUT.iter().product::<usize>()).clamp(1, TOGETHER),
        false => TOGETHER,
    }
}

pub(super) fn run<P: Sampled>(options: &args::Sure) -> Result<(), Error> {
    let reading = check::<P>(options)?;
    let args::Inputs { weights, data_root, .. } = &options.inputs;
    let mut members = vec![];
    for file in std::iter::once(weights).chain(&options.members) {
        members.push(Member::<P>::read(file, data_root, reading, options)?);
    }
    let classes = members[0].about.classes.clone();
    if let Some(other) = members.iter().find(|member| member.about.classes != classes) {
        let reason = format!("{} and {} have different classes", weights.display(), other.file.display());
        return Err(Error::Choice { option: "--weights", reason });
    }
    let copies = P::TO_INPUT.then(|| Copies::of(&members, options)).transpose()?;
    let mut samples = vec![];
    for file in &options.inputs.files {
        let mut asked = Asked::default();
        for member in &mut members {
            asked.ask(file, member, reading, options)?;
        }
        for (at, gathered) in asked.samples.iter().enumerate() {
            let mut sample = origin(file, &asked.origins, at, asked.samples.len());
            match &copies {
                Some(copies) => sample.extend(copies.told(gathered.mean()[0])),
                None => sample.extend(told::<P>(gathered, reading)),
            }
            samples.push(Value::from(sample));
        }
    }
    let facts = json!({
        "network": P::NAME,
        "kind": match reading.map(|reading| reading.squash) {
            _ if P::TO_INPUT => "copies",
            Some(_) if has_places::<P>() => "masks",
            Some(Squash::Softmax) => "classes",
            Some(Squash::Sigmoid) => "labels",
            None => "numbers",
        },
        "classes": classes,
        "outputs": P::OUTPUT.iter().product::<usize>(),
        "of": members.len(),
        "passes": options.passes,
        "calibration": members.iter().map(Member::calibration).collect::<Vec<_>>(),
        "copies": copies.as_ref().map(Copies::facts),
        "samples": samples,
    });
    let output = &options.inputs.output;
    let failed = |cause| data::Error::new(output, Problem::Write(cause)).into();
    fs::write(output, facts.to_string()).map_err(failed)
}

/// Checks that the network can say what is asked for; returns the way in which its answers are read, if they are probabilities.
fn check<P: Sampled>(options: &args::Sure) -> Result<Option<Reading>, Error> {
    let refused = |option, reason: String| Err(Error::Choice { option, reason });
    if joint::<P>().is_some() {
        return refused("sure", "networks of one input and one output say how sure they are".into());
    }
    let is_mask = has_places::<P>() && !P::TO_INPUT;
    let reading = Reading::of::<P>().filter(|_| !P::TO_INPUT);
    if is_mask && reading.is_none() {
        let reason = format!("the answers of `{}` for each place are no probabilities", P::NAME);
        return refused("sure", reason);
    }
    let calibrated = match options.calibration {
        args::Calibration::None => None,
        args::Calibration::Fitted => Some("--calibrated"),
        args::Calibration::Temperature(_) => Some("--temperature"),
    };
    if let Some(option) = calibrated.filter(|_| reading.is_none()) {
        let reason = format!("the answers of `{}` are no probabilities, which a temperature is for", P::NAME);
        return refused(option, reason);
    }
    if is_mask && options.calibration == args::Calibration::Fitted {
        let reason = "a temperature is fitted for networks with one answer for a sample; `--temperature X` divides by a known one";
        return refused("--calibrated", reason.into());
    }
    if is_mask && !options.members.is_empty() {
        return refused("--folds", "networks with one answer for a sample answer together".into());
    }
    if let args::Calibration::Temperature(temperature) = options.calibration
        && !(temperature.is_finite() && temperature > 0.0)
    {
        return refused("--temperature", format!("{temperature} is no number above 0"));
    }
    if options.passes.is_some_and(|passes| passes > MOST_PASSES) {
        return refused("--passes", format!("{MOST_PASSES} passes are the most"));
    }
    if options.passes.is_some() && !P::NOISY {
        return refused("--passes", format!("`{}` has no layer of noise, such as `dropout`", P::NAME));
    }
    if !(0.0..=1.0).contains(&options.quantile) {
        return refused("--quantile", format!("{} is not from 0 to 1", options.quantile));
    }
    Ok(reading)
}

/// Answers to the samples of a file.
#[derive(Debug, Default)]
struct Asked {
    samples: Vec<Gathered>,
    origins: Origins,
}

impl Asked {
    /// Adds the answers of a network.
    fn ask<P: Sampled>(
        &mut self,
        file: &Path,
        member: &mut Member<P>,
        reading: Option<Reading>,
        options: &args::Sure,
    ) -> Result<(), Error> {
        let len: usize = P::INPUT.iter().product();
        let given = samples::<P>(file, options.inputs.fit, &member.about)?;
        let is_first = self.samples.is_empty();
        let say = |notes: &[String]| {
            notes.iter().filter(|_| is_first).for_each(|text| note(&format!("{}: {text}", file.display())));
        };
        say(given.notes());
        let (mut waiting, mut first) = (vec![], 0);
        let together = together::<P>();
        let scaling = member.scaling.clone();
        let left_out = given.each(&scaling, |part| -> Result<(), Error> {
            if is_first {
                self.origins.append(part.origins().clone());
            }
            waiting.extend_from_slice(part.inputs());
            // How many samples are read at once depends on the number of threads, and noise must not.
            while waiting.len() >= together * len {
                let rest = waiting.split_off(together * len);
                self.add(file, member, &waiting, first, reading, options)?;
                first += together;
                waiting = rest;
            }
            Ok(())
        });
        say(&left_out.map_err(super::predict::unfitted::<P>)?);
        self.add(file, member, &waiting, first, reading, options)
    }

    /// Adds the answers to some samples, the first of which has the number `first` in the file.
    fn add<P: Sampled>(
        &mut self,
        file: &Path,
        member: &mut Member<P>,
        inputs: &[f32],
        first: usize,
        reading: Option<Reading>,
        options: &args::Sure,
    ) -> Result<(), Error> {
        if inputs.is_empty() {
            return Ok(());
        }
        let mut nan = 0;
        member.answers(inputs, options, |at, answer| {
            let at = first + at;
            if self.samples.len() <= at {
                self.samples.resize(at + 1, Gathered::default());
            }
            nan += usize::from(answer.iter().any(|x| x.is_nan()));
            self.samples[at].add(answer, reading);
        });
        if let Some(reading) = reading.filter(|_| has_places::<P>()) {
            self.samples[first..].iter_mut().for_each(|gathered| gathered.settle(reading));
        }
        match nan {
            0 => Ok(()),
            nan => {
                let samples = inputs.len() / P::INPUT.iter().product::<usize>();
                Err(Error::NanOutputs { file: file.into(), nan: nan.min(samples), samples })
            }
        }
    }
}

/// Returns the file of a sample, and its place there.
fn origin(asked: &Path, origins: &Origins, at: usize, of: usize) -> Map<String, Value> {
    let (file, place) = origins.place(asked, at, of);
    Map::from_iter([("file".into(), json!(file.display().to_string())), ("place".into(), json!(place))])
}

/// Returns what there is to say about an answer.
fn told<P: Sampled>(gathered: &Gathered, reading: Option<Reading>) -> Map<String, Value> {
    let mut told = Map::new();
    if !has_places::<P>() {
        told.extend([("mean".into(), json!(gathered.mean())), ("spread".into(), json!(gathered.spread()))]);
    }
    if let Some(doubt) = reading.map(|reading| gathered.doubt(reading)) {
        told.extend([
            ("entropy".into(), json!(doubt.entropy)),
            ("margin".into(), json!(doubt.margin)),
            ("information".into(), json!(doubt.information)),
        ]);
    }
    told
}
