//! Series of slices.

use super::super::series;
use super::*;

/// Returns a slice of two pixels at a place.
fn slice(uid: &str, number: &str, up: &str, pixels: [i16; 2]) -> File {
    File::grey(1, 2, &pixels)
        .with(text(0x0010_0020, b"LO", "patient"))
        .with(text(0x0020_000e, b"UI", uid))
        .with(text(0x0020_0013, b"IS", number))
        .with(text(0x0020_0032, b"DS", &format!("3\\4\\{up}")))
        .with(text(0x0020_0037, b"DS", "1\\0\\0\\0\\1\\0"))
        .with(text(0x0028_0030, b"DS", "0.5\\0.25"))
}

fn folder(files: &[File]) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |(index, file): (usize, &File)| {
        let path = folder.path().join(format!("{index}.dcm"));
        fs::write(&path, file.to_bytes()).expect("room for a small file");
        path
    };
    let files = files.iter().enumerate().map(write).collect();
    (folder, files)
}

fn names(series: &Series) -> Vec<&str> {
    series.files.iter().filter_map(|file| file.file_stem()?.to_str()).collect()
}

#[test]
fn slices_are_ordered_by_their_places() {
    let files = [
        slice("1", "1", "10", [40, 50]),
        slice("1", "2", "-5", [0, 10]),
        slice("1", "3", "2.5", [20, 30]),
        slice("2", "1", "0", [0, 1]),
    ];
    let (_folder, files) = folder(&files);
    let (found, errors) = series(&files);
    assert!(errors.is_empty());
    assert_eq!(
        found.iter().map(|series| (&*series.uid, names(series))).collect::<Vec<_>>(),
        [("1", vec!["1", "2", "0"]), ("2", vec!["3"])]
    );
    let stack = found[0].read(None).expect("a volume");
    assert_eq!((stack.samples, stack.slices, stack.rows, stack.columns), (1, 3, 1, 2));
    assert_eq!(stack.data, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    assert_eq!(stack.spacing, Some([7.5, 0.5, 0.25]));
    assert_eq!(stack.windowing, Windowing::Range { least: 0.0, most: 50.0 });
    let window = Window { center: 50.0, width: 100.0, function: Function::Exact };
    assert_eq!(found[0].read(Some(window)).expect("a volume").data, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]);
}

#[test]
fn all_slices_go_through_the_window_of_the_first() {
    let windowed = |file: File, width: &str| {
        file.with(text(0x0028_1050, b"DS", "50")).with(text(0x0028_1051, b"DS", width)).with(text(
            0x0028_1056,
            b"CS",
            "LINEAR_EXACT",
        ))
    };
    let upper = windowed(slice("1", "1", "10", [0, 50]), "200");
    let lower = windowed(slice("1", "2", "0", [0, 50]), "100");
    let (_folder, files) = folder(&[upper, lower]);
    let stack = series(&files).0[0].read(None).expect("a volume");
    assert_eq!(stack.data, [0.0, 0.5, 0.0, 0.5]);
    let window = Window { center: 50.0, width: 100.0, function: Function::Exact };
    assert_eq!(stack.windowing, Windowing::File(window));
}

#[test]
fn without_places_slices_are_ordered_by_their_numbers() {
    let files = ["10", "9", "2"].map(|number| slice("1", number, "0", [0, 1]).without(0x0020_0032));
    let (_folder, files) = folder(&files);
    let (found, _) = series(&files);
    assert_eq!(names(&found[0]), ["2", "1", "0"]);
    assert_eq!(found[0].read(None).expect("a volume").spacing, None);
}

#[test]
fn directions_and_sizes_keep_slices_apart() {
    let turned = slice("1", "2", "0", [0, 1]).with(text(0x0020_0037, b"DS", "0\\1\\0\\0\\0\\1"));
    let larger = slice("1", "3", "0", [0, 1]).with(words(0x0028_0010, &[2])).with(words(0x0028_0011, &[1]));
    let (_folder, files) = folder(&[slice("1", "1", "0", [0, 1]), turned, larger]);
    assert_eq!(series(&files).0.len(), 3);
}

#[test]
fn two_slices_at_one_place_are_a_problem() {
    let (_folder, files) = folder(&[slice("1", "1", "0", [0, 1]), slice("1", "2", "0", [0, 1])]);
    let (found, _) = series(&files);
    let error = found[0].read(None).expect_err("two slices at one place");
    assert!(
        error.file.ends_with("1.dcm")
            && matches!(error.problem, crate::Problem::Dicom(Problem::Place { .. }))
    );
}

#[test]
fn files_that_cannot_be_read_are_returned() {
    let (folder, mut files) = folder(&[slice("1", "1", "0", [0, 1])]);
    files.push(folder.path().join("none.dcm"));
    let (found, errors) = series(&files);
    assert_eq!((found.len(), errors.len()), (1, 1));
    assert!(errors[0].file.ends_with("none.dcm"));
}
