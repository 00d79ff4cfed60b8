//! Trainings that go on from their checkpoints.

use super::*;
use netwright::schedule::{Course, Schedule};
use netwright::state::{Carried, Part, PartMut};
use netwright::train::{EarlyStop, HeldOut, Resumable, Save, TargetsRef, Trainer, Watch};
use std::cell::Cell;
use std::panic::catch_unwind;

/// Saved after every step: the time between two checkpoints is always over.
const EACH_STEP: Save = Save::Every { epochs: 1, minutes: 1e-12, keep: 10_000 };

/// A network that is saved after each step, with everything that a loop counts.
struct Saved<const FOLDS: usize>;

impl<const FOLDS: usize> App for Saved<FOLDS> {
    const NAME: &'static str = "Saved";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn spec() -> &'static [&'static str] {
        &["dense(3)", "optimizer sgd(lr=0.5)"]
    }
    fn recipe() -> Recipe {
        Recipe {
            epochs: 5,
            batch: 40,
            held_out: match FOLDS {
                0 => testing::RECIPE.held_out,
                count => HeldOut::Folds { count, stratified: true },
            },
            schedule: Schedule {
                warmup: 0.0,
                course: Course::OnPlateau {
                    factor: 0.5,
                    patience: 0,
                    threshold: 0.5,
                    cooldown: 1,
                    last: 0.0,
                    on: Watch::ValLoss,
                },
            },
            stop: Some(EarlyStop { patience: 3, on: Watch::ValLoss }),
            save: EACH_STEP,
            ..testing::RECIPE
        }
    }
    type Params = testing::Params;
    netwright::app::testing::trained_by!(testing::Step);
    type Model = testing::Model;
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

/// The same training of another text, which saves as usual.
struct Edited;

impl App for Edited {
    const NAME: &'static str = "Saved";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn spec() -> &'static [&'static str] {
        &["dense(3)", "optimizer sgd(lr=0.4)"]
    }
    fn recipe() -> Recipe {
        Recipe { save: Save::USUAL, ..<Saved<0> as App>::recipe() }
    }
    type Params = testing::Params;
    netwright::app::testing::trained_by!(testing::Step);
    type Model = testing::Model;
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

/// The same training, one of whose steps panics.
struct Broken;

impl App for Broken {
    const NAME: &'static str = "Saved";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn spec() -> &'static [&'static str] {
        <Saved<0> as App>::spec()
    }
    fn recipe() -> Recipe {
        <Saved<0> as App>::recipe()
    }
    type Params = testing::Params;
    netwright::app::testing::trained_by!(Breaking);
    type Model = testing::Model;
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

thread_local! {
    /// The steps that are left until one panics.
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

struct Breaking(testing::Step);

impl Carried for Breaking {
    fn parts<'a>(&'a self, name: &str, parts: &mut Vec<(String, Part<'a>)>) {
        self.0.parts(name, parts);
    }

    fn parts_mut<'a>(&'a mut self, name: &str, parts: &mut Vec<(String, PartMut<'a>)>) {
        self.0.parts_mut(name, parts);
    }
}

impl Resumable for Breaking {}

impl Trainer for Breaking {
    type Params = testing::Params;
    fn new(params: testing::Params, seed: u64) -> Breaking {
        Breaking(testing::Step::new(params, seed))
    }
    fn step(&mut self, inputs: &[f32], targets: TargetsRef<'_>, rate: f32) -> f32 {
        let left = LEFT.get();
        LEFT.set(left.wrapping_sub(1));
        assert!(left != 0, "a step that panics");
        self.0.step(inputs, targets, rate)
    }
    fn params(&self) -> &testing::Params {
        self.0.params()
    }
    fn params_mut(&mut self) -> &mut testing::Params {
        self.0.params_mut()
    }
}

const TRAIN: &str = "train --data-root DIR --weights DIR/w.safetensors --log DIR/l.jsonl --quiet";

fn weights(folder: &TempDir, name: &str) -> Vec<u8> {
    fs::read(folder.path().join(name)).unwrap()
}

/// Returns the log without times.
fn log(folder: &TempDir) -> String {
    let log = fs::read_to_string(folder.path().join("l.jsonl")).unwrap();
    let line = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("seconds");
        line.to_string()
    };
    log.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Returns the names in a folder of checkpoints, in their order.
fn names(folder: &TempDir, checkpoints: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.path().join(checkpoints)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Removes the checkpoints after one of them, as if the training had ended there, and its weights.
fn end_after(folder: &TempDir, whole: &TempDir, last: &str) {
    fs::copy(whole.path().join("l.jsonl"), folder.path().join("l.jsonl")).unwrap();
    let to = folder.path().join("w.checkpoints");
    fs::create_dir(&to).unwrap();
    for name in names(whole, "w.checkpoints").iter().filter(|name| name.as_str() <= last) {
        fs::copy(whole.path().join("w.checkpoints").join(name), to.join(name)).unwrap();
    }
}

#[test]
fn a_panic_loses_no_more_than_its_step() {
    let [whole, folder] = [folder(), folder()];
    program::<Saved<0>>(&whole, TRAIN).unwrap();
    // In the third epoch of five steps.
    LEFT.set(12);
    assert!(catch_unwind(|| program::<Broken>(&folder, TRAIN)).is_err());
    let kept = names(&folder, "w.checkpoints");
    assert_eq!(kept.iter().filter(|name| name.starts_with("step-")).count(), 12);
    assert!(kept.contains(&"best.safetensors".into()) && !folder.path().join("w.safetensors").exists());
    LEFT.set(usize::MAX);
    let told = program::<Broken>(&folder, &format!("{TRAIN} --resume")).unwrap();
    assert!(told.contains("goes on in epoch 3, after step 12"), "{told}");
    assert!(weights(&folder, "w.safetensors") == weights(&whole, "w.safetensors"));
}

#[test]
fn a_training_goes_on_from_any_step_to_the_same_bits() {
    let whole = folder();
    program::<Saved<0>>(&whole, TRAIN).unwrap();
    // 180 samples in batches of 40.
    let steps: Vec<String> =
        names(&whole, "w.checkpoints").into_iter().filter(|name| name != "best.safetensors").collect();
    assert_eq!(steps.len(), 5 * 5);
    for (step, name) in (1..).zip(&steps) {
        assert_eq!(*name, format!("step-{step:010}.safetensors"));
        let other = folder();
        end_after(&other, &whole, name);
        program::<Saved<0>>(&other, &format!("{TRAIN} --resume")).unwrap();
        assert_eq!(weights(&other, "w.safetensors"), weights(&whole, "w.safetensors"), "{name}");
        assert_eq!(log(&other), log(&whole), "{name}");
        for name in &steps {
            let name = format!("w.checkpoints/{name}");
            let snapshot = |folder: &TempDir| {
                let mut snapshot = netwright::checkpoint::read(&folder.path().join(&name)).unwrap().snapshot;
                // The only number that no training repeats.
                snapshot.numbers.remove("progress.seconds");
                snapshot
            };
            assert_eq!(snapshot(&other), snapshot(&whole), "{name}");
        }
    }
}

#[test]
fn a_table_goes_on_below_one_header() {
    const TABLE: &str = "train --data-root DIR --weights DIR/w.safetensors --log DIR/l.csv --quiet";
    let read = |folder: &TempDir| {
        let log = fs::read_to_string(folder.path().join("l.csv")).unwrap();
        let lines: Vec<Vec<String>> =
            log.lines().map(|line| line.split(',').map(String::from).collect()).collect();
        let seconds = lines[0].iter().position(|name| name == "seconds").unwrap();
        let without = lines.into_iter().map(|mut line| {
            line.remove(seconds);
            line.join(",")
        });
        without.collect::<Vec<_>>().join("\n")
    };
    let whole = folder();
    program::<Saved<0>>(&whole, TABLE).unwrap();
    insta::assert_snapshot!(read(&whole));
    let other = folder();
    fs::copy(whole.path().join("l.csv"), other.path().join("l.csv")).unwrap();
    fs::create_dir(other.path().join("w.checkpoints")).unwrap();
    let step = "w.checkpoints/step-0000000012.safetensors";
    fs::copy(whole.path().join(step), other.path().join(step)).unwrap();
    program::<Saved<0>>(&other, &format!("{TABLE} --resume")).unwrap();
    assert_eq!(read(&other), read(&whole));
}

#[test]
fn a_table_of_other_metrics_is_kept() {
    let folder = folder();
    let log = folder.path().join("l.csv");
    let train = TRAIN.replace("l.jsonl", "l.csv");
    program::<Saved<0>>(&folder, &train).unwrap();
    let older = fs::read_to_string(&log).unwrap().replacen("val_loss", "val_loss,val_f1", 1);
    fs::write(&log, &older).unwrap();
    let failure = program::<Saved<0>>(&folder, &format!("{train} --resume")).unwrap_err();
    assert!(failure.contains("a log with the columns of other metrics"), "{}", failure);
    assert_eq!(fs::read_to_string(&log).unwrap(), older);
}

#[test]
fn best_weights_are_there_before_the_end() {
    let folder = folder();
    program::<Saved<0>>(&folder, TRAIN).unwrap();
    assert_eq!(weights(&folder, "w.checkpoints/best.safetensors"), weights(&folder, "w.safetensors"));
    let eval = "eval --data-root DIR --weights DIR/w.checkpoints/best.safetensors";
    assert!(program::<Saved<0>>(&folder, eval).unwrap().contains("accuracy 100.00%"));
}

#[test]
fn folds_go_on_where_they_were() {
    let whole = folder();
    program::<Saved<3>>(&whole, TRAIN).unwrap();
    let other = folder();
    fs::copy(whole.path().join("l.jsonl"), other.path().join("l.jsonl")).unwrap();
    for (fold, last) in [(1, "step-9"), (2, "step-0000000003.safetensors")] {
        let checkpoints = format!("w.fold{fold}.checkpoints");
        fs::create_dir(other.path().join(&checkpoints)).unwrap();
        for name in names(&whole, &checkpoints).iter().filter(|name| name.as_str() <= last) {
            let name = format!("{checkpoints}/{name}");
            fs::copy(whole.path().join(&name), other.path().join(&name)).unwrap();
        }
    }
    program::<Saved<3>>(&other, &format!("{TRAIN} --resume")).unwrap();
    for name in (1..=3).map(|fold| format!("w.fold{fold}.safetensors")) {
        assert_eq!(weights(&other, &name), weights(&whole, &name), "{name}");
    }
    assert_eq!(log(&other), log(&whole));
}

#[test]
fn a_training_that_is_over_goes_on_with_more_epochs() {
    let [longer, other] = [folder(), folder()];
    program::<Saved<0>>(&longer, &format!("{TRAIN} --epochs 7")).unwrap();
    program::<Saved<0>>(&other, &format!("{TRAIN} --epochs 3")).unwrap();
    let short = weights(&other, "w.safetensors");
    // Nothing is left to do.
    program::<Saved<0>>(&other, &format!("{TRAIN} --epochs 3 --resume")).unwrap();
    assert_eq!(weights(&other, "w.safetensors"), short);
    program::<Saved<0>>(&other, &format!("{TRAIN} --epochs 7 --resume")).unwrap();
    assert_eq!(weights(&other, "w.safetensors"), weights(&longer, "w.safetensors"));
    assert_ne!(weights(&other, "w.safetensors"), short);
}

#[test]
fn a_damaged_checkpoint_is_told_and_the_one_before_used() {
    let whole = folder();
    program::<Saved<0>>(&whole, TRAIN).unwrap();
    let other = folder();
    end_after(&other, &whole, "step-0000000012.safetensors");
    let newest = other.path().join("w.checkpoints/step-0000000012.safetensors");
    let bytes = fs::read(&newest).unwrap();
    fs::write(&newest, &bytes[..bytes.len() - 9]).unwrap();
    let mut altered = fs::read(other.path().join("w.checkpoints/step-0000000011.safetensors")).unwrap();
    let last = altered.len() - 1;
    altered[last] ^= 4;
    fs::write(other.path().join("w.checkpoints/step-0000000011.safetensors"), altered).unwrap();
    let told = program::<Saved<0>>(&other, &format!("{TRAIN} --resume")).unwrap();
    insta::assert_snapshot!(told);
    assert_eq!(weights(&other, "w.safetensors"), weights(&whole, "w.safetensors"));
}

#[test]
fn trainings_that_cannot_go_on() {
    let whole = folder();
    program::<Saved<0>>(&whole, TRAIN).unwrap();
    let resume = format!("{TRAIN} --resume");
    let mut messages = vec![];
    let mut fails = |error: Result<String, String>| messages.push(error.unwrap_err());
    fails(program::<Saved<0>>(&whole, &resume.replace("w.safetensors", "v.safetensors")));
    fails(program::<Saved<0>>(&whole, &format!("{resume} --seed 4")));
    fails(program::<Saved<0>>(&whole, &format!("{resume} --limit 100")));
    fails(program::<Saved<0>>(&whole, &format!("{resume} --epochs 4")));
    fails(program::<Edited>(&whole, &resume));
    let other_data = clouds(240).replacen("100.", "101.", 1).replacen("0.5", "0.7", 3);
    fs::write(whole.path().join("clouds.csv"), other_data).unwrap();
    fails(program::<Saved<0>>(&whole, &resume));
    fs::write(whole.path().join("clouds.csv"), clouds(240)).unwrap();
    for name in names(&whole, "w.checkpoints").iter().filter(|name| *name != "best.safetensors") {
        fs::write(whole.path().join("w.checkpoints").join(name), "").unwrap();
    }
    fails(program::<Saved<0>>(&whole, &resume));
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_new_training_replaces_an_older_one() {
    let folder = folder();
    program::<Saved<0>>(&folder, TRAIN).unwrap();
    let first = names(&folder, "w.checkpoints");
    // What a killed process leaves in the middle of a file.
    fs::write(folder.path().join("w.checkpoints/.tmpA1b2C3"), "half").unwrap();
    // At its end: nothing is lost.
    let told = program::<Edited>(&folder, TRAIN).unwrap();
    assert!(!told.contains("--resume"), "{told}");
    let second = names(&folder, "w.checkpoints");
    assert!(second.len() <= 4 && first.len() == 26, "{second:?}");
    assert!(second.iter().all(|name| !name.starts_with('.')), "{second:?}");
    for name in second.iter().filter(|name| *name != "best.safetensors") {
        let path = folder.path().join("w.checkpoints").join(name);
        let facts = netwright::checkpoint::read(&path).unwrap().facts;
        assert!(facts.contains(&("spec".into(), Edited::spec()[1].into())), "{name}");
    }
    let last = second.last().unwrap();
    fs::remove_file(folder.path().join("w.checkpoints").join(last)).unwrap();
    let told = program::<Edited>(&folder, TRAIN).unwrap();
    assert!(
        told.contains(
            "DIR/w.checkpoints holds a training that is not at its end, which `--resume` goes on with"
        ),
        "{told}"
    );
}

/// The same network, which is not saved on its way.
struct Unsaved;

impl App for Unsaved {
    const NAME: &'static str = "Saved";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn recipe() -> Recipe {
        Recipe { save: Save::Never, ..<Saved<0> as App>::recipe() }
    }
    type Params = testing::Params;
    netwright::app::testing::trained_by!(testing::Step);
    type Model = testing::Model;
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

#[test]
fn saving_changes_no_bit_and_can_be_left_out() {
    let [saved, unsaved] = [folder(), folder()];
    program::<Saved<0>>(&saved, TRAIN).unwrap();
    program::<Unsaved>(&unsaved, TRAIN).unwrap();
    assert_eq!(weights(&saved, "w.safetensors"), weights(&unsaved, "w.safetensors"));
    assert!(!unsaved.path().join("w.checkpoints").exists());
}

#[test]
#[cfg(unix)]
fn a_training_that_cannot_be_saved_goes_on() {
    let folder = folder();
    // No folder can be made where something else is.
    std::os::unix::fs::symlink("nowhere", folder.path().join("w.checkpoints")).unwrap();
    let told = program::<Saved<0>>(&folder, TRAIN).unwrap();
    assert!(folder.path().join("w.safetensors").exists());
    assert!(told.contains("the training cannot be saved: "), "{told}");
    let none = format!("{TRAIN} --resume");
    assert!(
        program::<Saved<0>>(&folder, &none).unwrap_err().contains("there is no checkpoint to go on from")
    );
}

#[test]
fn a_training_pauses_and_goes_on() {
    let whole = folder();
    program::<Saved<0>>(&whole, TRAIN).unwrap();
    let paused = folder();
    let until = |epoch: usize, more: &str| {
        let told = program::<Saved<0>>(&paused, &format!("{TRAIN} --until {epoch} {more}")).unwrap();
        assert!(!told.contains("weights:") || epoch >= 5, "{told}");
        log(&paused).lines().filter(|line| line.contains("\"epoch\":")).count()
    };
    assert_eq!(until(1, ""), 1);
    // What is there already is no step more.
    assert_eq!(until(1, "--resume"), 1);
    assert_eq!(until(3, "--resume"), 3);
    assert!(!paused.path().join("w.safetensors").exists());
    until(5, "--resume");
    assert_eq!(weights(&paused, "w.safetensors"), weights(&whole, "w.safetensors"));
    assert_eq!(log(&paused), log(&whole));
}
