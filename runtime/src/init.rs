//! Initial values of parameters; the bounds are those of PyTorch's `nn.init`.
//!
//! The numbers depend on the seed, on the tensor's index in the network and on the place in the tensor alone.

use crate::rng::{Draw, Purpose, Stream};

/// Fills `data` with 0.
pub fn zeros(data: &mut [f32]) {
    data.fill(0.0);
}

/// Fills `data` with 1.
pub fn ones(data: &mut [f32]) {
    data.fill(1.0);
}

/// Fills `data` with a constant.
pub fn constant(value: f32, data: &mut [f32]) {
    data.fill(value);
}

/// Draws normal numbers with mean 0 and variance `2 / fan_in` (He, Zhang, Ren and Sun, 2015): for ReLU.
pub fn he_normal(seed: u64, tensor: u32, fan_in: usize, data: &mut [f32]) {
    normal(seed, tensor, 0.0, (2.0 / fan_in as f64).sqrt(), data);
}

/// Draws uniform numbers in `±√(6 / fan_in)`, the variance of [`he_normal`].
pub fn he_uniform(seed: u64, tensor: u32, fan_in: usize, data: &mut [f32]) {
    symmetric(seed, tensor, (6.0 / fan_in as f64).sqrt(), data);
}

/// Draws normal numbers with mean 0 and variance `2 / (fan_in + fan_out)` (Glorot and Bengio, 2010): for tanh
/// and sigmoid.
pub fn glorot_normal(seed: u64, tensor: u32, fan_in: usize, fan_out: usize, data: &mut [f32]) {
    normal(seed, tensor, 0.0, (2.0 / (fan_in + fan_out) as f64).sqrt(), data);
}

/// Draws uniform numbers in `±√(6 / (fan_in + fan_out))`, the variance of [`glorot_normal`].
pub fn glorot_uniform(seed: u64, tensor: u32, fan_in: usize, fan_out: usize, data: &mut [f32]) {
    symmetric(seed, tensor, (6.0 / (fan_in + fan_out) as f64).sqrt(), data);
}

/// Draws normal numbers with mean 0 and variance `1 / fan_in` (LeCun, Bottou, Orr and Müller, 1998): for tanh
/// and SELU.
pub fn lecun_normal(seed: u64, tensor: u32, fan_in: usize, data: &mut [f32]) {
    normal(seed, tensor, 0.0, (1.0 / fan_in as f64).sqrt(), data);
}

/// Draws uniform numbers in `±√(3 / fan_in)`, the variance of [`lecun_normal`].
pub fn lecun_uniform(seed: u64, tensor: u32, fan_in: usize, data: &mut [f32]) {
    symmetric(seed, tensor, (3.0 / fan_in as f64).sqrt(), data);
}

/// Draws normal numbers.
pub fn normal(seed: u64, tensor: u32, mean: f64, std: f64, data: &mut [f32]) {
    let mut draw = draw(seed, tensor);
    for pair in data.chunks_mut(2) {
        for (x, normal) in pair.iter_mut().zip(draw.normal()) {
            *x = mean as f32 + std as f32 * normal;
        }
    }
}

/// Draws normal numbers; those beyond two standard deviations are drawn again, as Keras's `TruncatedNormal`
/// does.
pub fn truncated_normal(seed: u64, tensor: u32, mean: f64, std: f64, data: &mut [f32]) {
    let mut draw = draw(seed, tensor);
    let mut normals = std::iter::repeat_with(|| draw.normal()).flatten().filter(|normal| normal.abs() <= 2.0);
    for x in data {
        *x = mean as f32 + std as f32 * normals.next().unwrap_or_default();
    }
}

/// Draws uniform numbers from `low` to below `high`.
pub fn uniform(seed: u64, tensor: u32, low: f64, high: f64, data: &mut [f32]) {
    let mut draw = draw(seed, tensor);
    for x in data {
        *x = low as f32 + (high - low) as f32 * draw.uniform();
    }
}

/// Draws the rows of a matrix that are orthogonal to each other and `gain` long, or its columns where they
/// are fewer; uniform among all such matrices (Saxe, McClelland and Ganguli, 2014).
pub fn orthogonal(seed: u64, tensor: u32, rows: usize, gain: f64, data: &mut [f32]) {
    let columns = data.len() / rows;
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut draw = draw(seed, tensor);
    let mut normals = std::iter::repeat_with(|| draw.normal()).flatten().map(f64::from);
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut vector: Vec<f64> = normals.by_ref().take(length).collect();
        // Gram and Schmidt's way; the second time takes away what rounding left of the others.
        for _ in 0..2 {
            for other in &vectors {
                let along = dot(&vector, other);
                vector.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
            }
        }
        let norm = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= norm);
        vectors.push(vector);
    }
    for (row, data) in data.chunks_mut(columns).enumerate() {
        for (column, x) in data.iter_mut().enumerate() {
            let number = if rows <= columns { vectors[row][column] } else { vectors[column][row] };
            *x = (gain * number) as f32;
        }
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// Fills `data` with `gain` where row and column of a group have the same number, in the middle of a window,
/// and with 0 elsewhere. A group has `rows` rows, a row `columns` columns, and each of them `taps` taps.
pub fn identity([rows, columns, taps]: [usize; 3], middle: usize, gain: f64, data: &mut [f32]) {
    data.fill(0.0);
    for (row, data) in data.chunks_mut(columns * taps).enumerate() {
        if row % rows < columns {
            data[row % rows * taps + middle] = gain as f32;
        }
    }
}

/// Draws uniform numbers in `±bound`.
fn symmetric(seed: u64, tensor: u32, bound: f64, data: &mut [f32]) {
    let mut draw = draw(seed, tensor);
    for x in data {
        *x = bound as f32 * (2.0 * draw.uniform() - 1.0);
    }
}

fn draw(seed: u64, tensor: u32) -> Draw {
    Stream::new(seed, Purpose::Init, 0, tensor).draw()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(data: &[f32]) -> (f64, f64) {
        let n = data.len() as f64;
        let mean = data.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        (mean, data.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n)
    }

    #[test]
    fn numbers_lie_where_they_are_asked_for() {
        let mut data = vec![f32::NAN; 100_001];
        uniform(1, 0, -1.0, 3.0, &mut data);
        assert!(data.iter().all(|x| (-1.0..=3.0).contains(x)));
        let (mean, variance) = moments(&data);
        assert!((mean - 1.0).abs() < 0.02 && (variance - 4.0 / 3.0).abs() < 0.02, "{mean} {variance}");
        normal(1, 0, 2.0, 0.5, &mut data);
        let (mean, variance) = moments(&data);
        assert!((mean - 2.0).abs() < 0.01 && (variance - 0.25).abs() < 0.005, "{mean} {variance}");
        truncated_normal(1, 0, 2.0, 0.5, &mut data);
        assert!(data.iter().all(|x| (1.0..=3.0).contains(x)));
        // The variance of what is left of a normal distribution between ±2 is 0.7737.
        let (mean, variance) = moments(&data);
        assert!((mean - 2.0).abs() < 0.01 && (variance - 0.25 * 0.7737).abs() < 0.005, "{mean} {variance}");
    }

    /// Returns the share of a normal distribution below `x` standard deviations: Simpson's rule from 0.
    fn normal_below(x: f64) -> f64 {
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let step = x / 64.0;
        let weight = |i: usize| if i == 0 || i == 64 { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
        0.5 + (0..=64).map(|i| weight(i) * density(i as f64 * step)).sum::<f64>() * step / 3.0
    }

    #[test]
    fn distributions_are_those_of_their_names() {
        // Kolmogorov and Smirnov: the largest distance of an empirical distribution to the true one, at 1 in 10,000.
        let check = |what: &str, fill: &dyn Fn(&mut [f32]), below: &dyn Fn(f64) -> f64| {
            let mut data = vec![f32::NAN; 20_000];
            fill(&mut data);
            let share = |x: f32| below(f64::from(x)) - 0.5;
            let neighbours: f64 = data.windows(2).map(|x| share(x[0]) * share(x[1])).sum();
            // The mean of products of independent shares deviates by 1 / 12 / √20,000; five times that.
            assert!((neighbours / 19_999.0).abs() < 0.003, "{what}: neighbours depend on each other");
            data.sort_by(f32::total_cmp);
            let count = data.len() as f64;
            let distances = data.iter().enumerate();
            let distances = distances.map(|(i, &x)| (below(f64::from(x)) - (i as f64 + 0.5) / count).abs());
            let distance = distances.fold(0.0, f64::max);
            assert!(distance < 2.2 / count.sqrt(), "{what}: {distance}");
        };
        let uniform_within = |bound: f64| move |x: f64| (x / bound + 1.0) / 2.0;
        let truncated = |x: f64| {
            let cut = normal_below(-2.0);
            (normal_below((x - 1.0) / 0.3) - cut) / (1.0 - 2.0 * cut)
        };
        check("uniform", &|x| uniform(7, 0, -1.0, 3.0, x), &|x| (x + 1.0) / 4.0);
        check("normal", &|x| normal(7, 1, 2.0, 0.5, x), &|x| normal_below((x - 2.0) / 0.5));
        check("truncated_normal", &|x| truncated_normal(7, 2, 1.0, 0.3, x), &truncated);
        check("he_normal", &|x| he_normal(7, 3, 50, x), &|x| normal_below(x / 0.2));
        check("he_uniform", &|x| he_uniform(7, 4, 54, x), &uniform_within(1.0 / 3.0));
        check("glorot_normal", &|x| glorot_normal(7, 5, 20, 30, x), &|x| normal_below(x / 0.2));
        check("glorot_uniform", &|x| glorot_uniform(7, 6, 20, 34, x), &uniform_within(1.0 / 3.0));
        check("lecun_normal", &|x| lecun_normal(7, 7, 25, x), &|x| normal_below(x / 0.2));
        check("lecun_uniform", &|x| lecun_uniform(7, 8, 27, x), &uniform_within(1.0 / 3.0));
    }

    #[test]
    fn orthogonal_vectors() {
        for (rows, columns) in [(5, 12), (12, 5), (7, 7), (1, 3), (3, 1)] {
            let mut data = vec![f32::NAN; rows * columns];
            orthogonal(3, 1, rows, 2.0, &mut data);
            let at = |vector: usize, i: usize| match rows <= columns {
                true => data[vector * columns + i],
                false => data[i * columns + vector],
            };
            for a in 0..rows.min(columns) {
                for b in 0..rows.min(columns) {
                    let along: f32 = (0..rows.max(columns)).map(|i| at(a, i) * at(b, i)).sum();
                    let expected = if a == b { 4.0 } else { 0.0 };
                    assert!((along - expected).abs() < 1e-5, "{rows}x{columns}: {a} and {b} have {along}");
                }
            }
        }
    }

    #[test]
    fn identities() {
        let mut data = [f32::NAN; 6];
        identity([2, 3, 1], 0, 2.0, &mut data);
        assert_eq!(data, [2.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
        // Two groups of two outputs that have one input each, and windows of three taps.
        let mut data = [f32::NAN; 12];
        identity([2, 1, 3], 1, 1.0, &mut data);
        assert_eq!(data, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }

    type Fill = fn(&mut [f32]);

    #[test]
    fn moments_are_the_definitions() {
        let cases: [(Fill, f64, Option<f64>); 6] = [
            (|x| he_normal(1, 0, 50, x), 0.04, None),
            (|x| he_uniform(1, 1, 54, x), 1.0 / 27.0, Some(1.0 / 3.0)),
            (|x| glorot_normal(1, 2, 20, 30, x), 0.04, None),
            (|x| glorot_uniform(1, 3, 20, 34, x), 1.0 / 27.0, Some(1.0 / 3.0)),
            (|x| lecun_normal(1, 4, 25, x), 0.04, None),
            (|x| lecun_uniform(1, 5, 27, x), 1.0 / 27.0, Some(1.0 / 3.0)),
        ];
        for (i, (fill, variance, bound)) in cases.into_iter().enumerate() {
            let mut data = vec![f32::NAN; 100_001];
            fill(&mut data);
            let found = moments(&data);
            assert!(found.0.abs() < 4.0 * (variance / 1e5).sqrt(), "case {i}: mean {}", found.0);
            assert!((found.1 / variance - 1.0).abs() < 0.02, "case {i}: variance {}", found.1);
            if let Some(bound) = bound {
                let most = data.iter().fold(0.0f32, |most, x| most.max(x.abs()));
                assert!((bound - 1e-4..=bound + 1e-7).contains(&f64::from(most)), "case {i}: {most}");
            }
        }
    }

    #[test]
    fn a_tensor_has_its_numbers() {
        let (mut a, mut b) = ([0.0; 9], [0.0; 9]);
        he_normal(1, 5, 10, &mut a);
        he_normal(1, 5, 10, &mut b);
        assert_eq!(a, b);
        he_normal(1, 6, 10, &mut b);
        assert_ne!(a, b);
        he_normal(2, 5, 10, &mut b);
        assert_ne!(a, b);
    }

    #[test]
    fn constants() {
        let mut data = [f32::NAN; 3];
        zeros(&mut data);
        assert_eq!(data, [0.0; 3]);
        ones(&mut data);
        assert_eq!(data, [1.0; 3]);
        constant(0.5, &mut data);
        assert_eq!(data, [0.5; 3]);
    }
}
