//! Volumes with masks, labels and folders of classes.

use super::{CLASSES, IGNORED, YES_OR_NO, drawn, message};
use crate::data::{About, Dataset, Error, Inputs, Interface, Kind, TargetsRef, Volumes};
use crate::recipe::{Column, Damaged, Fit, Loss, Nifti, Plane, Source};
use crate::weights::Normalization;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Two classes of volumes of two slices.
const HEADS: Interface<'static> =
    Interface { input: &[1, 2, 1, 2], output: &[2], loss: CLASSES, to_input: false };

/// Writes a volume of bytes, whose first axis is contiguous; `right` is the distance of its voxels to the right, which is negative if they go
/// to the left.
fn nifti(file: &Path, shape: [u8; 3], right: f32, voxels: &[u8]) {
    let mut bytes = vec![0; 352];
    let mut put = |offset: usize, field: &[u8]| bytes[offset..offset + field.len()].copy_from_slice(field);
    put(0, &348i32.to_le_bytes());
    put(40, &[3, 0, shape[0], 0, shape[1], 0, shape[2], 0, 1, 0, 1, 0, 1, 0, 1, 0]);
    put(70, &2i16.to_le_bytes());
    put(108, &352f32.to_le_bytes());
    put(254, &1i16.to_le_bytes());
    for (row, number) in [right, 1.0, 1.0].into_iter().enumerate() {
        put(280 + 20 * row, &number.to_le_bytes());
    }
    put(344, b"n+1\0");
    bytes.extend(voxels);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, bytes).unwrap();
}

/// A folder of three volumes; the second one goes to the left.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    nifti(&place("heads/ill/1.nii"), [2, 1, 2], 1.0, &[1, 2, 3, 4]);
    nifti(&place("heads/ill/2.nii"), [2, 1, 2], -1.0, &[5, 6, 7, 8]);
    nifti(&place("heads/well/3.nii"), [2, 1, 2], 1.0, &[9, 10, 11, 12]);
    fs::write(place("heads/notes.txt"), "not a volume").unwrap();
    folder
}

const VOLUMES: Nifti = Nifti { path: "heads", ..Nifti::USUAL };

fn load(folder: &TempDir, volumes: Nifti, interface: &Interface<'_>) -> Result<Dataset, String> {
    Dataset::training(&Source::Nifti(volumes), folder.path(), interface)
        .map_err(|error| message(&error, folder))
}

#[test]
fn volumes_are_turned_and_their_slices_lie_from_bottom_to_top() {
    let folder = folder();
    let data = load(&folder, VOLUMES, &HEADS).unwrap();
    assert_eq!(*data.inputs(), [1.0, 2.0, 3.0, 4.0, 6.0, 5.0, 8.0, 7.0, 9.0, 10.0, 11.0, 12.0]);
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 0, 1])));
    assert_eq!(data.classes(), ["ill", "well"]);
    insta::assert_snapshot!(data.notes().join("\n"), @"3 volumes of 2 x 1 x 2 voxels, 1 x 1 x 1 mm apart to the right, to the front and up, turned from LAS, RAS to RAS");
}

#[test]
fn slices_of_a_volume_are_on_one_side() {
    let folder = folder();
    let slices = Interface { input: &[1, 1, 2], ..HEADS };
    let data = load(&folder, Nifti { slices: Some(Plane::Axial), ..VOLUMES }, &slices).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 0, 0, 0, 1, 1])));
    for seed in 0..4 {
        let (training, held_out) = data.clone().split(&drawn(0.34), seed).unwrap();
        assert_eq!((training.len() % 2, held_out.len()), (0, 2));
        assert!((held_out.inputs()[0] - held_out.inputs()[2]).abs() == 2.0);
    }
    assert!(data.shared_pictures(&data).iter().all(|[one, other]| one == other && one.contains("slice ")));
}

#[test]
fn a_table_says_labels_and_patients() {
    let folder = folder();
    let table = "volume,patient,age\n1,P1,50\n3.nii,P2,60\nill/2,P1,55\nunknown,P3,1\n";
    fs::write(folder.path().join("ages.csv"), table).unwrap();
    let one =
        Interface { output: &[1], loss: crate::recipe::Loss::Each(crate::recipe::Pointwise::Mse), ..HEADS };
    let source = Nifti { labels: "ages.csv", by: &[Column::Named("patient")], ..VOLUMES };
    let data = load(&folder, source, &one).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Values(&[50.0, 55.0, 60.0])));
    let (training, held_out) = data.clone().split(&drawn(0.34), 0).unwrap();
    assert_eq!(training.len() + held_out.len(), 3);
    assert!([training.len(), held_out.len()].contains(&1), "both volumes of a patient are on one side");
    assert!(data.notes()[1].ends_with("1 line speaks of no scan in the folder"), "{:?}", data.notes());
    fs::write(folder.path().join("ages.csv"), "volume,age\n1,50\n2,4\n").unwrap();
    let missing = load(&folder, Nifti { labels: "ages.csv", ..VOLUMES }, &one).unwrap_err();
    fs::write(folder.path().join("ages.csv"), "volume,age\n1,50\n2,4\n1,3\n").unwrap();
    let twice = load(&folder, Nifti { labels: "ages.csv", ..VOLUMES }, &one).unwrap_err();
    insta::assert_snapshot!(format!("{missing}\n\n{twice}"));
}

#[test]
fn masks_are_found_by_name_and_turned_as_their_volumes() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    nifti(&place("masks/1.nii"), [2, 1, 2], -1.0, &[0, 1, 2, 0]);
    nifti(&place("masks/ill/2.nii"), [2, 1, 2], -1.0, &[0, 1, 0, 0]);
    nifti(&place("masks/well/3.nii"), [2, 1, 2], 1.0, &[1, 1, 1, 1]);
    let source = Nifti { masks: "masks", ..VOLUMES };
    let yes = Interface { output: &[1, 2, 1, 2], loss: YES_OR_NO, ..HEADS };
    let data = load(&folder, source, &yes).unwrap();
    let wanted = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    assert_eq!(data.targets(), Some(TargetsRef::Values(&wanted)));
    let classes = Interface { output: &[3, 2, 1, 2], loss: CLASSES, ..HEADS };
    let data = load(&folder, source, &classes).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[1, 0, 0, 2, 1, 0, 0, 0, 1, 1, 1, 1])));
    let shares = Interface { output: &[3, 2, 1, 2], loss: YES_OR_NO, ..HEADS };
    let data = load(&folder, source, &shares).unwrap();
    let Some(TargetsRef::Values(values)) = data.targets() else { panic!("shares") };
    assert_eq!(values[..12], [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    let padded = Interface { input: &[1, 2, 2, 2], output: &[1, 2, 2, 2], ..yes };
    let data = load(&folder, Nifti { fit: Fit::Pad, background: -7.0, ..source }, &padded).unwrap();
    assert_eq!(data.inputs()[..8], [1.0, 2.0, -7.0, -7.0, 3.0, 4.0, -7.0, -7.0]);
    let Some(TargetsRef::Values(values)) = data.targets() else { panic!("shares") };
    assert_eq!(values[..8], [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    let ignoring = Interface {
        loss: Loss::WeightedCrossEntropy { logits: false, weights: &[], smoothing: 0.0, ignore: Some(-100) },
        output: &[3, 2, 2, 2],
        ..padded
    };
    let data = load(&folder, Nifti { fit: Fit::Pad, ..source }, &ignoring).unwrap();
    let Some(TargetsRef::Classes(places)) = data.targets() else { panic!("classes") };
    assert_eq!(places[..8], [1, 0, IGNORED, IGNORED, 0, 2, IGNORED, IGNORED]);
    let two = load(&folder, source, &Interface { output: &[2, 2, 1, 2], ..classes }).unwrap_err();
    nifti(&place("masks/well/3.nii"), [1, 1, 2], 1.0, &[1, 1]);
    let grid = load(&folder, source, &classes).unwrap_err();
    fs::remove_file(place("masks/1.nii")).unwrap();
    let none = load(&folder, source, &classes).unwrap_err();
    insta::assert_snapshot!(format!("{two}\n\n{grid}\n\n{none}"));
}

#[test]
fn volumes_that_cannot_be_used() {
    let folder = folder();
    let mut messages = vec![load(&folder, Nifti { path: "none", ..VOLUMES }, &HEADS).unwrap_err()];
    messages.push(load(&folder, VOLUMES, &Interface { input: &[1, 2, 2, 2], ..HEADS }).unwrap_err());
    messages.push(load(&folder, VOLUMES, &Interface { input: &[2, 2, 1, 2], ..HEADS }).unwrap_err());
    nifti(&folder.path().join("heads/4.nii"), [2, 1, 2], 1.0, &[0; 4]);
    messages.push(load(&folder, VOLUMES, &HEADS).unwrap_err());
    messages.push(load(&folder, Nifti { path: "heads/ill", ..VOLUMES }, &HEADS).unwrap_err());
    fs::remove_file(folder.path().join("heads/4.nii")).unwrap();
    fs::write(folder.path().join("heads/well/0.nii"), "no volume").unwrap();
    messages.push(load(&folder, VOLUMES, &HEADS).unwrap_err());
    let data = load(&folder, Nifti { damaged: Damaged::Skip, ..VOLUMES }, &HEADS).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 0, 1])));
    messages.push(data.notes()[0].replace(&format!("{}/", folder.path().display()), ""));
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn volumes_to_predict_for_are_seen_as_those_to_train_with() {
    let folder = folder();
    let slices = Interface { input: &[1, 1, 2], ..HEADS };
    let trained = Source::Nifti(Nifti { slices: Some(Plane::Axial), ..VOLUMES });
    let about = Dataset::training(&trained, folder.path(), &slices).unwrap().about().clone();
    let kept = About { kind: Kind::from_lines(&about.kind.lines()).unwrap(), ..about.clone() };
    assert_eq!(kept, about);
    let expected = Volumes { slices: Some(Plane::Axial), spacing: 0.0, fit: Fit::Exact, background: 0.0 };
    assert_eq!(about.kind, Kind::Volumes(expected));
    // The recipe was changed since.
    let changed = Source::Nifti(VOLUMES);
    let predict =
        |path: &str| Dataset::to_predict(&folder.path().join(path), Some(&changed), &slices, &about);
    let all = |inputs: Inputs| inputs.all(&Normalization::default()).unwrap();
    let one = all(predict("heads/ill/2.nii").unwrap());
    assert_eq!((one.len(), one.slices().len(), one.slices()[1].1), (2, 2, 1));
    assert_eq!(one.inputs(), [6.0, 5.0, 8.0, 7.0]);
    assert_eq!(all(predict("heads").unwrap()).len(), 6);
    let again = Dataset::again(&changed, folder.path(), &slices, &about).unwrap();
    assert_eq!(again.len(), 6);
    // A damaged volume has no samples, if that is wanted.
    fs::write(folder.path().join("heads/ill/0.nii"), "no volume").unwrap();
    let refused = predict("heads").unwrap().all(&Normalization::default()).unwrap_err();
    assert!(refused.to_string().contains("0.nii"), "{refused}");
    let skipping = Source::Nifti(Nifti { damaged: Damaged::Skip, ..VOLUMES });
    let skip = Dataset::to_predict(&folder.path().join("heads"), Some(&skipping), &slices, &about).unwrap();
    let mut count = 0;
    let told = skip.each(&Normalization::default(), |part| -> Result<(), Error> {
        count += part.len();
        Ok(())
    });
    assert_eq!(count, 6);
    assert!(told.unwrap()[0].starts_with("1 file is left out: "));
    fs::write(folder.path().join("table.csv"), "1,2\n").unwrap();
    let other = predict("table.csv").unwrap_err();
    assert!(other.to_string().contains("trained with volumes of NIfTI"), "{other}");
}

#[test]
fn volumes_are_resampled_to_a_spacing() {
    let folder = tempfile::tempdir().unwrap();
    nifti(&folder.path().join("heads/a/1.nii"), [2, 1, 2], 2.0, &[0, 100, 0, 100]);
    nifti(&folder.path().join("heads/b/1.nii"), [4, 1, 2], 1.0, &[1, 2, 3, 4, 5, 6, 7, 8]);
    let wide = Interface { input: &[1, 2, 1, 4], ..HEADS };
    let data = load(&folder, Nifti { spacing: 1.0, ..VOLUMES }, &wide).unwrap();
    assert_eq!(data.inputs()[..8], [0.0, 25.0, 75.0, 100.0, 0.0, 25.0, 75.0, 100.0]);
    assert!(data.notes()[0].contains("2 to 4 x 1 x 2 voxels, 1 to 2 x 1 x 1 mm"), "{:?}", data.notes());
}

#[test]
fn what_is_made_of_a_volume_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.nii");
    // Three voxels to the left, two to the front, one up.
    nifti(&file, [3, 2, 1], -2.0, &[1, 2, 3, 4, 5, 6]);
    let affine = |input: &[usize], fit: Fit| {
        let interface = Interface { input, ..HEADS };
        let source = Source::Nifti(Nifti { fit, ..VOLUMES });
        let inputs = Dataset::to_predict(&file, Some(&source), &interface, &About::default()).unwrap();
        inputs.all(&Normalization::default()).unwrap().affines()[0]
    };
    let place = |affine: [[f64; 4]; 3], at: [f64; 3]| {
        affine.map(|row| (0..3).map(|axis| row[axis] * at[axis]).sum::<f64>() + row[3])
    };
    assert_eq!(place(affine(&[1, 1, 2, 3], Fit::Exact), [0.0; 3]), [-4.0, 0.0, 0.0]);
    // The edges are where they were.
    for (input, first, last) in [
        ([1, 2, 4, 6], [-5.0, -0.5, -0.5], [1.0, 1.5, 0.5]),
        ([1, 1, 1, 2], [-5.0, -0.5, -0.5], [1.0, 1.5, 0.5]),
    ] {
        let stretched = affine(&input, Fit::Stretch);
        let [up, front, right] = [input[1], input[2], input[3]].map(|len| len as f64 - 0.5);
        assert_eq!((place(stretched, [-0.5; 3]), place(stretched, [right, front, up])), (first, last));
    }
    // The volume has two rows in front, two behind, and a slice below.
    let padded = affine(&[1, 3, 6, 3], Fit::Pad);
    assert_eq!(place(padded, [0.0, 2.0, 1.0]), [-4.0, 0.0, 0.0]);
    assert_eq!(place(padded, [2.0, 3.0, 1.0]), [0.0, 1.0, 0.0]);
}
