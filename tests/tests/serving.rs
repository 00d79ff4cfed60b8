//! Predictions from many threads at once, samples in all their forms, and copies of what a program holds.

use ndarray::Array4;
use netwright::input::{ArrayError, sample_of, samples_of};
use netwright::storage::Parameters;
use std::fmt::Debug;
use std::sync::Arc;
use std::thread;

netwright::network! {
    network Digits {
        input [1, 8, 8]
        conv(6, 3x3, pad=1, bias=false) batch_norm relu max_pool(2x2)
        dropout(20%)
        flatten dense(32) relu dense(10) softmax
        loss cross_entropy
    }
    train Digits { batch 8 optimizer adam(lr=0.01) seed 3 }
}

use digits::{INPUT, Input, Model, OUTPUT, Params, RECIPE, Samples, Trainer, Workspace};

fn input(i: usize) -> [f32; INPUT] {
    std::array::from_fn(|j| ((i * 31 + j * 17) % 23) as f32 / 23.0)
}

/// The same numbers as nested arrays.
fn nested(i: usize) -> Input {
    let input = input(i);
    [std::array::from_fn(|y| std::array::from_fn(|x| input[8 * y + x]))]
}

fn bits(params: &Params) -> Vec<u32> {
    params.tensors().iter().flat_map(|tensor| tensor.data).map(|number| number.to_bits()).collect()
}

#[test]
fn nested_arrays_are_the_same_samples() {
    let model = Model::new(Params::init(5));
    let (flat, arrays): (Vec<_>, Vec<_>) = (0..16).map(|i| (input(i), nested(i))).unzip();
    let targets: Vec<u32> = (0..16).map(|i| i % 10).collect();
    let mut workspace = Workspace::new();
    for (flat, array) in flat.iter().zip(&arrays) {
        let output = model.predict(flat);
        assert_eq!(output, model.predict(array));
        assert_eq!(output, model.predict_in(&mut workspace, &Box::new(*array)));
        assert_eq!(output, model.predict(&Arc::new(*flat)));
    }
    let mut outputs = [[[0.0; OUTPUT]; 16]; 2];
    model.predict_batch(&flat, &mut outputs[0]);
    model.predict_batch(&arrays, &mut outputs[1]);
    assert_eq!(outputs[0], outputs[1]);

    let mut trainers = [0; 2].map(|_| Trainer::new(Params::init(1), 7));
    let losses = [
        trainers[0].step(&flat[..8], &targets[..8], 0.01),
        trainers[1].step(&arrays[..8], &targets[..8], 0.01),
    ];
    assert_eq!(losses[0].to_bits(), losses[1].to_bits());
    assert_eq!(bits(trainers[0].params()), bits(trainers[1].params()));

    let train = |samples| digits::train_with(&RECIPE, Params::init(1), samples, &mut ()).expect("it learns");
    let by_nested = digits::train(&arrays, &targets).expect("it learns");
    let samples = Samples { input: &flat, targets: &targets };
    let by_new = train(Samples::of(&arrays, &targets));
    assert_eq!(bits(&by_new.params), bits(&train(samples).params));
    assert_ne!(bits(&by_nested.params), bits(&by_new.params), "other parameters at first");
}

#[test]
fn arrays_of_ndarray_are_samples_of_their_shape() {
    let model = Model::new(Params::init(5));
    let numbers: Vec<f32> = (0..4).flat_map(input).collect();
    let arrays = Array4::from_shape_vec((4, 1, 8, 8), numbers).expect("4 images");
    let samples: &[Input] = samples_of(arrays.view()).expect("the shape fits");
    let mut outputs = [[0.0; OUTPUT]; 4];
    model.predict_batch(samples, &mut outputs);
    for (i, image) in arrays.outer_iter().enumerate() {
        let sample: &Input = sample_of(image).expect("the shape fits");
        assert_eq!(model.predict(sample), outputs[i]);
        assert_eq!(model.predict(&input(i)), outputs[i]);
    }
    let turned = arrays.view().permuted_axes([0, 1, 3, 2]);
    assert_eq!(samples_of::<Input>(turned), Err(ArrayError::Order));
    let error = samples_of::<[f32; INPUT]>(arrays.view()).expect_err("another shape");
    assert_eq!(error.to_string(), "expected an array of shape [64], found [4, 1, 8, 8]");
}

#[test]
fn many_threads_predict_with_one_model() {
    let model = Model::new(Params::init(5));
    let inputs: Vec<[f32; INPUT]> = (0..100).map(input).collect();
    let alone: Vec<[f32; OUTPUT]> = inputs.iter().map(|input| model.predict(input)).collect();
    thread::scope(|scope| {
        for first in 0..8 {
            let (model, inputs, alone) = (&model, &inputs, &alone);
            scope.spawn(move || {
                let mut workspace = Workspace::new();
                let mut outputs = vec![[0.0; OUTPUT]; inputs.len()];
                for i in (0..inputs.len()).map(|i| (i + 13 * first) % inputs.len()) {
                    assert_eq!(model.predict(&inputs[i]), alone[i]);
                    assert_eq!(model.predict_in(&mut workspace, &inputs[i]), alone[i]);
                }
                model.predict_batch(inputs, &mut outputs);
                assert_eq!(&outputs, alone);
                outputs.fill([0.0; OUTPUT]);
                model.predict_batch_in(&mut workspace, inputs, &mut outputs);
                assert_eq!(&outputs, alone);
            });
        }
    });
}

#[test]
fn a_copy_of_a_trainer_goes_on_as_the_first() {
    let inputs: Vec<[f32; INPUT]> = (0..8).map(input).collect();
    let targets = [3, 1, 4, 1, 5, 9, 2, 6];
    let mut trainer = Trainer::new(Params::init(1), 7);
    for _ in 0..3 {
        trainer.step(&inputs, &targets, 0.01);
    }
    let mut copy = trainer.clone();
    for _ in 0..3 {
        let losses = [&mut trainer, &mut copy].map(|trainer| trainer.step(&inputs, &targets, 0.01));
        assert_eq!(losses[0].to_bits(), losses[1].to_bits());
    }
    assert_eq!(trainer.params().conv1.weight, copy.params().conv1.weight);
    assert_eq!(format!("{copy:?}"), "Trainer { steps: 6, .. }");
}

#[test]
fn what_a_program_holds_can_be_copied_shown_and_sent() {
    fn holds<T: Clone + Debug + Send + Sync>() {}
    holds::<Model>();
    holds::<Params>();
    holds::<Trainer>();
    holds::<Workspace>();
}
