//! A drawing with places: rectangles, lines and texts, in the order in which they cover one another.

use super::palette::Paint;

/// Marks on a page. Units are CSS pixels; the origin is the top left corner.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The network's name, for readers that cannot see.
    pub title: String,
    /// The width and height of the page.
    pub size: [f64; 2],
    /// The marks; later ones cover earlier ones.
    pub marks: Vec<Mark>,
}

/// One mark.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A rectangle with round corners.
    Box {
        /// The role of the mark.
        paint: Paint,
        /// Left, top, width and height.
        area: [f64; 4],
        /// The radius of the corners.
        radius: f64,
    },
    /// A line, or an area that it bounds, if it ends where it began.
    Line {
        /// The role of the mark.
        paint: Paint,
        /// The parts of the line, of which the first is a [`Step::Move`].
        steps: Vec<Step>,
    },
    /// One line of text.
    Text {
        /// The role of the mark.
        paint: Paint,
        /// The point where the text's base line begins, has its middle, or ends.
        at: [f64; 2],
        /// The part of the text that stands at the point.
        anchor: Anchor,
        /// The size of the letters.
        size: f64,
        /// True for heavier letters.
        bold: bool,
        /// The text.
        text: String,
    },
    /// Begins a group of marks, up to its [`Mark::End`]; programs show this text where the pointer is on one of them.
    Begin(String),
    /// Ends a group.
    End,
}

/// One part of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Begins at this point.
    Move([f64; 2]),
    /// Goes straight to this point.
    Line([f64; 2]),
    /// Goes to the second point, and bends towards the first.
    Curve([f64; 2], [f64; 2]),
    /// Goes back to the beginning.
    Close,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The beginning of the text.
    Start,
    /// The middle of the text.
    Middle,
    /// The end of the text.
    End,
}

/// The width of a letter of size 1: that of DejaVu Sans Mono and Menlo; other monospaced fonts are up to 9 % narrower.
const LETTER: f64 = 0.602;

/// Returns the width of a text.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * LETTER
}
