netwright::network! {
    network Digits {
        input [1, 28, 28]
        conv(6, 31x31)
        flatten
        dense(10) softmax
        loss cross_entropy
    }
}

fn main() {}
