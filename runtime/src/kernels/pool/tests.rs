use super::*;
use crate::kernels::testing::{assert_close, numbers, on_each_isa};

macro_rules! shape {
    ($name:ident: $c:literal x $in:expr => $out:expr, window $window:expr, stride $stride:expr, pad $pad:expr, count_pad $count:literal) => {
        struct $name;
        impl Pool for $name {
            const INPUT: [usize; 3] = [$c, $in[0], $in[1]];
            const OUTPUT: [usize; 3] = [$c, $out[0], $out[1]];
            const WINDOW: [usize; 2] = $window;
            const STRIDE: [usize; 2] = $stride;
            const PAD: [usize; 2] = $pad;
            const COUNT_PAD: bool = $count;
        }
    };
}

shape!(Halves: 6 x [8, 8] => [4, 4], window [2, 2], stride [2, 2], pad [0, 0], count_pad true);
shape!(Remainder: 31 x [9, 7] => [4, 3], window [2, 2], stride [2, 2], pad [0, 0], count_pad true);
shape!(Gaps: 3 x [9, 8] => [3, 3], window [2, 1], stride [3, 3], pad [0, 0], count_pad true);
shape!(Overlap: 64 x [7, 9] => [3, 4], window [3, 3], stride [2, 2], pad [0, 0], count_pad true);
shape!(Padded: 17 x [5, 6] => [5, 6], window [3, 3], stride [1, 1], pad [1, 1], count_pad true);
shape!(Uncounted: 1 x [5, 6] => [5, 6], window [3, 3], stride [1, 1], pad [1, 1], count_pad false);
shape!(Ceil: 2 x [5, 4] => [3, 3], window [3, 2], stride [2, 2], pad [1, 1], count_pad true);
shape!(CeilUncounted: 2 x [5, 4] => [3, 3], window [3, 2], stride [2, 2], pad [1, 1], count_pad false);
shape!(CeilUnpadded: 20 x [5, 5] => [3, 3], window [2, 2], stride [2, 2], pad [0, 0], count_pad true);
shape!(Wide: 4 x [15, 17] => [1, 1], window [15, 17], stride [1, 1], pad [0, 0], count_pad true);

/// Returns for each output the inputs in its window, as (position in the window, index into x), and PyTorch's
/// divisor.
fn windows_of<P: Pool>(n: usize) -> Vec<(Vec<(usize, usize)>, f64)> {
    let ([c, h, w], [_, oh, ow]) = (P::INPUT, P::OUTPUT);
    let mut windows = Vec::new();
    for output in 0..n * oh * ow * c {
        let (channel, pixel) = (output % c, output / c);
        let (sample, top, left) =
            (pixel / (oh * ow), pixel / ow % oh * P::STRIDE[0], pixel % ow * P::STRIDE[1]);
        let (mut inputs, mut extent) = (Vec::new(), 0);
        for ky in 0..P::WINDOW[0] {
            for kx in 0..P::WINDOW[1] {
                // In the coordinates of the padded input.
                let (y, x) = (top + ky, left + kx);
                if y < h + 2 * P::PAD[0] && x < w + 2 * P::PAD[1] {
                    extent += 1;
                }
                if (P::PAD[0]..P::PAD[0] + h).contains(&y) && (P::PAD[1]..P::PAD[1] + w).contains(&x) {
                    let pixel = (sample * h + y - P::PAD[0]) * w + x - P::PAD[1];
                    inputs.push((ky * P::WINDOW[1] + kx, pixel * c + channel));
                }
            }
        }
        let divisor = if P::COUNT_PAD { extent } else { inputs.len() };
        windows.push((inputs, divisor as f64));
    }
    windows
}

fn check<P: Pool>() {
    on_each_isa(|| {
        for n in [0, 1, 3] {
            let x: Vec<f32> = numbers(1, n * Of::<P>::IN).iter().map(|x| (x * 8.0).round() / 8.0).collect();
            let dy = numbers(2, n * Of::<P>::OUT);
            let windows = windows_of::<P>(n);

            let mut max = vec![f32::NAN; dy.len()];
            let mut avg = max.clone();
            avg_pool_forward::<P>(n, &x, &mut avg);
            max_pool_forward::<P>(n, &x, &mut max, None);
            let mut with_argmax = vec![f32::NAN; dy.len()];
            let mut argmax = vec![u8::MAX; dy.len()];
            let (mut dx_max, mut dx_avg) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
            avg_pool_backward::<P>(n, &dy, &mut dx_avg);
            let (mut want_dx_max, mut want_dx_avg) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            let mut want_avg = Vec::new();
            max_pool_forward::<P>(n, &x, &mut with_argmax, Some(&mut argmax));
            assert_eq!(max, with_argmax);
            max_pool_backward::<P>(n, &dy, &argmax, &mut dx_max);

            for (o, (inputs, divisor)) in windows.iter().enumerate() {
                let mut best = inputs[0];
                for &input in inputs {
                    if x[input.1] > x[best.1] {
                        best = input;
                    }
                    want_dx_avg[input.1] += f64::from(dy[o]) / divisor;
                }
                assert_eq!((max[o], usize::from(argmax[o])), (x[best.1], best.0), "output {o}");
                want_dx_max[best.1] += f64::from(dy[o]);
                want_avg.push(inputs.iter().map(|i| f64::from(x[i.1])).sum::<f64>() / divisor);
            }
            assert_close(&avg, &want_avg, 1e-6);
            assert_close(&dx_avg, &want_dx_avg, 1e-6);
            assert_close(&dx_max, &want_dx_max, 1e-6);
        }
    });
}

#[test]
fn agrees_with_the_definition() {
    check::<Halves>();
    check::<Remainder>();
    check::<Gaps>();
    check::<Overlap>();
    check::<Padded>();
    check::<Uncounted>();
    check::<Ceil>();
    check::<CeilUncounted>();
    check::<CeilUnpadded>();
    check::<Wide>();
}

/// Computes `x[c][y][x] = ((37 i) mod 19 - 9) / 4` with `i` counting in PyTorch's order, laid channels last.
fn example() -> Vec<f32> {
    (0..40).map(|i| (((i % 2 * 20 + i / 2) * 37 % 19) as f32 - 9.0) / 4.0).collect()
}

/// Returns the places of the maxima as PyTorch does: indices into each channel's plane.
fn planes(argmax: &[u8]) -> Vec<i32> {
    argmax
        .iter()
        .enumerate()
        .map(|(o, &k)| {
            let (oy, ox, k) = (o as i32 / 6, o as i32 / 2 % 3, i32::from(k));
            (oy * 2 - 1 + k / 2) * 4 + ox * 2 - 1 + k % 2
        })
        .collect()
}

#[test]
fn agrees_with_pytorch() {
    let (mut y, mut argmax) = ([0.0; 18], [0; 18]);
    max_pool_forward::<Ceil>(1, &example(), &mut y, Some(&mut argmax));
    let want = [
        1.5, 2.25, 2.25, 2.0, 1.75, 1.5, 1.5, 1.25, 1.25, 1.0, 0.75, 0.5, -0.5, -0.75, -0.75, -1.0, -1.25,
        2.25,
    ];
    assert_eq!(y, want);
    assert_eq!(planes(&argmax), [4, 0, 1, 1, 3, 3, 4, 4, 5, 5, 7, 7, 12, 12, 13, 13, 15, 19]);

    avg_pool_forward::<Ceil>(1, &example(), &mut y);
    let want = [
        -0.125, 0.5833333, 1.0833334, 0.9166667, 0.4166667, 0.3333333, 0.25, 0.125, 0.125, -0.125, -0.125,
        -0.25, -0.3333333, -0.4166667, -0.9166667, -1.0833334, -0.5833333, 0.125,
    ];
    assert_close(&y, &want, 1e-7);
    avg_pool_forward::<CeilUncounted>(1, &example(), &mut y);
    let want = [
        -0.375, 1.75, 1.625, 1.375, 1.25, 1.0, 0.5, 0.25, 0.125, -0.125, -0.25, -0.5, -1.0, -1.25, -1.375,
        -1.625, -1.75, 0.375,
    ];
    assert_close(&y, &want, 1e-7);
}

#[test]
fn nan_and_infinity_go_as_in_pytorch() {
    on_each_isa(|| {
        let mut x = example();
        x[5 * 2] = f32::NAN;
        x[9 * 2] = f32::NAN;
        x.chunks_mut(2).for_each(|pixel| pixel[1] = f32::NEG_INFINITY);
        let (mut y, mut argmax) = ([0.0; 18], [0; 18]);
        max_pool_forward::<Ceil>(1, &x, &mut y, Some(&mut argmax));
        assert_eq!(planes(&argmax), [4, 0, 5, 1, 3, 3, 4, 4, 9, 5, 7, 7, 12, 12, 13, 13, 15, 15]);
        assert!(y[2].is_nan() && y[8].is_nan());
        assert!(y.iter().skip(1).step_by(2).all(|&y| y == f32::NEG_INFINITY));
        assert_eq!(y.iter().filter(|y| y.is_nan()).count(), 2);
    });
}

fn check_global<const C: usize, const HW: usize>() {
    on_each_isa(|| {
        for n in [0, 1, 3] {
            let (x, dy) = (numbers(3, n * C * HW), numbers(4, n * C));
            let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
            global_avg_pool_forward::<C, HW>(n, &x, &mut y);
            global_avg_pool_backward::<C, HW>(n, &dy, &mut dx);
            let mean = |o: usize| {
                let plane = (0..HW).map(|i| f64::from(x[(o / C * HW + i) * C + o % C]));
                plane.sum::<f64>() / HW as f64
            };
            assert_close(&y, &(0..n * C).map(mean).collect::<Vec<_>>(), 1e-6);
            let gradient = |i: usize| f64::from(dy[i / (C * HW) * C + i % C]) / HW as f64;
            assert_close(&dx, &(0..x.len()).map(gradient).collect::<Vec<_>>(), 1e-6);
        }
    });
}

#[test]
fn global_average() {
    check_global::<1, 1>();
    check_global::<3, 7>();
    check_global::<64, 64>();
    check_global::<37, 49>();
}

fn check_global_max<const C: usize, const HW: usize>() {
    on_each_isa(|| {
        for n in [0, 1, 3] {
            // Few values, so that many are equal.
            let x: Vec<f32> = numbers(3, n * C * HW).iter().map(|x| (x * 4.0).round()).collect();
            let dy = numbers(4, n * C);
            let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
            global_max_pool_forward::<C, HW>(n, &x, &mut y);
            global_max_pool_backward::<C, HW>(n, &x, &dy, &mut dx);
            let mut want = vec![0.0; x.len()];
            for o in 0..n * C {
                let plane: Vec<usize> = (0..HW).map(|i| (o / C * HW + i) * C + o % C).collect();
                let most = plane.iter().map(|&i| x[i]).fold(f32::NEG_INFINITY, f32::max);
                assert_eq!(y[o], most);
                want[*plane.iter().find(|i| x[**i] == most).expect("a maximum")] = dy[o];
            }
            assert_eq!(dx, want);
        }
    });
}

#[test]
fn global_maximum() {
    check_global_max::<1, 1>();
    check_global_max::<3, 7>();
    check_global_max::<64, 300>();
    check_global_max::<37, 49>();
    let (mut y, mut dx) = ([0.0], [0.0; 3]);
    global_max_pool_forward::<1, 3>(1, &[1.0, f32::NAN, 2.0], &mut y);
    global_max_pool_backward::<1, 3>(1, &[1.0, f32::NAN, 2.0], &[5.0], &mut dx);
    assert!(y[0].is_nan());
    assert_eq!(dx, [0.0, 5.0, 0.0]);
}

fn check_adaptive<const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize>() {
    on_each_isa(|| {
        for n in [0, 1, 3] {
            let (x, dy) = (numbers(3, n * C * H * W), numbers(4, n * C * OH * OW));
            let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
            adaptive_avg_pool_forward::<C, H, W, OH, OW>(n, &x, &mut y);
            adaptive_avg_pool_backward::<C, H, W, OH, OW>(n, &dy, &mut dx);
            let (mut want_y, mut want_dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
            // An input belongs to an output where their shares of the plane overlap.
            let overlap = |i: usize, size: usize, o: usize, of: usize| {
                o * size < (i + 1) * of && i * of < (o + 1) * size
            };
            let window = |o: usize| -> Vec<usize> {
                let (c, ox, oy, sample) = (o % C, o / C % OW, o / C / OW % OH, o / C / OW / OH);
                (0..H * W)
                    .filter(|pixel| overlap(pixel / W, H, oy, OH) && overlap(pixel % W, W, ox, OW))
                    .map(|pixel| (sample * H * W + pixel) * C + c)
                    .collect()
            };
            for o in 0..dy.len() {
                let inputs = window(o);
                for &i in &inputs {
                    want_y[o] += f64::from(x[i]) / inputs.len() as f64;
                    want_dx[i] += f64::from(dy[o]) / inputs.len() as f64;
                }
            }
            assert_close(&y, &want_y, 1e-6);
            assert_close(&dx, &want_dx, 1e-6);
            // Few values, so that many are equal.
            let x: Vec<f32> = x.iter().map(|x| (x * 4.0).round()).collect();
            adaptive_max_pool_forward::<C, H, W, OH, OW>(n, &x, &mut y);
            adaptive_max_pool_backward::<C, H, W, OH, OW>(n, &x, &dy, &mut dx);
            want_dx.fill(0.0);
            for o in 0..dy.len() {
                let inputs = window(o);
                let most = inputs.iter().map(|&i| x[i]).fold(f32::NEG_INFINITY, f32::max);
                assert_eq!(y[o], most);
                want_dx[*inputs.iter().find(|i| x[**i] == most).expect("a maximum")] += f64::from(dy[o]);
            }
            assert_close(&dx, &want_dx, 1e-6);
        }
    });
}

#[test]
fn adaptive_windows() {
    check_adaptive::<1, 1, 1, 1, 1>();
    check_adaptive::<3, 7, 5, 3, 2>();
    check_adaptive::<37, 4, 9, 4, 7>();
    check_adaptive::<16, 3, 2, 5, 7>();
    // More places in a window than a byte counts.
    check_adaptive::<2, 21, 40, 1, 2>();
    let (mut y, mut dx) = ([0.0; 2], [0.0; 3]);
    adaptive_max_pool_forward::<1, 1, 3, 1, 2>(1, &[1.0, f32::NAN, f32::NAN], &mut y);
    adaptive_max_pool_backward::<1, 1, 3, 1, 2>(1, &[1.0, f32::NAN, f32::NAN], &[5.0, 2.0], &mut dx);
    assert!(y[0].is_nan() && y[1].is_nan());
    assert_eq!(dx, [0.0, 5.0, 2.0]);
    adaptive_max_pool_forward::<1, 1, 3, 1, 2>(1, &[f32::NEG_INFINITY; 3], &mut y);
    adaptive_max_pool_backward::<1, 1, 3, 1, 2>(1, &[f32::NEG_INFINITY; 3], &[5.0, 2.0], &mut dx);
    assert_eq!((y, dx), ([f32::NEG_INFINITY; 2], [5.0, 2.0, 0.0]));
}
