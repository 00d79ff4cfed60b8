//! The way back from a network's output to the size of the picture that its input was made of.

use super::geometry::Plan;
use super::resize::Resizer;
use super::{Problem, admit};
use netwright_model::Fit;

/// The sizes on the way from a picture to a network's output; heights come before widths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The size of the upright picture.
    pub picture: [usize; 2],
    /// The size of the network's input.
    pub input: [usize; 2],
    /// The way from one to the other.
    pub fit: Fit,
    /// The size of the network's output.
    pub output: [usize; 2],
}

/// Scales the planes of an output to the size of its picture. What was padded is cut off, and what was cropped is `outside`.
///
/// # Errors
/// If the picture did not have the size that its fit asks for, or the result would be too large.
///
/// # Panics
/// If the planes are not of the output's size.
pub fn restore(planes: &[f32], way: &Way, outside: f32) -> Result<Vec<f32>, Problem> {
    let [height, width] = way.output;
    let plane = height * width;
    assert!(plane > 0 && planes.len().is_multiple_of(plane), "planes of {height} rows and {width} columns");
    let channels = planes.len() / plane;
    admit(way.picture[1] as u64, way.picture[0] as u64, channels)?;
    let plan = Plan::new(way.picture, Some(way.input), way.fit)?.back(way.picture, way.output);
    if way.picture == way.output && plan.inner == way.picture {
        return Ok(planes.to_vec());
    }
    let pixels = way.picture[0] * way.picture[1];
    let mut restored = vec![outside; channels * pixels];
    let mut resizer = Resizer::default();
    for (plane, restored) in planes.chunks_exact(plane).zip(restored.chunks_exact_mut(pixels)) {
        resizer.run(plane, width, 1, &plan, restored);
    }
    Ok(restored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(picture: [usize; 2], fit: Fit) -> Way {
        Way { picture, input: [2, 2], fit, output: [2, 2] }
    }

    #[test]
    fn each_fit_is_undone() {
        let planes = [0.0, 1.0, 0.0, 1.0];
        let of = |picture, fit| restore(&planes, &way(picture, fit), 9.0).unwrap();
        assert_eq!(of([2, 2], Fit::Exact), planes);
        assert_eq!(of([1, 4], Fit::Stretch), [0.0, 0.25, 0.75, 1.0]);
        // Only the first row of the input has the picture: sizes are rounded to even numbers, as Pillow does.
        assert_eq!(of([1, 2], Fit::Pad), [0.0, 1.0]);
        assert_eq!(of([2, 4], Fit::Crop), [9.0, 0.0, 1.0, 9.0, 9.0, 0.0, 1.0, 9.0]);
        assert!(restore(&planes, &way([1, 4], Fit::Exact), 0.0).is_err());
        assert!(restore(&planes, &way([1 << 20, 1 << 20], Fit::Stretch), 0.0).is_err());
    }

    #[test]
    fn every_channel_and_a_coarser_output_are_scaled() {
        let way = Way { picture: [2, 2], input: [4, 4], fit: Fit::Stretch, output: [1, 1] };
        assert_eq!(restore(&[1.0, 2.0], &way, 0.0).unwrap(), [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]);
    }
}
