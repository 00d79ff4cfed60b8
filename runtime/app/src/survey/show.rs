//! The report on data: as text, and as an object in JSON.

use super::super::{Facts, table};
use super::{CLASSES, Part, Survey};
use netwright::data::listed;
use netwright::data::survey::{Column, Range};
use netwright::train::{Missing, Source};
use netwright_data::table::Summary;
use serde_json::{Value, json};

/// The columns of a table that are shown at most.
const COLUMNS: usize = 100;
/// The sizes of pictures that are shown at most.
const SIZES: usize = 20;

impl Survey {
    /// Returns the report for people.
    pub(super) fn text(&self, facts: &Facts) -> String {
        let mut parts = vec![self.samples(facts)];
        parts.extend(self.sizes());
        parts.extend(self.columns());
        parts.extend(self.gaps(facts));
        if !self.constant.is_empty() {
            parts.push(format!("constant among the samples to train with: {}", self.constant.join(", ")));
        }
        parts.extend(self.values());
        parts.extend(self.damage());
        if !self.shared.is_empty() {
            let lines = self
                .shared
                .iter()
                .map(|[(own, part), (other, of)]| format!("  {own} ({part}) is {other} ({of})"));
            let lines: Vec<String> = lines.collect();
            parts.push(format!("the same picture on both sides of a split:\n{}", lines.join("\n")));
        }
        parts.extend(self.notes.iter().map(|note| format!("note: {note}")));
        parts.extend(self.failed.iter().skip(1).map(|(part, error)| format!("{part}: {error}")));
        parts.extend(self.reading());
        parts.extend(self.sheet.clone());
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }

    /// Counts samples by part, class and group.
    fn samples(&self, facts: &Facts) -> String {
        if self.parts.is_empty() {
            return String::new();
        }
        let header =
            std::iter::once(facts.name.to_string()).chain(self.parts.iter().map(|part| part.name.into()));
        let mut rows: Vec<Vec<String>> = vec![header.collect()];
        let mut row = |name: String, count: &dyn Fn(&Part) -> usize| {
            rows.push(
                std::iter::once(name).chain(self.parts.iter().map(|part| count(part).to_string())).collect(),
            );
        };
        row("samples".into(), &|part| part.data.len());
        let mut remark = String::new();
        if self.classes.len() <= CLASSES {
            for (class, name) in self.classes.iter().enumerate() {
                row(format!("  {name}"), &|part| part.count(class));
            }
        } else {
            remark = format!("\n  {} classes; `--format json` counts each", self.classes.len());
        }
        if self.parts.iter().any(|part| part.data.group_count() > 0) {
            row("groups".into(), &|part| part.data.group_count());
        }
        let width = rows.iter().map(|row| row[0].chars().count()).max().unwrap_or(0);
        rows.iter_mut().for_each(|row| row[0] = format!("{:<width$}", row[0]));
        format!("{}{remark}", table(&rows))
    }

    fn sizes(&self) -> Option<String> {
        let sizes = &self.files.sizes;
        let lines = sizes.iter().take(SIZES).map(|(size, count)| format!("  {count} of {size}"));
        let mut lines: Vec<String> = lines.collect();
        if sizes.len() > SIZES {
            let rest: usize = sizes[SIZES..].iter().map(|(_, count)| count).sum();
            lines.push(format!("  {rest} of {} other sizes", sizes.len() - SIZES));
        }
        (!lines.is_empty()).then(|| format!("sizes of the files, height x width:\n{}", lines.join("\n")))
    }

    fn columns(&self) -> Option<String> {
        let columns = &self.files.columns;
        if columns.is_empty() {
            return None;
        }
        let mut rows = vec![["column", "use", "values", "missing", ""].map(String::from).to_vec()];
        rows.extend(columns.iter().take(COLUMNS).map(|column| {
            let kind = match &column.summary {
                summary if column.is_category => format!("{} categories", summary.distinct.len()),
                summary if summary.texts > 0 && summary.more => "texts".into(),
                summary if summary.texts > 0 => format!("{} texts", summary.distinct.len()),
                _ => "numbers".into(),
            };
            let missing = match column.summary.missing {
                0 => String::new(),
                count => count.to_string(),
            };
            vec![column.name.clone(), column.role.into(), kind, missing, range_of(column)]
        }));
        let more = match columns.len().saturating_sub(COLUMNS) {
            0 => String::new(),
            more => format!("\n  and {more} more columns"),
        };
        Some(format!("{}{more}", to_the_left(&rows)))
    }

    /// Says that a training would refuse missing values, if it would.
    fn gaps(&self, facts: &Facts) -> Option<String> {
        let used = self.files.columns.iter().filter(|column| column.role == "input");
        let missing: usize = used.map(|column| column.summary.missing).sum();
        let refuses =
            |source: &Source| matches!(source, Source::Csv(table) if table.missing == Missing::Refused);
        let refused = match &facts.recipe.data {
            Some(Source::Joint(joint)) => joint.parts.iter().any(|part| refuses(&part.source)),
            data => data.as_ref().is_some_and(refuses),
        };
        (refused && missing > 0).then(|| {
            format!(
                "{missing} missing values: `train` refuses them without `missing=`, such as `missing=median`"
            )
        })
    }

    fn values(&self) -> Option<String> {
        let training = self.parts.first()?;
        // The columns of a table have ranges of their own.
        let mut lines: Vec<String> = match (&self.files.columns[..], &self.ranges[..]) {
            ([], [range]) => vec![format!("values to train with: {}", described(range))],
            ([], ranges) => {
                let each = ranges
                    .iter()
                    .enumerate()
                    .map(|(at, range)| format!("  channel {at}: {}", described(range)));
                std::iter::once("values to train with:".to_string()).chain(each).collect()
            }
            _ => vec![],
        };
        let places = training.data.places();
        let total: usize = places.iter().sum();
        if total > 0 {
            let share = |(class, &count): (usize, &usize)| {
                format!("class {class} {:.1}%", 100.0 * count as f64 / total as f64)
            };
            lines.push(format!(
                "places of the masks: {}",
                listed(places.iter().enumerate().map(share), CLASSES)
            ));
        } else if let (true, Some(range)) = (self.classes.is_empty(), training.data.target_range()) {
            let what = if training.data.has_masks() { "masks" } else { "targets" };
            lines.push(format!("{what}: {}", described(&range)));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn damage(&self) -> Option<String> {
        let lines: Vec<String> = self.damaged.iter().map(|error| format!("  {error}")).collect();
        (!lines.is_empty()).then(|| {
            format!(
                "files that cannot be used: {}; `train` leaves them out with `damaged=skip`, and stops without\n{}",
                lines.len(),
                lines.join("\n")
            )
        })
    }

    fn reading(&self) -> Option<String> {
        let (time, samples) = self.reading.filter(|(_, samples)| *samples > 0)?;
        let each = 1e3 * time.as_secs_f64() / samples as f64;
        Some(format!("reading: {each:.3} ms per sample, {:.3} s for {samples}", time.as_secs_f64()))
    }

    /// Returns the report for programs.
    pub(super) fn json(&self, facts: &Facts) -> String {
        let range = |range: &Range| json!({"min": range.least, "max": range.most, "mean": range.mean, "std": range.deviation});
        let part = |part: &Part| {
            let classes = self.classes.iter().enumerate();
            let classes: Value = classes
                .map(|(class, name)| (name.clone(), json!(part.count(class))))
                .collect::<serde_json::Map<_, _>>()
                .into();
            json!({"part": part.name, "samples": part.data.len(), "classes": classes, "groups": part.data.group_count()})
        };
        let column = |column: &Column| {
            let summary = &column.summary;
            let number = |number: f64| if summary.numbers > 0 { json!(number) } else { Value::Null };
            json!({
                "column": column.name, "use": column.role, "numbers": summary.numbers, "texts": summary.texts,
                "missing": summary.missing, "distinct": summary.distinct.len(), "constant": summary.is_constant(),
                "min": number(summary.least), "max": number(summary.most), "mean": number(summary.mean),
            })
        };
        let shared = self.shared.iter().map(
            |[(own, part), (other, of)]| json!([{"file": own, "part": part}, {"file": other, "part": of}]),
        );
        let sizes = self.files.sizes.iter().map(|(size, count)| json!({"size": size, "files": count}));
        let errors = self
            .failed
            .iter()
            .map(|(part, error)| json!({"part": part, "error": error.to_string(), "help": error.help()}));
        let damaged =
            self.damaged.iter().map(|error| json!({"file": error.file, "error": error.problem.to_string()}));
        let seconds = self.reading.map(|(time, samples)| time.as_secs_f64() / samples.max(1) as f64);
        let report = json!({
            "network": facts.name,
            "parts": self.parts.iter().map(part).collect::<Vec<_>>(),
            "sizes": sizes.collect::<Vec<_>>(),
            "columns": self.files.columns.iter().map(column).collect::<Vec<_>>(),
            "constant": self.constant,
            "values": self.ranges.iter().map(range).collect::<Vec<_>>(),
            "damaged": damaged.collect::<Vec<_>>(),
            "shared": shared.collect::<Vec<_>>(),
            "notes": self.notes,
            "seconds_per_sample": seconds,
            "sheet": self.sheet,
            "errors": errors.collect::<Vec<_>>(),
        });
        format!("{report:#}")
    }
}

/// Describes the values of a column: the range of numbers, or the commonest texts.
fn range_of(column: &Column) -> String {
    const NAMED: usize = 4;
    let summary = &column.summary;
    if summary.is_constant() {
        let value = summary.distinct.keys().next().cloned().unwrap_or_default();
        return format!("{value}, constant");
    }
    match () {
        () if column.role == "group" && !summary.more => format!("{} groups", summary.distinct.len()),
        () if summary.numbers > 0 && summary.texts == 0 => {
            format!("{} to {}, mean {}", short(summary.least), short(summary.most), short(summary.mean))
        }
        () if summary.more => format!("more than {} different", Summary::MOST),
        () if summary.distinct.len() > 1 && summary.distinct.values().all(|&count| count == 1) => {
            "all different".into()
        }
        () => {
            let mut values: Vec<(&String, &usize)> = summary.distinct.iter().collect();
            values.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            listed(values.iter().map(|(value, count)| format!("{value} {count}")), NAMED)
        }
    }
}

fn described(range: &Range) -> String {
    let Range { least, most, mean, deviation } = *range;
    format!(
        "from {} to {}, mean {}, standard deviation {}",
        short(least),
        short(most),
        short(mean),
        short(deviation)
    )
}

/// Returns a number with about four digits.
fn short(number: f64) -> String {
    match number.abs() {
        size if number.fract() == 0.0 && size < 1e15 => number.to_string(),
        size if !(1e-3..1e6).contains(&size) => format!("{number:.3e}"),
        size if size < 10.0 => format!("{number:.4}"),
        _ => format!("{number:.2}"),
    }
}

/// Cells as columns of equal width, to the left.
fn to_the_left(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
