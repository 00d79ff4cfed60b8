//! Finds the layers and sections that are drawn: of every `repeat` those of the first pass, which stand for all others.

use crate::graph::{Graph, Section, SectionKind};
use std::ops::Range;

/// The layers and sections that are drawn.
pub(super) struct Fold {
    /// The sections that are drawn, as indices in the order of the graph.
    pub(super) sections: Vec<usize>,
    /// The layer that stands for each layer.
    pub(super) of: Vec<usize>,
}

/// Folds the repeats of a graph. No two passes of a `repeat` differ in anything but shapes.
pub(super) fn fold(graph: &Graph) -> Fold {
    let mut shown = vec![false; graph.sections.len()];
    for (i, section) in graph.sections.iter().enumerate() {
        shown[i] = section.parent.is_none_or(|parent| {
            let around = &graph.sections[parent];
            let is_repeat = matches!(around.kind, SectionKind::Repeat(_));
            shown[parent] && (!is_repeat || section.layers.start < first_pass(around).end)
        });
    }
    let sections: Vec<usize> = (0..shown.len()).filter(|&i| shown[i]).collect();
    let mut of: Vec<usize> = (0..graph.layers.len()).collect();
    // Inner repeats come before those around them, whose passes have the folded inner ones.
    for section in sections.iter().rev().map(|&i| &graph.sections[i]) {
        let first = first_pass(section);
        for layer in first.end..section.layers.end {
            of[layer] = of[layer - first.len()];
        }
    }
    Fold { sections, of }
}

/// Returns the layers of a section that are drawn.
pub(super) fn first_pass(section: &Section) -> Range<usize> {
    let Range { start, end } = section.layers;
    match section.kind {
        SectionKind::Repeat(times) => start..start + (end - start) / times.max(1),
        _ => start..end,
    }
}
