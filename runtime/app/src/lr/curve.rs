//! The loss at rising rates: its smoothed course, the rate at which it falls fastest and the one from which on it rises.

/// The weight of the past in the smoothed loss.
const MEMORY: f64 = 0.9;
/// The rises of the smoothed loss above its lowest value that end a test, in multiples of that value or of the whole fall.
const END: f64 = 3.0;
/// The part of the fall that is lost again where the loss blows up.
const LOST: f64 = 0.5;
/// The steps at the beginning over which the first loss is a mean, at least and as a part of all; before them, the smoothed loss is that of
/// too few steps to be the lowest.
const LEAST_BEGINNING: usize = 10;
const BEGINNING: usize = 10;
/// The part of the steps over which a slope is measured.
const SLOPE: usize = 20;
/// The least fall of the loss that counts, in multiples of the smoothed noise and as a part of the first loss. Noise alone falls so far in
/// one test of twenty.
const NOISE: f64 = 5.0;
const LEAST_FALL: f64 = 0.01;

/// The fewest steps of a test.
pub(super) const LEAST_STEPS: usize = 20;

/// A step of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) rate: f64,
    /// The loss of the step's batch, with penalties.
    pub(super) loss: f64,
    /// The exponential mean of the losses so far.
    pub(super) smoothed: f64,
}

/// The steps of a test, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Curve {
    pub(super) points: Vec<Point>,
    /// The rate of the step whose loss was NaN or infinite.
    pub(super) broken: Option<f64>,
}

/// Rates of a curve that lead to a suggestion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// The rate at which the smoothed loss falls fastest over the logarithm of the rate.
    pub(super) steepest: f64,
    /// The rate from which on the smoothed loss has lost half of its fall, or is NaN or infinite.
    pub(super) limit: Option<f64>,
}

/// The rule that a suggestion follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Steepest,
    Tenth,
}

impl Found {
    /// Returns the smaller of both rates: that of the steepest fall, and a tenth of the one at which the loss blows up.
    pub(super) fn suggestion(self) -> (f64, Rule) {
        match self.limit.map(|limit| limit / 10.0) {
            Some(tenth) if tenth < self.steepest => (tenth, Rule::Tenth),
            _ => (self.steepest, Rule::Steepest),
        }
    }
}

impl Curve {
    /// Adds the loss of a step; returns true if the test is over, because the loss has diverged.
    pub(super) fn push(&mut self, rate: f64, loss: f64) -> bool {
        if !loss.is_finite() {
            self.broken = Some(rate);
            return true;
        }
        // The mean of a beginning is weighed as if there were nothing before it.
        let weight = |steps: usize| 1.0 - MEMORY.powi(steps as i32);
        let count = self.points.len();
        let sum = self.points.last().map_or(0.0, |last| last.smoothed * weight(count));
        let smoothed = (MEMORY * sum + (1.0 - MEMORY) * loss) / weight(count + 1);
        self.points.push(Point { rate, loss, smoothed });
        let Some(lowest) = self.lowest().map(|at| self.points[at].smoothed) else { return false };
        smoothed - lowest > END * lowest.abs().max(self.first() - lowest)
    }

    /// Returns the number of the point with the lowest smoothed loss after the beginning; `None` during the beginning.
    fn lowest(&self) -> Option<usize> {
        let smoothed = |at: &usize| self.points[*at].smoothed;
        (self.beginning()..self.points.len()).min_by(|a, b| smoothed(a).total_cmp(&smoothed(b)))
    }

    /// Returns the highest smoothed loss up to the lowest one.
    pub(super) fn most_before_lowest(&self) -> f64 {
        let until = self.lowest().unwrap_or(self.points.len());
        self.points.iter().take(until).map(|point| point.smoothed).fold(f64::MIN_POSITIVE, f64::max)
    }

    /// Returns the number of steps of the beginning.
    fn beginning(&self) -> usize {
        LEAST_BEGINNING.max(self.points.len() / BEGINNING)
    }

    /// Returns the mean loss at the beginning.
    fn first(&self) -> f64 {
        let count = self.beginning();
        self.points.iter().take(count).map(|point| point.loss).sum::<f64>() / count as f64
    }

    /// Returns the rates that the curve leads to; `None` if the loss falls at none of them.
    pub(super) fn found(&self) -> Option<Found> {
        let points = &self.points;
        let (lowest, first) = (self.lowest()?, self.first());
        let least = points[lowest].smoothed;
        let fall = first - least;
        if fall <= (LEAST_FALL * first.abs()).max(NOISE * self.noise(lowest)) {
            return None;
        }
        let window = (points.len() / SLOPE).max(2);
        let slope = |at: usize| slope(&points[at.saturating_sub(window / 2)..=(at + window / 2).min(lowest)]);
        let steepest = (0..=lowest).min_by(|&a, &b| slope(a).total_cmp(&slope(b)))?;
        let rises = |point: &&Point| point.smoothed > least + LOST * fall;
        let limit = points[lowest..].iter().find(rises).map(|point| point.rate).or(self.broken);
        Some(Found { steepest: points[steepest].rate, limit })
    }

    /// Returns the standard deviation that noise of the losses up to a point leaves in the smoothed ones.
    fn noise(&self, until: usize) -> f64 {
        let squares = self.points[..=until].iter().map(|point| (point.loss - point.smoothed).powi(2));
        let deviation = (squares.sum::<f64>() / (until + 1) as f64).sqrt();
        deviation * ((1.0 - MEMORY) / (1.0 + MEMORY)).sqrt()
    }
}

/// Returns the slope of the smoothed loss over the logarithm of the rate, by least squares.
fn slope(points: &[Point]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&Point) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.rate.ln()), mean(|point| point.smoothed));
    let products = points.iter().map(|point| (point.rate.ln() - x) * (point.smoothed - y)).sum::<f64>();
    let squares = points.iter().map(|point| (point.rate.ln() - x).powi(2)).sum::<f64>();
    if squares > 0.0 { products / squares } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: usize = 200;

    /// Returns the curve of a loss that is a function of the rate's decimal logarithm, from -6 to 1, as far as the test goes.
    fn curve(loss: impl Fn(f64, usize) -> f64) -> Curve {
        let mut curve = Curve::default();
        for step in 0..STEPS {
            let decade = -6.0 + 7.0 * step as f64 / (STEPS - 1) as f64;
            if curve.push(10f64.powf(decade), loss(decade, step)) {
                break;
            }
        }
        curve
    }

    /// A fall around 1e-3 by 2, and a rise above 1e-1.
    fn usual(decade: f64) -> f64 {
        let rise = (3.0 * (decade + 1.0)).max(0.0);
        2.3 - 2.0 / (1.0 + (-4.0 * (decade + 3.0)).exp()) + rise.exp_m1()
    }

    /// Noise that is the same in every run, from -1 to 1.
    fn noise(step: usize) -> f64 {
        let mixed = (step as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    #[test]
    fn the_fall_and_the_rise_are_found() {
        for amount in [0.0, 0.1, 0.3] {
            let curve = curve(|decade, step| usual(decade) + amount * noise(step));
            let found = curve.found().unwrap();
            let (steepest, limit) = (found.steepest.log10(), found.limit.unwrap().log10());
            // Smoothing is late by about nine steps, a third of a decade.
            assert!((-3.1..-2.4).contains(&steepest), "{amount}: {steepest}");
            assert!((-1.0..-0.4).contains(&limit), "{amount}: {limit}");
            assert_eq!(found.suggestion(), (found.steepest, Rule::Steepest));
            assert!(curve.points.len() < STEPS, "it ends where the loss has risen");
        }
    }

    #[test]
    fn a_fall_right_before_the_rise_leaves_a_tenth() {
        let curve = curve(|decade, _| if decade < -1.0 { 2.0 - (decade + 2.0).max(0.0) } else { f64::NAN });
        let found = curve.found().unwrap();
        assert!((found.limit.unwrap().log10() + 1.0).abs() < 0.05, "{found:?}");
        let (rate, rule) = found.suggestion();
        assert_eq!((rate, rule), (found.limit.unwrap() / 10.0, Rule::Tenth));
        assert_eq!(curve.broken, found.limit);
    }

    #[test]
    fn nothing_is_suggested_where_nothing_falls() {
        assert_eq!(curve(|_, _| 2.3).found(), None);
        assert_eq!(curve(|_, step| 2.3 + 0.2 * noise(step)).found(), None);
        assert_eq!(curve(|decade, step| 2.3 + 0.05 * noise(step) + (decade + 1.0).max(0.0)).found(), None);
        assert_eq!(curve(|_, _| f64::NAN).found(), None);
        assert_eq!(Curve::default().found(), None);
    }

    #[test]
    fn losses_below_zero_are_compared_as_others() {
        let (plain, lower) = (curve(|decade, _| usual(decade)), curve(|decade, _| usual(decade) - 5.0));
        assert_eq!(plain.found().unwrap().steepest, lower.found().unwrap().steepest);
        assert_eq!(plain.found().unwrap().limit, lower.found().unwrap().limit);
    }

    #[test]
    fn a_loss_that_only_falls_has_no_limit() {
        let curve = curve(|decade, _| 1.0 / (1.0 + (decade + 2.0).exp()));
        assert_eq!((curve.points.len(), curve.found().unwrap().limit), (STEPS, None));
    }
}
