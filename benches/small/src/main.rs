//! A network of a thousand parameters, 4-32-16-8-3, one sample at a time, beside the same written by hand over arrays of
//! constant size: the prediction, and a step of stochastic gradient descent.
//!
//! `cargo run --release -p bench-small` prints nanoseconds; both sides take turns and are compiled alike. To let the
//! compiler use all of this machine's instructions for what is written by hand, set `RUSTFLAGS=-Ctarget-cpu=native`.

#[expect(clippy::needless_range_loop, reason = "as one writes it by hand: indices name what they run over")]
mod by_hand;

use by_hand::ByHand;
use std::hint::black_box;
use std::time::Instant;

netwright::network! {
    network Small { input [4] dense(32) relu dense(16) relu dense(8) relu dense(3) softmax loss cross_entropy }
    train Small { batch 1 optimizer sgd(lr=0.01) }
}

const RATE: f32 = 0.01;
const INPUT: [f32; 4] = [0.5, -1.0, 0.25, 2.0];
const TARGET: u32 = 1;

/// The number of measurements of both sides, in turn, and the number of repeats of each.
const ROUNDS: usize = 31;
const REPEATS: u32 = 20_000;

fn main() {
    check();
    let model = small::Model::new(small::Params::init(1));
    let mut trainer = small::Trainer::new(small::Params::init(1), 1);
    let hand = ByHand::of(&small::Params::init(1));
    let mut trained = hand.clone();

    let mut times: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(nanoseconds(|| black_box(model.predict(black_box(&INPUT)))));
        times[1].push(nanoseconds(|| black_box(hand.predict(black_box(&INPUT)))));
        times[2].push(nanoseconds(|| black_box(trainer.step(&[INPUT], &[TARGET], RATE))));
        times[3].push(nanoseconds(|| black_box(trained.step(black_box(&INPUT), TARGET, RATE))));
    }
    let [predict, predict_by_hand, step, step_by_hand] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    println!("| 4-32-16-8-3, one sample | Netwright | by hand | ratio |");
    println!("| --- | --- | --- | --- |");
    for (what, ours, theirs) in
        [("prediction", predict, predict_by_hand), ("training step", step, step_by_hand)]
    {
        println!("| {what} | {ours:.0} ns | {theirs:.0} ns | {:.2} |", ours / theirs);
    }
}

/// Checks that both sides compute the same, without which their times mean nothing.
fn check() {
    let mut trainer = small::Trainer::new(small::Params::init(1), 1);
    let mut hand = ByHand::of(trainer.params());
    for _ in 0..100 {
        let (ours, theirs) = (trainer.step(&[INPUT], &[TARGET], RATE), hand.step(&INPUT, TARGET, RATE));
        assert!((ours - theirs).abs() < 1e-5, "the losses differ: {ours} and {theirs}");
    }
    let ours = small::Model::new(trainer.params().clone()).predict(&INPUT);
    for (ours, theirs) in ours.into_iter().zip(hand.predict(&INPUT)) {
        assert!((ours - theirs).abs() < 1e-5, "the predictions differ: {ours} and {theirs}");
    }
}

fn nanoseconds<T>(mut work: impl FnMut() -> T) -> f64 {
    for _ in 0..REPEATS / 10 {
        work();
    }
    let start = Instant::now();
    for _ in 0..REPEATS {
        work();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(REPEATS)
}
