//! Activations and losses where arithmetic ends, against PyTorch's numbers: `tests/golden/special.py` has made them.

use super::activation::*;
use super::isa::Isa;
use super::loss::*;
use super::testing::on_each_isa;
use std::path::Path;

/// Vectors and a rest.
const LEN: usize = 37;

/// A call with what PyTorch makes of it in 32 and in 64 bits.
struct Line {
    kind: String,
    name: String,
    given: Vec<f32>,
    wanted: [Vec<f64>; 2],
    text: String,
}

fn lines(kind: &str) -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/special.txt");
    let text = std::fs::read_to_string(path).expect("the numbers are in the repository");
    let numbers =
        |text: &str| text.split_whitespace().map(|x| x.parse().expect("a number")).collect::<Vec<f64>>();
    let line = |text: &str| {
        let (call, wanted) = text.split_once(" = ").expect("a call and its results");
        let (single, double) = wanted.split_once("; ").expect("two precisions");
        let [kind, name, given] = call.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{call}") };
        Line {
            kind: kind.into(),
            name: name.into(),
            given: numbers(given).into_iter().map(|x| x as f32).collect(),
            wanted: [numbers(single), numbers(double)],
            text: text.into(),
        }
    };
    let lines: Vec<Line> = text.lines().map(line).filter(|line| line.kind == kind).collect();
    assert!(lines.len() > 100);
    lines
}

/// Returns true if both numbers are of the same class and, if finite, equal but for rounding. Where PyTorch's
/// formula gets from an infinite loss to NaN, as `inf - inf`, an infinite loss counts as NaN.
fn alike(found: f32, wanted: f64) -> bool {
    let wanted = wanted as f32;
    if !found.is_finite() || !wanted.is_finite() {
        return wanted.is_nan() && !found.is_finite() || found == wanted;
    }
    let (found, wanted) = (f64::from(found), f64::from(wanted));
    (found - wanted).abs() <= 3e-6 * wanted.abs() + 2.5e-7
}

/// Adds the difference of `found` from both precisions to the list of all.
fn compare(line: &Line, place: &str, at: usize, factor: f64, found: f32, wrong: &mut Vec<String>) {
    if !line.wanted.iter().any(|wanted| alike(found, factor * wanted[at])) {
        wrong.push(format!("{:?} {place} {at}: {found:e} of {}", Isa::current(), line.text));
    }
}

#[track_caller]
fn none(mut wrong: Vec<String>) {
    wrong.dedup();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn check_activation<A: Activation>(a: A, of_input: bool, line: &Line, wrong: &mut Vec<String>) {
    let x = [line.given[0]; LEN];
    let (mut y, mut d) = (x, [1.0; LEN]);
    forward(a, &mut y);
    backward(a, if of_input { &x } else { &y }, &mut d);
    for at in [0, LEN - 1] {
        compare(line, "value", 0, 1.0, y[at], wrong);
        compare(line, "slope", 1, 1.0, d[at], wrong);
    }
}

#[test]
fn activations() {
    let lines = lines("activation");
    on_each_isa(|| {
        let mut wrong = vec![];
        for line in &lines {
            match &line.name[..] {
                "relu" => check_activation(Relu, false, line, &mut wrong),
                "leaky_relu" => check_activation(LeakyRelu(0.25), false, line, &mut wrong),
                "relu6" => check_activation(Relu6, false, line, &mut wrong),
                "elu" => check_activation(Elu(1.0), false, line, &mut wrong),
                "elu_alpha" => check_activation(Elu(0.5), false, line, &mut wrong),
                "selu" => check_activation(Selu, false, line, &mut wrong),
                "sigmoid" => check_activation(Sigmoid, false, line, &mut wrong),
                "hard_sigmoid" => check_activation(HardSigmoid, false, line, &mut wrong),
                "tanh" => check_activation(Tanh, false, line, &mut wrong),
                "softsign" => check_activation(Softsign, false, line, &mut wrong),
                "softplus" => check_activation(Softplus(1.0), false, line, &mut wrong),
                "softplus_beta" => check_activation(Softplus(2.0), false, line, &mut wrong),
                "gelu" => check_activation(Gelu, true, line, &mut wrong),
                "gelu_tanh" => check_activation(GeluTanh, true, line, &mut wrong),
                "silu" => check_activation(Silu, true, line, &mut wrong),
                "hard_swish" => check_activation(HardSwish, true, line, &mut wrong),
                "mish" => check_activation(Mish, true, line, &mut wrong),
                name => panic!("unknown: {name}"),
            }
        }
        none(wrong);
    });
}

fn check_each(line: &Line, loss: impl Fn(&[f32], &mut [f32]) -> f32, wrong: &mut Vec<String>) {
    for len in [1, LEN] {
        let (mut y, t) = (vec![line.given[0]; len], vec![line.given[1]; len]);
        let loss = loss(&t, &mut y);
        compare(line, "loss", 0, len as f64, loss, wrong);
        compare(line, "slope", 1, 1.0, y[0], wrong);
        compare(line, "slope", 1, 1.0, y[len - 1], wrong);
    }
}

#[test]
fn losses_of_single_numbers() {
    let lines = lines("each");
    let of = |f: &dyn Fn(&[f32], &mut [f32]) -> f32, line: &Line, wrong: &mut Vec<String>| {
        check_each(line, f, wrong);
    };
    fn each<F: Elementwise>(f: F) -> impl Fn(&[f32], &mut [f32]) -> f32 {
        move |t, y| elementwise(f, t, 1.0, y)
    }
    let poisson = |log_input, full| PoissonNll { log_input, full, eps: 1e-8 };
    on_each_isa(|| {
        let mut wrong = vec![];
        for line in &lines {
            let wrong = &mut wrong;
            match &line.name[..] {
                "mse" => of(&|t, y| mse(t, 1.0, y), line, wrong),
                "mae" => of(&each(Mae), line, wrong),
                "huber" => of(&each(Huber { delta: 1.0 }), line, wrong),
                "huber_delta" => of(&each(Huber { delta: 0.5 }), line, wrong),
                "smooth_l1" => of(&each(SmoothL1 { beta: 1.0 }), line, wrong),
                "smooth_l1_beta" => of(&each(SmoothL1 { beta: 0.5 }), line, wrong),
                "hinge" => of(&each(Hinge), line, wrong),
                "poisson" => of(&each(poisson(true, false)), line, wrong),
                "poisson_full" => of(&each(poisson(true, true)), line, wrong),
                "poisson_rate" => of(&each(poisson(false, false)), line, wrong),
                "binary" => of(&|t, y| binary_cross_entropy(t, 1.0, y), line, wrong),
                "binary_logits" => {
                    of(&|t, y| sigmoid_binary_cross_entropy(t, 1.0, y), line, wrong);
                    of(&each(BinaryCrossEntropy { logits: true, pos_weight: 1.0 }), line, wrong);
                }
                "binary_weight" => {
                    of(&each(BinaryCrossEntropy { logits: true, pos_weight: 2.5 }), line, wrong);
                }
                "focal" => of(&each(Focal { logits: true, gamma: 2.0, alpha: 0.25 }), line, wrong),
                name => panic!("unknown: {name}"),
            }
        }
        none(wrong);
    });
}

#[test]
fn losses_of_classes() {
    let lines = lines("rows");
    let weights = &[0.5, 2.0, 1.25];
    let classes = |weights, smoothing| Classes::<3> { weights, smoothing, ignore: None };
    on_each_isa(|| {
        let mut wrong = vec![];
        for line in &lines {
            let (logits, target) = line.given.split_at(3);
            let (mut x, labels) = (logits.to_vec(), [target[0] as u32]);
            let loss = match &line.name[..] {
                "cross_entropy" => {
                    let mut other = x.clone();
                    let loss = classes(&[], 0.0).of_classes(&labels, 1.0, &mut other);
                    compare(line, "loss with options", 0, 1.0, loss, &mut wrong);
                    softmax_cross_entropy::<3>(&labels, 1.0, &mut x)
                }
                "smoothing" => classes(&[], 0.1).of_classes(&labels, 1.0, &mut x),
                "weights" => classes(weights, 0.0).of_classes(&labels, 1.0, &mut x),
                "shares" => classes(&[], 0.0).of_shares(target, 1.0, &mut x),
                "shares_options" => classes(weights, 0.1).of_shares(target, 1.0, &mut x),
                "kl_divergence" => softmax_kl_divergence::<3>(target, 1.0, &mut x),
                name => panic!("unknown: {name}"),
            };
            compare(line, "loss", 0, 1.0, loss, &mut wrong);
            for (at, &slope) in x.iter().enumerate() {
                compare(line, "slope", at + 1, 1.0, slope, &mut wrong);
            }
        }
        none(wrong);
    });
}
