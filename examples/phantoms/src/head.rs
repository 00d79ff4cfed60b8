//! Heads that never were, in three dimensions, with lesions whose place is known.
//!
//! An ellipsoid of tissue lies in a skull, with ventricles in its middle and, if it is ill, one or two lesions, balls that differ from the
//! tissue. Places are in units of half the head's box: to the right, to the front and up.

use netwright::rng::{Draw, Purpose, Stream};
use std::f32::consts::TAU;

/// A place to the right, to the front and up.
pub(crate) type Place = [f32; 3];

/// Matter at a place of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matter {
    Air,
    Skull,
    Tissue,
    Ventricle,
    Lesion,
}

/// A head with its lesions.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    skull: Ellipsoid,
    ventricles: [Ellipsoid; 2],
    lesions: Vec<Ellipsoid>,
    /// The share by which intensities grow along each axis, as those of magnetic resonance do.
    field: Place,
    noise: Draw,
}

#[derive(Clone, Copy, Debug)]
struct Ellipsoid {
    centre: Place,
    radii: Place,
}

impl Ellipsoid {
    fn contains(&self, place: Place) -> bool {
        let distance = |axis: usize| ((place[axis] - self.centre[axis]) / self.radii[axis]).powi(2);
        (0..3).map(distance).sum::<f32>() <= 1.0
    }
}

impl Head {
    /// Draws head number `number` of a seed, always the same.
    pub(crate) fn new(seed: u64, number: usize, ill: bool) -> Head {
        let mut random = Stream::new(seed, Purpose::Augment, number as u64, 1).draw();
        let centre = [(); 3].map(|()| between(&mut random, [-0.05, 0.05]));
        let radii = [[0.66, 0.78], [0.78, 0.9], [0.7, 0.85]].map(|range| between(&mut random, range));
        let skull = Ellipsoid { centre, radii };
        let ventricles = [-1.0, 1.0].map(|side| Ellipsoid {
            centre: [centre[0] + side * 0.16, centre[1], centre[2] + 0.05],
            radii: [0.08, between(&mut random, [0.22, 0.32]), between(&mut random, [0.16, 0.24])],
        });
        let count = if ill { 1 + random.below(2) } else { 0 };
        let lesions = (0..count).map(|_| {
            let (angle, height) = (between(&mut random, [0.0, TAU]), between(&mut random, [-0.4, 0.4]));
            let distance = between(&mut random, [0.3, 0.6]);
            let offset =
                [distance * radii[0] * angle.cos(), distance * radii[1] * angle.sin(), height * radii[2]];
            let radius = between(&mut random, [0.14, 0.24]);
            Ellipsoid { centre: std::array::from_fn(|axis| centre[axis] + offset[axis]), radii: [radius; 3] }
        });
        let lesions = lesions.collect();
        let field = [[-0.2, 0.2]; 3].map(|range| between(&mut random, range));
        Head { skull, ventricles, lesions, field, noise: random }
    }

    /// Returns the matter at a place.
    pub(crate) fn at(&self, place: Place) -> Matter {
        let inside = Ellipsoid { radii: self.skull.radii.map(|radius| radius - 0.08), ..self.skull };
        match () {
            () if !self.skull.contains(place) => Matter::Air,
            () if !inside.contains(place) => Matter::Skull,
            () if self.lesions.iter().any(|lesion| lesion.contains(place)) => Matter::Lesion,
            () if self.ventricles.iter().any(|ventricle| ventricle.contains(place)) => Matter::Ventricle,
            () => Matter::Tissue,
        }
    }

    /// Returns the factor of intensities at a place.
    pub(crate) fn field(&self, place: Place) -> f32 {
        1.0 + (0..3).map(|axis| self.field[axis] * place[axis]).sum::<f32>()
    }

    /// Draws the next noise, of standard deviation 1.
    pub(crate) fn noise(&mut self) -> f32 {
        self.noise.normal()[0]
    }
}

/// Returns the place of a voxel among those of a box.
pub(crate) fn place(voxel: [usize; 3], shape: [usize; 3]) -> Place {
    std::array::from_fn(|axis| (voxel[axis] as f32 + 0.5) / shape[axis] as f32 * 2.0 - 1.0)
}

fn between(random: &mut Draw, [low, high]: [f32; 2]) -> f32 {
    low + (high - low) * random.uniform()
}
