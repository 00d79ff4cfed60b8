//! Pictures and letters on paper.

use super::{BOLD, MAX_PIXELS, REGULAR, encode, face, ink, letters};
use crate::error::Error;
use netwright_compiler::drawing::{Anchor, Colour};
use tiny_skia::{FillRule, Pixmap, PremultipliedColorU8, Transform};
use ttf_parser::Face;

/// A picture that is drawn in pixels.
pub(crate) struct Canvas {
    pixels: Pixmap,
    regular: Face<'static>,
    bold: Face<'static>,
}

/// The look of a line of text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letters {
    /// The height of a line in pixels.
    pub(crate) size: f32,
    pub(crate) bold: bool,
    pub(crate) colour: [u8; 3],
    /// The most pixels that the line takes; a longer text is cut off.
    pub(crate) most: usize,
    /// The end of the line that the place is of.
    pub(crate) anchor: Anchor,
}

impl Canvas {
    /// Creates a picture of one colour.
    ///
    /// # Errors
    /// If it would be too large.
    pub(crate) fn new([width, height]: [usize; 2], paper: [u8; 3]) -> Result<Canvas, Error> {
        let too_large = || Error::Unfit {
            message: format!(
                "the picture would have {width} x {height} pixels, and an image has at most {MAX_PIXELS:e}"
            ),
            help: "explain fewer methods at a time by `--method`".into(),
        };
        if width as f64 * height as f64 > MAX_PIXELS {
            return Err(too_large());
        }
        let mut pixels = Pixmap::new(width as u32, height as u32).ok_or_else(too_large)?;
        let [red, green, blue] = paper;
        pixels.fill(tiny_skia::Color::from_rgba8(red, green, blue, 255));
        Ok(Canvas { pixels, regular: face(REGULAR)?, bold: face(BOLD)? })
    }

    /// Draws an image whose upper left corner is here; what does not fit is left out.
    pub(crate) fn image(&mut self, [x, y]: [usize; 2], width: usize, image: &[[u8; 3]]) {
        let (wide, high) = (self.pixels.width() as usize, self.pixels.height() as usize);
        let all = self.pixels.pixels_mut();
        for (row, pixels) in
            image.chunks_exact(width.max(1)).enumerate().take_while(|(row, _)| y + row < high)
        {
            let shown = width.min(wide.saturating_sub(x));
            let places = &mut all[(y + row) * wide + x..][..shown];
            for (place, &[red, green, blue]) in places.iter_mut().zip(pixels) {
                // An opaque colour is its own product with its opacity.
                *place = PremultipliedColorU8::from_rgba(red, green, blue, 255).unwrap_or(*place);
            }
        }
    }

    /// Writes a line of text whose base line has its anchor here.
    pub(crate) fn text(&mut self, text: &str, [x, y]: [usize; 2], look: Letters) {
        let face = if look.bold { &self.bold } else { &self.regular };
        // All letters of the font are equally wide.
        let wide = face.glyph_index('m').and_then(|glyph| face.glyph_hor_advance(glyph)).unwrap_or(0);
        let wide = f32::from(wide) / f32::from(face.units_per_em()) * look.size;
        let fitting = (look.most as f32 / wide) as usize;
        let text = match text.chars().count() <= fitting {
            true => text.to_string(),
            false => text.chars().take(fitting.saturating_sub(1)).chain(['…']).collect(),
        };
        let path = letters(face, &text, [x as f32, y as f32], look.size, look.anchor);
        if let Some(path) = path {
            let ink = ink(Colour(look.colour));
            self.pixels.fill_path(&path, &ink, FillRule::Winding, Transform::identity(), None);
        }
    }

    /// Encodes the picture.
    ///
    /// # Errors
    /// If that fails.
    pub(crate) fn png(&self) -> Result<Vec<u8>, Error> {
        encode(&self.pixels)
    }
}
