netwright::network! {
    network Digits {
        input [1, 28, 28]
        convv(6, 5x5) relu
        flatten
        dense(10) softmax
        loss cross_entropy
    }
}

// Uses of a network with errors are no errors themselves.
fn main() {
    let model = digits::Model::new(digits::Params::init(1));
    let output: [f32; digits::OUTPUT] = model.predict(&[0.0; digits::INPUT]);
    println!("{output:?}");
}
