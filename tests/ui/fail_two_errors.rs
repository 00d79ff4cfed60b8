netwright::network! {
    network Two {
        input [8]
        dense(units=3, wide=true) relu
        from nowhere
        dense(4) softmax
        loss cross_entropy
    }

    train Two { optimizer adamm(lr=1e-3) }
}

fn main() {}
