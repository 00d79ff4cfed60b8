//! Functions of one output and its target: each is said once, with its slope.

use super::SMALLEST;
use super::elementwise::Elementwise;
use crate::kernels::double::{exp, ln, ln_1p};
use crate::recipe::Pointwise;
use crate::sealed::seal;

seal!(BinaryCrossEntropy, Focal, Hinge, Huber, Mae, PoissonNll, Quantile, SmoothL1);

/// Returns the sum of the losses of outputs and their targets.
pub(crate) fn measure(of: Pointwise, outputs: &[f32], targets: &[f32]) -> f64 {
    let pairs = || outputs.iter().zip(targets).map(|(&y, &t)| (f64::from(y), f64::from(t)));
    match of {
        Pointwise::Mse => pairs().map(|(y, t)| (y - t).powi(2)).sum(),
        Pointwise::Mae => sum(Mae, pairs()),
        Pointwise::Huber { delta } => sum(Huber { delta }, pairs()),
        Pointwise::SmoothL1 { beta } => sum(SmoothL1 { beta }, pairs()),
        Pointwise::Quantile { q } => sum(Quantile { q }, pairs()),
        Pointwise::Hinge => sum(Hinge, pairs()),
        Pointwise::PoissonNll { log_input, full, eps } => sum(PoissonNll { log_input, full, eps }, pairs()),
        Pointwise::BinaryCrossEntropy { logits, pos_weight } => {
            sum(BinaryCrossEntropy { logits, pos_weight }, pairs())
        }
        Pointwise::Focal { logits, gamma, alpha } => sum(Focal { logits, gamma, alpha }, pairs()),
    }
}

fn sum(loss: impl Elementwise, pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    pairs.map(|(y, t)| loss.loss(y, t)).sum()
}

/// `|y - t|`, with slope 0 where they are equal or NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mae;

impl Elementwise for Mae {
    #[inline(always)]
    fn at<const FIRST: bool, const SECOND: bool>(self, y: f64, t: f64) -> (f64, f64) {
        let d = y - t;
        let falling = if d < 0.0 { -1.0 } else { 0.0 };
        (d.abs(), if d > 0.0 { 1.0 } else { falling })
    }
}

/// `(y - t)² / 2` up to a distance of `delta`, else `delta (|y - t| - delta / 2)` (Huber 1964).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    /// The difference at which the line begins, and its slope.
    pub delta: f64,
}

impl Elementwise for Huber {
    #[inline(always)]
    fn at<const FIRST: bool, const SECOND: bool>(self, y: f64, t: f64) -> (f64, f64) {
        let (d, delta) = (y - t, self.delta);
        let line = (delta * (d.abs() - 0.5 * delta), delta.copysign(d));
        if d.abs() > delta { line } else { (0.5 * d * d, d) }
    }
}

/// Huber's loss divided by `beta` (Girshick 2015).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothL1 {
    /// The difference at which the line begins; its slope is 1.
    pub beta: f64,
}

impl Elementwise for SmoothL1 {
    #[inline(always)]
    fn at<const FIRST: bool, const SECOND: bool>(self, y: f64, t: f64) -> (f64, f64) {
        let (loss, slope) = Huber { delta: self.beta }.at::<FIRST, SECOND>(y, t);
        (loss / self.beta, slope / self.beta)
    }
}

/// `q max(0, t - y) + (1 - q) max(0, y - t)`, the pinball loss (Koenker and Bassett 1978); slope 0 where they are equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// The share of targets that lie below the best output.
    pub q: f64,
}

impl Elementwise for Quantile {
    #[inline(always)]
    fn at<const FIRST: bool, const SECOND: bool>(self, y: f64, t: f64) -> (f64, f64) {
        let (d, q) = (y - t, self.q);
        // NaN is on both sides.
        let (low, fall) = if d >= 0.0 { (0.0, 0.0) } else { (-d * q, -q) };
        let (high, rise) = if d <= 0.0 { (0.0, 0.0) } else { (d * (1.0 - q), 1.0 - q) };
        (low + high, fall + rise)
    }
}

/// `max(0, 1 - s y)`, where `s` is 1 for a target above 0 and else -1 (Cortes and Vapnik 1995); slope 0 at the kink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hinge;

impl Elementwise for Hinge {
    #[inline(always)]
    fn at<const FIRST: bool, const SECOND: bool>(self, y: f64, t: f64) -> (f64, f64) {
        let s = if t > 0.0 { 1.0 } else { -1.0 };
        let short = 1.0 - s * y;
        // NaN stays NaN.
        if short <= 0.0 { (0.0, 0.0) } else { (short, -s) }
    }
}

/// `e^y - t y`, or of rates `y - t ln(y + eps)`: [PoissonNLLLoss].
///
/// [PoissonNLLLoss]: https://docs.pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoissonNll {
    /// Outputs are logarithms of rates.
    pub log_input: bool,
    /// `t ln t - t + ln(2 π t) / 2` is added for targets above 1.
    pub full: bool,
    /// The number that is added to a rate before its logarithm.
    pub eps: f64,
}

impl Elementwise for PoissonNll {
    #[inline(always)]
    fn options(self) -> [bool; 2] {
        [self.log_input, self.full]
    }

    #[inline(always)]
    fn at<const LOG_INPUT: bool, const FULL: bool>(self, y: f64, t: f64) -> (f64, f64) {
        let stirling = if FULL { t * ln(t) - t + 0.5 * ln(std::f64::consts::TAU * t) } else { 0.0 };
        let stirling = if t > 1.0 { stirling } else { 0.0 };
        if LOG_INPUT {
            let rate = exp(y);
            (rate - t * y + stirling, rate - t)
        } else {
            let rate = y + self.eps;
            (y - t * ln(rate) + stirling, 1.0 - t / rate)
        }
    }
}

/// `-w t ln p - (1 - t) ln(1 - p)`, of probabilities or of logits: [BCEWithLogitsLoss].
///
/// [BCEWithLogitsLoss]: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy {
    /// Outputs are logits.
    pub logits: bool,
    /// `w`, the weight of a yes relative to a no.
    pub pos_weight: f64,
}

impl Elementwise for BinaryCrossEntropy {
    #[inline(always)]
    fn options(self) -> [bool; 2] {
        [self.logits, false]
    }

    #[inline(always)]
    fn at<const LOGITS: bool, const SECOND: bool>(self, y: f64, t: f64) -> (f64, f64) {
        let of = Probability::of::<LOGITS>(y);
        let (yes, no) = (self.pos_weight * t, 1.0 - t);
        (-yes * of.log_yes - no * of.log_no, (no * of.yes - yes * of.no) / of.spread)
    }
}

/// `-a (1 - q)^gamma ln q`, where `q` is the probability of the right answer and `a` is `alpha` for a yes and else
/// `1 - alpha` (Lin et al. 2017), for targets between 0 and 1 as torchvision's `sigmoid_focal_loss`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Focal {
    /// Outputs are logits.
    pub logits: bool,
    /// The power of the distance to the right answer.
    pub gamma: f64,
    /// The weight of a yes.
    pub alpha: f64,
}

impl Elementwise for Focal {
    #[inline(always)]
    fn options(self) -> [bool; 2] {
        [self.logits, false]
    }

    #[inline(always)]
    fn at<const LOGITS: bool, const SECOND: bool>(self, y: f64, t: f64) -> (f64, f64) {
        let of = Probability::of::<LOGITS>(y);
        let alpha = self.alpha * t + (1.0 - self.alpha) * (1.0 - t);
        let entropy = -t * of.log_yes - (1.0 - t) * of.log_no;
        // 1 - q, and how fast it falls with the logit.
        let wrong = of.yes * (1.0 - t) + of.no * t;
        let fall = (2.0 * t - 1.0) * of.yes * of.no;
        let factor = alpha * power(wrong, self.gamma);
        // Nothing is wrong: the power takes all slopes with it, or there is none. An infinite logit has none.
        let steep = if wrong > 0.0 { self.gamma * fall / wrong } else { 0.0 } * entropy;
        (factor * entropy, factor * (of.yes - t - steep) / of.spread)
    }
}

/// A probability with its logarithms.
struct Probability {
    yes: f64,
    no: f64,
    log_yes: f64,
    log_no: f64,
    /// The slope by the logit is this times the one by the output.
    spread: f64,
}

impl Probability {
    /// Logarithms of probabilities count at least -100 and slopes are divided by at least 10⁻¹², as in PyTorch.
    #[inline(always)]
    fn of<const LOGITS: bool>(y: f64) -> Probability {
        if LOGITS {
            let power = exp(-y.abs());
            let (more, less) = (1.0 / (1.0 + power), power / (1.0 + power));
            let (yes, no) = if y < 0.0 { (less, more) } else { (more, less) };
            let rest = ln_1p(power);
            let half = |x: f64| if x < 0.0 { x - rest } else { -rest };
            Probability { yes, no, log_yes: half(y), log_no: half(-y), spread: 1.0 }
        } else {
            let no = 1.0 - y;
            let log = |p: f64| {
                let logarithm = ln(p);
                if logarithm < -100.0 { -100.0 } else { logarithm }
            };
            let spread = if y * no < f64::from(SMALLEST) { f64::from(SMALLEST) } else { y * no };
            Probability { yes: y, no, log_yes: log(y), log_no: log(no), spread }
        }
    }
}

/// Computes `x^gamma` for `x` from 0 to 1; the power 0 of 0 is 1.
#[inline(always)]
fn power(x: f64, gamma: f64) -> f64 {
    let power = exp(gamma * ln(x));
    if gamma == 0.0 { 1.0 } else { power }
}

#[cfg(test)]
pub(in crate::kernels) mod tests {
    use super::super::tests::check;
    use super::super::{binary_cross_entropy, elementwise};
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    /// Compares a loss of single numbers with its definition and its slopes, away from kinks, at lengths with and without rest.
    fn check_each<F: Elementwise>(
        f: F,
        outputs: [f32; 2],
        targets: [f32; 2],
        definition: fn(f64, f64) -> f64,
    ) {
        let between = |seed, len, [low, high]: [f32; 2]| -> Vec<f32> {
            numbers(seed, len).iter().map(|x| low + (x + 1.0) / 2.0 * (high - low)).collect()
        };
        on_each_isa(|| {
            for len in [0, 1, 16, 37] {
                let (targets, y) = (between(5, len, targets), between(6, len, outputs));
                let mut gradient = y.clone();
                let loss = elementwise(f, &targets, 0.5, &mut gradient);
                let sum =
                    |y: &[f64]| y.iter().zip(&targets).map(|(&y, &t)| definition(y, f64::from(t))).sum();
                check(&y, 0.5, &(loss, gradient), sum, 1e-6);
            }
        });
    }

    /// A test of each loss of single numbers.
    pub(in crate::kernels) trait Visit {
        /// Takes a loss: its text in the language, itself, the ranges of outputs and targets, and its definition of an output and a target.
        fn visit<F: Elementwise>(
            &mut self,
            text: &str,
            loss: F,
            outputs: [f32; 2],
            targets: [f32; 2],
            definition: fn(f64, f64) -> f64,
        );
    }

    /// Shows every loss of single numbers that the language has to `tests`.
    pub(in crate::kernels) fn each(tests: &mut impl Visit) {
        const ANY: [f32; 2] = [-3.0, 3.0];
        const SIDES: [f32; 2] = [-1.0, 1.0];
        const SHARES: [f32; 2] = [0.0, 1.0];
        tests.visit("mae", Mae, ANY, SIDES, |y, t| (y - t).abs());
        tests.visit("huber", Huber { delta: 1.0 }, ANY, SIDES, |y, t| huber(y, t, 1.0));
        tests.visit("huber(delta=0.5)", Huber { delta: 0.5 }, ANY, SIDES, |y, t| huber(y, t, 0.5));
        tests.visit("smooth_l1", SmoothL1 { beta: 1.0 }, ANY, SIDES, |y, t| huber(y, t, 1.0));
        tests.visit("smooth_l1(beta=0.5)", SmoothL1 { beta: 0.5 }, ANY, SIDES, |y, t| huber(y, t, 0.5) / 0.5);
        tests.visit("quantile", Quantile { q: 0.5 }, ANY, SIDES, |y, t| quantile(y, t, 0.5));
        tests.visit("quantile(q=0.9)", Quantile { q: 0.9 }, ANY, SIDES, |y, t| quantile(y, t, 0.9));
        tests.visit("hinge", Hinge, ANY, SIDES, |y, t| (1.0 - if t > 0.0 { y } else { -y }).max(0.0));
        let poisson = |log_input, full| PoissonNll { log_input, full, eps: 1e-8 };
        tests.visit("poisson_nll", poisson(true, false), [-2.0, 2.0], [0.0, 4.0], |y, t| y.exp() - t * y);
        tests.visit("poisson_nll(full=true)", poisson(true, true), [-2.0, 2.0], [1.5, 4.0], |y, t| {
            y.exp() - t * y + t * t.ln() - t + 0.5 * (std::f64::consts::TAU * t).ln()
        });
        tests.visit("poisson_nll(log_input=false)", poisson(false, false), [0.5, 4.0], [0.0, 4.0], |y, t| {
            y - t * (y + 1e-8).ln()
        });
        let binary = |pos_weight| BinaryCrossEntropy { logits: true, pos_weight };
        tests.visit("binary_cross_entropy(logits=true)", binary(1.0), [-8.0, 8.0], SHARES, |x, t| {
            -t * sigmoid(x).ln() - (1.0 - t) * sigmoid(-x).ln()
        });
        tests.visit(
            "binary_cross_entropy(logits=true,pos_weight=2.5)",
            binary(2.5),
            [-8.0, 8.0],
            SHARES,
            |x, t| -2.5 * t * sigmoid(x).ln() - (1.0 - t) * sigmoid(-x).ln(),
        );
        let focal = |gamma, alpha| Focal { logits: true, gamma, alpha };
        tests.visit("focal(logits=true)", focal(2.0, 0.25), [-8.0, 8.0], SHARES, |x, t| {
            let wrong = sigmoid(x) * (1.0 - t) + sigmoid(-x) * t;
            let entropy = -t * sigmoid(x).ln() - (1.0 - t) * sigmoid(-x).ln();
            (0.25 * t + 0.75 * (1.0 - t)) * wrong.powf(2.0) * entropy
        });
    }

    /// Huber's loss, whose lines begin at `reach`.
    fn huber(y: f64, t: f64, reach: f64) -> f64 {
        let d = (y - t).abs();
        if d < reach { d * d / 2.0 } else { reach * (d - reach / 2.0) }
    }

    fn quantile(y: f64, t: f64, q: f64) -> f64 {
        (q * (t - y)).max((q - 1.0) * (t - y))
    }

    fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    #[test]
    fn losses_of_single_numbers_agree_with_their_definitions() {
        struct Check;
        impl Visit for Check {
            fn visit<F: Elementwise>(
                &mut self,
                _: &str,
                loss: F,
                outputs: [f32; 2],
                targets: [f32; 2],
                definition: fn(f64, f64) -> f64,
            ) {
                check_each(loss, outputs, targets, definition);
            }
        }
        each(&mut Check);
        check_each(Focal { logits: true, gamma: 1.5, alpha: 0.3 }, [-8.0, 8.0], [0.0, 1.0], |x, t| {
            let wrong = sigmoid(x) * (1.0 - t) + sigmoid(-x) * t;
            let entropy = -t * sigmoid(x).ln() - (1.0 - t) * sigmoid(-x).ln();
            (0.3 * t + 0.7 * (1.0 - t)) * wrong.powf(1.5) * entropy
        });
    }

    #[test]
    fn probabilities_cost_what_their_logits_do() {
        let targets = [0.0, 1.0, 0.25, 0.75];
        let x = [-2.0f32, 0.5, 1.25, 3.0];
        let spread = |x: f32| (sigmoid(f64::from(x)) * sigmoid(f64::from(-x))) as f32;
        for gamma in [0.0, 0.5, 2.0] {
            let (mut of_x, mut of_p) = (x, x.map(|x| sigmoid(f64::from(x)) as f32));
            let [a, b] = [true, false].map(|logits| Focal { logits, gamma, alpha: 0.25 });
            let want = elementwise(a, &targets, 1.0, &mut of_x);
            assert_close(&[elementwise(b, &targets, 1.0, &mut of_p)], &[f64::from(want)], 1e-6);
            for ((of_p, of_x), x) in of_p.into_iter().zip(of_x).zip(x) {
                assert_close(&[of_p * spread(x)], &[f64::from(of_x)], 1e-6);
            }
        }
        let mut p = [0.0, 1.0, 0.25, 0.5];
        let mut same = p;
        let weighted = BinaryCrossEntropy { logits: false, pos_weight: 1.0 };
        let loss = elementwise(weighted, &[1.0, 0.0, 1.0, 0.0], 1.0, &mut p);
        assert_close(
            &[binary_cross_entropy(&[1.0, 0.0, 1.0, 0.0], 1.0, &mut same)],
            &[f64::from(loss)],
            1e-7,
        );
        assert_eq!(p, same);
    }

    #[test]
    fn extremes_of_single_numbers() {
        let far = [1e4f32, -1e4, f32::MAX, -200.0];
        for logits in [true, false] {
            let focal = Focal { logits, gamma: 0.5, alpha: 0.25 };
            let mut y = if logits { far } else { [1.0, 0.0, 1.0, 0.0] };
            assert_eq!(elementwise(focal, &[1.0, 0.0, 1.0, 0.0], 1.0, &mut y), 0.0);
            assert_eq!(y, [0.0; 4]);
        }
        let mut y = far;
        let loss = elementwise(
            BinaryCrossEntropy { logits: true, pos_weight: 2.0 },
            &[1.0, 1.0, 1.0, 0.0],
            1.0,
            &mut y,
        );
        assert_eq!((loss, y), (2e4, [0.0, -2.0, 0.0, 0.0]));
        let mut y = [0.5, 1.0, -1.0, 2.0];
        assert_eq!(elementwise(Mae, &[0.5, 1.0, 1.0, 0.0], 1.0, &mut y), 4.0);
        assert_eq!(y, [0.0, 0.0, -1.0, 1.0]);
        let mut y = [1.0, -1.0, 0.0, 0.0];
        assert_eq!(elementwise(Hinge, &[1.0, -1.0, 1.0, 0.0], 1.0, &mut y), 2.0);
        assert_eq!(y, [0.0, 0.0, -1.0, 1.0]);
        assert!(elementwise(Mae, &[0.0], 1.0, &mut [f32::NAN]).is_nan());
        assert!(elementwise(Hinge, &[0.0], 1.0, &mut [f32::NAN]).is_nan());
        assert!(elementwise(Huber { delta: 1.0 }, &[0.0], 1.0, &mut [f32::NAN]).is_nan());
    }
}
