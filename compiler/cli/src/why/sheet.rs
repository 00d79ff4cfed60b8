//! All methods side by side, with a legend.

use super::colour::{INK, PAPER, Rgb, Scale};
use super::found::{Explanations, Sample};
use super::panel::{Image, Panel};
use crate::error::Error;
use crate::picture::{Canvas, Letters};
use netwright_compiler::drawing::Anchor;

/// Pictures in a row.
const COLUMNS: usize = 4;
/// The margin around everything, and the gap between pictures.
const GAP: usize = 16;
/// The height of the lines above a picture.
const CAPTION: usize = 40;
/// The height of the title.
const TITLE: usize = 58;
/// The height of the legend, and the size of a scale in it.
const LEGEND: usize = 64;
const BAR: [usize; 2] = [160, 12];

const PALE: Rgb = [96, 96, 104];

/// Draws the sheet of a sample.
///
/// # Errors
/// If it would be too large.
pub(super) fn draw(found: &Explanations, sample: &Sample, panels: &[Panel]) -> Result<Vec<u8>, Error> {
    let columns = panels.len().min(COLUMNS);
    let rows = panels.len().div_ceil(columns);
    let wide = panels.iter().map(|panel| panel.image.width).max().unwrap_or(0).max(BAR[0]);
    let high = panels.iter().map(|panel| panel.image.height).max().unwrap_or(0) + CAPTION;
    let least = 2 * (BAR[0] + GAP) + 3 * GAP;
    let width = (columns * (wide + GAP) + GAP).max(least);
    let height = TITLE + rows * (high + GAP) + LEGEND + GAP;
    let mut canvas = Canvas::new([width, height], PAPER)?;
    let anchor = Anchor::Start;
    let [title, line] = heading(found, sample);
    canvas.text(
        &title,
        [GAP, 26],
        Letters { size: 16.0, bold: true, colour: INK, most: width - 2 * GAP, anchor },
    );
    canvas.text(
        &line,
        [GAP, 46],
        Letters { size: 12.0, bold: false, colour: PALE, most: width - 2 * GAP, anchor },
    );
    for (at, panel) in panels.iter().enumerate() {
        let (x, y) = (GAP + at % columns * (wide + GAP), TITLE + at / columns * (high + GAP));
        canvas.text(
            &panel.title,
            [x, y + 16],
            Letters { size: 13.0, bold: true, colour: INK, most: wide, anchor },
        );
        canvas.text(
            &panel.remark,
            [x, y + 32],
            Letters { size: 11.0, bold: false, colour: PALE, most: wide, anchor },
        );
        canvas.image([x, y + CAPTION], panel.image.width, &panel.image.pixels);
    }
    let top = height - LEGEND;
    for (at, (scale, [from, to])) in LEGENDS.iter().enumerate() {
        if !panels.iter().any(|panel| panel.scale == Some(*scale)) {
            continue;
        }
        let x = GAP + at * (BAR[0] + 2 * GAP);
        canvas.image([x, top], BAR[0], &bar(*scale));
        for (text, x, anchor) in [(from, x, Anchor::Start), (to, x + BAR[0], Anchor::End)] {
            let letters = Letters { size: 11.0, bold: false, colour: PALE, most: BAR[0] / 2, anchor };
            canvas.text(text, [x, top + BAR[1] + 16], letters);
        }
    }
    canvas.png()
}

/// Encodes a picture alone.
pub(super) fn encode(image: &Image) -> Result<Vec<u8>, Error> {
    let mut canvas = Canvas::new([image.width, image.height], PAPER)?;
    canvas.image([0, 0], image.width, &image.pixels);
    canvas.png()
}

const LEGENDS: [(Scale, [&str; 2]); 2] =
    [(Scale::Amount, ["none", "much"]), (Scale::Sign, ["against", "for"])];

fn bar(scale: Scale) -> Vec<Rgb> {
    let [width, height] = BAR;
    let place = |x: usize| x as f32 / (width - 1) as f32;
    let row = (0..width).map(|x| match scale {
        Scale::Amount => scale.colour(place(x)),
        Scale::Sign => scale.colour(2.0 * place(x) - 1.0),
    });
    row.collect::<Vec<_>>().repeat(height)
}

/// Returns what is explained, in two lines.
fn heading(found: &Explanations, sample: &Sample) -> [String; 2] {
    let place = sample.place.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
    let title = format!("{}{place}: why {}?", sample.file, sample.explained);
    let value = format!("{} gives it {}", found.network, super::told::value(sample));
    let layer = found.layer.as_ref().map(|layer| format!("; feature map of {layer}")).unwrap_or_default();
    [title, value + &layer]
}
