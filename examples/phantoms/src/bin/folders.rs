//! Pictures to train with: `cargo run --release -p example-phantoms --bin folders -- FOLDER`.
//!
//! Writes 300 phantoms as PNG files of several sizes, grey and in colour, of 16 bits and with opacity:
//!
//! - `classes/healthy` and `classes/lesion`, a folder for each class, for `examples/lesions.net`
//! - `scans`, `masks` with the place of each lesion, and `scans.csv`, which says whose scan it is, for `examples/lesion_masks.net` and
//!   `examples/lesion_losses.net`
//! - `patients`, a picture of each patient, and `patients.csv`, a line about each in another order, for `examples/treatments.net`: lesions
//!   are treated in the young

#[path = "../phantom.rs"]
mod phantom;

use image::imageops::{FilterType, resize};
use image::{DynamicImage, ImageBuffer, Luma};
use phantom::{PIXELS, Phantom, SIDE};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

/// Phantoms of each kind.
const COUNT: usize = 150;
/// Scans of one patient.
const SCANS: usize = 3;
const SEED: u64 = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name the folder to write to")?);
    for name in ["classes/healthy", "classes/lesion", "scans", "masks", "patients"] {
        fs::create_dir_all(folder.join(name))?;
    }
    let mut list = String::from("file,mask,patient\n");
    for number in 0..COUNT {
        let (ill, well) = (Phantom::new(SEED, number, true), Phantom::new(SEED, COUNT + number, false));
        let name = format!("{number:03}.png");
        dressed(&ill.image, number).save(folder.join("classes/lesion").join(&name))?;
        dressed(&well.image, number).save(folder.join("classes/healthy").join(&name))?;
        for (phantom, patient) in [(&ill, 2 * number), (&well, 2 * number + 1)] {
            dressed(&phantom.image, number)
                .save(folder.join("patients").join(format!("{patient:03}.png")))?;
        }
        sized(&ill.image, number).save(folder.join("scans").join(&name))?;
        sized(&ill.mask, number).save(folder.join("masks").join(&name))?;
        writeln!(list, "scans/{name},masks/{name},P{:02}", number / SCANS)?;
    }
    fs::write(folder.join("scans.csv"), list)?;
    fs::write(folder.join("patients.csv"), patients())?;
    println!("{}: {} pictures in two classes, {COUNT} scans with masks", folder.display(), 2 * COUNT);
    Ok(())
}

/// Returns a table of patients, of whom every other one has a lesion.
fn patients() -> String {
    let mut table = String::from("patient,age,smokes,outcome\n");
    for patient in (0..2 * COUNT).map(|at| (at * 37 + 5) % (2 * COUNT)) {
        let (age, smokes) = (30 + patient * 29 % 50, ["no", "yes"][patient / 7 % 2]);
        let outcome = if patient % 2 == 0 && age < 60 { "treated" } else { "watched" };
        table += &format!("{patient:03},{age},{smokes},{outcome}\n");
    }
    table
}

/// Returns a picture of one of four modes.
fn dressed(pixels: &[f32; PIXELS], number: usize) -> DynamicImage {
    let grey = sized(pixels, number);
    match number % 4 {
        0 => grey,
        1 => grey.into_rgb8().into(),
        2 => grey.into_luma16().into(),
        _ => grey.into_rgba8().into(),
    }
}

/// Returns a picture of one of three sizes.
fn sized(pixels: &[f32; PIXELS], number: usize) -> DynamicImage {
    let side = [SIDE, SIDE + SIDE / 2, 2 * SIDE][number % 3] as u32;
    let byte =
        |x: u32, y: u32| (255.0 * pixels[y as usize * SIDE + x as usize].clamp(0.0, 1.0)).round() as u8;
    let image = ImageBuffer::from_fn(SIDE as u32, SIDE as u32, |x, y| Luma([byte(x, y)]));
    resize(&image, side, side, FilterType::Nearest).into()
}
