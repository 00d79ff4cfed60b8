//! Maps from indices of voxels to places.

use crate::grid::Step;

/// The first three rows of an affine map from indices along three axes to millimetres to the right, to the front and up.
pub type Affine = [[f64; 4]; 3];

/// Returns the map of a volume whose indices lead to those of another one, which `affine` maps to places.
pub fn after(affine: Affine, steps: [Step; 3]) -> Affine {
    affine.map(|row| {
        let origin: f64 = (0..3).map(|axis| row[axis] * steps[axis].first).sum();
        [row[0] * steps[0].scale, row[1] * steps[1].scale, row[2] * steps[2].scale, row[3] + origin]
    })
}
