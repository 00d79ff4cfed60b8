//! The networks with their recipes, compiled.

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
