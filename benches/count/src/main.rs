//! Repeats a training step or a prediction of a network, for `run` beside this crate to count what the program does.
//!
//! `bench-count CASE train|one REPEATS` prints the fewest allocations of a repeat and the bytes held after the last.

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

netwright::network! {
    network Small { input [4] dense(32) relu dense(16) relu dense(8) relu dense(3) softmax loss cross_entropy }
    train Small { batch 1 optimizer sgd(lr=0.01) }
}

netwright::network! {
    import "../compare/netwright/nets/mlp.net"
    train Mlp { batch 16 optimizer adam }
}

netwright::network! {
    import "../compare/netwright/nets/lenet.net"
    train LeNet { batch 8 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "../compare/netwright/nets/mnist_cnn.net"
    train MnistCnn { batch 2 optimizer adam }
}

netwright::network! {
    import "../compare/netwright/nets/resnet20.net"
    train ResNet20 { batch 2 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "../compare/netwright/nets/unet.net"
    train UNet { batch 1 optimizer adam }
}

/// Repeats the mode of a network in a module, with the formula of its targets.
macro_rules! repeat {
    ($net:ident, $target:expr, $mode:expr, $repeats:expr) => {{
        use $net::{BATCH, INPUT, Model, Params, Trainer, Workspace};
        let input = |i: usize| std::array::from_fn(|j| ((i * 7 + j * 13) % 31) as f32 / 31.0);
        let inputs: Vec<[f32; INPUT]> = (0..BATCH).map(input).collect();
        match $mode {
            "train" => {
                let targets: Vec<_> = (0..BATCH).map($target).collect();
                let mut trainer = Trainer::new(Params::init(1), 1);
                counted($repeats, || {
                    black_box(trainer.step(&inputs, &targets, 1e-3));
                });
            }
            _ => {
                let (model, mut workspace) = (Model::new(Params::init(1)), Workspace::new());
                counted($repeats, || {
                    black_box(model.predict_in(&mut workspace, &inputs[0]));
                });
            }
        }
    }};
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [case, mode @ ("train" | "one"), repeats] = words.as_slice() else { return usage() };
    let Ok(repeats) = repeats.parse() else { return usage() };
    let class = |i: usize| (i % 3) as u32;
    match *case {
        "small" => repeat!(small, class, *mode, repeats),
        "mlp" => repeat!(mlp, class, *mode, repeats),
        "lenet" => repeat!(lenet, class, *mode, repeats),
        "mnist_cnn" => repeat!(mnistcnn, class, *mode, repeats),
        "resnet20" => repeat!(resnet20, class, *mode, repeats),
        "unet" => repeat!(unet, |_| [1.0; unet::OUTPUT], *mode, repeats),
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: bench-count small|mlp|lenet|mnist_cnn|resnet20|unet train|one REPEATS");
    ExitCode::FAILURE
}

/// Prints the fewest allocations that a repeat makes, and what the program then holds.
///
/// Threads that start allocate in whichever repeat they wake up in, so that a single repeat may count theirs.
fn counted(repeats: usize, mut work: impl FnMut()) {
    let mut allocations = usize::MAX;
    for _ in 0..repeats {
        let before = ALLOCATOR.stats();
        work();
        let after = ALLOCATOR.stats();
        let made = after.allocations + after.reallocations - before.allocations - before.reallocations;
        allocations = allocations.min(made);
    }
    let held = ALLOCATOR.stats();
    println!("{allocations} {}", held.bytes_allocated - held.bytes_deallocated);
}
