//! Asks a network for logits and their gradients, for any number of samples.

use netwright::app::{Explained, Insight, Seen};
use netwright::train::{Predict, predict};

/// Numbers of samples that go through the layers at once: 16 MB.
const NUMBERS_AT_ONCE: usize = 1 << 22;
/// The most samples that go through the layers at once.
const SAMPLES_AT_ONCE: usize = 64;

/// A network that is asked.
pub(super) struct Probe<P: Explained> {
    model: P::Model,
    gradients: P::Gradients,
    guided: P::Guided,
}

/// A feature map and the gradient of what is explained by it.
pub(super) struct Map {
    pub(super) shape: &'static [usize],
    pub(super) numbers: Vec<f32>,
    pub(super) slopes: Vec<f32>,
}

/// The rule of gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The chain rule.
    Plain,
    /// A ReLU lets only positive gradients back.
    Guided,
}

impl<P: Explained> Probe<P> {
    pub(super) fn new(params: P::Params) -> Probe<P> {
        let [first, second] = [params.clone(), params.clone()];
        let (gradients, guided) = (P::Gradients::new(first), P::Guided::new(second));
        Probe { model: P::Model::new(params), gradients, guided }
    }

    /// Returns the numbers of a sample.
    pub(super) fn input(&self) -> usize {
        P::INPUT.iter().product()
    }

    /// Returns the number of samples that are worth asking for at once.
    pub(super) fn at_once(&self) -> usize {
        (NUMBERS_AT_ONCE / self.input()).clamp(1, SAMPLES_AT_ONCE)
    }

    /// Returns the logits of each sample.
    pub(super) fn logits(&self, inputs: &[f32]) -> Vec<f32> {
        predict(&self.model, inputs, inputs.len() / self.input())
    }

    /// Returns for each sample the sum of the logits, each times its factor.
    pub(super) fn values(&self, inputs: &[f32], factors: &[f32]) -> Vec<f64> {
        self.logits(inputs).chunks_exact(factors.len()).map(|logits| dot(logits, factors)).collect()
    }

    /// Calls `each` with the gradient of every sample's value by its input, in their order.
    pub(super) fn slopes(
        &mut self,
        rule: Rule,
        inputs: &[f32],
        factors: &[f32],
        mut each: impl FnMut(&[f32]),
    ) {
        let len = self.input();
        for inputs in inputs.chunks(self.at_once() * len) {
            let slopes = match rule {
                Rule::Plain => looked(&mut self.gradients, inputs, len, factors).0,
                Rule::Guided => looked(&mut self.guided, inputs, len, factors).0,
            };
            slopes.chunks_exact(len).for_each(&mut each);
        }
    }

    /// Returns the layer whose feature map is looked at, if the network has one.
    pub(super) fn layer(&self) -> Option<&'static str> {
        P::Gradients::MAPS.first().map(|(layer, _)| *layer)
    }

    /// Returns the feature map of one sample; `None` in a network without any.
    pub(super) fn map(&mut self, input: &[f32], factors: &[f32]) -> Option<Map> {
        let (_, shape) = P::Gradients::MAPS.first()?;
        let len = self.input();
        let (_, numbers, slopes) = looked(&mut self.gradients, input, len, factors);
        Some(Map { shape, numbers, slopes })
    }
}

/// Returns the gradients by the inputs, the feature maps, and the gradients by these.
fn looked<I: Insight>(
    insight: &mut I,
    inputs: &[f32],
    len: usize,
    factors: &[f32],
) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let samples = inputs.len() / len;
    let of_maps: usize = I::MAPS.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    let mut outputs = vec![0.0; samples * factors.len()];
    let mut slopes = vec![0.0; inputs.len()];
    let [mut maps, mut map_slopes] = [(); 2].map(|()| vec![0.0; samples * of_maps]);
    let seen =
        Seen { outputs: &mut outputs, slopes: &mut slopes, maps: &mut maps, map_slopes: &mut map_slopes };
    insight.look(inputs, &factors.repeat(samples), seen);
    (slopes, maps, map_slopes)
}

/// Returns the sum of products.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).filter(|(_, b)| **b != 0.0).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
