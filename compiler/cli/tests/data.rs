//! Data before anything is compiled: what does not fit, what is there, and first texts.

mod common;

use common::{folder, run};
use netwright_data::picture::{Picture, Pixels, write_png};
use std::fs;
use tempfile::TempDir;

const TABLE: &str = "id,age,sex,state\n1,20,f,well\n2,31,m,ill\n3,42,f,well\n4,29,f,ill\n";

/// Returns a network for a table, with these settings.
fn table(input: usize, end: &str, settings: &str) -> String {
    format!("network N {{\n    input [{input}]\n    {end}\n}}\ntrain N {{\n    {settings}\n}}\n")
}

const YES: &str = "dense(1) sigmoid loss binary_cross_entropy";

/// Writes a grey picture.
fn picture(folder: &TempDir, name: &str, [height, width]: [usize; 2], byte: u8) {
    let file = folder.path().join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let pixels = Pixels::Bytes(vec![byte; height * width]);
    write_png(&file, &Picture { channels: 1, height, width, pixels }).unwrap();
}

/// Checks networks one after another, and returns what is said.
fn told(folder: &TempDir, networks: &[String]) -> String {
    let check = |network: &String| {
        fs::write(folder.path().join("n.net"), network).unwrap();
        run(folder, "check n.net")
            .replace("> netwright check n.net\n", "")
            .replace("[exit code Some(1)]\n", "")
    };
    networks.iter().map(check).collect::<Vec<_>>().join("\n")
}

#[test]
fn tables_that_do_not_fit_are_told_by_check() {
    let folder = folder(&[
        ("t.csv", TABLE),
        ("copy.csv", TABLE),
        ("new.csv", "id,age,sex,state\n5,20,x,well\n"),
        ("gap.csv", "id,age,sex,state\n1,,f,well\n2,31,m,ill\n"),
    ]);
    let networks = [
        table(3, YES, "data csv(\"tt.csv\")"),
        table(3, YES, "data csv(\"t.csv\", label=stat, drop=id)"),
        table(3, YES, "data csv(\"t.csv\", label=9)"),
        table(3, YES, "data csv(\"t.csv\", drop=[id, agee])"),
        table(7, YES, "data csv(\"t.csv\", drop=id)"),
        table(3, "dense(3) softmax loss cross_entropy", "data csv(\"t.csv\", drop=id)"),
        table(3, "dense(1) loss mse", "data csv(\"t.csv\", drop=id)"),
        table(3, YES, "data csv(\"gap.csv\", drop=id)"),
        table(3, YES, "data csv(\"t.csv\", drop=id)\n    test csv(\"./t.csv\", drop=id)"),
        table(3, YES, "data csv(\"t.csv\", drop=id)\n    test csv(\"copy.csv\", drop=id)"),
        table(3, YES, "data csv(\"t.csv\", drop=id)\n    test csv(\"new.csv\", drop=id)"),
    ];
    insta::assert_snapshot!(told(&folder, &networks));
    let right = table(3, YES, "data csv(\"t.csv\", drop=id)");
    let told = told(&folder, &[right]);
    assert!(told.starts_with("n.net: N with 4 parameters"), "{told}");
    fs::write(folder.path().join("n.net"), &networks[0]).unwrap();
    assert!(!run(&folder, "check --no-data n.net").contains("error"));
    // Before anything is compiled.
    assert!(run(&folder, "train n.net").contains("error[E0513]"));
}

#[test]
fn pictures_and_arrays_that_do_not_fit_are_told_by_check() {
    let folder = folder(&[("list.csv", "file,kind\np/a/1.png,a\np/gone.png,b\n")]);
    for (name, size) in [("p/a/1.png", [4, 4]), ("p/b/2.png", [4, 6]), ("p/b/3.png", [4, 4])] {
        picture(&folder, name, size, 7);
    }
    picture(&folder, "masks/1.png", [4, 4], 0);
    fs::create_dir(folder.path().join("mnist")).unwrap();
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    let file = |name: &str| folder.path().join("mnist").join(name);
    fs::write(file("train-images-idx3-ubyte"), [words(&[0x803, 2, 5, 5]), vec![0; 50]].concat()).unwrap();
    fs::write(file("train-labels-idx1-ubyte"), [words(&[0x801, 2]), vec![3, 1]].concat()).unwrap();
    let net = |input: &str, end: &str, data: &str| {
        format!("network N {{\n    input {input}\n    {end}\n}}\ntrain N {{\n    data {data}\n}}\n")
    };
    let two = "flatten dense(2) softmax\n    loss cross_entropy";
    let networks = [
        net("[1, 4, 4]", two, "images(\"p\")"),
        net("[1, 4, 4]", "flatten dense(3) softmax\n    loss cross_entropy", "images(\"p\", fit=pad)"),
        net("[1, 4, 4]", two, "images(\"pp\")"),
        net("[1, 4, 4]", two, "images(\"list.csv\", label=kin)"),
        net("[1, 4, 4]", two, "images(\"list.csv\")"),
        net("[1, 4, 4]", "conv(1, 1x1) sigmoid\n    loss dice", "images(\"p\", masks=\"masks\", fit=pad)"),
        net("[1, 4, 4]", two, "idx(\"mnist\")"),
        net("[1, 5, 5]", two, "idx(\"mnist\")"),
    ];
    insta::assert_snapshot!(told(&folder, &networks));
}

#[test]
fn first_texts_pass_the_check() {
    let mut lines = "patient_id;name;age;sex;score;diagnosis\n".to_string();
    for row in 0..40 {
        let age = if row % 9 == 0 { String::new() } else { (20 + row).to_string() };
        let (sex, score) = (["f", "m"][row % 2], format!("{},5", row % 7));
        lines +=
            &format!("P{row};Person {row};{age};{sex};{score};{}\n", ["benign", "malignant"][row % 3 / 2]);
    }
    let houses: String = (0..30).map(|row| format!("{},{},{}.5\n", row, row % 4, row * 3)).collect();
    let folder = folder(&[("patients.csv", &lines), ("houses.csv", &format!("area,rooms,price\n{houses}"))]);
    for at in 0..12 {
        picture(&folder, &format!("scans/{}/{at}.png", ["ill", "well"][at % 2]), [20 + at % 3, 24], at as u8);
        picture(&folder, &format!("cells/images/{at}.png"), [32, 32], at as u8);
        picture(&folder, &format!("cells/masks/{at}.png"), [32, 32], 255 * (at % 2) as u8);
    }
    let told = ["patients.csv", "houses.csv", "scans", "cells"]
        .map(|from| run(&folder, &format!("new --from {from}")));
    insta::assert_snapshot!(told.join("\n"));
    picture(&folder, "few/a/0.png", [32, 32], 1);
    (1..5).for_each(|at| picture(&folder, &format!("few/b/{at}.png"), [32, 32], at));
    assert!(run(&folder, "new --from few").contains("learned or measured, not both: a.\n"));
    assert!(run(&folder, "new --from scans").contains("is there already"));
    assert!(run(&folder, "new --from nothing").contains("there is no file or folder nothing"));
}

/// Writes the header of a volume, or DICOM's mark: the command reads no more.
fn scan(folder: &TempDir, name: &str, size: Option<[i16; 4]>) {
    let mut bytes = [&[0; 128][..], b"DICM"].concat();
    if let Some(size) = size {
        bytes = vec![0; 352];
        bytes[..4].copy_from_slice(&348_i32.to_le_bytes());
        for (at, len) in [4].into_iter().chain(size).enumerate() {
            bytes[40 + 2 * at..][..2].copy_from_slice(&len.to_le_bytes());
        }
    }
    let file = folder.path().join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, bytes).unwrap();
}

#[test]
fn first_texts_for_scans_and_volumes_pass_the_check() {
    let folder = folder(&[
        ("ct/labels.csv", "PatientID,finding\nP1,mass\nP2,none\nP3,mass\n"),
        ("loose/readme.txt", "Two scans.\n"),
    ]);
    for at in 0..4 {
        scan(&folder, &format!("chests/{}/IM{at}", ["ill", "well"][at % 2]), None);
        scan(&folder, &format!("ct/{at}.dcm"), None);
        scan(&folder, &format!("loose/{at}.dcm"), None);
        scan(&folder, &format!("heads/{}/{at}.nii", ["ill", "well"][at % 2]), Some([40, 48, 24, 2]));
        scan(&folder, &format!("brats/volumes/{at}.nii"), Some([40, 48, 24, 1]));
        scan(&folder, &format!("brats/masks/{at}.nii"), Some([40, 48, 24, 1]));
    }
    let told = ["chests", "ct", "heads", "brats", "loose", "heads/ill/0.nii"]
        .map(|from| run(&folder, &format!("new --from {from}")));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn scans_and_volumes_that_do_not_fit_are_told_by_check() {
    let folder = folder(&[("labels.csv", "name,finding\n1,mass\n2,none\n"), ("few/readme.txt", "")]);
    for at in 0..4 {
        scan(&folder, &format!("heads/{}/{at}.nii", ["ill", "well"][at % 2]), Some([4, 6, 2, 1]));
        scan(&folder, &format!("chests/{at}.dcm"), None);
    }
    fs::create_dir(folder.path().join("bad")).unwrap();
    fs::write(folder.path().join("bad/1.nii"), "nothing").unwrap();
    let net = |input: &str, end: &str, data: &str| {
        format!("network N {{\n    input {input}\n    {end}\n}}\ntrain N {{\n    data {data}\n}}\n")
    };
    let two = "flatten dense(2) softmax\n    loss cross_entropy";
    let masks = "conv(1, 1x1x1) sigmoid\n    loss dice";
    let networks = [
        net("[1, 2, 4, 6]", two, "nifti(\"heads\")"),
        net("[1, 2, 4, 8]", two, "nifti(\"heads\")"),
        net("[3, 2, 4, 6]", two, "nifti(\"heads\")"),
        net("[1, 2, 4, 6]", "flatten dense(3) softmax\n    loss cross_entropy", "nifti(\"heads\")"),
        net("[1, 2, 4, 6]", masks, "nifti(\"heads\", masks=\"mask\")"),
        net("[1, 2, 4, 6]", masks, "nifti(\"bad\", masks=\"heads\")"),
        net("[1, 2, 4, 6]", masks, "nifti(\"few\", masks=\"heads\")"),
        net("[1, 8, 8]", two, "dicom(\"heads\")"),
        net("[1, 8, 8]", two, "dicom(\"chests\")"),
        net("[1, 8, 8]", two, "dicom(\"chests\", labels=\"label.csv\")"),
        net("[1, 8, 8]", two, "dicom(\"chests\", labels=\"labels.csv\", label=finding)"),
        net("[1, 8, 8]", two, "dicom(\"chests\", labels=\"labels.csv\", label=findings)"),
    ];
    insta::assert_snapshot!(told(&folder, &networks));
}

#[test]
fn data_is_shown_without_the_network() {
    let net = table(3, YES, "data csv(\"t.csv\", drop=id)\n    validate 25%");
    let folder = folder(&[("nets/n.net", &net), ("nets/t.csv", TABLE)]);
    let shown = run(&folder, "data nets/n.net");
    assert!(shown.contains("samples      3         1") && shown.contains("2 categories"), "{shown}");
    let report = run(&folder, "data nets/n.net --format json");
    assert!(report.contains("\"samples\": 3"), "{report}");
}
