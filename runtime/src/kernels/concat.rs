//! Concatenation along the channels: a part's rows are columns of the whole's rows.

use super::gemm::{Columns, MOVE};

/// Copies `part`, `[rows, C_PART]`, into the columns from `AT` on of `whole`, `[rows, C_WHOLE]`.
pub fn copy_in<const C_PART: usize, const C_WHOLE: usize, const AT: usize>(part: &[f32], whole: &mut [f32]) {
    check::<C_PART, C_WHOLE, AT>(part, whole);
    // What is shared is counted in the whole's numbers, of which only the part's are written.
    let cost = (MOVE * C_PART as u64).div_ceil(C_WHOLE as u64);
    Columns::rows(whole, C_WHOLE, cost, &|first, whole| {
        let part = &part[first * C_PART..];
        for (part, whole) in part.chunks_exact(C_PART).zip(whole.chunks_exact_mut(C_WHOLE)) {
            whole[AT..AT + C_PART].copy_from_slice(part);
        }
    });
}

/// Copies the columns from `AT` on of `whole` into `part`: the gradient of [`copy_in`].
pub fn copy_out<const C_PART: usize, const C_WHOLE: usize, const AT: usize>(whole: &[f32], part: &mut [f32]) {
    check::<C_PART, C_WHOLE, AT>(part, whole);
    for (part, whole) in part.chunks_exact_mut(C_PART).zip(whole.chunks_exact(C_WHOLE)) {
        part.copy_from_slice(&whole[AT..AT + C_PART]);
    }
}

/// Adds the columns from `AT` on of `whole` to `part`: the gradient of a part that others use, too.
pub fn add_out<const C_PART: usize, const C_WHOLE: usize, const AT: usize>(whole: &[f32], part: &mut [f32]) {
    check::<C_PART, C_WHOLE, AT>(part, whole);
    for (part, whole) in part.chunks_exact_mut(C_PART).zip(whole.chunks_exact(C_WHOLE)) {
        for (part, whole) in part.iter_mut().zip(&whole[AT..AT + C_PART]) {
            *part += whole;
        }
    }
}

fn check<const C_PART: usize, const C_WHOLE: usize, const AT: usize>(part: &[f32], whole: &[f32]) {
    const { assert!(AT + C_PART <= C_WHOLE, "the part reaches beyond the whole") };
    assert_eq!((part.len() % C_PART, whole.len() % C_WHOLE), (0, 0));
    assert_eq!(part.len() / C_PART, whole.len() / C_WHOLE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::numbers;

    #[test]
    fn parts_make_the_whole() {
        for rows in [0, 1, 7] {
            let (a, b) = (numbers(1, rows * 3), numbers(2, rows * 16));
            let mut whole = vec![f32::NAN; rows * 19];
            copy_in::<16, 19, 3>(&b, &mut whole);
            copy_in::<3, 19, 0>(&a, &mut whole);
            for row in 0..rows {
                assert_eq!(whole[row * 19..][..3], a[row * 3..][..3]);
                assert_eq!(whole[row * 19 + 3..][..16], b[row * 16..][..16]);
            }
            let mut part = vec![f32::NAN; rows * 16];
            copy_out::<16, 19, 3>(&whole, &mut part);
            assert_eq!(part, b);
            add_out::<16, 19, 3>(&whole, &mut part);
            assert!(part.iter().zip(&b).all(|(part, b)| *part == 2.0 * b));
        }
    }

    #[test]
    #[should_panic(expected = "left == right")]
    fn rows_must_agree() {
        copy_in::<2, 4, 0>(&[0.0; 4], &mut [0.0; 12]);
    }
}
