//! Pictures with labels and masks.

use super::{CLASSES, IGNORED, YES_OR_NO, drawn, message};
use crate::data::about::Origins;
use crate::data::{About, Dataset, Error, Inputs, Interface, TargetsRef};
use crate::recipe::{Column, Damaged, Fit, Loss, Pictures, Source};
use crate::weights::Normalization;
use netwright_data::picture::{Picture, Pixels, write_png};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PAIRS: Interface<'static> =
    Interface { input: &[1, 1, 2], output: &[2], loss: CLASSES, to_input: false };

/// Writes a grey picture of one row.
fn grey(file: &Path, bytes: &[u8]) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let pixels = Pixels::Bytes(bytes.to_vec());
    write_png(file, &Picture { channels: 1, height: 1, width: bytes.len(), pixels }).unwrap();
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    grey(&folder.path().join("scans/b/1.png"), &[0, 51]);
    grey(&folder.path().join("scans/a/2.png"), &[255, 102]);
    grey(&folder.path().join("scans/b/0.png"), &[153, 0]);
    folder
}

const SCANS: Pictures = Pictures { path: "scans", ..Pictures::USUAL };

fn load(folder: &TempDir, pictures: Pictures, interface: &Interface<'_>) -> Result<Dataset, String> {
    Dataset::training(&Source::Images(pictures), folder.path(), interface)
        .map_err(|error| message(&error, folder))
}

#[test]
fn a_folder_has_a_folder_for_each_class() {
    let folder = folder();
    let data = load(&folder, SCANS, &PAIRS).unwrap();
    assert_eq!(*data.inputs(), [1.0, 0.4, 0.6, 0.0, 0.0, 0.2]);
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 1, 1])));
    assert_eq!(data.classes(), ["a", "b"]);
    // A yes or no is the second class in alphabetical order.
    let one = Interface { output: &[1], loss: YES_OR_NO, ..PAIRS };
    let data = load(&folder, SCANS, &one).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Values(&[0.0, 1.0, 1.0])));
}

#[test]
fn a_list_names_pictures_and_labels() {
    let folder = folder();
    let list = "kind,path,patient\nwell,scans/a/2.png,P1\nill,scans/b/0.png,P2\nill,scans/b/1.png,P2\n";
    fs::write(folder.path().join("list.csv"), list).unwrap();
    let pictures = Pictures {
        path: "list.csv",
        file: &[Column::Named("path")],
        label: &[Column::Named("kind")],
        by: &[Column::Named("patient")],
        ..Pictures::USUAL
    };
    let data = load(&folder, pictures, &PAIRS).unwrap();
    assert_eq!(*data.inputs(), [1.0, 0.4, 0.6, 0.0, 0.0, 0.2]);
    assert_eq!(data.classes(), ["ill", "well"]);
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[1, 0, 0])));
    let (training, held_out) = data.split(&drawn(0.4), 3).unwrap();
    let together = [training, held_out].iter().any(|part| part.len() == 2 && part.inputs()[0] == 0.6);
    assert!(together, "both pictures of a patient are on one side");
}

#[test]
fn masks_are_found_by_name_and_move_with_their_meaning() {
    let folder = tempfile::tempdir().unwrap();
    for (name, picture, mask) in [("x", [0, 255], [0, 255]), ("y", [255, 0], [255, 0])] {
        grey(&folder.path().join(format!("photos/{name}.png")), &picture);
        grey(&folder.path().join(format!("masks/{name}.png")), &mask);
    }
    let pictures = Pictures { path: "photos", masks: "masks", ..Pictures::USUAL };
    let places = Interface { output: &[1, 1, 2], loss: YES_OR_NO, ..PAIRS };
    let data = load(&folder, pictures, &places).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Values(&[0.0, 1.0, 1.0, 0.0])));
    grey(&folder.path().join("masks/x.png"), &[1, 0]);
    grey(&folder.path().join("masks/y.png"), &[2, 1]);
    let classes = Interface { output: &[3, 1, 2], loss: CLASSES, ..PAIRS };
    let data = load(&folder, pictures, &classes).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[1, 0, 2, 1])));
    let two = load(&folder, pictures, &Interface { output: &[2, 1, 2], ..classes }).unwrap_err();
    fs::remove_file(folder.path().join("masks/y.png")).unwrap();
    let none = load(&folder, pictures, &classes).unwrap_err();
    insta::assert_snapshot!(format!("{two}\n\n{none}"));
}

#[test]
fn padding_around_masks_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    grey(&folder.path().join("photos/x.png"), &[0, 255]);
    grey(&folder.path().join("masks/x.png"), &[1, 0]);
    let pictures = Pictures { path: "photos", masks: "masks", fit: Fit::Pad, ..Pictures::USUAL };
    for (label, outside) in [(-100, IGNORED), (255, 255), (16_777_216, 16_777_216)] {
        let loss =
            Loss::WeightedCrossEntropy { logits: false, weights: &[], smoothing: 0.0, ignore: Some(label) };
        let square = Interface { input: &[1, 2, 2], output: &[2, 2, 2], loss, ..PAIRS };
        let data = load(&folder, pictures, &square).unwrap();
        let Some(TargetsRef::Classes(classes)) = data.targets() else { panic!("classes") };
        let mut counts = [0; 3];
        for &class in classes {
            counts[if class == outside { 2 } else { class as usize }] += 1;
        }
        assert_eq!(counts, [1, 1, 2], "{classes:?}");
    }
    // A class that there is not is a matter of its mask.
    grey(&folder.path().join("photos/y.png"), &[0, 255]);
    grey(&folder.path().join("masks/y.png"), &[2, 0]);
    let places = Interface { output: &[2, 1, 2], loss: CLASSES, ..PAIRS };
    let skipping = Pictures { damaged: Damaged::Skip, ..pictures };
    let data = load(&folder, skipping, &places).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[1, 0])));
    assert!(data.notes()[0].contains("masks/y.png"), "{:?}", data.notes());
}

#[test]
fn pictures_that_cannot_be_used() {
    let folder = folder();
    let mut messages = vec![load(&folder, Pictures { path: "none", ..SCANS }, &PAIRS).unwrap_err()];
    let three = Interface { output: &[3], ..PAIRS };
    messages.push(load(&folder, SCANS, &three).unwrap_err());
    let large = Interface { input: &[1, 2, 2], ..PAIRS };
    messages.push(load(&folder, SCANS, &large).unwrap_err());
    assert_eq!(load(&folder, Pictures { fit: Fit::Stretch, ..SCANS }, &large).unwrap().len(), 3);
    fs::write(folder.path().join("scans/b/3.png"), "no picture").unwrap();
    messages.push(load(&folder, SCANS, &PAIRS).unwrap_err());
    let data = load(&folder, Pictures { damaged: Damaged::Skip, ..SCANS }, &PAIRS).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 1, 1])));
    messages.push(data.notes()[0].replace(&format!("{}/", folder.path().display()), ""));
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn pictures_in_both_parts_are_found() {
    let folder = folder();
    grey(&folder.path().join("test/b/9.png"), &[0, 51]);
    grey(&folder.path().join("test/a/8.png"), &[1, 2]);
    let training = load(&folder, SCANS, &PAIRS).unwrap();
    let test = load(&folder, Pictures { path: "test", ..SCANS }, &PAIRS).unwrap();
    let found = test.shared_pictures(&training);
    assert_eq!(found.len(), 1);
    assert!(found[0][0].ends_with("9.png") && found[0][1].ends_with("b/1.png"), "{found:?}");
    assert!(training.shared_pictures(&Dataset { origins: Origins::Unknown, ..training.clone() }).len() == 3);
}

#[test]
fn pictures_to_predict_for() {
    let folder = folder();
    let source = Source::Images(SCANS);
    let about = load(&folder, SCANS, &PAIRS).unwrap().about().clone();
    let predict = |path: &str, about: &About| {
        Dataset::to_predict(&folder.path().join(path), Some(&source), &PAIRS, about)
    };
    let all = |inputs: Inputs| inputs.all(&Normalization::default()).unwrap();
    let one = all(predict("scans/a/2.png", &about).unwrap());
    assert_eq!((one.files().len(), one.inputs()), (1, &[1.0, 0.4][..]));
    let several = all(predict("scans", &about).unwrap());
    assert_eq!((several.len(), several.files()[0].ends_with("scans/a/2.png")), (3, true));
    fs::write(folder.path().join("table.csv"), "1,2\n").unwrap();
    let other = predict("table.csv", &about).unwrap_err();
    // Pictures that cannot be used have no samples, if that is wanted and there are others.
    fs::write(folder.path().join("scans/a/1.png"), "no picture").unwrap();
    fs::write(folder.path().join("scans/b/0.png"), "none, either").unwrap();
    let refused = predict("scans", &about).unwrap().all(&Normalization::default()).unwrap_err();
    assert!(refused.to_string().contains("1.png") && refused.to_string().contains("1 more"), "{refused}");
    let skipping = Source::Images(Pictures { damaged: Damaged::Skip, ..SCANS });
    let skip =
        |path: &str| Dataset::to_predict(&folder.path().join(path), Some(&skipping), &PAIRS, &about).unwrap();
    let mut names = vec![];
    let told = skip("scans").each(&Normalization::default(), |part| -> Result<(), Error> {
        names.extend(part.files().iter().map(|file| file.file_name().unwrap().to_owned()));
        Ok(())
    });
    assert_eq!(names, ["2.png", "1.png"]);
    assert!(told.unwrap()[0].starts_with("2 files are left out: "));
    assert!(skip("scans/a/1.png").all(&Normalization::default()).is_err());
    insta::assert_snapshot!(message(&other, &folder));
}
