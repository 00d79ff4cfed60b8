//! Tables of text: from a file's bytes to numbers.
//!
//! A table is read in two steps. [`Text`] is what is written: cells, and names of columns. [`Layout`] is what the
//! training table taught about its columns: their names, which are numbers and which are categories, and what
//! replaces a missing value. It travels with the weights, so that [`Layout::samples`] reads any later table alike,
//! by the names of its columns.
//!
//! ```
//! use netwright_data::table::{Format, Layout, Recipe, Text};
//! use netwright_model::{Column, Header, Missing, Table};
//! use std::path::Path;
//!
//! let recipe: Recipe<'_> = Table {
//!     path: "plants.csv",
//!     label: &[Column::Named("kind")],
//!     columns: &[],
//!     drop: &[],
//!     categories: &[],
//!     separator: "",
//!     decimal: "",
//!     header: Header::Found,
//!     missing: Missing::Mean,
//!     by: &[],
//!     key: &[],
//!     window: 0,
//!     step: 1,
//!     ahead: 1,
//! };
//! let format = Format::of(&recipe)?;
//! let training = b"height;soil;kind\n1,5;clay;oak\n;sand;fir\n2,5;clay;oak\n";
//! let text = Text::parse(Path::new(recipe.path), training.to_vec(), &format)?;
//! let mut layout = Layout::learn(&text, &recipe, 1)?;
//! let mut samples = layout.samples(&text, true)?;
//! // The last sample is held out.
//! layout.fit(&samples.numbers, &samples.rows, &[0, 1])?;
//! layout.fill(&mut samples.numbers);
//! assert_eq!(layout.features(), ["height", "soil=clay", "soil=sand"]);
//! assert_eq!(samples.numbers, [1.5, 1.0, 0.0, 1.5, 0.0, 1.0, 2.5, 1.0, 0.0]);
//!
//! // Later, what was saved with the weights reads a table of other columns.
//! let layout = Layout::from_lines(&layout.lines())?;
//! let text = Text::parse(Path::new("new.csv"), b"soil,height\nsand,3.25\n".to_vec(), &layout.format(&format))?;
//! assert_eq!(layout.samples(&text, false)?.numbers, [3.25, 0.0, 1.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Held-out samples
//! Means and medians that replace missing values are taken from the samples that are trained with, and from no
//! others: samples have NaN in these places until [`Layout::fit`] has got the indices of the former. Categories are
//! those of the whole table, since the network's width must not depend on a split; an index of a category tells
//! nothing about any label. Windows over a series share lines with their neighbours: hold out a series' end, or whole
//! groups, rather than windows at random.

mod apply;
mod cell;
mod choose;
mod decode;
mod features;
mod fill;
mod format;
mod groups;
mod header;
mod layout;
mod learn;
mod lines;
mod list;
mod matching;
mod parts;
mod place;
mod problem;
mod split;
mod summary;
#[cfg(test)]
mod tests;
mod text;
mod windows;

pub use apply::Samples;
pub use format::{Decimal, Format, Separator};
pub use layout::{Answers, Input, Layout, Meaning, Target};
pub use place::{Heading, Place};
pub use problem::Problem;
pub use summary::Summary;
pub use text::Text;

/// A table's entry in a recipe.
pub type Recipe<'a> = netwright_model::Table<&'a str, &'a [netwright_model::Column<&'a str>]>;
