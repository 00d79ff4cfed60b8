//! A training that is taken up again, in the middle of an epoch too, is the unbroken one bit for bit: with each optimizer, and with
//! everything that a recipe keeps from step to step.

use netwright::data::{Dataset, Targets};
use netwright::state::Snapshot;
use netwright::storage::Parameters;
use netwright::train::{Epoch, Error, Log, Moment, Recipe, Resumable, Saver, State, Trained};
use netwright_tests::reports::bits;

/// A log that keeps the state after one step, and can begin with one.
#[derive(Default)]
struct Keeper {
    /// The step after which the training ends, and whether its epoch is to end first.
    until: Option<(u64, Moment)>,
    stored: Option<Snapshot>,
    kept: Option<Snapshot>,
    epochs: Vec<String>,
}

impl Log for Keeper {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}
    fn step(&mut self, _: f64) {}
    fn end(&mut self, epoch: &Epoch) {
        self.epochs.push(format!("{:?} {:?} {:?}", epoch.loss, epoch.held_out, epoch.best));
    }
    fn saver(&mut self) -> Option<&mut dyn Saver> {
        Some(self)
    }
}

impl Saver for Keeper {
    fn stored(&mut self) -> Option<Snapshot> {
        self.stored.take()
    }

    fn note(&mut self, moment: Moment, state: &State<'_>) -> Result<Option<String>, Error> {
        if self.until != Some((state.step, moment)) {
            return Ok(None);
        }
        let mut kept = Snapshot::default();
        state.parts().into_iter().for_each(|(name, part)| kept.add(name, part));
        self.kept = Some(kept);
        Err(Error::NoSamples)
    }
}

/// Checks that a training ends the same, whether it is unbroken or taken up after any of its first `steps` steps.
fn check<P: Parameters>(name: &str, steps: u64, train: impl Fn(&mut Keeper) -> Result<Trained<P>, Error>) {
    let mut whole = Keeper::default();
    let trained = train(&mut whole).unwrap_or_else(|error| panic!("{name}: {error}"));
    for step in 1..=steps {
        for moment in [Moment::Step, Moment::Epoch] {
            let mut before = Keeper { until: Some((step, moment)), ..Keeper::default() };
            let ended = train(&mut before);
            let Some(stored) = before.kept else {
                assert!(
                    ended.is_ok() && moment == Moment::Epoch,
                    "{name}: nothing was kept after step {step}"
                );
                continue;
            };
            let mut after = Keeper { stored: Some(stored), ..Keeper::default() };
            let resumed = train(&mut after).unwrap_or_else(|error| panic!("{name}, step {step}: {error}"));
            assert!(
                bits(&resumed.params) == bits(&trained.params),
                "{name}: other weights after step {step}"
            );
            assert_eq!((resumed.epochs, resumed.best), (trained.epochs, trained.best), "{name}, step {step}");
            let epochs: Vec<String> = before.epochs.into_iter().chain(after.epochs).collect();
            assert_eq!(epochs, whole.epochs, "{name}, step {step}");
        }
    }
}

/// Samples of four numbers, or of an image of 6x6.
fn data(len: usize, first: usize, count: usize) -> Dataset {
    let number = |i: usize| {
        let number = ((i * i * 37 + i * 11) % 101) as f32;
        // Pixels are from 0 to 1.
        if len == 4 { number / 50.0 - 1.0 } else { number / 100.0 }
    };
    let classes = (first..first + count).map(|i| (i * 7 % 3) as u32).collect();
    let numbers = (first * len..(first + count) * len).map(number).collect();
    let shape: &[usize] = if len == 4 { &[4] } else { &[1, 6, 6] };
    Dataset::new(shape, numbers, Targets::Classes(classes)).expect("it fits")
}

macro_rules! of_optimizers {
    ($($network:ident $module:ident: $optimizer:ident($($args:tt)*);)*) => {
        $(netwright::network! {
            network $network { input [4] dense(3, bias=false) batch_norm tanh dropout(0.3) dense(3) softmax loss cross_entropy }
            train $network {
                data      csv("what the test makes")
                epochs    2
                batch     4
                optimizer $optimizer($($args)*)
                seed      5
            }
        })*

        #[test]
        fn every_optimizer_remembers() {
            $({
                let recipe = $module::RECIPE;
                check(stringify!($network), 6, |log| {
                    $module::train(&recipe, $module::Params::init(1), &data(4, 0, 12), &data(4, 12, 6), log)
                });
            })*
        }
    };
}

of_optimizers! {
    Sgd sgd: sgd(lr=0.1);
    Momentum momentum: momentum(lr=0.1);
    Nesterov nesterov: nesterov(lr=0.1);
    Adam adam: adam(lr=0.1);
    Adamw adamw: adamw(lr=0.1);
    Amsgrad amsgrad: amsgrad(lr=0.1);
    Nadam nadam: nadam(lr=0.1);
    Radam radam: radam(lr=0.1);
    Adamax adamax: adamax(lr=0.1);
    Adagrad adagrad: adagrad(lr=0.1, lr_decay=0.1, initial=0.1);
    Adadelta adadelta: adadelta(lr=1);
    Rmsprop rmsprop: rmsprop(lr=0.01);
    Centered centered: rmsprop(lr=0.01, centered=true, momentum=0.5);
    Adafactor adafactor: adafactor(lr=0.1);
    Lion lion: lion(lr=0.01);
    Lamb lamb: lamb(lr=0.01);
}

netwright::network! {
    // Gradients of several batches, an average of parameters, a rate that falls, and early stopping.
    network Around { input [4] dense(5) tanh dropout(0.2) dense(3) softmax loss cross_entropy }
    train Around {
        data       csv("what the test makes")
        validate   20%
        epochs     6
        batch      4
        optimizer  nesterov(lr=0.05)
        accumulate 2
        ema        0.8
        clip       global_norm(0.5)
        constrain  max_norm(1.5)
        regularize l2(1e-3)
        schedule   on_plateau(factor=0.5, patience=0, cooldown=1)
        stop       early(patience=3)
        weights    balanced
        seed       5
    }

    // Images that are augmented by other threads.
    network Moved { input [1, 6, 6] conv(4, 3x3, pad=1) relu flatten dense(3) softmax loss cross_entropy }
    train Moved {
        data      idx("what the test makes")
        augment   rotate(10deg) shift(1px) erase(p=0.5)
        epochs    3
        batch     5
        optimizer momentum(lr=0.02)
        schedule  cosine(warmup=1)
        seed      9
    }

    // A front that is frozen in the beginning, whose features are kept.
    network Phased {
        input [4]
        stem: { dense(6, bias=false) batch_norm relu }
        dropout(20%)
        dense(3) softmax
        loss cross_entropy
    }
    train Phased {
        data      csv("what the test makes")
        epochs    6
        batch     4
        optimizer momentum(lr=0.1)
        ema       0.7
        schedule  step(every=2, factor=0.5)
        seed      3
        freeze    stem
        unfreeze  stem after(2)
        freeze    stem after(4)
    }
}

#[test]
fn everything_around_an_update_goes_on() {
    check("Around", 4 * 5, |log| {
        around::train(&around::RECIPE, around::Params::init(1), &data(4, 0, 19), &data(4, 19, 6), log)
    });
}

#[test]
fn augmented_images_are_the_same() {
    check("Moved", 3 * 3, |log| {
        moved::train(&moved::RECIPE, moved::Params::init(1), &data(36, 0, 13), &data(36, 13, 4), log)
    });
}

#[test]
fn phases_and_features_go_on() {
    check("Phased", 6 * 3, |log| {
        phased::train(&phased::RECIPE, phased::Params::init(1), &data(4, 0, 11), &data(4, 11, 6), log)
    });
}

/// The average is what was validated, so it is the result, even if the training ends where a phase does.
#[test]
fn a_training_that_ends_with_a_phase_keeps_its_average() {
    let recipe = Recipe { epochs: 2, ..phased::RECIPE };
    let train = |recipe: &Recipe, log: &mut dyn Log| {
        phased::train(recipe, phased::Params::init(1), &data(4, 0, 11), &data(4, 11, 6), log)
    };
    let mut kept = Keeper { until: Some((6, Moment::Step)), ..Keeper::default() };
    assert!(train(&phased::RECIPE, &mut kept).is_err());
    let kept = kept.kept.expect("it ends after the step");
    let result = train(&recipe, &mut ()).expect("it converges").params;
    for tensor in result.tensors() {
        assert_eq!(kept.tensors[&format!("trainer.average.{}", tensor.name)], tensor.data, "{}", tensor.name);
    }
}

#[test]
fn a_program_saves_its_trainer_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.safetensors");
    let inputs = [[0.1, -0.2, 0.3, 0.4], [0.5, 0.6, -0.7, 0.8], [0.9, 0.1, 0.2, -0.3]];
    let mut trainer = around::Trainer::new(around::Params::init(1), 7);
    let steps = |trainer: &mut around::Trainer, count: usize| -> Vec<u32> {
        (0..count).map(|_| trainer.step(&inputs, &[0, 1, 2], &[1.0; 3], 0.1).to_bits()).collect()
    };
    // Between two updates.
    steps(&mut trainer, 3);
    trainer.save(&file).expect("it is written");
    let wanted = (steps(&mut trainer, 5), bits(trainer.average()), bits(trainer.params()));
    let mut other = around::Trainer::new(around::Params::init(2), 0);
    other.load(&file).expect("it is read");
    assert!((steps(&mut other, 5), bits(other.average()), bits(other.params())) == wanted);
    let mut of_another = adam::Trainer::new(adam::Params::init(1), 0);
    let error = of_another.load(&file).expect_err("it is another network's").to_string();
    assert!(error.contains("holds the state of another trainer: `trainer.params."), "{error}");
}
