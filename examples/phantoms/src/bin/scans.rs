//! Volumes to train with: `cargo run --release -p example-phantoms --bin scans -- FOLDER`.
//!
//! Writes heads that never were:
//!
//! - `volumes` and `volume_masks`, 40 NIfTI files each, of several orientations and distances of slices, for `examples/head_lesions.net`
//! - `series`, 240 CT series of 120 patients as DICOM files, a slice in each, and `series.csv`, which says who has a bleeding, for
//!   `examples/bleedings.net`
//! - `test_volumes`, `test_volume_masks`, `test_series` and `test_series.csv`, other heads to measure with at the end: 20 volumes, and 80
//!   series of 40 patients

#[path = "../formats.rs"]
mod formats;
#[path = "../head.rs"]
mod head;

use formats::{Slice, Volume};
use head::{Head, Matter, place};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const SEED: u64 = 3;
/// Volumes of NIfTI to train with, and to test with.
const VOLUMES: [usize; 2] = [40, 20];
/// Patients of the series of DICOM, half of whom have a bleeding, to train with and to test with.
const PATIENTS: [usize; 2] = [120, 40];
/// The beginnings of the names of both parts.
const PARTS: [&str; 2] = ["", "test_"];
/// Series of one patient.
const SERIES: usize = 2;
/// Pixels of a side.
const SIDE: usize = 32;
/// Slices of a series.
const SLICES: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name the folder to write to")?);
    let (mut volumes, mut patients) = (0, 0);
    for (part, [new_volumes, new_patients]) in
        PARTS.into_iter().zip([0, 1].map(|at| [VOLUMES[at], PATIENTS[at]]))
    {
        let place = |name: &str| folder.join(format!("{part}{name}"));
        for name in ["volumes", "volume_masks", "series"] {
            fs::create_dir_all(place(name))?;
        }
        for number in volumes..volumes + new_volumes {
            volume(&place("volumes"), &place("volume_masks"), number)?;
        }
        let mut list = String::from("PatientID,bleeding\n");
        for patient in patients..patients + new_patients {
            let ill = patient % 2 == 1;
            let id = format!("P{patient:03}");
            writeln!(list, "{id},{}", if ill { "yes" } else { "no" })?;
            for visit in 0..SERIES {
                series(&place("series"), &id, SERIES * patient + visit, ill)?;
            }
        }
        fs::write(place("series.csv"), list)?;
        (volumes, patients) = (volumes + new_volumes, patients + new_patients);
    }
    println!(
        "{}: {volumes} volumes with masks, {} series of {patients} patients",
        folder.display(),
        SERIES * patients
    );
    Ok(())
}

/// Writes a volume and its mask, of one of three orientations and two distances of slices.
fn volume(volumes: &Path, masks: &Path, number: usize) -> Result<(), Box<dyn Error>> {
    let mut head = Head::new(SEED, number, true);
    let axes = [
        [(0, false), (1, false), (2, false)],
        [(0, true), (1, false), (2, false)],
        [(1, true), (2, false), (0, false)],
    ][number % 3];
    let (slices, distance) = [(30, 2.0), (20, 3.0)][number % 2];
    let (shape, spacing) = ([SIDE, SIDE, slices], [2.0, 2.0, distance]);
    let (mut image, mut mask) = (vec![], vec![]);
    for right in 0..shape[0] {
        for front in 0..shape[1] {
            for up in 0..shape[2] {
                let place = place([right, front, up], shape);
                let matter = head.at(place);
                let bright = match matter {
                    Matter::Air => 0.0,
                    Matter::Skull => 0.65,
                    Matter::Tissue => 0.45,
                    Matter::Ventricle => 0.25,
                    Matter::Lesion => 0.63,
                };
                let intensity = bright * head.field(place) + 0.05 * head.noise();
                image.push((1000.0 * intensity).round() as i16);
                mask.push(i16::from(matter == Matter::Lesion));
            }
        }
    }
    let name = format!("{number:03}.nii");
    let file = |stored: &[i16], slope| Volume { shape, spacing, axes, stored, slope }.to_nifti();
    fs::write(volumes.join(&name), file(&image, 0.001))?;
    fs::write(masks.join(&name), file(&mask, 1.0))?;
    Ok(())
}

/// Writes the slices of a series, whose files are not in the order of their places.
fn series(folder: &Path, patient: &str, number: usize, ill: bool) -> Result<(), Box<dyn Error>> {
    let mut head = Head::new(SEED + 1, number, ill);
    let folder = folder.join(format!("{patient}_{}", number % SERIES));
    fs::create_dir_all(&folder)?;
    let shape = [SIDE, SIDE, SLICES];
    let uid = format!("1.2.826.0.1.3680043.10.{}", 1000 + number);
    for up in 0..SLICES {
        let mut pixels = vec![];
        for back in 0..SIDE {
            for left in 0..SIDE {
                let place = place([SIDE - 1 - left, SIDE - 1 - back, up], shape);
                let units = match head.at(place) {
                    Matter::Air => -1000.0,
                    Matter::Skull => 700.0,
                    Matter::Tissue => 33.0,
                    Matter::Ventricle => 8.0,
                    Matter::Lesion => 62.0,
                };
                pixels.push((units + 6.0 * head.noise()).round() as i16);
            }
        }
        let slice = Slice {
            patient,
            series: &uid,
            number: up + 1,
            spacing: 6.0,
            height: 12.0 * up as f32,
            pixels: &pixels,
            side: SIDE as u16,
        };
        // 5 and the number of slices have no common divisor.
        fs::write(folder.join(format!("{:02}.dcm", 5 * up % SLICES)), slice.to_dicom())?;
    }
    Ok(())
}
