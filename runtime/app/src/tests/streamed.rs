//! Pictures that are not kept in memory.

use super::*;
use netwright::augment::Operation;
use netwright::data::Dataset;
use netwright::train::Loss;
use netwright::train::{Cache, Damaged, Pictures, Source};
use netwright_data::picture::{Picture, Pixels, write_png};

const DIVIDED: Augmentation = Augmentation {
    operations: &[
        Augment { operation: Operation::FlipHorizontal, p: 0.5 },
        Augment { operation: Operation::GaussianNoise { std: 0.05 }, p: 1.0 },
    ],
    targets: Targets::Labels,
};

/// A network for pictures of two pixels, whose cache is that of the number.
struct Pairs<const CACHE: usize, const AUGMENTED: bool>;

const CACHES: [Cache; 3] = [Cache::Memory, Cache::Disk, Cache::None];

const fn pictures(path: &'static str, cache: usize) -> Option<Source> {
    Some(Source::Images(Pictures { path, cache: CACHES[cache], ..Pictures::USUAL }))
}

impl<const CACHE: usize, const AUGMENTED: bool> App for Pairs<CACHE, AUGMENTED> {
    const NAME: &'static str = "Pairs";
    const INPUT: &'static [usize] = &[1, 1, 2];
    const OUTPUT: &'static [usize] = &[3];
    fn recipe() -> Recipe {
        Recipe {
            data: pictures("train", CACHE),
            test: pictures("test", CACHE),
            augment: if AUGMENTED { DIVIDED } else { Augmentation::NONE },
            weights: netwright::data::SampleWeights::Balanced,
            epochs: 3,
            batch: 5,
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

/// Writes pictures of three classes, one of them with 16 bits, and a picture that is in both parts.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..40_u8 {
        let class = i % 3;
        let to = format!("{}/{}", if i < 30 { "train" } else { "test" }, ["a", "b", "c"][usize::from(class)]);
        let to = folder.path().join(to);
        fs::create_dir_all(&to).unwrap();
        let pixels = match i {
            4 => Pixels::Words(vec![777, 60_000]),
            37 => Pixels::Bytes(vec![1 + 80, 7]),
            _ => Pixels::Bytes(vec![i + 80 * class, 7 * (i % 7)]),
        };
        write_png(&to.join(format!("{i:02}.png")), &Picture { channels: 1, height: 1, width: 2, pixels })
            .unwrap();
    }
    folder
}

/// Returns what a training, an evaluation and predictions tell, and the weights.
fn told<A: App>(folder: &TempDir) -> (String, Vec<u8>) {
    let mut told = String::new();
    for args in [
        "train --data-root DIR --weights DIR/w.safetensors --quiet",
        "eval --data-root DIR --weights DIR/w.safetensors",
        "predict --weights DIR/w.safetensors DIR/test --format csv",
    ] {
        told += &program::<A>(folder, args).unwrap();
    }
    let weights = folder.path().join("w.safetensors");
    let bytes = fs::read(&weights).unwrap();
    fs::remove_file(weights).unwrap();
    (told, bytes)
}

#[test]
fn nothing_changes_with_the_place_of_pictures() {
    let folder = folder();
    let memory = told::<Pairs<0, false>>(&folder);
    assert!(memory.0.contains("is one to train with"), "{}", memory.0);
    assert_eq!(told::<Pairs<1, false>>(&folder), memory);
    assert_eq!(told::<Pairs<2, false>>(&folder), memory);
    let memory = told::<Pairs<0, true>>(&folder);
    assert_eq!(told::<Pairs<1, true>>(&folder), memory);
    assert_eq!(told::<Pairs<2, true>>(&folder), memory);
}

#[test]
fn a_picture_that_is_gone_ends_the_training_with_its_name() {
    let folder = folder();
    type A = Pairs<2, false>;
    let data = Dataset::training(&A::recipe().source(), folder.path(), &interface::<A>()).unwrap();
    let (training, held_out) = data.split(&A::recipe().held_out, 3).unwrap();
    assert!(training.is_streamed() && held_out.is_streamed());
    let train = || A::train(&A::recipe(), <A as App>::init(0), &training, &held_out, &mut ());
    assert!(train().is_ok());
    for i in [7, 0] {
        let file = folder.path().join(format!("train/{}/{i:02}.png", ["a", "b"][i % 3]));
        fs::write(&file, "no picture any more").unwrap();
        let error = train().unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()) || i == 0, "{error}");
    }
}

/// A network that outlines pictures of two pixels, whose cache is that of the number; masks are classes, or else shares.
struct Outlines<const CACHE: usize, const CLASSES: bool, const AUGMENTED: bool>;

const fn masked(cache: usize) -> Option<Source> {
    let pictures = Pictures {
        path: "list.csv",
        masks: "mask",
        cache: CACHES[cache],
        damaged: Damaged::Skip,
        ..Pictures::USUAL
    };
    Some(Source::Images(pictures))
}

const MOVED: Augmentation = Augmentation {
    operations: &[Augment { operation: Operation::FlipHorizontal, p: 0.5 }],
    targets: Targets::Masks,
};

impl<const CACHE: usize, const CLASSES: bool, const AUGMENTED: bool> App
    for Outlines<CACHE, CLASSES, AUGMENTED>
{
    const NAME: &'static str = "Outlines";
    const INPUT: &'static [usize] = &[1, 1, 2];
    const OUTPUT: &'static [usize] = if CLASSES { &[2, 1, 2] } else { &[1, 1, 2] };
    fn recipe() -> Recipe {
        Recipe {
            data: masked(CACHE),
            augment: if AUGMENTED { MOVED } else { Augmentation::NONE },
            loss: if CLASSES { IGNORING } else { Loss::binary_cross_entropy(false) },
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

const IGNORING: Loss =
    Loss::WeightedCrossEntropy { logits: false, weights: &[], smoothing: 0.0, ignore: Some(9) };

/// Writes pictures and masks, one of each damaged, and a list of them.
fn masks() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut list = String::from("file,mask\n");
    for i in 0..23_u8 {
        let (picture, mask) = (format!("p{i:02}.png"), format!("m{i:02}.png"));
        let write = |name: &str, bytes: Vec<u8>| {
            let pixels = Pixels::Bytes(bytes);
            write_png(&folder.path().join(name), &Picture { channels: 1, height: 1, width: 2, pixels })
                .unwrap();
        };
        write(&picture, vec![11 * i, 200 - 3 * i]);
        write(&mask, vec![i % 2, [0, 1, 9][usize::from(i) % 3]]);
        list += &format!("{picture},{mask}\n");
    }
    fs::write(folder.path().join("list.csv"), list).unwrap();
    fs::write(folder.path().join("p05.png"), "no picture").unwrap();
    fs::write(folder.path().join("m11.png"), "no mask").unwrap();
    folder
}

/// Everything that a training, an evaluation and a report ask of data with masks.
type Asked =
    (Vec<f32>, Vec<u32>, Vec<f32>, Vec<netwright::weights::Fingerprint>, Vec<usize>, Option<Vec<f32>>);

/// Returns the batches of two epochs, and all else that is asked of data.
fn asked<A: App>(folder: &TempDir, is_streamed: bool) -> Asked {
    let data = Dataset::training(&A::recipe().source(), folder.path(), &interface::<A>()).unwrap();
    assert_eq!((data.len(), data.is_streamed(), data.targets().is_none()), (21, is_streamed, is_streamed));
    assert!(data.notes().iter().any(|note| note.starts_with("2 files are left out")), "{:?}", data.notes());
    let held_out = netwright::train::HeldOut::Share { share: 0.3, stratified: true };
    let (mut training, held_out) = data.split(&held_out, 7).unwrap();
    let mut fingerprints = training.fingerprints();
    fingerprints.extend(held_out.fingerprints());
    assert_eq!(held_out.find(&fingerprints[training.len()..]).unwrap(), held_out);
    let counts = held_out.places();
    let masks = held_out.masks(3);
    training.scale_later(netwright::weights::Normalization::new(vec![0.5], vec![0.25]));
    let mut room = netwright::augment::Rows::default();
    let (mut inputs, mut classes, mut values) = (vec![], vec![], vec![]);
    match held_out.targets_of(1..5, &mut room).unwrap() {
        Some(netwright::data::TargetsRef::Classes(some)) => classes.extend_from_slice(some),
        Some(netwright::data::TargetsRef::Values(some)) => values.extend_from_slice(some),
        None => panic!("targets"),
    }
    let batches = netwright::data::Batches::new(&training, 4);
    let mut batches = batches.augmented(A::recipe().augment).unwrap();
    for epoch in 0..2 {
        batches.shuffle(3, epoch);
        while let Some(batch) = batches.next().unwrap() {
            inputs.extend_from_slice(batch.inputs);
            match batch.targets {
                netwright::data::TargetsRef::Classes(some) => classes.extend_from_slice(some),
                netwright::data::TargetsRef::Values(some) => values.extend_from_slice(some),
            }
        }
    }
    (inputs, classes, values, fingerprints, counts, masks)
}

#[test]
fn nothing_changes_with_the_place_of_masks() {
    let folder = masks();
    let memory = asked::<Outlines<0, true, false>>(&folder, false);
    assert!(memory.1.contains(&9) && memory.2.is_empty());
    assert_eq!(asked::<Outlines<1, true, false>>(&folder, true), memory);
    assert_eq!(asked::<Outlines<2, true, false>>(&folder, true), memory);
    let memory = asked::<Outlines<0, true, true>>(&folder, false);
    assert_eq!(asked::<Outlines<2, true, true>>(&folder, true), memory);
    let memory = asked::<Outlines<0, false, true>>(&folder, false);
    assert!(memory.1.is_empty() && !memory.2.is_empty());
    assert_eq!(asked::<Outlines<1, false, true>>(&folder, true), memory);
    assert_eq!(asked::<Outlines<2, false, true>>(&folder, true), memory);
}

/// A prediction of the share of each of two classes from the pixel itself.
struct Shares;

impl netwright::train::Predict for Shares {
    type Params = testing::Params;
    const OUTPUT: usize = 4;
    fn new(_: testing::Params) -> Shares {
        Shares
    }
    fn predict(&self, inputs: &[f32], outputs: &mut [f32]) {
        let (inputs, outputs) = (inputs.as_chunks::<2>().0, outputs.as_chunks_mut::<4>().0);
        for (&[a, b], output) in inputs.iter().zip(outputs) {
            let share = |pixel: f32| 0.25 + pixel / 2.0;
            *output = [share(a), share(b), 1.0 - share(a), 1.0 - share(b)];
        }
    }
}

#[test]
fn evaluations_read_masks_from_any_place() {
    fn evaluated<A: App<Params = testing::Params>>(folder: &TempDir) -> netwright::metrics::Evaluation {
        let data = Dataset::training(&A::recipe().source(), folder.path(), &interface::<A>()).unwrap();
        let measured = netwright::train::evaluate::<Shares>(&<A as App>::init(0), &data, A::recipe().loss);
        measured.unwrap().unwrap()
    }
    let folder = masks();
    let memory = evaluated::<Outlines<0, true, false>>(&folder);
    assert!(memory.loss > 0.0 && memory.accuracy.is_some_and(|accuracy| accuracy > 0.0), "{memory:?}");
    assert_eq!(evaluated::<Outlines<1, true, false>>(&folder), memory);
    assert_eq!(evaluated::<Outlines<2, true, false>>(&folder), memory);
}

#[test]
fn a_mask_that_is_gone_is_named() {
    let folder = masks();
    type A = Outlines<2, true, false>;
    let data = Dataset::training(&A::recipe().source(), folder.path(), &interface::<A>()).unwrap();
    fs::write(folder.path().join("m02.png"), "no mask any more").unwrap();
    let mut batches = netwright::data::Batches::new(&data, 4);
    batches.shuffle(1, 0);
    let error = loop {
        match batches.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the mask was read"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("m02.png"), "{error}");
}
