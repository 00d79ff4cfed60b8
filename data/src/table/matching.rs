//! Finding the columns of a layout in another table.

use super::Problem;
use super::layout::Layout;
use super::place::{self, Heading};
use super::text::Text;
use std::collections::{HashMap, HashSet};

/// The numbers of a layout's columns in a table.
pub(super) struct Columns {
    pub(super) inputs: Vec<usize>,
    /// Empty if labels are not wanted.
    pub(super) labels: Vec<usize>,
    /// Empty if there are no groups, or they are not needed and not there.
    pub(super) by: Vec<usize>,
    pub(super) ignored: Vec<String>,
}

impl Layout {
    pub(super) fn columns(&self, text: &Text, with_labels: bool) -> Result<Columns, Problem> {
        match self.named && !text.names().is_empty() {
            true => self.by_name(text, with_labels),
            false => self.by_number(text, with_labels),
        }
    }

    fn by_name(&self, text: &Text, with_labels: bool) -> Result<Columns, Problem> {
        let names = text.names();
        let known: HashSet<&str> = self.headings().map(|heading| heading.name.as_str()).collect();
        let new = || names.iter().filter(|name| !known.contains(name.as_str()) && !name.is_empty());
        let places: HashMap<&str, usize> =
            names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
        let find = |heading: &Heading| {
            places.get(heading.name.as_str()).copied().ok_or_else(|| Problem::MissingColumn {
                name: heading.name.clone(),
                nearest: place::nearest(&heading.name, new()),
                names: names.to_vec(),
            })
        };
        self.find_all(with_labels, new().cloned().collect(), find)
    }

    fn by_number(&self, text: &Text, with_labels: bool) -> Result<Columns, Problem> {
        let inputs: HashSet<usize> = self.inputs.iter().map(|input| input.heading.number).collect();
        let labels: HashSet<usize> = self.labels.iter().map(|label| label.heading.number).collect();
        let set = |is_there: &dyn Fn(&usize) -> bool| (0..self.width).filter(is_there).collect::<Vec<_>>();
        let mut sets = vec![(set(&|_| true), "columns as in training")];
        if with_labels {
            let used = |column: &usize| inputs.contains(column) || labels.contains(column);
            sets.push((set(&used), "of the inputs and the label"));
        } else {
            let unlabelled = |column: &usize| inputs.contains(column) || !labels.contains(column);
            sets.push((set(&unlabelled), "without the label"));
            sets.push((set(&|column| inputs.contains(column)), "of the inputs"));
        }
        let problem = |expected| Problem::Columns { expected, found: text.width(), named: self.named };
        let Some((set, _)) = sets.iter().find(|(set, _)| set.len() == text.width()) else {
            sets.dedup_by_key(|(set, _)| set.len());
            let sets = sets.iter().map(|(set, meaning)| format!("{} {meaning}", set.len()));
            return Err(problem(sets.collect::<Vec<_>>().join(", or ")));
        };
        // The columns are in order, with gaps.
        let find = |heading: &Heading| {
            let place = set.binary_search(&heading.number);
            place.map_err(|_| problem(format!("{} columns as in training", self.width)))
        };
        self.find_all(with_labels, Vec::new(), find)
    }

    fn find_all(
        &self,
        with_labels: bool,
        ignored: Vec<String>,
        find: impl Fn(&Heading) -> Result<usize, Problem>,
    ) -> Result<Columns, Problem> {
        let inputs = self.inputs.iter().map(|input| find(&input.heading)).collect::<Result<_, _>>()?;
        let labels = match with_labels {
            true => self.labels.iter().map(|label| find(&label.heading)).collect::<Result<_, _>>()?,
            false => Vec::new(),
        };
        // Groups keep samples together in a split, and windows apart.
        let by = match self.by.iter().map(find).collect() {
            _ if self.window == 0 && !with_labels => Vec::new(),
            Err(_) if self.window == 0 => Vec::new(),
            by => by?,
        };
        Ok(Columns { inputs, labels, by, ignored })
    }

    /// Returns the columns of the training table.
    fn headings(&self) -> impl Iterator<Item = &Heading> {
        let inputs = self.inputs.iter().map(|input| &input.heading);
        let labels = self.labels.iter().map(|label| &label.heading);
        inputs.chain(labels).chain(&self.by).chain(&self.others)
    }
}
