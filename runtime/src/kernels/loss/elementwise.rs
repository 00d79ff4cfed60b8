//! Losses that are means of a function of one output and its target: each says that function once, with its slope.

use super::{LANES, SMALLEST};
use crate::kernels::double::{exp, ln, ln_1p};
use crate::kernels::isa::{Arithmetic, Kernel, dispatch};
use crate::sealed::{Sealed, seal};

/// A function of an output and its target.
///
/// This trait is sealed.
pub trait Elementwise: Sealed + Copy {
    /// Returns the two options that choose between formulas. Each choice gets a loop of its own: one that
    /// asks is no vector loop.
    #[inline(always)]
    fn options(self) -> [bool; 2] {
        [false; 2]
    }

    /// Returns the loss, and its derivative by the output, with these options.
    fn at<const FIRST: bool, const SECOND: bool>(self, y: f64, t: f64) -> (f64, f64);

    /// Returns the loss.
    fn loss(self, y: f64, t: f64) -> f64 {
        match self.options() {
            [false, false] => self.at::<false, false>(y, t).0,
            [false, true] => self.at::<false, true>(y, t).0,
            [true, false] => self.at::<true, false>(y, t).0,
            [true, true] => self.at::<true, true>(y, t).0,
        }
    }
}

seal!(BinaryCrossEntropy, Focal, Hinge, Huber, Mae, PoissonNll, SmoothL1);

/// Returns the sum of losses `f(y, t)`; the outputs become `f'(y, t) · scale`. In 64 bits, but for what is
/// read and written.
pub fn elementwise<F: Elementwise>(f: F, targets: &[f32], scale: f32, y_to_grad: &mut [f32]) -> f32 {
    assert_eq!(targets.len(), y_to_grad.len());
    dispatch(Each { f, targets, scale, y: y_to_grad }) as f32
}

struct Each<'a, F> {
    f: F,
    targets: &'a [f32],
    scale: f32,
    y: &'a mut [f32],
}

impl<F: Elementwise> Kernel for Each<'_, F> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        match self.f.options() {
            [false, false] => self.sum::<false, false>(),
            [false, true] => self.sum::<false, true>(),
            [true, false] => self.sum::<true, false>(),
            [true, true] => self.sum::<true, true>(),
        }
    }
}

impl<F: Elementwise> Each<'_, F> {
    #[inline(always)]
    fn sum<const FIRST: bool, const SECOND: bool>(self) -> f64 {
        let scale = f64::from(self.scale);
        let mut sums = [0.0; LANES];
        let (blocks, rest) = self.y.as_chunks_mut::<LANES>();
        let (target_blocks, target_rest) = self.targets.as_chunks::<LANES>();
        for (y, targets) in blocks.iter_mut().zip(target_blocks) {
            for ((y, &t), sum) in y.iter_mut().zip(targets).zip(&mut sums) {
                let (loss, slope) = self.f.at::<FIRST, SECOND>(f64::from(*y), f64::from(t));
                *sum += loss;
                *y = (slope * scale) as f32;
            }
        }
        for ((y, &t), sum) in rest.iter_mut().zip(target_rest).zip(&mut sums) {
            let (loss, slope) = self.f.at::<FIRST, SECOND>(f64::from(*y), f64::from(t));
            *sum += loss;
            *y = (slope * scale) as f32;
        }
        sums.iter().sum()
    }
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
