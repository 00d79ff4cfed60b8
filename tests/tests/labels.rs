//! Panics of a training step about targets and weights that it cannot use: once, on the caller's line, before
//! it changes anything.

use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook};
use std::sync::Mutex;

netwright::network! {
    network Digits { input [2] dense(700) relu dense(10) softmax loss cross_entropy }
    train Digits { batch 64 optimizer sgd(lr=0.1) }

    network Pixels {
        input [1, 2, 3] conv(4, 1x1) loss cross_entropy(logits=true, ignore_index=255, label_smoothing=0.1)
    }
    train Pixels { batch 8 optimizer sgd(lr=0.1) }

    network Both {
        input [2] dense(5) relu as x
        dense(3) as kind from x dense(2) as price
        output kind output price
        loss cross_entropy(on=kind, logits=true) loss mse(on=price)
    }
    train Both { batch 4 optimizer sgd(lr=0.1) }

    network Weighed { input [2] dense(3) loss cross_entropy(logits=true) }
    train Weighed { data csv("none.csv") epochs 1 batch 4 weights balanced optimizer sgd(lr=0.1) }
}

static TOLD: Mutex<Vec<(String, u32)>> = Mutex::new(Vec::new());

/// Returns every panic message of `work`, with its line in this file.
fn told(work: impl FnOnce()) -> Vec<(String, u32)> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    set_hook(Box::new(|info| {
        let line = info.location().filter(|place| place.file() == file!());
        let message = info.payload().downcast_ref::<String>().cloned().unwrap_or_default();
        TOLD.lock().expect("nobody panics").push((message, line.map_or(0, Location::line)));
    }));
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err(), "no panic");
    drop(std::panic::take_hook());
    std::mem::take(&mut TOLD.lock().expect("nobody panics"))
}

#[test]
fn a_wrong_label_is_named_once_on_the_callers_line() {
    let mut trainer = digits::Trainer::new(digits::Params::init(1), 2);
    let (inputs, mut targets) = ([[0.5; 2]; 64], [1; 64]);
    targets[3] = 12;
    targets[60] = 10;
    let before = trainer.params().clone();
    let line = line!() + 2;
    let told = told(|| {
        trainer.step(&inputs, &targets, 0.1);
    });
    assert_eq!(told, [("`targets`: sample 3 has label 12, expected 0 to 9".into(), line)]);
    assert_eq!(trainer.params().dense1.weight[..], before.dense1.weight[..]);
    assert!(trainer.step(&inputs, &[9; 64], 0.1).is_finite());
}

#[test]
fn a_wrong_label_of_a_pixel_is_named_with_its_place() {
    let mut trainer = pixels::Trainer::new(pixels::Params::init(1), 2);
    let mut targets = [[0, 1, 2, 3, 255, 255]; 8];
    assert!(trainer.step(&[[0.5; 6]; 8], &targets, 0.1).is_finite());
    targets[5][4] = 4;
    let line = line!() + 2;
    let told = told(|| {
        trainer.step(&[[0.5; 6]; 8], &targets, 0.1);
    });
    assert_eq!(
        told,
        [("`targets`: sample 5 has label 4 at place 4, expected 0 to 3, or 255 for no class".into(), line)]
    );
}

#[test]
fn of_several_targets_the_argument_is_named() {
    let mut trainer = both::Trainer::new(both::Params::init(1), 2);
    let line = line!() + 2;
    let of_step = told(|| {
        trainer.step(&[[0.5; 2]; 2], &[0, 7], &[[0.0; 2]; 2], 0.1);
    });
    assert_eq!(of_step, [("`kind_targets`: sample 1 has label 7, expected 0 to 2".into(), line)]);
    let model = both::Model::new(both::Params::init(1));
    let line = line!() + 2;
    let of_evaluation = told(|| {
        model.evaluate(&[[0.5; 2]; 2], &[3, 0], &[[0.0; 2]; 2]);
    });
    assert_eq!(of_evaluation, [("`kind_targets`: sample 0 has label 3, expected 0 to 2".into(), line)]);
}

#[test]
fn weights_that_no_sample_can_have_are_named() {
    let mut trainer = weighed::Trainer::new(weighed::Params::init(1), 2);
    assert!(trainer.step(&[[0.5; 2]; 2], &[0, 1], &[0.0, 2.0], 0.1).is_finite());
    let line = line!() + 2;
    let told = told(|| {
        trainer.step(&[[0.5; 2]; 2], &[0, 1], &[1.0, f32::NAN], 0.1);
    });
    assert_eq!(
        told,
        [("`weights`: sample 1 has weight NaN, expected a finite number of at least 0".into(), line)]
    );
}
