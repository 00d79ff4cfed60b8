//! Networks that people use, at their real sizes. Each is compiled by a feature of its name: all of them take rustc a quarter of an hour.

use bench_compare::Case;
use std::error::Error;

#[cfg(feature = "resnet18")]
netwright::network! {
    import "nets/real/resnet18.net"
    train ResNet18 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "resnet34")]
netwright::network! {
    import "nets/real/resnet34.net"
    train ResNet34 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "resnet50")]
netwright::network! {
    import "nets/real/resnet50.net"
    train ResNet50 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "resnet50_112")]
netwright::network! {
    import "nets/real/resnet50_112.net"
    train ResNet50At112 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "mobilenet_v2")]
netwright::network! {
    import "nets/real/mobilenet_v2.net"
    train MobileNetV2 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "mobilenet_v3")]
netwright::network! {
    import "nets/real/mobilenet_v3.net"
    train MobileNetV3 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "efficientnet_b0")]
netwright::network! {
    import "nets/real/efficientnet_b0.net"
    train EfficientNetB0 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "densenet121")]
netwright::network! {
    import "nets/real/densenet121.net"
    train DenseNet121 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "squeezenet")]
netwright::network! {
    import "nets/real/squeezenet.net"
    train SqueezeNet { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "shufflenet_v2")]
netwright::network! {
    import "nets/real/shufflenet_v2.net"
    train ShuffleNetV2 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "vgg16_224")]
netwright::network! {
    import "nets/real/vgg16_224.net"
    train Vgg16 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "inception_v3")]
netwright::network! {
    import "nets/real/inception_v3.net"
    train InceptionV3 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "convnext_t")]
netwright::network! {
    import "nets/real/convnext_t.net"
    train ConvNeXtT { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "mixer_s16")]
netwright::network! {
    import "nets/real/mixer_s16.net"
    train MixerS16 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "unet_512")]
netwright::network! {
    import "nets/real/unet_512.net"
    train UNet512 { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "nnunet_64")]
netwright::network! {
    import "nets/real/nnunet_64.net"
    train NnUNet64 { batch 2 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "ecg")]
netwright::network! {
    import "nets/real/ecg.net"
    train Ecg { batch 8 optimizer sgd(momentum=0.9) }
}

#[cfg(feature = "resnet18_b1")]
mod resnet18_b1 {
    netwright::network! {
        import "nets/real/resnet18.net"
        train ResNet18 { batch 1 optimizer sgd(momentum=0.9) }
    }
}

#[cfg(feature = "resnet18_b32")]
mod resnet18_b32 {
    netwright::network! {
        import "nets/real/resnet18.net"
        train ResNet18 { batch 32 optimizer sgd(momentum=0.9) }
    }
}

#[cfg(feature = "mobilenet_v2_b32")]
mod mobilenet_v2_b32 {
    netwright::network! {
        import "nets/real/mobilenet_v2.net"
        train MobileNetV2 { batch 32 optimizer sgd(momentum=0.9) }
    }
}

const CASES: &[Case] = &[
    #[cfg(feature = "resnet18")]
    bench_compare::case!("resnet18", resnet18, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "resnet34")]
    bench_compare::case!("resnet34", resnet34, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "resnet50")]
    bench_compare::case!("resnet50", resnet50, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "resnet50_112")]
    bench_compare::case!("resnet50_112", resnet50at112, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "mobilenet_v2")]
    bench_compare::case!("mobilenet_v2", mobilenetv2, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "mobilenet_v3")]
    bench_compare::case!("mobilenet_v3", mobilenetv3, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "efficientnet_b0")]
    bench_compare::case!("efficientnet_b0", efficientnetb0, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "densenet121")]
    bench_compare::case!("densenet121", densenet121, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "squeezenet")]
    bench_compare::case!("squeezenet", squeezenet, 1e-3, bench_compare::data::classes),
    #[cfg(feature = "shufflenet_v2")]
    bench_compare::case!("shufflenet_v2", shufflenetv2, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "vgg16_224")]
    bench_compare::case!("vgg16_224", vgg16, 1e-3, bench_compare::data::classes),
    #[cfg(feature = "inception_v3")]
    bench_compare::case!("inception_v3", inceptionv3, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "convnext_t")]
    bench_compare::case!("convnext_t", convnextt, 1e-3, bench_compare::data::classes),
    #[cfg(feature = "mixer_s16")]
    bench_compare::case!("mixer_s16", mixers16, 1e-3, bench_compare::data::classes),
    #[cfg(feature = "unet_512")]
    bench_compare::case!("unet_512", unet512, 1e-2, bench_compare::data::masks),
    #[cfg(feature = "nnunet_64")]
    bench_compare::case!("nnunet_64", nnunet64, 1e-2, bench_compare::data::masks),
    #[cfg(feature = "ecg")]
    bench_compare::case!("ecg", ecg, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "resnet18_b1")]
    bench_compare::case!("resnet18_b1", resnet18_b1::resnet18, 1e-3, bench_compare::data::classes),
    #[cfg(feature = "resnet18_b32")]
    bench_compare::case!("resnet18_b32", resnet18_b32::resnet18, 1e-2, bench_compare::data::classes),
    #[cfg(feature = "mobilenet_v2_b32")]
    bench_compare::case!(
        "mobilenet_v2_b32",
        mobilenet_v2_b32::mobilenetv2,
        1e-2,
        bench_compare::data::classes
    ),
];

/// Steps of training before anything is measured: running statistics fit then, and a prediction is none of random numbers.
const STEPS: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    bench_compare::run(CASES, STEPS)
}
