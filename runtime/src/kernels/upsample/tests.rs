use super::*;
use crate::kernels::testing::{assert_close, numbers, on_each_isa};

macro_rules! shape {
    ($name:ident: $input:expr, $scale:expr) => {
        struct $name;
        impl Upsample for $name {
            const INPUT: [usize; 3] = $input;
            const SCALE: [usize; 2] = $scale;
        }
    };
}

shape!(One: [1, 1, 1], [3, 2]);
shape!(Double: [16, 4, 5], [2, 2]);
shape!(Odd: [21, 3, 2], [3, 2]);
shape!(Thin: [3, 5, 4], [1, 4]);
shape!(Wide: [64, 2, 3], [2, 1]);

/// The inputs of each output number, with their shares.
type Parts = Vec<Vec<(usize, f64)>>;
/// The inputs of a place along one axis, for the axis' size, its scale, and the place in the output.
type Along = fn(usize, usize, usize) -> Vec<(usize, f64)>;

fn parts<S: Upsample>(n: usize, along: Along) -> Parts {
    let ([c, h, w], [sh, sw]) = (S::INPUT, S::SCALE);
    let mut parts = Vec::new();
    for output in 0..n * h * sh * w * sw * c {
        let (channel, column) = (output % c, output / c % (w * sw));
        let (row, sample) = (output / c / (w * sw) % (h * sh), output / c / (w * sw) / (h * sh));
        let mut of_one = Vec::new();
        for (y, down) in along(h, sh, row) {
            for (x, across) in along(w, sw, column) {
                of_one.push((((sample * h + y) * w + x) * c + channel, down * across));
            }
        }
        parts.push(of_one);
    }
    parts
}

/// Returns the only pixel in whose place the new one lies.
fn copies(_: usize, scale: usize, at: usize) -> Vec<(usize, f64)> {
    vec![(at / scale, 1.0)]
}

/// Returns all pixels whose tent, as wide as two of them, reaches the new one's middle, with the border's
/// pixels repeated outside.
fn tents(size: usize, scale: usize, at: usize) -> Vec<(usize, f64)> {
    let middle = (at as f64 + 0.5) / scale as f64 - 0.5;
    let tent = |pixel: isize| (1.0 - (middle - pixel as f64).abs()).max(0.0);
    (-1..=size as isize).map(|pixel| (pixel.clamp(0, size as isize - 1) as usize, tent(pixel))).collect()
}

fn check<S: Upsample>() {
    type Run = fn(usize, &[f32], &mut [f32]);
    let kinds: [(Run, Run, Along); 2] =
        [(nearest::<S>, nearest_grad::<S>, copies), (bilinear::<S>, bilinear_grad::<S>, tents)];
    for (forward, backward, along) in kinds {
        on_each_isa(|| {
            for n in [0, 1, 3] {
                let (x, dy) = (numbers(1, n * Of::<S>::IN), numbers(2, n * Of::<S>::OUT));
                let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
                for (output, parts) in parts::<S>(n, along).into_iter().enumerate() {
                    for (input, share) in parts {
                        y[output] += share * f64::from(x[input]);
                        dx[input] += share * f64::from(dy[output]);
                    }
                }
                let mut found = vec![f32::NAN; y.len()];
                forward(n, &x, &mut found);
                assert_close(&found, &y, 1e-6);
                let mut found = vec![f32::NAN; dx.len()];
                backward(n, &dy, &mut found);
                assert_close(&found, &dx, 2e-6);
            }
        });
    }
}

#[test]
fn both_modes_are_their_definitions() {
    check::<One>();
    check::<Double>();
    check::<Odd>();
    check::<Thin>();
    check::<Wide>();
}
