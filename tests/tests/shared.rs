//! Layers that share their functions, in a crate that the macro makes: what differs between them is given at each call.

netwright::network! {
    network Dropped {
        input [160]
        repeat 4 { dense(160) relu dropout(0.5) }
        dense(1) loss mse
    }
    train Dropped { batch 4 optimizer sgd(lr=0.01) seed 3 }
}

/// The gradient of a first layer's weights says which of its units were dropped: those of a dropped one are zero for every sample.
#[test]
fn each_layer_draws_numbers_of_its_own() {
    let mut trainer = dropped::Trainer::new(dropped::Params::init(1), 3);
    trainer.step(&[[1.0; 160]], &[[0.0]], 0.0);
    let gradients = trainer.gradients();
    let kept =
        |weight: &[f32]| weight.chunks(160).map(|unit| unit.iter().any(|g| *g != 0.0)).collect::<Vec<_>>();
    let layers = [&gradients.dense1, &gradients.dense2, &gradients.dense3, &gradients.dense4];
    let kept = layers.map(|layer| kept(&layer.weight));
    for (i, mine) in kept.iter().enumerate() {
        let count = mine.iter().filter(|kept| **kept).count();
        assert!((10..150).contains(&count), "{count} of 160 units are kept");
        assert!(kept[i + 1..].iter().all(|other| other != mine), "two layers drop the same units");
    }
}
