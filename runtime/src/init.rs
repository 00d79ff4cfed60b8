//! What parameters are before the first step; the bounds are those of PyTorch's `nn.init`.
//!
//! The numbers depend on the seed, on the tensor's index in the network and on the place in the tensor alone.

use crate::rng::{Draw, Purpose, Stream};

/// All 0.
pub fn zeros(data: &mut [f32]) {
    data.fill(0.0);
}

/// All 1.
pub fn ones(data: &mut [f32]) {
    data.fill(1.0);
}

/// All the same.
pub fn constant(value: f32, data: &mut [f32]) {
    data.fill(value);
}

/// Normal with mean 0 and variance `2 / fan_in` (He, Zhang, Ren and Sun, 2015): for ReLU.
pub fn he_normal(seed: u64, tensor: u32, fan_in: usize, data: &mut [f32]) {
    normal(seed, tensor, (2.0 / fan_in as f64).sqrt(), data);
}

/// Uniform in `±√(6 / fan_in)`, the variance of [`he_normal`].
pub fn he_uniform(seed: u64, tensor: u32, fan_in: usize, data: &mut [f32]) {
    uniform(seed, tensor, (6.0 / fan_in as f64).sqrt(), data);
}

/// Normal with mean 0 and variance `2 / (fan_in + fan_out)` (Glorot and Bengio, 2010): for tanh and sigmoid.
pub fn glorot_normal(seed: u64, tensor: u32, fan_in: usize, fan_out: usize, data: &mut [f32]) {
    normal(seed, tensor, (2.0 / (fan_in + fan_out) as f64).sqrt(), data);
}

/// Uniform in `±√(6 / (fan_in + fan_out))`, the variance of [`glorot_normal`].
pub fn glorot_uniform(seed: u64, tensor: u32, fan_in: usize, fan_out: usize, data: &mut [f32]) {
    uniform(seed, tensor, (6.0 / (fan_in + fan_out) as f64).sqrt(), data);
}

/// Normal with mean 0.
pub fn normal(seed: u64, tensor: u32, deviation: f64, data: &mut [f32]) {
    let mut draw = draw(seed, tensor);
    for pair in data.chunks_mut(2) {
        for (x, normal) in pair.iter_mut().zip(draw.normal()) {
            *x = deviation as f32 * normal;
        }
    }
}

/// Uniform in `±bound`; `1 / √fan_in` is the default of PyTorch's layers.
pub fn uniform(seed: u64, tensor: u32, bound: f64, data: &mut [f32]) {
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

    type Fill = fn(&mut [f32]);

    #[test]
    fn moments_are_the_definitions() {
        let cases: [(Fill, f64, Option<f64>); 4] = [
            (|x| he_normal(1, 0, 50, x), 0.04, None),
            (|x| he_uniform(1, 1, 54, x), 1.0 / 27.0, Some(1.0 / 3.0)),
            (|x| glorot_normal(1, 2, 20, 30, x), 0.04, None),
            (|x| glorot_uniform(1, 3, 20, 34, x), 1.0 / 27.0, Some(1.0 / 3.0)),
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
