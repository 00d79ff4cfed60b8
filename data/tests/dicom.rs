//! Scans go through lookup tables as in pydicom; `dicom/golden.py` writes them.
#![cfg(feature = "dicom")]

use netwright_data::dicom::{self, Windowing};
use std::path::Path;

#[test]
fn tables_give_the_numbers_of_pydicom() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dicom");
    let golden = std::fs::read_to_string(folder.join("golden.txt")).unwrap();
    let mut count = 0;
    for line in golden.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (name, most) = (words[0], words[1].parse::<f64>().unwrap());
        let scan = dicom::read(&folder.join(name), None).unwrap();
        let share = |word: &&str| (word.parse::<f64>().unwrap() / most) as f32;
        assert_eq!(scan.data, words[2..].iter().map(share).collect::<Vec<_>>(), "{name}");
        assert!(matches!(scan.windowing, Windowing::Table(_)), "{name}");
        count += 1;
    }
    assert_eq!(count, 9);
}
