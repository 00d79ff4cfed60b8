//! Networks with several inputs, outputs and losses, from their text alone.

mod common;

use common::{folder, run};
use netwright_data::picture::{Picture, Pixels, write_png};
use std::fs;
use tempfile::TempDir;

const PATIENTS: &str = "\
network Patients {
    input image [1, 4, 4]
    input facts [2]
    from image
    conv(4, 3x3, pad=1) relu flatten dense(8) relu
    concat(facts)
    dense(12) tanh as shared
    dense(2) softmax as outcome
    from shared
    dense(1) as stay
    from shared
    dense(2) softmax as early
    output outcome
    output stay
    output early
    loss cross_entropy(on=outcome)
    loss mse(on=stay, weight=0.5)
    loss cross_entropy(on=early, to=outcome, weight=0.3)
}
train Patients {
    data      image images(\"scans.csv\", file=path, label=[outcome, stay], key=id, by=hospital)
              facts csv(\"facts.csv\", key=name) standardize
    validate  25%
    augment   flip(horizontal)
    epochs    60
    batch     8
    optimizer adam(lr=0.02)
    stop      early(patience=60)
    metrics   f1 confusion
    seed      3
}
";

/// Samples whose outcome is in the picture and whose stay is in the facts.
fn patients() -> TempDir {
    let mut scans = String::from("id,path,hospital,outcome,stay\n");
    let mut facts = String::from("name,age,dose\n");
    let files = folder(&[("nets/patients.net", PATIENTS)]);
    for i in 0..48_usize {
        let ill = i % 3 == 0;
        let pixels = (0..16).map(|at| if ill == (at < 8) { 230 - i as u8 } else { 20 + i as u8 }).collect();
        let file = files.path().join(format!("nets/scans/{i}.png"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        write_png(&file, &Picture { channels: 1, height: 4, width: 4, pixels: Pixels::Bytes(pixels) })
            .unwrap();
        let age = (i * 7) % 20;
        let outcome = if ill { "ill" } else { "well" };
        scans += &format!("P{i},scans/{i}.png,H{},{outcome},{}\n", i % 12, age as f32 / 10.0);
        let other = (i * 5 + 3) % 48;
        facts += &format!("P{other},{},{}\n", (other * 7) % 20, other % 4);
    }
    fs::write(files.path().join("nets/scans.csv"), scans).unwrap();
    fs::write(files.path().join("nets/facts.csv"), facts).unwrap();
    files
}

#[test]
fn pictures_and_a_table_train_several_outputs() {
    let folder = patients();
    let check = run(&folder, "check nets/patients.net");
    assert!(check.contains("Patients"), "{check}");
    let data = run(&folder, "data nets/patients.net");
    assert!(data.contains("48 of 4x4, grey, 8 bits") && data.contains("facts: age"), "{data}");
    assert!(data.contains("samples      36        12") && data.contains("facts: name  key"), "{data}");

    let training = run(&folder, "train nets/patients.net");
    assert!(training.contains("36 samples to train with, 12 held out"), "{training}");
    assert!(training.contains("classes: ill") && training.contains("held out: loss"), "{training}");
    let accuracy = |text: &str| -> f64 {
        let share = text.rsplit("accuracy ").next().unwrap().split('%').next().unwrap();
        share.parse().unwrap()
    };
    assert!(accuracy(&training) > 90.0, "{training}");

    let eval = run(&folder, "eval nets/patients.net");
    let held_out = training.lines().rfind(|line| line.starts_with("held out: ")).unwrap();
    let measured = held_out.strip_prefix("held out: ").unwrap();
    assert!(eval.contains("12 samples that were held out") && eval.contains(measured), "{training}\n{eval}");
    assert!(eval.contains("  stay: loss ") && eval.contains("  early: loss "), "{eval}");

    // Columns in another order, other lines, and names of pictures as keys.
    let new = "dose,name,age\n1,5,15\n0,3,1\n3,4,8\n";
    fs::write(folder.path().join("new.csv"), new).unwrap();
    for i in 3..6 {
        let file = folder.path().join(format!("nets/scans/{i}.png"));
        let to = folder.path().join(format!("new/{i}.png"));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file, to).unwrap();
    }
    let csv = run(&folder, "predict nets/patients.net image=new facts=new.csv --format csv");
    let lines: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let heading = [
        "file",
        "outcome.class",
        "outcome.probability",
        "outcome.ill",
        "outcome.well",
        "stay.output 0",
        "early.class",
        "early.probability",
        "early.ill",
        "early.well",
    ];
    assert_eq!(lines[0], heading, "{csv}");
    assert_eq!(lines[1..].iter().map(|line| line[1]).collect::<Vec<_>>(), ["ill", "well", "well"], "{csv}");
    let stays: Vec<f64> = lines[1..].iter().map(|line| line[5].parse().unwrap()).collect();
    assert!(stays[0] < stays[1] && stays[1] < stays[2], "the ages of the samples are 1, 8 and 15: {csv}");
    let json = run(&folder, "predict nets/patients.net image=new/3.png facts=one.csv --format json");
    assert!(json.contains("one.csv: there is no such"), "{json}");
    fs::write(folder.path().join("one.csv"), "age,dose\n1,0\n").unwrap();
    let json = run(&folder, "predict nets/patients.net facts=one.csv image=new/3.png --format json");
    assert!(json.contains("\"outcome\": {") && json.contains("\"class\": \"ill\""), "{json}");
    let table = run(&folder, "predict nets/patients.net facts=one.csv image=new/3.png");
    assert!(
        table.contains("outcome:\n") && table.contains("stay:\n") && table.contains("early:\n"),
        "{table}"
    );

    let mut told = run(&folder, "predict nets/patients.net new");
    told += &run(&folder, "predict nets/patients.net image=new");
    told += &run(&folder, "predict nets/patients.net image=new facts=new.csv -o out");
    fs::write(folder.path().join("new.csv"), "name,age,dose\n3,1,0\n4,8,3\n7,1,1\n").unwrap();
    told += &run(&folder, "predict nets/patients.net image=new facts=new.csv");
    fs::write(folder.path().join("new.csv"), "name,age\n3,1\n4,8\n5,1\n").unwrap();
    told += &run(&folder, "predict nets/patients.net image=new facts=new.csv");
    fs::write(folder.path().join("new.csv"), "age,dose\n1,0\n8,3\n1,1\n").unwrap();
    told += &run(&folder, "predict nets/patients.net image=new facts=new.csv");
    let facts = fs::read_to_string(folder.path().join("nets/facts.csv")).unwrap();
    fs::write(folder.path().join("nets/facts.csv"), facts.replace("P7,", "P77,")).unwrap();
    told += &run(&folder, "train nets/patients.net --quiet --weights other.safetensors");
    fs::remove_file(folder.path().join("nets/facts.csv")).unwrap();
    told += &run(&folder, "check nets/patients.net");
    insta::assert_snapshot!(told);
}
