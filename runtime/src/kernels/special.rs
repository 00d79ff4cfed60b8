//! Activations and losses where arithmetic ends, against PyTorch's numbers: `tests/golden/special.py` has made them.

use super::activation::tests::{Visit, each};
use super::activation::*;
use super::isa::Isa;
use super::loss::{self, *};
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
    /// Compares the lines of each activation, and counts them.
    struct Check {
        lines: Vec<Line>,
        compared: usize,
        wrong: Vec<String>,
    }
    impl Visit for Check {
        fn visit<A: Activation>(
            &mut self,
            text: &str,
            activation: A,
            of_input: bool,
            _: fn(f64) -> f64,
            _: fn(f64) -> f64,
        ) {
            let lines = self.lines.iter().filter(|line| line.name == text);
            let before = self.compared;
            for line in lines {
                self.compared += 1;
                check_activation(activation, of_input, line, &mut self.wrong);
            }
            assert!(self.compared > before, "there are no numbers for `{text}`");
        }
    }
    on_each_isa(|| {
        let mut check = Check { lines: lines("activation"), compared: 0, wrong: vec![] };
        each(&mut check);
        assert_eq!(check.compared, check.lines.len(), "an activation is not in the list");
        none(check.wrong);
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
    /// Compares the lines of each loss, and collects its text.
    struct Check {
        lines: Vec<Line>,
        compared: Vec<String>,
        wrong: Vec<String>,
    }
    impl Check {
        fn loss(&mut self, text: &str, loss: impl Fn(&[f32], &mut [f32]) -> f32) {
            let lines: Vec<&Line> = self.lines.iter().filter(|line| line.name == text).collect();
            assert!(!lines.is_empty(), "there are no numbers for `{text}`");
            self.compared.push(text.into());
            for line in lines {
                check_each(line, &loss, &mut self.wrong);
            }
        }
    }
    impl loss::pointwise::tests::Visit for Check {
        fn visit<F: Elementwise>(
            &mut self,
            text: &str,
            loss: F,
            _: [f32; 2],
            _: [f32; 2],
            _: fn(f64, f64) -> f64,
        ) {
            self.loss(text, |t, y| elementwise(loss, t, 1.0, y));
        }
    }
    on_each_isa(|| {
        let mut check = Check { lines: lines("each"), compared: vec![], wrong: vec![] };
        loss::pointwise::tests::each(&mut check);
        check.loss("mse", |t, y| mse(t, 1.0, y));
        check.loss("binary_cross_entropy", |t, y| binary_cross_entropy(t, 1.0, y));
        check.loss("binary_cross_entropy(logits=true)", |t, y| sigmoid_binary_cross_entropy(t, 1.0, y));
        let missing = check.lines.iter().find(|line| !check.compared.contains(&line.name));
        assert!(missing.is_none(), "no test compares `{}`", missing.map_or("", |line| &line.name));
        none(check.wrong);
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
                "cross_entropy(logits=true)" => {
                    let mut other = x.clone();
                    let loss = classes(&[], 0.0).of_classes(&labels, 1.0, &mut other);
                    compare(line, "loss with options", 0, 1.0, loss, &mut wrong);
                    softmax_cross_entropy::<3>(&labels, 1.0, &mut x)
                }
                "cross_entropy(logits=true,label_smoothing=0.1)" => {
                    classes(&[], 0.1).of_classes(&labels, 1.0, &mut x)
                }
                "cross_entropy(logits=true,weights=[0.5,2,1.25])" => {
                    classes(weights, 0.0).of_classes(&labels, 1.0, &mut x)
                }
                "cross_entropy(logits=true,targets=shares)" => {
                    classes(&[], 0.0).of_shares(target, 1.0, &mut x)
                }
                "cross_entropy(logits=true,targets=shares,label_smoothing=0.1,weights=[0.5,2,1.25])" => {
                    classes(weights, 0.1).of_shares(target, 1.0, &mut x)
                }
                "kl_divergence(logits=true)" => softmax_kl_divergence::<3>(target, 1.0, &mut x),
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
