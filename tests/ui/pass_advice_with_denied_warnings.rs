#![deny(warnings)]
// Advice is no error in a strict crate, and one lint can be allowed.
netwright::network! {
    allow softmax-of-one

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
