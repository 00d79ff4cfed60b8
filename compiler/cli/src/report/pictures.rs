//! Samples as PNG images inside the page, and beside it.

use super::facts::Array;
use super::page::Page;
use crate::output::PICTURE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Pictures in an array whose last axes are channels, height and width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pictures<'a> {
    array: &'a Array<u8>,
    /// Channels, height and width.
    pub(super) size: [usize; 3],
}

impl<'a> Pictures<'a> {
    /// Takes an array of pictures; `None` if there are none.
    pub(super) fn new(array: &'a Array<u8>) -> Option<Pictures<'a>> {
        let &[.., channels, height, width] = &array.shape[..] else { return None };
        let len = channels * height * width;
        let is_whole = len > 0 && !array.numbers.is_empty() && array.numbers.len().is_multiple_of(len);
        ([1, 3].contains(&channels) && is_whole)
            .then_some(Pictures { array, size: [channels, height, width] })
    }

    /// Returns the number of pictures.
    pub(super) fn count(self) -> usize {
        self.array.numbers.len() / self.size.iter().product::<usize>()
    }

    /// Returns the bytes of a picture, channels first; nothing if there is no such picture.
    pub(super) fn bytes(self, at: usize) -> &'a [u8] {
        let len = self.size.iter().product::<usize>();
        self.array.numbers.get(at * len..(at + 1) * len).unwrap_or_default()
    }

    /// Encodes a picture.
    pub(super) fn png(self, at: usize) -> Vec<u8> {
        let [channels, height, width] = self.size;
        let places = height * width;
        let bytes = self.bytes(at);
        if bytes.is_empty() {
            return vec![];
        }
        let pixels =
            (0..places).flat_map(|place| (0..channels).map(move |channel| bytes[channel * places + place]));
        let kind = if channels == 3 { png::ColorType::Rgb } else { png::ColorType::Grayscale };
        encoded([height, width], kind, &pixels.collect::<Vec<u8>>())
    }

    /// Returns the address of a picture that stands inside the page.
    pub(super) fn address(self, at: usize) -> String {
        format!("data:image/png;base64,{}", STANDARD.encode(self.png(at)))
    }

    /// Keeps all pictures beside the page as one, in rows of `columns`.
    pub(super) fn keep(self, name: &str, columns: usize, page: &mut Page) {
        /// The gap between pictures, in pixels.
        const GAP: usize = 2;
        let ([channels, height, width], columns) = (self.size, columns.clamp(1, self.count().max(1)));
        let rows = self.count().div_ceil(columns);
        let [tall, broad] = [rows * (height + GAP), columns * (width + GAP)];
        let mut pixels = vec![96; tall * broad * channels];
        for at in 0..self.count() {
            let (bytes, left, top) =
                (self.bytes(at), at % columns * (width + GAP), at / columns * (height + GAP));
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                for channel in 0..channels {
                    pixels[((top + y) * broad + left + x) * channels + channel] =
                        bytes[(channel * height + y) * width + x];
                }
            }
        }
        let kind = if channels == 3 { png::ColorType::Rgb } else { png::ColorType::Grayscale };
        page.keep(name, encoded([tall, broad], kind, &pixels));
    }
}

fn encoded([height, width]: [usize; 2], kind: png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(kind);
    let encode = || {
        encoder.add_text_chunk("Software".into(), PICTURE.into())?;
        let mut writer = encoder.write_header()?;
        writer.write_image_data(pixels)?;
        writer.finish()
    };
    // Memory takes everything, and there are as many bytes as pixels.
    let written: Result<(), png::EncodingError> = encode();
    debug_assert!(written.is_ok());
    bytes
}

/// Returns the outline of the places with a value, as a path of SVG: the edges between them and others.
pub(super) fn outline(places: &[u8], [height, width]: [usize; 2], is_one: impl Fn(u8) -> bool) -> String {
    let inside = |y: isize, x: isize| {
        let is_place = (0..height as isize).contains(&y) && (0..width as isize).contains(&x);
        is_place && places.get(y as usize * width + x as usize).is_some_and(|place| is_one(*place))
    };
    let mut path = String::new();
    // Edges in a row become one line.
    for y in 0..=height as isize {
        let mut from = None;
        for x in 0..=width as isize {
            let is_edge = x < width as isize && inside(y, x) != inside(y - 1, x);
            match (is_edge, from) {
                (true, None) => from = Some(x),
                (false, Some(start)) => {
                    path += &format!("M{start} {y}H{x}");
                    from = None;
                }
                _ => {}
            }
        }
    }
    for x in 0..=width as isize {
        let mut from = None;
        for y in 0..=height as isize {
            let is_edge = y < height as isize && inside(y, x) != inside(y, x - 1);
            match (is_edge, from) {
                (true, None) => from = Some(y),
                (false, Some(start)) => {
                    path += &format!("M{x} {start}V{y}");
                    from = None;
                }
                _ => {}
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_go_around_places() {
        let places = [0, 0, 0, 0, 1, 1, 0, 0, 0];
        let path = outline(&places, [3, 3], |place| place == 1);
        assert_eq!(path, "M1 1H3M1 2H3M1 1V2M3 1V2");
        assert_eq!(outline(&[1], [1, 1], |place| place == 1), "M0 0H1M0 1H1M0 0V1M1 0V1");
        assert_eq!(outline(&places, [3, 3], |place| place == 7), "");
    }

    #[test]
    fn pictures_are_png_images() {
        let array = Array { shape: vec![2, 3, 1, 2], numbers: (0..12).collect() };
        let pictures = Pictures::new(&array).unwrap();
        assert_eq!((pictures.count(), pictures.bytes(1)), (2, &[6, 7, 8, 9, 10, 11][..]));
        let mut reader = png::Decoder::new(std::io::Cursor::new(pictures.png(1))).read_info().unwrap();
        let mut pixels = vec![0; 6];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, [6, 8, 10, 7, 9, 11]);
        assert!(pictures.address(0).starts_with("data:image/png;base64,iVBORw0KGgo"));
        assert!(Pictures::new(&Array { shape: vec![2, 2, 2], numbers: vec![0; 8] }).is_none());
    }
}
