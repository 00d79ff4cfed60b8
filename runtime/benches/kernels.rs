//! Throughput of the kernels of convolutions and dense layers on this machine, in GFLOP/s.
//!
//! `cargo bench --bench kernels [words...]` prints the rows whose name contains every word. The serial kernels run in one
//! thread, those for whole batches in rayon's. Products with padding count as if they were computed.

use netwright::__private::activation::{Activation, Identity, Relu};
use netwright::__private::conv::{self, Conv};
use netwright::__private::dense;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The median time of a call, of as many as fit into a quarter of a second.
fn time(mut call: impl FnMut()) -> Duration {
    call();
    let begin = Instant::now();
    let mut times = Vec::new();
    while times.len() < 5 || begin.elapsed() < Duration::from_millis(250) {
        let start = Instant::now();
        call();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

struct Bench {
    words: Vec<String>,
}

impl Bench {
    fn row(&self, name: &str, kernel: &str, operations: usize, call: impl FnMut()) {
        let row = format!("{name:<32} {kernel:<14}");
        if self.words.iter().all(|word| row.contains(word)) {
            let time = time(call);
            let rate = operations as f64 / time.as_secs_f64() / 1e9;
            println!("{row} {:>10.1} us {rate:>8.1} GFLOP/s", time.as_secs_f64() * 1e6);
        }
    }

    fn conv<S: Conv>(&self, name: &str, n: usize) {
        let elements = |shape: [usize; 3]| n * shape.iter().product::<usize>();
        let weights = S::OUTPUT[0] * S::INPUT[0] / S::GROUPS * S::KERNEL[0] * S::KERNEL[1];
        let operations = 2 * weights * n * S::OUTPUT[1] * S::OUTPUT[2];
        let (x, dy, w) = (numbers(elements(S::INPUT)), numbers(elements(S::OUTPUT)), numbers(weights));
        let (mut y, mut dx) = (dy.clone(), x.clone());
        let mut packed = vec![0.0; conv::packed_len::<S>()];
        let mut transposed = vec![0.0; conv::packed_transposed_len::<S>()];
        conv::pack::<S>(&w, &mut packed);
        conv::pack_transposed::<S>(&w, &mut transposed);
        let bias = numbers(S::OUTPUT[0]);
        let mut grad = packed.clone();
        self.row(name, "forward", operations, || {
            conv::forward::<S, _>(n, Relu, black_box(&x), &packed, Some(&bias), &mut y);
        });
        self.row(name, "input_grad", operations, || {
            conv::input_grad::<S>(n, black_box(&dy), &transposed, &mut dx);
        });
        self.row(name, "weight_grad", operations, || {
            conv::weight_grad::<S>(n, black_box(&x), &dy, &mut grad);
        });
    }

    fn dense<const I: usize, const O: usize>(&self, name: &str, n: usize, batch: bool) {
        let operations = 2 * n * I * O;
        let (x, dy, w, bias) = (numbers(n * I), numbers(n * O), numbers(I * O), numbers(O));
        let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), w.clone());
        if batch {
            self.row(name, "forward_batch", operations, || {
                dense::forward_batch::<I, O, _>(n, Relu, black_box(&x), &w, Some(&bias), &mut y);
            });
            self.row(name, "input_batch", operations, || {
                dense::input_grad_batch::<I, O, _>(n, black_box(&dy), &w, Relu.at(&x), &mut dx);
            });
            self.row(name, "weight_batch", operations, || {
                dense::weight_grad_batch::<I, O>(n, black_box(&x), &dy, &mut dw);
            });
        } else {
            self.row(name, "forward", operations, || {
                dense::forward::<I, O, _>(n, Relu, black_box(&x), &w, Some(&bias), &mut y);
            });
            self.row(name, "input_grad", operations, || {
                dense::input_grad::<I, O, _>(n, black_box(&dy), &w, Identity.at(&[]), &mut dx);
            });
            self.row(name, "weight_grad", operations, || {
                dense::weight_grad::<I, O>(n, black_box(&x), &dy, &mut dw);
            });
        }
    }
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7 % 31) as f32 / 31.0 - 0.5).collect()
}

macro_rules! conv {
    ($bench:expr, $name:literal, $n:expr, $in:expr => $out:expr, $kernel:expr $(, stride $stride:expr)? $(, pad $pad:expr)? $(, groups $groups:expr)?) => {{
        struct S;
        impl Conv for S {
            const INPUT: [usize; 3] = $in;
            const OUTPUT: [usize; 3] = $out;
            const KERNEL: [usize; 2] = [$kernel, $kernel];
            $(const STRIDE: [usize; 2] = [$stride, $stride];)?
            $(const PAD: [usize; 2] = [$pad, $pad];)?
            $(const GROUPS: usize = $groups;)?
        }
        $bench.conv::<S>($name, $n);
    }};
}

fn main() {
    // Cargo passes `--bench`.
    let bench = Bench { words: std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect() };
    conv!(bench, "lenet 1x28x28 5x5 6", 8, [1, 28, 28] => [6, 28, 28], 5, pad 2);
    conv!(bench, "lenet 6x14x14 5x5 16", 8, [6, 14, 14] => [16, 10, 10], 5);
    conv!(bench, "mnist_cnn 1x28x28 3x3 32", 4, [1, 28, 28] => [32, 26, 26], 3);
    conv!(bench, "mnist_cnn 32x26x26 3x3 64", 2, [32, 26, 26] => [64, 24, 24], 3);
    conv!(bench, "resnet 3x32x32 3x3 16", 4, [3, 32, 32] => [16, 32, 32], 3, pad 1);
    conv!(bench, "resnet 16x32x32 3x3 16", 4, [16, 32, 32] => [16, 32, 32], 3, pad 1);
    conv!(bench, "resnet 16x32x32 3x3/2 32", 4, [16, 32, 32] => [32, 16, 16], 3, stride 2, pad 1);
    conv!(bench, "resnet 16x32x32 1x1/2 32", 4, [16, 32, 32] => [32, 16, 16], 1, stride 2);
    conv!(bench, "resnet 32x16x16 3x3 32", 4, [32, 16, 16] => [32, 16, 16], 3, pad 1);
    conv!(bench, "resnet 32x16x16 3x3/2 64", 4, [32, 16, 16] => [64, 8, 8], 3, stride 2, pad 1);
    conv!(bench, "resnet 64x8x8 3x3 64", 4, [64, 8, 8] => [64, 8, 8], 3, pad 1);
    conv!(bench, "unet 1x128x128 3x3 16", 1, [1, 128, 128] => [16, 128, 128], 3, pad 1);
    conv!(bench, "unet 16x128x128 3x3 16", 1, [16, 128, 128] => [16, 128, 128], 3, pad 1);
    conv!(bench, "unet 32x64x64 3x3 32", 1, [32, 64, 64] => [32, 64, 64], 3, pad 1);
    conv!(bench, "unet 64x32x32 3x3 64", 1, [64, 32, 32] => [64, 32, 32], 3, pad 1);
    conv!(bench, "unet 128x16x16 3x3 128", 1, [128, 16, 16] => [128, 16, 16], 3, pad 1);
    conv!(bench, "unet 16x128x128 1x1 2", 1, [16, 128, 128] => [2, 128, 128], 1);
    conv!(bench, "pointwise 64x16x16 64", 4, [64, 16, 16] => [64, 16, 16], 1);
    conv!(bench, "depthwise 64x32x32 3x3", 1, [64, 32, 32] => [64, 32, 32], 3, pad 1, groups 64);
    bench.dense::<400, 120>("dense 400x120 n=8", 8, false);
    bench.dense::<120, 84>("dense 120x84 n=8", 8, false);
    bench.dense::<84, 10>("dense 84x10 n=8", 8, false);
    bench.dense::<400, 120>("dense 400x120 n=4", 4, false);
    bench.dense::<784, 512>("dense 784x512 n=128", 128, false);
    bench.dense::<784, 512>("dense 784x512 n=128", 128, true);
    bench.dense::<784, 512>("dense 784x512 n=1", 1, true);
    bench.dense::<1024, 1024>("dense 1024x1024 n=128", 128, false);
    bench.dense::<1024, 1024>("dense 1024x1024 n=128", 128, true);
}
