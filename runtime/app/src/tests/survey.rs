//! The report on data.

use super::*;
use netwright::train::{HeldOut, Missing, Source, Table};

const fn share(share: f64) -> HeldOut {
    HeldOut::Share { share, stratified: true }
}

/// Returns the report, without the time that reading took.
fn told(facts: &Facts, folder: &TempDir, args: &str) -> String {
    let path = folder.path().display().to_string();
    let mut out = Vec::new();
    let args = args.split_whitespace().map(|arg| arg.replace("DIR", &path).into());
    let done = report(|| facts.clone(), false, args, &mut out);
    let mut told = String::from_utf8(out).unwrap();
    if let Err(failure) = done {
        told += &failure.report();
    }
    let lines = told.lines().filter(|line| !line.starts_with("reading: "));
    lines.collect::<Vec<_>>().join("\n").replace(&path, "DIR")
}

const PATIENTS: Table = Table {
    path: "patients.csv",
    drop: &[netwright::train::Column::Named("id")],
    by: &[netwright::train::Column::Named("ward")],
    ..Table::USUAL
};

fn patients() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let line = |row: usize| {
        let age = if row.is_multiple_of(5) { String::new() } else { (20 + row).to_string() };
        format!("P{row},{},{age},{},7,{}\n", row % 4, ["f", "m"][row % 2], ["well", "ill"][row % 3 / 2])
    };
    let lines: String = (0..24).map(line).collect();
    fs::write(folder.path().join("patients.csv"), format!("id,ward,age,sex,one,state\n{lines}")).unwrap();
    folder
}

fn facts(table: Table, input: &'static [usize]) -> Facts {
    let recipe = Recipe { data: Some(Source::Csv(table)), held_out: share(0.25), ..testing::RECIPE };
    let loss = netwright::train::Loss::binary_cross_entropy(false);
    let interface = Interface { input, output: &[1], loss, to_input: false };
    Facts { name: "Patients", interface, recipe: Recipe { loss, ..recipe } }
}

#[test]
fn a_table_is_told_by_its_columns() {
    let folder = patients();
    insta::assert_snapshot!(told(&facts(PATIENTS, &[4]), &folder, "data --data-root DIR"));
}

#[test]
fn a_table_that_does_not_fit_is_told_all_the_same() {
    let folder = patients();
    let told =
        told(&facts(Table { missing: Missing::Median, ..PATIENTS }, &[9]), &folder, "data --data-root DIR");
    assert!(
        told.contains("samples      18         6")
            && told.contains("constant among")
            && told.contains("\nerror: "),
        "{told}"
    );
    assert!(told.ends_with("help: write `input [4]` in the network"), "{told}");
    let gone = facts(Table { path: "gone.csv", ..PATIENTS }, &[4]);
    assert!(self::told(&gone, &folder, "data --data-root DIR").contains("there is no such table"));
}

#[test]
fn programs_get_an_object() {
    let folder = patients();
    let told = told(&facts(PATIENTS, &[4]), &folder, "data --data-root DIR --format json");
    let report: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(report["parts"][1]["samples"], 6);
    assert_eq!(report["columns"][2]["missing"], 5);
    assert_eq!(report["constant"], serde_json::json!(["one"]));
    assert!(report["seconds_per_sample"].as_f64().unwrap() > 0.0);
}

#[cfg(feature = "pictures")]
mod pictures {
    use super::*;
    use netwright::train::Pictures;
    use netwright_data::picture::{Picture, Pixels, write_png};

    /// Writes a grey picture of this height and width.
    fn grey(folder: &TempDir, name: &str, [height, width]: [usize; 2], byte: u8) {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let pixels = Pixels::Bytes(vec![byte; height * width]);
        write_png(&file, &Picture { channels: 1, height, width, pixels }).unwrap();
    }

    fn scans_of(pictures: Pictures, output: &'static [usize]) -> Facts {
        let recipe = Recipe { data: Some(Source::Images(pictures)), held_out: share(0.5), ..testing::RECIPE };
        let interface = Interface { input: &[1, 4, 4], output, loss: recipe.loss, to_input: false };
        Facts { name: "Scans", interface, recipe }
    }

    #[test]
    fn damaged_and_repeated_files_are_all_named_and_a_sheet_drawn() {
        let folder = tempfile::tempdir().unwrap();
        for (at, class) in ["ill", "well"].into_iter().enumerate() {
            for number in 0..4 {
                grey(&folder, &format!("scans/{class}/{number}.png"), [4, 4], (40 * number + at) as u8);
            }
            // All are the same picture, so that some are on both sides.
            (4..8).for_each(|number| grey(&folder, &format!("scans/{class}/{number}.png"), [8, 8], 250));
        }
        for name in ["ill/x.png", "well/y.png", "well/z.png"] {
            fs::write(folder.path().join("scans").join(name), "no picture").unwrap();
        }
        let scans = Pictures { path: "scans", fit: netwright::train::Fit::Stretch, ..Pictures::USUAL };
        let facts = scans_of(scans, &[2]);
        insta::assert_snapshot!(told(&facts, &folder, "data --data-root DIR --output DIR/sheet.png"));
        let png = fs::read(folder.path().join("sheet.png")).unwrap();
        let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        // Two rows of four pictures or more, each 64 pixels high.
        assert_eq!(size(20), 2 * (64 + 4) + 4);
        assert!(size(16) > 4 * (64 + 4), "{}", size(16));
        // It does not matter where pictures are kept.
        let streamed = scans_of(Pictures { cache: netwright::train::Cache::None, ..scans }, &[2]);
        let all = "data --data-root DIR --format json";
        assert_eq!(without_time(&streamed, &folder, all), without_time(&facts, &folder, all));
    }

    /// Returns the report for programs, without the time that reading took.
    fn without_time(facts: &Facts, folder: &TempDir, args: &str) -> String {
        let told = told(facts, folder, args);
        told.lines().filter(|line| !line.contains("seconds_per_sample")).collect()
    }

    #[test]
    fn all_files_may_be_damaged() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["ill/1.png", "well/2.png", "well/3.png"] {
            grey(&folder, &format!("scans/{name}"), [4, 5], 9);
        }
        let facts = scans_of(Pictures { path: "scans", ..Pictures::USUAL }, &[2]);
        let told = told(&facts, &folder, "data --data-root DIR");
        assert!(
            told.contains("3 of 4x5, grey, 8 bits") && told.contains("files that cannot be used: 3"),
            "{told}"
        );
        assert!(["ill/1", "well/2", "well/3"].iter().all(|name| told.contains(name)), "{told}");
    }

    #[test]
    fn masks_may_be_damaged_too() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..6 {
            grey(&folder, &format!("scans/{number}.png"), [4, 4], 30 * number);
            grey(&folder, &format!("masks/{number}.png"), [4, 4], if number % 2 == 0 { 0 } else { 255 });
        }
        fs::write(folder.path().join("masks/3.png"), "no mask").unwrap();
        let scans = Pictures { path: "scans", masks: "masks", ..Pictures::USUAL };
        let loss = netwright::train::Loss::binary_cross_entropy(false);
        let facts = scans_of(scans, &[1, 4, 4]);
        let facts = Facts { interface: Interface { loss, ..facts.interface }, ..facts };
        let told = told(&facts, &folder, "data --data-root DIR --output DIR/sheet.png");
        assert!(told.contains("files that cannot be used: 1") && told.contains("DIR/masks/3.png"), "{told}");
        assert!(
            told.contains("masks: from 0 to 1") && told.contains("a picture and its mask in each row"),
            "{told}"
        );
    }
}
