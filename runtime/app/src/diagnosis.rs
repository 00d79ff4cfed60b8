//! The place where a training has diverged. The steps since its last checkpoint are taken again, and the parameters looked at after each.

use super::prepared;
use netwright::app::App;
use netwright::data::{Dataset, listed};
use netwright::state::{Part, Snapshot};
use netwright::storage::Parameters;
use netwright::train::Recipe;
use netwright::train::{Epoch, Error, Log, Moment, Saver, State};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// The longest that is looked for it.
const LONGEST: Duration = Duration::from_secs(60);
/// Parameters that are named.
const NAMED: usize = 3;
/// The most numbers of parameters that are kept from step to step.
const KEPT: usize = 1 << 22;

/// The numbers of parameters, by their names.
pub(super) type Tensors = Vec<(String, Vec<f32>)>;

/// The place where a training has diverged.
#[derive(Debug)]
pub(super) struct Found {
    /// Names the step, and what ceased to be finite or was largest before.
    pub(super) text: String,
    /// The parameters before the step whose outputs were not finite; empty if an update was the place.
    pub(super) params: Tensors,
}

/// Finds the step and the place where numbers ceased to be finite; `None` if that is not found in time. `stored` is the last checkpoint,
/// if there is one.
pub(super) fn find<A: App>(
    recipe: &Recipe,
    root: &Path,
    [training, held_out]: [&Dataset; 2],
    stored: Option<Snapshot>,
) -> Option<Found> {
    let mut params = A::init(recipe.seed);
    if stored.is_none() {
        prepared::start(&mut params, recipe, root).ok()?;
    }
    let tensors = match &stored {
        Some(snapshot) => of_snapshot(snapshot),
        None => {
            params.tensors().iter().map(|tensor| (tensor.name.to_string(), tensor.data.to_vec())).collect()
        }
    };
    let first = sizes(&tensors);
    let mut watch = Watch {
        stored,
        sizes: first.clone(),
        first,
        last: kept(tensors),
        found: None,
        begun: Instant::now(),
    };
    // It ends with an error in any case.
    let _ = A::train(recipe, params, training, held_out, &mut watch);
    watch.found
}

/// Names of the parameters begin with it in the state of a training.
const PARAMS: &str = "trainer.params.";

/// The largest number of each parameter.
type Sizes = BTreeMap<String, f32>;

/// Returns the largest number, whatever its sign; NaN if there is one.
fn size(data: &[f32]) -> f32 {
    // `f32::max` would pass over NaN.
    data.iter().fold(0.0, |most, x| if x.is_nan() || x.abs() > most { x.abs() } else { most })
}

fn sizes(tensors: &Tensors) -> Sizes {
    tensors.iter().map(|(name, data)| (name.clone(), size(data))).collect()
}

fn of_snapshot(snapshot: &Snapshot) -> Tensors {
    let tensors = snapshot.tensors.iter();
    tensors.filter_map(|(name, data)| Some((name.strip_prefix(PARAMS)?.to_string(), data.clone()))).collect()
}

/// Returns the tensors, or none if they are too large to keep.
fn kept(tensors: Tensors) -> Tensors {
    let numbers: usize = tensors.iter().map(|(_, data)| data.len()).sum();
    if numbers <= KEPT { tensors } else { vec![] }
}

/// Returns true if the parameters of a state are finite.
pub(super) fn is_finite(snapshot: &Snapshot) -> bool {
    snapshot.tensors.iter().all(|(name, data)| !name.starts_with(PARAMS) || size(data).is_finite())
}

struct Watch {
    stored: Option<Snapshot>,
    /// The sizes after the last step.
    sizes: Sizes,
    /// The sizes before the first step that is taken again.
    first: Sizes,
    /// The parameters after the last step.
    last: Tensors,
    found: Option<Found>,
    begun: Instant,
}

impl Watch {
    /// Names the largest parameters, and says how large they were at first.
    fn largest(&self) -> String {
        let first = |name: &String| self.first.get(name).copied().unwrap_or(f32::NAN);
        let mut all: Vec<(&String, f32, f32)> =
            self.sizes.iter().map(|(name, size)| (name, *size, first(name))).collect();
        all.sort_by(|one, other| other.1.total_cmp(&one.1));
        let one = |(name, size, first): &(&String, f32, f32)| match size / first {
            growth if growth >= 10.0 && growth.is_finite() => {
                format!("{name} {size:.1e} ({first:.0e} in the beginning)")
            }
            _ => format!("{name} {size:.1e}"),
        };
        listed(all.iter().take(NAMED).map(one), NAMED)
    }

    /// Looks at the parameters after a step, counted from 0; returns true if they are not finite any more.
    fn look(&mut self, step: u64, state: &State<'_>) -> bool {
        let mut parts = vec![];
        let [_, (name, trainer)] = state.parts();
        trainer.parts(name, &mut parts);
        // In the network's order.
        let params: Vec<(&str, &[f32])> = parts
            .iter()
            .filter_map(|(name, part)| match part {
                Part::Tensor { data, .. } => Some((name.strip_prefix(PARAMS)?, *data)),
                Part::Number(_) => None,
            })
            .collect();
        let sizes: Vec<(&str, f32)> = params.iter().map(|(name, data)| (*name, size(data))).collect();
        let wrong: Vec<&(&str, f32)> = sizes.iter().filter(|(_, size)| !size.is_finite()).collect();
        // Gradients flow from the last layer to the first, and take what is not finite with them.
        if let Some((name, size)) = wrong.last() {
            let what = if size.is_nan() { "NaN" } else { "infinite" };
            let others = match wrong.len() - 1 {
                0 => String::new(),
                1 => " and one more parameter".into(),
                count => format!(" and {count} more parameters"),
            };
            let before = self.largest();
            let text = format!(
                "it began in the update of step {step}, which made {name}{others} {what}; the largest before it: {before}"
            );
            self.found = Some(Found { text, params: vec![] });
            return true;
        }
        if !self.last.is_empty() {
            self.last = params.iter().map(|(name, data)| (name.to_string(), data.to_vec())).collect();
        }
        self.sizes = sizes.into_iter().map(|(name, size)| (name.to_string(), size)).collect();
        false
    }
}

impl Log for Watch {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}

    fn step(&mut self, _: f64) {}

    fn end(&mut self, _: &Epoch) {}

    fn saver(&mut self) -> Option<&mut dyn Saver> {
        Some(self)
    }
}

impl Saver for Watch {
    fn stored(&mut self) -> Option<Snapshot> {
        self.stored.take()
    }

    fn note(&mut self, moment: Moment, state: &State<'_>) -> Result<Option<String>, Error> {
        match moment {
            Moment::Step => {
                let is_wrong = self.look(state.step.saturating_sub(1), state);
                if is_wrong || self.begun.elapsed() > LONGEST { Err(Error::Ended) } else { Ok(None) }
            }
            Moment::Epoch | Moment::Last => Ok(None),
            Moment::Diverged => {
                let text = format!(
                    "it began in the outputs of step {}, for which 32 bits do not suffice; its parameters are finite, and the largest are {}",
                    state.step,
                    self.largest()
                );
                self.found = Some(Found { text, params: std::mem::take(&mut self.last) });
                Err(Error::Ended)
            }
        }
    }
}
