//! Pictures as SVG, readable on light and on dark pages.

mod chart;
mod pixels;

pub(crate) use chart::{Chart, Mark};
pub(crate) use pixels::{Scale, pixels, png};

use std::fmt::Write;

/// A colour by what it means; it is another one on a dark page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Paper,
    Text,
    Faint,
    /// Colours that are told apart, after those of Okabe and Ito (2008), which colour-blind readers tell apart, too.
    Blue,
    Orange,
    Green,
    Purple,
}

/// Each colour on a light page and on a dark one.
const INKS: [(Ink, u32, u32); 7] = [
    (Ink::Paper, 0xFF_FF_FF, 0x0D_11_17),
    (Ink::Text, 0x1F_23_28, 0xE6_ED_F3),
    (Ink::Faint, 0xD8_DE_E4, 0x30_36_3D),
    (Ink::Blue, 0x00_72_B2, 0x56_B4_E9),
    (Ink::Orange, 0xD5_5E_00, 0xFF_8C_3C),
    (Ink::Green, 0x00_8E_6A, 0x28_C8_96),
    (Ink::Purple, 0xAA_44_99, 0xE1_82_CD),
];

impl Ink {
    fn rgb(self) -> u32 {
        INKS.iter().find(|(ink, ..)| *ink == self).map_or(0, |(_, light, _)| *light)
    }

    fn hex(self) -> String {
        format!("#{:06X}", self.rgb())
    }
}

/// An end of a text that stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture on its way.
#[derive(Debug)]
pub(crate) struct Sheet {
    size: [u32; 2],
    body: String,
}

impl Sheet {
    /// Begins a picture of this width and height, in pixels.
    pub(crate) fn new(size: [u32; 2]) -> Sheet {
        Sheet { size, body: String::new() }
    }

    /// Adds what is SVG already.
    pub(crate) fn add(&mut self, svg: &str) {
        self.body += svg;
    }

    /// Writes a text, 13 pixels high.
    pub(crate) fn text(&mut self, at: [f64; 2], anchor: Anchor, ink: Ink, text: &str) {
        self.words(at, anchor, ink, "", text);
    }

    /// Writes a title, 15 pixels high.
    pub(crate) fn title(&mut self, at: [f64; 2], text: &str) {
        self.words(at, Anchor::Start, Ink::Text, " font-size=\"15\" font-weight=\"600\"", text);
    }

    fn words(&mut self, [x, y]: [f64; 2], anchor: Anchor, ink: Ink, style: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // Writing to a string cannot fail.
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.0}\" y=\"{y:.0}\"{anchor} fill=\"{}\"{style}>{text}</text>",
            ink.hex()
        );
    }

    /// Draws a straight line.
    pub(crate) fn line(&mut self, from: [f64; 2], to: [f64; 2], ink: Ink, width: f64) {
        let _ = writeln!(
            self.body,
            "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"{}\" stroke-width=\"{width}\" fill=\"none\"/>",
            from[0],
            from[1],
            to[0],
            to[1],
            ink.hex()
        );
    }

    /// Draws the edge of a rectangle with its corner at `at`.
    pub(crate) fn frame(&mut self, at: [f64; 2], size: [f64; 2], ink: Ink, width: f64) {
        let _ = writeln!(
            self.body,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" stroke=\"{}\" stroke-width=\"{width}\" fill=\"none\"/>",
            at[0],
            at[1],
            size[0],
            size[1],
            ink.hex()
        );
    }

    /// Fills a rectangle.
    pub(crate) fn bar(&mut self, at: [f64; 2], size: [f64; 2], ink: Ink) {
        let _ = writeln!(
            self.body,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/>",
            at[0],
            at[1],
            size[0],
            size[1],
            ink.hex()
        );
    }

    /// Returns the whole picture.
    pub(crate) fn finish(self) -> String {
        let [width, height] = self.size;
        let rule = |(_, light, dark): &(Ink, u32, u32)| {
            format!(
                "[fill=\"#{light:06X}\"]{{fill:#{dark:06X}}}[stroke=\"#{light:06X}\"]{{stroke:#{dark:06X}}}"
            )
        };
        let rules: String = INKS.iter().map(rule).collect();
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
             <style>@media (prefers-color-scheme:dark){{{rules}}}</style>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n{}</svg>\n",
            Ink::Paper.hex(),
            self.body
        )
    }
}
