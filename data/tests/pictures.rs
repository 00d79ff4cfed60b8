//! Pictures are read with the pixels that Pillow and NumPy give; `pictures/golden.py` writes them.
#![cfg(feature = "pictures")]

use netwright_data::picture::{self, Decoder, Fit, Masks, Meaning, Pixels, Wanted};
use proptest::prelude::*;
use proptest::sample::select;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures")
}

fn fit(name: &str) -> Fit {
    match name {
        "exact" => Fit::Exact,
        "stretch" => Fit::Stretch,
        "pad" => Fit::Pad,
        "crop" => Fit::Crop,
        other => panic!("{other}"),
    }
}

fn is_built(name: &str) -> bool {
    cfg!(feature = "more-pictures") || [".png", ".jpg"].iter().any(|end| name.ends_with(end))
}

#[test]
fn pixels_equal_those_of_pillow() {
    let golden = std::fs::read_to_string(folder().join("golden.txt")).unwrap();
    let mut decoder = Decoder::new();
    let mut checked = 0;
    for line in golden.lines() {
        let mut words = line.split(' ');
        let mut next = || words.next().unwrap();
        let (name, channels) = (next(), next().parse().unwrap());
        let [height, width] = [next(), next()].map(|size| size.parse::<usize>().unwrap());
        let size = (height > 0).then_some([height, width]);
        let fit = fit(next());
        let background = next().parse().unwrap();
        let tolerance: f32 = next().parse().unwrap();
        let expected = next();
        if !is_built(name) {
            let error = decoder.read(&folder().join(name), &any_size(3)).unwrap_err();
            assert!(error.to_string().contains("this build reads only PNG and JPEG"), "{error}");
            continue;
        }
        let wanted = Wanted { channels, size, fit, background };
        let picture = decoder.read(&folder().join(name), &wanted).unwrap_or_else(|error| panic!("{error}"));
        let digits = expected.len() / picture.pixels.len();
        assert_eq!(expected.len(), digits * picture.pixels.len(), "{name} {wanted:?}");
        let most = if digits == 4 { 65535.0 } else { 255.0 };
        let worst = (picture.pixels.values().iter().enumerate())
            .map(|(i, value)| {
                let expected = u16::from_str_radix(&expected[digits * i..digits * (i + 1)], 16).unwrap();
                (value - f32::from(expected) / most).abs() * 255.0
            })
            .fold(0.0, f32::max);
        assert!(worst <= tolerance, "{name} {wanted:?}: off by {worst} of 255");
        let header = picture::header(&folder().join(name)).unwrap();
        if size.is_none() {
            assert_eq!((header.height, header.width), (picture.height, picture.width), "{name}");
            let bits = match picture.pixels {
                Pixels::Bytes(_) => ..=8,
                Pixels::Words(_) => ..=16,
                Pixels::Floats(_) => ..=32,
            };
            assert!(bits.contains(&header.bits), "{name}: {header:?}");
        }
        checked += 1;
    }
    assert!(checked > 70, "only {checked}");
}

fn any_size(channels: usize) -> Wanted {
    Wanted { channels, size: None, fit: Fit::Exact, background: 1.0 }
}

#[test]
fn a_file_that_is_cut_anywhere_is_an_error() {
    for name in ["cut.jpg", "cut.png"] {
        let error = Decoder::new().read(&folder().join(name), &any_size(3)).unwrap_err();
        assert!(error.to_string().contains("is cut off"), "{error}");
    }
    let others: &[&str] = if cfg!(feature = "more-pictures") {
        &[
            "rgb.tif",
            "alpha.tif",
            "bilevel.tif",
            "palette.tif",
            "rgb.bmp",
            "bilevel.bmp",
            "lossless.webp",
            "lossy.webp",
            "palette.gif",
            "transparent.gif",
        ]
    } else {
        &[]
    };
    let built = ["444.jpg", "progressive.jpg", "restarts.jpg", "grey.jpg", "rgb8.png", "grey1.png"];
    for name in built.iter().chain(others) {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        assert!(picture::decode(&bytes, &any_size(1)).is_ok());
        // The last three bytes of other formats may be none that a picture needs.
        let spare = if built.contains(name) { 0 } else { 3 };
        for end in 0..bytes.len() - spare {
            assert!(picture::decode(&bytes[..end], &any_size(1)).is_err(), "{name} of {end} bytes");
        }
    }
}

#[test]
fn classes_of_masks_equal_those_of_pillow() {
    const TABLE: [[u8; 3]; 4] = [[0, 0, 0], [128, 0, 0], [0, 128, 0], [255, 255, 0]];
    let golden = std::fs::read_to_string(folder().join("masks.txt")).unwrap();
    for line in golden.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let [name, meaning, height, width, way, expected] = words[..] else { panic!("{line}") };
        let meaning = match meaning {
            "indices" => Meaning::Indices,
            "yes" => Meaning::YesOrNo,
            _ => Meaning::Colours(&TABLE),
        };
        let size = Some([height.parse().unwrap(), width.parse().unwrap()]);
        let mask =
            picture::mask(&folder().join(name), &Masks { meaning, size, fit: fit(way), outside: 9 }).unwrap();
        let classes: String = mask.classes.iter().map(i32::to_string).collect();
        assert_eq!(classes, expected, "{name} {meaning:?} {size:?} {way}");
    }
}

#[derive(Clone, Debug)]
enum Change {
    Set(usize, u8),
    Flip(usize, u8),
    Remove(usize),
    Cut(usize),
    Copy(usize, usize, usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len().max(1);
        match *self {
            _ if bytes.is_empty() => {}
            Change::Set(at, byte) => bytes[at % length] = byte,
            Change::Flip(at, bit) => bytes[at % length] ^= 1 << (bit % 8),
            Change::Remove(at) => drop(bytes.remove(at % length)),
            Change::Cut(at) => bytes.truncate(at % length),
            Change::Copy(from, to, count) => {
                let from = from % length;
                let end = (from + count).min(length);
                let at = (to % length).min(length - (end - from));
                bytes.copy_within(from..end, at);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    // Headers are at the beginning: half of the changes are there.
    let place = || prop_oneof![0..200usize, any::<usize>()];
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (place(), any::<u8>()).prop_map(|(at, bit)| Change::Flip(at, bit)),
        place().prop_map(Change::Remove),
        place().prop_map(Change::Cut),
        (place(), place(), 0..64usize).prop_map(|(from, to, count)| Change::Copy(from, to, count)),
    ]
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = (std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|file| !file.extension().is_some_and(|end| end == "txt" || end == "py"))
        .collect();
    files.sort();
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn damaged_files_are_read_or_refused(
        file in select(files()),
        changes in proptest::collection::vec(change(), 1..4),
        channels in select(vec![1, 3, 4]),
        size in select(vec![None, Some([5, 3]), Some([20, 40])]),
        fit in select(vec![Fit::Stretch, Fit::Pad, Fit::Crop]),
    ) {
        let mut bytes = std::fs::read(&file).unwrap();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        match picture::decode(&bytes, &Wanted { channels, size, fit, background: 0.5 }) {
            Ok(picture) => {
                prop_assert_eq!(picture.pixels.len(), channels * picture.height * picture.width);
                prop_assert!(picture.pixels.values().iter().all(|value| value.is_finite()));
                prop_assert!(size.is_none_or(|size| size == [picture.height, picture.width]));
            }
            Err(problem) => prop_assert!(!problem.to_string().is_empty()),
        }
        for meaning in [Meaning::Indices, Meaning::YesOrNo, Meaning::Colours(&[[0; 3], [255; 3]])] {
            if let Ok(mask) = picture::decode_mask(&bytes, &Masks { meaning, size, fit, outside: 0 }) {
                prop_assert_eq!(mask.classes.len(), mask.height * mask.width);
            }
        }
    }
}

#[test]
fn a_size_that_is_too_large_is_refused_before_its_memory_is_taken() {
    let mut bytes = std::fs::read(folder().join("rgb8.png")).unwrap();
    let size = 20_000u32.to_be_bytes();
    bytes[16..20].copy_from_slice(&size);
    bytes[20..24].copy_from_slice(&size);
    // The checksum of the changed header.
    let sum = checksum(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&sum);
    let problem = picture::decode(&bytes, &any_size(3)).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "has 20000x20000 pixels of 3 channels; at most 134217728 samples are read"
    );
    assert_eq!(problem.help().unwrap(), "scale it down, or cut it into tiles");
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
