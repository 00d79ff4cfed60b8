//! Reports on outputs that are NaN, on undefined metrics, and on many classes.

use super::*;
use netwright::data::TargetsRef;
use netwright::metrics::{Average, Metric, Metrics};
use netwright::state::{Carried, Part, PartMut};
use netwright::storage::Parameters;
use netwright::train::{EarlyStop, Loss, Predict, Resumable, Trainer, Watch};
use std::fmt::Write as _;

/// Writes a file of weights that are NaN, beside those of a training.
fn nan_weights(folder: &TempDir) {
    let train = "train --data-root DIR --weights DIR/w.safetensors --epochs 2 --quiet";
    program::<Clouds>(folder, train).unwrap();
    let file = folder.path().join("w.safetensors");
    let mut params = <Clouds as App>::init(0);
    let metadata = weights::load(&file, &mut params).unwrap();
    params.tensors_mut().into_iter().for_each(|tensor| tensor.data.fill(f32::NAN));
    weights::save(&file, &params, &metadata).unwrap();
}

#[test]
fn an_evaluation_of_nan_says_so() {
    let folder = folder();
    nan_weights(&folder);
    let eval = "eval --data-root DIR --weights DIR/w.safetensors --log DIR/eval.jsonl";
    let mut told = program::<Clouds>(&folder, eval).unwrap();
    told += &fs::read_to_string(folder.path().join("eval.jsonl")).unwrap();
    insta::assert_snapshot!(told);
}

#[test]
fn a_prediction_of_nan_fails() {
    let folder = folder();
    nan_weights(&folder);
    fs::write(folder.path().join("new.csv"), "0,2\n-200,-1\n").unwrap();
    let args = "predict --weights DIR/w.safetensors DIR/new.csv".split_whitespace();
    let path = folder.path().display().to_string();
    let mut out = Vec::new();
    let error = run::<Clouds>(args.map(|arg| arg.replace("DIR", &path).into()), &mut out).unwrap_err();
    let told = String::from_utf8(out).unwrap() + "\n" + &error.report();
    insta::assert_snapshot!(told.replace(&path, "DIR"));
}

/// A network that stops by a metric that samples of one class do not define.
struct Undefined;

impl App for Undefined {
    const NAME: &'static str = "Undefined";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn recipe() -> Recipe {
        Recipe {
            stop: Some(EarlyStop { patience: 5, on: Watch::Val(Metric::RocAuc(Average::Macro)) }),
            metrics: Metrics { channels: 3, pixels: 1, of: &[Metric::RocAuc(Average::Macro)] },
            ..testing::RECIPE
        }
    }
    type Params = testing::Params;
    type Model = testing::Model;
    netwright::app::testing::trained_by!(testing::Step);
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

#[test]
fn an_undefined_metric_is_not_watched() {
    let folder = folder();
    fs::write(folder.path().join("clouds.csv"), "1,2,0\n3,4,1\n5,7,1\n2,2,0\n".repeat(10)).unwrap();
    let train = "train --data-root DIR --weights DIR/w.safetensors --quiet";
    insta::assert_snapshot!(program::<Undefined>(&folder, train).unwrap_err());
    assert!(!folder.path().join("w.safetensors").exists());
}

/// A number of classes whose confusion matrix would take 80 GB.
const MANY: usize = 100_000;

/// A model that always answers class 0.
struct Words(testing::Params);

impl Predict for Words {
    type Params = testing::Params;
    const OUTPUT: usize = MANY;
    fn new(params: testing::Params) -> Words {
        Words(params)
    }
    fn predict(&self, _: &[f32], outputs: &mut [f32]) {
        outputs.fill(0.0);
        outputs.iter_mut().step_by(MANY).for_each(|first| *first = 1.0);
    }
}

impl Carried for Words {
    fn parts<'a>(&'a self, name: &str, parts: &mut Vec<(String, Part<'a>)>) {
        self.0.parts(name, parts);
    }

    fn parts_mut<'a>(&'a mut self, name: &str, parts: &mut Vec<(String, PartMut<'a>)>) {
        self.0.parts_mut(name, parts);
    }
}

impl Resumable for Words {}

impl Trainer for Words {
    type Params = testing::Params;
    fn new(params: testing::Params, _: u64) -> Words {
        Words(params)
    }
    fn step(&mut self, _: &[f32], _: TargetsRef<'_>, _: f32) -> f32 {
        0.0
    }
    fn params(&self) -> &testing::Params {
        &self.0
    }
    fn params_mut(&mut self) -> &mut testing::Params {
        &mut self.0
    }
}

impl App for Words {
    const NAME: &'static str = "Words";
    const INPUT: &'static [usize] = &[2];
    const OUTPUT: &'static [usize] = &[MANY];
    fn recipe() -> Recipe {
        Recipe {
            metrics: Metrics {
                channels: MANY,
                pixels: 1,
                of: &[Metric::F1(Average::Micro), Metric::Kappa, Metric::BalancedAccuracy],
            },
            loss: Loss::CrossEntropy { logits: true },
            epochs: 1,
            ..testing::RECIPE
        }
    }
    type Params = testing::Params;
    type Model = Words;
    netwright::app::testing::trained_by!(Words);
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

#[test]
fn memory_of_metrics_is_linear_in_the_classes() {
    let folder = folder();
    let mut table = String::new();
    for class in [0, 0, 7, 99_999, 0, 5, 0, 3] {
        writeln!(table, "1,2,{class}").unwrap();
    }
    fs::write(folder.path().join("clouds.csv"), table).unwrap();
    let train = "train --data-root DIR --weights DIR/w.safetensors --epochs 2 --quiet";
    let mut told = program::<Words>(&folder, train).unwrap();
    told += &program::<Words>(&folder, "eval --data-root DIR --weights DIR/w.safetensors").unwrap();
    insta::assert_snapshot!(told);
}
