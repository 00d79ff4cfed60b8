//! Predictions from many threads at once, and copies of what a program holds.

use std::fmt::Debug;
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

use digits::{INPUT, Model, OUTPUT, Params, Trainer, Workspace};

fn input(i: usize) -> [f32; INPUT] {
    std::array::from_fn(|j| ((i * 31 + j * 17) % 23) as f32 / 23.0)
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
