//! Single images.

use super::{Error, Inputs, Interface, Problem};
use image::ImageReader;
use std::io;
use std::path::Path;

/// Returns true if a file's name ends like that of an image.
pub(super) fn is_image(file: &Path) -> bool {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    matches!(ending.as_deref(), Some("png" | "jpg" | "jpeg"))
}

/// Loads an image as the network takes it: grey for one channel, red, green and blue for three; from 0 to 1.
pub(super) fn load(file: &Path, interface: &Interface<'_>) -> Result<Inputs, Error> {
    let error = |problem| Error::new(file, problem);
    let reader = ImageReader::open(file).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => error(Problem::Missing { what: "file", looked_for: vec![] }),
        _ => error(Problem::Read(cause)),
    })?;
    let reader = reader.with_guessed_format().map_err(|cause| error(Problem::Read(cause)))?;
    let image = reader.decode().map_err(|cause| error(Problem::Image(cause)))?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let channels = match *interface.input {
        [channels @ (1 | 3), ..] if interface.input.len() == 3 => channels,
        // A network that flattens nothing takes the pixels of a grey image in a row.
        [len] if len == width * height => 1,
        _ => return Err(error(Problem::NoImage { expected: interface.input.to_vec() })),
    };
    let found = vec![channels, height, width];
    if interface.input.len() == 3 && interface.input != found {
        return Err(error(Problem::Shape { expected: interface.input.to_vec(), found }));
    }
    let bytes = match channels {
        1 => image.into_luma8().into_raw(),
        _ => image.into_rgb8().into_raw(),
    };
    let plane = |channel| bytes.iter().skip(channel).step_by(channels).map(|&pixel| f32::from(pixel) / 255.0);
    let numbers: Vec<f32> = (0..channels).flat_map(plane).collect();
    Ok(Inputs { numbers: numbers.into(), lines: Vec::new() })
}
