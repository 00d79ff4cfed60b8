//! `output NAME training only`: heads that help earlier layers to learn, and that predictions and measurements are made without.

use netwright::data::{Dataset, Interface};
use netwright::train::{Epoch, Log, Loss, TargetsRef};
use netwright_compiler::{Options, generate, pretty};
use netwright_tests::programs;
use std::fmt::Write;
use std::fs;

netwright::network! {
    network Assisted {
        input [6]
        stem: dense(12) tanh as low
        head: dense(3) softmax as kind
        from low
        aux: dense(5) relu guess: dense(3) softmax as guess
        output kind
        output guess training only
        loss cross_entropy(on=guess, to=kind, weight=0.5)
        loss cross_entropy(on=kind)
    }
    train Assisted {
        data csv("samples.csv", label=kind)
        validate 25%
        epochs 6
        batch 8
        optimizer adam(lr=1e-2)
        metrics f1
    }
    network Own {
        input [6]
        stem: dense(12) tanh as low
        head: dense(3) softmax as kind
        from low
        aux: dense(5) relu guess: dense(3) softmax as guess
        output kind
        output guess training only
        loss cross_entropy(on=guess, weight=0.5)
        loss cross_entropy(on=kind)
    }
    train Own { validate 25% epochs 6 batch 8 optimizer adam(lr=1e-2) }
    network Plain {
        input [6]
        stem: dense(12) tanh
        head: dense(3) softmax
        loss cross_entropy
    }
    train Plain { batch 8 }
}

const SAMPLES: usize = 48;

fn input(i: usize) -> [f32; 6] {
    std::array::from_fn(|j| ((6 * i + j) as f32 * 2.399_963).sin())
}

fn kind(i: usize) -> u32 {
    u32::from(input(i)[0] > 0.0) + u32::from(input(i)[1] > 0.3)
}

fn samples() -> (Vec<[f32; 6]>, Vec<u32>) {
    ((0..SAMPLES).map(input).collect(), (0..SAMPLES).map(kind).collect())
}

#[test]
fn predictions_are_those_of_the_network_without_it() {
    let (inputs, _) = samples();
    let params = own::Params::init(3);
    let plain = plain::Params { stem: params.stem.clone(), head: params.head.clone() };
    let (own, plain) = (own::Model::new(params), plain::Model::new(plain));
    let mut outputs = [vec![[0.0; 3]; SAMPLES], vec![[0.0; 3]; SAMPLES]];
    own.predict_batch(&inputs, &mut outputs[0]);
    plain.predict_batch(&inputs, &mut outputs[1]);
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(own.predict(&inputs[0]), outputs[1][0]);
}

#[test]
fn code_for_predictions_has_no_trace_of_it() {
    let text = "network Own { input [6] stem: dense(12) tanh as low head: dense(3) softmax as kind
        from low aux: dense(5) relu guess: dense(3) softmax as guess
        output kind output guess training only
        loss cross_entropy(on=guess, weight=0.5) loss cross_entropy(on=kind) }
        train Own { batch 8 }";
    let code = pretty(generate(&programs::model(text), &Options::default())).expect("it is Rust");
    let begin = code.find("/// How samples are cut for prediction").expect("predictions");
    for name in ["aux", "guess"] {
        assert!(!code[begin..].contains(name), "{name} is in {}", &code[begin..]);
    }
    insta::assert_snapshot!(code);
}

#[test]
fn only_training_computes_its_loss() {
    let (inputs, kinds) = samples();
    let mut trainer = own::Trainer::new(own::Params::init(3), 1);
    // The targets of training alone come last, wherever the text has the loss.
    let wrong = [0; SAMPLES];
    let loss = trainer.step(&inputs[..8], &kinds[..8], &wrong[..8], 0.1);
    let losses = trainer.losses();
    assert!((loss - losses.kind - 0.5 * losses.guess).abs() < 1e-6 && losses.guess > 0.0);
    let gradients = trainer.gradients();
    assert!(
        gradients.aux.weight.iter().any(|g| *g != 0.0) && gradients.guess.weight.iter().any(|g| *g != 0.0)
    );

    let model = own::Model::new(own::Params::init(3));
    let found = model.evaluate(&inputs, &kinds);
    let own::Evaluations { kind } = found;
    assert_eq!(found.loss(), kind.loss);

    // What is held out is measured by the other loss alone.
    let mut accuracies = vec![];
    let mut log = |epoch: &Epoch| {
        accuracies.extend(epoch.held_out.as_ref().and_then(|held_out| held_out.evaluation.accuracy));
    };
    let samples = own::Samples::of(&inputs, &kinds, &kinds);
    own::train_with(&own::RECIPE, own::Params::init(3), samples, &mut log).unwrap();
    assert_eq!(accuracies.len(), 6);
}

#[test]
fn files_give_its_targets_and_measure_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::from("a,b,c,d,e,f,kind\n");
    for i in 0..SAMPLES {
        let [a, b, c, d, e, f] = input(i);
        writeln!(table, "{a},{b},{c},{d},{e},{f},{}", ["ash", "birch", "cedar"][kind(i) as usize]).unwrap();
    }
    fs::write(folder.path().join("samples.csv"), table).unwrap();
    let recipe = assisted::RECIPE;
    let interface = Interface { input: &[6], output: &[3], loss: Loss::MSE, to_input: false };
    let all = Dataset::training(&recipe.source(), folder.path(), &interface).unwrap();
    let (training, held_out) = all.split(&recipe.held_out, recipe.seed).unwrap();

    let mut losses = vec![];
    let mut log = |epoch: &Epoch| losses.extend(epoch.held_out.as_ref().map(|held_out| held_out.evaluation));
    let log: &mut dyn Log = &mut log;
    let trained = assisted::train(&recipe, assisted::Params::init(1), &training, &held_out, log).unwrap();
    assert_ne!(trained.params.aux.weight, assisted::Params::init(1).aux.weight);

    let mut inputs = vec![];
    held_out.read(0..held_out.len(), &mut inputs).unwrap();
    let Some(TargetsRef::Classes(kinds)) = held_out.targets() else { panic!("they are classes") };
    let measured = assisted::Model::new(trained.params.clone());
    let mut outputs = vec![[0.0; 3]; held_out.len()];
    measured.predict_batch(inputs.as_chunks::<6>().0, &mut outputs);
    let mean = outputs.iter().zip(kinds).map(|(y, kind)| -f64::from(y[*kind as usize]).ln()).sum::<f64>()
        / outputs.len() as f64;
    let best = losses.iter().map(|found| found.loss).fold(f64::INFINITY, f64::min);
    assert!((best - mean).abs() < 1e-5, "{best} and {mean}");
    assert!(losses.iter().all(|found| found.accuracy.is_some()));
}
