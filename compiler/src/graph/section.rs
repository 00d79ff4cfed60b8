//! The parts of a source that layers come from: uses of blocks, labelled braces, branches and repeats.

use netwright_grammar::Span;
use std::ops::Range;

/// One part of a source, as it was unfolded. Sections nest; each comes before those inside of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The kind of the part.
    pub kind: SectionKind,
    /// The place in the source.
    pub span: Span,
    /// The section around it, an index into [`Graph::sections`](super::Graph::sections).
    pub parent: Option<usize>,
    /// The layers that stand in it, as indices into [`Graph::layers`](super::Graph::layers); an arm may have none.
    pub layers: Range<usize>,
}

/// Kinds of parts of a source.
#[derive(Clone, Debug, PartialEq)]
pub enum SectionKind {
    /// One use of a block: `residual(32, stride=2)`, with the values of the parameters around it.
    Block(String),
    /// Braces with a label: `stem: { ... }`.
    Label(String),
    /// A branch: arms, each of them a section, and the layer that joins them.
    Branch,
    /// One arm of a branch.
    Arm,
    /// `repeat 3 { ... }`: this number of passes, which differ in nothing but shapes.
    Repeat(usize),
}
