#![deny(deprecated)]

netwright::network! {
    network Twice {
        input [8]
        dense(4) relu relu
        dense(1)
        loss mse
    }
}

fn main() {}
