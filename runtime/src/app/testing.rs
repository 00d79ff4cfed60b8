//! Softmax regression by hand: the smallest network that a recipe can train.

/// The training loop of an app with this step.
#[doc(hidden)]
#[macro_export]
macro_rules! __trained_by {
    ($trainer:ty) => {
        fn train(
            recipe: &$crate::train::Recipe,
            params: Self::Params,
            training: &$crate::data::Dataset,
            held_out: &$crate::data::Dataset,
            log: &mut dyn $crate::train::Log,
        ) -> Result<$crate::train::Trained<Self::Params>, $crate::train::Error> {
            $crate::train::train::<$trainer, Self::Model>(recipe, params, training, held_out, log)
        }
    };
}
pub use crate::__trained_by as trained_by;

use super::App;
use crate::augment::Augmentation;
use crate::data::{SampleWeights, TargetsRef};
use crate::metrics::{Average, Metric, Metrics};
use crate::schedule::{Course, Schedule};
use crate::state::{Carried, Part, PartMut};
use crate::storage::{Parameters, TensorMut, TensorRef};
use crate::train::{
    EarlyStop, HeldOut, Loss, Predict, Recipe, Resumable, Save, Scaling, Source, Table, Trainer, Watch,
};

pub const INPUTS: usize = 2;
pub const CLASSES: usize = 3;

#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Params {
    pub fn zeros() -> Params {
        Params { weight: vec![0.0; CLASSES * INPUTS], bias: vec![0.0; CLASSES] }
    }

    fn probabilities(&self, x: &[f32]) -> [f32; CLASSES] {
        let mut p = std::array::from_fn(|class| {
            let weights = &self.weight[class * INPUTS..][..INPUTS];
            (self.bias[class] + weights.iter().zip(x).map(|(w, x)| w * x).sum::<f32>()).exp()
        });
        let total: f32 = p.iter().sum();
        p.iter_mut().for_each(|p| *p /= total);
        p
    }
}

impl Parameters for Params {
    fn tensors(&self) -> Vec<TensorRef<'_>> {
        vec![
            TensorRef { name: "dense1.weight", shape: &[CLASSES, INPUTS], data: &self.weight },
            TensorRef { name: "dense1.bias", shape: &[CLASSES], data: &self.bias },
        ]
    }
    fn tensors_mut(&mut self) -> Vec<TensorMut<'_>> {
        vec![
            TensorMut { name: "dense1.weight", shape: &[CLASSES, INPUTS], data: &mut self.weight },
            TensorMut { name: "dense1.bias", shape: &[CLASSES], data: &mut self.bias },
        ]
    }
}

pub struct Step(Params);

impl Carried for Step {
    fn parts<'a>(&'a self, name: &str, parts: &mut Vec<(String, Part<'a>)>) {
        self.0.parts(&format!("{name}.params"), parts);
    }

    fn parts_mut<'a>(&'a mut self, name: &str, parts: &mut Vec<(String, PartMut<'a>)>) {
        self.0.parts_mut(&format!("{name}.params"), parts);
    }
}

impl Resumable for Step {}

impl Trainer for Step {
    type Params = Params;
    fn new(params: Params, _: u64) -> Step {
        Step(params)
    }
    fn step(&mut self, inputs: &[f32], targets: TargetsRef<'_>, rate: f32) -> f32 {
        let classes = targets.classes();
        let step = rate / classes.len() as f32;
        let mut loss = 0.0;
        let before = self.0.clone();
        for (x, &class) in inputs.chunks_exact(INPUTS).zip(classes) {
            let p = before.probabilities(x);
            loss -= p[class as usize].ln() / classes.len() as f32;
            for (k, p) in p.iter().enumerate() {
                let slope = p - if k == class as usize { 1.0 } else { 0.0 };
                self.0.bias[k] -= step * slope;
                for (weight, x) in self.0.weight[k * INPUTS..][..INPUTS].iter_mut().zip(x) {
                    *weight -= step * slope * x;
                }
            }
        }
        loss
    }
    fn params(&self) -> &Params {
        &self.0
    }
    fn params_mut(&mut self) -> &mut Params {
        &mut self.0
    }
}

pub struct Model(Params);

impl Predict for Model {
    type Params = Params;
    const OUTPUT: usize = CLASSES;
    fn new(params: Params) -> Model {
        Model(params)
    }
    fn predict(&self, inputs: &[f32], outputs: &mut [f32]) {
        for (x, y) in inputs.chunks_exact(INPUTS).zip(outputs.chunks_exact_mut(CLASSES)) {
            y.copy_from_slice(&self.0.probabilities(x));
        }
    }
}

pub const RECIPE: Recipe = Recipe {
    data: Some(Source::Csv(Table { path: "clouds.csv", ..Table::USUAL })),
    test: None,
    scaling: Scaling::Standardize,
    augment: Augmentation::NONE,
    held_out: HeldOut::Share { share: 0.25, stratified: true },
    epochs: 20,
    batch: 16,
    rate: 0.5,
    schedule: Schedule { warmup: 1.0, course: Course::Cosine { last: 0.0 } },
    stop: None,
    metrics: Metrics::NONE,
    weights: SampleWeights::Equal,
    seed: 3,
    from: None,
    save: Save::USUAL,
    loss: Loss::CrossEntropy { logits: false },
};

/// A network that tells three clouds apart.
pub struct Clouds;

impl App for Clouds {
    const NAME: &'static str = "Clouds";
    const INPUT: &'static [usize] = &[INPUTS];
    const OUTPUT: &'static [usize] = &[CLASSES];
    fn recipe() -> Recipe {
        RECIPE
    }
    type Params = Params;
    type Model = Model;
    trained_by!(Step);
    fn init(_: u64) -> Params {
        Params::zeros()
    }
}

/// The same network, but it stops early and has a test set.
pub struct Careful;

impl App for Careful {
    const NAME: &'static str = "Careful";
    const INPUT: &'static [usize] = &[INPUTS];
    const OUTPUT: &'static [usize] = &[CLASSES];
    fn recipe() -> Recipe {
        Recipe {
            test: Some(Source::Csv(Table { path: "more.csv", ..Table::USUAL })),
            stop: Some(EarlyStop { patience: 1, on: Watch::ValAccuracy }),
            ..RECIPE
        }
    }
    type Params = Params;
    type Model = Model;
    trained_by!(Step);
    fn init(_: u64) -> Params {
        Params::zeros()
    }
}

/// The same network, with metrics.
pub struct Measuring;

const F1: Metric = Metric::F1(Average::Macro);

impl App for Measuring {
    const NAME: &'static str = "Measuring";
    const INPUT: &'static [usize] = &[INPUTS];
    const OUTPUT: &'static [usize] = &[CLASSES];
    fn recipe() -> Recipe {
        Recipe {
            stop: Some(EarlyStop { patience: 3, on: Watch::Val(F1) }),
            metrics: Metrics {
                channels: CLASSES,
                pixels: 1,
                of: &[
                    Metric::Accuracy,
                    Metric::TopK(2),
                    F1,
                    Metric::RocAuc(Average::Micro),
                    Metric::Precision(Average::None),
                    Metric::Confusion,
                ],
            },
            ..RECIPE
        }
    }
    type Params = Params;
    type Model = Model;
    trained_by!(Step);
    fn init(_: u64) -> Params {
        Params::zeros()
    }
}

/// Points of three clouds, in a fixed pattern, with their classes as a table's lines.
pub fn clouds(count: usize) -> String {
    (0..count).fold(String::from("x,y,class\n"), |table, i| {
        let class = i % CLASSES;
        let (angle, radius) = (2.399_963 * i as f64, 0.9 * (i as f64 / count as f64).sqrt());
        let (x, y) = [(0.0, 2.0), (-2.0, -1.0), (2.0, -1.0)][class];
        format!("{table}{:.3},{:.3},{class}\n", 100.0 * (x + radius * angle.cos()), y + radius * angle.sin())
    })
}
