//! Images of a head that never was, with lesions whose place is known.
//!
//! An ellipse of tissue lies in a brighter ring, with darker ventricles in its middle and one to three lesions, ellipses that are
//! brighter than the tissue. A bias field, as coils of magnetic resonance make it, brightens a side, and the middle or the rim, by up to a quarter each, so that no
//! threshold tells lesions from tissue; and every pixel is noisy.

use netwright::rng::{Draw, Purpose, Stream};
use std::f32::consts::TAU;

/// Pixels of a side.
pub(crate) const SIDE: usize = 64;
/// Pixels of an image.
pub(crate) const PIXELS: usize = SIDE * SIDE;

const TISSUE: f32 = 0.45;
const RING: f32 = 0.65;
const VENTRICLE: f32 = 0.25;
/// The range by which a lesion is brighter than tissue.
const CONTRAST: [f32; 2] = [0.12, 0.25];
/// The standard deviation of the noise.
const NOISE: f32 = 0.05;

/// An image and its lesions.
#[derive(Clone, Debug)]
pub(crate) struct Phantom {
    /// Row after row, about 0 to 1.
    pub(crate) image: [f32; PIXELS],
    /// 1 where there is a lesion, 0 elsewhere.
    pub(crate) mask: [f32; PIXELS],
}

/// An ellipse in units of half the image, from its middle.
struct Ellipse {
    x: f32,
    y: f32,
    /// Half the width and half the height, before the ellipse is turned.
    radii: [f32; 2],
    angle: f32,
}

impl Ellipse {
    fn contains(&self, x: f32, y: f32) -> bool {
        let (sin, cos) = self.angle.sin_cos();
        let (x, y) = (x - self.x, y - self.y);
        let (along, across) = ((x * cos + y * sin) / self.radii[0], (y * cos - x * sin) / self.radii[1]);
        along * along + across * across <= 1.0
    }
}

impl Phantom {
    /// Draws phantom number `number` of a seed, always the same; if it is not ill, without its lesions.
    pub(crate) fn new(seed: u64, number: usize, ill: bool) -> Phantom {
        let mut random = Stream::new(seed, Purpose::Augment, number as u64, 0).draw();
        let head = Ellipse {
            x: between(&mut random, [-0.06, 0.06]),
            y: between(&mut random, [-0.06, 0.06]),
            radii: [between(&mut random, [0.62, 0.78]), between(&mut random, [0.76, 0.9])],
            angle: between(&mut random, [-0.2, 0.2]),
        };
        let inside = Ellipse { radii: head.radii.map(|radius| radius - 0.07), ..head };
        let ventricles = [-1.0, 1.0].map(|side| Ellipse {
            x: head.x + side * 0.14,
            y: head.y,
            radii: [0.07, between(&mut random, [0.18, 0.28])],
            angle: head.angle + side * 0.25,
        });
        let lesions: Vec<(Ellipse, f32)> = (0..1 + random.below(3))
            .map(|_| {
                let (angle, distance) = (between(&mut random, [0.0, TAU]), between(&mut random, [0.25, 0.7]));
                let lesion = Ellipse {
                    x: head.x + distance * inside.radii[0] * angle.cos(),
                    y: head.y + distance * inside.radii[1] * angle.sin(),
                    radii: [between(&mut random, [0.07, 0.16]), between(&mut random, [0.07, 0.16])],
                    angle: between(&mut random, [0.0, TAU]),
                };
                (lesion, between(&mut random, CONTRAST))
            })
            .collect();
        // A plane and a bow over it.
        let [slope_x, slope_y, bow] = [[-0.25, 0.25]; 3].map(|range| between(&mut random, range));

        let mut phantom = Phantom { image: [0.0; PIXELS], mask: [0.0; PIXELS] };
        for at in 0..PIXELS {
            let [x, y] = [at % SIDE, at / SIDE].map(|i| (i as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0);
            let lesion =
                lesions.iter().find(|(lesion, _)| ill && inside.contains(x, y) && lesion.contains(x, y));
            let bright = match lesion {
                Some((_, contrast)) => TISSUE + contrast,
                None if ventricles.iter().any(|ventricle| ventricle.contains(x, y)) => VENTRICLE,
                None if inside.contains(x, y) => TISSUE,
                None if head.contains(x, y) => RING,
                None => 0.0,
            };
            let field = 1.0 + slope_x * x + slope_y * y + bow * (x * x + y * y - 0.5);
            phantom.image[at] = bright * field + NOISE * random.normal()[0];
            phantom.mask[at] = f32::from(u8::from(lesion.is_some()));
        }
        phantom
    }
}

fn between(random: &mut Draw, [low, high]: [f32; 2]) -> f32 {
    low + (high - low) * random.uniform()
}
