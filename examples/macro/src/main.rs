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
        batch     4                 // the whole truth table in every step
        optimizer adam(lr=0.05)
    }
}

fn main() {
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = [[0.0], [1.0], [1.0], [0.0]];

    let mut trainer = xor::Trainer::new(xor::Params::init(1), 1);
    for step in 1..=500 {
        let loss = trainer.step(&inputs, &targets, 0.05);
        if step % 100 == 0 {
            println!("step {step}: loss {loss:.4}");
        }
    }

    let mut model = xor::Model::new(trainer.params().clone());
    for input in inputs {
        println!("{} xor {} = {:.3}", input[0], input[1], model.predict(&input)[0]);
    }
}
