//! Occlusion: how much the answer loses where a part of the sample is covered (Zeiler and Fergus, 2014).

use super::methods::Subject;
use super::probe::Probe;
use netwright::app::Explained;

/// A side of the window is this part of the sample's.
const PARTS: usize = 7;

/// The window that covers a part of the sample, along each axis after the channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// The side; a seventh of the sample's if `None`.
    pub(super) side: Option<usize>,
    /// The step from one place of the window to the next; half of its side if `None`.
    pub(super) stride: Option<usize>,
}

impl Window {
    /// Returns the side and the step along an axis.
    fn along(self, len: usize) -> [usize; 2] {
        let side = self.side.unwrap_or((len + PARTS / 2) / PARTS).clamp(1, len);
        [side, self.stride.unwrap_or(side.div_ceil(2)).max(1)]
    }
}

/// Returns for each place of the sample the mean loss of the value over all windows that cover it. All channels are
/// covered together.
pub(super) fn occlusion<P: Explained>(probe: &Probe<P>, subject: &Subject<'_>, window: Window) -> Vec<f32> {
    let places = subject.places();
    let (len, count) = (subject.input.len(), places.iter().product::<usize>());
    let [start] = probe.values(subject.input, subject.factors)[..] else {
        unreachable!("there is one sample")
    };
    let windows = windows(places, window);
    let (mut losses, mut covers) = (vec![0.0f64; count], vec![0u32; count]);
    let mut covered = Vec::with_capacity(probe.at_once() * len);
    for part in windows.chunks(probe.at_once()) {
        covered.clear();
        for window in part {
            let first = covered.len();
            covered.extend_from_slice(subject.input);
            let channels = covered[first..].chunks_exact_mut(count).zip(subject.baseline.chunks_exact(count));
            for (channel, baseline) in channels {
                window.iter().for_each(|&place| channel[place] = baseline[place]);
            }
        }
        for (window, value) in part.iter().zip(probe.values(&covered, subject.factors)) {
            for &place in window {
                losses[place] += start - value;
                covers[place] += 1;
            }
        }
    }
    losses.iter().zip(&covers).map(|(loss, covers)| (loss / f64::from((*covers).max(1))) as f32).collect()
}

/// Returns the places that each window covers; the last along an axis ends where the axis does, or beyond.
fn windows(axes: &[usize], window: Window) -> Vec<Vec<usize>> {
    let mut all = vec![vec![0]];
    for &len in axes {
        let [side, stride] = window.along(len);
        let count = (len - side).div_ceil(stride) + 1;
        let starts: Vec<usize> = (0..count).map(|at| at * stride).collect();
        let longer = |places: &Vec<usize>| {
            let longer = |&start: &usize| {
                let along = start..(start + side).min(len);
                places.iter().flat_map(|place| along.clone().map(move |at| place * len + at)).collect()
            };
            starts.iter().map(longer).collect::<Vec<Vec<usize>>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_reach_every_place() {
        let sides = Window { side: Some(2), stride: Some(2) };
        assert_eq!(windows(&[5], sides), [vec![0, 1], vec![2, 3], vec![4]]);
        assert_eq!(windows(&[2, 3], sides), [vec![0, 1, 3, 4], vec![2, 5]]);
        assert_eq!(
            [28, 224, 3, 1].map(|len| Window::default().along(len)),
            [[4, 2], [32, 16], [1, 1], [1, 1]]
        );
        for side in 1..9 {
            let all = windows(&[4, 9], Window { side: Some(side), stride: None });
            let mut seen: Vec<usize> = all.concat();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 36, "{side}");
        }
    }
}
