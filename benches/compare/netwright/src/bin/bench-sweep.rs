//! The sweep: networks of other kinds and sizes.

use bench_compare::{Case, case, data};
use std::error::Error;

netwright::network! {
    import "nets/sweep/wide_mlp.net"
    train WideMlp { batch 64 optimizer adam }
}

netwright::network! {
    import "nets/sweep/deep_mlp.net"
    train DeepMlp { batch 32 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/sweep/table.net"
    train Table { batch 32 optimizer adam }
}

netwright::network! {
    import "nets/sweep/wide_conv.net"
    train WideConv { batch 8 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/sweep/deep_conv.net"
    train DeepConv { batch 16 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/sweep/mobile.net"
    train Mobile { batch 16 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/sweep/odd_channels.net"
    train OddChannels { batch 32 optimizer adam }
}

netwright::network! {
    import "nets/sweep/odd_image.net"
    train OddImage { batch 32 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/sweep/grouped.net"
    train Grouped { batch 16 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/sweep/dilated.net"
    train Dilated { batch 8 optimizer adam }
}

netwright::network! {
    import "nets/sweep/autoencoder.net"
    train Autoencoder { batch 32 optimizer adam }
}

netwright::network! {
    import "nets/sweep/vgg.net"
    train Vgg { batch 16 optimizer adam }
}

netwright::network! {
    import "nets/sweep/large_image.net"
    train LargeImage { batch 2 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/sweep/smooth.net"
    train Smooth { batch 64 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/sweep/dense_block.net"
    train DenseBlock { batch 16 optimizer sgd(momentum=0.9) }
}

netwright::network! {
    import "nets/sweep/vgg16.net"
    train Vgg16 { batch 8 optimizer sgd(momentum=0.9) }
}

mod table_b1 {
    netwright::network! {
        import "nets/sweep/table.net"
        train Table { batch 1 optimizer adam }
    }
}

mod table_b512 {
    netwright::network! {
        import "nets/sweep/table.net"
        train Table { batch 512 optimizer adam }
    }
}

mod mlp_b1 {
    netwright::network! {
        import "nets/mlp.net"
        train Mlp { batch 1 optimizer adam }
    }
}

mod mlp_b512 {
    netwright::network! {
        import "nets/mlp.net"
        train Mlp { batch 512 optimizer adam }
    }
}

mod lenet_b1 {
    netwright::network! {
        import "nets/lenet.net"
        train LeNet { batch 1 optimizer sgd(momentum=0.9) }
    }
}

mod lenet_b8 {
    netwright::network! {
        import "nets/lenet.net"
        train LeNet { batch 8 optimizer sgd(momentum=0.9) }
    }
}

mod lenet_b512 {
    netwright::network! {
        import "nets/lenet.net"
        train LeNet { batch 512 optimizer sgd(momentum=0.9) }
    }
}

mod resnet20_b1 {
    netwright::network! {
        import "nets/resnet20.net"
        train ResNet20 { batch 1 optimizer sgd(momentum=0.9) }
    }
}

mod resnet20_b8 {
    netwright::network! {
        import "nets/resnet20.net"
        train ResNet20 { batch 8 optimizer sgd(momentum=0.9) }
    }
}

mod resnet20_b256 {
    netwright::network! {
        import "nets/resnet20.net"
        train ResNet20 { batch 256 optimizer sgd(momentum=0.9) }
    }
}

const CASES: &[Case] = &[
    case!("wide_mlp", widemlp, 1e-3, data::classes),
    case!("deep_mlp", deepmlp, 1e-3, data::classes),
    case!("table", table, 1e-3, data::classes),
    case!("vgg16", vgg16, 0.01, data::classes),
    case!("table_b1", table_b1::table, 1e-3, data::classes),
    case!("table_b512", table_b512::table, 1e-3, data::classes),
    case!("wide_conv", wideconv, 0.01, data::classes),
    case!("deep_conv", deepconv, 0.01, data::classes),
    case!("mobile", mobile, 0.01, data::classes),
    case!("odd_channels", oddchannels, 1e-3, data::classes),
    case!("odd_image", oddimage, 0.01, data::classes),
    case!("grouped", grouped, 0.01, data::classes),
    case!("dilated", dilated, 1e-3, data::masks),
    case!("autoencoder", autoencoder, 1e-3, data::masks),
    case!("vgg", vgg, 1e-3, data::classes),
    case!("large_image", largeimage, 0.01, data::classes),
    case!("smooth", smooth, 0.01, data::classes),
    case!("dense_block", denseblock, 0.01, data::classes),
    case!("mlp_b1", mlp_b1::mlp, 1e-3, data::classes),
    case!("mlp_b512", mlp_b512::mlp, 1e-3, data::classes),
    case!("lenet_b1", lenet_b1::lenet, 0.01, data::classes),
    case!("lenet_b8", lenet_b8::lenet, 0.01, data::classes),
    case!("lenet_b512", lenet_b512::lenet, 0.01, data::classes),
    case!("resnet20_b1", resnet20_b1::resnet20, 0.01, data::classes),
    case!("resnet20_b8", resnet20_b8::resnet20, 0.01, data::classes),
    case!("resnet20_b256", resnet20_b256::resnet20, 0.01, data::classes),
];

fn main() -> Result<(), Box<dyn Error>> {
    bench_compare::run(CASES, 0)
}
