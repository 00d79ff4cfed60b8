//! The samples that `eval` measures after the data, the recipe or the limit has changed.

use super::*;
use crate::eval::samples;
use netwright::train::HeldOut;

const fn share(share: f64) -> HeldOut {
    if share > 0.0 { HeldOut::Share { share, stratified: true } } else { HeldOut::None }
}

/// A network whose recipe holds out this share of its samples, in per cent.
struct Holding<const PERCENT: u32, const SEED: u64>;

impl<const PERCENT: u32, const SEED: u64> App for Holding<PERCENT, SEED> {
    const NAME: &'static str = "Clouds";
    const INPUT: &'static [usize] = <Clouds as App>::INPUT;
    const OUTPUT: &'static [usize] = <Clouds as App>::OUTPUT;
    fn recipe() -> Recipe {
        Recipe { held_out: share(f64::from(PERCENT) / 100.0), seed: SEED, epochs: 2, ..testing::RECIPE }
    }
    type Params = testing::Params;
    type Model = testing::Model;
    netwright::app::testing::trained_by!(testing::Step);
    fn init(_: u64) -> testing::Params {
        testing::Params::zeros()
    }
}

type Twenty = Holding<20, 3>;
type None = Holding<0, 3>;

/// Returns a sample that its first number names.
fn line(row: usize) -> String {
    format!("{row},{}.5,{}\n", row % 7, row % 3)
}

fn write(folder: &TempDir, rows: &[usize]) {
    let table: String = rows.iter().map(|&row| line(row)).collect();
    fs::write(folder.path().join("clouds.csv"), table).unwrap();
}

/// Trains, and returns the line that says how good the network is, if there is one.
fn train<A: App>(folder: &TempDir, args: &str) -> String {
    let train = format!("train --data-root DIR --weights DIR/w.safetensors --quiet {args}");
    let told = program::<A>(folder, &train).unwrap();
    let result = told.lines().find_map(|line| line.strip_prefix("held out: "));
    result.unwrap_or_default().into()
}

/// Returns the rows that are measured, in their order.
fn measured<A: App>(folder: &TempDir, limit: Option<usize>) -> Vec<usize> {
    let weights = folder.path().join("w.safetensors");
    let (_, metadata) = load::<A>(&weights).unwrap();
    let (data, _) = samples::<A>(folder.path(), &weights, &metadata, limit).unwrap();
    data.inputs().chunks_exact(2).map(|sample| sample[0] as usize).collect()
}

fn eval<A: App>(folder: &TempDir, args: &str) -> Result<String, String> {
    program::<A>(folder, &format!("eval --data-root DIR --weights DIR/w.safetensors {args}"))
}

/// Returns the description of the samples in the first line of `eval`.
fn set<A: App>(folder: &TempDir, args: &str) -> String {
    let told = eval::<A>(folder, args).unwrap();
    told.lines().next().unwrap().strip_prefix("Clouds: ").unwrap().into()
}

const ROWS: [usize; 20] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

/// Returns the rows that a training on some rows holds out.
fn held_out(rows: usize) -> Vec<usize> {
    let inputs = (0..rows).map(|row| row as f32).collect();
    let data = Dataset::new(&[1], inputs, netwright::data::Targets::Inputs).unwrap();
    let (_, held_out) = data.split(&share(0.2), 3).unwrap();
    held_out.inputs().iter().map(|&row| row as usize).collect()
}

#[test]
fn those_of_the_training_are_measured_whatever_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, &ROWS);
    let wanted = held_out(20);
    let result = train::<Twenty>(&folder, "");
    let more: Vec<usize> = (0..24).collect();
    let turned: Vec<usize> = (0..20).rev().collect();
    let fewer: Vec<usize> = ROWS.into_iter().filter(|row| wanted.contains(row) || row % 2 == 0).collect();
    let between: Vec<usize> = ROWS.into_iter().flat_map(|row| [row, row + 100]).collect();
    let twice = [ROWS, ROWS].concat();
    for rows in [&ROWS[..], &more, &turned, &fewer, &between, &twice] {
        write(&folder, rows);
        assert_eq!(measured::<Twenty>(&folder, Option::None), wanted, "{rows:?}");
        // Another recipe changes nothing: these are the weights of a training that is over.
        assert_eq!(measured::<Holding<30, 3>>(&folder, Option::None), wanted);
        assert_eq!(measured::<Holding<20, 4>>(&folder, Option::None), wanted);
        assert_eq!(measured::<None>(&folder, Option::None), wanted);
        assert_eq!(measured::<Twenty>(&folder, Some(3)), wanted[..3]);
        let told = eval::<Twenty>(&folder, "").unwrap();
        let mut lines = told.lines();
        assert_eq!(lines.next(), Some("Clouds: 4 samples that were held out from training"));
        assert_eq!(lines.next(), Some(&*result), "{rows:?}");
    }
}

#[test]
fn those_of_a_limited_training_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, &ROWS);
    let result = train::<Twenty>(&folder, "--limit 10 --seed 3");
    // A limit is one of each part: the same samples are held out.
    assert_eq!(measured::<Twenty>(&folder, Option::None), held_out(20));
    assert_eq!(measured::<Twenty>(&folder, Some(10)), held_out(20));
    assert_eq!(measured::<Twenty>(&folder, Some(1)), held_out(20)[..1]);
    assert_eq!(eval::<Twenty>(&folder, "").unwrap().lines().nth(1), Some(&*result));
}

#[test]
fn held_out_samples_that_are_gone_are_told() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, &ROWS);
    train::<Twenty>(&folder, "");
    let gone = held_out(20)[1];
    let rest: Vec<usize> = ROWS.into_iter().filter(|row| *row != gone).collect();
    write(&folder, &rest);
    let mut told = vec![eval::<Twenty>(&folder, "").unwrap_err()];
    write(&folder, &[100, 101, 102]);
    told.push(eval::<Twenty>(&folder, "").unwrap_err());
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_sample_that_was_held_out_twice_must_be_there_twice() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, &[5; 20]);
    train::<Twenty>(&folder, "");
    assert_eq!(measured::<Twenty>(&folder, Option::None), [5; 4]);
    write(&folder, &[5; 3]);
    assert!(eval::<Twenty>(&folder, "").unwrap_err().contains("holds 3 of the 4 samples"));
}

#[test]
fn where_none_were_held_out_new_ones_are_told() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, &ROWS);
    train::<None>(&folder, "");
    let all = "20 samples, those it was trained with: there are no others";
    assert_eq!(set::<None>(&folder, ""), all);
    assert_eq!(set::<Twenty>(&folder, ""), all);
    write(&folder, &(0..20).rev().collect::<Vec<_>>());
    assert_eq!(set::<None>(&folder, ""), all);
    write(&folder, &[&[50, 51, 52], &ROWS[..]].concat());
    assert_eq!(set::<None>(&folder, ""), "23 samples: 20 that it was trained with, and 3 new ones");
    assert_eq!(set::<None>(&folder, "--limit 5"), "5 samples: 2 that it was trained with, and 3 new ones");
    assert_eq!(set::<None>(&folder, "--limit 3"), "3 samples, none of which it was trained with");
    write(&folder, &ROWS[4..]);
    assert_eq!(set::<None>(&folder, ""), "16 samples, all of which it was trained with");
    write(&folder, &ROWS);
    train::<None>(&folder, "--limit 10");
    assert_eq!(set::<None>(&folder, ""), "20 samples: 10 that it was trained with, and 10 new ones");
    assert_eq!(set::<None>(&folder, "--limit 10"), "10 samples, all of which it was trained with");
}

#[test]
fn what_weights_do_not_say_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, &ROWS);
    train::<Twenty>(&folder, "");
    let file = folder.path().join("w.safetensors");
    let (params, metadata) = load::<Twenty>(&file).unwrap();
    let without = |seed| {
        let metadata = Metadata { samples: Option::None, seed, ..metadata.clone() };
        weights::save(&file, &params, &metadata).unwrap();
    };
    without(Option::None);
    let mut told = vec![set::<Twenty>(&folder, "")];
    without(Some(3));
    told.extend([set::<Twenty>(&folder, ""), set::<None>(&folder, "")]);
    assert_eq!(measured::<Twenty>(&folder, Option::None), held_out(20));
    insta::assert_snapshot!(told.join("\n"));
}
