//! Trainings that are repeated and compared.

use super::folds::{Folded, noisy};
use super::*;
use netwright::schedule::{Course, Schedule};
use netwright::weights::{self, Metadata};

const TRAIN: &str = "train --data-root DIR --weights DIR/w.safetensors --quiet";
const VERIFY: &str = "verify --data-root DIR --weights DIR/w.safetensors --quiet";

fn metadata(folder: &TempDir, name: &str) -> Metadata {
    weights::load(&folder.path().join(name), &mut testing::Params::zeros()).unwrap()
}

#[test]
fn a_training_is_repeated() {
    let folder = folder();
    program::<Clouds>(&folder, &format!("{TRAIN} --epochs 3 --limit 100 --seed 9")).unwrap();
    let manifest = metadata(&folder, "w.safetensors").manifest.unwrap();
    assert_eq!((manifest.epochs, manifest.limit, manifest.seed), (3, Some(100), 9));
    assert_eq!(manifest.instructions, netwright::isa::Isa::current().name());
    let told = [VERIFY.to_string(), format!("{VERIFY} --quick")]
        .map(|args| program::<Clouds>(&folder, &args).unwrap());
    insta::assert_snapshot!(told.join(""));
}

#[test]
fn each_difference_is_told() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    program::<Clouds>(&folder, TRAIN).unwrap();
    let fails = |args: &str| program::<Clouds>(&folder, args).unwrap_err();
    let mut told = vec![];
    // Other samples, as many and fewer.
    let samples = fs::read_to_string(at("clouds.csv")).unwrap();
    let lines: Vec<&str> = samples.lines().collect();
    fs::write(at("clouds.csv"), samples.replacen(lines[0], lines[1], 1)).unwrap();
    told.push(fails(VERIFY));
    told.push(fails(&format!("{VERIFY} --quick")));
    fs::write(at("clouds.csv"), lines[..200].join("\n")).unwrap();
    told.push(fails(VERIFY));
    fs::write(at("clouds.csv"), &samples).unwrap();
    // Other weights under the manifest of this training, one a hair's breadth away.
    let mut params = testing::Params::zeros();
    let about = weights::load(&at("w.safetensors"), &mut params).unwrap();
    params.bias[1] = params.bias[1].next_up();
    weights::save(&at("w.safetensors"), &params, &about).unwrap();
    let error = fails(VERIFY);
    let (line, rest) = error.split_once("; the first").unwrap();
    told.push(format!("{line} ... {}", rest.split_once('\n').unwrap().1));
    // Another beginning.
    let mut manifest = about.manifest.clone().unwrap();
    manifest.start ^= 1;
    weights::save(&at("w.safetensors"), &params, &Metadata { manifest: Some(manifest), ..about.clone() })
        .unwrap();
    told.push(fails(VERIFY));
    // No manifest, and altered bits.
    weights::save(&at("w.safetensors"), &params, &Metadata { manifest: None, ..about }).unwrap();
    told.push(fails(VERIFY));
    let mut bytes = fs::read(at("w.safetensors")).unwrap();
    *bytes.last_mut().unwrap() ^= 0x80;
    fs::write(at("w.safetensors"), bytes).unwrap();
    told.push(fails(VERIFY));
    for command in [
        "eval --data-root DIR --weights DIR/w.safetensors",
        "predict --weights DIR/w.safetensors DIR/more.csv",
    ] {
        assert!(fails(command).contains("was altered after it was saved"), "{command}");
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn another_machine_is_noted() {
    let folder = folder();
    program::<Clouds>(&folder, TRAIN).unwrap();
    let file = folder.path().join("w.safetensors");
    let mut params = testing::Params::zeros();
    let mut about = weights::load(&file, &mut params).unwrap();
    let manifest = about.manifest.as_mut().unwrap();
    (manifest.version, manifest.instructions) = ("0.0.1".into(), "NEON".into());
    weights::save(&file, &params, &about).unwrap();
    let told = program::<Clouds>(&folder, VERIFY).unwrap();
    assert!(told.contains("note: Netwright was 0.0.1, and is "), "{told}");
    assert!(told.contains("note: the instruction set was NEON, and is "), "{told}");
    assert!(told.contains("the same weights, bit for bit"), "{told}");
}

#[test]
fn a_fold_is_repeated_by_itself() {
    let folder = noisy();
    program::<Folded<3>>(&folder, TRAIN).unwrap();
    for fold in 1..=3 {
        let name = format!("w.fold{fold}.safetensors");
        assert_eq!(metadata(&folder, &name).manifest.unwrap().fold, Some((fold, 3)));
        let told = program::<Folded<3>>(&folder, &VERIFY.replace("w.safetensors", &name)).unwrap();
        assert!(told.contains("the same weights, bit for bit"), "{told}");
    }
}

/// The network with a rate that does not depend on the number of epochs; the usual one falls until the last of them.
struct Steady;

impl App for Steady {
    const NAME: &'static str = "Clouds";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn recipe() -> Recipe {
        let schedule = Schedule { warmup: 0.0, course: Course::Constant };
        Recipe { schedule, ..testing::RECIPE }
    }
    type Params = testing::Params;
    type Model = testing::Model;
    netwright::app::testing::trained_by!(testing::Step);
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

#[test]
fn a_training_that_went_on_is_repeated_if_one_at_once_is_the_same() {
    let folder = folder();
    let longer = format!("{TRAIN} --resume --epochs");
    program::<Steady>(&folder, &format!("{TRAIN} --epochs 2")).unwrap();
    program::<Steady>(&folder, &format!("{longer} 4")).unwrap();
    assert!(program::<Steady>(&folder, VERIFY).unwrap().contains("bit for bit"));
    program::<Clouds>(&folder, &format!("{TRAIN} --epochs 2")).unwrap();
    assert!(program::<Clouds>(&folder, VERIFY).unwrap().contains("bit for bit"));
    program::<Clouds>(&folder, &format!("{longer} 4")).unwrap();
    // One that goes on again has not forgotten it.
    program::<Clouds>(&folder, &format!("{longer} 5")).unwrap();
    program::<Clouds>(&folder, &format!("{longer} 5")).unwrap();
    let told = program::<Clouds>(&folder, VERIFY).unwrap_err();
    assert!(told.contains("the training was begun for 2, then 4 epochs, and went on to 5"), "{told}");
    assert!(program::<Clouds>(&folder, &format!("{VERIFY} --quick")).is_ok());
}
