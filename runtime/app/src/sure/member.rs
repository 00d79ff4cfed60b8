//! One of the networks that answer together: its weights, its scaling and its temperature.

use super::squash::{Reading, Squash};
use super::temperature::{Fitted, HeldOut, Outcome};
use crate::args::{self, Calibration};
use crate::eval::{Set, Training, untested};
use crate::{about, load};
use netwright::app::{Passes, Sampled};
use netwright::data::{About, Dataset};
use netwright::metrics::Evaluator;
use netwright::train::TargetsRef;
use netwright::train::{Error, Piece, Predict, assess_with, predict};
use netwright::weights::{Metadata, Normalization};
use netwright_model::Head;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A network with its weights.
pub(super) struct Member<P: Sampled> {
    pub(super) file: PathBuf,
    pub(super) about: About,
    pub(super) scaling: Normalization,
    metadata: Metadata,
    model: P::Model,
    passes: Option<P::Passes>,
    reading: Option<Reading>,
    temperature: f64,
    fitted: Option<(Fitted, usize)>,
    /// The number of times that samples were taken through the layers with noise at work, without repetitions.
    taken: u64,
}

/// Bits of a pass's number that count the passes of the same samples.
const PASS_BITS: u32 = 20;

impl<P: Sampled> Member<P> {
    /// Reads weights, and fits a temperature to the samples that their training has held out, if one is asked for.
    pub(super) fn read(
        file: &Path,
        root: &Path,
        reading: Option<Reading>,
        options: &args::Sure,
    ) -> Result<Member<P>, Error> {
        let (params, metadata) = load::<P>(file)?;
        let about = about::<P>(&metadata, file, root)?;
        let passes = options.passes.map(|_| P::Passes::new(params.clone()));
        let mut member = Member {
            file: file.into(),
            about,
            scaling: metadata.normalization.clone(),
            metadata,
            model: P::Model::new(params),
            passes,
            reading,
            temperature: 1.0,
            fitted: None,
            taken: 0,
        };
        match (options.calibration, reading) {
            (Calibration::Fitted, Some(Reading { squash, .. })) => {
                let held_out = member.held_out_answers(root, "--calibrated")?;
                let fitted = held_out.fit(squash);
                member.temperature = fitted.outcome.temperature();
                member.fitted = Some((fitted, held_out.samples()));
            }
            (Calibration::Temperature(temperature), _) => member.temperature = temperature,
            (Calibration::Fitted | Calibration::None, _) => {}
        }
        Ok(member)
    }

    /// Returns what there is to say about the temperature.
    pub(super) fn calibration(&self) -> Value {
        let fitted = self.fitted.map(|(Fitted { outcome, nll, ece }, samples)| {
            let outcome = match outcome {
                Outcome::Temperature(_) => "fitted",
                Outcome::AllRight => "all right",
                Outcome::NoBetterThanChance => "no better than chance",
            };
            json!({ "outcome": outcome, "samples": samples, "nll": nll, "ece": ece })
        });
        json!({ "weights": self.file.display().to_string(), "temperature": self.temperature, "fitted": fitted })
    }

    /// Returns the samples that the training has held out, scaled; `option` is why they are needed.
    pub(super) fn held_out(&self, root: &Path, option: &'static str) -> Result<Dataset, Error> {
        let refused = |reason: String| Err(Error::Choice { option, reason });
        let Some(recipe) = P::recipe() else {
            return refused(format!(
                "`{}` has no data, of which some were held out from the training",
                P::NAME
            ));
        };
        let training = Training {
            recipe: &recipe,
            root,
            weights: &self.file,
            metadata: &self.metadata,
            about: &self.about,
        };
        match untested::<P>(&training, None)? {
            (mut data, Set::HeldOut | Set::Assumed) if !data.is_empty() => {
                data.normalize(&self.scaling);
                Ok(data)
            }
            _ => refused(format!(
                "{}: no samples were held out from the training; train with `validate 20%` or `folds 5`",
                self.file.display()
            )),
        }
    }

    /// Returns the logits of the held-out samples, with the shares that are right.
    fn held_out_answers(&self, root: &Path, option: &'static str) -> Result<HeldOut, Error> {
        let data = self.held_out(root, option)?;
        let len = P::Model::OUTPUT;
        let mut held_out = HeldOut::new(len);
        assess_with(&self.model, &data, |pieces| {
            for Piece { outputs, targets, .. } in pieces {
                for (at, logits) in outputs.chunks_exact(len).enumerate() {
                    let samples = outputs.len() / len;
                    match targets.of_samples(at..at + 1, samples) {
                        TargetsRef::Classes([class]) if P::loss().ignores(*class) => {}
                        TargetsRef::Classes(classes) => {
                            let is_right = |at| classes.iter().any(|&class| class as usize == at);
                            held_out.add(logits, (0..len).map(|at| f64::from(u8::from(is_right(at)))));
                        }
                        TargetsRef::Values(shares) => {
                            held_out.add(logits, shares.iter().map(|&share| f64::from(share)));
                        }
                    }
                }
            }
        })?;
        Ok(held_out)
    }

    /// Returns the distance of each held-out sample from its copy.
    pub(super) fn held_out_errors(&self, root: &Path) -> Result<Vec<f64>, Error> {
        let data = self.held_out(root, "--by reconstruction")?;
        let (len, mut errors) = (P::Model::OUTPUT, vec![]);
        assess_with(&self.model, &data, |pieces| {
            for Piece { outputs, targets, .. } in pieces {
                if let TargetsRef::Values(wanted) = targets {
                    let rows = outputs.chunks_exact(len).zip(wanted.chunks_exact(len));
                    errors.extend(rows.map(|(output, input)| error_of::<P>(output, input)));
                }
            }
        })?;
        Ok(errors)
    }

    /// Hands the answers to samples to `each`, with the number of the sample among these: probabilities, numbers, or the distance of a
    /// copy.
    pub(super) fn answers(
        &mut self,
        inputs: &[f32],
        options: &args::Sure,
        mut each: impl FnMut(usize, &[f64]),
    ) {
        let (len, width) = (P::INPUT.iter().product::<usize>(), P::Model::OUTPUT);
        let samples = inputs.len() / len;
        let mut tell = |outputs: &[f32], reading: Option<Reading>, temperature: f64| {
            for (at, (row, input)) in outputs.chunks_exact(width).zip(inputs.chunks_exact(len)).enumerate() {
                match reading {
                    _ if P::TO_INPUT => each(at, &[error_of::<P>(row, input)]),
                    Some(reading) => each(at, &reading.probabilities(row, temperature)),
                    None => each(at, &row.iter().map(|&x| f64::from(x) / temperature).collect::<Vec<_>>()),
                }
            }
        };
        let Some((passes, count)) = self.passes.as_mut().zip(options.passes) else {
            return tell(&predict(&self.model, inputs, samples), self.reading, self.temperature);
        };
        let mut outputs = vec![0.0; samples * width];
        for number in 0..count as u64 {
            passes.pass(inputs, options.seed, self.taken << PASS_BITS | number, &mut outputs);
            tell(&outputs, self.reading, self.temperature);
        }
        self.taken += 1;
    }
}

/// Returns the network's loss of one sample whose copy it makes.
fn error_of<P: Sampled>(logits: &[f32], input: &[f32]) -> f64 {
    let copy: Vec<f32> = match P::HEAD {
        Head::None => logits.to_vec(),
        Head::Sigmoid => logits.iter().map(|&logit| 1.0 / (1.0 + (-logit).exp())).collect(),
        Head::Softmax => {
            let logits = logits.iter().map(|&logit| f64::from(logit));
            Squash::Softmax.probabilities(logits).into_iter().map(|p| p as f32).collect()
        }
    };
    let mut evaluator = Evaluator::new(P::loss());
    evaluator.add_samples(&copy, &[], TargetsRef::Values(input), copy.len());
    evaluator.finish().loss
}
