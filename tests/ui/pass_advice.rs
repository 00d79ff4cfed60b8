// Advice is no error.
netwright::network! {
    network Twice {
        input [8]
        dense(4) relu relu
        dense(1)
        loss mse
    }
}

fn main() {
    let model = twice::Model::new(twice::Params::init(1));
    assert!(model.predict(&[0.5; twice::INPUT])[0].is_finite());
}
