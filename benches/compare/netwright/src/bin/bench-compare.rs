//! The reference networks.

use bench_compare::{Case, case, data};
use std::error::Error;

netwright::network! {
    import "nets/mlp.net"
    train Mlp { batch 128 optimizer adam }
}

netwright::network! {
    import "nets/lenet.net"
    train LeNet { batch 64 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/mnist_cnn.net"
    train MnistCnn { batch 64 optimizer adam }
}

netwright::network! {
    import "nets/resnet20.net"
    train ResNet20 { batch 64 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/unet.net"
    train UNet { batch 8 optimizer adam }
}

const CASES: &[Case] = &[
    case!("mlp", mlp, 1e-3, data::classes),
    case!("lenet", lenet, 0.01, data::classes),
    case!("mnist_cnn", mnistcnn, 1e-3, data::classes),
    case!("resnet20", resnet20, 0.01, data::classes),
    case!("unet", unet, 1e-3, data::masks),
];

fn main() -> Result<(), Box<dyn Error>> {
    bench_compare::run(CASES, 0)
}
