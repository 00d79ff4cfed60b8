use super::*;
use crate::app::testing::{Model, Params, RECIPE, Step, clouds};
use crate::data::{Interface, Targets};
use crate::metrics::Evaluation;
use crate::schedule::{Course, Schedule};

/// A log that keeps what it is told.
#[derive(Default)]
struct Notes {
    steps: usize,
    epochs: Vec<Epoch>,
}

impl Log for Notes {
    fn begin(&mut self, epoch: usize, epochs: usize, steps: usize) {
        assert_eq!((epoch, epochs, steps), (self.epochs.len() + 1, RECIPE.epochs, 12));
    }
    fn step(&mut self, loss: f64) {
        assert!(loss.is_finite());
        self.steps += 1;
    }
    fn end(&mut self, epoch: &Epoch) {
        self.epochs.push(epoch.clone());
    }
}

fn parts(recipe: &Recipe) -> (Dataset, Dataset) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("clouds.csv"), clouds(240)).unwrap();
    let interface = Interface { input: &[2], output: &[3], loss: recipe.loss, to_input: false };
    let data = Dataset::training(&recipe.source(), folder.path(), &interface).unwrap();
    let (mut training, mut held_out) = data.split(&recipe.held_out, recipe.seed).unwrap();
    let normalization = training.normalization(recipe.scaling).unwrap();
    training.normalize(&normalization);
    held_out.normalize(&normalization);
    (training, held_out)
}

#[test]
fn it_learns_and_tells() {
    let (training, held_out) = parts(&RECIPE);
    assert_eq!((training.len(), held_out.len()), (180, 60));
    let mut notes = Notes::default();
    let trained = train::<Step, Model>(&RECIPE, Params::zeros(), &training, &held_out, &mut notes).unwrap();
    assert_eq!((notes.steps, notes.epochs.len()), (20 * 12, 20));
    assert_eq!((trained.epochs, trained.best), (20, None));
    let (first, last) = (&notes.epochs[0], &notes.epochs[19]);
    assert!(first.loss < 3f64.ln() && last.loss < 0.5 * first.loss, "{first:?} {last:?}");
    let of_last = last.held_out.as_ref().map(|held_out| held_out.evaluation);
    assert_eq!(of_last.and_then(|evaluation| evaluation.accuracy), Some(1.0));
    assert_eq!(evaluate::<Model>(&trained.params, &held_out, RECIPE.loss).unwrap(), of_last);
}

#[test]
fn a_training_is_a_function_of_its_seed() {
    let run = |seed| {
        let recipe = Recipe { seed, ..RECIPE };
        let (training, held_out) = parts(&recipe);
        train::<Step, Model>(&recipe, Params::zeros(), &training, &held_out, &mut ()).unwrap().params
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn it_stops_early_with_the_best() {
    let stop = Some(EarlyStop { patience: 2, on: Watch::ValAccuracy });
    let recipe = Recipe { stop, ..RECIPE };
    let (training, held_out) = parts(&recipe);
    let mut notes = Notes::default();
    let trained = train::<Step, Model>(&recipe, Params::zeros(), &training, &held_out, &mut notes).unwrap();
    assert_eq!(trained.epochs, notes.epochs.len());
    let best = trained.best.unwrap();
    assert_eq!(trained.epochs, best + 2);
    let best = notes.epochs[best - 1].held_out.clone();
    assert_eq!(measure::<Model>(&trained.params, &held_out, &recipe).unwrap(), best);
}

#[test]
fn nothing_held_out_is_nothing_watched() {
    let recipe = Recipe { held_out: HeldOut::None, epochs: 2, ..RECIPE };
    let (training, held_out) = parts(&recipe);
    assert!(held_out.is_empty() && training.len() == 240);
    train::<Step, Model>(&recipe, Params::zeros(), &training, &held_out, &mut ()).unwrap();
    assert_eq!(evaluate::<Model>(&Params::zeros(), &held_out, recipe.loss).unwrap(), None);
}

#[test]
fn nothing_is_trained_at_rates_that_teach_nothing() {
    let (training, held_out) = parts(&RECIPE);
    let never = Schedule { warmup: 0.0, course: Course::Cyclic { low: 0.0, rise: 0.5, fall: 0.5 } };
    let told = [
        Recipe { epochs: 1, ..RECIPE },
        Recipe { rate: 0.0, ..RECIPE },
        Recipe { rate: 1e39, ..RECIPE },
        Recipe { batch: 1000, schedule: never, ..RECIPE },
        Recipe { schedule: Schedule { warmup: f64::NAN, ..RECIPE.schedule }, ..RECIPE },
    ]
    .map(|recipe| {
        let mut notes = Notes::default();
        let error =
            train::<Step, Model>(&recipe, Params::zeros(), &training, &held_out, &mut notes).unwrap_err();
        assert!(matches!(error, Error::Rate(_)) && notes.steps == 0, "{error}");
        format!("{error}\nhelp: {}", error.help().unwrap())
    });
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_diverged_training_says_so() {
    // Inputs that only an unwise program would show a network.
    let data = Dataset::new(&[2], vec![1e30; 32], Targets::Classes(vec![1; 16])).unwrap();
    let empty = Dataset::new(&[2], vec![], Targets::Classes(vec![])).unwrap();
    let error = train::<Step, Model>(&RECIPE, Params::zeros(), &data, &empty, &mut ()).unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhelp: {}", error.help().unwrap()));
}

/// A network that gives back its inputs: probabilities of two classes for each of three places.
struct Places;

impl Predict for Places {
    type Params = Params;
    const OUTPUT: usize = 6;
    fn new(_: Params) -> Places {
        Places
    }
    fn predict(&self, inputs: &[f32], outputs: &mut [f32]) {
        outputs.copy_from_slice(inputs);
    }
}

#[test]
fn classes_of_places_are_evaluated_place_by_place() {
    let outputs = vec![0.9, 0.2, 0.6, 0.1, 0.8, 0.4, 0.3, 0.5, 1.0, 0.7, 0.5, 0.0];
    let classes = vec![0, 1, 1, 1, 0, 0];
    let loss = Loss::CrossEntropy { logits: false };
    let wanted = Evaluation::of_shape(loss, &[2, 1, 3], &outputs, &[], TargetsRef::Classes(&classes));
    let data = Dataset::new(&[2, 1, 3], outputs, Targets::Classes(classes)).unwrap();
    let found = evaluate::<Places>(&Params::zeros(), &data, loss).unwrap();
    assert_eq!(found, Some(wanted));
}
