//! The columns that a recipe chooses for inputs, labels and groups.

use super::place::Heading;
use super::text::Text;
use super::{Problem, Recipe};
use netwright_model::Column;
use std::collections::HashSet;

/// The numbers of the columns by their use.
#[derive(Debug)]
pub(super) struct Roles {
    pub(super) inputs: Vec<usize>,
    pub(super) labels: Vec<usize>,
    pub(super) by: Vec<usize>,
    pub(super) categories: Vec<usize>,
    /// The columns that have no use.
    pub(super) others: Vec<usize>,
}

/// Chooses columns; `count` is the number of labels that the network's loss compares.
pub(super) fn choose(text: &Text, recipe: &Recipe<'_>, count: usize) -> Result<Roles, Problem> {
    let all = |columns: &[Column<&str>]| -> Result<Vec<usize>, Problem> {
        columns.iter().map(|column| text.find(column)).collect()
    };
    let [dropped, by, categories] = [all(recipe.drop)?, all(recipe.by)?, all(recipe.categories)?];
    let key = all(recipe.key)?;
    let left: Vec<usize> = (0..text.width())
        .filter(|column| [&dropped, &by, &key].iter().all(|not| !not.contains(column)))
        .collect();
    let labels = match *recipe.label {
        [Column::First] if count <= left.len() => left[..count].to_vec(),
        [Column::Last] if count <= left.len() => left[left.len() - count..].to_vec(),
        [Column::First | Column::Last] => {
            return Err(too_few(count, format!("only {}", left.len())));
        }
        [Column::At(at)] if at < text.width() && count > text.width() - at => {
            let found = text.width() - at;
            return Err(too_few(count, format!("only {found} from column {} on", at + 1)));
        }
        [Column::At(at)] if at < text.width() => (at..at + count).collect(),
        ref listed => all(listed)?,
    };
    let mut inputs = all(recipe.columns)?;
    let overlap = |columns: &[usize], others: &[usize], one, other| match columns
        .iter()
        .find(|column| others.contains(column))
    {
        Some(&column) => Err(Problem::Overlap { column: text.heading(column), one, other }),
        None => Ok(()),
    };
    for (columns, name, argument) in [(&inputs, "an input", "columns"), (&labels, "a label", "label")] {
        if let Some(at) = (1..columns.len()).find(|&at| columns[..at].contains(&columns[at])) {
            return Err(Problem::Twice { column: text.heading(columns[at]), argument });
        }
        overlap(columns, &dropped, name, "left out by `drop`")?;
        overlap(columns, &key, name, "the key of `key`")?;
    }
    overlap(&labels, &by, "a label", "the group of `by`")?;
    if recipe.window == 0 {
        overlap(&inputs, &labels, "an input", "a label")?;
    }
    if recipe.columns.is_empty() {
        let targets: HashSet<usize> = labels.iter().copied().collect();
        inputs = left.into_iter().filter(|column| !targets.contains(column)).collect();
        // A series alone is continued from its own past.
        if inputs.is_empty() && recipe.window > 0 {
            inputs = labels.clone();
        }
    }
    if inputs.is_empty() {
        return Err(Problem::NoInputs);
    }
    for &column in inputs.iter().chain(&labels) {
        check_name(text, column, recipe.columns.is_empty())?;
    }
    let used: HashSet<usize> = [&inputs, &labels, &by].into_iter().flatten().copied().collect();
    let others = (0..text.width()).filter(|column| !used.contains(column)).collect();
    Ok(Roles { inputs, labels, by, categories, others })
}

fn columns(count: usize) -> String {
    format!("{count} column{}", if count == 1 { "" } else { "s" })
}

fn too_few(count: usize, found: String) -> Problem {
    Problem::LabelColumns { expected: columns(count), found }
}

/// Checks that a column can be found again by its name, if there are names, and is no index that only got in as one
/// of all others.
fn check_name(text: &Text, column: usize, all: bool) -> Result<(), Problem> {
    let Some(name) = text.names().get(column) else { return Ok(()) };
    // pandas writes its index without a name, and calls it so when it reads the file and writes it again.
    let unnamed = name.is_empty();
    if !(unnamed || all && name.starts_with("Unnamed: ")) {
        return Ok(());
    }
    let heading: Heading = text.heading(column);
    match text.cell(0, column).parse::<i64>() {
        Ok(from)
            if text.rows() > 1
                && (0..text.rows()).all(|row| {
                    let expected = from.checked_add(row as i64);
                    text.cell(row, column).parse().ok() == expected
                }) =>
        {
            Err(Problem::Index { column: heading, from })
        }
        _ if unnamed => Err(Problem::Unnamed { column: heading }),
        _ => Ok(()),
    }
}
