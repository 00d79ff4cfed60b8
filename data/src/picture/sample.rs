//! Samples of pixels: bytes, words and floats.

/// Samples of a picture, kept as small as the file has them.
#[derive(Clone, Debug, PartialEq)]
pub enum Pixels {
    /// Samples of 8 bits: the value is `byte / 255`.
    Bytes(Vec<u8>),
    /// Samples of 16 bits: the value is `word / 65535`.
    Words(Vec<u16>),
    /// Floats as they are in the file.
    Floats(Vec<f32>),
}

impl Pixels {
    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        match self {
            Pixels::Bytes(samples) => samples.len(),
            Pixels::Words(samples) => samples.len(),
            Pixels::Floats(samples) => samples.len(),
        }
    }

    /// Returns whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of bytes in memory.
    pub fn bytes(&self) -> usize {
        match self {
            Pixels::Bytes(samples) => samples.len(),
            Pixels::Words(samples) => 2 * samples.len(),
            Pixels::Floats(samples) => 4 * samples.len(),
        }
    }

    /// Writes the values, from 0 to 1, to `values`.
    ///
    /// # Panics
    /// If there are not as many values as samples.
    pub fn write(&self, values: &mut [f32]) {
        assert_eq!(values.len(), self.len());
        match self {
            Pixels::Bytes(samples) => scale(samples, values),
            Pixels::Words(samples) => scale(samples, values),
            Pixels::Floats(samples) => values.copy_from_slice(samples),
        }
    }

    /// Returns the values, from 0 to 1.
    pub fn values(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.len()];
        self.write(&mut values);
        values
    }
}

/// Writes samples as values from 0 to 1.
fn scale<S: Sample>(samples: &[S], values: &mut [f32]) {
    for (value, sample) in values.iter_mut().zip(samples) {
        *value = sample.to_float() / S::ONE.to_float();
    }
}

/// Type of a sample.
pub(super) trait Sample: Copy + Default {
    /// The sample of the value 1.
    const ONE: Self;

    /// Returns the sample as a float in its own units.
    fn to_float(self) -> f32;

    /// Returns the sample nearest to a float in its own units.
    fn nearest(float: f32) -> Self;

    /// Returns the brightness of a colour as ITU-R 601-2 weighs it.
    fn grey(colour: [Self; 3]) -> Self;

    /// Returns the sample of a value from 0 to 1.
    fn of_value(value: f64) -> Self {
        Self::nearest((value.clamp(0.0, 1.0) * f64::from(Self::ONE.to_float())) as f32)
    }

    /// Returns the sample, of which `alpha` covers a `background`.
    fn over(self, background: Self, alpha: Self) -> Self {
        let (alpha, one) = (alpha.to_float(), Self::ONE.to_float());
        Self::nearest((self.to_float() * alpha + background.to_float() * (one - alpha)) / one)
    }
}

/// Weights of red, green and blue in 65536ths, as Pillow has them.
fn weighted([red, green, blue]: [u32; 3]) -> u32 {
    // The largest sum, of three words of 65535, is just below 2^32.
    (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16
}

impl Sample for u8 {
    const ONE: u8 = 255;

    fn to_float(self) -> f32 {
        f32::from(self)
    }

    fn nearest(float: f32) -> u8 {
        (float + 0.5) as u8
    }

    fn grey(colour: [u8; 3]) -> u8 {
        weighted(colour.map(u32::from)) as u8
    }
}

impl Sample for u16 {
    const ONE: u16 = 65535;

    fn to_float(self) -> f32 {
        f32::from(self)
    }

    fn nearest(float: f32) -> u16 {
        (float + 0.5) as u16
    }

    fn grey(colour: [u16; 3]) -> u16 {
        weighted(colour.map(u32::from)) as u16
    }
}

impl Sample for f32 {
    const ONE: f32 = 1.0;

    fn to_float(self) -> f32 {
        self
    }

    fn nearest(float: f32) -> f32 {
        float
    }

    fn grey([red, green, blue]: [f32; 3]) -> f32 {
        0.299 * red + 0.587 * green + 0.114 * blue
    }
}
