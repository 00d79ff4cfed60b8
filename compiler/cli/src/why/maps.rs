//! Feature maps and filters as a picture.

use super::colour::{INK, PAPER, Rgb, Scale};
use super::found::{floats, read};
use super::{stem, unique};
use crate::error::Error;
use crate::output::{self, Content};
use crate::picture::{Canvas, Letters};
use netwright_compiler::drawing::Anchor;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The margin around everything.
const MARGIN: usize = 16;
/// The side of a channel's picture, and the gap after it.
const TILE: usize = 64;
const GAP: usize = 6;
/// Pictures in a row.
const COLUMNS: usize = 16;
/// The height of a title.
const TITLE: usize = 24;

/// The feature maps of some samples.
#[derive(Debug)]
pub(crate) struct Maps {
    network: String,
    /// The name and numbers of the first convolution's weights.
    filters: Option<(String, Numbers)>,
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    file: String,
    place: Option<String>,
    input: Numbers,
    layers: Vec<(String, Numbers)>,
}

#[derive(Debug)]
struct Numbers {
    shape: Vec<usize>,
    numbers: Vec<f32>,
}

impl Maps {
    /// Reads what a program has written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read(file: &Path) -> Result<Maps, Error> {
        read(file, |facts, arrays| {
            let array = |name: &str| {
                let array = arrays.tensor(name).ok()?;
                Some(Numbers { shape: array.shape().to_vec(), numbers: floats(&array) })
            };
            let layers: Vec<&str> = facts["layers"].as_array()?.iter().filter_map(Value::as_str).collect();
            let filters =
                facts["filters"].as_str().and_then(|name| Some((name.to_string(), array("filters")?)));
            let sample = |(at, facts): (usize, &Value)| {
                let layer = |layer: &&str| Some((layer.to_string(), array(&format!("{at}/{layer}"))?));
                Some(Sample {
                    file: facts["file"].as_str()?.into(),
                    place: facts["place"].as_str().map(String::from),
                    input: array(&format!("{at}/sample"))?,
                    layers: layers.iter().map(layer).collect::<Option<_>>()?,
                })
            };
            let samples = facts["samples"].as_array()?.iter().enumerate().map(sample);
            Some(Maps {
                network: facts["network"].as_str()?.into(),
                filters,
                samples: samples.collect::<Option<_>>()?,
            })
        })
    }

    /// Draws a picture for each sample, with at most `most` channels of a layer; returns the files.
    ///
    /// # Errors
    /// If one would take the place of another kind of file, or cannot be written.
    pub(crate) fn write(&self, folder: &Path, most: usize) -> Result<Vec<PathBuf>, Error> {
        let mut taken = BTreeSet::new();
        let write = |sample: &Sample| {
            let name = unique(&stem(&sample.file, sample.place.as_deref()), &mut taken);
            let file = folder.join(format!("{name}.png"));
            output::write(&file, &self.draw(sample, most)?, Content::Picture)?;
            Ok(file)
        };
        self.samples.iter().map(write).collect()
    }

    fn draw(&self, sample: &Sample, most: usize) -> Result<Vec<u8>, Error> {
        let mut rows =
            vec![Row { tiles: greys(&sample.input.planes(most)), ..Row::of("input", &sample.input, most) }];
        rows.extend(self.filters.iter().map(|(name, filters)| Row::of_filters(name, filters, most)));
        rows.extend(sample.layers.iter().map(|(name, map)| Row::of(name, map, most)));
        let width = 2 * MARGIN + COLUMNS * (TILE + GAP) - GAP;
        let height = 2 * MARGIN + TITLE + rows.iter().map(Row::height).sum::<usize>();
        let mut canvas = Canvas::new([width, height], PAPER)?;
        let letters =
            |size, bold| Letters { size, bold, colour: INK, most: width - 2 * MARGIN, anchor: Anchor::Start };
        let place = sample.place.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
        let title = format!("{}: {}{place}", self.network, sample.file);
        canvas.text(&title, [MARGIN, MARGIN + 14], letters(15.0, true));
        let mut top = MARGIN + TITLE;
        for row in &rows {
            canvas.text(&row.title, [MARGIN, top + 16], letters(12.0, false));
            for (at, tile) in row.tiles.iter().enumerate() {
                let (x, y) = (at % COLUMNS * (TILE + GAP), at / COLUMNS * (TILE + GAP));
                canvas.image([MARGIN + x, top + TITLE + y], TILE, tile);
            }
            top += row.height();
        }
        canvas.png()
    }
}

/// The pictures of a layer.
struct Row {
    title: String,
    tiles: Vec<Vec<Rgb>>,
}

impl Row {
    fn height(&self) -> usize {
        TITLE + self.tiles.len().div_ceil(COLUMNS) * (TILE + GAP)
    }

    /// The channels of a map: from black to white if no number is below 0, else from blue over white at 0 to red.
    fn of(name: &str, map: &Numbers, most: usize) -> Row {
        Row { title: title(name, &map.shape, map.shape[0], most), tiles: tiles(&map.planes(most)) }
    }

    /// The filters of a convolution, each by its first channel.
    fn of_filters(name: &str, filters: &Numbers, most: usize) -> Row {
        let Numbers { shape, numbers } = filters;
        let of_first = numbers.len() / shape[0] / shape[1];
        let first: Vec<f32> = numbers.chunks_exact(of_first).step_by(shape[1]).flatten().copied().collect();
        let first =
            Numbers { shape: shape.iter().take(1).chain(&shape[2..]).copied().collect(), numbers: first };
        let of_channel = if shape[1] > 1 { ", the first channel of each" } else { "" };
        Row { title: title(name, shape, shape[0], most) + of_channel, tiles: tiles(&first.planes(most)) }
    }
}

fn title(name: &str, shape: &[usize], count: usize, most: usize) -> String {
    let shown = if count > most { format!(", {most} of {count}") } else { String::new() };
    format!("{name} {shape:?}{shown}")
}

/// An image of numbers.
struct Plane<'n> {
    height: usize,
    width: usize,
    numbers: &'n [f32],
}

impl Numbers {
    /// Returns the first channels, at most `most`.
    fn planes(&self, most: usize) -> Vec<Plane<'_>> {
        (0..self.shape[0].min(most)).map(|channel| self.plane(channel)).collect()
    }

    /// Returns a channel as an image: a signal as one row, of a volume the middle slice.
    fn plane(&self, channel: usize) -> Plane<'_> {
        let axes = &self.shape[1..];
        let numbers = axes.iter().product::<usize>();
        let channel = &self.numbers[channel * numbers..][..numbers];
        let (height, width) = match *axes {
            [] => (1, 1),
            [width] => (1, width),
            [.., height, width] => (height, width),
        };
        let slices = numbers / (height * width);
        Plane { height, width, numbers: &channel[slices / 2 * height * width..][..height * width] }
    }
}

/// Returns pictures whose numbers have one scale.
fn tiles(planes: &[Plane<'_>]) -> Vec<Vec<Rgb>> {
    let (least, most) = range(planes);
    let size = most.abs().max(least.abs()).max(f32::MIN_POSITIVE);
    let scale = if least < 0.0 { Scale::Sign } else { Scale::Amount };
    planes.iter().map(|plane| tile(plane, |number| scale.colour(number / size))).collect()
}

/// Returns pictures from black, for the least number, to white.
fn greys(planes: &[Plane<'_>]) -> Vec<Vec<Rgb>> {
    let (least, most) = range(planes);
    let size = (most - least).max(f32::MIN_POSITIVE);
    planes.iter().map(|plane| tile(plane, |number| [(255.0 * (number - least) / size) as u8; 3])).collect()
}

fn range(planes: &[Plane<'_>]) -> (f32, f32) {
    let all = planes.iter().flat_map(|plane| plane.numbers);
    all.fold((f32::MAX, f32::MIN), |(a, b), &x| (a.min(x), b.max(x)))
}

fn tile(plane: &Plane<'_>, colour: impl Fn(f32) -> Rgb) -> Vec<Rgb> {
    let pixel = |at: usize| {
        let (row, column) = (at / TILE * plane.height / TILE, at % TILE * plane.width / TILE);
        colour(plane.numbers[row * plane.width + column])
    };
    (0..TILE * TILE).map(pixel).collect()
}
