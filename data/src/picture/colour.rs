//! Numbers of channels: grey from colours, colours from grey, and a background behind what is transparent.

use super::Problem;
use super::sample::Sample;

/// Converts pixels of `from` samples, which are grey, grey and alpha, RGB or RGBA, to `to` channels.
///
/// # Errors
/// If there is no picture of that many channels.
pub(super) fn convert<S: Sample>(
    samples: Vec<S>,
    from: usize,
    to: usize,
    background: S,
) -> Result<Vec<S>, Problem> {
    let over = |sample: S, alpha| sample.over(background, alpha);
    Ok(match (from, to) {
        (1, 1) | (3, 3) | (4, 4) => samples,
        (1, 3) => map(samples, |[grey]| [grey; 3]),
        (1, 4) => map(samples, |[grey]| [grey, grey, grey, S::ONE]),
        (2, 1) => map(samples, |[grey, alpha]| [over(grey, alpha)]),
        (2, 3) => map(samples, |[grey, alpha]| [over(grey, alpha); 3]),
        (2, 4) => map(samples, |[grey, alpha]| [grey, grey, grey, alpha]),
        (3, 1) => map(samples, |colour| [S::grey(colour)]),
        (3, 4) => map(samples, |[red, green, blue]| [red, green, blue, S::ONE]),
        (4, 1) => {
            map(samples, |[red, green, blue, alpha]| [S::grey([red, green, blue].map(|s| over(s, alpha)))])
        }
        (4, 3) => map(samples, |[red, green, blue, alpha]| [red, green, blue].map(|s| over(s, alpha))),
        _ => return Err(Problem::Channels { wanted: to }),
    })
}

/// Maps each pixel, in place if it does not grow.
fn map<S: Sample, const FROM: usize, const TO: usize>(
    mut samples: Vec<S>,
    pixel: impl Fn([S; FROM]) -> [S; TO],
) -> Vec<S> {
    if TO > FROM {
        return samples.as_chunks::<FROM>().0.iter().flat_map(|&from| pixel(from)).collect();
    }
    let pixels = samples.len() / FROM;
    for i in 0..pixels {
        let from = std::array::from_fn(|c| samples[i * FROM + c]);
        samples[i * TO..(i + 1) * TO].copy_from_slice(&pixel(from));
    }
    samples.truncate(pixels * TO);
    samples
}

/// Multiplies colours by their opacity, which is the last sample of each pixel.
pub(super) fn multiply<S: Sample>(samples: &mut [S]) {
    for [red, green, blue, alpha] in samples.as_chunks_mut::<4>().0 {
        for sample in [red, green, blue] {
            *sample = sample.over(S::default(), *alpha);
        }
    }
}

/// Divides a colour by its opacity.
pub(super) fn divide<S: Sample>(sample: S, alpha: S) -> S {
    let (alpha, one) = (alpha.to_float(), S::ONE.to_float());
    if alpha > 0.0 { S::nearest((sample.to_float() * one / alpha).min(one)) } else { sample }
}
