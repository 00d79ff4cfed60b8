//! Grids of numbers as pixels, written as paths: each level of a colour is one, and cells in a row are one stroke of it.

use super::{Ink, Sheet};
use crate::Failure;
use std::fmt::Write;

/// Colours of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    /// From black, at 0, to white, at this number. It is the same on light and dark pages.
    Grey(f32),
    /// From blue over white, at 0, to red: at this number less than 0 and more. It is the same on light and dark pages.
    Signed(f32),
    /// From blue, at 0, over the page's colour, at a half, to orange, at 1.
    Classes,
}

/// Levels of a scale.
const GREYS: u32 = 8;
const SIGNED: i32 = 5;
const CLASSES: i32 = 4;

impl Scale {
    /// Returns the attributes of a number's colour.
    fn paint(self, number: f32) -> String {
        match self {
            Scale::Grey(most) => {
                let level = (number / most).clamp(0.0, 1.0) * (GREYS - 1) as f32;
                // White itself is the page's, which a dark one replaces.
                let grey = (level.round() as u32 * 255 / (GREYS - 1)).min(254);
                format!("fill=\"#{grey:02X}{grey:02X}{grey:02X}\"")
            }
            Scale::Signed(most) => {
                let level = ((number / most).clamp(-1.0, 1.0) * SIGNED as f32).round() as i32;
                let part = f64::from(level.abs()) / f64::from(SIGNED);
                let end = if level < 0 { [33.0, 102.0, 172.0] } else { [178.0, 24.0, 43.0] };
                let [r, g, b] = end.map(|end| (250.0 + part * (end - 250.0)).round() as u32);
                format!("fill=\"#{r:02X}{g:02X}{b:02X}\"")
            }
            Scale::Classes => {
                let level = ((2.0 * number - 1.0) * CLASSES as f32).round() as i32;
                let ink = if level < 0 { Ink::Blue } else { Ink::Orange };
                let part = 0.45 * f64::from(level.abs()) / f64::from(CLASSES);
                format!("fill=\"{}\" fill-opacity=\"{part:.2}\"", ink.hex())
            }
        }
    }
}

/// Draws numbers, row after row, as square cells of this size; `width` are those of a row.
pub(crate) fn pixels(
    sheet: &mut Sheet,
    at: [f64; 2],
    cell: f64,
    width: usize,
    numbers: &[f32],
    scale: Scale,
) {
    let height = numbers.len() / width;
    let mut paths: Vec<(String, String, usize)> = vec![];
    for (row, line) in numbers.chunks_exact(width).enumerate() {
        let paints: Vec<String> = line.iter().map(|number| scale.paint(*number)).collect();
        let mut start = 0;
        for run in paints.chunk_by(|a, b| a == b) {
            let place = match paths.iter().position(|(paint, ..)| *paint == run[0]) {
                Some(place) => place,
                None => {
                    paths.push((run[0].clone(), String::new(), 0));
                    paths.len() - 1
                }
            };
            let length = run.len();
            // Writing to a string cannot fail.
            let _ = write!(paths[place].1, "M{start} {row}h{length}v1h-{length}z");
            paths[place].2 += length;
            start += length;
        }
    }
    let _ = write!(
        sheet.body,
        "<g transform=\"translate({:.1} {:.1}) scale({cell})\" shape-rendering=\"crispEdges\">",
        at[0], at[1]
    );
    // The commonest colour is the ground, which is one rectangle below all others; what is seen through has none.
    if scale != Scale::Classes
        && let Some(ground) = (0..paths.len()).max_by_key(|place| paths[*place].2)
    {
        let paint = paths.remove(ground).0;
        let _ = write!(sheet.body, "<path {paint} d=\"M0 0h{width}v{height}h-{width}z\"/>");
    }
    for (paint, path, _) in &paths {
        let _ = write!(sheet.body, "<path {paint} d=\"{path}\"/>");
    }
    sheet.body += "</g>\n";
}

/// Returns numbers from 0, black, to 1, white, as a grey PNG of this width.
///
/// # Errors
/// If the numbers are no rectangle.
pub(crate) fn png(numbers: &[f32], width: usize) -> Result<Vec<u8>, Failure> {
    let bytes: Vec<u8> = numbers.iter().map(|number| (255.0 * number).round() as u8).collect();
    let [columns, rows] = [width, numbers.len() / width].map(u32::try_from);
    let mut file = vec![];
    let mut encoder = png::Encoder::new(&mut file, columns?, rows?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(file)
}
