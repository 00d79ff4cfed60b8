//! Pictures that are not kept in memory: a training takes little of it, and its result is that of a training in memory.

use netwright::data::{Dataset, Interface};
use netwright::storage::Parameters;
use netwright::train::{self, Cache, Pictures, Source};
use netwright_data::picture::{Picture, Pixels, write_png};
use std::fs;
use std::path::Path;

netwright::network! {
    network Noise {
        input [3, 128, 128]
        conv(4, 4x4, stride=4) relu max_pool(8x8)
        flatten
        dense(2) softmax
        loss cross_entropy
    }

    train Noise {
        data      images("what the test makes") standardize
        validate  40%
        epochs    1
        batch     8
        optimizer sgd(lr=0.01)
        seed      3
    }
}

/// Pictures that are 64 MB when they are decoded.
const COUNT: usize = 1366;
const DECODED_KB: usize = 64 << 10;
const SIZE: usize = 128;

/// Writes pictures of noise into a folder for each of two classes.
fn make(folder: &Path) {
    let mut state = 1_u32;
    for i in 0..COUNT {
        let class = folder.join(["dark", "light"][i % 2]);
        fs::create_dir_all(&class).expect("a folder");
        let byte = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 25) as u8 + 100 * (i % 2) as u8
        };
        let pixels = Pixels::Bytes((0..3 * SIZE * SIZE).map(byte).collect());
        let picture = Picture { channels: 3, height: SIZE, width: SIZE, pixels };
        write_png(&class.join(format!("{i:04}.png")), &picture).expect("it is written");
    }
}

/// Returns the bits of the parameters after a training, and what its last epoch tells.
fn train(folder: &Path, cache: Cache) -> (Vec<u32>, String) {
    let path: &'static str = Box::leak(folder.display().to_string().into_boxed_str());
    let source = Source::Images(Pictures { path, cache, ..Pictures::USUAL });
    let recipe = noise::RECIPE;
    let interface = Interface { input: &[3, SIZE, SIZE], output: &[2], loss: recipe.loss, to_input: false };
    let data = Dataset::training(&source, Path::new(""), &interface).expect("the pictures are read");
    assert_eq!(data.is_streamed(), cache != Cache::Memory);
    let (mut training, mut held_out) = data.split(&recipe.held_out, recipe.seed).expect("it is divided");
    let normalization = training.normalization(recipe.scaling).expect("the pictures are read");
    training.normalize(&normalization);
    held_out.normalize(&normalization);
    let mut told = String::new();
    let mut log = |epoch: &train::Epoch| told = format!("{:?} {:?}", epoch.loss, epoch.held_out);
    let trained = noise::train(&recipe, noise::Params::init(1), &training, &held_out, &mut log);
    let params = trained.expect("it is trained").params;
    let bits = params.tensors().iter().flat_map(|tensor| tensor.data).map(|x| x.to_bits()).collect();
    (bits, told)
}

/// Returns the most kilobytes of memory that this process had; `None` where no file says it.
fn peak() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

#[test]
fn a_training_of_streamed_pictures_takes_little_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    make(folder.path());
    let before = peak();
    let streamed = train(folder.path(), Cache::None);
    assert_eq!(train(folder.path(), Cache::Disk), streamed);
    let between = peak();
    assert_eq!(train(folder.path(), Cache::Memory), streamed);
    if let (Some(before), Some(between), Some(after)) = (before, between, peak()) {
        let [little, all] = [between - before, after - before];
        assert!(all > DECODED_KB && little < all / 4, "{little} KB, and in memory {all} KB");
    }
}
