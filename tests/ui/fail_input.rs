//! A sample of another shape does not compile, and the message tells the input's.

netwright::network! {
    network Tiny {
        input [1, 2, 3]
        flatten
        dense(2) softmax
        loss cross_entropy
    }

    train Tiny { batch 4 }
}

fn main() {
    let model = tiny::Model::new(tiny::Params::init(1));
    model.predict(&[0.5; 5]);
    model.predict(&[[[0.5_f32; 2]; 3]; 1]);
    let mut trainer = tiny::Trainer::new(tiny::Params::init(1), 1);
    trainer.step(&[[0.5; 7]], &[0], 0.1);
}
