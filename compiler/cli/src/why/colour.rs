//! The colours of maps.

/// A colour: red, green and blue.
pub(super) type Rgb = [u8; 3];

pub(super) const PAPER: Rgb = [255, 255, 255];
pub(super) const INK: Rgb = [28, 28, 32];

/// Matplotlib's `inferno` (Smith and van der Walt, 2015, CC0) at every tenth: as bright as the number is large, to every eye.
const INFERNO: [Rgb; 11] = [
    [0x00, 0x00, 0x04],
    [0x16, 0x0b, 0x39],
    [0x42, 0x0a, 0x68],
    [0x6a, 0x17, 0x6e],
    [0x93, 0x26, 0x67],
    [0xbc, 0x37, 0x54],
    [0xdd, 0x51, 0x3a],
    [0xf3, 0x78, 0x19],
    [0xfc, 0xa5, 0x0a],
    [0xf6, 0xd7, 0x46],
    [0xfc, 0xff, 0xa4],
];

/// ColorBrewer's `RdBu` (Brewer, 2002), from blue to red: equal on both sides of white, also without seeing red and green.
const BLUE_RED: [Rgb; 11] = [
    [0x05, 0x30, 0x61],
    [0x21, 0x66, 0xac],
    [0x43, 0x93, 0xc3],
    [0x92, 0xc5, 0xde],
    [0xd1, 0xe5, 0xf0],
    [0xf7, 0xf7, 0xf7],
    [0xfd, 0xdb, 0xc7],
    [0xf4, 0xa5, 0x82],
    [0xd6, 0x60, 0x4d],
    [0xb2, 0x18, 0x2b],
    [0x67, 0x00, 0x1f],
];

/// The meaning of a map's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// From 0 on: how much the answer depends on a place.
    Amount,
    /// Below 0 against the answer, above 0 for it.
    Sign,
}

impl Scale {
    /// Returns the colour of a number: from 0 to 1, or from -1 to 1.
    pub(super) fn colour(self, number: f32) -> Rgb {
        match self {
            Scale::Amount => between(&INFERNO, number),
            Scale::Sign => between(&BLUE_RED, (number + 1.0) / 2.0),
        }
    }

    /// Returns the share of the colour over the picture.
    pub(super) fn share(self, number: f32) -> f32 {
        0.9 * number.abs().clamp(0.0, 1.0).powf(0.6)
    }
}

fn between(colours: &[Rgb; 11], place: f32) -> Rgb {
    let place = place.clamp(0.0, 1.0) * 10.0;
    let first = (place as usize).min(9);
    mix(colours[first], colours[first + 1], place - first as f32)
}

/// Mixes two colours; `share` is that of the second.
pub(super) fn mix(one: Rgb, other: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|channel| {
        let [one, other] = [one, other].map(|colour| f32::from(colour[channel]));
        (one + share * (other - one)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_in_their_outermost_colours() {
        assert_eq!(Scale::Amount.colour(0.0), INFERNO[0]);
        assert_eq!(Scale::Amount.colour(1.0), INFERNO[10]);
        assert_eq!(Scale::Amount.colour(2.0), INFERNO[10]);
        assert_eq!(Scale::Sign.colour(-1.0), BLUE_RED[0]);
        assert_eq!(Scale::Sign.colour(0.0), BLUE_RED[5]);
        assert_eq!(Scale::Sign.colour(1.0), BLUE_RED[10]);
    }

    #[test]
    fn larger_numbers_are_brighter() {
        let bright = |colour: Rgb| {
            0.299 * f32::from(colour[0]) + 0.587 * f32::from(colour[1]) + 0.114 * f32::from(colour[2])
        };
        let all: Vec<f32> = (0..=100).map(|at| bright(Scale::Amount.colour(at as f32 / 100.0))).collect();
        assert!(all.windows(2).all(|two| two[0] <= two[1] + 0.5), "{all:?}");
    }
}
