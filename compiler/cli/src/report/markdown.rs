//! Markdown, in which places that a person must fill in are counted.

/// The beginning of a place to fill in.
const OPEN: &str = "**To fill in:** ";

/// A text on its way.
#[derive(Debug, Default)]
pub(super) struct Markdown {
    text: String,
    open: usize,
    /// True if the last line is an item of a list.
    in_list: bool,
}

impl Markdown {
    /// Begins a section.
    pub(super) fn section(&mut self, title: &str) {
        self.paragraph(&format!("## {title}"));
    }

    /// Marks a place that a person must fill in.
    pub(super) fn ask(&mut self, about: &str) {
        self.open += 1;
        self.line(&format!("{OPEN}{about}"));
    }

    /// Adds an item to a list; its text may hold Markdown.
    pub(super) fn item(&mut self, name: &str, text: &str) {
        self.line(&format!("{name}: {text}"));
    }

    fn line(&mut self, text: &str) {
        if !self.in_list {
            self.text.push('\n');
        }
        self.in_list = true;
        self.text += &format!("- {text}\n");
    }

    /// Adds a paragraph, which may hold Markdown.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.in_list = false;
        self.text += &format!("\n{text}\n");
    }

    /// Adds a table, whose cells may hold Markdown.
    pub(super) fn table(&mut self, header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let head: Vec<String> = header.iter().map(|title| (*title).into()).collect();
        let rule: Vec<String> =
            (0..head.len()).map(|at| if at == 0 { "---".into() } else { "---:".to_string() }).collect();
        let rows: String = rows.map(|row| line(&row)).collect();
        self.paragraph(format!("{}{}{rows}", line(&head), line(&rule)).trim_end());
    }

    /// Adds a text as it is.
    pub(super) fn block(&mut self, kind: &str, text: &str) {
        let fence = "`".repeat(longest_run(text).max(2) + 1);
        self.paragraph(&format!("{fence}{kind}\n{}\n{fence}", text.trim_end()));
    }

    /// Returns the text and the number of places to fill in.
    pub(super) fn finish(self) -> (String, usize) {
        (self.text, self.open)
    }
}

/// Returns a text in which no letter means anything to Markdown or HTML.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '#' | '~' => {
                escaped.extend(['\\', letter]);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Returns a text as code, in a paragraph or in a table.
pub(super) fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    // Tables end cells at every bar that has no backslash, in code, too.
    let text = text.replace(['\n', '\r'], " ").replace('|', "\\|");
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Returns the length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_nothing_to_markdown() {
        assert_eq!(plain("a_b <c>\n| `d`"), "a\\_b \\<c\\> \\| \\`d\\`");
        assert_eq!(["a|b", "`", "a``b"].map(code), ["`a\\|b`", "`` ` ``", "```a``b```"]);
    }

    #[test]
    fn lists_and_paragraphs_are_apart_and_places_are_counted() {
        let mut text = Markdown::default();
        text.section("One");
        text.ask("the licence");
        text.item("Samples", "3.");
        text.table(&["a", "b"], [vec!["1".to_string(), "2".into()]].into_iter());
        text.block("text", "````\n");
        let (text, open) = text.finish();
        let expected = "\n## One\n\n- **To fill in:** the licence\n- Samples: 3.\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n`````text\n````\n`````\n";
        assert_eq!((text.as_str(), open), (expected, 1));
    }
}
