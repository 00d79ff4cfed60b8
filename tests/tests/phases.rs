//! Layers that are frozen for some epochs: each phase is the training that it would be alone.

use netwright::data::{Batches, Dataset, Targets};
use netwright::storage::Parameters;
use netwright::train;

netwright::network! {
    block layers {
        stem: { dense(8, bias=false) batch_norm relu }
        dropout(20%)
        dense(3) softmax
    }

    network Phased { input [6] layers loss cross_entropy }
    train Phased {
        data      csv("what the test makes")
        epochs    4
        batch     8
        optimizer momentum(lr=0.1)
        schedule  step(every=1, factor=0.5)
        seed      3
        freeze    "*stem"
        unfreeze  "*stem" after(2)
    }

    network Frozen { input [6] layers loss cross_entropy }
    train Frozen {
        data      csv("what the test makes")
        epochs    4
        batch     8
        optimizer momentum(lr=0.1)
        schedule  step(every=1, factor=0.5)
        seed      3
        freeze    "*stem"
    }

    network Free { input [6] layers loss cross_entropy }
    train Free {
        data      csv("what the test makes")
        epochs    4
        batch     8
        optimizer momentum(lr=0.1)
        schedule  step(every=1, factor=0.5)
        seed      3
    }
}

fn data() -> Dataset {
    let number = |i: usize| (i * i * 37 % 101) as f32 / 50.0 - 1.0;
    let classes = (0..30).map(|i| (i * 7 % 3) as u32).collect();
    Dataset::new(&[6], (0..30 * 6).map(number).collect(), Targets::Classes(classes)).expect("it fits")
}

fn nothing() -> Dataset {
    Dataset::new(&[6], vec![], Targets::Classes(vec![])).expect("it fits")
}

/// All numbers, to the bit.
fn bits(params: &impl Parameters) -> Vec<(String, Vec<u32>)> {
    let tensors = params.tensors();
    tensors.iter().map(|t| (t.name.to_string(), t.data.iter().map(|x| x.to_bits()).collect())).collect()
}

/// Parameters of the same network in another module.
fn copied<P: Parameters>(from: &impl Parameters, mut to: P) -> P {
    for (to, from) in to.tensors_mut().into_iter().zip(from.tensors()) {
        to.data.copy_from_slice(from.data);
    }
    to
}

/// The training of two epochs in which the stem is frozen.
fn two_epochs() -> phased::Params {
    let recipe = train::Recipe { epochs: 2, ..phased::RECIPE };
    let trained = phased::train(&recipe, phased::Params::init(1), &data(), &nothing(), &mut ());
    trained.expect("it converges").params
}

#[test]
fn the_first_phase_leaves_what_is_frozen_as_it_is() {
    let phased = bits(&two_epochs());
    let recipe = train::Recipe { epochs: 2, ..frozen::RECIPE };
    let frozen = frozen::train(&recipe, frozen::Params::init(1), &data(), &nothing(), &mut ());
    assert_eq!(phased, bits(&frozen.expect("it converges").params));
    let before = bits(&phased::Params::init(1));
    for (before, after) in before.iter().zip(&phased) {
        assert_eq!(before == after, after.0.contains("stem"), "{}", after.0);
    }
}

#[test]
fn the_second_phase_goes_on_with_everything() {
    let data = data();
    let whole = phased::train(&phased::RECIPE, phased::Params::init(1), &data, &nothing(), &mut ());
    let mut trainer = free::Trainer::new(copied(&two_epochs(), free::Params::init(0)), 3);
    let mut batches = Batches::new(&data, free::BATCH);
    let steps = batches.count();
    let mut step = 2 * steps as u64;
    for epoch in [3, 4] {
        batches.shuffle(3, epoch);
        while let Some(batch) = batches.next() {
            let rate = free::RECIPE.rate(step, steps);
            train::Trainer::step(&mut trainer, batch.inputs, batch.targets, rate);
            step += 1;
        }
    }
    assert_eq!(bits(&whole.expect("it converges").params), bits(trainer.params()));
}

#[test]
fn a_program_takes_the_steps_of_each_phase_itself() {
    let inputs = [[0.5; 6], [-0.25; 6]];
    let mut trainer = phased::Trainer::new(phased::Params::init(1), 7);
    trainer.step(&inputs, &[0, 2], 0.1);
    let mut alone = free::Trainer::new(copied(trainer.params(), free::Params::init(0)), 7);
    let mut trainer = phased::after_2::Trainer::new(trainer.params().clone(), 7);
    for _ in 0..3 {
        assert_eq!(trainer.step(&inputs, &[0, 2], 0.1), alone.step(&inputs, &[0, 2], 0.1));
    }
    assert_eq!(bits(trainer.params()), bits(alone.params()));
}
