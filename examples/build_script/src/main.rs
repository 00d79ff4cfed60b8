//! A network in a `.net` file, compiled by a build script: `cargo run -p example-build-script`.

mod networks {
    include!(concat!(env!("OUT_DIR"), "/xor.rs"));
}

use networks::xor::{Model, Params, Trainer};

fn main() {
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = [[0.0], [1.0], [1.0], [0.0]];

    let mut trainer = Trainer::new(Params::init(1), 1);
    for _ in 0..500 {
        trainer.step(&inputs, &targets, 0.05);
    }

    let model = Model::new(trainer.params().clone());
    for input in inputs {
        println!("{} xor {} = {:.3}", input[0], input[1], model.predict(&input)[0]);
    }
}
