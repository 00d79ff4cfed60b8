use super::*;
use crate::kernels::testing::{assert_close, on_each_isa};

/// Returns inputs from far below to far above every kink and threshold, dense around 0, with the kinks
/// themselves.
fn inputs() -> Vec<f32> {
    let wide = (-400..=400).map(|i| i as f32 * 0.25);
    let near = (-3000..=3000).map(|i| i as f32 * 0.003_1);
    let tiny = (1..40).flat_map(|i| [0.5f32.powi(i), -(0.5f32.powi(i))]);
    wide.chain(near).chain(tiny).chain([0.0, -0.0, 3.0, -3.0, 6.0]).collect()
}

/// Checks an activation against its definition in 64 bits, and its slope, at outputs or inputs, against the
/// definition's.
fn check<A: Activation>(activation: A, keeps_input: bool, definition: fn(f64) -> f64, slope: fn(f64) -> f64) {
    let x = inputs();
    let expected: Vec<f64> = x.iter().map(|&x| definition(f64::from(x))).collect();
    let slopes: Vec<f64> = x.iter().map(|&x| slope(f64::from(x))).collect();
    // A tail's exponent is large, and so is what its rounding does.
    let (relative, absolute) = if keeps_input { (3e-6, 1e-10) } else { (1e-6, 1e-12) };
    on_each_isa(|| {
        let mut y = x.clone();
        forward(activation, &mut y);
        let mut beside = vec![f32::NAN; x.len()];
        map(activation, &x, &mut beside);
        assert_eq!(beside, y);
        for ((&x, &y), &expected) in x.iter().zip(&y).zip(&expected) {
            let error = (f64::from(y) - expected).abs();
            assert!(error <= relative * expected.abs() + absolute, "{x} becomes {y} instead of {expected}");
        }
        let mut d = vec![-2.0; x.len()];
        backward(activation, if keeps_input { &x } else { &y }, &mut d);
        assert_close(&d, &slopes.iter().map(|slope| -2.0 * slope).collect::<Vec<_>>(), 2e-6);
    });
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Computes Φ by a series without cancellation (Abramowitz and Stegun 26.2.11), and by a continued fraction
/// (26.2.14) further out.
fn normal(x: f64) -> f64 {
    if x > 0.0 {
        return 1.0 - normal(-x);
    }
    let density = density(x);
    if x < -2.5 {
        return density / (1..200).rev().fold(-x, |rest, n| -x + f64::from(n) / rest);
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..100 {
        term *= x * x / f64::from(2 * n + 1);
        sum += term;
    }
    0.5 + density * sum
}

fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt()
}

fn elu(alpha: f64, x: f64) -> f64 {
    if x > 0.0 { x } else { alpha * x.exp_m1() }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[test]
fn slopes_from_outputs() {
    check(Identity, false, |x| x, |_| 1.0);
    check(Relu, false, |x| x.max(0.0), |x| f64::from(x > 0.0));
    check(LeakyRelu(0.25), false, |x| x.max(0.25 * x), |x| if x > 0.0 { 1.0 } else { 0.25 });
    check(Relu6, false, |x| x.clamp(0.0, 6.0), |x| f64::from(x > 0.0 && x < 6.0));
    check(Elu(1.0), false, |x| elu(1.0, x), |x| x.min(0.0).exp());
    check(Elu(0.5), false, |x| elu(0.5, x), |x| if x > 0.0 { 1.0 } else { 0.5 * x.exp() });
    const SCALE: f64 = 1.050_700_987_355_480_5;
    const ALPHA: f64 = 1.673_263_242_354_377_2;
    check(Selu, false, |x| SCALE * elu(ALPHA, x), |x| SCALE * if x > 0.0 { 1.0 } else { ALPHA * x.exp() });
    check(Sigmoid, false, sigmoid, |x| sigmoid(x) * sigmoid(-x));
    check(
        HardSigmoid,
        false,
        |x| (x + 3.0).clamp(0.0, 6.0) / 6.0,
        |x| if x.abs() < 3.0 { 1.0 / 6.0 } else { 0.0 },
    );
    check(Tanh, false, f64::tanh, |x| 1.0 / x.cosh().powi(2));
    check(Softsign, false, |x| x / (1.0 + x.abs()), |x| 1.0 / (1.0 + x.abs()).powi(2));
    check(Softplus(1.0), false, softplus, sigmoid);
    check(Softplus(2.5), false, |x| softplus(2.5 * x) / 2.5, |x| sigmoid(2.5 * x));
}

#[test]
fn slopes_from_inputs() {
    check(Gelu, true, |x| x * normal(x), |x| normal(x) + x * density(x));

    check(
        GeluTanh,
        true,
        |x| x * sigmoid((8.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3))),
        |x| {
            let scale = (8.0 / std::f64::consts::PI).sqrt();
            let u = scale * (x + 0.044_715 * x.powi(3));
            sigmoid(u) + x * sigmoid(u) * sigmoid(-u) * scale * (1.0 + 0.134_145 * x * x)
        },
    );
    check(Silu, true, |x| x * sigmoid(x), |x| sigmoid(x) * (1.0 + x * sigmoid(-x)));
    check(
        HardSwish,
        true,
        |x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        |x| match x {
            ..=-3.0 => 0.0,
            3.0.. => 1.0,
            _ => x / 3.0 + 0.5,
        },
    );
    check(
        Mish,
        true,
        |x| x * softplus(x).tanh(),
        |x| softplus(x).tanh() + x * sigmoid(x) / softplus(x).cosh().powi(2),
    );
}

#[test]
fn powers_and_roots() {
    check(Power(1.0), true, f64::abs, |x| if x == 0.0 { 0.0 } else { x.signum() });
    check(Power(2.0), true, |x| x * x, |x| 2.0 * x);
    check(Power(3.0), true, |x| x.abs().powi(3), |x| 3.0 * x * x.abs());
    check(Power(4.0), true, |x| x.powi(4), |x| 4.0 * x.powi(3));
    check(Power(2.5), true, |x| x.abs().powf(2.5), |x| 2.5 * x.abs().powf(1.5) * x.signum());
    for p in [1.0, 2.0, 2.5, 3.0, 4.0] {
        let x = [0.0, 1e-6, 0.25, 1.0, 7.5, 900.0f32];
        let exact = x.map(|x| (6.0 * f64::from(x)).powf(1.0 / p));
        let root = Root { p: p as f32, count: 6.0 };
        on_each_isa(|| {
            let mut y = x;
            forward(root, &mut y);
            assert_close(&y, &exact, 1e-6);
            let mut d = [1.0; 6];
            backward(root, &y, &mut d);
            let slope = |i: usize| if i == 0 { 0.0 } else { exact[i] / (p * f64::from(x[i])) };
            assert_close(&d, &[0, 1, 2, 3, 4, 5].map(slope), 1e-5);
        });
    }
}

#[test]
fn not_a_number_stays_one() {
    fn check<A: Activation>(activation: A) {
        on_each_isa(|| {
            let mut y = [1.0, f32::NAN, -1.0];
            forward(activation, &mut y);
            assert_eq!(y.map(f32::is_nan), [false, true, false]);
        });
    }
    check(Relu);
    check(LeakyRelu(0.1));
    check(Relu6);
    check(HardSwish);
    check(HardSigmoid);
    check(Sigmoid);
    check(Tanh);
    check(Elu(1.0));
    check(Selu);
    check(Softsign);
    check(Softplus(1.0));
    check(Gelu);
    check(GeluTanh);
    check(Silu);
    check(Mish);
}
