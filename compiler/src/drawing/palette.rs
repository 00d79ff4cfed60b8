//! The colours of a drawing, on white and on a dark ground.

/// A ground that a drawing stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white.
    Light,
    /// Light ink on a dark ground.
    Dark,
}

/// A colour: red, green and blue, from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// Returns the colour as SVG and DOT write it: `#1b4f72`.
    pub fn hex(self) -> String {
        let Colour([red, green, blue]) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The colours of a mark; `None` leaves out what it would colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colours {
    /// The colour of an area or a text.
    pub fill: Option<Colour>,
    /// The colour of a line.
    pub stroke: Option<Colour>,
}

/// The role of a mark, which decides its colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Paint {
    /// The ground.
    Page,
    /// The network's name.
    Title,
    /// Text beside what is drawn: totals, the legend, names of values.
    Note,
    /// Text from the source.
    Code,
    /// Shapes and numbers.
    Fact,
    /// A frame in another one at even depth, or in none.
    Frame,
    /// A frame in another one at odd depth.
    Inner,
    /// The title of a frame.
    Heading,
    /// The ground of a number of repetitions.
    Badge,
    /// A number of repetitions.
    Times,
    /// A line from box to box.
    Wire,
    /// The tip of a line.
    Tip,
    /// The box of an input.
    Input,
    /// The box of an output and its losses.
    Output,
    /// The box of a layer, by a step of its memory.
    Heat(usize),
}

/// Grounds of boxes from little memory to much: the ink on them stays readable on each.
const LIGHT: [u32; Paint::HEATS] = [0xf4f8fc, 0xe1edf8, 0xcbe0f3, 0xb0d0ec, 0x92bde3, 0x74a9d9, 0x5a95cc];
const DARK: [u32; Paint::HEATS] = [0x1b232d, 0x1d2e3f, 0x1f3a54, 0x21476a, 0x235480, 0x266296, 0x2a71ad];

impl Paint {
    /// The number of steps of memory.
    pub const HEATS: usize = 7;

    /// Returns every role.
    pub fn all() -> impl Iterator<Item = Paint> {
        let roles = [
            Paint::Page,
            Paint::Title,
            Paint::Note,
            Paint::Code,
            Paint::Fact,
            Paint::Frame,
            Paint::Inner,
            Paint::Heading,
            Paint::Badge,
            Paint::Times,
            Paint::Wire,
            Paint::Tip,
            Paint::Input,
            Paint::Output,
        ];
        roles.into_iter().chain((0..Self::HEATS).map(Paint::Heat))
    }

    /// Returns the role's colours.
    pub fn colours(self, theme: Theme) -> Colours {
        let [light, dark]: [(Option<u32>, Option<u32>); 2] = match self {
            Paint::Page => [(Some(0xffffff), None), (Some(0x0f141a), None)],
            Paint::Title => [(Some(0x14202b), None), (Some(0xf0f4f8), None)],
            Paint::Note => [(Some(0x566573), None), (Some(0x9fb0c0), None)],
            Paint::Code => [(Some(0x14202b), None), (Some(0xf0f4f8), None)],
            Paint::Fact => [(Some(0x1f2b36), None), (Some(0xe6ecf2), None)],
            Paint::Frame => [(Some(0xf7f7f5), Some(0xa9adb2)), (Some(0x151b22), Some(0x4d5a67))],
            Paint::Inner => [(Some(0xefefec), Some(0xa9adb2)), (Some(0x1a212a), Some(0x4d5a67))],
            Paint::Heading => [(Some(0x3e4a55), None), (Some(0xc2ccd6), None)],
            Paint::Badge => [(Some(0x3e4a55), None), (Some(0xc2ccd6), None)],
            Paint::Times => [(Some(0xffffff), None), (Some(0x10161c), None)],
            Paint::Wire => [(None, Some(0x5b6773)), (None, Some(0x8b99a7))],
            Paint::Tip => [(Some(0x5b6773), None), (Some(0x8b99a7), None)],
            Paint::Input => [(Some(0xe6f4ea), Some(0x3f8f5b)), (Some(0x16301f), Some(0x5bb47b))],
            Paint::Output => [(Some(0xfdefe2), Some(0xc06a1f)), (Some(0x3a2412), Some(0xe0924d))],
            Paint::Heat(step) => {
                let step = step.min(Self::HEATS - 1);
                [(Some(LIGHT[step]), Some(0x4f7da6)), (Some(DARK[step]), Some(0x5f8fb8))]
            }
        };
        let (fill, stroke) = match theme {
            Theme::Light => light,
            Theme::Dark => dark,
        };
        let colour = |rgb: u32| Colour([16, 8, 0].map(|shift| (rgb >> shift) as u8));
        Colours { fill: fill.map(colour), stroke: stroke.map(colour) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the contrast of two colours by the Web Content Accessibility Guidelines 2.1.
    fn contrast(a: Colour, b: Colour) -> f64 {
        let [a, b] = [a, b].map(|Colour(rgb)| {
            let linear = rgb.map(|value| {
                let value = f64::from(value) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05
        });
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_is_readable_on_every_ground() {
        for theme in [Theme::Light, Theme::Dark] {
            let fill = |paint: Paint| paint.colours(theme).fill.unwrap();
            let grounds = [Paint::Page, Paint::Frame, Paint::Inner, Paint::Input, Paint::Output];
            let boxes = (0..Paint::HEATS).map(Paint::Heat);
            for ground in grounds.into_iter().chain(boxes) {
                for ink in [Paint::Code, Paint::Fact] {
                    let found = contrast(fill(ink), fill(ground));
                    assert!(found >= 4.0, "{ink:?} on {ground:?}, {theme:?}: {found:.1}");
                }
            }
            for (ink, ground) in [
                (Paint::Title, Paint::Page),
                (Paint::Note, Paint::Page),
                (Paint::Note, Paint::Inner),
                (Paint::Heading, Paint::Inner),
                (Paint::Times, Paint::Badge),
            ] {
                assert!(contrast(fill(ink), fill(ground)) >= 4.5, "{ink:?} on {ground:?}, {theme:?}");
            }
        }
    }

    #[test]
    fn more_memory_is_darker_on_white_and_lighter_on_black() {
        let light = |step| contrast(Paint::Heat(step).colours(Theme::Light).fill.unwrap(), Colour([255; 3]));
        let dark = |step| contrast(Paint::Heat(step).colours(Theme::Dark).fill.unwrap(), Colour([0; 3]));
        for step in 1..Paint::HEATS {
            assert!(light(step) > light(step - 1) && dark(step) > dark(step - 1), "{step}");
        }
    }
}
