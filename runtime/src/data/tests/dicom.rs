//! Scans with labels of a table and folders of classes.

use super::{CLASSES, drawn, message};
use crate::data::{About, Dataset, Error, Inputs, Interface, Kind, TargetsRef};
use crate::recipe::{Column, Damaged, Dicom, Fit, Source};
use crate::weights::Normalization;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PAIRS: Interface<'static> =
    Interface { input: &[1, 1, 2], output: &[2], loss: CLASSES, to_input: false };
const SERIES: Interface<'static> = Interface { input: &[1, 2, 1, 2], ..PAIRS };

/// A scan to write.
#[derive(Clone)]
struct Scan {
    patient: &'static str,
    series: &'static str,
    /// The height of the slice.
    height: &'static str,
    inverted: bool,
    frames: &'static str,
    pixels: Vec<i16>,
}

impl Scan {
    fn new(patient: &'static str, pixels: &[i16]) -> Scan {
        let pixels = pixels.to_vec();
        Scan { patient, series: "1.2", height: "0", inverted: false, frames: "1", pixels }
    }

    /// Writes rows of two pixels: signed, with a slope of 2 and a window from 0 to 100.
    fn write(&self, file: &Path) {
        let mut bytes = [&[0; 128][..], b"DICM"].concat();
        let mut put = |tag: u32, vr: &[u8; 2], value: &[u8]| {
            bytes.extend([((tag >> 16) as u16).to_le_bytes(), (tag as u16).to_le_bytes()].concat());
            bytes.extend(vr);
            let len = value.len() + value.len() % 2;
            match vr {
                b"OW" => bytes.extend([&[0, 0], &(len as u32).to_le_bytes()[..]].concat()),
                _ => bytes.extend((len as u16).to_le_bytes()),
            }
            bytes.extend(value);
            bytes.extend(vec![b' '; value.len() % 2]);
        };
        let word = |number: u16| number.to_le_bytes();
        let meaning = if self.inverted { "MONOCHROME1" } else { "MONOCHROME2" };
        put(0x0002_0010, b"UI", b"1.2.840.10008.1.2.1\0");
        put(0x0010_0020, b"LO", self.patient.as_bytes());
        put(0x0020_000e, b"UI", self.series.as_bytes());
        put(0x0020_0032, b"DS", format!("0\\0\\{}", self.height).as_bytes());
        put(0x0020_0037, b"DS", b"1\\0\\0\\0\\1\\0");
        put(0x0028_0002, b"US", &word(1));
        put(0x0028_0004, b"CS", meaning.as_bytes());
        put(0x0028_0008, b"IS", self.frames.as_bytes());
        put(0x0028_0010, b"US", &word(1));
        put(0x0028_0011, b"US", &word(2));
        put(0x0028_0030, b"DS", b"1\\1");
        put(0x0028_0100, b"US", &word(16));
        put(0x0028_0101, b"US", &word(16));
        put(0x0028_0102, b"US", &word(15));
        put(0x0028_0103, b"US", &word(1));
        put(0x0028_1050, b"DS", b"50");
        put(0x0028_1051, b"DS", b"100");
        put(0x0028_1052, b"DS", b"0");
        put(0x0028_1053, b"DS", b"2");
        put(0x0028_1056, b"CS", b"LINEAR_EXACT");
        put(
            0x7fe0_0010,
            b"OW",
            &self.pixels.iter().flat_map(|pixel| pixel.to_le_bytes()).collect::<Vec<_>>(),
        );
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

/// A folder of three scans of two patients, one without an ending, and a table of patients.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    Scan::new("P1", &[0, 10]).write(&place("scans/ill/IM1"));
    Scan::new("P1", &[20, 30]).write(&place("scans/ill/IM2.dcm"));
    Scan { inverted: true, ..Scan::new("P2", &[40, 60]) }.write(&place("scans/well/IM3.DCM"));
    fs::write(place("scans/README"), "no scan").unwrap();
    fs::write(place("labels.csv"), "PatientID,finding,site\nP1,pneumonia,A\nP2,none,A\n").unwrap();
    folder
}

const SCANS: Dicom = Dicom { path: "scans", ..Dicom::USUAL };

fn load(folder: &TempDir, scans: Dicom, interface: &Interface<'_>) -> Result<Dataset, String> {
    Dataset::training(&Source::Dicom(scans), folder.path(), interface)
        .map_err(|error| message(&error, folder))
}

#[test]
fn intensities_go_through_slope_and_window() {
    let folder = folder();
    let data = load(&folder, SCANS, &PAIRS).unwrap();
    let close = |data: &Dataset, wanted: [f32; 6]| {
        let inputs = data.inputs();
        assert!(inputs.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-6), "{inputs:?}");
    };
    close(&data, [0.0, 0.2, 0.4, 0.6, 0.2, 0.0]);
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 0, 1])));
    assert_eq!(data.classes(), ["ill", "well"]);
    // The default: scans of a patient are on one side.
    let (training, held_out) = data.clone().split(&drawn(0.34), 1).unwrap();
    assert_eq!(training.len() + held_out.len(), 3);
    assert!(training.len() == 2 || training.inputs()[0] == 0.2);
    insta::assert_snapshot!(data.notes()[1], @"3 files of 1 x 2 (rows x columns), through the window of the file");
    let given = Dicom { center: Some(40.5), width: Some(81.0), ..SCANS };
    close(&load(&folder, given, &PAIRS).unwrap(), [0.0, 0.25, 0.5, 0.75, 0.0, 0.0]);
    let three = Interface { input: &[3, 1, 2], ..PAIRS };
    assert_eq!(load(&folder, SCANS, &three).unwrap().inputs()[6..12], [0.4, 0.6, 0.4, 0.6, 0.4, 0.6]);
}

#[test]
fn a_table_is_keyed_by_an_attribute_or_a_file() {
    let folder = folder();
    let finding = &[Column::Named("finding")];
    let source = Dicom { labels: "labels.csv", label: finding, ..SCANS };
    let data = load(&folder, source, &PAIRS).unwrap();
    assert_eq!(
        (data.classes(), data.targets()),
        (&["none".into(), "pneumonia".into()][..], Some(TargetsRef::Classes(&[1, 1, 0])))
    );
    // The column's name says nothing, but the patients are found.
    fs::write(folder.path().join("labels.csv"), "who,finding\nP2,none\nP1,pneumonia\n").unwrap();
    assert_eq!(load(&folder, source, &PAIRS).unwrap().targets(), data.targets());
    fs::write(folder.path().join("labels.csv"), "file,finding\nIM3,none\nill/IM1,none\nIM2.dcm,pneumonia\n")
        .unwrap();
    let by_file = load(&folder, source, &PAIRS).unwrap();
    assert_eq!(by_file.targets(), Some(TargetsRef::Classes(&[0, 1, 0])));
    let mut messages = vec![];
    fs::write(folder.path().join("labels.csv"), "PatientID,finding\nP1,none\n").unwrap();
    messages.push(load(&folder, source, &PAIRS).unwrap_err());
    fs::write(folder.path().join("labels.csv"), "who,finding\nP7,none\n").unwrap();
    messages.push(load(&folder, source, &PAIRS).unwrap_err());
    messages.push(load(&folder, Dicom { by: &[Column::Named("Patient")], ..source }, &PAIRS).unwrap_err());
    messages.push(load(&folder, Dicom { by: &[Column::Named("Patient")], ..SCANS }, &PAIRS).unwrap_err());
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn series_become_volumes_in_the_order_of_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let slice = |series, height, pixels: &[i16]| Scan { series, height, ..Scan::new("P1", pixels) };
    let place = |name: &str| folder.path().join(name);
    slice("1.2", "5", &[10, 20]).write(&place("scans/a/x/1.dcm"));
    slice("1.2", "-5", &[30, 40]).write(&place("scans/a/x/2.dcm"));
    slice("1.3", "0", &[5, 0]).write(&place("scans/b/1.dcm"));
    slice("1.3", "2.5", &[15, 0]).write(&place("scans/b/2.dcm"));
    let data = load(&folder, SCANS, &SERIES).unwrap();
    let wanted = [0.6, 0.8, 0.2, 0.4, 0.1, 0.0, 0.3, 0.0];
    assert!(data.inputs().iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-6));
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 1])));
    insta::assert_snapshot!(data.notes().join("\n"), @"2 volumes of 2 x 1 x 2 (slices x rows x columns), 2.5 to 10 x 1 x 1 mm apart, through the window of the file");
    let error = message(
        &Dataset::training(&Source::Dicom(SCANS), folder.path(), &SERIES)
            .unwrap()
            .split(&drawn(0.5), 0)
            .map_err(|problem| crate::data::Error { file: "scans".into(), problem })
            .unwrap_err(),
        &folder,
    );
    assert!(error.contains("1 group"), "{error}");
    // One slice more is another depth.
    slice("1.3", "9", &[1, 1]).write(&place("scans/b/3.dcm"));
    let exact = load(&folder, SCANS, &SERIES).unwrap_err();
    assert!(load(&folder, Dicom { fit: Fit::Stretch, ..SCANS }, &SERIES).is_ok());
    slice("1.3", "9", &[1, 1]).write(&place("scans/b/4.dcm"));
    let twice = load(&folder, SCANS, &SERIES).unwrap_err();
    insta::assert_snapshot!(format!("{exact}\n\n{twice}"));
}

#[test]
fn frames_of_a_file_are_samples_on_one_side() {
    let folder = tempfile::tempdir().unwrap();
    let frames = |patient, pixels: &[i16]| Scan { frames: "2", ..Scan::new(patient, pixels) };
    frames("", &[0, 10, 20, 30]).write(&folder.path().join("scans/a/1.dcm"));
    frames("", &[40, 50, 5, 15]).write(&folder.path().join("scans/b/2.dcm"));
    let data = load(&folder, SCANS, &PAIRS).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 0, 1, 1])));
    let (training, held_out) = data.split(&drawn(0.5), 0).unwrap();
    assert_eq!((training.len(), held_out.len()), (2, 2));
    let Some(TargetsRef::Classes(classes)) = held_out.targets() else { panic!("classes") };
    assert_eq!(classes[0], classes[1]);
}

#[test]
fn scans_that_cannot_be_used() {
    let folder = folder();
    let mut messages = vec![load(&folder, Dicom { path: "none", ..SCANS }, &PAIRS).unwrap_err()];
    messages.push(load(&folder, SCANS, &Interface { input: &[1, 2, 2], ..PAIRS }).unwrap_err());
    messages.push(load(&folder, Dicom { path: "scans/ill", ..SCANS }, &PAIRS).unwrap_err());
    fs::write(folder.path().join("scans/well/0.dcm"), "no scan").unwrap();
    messages.push(load(&folder, SCANS, &PAIRS).unwrap_err());
    let data = load(&folder, Dicom { damaged: Damaged::Skip, ..SCANS }, &PAIRS).unwrap();
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 0, 1])));
    messages.push(data.notes()[0].replace(&format!("{}/", folder.path().display()), ""));
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn scans_to_predict_for_go_through_the_window_of_the_training() {
    let folder = folder();
    let given = Dicom { center: Some(40.5), width: Some(81.0), ..SCANS };
    let about = load(&folder, given, &PAIRS).unwrap().about().clone();
    let kept = About { kind: Kind::from_lines(&about.kind.lines()).unwrap(), ..about.clone() };
    assert_eq!(kept, about);
    // The recipe was changed since.
    let changed = Source::Dicom(SCANS);
    let predict = |path: &str, about: &About| {
        Dataset::to_predict(&folder.path().join(path), Some(&changed), &PAIRS, about)
    };
    let all = |inputs: Inputs| inputs.all(&Normalization::default()).unwrap();
    assert_eq!(all(predict("scans/ill/IM2.dcm", &about).unwrap()).inputs(), [0.5, 0.75]);
    // A file without an ending is known by its contents.
    assert_eq!(all(predict("scans/ill/IM1", &about).unwrap()).files().len(), 1);
    assert_eq!(all(predict("scans", &about).unwrap()).len(), 3);
    // A damaged scan has no sample, if that is wanted.
    fs::write(folder.path().join("scans/ill/IM0.dcm"), "no scan").unwrap();
    let refused = predict("scans", &about).unwrap().all(&Normalization::default()).unwrap_err();
    assert!(refused.to_string().contains("IM0.dcm"), "{refused}");
    let skipping = Source::Dicom(Dicom { damaged: Damaged::Skip, ..SCANS });
    for interface in [PAIRS, Interface { input: &[1, 1, 1, 2], ..PAIRS }] {
        let scans = folder.path().join("scans");
        let inputs = Dataset::to_predict(&scans, Some(&skipping), &interface, &about).unwrap();
        let mut count = 0;
        let told = inputs.each(&Normalization::default(), |part| -> Result<(), Error> {
            count += part.len();
            Ok(())
        });
        let told = told.unwrap_or_else(|error| vec![error.to_string()]);
        assert!(told[0].contains("IM0.dcm"), "{told:?}");
        assert!(count == 3 || interface.input.len() == 4, "{count}");
    }
    let other = predict("labels.csv", &about).unwrap_err();
    let pictures = About { kind: Kind::Pictures, ..About::default() };
    let refused = predict("scans/ill/IM2.dcm", &pictures).unwrap_err();
    insta::assert_snapshot!(format!("{}\n\n{}", message(&other, &folder), message(&refused, &folder)));
}
