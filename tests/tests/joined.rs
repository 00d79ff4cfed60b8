//! Training on several sources, and with several losses, from files.

use netwright::data::{Dataset, Interface};
use netwright::train::{Epoch, HeldOut, Log, Loss, Recipe, Scaling, Source, Table, TargetsRef};
use netwright_tests::reports::{Told, bits, told};
use std::fmt::Write;
use std::fs;

netwright::network! {
    network Files {
        input image [1, 4, 4]
        input facts [3]
        from image
        conv(4, 3x3) relu flatten concat(facts)
        dense(8) tanh dropout(10%) as shared
        dense(3) softmax as kind
        from shared
        dense(1) as price
        output kind
        output price
        loss cross_entropy(on=kind)
        loss mse(on=price, weight=0.5)
    }
    train Files {
        data image csv("images.csv", label=[kind, price], drop=side, key=id) normalize(mean=0.25, std=2)
             facts csv("facts.csv", key=name, drop=remark) standardize
        validate 25%
        epochs 8
        batch 8
        optimizer adam(lr=1e-2)
        regularize l1(1e-4)
        accumulate 2
        ema 0.9
        stop early(patience=4)
        metrics f1 accuracy
        seed 7
    }
    network Own {
        input image [1, 4, 4]
        input facts [3]
        from image
        conv(4, 3x3) relu flatten concat(facts)
        dense(8) tanh dropout(10%) as shared
        dense(3) softmax as kind
        from shared
        dense(1) as price
        output kind
        output price
        loss cross_entropy(on=kind)
        loss mse(on=price, weight=0.5)
    }
    train Own {
        validate 25%
        epochs 8
        batch 8
        optimizer adam(lr=1e-2)
        regularize l1(1e-4)
        accumulate 2
        ema 0.9
        stop early(patience=4)
        seed 7
    }
    network Weighed {
        input image [1, 4, 4]
        input facts [3]
        from image
        flatten concat(facts)
        dense(3) softmax as kind
        from facts
        dense(1) sigmoid as side
        output kind
        output side
        loss cross_entropy(on=kind)
        loss binary_cross_entropy(on=side)
    }
    train Weighed {
        data image csv("images.csv", label=[kind, side], drop=price, key=id)
             facts csv("facts.csv", key=name, drop=remark)
        validate 25%
        epochs 3
        weights balanced
    }
}

const SAMPLES: usize = 64;

fn number(i: usize) -> f32 {
    (i as f32 * 2.399_963).sin()
}

fn image(i: usize) -> [f32; 16] {
    std::array::from_fn(|j| number(16 * i + j))
}

fn facts(i: usize) -> [f32; 3] {
    std::array::from_fn(|j| number(3 * i + j + 7) + j as f32)
}

fn kind(i: usize) -> u32 {
    u32::from(number(3 * i + 7) > 0.0) + u32::from(number(3 * i + 8) > 0.5)
}

fn price(i: usize) -> f32 {
    image(i)[5] - image(i)[6]
}

/// The order of the second table.
fn shuffled(i: usize) -> usize {
    (i * 37 + 11) % SAMPLES
}

/// Returns tables of the same samples in two orders.
fn tables() -> [String; 2] {
    let mut images = (0..16).fold(String::from("id"), |text, pixel| text + &format!(",p{pixel}"));
    images += ",kind,price,side\n";
    for i in 0..SAMPLES {
        let pixels = image(i).map(|x| format!(",{x}")).concat();
        let kind = ["ash", "birch", "cedar"][kind(i) as usize];
        let side = if price(i) > 0.0 { "right" } else { "left" };
        writeln!(images, "s{i}{pixels},{kind},{},{side}", price(i)).unwrap();
    }
    let mut table = String::from("remark,age,name,height,weight\n");
    for i in (0..SAMPLES).map(shuffled) {
        let [age, height, weight] = facts(i);
        writeln!(table, "a note,{age},s{i},{height},{weight}").unwrap();
    }
    [images, table]
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let [images, facts] = tables();
    fs::write(folder.path().join("images.csv"), images).unwrap();
    fs::write(folder.path().join("facts.csv"), facts).unwrap();
    folder
}

fn load(folder: &tempfile::TempDir, recipe: &Recipe) -> Result<Dataset, netwright::data::Error> {
    // What a network takes is said by the sources, if there are several.
    let interface = Interface { input: &[1, 4, 4], output: &[3], loss: recipe.loss, to_input: false };
    Dataset::training(&recipe.source(), folder.path(), &interface)
}

/// Returns a number as a table has it: with the digits of its shortest text.
fn written(x: f32) -> f64 {
    x.to_string().parse().unwrap()
}

/// Scales samples as the recipe of the file does, by what those to train with teach.
fn scaled(training: &[u32]) -> (Vec<[f32; 16]>, Vec<[f32; 3]>) {
    let images = (0..SAMPLES).map(|i| image(i).map(|x| ((written(x) - 0.25) / 2.0) as f32)).collect();
    // The statistics are those of a table of the same lines alone.
    let folder = tempfile::tempdir().unwrap();
    let line = |&i: &u32| facts(i as usize).map(|x| format!("{x},")).concat() + "0\n";
    let lines: String = training.iter().map(line).collect();
    fs::write(folder.path().join("facts.csv"), format!("age,height,weight,y\n{lines}")).unwrap();
    let source = Source::Csv(Table { path: "facts.csv", ..Table::USUAL });
    let interface = Interface { input: &[3], output: &[1], loss: Loss::MSE, to_input: false };
    let data = Dataset::training(&source, folder.path(), &interface).unwrap();
    let scaling = data.normalization(Scaling::Standardize).unwrap();
    let of = |i: usize| scaling.of(&facts(i).map(written)).try_into().unwrap();
    (images, (0..SAMPLES).map(of).collect())
}

#[test]
fn a_joined_training_is_that_of_a_program_with_the_same_samples() {
    let folder = folder();
    let recipe = files::RECIPE;
    let all = load(&folder, &recipe).unwrap();
    assert_eq!(all.len(), SAMPLES);
    let (mut training, mut held_out) = all.split(&recipe.held_out, recipe.seed).unwrap();
    let scaling = training.normalization(recipe.scaling).unwrap();
    training.normalize(&scaling);
    held_out.normalize(&scaling);
    let (mut by_file, mut by_program) = (Told::new(), Told::new());
    let trained =
        files::train(&recipe, files::Params::init(7), &training, &held_out, &mut told(&mut by_file)).unwrap();

    let kinds: Vec<u32> = (0..SAMPLES).map(kind).collect();
    let prices: Vec<[f32; 1]> = (0..SAMPLES).map(|i| [price(i)]).collect();
    let parts = netwright::__private::samples::split(SAMPLES, &own::RECIPE.held_out, 7, &kinds, &[]);
    let (images, facts) = scaled(&parts.unwrap().0);
    let samples =
        own::Samples { image: &images, facts: &facts, kind_targets: &kinds, price_targets: &prices };
    let own =
        own::train_with(&own::RECIPE, own::Params::init(7), samples, &mut told(&mut by_program)).unwrap();
    assert_eq!(by_file, by_program);
    assert_eq!(by_file[0].0, 48);
    assert_eq!(bits(&trained.params), bits(&own.params));
    assert_eq!((trained.epochs, trained.best), (own.epochs, own.best));
    assert_ne!(bits(&trained.params), bits(&own::Params::init(7)));
}

#[test]
fn folds_hold_out_each_sample_once() {
    let folder = folder();
    let recipe = Recipe { held_out: HeldOut::Folds { count: 4, stratified: true }, ..files::RECIPE };
    let all = load(&folder, &recipe).unwrap();
    let mut seen = vec![];
    for fold in recipe.folds() {
        let (training, held_out) = all.clone().split(&fold.held_out, fold.seed).unwrap();
        assert_eq!(training.len() + held_out.len(), SAMPLES);
        seen.extend(held_out.fingerprints());
    }
    seen.sort_by_key(|fingerprint| fingerprint.0);
    seen.dedup();
    assert_eq!(seen.len(), SAMPLES);
}

#[test]
fn classes_are_balanced_by_the_first_loss() {
    let folder = folder();
    let recipe = weighed::RECIPE;
    let all = load(&folder, &recipe).unwrap();
    assert_eq!(all.classes(), ["ash", "birch", "cedar"]);
    let (training, held_out) = all.split(&recipe.held_out, recipe.seed).unwrap();
    let mut losses: Vec<f64> = vec![];
    let mut log = |epoch: &Epoch| losses.push(epoch.loss);
    let log: &mut dyn Log = &mut log;
    weighed::train(&recipe, weighed::Params::init(1), &training, &held_out, log).unwrap();
    assert!(losses[2] < losses[0], "{losses:?}");
}

#[test]
fn samples_are_joined_by_their_keys() {
    let folder = folder();
    let data = load(&folder, &files::RECIPE).unwrap();
    let mut numbers = vec![];
    data.read(0..SAMPLES, &mut numbers).unwrap();
    let (images, table) = numbers.split_at(16 * SAMPLES);
    for i in 0..SAMPLES {
        assert_eq!(images[16 * i..][..16], image(i));
        assert_eq!(table[3 * i..][..3], facts(i));
    }
    assert!(matches!(data.targets(), Some(TargetsRef::Classes(classes)) if classes[5] == kind(5)));
}

#[test]
fn samples_without_a_partner_are_named() {
    let mut text = String::new();
    let [images, facts] = tables();
    let mut said = |what: &str, images: &str, facts: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("images.csv"), images).unwrap();
        fs::write(folder.path().join("facts.csv"), facts).unwrap();
        let error = load(&folder, &files::RECIPE).expect_err(what);
        let place = format!("{}/", folder.path().display());
        let message = error.to_string().replace(&place, "");
        writeln!(text, "{what}\n  {message}\n  help: {}", error.help().unwrap_or_default()).unwrap();
    };
    let without = |text: &str, key: &str| {
        text.lines().filter(|line| !line.contains(key)).fold(String::new(), |all, line| all + line + "\n")
    };
    said("a line is missing", &images, &without(&facts, "s7,"));
    said("two lines are missing", &images, &without(&without(&facts, ",s7,"), ",s8,"));
    said("a picture is missing", &without(&images, "s7,"), &facts);
    said("a key is there twice", &images, &facts.replace(",s9,", ",s10,"));
    said("no key is the same", &images, &facts.replace(",s", ",t"));
    said("a key is empty", &images, &facts.replace(",s9,", ",,"));
    said("a column is missing", &images.replace("id,", "number,"), &facts);
    insta::assert_snapshot!(text);
}

#[test]
fn sources_are_described_for_each_input() {
    let Some(Source::Joint(joint)) = files::RECIPE.data else { panic!("there are two inputs") };
    let inputs: Vec<&str> = joint.parts.iter().map(|part| part.input).collect();
    assert_eq!(inputs, ["image", "facts"]);
    let losses: Vec<(&str, f64)> = joint.losses.iter().map(|loss| (loss.name, loss.weight)).collect();
    assert_eq!(losses, [("kind", 1.0), ("price", 0.5)]);
}
