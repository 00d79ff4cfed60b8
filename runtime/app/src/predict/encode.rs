//! Outputs as the bytes of files: pictures, arrays and volumes.

use super::super::args::Format;
use super::meaning::{self, Meaning};
use netwright::data::{self, Affine, Problem};
use netwright::train::{Error, Fit, Loss, Source};
use netwright::weights::Normalization;
use std::path::Path;

/// Encoder of a network's outputs.
pub(super) struct Encoder<'a> {
    pub(super) format: Format,
    pub(super) meaning: Meaning,
    pub(super) loss: Loss,
    #[cfg_attr(not(feature = "nifti"), expect(dead_code, reason = "volumes are placed by it"))]
    pub(super) input: &'static [usize],
    pub(super) output: &'static [usize],
    /// The border above which an output is a yes, if it is written as a yes or no.
    pub(super) threshold: Option<f32>,
    /// The scaling that pictures of outputs undo, as the outputs resemble scaled inputs.
    pub(super) scaling: Option<&'a Normalization>,
    pub(super) colours: Vec<[u8; 3]>,
    /// The size of the network's input, and the way to it, if results get the size of their pictures.
    pub(super) way: Option<([usize; 2], Fit)>,
}

/// A file's bytes.
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    /// Numbers were cut off because the format cannot hold them.
    pub(super) is_clipped: bool,
}

/// Planes of one or several outputs of a shape.
struct Planes {
    shape: Vec<usize>,
    numbers: Vec<f32>,
}

impl Encoder<'_> {
    /// Encodes the outputs of a result's samples; `file` is for messages, `picture` the file of the only sample, and `affine` its place
    /// in the patient, that of the network's input.
    ///
    /// # Errors
    /// If the result would be too large, or its picture is not there any more.
    pub(super) fn encode(
        &self,
        outputs: &[f32],
        file: &Path,
        picture: Option<&Path>,
        affine: Option<Affine>,
    ) -> Result<Encoded, Error> {
        let len = self.output.iter().product();
        let places = meaning::places(self.output);
        let shares: Vec<f32> = match outputs.len() == len {
            true => meaning::shares(self.loss, outputs, places),
            false => {
                outputs.chunks_exact(len).flat_map(|row| meaning::shares(self.loss, row, places)).collect()
            }
        };
        let samples = (outputs.len() != len).then(|| outputs.len() / len);
        let shape = samples.into_iter().chain(self.output.iter().copied()).collect();
        let planes = self.of_picture(Planes { shape, numbers: shares }, picture)?;
        let encoded = match self.format {
            Format::Png => self.png(planes),
            Format::Nii => self.volume(planes, affine),
            Format::Npy | Format::Table | Format::Csv | Format::Json => self.array(planes),
        };
        encoded.map_err(|problem| data::Error::new(file, problem).into())
    }

    /// Returns the number of channels: the axis of an output before its places.
    fn channels(&self) -> usize {
        self.output[0]
    }

    /// Returns one for a yes, and 0 for a no.
    fn decide(&self, numbers: &[f32], border: f32) -> Vec<u8> {
        numbers.iter().map(|&number| u8::from(number > border)).collect()
    }

    /// Returns the class of each place. Places of NaN are of none, and have been reported.
    fn classes(&self, planes: &Planes) -> Vec<usize> {
        let places = planes.numbers.len() / self.channels();
        meaning::classes(&planes.numbers, places).map(Option::unwrap_or_default).collect()
    }
}

#[cfg(feature = "pictures")]
impl Encoder<'_> {
    /// Gives planes the size of the picture that their input was made of.
    fn of_picture(&self, planes: Planes, picture: Option<&Path>) -> Result<Planes, Error> {
        use netwright_data::picture::{Way, header, restore};
        let (Some((input, fit)), Some(picture), &[channels, height, width]) =
            (self.way, picture, self.output)
        else {
            return Ok(planes);
        };
        let found = header(picture).map_err(data::Error::from)?;
        let way = Way { picture: [found.height, found.width], input, fit, output: [height, width] };
        let numbers = restore(&planes.numbers, &way, 0.0)
            .map_err(|problem| data::Error::from(netwright_data::Error::new(picture, problem)))?;
        Ok(Planes { shape: vec![channels, found.height, found.width], numbers })
    }

    fn png(&self, planes: Planes) -> Result<Encoded, Problem> {
        use netwright_data::picture::{Picture, Pixels, encode_png, encode_png_palette};
        let (height, width) = (planes.shape[1], planes.shape[2]);
        let mut is_clipped = false;
        let mut channels = self.channels();
        let pixels = match (self.meaning, self.threshold) {
            (Meaning::Classes, _) => {
                let classes = self.classes(&planes);
                if self.colours.len() >= self.channels() {
                    let indices: Vec<u8> = classes.into_iter().map(|class| class as u8).collect();
                    let bytes = encode_png_palette(&indices, [height, width], &self.colours);
                    return Ok(Encoded { bytes: bytes.map_err(netwright_data::Problem::from)?, is_clipped });
                }
                channels = 1;
                match self.channels() <= 256 {
                    true => Pixels::Bytes(classes.into_iter().map(|class| class as u8).collect()),
                    false => Pixels::Words(classes.into_iter().map(|class| class as u16).collect()),
                }
            }
            (_, Some(border)) => {
                Pixels::Bytes(self.decide(&planes.numbers, border).into_iter().map(|yes| 255 * yes).collect())
            }
            (_, None) => {
                let mut numbers = planes.numbers;
                self.scaling.iter().for_each(|scaling| scaling.undo(&mut numbers));
                is_clipped = numbers.iter().any(|number| !(0.0..=1.0).contains(number));
                let byte = |number: f32| (255.0 * number.clamp(0.0, 1.0)).round() as u8;
                Pixels::Bytes(numbers.into_iter().map(byte).collect())
            }
        };
        let bytes = encode_png(&Picture { channels, height, width, pixels })
            .map_err(netwright_data::Problem::from)?;
        Ok(Encoded { bytes, is_clipped })
    }
}

#[cfg(not(feature = "pictures"))]
impl Encoder<'_> {
    fn of_picture(&self, planes: Planes, _: Option<&Path>) -> Result<Planes, Error> {
        Ok(planes)
    }

    fn png(&self, _: Planes) -> Result<Encoded, Problem> {
        Err(Problem::Feature { feature: "pictures" })
    }
}

#[cfg(feature = "arrays")]
impl Encoder<'_> {
    fn array(&self, planes: Planes) -> Result<Encoded, Problem> {
        use netwright_data::arrays::{Numbers, encode_npy};
        let numbers = match self.threshold {
            Some(border) => Numbers::Bytes(self.decide(&planes.numbers, border)),
            None => Numbers::Floats(planes.numbers),
        };
        Ok(Encoded { bytes: encode_npy(&planes.shape, &numbers), is_clipped: false })
    }
}

#[cfg(not(feature = "arrays"))]
impl Encoder<'_> {
    fn array(&self, _: Planes) -> Result<Encoded, Problem> {
        Err(Problem::Feature { feature: "arrays" })
    }
}

#[cfg(feature = "nifti")]
impl Encoder<'_> {
    fn volume(&self, planes: Planes, affine: Option<Affine>) -> Result<Encoded, Problem> {
        use netwright_data::grid::Step;
        use netwright_data::nifti::{self, MILLIMETRES, Voxels};
        // An image is a volume of one slice.
        let stack = match planes.shape[1..] {
            [depth, height, width] => [depth, height, width],
            [height, width] => [1, height, width],
            _ => return Err(Problem::Shape { expected: vec![1, 1, 1, 1], found: planes.shape }),
        };
        let (classes, numbers): (Vec<u8>, Vec<f32>);
        let voxels = match (self.meaning, self.threshold) {
            (Meaning::Classes, _) => {
                let found: Vec<u8> = self.classes(&planes).into_iter().map(|class| class as u8).collect();
                classes = turned(&found, stack);
                Voxels::Bytes(&classes)
            }
            (_, Some(border)) => {
                classes = turned(&self.decide(&planes.numbers, border), stack);
                Voxels::Bytes(&classes)
            }
            (_, None) => {
                numbers = turned(&planes.numbers, stack);
                Voxels::Floats(&numbers)
            }
        };
        let [depth, height, width] = stack;
        let shape = [width, height, depth];
        let affine = match (affine, self.input) {
            (Some(affine), &[_, depth, height, width]) => {
                let input = [width, height, depth];
                let step = |axis: usize| {
                    let scale = input[axis] as f64 / shape[axis] as f64;
                    Step { scale, first: 0.5 * scale - 0.5 }
                };
                nifti::after(affine, std::array::from_fn(step))
            }
            _ => MILLIMETRES,
        };
        let volume = nifti::Encoded { shape, affine, voxels };
        let bytes = nifti::encode(&volume).map_err(netwright_data::Problem::from)?;
        Ok(Encoded { bytes, is_clipped: false })
    }
}

/// Turns a stack of axial slices, from bottom to top, whose rows go from front to back and columns from left to right, to an array
/// of places to the right, to the front and up.
#[cfg(feature = "nifti")]
fn turned<T: Copy>(stack: &[T], [depth, height, width]: [usize; 3]) -> Vec<T> {
    let of_volume = |volume: &[T]| {
        let mut turned = Vec::with_capacity(volume.len());
        for column in 0..width {
            for row in (0..height).rev() {
                turned.extend((0..depth).map(|slice| volume[(slice * height + row) * width + column]));
            }
        }
        turned
    };
    stack.chunks_exact(depth * height * width).flat_map(of_volume).collect()
}

#[cfg(not(feature = "nifti"))]
impl Encoder<'_> {
    fn volume(&self, _: Planes, _: Option<Affine>) -> Result<Encoded, Problem> {
        Err(Problem::Feature { feature: "nifti" })
    }
}

/// Returns the colours of the classes of masks, if the source has a table of them.
#[cfg(feature = "pictures")]
pub(super) fn colours(data: Option<Source>) -> Vec<[u8; 3]> {
    let Some(Source::Images(source)) = data else { return vec![] };
    let colours = source.colours.split_whitespace();
    colours.filter_map(|text| netwright_data::picture::colour(text).ok()).collect()
}

#[cfg(not(feature = "pictures"))]
pub(super) fn colours(_: Option<Source>) -> Vec<[u8; 3]> {
    vec![]
}
