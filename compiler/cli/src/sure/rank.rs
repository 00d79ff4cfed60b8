//! The order of samples, the most doubtful first.

use super::found::{Found, Kind, Sample};
use crate::args::By;
use crate::error::Error;

/// Sorts samples by a measure, and keeps the first ones; equal ones stay in their order.
///
/// # Errors
/// If the answers do not have the measure.
pub(crate) fn rank(found: &mut Found, by: By, first: Option<u64>) -> Result<(), Error> {
    let unfit = |message: String, help: &str| Err(Error::Unfit { message, help: help.into() });
    let name = &found.network;
    match (found.kind, by) {
        (Kind::Copies, By::Reconstruction) | (Kind::Numbers, By::McDropout) => {}
        (Kind::Copies, _) => {
            return unfit(
                format!("`{name}` copies its input, and its answers are no probabilities"),
                "rank by `--by reconstruction`",
            );
        }
        (_, By::Reconstruction) => {
            return unfit(
                format!("`{name}` does not copy its input"),
                "`--by reconstruction` is for autoencoders, whose loss compares the output with the input",
            );
        }
        (Kind::Numbers, _) => {
            return unfit(
                format!("the answers of `{name}` are numbers and no probabilities"),
                "rank by `--by mc-dropout`, the spread of predictions with dropout at work",
            );
        }
        (Kind::Classes | Kind::Labels | Kind::Masks, _) => {}
    }
    let mut ranked: Vec<(f64, Sample)> =
        found.samples.drain(..).map(|sample| (doubt(&sample, by), sample)).collect();
    ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let first = first.map_or(usize::MAX, |first| usize::try_from(first).unwrap_or(usize::MAX));
    found.samples = ranked.into_iter().map(|(_, sample)| sample).take(first).collect();
    Ok(())
}

/// Returns a number that is the larger the more doubtful an answer is.
fn doubt(sample: &Sample, by: By) -> f64 {
    match (by, &sample.doubt, &sample.copy) {
        (By::Reconstruction, _, Some(copy)) => copy.error,
        (By::Entropy, Some(doubt), _) => doubt.entropy,
        (By::Margin, Some(doubt), _) => -doubt.margin,
        (By::McDropout, Some(doubt), _) => doubt.information,
        _ => sample.spread.iter().copied().fold(0.0, f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::found;
    use super::*;

    #[test]
    fn each_measure_has_its_order() {
        let files = |by, first| {
            let mut found = found();
            rank(&mut found, by, first).unwrap();
            found.samples.iter().map(|sample| sample.file.clone()).collect::<Vec<_>>()
        };
        assert_eq!(files(By::Entropy, None), ["b, c.png", "a.png", "d.png"]);
        assert_eq!(files(By::Margin, Some(2)), ["b, c.png", "a.png"]);
        assert_eq!(files(By::McDropout, None), ["d.png", "a.png", "b, c.png"]);
        let error = rank(&mut found(), By::Reconstruction, None).unwrap_err();
        assert_eq!(error.to_string(), "`Scans` does not copy its input");
    }
}
