//! Trains again as a weights file says, and compares the bits.

use super::prepared::{Asked, Prepared};
use super::{Output, args, interface};
use netwright::app::App;
use netwright::data::Dataset;
use netwright::storage::{Parameters, TensorRef};
use netwright::train::{self, Recipe, Terminal};
use netwright::weights::{self, Fingerprinted, Manifest, Metadata};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The reason why weights are not confirmed.
#[derive(Debug, Error)]
pub(super) enum VerifyError {
    /// The training cannot be done.
    #[error(transparent)]
    Training(#[from] train::Error),
    /// The weights do not say how they were made.
    #[error("{}: does not say how it was trained", .file.display())]
    Unsaid { file: PathBuf },
    /// The weights are not those of a training at once.
    #[error("{}: cannot be repeated: {obstacle}", .file.display())]
    Obstacle { file: PathBuf, obstacle: String },
    /// The training would not be that of the weights.
    #[error("{}: cannot be compared: the files are not those of its training:{}", .file.display(), listed(.differences))]
    Other { file: PathBuf, differences: Vec<String> },
    /// The training gives other weights.
    #[error("{}: the training gives other weights: {} of {tensors} tensors differ{}", .file.display(), .differences.len(), listed(.differences))]
    Bits { file: PathBuf, tensors: usize, differences: Vec<String> },
}

impl VerifyError {
    /// Returns advice that fixes the error, if there is any.
    pub(super) fn help(&self) -> Option<String> {
        Some(match self {
            VerifyError::Training(error) => return error.help(),
            VerifyError::Unsaid { .. } | VerifyError::Obstacle { .. } => {
                "`--quick` compares its hashes without training".into()
            }
            VerifyError::Other { .. } => {
                "restore them as they were then; where they are elsewhere, name the `.net` file beside them after the weights"
                    .into()
            }
            VerifyError::Bits { .. } => {
                "bits are the same for any number of threads; if a note above tells of another version or instruction set, that may be the reason"
                    .into()
            }
        })
    }
}

impl From<netwright::data::Error> for VerifyError {
    fn from(error: netwright::data::Error) -> VerifyError {
        VerifyError::Training(error.into())
    }
}

impl From<weights::Error> for VerifyError {
    fn from(error: weights::Error) -> VerifyError {
        VerifyError::Training(error.into())
    }
}

/// Lines that a message shows; the rest is counted.
const SHOWN: usize = 12;

fn listed(lines: &[String]) -> String {
    let mut text: String = lines.iter().take(SHOWN).map(|line| format!("\n  {line}")).collect();
    if lines.len() > SHOWN {
        text += &format!("\n  and {} more", lines.len() - SHOWN);
    }
    text
}

pub(super) fn run<A: App>(options: &args::Verify, out: &mut Output) -> Result<(), VerifyError> {
    let file = || options.weights.clone();
    let mut saved = A::init(0);
    let metadata = weights::load(&options.weights, &mut saved)?;
    let Some(manifest) = metadata.manifest else { return Err(VerifyError::Unsaid { file: file() }) };
    if let Some(obstacle) = manifest.obstacle.filter(|_| !options.quick) {
        return Err(VerifyError::Obstacle { file: file(), obstacle });
    }
    let manifest = Manifest { obstacle: None, ..*manifest };
    let recipe = recipe::<A>(&manifest);
    let all = Dataset::training(&recipe.source(), &options.data_root, &interface::<A>())?;
    let params = A::init(recipe.seed);
    let asked = Asked { metadata: Metadata::default(), limit: manifest.limit, leaks: false };
    let Prepared { params, training, held_out, metadata: new, .. } =
        Prepared::new::<A>(&recipe, params, asked, all, None, &options.data_root)?;
    let new = *new.manifest.unwrap_or_default();
    let differences = differences(&manifest, &new, &recipe);
    if !differences.is_empty() {
        return Err(VerifyError::Other { file: file(), differences });
    }
    if options.quick {
        out.say(&format!(
            "data: {} samples to train with, {} held out, all as they were",
            new.training.count, new.held_out.count
        ));
        return Ok(());
    }
    machines(&manifest, &new).iter().for_each(|note| out.say(&format!("note: {note}")));
    // Nothing is saved: a signal ends it at once.
    let mut log = (!options.quiet).then(|| Terminal::new(recipe.metrics.of));
    let trained = A::train(&recipe, params, &training, &held_out, &mut log)?;
    compare(&options.weights, &saved.tensors(), &trained.params.tensors())?;
    out.say(&format!("{}: the training gives the same weights, bit for bit", options.weights.display()));
    Ok(())
}

/// Returns the recipe of the training that a manifest describes.
fn recipe<A: App>(manifest: &Manifest) -> Recipe {
    let recipe = Recipe { epochs: manifest.epochs, seed: manifest.seed, ..A::recipe() };
    let fold = manifest.fold.and_then(|(fold, _)| recipe.folds().nth(fold.saturating_sub(1)));
    fold.unwrap_or(recipe)
}

/// Says in what a training differs from that of a manifest before its first step.
fn differences(then: &Manifest, now: &Manifest, recipe: &Recipe) -> Vec<String> {
    let mut differences = vec![];
    let samples = [("to train with", then.training, now.training), ("held out", then.held_out, now.held_out)];
    for (name, then, now) in samples {
        let Fingerprinted { count, hash } = then;
        if count != now.count {
            differences.push(format!("there were {count} samples {name}, and are {}", now.count));
        } else if hash != now.hash {
            differences.push(format!("the {count} samples {name} are others, or in another order"));
        }
    }
    if then.start != now.start {
        differences.push(match recipe.from {
            Some(start) => format!("the weights of {} that it starts from are others", start.file),
            None => "the parameters before the first step are others".into(),
        });
    }
    differences
}

/// Says in what a machine and its programs differ from those of a manifest: this may change bits.
fn machines(then: &Manifest, now: &Manifest) -> Vec<String> {
    let parts = [
        ("Netwright", &then.version, &now.version),
        ("the machine", &then.platform, &now.platform),
        ("the instruction set", &then.instructions, &now.instructions),
    ];
    let differing = parts.into_iter().filter(|(_, then, now)| then != now);
    differing.map(|(name, then, now)| format!("{name} was {then}, and is {now}")).collect()
}

/// Compares weights with those that are saved.
fn compare(file: &Path, saved: &[TensorRef<'_>], found: &[TensorRef<'_>]) -> Result<(), VerifyError> {
    let differences: Vec<String> =
        saved.iter().zip(found).filter_map(|(saved, found)| difference(saved, found)).collect();
    match differences.len() {
        0 => Ok(()),
        _ => Err(VerifyError::Bits { file: file.into(), tensors: saved.len(), differences }),
    }
}

/// Says in what two tensors of one shape differ.
fn difference(saved: &TensorRef<'_>, found: &TensorRef<'_>) -> Option<String> {
    let pairs = saved.data.iter().zip(found.data).enumerate();
    let differing: Vec<(usize, f32, f32)> = pairs
        .filter(|(_, (saved, found))| saved.to_bits() != found.to_bits())
        .map(|(at, (saved, found))| (at, *saved, *found))
        .collect();
    let &(first, then, now) = differing.first()?;
    let distance = |&(_, then, now): &(usize, f32, f32)| (f64::from(then) - f64::from(now)).abs();
    // The maximum passes over NaN.
    let largest = differing.iter().map(distance).fold(f64::NAN, f64::max);
    Some(format!(
        "`{}` {:?}: {} of {} numbers, by {largest:e} at most; the first, at {first}, was {then:e}, and is {now:e}",
        saved.name,
        saved.shape,
        differing.len(),
        saved.data.len()
    ))
}
