#![deny(deprecated)]
// No advice is left.
netwright::network! {
    allow softmax-of-one, activation-twice

    network Twice {
        input [8]
        dense(4) relu relu
        dense(1) softmax
    }
}

fn main() {
    let model = twice::Model::new(twice::Params::init(1));
    assert!(model.predict(&[0.5; twice::INPUT])[0].is_finite());
}
