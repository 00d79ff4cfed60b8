//! Networks of a crate that has renamed the runtime learn.

use netwright_renamed::{macros, script};

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
