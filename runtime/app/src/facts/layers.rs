//! Weights and gradients of each layer from epoch to epoch, as histograms.

use netwright::state::Part;
use netwright::storage::TensorRef;
use netwright::train::State;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Numbers of a tensor that are looked at, evenly over it: the cost of a look depends on the number of tensors alone.
const MOST_NUMBERS: usize = 1 << 15;
/// Bars of a histogram of weights, which are equally wide.
const BARS: usize = 32;
/// The powers of two that have a bar in a histogram of gradients, whose sizes differ by orders of magnitude.
const POWERS: std::ops::Range<i32> = -40..8;
/// Looks that are kept, and looks times tensors.
const MOST_LOOKS: usize = 48;
const MOST_HISTOGRAMS: usize = 3000;
/// Looks take at most this part of a training's time.
const SHARE: u32 = 100;

#[derive(Debug, Default)]
pub(super) struct Layers {
    /// The looks of an interrupted training, as they were written.
    before: Vec<Value>,
    looks: Vec<Look>,
    /// Epochs from one look to the next, once there are enough.
    stride: usize,
    /// The end of the last look, and its duration.
    last: Option<(Instant, Duration)>,
}

#[derive(Debug)]
struct Look {
    epoch: usize,
    tensors: Vec<Tensor>,
}

#[derive(Debug)]
struct Tensor {
    name: String,
    weights: Bars,
    gradients: Option<Powers>,
}

/// A histogram of equally wide bars.
#[derive(Debug)]
struct Bars {
    least: f32,
    most: f32,
    /// The root of the mean square.
    size: f64,
    counts: [u32; BARS],
}

/// A histogram of absolute values by powers of two.
#[derive(Debug)]
struct Powers {
    size: f64,
    zeros: u32,
    counts: Vec<u32>,
}

impl Layers {
    /// Takes over the looks of an interrupted training's first epochs.
    pub(super) fn go_on(&mut self, mut written: Value, epochs: usize) {
        let Value::Array(looks) = written["looks"].take() else { return };
        let is_over = |look: &Value| look["epoch"].as_u64().is_some_and(|epoch| epoch <= epochs as u64);
        self.before = looks.into_iter().filter(is_over).collect();
    }

    /// Looks at the parameters after an epoch, if it is time to; after the last one it is.
    pub(super) fn look(&mut self, state: &State<'_>, is_last: bool) {
        let is_due = self.last.is_none_or(|(end, cost)| end.elapsed() >= SHARE * cost);
        if !(is_last || is_due && state.epoch.is_multiple_of(self.stride.max(1))) {
            return;
        }
        let start = Instant::now();
        let gradients = state.slopes().map(|gradients| gradients.tensors()).unwrap_or_default();
        let mut parts = vec![];
        let [_, (name, trainer)] = state.parts();
        trainer.parts(name, &mut parts);
        let tensor = |(name, part): &(String, Part<'_>)| {
            let (name, Part::Tensor { data, .. }) = (name.strip_prefix("trainer.params.")?, part) else {
                return None;
            };
            let gradient = gradients.iter().find(|gradient| gradient.name == name);
            // Statistics and frozen layers have none.
            if gradient.is_none() && !gradients.is_empty() {
                return None;
            }
            Some(Tensor { name: name.into(), weights: Bars::of(data), gradients: gradient.map(Powers::of) })
        };
        let tensors: Vec<Tensor> = parts.iter().filter_map(tensor).collect();
        let most = (MOST_HISTOGRAMS / tensors.len().max(1)).clamp(8, MOST_LOOKS);
        self.looks.push(Look { epoch: state.epoch, tensors });
        if self.looks.len() > most {
            let mut at = 0;
            self.looks.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.stride = 2 * self.stride.max(1);
        }
        self.last = Some((Instant::now(), start.elapsed()));
    }

    pub(super) fn json(&self) -> Value {
        let tensor = |Tensor { name, weights, gradients }: &Tensor| {
            let Bars { least, most, size, counts } = weights;
            let gradients = gradients.as_ref().map(
                |Powers { size, zeros, counts }| json!({"size": size, "zeros": zeros, "counts": counts}),
            );
            json!({
                "name": name,
                "weights": {"least": least, "most": most, "size": size, "counts": counts},
                "gradients": gradients,
            })
        };
        let look = |Look { epoch, tensors }: &Look| json!({"epoch": epoch, "tensors": tensors.iter().map(tensor).collect::<Vec<_>>()});
        let looks: Vec<Value> = self.before.iter().cloned().chain(self.looks.iter().map(look)).collect();
        json!({"first_power": POWERS.start, "looks": looks})
    }
}

/// Returns the numbers to look at.
fn some(numbers: &[f32]) -> impl Iterator<Item = f32> + Clone {
    numbers.iter().copied().step_by(numbers.len().div_ceil(MOST_NUMBERS).max(1))
}

fn size(numbers: impl Iterator<Item = f32>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for x in numbers {
        sum += f64::from(x) * f64::from(x);
        count += 1.0;
    }
    (sum / f64::max(count, 1.0)).sqrt()
}

impl Bars {
    fn of(numbers: &[f32]) -> Bars {
        let finite = || some(numbers).filter(|x| x.is_finite());
        let least = finite().fold(f32::INFINITY, f32::min);
        let most = finite().fold(f32::NEG_INFINITY, f32::max);
        let mut counts = [0; BARS];
        let scale = BARS as f64 / (f64::from(most) - f64::from(least)).max(f64::MIN_POSITIVE);
        for x in finite() {
            let bar = ((f64::from(x) - f64::from(least)) * scale) as usize;
            counts[bar.min(BARS - 1)] += 1;
        }
        Bars { least, most, size: size(some(numbers)), counts }
    }
}

impl Powers {
    fn of(gradient: &TensorRef<'_>) -> Powers {
        let (mut zeros, mut counts) = (0, vec![0; POWERS.len()]);
        for x in some(gradient.data).filter(|x| !x.is_nan()) {
            if x == 0.0 {
                zeros += 1;
                continue;
            }
            // The exponent's bits; numbers too small for one are below the first power.
            let power = (x.to_bits() >> 23 & 0xff) as i32 - 127;
            counts[(power.clamp(POWERS.start, POWERS.end - 1) - POWERS.start) as usize] += 1;
        }
        Powers { size: size(some(gradient.data)), zeros, counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_bar() {
        let bars = Bars::of(&[-1.0, 1.0, 0.0, 0.999, f32::NAN]);
        assert_eq!((bars.least, bars.most, bars.counts.iter().sum::<u32>()), (-1.0, 1.0, 4));
        assert_eq!((bars.counts[0], bars.counts[BARS / 2], bars.counts[BARS - 1]), (1, 1, 2));
        let same = Bars::of(&[0.5; 7]);
        assert_eq!((same.counts.iter().sum::<u32>(), same.size), (7, 0.5));
        assert_eq!(Bars::of(&[]).counts, [0; BARS]);
        let many = vec![1.0; 10 * MOST_NUMBERS + 1];
        assert!(Bars::of(&many).counts.iter().sum::<u32>() as usize <= MOST_NUMBERS);
    }

    #[test]
    fn gradients_are_sorted_by_powers_of_two() {
        let data = [0.0, -0.75, 0.5, 1e-30, 3.0, 1e30];
        let powers = Powers::of(&TensorRef { name: "w", shape: &[6], data: &data });
        let at = |power: i32| powers.counts[(power - POWERS.start) as usize];
        assert_eq!((powers.zeros, at(-1), at(1), at(-40), at(7)), (1, 2, 1, 1, 1));
    }
}
