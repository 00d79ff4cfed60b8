//! Inputs and targets from formulas that every side of the comparison shares.

/// Returns images: numbers from -1 to 1, channels first.
pub fn inputs<const N: usize>(samples: usize) -> Vec<[f32; N]> {
    (0..samples).map(|i| std::array::from_fn(|j| ((i * 31 + j * 17) % 97) as f32 / 48.0 - 1.0)).collect()
}

/// Returns a class of ten for each sample.
pub fn classes(samples: usize) -> Vec<u32> {
    (0..samples).map(|i| (i * 7 % 10) as u32).collect()
}

/// Returns a mask of zeros and ones for each sample.
pub fn masks<const N: usize>(samples: usize) -> Vec<[f32; N]> {
    (0..samples).map(|i| std::array::from_fn(|j| if (i * 13 + j * 7) % 11 < 5 { 1.0 } else { 0.0 })).collect()
}
