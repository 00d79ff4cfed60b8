//! Formats, types and names.

use super::*;

#[test]
fn every_type_is_read_in_both_orders_of_bytes() {
    let cases: [(&str, &[u8], &[f64]); 13] = [
        ("b1", &[0, 1], &[0.0, 1.0]),
        ("u1", &[0, 255], &[0.0, 255.0]),
        ("i1", &[0x80, 0x7f], &[-128.0, 127.0]),
        ("u2", &[0xff, 0xff], &[65535.0]),
        ("i2", &[0x80, 0x01], &[-32767.0]),
        ("u4", &[0xff, 0xff, 0xff, 0xfe], &[4294967294.0]),
        ("i4", &[0xff, 0xff, 0xff, 0xfe], &[-2.0]),
        ("u8", &[0, 0, 0, 1, 0, 0, 0, 0], &[4294967296.0]),
        ("i8", &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfd], &[-3.0]),
        (
            "f2",
            &[0x3c, 0x01, 0x00, 0x01, 0xfc, 0x00],
            &[1.0009765625, 5.960464477539063e-8, f64::NEG_INFINITY],
        ),
        ("f4", &[0x3f, 0xc0, 0, 0], &[1.5]),
        ("f8", &[0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a], &[0.1]),
        ("f8", &[0x80, 0, 0, 0, 0, 0, 0, 0], &[-0.0]),
    ];
    for (kind, bytes, expected) in cases {
        let shape = format!("({},)", expected.len());
        let size = bytes.len() / expected.len();
        let little: Vec<u8> = bytes.chunks(size).flat_map(|number| number.iter().rev().copied()).collect();
        assert_eq!(values(&npy(&format!(">{kind}"), false, &shape, bytes)), expected, "{kind}");
        assert_eq!(values(&npy(&format!("<{kind}"), false, &shape, &little)), expected, "{kind}");
    }
}

#[test]
fn narrow_types_stay_narrow() {
    let kind =
        |descr: &str, bytes: &[u8]| read_bytes(&npy(descr, false, "(1,)", bytes), "").expect("an array");
    assert_eq!(kind("|u1", &[7]).numbers, Numbers::Bytes(vec![7]));
    assert_eq!(kind("|b1", &[1]).numbers, Numbers::Bytes(vec![1]));
    assert_eq!(kind("<u2", &[7, 1]).numbers, Numbers::Words(vec![263]));
    assert_eq!(kind("<f2", &[0, 0x3c]).numbers, Numbers::Floats(vec![1.0]));
    assert_eq!(kind("<f4", &[0, 0, 0x80, 0x3f]).numbers, Numbers::Floats(vec![1.0]));
    assert_eq!(kind("<i4", &[7, 0, 0, 0]).numbers, Numbers::Doubles(vec![7.0]));
}

#[test]
fn versions_two_and_three_and_python_2_are_read() {
    for version in [2, 3] {
        let header = "{\"shape\": (1, 2L), \"fortran_order\": False, \"descr\": \"|u1\"}\n";
        let len = u32::try_from(header.len()).expect("a short header").to_le_bytes();
        let file = [b"\x93NUMPY", &[version, 0][..], &len, header.as_bytes(), &[3, 4]].concat();
        let array = read_bytes(&file, "").expect("an array");
        assert_eq!((array.shape, array.numbers), (vec![1, 2], Numbers::Bytes(vec![3, 4])));
    }
}

#[test]
fn a_scalar_and_no_samples_are_arrays() {
    let scalar = read_bytes(&npy("|u1", false, "()", &[3]), "").expect("an array");
    assert_eq!((scalar.shape, scalar.numbers), (vec![], Numbers::Bytes(vec![3])));
    for fortran in [false, true] {
        let none = read_bytes(&npy("<f4", fortran, "(0, 28, 28)", &[]), "").expect("an array");
        assert_eq!((none.samples(), none.numbers.is_empty()), (0, true));
    }
}

#[test]
fn an_array_longer_than_a_block_is_read_whole() {
    let bytes: Vec<u8> = (0..100_001u32).flat_map(u32::to_be_bytes).collect();
    let found = values(&npy(">u4", false, "(100001,)", &bytes));
    assert!(found.iter().copied().eq((0..100_001).map(f64::from)));
}

#[test]
fn stored_and_deflated_members_are_read_by_name() {
    let numbers: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let arrays = [
        ("x", npy("|u1", false, "(7, 100, 100)", &numbers)),
        ("labels", npy("<i2", false, "(7,)", &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0])),
    ];
    for method in [CompressionMethod::STORE, CompressionMethod::DEFLATE] {
        let file = write("a.npz", &npz(&arrays, method));
        let headers = names(&file.file).expect("headers");
        let found: Vec<_> = headers.iter().map(|h| (&*h.name, &*h.shape, h.kind)).collect();
        assert_eq!(found, [("x", &[7, 100, 100][..], Kind::U8), ("labels", &[7], Kind::I16)]);
        assert_eq!(read(&file.file, "x").expect("an array").numbers, Numbers::Bytes(numbers.clone()));
        let labels = read(&file.file, "labels").expect("an array").numbers;
        assert_eq!(labels, Numbers::Floats(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]));
        assert_eq!(header(&file.file, "labels").expect("a header"), headers[1]);
        drop(file.folder);
    }
}

#[test]
fn a_gzipped_array_is_unpacked() {
    let mut packed = flate2::write::GzEncoder::new(vec![], Compression::default());
    packed.write_all(&npy("|u1", false, "(2,)", &[5, 6])).expect("memory");
    assert_eq!(values(&packed.finish().expect("memory")), [5.0, 6.0]);
}

#[test]
fn tensors_are_read_by_name() {
    let header = r#"{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},
        "a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"__metadata__":{"format":"pt"}}"#;
    let file = write("a.safetensors", &tensors(header, &[0x80, 0x3f, 0, 0xc0, 0, 0, 0x40, 0x40]));
    let found = names(&file.file).expect("headers");
    assert_eq!(
        found.iter().map(|h| (&*h.name, h.kind)).collect::<Vec<_>>(),
        [("a", Kind::Bf16), ("b", Kind::F32)]
    );
    assert_eq!(read(&file.file, "a").expect("an array").numbers, Numbers::Floats(vec![1.0, -2.0]));
    assert_eq!(read(&file.file, "b").expect("an array").numbers, Numbers::Floats(vec![3.0]));
}

#[test]
fn medmnist_and_keras_are_recognised_by_their_names() {
    let array = || npy("|u1", false, "(1,)", &[1]);
    let names = ["train_images", "train_labels", "val_images", "val_labels", "test_images", "test_labels"];
    let file = write("a.npz", &npz(&names.map(|name| (name, array())), CompressionMethod::STORE));
    let found = splits(&file.file).expect("headers").expect("splits");
    assert_eq!(found.training.inputs.name, "train_images");
    assert_eq!(found.validation.and_then(|part| part.targets).expect("targets").name, "val_labels");
    assert_eq!(found.test.expect("a test part").inputs.name, "test_images");

    let names = ["x_train", "y_train", "x_test", "y_test"];
    let file = write("a.npz", &npz(&names.map(|name| (name, array())), CompressionMethod::STORE));
    let found = splits(&file.file).expect("headers").expect("splits");
    assert_eq!(found.training.targets.expect("targets").name, "y_train");
    assert_eq!(found.validation, None);

    let file = write("a.npz", &npz(&[("x", array()), ("y", array())], CompressionMethod::STORE));
    assert_eq!(splits(&file.file).expect("headers"), None);
}
