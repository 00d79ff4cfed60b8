//! A network in Rust source: `cargo run -p example-macro`.

netwright::network! {
    // The exclusive or: 1 if exactly one of two inputs is 1.
    network Xor {
        input [2]

        dense(8) tanh
        dense(1) sigmoid

        loss binary_cross_entropy
    }

    train Xor {
        epochs    500
        batch     4                 // the whole truth table in every step
        optimizer adam(lr=0.05)
        seed      1
    }
}

fn main() -> Result<(), netwright::train::Error> {
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = [[0.0], [1.0], [1.0], [0.0]];

    let samples = xor::Samples { input: &inputs, targets: &targets };
    let mut log = |epoch: &netwright::train::Epoch| {
        if epoch.epoch.is_multiple_of(100) {
            println!("epoch {}: loss {:.4}", epoch.epoch, epoch.loss);
        }
    };
    let trained = xor::train_with(&xor::RECIPE, xor::Params::init(1), samples, &mut log)?;

    let model = xor::Model::new(trained.params);
    for input in inputs {
        println!("{} xor {} = {:.3}", input[0], input[1], model.predict(&input)[0]);
    }
    Ok(())
}
