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
}

/// What each number of threads leads to is what one leads to.
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
fn wide_dense_layers_do_not_depend_on_threads() {
    assert_same(|| trained_bits!(wide));
}
