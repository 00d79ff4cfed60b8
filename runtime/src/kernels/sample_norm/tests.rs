use super::*;
use crate::kernels::activation::{Identity, Relu};
use crate::kernels::testing::{assert_close, numbers, on_each_isa};

/// Returns the group of each number of a sample.
fn groups<const C: usize, const P: usize, const G: usize>() -> Vec<usize> {
    (0..P * C).map(|at| at % C / (C / G)).collect()
}

/// Returns the mean and inverse deviation of each group.
fn naive<const C: usize, const P: usize, const G: usize>(
    x: &[f32],
    centered: bool,
    eps: f64,
) -> Vec<[f64; 2]> {
    let of = groups::<C, P, G>();
    let mean_of = |g: usize, term: &dyn Fn(f64) -> f64| {
        let terms = x.iter().zip(&of).filter(|(_, of)| **of == g).map(|(x, _)| term(f64::from(*x)));
        terms.sum::<f64>() / (C / G * P) as f64
    };
    let one = |g: usize| {
        let mean = if centered { mean_of(g, &|x| x) } else { 0.0 };
        [mean, 1.0 / (mean_of(g, &|x| (x - mean).powi(2)) + eps).sqrt()]
    };
    (0..G).map(one).collect()
}

fn check_one<const C: usize, const P: usize, const G: usize, const CENTERED: bool>(
    each: bool,
    n: usize,
    shift: f32,
) {
    let len = if each { P * C } else { C };
    let eps = 1e-3;
    let x: Vec<f32> = numbers(1, n * P * C).iter().map(|x| x + shift).collect();
    let dy = numbers(2, x.len());
    let (w, b) = (numbers(3, len), numbers(4, len));
    let of = groups::<C, P, G>();
    let mut want = [vec![], vec![], vec![0.5; len]];
    let mut want_stats = vec![];
    for (x, dy) in x.chunks(P * C).zip(dy.chunks(P * C)) {
        let stats = naive::<C, P, G>(x, CENTERED, f64::from(eps));
        let hat = |i: usize| (f64::from(x[i]) - stats[of[i]][0]) * stats[of[i]][1];
        let (w, b) = (|i: usize| f64::from(w[i % len]), |i: usize| f64::from(b[i % len]));
        let g = |i: usize| f64::from(dy[i]) * w(i);
        let mean_of = |group: usize, term: &dyn Fn(usize) -> f64| {
            (0..P * C).filter(|&i| of[i] == group).map(term).sum::<f64>() / (C / G * P) as f64
        };
        for i in 0..P * C {
            let of_g = if CENTERED { mean_of(of[i], &g) } else { 0.0 };
            let of_gz = mean_of(of[i], &|i| g(i) * hat(i));
            want[0].push(hat(i) * w(i) + b(i));
            want[1].push((g(i) - of_g - hat(i) * of_gz) * stats[of[i]][1]);
            want[2][i % len] += f64::from(dy[i]) * hat(i);
        }
        want_stats.extend(stats.iter().map(|s| s[0]).chain(stats.iter().map(|s| s[1])));
    }

    let (mut y, mut stats) = (vec![f32::NAN; x.len()], vec![f32::NAN; n * 2 * G]);
    forward::<C, P, G, CENTERED, _>(Identity, &x, Some(&w), Some(&b), eps, &mut y, Some(&mut stats));
    let slack = 1.0 + f64::from(shift.abs());
    assert_close(&y, &want[0], 3e-6 * slack);
    assert_close(&stats, &want_stats, 1e-6 * slack);
    let mut dx = dy.clone();
    input_grad::<C, P, G, CENTERED>(&x, &stats, Some(&w), &mut dx);
    assert_close(&dx, &want[1], 2e-5 * slack);
    let mut grad = vec![0.5; len];
    weight_grad::<C, P, G, CENTERED>(&x, &dy, &stats, &mut grad);
    assert_close(&grad, &want[2], 1e-5 * slack);

    // Without weights and biases.
    let ones = vec![1.0; C];
    let mut plain = vec![f32::NAN; x.len()];
    forward::<C, P, G, CENTERED, _>(Identity, &x, None, None, eps, &mut plain, None);
    forward::<C, P, G, CENTERED, _>(Identity, &x, Some(&ones), Some(&vec![0.0; C]), eps, &mut y, None);
    assert_eq!(plain, y);
    let (mut plain, mut dx) = (dy.clone(), dy);
    input_grad::<C, P, G, CENTERED>(&x, &stats, None, &mut plain);
    input_grad::<C, P, G, CENTERED>(&x, &stats, Some(&ones), &mut dx);
    assert_eq!(plain, dx);
}

fn check<const C: usize, const P: usize, const G: usize, const CENTERED: bool>() {
    on_each_isa(|| {
        for each in [false, true] {
            for n in [0, 1, 3] {
                check_one::<C, P, G, CENTERED>(each, n, 0.0);
            }
            if CENTERED {
                check_one::<C, P, G, CENTERED>(each, 2, 30.0);
            }
        }
    });
}

#[test]
fn is_its_definition() {
    // Layers, of features and images.
    check::<1, 5, 1, true>();
    check::<16, 1, 1, true>();
    check::<37, 1, 1, true>();
    check::<3, 10, 1, true>();
    check::<64, 6, 1, true>();
    // Groups: several in a block, a rest of them, one and a part.
    check::<12, 5, 3, true>();
    check::<20, 4, 10, true>();
    check::<10, 3, 2, true>();
    check::<63, 4, 3, true>();
    check::<96, 2, 3, true>();
    // Channels.
    check::<5, 12, 5, true>();
    check::<37, 7, 37, true>();
    check::<48, 9, 48, true>();
}

// One shape for each way through the kernels: each costs seconds of compilation.
#[test]
fn without_means_it_is_its_definition() {
    check::<37, 1, 1, false>();
    check::<64, 6, 1, false>();
    check::<63, 4, 3, false>();
    check::<5, 12, 5, false>();
}

fn check_activation<const C: usize, const P: usize, const G: usize>() {
    on_each_isa(|| {
        let x = numbers(1, 3 * P * C);
        let (mut plain, mut active) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
        forward::<C, P, G, true, _>(Identity, &x, None, None, 1e-3, &mut plain, None);
        forward::<C, P, G, true, _>(Relu, &x, None, None, 1e-3, &mut active, None);
        assert!(active.iter().zip(&plain).all(|(active, plain)| *active == plain.max(0.0)));
    });
}

#[test]
fn applies_the_activation() {
    check_activation::<37, 2, 1>();
    check_activation::<63, 4, 3>();
    check_activation::<37, 7, 37>();
}

#[test]
fn a_constant_becomes_its_bias() {
    on_each_isa(|| {
        let (x, b) = ([7.5; 24], [0.25, -1.0, 3.0]);
        let mut y = [f32::NAN; 24];
        forward::<3, 8, 1, true, _>(Identity, &x, None, Some(&b), 1e-5, &mut y, None);
        assert!(y.chunks(3).all(|pixel| pixel == b));
    });
}
