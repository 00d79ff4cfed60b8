//! Training does not depend on how many threads there are.

include!("../ways/bits.rs");

netwright::network! {
    block residual(channels) {
        branch {
            { conv(channels, 3x3, pad=1, bias=false) batch_norm relu conv(channels, 3x3, pad=1, bias=false) batch_norm }
            { }
        } add
        relu
    }

    network Residual {
        input [3, 12, 12]
        conv(8, 3x3, pad=1) relu
        residual(8)
        max_pool(2x2)
        residual(8)
        flatten
        dropout(0.3)
        dense(4) softmax
        loss cross_entropy
    }

    train Residual {
        batch 24
        optimizer sgd(lr=1e-2, momentum=0.9)
        regularize l1(1e-5)
    }

    // So wide that its dense layers are computed for the whole batch.
    network Wide {
        input [300]
        dense(640) relu
        dropout(0.2)
        stochastic_depth(0.2) alpha_dropout(0.1) gaussian_noise(0.1)
        dense(320) leaky_relu
        dense(4) softmax
        loss cross_entropy
    }

    train Wide { batch 40 optimizer adam(lr=1e-3) regularize l1(1e-5) }

    // So many weights that their gradients are sums over the whole batch.
    network Deep {
        input [3, 9, 8]
        conv(180, 3x3, pad=1) relu
        conv(200, 3x3, stride=2, pad=1, bias=false) batch_norm relu
        flatten
        dense(4) softmax
        loss cross_entropy
    }

    train Deep { batch 20 optimizer sgd(lr=1e-2, momentum=0.9) }

    // Everything that stands around an update, on tensors that threads share.
    network Bounded {
        input [300]
        dense(640) relu
        head: dense(4) softmax
        loss cross_entropy
    }

    train Bounded {
        batch      20
        optimizer  sgd(lr=1e-2, momentum=0.9)
        rate       head 3
        regularize l1(1e-5) l2(1e-4, only=head)
        clip       global_norm(0.1)
        constrain  max_norm(0.7)
        accumulate 3
        ema        0.9
    }

    // Two inputs and two outputs, one of them through wide layers, with three losses.
    network Several {
        input image [1, 8, 8]
        input facts [6]
        from image
        conv(6, 3x3, pad=1) relu flatten concat(facts) dropout(0.2)
        dense(320) tanh as shared
        dense(4) softmax as kind
        from shared
        dense(320) relu dense(64) reshape([1, 8, 8]) as again
        output kind
        output again
        loss cross_entropy(on=kind)
        loss mae(on=kind, weight=0.5)
        loss mse(on=again, to=image, weight=2)
    }

    train Several { batch 40 optimizer adam(lr=1e-3) regularize l1(1e-5) }
}

/// Checks that a training with each number of threads has the result of one thread.
fn assert_same(train: impl Fn() -> String + Sync) {
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        pool.install(|| {
            assert_eq!(rayon::current_num_threads(), threads);
            train()
        })
    };
    let one = with(1);
    for threads in [2, 3, 8] {
        assert_eq!(with(threads), one, "{threads} threads and one");
    }
    assert_eq!(train(), one, "the default pool and one thread");
}

#[test]
fn statistics_and_dropout_do_not_depend_on_threads() {
    assert_same(|| trained_bits!(residual));
}

#[test]
fn wide_convolutions_do_not_depend_on_threads() {
    assert_same(|| trained_bits!(deep));
}

#[test]
fn what_stands_around_an_update_does_not_depend_on_threads() {
    assert_same(|| trained_bits!(bounded));
    assert_same(|| {
        use bounded::{BATCH, INPUT, Params, Trainer};
        let inputs: Vec<[f32; INPUT]> = (0..BATCH)
            .map(|i| std::array::from_fn(|j| ((i * 300 + j) * 37 % 101) as f32 / 50.0 - 1.0))
            .collect();
        let classes: Vec<u32> = (0..BATCH).map(|i| (i % 4) as u32).collect();
        let mut trainer = Trainer::new(Params::init(2), 3);
        for _ in 0..10 {
            trainer.step(&inputs, &classes, 1e-2);
        }
        trainer.finish(1e-2);
        let bits = trainer.average().dense1.weight.iter().map(|x| format!("{:08x}", x.to_bits()));
        bits.collect()
    });
}

#[test]
fn several_losses_do_not_depend_on_threads() {
    use netwright::storage::Parameters as _;
    use several::{BATCH, INPUT_FACTS, INPUT_IMAGE, Params, Trainer};
    let number = |i: usize| (i * 37 % 101) as f32 / 101.0;
    let images: Vec<[f32; INPUT_IMAGE]> =
        (0..BATCH).map(|i| std::array::from_fn(|j| number(i * 64 + j))).collect();
    let facts: Vec<[f32; INPUT_FACTS]> =
        (0..BATCH).map(|i| std::array::from_fn(|j| number(i * 6 + j + 7))).collect();
    let classes: Vec<u32> = (0..BATCH).map(|i| (i % 4) as u32).collect();
    let shares: Vec<[f32; 4]> =
        classes.iter().map(|&c| std::array::from_fn(|k| f32::from(k as u32 == c))).collect();
    assert_same(|| {
        let mut trainer = Trainer::new(Params::init(2), 3);
        let mut text = String::new();
        let mut sums = vec![];
        for _ in 0..10 {
            let loss = trainer.step(&images, &facts, &classes, &shares, 1e-2);
            let parts = trainer.losses();
            assert_eq!(loss, parts.sum() + trainer.penalty());
            let sum = parts.kind_cross_entropy + 0.5 * parts.kind_mae + 2.0 * parts.again;
            assert_eq!(parts.sum(), sum);
            sums.push(sum);
            text += &format!("{:08x} ", loss.to_bits());
        }
        assert!(sums[9] < sums[0], "it learns: {sums:?}");
        for tensor in trainer.params().tensors() {
            text.extend(tensor.data.iter().map(|value| format!("{:08x}", value.to_bits())));
        }
        text
    });
}

#[test]
fn an_evaluation_has_each_loss() {
    use several::{INPUT_FACTS, INPUT_IMAGE, Model, Params};
    let (images, facts) = ([[0.5; INPUT_IMAGE]; 3], [[0.25; INPUT_FACTS]; 3]);
    let model = Model::new(Params::init(4));
    let one = model.predict(&images[0], &facts[0]);
    let found = model.evaluate(&images, &facts, &[2; 3], &[[0.0; 4]; 3]);
    let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-5, "{found} is not {wanted}");
    close(found.kind_cross_entropy.loss, -f64::from(one.kind[2]).ln());
    close(found.kind_mae.loss, 0.25);
    let squares = one.again.iter().map(|y| f64::from(y - 0.5).powi(2)).sum::<f64>();
    close(found.again.loss, squares / INPUT_IMAGE as f64);
    close(found.loss(), found.kind_cross_entropy.loss + 0.5 * found.kind_mae.loss + 2.0 * found.again.loss);
}

#[test]
fn wide_dense_layers_do_not_depend_on_threads() {
    assert_same(|| trained_bits!(wide));
}
