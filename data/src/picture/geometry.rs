//! Geometry of a fit: which part of a picture is scaled to which part of the network's input.

use super::Problem;
use netwright_model::Fit;

/// The part of a picture that is scaled, and where it goes. Pairs are of rows and columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plan {
    /// The first and the last edge in the picture, for rows and for columns; as precise as Pillow has them, so that
    /// ties are the same.
    pub(super) from: [[f32; 2]; 2],
    /// The size that this part is scaled to.
    pub(super) inner: [usize; 2],
    /// The offset of the scaled part in the result.
    pub(super) offset: [usize; 2],
    /// The size of the result.
    pub(super) outer: [usize; 2],
}

impl Plan {
    /// Plans the way from a picture of a size to the wanted one; sizes as `ImageOps.pad` and `ImageOps.fit` of
    /// Pillow round them.
    ///
    /// # Errors
    /// If the sizes have to be equal and are not, or the wanted size has no pixels.
    pub(super) fn new(found: [usize; 2], wanted: Option<[usize; 2]>, fit: Fit) -> Result<Plan, Problem> {
        let outer = wanted.unwrap_or(found);
        if outer.contains(&0) {
            return Err(Problem::NoPixels { width: outer[1] as u64, height: outer[0] as u64 });
        }
        let whole = found.map(|length| [0.0, length as f32]);
        let stretch = Plan { from: whole, inner: outer, offset: [0, 0], outer };
        if found == outer {
            return Ok(stretch);
        }
        let [height, width] = found.map(|length| length as f64);
        let [rows, columns] = outer.map(|length| length as f64);
        let (ratio, wanted_ratio) = (width / height, columns / rows);
        Ok(match fit {
            Fit::Exact => return Err(Problem::Size { found, expected: outer }),
            Fit::Stretch => stretch,
            Fit::Pad => {
                let mut inner = outer;
                if ratio > wanted_ratio {
                    inner[0] = ((height / width * columns).round_ties_even() as usize).clamp(1, outer[0]);
                } else if ratio < wanted_ratio {
                    inner[1] = ((width / height * rows).round_ties_even() as usize).clamp(1, outer[1]);
                }
                let offset = [0, 1].map(|i| ((outer[i] - inner[i]) as f64 * 0.5).round_ties_even() as usize);
                Plan { inner, offset, ..stretch }
            }
            Fit::Crop => {
                let middle = |length: f64, part: f64| {
                    let start = (length - part) * 0.5;
                    [start as f32, (start + part) as f32]
                };
                let from = if ratio == wanted_ratio {
                    whole
                } else if ratio > wanted_ratio {
                    [whole[0], middle(width, wanted_ratio * height)]
                } else {
                    [middle(height, width / wanted_ratio), whole[1]]
                };
                Plan { from, ..stretch }
            }
        })
    }
}

impl Plan {
    /// Returns the way back: from planes of the size `planes`, made of an input that this plan has filled, to the size `found` of the
    /// picture. Where a picture was cut, only the part that was kept is reached.
    pub(super) fn back(&self, found: [usize; 2], planes: [usize; 2]) -> Plan {
        let axis = |i: usize| {
            // Outputs may be finer or coarser than inputs.
            let scale = planes[i] as f32 / self.outer[i] as f32;
            let from = [self.offset[i], self.offset[i] + self.inner[i]].map(|edge| edge as f32 * scale);
            let [start, end] = self.from[i].map(|edge| (edge.round() as usize).min(found[i]));
            // A narrow part still has a pixel.
            let start = start.min(found[i] - 1);
            (from, start, end.max(start + 1) - start)
        };
        let [rows, columns] = [axis(0), axis(1)];
        Plan {
            from: [rows.0, columns.0],
            inner: [rows.2, columns.2],
            offset: [rows.1, columns.1],
            outer: found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_padded_picture_is_in_the_middle() {
        let plan = Plan::new([10, 20], Some([8, 8]), Fit::Pad).unwrap();
        assert_eq!((plan.inner, plan.offset), ([4, 8], [2, 0]));
        let plan = Plan::new([1000, 1], Some([8, 8]), Fit::Pad).unwrap();
        assert_eq!((plan.inner, plan.offset), ([8, 1], [0, 4]));
    }

    #[test]
    fn a_cropped_picture_loses_both_sides() {
        let plan = Plan::new([10, 20], Some([5, 5]), Fit::Crop).unwrap();
        assert_eq!((plan.from, plan.inner), ([[0.0, 10.0], [5.0, 15.0]], [5, 5]));
    }

    #[test]
    fn the_way_back_is_that_of_the_part_that_was_used() {
        let pad = Plan::new([10, 20], Some([8, 8]), Fit::Pad).unwrap();
        let back = pad.back([10, 20], [8, 8]);
        assert_eq!((back.from, back.inner, back.offset), ([[2.0, 6.0], [0.0, 8.0]], [10, 20], [0, 0]));
        let crop = Plan::new([10, 20], Some([5, 5]), Fit::Crop).unwrap();
        let back = crop.back([10, 20], [10, 10]);
        assert_eq!((back.from, back.inner, back.offset), ([[0.0, 10.0]; 2], [10, 10], [0, 5]));
        assert_eq!(back.outer, [10, 20]);
    }

    #[test]
    fn another_size_is_an_error_that_names_the_fits() {
        let error = Plan::new([10, 20], Some([5, 5]), Fit::Exact).unwrap_err();
        assert_eq!(error.to_string(), "has 10 rows and 20 columns; expected 5 rows and 5 columns");
        assert!(error.help().unwrap().contains("fit=stretch"));
        assert!(Plan::new([10, 20], None, Fit::Exact).is_ok());
        assert!(Plan::new([10, 20], Some([0, 5]), Fit::Pad).is_err());
    }
}
