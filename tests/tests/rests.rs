//! Trainings so small that they can be computed by hand, on samples that do not fill the last batch.

use netwright::data::{Dataset, Targets};
use netwright::storage::Parameters;
use netwright::train::{Error, Recipe};

netwright::network! {
    network Slope { input [1] dense(1, bias=false, init=zeros) loss mse }
    train Slope { data csv("made here") epochs 1 batch 4 optimizer sgd(lr=0.1) }

    network Gathered { input [1] dense(1, bias=false, init=zeros) loss mse }
    train Gathered { data csv("made here") epochs 1 batch 4 accumulate 2 optimizer sgd(lr=0.1) }

    network Normed { input [2] dense(4, bias=false) batch_norm tanh dense(1) loss mse }
    train Normed { data csv("made here") epochs 3 batch 4 optimizer sgd(lr=0.1) }

    network Pairs { input [2] dense(4, bias=false) batch_norm tanh dense(1) loss mse }
    train Pairs { data csv("made here") epochs 3 batch 2 optimizer sgd(lr=0.1) }
}

fn data(shape: &[usize], rows: usize, target: impl Fn(usize) -> f32) -> Dataset {
    let inputs = vec![1.0; rows * shape[0]];
    Dataset::new(shape, inputs, Targets::Values((0..rows).map(target).collect())).expect("it fits")
}

/// Returns the only weight after an epoch of rows 1 → 1.
fn slope(rows: usize) -> f32 {
    let nothing = data(&[1], 0, |_| 0.0);
    let trained =
        slope::train(&slope::RECIPE, slope::Params::init(0), &data(&[1], rows, |_| 1.0), &nothing, &mut ());
    trained.expect("it converges").params.tensors()[0].data[0]
}

#[test]
fn a_rest_has_its_own_gradient() {
    for (rows, weight) in [(4, 0.2), (5, 0.36), (6, 0.36), (7, 0.36), (8, 0.36), (9, 0.488)] {
        assert!((slope(rows) - weight).abs() < 1e-6, "{rows} rows give {}, not {weight}", slope(rows));
    }
}

#[test]
fn accumulated_gradients_are_the_mean_over_samples() {
    // Four rows 1 → 0 and one 1 → 5: whichever batch has the odd one, the gradient of all five is -2.
    let rows = data(&[1], 5, |row| if row == 4 { 5.0 } else { 0.0 });
    for seed in 1..=6 {
        let recipe = Recipe { seed, ..gathered::RECIPE };
        let trained =
            gathered::train(&recipe, gathered::Params::init(0), &rows, &data(&[1], 0, |_| 0.0), &mut ());
        let weight = trained.expect("it converges").params.tensors()[0].data[0];
        assert!((weight - 0.2).abs() < 1e-6, "seed {seed} gives {weight}");
    }
}

#[test]
fn a_batch_norm_is_never_given_a_single_sample() {
    let nothing = data(&[2], 0, |_| 0.0);
    let normed = |rows: usize| {
        normed::train(
            &normed::RECIPE,
            normed::Params::init(1),
            &data(&[2], rows, |row| row as f32),
            &nothing,
            &mut (),
        )
    };
    for rows in 2..12 {
        assert!(normed(rows).is_ok(), "{rows} rows");
    }
    let pairs = |rows: usize| {
        pairs::train(
            &pairs::RECIPE,
            pairs::Params::init(1),
            &data(&[2], rows, |row| row as f32),
            &nothing,
            &mut (),
        )
    };
    assert!(pairs(6).is_ok());
    let told = |error: Error| format!("{error}\nhelp: {}", error.help().unwrap_or_default());
    let told =
        [normed(1).map(|_| ()), pairs(5).map(|_| ())].map(|result| told(result.expect_err("one is alone")));
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
#[should_panic(expected = "2 to 4 samples with a target each")]
fn a_program_cannot_give_a_batch_norm_a_single_sample() {
    normed::Trainer::new(normed::Params::init(1), 0).step(&[[1.0, 2.0]], &[[1.0]], 0.1);
}
