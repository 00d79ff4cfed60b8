//! Pictures of networks: layers as cards, blocks as frames, and the values that go from one to the next.
//!
//! A [`Drawing`] says what is there, without places. [`Drawing::dot`] and [`Drawing::mermaid`] leave the places to other programs;
//! [`Drawing::scene`] finds them, and [`svg`] writes a scene.
//!
//! | part | module | makes |
//! | --- | --- | --- |
//! | fold | `fold` | which layers are drawn: of a `repeat`, those of the first pass |
//! | outline | `outline` | cards, frames and links |
//! | place | `place` | boxes: a sequence from top to bottom, branches side by side |
//! | route | `route` | lines around the boxes |
//! | compose | `compose` | a scene: rectangles, lines and texts, with a legend |

mod compose;
mod dot;
mod fold;
mod mermaid;
mod outline;
mod palette;
mod place;
mod route;
mod scene;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use crate::graph::Graph;
pub use palette::{Colour, Colours, Paint, Theme};
pub use scene::{Anchor, Mark, Scene, Step};
use std::ops::Range;
pub use svg::svg;

/// A network as boxes, frames and links, in the order of computation.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// The network's name.
    pub title: String,
    /// Parameters, operations and activations of the whole network, in a line.
    pub summary: String,
    /// The boxes: inputs, then layers, then outputs. Links go from earlier ones to later ones.
    pub cards: Vec<Card>,
    /// The frames around boxes, each after the one around it.
    pub frames: Vec<Frame>,
    /// The values that go from box to box.
    pub links: Vec<Link>,
    /// The cards and frames as they nest.
    items: Vec<Item>,
}

/// A box: an input, a layer with the activations and norms after it, or an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// The kind of the box.
    pub kind: CardKind,
    /// The name of the input, output or first layer; unique among cards of one kind.
    pub name: String,
    /// The lines of the box: `conv(6, 5x5, pad=2)`, `relu`.
    pub rows: Vec<String>,
    /// The shape of what comes out for one sample; sizes that differ between the passes of a `repeat` are ranges: `[16–52, 14, 14]`.
    pub shape: String,
    /// The number of elements of the parameters, without statistics: the fewest and the most of all passes of a `repeat`.
    pub parameters: [u64; 2],
    /// Bytes of what comes out, for one sample in 32-bit numbers; the most of all passes of a `repeat`.
    pub bytes: u64,
    /// The innermost frame around the box, an index into [`Drawing::frames`].
    pub frame: Option<usize>,
}

/// Kinds of boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardKind {
    /// A value that a user gives.
    Input,
    /// A layer of one input.
    Layer,
    /// A layer that makes one value of several.
    Join,
    /// A value that a user gets, with its losses.
    Output,
}

/// A frame: one use of a block, labelled braces, or a `repeat`.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The block or the label: `residual(32, stride=2)`; empty for a `repeat` of other layers than those of one block.
    pub title: String,
    /// The number of times that the content is there, one after the other.
    pub times: usize,
    /// The number of elements of the parameters in it, in all passes.
    pub parameters: u64,
    /// The frame around it, an index into [`Drawing::frames`].
    pub parent: Option<usize>,
}

/// A value that one box takes from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The box that makes the value, an index into [`Drawing::cards`].
    pub from: usize,
    /// The box that takes it.
    pub to: usize,
    /// The position of the value among the inputs of the box.
    pub slot: usize,
    /// The name that `as` gives to the value, where the box takes others, too, or is not the next one; empty otherwise.
    pub name: String,
}

/// A part of a drawing, with the boxes in it.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    shape: ItemShape,
    cards: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
enum ItemShape {
    Card(usize),
    Frame {
        frame: usize,
        items: Vec<Item>,
    },
    /// Arms side by side, whose results the next card joins in this order.
    Branch(Vec<Vec<Item>>),
}

impl Drawing {
    /// The largest number of boxes that [`scene`](Drawing::scene) finds places for.
    pub const MAX_CARDS: usize = 1000;

    /// Draws a network.
    pub fn new(graph: &Graph) -> Drawing {
        outline::outline(graph)
    }

    /// Writes the drawing as a graph of [DOT](https://graphviz.org/doc/info/lang.html).
    pub fn dot(&self) -> String {
        dot::write(self)
    }

    /// Writes the drawing as a flowchart of [Mermaid](https://mermaid.js.org/syntax/flowchart.html).
    pub fn mermaid(&self) -> String {
        mermaid::write(self)
    }

    /// Finds a place for everything; `None` for more than [`MAX_CARDS`](Drawing::MAX_CARDS) boxes.
    pub fn scene(&self) -> Option<Scene> {
        (self.cards.len() <= Self::MAX_CARDS).then(|| compose::compose(self))
    }

    /// Returns the step of a colour scale for a box, from 0 to [`Paint::HEATS`] - 1: each step has boxes of at most half the bytes of
    /// the next one, and the last has the most.
    fn heat(&self, card: &Card) -> usize {
        let [_, most] = self.bytes();
        let below = most.checked_div(card.bytes).map_or(usize::MAX, |times| times.max(1).ilog2() as usize);
        let last = self.heats() - 1;
        (Paint::HEATS - 1) * (last - below.min(last)) / last.max(1)
    }

    /// Returns the number of steps of the colour scale that are in use.
    fn heats(&self) -> usize {
        let [least, most] = self.bytes();
        ((most / least.max(1)).max(1).ilog2() as usize + 1).min(Paint::HEATS)
    }

    /// Returns the fewest and the most bytes that come out of a layer.
    fn bytes(&self) -> [u64; 2] {
        let layers = self.cards.iter().filter(|card| card.kind.is_layer()).map(|card| card.bytes);
        [layers.clone().min().unwrap_or_default(), layers.max().unwrap_or_default()]
    }
}

impl Drawing {
    /// Returns the links to some cards in a row.
    fn links_into(&self, cards: &Range<usize>) -> &[Link] {
        let place = |card: usize| self.links.partition_point(|link| link.to < card);
        &self.links[place(cards.start)..place(cards.end)]
    }
}

impl Item {
    fn is_branch(&self) -> bool {
        matches!(self.shape, ItemShape::Branch(_))
    }
}

impl Frame {
    /// Returns the number of repetitions as text: `× 3`; nothing for one.
    fn repetitions(&self) -> String {
        if self.times > 1 { format!("× {}", self.times) } else { String::new() }
    }

    /// Returns the title with the number of repetitions.
    fn label(&self) -> String {
        [self.title.as_str(), &self.repetitions()].join(" ").trim().to_string()
    }
}

impl CardKind {
    fn is_layer(self) -> bool {
        matches!(self, CardKind::Layer | CardKind::Join)
    }
}
