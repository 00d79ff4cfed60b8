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
fn check<A: Activation>(activation: A, of_input: bool, definition: fn(f64) -> f64, slope: fn(f64) -> f64) {
    let x = inputs();
    let expected: Vec<f64> = x.iter().map(|&x| definition(f64::from(x))).collect();
    let slopes: Vec<f64> = x.iter().map(|&x| slope(f64::from(x))).collect();
    // A tail's exponent is large, and so is what its rounding does.
    let (relative, absolute) = if of_input { (3e-6, 1e-10) } else { (1e-6, 1e-12) };
    // The same number, infinity or NaN in 32 bits.
    let alike = |found: f32, expected: f64, relative: f64, absolute: f64| {
        let error = (f64::from(found) - expected).abs();
        found == expected as f32
            || found.is_nan() && expected.is_nan()
            || error <= relative * expected.abs() + absolute
    };
    on_each_isa(|| {
        let mut y = x.clone();
        forward(activation, &mut y);
        let mut beside = vec![f32::NAN; x.len()];
        map(activation, &x, &mut beside);
        assert!(beside.iter().zip(&y).all(|(a, b)| a.to_bits() == b.to_bits()));
        for ((&x, &y), &expected) in x.iter().zip(&y).zip(&expected) {
            assert!(alike(y, expected, relative, absolute), "{x} becomes {y} instead of {expected}");
        }
        let mut d = vec![-2.0; x.len()];
        backward(activation, if of_input { &x } else { &y }, &mut d);
        for ((&x, &d), &slope) in x.iter().zip(&d).zip(&slopes) {
            let expected = -2.0 * slope;
            assert!(alike(d, expected, 2e-6, 2e-6), "the slope at {x} is {} instead of {slope}", d / -2.0);
        }
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

/// 1 where positive, `slope` elsewhere.
fn left(x: f64, slope: f32) -> f64 {
    if x > 0.0 { 1.0 } else { f64::from(slope) }
}

fn elu(alpha: f64, x: f64) -> f64 {
    if x > 0.0 { x } else { alpha * x.exp_m1() }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Work of a test on each activation.
pub(in crate::kernels) trait Visit {
    /// Takes an activation: its text in the language, itself, whether its slope follows from the input, its definition in 64 bits and
    /// the definition's slope.
    fn visit<A: Activation>(
        &mut self,
        text: &str,
        activation: A,
        of_input: bool,
        definition: fn(f64) -> f64,
        slope: fn(f64) -> f64,
    );
}

const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
/// `√(8 / π)`
const GELU_SCALE: f64 = 1.595_769_121_605_730_7;

/// Shows every activation that the language has to `tests`.
pub(in crate::kernels) fn each(tests: &mut impl Visit) {
    let positive = |x: f64| f64::from(x > 0.0);
    tests.visit("relu", Relu, false, |x| x.max(0.0), positive);
    tests.visit("leaky_relu", LeakyRelu(0.01), false, |x| x * left(x, 0.01), |x| left(x, 0.01));
    tests.visit("leaky_relu(0.2)", LeakyRelu(0.2), false, |x| x * left(x, 0.2), |x| left(x, 0.2));
    tests.visit("relu6", Relu6, false, |x| x.clamp(0.0, 6.0), |x| f64::from(x > 0.0 && x < 6.0));
    tests.visit("elu", Elu(1.0), false, |x| elu(1.0, x), |x| x.min(0.0).exp());
    tests.visit("elu(0.5)", Elu(0.5), false, |x| elu(0.5, x), |x| if x > 0.0 { 1.0 } else { 0.5 * x.exp() });
    tests.visit(
        "selu",
        Selu,
        false,
        |x| SELU_SCALE * elu(SELU_ALPHA, x),
        |x| SELU_SCALE * if x > 0.0 { 1.0 } else { SELU_ALPHA * x.exp() },
    );
    tests.visit("sigmoid", Sigmoid, false, sigmoid, |x| sigmoid(x) * sigmoid(-x));
    tests.visit(
        "hard_sigmoid",
        HardSigmoid,
        false,
        |x| (x + 3.0).clamp(0.0, 6.0) / 6.0,
        |x| if x.abs() < 3.0 { 1.0 / 6.0 } else { 0.0 },
    );
    tests.visit("tanh", Tanh, false, f64::tanh, |x| 1.0 / x.cosh().powi(2));
    tests.visit("softsign", Softsign, false, |x| x / (1.0 + x.abs()), |x| 1.0 / (1.0 + x.abs()).powi(2));
    tests.visit("softplus", Softplus(1.0), false, softplus, sigmoid);
    tests.visit("softplus(2.5)", Softplus(2.5), false, |x| softplus(2.5 * x) / 2.5, |x| sigmoid(2.5 * x));
    tests.visit("gelu", Gelu, true, |x| x * normal(x), |x| normal(x) + x * density(x));
    tests.visit(
        "gelu(tanh)",
        GeluTanh,
        true,
        |x| x * sigmoid(GELU_SCALE * (x + 0.044_715 * x.powi(3))),
        |x| {
            let u = GELU_SCALE * (x + 0.044_715 * x.powi(3));
            sigmoid(u) + x * sigmoid(u) * sigmoid(-u) * GELU_SCALE * (1.0 + 0.134_145 * x * x)
        },
    );
    tests.visit("silu", Silu, true, |x| x * sigmoid(x), |x| sigmoid(x) * (1.0 + x * sigmoid(-x)));
    tests.visit(
        "hard_swish",
        HardSwish,
        true,
        |x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        |x| match x {
            ..=-3.0 => 0.0,
            3.0.. => 1.0,
            _ => x / 3.0 + 0.5,
        },
    );
    tests.visit(
        "hard_tanh",
        HardTanh { min: -1.0, max: 1.0 },
        false,
        |x| x.clamp(-1.0, 1.0),
        |x| f64::from(x.abs() < 1.0),
    );
    tests.visit(
        "hard_tanh(-0.5,2)",
        HardTanh { min: -0.5, max: 2.0 },
        false,
        |x| x.clamp(-0.5, 2.0),
        |x| f64::from(x > -0.5 && x < 2.0),
    );
    tests.visit("log_sigmoid", LogSigmoid, false, |x| -softplus(-x), |x| sigmoid(-x));
    tests.visit("scale(0.25)", Scale(0.25), false, |x| x / 4.0, |_| 0.25);
    tests.visit("shift(-0.5)", Shift(-0.5), false, |x| x - 0.5, |_| 1.0);
    tests.visit("exp", Exp, false, f64::exp, f64::exp);
    tests.visit("log", Ln, true, f64::ln, |x| 1.0 / x);
    tests.visit("abs", Abs, true, f64::abs, |x| if x == 0.0 { 0.0 } else { x.signum() });
    tests.visit("sqrt", Sqrt, false, f64::sqrt, |x| 0.5 / x.sqrt());
    tests.visit("square", Square, true, |x| x * x, |x| 2.0 * x);
    tests.visit(
        "mish",
        Mish,
        true,
        |x| x * softplus(x).tanh(),
        |x| softplus(x).tanh() + x * sigmoid(x) / softplus(x).cosh().powi(2),
    );
}

#[test]
fn activations_agree_with_their_definitions() {
    struct Check;
    impl Visit for Check {
        fn visit<A: Activation>(
            &mut self,
            _: &str,
            activation: A,
            of_input: bool,
            definition: fn(f64) -> f64,
            slope: fn(f64) -> f64,
        ) {
            check(activation, of_input, definition, slope);
        }
    }
    check(Identity, false, |x| x, |_| 1.0);
    each(&mut Check);
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
    struct Check;
    impl Visit for Check {
        fn visit<A: Activation>(
            &mut self,
            text: &str,
            activation: A,
            _: bool,
            _: fn(f64) -> f64,
            _: fn(f64) -> f64,
        ) {
            on_each_isa(|| {
                let mut y = [1.0, f32::NAN, 0.5];
                forward(activation, &mut y);
                assert_eq!(y.map(f32::is_nan), [false, true, false], "{text}");
            });
        }
    }
    each(&mut Check);
}
