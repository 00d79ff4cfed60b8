//! Layers that are frozen for some epochs: each phase is the training that it would be alone, whether what they make of
//! the samples is computed once or in every step.

use netwright::data::{Batches, Dataset, Targets};
use netwright::storage::Parameters;
use netwright::train;
use netwright_compiler::{Options, training_plan};
use netwright_tests::programs;

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

/// Returns all numbers, to the bit.
fn bits(params: &impl Parameters) -> Vec<(String, Vec<u32>)> {
    let tensors = params.tensors();
    tensors.iter().map(|t| (t.name.to_string(), t.data.iter().map(|x| x.to_bits()).collect())).collect()
}

/// Copies parameters to those of the same network in another module.
fn copied<P: Parameters>(from: &impl Parameters, mut to: P) -> P {
    for (to, from) in to.tensors_mut().into_iter().zip(from.tensors()) {
        to.data.copy_from_slice(from.data);
    }
    to
}

/// Returns the training of two epochs in which the stem is frozen.
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
        while let Some(batch) = batches.next().unwrap() {
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

// Networks whose frozen fronts end in different places.
netwright::network! {
    // In the middle of what the lanes do, compiled in one piece. Lanes have one, two or three samples.
    network Piece { input [4] stem: dense(16) relu dense(3) softmax loss cross_entropy }
    train Piece {
        data      csv("what the test makes")
        epochs    3
        batch     20
        optimizer adam(lr=0.01)
        weights   balanced
        freeze    stem
    }

    // The same of single samples, whose gradients are written to their place.
    network Single { input [4] stem: dense(16) relu dense(3) softmax loss cross_entropy }
    train Single {
        data      csv("what the test makes")
        epochs    3
        batch     1
        optimizer momentum(lr=0.01)
        freeze    stem
    }

    // Where calls for the whole batch find it.
    network Wide { input [300] stem: dense(300) relu dense(240) relu dense(3) softmax loss cross_entropy }
    train Wide {
        data       csv("what the test makes")
        epochs     3
        batch      8
        optimizer  sgd(lr=0.01)
        accumulate 2
        freeze     stem
    }

    // An image that two phases of the lanes read; in the second phase of the training the front is longer.
    network Images {
        input [2, 6, 6]
        stem: { conv(8, 3x3, pad=1, bias=false) batch_norm relu max_pool(2x2) }
        middle: conv(8, 3x3, pad=1) relu
        conv(8, 3x3, bias=false) batch_norm relu flatten
        dense(3) softmax
        loss cross_entropy
    }
    train Images {
        data      csv("what the test makes")
        epochs    4
        batch     20
        optimizer adam(lr=0.01)
        ema       0.9
        freeze    stem
        freeze    middle after(2)
    }
}

/// Returns samples of this shape, whose last batch is not full.
fn samples(shape: &[usize]) -> Dataset {
    let len: usize = shape.iter().product();
    let number = |i: usize| (i * i * 37 % 101) as f32 / 50.0 - 1.0;
    let classes = (0..30).map(|i| (i * 7 % 5 % 3) as u32).collect();
    Dataset::new(shape, (0..30 * len).map(number).collect(), Targets::Classes(classes)).expect("it fits")
}

/// The notes of a training.
#[derive(Default)]
struct Notes(Vec<String>);

impl train::Log for Notes {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}
    fn step(&mut self, _: f64) {}
    fn end(&mut self, _: &train::Epoch) {}
    fn note(&mut self, text: &str) {
        self.0.push(text.into());
    }
}

/// Epochs of whole steps, in which the front is computed again and again.
fn whole_steps<T: train::Trainer>(
    trainer: &mut T,
    recipe: &train::Recipe,
    data: &Dataset,
    epochs: std::ops::RangeInclusive<usize>,
) {
    let mut batches = Batches::new(data, recipe.batch).weighed(recipe.weights);
    let steps = batches.count();
    for epoch in epochs {
        batches.shuffle(recipe.seed, epoch);
        let (mut step, mut rate) = ((epoch - 1) * steps, 0.0);
        while let Some(batch) = batches.next().unwrap() {
            rate = recipe.rate(step as u64, steps);
            trainer.step_weighed(batch.inputs, batch.targets, batch.weights, rate);
            step += 1;
        }
        trainer.finish(rate);
    }
}

/// Checks that the training loop, with any number of threads, has the results of whole steps, and checks its
/// notes.
macro_rules! assert_same_bits {
    ($net:ident, $shape:expr, $said:expr, $whole_steps:expr) => {{
        let data = samples(&$shape);
        let expected = bits(&$whole_steps($net::Params::init(1), &data));
        for threads in [1, 3] {
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
            let mut notes = Notes::default();
            let nothing = Dataset::new(&$shape, vec![], Targets::Classes(vec![])).expect("it fits");
            let found = pool.install(|| {
                $net::train(&$net::RECIPE, $net::Params::init(1), &data, &nothing, &mut notes)
                    .expect("it converges")
            });
            assert!(bits(&found.params) == expected, "{threads} threads");
            let said = $said.map(|said| format!("features of the frozen front, {said}"));
            assert_eq!(notes.0, said);
        }
    }};
}

/// Three epochs of the only phase.
macro_rules! one_phase {
    ($net:ident) => {
        |params, data: &Dataset| {
            let mut trainer = $net::Trainer::new(params, 0);
            whole_steps(&mut trainer, &$net::RECIPE, data, 1..=3);
            trainer.params().clone()
        }
    };
}

/// Two epochs of each phase.
macro_rules! two_phases {
    ($net:ident, $seed:expr) => {
        |params, data: &Dataset| {
            let mut trainer = $net::Trainer::new(params, $seed);
            whole_steps(&mut trainer, &$net::RECIPE, data, 1..=2);
            let mut trainer = $net::after_2::Trainer::new(trainer.params().clone(), $seed);
            whole_steps(&mut trainer, &$net::RECIPE, data, 3..=4);
            train::Trainer::result(&trainer).clone()
        }
    };
}

#[test]
fn features_that_are_computed_once_change_no_bit() {
    let said = ["16 numbers for each of 30 samples, are computed once: 1.9 KB"];
    assert_same_bits!(piece, [4], said, one_phase!(piece));
    assert_same_bits!(single, [4], said, one_phase!(single));
    let said = ["300 numbers for each of 30 samples, are computed once: 35.2 KB"];
    assert_same_bits!(wide, [300], said, one_phase!(wide));
    let said = ["72 numbers for each of 30 samples, are computed once: 8.4 KB"; 2];
    assert_same_bits!(images, [2, 6, 6], said, two_phases!(images, 0));
    // With dropout after the front, which begins anew in each phase.
    let said = ["8 numbers for each of 30 samples, are computed once: 0.9 KB"];
    assert_same_bits!(phased, [6], said, two_phases!(phased, 3));
}

/// Returns the features of the frozen front of a network with these settings, if it has one.
fn front(layers: &str, settings: &str) -> Option<String> {
    let text = format!(
        "network Net {{ input [1, 8, 8] {layers} loss cross_entropy }} train Net {{ data idx(\"data\") {settings} }}"
    );
    let options = Options { training_loop: true, ..Options::default() };
    let plan = training_plan(&programs::model(&text), &options).expect("it has a recipe");
    plan.front.map(|front| plan.tape.value(front.features).name.clone())
}

#[test]
fn a_front_ends_before_what_changes() {
    let plain = "stem: { conv(4, 3x3) relu flatten } dense(10) softmax";
    let stem = "freeze stem";
    assert_eq!(front(plain, stem).as_deref(), Some("stem_flatten1"));
    // Nothing is frozen, or nothing that has weights.
    assert_eq!(front(plain, ""), None);
    assert_eq!(front("max_pool(2x2) flatten stem: dense(8) head: dense(10) softmax", "freeze head"), None);
    // Samples that are others in every epoch, and memory that must not be taken.
    assert_eq!(front(plain, "freeze stem augment flip(horizontal)"), None);
    assert_eq!(front(plain, "freeze stem memory 64MB"), None);
    // Random numbers, and statistics of the batch.
    assert_eq!(
        front("stem: { conv(4, 3x3) dropout(10%) } flatten dense(10) softmax", stem).as_deref(),
        Some("stem_conv1")
    );
    assert_eq!(front("dropout(10%) stem: conv(4, 3x3) flatten dense(10) softmax", stem), None);
    assert_eq!(
        front("stem: conv(4, 3x3) batch_norm flatten dense(10) softmax", stem).as_deref(),
        Some("stem")
    );
    // Features that are much more than the input, and two values.
    assert_eq!(front("stem: conv(40, 3x3, pad=1) flatten dense(10) softmax", stem), None);
    let skip = "stem: conv(4, 3x3, pad=1) relu as near stem2: conv(4, 3x3, pad=1)
        conv(4, 3x3, pad=1) add(near) flatten dense(10) softmax";
    assert_eq!(front(skip, "freeze \"stem*\""), None);
    // A frozen layer after one that learns.
    assert_eq!(front("conv(4, 3x3) tail: conv(4, 3x3) flatten dense(10) softmax", "freeze tail"), None);
}
