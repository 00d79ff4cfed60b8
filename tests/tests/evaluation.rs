//! Losses of evaluations are those of training: computed from logits, with PyTorch's values, and NaN where the network is.

use netwright::data::{Dataset, Targets, TargetsRef};
use netwright::metrics::Evaluation;
use netwright::storage::Parameters;
use netwright::train::{self, Predict, Trainer};

// Each network is a dense layer, some with names that the generated code uses itself, that the test makes the identity, before the activation that the loss absorbs.
netwright::network! {
    network Classes { input [2] dense(2, bias=false) softmax loss cross_entropy }
    train Classes { batch 4 data csv("x.csv") optimizer sgd(lr=0.1) }

    network Smoothed { input logits [2] dense(2, bias=false) softmax loss cross_entropy(label_smoothing=0.1) }
    train Smoothed { batch 4 data csv("x.csv") optimizer sgd(lr=0.1) }

    network Weighted { input [2] dense(2, bias=false) softmax loss cross_entropy(weights=[1, 3], ignore_index=7) }
    train Weighted { batch 4 data csv("x.csv") optimizer sgd(lr=0.1) }

    network Negative { input [3] dense(3, bias=false, init=identity) softmax
        loss cross_entropy(weights=[1, 2, 4], label_smoothing=0.2, ignore_index=-100) }
    train Negative { batch 3 data csv("x.csv") optimizer sgd(lr=0.1) }

    network Shares { input [2] dense(2, bias=false) softmax loss cross_entropy(targets=shares) }
    train Shares { batch 4 data csv("x.csv") optimizer sgd(lr=0.1) }

    network Divergence { input [2] dense(2, bias=false) softmax loss kl_divergence }
    train Divergence { batch 4 data csv("x.csv") optimizer sgd(lr=0.1) }

    network Answers { input [2] dense(2, bias=false) sigmoid loss binary_cross_entropy(pos_weight=2) }
    train Answers { batch 4 data csv("x.csv") optimizer sgd(lr=0.1) }

    network Focused { input boxed [2] logits: dense(2, bias=false) outputs: sigmoid loss focal }
    train Focused { batch 4 data csv("x.csv") optimizer sgd(lr=0.1) }

    // The same inside of convolutions: channels lie last in between, and the sigmoid is joined to the kernel.
    network Pixels {
        input image [2, 2, 3]
        conv(3, 1x1) relu as stem
        conv(2, 1x1) softmax as kind
        from stem
        conv(2, 1x1) sigmoid as mask
        output kind
        output mask
        loss cross_entropy(on=kind)
        loss binary_cross_entropy(on=mask, weight=0.5)
        loss mse(on=mask)
    }
    train Pixels { batch 4 optimizer sgd(lr=0.1) }
}

/// Parameters whose dense layer gives its inputs back.
macro_rules! identity {
    ($net:ident) => {{
        let mut params = $net::Params::init(1);
        for tensor in params.tensors_mut() {
            tensor.data.copy_from_slice(&[1.0, 0.0, 0.0, 1.0]);
        }
        params
    }};
}

/// The loss that evaluation finds, after checking that it is the training's.
macro_rules! loss {
    ($net:ident, $rows:expr, $targets:expr) => {{
        let rows: &[[f32; 2]] = &$rows;
        let data = Dataset::new(&[2], rows.as_flattened().to_vec(), $targets).unwrap();
        let loss = $net::RECIPE.loss;
        let found = train::evaluate::<$net::Model>(&identity!($net), &data, loss).unwrap().unwrap();
        let mut trainer = <$net::Trainer as Trainer>::new(identity!($net), 1);
        let trained = Trainer::step(&mut trainer, &data.inputs(), data.targets().expect("labels"), 0.0);
        let close = (found.loss - f64::from(trained)).abs() <= 1e-6 * found.loss.abs().max(1.0);
        assert!(close || (found.loss.is_nan() && trained.is_nan()), "{} is not {trained}", found.loss);
        found
    }};
}

fn close(found: Evaluation, want: f64) {
    assert!((found.loss - want).abs() <= 1e-6 * want.abs().max(1.0), "{} is not {want}", found.loss);
}

// torch.nn.functional.cross_entropy in 64 bits.
#[test]
fn certain_mistakes_cost_what_the_logits_say() {
    for certain in [50.0, 88.0, 200.0, 3e4] {
        close(loss!(classes, [[certain, 0.0]], Targets::Classes(vec![1])), certain.into());
    }
    // 0.95 · 0 + 0.05 · 200
    close(loss!(smoothed, [[200.0, 0.0]], Targets::Classes(vec![0])), 10.0);
    close(loss!(smoothed, [[200.0, 0.0]], Targets::Classes(vec![1])), 190.0);
    // (3 · 200 + 1 · 100) / 4; the third is of no class.
    let rows = [[200.0, 0.0], [0.0, 100.0], [0.0, 900.0]];
    close(loss!(weighted, rows, Targets::Classes(vec![1, 0, 7])), 175.0);
    close(loss!(shares, [[200.0, 0.0]], Targets::Values(vec![0.25, 0.75])), 150.0);
    let own = 0.25 * 0.25f64.ln() + 0.75 * 0.75f64.ln();
    close(loss!(divergence, [[200.0, 0.0]], Targets::Values(vec![0.25, 0.75])), 150.0 + own);
}

// torch.nn.functional.cross_entropy in 64 bits.
#[test]
fn a_negative_label_does_not_count() {
    let rows = vec![1.0, 2.0, 0.5, 0.0, 0.0, 3.0, 2.0, 1.0, 1.0];
    let data = Dataset::new(&[3], rows, Targets::Classes(vec![1, 2, -100_i32 as u32])).unwrap();
    let (params, loss) = (negative::Params::init(1), negative::RECIPE.loss);
    let found = train::evaluate::<negative::Model>(&params, &data, loss).unwrap().unwrap();
    close(found, 0.395735);
    assert_eq!(found.accuracy, Some(1.0));
    let mut trainer = <negative::Trainer as Trainer>::new(params, 1);
    let trained = Trainer::step(&mut trainer, &data.inputs(), data.targets().expect("labels"), 0.0);
    assert!((trained - 0.395735).abs() < 1e-6, "{trained}");
}

// torch.nn.functional.binary_cross_entropy_with_logits with pos_weight 2, torchvision.ops.sigmoid_focal_loss.
#[test]
fn answers_of_yes_or_no_too() {
    close(loss!(answers, [[-200.0, 200.0]], Targets::Values(vec![1.0, 0.0])), (400.0 + 200.0) / 2.0);
    close(
        loss!(focused, [[-200.0, 200.0]], Targets::Values(vec![1.0, 0.0])),
        (0.25 * 200.0 + 0.75 * 200.0) / 2.0,
    );
}

#[test]
fn nan_is_nan_and_never_right() {
    let rows = [[f32::NAN, 0.0], [3.0, f32::NAN]];
    let classes = loss!(classes, rows, Targets::Classes(vec![0, 0]));
    assert!(classes.loss.is_nan() && classes.accuracy == Some(0.0), "{classes:?}");
    let answers = loss!(answers, rows, Targets::Values(vec![0.0, 0.0, 1.0, 0.0]));
    assert!(answers.loss.is_nan() && answers.accuracy == Some(0.0), "{answers:?}");
    let half = loss!(answers, [[f32::NAN, 0.0], [3.0, -2.0]], Targets::Values(vec![0.0, 0.0, 1.0, 0.0]));
    assert!(half.loss.is_nan() && half.accuracy == Some(0.5), "{half:?}");
}

#[test]
fn the_outputs_beside_logits_are_those_of_a_prediction() {
    let params = answers::Params::init(5);
    let inputs: Vec<[f32; 2]> = (0..300).map(|i| [i as f32 / 10.0 - 15.0, 1.0 / (i as f32 + 1.0)]).collect();
    let model = answers::Model::new(params);
    let (mut alone, mut beside) = (vec![[0.0; 2]; 300], vec![[0.0; 2]; 300]);
    let mut logits = vec![[0.0; 2]; 300];
    model.predict_batch(&inputs, &mut alone);
    model.predict_with_logits(&inputs, &mut beside, &mut logits);
    assert_eq!(alone, beside);
    for (p, x) in beside.as_flattened().iter().zip(logits.as_flattened()) {
        assert!((f64::from(*p) - 1.0 / (1.0 + f64::from(-x).exp())).abs() < 1e-6, "{p} of {x}");
    }
    let mut flat = Vec::new();
    let mut outputs = vec![0.0; 600];
    Predict::predict_with_logits(&model, inputs.as_flattened(), &mut outputs, &mut flat);
    assert_eq!((&outputs[..], &flat[..]), (alone.as_flattened(), logits.as_flattened()));
}

#[test]
fn several_losses_of_images() {
    let mut params = pixels::Params::init(3);
    for tensor in params.tensors_mut() {
        tensor.data.iter_mut().for_each(|x| *x *= 40.0);
    }
    let images: Vec<[f32; 12]> =
        (0..4).map(|i| std::array::from_fn(|j| ((i * 12 + j) as f32).sin())).collect();
    let kinds: Vec<[u32; 6]> = (0..4).map(|i| std::array::from_fn(|j| ((i + j) % 2) as u32)).collect();
    let masks: Vec<[f32; 12]> = (0..4).map(|i| std::array::from_fn(|j| ((i + j) % 3 % 2) as f32)).collect();
    let mut trainer = pixels::Trainer::new(params.clone(), 1);
    trainer.step(&images, &kinds, &masks, &masks, 0.0);
    let model = pixels::Model::new(params);
    let found = model.evaluate(&images, &kinds, &masks, &masks);
    let losses = trainer.losses();
    let pairs =
        [(found.kind, losses.kind), (found.mask_binary_cross_entropy, losses.mask_binary_cross_entropy)];
    for (found, trained) in pairs.into_iter().chain([(found.mask_mse, losses.mask_mse)]) {
        assert!(
            (found.loss - f64::from(trained)).abs() < 1e-5 * found.loss.max(1.0),
            "{found:?} is not {trained}"
        );
    }
    // Larger than any loss of probabilities that are clamped.
    assert!(found.kind.loss > 100.0, "{}", found.kind.loss);
    let (mut kind, mut mask) = (vec![[0.0; 12]; 4], vec![[0.0; 12]; 4]);
    let (mut again, mut same) = (kind.clone(), mask.clone());
    let (mut kind_logits, mut mask_logits) = (kind.clone(), mask.clone());
    model.predict_batch(&images, &mut kind, &mut mask);
    model.predict_with_logits(&images, &mut again, &mut same, &mut kind_logits, &mut mask_logits);
    assert_eq!((&kind, &mask), (&again, &same));
    for (p, x) in mask.as_flattened().iter().zip(mask_logits.as_flattened()) {
        assert!((f64::from(*p) - 1.0 / (1.0 + f64::from(-x).exp())).abs() < 1e-6, "{p} of {x}");
    }
    // Channels first: the two logits of a pixel are six places apart.
    for (p, x) in kind.iter().zip(&kind_logits) {
        for pixel in 0..6 {
            let want = 1.0 / (1.0 + f64::from(x[pixel + 6] - x[pixel]).exp());
            assert!((f64::from(p[pixel]) - want).abs() < 1e-5, "{} is not {want}", p[pixel]);
        }
    }
    let targets = TargetsRef::Classes(kinds.as_flattened());
    assert!(matches!(targets, TargetsRef::Classes(classes) if classes.len() == 24));
}
