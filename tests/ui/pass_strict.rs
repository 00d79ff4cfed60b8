#![deny(warnings, missing_docs, unused, unreachable_pub)]
//! Generated code keeps a strict crate's lints.

netwright::network! {
    /// Doc comments are comments.
    network Everything {
        input [2, 12, 12]
        stem: { conv(8, 3x3, pad=1, bias=false) batch_norm relu }
        branch {
            { conv(8, 3x3, pad=1, groups=4) leaky_relu(0.1) }
            { }
        } add
        max_pool(2x2) avg_pool(2x2)
        flatten
        dropout(20%)
        dense(12) tanh
        dense(3) softmax
        loss cross_entropy
    }

    train Everything {
        batch 4
        optimizer sgd(lr=1e-2, momentum=0.9)
        freeze stem
    }
}

fn main() {
    let mut trainer = everything::Trainer::new(everything::Params::init(1), 1);
    let inputs = [[0.5; everything::INPUT]; 2];
    assert!(trainer.step(&inputs, &[0, 2], 0.01).is_finite());
}
