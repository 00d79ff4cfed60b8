//! Loops over channels in blocks whose length is a constant, so that a block is a few registers.

/// Runs `$work` over all channels, `$c` the first of a block and `$B` the block's length, a constant:
/// as many blocks as fit of each given length, or of 16, 8, 4, 2 and 1. Each length divides the one before it.
macro_rules! channel_blocks {
    (@after $longer:expr, [], $channels:expr, $c:ident, $B:ident, $work:expr) => {};
    (@after $longer:expr, [$size:literal $(, $shorter:literal)*], $channels:expr, $c:ident, $B:ident, $work:expr) => {
        // Constant, so that rustc does not compile the work for lengths that no block has.
        if const { $channels % $longer >= $size } {
            while $channels - $c >= $size {
                const $B: usize = $size;
                $work;
                $c += $size;
            }
        }
        channel_blocks!(@after $size, [$($shorter),*], $channels, $c, $B, $work);
    };
    ($channels:expr, $c:ident, $B:ident, $work:expr) => {
        channel_blocks!([16, 8, 4, 2, 1], $channels, $c, $B, $work)
    };
    ([$($size:literal),*], $channels:expr, $c:ident, $B:ident, $work:expr) => {
        let mut $c = 0;
        channel_blocks!(@after usize::MAX, [$($size),*], $channels, $c, $B, $work);
    };
}
pub(crate) use channel_blocks;

/// Returns the block that begins at `at`.
#[inline(always)]
pub(crate) fn block<T, const B: usize>(x: &[T], at: usize) -> &[T; B] {
    x[at..at + B].try_into().expect("a block has its length")
}

/// Returns the block that begins at `at`, to change.
#[inline(always)]
pub(crate) fn block_mut<T, const B: usize>(x: &mut [T], at: usize) -> &mut [T; B] {
    (&mut x[at..at + B]).try_into().expect("a block has its length")
}
