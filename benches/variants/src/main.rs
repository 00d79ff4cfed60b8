//! Measures each algorithm that a 3x3 convolution can take, forward and for its inputs' gradient, on many shapes, and
//! compares what the compiler's cost model chooses with the fastest.
//!
//! `cargo run --release -p bench-variants` prints a row for each shape and direction in which the choice costs more than
//! 2 %, and a summary; it ends with code 1 if a choice costs more than 10 %. Nothing else should run meanwhile.

use netwright::__private::{Algorithm, Conv, ConvKernels, Identity};
use netwright_compiler::{NoFiles, Options, generate, parse_program, pretty};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

/// A convolution of images of `S`x`S` with so much padding.
struct Square<const C: usize, const CO: usize, const S: usize, const PAD: usize, const WINOGRAD: bool>;

impl<const C: usize, const CO: usize, const S: usize, const PAD: usize, const WINOGRAD: bool> Conv
    for Square<C, CO, S, PAD, WINOGRAD>
{
    const INPUT: [usize; 3] = [C, S, S];
    const OUTPUT: [usize; 3] = [CO, S + 2 * PAD - 2, S + 2 * PAD - 2];
    const KERNEL: [usize; 2] = [3, 3];
    const PAD: [usize; 2] = [PAD, PAD];
    const FORWARD: Algorithm = if WINOGRAD { Algorithm::Winograd } else { Algorithm::Direct };
    const BACKWARD: Algorithm = Self::FORWARD;
}

/// The most that a choice may cost beyond the fastest.
const ALLOWED: f64 = 1.10;
/// Rounds in which the algorithms take turns, and seconds for one in each.
const ROUNDS: usize = 7;
const SECONDS: f64 = 0.008;
/// The approximate number of products of the samples that go through a layer together.
const PRODUCTS: usize = 8_000_000;

/// Seconds of a call.
fn seconds(work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0;
    while calls == 0 || start.elapsed().as_secs_f64() < SECONDS {
        work();
        calls += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(calls)
}

/// Medians of both, which take turns.
fn compare(direct: &mut dyn FnMut(), winograd: &mut dyn FnMut()) -> [f64; 2] {
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        times[0].push(seconds(direct));
        times[1].push(seconds(winograd));
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    })
}

/// Times of a shape: forward and backward, product by product and with fewer.
fn measure<D: Conv, W: Conv>() -> [[f64; 2]; 2] {
    let len = |shape: [usize; 3]| shape.iter().product::<usize>();
    let (inputs, outputs) = (len(D::INPUT), len(D::OUTPUT));
    let n = (PRODUCTS / (outputs * 9 * D::INPUT[0])).clamp(1, 64);
    let filled = |len: usize| (0..len).map(|i| (i * 7 % 31) as f32 / 31.0 - 0.5).collect::<Vec<f32>>();
    let (x, weight, dy) = (filled(n * inputs), filled(D::INPUT[0] * D::OUTPUT[0] * 9), filled(n * outputs));
    let (mut y, mut dx) = (vec![0.0; n * outputs], vec![0.0; n * inputs]);
    let (direct, winograd) = (packed::<D>(&weight), packed::<W>(&weight));
    let (mut y2, mut dx2) = (y.clone(), dx.clone());
    let forward =
        compare(&mut || D::forward(n, Identity, black_box(&x), &direct.0, None, &mut y), &mut || {
            W::forward(n, Identity, black_box(&x), &winograd.0, None, &mut y2);
        });
    let backward = compare(&mut || D::input_grad(n, black_box(&dy), &direct.1, &mut dx), &mut || {
        W::input_grad(n, black_box(&dy), &winograd.1, &mut dx2);
    });
    [forward, backward]
}

fn packed<S: Conv>(weight: &[f32]) -> (Vec<f32>, Vec<f32>) {
    use netwright::__private::conv::{packed_len, packed_transposed_len};
    let (mut forward, mut backward) = (vec![0.0; packed_len::<S>()], vec![0.0; packed_transposed_len::<S>()]);
    S::pack(weight, &mut forward);
    S::pack_transposed(weight, &mut backward);
    (forward, backward)
}

/// Returns whether the compiler's code uses Winograd's algorithm, forward and backward.
fn chosen(shape: [usize; 4]) -> [bool; 2] {
    let [channels, made, size, pad] = shape;
    let text = format!(
        "network Net {{ input [{channels}, {size}, {size}] conv({made}, 3x3, pad={pad}) loss mse }}
         train Net {{ batch 8 optimizer sgd }}"
    );
    let (program, _) = parse_program("net.net", &text, &NoFiles);
    let code = pretty(generate(&program.models[0], &Options::default())).expect("generated code is Rust");
    ["FORWARD", "BACKWARD"]
        .map(|way| code.contains(&format!("const {way}: super::Algorithm = super::Algorithm::Winograd")))
}

macro_rules! shapes {
    ($($c:literal -> $co:literal, pad $pad:literal: $($size:literal)*;)*) => {
        [$($(([$c, $co, $size, $pad], measure::<Square<$c, $co, $size, $pad, false>, Square<$c, $co, $size, $pad, true>> as Measure),)*)*]
    };
}
type Measure = fn() -> [[f64; 2]; 2];

fn main() -> ExitCode {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("no pool has begun");
    let shapes = shapes! {
        16 -> 16, pad 1: 4 5 7 8 14 16 28 32 56;
        16 -> 32, pad 1: 7 14 28;
        32 -> 16, pad 1: 7 14 28;
        32 -> 32, pad 1: 3 4 7 8 15 16 28;
        32 -> 64, pad 0: 4 6 13 26;
        48 -> 48, pad 1: 6 12 24;
        64 -> 32, pad 1: 7 14 28;
        64 -> 64, pad 1: 2 3 4 7 8 14 28 56;
        64 -> 64, pad 0: 3 5 9 26;
        64 -> 128, pad 1: 7 14;
        96 -> 96, pad 1: 7 13;
        128 -> 64, pad 1: 8 16;
        128 -> 128, pad 1: 2 4 7 14 28;
        144 -> 144, pad 1: 9;
        128 -> 256, pad 1: 7 14;
        256 -> 256, pad 1: 2 4 7 14;
        512 -> 512, pad 1: 2 4 7;
    };
    println!(
        "| channels, size, padding | direction | direct, µs | Winograd, µs | chosen | costs |\n| --- | --- | --- | --- | --- | --- |"
    );
    let (mut worst, mut measured, mut best) = (1.0f64, 0, 0);
    for (shape @ [channels, made, size, pad], measure) in shapes {
        let (times, choices) = (measure(), chosen(shape));
        for ((way, times), choice) in ["forward", "input gradient"].into_iter().zip(times).zip(choices) {
            let cost = times[usize::from(choice)] / times[0].min(times[1]);
            (worst, measured) = (worst.max(cost), measured + 1);
            best += usize::from(cost <= 1.02);
            if cost > 1.02 {
                let [direct, winograd] = times.map(|seconds| seconds * 1e6);
                let choice = if choice { "Winograd" } else { "direct" };
                println!(
                    "| {channels} → {made}, {size}x{size}, {pad} | {way} | {direct:.0} | {winograd:.0} | {choice} | {cost:.2} |"
                );
            }
        }
    }
    println!(
        "\nOf {measured} choices on {} shapes {best} are the fastest within 2 %; the worst costs {:.0} % more.",
        shapes.len(),
        (worst - 1.0) * 100.0
    );
    if worst > ALLOWED { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
