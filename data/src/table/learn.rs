//! Learning the meaning of a training table's columns.

use super::cell::Kind;
use super::choose::{Roles, choose};
use super::layout::{Answers, Input, Layout, Meaning, Target, category};
use super::text::Text;
use super::{Problem, Recipe};
use crate::Error;
use netwright_model::Missing;
use std::collections::BTreeSet;

/// Texts of a column that can be categories: each one takes an input of the network.
pub(super) const MOST_CATEGORIES: usize = 1000;

/// Lines from which on a column whose texts are mostly different is refused.
const MANY_LINES: usize = 10;

impl Layout {
    /// Learns the columns of a training table; `count` is the number of labels that the network's loss compares.
    ///
    /// A column of texts becomes categories, and so does one of numbers that the recipe names. Cells of numbers are
    /// read by [`samples`](Layout::samples), and so are their errors. Means and medians are learned by
    /// [`fit`](Layout::fit), after samples were held out.
    ///
    /// # Errors
    /// If the recipe names columns that the table does not have, or a column has no clear meaning.
    pub fn learn(text: &Text, recipe: &Recipe<'_>, count: usize) -> Result<Layout, Error> {
        learn(text, recipe, count).map_err(|problem| text.error(problem))
    }

    /// Learns the columns of a training table for a network of `inputs` numbers, whose loss compares `labels` columns; it compares with the
    /// inputs if `to_input`. A table has as many labels, or one, which names the class.
    ///
    /// # Errors
    /// As [`learn`](Layout::learn).
    pub fn learn_for(
        text: &Text,
        recipe: &Recipe<'_>,
        inputs: usize,
        labels: usize,
        to_input: bool,
    ) -> Result<Layout, Error> {
        let learn = |count| Layout::learn(text, recipe, count);
        // An autoencoder's table may have a label beside the inputs, or none.
        if to_input && text.width() == inputs {
            return learn(0);
        }
        match learn(if to_input { 1 } else { labels }) {
            Ok(layout) if layout.has_width(inputs) || labels == 1 => Ok(layout),
            usual => match learn(1) {
                Ok(layout) if layout.has_width(inputs) => Ok(layout),
                _ => usual,
            },
        }
    }
}

fn learn(text: &Text, recipe: &Recipe<'_>, count: usize) -> Result<Layout, Problem> {
    let Roles { inputs, labels, by, categories, others } = choose(text, recipe, count)?;
    let fill = match recipe.missing {
        Missing::Value(value) => Some(value),
        _ => None,
    };
    let meaning = |&column: &usize| {
        let heading = text.heading(column);
        let chosen = categories.contains(&column);
        let meaning = match texts(text, column, chosen)? {
            None => Meaning::Number { fill },
            Some(counted) => learn_categories(text, &counted, column, chosen)?,
        };
        Ok(Input { heading, meaning })
    };
    let inputs = inputs.iter().map(meaning).collect::<Result<_, Problem>>()?;
    let target = |&column: &usize| {
        let texts = texts(text, column, categories.contains(&column))?;
        let answers = match texts {
            None => Answers::Numbers,
            Some(Counted { texts: 0, .. }) => Answers::Categories,
            Some(_) => Answers::Texts,
        };
        Ok(Target { heading: text.heading(column), answers })
    };
    let labels = labels.iter().map(target).collect::<Result<_, Problem>>()?;
    let headings = |columns: Vec<usize>| columns.into_iter().map(|column| text.heading(column)).collect();
    Ok(Layout {
        width: text.width(),
        named: !text.names().is_empty(),
        inputs,
        labels,
        by: headings(by),
        others: headings(others),
        missing: recipe.missing,
        window: recipe.window,
        step: recipe.step.max(1),
        ahead: recipe.ahead,
    })
}

/// The kinds of a column's cells.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    numbers: usize,
    texts: usize,
    /// The row of the first text.
    first_text: usize,
}

impl Counted {
    fn new(text: &Text, column: usize) -> Counted {
        let mut counted = Counted::default();
        for row in 0..text.rows() {
            match text.kind(row, column) {
                Kind::Missing => {}
                Kind::Number | Kind::Infinite => counted.numbers += 1,
                Kind::Text => {
                    if counted.texts == 0 {
                        counted.first_text = row;
                    }
                    counted.texts += 1;
                }
            }
        }
        counted
    }

    /// Returns the problem of numbers beside texts: a slip of the pen must not make categories.
    fn mixed(&self, text: &Text, column: usize) -> Option<Problem> {
        let Counted { numbers, texts, first_text } = *self;
        (numbers > 0 && texts > 0).then(|| Problem::Mixed {
            place: text.place(first_text, column),
            found: text.cell(first_text, column).into(),
            numbers,
            texts,
        })
    }
}

/// Counts the cells of a column that holds texts, or is said to; `None` if it holds numbers.
///
/// The first cell decides, so that numbers are read only once: a text below them is found there.
fn texts(text: &Text, column: usize, chosen: bool) -> Result<Option<Counted>, Problem> {
    let mut kinds = (0..text.rows()).map(|row| text.kind(row, column));
    match kinds.find(|kind| *kind != Kind::Missing) {
        None => Err(Problem::AllMissing { column: text.heading(column), training: false }),
        Some(kind) if chosen || kind == Kind::Text => {
            let counted = Counted::new(text, column);
            match counted.mixed(text, column) {
                Some(problem) if !chosen => Err(problem),
                _ => Ok(Some(counted)),
            }
        }
        Some(_) => Ok(None),
    }
}

/// Returns the problem of a column that has both numbers and texts.
#[cold]
pub(super) fn mixed(text: &Text, column: usize) -> Option<Problem> {
    Counted::new(text, column).mixed(text, column)
}

fn learn_categories(text: &Text, counted: &Counted, column: usize, chosen: bool) -> Result<Meaning, Problem> {
    let numbers = counted.texts == 0;
    let mut known = BTreeSet::new();
    for row in 0..text.rows() {
        let cell = text.cell(row, column);
        if text.kind(row, column) != Kind::Missing && (numbers || !known.contains(cell)) {
            known.insert(category(cell, numbers, text.decimal()));
        }
        if known.len() > MOST_CATEGORIES {
            break;
        }
    }
    let rows = counted.numbers + counted.texts;
    let mostly_different = !chosen && rows >= MANY_LINES && 2 * known.len() > rows;
    if known.len() > MOST_CATEGORIES || mostly_different {
        let found = known.pop_first().unwrap_or_default();
        // The removed one counts.
        let categories = known.len() + 1;
        return Err(Problem::Categories { column: text.heading(column), categories, rows, found });
    }
    let mut known: Vec<String> = known.into_iter().collect();
    if numbers {
        // Texts that are no exact numbers keep their place among equal ones.
        let value = |text: &String| text.parse::<f64>().unwrap_or(f64::INFINITY);
        known.sort_by(|a, b| value(a).total_cmp(&value(b)));
    }
    Ok(Meaning::Categories { numbers, known })
}
