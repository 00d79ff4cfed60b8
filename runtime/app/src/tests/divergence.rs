//! The place where a training diverges, as it is told.

use super::*;
use netwright::schedule::Schedule;
use netwright::state::{Carried, Part, PartMut};
use netwright::train::{Resumable, Save, TargetsRef, Trainer};

/// A network whose rate, ten to this power, is so large that its numbers do not stay finite; it is saved after each step, or never.
struct Wild<const POWER: i32, const SAVED: bool>;

impl<const POWER: i32, const SAVED: bool> App for Wild<POWER, SAVED> {
    const NAME: &'static str = "Wild";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn recipe() -> Recipe {
        Recipe {
            rate: 3.0 * 10_f64.powi(POWER),
            schedule: Schedule::default(),
            save: if SAVED { Save::Every { epochs: 1, minutes: 1e-12, keep: 3 } } else { Save::Never },
            ..testing::RECIPE
        }
    }
    type Params = testing::Params;
    netwright::app::testing::trained_by!(testing::Step);
    type Model = testing::Model;
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

/// A step whose fourth update makes a number infinite, while its loss is not.
struct Bursting {
    step: testing::Step,
    steps: u64,
}

impl Carried for Bursting {
    fn parts<'a>(&'a self, name: &str, parts: &mut Vec<(String, Part<'a>)>) {
        self.step.parts(name, parts);
        self.steps.parts(&format!("{name}.steps"), parts);
    }

    fn parts_mut<'a>(&'a mut self, name: &str, parts: &mut Vec<(String, PartMut<'a>)>) {
        self.step.parts_mut(name, parts);
        self.steps.parts_mut(&format!("{name}.steps"), parts);
    }
}

impl Resumable for Bursting {}

impl Trainer for Bursting {
    type Params = testing::Params;
    fn new(params: testing::Params, seed: u64) -> Bursting {
        Bursting { step: testing::Step::new(params, seed), steps: 0 }
    }
    fn step(&mut self, inputs: &[f32], targets: TargetsRef<'_>, rate: f32) -> f32 {
        let loss = self.step.step(inputs, targets, rate);
        self.steps += 1;
        if self.steps == 4 {
            self.step.params_mut().bias[1] = f32::INFINITY;
        }
        loss
    }
    fn params(&self) -> &testing::Params {
        self.step.params()
    }
    fn params_mut(&mut self) -> &mut testing::Params {
        self.step.params_mut()
    }
}

struct Bursts;

impl App for Bursts {
    const NAME: &'static str = "Bursts";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn recipe() -> Recipe {
        testing::RECIPE
    }
    type Params = testing::Params;
    netwright::app::testing::trained_by!(Bursting);
    type Model = testing::Model;
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

fn told<A: App>() -> String {
    let folder = folder();
    let mut out = vec![];
    let path = folder.path().display().to_string();
    let args = format!("train --data-root {path} --weights {path}/w --quiet");
    let failure = run::<A>(args.split_whitespace().map(Into::into), &mut out).unwrap_err();
    let report = format!("{}{}", String::from_utf8(out).unwrap(), failure.report());
    report.replace(&format!("{path}/"), "")
}

#[test]
fn a_training_that_diverges_says_where() {
    let outputs = [told::<Wild<3, true>>(), told::<Wild<3, false>>(), told::<Wild<38, true>>()];
    insta::assert_snapshot!(format!("{}\n{}", outputs.join("\n"), told::<Bursts>()));
}
