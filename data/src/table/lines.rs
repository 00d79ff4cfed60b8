//! Layouts as lines of text, for the file of weights.

use super::Problem;
use super::layout::{Answers, Input, Layout, Meaning, Target};
use super::place::Heading;
use netwright_model::Missing;
use std::str::FromStr;

impl Layout {
    /// Returns the layout as lines of fields with tabs between them: one for the table, and one for each column.
    pub fn lines(&self) -> Vec<String> {
        let names = if self.named { "names" } else { "none" };
        let missing = match self.missing {
            Missing::Refused => "error".into(),
            Missing::Mean => "mean".into(),
            Missing::Median => "median".into(),
            Missing::Drop => "drop".into(),
            Missing::Value(value) => format!("{value:?}"),
        };
        let mut lines = vec![format!(
            "table\t{}\t{names}\t{missing}\t{}\t{}\t{}",
            self.width, self.window, self.step, self.ahead
        )];
        for Input { heading, meaning } in &self.inputs {
            let mut line = column("input", heading);
            match meaning {
                Meaning::Number { fill: None } => line += "\tnumber",
                Meaning::Number { fill: Some(fill) } => line += &format!("\tnumber\t{fill:?}"),
                Meaning::Categories { numbers, known } => {
                    line += if *numbers { "\tnumbers" } else { "\ttexts" };
                    for category in known {
                        line.push('\t');
                        line += &escape(category);
                    }
                }
            }
            lines.push(line);
        }
        for Target { heading, answers } in &self.labels {
            let answers = match answers {
                Answers::Numbers => "\tnumbers",
                Answers::Texts => "\ttexts",
                Answers::Categories => "\tcategories",
            };
            lines.push(column("label", heading) + answers);
        }
        lines.extend(self.by.iter().map(|heading| column("by", heading)));
        lines.extend(self.others.iter().map(|heading| column("other", heading)));
        lines
    }

    /// Reads what [`lines`](Layout::lines) has written.
    ///
    /// # Errors
    /// If the lines are damaged.
    pub fn from_lines<S: AsRef<str>>(lines: &[S]) -> Result<Layout, Problem> {
        let mut lines = lines.iter().map(AsRef::as_ref);
        let first = lines.next().unwrap_or_default();
        let mut layout = table(first).ok_or_else(|| damaged(first))?;
        for line in lines {
            layout.add(line).ok_or_else(|| damaged(line))?;
        }
        // Each column of the training table has a line.
        let columns = layout.inputs.len() + layout.labels.len() + layout.by.len() + layout.others.len();
        if layout.inputs.is_empty() || columns < layout.width { Err(damaged(first)) } else { Ok(layout) }
    }

    /// Adds a column's line; `None` if it is damaged.
    fn add(&mut self, line: &str) -> Option<()> {
        let fields: Vec<String> = line.split('\t').map(unescape).collect::<Option<_>>()?;
        let [kind, number, name, rest @ ..] = fields.as_slice() else { return None };
        let heading = Heading { number: parse(number)?, name: name.clone() };
        if heading.number >= self.width
            || self.named && heading.name.is_empty() && kind != "other" && kind != "by"
        {
            return None;
        }
        match (kind.as_str(), rest) {
            ("input", [meaning, rest @ ..]) => {
                let meaning = match (meaning.as_str(), rest) {
                    ("number", []) => Meaning::Number { fill: None },
                    ("number", [fill]) => Meaning::Number { fill: Some(finite(fill)?) },
                    ("numbers" | "texts", [_, ..]) if distinct(rest) => {
                        Meaning::Categories { numbers: meaning == "numbers", known: rest.to_vec() }
                    }
                    _ => return None,
                };
                self.inputs.push(Input { heading, meaning });
            }
            ("label", [answers]) => {
                let answers = match answers.as_str() {
                    "numbers" => Answers::Numbers,
                    "texts" => Answers::Texts,
                    "categories" => Answers::Categories,
                    _ => return None,
                };
                self.labels.push(Target { heading, answers });
            }
            ("by", []) => self.by.push(heading),
            ("other", []) => self.others.push(heading),
            _ => return None,
        }
        Some(())
    }
}

/// Reads the first line.
fn table(line: &str) -> Option<Layout> {
    let fields: Vec<&str> = line.split('\t').collect();
    let ["table", width, names, missing, window, step, ahead] = *fields else { return None };
    Some(Layout {
        width: parse(width)?,
        named: match names {
            "names" => true,
            "none" => false,
            _ => return None,
        },
        inputs: Vec::new(),
        labels: Vec::new(),
        by: Vec::new(),
        others: Vec::new(),
        missing: match missing {
            "error" => Missing::Refused,
            "mean" => Missing::Mean,
            "median" => Missing::Median,
            "drop" => Missing::Drop,
            value => Missing::Value(finite(value)?),
        },
        window: parse(window)?,
        step: parse(step).filter(|&step: &usize| step > 0)?,
        ahead: parse(ahead)?,
    })
}

fn damaged(line: &str) -> Problem {
    Problem::Layout { found: line.into() }
}

fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn finite(text: &str) -> Option<f64> {
    parse(text).filter(|number: &f64| number.is_finite())
}

fn distinct(categories: &[String]) -> bool {
    let mut sorted: Vec<&String> = categories.iter().collect();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

fn column(kind: &str, heading: &Heading) -> String {
    format!("{kind}\t{}\t{}", heading.number, escape(&heading.name))
}

/// Writes a text without tabs and ends of lines.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped += "\\\\",
            '\t' => escaped += "\\t",
            '\n' => escaped += "\\n",
            '\r' => escaped += "\\r",
            c => escaped.push(c),
        }
    }
    escaped
}

/// Reads what [`escape`] has written.
fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next()? {
                '\\' => '\\',
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            c => c,
        });
    }
    Some(plain)
}
