//! Pictures that are not kept in memory.

use super::*;
use crate::augment::Operation;
use crate::data::Dataset;
use crate::recipe::{Cache, Pictures, Source};
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
    const RECIPE: Recipe = Recipe {
        data: pictures("train", CACHE),
        test: pictures("test", CACHE),
        augment: if AUGMENTED { DIVIDED } else { Augmentation::NONE },
        weights: crate::data::SampleWeights::Balanced,
        epochs: 3,
        batch: 5,
        ..testing::RECIPE
    };
    type Params = testing::Params;
    type Trainer = testing::Step;
    type Model = testing::Model;
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
    let data = Dataset::training(&A::RECIPE.source(), folder.path(), &interface::<A>()).unwrap();
    let (training, held_out) = data.split(&A::RECIPE.held_out, 3).unwrap();
    assert!(training.is_streamed() && held_out.is_streamed());
    let train = || A::train(&A::RECIPE, <A as App>::init(0), &training, &held_out, &mut ());
    assert!(train().is_ok());
    for i in [7, 0] {
        let file = folder.path().join(format!("train/{}/{i:02}.png", ["a", "b"][i % 3]));
        fs::write(&file, "no picture any more").unwrap();
        let error = train().unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()) || i == 0, "{error}");
    }
}
