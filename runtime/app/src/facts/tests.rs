//! Facts of whole trainings.

use super::*;
use netwright::app::testing::{self, Careful, Clouds, clouds};
use std::ffi::OsString;
use tempfile::TempDir;

fn folder_of_clouds() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("clouds.csv"), clouds(240)).unwrap();
    fs::write(folder.path().join("more.csv"), clouds(60)).unwrap();
    folder
}

fn train<A: App>(folder: &TempDir, more: &str) {
    let path = folder.path().display().to_string();
    let args = format!("train --data-root {path} --weights {path}/w.safetensors --quiet {more}");
    let args = args.split_whitespace().map(OsString::from);
    super::super::run::<A>(args, &mut Vec::new()).unwrap();
}

fn facts(folder: &TempDir) -> Value {
    serde_json::from_slice(&fs::read(folder.path().join("w.report").join(TEXT)).unwrap()).unwrap()
}

#[test]
fn a_training_leaves_all_facts() {
    let folder = folder_of_clouds();
    train::<Careful>(&folder, "--report");
    let facts = facts(&folder);
    assert_eq!(facts["facts"], 1);
    assert_eq!((&facts["network"], &facts["weights"]), (&json!("Careful"), &json!("w.safetensors")));
    let epochs = facts["epochs"].as_array().unwrap();
    assert!(epochs.len() > 1 && epochs[0]["val_loss"].is_number(), "{epochs:?}");
    assert_eq!(facts["test"]["measured"]["set"], "test");
    assert_eq!((&facts["test"]["kind"], &facts["test"]["kept"]), (&json!("classes"), &json!(60)));
    assert!(facts["layers"]["looks"][0]["tensors"][0]["weights"]["counts"].is_array());
    let arrays = fs::read(folder.path().join("w.report").join(ARRAYS)).unwrap();
    let arrays = safetensors::SafeTensors::deserialize(&arrays).unwrap();
    assert_eq!(arrays.tensor("test.outputs").unwrap().shape(), [60, testing::CLASSES]);
    assert_eq!(arrays.tensor("test.targets").unwrap().shape(), [60]);
}

#[test]
fn a_report_changes_no_bit_of_the_training() {
    let bytes = |more: &str| {
        let folder = folder_of_clouds();
        train::<Clouds>(&folder, more);
        assert_eq!(folder.path().join("w.report").exists(), !more.is_empty());
        fs::read(folder.path().join("w.safetensors")).unwrap()
    };
    assert_eq!(bytes(""), bytes("--report"));
}

#[test]
fn other_files_are_kept_and_the_training_goes_on() {
    let folder = folder_of_clouds();
    fs::create_dir(folder.path().join("w.report")).unwrap();
    let own = folder.path().join("w.report").join(TEXT);
    fs::write(&own, "{\"mine\": 1}").unwrap();
    train::<Clouds>(&folder, "--report");
    assert_eq!(fs::read_to_string(own).unwrap(), "{\"mine\": 1}");
    assert!(folder.path().join("w.safetensors").exists());
}
