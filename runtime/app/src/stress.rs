//! Measures a network on changed test samples: noise, blur, other light, other angles, compression, and the intensities of other scanners.

use super::eval::{self, samples};
use super::predict::joint;
use super::{args, finish, load, log, note};
use netwright::__app::parallel;
use netwright::app::App;
use netwright::augment::{Corruption, takes_jpeg};
use netwright::data::{self, Dataset, Problem};
use netwright::train::{Error, Predict, assess_changed};

/// A kind of change.
type Kind = fn(f64) -> Corruption;

/// The changes with their amounts, in ascending order.
const CHANGES: [(Kind, &[f64]); 8] = [
    (Corruption::Noise, &[0.02, 0.05, 0.1, 0.2, 0.3]),
    (Corruption::Blur, &[0.01, 0.02, 0.04, 0.06, 0.08]),
    (Corruption::Brightness, &[0.4, 0.6, 0.8, 1.2, 1.4, 1.6]),
    (Corruption::Contrast, &[0.25, 0.5, 0.75, 1.25, 1.5, 2.0]),
    (Corruption::Rotation, &[-30.0, -20.0, -10.0, 10.0, 20.0, 30.0]),
    (Corruption::Jpeg, &[10.0, 30.0, 50.0, 70.0, 90.0]),
    (Corruption::Gamma, &[0.4, 0.6, 0.8, 1.25, 1.6, 2.5]),
    (Corruption::BiasField, &[0.1, 0.2, 0.3, 0.5, 0.7]),
];

pub(super) fn run<A: App>(options: &args::Stress) -> Result<(), Error> {
    let size = check::<A>()?;
    let recipe = A::recipe();
    let (params, metadata) = load::<A>(&options.weights)?;
    let args::Stress { data_root, weights, limit, output, seed } = options;
    let (data, set) = samples::<A>(data_root, weights, &metadata, *limit)?;
    let range = Range::of(&data)?;
    let Some(mut log) = log(Some(output), recipe.metrics.of, false)? else { return Ok(()) };
    note(&format!("measured on {} {}", data.len(), eval::Set::description(set)));
    let (model, len) = (A::Model::new(params), data.sample_len());
    let mut measure = |name: &str, change: Option<Corruption>| -> Result<(), Error> {
        let measured = assess_changed(&model, &data, (recipe.loss, recipe.metrics), |first, inputs| {
            if let Some(change) = change {
                parallel::chunks_mut(inputs, len, |at, sample| {
                    range.squeeze(sample);
                    change.apply(sample, size, *seed, first + at / len);
                    range.restore(sample);
                });
            }
            metadata.normalization.apply(inputs);
        })?;
        let Some(measured) = measured else {
            return Err(data::Error::new(&data_root.join(recipe.source().path()), Problem::Empty).into());
        };
        log.result(name, data.len(), &measured, &metadata.classes);
        Ok(())
    };
    measure("unchanged", None)?;
    for (kind, amounts) in CHANGES {
        let changes = || amounts.iter().map(|&amount| kind(amount));
        let is_left_out = changes().any(|change| match change {
            Corruption::Rotation(_) => A::OUTPUT.iter().skip(1).product::<usize>() > 1,
            Corruption::Jpeg(_) => !takes_jpeg(A::INPUT),
            _ => false,
        });
        for change in changes().filter(|_| !is_left_out) {
            let (name, amount) = change.parts();
            measure(&format!("{name} {amount}"), Some(change))?;
        }
    }
    finish(Some(output), log)
}

/// Checks that the network sees pictures and is compared with something else than these; returns their height and width.
fn check<A: App>() -> Result<[usize; 2], Error> {
    let refused = |reason: String| Err(Error::Choice { option: "stress", reason });
    if joint::<A>().is_some() {
        return refused("networks of one input and one output are measured on changed samples".into());
    }
    if A::TO_INPUT {
        return refused(format!("`{}` copies its input, and a changed sample has another copy", A::NAME));
    }
    match *A::INPUT {
        [_, height, width] if height > 1 && width > 1 => Ok([height, width]),
        _ => refused(format!(
            "`{}` takes samples of shape {:?}, and pictures of `[channels, height, width]` can be changed",
            A::NAME,
            A::INPUT
        )),
    }
}

/// The range of values that stands for black and white.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    black: f32,
    white: f32,
}

impl Range {
    /// Returns 0 to 1 for pixels, and the range of all values for others.
    fn of(data: &Dataset) -> Result<Range, Error> {
        let mut range = Range { black: 0.0, white: 1.0 };
        let mut sample = vec![];
        for at in 0..data.len() {
            data.read(at..at + 1, &mut sample)?;
            let finite = || sample.iter().copied().filter(|x| x.is_finite());
            range.black = finite().fold(range.black, f32::min);
            range.white = finite().fold(range.white, f32::max);
        }
        Ok(range)
    }

    fn is_unit(self) -> bool {
        self == Range { black: 0.0, white: 1.0 }
    }

    fn squeeze(self, sample: &mut [f32]) {
        if !self.is_unit() {
            sample.iter_mut().for_each(|x| *x = (*x - self.black) / (self.white - self.black));
        }
    }

    fn restore(self, sample: &mut [f32]) {
        if !self.is_unit() {
            sample.iter_mut().for_each(|x| *x = self.black + *x * (self.white - self.black));
        }
    }
}
