//! Brings a map to the size of the input that it explains.

/// Returns a map whose places lie between those of another, linearly, as PyTorch's `interpolate` has it without `align_corners`:
/// places are the middles of cells, and beyond the outermost ones the map is constant.
///
/// # Panics
/// If the shapes have different numbers of axes, or the numbers are not as many as `from` says.
pub(super) fn resize(map: &[f32], from: &[usize], to: &[usize]) -> Vec<f32> {
    assert_eq!(from.len(), to.len(), "a size for each axis");
    assert_eq!(map.len(), from.iter().product::<usize>(), "the map has these axes");
    let mut map = map.to_vec();
    for axis in 0..from.len() {
        // The axes before this one have their new lengths already.
        let (outer, inner) = (to[..axis].iter().product(), from[axis + 1..].iter().product());
        map = stretch(&map, [outer, from[axis], inner], to[axis]);
    }
    map
}

fn stretch(map: &[f32], [outer, from, inner]: [usize; 3], to: usize) -> Vec<f32> {
    let mut stretched = Vec::with_capacity(outer * to * inner);
    for block in map.chunks_exact(from * inner) {
        for place in 0..to {
            let at = ((place as f64 + 0.5) * from as f64 / to as f64 - 0.5).clamp(0.0, (from - 1) as f64);
            let (first, share) = (at as usize, (at - at.floor()) as f32);
            let next = (first + 1).min(from - 1);
            let [first, next] = [first, next].map(|at| &block[at * inner..][..inner]);
            stretched.extend(first.iter().zip(next).map(|(a, b)| a + share * (b - a)));
        }
    }
    stretched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_the_middles_of_cells() {
        // torch.nn.functional.interpolate(torch.tensor([[[[0., 4.], [8., 12.]]]]), (2, 4), mode="bilinear")
        let wide = resize(&[0.0, 4.0, 8.0, 12.0], &[2, 2], &[2, 4]);
        assert_eq!(wide, [0.0, 1.0, 3.0, 4.0, 8.0, 9.0, 11.0, 12.0]);
        assert_eq!(resize(&[1.0, 2.0, 3.0], &[3], &[3]), [1.0, 2.0, 3.0]);
        assert_eq!(resize(&[5.0], &[1, 1], &[2, 3]), [5.0; 6]);
        assert_eq!(resize(&[0.0, 1.0, 2.0, 3.0], &[4], &[2]), [0.5, 2.5]);
    }
}
