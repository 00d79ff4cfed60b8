//! Rescaling, windows and attributes.

use super::*;

fn grey() -> File {
    File::grey(1, 5, &[0, 40, 60, 80, 120])
}

#[test]
fn the_window_is_that_of_the_standard() {
    let window = Window::new(60.0, 81.0).expect("a window");
    let found = read_bytes(&grey().to_bytes(), Some(window)).expect("a scan");
    let inside = |x: f64| ((x - 59.5) / 80.0 + 0.5) as f32;
    assert_eq!(found.data, [0.0, inside(40.0), inside(60.0), inside(80.0), 1.0]);
    assert_eq!(found.windowing, Windowing::Given(window));
    // A width of 1 is a threshold.
    let step =
        read_bytes(&grey().to_bytes(), Some(Window::new(60.0, 1.0).expect("a window"))).expect("a scan");
    assert_eq!(step.data, [0.0, 0.0, 1.0, 1.0, 1.0]);
    let exact = Window { center: 60.0, width: 80.0, function: Function::Exact };
    let found = read_bytes(&grey().to_bytes(), Some(exact)).expect("a scan");
    assert_eq!(found.data, [0.0, 0.25, 0.5, 0.75, 1.0]);
    let sigmoid = Window { function: Function::Sigmoid, ..exact };
    assert_eq!(read_bytes(&grey().to_bytes(), Some(sigmoid)).expect("a scan").data[2], 0.5);
    assert!(Window::new(0.0, 0.5).is_err() && Window::new(f64::NAN, 2.0).is_err());
}

#[test]
fn the_first_window_of_the_file_is_used() {
    let file = grey().with(text(0x0028_1050, b"DS", "60\\0")).with(text(0x0028_1051, b"DS", "80.0\\1 "));
    let file = file.with(text(0x0028_1056, b"CS", "LINEAR_EXACT"));
    assert_eq!(scan(&file).data, [0.0, 0.25, 0.5, 0.75, 1.0]);
    let window = Window { center: 60.0, width: 80.0, function: Function::Exact };
    assert_eq!(scan(&file).windowing, Windowing::File(window));
}

#[test]
fn without_a_window_the_range_is_that_of_the_pixels() {
    let found = scan(&grey());
    assert_eq!(found.windowing, Windowing::Range { least: 0.0, most: 120.0 });
    assert_eq!((found.data[0], found.data[2], found.data[4]), (0.0, 0.5, 1.0));
    assert_eq!(scan(&File::grey(1, 2, &[7, 7])).data, [0.0, 0.0]);
}

#[test]
fn slope_and_intercept_come_before_the_window() {
    let file = grey().with(text(0x0028_1052, b"DS", "-1024")).with(text(0x0028_1053, b"DS", "0.5"));
    assert_eq!(numbers(&file), [-1024.0, -1004.0, -994.0, -984.0, -964.0]);
}

/// A sequence of one table whose numbers have 16 bits.
fn table(tag: u32, descriptor: &[u16], numbers: &[u16]) -> Attribute {
    let item = vec![words(0x0028_3002, descriptor), words(0x0028_3006, numbers)];
    (tag, b"SQ", Value::Items(vec![item]))
}

#[test]
fn a_modality_table_comes_before_the_window() {
    let file =
        grey().with(text(0x0028_1052, b"DS", "7")).with(table(0x0028_3000, &[3, 59, 16], &[100, 140, 180]));
    assert_eq!(numbers(&file), [100.0, 100.0, 140.0, 180.0, 180.0]);
    let window = file.with(text(0x0028_1050, b"DS", "140")).with(text(0x0028_1051, b"DS", "81"));
    assert_eq!(scan(&window).data[1..4], [0.0 + 0.00625, 0.50625, 1.0].map(|x| x as f32));
    // All bits are in use, and a number has more than the table says.
    let file = grey().with(table(0x0028_3010, &[2, 60, 8], &[0, 300]));
    assert_eq!(scan(&file).data, [0.0, 0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn a_window_that_was_asked_for_is_used_instead_of_a_table() {
    let file = grey().with(table(0x0028_3010, &[2, 60, 8], &[0, 51]));
    assert_eq!(scan(&file).data, [0.0, 0.0, 0.0, 0.2, 0.2]);
    let window = Window { center: 60.0, width: 80.0, function: Function::Exact };
    let given = read_bytes(&file.to_bytes(), Some(window)).expect("a scan");
    assert_eq!(given.data, [0.0, 0.25, 0.5, 0.75, 1.0]);
    // A table without numbers is none.
    let empty = (0x0028_3010, b"SQ", Value::Items(vec![vec![words(0x0028_3002, &[2, 60, 8])]]));
    assert!(matches!(scan(&grey().with(empty)).windowing, Windowing::Range { .. }));
}

#[test]
fn slices_of_a_series_go_through_the_first_ones_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let slice = |name: &str, number: &str, pixels: &[i16]| {
        let file = File::grey(1, 2, pixels).with(text(0x0020_000e, b"UI", "1.2")).with(text(
            0x0020_0013,
            b"IS",
            number,
        ));
        let file = if number == "1" { file.with(table(0x0028_3010, &[2, 60, 8], &[0, 51])) } else { file };
        let path = folder.path().join(name);
        fs::write(&path, file.to_bytes()).expect("a file");
        path
    };
    let files = [slice("b", "1", &[60, 61]), slice("a", "2", &[61, 7])];
    let (series, errors) = series(&files);
    assert!(errors.is_empty() && series.len() == 1);
    let stack = series[0].read(None).expect("a stack");
    assert_eq!(stack.data, [0.0, 0.2, 0.2, 0.0]);
    assert!(matches!(stack.windowing, Windowing::Table(_)));
}

#[test]
fn the_smallest_intensity_may_be_white() {
    let file = File::bytes("MONOCHROME1", 1, [1, 3], &[0, 51, 255]);
    assert_eq!(scan(&file).data, [1.0, 0.8, 0.0]);
}

#[test]
fn frames_of_enhanced_files_have_their_own_values() {
    let group = |slope: &str, position: &str| {
        vec![
            (
                0x0028_9145,
                b"SQ",
                Value::Items(vec![vec![text(0x0028_1052, b"DS", "1"), text(0x0028_1053, b"DS", slope)]]),
            ),
            (0x0020_9113, b"SQ", Value::Items(vec![vec![text(0x0020_0032, b"DS", position)]])),
        ]
    };
    let direction =
        vec![(0x0020_9116, b"SQ", Value::Items(vec![vec![text(0x0020_0037, b"DS", "1\\0\\0\\0\\1\\0")]]))];
    let file = File::grey(1, 1, &[10, 10])
        .with(text(0x0028_0008, b"IS", "2"))
        .with((0x5200_9229, b"SQ", Value::Items(vec![direction])))
        .with((0x5200_9230, b"SQ", Value::Items(vec![group("2", "0\\0\\5"), group("3", "0\\0\\4")])));
    for syntax in [EXPLICIT, IMPLICIT] {
        let file = file.clone().syntax(syntax);
        assert_eq!(numbers(&file), [21.0, 31.0]);
        let places: Vec<_> =
            scan(&file).places.iter().map(|place| place.map(|place| place.along_normal())).collect();
        assert_eq!(places, [Some(5.0), Some(4.0)]);
    }
}

#[test]
fn attributes_are_found_by_keyword_and_number() {
    let file = grey()
        .with(text(0x0010_0020, b"LO", " A 17 "))
        .with(text(0x0008_0008, b"CS", "ORIGINAL\\PRIMARY"))
        .with((0x0010_0010, b"PN", Value::Bytes(b"M\xfcller^A".to_vec())))
        .with(text(0x0011_1001, b"LO", "private"));
    for syntax in [EXPLICIT, IMPLICIT] {
        let written = write(&file.clone().syntax(syntax).to_bytes());
        let keywords =
            ["PatientID", "00100020", "ImageType", "PatientName", "Rows", "(0011,1001)", "PatientSex"];
        let found = attributes(&written.file, &keywords).expect("attributes");
        assert_eq!(found, ["A 17", "A 17", "ORIGINAL\\PRIMARY", "Müller^A", "1", "private", ""]);
    }
    assert!(attributes(&write(&file.to_bytes()).file, &["PatientId"]).is_err());
}

#[test]
fn attributes_after_much_else_are_found() {
    let file = grey().with((0x0009_1001, b"UN", Value::Bytes(vec![7; 600_000]))).with(text(
        0x0010_0020,
        b"LO",
        "17",
    ));
    let written = write(&file.to_bytes());
    assert_eq!(attributes(&written.file, &["PatientID"]).expect("attributes"), ["17"]);
    drop(written.folder);
}
