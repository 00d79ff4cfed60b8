//! A matrix that threads fill side by side, each some columns of every row.

use crate::parallel;
use std::marker::PhantomData;
use std::ops::Range;

/// Some columns of a matrix, to be written by whoever holds this.
pub(in super::super) struct Columns<'a> {
    first: *mut f32,
    rows: usize,
    width: usize,
    range: Range<usize>,
    matrix: PhantomData<&'a mut [f32]>,
}

// SAFETY: it stands for the exclusive borrow of its columns; no other `Columns` reaches the same numbers.
unsafe impl Send for Columns<'_> {}

impl<'a> Columns<'a> {
    /// All columns of a matrix with rows of `width`.
    #[inline]
    pub(in super::super) fn all(matrix: &'a mut [f32], width: usize) -> Self {
        assert!(width > 0 && matrix.len().is_multiple_of(width));
        Columns {
            rows: matrix.len() / width,
            first: matrix.as_mut_ptr(),
            width,
            range: 0..width,
            matrix: PhantomData,
        }
    }

    /// Runs `work` on parts of `size` columns, the last with what is left over, on any thread;
    /// on the whole where `operations` are too few to share.
    pub(in super::super) fn share(
        matrix: &'a mut [f32],
        width: usize,
        size: usize,
        operations: usize,
        work: impl Fn(Columns<'_>) + Send + Sync,
    ) {
        let all = Shared(Columns::all(matrix, width));
        parallel::ranges(width, size, operations, |range| {
            let Shared(all) = &all;
            work(Columns { first: all.first, rows: all.rows, width, range, matrix: PhantomData });
        });
    }

    /// Like [`share`](Self::share), for what one thread does with help from others that are awake.
    #[inline]
    pub(in super::super) fn assisted(
        matrix: &'a mut [f32],
        width: usize,
        size: usize,
        operations: usize,
        work: impl Fn(Columns<'_>) + Send + Sync,
    ) {
        if operations < parallel::WORTH_ASKING {
            return work(Columns::all(matrix, width));
        }
        let all = Shared(Columns::all(matrix, width));
        parallel::assisted(width, size, operations, |range| {
            let Shared(all) = &all;
            work(Columns { first: all.first, rows: all.rows, width, range, matrix: PhantomData });
        });
    }

    /// Which columns these are.
    #[inline(always)]
    pub(in super::super) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// A row's columns from `at` on.
    #[inline(always)]
    pub(in super::super) fn row(&mut self, row: usize, at: usize, count: usize) -> &mut [f32] {
        assert!(
            row < self.rows
                && self.range.start <= at
                && count <= self.range.end
                && at <= self.range.end - count
        );
        // SAFETY: inside the matrix, as just asserted, and inside the columns that this value alone may touch.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(row * self.width + at), count) }
    }
}

/// What the threads cut their parts from.
struct Shared<'a>(Columns<'a>);

// SAFETY: it is only read, to make parts of disjoint ranges, each of which one call of `work` holds.
unsafe impl Sync for Shared<'_> {}
