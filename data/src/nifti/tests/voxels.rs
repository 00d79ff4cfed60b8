//! Types, versions and files of voxels.

use super::*;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

#[test]
fn every_type_is_read_in_both_versions_and_orders_of_bytes() {
    let cases: [(i16, &[u8], &[f32]); 10] = [
        (2, &[0, 255], &[0.0, 255.0]),
        (256, &[0x80, 0x7f], &[-128.0, 127.0]),
        (4, &[0x80, 0x01], &[-32767.0]),
        (512, &[0xff, 0xff], &[65535.0]),
        (8, &[0xff, 0xff, 0xff, 0xfe], &[-2.0]),
        (768, &[0x80, 0, 0, 0], &[2_147_483_648.0]),
        (1024, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfd], &[-3.0]),
        (1280, &[0, 0, 0, 1, 0, 0, 0, 0], &[4_294_967_296.0]),
        (16, &[0x3f, 0xc0, 0, 0], &[1.5]),
        (64, &[0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a], &[0.1]),
    ];
    for (code, big, expected) in cases {
        let size = big.len() / expected.len();
        let little: Vec<u8> = big.chunks(size).flat_map(|number| number.iter().rev().copied()).collect();
        for (version, magic) in [(1, *b"n+1\0"), (2, *b"n+2\0")] {
            for (big_endian, bytes) in [(true, big), (false, &little)] {
                let fields =
                    Fields { version, big_endian, magic, code, ..Fields::of(&[expected.len() as i64]) };
                let found = volume(&fields, bytes);
                assert_eq!((found.header.shape, &*found.data), ([expected.len(), 1, 1], expected), "{code}");
            }
        }
    }
}

#[test]
fn intensities_are_scaled_unless_the_slope_is_zero() {
    let scaled = |scale| volume(&Fields { scale, ..Fields::of(&[2, 1, 1]) }, &[1, 2]).data;
    assert_eq!(scaled([2.0, -1.0]), [1.0, 3.0]);
    assert_eq!(scaled([0.0, 5.0]), [1.0, 2.0]);
    assert_eq!(scaled([f64::NAN, 5.0]), [1.0, 2.0]);
}

#[test]
fn extensions_are_skipped() {
    let fields = Fields { offset: 368.0, ..Fields::of(&[1, 1, 2]) };
    assert_eq!(volume(&fields, &[[9; 16].as_slice(), &[1, 2]].concat()).data, [1.0, 2.0]);
}

#[test]
fn further_axes_are_channels() {
    let found = volume(&Fields::of(&[1, 1, 1, 2, 3]), &[1, 2, 3, 4, 5, 6]);
    assert_eq!((found.header.channels, &*found.data), (6, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0][..]));
}

#[test]
fn a_pair_is_found_from_each_of_its_files() {
    let mut packed = GzEncoder::new(vec![], Compression::default());
    packed.write_all(&[9, 9, 1, 2]).expect("memory");
    let packed = packed.finish().expect("memory");
    for (name, voxels) in [("a.img", &[9, 9, 1, 2][..]), ("a.img.gz", &packed)] {
        let fields = Fields { magic: *b"ni1\0", offset: 2.0, ..Fields::of(&[2]) };
        let written = write("a.hdr", &fields.header());
        fs::write(written.folder.path().join(name), voxels).expect("room for a small file");
        for file in [&written.file, &written.folder.path().join(name)] {
            assert_eq!(read(file).expect("a pair").data, [1.0, 2.0]);
        }
        assert_eq!(header(&written.file).expect("a header").shape, [2, 1, 1]);
    }
}

#[test]
fn a_pair_without_voxels_names_the_missing_file() {
    let written = write("a.hdr", &Fields { magic: *b"ni1\0", ..Fields::of(&[2]) }.header());
    let error = read(&written.file).expect_err("no voxels");
    assert!(error.file.ends_with("a.img") && matches!(error.problem, crate::Problem::Missing { .. }));
}

#[test]
fn a_gzipped_volume_is_unpacked() {
    let mut packed = GzEncoder::new(vec![], Compression::default());
    packed.write_all(&Fields::of(&[2]).file(&[1, 2])).expect("memory");
    let packed = packed.finish().expect("memory");
    assert_eq!(read_bytes(&packed).expect("a volume").data, [1.0, 2.0]);
    let error = read_bytes(&packed[..packed.len() - 10]).expect_err("a cut volume");
    assert!(matches!(error.problem, crate::Problem::Gzip(_)), "{error}");
}
