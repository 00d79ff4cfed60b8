//! The tables of docs/language.md.

use std::path::Path;

/// A row of a table, cell by cell.
pub(crate) type Row = Vec<String>;

/// Returns the text of a document.
pub(crate) fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    std::fs::read_to_string(path).expect("the document is there")
}

/// Returns the rows of the reference's only table whose first column has this title.
///
/// # Panics
/// If there are none, or several such tables.
pub(crate) fn table(title: &str) -> Vec<Row> {
    let text = document("docs/language.md");
    let lines: Vec<&str> = text.lines().collect();
    let heads: Vec<usize> =
        (0..lines.len()).filter(|i| lines[*i].starts_with(&format!("| {title} | "))).collect();
    assert_eq!(heads.len(), 1, "tables of `{title}`");
    lines[heads[0] + 2..].iter().take_while(|line| line.starts_with('|')).map(|line| cells(line)).collect()
}

fn cells(row: &str) -> Row {
    // Bars of formulas are escaped.
    let row = row.replace("\\|", "\u{1}");
    let row = row.trim().trim_start_matches('|').strip_suffix('|').expect("a row ends with a bar");
    row.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
}

/// Returns what stands between backticks.
pub(crate) fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}
