//! A matrix that threads fill side by side, each some columns of every row.

use crate::parallel;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Some columns of a matrix, to be written by whoever holds this.
pub(in super::super) struct Columns<'a> {
    first: *mut f32,
    rows: usize,
    width: usize,
    range: Range<usize>,
    matrix: PhantomData<&'a mut [f32]>,
}

impl<'a> Columns<'a> {
    /// Returns all columns of a matrix with rows of `width`.
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
        operations: u64,
        work: impl Fn(Columns<'_>) + Send + Sync,
    ) {
        let most = if parallel::divides(operations) { usize::MAX } else { 1 };
        let parts = Partition::new(matrix, width, size, most);
        parallel::blocks(parts.count, |part| parts.run(part, &work));
    }

    /// Runs `work` like [`share`](Self::share), but on one thread with help from others that are awake.
    #[inline]
    pub(in super::super) fn assisted(
        matrix: &'a mut [f32],
        width: usize,
        size: usize,
        operations: u64,
        work: impl Fn(Columns<'_>) + Send + Sync,
    ) {
        if !parallel::asks(operations) {
            return work(Columns::all(matrix, width));
        }
        let parts = Partition::new(matrix, width, size, parallel::helpings(operations));
        if !parallel::assisted(parts.count, |part| parts.run(part, &work)) {
            work(parts.whole());
        }
    }

    /// Runs `work` on parts of `y`, each some rows of `row` numbers, on one thread with help from others that are awake. It gets
    /// the index of its first row; a number costs as much as this many multiplications.
    ///
    /// One function for all kernels: it would otherwise be compiled for each of a deep network's layers.
    pub(in super::super) fn rows(
        y: &'a mut [f32],
        row: usize,
        cost: u64,
        work: &(dyn Fn(usize, &mut [f32]) + Sync),
    ) {
        let numbers = y.len();
        // What would be cut off is for `work` to refuse.
        if !parallel::asks(numbers as u64 * cost) || !numbers.is_multiple_of(row) {
            return work(0, y);
        }
        Columns::assisted(y, numbers, row, numbers as u64 * cost, |mut part| {
            let range = part.range();
            work(range.start / row, part.row(0, range.start, range.len()));
        });
    }

    /// Returns the range of the columns.
    #[inline(always)]
    pub(in super::super) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Returns a row's columns from `at` on.
    #[inline(always)]
    pub(in super::super) fn row(&mut self, row: usize, at: usize, count: usize) -> &mut [f32] {
        assert!(
            row < self.rows
                && self.range.start <= at
                && count <= self.range.end
                && at <= self.range.end - count
        );
        // SAFETY: the row is one of the matrix and the columns are among `range`, as just asserted, and `range` is within a
        // row. This value alone may touch these columns: it has them from the matrix's exclusive borrow (`all`) or from
        // a `Partition`, which gives each part away once; and `&mut self` lends them to one slice at a time.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(row * self.width + at), count) }
    }
}

/// The most parts of a partition.
const MOST: usize = 1024;

/// The bits of a word of `Partition::taken`.
const BITS: usize = usize::BITS as usize;

/// A matrix cut between columns into parts, each of which is given away once.
struct Partition<'a> {
    all: Columns<'a>,
    size: usize,
    /// The number of parts, at least 1.
    count: usize,
    /// A bit for each part that has been given away.
    taken: [AtomicUsize; MOST / BITS],
}

// SAFETY: all that a shared reference leads to is `take`, which gives a part's columns to one caller, whatever the threads. No
// part has a column of another, and what it gives away are floats, which are `Send`.
unsafe impl Sync for Partition<'_> {}

impl<'a> Partition<'a> {
    /// Cuts a matrix with rows of `width` at multiples of `size` columns, into at most `most` parts; the last has what is
    /// left over too.
    fn new(matrix: &'a mut [f32], width: usize, size: usize, most: usize) -> Self {
        Partition {
            all: Columns::all(matrix, width),
            size,
            count: (width / size).min(most).clamp(1, MOST),
            taken: [const { AtomicUsize::new(0) }; MOST / BITS],
        }
    }

    /// Returns the first column of a part, which never falls from part to part: 0 for the first, the width
    /// for the one after the last.
    fn cut(&self, part: usize) -> usize {
        if part >= self.count {
            return self.all.width;
        }
        // On 32 bits the product may need more than a `usize`; the quotient is below the number of sizes.
        let sizes = (self.all.width / self.size) as u64;
        (part as u64 * sizes / self.count as u64) as usize * self.size
    }

    /// Returns the columns of a part; `None` if there is no such part or it has been given away.
    fn take(&self, part: usize) -> Option<Columns<'_>> {
        if part >= self.count {
            return None;
        }
        // Nothing but the bit itself is handed over, and changes of it have one order.
        let others = self.taken[part / BITS].fetch_or(1 << (part % BITS), Ordering::Relaxed);
        if others >> (part % BITS) & 1 == 1 {
            return None;
        }
        let Columns { first, rows, width, .. } = self.all;
        Some(Columns { first, rows, width, range: self.cut(part)..self.cut(part + 1), matrix: PhantomData })
    }

    /// Runs `work` on a part, which nobody has run yet.
    fn run(&self, part: usize, work: impl Fn(Columns<'_>)) {
        work(self.take(part).expect("each part is run once"));
    }

    /// Returns all columns: nobody can have a part any more, because parts borrow the partition.
    fn whole(self) -> Columns<'a> {
        self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 256 }, ..ProptestConfig::default() })]

        #[test]
        fn parts_cover_a_matrix_without_a_column_twice(
            rows in 0..4usize,
            width in 1..3_000usize,
            size in 1..80usize,
            most in prop_oneof![0..40usize, Just(usize::MAX)],
        ) {
            let mut matrix = vec![0.0; rows * width];
            let parts = Partition::new(&mut matrix, width, size, most);
            let mut end = 0;
            let mut all: Vec<_> = (0..parts.count).map(|part| parts.take(part).expect("a part")).collect();
            for columns in &mut all {
                let range = columns.range();
                prop_assert_eq!(range.start, end);
                prop_assert!(range.start % size == 0 && range.len() >= size.min(width));
                end = range.end;
                for row in 0..rows {
                    for x in columns.row(row, range.start, range.len()) {
                        *x += 1.0;
                    }
                }
            }
            prop_assert_eq!(end, width);
            prop_assert!((0..parts.count + 9).all(|part| parts.take(part).is_none()));
            drop(all);
            prop_assert_eq!(parts.whole().range(), 0..width);
            prop_assert!(matrix.iter().all(|&x| x == 1.0));
        }
    }

    #[test]
    fn one_of_several_threads_gets_a_part() {
        let mut matrix = vec![0.0; 6 * 200];
        let parts = Partition::new(&mut matrix, 200, 1, usize::MAX);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for part in 0..parts.count {
                        let Some(mut columns) = parts.take(part) else { continue };
                        for row in 0..6 {
                            columns.row(row, part, 1)[0] += 1.0;
                        }
                    }
                });
            }
        });
        assert!(matrix.iter().all(|&x| x == 1.0));
    }

    #[test]
    fn products_beyond_32_bits_do_not_overflow() {
        let mut none = [];
        let width = u32::MAX as usize;
        let parts = Partition::new(&mut none, width, 1, usize::MAX);
        assert_eq!((parts.cut(0), parts.cut(MOST)), (0, width));
        assert!((0..MOST).all(|part| parts.cut(part) < parts.cut(part + 1)));
    }

    #[test]
    fn shared_rows_know_their_place() {
        for (rows, cost) in [(0, 1), (3, 1), (1_000, 1), (1_000, 1 << 20)] {
            let mut y = vec![0.0; rows * 7];
            Columns::rows(&mut y, 7, cost, &|first, part| {
                for (i, x) in part.iter_mut().enumerate() {
                    *x += (first * 7 + i) as f32;
                }
            });
            assert!(y.iter().enumerate().all(|(i, &x)| x == i as f32));
        }
    }

    #[test]
    #[should_panic(expected = "row < self.rows")]
    fn a_row_of_another_part_is_refused() {
        let mut matrix = [0.0; 40];
        let parts = Partition::new(&mut matrix, 20, 5, 4);
        parts.take(1).expect("a part").row(0, 4, 2);
    }

    #[test]
    fn shared_work_fills_every_column() {
        for (width, size, operations) in [(7, 48, 1), (200, 48, 1 << 20), (1_300, 1, u64::MAX)] {
            let mut matrix = vec![0.0; 3 * width];
            let work = |mut columns: Columns<'_>| {
                let range = columns.range();
                for row in 0..3 {
                    for (x, column) in
                        columns.row(row, range.start, range.len()).iter_mut().zip(range.clone())
                    {
                        *x += (row * width + column) as f32;
                    }
                }
            };
            Columns::share(&mut matrix, width, size, operations, work);
            Columns::assisted(&mut matrix, width, size, operations, work);
            assert!(matrix.iter().enumerate().all(|(i, &x)| x == 2.0 * i as f32));
        }
    }
}
