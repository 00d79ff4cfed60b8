//! The meaning of outputs.

use netwright::app::Predictor;
use netwright::metrics::{class_of, probabilities};
use netwright::train::{Answers, Loss, Pictures, Source};

/// The meaning of an output's numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Meaning {
    /// Each place is of one of several classes, whose shares are the channels.
    Classes,
    /// Each number is the probability of a yes, or a score that is a yes above the border.
    YesOrNo { border: f32, of_scores: bool },
    /// Numbers.
    Numbers,
}

impl Meaning {
    /// Finds the meaning of a network's outputs.
    pub(crate) fn of<P: Predictor>() -> Meaning {
        Meaning::of_output(P::loss(), P::OUTPUT, !P::TO_INPUT && has_masks(super::first_source::<P>()))
    }

    /// Finds the meaning of an output, which is compared with masks or with something else.
    pub(super) fn of_output(loss: Loss, output: &[usize], has_masks: bool) -> Meaning {
        let channels = output.first().copied().unwrap_or(1);
        match loss.answers() {
            Answers::Classes { .. } => Meaning::Classes,
            // The masks of several channels say one class for each pixel, whatever compares them.
            Answers::YesOrNo { .. } if channels > 1 && has_masks => Meaning::Classes,
            Answers::YesOrNo { border, logits } => {
                // Logits become probabilities.
                let border = if logits { 0.5 } else { border };
                Meaning::YesOrNo { border, of_scores: !loss.of_shares() }
            }
            Answers::Numbers => Meaning::Numbers,
        }
    }
}

pub(super) fn has_masks(data: Option<Source>) -> bool {
    matches!(data, Some(Source::Images(Pictures { masks, .. })) if !masks.is_empty())
}

/// Returns the number of places of an output, each of which has a number in every channel.
pub(super) fn places(output: &[usize]) -> usize {
    output.iter().skip(1).product()
}

/// Returns an output as probabilities; logits of classes are compared with those of the same place.
pub(super) fn shares(loss: Loss, output: &[f32], places: usize) -> Vec<f32> {
    match loss.answers() {
        Answers::Classes { logits: true } => {
            let mut shares = vec![0.0; output.len()];
            let mut row = Vec::with_capacity(output.len() / places);
            for place in 0..places {
                row.clear();
                row.extend(output.iter().skip(place).step_by(places));
                let at_place = shares[place..].iter_mut().step_by(places);
                for (share, p) in at_place.zip(probabilities(loss, &row)) {
                    *share = p as f32;
                }
            }
            shares
        }
        Answers::YesOrNo { logits: true, .. } => {
            probabilities(loss, output).into_iter().map(|p| p as f32).collect()
        }
        Answers::Classes { .. } | Answers::YesOrNo { .. } | Answers::Numbers => output.to_vec(),
    }
}

/// Returns the likeliest class of each place; `None` where a share is NaN.
pub(crate) fn classes(shares: &[f32], places: usize) -> impl Iterator<Item = Option<usize>> {
    let mut row: Vec<f32> = Vec::with_capacity(shares.len() / places);
    (0..places).map(move |place| {
        row.clear();
        row.extend(shares.iter().skip(place).step_by(places));
        class_of(&row)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_compared_each_for_itself() {
        let loss = Loss::CrossEntropy { logits: true };
        let shares = shares(loss, &[0.0, 1000.0, 1.0, f32::NAN, 0.0, -1000.0, 1.0, 0.0], 4);
        assert_eq!([shares[0], shares[1], shares[2]], [0.5, 1.0, 0.5]);
        let classes: Vec<_> = classes(&[0.5, 0.2, 0.5, f32::NAN, 0.5, 0.8, 0.4, 0.0], 4).collect();
        assert_eq!(classes, [Some(0), Some(1), Some(0), None]);
    }
}
