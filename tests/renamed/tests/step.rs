//! Networks of a crate that has renamed the runtime learn.

use netwright_renamed::{macros, script};
use std::fmt::Debug;

/// Checks the traits of values that programs keep, copy, print and move between threads.
const fn is_value<T: Clone + Debug + Send + Sync>() {}

macro_rules! are_values {
    ($($module:path),*) => {
        $(const _: () = {
            use $module::{Gradients, Model, Params, Trainer};
            is_value::<Params>();
            is_value::<Gradients>();
            is_value::<Model>();
            is_value::<Trainer>();
        };)*
    };
}

are_values!(macros::parity, macros::iris, macros::costly, script::parity);

const _: () = is_value::<macros::costly::after_2::Trainer>();

const INPUTS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const TARGETS: [[f32; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];

#[test]
fn steps_lower_the_loss_and_are_the_same_in_both_ways_of_use() {
    let mut by_macro = macros::parity::Trainer::new(macros::parity::Params::init(1), 1);
    let mut by_script = script::parity::Trainer::new(script::parity::Params::init(1), 1);
    let losses: Vec<f32> = (0..20).map(|_| by_macro.step(&INPUTS, &TARGETS, 0.05)).collect();
    assert!(losses[19] < losses[0], "{losses:?}");
    assert_eq!(losses, (0..20).map(|_| by_script.step(&INPUTS, &TARGETS, 0.05)).collect::<Vec<f32>>());
}

#[test]
fn a_recipe_with_data_has_steps() {
    let mut trainer = macros::iris::Trainer::new(macros::iris::Params::init(1), 1);
    let before = trainer.step(&[[5.1, 3.5, 1.4, 0.2]], &[0], 0.1);
    assert!(trainer.step(&[[5.1, 3.5, 1.4, 0.2]], &[0], 0.1) < before);
}

#[test]
fn a_copy_of_a_trainer_goes_on_as_it_would_have() {
    let mut trainer = macros::parity::Trainer::new(macros::parity::Params::init(1), 1);
    trainer.step(&INPUTS, &TARGETS, 0.05);
    let mut copy = trainer.clone();
    let losses = [trainer.step(&INPUTS, &TARGETS, 0.05), trainer.step(&INPUTS, &TARGETS, 0.05)];
    assert_eq!(losses, [copy.step(&INPUTS, &TARGETS, 0.05), copy.step(&INPUTS, &TARGETS, 0.05)]);
    assert!(format!("{copy:?}").starts_with("Trainer {"));
}

#[test]
fn copies_of_a_model_predict_on_other_threads() {
    let model = macros::parity::Model::new(macros::parity::Params::init(1));
    let copy = model.clone();
    let there = std::thread::spawn(move || copy.predict(&INPUTS[1])).join().expect("it predicts");
    assert_eq!(there, model.predict(&INPUTS[1]));
}
