//! Trainings that hold out one part of the data after another.

use super::*;
use netwright::metrics::{Average, Metric, Metrics};
use netwright::train::HeldOut;

/// The network with three parts that are held out in turn, or one of them.
pub(super) struct Folded<const FOLD: usize>;

/// Stands for all parts.
const ALL: usize = 3;

impl<const FOLD: usize> App for Folded<FOLD> {
    const NAME: &'static str = "Clouds";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn recipe() -> Recipe {
        Recipe {
            held_out: match FOLD {
                ALL => HeldOut::Folds { count: 3, stratified: true },
                fold => HeldOut::Fold { fold, count: 3, stratified: true },
            },
            metrics: Metrics { channels: 3, pixels: 1, of: &[Metric::F1(Average::Macro), Metric::Confusion] },
            ..testing::RECIPE
        }
    }
    type Params = testing::Params;
    type Model = testing::Model;
    netwright::app::testing::trained_by!(testing::Step);
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

const TRAIN: &str = "train --data-root DIR --weights DIR/w.safetensors --epochs 3 --quiet";

/// Writes a table whose classes overlap, so that not all answers are right.
pub(super) fn noisy() -> TempDir {
    let folder = folder();
    let line =
        |i: usize| format!("{},{},{}\n", i * 37 % 11, i * 53 % 13, (i * 37 % 11 + i * 53 % 13 + i % 5) / 10);
    fs::write(folder.path().join("clouds.csv"), (0..80).map(line).collect::<String>()).unwrap();
    folder
}

#[test]
fn each_fold_is_a_training_and_all_are_summed_up() {
    let folder = noisy();
    let mut told = program::<Folded<ALL>>(&folder, &format!("{TRAIN} --log DIR/log.jsonl")).unwrap();
    let log = fs::read_to_string(folder.path().join("log.jsonl")).unwrap();
    let log = log.lines().filter(|line| !line.contains("seconds"));
    told += &log.map(|line| format!("{line}\n")).collect::<String>();
    insta::assert_snapshot!(digits(&told));
    assert!(!folder.path().join("w.safetensors").exists());
    // A fold is what a training with this part held out would be, and `eval` measures what it held out.
    let missing =
        program::<Folded<ALL>>(&folder, "eval --data-root DIR --weights DIR/w.safetensors").unwrap_err();
    assert!(missing.contains("each fold has weights of its own: write `--weights"), "{missing}");
    let weights = |name: &str| {
        let mut params = testing::Params::zeros();
        let metadata = netwright::weights::load(&folder.path().join(name), &mut params).unwrap();
        (params, netwright::weights::Metadata { manifest: None, ..metadata })
    };
    let fold = weights("w.fold2.safetensors");
    let alone = program::<Folded<1>>(&folder, TRAIN).unwrap();
    assert_eq!(fold, weights("w.safetensors"));
    let eval = "eval --data-root DIR --weights DIR/w.fold2.safetensors";
    let measured = program::<Folded<ALL>>(&folder, eval).unwrap();
    let missing = program::<Folded<ALL>>(&folder, "eval --data-root DIR --weights DIR/other.safetensors");
    assert!(missing.unwrap_err().contains("train the network first"));
    let result = alone.lines().find_map(|line| line.strip_prefix("held out: ")).unwrap();
    assert_eq!(measured.lines().nth(1), Some(result));
}

#[test]
fn too_many_folds_are_refused() {
    let folder = folder();
    fs::write(folder.path().join("clouds.csv"), "1,2,0\n3,4,1\n").unwrap();
    let told = program::<Folded<ALL>>(&folder, TRAIN).unwrap_err();
    assert!(told.contains("2 samples cannot be divided into 3 folds"), "{told}");
    assert!(!folder.path().join("w.fold1.safetensors").exists());
}
