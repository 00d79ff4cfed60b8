//! Places of white space and comments, so that spans end with the text they describe.

use crate::span::{FileId, Span};
use std::ops::Range;

/// The runs of white space and comments in a text, in order.
#[derive(Debug, Default)]
pub(crate) struct Trivia {
    runs: Vec<Range<usize>>,
}

impl Trivia {
    /// Adds a piece after all others; neighbours become one run.
    pub(crate) fn push(&mut self, piece: Range<usize>) {
        match self.runs.last_mut() {
            Some(last) if last.end == piece.start => last.end = piece.end,
            _ => self.runs.push(piece),
        }
    }

    /// Returns the first place at or after `at` that is neither white space nor comment.
    pub(crate) fn skip(&self, at: usize) -> usize {
        let next = self.runs.partition_point(|run| run.end <= at);
        self.runs.get(next).filter(|run| run.start <= at).map_or(at, |run| run.end)
    }

    /// Returns the last place at or before `at` that follows neither white space nor comment.
    pub(crate) fn back(&self, at: usize) -> usize {
        let next = self.runs.partition_point(|run| run.end < at);
        self.runs.get(next).filter(|run| run.start < at).map_or(at, |run| run.start)
    }

    /// Returns a place without the white space and the comments at its ends: a rule of the grammar that ends
    /// in something optional reaches over them.
    pub(crate) fn trim(&self, file: FileId, range: Range<usize>) -> Span {
        let start = self.skip(range.start).min(range.end);
        let end = self.back(range.end).max(start);
        Span { file, start: start as u32, end: end as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lose_white_space_at_their_ends() {
        let mut trivia = Trivia::default();
        // `a  b /* c */ `
        trivia.push(1..2);
        trivia.push(2..3);
        trivia.push(4..5);
        trivia.push(5..12);
        assert_eq!(trivia.runs, [1..3, 4..12]);
        assert_eq!([0, 1, 2, 3, 4, 11, 12].map(|at| trivia.skip(at)), [0, 3, 3, 3, 12, 12, 12]);
        assert_eq!([0, 1, 2, 3, 4, 5, 12].map(|at| trivia.back(at)), [0, 1, 1, 1, 4, 4, 4]);
        let trimmed = trivia.trim(FileId(0), 1..12);
        assert_eq!(trimmed.range(), 3..4);
    }
}
