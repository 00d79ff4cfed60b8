//! Times LeNet's training step and single-image inference, and prints the medians as JSON, in milliseconds.

use std::hint::black_box;
use std::time::{Duration, Instant};

netwright::network! {
    network LeNet {
        input [1, 28, 28]
        conv(6, 5x5, pad=2) relu max_pool(2x2)
        conv(16, 5x5) relu max_pool(2x2)
        flatten
        dense(120) relu dense(84) relu dense(10) softmax
        loss cross_entropy
    }

    train LeNet { batch 64 optimizer sgd(lr=0.01, momentum=0.9) }
}

use lenet::{BATCH, INPUT, Model, Params, Trainer};

fn main() {
    let seconds: f64 = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(1.0);
    let images: Vec<[f32; INPUT]> =
        (0..BATCH).map(|i| std::array::from_fn(|j| ((i * 31 + j * 17) % 97) as f32 / 48.0 - 1.0)).collect();
    let labels: Vec<u32> = (0..BATCH).map(|i| (i * 7 % 10) as u32).collect();
    let mut trainer = Trainer::new(Params::init(1), 1);
    let train = median_ms(seconds, || {
        black_box(trainer.step(&images, &labels, 0.01));
    });
    let mut model = Model::new(trainer.params().clone());
    let predict = median_ms(seconds, || {
        black_box(model.predict(black_box(&images[0])));
    });
    println!("{{\"train\": {train}, \"predict\": {predict}}}");
}

fn median_ms(seconds: f64, mut step: impl FnMut()) -> f64 {
    (0..10).for_each(|_| step());
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut times = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        step();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
