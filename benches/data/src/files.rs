//! The files that all sides read: pictures of smooth colours with some noise, as photographs are, and a table of numbers.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use rayon::prelude::*;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Classes of pictures.
pub(crate) const CLASSES: usize = 10;
/// Columns of the table, without the label.
const COLUMNS: usize = 20;

/// Writes the files, unless a folder with this number of them is there already.
pub(crate) fn make(folder: &Path, pngs: usize, jpegs: usize, rows: usize) -> io::Result<()> {
    let (png, jpeg) = (format!("png-{pngs}"), format!("jpeg-{jpegs}"));
    once(&folder.join(png), |to| pictures(to, pngs, "png", write_png))?;
    once(&folder.join(jpeg), |to| pictures(to, jpegs, "jpg", write_jpeg))?;
    once(&folder.join(format!("table-{rows}.csv")), |to| table(to, rows))
}

/// Makes something under another name first, so that it is whole when it is there.
fn once(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let unfinished = path.with_extension("unfinished");
    make(&unfinished)?;
    fs::rename(unfinished, path)
}

/// Writes pictures into a folder for each class.
pub(crate) fn pictures(
    folder: &Path,
    count: usize,
    ending: &str,
    write: fn(&Path, usize) -> io::Result<()>,
) -> io::Result<()> {
    for class in 0..CLASSES {
        fs::create_dir_all(folder.join(format!("c{class}")))?;
    }
    (0..count)
        .into_par_iter()
        .try_for_each(|i| write(&folder.join(format!("c{}/{i:06}.{ending}", i % CLASSES)), i))
}

fn write_png(file: &Path, seed: usize) -> io::Result<()> {
    let pixels = pixels(64, 2, seed);
    let out = BufWriter::new(File::create(file)?);
    PngEncoder::new(out).write_image(&pixels, 64, 64, ExtendedColorType::Rgb8).map_err(io::Error::other)
}

fn write_jpeg(file: &Path, seed: usize) -> io::Result<()> {
    let pixels = pixels(512, 8, seed);
    let out = BufWriter::new(File::create(file)?);
    let encoder = JpegEncoder::new_with_quality(out, 90);
    encoder.write_image(&pixels, 512, 512, ExtendedColorType::Rgb8).map_err(io::Error::other)
}

/// Writes a picture of noise alone, which no compression makes smaller.
pub(crate) fn write_noise(file: &Path, size: usize, seed: usize) -> io::Result<()> {
    let mut draw = Draw(seed as u64);
    let pixels: Vec<u8> = (0..3 * size * size).map(|_| draw.next() as u8).collect();
    let (out, size) = (BufWriter::new(File::create(file)?), size as u32);
    let encoder = PngEncoder::new_with_quality(
        out,
        image::codecs::png::CompressionType::Fast,
        image::codecs::png::FilterType::NoFilter,
    );
    encoder.write_image(&pixels, size, size, ExtendedColorType::Rgb8).map_err(io::Error::other)
}

/// Returns red, green and blue of a square picture: waves of colours, with noise of a few levels.
fn pixels(size: usize, noise: u64, seed: usize) -> Vec<u8> {
    let mut draw = Draw(seed as u64);
    let mut wave = || (draw.uniform() * 0.2, draw.uniform() * 0.2, draw.uniform() * 6.3);
    let waves = [wave(), wave(), wave()];
    let scale = 64.0 / size as f64;
    let mut pixels = Vec::with_capacity(3 * size * size);
    for y in 0..size {
        for x in 0..size {
            for (a, b, c) in waves {
                let level = 127.0 + 100.0 * (a * x as f64 * scale + b * y as f64 * scale + c).sin();
                pixels.push((level as u64 + draw.next() % noise) as u8);
            }
        }
    }
    pixels
}

/// Writes a table of numbers with six digits, and a class of three that depends on them.
fn table(file: &Path, rows: usize) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("x{column}")).collect();
    writeln!(out, "{},class", names.join(","))?;
    let mut draw = Draw(7);
    for _ in 0..rows {
        let mut first = 0.0;
        for column in 0..COLUMNS {
            let number = (draw.uniform() - 0.5) * [1.0, 10.0, 1000.0][column % 3];
            first = if column == 0 { number } else { first };
            write!(out, "{number:.6},")?;
        }
        writeln!(
            out,
            "{}",
            if first < -0.2 {
                0
            } else if first < 0.2 {
                1
            } else {
                2
            }
        )?;
    }
    out.flush()
}

/// Random numbers.
struct Draw(u64);

impl Draw {
    /// Returns the next number, of splitmix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Returns a number from 0 to 1.
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
