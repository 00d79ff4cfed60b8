//! The peak of memory while many pictures are read.

use crate::files;
use netwright::data::{Batches, Dataset, Interface};
use netwright::train::{Cache, Loss, Pictures, Source};
use std::error::Error;
use std::fs;
use std::path::Path;

/// The height and width of the pictures.
const SIZE: usize = 512;
const BATCH: usize = 16;

/// Makes pictures of noise, unless they are there, that decode to a number of megabytes. Takes each once, and prints the peak of this
/// process's memory.
pub(crate) fn run(folder: &Path, megabytes: usize, cache: &str) -> Result<(), Box<dyn Error>> {
    let count = (megabytes << 20).div_ceil(3 * SIZE * SIZE);
    let path = folder.join(format!("noise-{count}"));
    if !path.exists() {
        files::pictures(&path, count, "png", |file, seed| files::write_noise(file, SIZE, seed))?;
    }
    let cache = match cache {
        "found" => Cache::Found,
        "memory" => Cache::Memory,
        "disk" => Cache::Disk,
        "none" => Cache::None,
        other => return Err(format!("`{other}` is not found, memory, disk or none").into()),
    };
    let input = [3, SIZE, SIZE];
    let loss = Loss::CrossEntropy { logits: false };
    let interface = Interface { input: &input, output: &[files::CLASSES], loss, to_input: false };
    let path: &'static str = Box::leak(path.display().to_string().into_boxed_str());
    let source = Source::Images(Pictures { path, cache, ..Pictures::USUAL });
    let data = Dataset::training(&source, Path::new(""), &interface)?;
    let fingerprints = data.fingerprints().len();
    let mut batches = Batches::new(&data, BATCH);
    batches.shuffle(1, 1);
    let mut samples = 0;
    while let Some(batch) = batches.next()? {
        samples += batch.len;
    }
    println!(
        "{samples} pictures ({fingerprints} fingerprints), {} MB decoded: {} MB of memory at most",
        (data.len() * data.sample_len()) >> 20,
        peak()? >> 10
    );
    Ok(())
}

/// Returns the most kilobytes of memory that this process had.
fn peak() -> Result<usize, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number =
        line.and_then(|line| line.split_whitespace().next()).ok_or("Linux says no peak of memory")?;
    Ok(number.parse()?)
}
