use super::*;
use crate::kernels::testing::{assert_close, numbers, on_each_isa};

fn logits(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 37 % 19) as f32 - 9.0) / 4.0).collect()
}

const TARGETS: [f32; 12] = [0.0, 1.0, 0.25, 1.0, 0.0, 0.5, 1.0, 1.0, 0.0, 0.0, 1.0, 0.75];

#[test]
fn agree_with_pytorch() {
    on_each_isa(|| {
        let mut x = logits(12);
        let loss = softmax_cross_entropy::<3>(&[0, 2, 1, 1], 0.25, &mut x);
        assert_close(&[loss], &[8.690179469346742], 1e-7);
        let want = [
            -0.248448386,
            0.139671844,
            0.108776542,
            0.104807238,
            0.081623959,
            -0.186431197,
            0.104807238,
            -0.168376041,
            0.063568803,
            0.104807238,
            -0.168376041,
            0.063568803,
        ];
        assert_close(&x, &want, 1e-7);

        let mut x = logits(12);
        let loss = sigmoid_binary_cross_entropy(&TARGETS, 1.0 / 12.0, &mut x);
        assert_close(&[loss], &[8.522643336773541], 1e-7);
        let want = [
            0.007945789,
            -0.007945789,
            0.052566423,
            -0.012337267,
            0.068131206,
            0.023108322,
            -0.022411785,
            -0.026735108,
            0.051871611,
            0.046848042,
            -0.041666667,
            -0.026014708,
        ];
        assert_close(&x, &want, 1e-8);

        let mut x = logits(12);
        assert_eq!(mse(&TARGETS, 1.0 / 12.0, &mut x), 15.4375);
        let want = [
            -0.375,
            0.208333333,
            0.291666667,
            0.125,
            0.25,
            0.125,
            0.0,
            -0.041666667,
            0.083333333,
            0.041666667,
            -0.166666667,
            -0.166666667,
        ];
        assert_close(&x, &want, 1e-7);
    });
}

#[test]
fn binary_cross_entropy_clamps_as_pytorch() {
    let mut p = [0.0, 1.0, 0.0, 1.0, 0.25, 0.5, 0.9, 1e-20, 1e-7, 0.999];
    let targets = [0.0, 1.0, 1.0, 0.0, 0.25, 1.0, 0.0, 1.0, 1.0, 0.0];
    let loss = binary_cross_entropy(&targets, 1.0, &mut p);
    assert_close(&[loss], &[272.6356201171875], 1e-7);
    let want = [0.0, 0.0, -1e12, 1e12, 0.0, -2.0, 9.999998092651367, -1e12, -1e7, 1000.0128784179688];
    assert_close(&p, &want, 1e-6);
    assert!(binary_cross_entropy(&[0.5], 1.0, &mut [f32::NAN]).is_nan());
}

/// Compares a loss's gradient with differences of a reference loss.
#[track_caller]
pub(super) fn check(
    x: &[f32],
    scale: f32,
    found: &(f32, Vec<f32>),
    loss: impl Fn(&[f64]) -> f64,
    tolerance: f64,
) {
    let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    assert_close(&[found.0], &[loss(&x)], 1e-6);
    for i in (0..x.len()).step_by(x.len() / 50 + 1) {
        let h = 1e-4 * x[i].abs().max(0.1);
        let (mut more, mut less) = (x.clone(), x.clone());
        more[i] += h;
        less[i] -= h;
        let slope = (loss(&more) - loss(&less)) / (2.0 * h) * f64::from(scale);
        assert!((f64::from(found.1[i]) - slope).abs() <= tolerance, "{i}: {} not {slope}", found.1[i]);
    }
}

fn check_classes<const C: usize>(rows: usize) {
    on_each_isa(|| {
        let labels: Vec<u32> = (0..rows as u32).map(|row| row * 7 % C as u32).collect();
        let x: Vec<f32> = numbers(1, rows * C).iter().map(|x| x * 8.0).collect();
        let mut gradient = x.clone();
        let loss = softmax_cross_entropy::<C>(&labels, 0.5, &mut gradient);
        let definition = |x: &[f64]| -> f64 {
            let rows = x.chunks(C).zip(&labels);
            rows.map(|(x, &label)| x.iter().map(|x| x.exp()).sum::<f64>().ln() - x[label as usize]).sum()
        };
        check(&x, 0.5, &(loss, gradient), definition, 1e-6);

        let p: Vec<f32> = numbers(2, rows * C).iter().map(|x| (x + 1.1) / 2.2).collect();
        let mut gradient = p.clone();
        let loss = cross_entropy::<C>(&labels, 0.5, &mut gradient);
        let definition =
            |p: &[f64]| -> f64 { p.chunks(C).zip(&labels).map(|(p, &l)| -p[l as usize].ln()).sum() };
        check(&p, 0.5, &(loss, gradient), definition, 1e-5);
    });
}

#[test]
fn classes_agree_with_the_definition() {
    check_classes::<1>(3);
    check_classes::<2>(0);
    check_classes::<10>(5);
    check_classes::<33>(300);
    check_classes::<1000>(4);
}

#[test]
fn numbers_agree_with_the_definition() {
    on_each_isa(|| {
        for len in [0, 1, 16, 37, 20_000] {
            let x: Vec<f32> = numbers(3, len).iter().map(|x| x * 8.0).collect();
            let targets: Vec<f32> = numbers(4, len).iter().map(|t| (t + 1.0) / 2.0).collect();
            let mut gradient = x.clone();
            let loss = sigmoid_binary_cross_entropy(&targets, 0.5, &mut gradient);
            let terms = |x: &[f64], term: fn(f64, f64) -> f64| -> f64 {
                x.iter().zip(&targets).map(|(&x, &t)| term(x, f64::from(t))).sum()
            };
            let definition =
                |x: &[f64]| terms(x, |x, t| t * (1.0 + (-x).exp()).ln() + (1.0 - t) * (1.0 + x.exp()).ln());
            check(&x, 0.5, &(loss, gradient), definition, 1e-5);
            let mut gradient = x.clone();
            let loss = mse(&targets, 0.5, &mut gradient);
            check(&x, 0.5, &(loss, gradient), |x| terms(x, |x, t| (x - t) * (x - t)), 1e-4);
        }
    });
}

#[test]
fn extremes() {
    on_each_isa(|| {
        let mut x = [1e4, -1e4, 0.0, f32::MAX, 0.0, 0.0];
        assert_eq!(softmax_cross_entropy::<3>(&[1, 0], 1.0, &mut x), 2e4);
        assert_eq!(x, [1.0, -1.0, 0.0, 0.0, 0.0, 0.0]);
        let mut x = [1e4, -1e4, 100.0, -100.0, f32::MAX];
        assert_eq!(sigmoid_binary_cross_entropy(&[0.0, 1.0, 1.0, 0.0, 1.0], 1.0, &mut x), 2e4);
        assert_eq!(x[..2], [1.0, -1.0]);
        assert!(x[2..].iter().all(|x| x.abs() < 1e-37));
        assert!(softmax_cross_entropy::<3>(&[0], 1.0, &mut [f32::NAN, 0.0, 1.0]).is_nan());
        assert!(sigmoid_binary_cross_entropy(&[0.0], 1.0, &mut [f32::NAN]).is_nan());
        assert!(mse(&[0.0], 1.0, &mut [f32::NAN]).is_nan());
        // Many rows whose sums are large: their product is beyond any number.
        let mut x = vec![0.0; 200 * 1000];
        let loss = softmax_cross_entropy::<1000>(&[3; 200], 1.0, &mut x);
        assert_close(&[loss], &[200.0 * 1000f64.ln()], 1e-7);
    });
    let mut p = [0.0, 1.0];
    assert_eq!(cross_entropy::<2>(&[0], 1.0, &mut p), 100.0);
    assert_eq!(p, [-1e12, 0.0]);
}

#[test]
#[should_panic(expected = "index out of bounds: the len is 3 but the index is 3")]
fn labels_must_be_classes() {
    softmax_cross_entropy::<3>(&[3], 1.0, &mut [0.0; 3]);
}

/// Computes the logits of softmax losses as probabilities' logarithms.
fn log_softmax(row: &[f64]) -> Vec<f64> {
    let sum = row.iter().map(|x| x.exp()).sum::<f64>().ln();
    row.iter().map(|x| x - sum).collect()
}

fn check_shares<const C: usize>(rows: usize) {
    on_each_isa(|| {
        let x: Vec<f32> = numbers(7, rows * C).iter().map(|x| x * 6.0).collect();
        let shares: Vec<f32> = numbers(8, rows * C).iter().map(|t| (t + 1.0) / 2.0).collect();
        let weights: Vec<f32> = numbers(9, C).iter().map(|w| w + 1.25).collect();
        let labels: Vec<u32> = (0..rows as u32).map(|row| row * 7 % (C as u32 + 1)).collect();
        for weights in [&weights[..], &[]] {
            let weight = |class: usize| weights.get(class).map_or(1.0, |w| f64::from(*w));
            for smoothing in [0.0, 0.25] {
                let classes = Classes::<C> { weights, smoothing, ignore: Some(C as i32) };
                let [s, spread] = [f64::from(smoothing), f64::from(smoothing) / C as f64];
                let mut gradient = x.clone();
                let loss = classes.of_classes(&labels, 0.5, &mut gradient);
                let of = |x: &[f64], share: &dyn Fn(usize, usize) -> f64| -> f64 {
                    let row = |(row, x): (usize, &[f64])| -> f64 {
                        let logs = log_softmax(x);
                        logs.iter().enumerate().map(|(c, log)| -share(row, c) * weight(c) * log).sum()
                    };
                    x.chunks(C).enumerate().map(row).sum()
                };
                let by_label = |row: usize, class: usize| match labels[row] as usize {
                    label if label == C => 0.0,
                    label => spread + if label == class { 1.0 - s } else { 0.0 },
                };
                check(&x, 0.5, &(loss, gradient), |x| of(x, &by_label), 1e-5);
                let total: f64 =
                    labels.iter().filter(|l| (**l as usize) < C).map(|l| weight(*l as usize)).sum();
                let want = if total == 0.0 { 0.0 } else { 1.0 / total };
                assert_close(&[classes.share(&labels)], &[want], 1e-6);

                let mut gradient = x.clone();
                let loss = classes.of_shares(&shares, 0.5, &mut gradient);
                let by_share =
                    |row: usize, class: usize| spread + (1.0 - s) * f64::from(shares[row * C + class]);
                check(&x, 0.5, &(loss, gradient), |x| of(x, &by_share), 1e-5);
            }
        }
        let mut gradient = x.clone();
        let loss = softmax_kl_divergence::<C>(&shares, 0.5, &mut gradient);
        let definition = |x: &[f64]| -> f64 {
            let logs = x.chunks(C).flat_map(log_softmax);
            logs.zip(&shares).map(|(log, &t)| f64::from(t) * (f64::from(t).ln() - log)).sum()
        };
        check(&x, 0.5, &(loss, gradient), definition, 1e-5);
    });
}

#[test]
fn shares_of_classes_agree_with_the_definition() {
    check_shares::<2>(0);
    check_shares::<3>(1);
    check_shares::<10>(9);
    check_shares::<33>(20);
}

#[test]
fn ignored_labels_and_targets_without_shares_add_nothing() {
    let classes = Classes::<2> { weights: &[0.0, 1.0], smoothing: 0.0, ignore: Some(7) };
    let mut x = [1.0, f32::INFINITY, 3.0, 4.0, f32::NAN, 5.0];
    assert_eq!(classes.of_classes(&[7, 0, 7], 1.0, &mut x), 0.0);
    assert_eq!(x, [0.0; 6]);
    assert_eq!(classes.share(&[7, 0]), 0.0);
    assert_eq!(classes.share(&[7, 1, 1]), 0.5);
    let mut x = [1e4, -1e4];
    assert_eq!(softmax_kl_divergence::<2>(&[0.0, 1.0], 1.0, &mut x), 2e4);
    assert_eq!(x, [1.0, -1.0]);
    let mut x = [1.0, 2.0];
    assert_eq!(softmax_kl_divergence::<2>(&[0.0, 0.0], 1.0, &mut x), 0.0);
    assert_eq!(x, [0.0, 0.0]);
    assert!(classes.of_classes(&[1], 1.0, &mut [f32::NAN, 0.0]).is_nan());
    let classes = Classes::<2> { ignore: Some(-100), ..classes };
    let mut x = [f32::NAN, 0.0];
    assert_eq!(classes.of_classes(&[-100_i32 as u32], 1.0, &mut x), 0.0);
    assert_eq!(x, [0.0; 2]);
    assert_eq!(classes.share(&[-100_i32 as u32, 1, 1]), 0.5);
}

#[test]
#[should_panic(expected = "sample 0 has label 6, expected 0 to 1, or 7 for no class")]
fn labels_that_are_neither_classes_nor_ignored() {
    Classes::<2> { weights: &[], smoothing: 0.0, ignore: Some(7) }.of_classes(&[6], 1.0, &mut [0.0; 2]);
}

fn check_cosine<const C: usize>(rows: usize) {
    on_each_isa(|| {
        let (y, targets) = (numbers(10, rows * C), numbers(11, rows * C));
        let mut gradient = y.clone();
        let loss = cosine::<C>(&targets, 0.5, &mut gradient);
        let definition = |y: &[f64]| -> f64 {
            let row = |(y, t): (&[f64], &[f32])| {
                let t: Vec<f64> = t.iter().map(|&t| f64::from(t)).collect();
                let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                1.0 - dot(y, &t) / (dot(y, y) * dot(&t, &t)).sqrt()
            };
            y.chunks(C).zip(targets.chunks(C)).map(row).sum()
        };
        check(&y, 0.5, &(loss, gradient), definition, 1e-5);
    });
}

#[test]
fn directions_agree_with_the_definition() {
    check_cosine::<2>(0);
    check_cosine::<3>(7);
    check_cosine::<40>(5);
    // No direction at all is finite.
    let mut y = [0.0, 0.0];
    assert_eq!(cosine::<2>(&[1.0, 0.0], 1.0, &mut y), 1.0);
    assert!(y.iter().all(|slope| slope.is_finite()));
}

fn check_regions<const R: usize, const P: usize>(samples: usize) {
    on_each_isa(|| {
        let part =
            |seed| -> Vec<f32> { numbers(seed, samples * R * P).iter().map(|x| (x + 1.0) / 2.0).collect() };
        let (y, targets) = (part(12), part(13));
        for of in [
            Overlap { alpha: 0.5, beta: 0.5, smooth: 0.5 },
            Overlap { alpha: 1.0, beta: 1.0, smooth: 0.0 },
            Overlap { alpha: 0.3, beta: 0.9, smooth: 2.0 },
        ] {
            let mut gradient = y.clone();
            let loss = of.loss::<R, P>(&targets, 0.5, &mut gradient);
            let definition = |y: &[f64]| -> f64 {
                let mut total = 0.0;
                for region in (0..samples).flat_map(|sample| (0..R).map(move |r| sample * R * P + r)) {
                    let pairs = || (0..P).map(|p| (y[region + p * R], f64::from(targets[region + p * R])));
                    let both: f64 = pairs().map(|(p, t)| p * t).sum();
                    let too_much: f64 = pairs().map(|(p, t)| p * (1.0 - t)).sum();
                    let too_little: f64 = pairs().map(|(p, t)| (1.0 - p) * t).sum();
                    let wrong = of.alpha * too_much + of.beta * too_little;
                    total += wrong / (both + wrong + of.smooth);
                }
                total
            };
            check(&y, 0.5, &(loss, gradient), definition, 1e-5);
        }
    });
}

#[test]
fn regions_agree_with_the_definition() {
    check_regions::<1, 6>(0);
    check_regions::<1, 37>(3);
    check_regions::<3, 6>(2);
    check_regions::<19, 5>(2);
    let mut y = [0.0; 4];
    assert_eq!(Overlap { alpha: 1.0, beta: 1.0, smooth: 0.0 }.loss::<2, 2>(&[0.0; 4], 1.0, &mut y), 0.0);
    assert_eq!(y, [0.0; 4]);
    assert!(
        Overlap { alpha: 1.0, beta: 1.0, smooth: 0.0 }.loss::<1, 1>(&[1.0], 1.0, &mut [f32::NAN]).is_nan()
    );
}
