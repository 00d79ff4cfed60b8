//! The methods that explain one answer.

use super::super::args::{Method, Numbers};
use super::occlusion::{Window, occlusion};
use super::probe::{Probe, Rule};
use super::resize::resize;
use netwright::app::Explained;
use netwright::rng::{Purpose, Stream};

/// One answer to explain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    /// The sample as the network gets it.
    pub(super) input: &'a [f32],
    /// The shape of the sample, channels first.
    pub(super) shape: &'a [usize],
    /// The factor of each logit in the value that is explained.
    pub(super) factors: &'a [f32],
    /// A sample that says nothing.
    pub(super) baseline: &'a [f32],
}

impl Subject<'_> {
    /// Returns the axes without the channels; the numbers of a list are its places.
    pub(super) fn places(&self) -> &[usize] {
        match self.shape {
            [_] => self.shape,
            shape => &shape[1..],
        }
    }
}

/// The map of a method.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) method: Method,
    /// The sample's shape, or without its channels.
    pub(super) shape: Vec<usize>,
    pub(super) map: Vec<f32>,
    pub(super) completeness: Option<Completeness>,
}

/// The sum of integrated gradients beside what it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Completeness {
    /// The steps that were taken.
    pub(super) steps: usize,
    /// The sum of the gradients.
    pub(super) sum: f64,
    /// The value of the sample less that of the baseline.
    pub(super) difference: f64,
}

impl Completeness {
    /// Returns the error as a part of the difference.
    pub(super) fn error(&self) -> f64 {
        let error = (self.sum - self.difference).abs();
        if error == 0.0 { 0.0 } else { error / self.difference.abs() }
    }
}

/// The error of integrated gradients from which on they take more steps.
const ERROR: f64 = 0.01;
/// The most steps that they take.
const MOST_STEPS: usize = 1024;

/// Explains an answer; `None` if the network has no feature map that the method needs.
pub(super) fn explain<P: Explained>(
    probe: &mut Probe<P>,
    subject: &Subject<'_>,
    method: Method,
    numbers: &Numbers,
) -> Option<Found> {
    let whole = |map| Found { method, shape: subject.shape.to_vec(), map, completeness: None };
    let of_places = |map| Found { shape: subject.places().to_vec(), ..whole(map) };
    Some(match method {
        Method::Saliency => whole(gradient(probe, Rule::Plain, subject)),
        Method::GuidedBackprop => whole(gradient(probe, Rule::Guided, subject)),
        Method::SmoothGrad => whole(smooth(probe, subject, numbers.noisy, noise(subject, numbers))),
        Method::IntegratedGradients => {
            let (map, completeness) = complete(probe, subject, numbers.steps);
            Found { completeness: Some(completeness), ..whole(map) }
        }
        Method::GradCam => of_places(cam(probe, subject)?),
        Method::GuidedGradCam => {
            let cam = cam(probe, subject)?;
            let mut map = gradient(probe, Rule::Guided, subject);
            for channel in map.chunks_exact_mut(cam.len()) {
                channel.iter_mut().zip(&cam).for_each(|(x, cam)| *x *= cam);
            }
            whole(map)
        }
        Method::Occlusion => {
            let [side, stride] = numbers.window;
            of_places(occlusion(probe, subject, Window { side, stride }))
        }
        Method::Permutation => return None,
    })
}

fn gradient<P: Explained>(probe: &mut Probe<P>, rule: Rule, subject: &Subject<'_>) -> Vec<f32> {
    let mut gradient = vec![];
    probe.slopes(rule, subject.input, subject.factors, |slopes| gradient.extend_from_slice(slopes));
    gradient
}

/// Returns the noise that is added to each sample.
fn noise(subject: &Subject<'_>, numbers: &Numbers) -> impl FnMut(usize, &mut [f32]) {
    let (least, most) = subject.input.iter().fold((f32::MAX, f32::MIN), |(a, b), &x| (a.min(x), b.max(x)));
    let (deviation, seed) = (numbers.noise * (most - least), numbers.seed);
    move |at, sample| {
        let mut draw = Stream::new(seed, Purpose::Explain, at as u64, 0).draw();
        for pair in sample.chunks_mut(2) {
            pair.iter_mut().zip(draw.normal()).for_each(|(x, normal)| *x += deviation * normal);
        }
    }
}

/// Returns the mean gradient of `count` samples to which noise was added.
pub(super) fn smooth<P: Explained>(
    probe: &mut Probe<P>,
    subject: &Subject<'_>,
    count: usize,
    mut noise: impl FnMut(usize, &mut [f32]),
) -> Vec<f32> {
    let make = |at: usize, sample: &mut [f32]| {
        sample.copy_from_slice(subject.input);
        noise(at, sample);
    };
    let sum = sum_of_gradients(probe, subject, count, make);
    sum.iter().map(|sum| (sum / count as f64) as f32).collect()
}

/// Returns integrated gradients with as many steps as make them nearly complete.
fn complete<P: Explained>(
    probe: &mut Probe<P>,
    subject: &Subject<'_>,
    steps: usize,
) -> (Vec<f32>, Completeness) {
    let [value] = probe.values(subject.input, subject.factors)[..] else {
        unreachable!("there is one sample")
    };
    let [start] = probe.values(subject.baseline, subject.factors)[..] else {
        unreachable!("there is one sample")
    };
    let mut steps = steps;
    loop {
        let map = integrated(probe, subject, steps);
        let sum = map.iter().sum();
        let found = Completeness { steps, sum, difference: value - start };
        if found.error() < ERROR || steps >= MOST_STEPS {
            return (map.iter().map(|&x| x as f32).collect(), found);
        }
        steps *= 2;
    }
}

/// Returns integrated gradients by the rule of midpoints.
pub(super) fn integrated<P: Explained>(
    probe: &mut Probe<P>,
    subject: &Subject<'_>,
    steps: usize,
) -> Vec<f64> {
    let way = |at: usize| ((at as f64 + 0.5) / steps as f64) as f32;
    let make = |at: usize, sample: &mut [f32]| {
        let way = way(at);
        for ((x, &from), &to) in sample.iter_mut().zip(subject.baseline).zip(subject.input) {
            *x = from + way * (to - from);
        }
    };
    let mut sum = sum_of_gradients(probe, subject, steps, make);
    for ((x, &from), &to) in sum.iter_mut().zip(subject.baseline).zip(subject.input) {
        *x *= (f64::from(to) - f64::from(from)) / steps as f64;
    }
    sum
}

/// Adds up the gradients of samples that `make` writes.
fn sum_of_gradients<P: Explained>(
    probe: &mut Probe<P>,
    subject: &Subject<'_>,
    count: usize,
    mut make: impl FnMut(usize, &mut [f32]),
) -> Vec<f64> {
    let len = subject.input.len();
    let mut sum = vec![0.0; len];
    let at_once = probe.at_once().min(count);
    let mut samples = vec![0.0; at_once * len];
    for first in (0..count).step_by(at_once) {
        let samples = &mut samples[..at_once.min(count - first) * len];
        for (at, sample) in samples.chunks_exact_mut(len).enumerate() {
            make(first + at, sample);
        }
        probe.slopes(Rule::Plain, samples, subject.factors, |slopes| {
            sum.iter_mut().zip(slopes).for_each(|(sum, &slope)| *sum += f64::from(slope));
        });
    }
    sum
}

/// Returns the feature map's channels, each times the mean of its gradient, where their sum is positive; in the sample's size.
fn cam<P: Explained>(probe: &mut Probe<P>, subject: &Subject<'_>) -> Option<Vec<f32>> {
    let map = probe.map(subject.input, subject.factors)?;
    let (places, axes) = (map.numbers.len() / map.shape[0], &map.shape[1..]);
    let mut sum = vec![0.0f64; places];
    for (channel, slopes) in map.numbers.chunks_exact(places).zip(map.slopes.chunks_exact(places)) {
        let mean = slopes.iter().map(|&slope| f64::from(slope)).sum::<f64>() / places as f64;
        sum.iter_mut().zip(channel).for_each(|(sum, &x)| *sum += mean * f64::from(x));
    }
    let sum: Vec<f32> = sum.iter().map(|&sum| sum.max(0.0) as f32).collect();
    // A network that makes a list an image has none in the sample's own axes.
    (axes.len() == subject.places().len()).then(|| resize(&sum, axes, subject.places()))
}
