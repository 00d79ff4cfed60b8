//! The training loop on a program's own samples.

use netwright::data::{Dataset, Interface};
use netwright::train::TargetsRef;
use netwright::train::{Epoch, Error, HeldOut, Log, Recipe};
use netwright_tests::reports::{Told, bits, told};
use std::path::Path;

netwright::network! {
    network From_File {
        input [30]
        dense(8) relu
        dropout(20%)
        dense(1) sigmoid
        loss binary_cross_entropy
    }
    train From_File {
        data csv("data/breast_cancer.csv")
        validate 20%
        epochs 9
        batch 32
        optimizer sgd(lr=1e-4, momentum=0.9, nesterov=true)
        schedule cosine(warmup=2)
        regularize l2(1e-4)
        accumulate 3
        ema 0.9
        stop early(patience=3, on=val_accuracy)
        seed 7
    }
    network Own {
        input [30]
        dense(8) relu
        dropout(20%)
        dense(1) sigmoid
        loss binary_cross_entropy
    }
    train Own {
        validate 20%
        epochs 9
        batch 32
        optimizer sgd(lr=1e-4, momentum=0.9, nesterov=true)
        schedule cosine(warmup=2)
        regularize l2(1e-4)
        accumulate 3
        ema 0.9
        stop early(patience=3, on=val_accuracy)
        seed 7
    }
}

netwright::network! {
    network Phases_From_File {
        input [30]
        body: { dense(6, bias=false) batch_norm tanh }
        head: dense(2) softmax
        loss cross_entropy
    }
    train Phases_From_File {
        data csv("data/breast_cancer.csv")
        validate 30%
        epochs 12
        batch 16
        optimizer adam(lr=3e-3)
        schedule on_plateau(factor=0.5, patience=1)
        freeze body
        unfreeze body after(4)
        seed 2
    }
    network Phases_Own {
        input [30]
        body: { dense(6, bias=false) batch_norm tanh }
        head: dense(2) softmax
        loss cross_entropy
    }
    train Phases_Own {
        validate 30%
        epochs 12
        batch 16
        optimizer adam(lr=3e-3)
        schedule on_plateau(factor=0.5, patience=1)
        freeze body
        unfreeze body after(4)
        seed 2
    }
}

/// Returns the samples of a recipe with data, as the command reads them.
fn file(recipe: &Recipe, output: usize) -> Dataset {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let interface = Interface { input: &[30], output: &[output], loss: recipe.loss, to_input: false };
    Dataset::training(&recipe.source(), &root, &interface).expect("the example's table can be read")
}

#[test]
fn the_loop_is_that_of_the_command() {
    let data = file(&from_file::RECIPE, 1);
    let (mut by_command, mut by_program) = (Told::new(), Told::new());
    let (training, held_out) = data.clone().split(&from_file::RECIPE.held_out, 7).expect("enough samples");
    let params = from_file::Params::init(7);
    let command =
        from_file::train(&from_file::RECIPE, params, &training, &held_out, &mut told(&mut by_command));
    let command = command.expect("a training that does not diverge");

    let (inputs, targets) = (data.inputs(), data.targets().expect("labels"));
    let inputs = inputs.as_chunks::<30>().0;
    let samples = own::Samples { input: inputs, targets: targets.values() };
    let program = own::train_with(&own::RECIPE, own::Params::init(7), samples, &mut told(&mut by_program));
    let program = program.expect("a training that does not diverge");
    assert_eq!(by_command, by_program);
    assert!(by_program.iter().all(|(samples, ..)| *samples == 455), "{by_program:?}");
    assert_eq!(bits(&command.params), bits(&program.params));
    assert_eq!((command.epochs, command.best), (program.epochs, program.best));
    let plain = own::train(inputs, targets.values()).expect("the same training");
    assert_eq!(bits(&plain.params), bits(&program.params));
    assert_ne!(bits(&plain.params), bits(&own::Params::init(7)));
}

#[test]
fn phases_and_plateaus_are_those_of_the_command() {
    use phases_from_file::{Params, RECIPE, train};
    let data = file(&RECIPE, 2);
    let (mut by_command, mut by_program) = (Told::new(), Told::new());
    let (training, held_out) = data.clone().split(&RECIPE.held_out, 2).expect("enough samples");
    let command = train(&RECIPE, Params::init(2), &training, &held_out, &mut told(&mut by_command));
    let command = command.expect("a training that does not diverge");
    let Some(TargetsRef::Classes(classes)) = data.targets() else { panic!("the loss compares classes") };
    let inputs = data.inputs();
    let samples = phases_own::Samples { input: inputs.as_chunks().0, targets: classes };
    let params = phases_own::Params::init(2);
    let program = phases_own::train_with(&phases_own::RECIPE, params, samples, &mut told(&mut by_program));
    let program = program.expect("a training that does not diverge");
    assert_eq!(by_command, by_program);
    assert_eq!(by_program.len(), 12);
    assert_eq!(bits(&command.params), bits(&program.params));
}

netwright::network! {
    network Several {
        input image [1, 4, 4]
        input facts [3]
        from image
        conv(4, 3x3) relu flatten concat(facts)
        dense(8) tanh as shared
        dense(3) softmax as kind
        from shared
        dense(1) as price
        output kind
        output price
        loss cross_entropy(on=kind)
        loss mse(on=price, weight=0.5)
    }
    train Several {
        epochs 40
        batch 8
        validate 25%
        optimizer adam(lr=1e-2)
        weights given
        stop early(patience=10)
    }
    network Pixels {
        input [1, 4, 4]
        conv(2, 3x3, pad=1)
        loss cross_entropy(logits=true, ignore_index=9)
    }
    train Pixels { epochs 3 batch 4 }
    network Again {
        input [4]
        dense(2) tanh
        dense(4) sigmoid
        loss binary_cross_entropy(to=input)
    }
    train Again { epochs 30 batch 4 validate 25% optimizer adam(lr=0.1) }
}

fn number(i: usize) -> f32 {
    (i as f32 * 2.399_963).sin()
}

#[test]
fn several_inputs_and_losses_are_trained_with() {
    let image: Vec<[f32; 16]> = (0..64).map(|i| std::array::from_fn(|j| number(16 * i + j))).collect();
    let facts: Vec<[f32; 3]> = (0..64).map(|i| std::array::from_fn(|j| number(3 * i + j + 7))).collect();
    let kinds: Vec<u32> =
        facts.iter().map(|facts| u32::from(facts[0] > 0.0) + u32::from(facts[1] > 0.5)).collect();
    let prices: Vec<[f32; 1]> = image.iter().map(|image| [image[5] - image[6]]).collect();
    let mut losses = vec![];
    let samples = several::Samples {
        image: &image,
        facts: &facts,
        kind_targets: &kinds,
        price_targets: &prices,
        weights: &[1.0; 64],
    };
    let mut log = |epoch: &Epoch| losses.push(epoch.held_out.as_ref().map(|found| found.evaluation));
    let trained = several::train_with(&several::RECIPE, several::Params::init(1), samples, &mut log);
    let trained = trained.expect("a training that does not diverge");
    let losses: Vec<f64> = losses.into_iter().map(|found| found.expect("some are held out").loss).collect();
    assert!(losses[trained.best.expect("one is the best") - 1] < 0.6 * losses[0], "{losses:?}");
    // The watched value is that of the model on the same samples.
    // The same share of each class is held out.
    let parts = netwright::__private::samples::split(64, &several::RECIPE.held_out, 0, &kinds, &[]);
    let (_, held_out) = parts.expect("enough samples");
    fn take<T: Copy>(of: &[T], rows: &[u32]) -> Vec<T> {
        rows.iter().map(|&row| of[row as usize]).collect()
    }
    let found = several::Model::new(trained.params).evaluate(
        &take(&image, &held_out),
        &take(&facts, &held_out),
        &take(&kinds, &held_out),
        &take(&prices, &held_out),
    );
    assert_eq!(found.loss().to_bits(), losses[trained.best.expect("one is the best") - 1].to_bits());
    // Samples that count nothing teach nothing.
    let samples = several::Samples { weights: &[0.0; 64], ..samples };
    let recipe = Recipe { stop: None, epochs: 2, ..several::RECIPE };
    let trained = several::train_with(&recipe, several::Params::init(1), samples, &mut ());
    assert_eq!(bits(&trained.expect("no gradient diverges").params), bits(&several::Params::init(1)));
}

#[test]
fn outputs_that_resemble_inputs_need_no_targets() {
    let inputs: Vec<[f32; 4]> =
        (0..40).map(|i| std::array::from_fn(|j| f32::from(u8::from(i % 4 == j)))).collect();
    let mut losses = vec![];
    let mut log = |epoch: &Epoch| losses.push((epoch.loss, epoch.held_out.clone()));
    let samples = again::Samples { input: &inputs };
    again::train_with(&again::RECIPE, again::Params::init(1), samples, &mut log).expect("it learns");
    assert!(losses[29].0 < 0.5 * losses[0].0, "{losses:?}");
    assert!(
        losses
            .iter()
            .all(|(_, held_out)| held_out.as_ref().is_some_and(|found| found.evaluation.accuracy.is_none()))
    );
}

fn said(result: Result<impl Sized, Error>) -> String {
    let error = result.err().expect("an error");
    format!("{error}\nhelp: {}\n", error.help().unwrap_or_default())
}

#[test]
fn what_is_wrong_with_samples_is_said_before_any_step() {
    let train = |inputs: usize, targets: usize| own::train(&vec![[0.5; 30]; inputs], &vec![[1.0]; targets]);
    let mut text = said(train(9, 8)) + &said(train(0, 0)) + &said(train(1, 1));
    text += &said(phases_own::train(&[[0.5; 30]; 3], &[0, 1, 2]));
    let mut places = [[0; 16]; 5];
    places[2][7] = 9;
    assert!(pixels::train(&[[0.5; 16]; 5], &places).is_ok(), "a class that is ignored");
    places[4][15] = 2;
    text += &said(pixels::train(&[[0.5; 16]; 5], &places));
    let with = |recipe: Recipe, value: f32| {
        let samples = own::Samples { input: &[[value; 30]; 9], targets: &[[1.0]; 9] };
        own::train_with(&recipe, own::Params::init(1), samples, &mut ())
    };
    text += &said(with(Recipe { batch: 33, ..own::RECIPE }, 0.5));
    text += &said(with(Recipe { held_out: HeldOut::None, ..own::RECIPE }, 0.5));
    let folds = Recipe { held_out: HeldOut::Folds { count: 3, stratified: true }, ..own::RECIPE };
    text += &said(with(folds.clone(), 0.5));
    text += &said(with(own::RECIPE, f32::NAN));
    insta::assert_snapshot!(text);
    assert_eq!(folds.folds().filter(|fold| with(fold.clone(), 0.5).is_ok()).count(), 3, "each by itself");
    assert!(with(Recipe { batch: 5, ..own::RECIPE }, 0.5).is_ok(), "smaller batches");
}

#[test]
fn a_log_of_ones_own_sees_every_step() {
    #[derive(Default)]
    struct Steps(usize, usize);
    impl Log for Steps {
        fn begin(&mut self, _: usize, _: usize, steps: usize) {
            self.1 = steps;
        }
        fn step(&mut self, _: f64) {
            self.0 += 1;
        }
        fn end(&mut self, _: &Epoch) {}
    }
    let mut steps = Steps::default();
    let samples = pixels::Samples { input: &[[0.5; 16]; 9], targets: &[[1; 16]; 9] };
    pixels::train_with(&pixels::RECIPE, pixels::Params::init(1), samples, &mut steps).expect("it learns");
    assert_eq!((steps.0, steps.1), (9, 3));
}
