//! Pictures on their way through a JPEG file, which loses detail.

use image::ExtendedColorType::{L8, Rgb8};
use image::codecs::jpeg::JpegEncoder;
use netwright_data::picture::{Fit, Wanted, decode};

/// Returns true if pictures of this shape, channels first, can be written as JPEG.
pub fn takes_jpeg(shape: &[usize]) -> bool {
    let most = usize::from(u16::MAX);
    matches!(*shape, [1 | 3, height, width] if height <= most && width <= most)
}

/// Writes a picture of `[height, width]`, channels first and from 0 to 1, with this quality from 1 to 100, and reads it again; one that no
/// file [takes](takes_jpeg) stays as it is.
pub(super) fn through_jpeg(image: &mut [f32], [height, width]: [usize; 2], quality: u8) {
    let len = height * width;
    let channels = image.len() / len;
    let byte = |at: usize| (image[at].clamp(0.0, 1.0) * 255.0).round() as u8;
    let bytes: Vec<u8> =
        (0..len).flat_map(|at| (0..channels).map(move |channel| channel * len + at)).map(byte).collect();
    let [Ok(w), Ok(h)] = [width, height].map(u32::try_from) else { return };
    let (mut file, colour) = (vec![], if channels == 3 { Rgb8 } else { L8 });
    let mut encoder = JpegEncoder::new_with_quality(&mut file, quality);
    if !takes_jpeg(&[channels, height, width]) || encoder.encode(&bytes, w, h, colour).is_err() {
        return;
    }
    let wanted = Wanted { channels, size: None, fit: Fit::Exact, background: 0.0 };
    if let Ok(picture) = decode(&file, &wanted) {
        picture.pixels.write(image);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_loses_more_detail_at_a_lower_quality() {
        let size = [16, 24];
        for channels in [1, 3] {
            let picture: Vec<f32> =
                (0..channels * 16 * 24).map(|at| (at * 37 % 101) as f32 / 100.0).collect();
            let lost = |quality| {
                let mut image = picture.clone();
                through_jpeg(&mut image, size, quality);
                let squares = image.iter().zip(&picture).map(|(a, b)| f64::from(a - b).powi(2));
                (squares.sum::<f64>() / picture.len() as f64).sqrt()
            };
            assert!(lost(100) > 0.0, "{channels} channels");
            assert!(lost(95) < lost(50) && lost(50) < lost(10), "{channels} channels");
        }
        let mut flat = vec![0.2; 16 * 24];
        through_jpeg(&mut flat, size, 10);
        assert!(flat.iter().all(|x| (x - 0.2).abs() < 0.05));
        let mut two = vec![0.2; 2 * 16 * 24];
        through_jpeg(&mut two, size, 10);
        assert_eq!(two, vec![0.2; 2 * 16 * 24]);
    }
}
