//! Cases that are measured: an epoch of batches from files, and an epoch of training.

use crate::files::CLASSES;
use netwright::data::{Batches, Dataset, Interface, Targets};
use netwright::train::{Cache, Epoch, Fit, Loss, Pictures, Source, Table};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

netwright::network! {
    network LeNet5 {
        input [1, 28, 28]
        conv(6, 5x5, pad=2)  relu  max_pool(2x2)
        conv(16, 5x5)        relu  max_pool(2x2)
        flatten
        dense(120) relu
        dense(84)  relu
        dense(10)  softmax
        loss cross_entropy
    }

    train LeNet5 {
        data       idx("mnist") normalize(mean=0.1307, std=0.3081)
        epochs     1
        batch      64
        optimizer  momentum(lr=0.01)
    }
}

/// Samples of a batch where nothing is trained, and in those of the table.
const BATCH: usize = 64;
const ROWS: usize = 256;
const LOSS: Loss = Loss::CrossEntropy { logits: false };

/// The result of a case.
pub(crate) struct Answer {
    pub(crate) seconds: f64,
    pub(crate) samples: usize,
    /// A number that must be about the same on all sides.
    pub(crate) check: f64,
}

/// Measures a case: `png`, `png-later`, `jpeg`, `table` or `lenet`.
pub(crate) fn measure(case: &str, folder: &Path, mnist: &Path) -> Result<Answer, Box<dyn Error>> {
    let pictures = |kind, size: usize, cache| -> Result<Answer, Box<dyn Error>> {
        let path: &'static str = Box::leak(found(folder, kind)?.display().to_string().into_boxed_str());
        let source = Source::Images(Pictures { path, fit: Fit::Stretch, cache, ..Pictures::USUAL });
        epoch(&source, &[3, size, size], CLASSES, BATCH)
    };
    match case {
        "png" => pictures("png-", 64, Cache::Found),
        "png-streamed" => pictures("png-", 64, Cache::None),
        "jpeg" => pictures("jpeg-", 224, Cache::Found),
        "table" => {
            let path: &'static str =
                Box::leak(found(folder, "table-")?.display().to_string().into_boxed_str());
            epoch(&Source::Csv(Table { path, ..Table::USUAL }), &[20], 3, ROWS)
        }
        "lenet" => lenet(mnist),
        other => Err(format!("there is no case `{other}`").into()),
    }
}

/// Returns the file or folder whose name begins so.
fn found(folder: &Path, beginning: &str) -> Result<PathBuf, Box<dyn Error>> {
    let mut names: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    names.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(beginning)));
    match &names[..] {
        [one] => Ok(one.clone()),
        _ => Err(format!(
            "{}: expected one name that begins with `{beginning}`, found {}",
            folder.display(),
            names.len()
        )
        .into()),
    }
}

/// Reads files, and takes each sample once in a drawn order.
fn epoch(source: &Source, input: &[usize], classes: usize, batch: usize) -> Result<Answer, Box<dyn Error>> {
    let interface = Interface { input, output: &[classes], loss: LOSS, to_input: false };
    let start = Instant::now();
    let data = Dataset::training(source, Path::new(""), &interface)?;
    let mut batches = Batches::new(&data, batch);
    batches.shuffle(1, 1);
    let (mut samples, mut first) = (0, 0.0);
    while let Some(batch) = batches.next()? {
        samples += batch.len;
        first += batch.inputs.iter().step_by(data.sample_len()).map(|&x| f64::from(x)).sum::<f64>();
    }
    Ok(Answer { seconds: start.elapsed().as_secs_f64(), samples, check: first / samples as f64 })
}

/// Trains an epoch on samples in memory.
fn lenet(mnist: &Path) -> Result<Answer, Box<dyn Error>> {
    let path: &'static str = Box::leak(mnist.display().to_string().into_boxed_str());
    let interface = Interface { input: &[1, 28, 28], output: &[10], loss: LOSS, to_input: false };
    let start = Instant::now();
    let mut training = Dataset::training(&Source::Idx { path }, Path::new(""), &interface)?;
    let recipe = lenet5::RECIPE;
    training.normalize(&training.normalization(recipe.scaling)?);
    let nothing = Dataset::new(&[1, 28, 28], vec![], Targets::Classes(vec![]))?;
    let mut last = 0.0;
    let mut keep = |epoch: &Epoch| last = epoch.loss;
    lenet5::train(&recipe, lenet5::Params::init(1), &training, &nothing, &mut keep)?;
    Ok(Answer { seconds: start.elapsed().as_secs_f64(), samples: training.len(), check: last })
}
