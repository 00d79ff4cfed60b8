//! Draws a scene as a PNG image.

mod canvas;

use crate::error::Error;
use crate::output::PICTURE;
use netwright_compiler::drawing::{Anchor, Colour, Mark, Paint, Scene, Step, Theme};
use tiny_skia::{Color, FillRule, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

pub(crate) use canvas::{Canvas, Letters};

/// DejaVu Sans Mono 2.37 without hints: the letters of Latin, Greek and Cyrillic, and the signs of drawings. Made by `pyftsubset
/// --no-hinting --layout-features= --unicodes=U+20-7E,U+A0-17F,U+370-3FF,U+400-45F,U+2013-2014,U+2018-201D,U+2026,U+2264`.
const REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSansMono.ttf");
/// The bold letters of the same font.
const BOLD: &[u8] = include_bytes!("../fonts/DejaVuSansMono-Bold.ttf");
/// Pixels of an image along a side for each of the scene, and for each of a scene that would have too many.
const SCALES: [f32; 2] = [2.0, 1.0];
/// The most pixels of an image; it takes four bytes for each.
const MAX_PIXELS: f64 = 1e8;

/// Draws the scene with the colours of a theme, at twice its size if it is not too large.
///
/// # Errors
/// If the image would be too large.
pub(crate) fn png(scene: &Scene, theme: Theme) -> Result<Vec<u8>, Error> {
    let sizes = SCALES.map(|scale| (scale, scene.size.map(|size| (size * f64::from(scale)).ceil())));
    let too_large = || {
        let [width, height] = scene.size;
        Error::Unfit {
            message: format!(
                "the picture would have {width} x {height} pixels, and an image has at most {MAX_PIXELS:e}"
            ),
            help: "write it as .svg, which has no pixels".into(),
        }
    };
    let size = sizes.into_iter().find(|(_, [width, height])| width * height <= MAX_PIXELS);
    let (scale, [width, height]) = size.ok_or_else(too_large)?;
    let mut image = Image {
        pixels: Pixmap::new(width as u32, height as u32).ok_or_else(too_large)?,
        scale,
        theme,
        regular: face(REGULAR)?,
        bold: face(BOLD)?,
    };
    scene.marks.iter().for_each(|mark| image.mark(mark));
    encode(&image.pixels)
}

fn face(font: &'static [u8]) -> Result<Face<'static>, Error> {
    Face::parse(font, 0).map_err(|cause| unfit(&format!("the font of pictures cannot be read ({cause})")))
}

fn unfit(message: &str) -> Error {
    Error::Unfit { message: message.into(), help: "this is a mistake in Netwright: please report it".into() }
}

fn encode(pixels: &Pixmap) -> Result<Vec<u8>, Error> {
    let failed = |cause: png::EncodingError| unfit(&format!("the picture cannot be encoded ({cause})"));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.add_text_chunk("Software".into(), PICTURE.into()).map_err(failed)?;
    let mut writer = encoder.write_header().map_err(failed)?;
    // The page is opaque, so that alpha says nothing.
    let colours: Vec<u8> =
        pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    writer.write_image_data(&colours).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

struct Image {
    pixels: Pixmap,
    scale: f32,
    theme: Theme,
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Image {
    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Box { paint, area, radius } => {
                let path = rounded(area.map(|side| side as f32), *radius as f32);
                path.into_iter().for_each(|path| self.draw(*paint, &path));
            }
            Mark::Line { paint, steps } => {
                let path = outline(steps);
                path.into_iter().for_each(|path| self.draw(*paint, &path));
            }
            Mark::Text { paint, at, anchor, size, bold, text } => {
                let face = if *bold { &self.bold } else { &self.regular };
                let path = letters(face, text, at.map(|place| place as f32), *size as f32, *anchor);
                path.into_iter().for_each(|path| self.draw(*paint, &path));
            }
            Mark::Begin(_) | Mark::End => {}
        }
    }

    fn draw(&mut self, paint: Paint, path: &Path) {
        let colours = paint.colours(self.theme);
        let scale = Transform::from_scale(self.scale, self.scale);
        if let Some(fill) = colours.fill {
            self.pixels.fill_path(path, &ink(fill), FillRule::Winding, scale, None);
        }
        if let Some(stroke) = colours.stroke {
            let width = if paint == Paint::Wire { 1.3 } else { 1.0 };
            let line = Stroke { width, ..Stroke::default() };
            self.pixels.stroke_path(path, &ink(stroke), &line, scale, None);
        }
    }
}

fn ink(Colour([red, green, blue]): Colour) -> tiny_skia::Paint<'static> {
    let mut ink = tiny_skia::Paint { anti_alias: true, ..tiny_skia::Paint::default() };
    ink.set_color(Color::from_rgba8(red, green, blue, 255));
    ink
}

/// Returns a rectangle with round corners.
fn rounded([x, y, width, height]: [f32; 4], radius: f32) -> Option<Path> {
    if radius == 0.0 {
        return Some(PathBuilder::from_rect(Rect::from_xywh(x, y, width, height)?));
    }
    let r = radius.min(width / 2.0).min(height / 2.0);
    // The handles of the cubic curve that is nearest to a quarter of a circle.
    let h = r * 0.447_715_25;
    let [right, bottom] = [x + width, y + height];
    let mut path = PathBuilder::new();
    path.move_to(x + r, y);
    path.line_to(right - r, y);
    path.cubic_to(right - h, y, right, y + h, right, y + r);
    path.line_to(right, bottom - r);
    path.cubic_to(right, bottom - h, right - h, bottom, right - r, bottom);
    path.line_to(x + r, bottom);
    path.cubic_to(x + h, bottom, x, bottom - h, x, bottom - r);
    path.line_to(x, y + r);
    path.cubic_to(x, y + h, x + h, y, x + r, y);
    path.close();
    path.finish()
}

fn outline(steps: &[Step]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let point = |[x, y]: [f64; 2]| (x as f32, y as f32);
    for step in steps {
        match *step {
            Step::Move(to) => path.move_to(point(to).0, point(to).1),
            Step::Line(to) => path.line_to(point(to).0, point(to).1),
            Step::Curve(by, to) => path.quad_to(point(by).0, point(by).1, point(to).0, point(to).1),
            Step::Close => path.close(),
        }
    }
    path.finish()
}

/// Returns the outlines of a line of text.
fn letters(face: &Face<'_>, text: &str, [x, y]: [f32; 2], size: f32, anchor: Anchor) -> Option<Path> {
    let scale = size / f32::from(face.units_per_em());
    let glyphs: Vec<GlyphId> =
        text.chars().map(|letter| face.glyph_index(letter).unwrap_or_default()).collect();
    let advance = |glyph: GlyphId| f32::from(face.glyph_hor_advance(glyph).unwrap_or_default()) * scale;
    let width: f32 = glyphs.iter().map(|&glyph| advance(glyph)).sum();
    let start = match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    let mut pen = Pen { path: PathBuilder::new(), at: [start, y], scale };
    for glyph in glyphs {
        face.outline_glyph(glyph, &mut pen);
        pen.at[0] += advance(glyph);
    }
    pen.path.finish()
}

/// Draws the outlines of letters, whose origin is on the base line.
struct Pen {
    path: PathBuilder,
    at: [f32; 2],
    scale: f32,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.at[0] + x * self.scale, self.at[1] - y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
