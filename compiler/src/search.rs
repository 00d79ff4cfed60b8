//! Ranges of a text, of which a search takes values: `lr in log(1e-4, 1e-1)`, `choose { ... } { ... }`.
//!
//! A text with ranges is no network: it is a network for each way of filling them. [`Space::fill`] writes such a text, so that what a search
//! has trained is what anybody trains who is given the text.

mod places;
mod values;

pub use values::{Pick, Values};

use crate::program::Sources;
use crate::sink::Sink;
use netwright_grammar::ast::File;
use netwright_grammar::{Diagnostic, FileId, parse};
use places::Found;
use std::collections::BTreeMap;
use std::ops::Range;

/// Ranges of a text, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    text: String,
    /// The places of the ranges.
    pub places: Vec<Place>,
}

/// A place of a text that a search fills.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// A name that no other place has: `lr`, `dense.units` or `units@7`, where 7 is a line.
    pub name: String,
    /// The values to take.
    pub values: Values,
    /// The part of the text that a value takes the place of.
    span: Range<usize>,
    /// The text before the value, such as `lr=`.
    before: String,
    /// The `choose` and its way that hold the place, if any do.
    within: Option<(usize, usize)>,
}

/// A byte order mark is no part of what was written.
const BYTE_ORDER_MARK: char = '\u{feff}';

impl Space {
    /// Finds the ranges of a text; all that is wrong with them, or keeps the text from being read, is in the diagnostics.
    pub fn read(text: &str) -> (Space, Vec<Diagnostic>) {
        let text = text.trim_start_matches(BYTE_ORDER_MARK).to_string();
        let (tree, mut problems) = parse(FileId(0), &text);
        let found = places::find(&tree);
        let names = names(&found, &text);
        let mut places: Vec<Place> = vec![];
        for (found, name) in found.iter().zip(names) {
            match Values::read(found, &text) {
                Ok(values) => {
                    let (span, before) = found.replaced();
                    places.push(Place { name, values, span, before, within: None });
                }
                Err(problem) => problems.push(problem),
            }
        }
        for at in 0..places.len() {
            places[at].within = within(&places, at);
        }
        (Space { text, places }, problems)
    }

    /// Returns the text with its ranges.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text in which each range has the value that was picked for it.
    ///
    /// # Panics
    /// If there are fewer picks than places, or one is of another kind than its place.
    pub fn fill(&self, picks: &[Pick]) -> String {
        let mut filled = String::new();
        self.fill_part(0..self.text.len(), None, picks, &mut filled);
        filled
    }

    fn fill_part(&self, part: Range<usize>, within: Option<(usize, usize)>, picks: &[Pick], to: &mut String) {
        let mut at = part.start;
        for (place, pick) in self.places.iter().zip(picks).filter(|(place, _)| place.within == within) {
            to.push_str(&self.text[at..place.span.start]);
            match (pick, &place.values) {
                (Pick::Value(value), _) => {
                    to.push_str(&place.before);
                    to.push_str(value);
                }
                (Pick::Way(way), Values::Ways(ways)) => {
                    let number = self.places.iter().position(|other| other == place);
                    self.fill_part(ways[*way].clone(), number.map(|number| (number, *way)), picks, to);
                }
                (Pick::Way(_), _) => unreachable!("a range is filled by a value"),
            }
            at = place.span.end;
        }
        to.push_str(&self.text[at..part.end]);
    }

    /// Returns whether each place is a part of the filled text: one inside a way that was not picked is none.
    pub fn is_used(&self, picks: &[Pick]) -> Vec<bool> {
        let mut used: Vec<bool> = vec![];
        for place in &self.places {
            // What holds a place stands before it.
            used.push(
                place.within.is_none_or(|(holder, way)| used[holder] && picks[holder] == Pick::Way(way)),
            );
        }
        used
    }
}

/// Returns the innermost `choose` that holds a place, and the number of its way.
fn within(places: &[Place], at: usize) -> Option<(usize, usize)> {
    let span = &places[at].span;
    let way = |place: &Place| match &place.values {
        Values::Ways(ways) => ways.iter().position(|way| way.start <= span.start && span.end <= way.end),
        _ => None,
    };
    (0..at).rev().find_map(|holder| Some((holder, way(&places[holder])?)))
}

/// Returns a name for each place: the shortest that no other has.
fn names(found: &[Found<'_>], text: &str) -> Vec<String> {
    let line = |found: &Found<'_>| {
        let before = &text[..found.replaced().0.start];
        (1 + before.matches('\n').count(), before.len() - before.rfind('\n').map_or(0, |end| end + 1) + 1)
    };
    let forms: [&dyn Fn(&Found<'_>) -> String; 4] = [
        &|found| found.name().to_string(),
        &|found| found.path(),
        &|found| format!("{}@{}", found.name(), line(found).0),
        &|found| format!("{}@{}:{}", found.name(), line(found).0, line(found).1),
    ];
    let mut names: Vec<String> = found.iter().map(forms[0]).collect();
    for form in &forms[1..] {
        let mut counts = BTreeMap::<&str, usize>::new();
        names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
        let shared: Vec<bool> = names.iter().map(|name| counts[name.as_str()] > 1).collect();
        for ((name, found), _) in names.iter_mut().zip(found).zip(shared).filter(|(_, shared)| *shared) {
            *name = form(found);
        }
    }
    names
}

/// Reports ranges, which nothing but a search can use, or what is wrong with them.
pub(crate) fn refuse(trees: &[File], sources: &Sources, sink: &mut Sink) {
    for (tree, (_, text)) in trees.iter().zip(&sources.files) {
        for found in places::find(tree) {
            sink.push(Values::read(&found, text).err().unwrap_or_else(|| found.refusal()));
        }
    }
}

#[cfg(test)]
mod tests;
