//! Transfer syntaxes, compressions and layouts of pixels.

use super::*;

const PIXELS: [i16; 6] = [0, 1, -1, 256, -32768, 32767];

fn expected() -> Vec<f32> {
    PIXELS.map(f32::from).into()
}

#[test]
fn every_encoding_of_attributes_is_read() {
    let file = File::grey(2, 3, &PIXELS);
    for syntax in [EXPLICIT, IMPLICIT, DEFLATED] {
        assert_eq!(numbers(&file.clone().syntax(syntax)), expected(), "{syntax}");
    }
    let big: Vec<u8> = PIXELS.iter().flat_map(|pixel| pixel.to_be_bytes()).collect();
    let file = file.with((0x7fe0_0010, b"OW", Value::Bytes(big))).syntax(BIG_ENDIAN);
    let found = scan(&file);
    assert_eq!((found.rows, found.columns, found.frames, found.samples), (2, 3, 1, 1));
    assert_eq!(numbers(&file), expected());
}

#[test]
fn the_preamble_and_the_meta_information_may_be_missing() {
    for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN] {
        let file = File::bytes("MONOCHROME2", 1, [1, 2], &[0, 255]).with(text(0x0008_0060, b"CS", "CT"));
        let found = read_bytes(&file.syntax(syntax).data_set(), None).expect("a scan");
        assert_eq!(found.data, [0.0, 1.0], "{syntax}");
    }
    let whole = File::bytes("MONOCHROME2", 1, [1, 2], &[0, 255]).to_bytes();
    assert_eq!(read_bytes(&whole[132..], None).expect("a scan").data, [0.0, 1.0]);
}

#[test]
fn words_of_bytes_are_swapped_in_files_of_the_other_order() {
    let file = File::bytes("MONOCHROME2", 1, [1, 4], &[1, 0, 3, 2]);
    let file = file.with((0x7fe0_0010, b"OW", Value::Bytes(vec![1, 0, 3, 2]))).syntax(BIG_ENDIAN);
    assert_eq!(numbers(&file), [0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn bits_beyond_those_stored_are_left_out() {
    let file =
        File::grey(1, 2, &[0x7fff, -1]).with(words(0x0028_0101, &[12])).with(words(0x0028_0102, &[11]));
    assert_eq!(numbers(&file.clone().with(words(0x0028_0103, &[0]))), [4095.0, 4095.0]);
    assert_eq!(numbers(&file.clone()), [-1.0, -1.0]);
    // The numbers may lie in the upper bits.
    assert_eq!(
        numbers(&file.with(words(0x0028_0102, &[15])).with(words(0x0028_0103, &[0]))),
        [2047.0, 4095.0]
    );
}

#[test]
fn single_bits_begin_with_the_lowest() {
    let one = |tag| words(tag, &[1]);
    let file = File::bytes("MONOCHROME2", 1, [1, 10], &[0b1000_0101, 0b10]);
    let file = file.with(one(0x0028_0100)).with(one(0x0028_0101)).with(words(0x0028_0102, &[0]));
    assert_eq!(scan(&file).data, [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
}

#[test]
fn frames_follow_one_another() {
    let file = File::bytes("MONOCHROME2", 1, [1, 2], &[0, 51, 102, 255]).with(text(0x0028_0008, b"IS", "2"));
    let found = scan(&file);
    assert_eq!((found.frames, found.data), (2, vec![0.0, 0.2, 0.4, 1.0]));
}

#[test]
fn colours_become_planes() {
    let interleaved = scan(&File::bytes("RGB", 3, [1, 2], &[255, 0, 51, 0, 255, 102]));
    let planes = vec![1.0, 0.0, 0.0, 1.0, 0.2, 0.4];
    assert_eq!((interleaved.samples, interleaved.data), (3, planes.clone()));
    let planar = File::bytes("RGB", 3, [1, 2], &[255, 0, 0, 255, 51, 102]).with(words(0x0028_0006, &[1]));
    assert_eq!(scan(&planar).data, planes);
    assert_eq!(scan(&planar).windowing, Windowing::Colours);
}

#[test]
fn luminance_and_differences_become_colours() {
    // Red, as the standard converts it.
    let red = vec![254.0 / 255.0, 0.0, 0.0];
    assert_eq!(scan(&File::bytes("YBR_FULL", 3, [1, 1], &[76, 85, 255])).data, red);
    let halved = scan(&File::bytes("YBR_FULL_422", 3, [1, 2], &[76, 0, 85, 255]));
    assert_eq!((halved.data[0], halved.data[2], halved.data[4]), (red[0], red[1], red[2]));
    assert_eq!(halved.data[1], 178.0 / 255.0);
}

#[test]
fn palettes_are_looked_up() {
    let table = |tag, numbers: &[u16]| {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        (tag, b"OW", Value::Bytes(bytes))
    };
    let mut file = File::bytes("PALETTE COLOR", 1, [1, 4], &[0, 1, 2, 9]);
    for (tag, numbers) in [(0x0028_1201, [0, 65535]), (0x0028_1202, [13107, 0]), (0x0028_1203, [0, 26214])] {
        file = file.with(words(tag - 0x100, &[2, 1, 16])).with(table(tag, &numbers));
    }
    // Places before and after the table have the colours of its ends.
    let expected = [0.0, 0.0, 1.0, 1.0, 0.2, 0.2, 0.0, 0.0, 0.0, 0.0, 0.4, 0.4];
    assert_eq!(scan(&file).data, expected);
}

/// Returns a frame of run lengths.
fn rle(segments: &[&[u8]]) -> Vec<u8> {
    let mut words = vec![segments.len() as u32, 64];
    for segment in segments {
        words.push(words[words.len() - 1] + segment.len() as u32);
    }
    words.resize(16, 0);
    [words.iter().flat_map(|word| word.to_le_bytes()).collect(), segments.concat()].concat()
}

#[test]
fn run_lengths_are_decoded() {
    // 0x0102, 0x0102, 0x0103: a run of three, a run of two, and one byte as it is.
    let frame = rle(&[&[254, 1, 0], &[255, 2, 128, 0, 3]]);
    let file = File::grey(1, 3, &[]).with((0x7fe0_0010, b"OB", Value::Parts(vec![vec![], frame])));
    assert_eq!(numbers(&file.syntax(RLE)), [258.0, 258.0, 259.0]);
}

#[test]
fn parts_of_compressed_pixels_are_assigned_to_frames() {
    let frames = [rle(&[&[0, 7]]), rle(&[&[0, 9]])].map(|frame| [frame, vec![0]].concat());
    let file = File::bytes("MONOCHROME2", 1, [1, 1], &[]).with(text(0x0028_0008, b"IS", "2")).syntax(RLE);
    let parts = |parts| file.clone().with((0x7fe0_0010, b"OB", Value::Parts(parts)));
    let [first, second] = frames.clone();
    assert_eq!(numbers(&parts(vec![vec![], first.clone(), second.clone()])), [7.0, 9.0]);
    // The table says that the second frame begins after two parts.
    let table = [0u32, first.len() as u32 + 16].iter().flat_map(|offset| offset.to_le_bytes()).collect();
    let (a, b) = first.split_at(10);
    let split = vec![table, a.to_vec(), b.to_vec(), second.clone()];
    assert_eq!(numbers(&parts(split.clone())), [7.0, 9.0]);
    let without_table = parts([&[vec![]], &split[1..]].concat());
    assert!(read_bytes(&without_table.to_bytes(), None).is_err());
}

/// Returns a lossless JPEG of three pixels of 12 bits: 2048, 2049 and 2047.
fn jpeg() -> Vec<u8> {
    let frame = [0xff, 0xc3, 0, 11, 12, 0, 1, 0, 3, 1, 1, 0x11, 0];
    // Differences of 0 bits have the code 0, of one bit 10, of two bits 110.
    let table =
        [[0xff, 0xc4, 0, 22, 0].as_slice(), &[1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0, 1, 2]]
            .concat();
    let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0];
    // 0 | 10 1 | 110 01
    let bits = [0b0101_1100, 0b1111_1111, 0];
    [&[0xff, 0xd8][..], &frame, &table, &scan, &bits, &[0xff, 0xd9]].concat()
}

#[test]
fn jpeg_without_loss_is_decoded() {
    let file = File::grey(1, 3, &[]).with((0x7fe0_0010, b"OB", Value::Parts(vec![vec![], jpeg()])));
    let file = file.with(words(0x0028_0103, &[0])).syntax(LOSSLESS);
    assert_eq!(numbers(&file), [2048.0, 2049.0, 2047.0]);
}

#[test]
fn sequences_are_skipped() {
    let inside = vec![text(0x0010_0020, b"LO", "other"), words(0x0028_0010, &[9])];
    let nested = vec![(0x0040_0275, b"SQ", Value::Items(vec![inside.clone(), inside]))];
    let file = File::bytes("MONOCHROME2", 1, [1, 2], &[0, 255])
        .with(text(0x0010_0020, b"LO", "patient"))
        .with((0x0008_1140, b"SQ", Value::Items(nested.into_iter().map(|item| vec![item]).collect())));
    for syntax in [EXPLICIT, IMPLICIT] {
        let found = scan(&file.clone().syntax(syntax));
        assert_eq!((&*found.patient, found.rows), ("patient", 1));
    }
}
