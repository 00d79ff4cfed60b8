//! Samples of several sources, and targets of several losses.

use super::{CLASSES, YES_OR_NO, drawn, message};
use crate::augment::{Augment, Augmentation, Operation, Rows, Targets as Moved};
use crate::data::{About, Batches, Dataset, Interface, SampleWeights, TargetsRef};
use crate::recipe::{
    Answer, Arrays, Cache, Column, Compared, Damaged, Joint, Loss, Missing, Part, Pictures, Scaling, Source,
    Table,
};
use crate::weights::Metadata;
use netwright_data::picture::{Picture, Pixels, write_png};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const KEY: &[Column] = &[Column::Named("id")];
const FOLDER: Pictures = Pictures { path: "scans", ..Pictures::USUAL };
const FACTS: Table = Table { path: "facts.csv", label: &[Column::Named("kind")], key: KEY, ..Table::USUAL };

/// Any interface: several sources have their own.
const NONE: Interface<'static> = Interface { input: &[1], output: &[1], loss: CLASSES, to_input: false };

const fn loss(name: &'static str, output: usize, loss: Loss, answer: Answer) -> Compared {
    Compared { name, output, loss, weight: 1.0, logits: false, answer }
}

const fn labels(part: usize, first: usize, count: usize) -> Answer {
    Answer::Labels { part, first, count }
}

/// Pictures of a folder with facts, which have the labels.
fn joint(pictures: Pictures, facts: Table) -> Source {
    let parts = vec![
        Part { input: "image", shape: &[1, 1, 2], source: Source::Images(pictures), scaling: Scaling::None },
        Part { input: "facts", shape: &[2], source: Source::Csv(facts), scaling: Scaling::Standardize },
    ];
    let losses = vec![loss("kind", 0, CLASSES, labels(1, 0, 0))];
    let outputs: &'static [(&'static str, &'static [usize])] = &[("kind", &[2])];
    Source::Joint(Box::leak(Box::new(Joint {
        parts: parts.leak(),
        outputs,
        auxiliary: &[],
        losses: losses.leak(),
    })))
}

fn picture(folder: &TempDir, name: &str, bytes: &[u8]) {
    let file = folder.path().join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let pixels = Pixels::Bytes(bytes.to_vec());
    write_png(&file, &Picture { channels: 1, height: 1, width: bytes.len(), pixels }).unwrap();
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..8 {
        picture(&folder, &format!("scans/p{i}.png"), &[10 * i, 255 - i]);
    }
    facts(&folder, (0..8).rev());
    folder
}

/// Writes facts, in this order.
fn facts(folder: &TempDir, order: impl Iterator<Item = usize>) {
    let line = |i: usize| format!("p{i},{i},{},{},g{}\n", i * i, ["a", "b"][i % 2], i / 2);
    let lines: String = order.map(line).collect();
    fs::write(folder.path().join("facts.csv"), format!("id,age,dose,kind,group\n{lines}")).unwrap();
}

const PLAIN: Table = Table { drop: &[Column::Named("group")], ..FACTS };

fn load(folder: &TempDir, source: &Source) -> Result<Dataset, String> {
    Dataset::training(source, folder.path(), &NONE).map_err(|error| message(&error, folder))
}

/// Returns the inputs of each sample, of all parts.
fn samples(data: &Dataset) -> Vec<(Vec<f32>, Vec<f32>)> {
    let of = |i: usize| {
        let mut all = vec![];
        data.read(i..i + 1, &mut all).unwrap();
        (all[..2].to_vec(), all[2..].to_vec())
    };
    (0..data.len()).map(of).collect()
}

#[test]
fn pictures_of_a_folder_are_joined_by_their_names() {
    let folder = folder();
    let data = load(&folder, &joint(FOLDER, PLAIN)).unwrap();
    for (i, (image, facts)) in samples(&data).into_iter().enumerate() {
        assert_eq!(image, [10.0 * i as f32 / 255.0, (255 - i) as f32 / 255.0]);
        assert_eq!(facts, [i as f32, (i * i) as f32]);
    }
    assert_eq!(data.targets(), Some(TargetsRef::Classes(&[0, 1, 0, 1, 0, 1, 0, 1])));
    assert_eq!(data.classes(), ["a", "b"]);
    // The labels are those of the second source: nothing is compared with pictures, and they have no masks.
    assert!(!data.is_of_inputs() && data.masks(3).is_none());
    let mut room = Rows::default();
    assert_eq!(data.targets_of(2..4, &mut room).unwrap(), Some(TargetsRef::Classes(&[0, 1])));
    // The keys may be the whole names of files.
    let text = fs::read_to_string(folder.path().join("facts.csv")).unwrap();
    let named = (0..8).fold(text, |text, i| text.replace(&format!("p{i},"), &format!("p{i}.png,")));
    fs::write(folder.path().join("facts.csv"), named).unwrap();
    assert_eq!(samples(&load(&folder, &joint(FOLDER, PLAIN)).unwrap()), samples(&data));
}

#[test]
fn groups_of_any_source_stay_together() {
    let folder = folder();
    let by = Table { by: &[Column::Named("group")], ..FACTS };
    let data = load(&folder, &joint(FOLDER, by)).unwrap();
    let (training, held_out) = data.split(&drawn(0.5), 1).unwrap();
    let ages =
        |data: &Dataset| samples(data).into_iter().map(|(_, facts)| facts[0] as usize).collect::<Vec<_>>();
    let (training, held_out) = (ages(&training), ages(&held_out));
    assert!(!held_out.is_empty());
    assert!(
        held_out.iter().all(|age| training.iter().all(|other| age / 2 != other / 2)),
        "{training:?} {held_out:?}"
    );
}

#[test]
fn groups_may_stand_beside_the_labels() {
    let folder = folder();
    let lines: String = (0..8).map(|i| format!("p{i},{},g{}\n", 9 * i, i / 4)).collect();
    fs::write(folder.path().join("doses.csv"), format!("id,dose,group\n{lines}")).unwrap();
    let doses =
        Table { path: "doses.csv", label: &[], key: KEY, by: &[Column::Named("group")], ..Table::USUAL };
    let doses = Part { input: "doses", shape: &[1], source: Source::Csv(doses), scaling: Scaling::None };
    let Source::Joint(&Joint { parts: [image, facts], outputs, auxiliary, losses }) = joint(FOLDER, PLAIN)
    else {
        panic!("there are two parts")
    };
    let parts = vec![*image, *facts, doses].leak();
    let data =
        load(&folder, &Source::Joint(Box::leak(Box::new(Joint { parts, outputs, auxiliary, losses }))))
            .unwrap();
    assert_eq!(data.group_count(), 2);
    let (training, held_out) = data.split(&drawn(0.5), 1).unwrap();
    assert_eq!([training.len(), held_out.len()], [4, 4]);
    let first: Vec<f32> = samples(&held_out).iter().map(|(_, facts)| facts[0]).collect();
    assert!(first == [0.0, 1.0, 2.0, 3.0] || first == [4.0, 5.0, 6.0, 7.0], "{first:?}");
}

#[test]
fn each_part_learns_from_those_to_train_with() {
    let folder = folder();
    let table = fs::read_to_string(folder.path().join("facts.csv")).unwrap();
    fs::write(folder.path().join("facts.csv"), table.replace("p3,3,", "p3,,")).unwrap();
    let source = joint(FOLDER, Table { missing: Missing::Mean, ..PLAIN });
    let (mut training, mut held_out) = load(&folder, &source).unwrap().split(&drawn(0.25), 3).unwrap();
    let ages: Vec<f32> = samples(&training).iter().map(|(_, facts)| facts[0]).collect();
    let scaling = training.normalization(Scaling::None).unwrap();
    assert!(scaling.mean.is_empty());
    let mean = ages.iter().map(|&age| f64::from(age)).sum::<f64>() / ages.len() as f64;
    assert!((scaling.beside[0].mean[0] - mean).abs() < 1e-6);
    training.normalize(&scaling);
    held_out.normalize(&scaling);
    let sum: f32 = samples(&training).iter().map(|(_, facts)| facts[0]).sum();
    assert!(sum.abs() < 1e-5, "{sum}");
    // What was learned is kept with the weights, and found again.
    let mut metadata = Metadata { normalization: scaling, ..Metadata::default() };
    let about = training.about();
    about.keep(&mut metadata);
    assert_eq!(About::of(&metadata).as_ref(), Some(about));
    let again = Dataset::again(&source, folder.path(), &NONE, about).unwrap();
    assert_eq!(again.len(), 8);
    assert!(samples(&again).iter().all(|(_, facts)| facts[0].is_finite()));
}

#[test]
fn samples_that_one_source_leaves_out_are_left_out() {
    let folder = folder();
    fs::write(folder.path().join("scans/p2.png"), "no picture").unwrap();
    let source = joint(Pictures { damaged: Damaged::Skip, ..FOLDER }, PLAIN);
    let data = load(&folder, &source).unwrap();
    assert_eq!(data.len(), 7);
    assert!(samples(&data).iter().all(|(_, facts)| facts[0] != 2.0));
    assert_eq!(data.notes().len(), 1);
    let table = fs::read_to_string(folder.path().join("facts.csv")).unwrap();
    fs::write(folder.path().join("facts.csv"), table.replace("p5,5,", "p5,,")).unwrap();
    let source =
        joint(Pictures { damaged: Damaged::Skip, ..FOLDER }, Table { missing: Missing::Drop, ..PLAIN });
    let data = load(&folder, &source).unwrap();
    assert_eq!(
        samples(&data).iter().map(|(_, facts)| facts[0]).collect::<Vec<_>>(),
        [0.0, 1.0, 3.0, 4.0, 6.0, 7.0]
    );
}

#[test]
fn samples_that_do_not_go_together() {
    let folder = folder();
    let mut messages = vec![];
    facts(&folder, 1..8);
    messages.push(load(&folder, &joint(FOLDER, PLAIN)).unwrap_err());
    facts(&folder, 0..9);
    messages.push(load(&folder, &joint(FOLDER, PLAIN)).unwrap_err());
    facts(&folder, (0..8).chain([3]));
    messages.push(load(&folder, &joint(FOLDER, PLAIN)).unwrap_err());
    facts(&folder, 0..8);
    let no_key = Table { key: &[], drop: &[Column::Named("group"), Column::Named("id")], ..FACTS };
    messages.push(load(&folder, &joint(FOLDER, no_key)).unwrap_err());
    fs::write(folder.path().join("list.csv"), "path\nscans/p0.png\nscans/p1.png\n").unwrap();
    let list = Pictures { path: "list.csv", ..FOLDER };
    messages.push(load(&folder, &joint(list, no_key)).unwrap_err());
    insta::assert_snapshot!(messages.join("\n\n"));
}

const CACHES: [Cache; 3] = [Cache::Memory, Cache::Disk, Cache::None];

#[test]
fn batches_are_the_same_wherever_pictures_are() {
    let folder = folder();
    let noise = Augmentation {
        operations: &[
            Augment { operation: Operation::FlipHorizontal, p: 0.5 },
            Augment { operation: Operation::GaussianNoise { std: 0.05 }, p: 1.0 },
        ],
        targets: Moved::Labels,
    };
    let all = CACHES.map(|cache| {
        let mut data = load(&folder, &joint(Pictures { cache, ..FOLDER }, PLAIN)).unwrap();
        let scaling = data.normalization(Scaling::None).unwrap();
        data.scale_later(scaling);
        let mut batches = Batches::new(&data, 3).weighed(SampleWeights::Balanced).augmented(noise).unwrap();
        let mut seen = vec![];
        for epoch in 1..3 {
            batches.shuffle(5, epoch);
            while let Some(batch) = batches.next().unwrap() {
                assert_eq!(batch.weights.len(), batch.len);
                seen.push((
                    batch.input(0).to_vec(),
                    batch.input(1).to_vec(),
                    batch.target(0).classes().to_vec(),
                ));
            }
        }
        seen
    });
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
    let facts: Vec<f32> = all[0][..3].iter().flat_map(|(_, facts, _)| facts.clone()).collect();
    assert_eq!(facts.len(), 16, "facts are not augmented, and each is seen once");
    assert_ne!(all[0][0], all[0][3]);
}

/// A picture with a mask of three classes, which a cross-entropy and a dice loss compare; and a yes or no.
fn masked(pictures: Pictures) -> Source {
    let image =
        Part { input: "input", shape: &[1, 1, 2], source: Source::Images(pictures), scaling: Scaling::None };
    let dice = Loss::Overlap { places: 2, alpha: 0.5, beta: 0.5, smooth: 0.5 };
    let losses = vec![
        loss("dice", 0, dice, labels(0, 0, 0)),
        loss("cross_entropy", 0, CLASSES, labels(0, 0, 0)),
        loss("again", 0, CLASSES, labels(0, 0, 0)),
    ];
    let outputs: &'static [(&'static str, &'static [usize])] = &[("output", &[3, 1, 2])];
    let parts = vec![image].leak();
    Source::Joint(Box::leak(Box::new(Joint { parts, outputs, auxiliary: &[], losses: losses.leak() })))
}

#[test]
fn losses_on_one_output_share_masks_that_move() {
    let folder = folder();
    for i in 0..8 {
        picture(&folder, &format!("masks/p{i}.png"), &[i % 3, (i + 1) % 3]);
    }
    let data = load(&folder, &masked(Pictures { masks: "masks", ..FOLDER })).unwrap();
    let flip = Augmentation {
        operations: &[Augment { operation: Operation::FlipHorizontal, p: 0.5 }],
        targets: Moved::Masks,
    };
    let mut batches = Batches::new(&data, 4).augmented(flip).unwrap();
    batches.shuffle(1, 1);
    let mut flipped = 0;
    while let Some(batch) = batches.next().unwrap() {
        let classes = batch.target(1).classes();
        assert_eq!(classes, batch.target(2).classes());
        let TargetsRef::Values(shares) = batch.target(0) else { panic!("dice compares shares") };
        for (sample, image) in batch.input(0).chunks(2).enumerate() {
            flipped += usize::from(image[0] > image[1]);
            for place in 0..2 {
                for class in 0..3 {
                    let is_own = classes[2 * sample + place] == class as u32;
                    assert_eq!(shares[6 * sample + 2 * class + place], f32::from(u8::from(is_own)));
                }
            }
            let i = (255.0 * image[0].min(image[1]) / 10.0).round() as u32;
            let own = [i % 3, (i + 1) % 3];
            let wanted = if image[0] > image[1] { [own[1], own[0]] } else { own };
            assert_eq!(classes[2 * sample..][..2], wanted);
        }
    }
    assert!((1..8).contains(&flipped), "{flipped}");
    data.with_targets(2..4, &[], |targets| {
        assert_eq!(targets[1], TargetsRef::Classes(&[2, 0, 0, 1]));
        let shares = [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        assert_eq!(targets[0], TargetsRef::Values(&shares));
    });
}

#[test]
fn columns_of_one_table_are_targets_of_several_losses() {
    let folder = folder();
    let table = "x,kind,side,low,high\n1,b,right,0.5,1\n2,a,left,1.5,2\n3,c,left,2.5,3\n";
    fs::write(folder.path().join("table.csv"), table).unwrap();
    let label = &[Column::Named("kind"), Column::Named("side"), Column::Named("low"), Column::Named("high")];
    let source = Source::Csv(Table { path: "table.csv", label, ..Table::USUAL });
    let parts = vec![Part { input: "input", shape: &[1], source, scaling: Scaling::None }].leak();
    let losses = vec![
        loss("kind", 0, CLASSES, labels(0, 0, 1)),
        loss("side", 1, YES_OR_NO, labels(0, 1, 1)),
        loss("range", 2, Loss::MSE, labels(0, 2, 2)),
        loss("own", 3, Loss::MSE, Answer::Input(0)),
        loss("shares", 0, Loss::MSE, labels(0, 0, 1)),
    ];
    let outputs: &'static [(&'static str, &'static [usize])] =
        &[("kind", &[3]), ("side", &[1]), ("range", &[2]), ("own", &[1])];
    let joint: &'static Joint =
        Box::leak(Box::new(Joint { parts, outputs, auxiliary: &[], losses: losses.leak() }));
    let data = load(&folder, &Source::Joint(joint)).unwrap();
    let mut batches = Batches::new(&data, 3);
    batches.shuffle(1, 1);
    let batch = batches.next().unwrap().unwrap();
    let order: Vec<usize> = batch.input(0).iter().map(|&x| x as usize - 1).collect();
    let picked = |values: &[f32], len: usize| -> Vec<f32> {
        order.iter().flat_map(|&at| values[at * len..][..len].to_vec()).collect()
    };
    let kinds: Vec<u32> = order.iter().map(|&at| [1, 0, 2][at]).collect();
    assert_eq!(batch.target(0), TargetsRef::Classes(&kinds));
    assert_eq!(batch.target(1), TargetsRef::Values(&picked(&[1.0, 0.0, 0.0], 1)));
    assert_eq!(batch.target(2), TargetsRef::Values(&picked(&[0.5, 1.0, 1.5, 2.0, 2.5, 3.0], 2)));
    assert_eq!(batch.target(3), TargetsRef::Values(&picked(&[1.0, 2.0, 3.0], 1)));
    let shares = picked(&[0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0], 3);
    assert_eq!(batch.target(4), TargetsRef::Values(&shares));
    assert_eq!(data.about().classes_of(0), ["a", "b", "c"]);
    assert_eq!(data.about().classes_of(1), ["left", "right"]);
    // Classes stay what they were, whatever another table has.
    let about = data.about().clone();
    fs::write(folder.path().join("table.csv"), "x,kind,side,low,high\n1,b,right,0.5,1\n").unwrap();
    let again = Dataset::again(&Source::Joint(joint), folder.path(), &NONE, &about).unwrap();
    again.with_targets(0..1, &[1.0], |targets| {
        assert_eq!(targets[0], TargetsRef::Classes(&[1]));
        assert_eq!(targets[1], TargetsRef::Values(&[1.0]));
        assert_eq!(targets[4], TargetsRef::Values(&[0.0, 1.0, 0.0]));
    });
}

#[test]
fn fingerprints_see_every_part() {
    let folder = folder();
    let source = joint(FOLDER, PLAIN);
    let data = load(&folder, &source).unwrap();
    let (before, held_out) = (data.fingerprints(), data.clone().split(&drawn(0.25), 1).unwrap().1);
    let found = data.find(&held_out.fingerprints()).unwrap();
    assert_eq!(samples(&found), samples(&held_out));
    let table = fs::read_to_string(folder.path().join("facts.csv")).unwrap();
    fs::write(folder.path().join("facts.csv"), table.replace("p3,3,9", "p3,3,10")).unwrap();
    let after = load(&folder, &source).unwrap().fingerprints();
    let differing: Vec<usize> = (0..8).filter(|&i| before[i] != after[i]).collect();
    assert_eq!(differing, [3]);
}

#[cfg(feature = "arrays")]
#[test]
fn arrays_are_joined_in_their_order() {
    let folder = folder();
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (8, 2), }";
    let padded = format!("{header:<117}\n");
    bytes.extend((padded.len() as u16).to_le_bytes());
    bytes.extend(padded.as_bytes());
    bytes.extend((0..16).flat_map(|i| (i as f32).to_le_bytes()));
    write(folder.path(), &bytes);
    let Source::Joint(&Joint { parts: [_, facts], outputs, auxiliary, losses }) =
        joint(FOLDER, Table { key: &[], drop: &[Column::Named("group"), Column::Named("id")], ..FACTS })
    else {
        panic!("there are two parts")
    };
    let source = Source::Arrays(Arrays { path: "x.npy", ..Arrays::USUAL });
    let image = Part { input: "image", shape: &[2], source, scaling: Scaling::None };
    let parts = vec![image, *facts].leak();
    let joint = Source::Joint(Box::leak(Box::new(Joint { parts, outputs, auxiliary, losses })));
    let data = load(&folder, &joint).unwrap();
    assert_eq!(samples(&data)[0], (vec![0.0, 1.0], vec![7.0, 49.0]));
    let mut text = fs::read_to_string(folder.path().join("facts.csv")).unwrap();
    text += "p9,1,1,a,g\n";
    fs::write(folder.path().join("facts.csv"), text).unwrap();
    insta::assert_snapshot!(load(&folder, &joint).unwrap_err());
}

#[cfg(feature = "arrays")]
fn write(folder: &Path, bytes: &[u8]) {
    fs::write(folder.join("x.npy"), bytes).unwrap();
}
