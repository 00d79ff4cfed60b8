//! Outputs of millions of numbers are never on the stack.

use netwright::storage::Parameters;
use std::thread;

netwright::network! {
    network Segmentation {
        input [3, 512, 512]
        conv(8, 3x3, pad=1) relu
        conv(21, 1x1) softmax
        loss cross_entropy
    }
    train Segmentation { batch 2 }

    network Masks {
        input image [1, 256, 256]
        conv(4, 3x3, pad=1) relu as stem
        conv(2, 1x1) sigmoid as mask
        from stem
        global_avg_pool flatten dense(3) softmax as kind
        output mask
        output kind
        loss binary_cross_entropy(on=mask)
        loss cross_entropy(on=kind)
    }
    train Masks { batch 2 optimizer sgd(lr=0.1) }
}

/// Runs in a thread with less stack than Rust's threads have.
fn in_a_small_thread(work: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn a_small_stack_is_enough() {
    in_a_small_thread(|| {
        let mut params = segmentation::Params::init(1);
        params.tensors_mut().into_iter().for_each(|tensor| tensor.data.fill(0.0));
        let model = segmentation::Model::new(params);
        let image: Box<[f32; segmentation::INPUT]> = vec![0.5; segmentation::INPUT].try_into().unwrap();
        let output: Box<[f32; segmentation::OUTPUT]> = model.predict(&image);
        assert_eq!(output[0], 1.0 / 21.0);
        assert_eq!(output[segmentation::OUTPUT - 1], 1.0 / 21.0);
    });
}

#[test]
fn several_outputs_training_and_evaluation() {
    in_a_small_thread(|| {
        let params = masks::Params::init(1);
        let images = vec![0.25; 2 * masks::INPUT];
        let images = images.as_chunks::<{ masks::INPUT }>().0;
        let targets = vec![1.0; 2 * masks::OUTPUT_MASK];
        let targets = targets.as_chunks::<{ masks::OUTPUT_MASK }>().0;
        let mut trainer = masks::Trainer::new(params, 1);
        let loss = trainer.step(images, targets, &[0, 2], 0.0);
        let model = masks::Model::new(trainer.params().clone());
        let found = model.evaluate(images, targets, &[0, 2]);
        assert!((found.loss() - f64::from(loss)).abs() < 1e-5, "{found:?}");
        let one = model.predict(&images[0]);
        let small: [f32; 3] = one.kind;
        assert!((small.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let (mut mask, mut kind) = (vec![0.0; 2 * masks::OUTPUT_MASK], [[0.0; 3]; 2]);
        model.predict_batch(images, mask.as_chunks_mut().0, &mut kind);
        assert_eq!((&one.mask[..], one.clone().kind), (&mask[..masks::OUTPUT_MASK], kind[0]));
    });
}
