//! Samples as lines, or as windows over a series.

use super::Problem;
use super::groups::Groups;
use super::layout::Layout;

/// The rows of one sample and the row of its label.
pub(super) struct Span<'a> {
    /// The rows from the sample's first one on, to its target at least.
    rows: &'a [usize],
    len: usize,
    target: usize,
}

impl Span<'_> {
    pub(super) fn rows(&self) -> &[usize] {
        &self.rows[..self.len]
    }

    pub(super) fn target(&self) -> usize {
        self.target
    }
}

impl Layout {
    /// Returns the rows of each sample, in the order of the table. A window lies in one group: its lines follow
    /// each other there, whatever lies between them in the file.
    pub(super) fn spans<'a>(&self, groups: &'a Groups, with_labels: bool) -> Result<Vec<Span<'a>>, Problem> {
        let len = self.window.max(1);
        // The target's distance from the window's last row.
        let ahead = if self.window > 0 && with_labels { self.ahead } else { 0 };
        let needed = len.saturating_add(ahead);
        let step = if self.window > 0 { self.step } else { 1 };
        let mut spans = Vec::new();
        for rows in &groups.rows {
            let windows = rows.windows(needed.min(rows.len() + 1)).step_by(step);
            spans.extend(windows.map(|rows| Span { rows, len, target: rows[needed - 1] }));
        }
        if spans.is_empty() {
            return Err(Problem::Short {
                found: groups.rows.iter().map(Vec::len).max().unwrap_or(0),
                expected: needed,
                window: self.window,
                ahead: (ahead > 0).then_some(ahead),
                groups: groups.rows.len() > 1,
            });
        }
        if groups.rows.len() > 1 {
            spans.sort_by_key(|span| span.rows[0]);
        }
        Ok(spans)
    }
}
