//! Compares one slope with differences of the loss.
//!
//! A kink near the place falsifies the differences that reach beyond it. The slope at the place still is that of the side
//! without a kink, or that of smaller steps. A slope is wrong only if the loss is shown to be straight around the place,
//! with another slope.

use crate::Error;

/// Result at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Finding {
    /// Compared.
    Slope {
        /// The slope by differences that is nearest to the gradient; of a wrong gradient the one that proves it wrong.
        slope: f64,
        /// The difference, as in [`Worst`](super::Worst).
        difference: f64,
    },
    /// A kink is so near that differences tell no slope.
    Kink,
}

/// Steps, the largest first: a smaller one may leave a kink nearby outside, at the cost of rounding.
const STEPS: [f64; 3] = [1e-5, 1e-6, 1e-7];

/// A step that rounding makes too coarse for a comparison, but that tells on which side of a doubt the truth is.
const LAST_STEP: f64 = 1e-8;

/// Gradients below this are taken as rounding of a loss around 1.
const NOISE: f64 = 1e-5;

/// Slopes of the smallest step's parts that differ by less may do so by rounding.
const ROUNDING: f64 = 1e-5;

/// Parts of a step, whose slopes show whether the loss is straight there.
const PARTS: usize = 4;

/// The distance from the slopes of the parts, relative to their spread, from which on a slope is wrong.
const OUTSIDE: f64 = 0.25;

pub(super) fn examine(
    x: f64,
    gradient: f64,
    tolerance: f64,
    loss: &mut dyn FnMut(f64) -> Result<f64, Error>,
) -> Result<Finding, Error> {
    let here = loss(x)?;
    let noise = NOISE * here.abs().max(1.0);
    let mut doubt = None;
    let (mut best, mut bent) = ((f64::NAN, f64::INFINITY), false);
    for step in STEPS {
        let (above, below) = (loss(x + step)?, loss(x - step)?);
        let slope = (above - below) / (2.0 * step);
        let difference = relative(gradient, slope, noise);
        if difference <= tolerance || difference.is_infinite() {
            return Ok(Finding::Slope { slope, difference });
        }
        let sides = Sides::measure(x, step, [below, here, above], loss)?;
        for slope in sides.at_place().into_iter().chain([slope]) {
            let difference = relative(gradient, slope, noise);
            if difference <= tolerance {
                return Ok(Finding::Slope { slope, difference });
            }
            if difference < best.1 {
                best = (slope, difference);
            }
        }
        let scale = gradient.abs().max(slope.abs()).max(noise);
        if sides.distance(gradient) > OUTSIDE * sides.spread() + tolerance * scale {
            doubt = Some((slope, difference));
        }
        bent = sides.spread() > tolerance.max(ROUNDING) * scale;
    }
    let Some((slope, difference)) = doubt else {
        let (slope, difference) = best;
        return Ok(if bent { Finding::Kink } else { Finding::Slope { slope, difference } });
    };
    // Kinks on both sides, nearer than all steps, look like another slope.
    let nearest = (loss(x + LAST_STEP)? - loss(x - LAST_STEP)?) / (2.0 * LAST_STEP);
    let kinks = (nearest - gradient).abs() < (nearest - slope).abs();
    Ok(if kinks { Finding::Kink } else { Finding::Slope { slope, difference } })
}

/// The loss at equal distances below and above a place.
struct Sides {
    step: f64,
    /// The slopes from the place outwards, the place itself first.
    below: [f64; PARTS + 1],
    above: [f64; PARTS + 1],
}

impl Sides {
    fn measure(
        x: f64,
        step: f64,
        [below, here, above]: [f64; 3],
        loss: &mut dyn FnMut(f64) -> Result<f64, Error>,
    ) -> Result<Sides, Error> {
        let mut sides = Sides { step, below: [here; PARTS + 1], above: [here; PARTS + 1] };
        (sides.below[PARTS], sides.above[PARTS]) = (below, above);
        for part in 1..PARTS {
            let distance = step * part as f64 / PARTS as f64;
            sides.below[part] = loss(x - distance)?;
            sides.above[part] = loss(x + distance)?;
        }
        Ok(sides)
    }

    /// Returns the slope at the place by each side alone, of a parabola through three points: whole steps and
    /// nearer ones.
    fn at_place(&self) -> [f64; 4] {
        let of = |at: &[f64; PARTS + 1], near: usize, sign: f64| {
            let far_distance = self.step * (2 * near) as f64 / PARTS as f64;
            sign * (4.0 * at[near] - 3.0 * at[0] - at[2 * near]) / far_distance
        };
        [
            of(&self.below, PARTS / 2, -1.0),
            of(&self.above, PARTS / 2, 1.0),
            of(&self.below, PARTS / 4, -1.0),
            of(&self.above, PARTS / 4, 1.0),
        ]
    }

    /// Returns the least and the largest slope of a part.
    fn range(&self) -> [f64; 2] {
        let length = self.step / PARTS as f64;
        let slopes = |at: &[f64; PARTS + 1], sign: f64| {
            std::array::from_fn::<f64, PARTS, _>(|part| sign * (at[part + 1] - at[part]) / length)
        };
        let all = slopes(&self.below, -1.0).into_iter().chain(slopes(&self.above, 1.0));
        all.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], slope| [low.min(slope), high.max(slope)])
    }

    fn spread(&self) -> f64 {
        let [low, high] = self.range();
        high - low
    }

    /// Returns the distance of a slope from the range.
    fn distance(&self, slope: f64) -> f64 {
        let [low, high] = self.range();
        (low - slope).max(slope - high).max(0.0)
    }
}

fn relative(a: f64, b: f64, noise: f64) -> f64 {
    let difference = (a - b).abs() / a.abs().max(b.abs()).max(noise);
    if difference.is_nan() { f64::INFINITY } else { difference }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(x: f64, gradient: f64, function: impl Fn(f64) -> f64) -> Finding {
        examine(x, gradient, 1e-4, &mut |x| Ok(function(x))).unwrap()
    }

    fn difference(finding: Finding) -> f64 {
        match finding {
            Finding::Slope { difference, .. } => difference,
            Finding::Kink => panic!("no kink here"),
        }
    }

    #[test]
    fn wrong_slopes_are_found() {
        assert!(difference(of(3.0, 6.0, |x| x * x)) < 1e-8);
        assert!((difference(of(3.0, 3.0, |x| x * x)) - 0.5).abs() < 1e-6);
        assert!(difference(of(0.0, 0.0, |x| x * x)) < 1e-4);
        // A slope where there is none.
        assert!((difference(of(3.0, 1.0, |_| 2.0)) - 1.0).abs() < 1e-9);
        assert_eq!(difference(of(1.0, f64::NAN, |x| x)), f64::INFINITY);
        assert_eq!(difference(of(-1.0, 1.0, f64::ln)), f64::INFINITY);
        // Hardly wrong, of a bent function; and below one that is large.
        assert!(difference(of(0.3, 10.0 * 3f64.exp() * 1.000_3, |x| (10.0 * x).exp())) > 1e-4);
        assert!(difference(of(0.3, 2.001, |x| 2.0 * x + 1e3)) > 1e-4);
    }

    #[test]
    fn any_slope_between_the_sides_is_right_at_a_kink() {
        for gradient in [0.0, 1.0] {
            assert!(difference(of(0.0, gradient, |x| x.max(0.0))) < 1e-6);
        }
        assert_eq!(of(0.0, 0.3, |x| x.max(0.0)), Finding::Kink);
        assert!(difference(of(0.0, 1.5, |x| x.max(0.0))) > 0.3);
        assert!(difference(of(0.0, -1.0, |x| x.max(0.0))) > 0.3);
    }

    /// Kinks are tried at any distance, on one side or on both, with any change of the slope.
    #[test]
    fn kinks_beside_the_place_are_no_errors() {
        for power in 0..=60 {
            let distance = 1e-10 * 10f64.powf(f64::from(power) / 10.0);
            for change in [1e-3, 0.5, 1.0, -0.7, 30.0] {
                for (left, right) in [(0.0, change), (change, 0.0), (change, change), (change, -0.3 * change)]
                {
                    let function = |x: f64| {
                        let beyond =
                            (x - 0.4 - distance).max(0.0) * right + (0.4 - distance - x).max(0.0) * left;
                        x.sin() + beyond
                    };
                    let found = of(0.4, 0.4f64.cos(), function);
                    let two = left != 0.0 && right != 0.0;
                    let fine = match found {
                        Finding::Kink => two,
                        Finding::Slope { difference, .. } => difference <= 1e-4,
                    };
                    // Nearer than rounding tells, both sides look like one other slope.
                    assert!(fine || two && distance < 2e-8, "{distance:e} {left} {right}: {found:?}");
                    // A wrong slope stays wrong beside a kink on one side.
                    if !two {
                        assert!(difference(of(0.4, 2.0 + 2.0 * change.abs(), function)) > 1e-2);
                    }
                }
            }
        }
    }
}
