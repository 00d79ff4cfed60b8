//! Arrays of NumPy with targets.

use super::{CLASSES, message};
use crate::data::{About, Dataset, Interface, TargetsRef};
use crate::recipe::{Arrays, Cache, Loss, Source};
use crate::weights::Normalization;
use flate2::Crc;
use std::fs;
use tempfile::TempDir;

const PAIRS: Interface<'static> =
    Interface { input: &[2, 1, 1], output: &[2], loss: CLASSES, to_input: false };

/// Returns an array of unsigned bytes as NumPy saves it.
fn npy(shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

/// Returns a ZIP archive whose members are not compressed.
fn npz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut file, mut directory) = (vec![], vec![]);
    for (name, bytes) in members {
        let name = format!("{name}.npy");
        let mut crc = Crc::new();
        crc.update(bytes);
        let size = (bytes.len() as u32).to_le_bytes();
        let common = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &crc.sum().to_le_bytes(),
            &size,
            &size,
            &(name.len() as u16).to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        let offset = (file.len() as u32).to_le_bytes();
        directory.extend([&b"PK\x01\x02\x14\0"[..], &common, &[0; 10], &offset, name.as_bytes()].concat());
        file.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), bytes].concat());
    }
    let [size, offset] = [directory.len(), file.len()].map(|number| (number as u32).to_le_bytes());
    let count = (members.len() as u16).to_le_bytes();
    file.extend(directory);
    file.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &size, &offset, &[0, 0]].concat());
    file
}

/// Returns a folder with arrays in the layout of MedMNIST.
fn medmnist() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let part = |name: &'static str, images: &[u8], labels: &[u8]| {
        let shape = format!("({}, 1, 1, 2)", labels.len());
        let labels_shape = format!("({}, 1)", labels.len());
        let names = ["images", "labels"].map(|kind| format!("{name}_{kind}"));
        [npy(&shape, images), npy(&labels_shape, labels)].into_iter().zip(names).collect::<Vec<_>>()
    };
    let parts = [
        part("train", &[0, 51, 102, 153, 204, 255], &[0, 1, 1]),
        part("val", &[255, 0], &[1]),
        part("test", &[0, 255, 255, 255], &[0, 1]),
    ];
    let members: Vec<(&str, Vec<u8>)> =
        parts.iter().flatten().map(|(bytes, name)| (&name[..], bytes.clone())).collect();
    fs::write(folder.path().join("mnist.npz"), npz(&members)).unwrap();
    folder
}

const MEDMNIST: Source = Source::Arrays(Arrays { path: "mnist.npz", ..Arrays::USUAL });

#[test]
fn parts_are_found_by_their_names() {
    let folder = medmnist();
    let training = Dataset::training(&MEDMNIST, folder.path(), &PAIRS).unwrap();
    assert_eq!(*training.inputs(), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    assert_eq!(training.targets(), Some(TargetsRef::Classes(&[0, 1, 1])));
    assert!(Dataset::has_held_out(&MEDMNIST, folder.path()).unwrap());
    let about = training.about();
    let held_out = Dataset::held_out(&MEDMNIST, folder.path(), &PAIRS, about).unwrap();
    assert_eq!(held_out.targets(), Some(TargetsRef::Classes(&[1])));
    let test = Dataset::testing(&MEDMNIST, None, folder.path(), &PAIRS, about).unwrap().unwrap();
    assert_eq!(*test.inputs(), [0.0, 1.0, 1.0, 1.0]);
    let file = folder.path().join("mnist.npz");
    let inputs = Dataset::to_predict(&file, Some(&MEDMNIST), &PAIRS, about).unwrap();
    assert_eq!(inputs.all(&Normalization::default()).unwrap().inputs(), [0.0, 1.0, 1.0, 1.0]);
}

#[test]
fn arrays_that_do_not_fit() {
    let folder = medmnist();
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).unwrap();
    write("x.npy", npy("(2, 2)", &[0, 255, 255, 0]));
    write("y.npy", npy("(2,)", &[1, 0]));
    write("short.npy", npy("(1,)", &[1]));
    let load = |path, targets, input| {
        let source = Source::Arrays(Arrays { path, targets, ..Arrays::USUAL });
        let interface = Interface { input, ..PAIRS };
        Dataset::training(&source, folder.path(), &interface).map_err(|error| message(&error, &folder))
    };
    let data = load("x.npy", "y.npy", &[2]).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[1, 0])));
    // What cannot be read is no file without a test set.
    let bytes = fs::read(folder.path().join("mnist.npz")).unwrap();
    fs::write(folder.path().join("mnist.npz"), &bytes[..bytes.len() / 2]).unwrap();
    let cut = Dataset::has_held_out(&MEDMNIST, folder.path()).unwrap_err();
    assert!(cut.to_string().contains("mnist.npz"), "{cut}");
    let none = Dataset::testing(&MEDMNIST, None, folder.path(), &PAIRS, &About::default()).unwrap_err();
    assert_eq!(none.to_string(), cut.to_string());
    fs::write(folder.path().join("mnist.npz"), bytes).unwrap();
    let messages = [
        load("x.npy", "short.npy", &[2]).unwrap_err(),
        load("x.npy", "y.npy", &[3]).unwrap_err(),
        load("x.npy", "z.npy", &[2]).unwrap_err(),
        load("mnist.npz", "", &[3, 1, 1]).unwrap_err(),
    ];
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn places_that_do_not_count_may_be_negative() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).unwrap();
    write("x.npy", npy("(2, 1, 1, 2)", &[0, 255, 255, 0]));
    // -100 as a byte with a sign.
    let mut signed = npy("(2, 1, 2)", &[1, 156, 0, 1]);
    let at = signed.windows(3).position(|bytes| bytes == b"|u1").unwrap();
    signed[at + 1] = b'i';
    write("y.npy", signed);
    let loss = Loss::WeightedCrossEntropy { logits: false, weights: &[], smoothing: 0.0, ignore: Some(-100) };
    let interface = Interface { input: &[1, 1, 2], output: &[2, 1, 2], loss, to_input: false };
    let source = Source::Arrays(Arrays { path: "x.npy", targets: "y.npy", ..Arrays::USUAL });
    let data = Dataset::training(&source, folder.path(), &interface).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[1, -100_i32 as u32, 0, 1])));
}

#[test]
fn nothing_changes_with_the_place_of_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).unwrap();
    let pixels: Vec<u8> = (0..120).map(|i| (i * 37 % 251) as u8).collect();
    let floats: Vec<f32> = pixels.iter().map(|&pixel| f32::from(pixel) / 7.0 - 3.0).collect();
    let classes: Vec<u8> = (0..20).map(|i| i % 2).collect();
    let with_kind = |kind: &str, shape: &str, bytes: &[u8]| {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
    };
    write("y.npy", npy("(20,)", &classes));
    write("bytes.npy", npy("(20, 1, 2, 3)", &pixels));
    let bytes: Vec<u8> = floats.iter().flat_map(|number| number.to_le_bytes()).collect();
    write("floats.npy", with_kind("<f4", "(20, 1, 2, 3)", &bytes));
    let words: Vec<u8> = pixels.iter().flat_map(|&pixel| (u16::from(pixel) * 200).to_le_bytes()).collect();
    write("words.npy", with_kind("<u2", "(20, 1, 2, 3)", &words));
    write("a.npz", npz(&[("x", npy("(20, 1, 2, 3)", &pixels)), ("y", npy("(20,)", &classes))]));
    // The last axis is that of the channels.
    let interface = Interface { input: &[3, 1, 2], output: &[2], loss: CLASSES, to_input: false };
    let load = |path: &'static str, cache: Cache| {
        let (inputs, targets) = if path == "a.npz" { ("x", "y") } else { ("", "y.npy") };
        let source = Source::Arrays(Arrays { path, inputs, targets, cache, ..Arrays::USUAL });
        Dataset::training(&source, folder.path(), &interface).unwrap()
    };
    let asked = |data: Dataset| {
        let scaling = data.normalization(crate::recipe::Scaling::Standardize).unwrap();
        let prints = data.fingerprints();
        let (mut training, held_out) = data.split(&super::drawn(0.25), 3).unwrap();
        training.scale_later(scaling.clone());
        let mut batches = crate::data::Batches::new(&training, 4);
        batches.shuffle(1, 0);
        let mut inputs = held_out.inputs().to_vec();
        while let Some(batch) = batches.next().unwrap() {
            inputs.extend_from_slice(batch.inputs);
        }
        (inputs, scaling, prints)
    };
    for path in ["bytes.npy", "floats.npy", "words.npy", "a.npz"] {
        let memory = load(path, Cache::Found);
        assert!(!memory.is_streamed() && memory.notes().is_empty(), "{path}");
        let memory = asked(memory);
        for cache in [Cache::None, Cache::Disk] {
            let data = load(path, cache);
            assert!(data.is_streamed(), "{path}");
            assert_eq!(data.notes().len(), usize::from(path == "a.npz" && cache == Cache::None));
            assert_eq!(asked(data), memory, "{path} {cache:?}");
        }
    }
    // Numbers of 64 bits are not rounded before they are scaled.
    let doubles: Vec<u8> = floats.iter().flat_map(|&number| f64::from(number).to_le_bytes()).collect();
    write("doubles.npy", with_kind("<f8", "(20, 1, 2, 3)", &doubles));
    let wide = load("doubles.npy", Cache::None);
    assert!(!wide.is_streamed() && wide.notes()[0].contains("float64 stay in memory"), "{:?}", wide.notes());
    // What is cut off, or not finite, is told when it is seen first.
    let error = |name: &'static str| {
        let source =
            Source::Arrays(Arrays { path: name, targets: "y.npy", cache: Cache::None, ..Arrays::USUAL });
        Dataset::training(&source, folder.path(), &interface).unwrap_err().to_string()
    };
    let mut bytes = bytes;
    bytes[4 * 100..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    write("nan.npy", with_kind("<f4", "(20, 1, 2, 3)", &bytes));
    assert!(error("nan.npy").contains("16"), "{}", error("nan.npy"));
    write("cut.npy", with_kind("<f4", "(20, 1, 2, 3)", &bytes[..300]));
    assert!(error("cut.npy").contains("480") && error("cut.npy").contains("300"), "{}", error("cut.npy"));
}
