//! Loops over channels in blocks whose length is a constant, so that a block is a few registers.

/// Runs `$work` over all channels, `$c` the first of a block and `$B` the block's length, a constant:
/// as many blocks as fit of each given length, or of 16, 8, 4, 2 and 1.
macro_rules! channel_blocks {
    ($channels:expr, $c:ident, $B:ident, $work:expr) => {
        channel_blocks!([16, 8, 4, 2, 1], $channels, $c, $B, $work)
    };
    ([$($size:literal),*], $channels:expr, $c:ident, $B:ident, $work:expr) => {
        let mut $c = 0;
        $(
            while $channels - $c >= $size {
                const $B: usize = $size;
                $work;
                $c += $size;
            }
        )*
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
