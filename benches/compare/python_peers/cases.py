"""What is compared."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A network with its recipe. Several cases can be of one `network`; `shape` is that of a sample, channels first."""
    network: str
    shape: tuple
    batch: int
    optimizer: str
    rate: float
    masks: bool = False
    modes: tuple = ("train", "one", "batch")


CASES = {
    "mlp": Case("mlp", (1, 28, 28), 128, "adam", 1e-3),
    "lenet": Case("lenet", (1, 28, 28), 64, "sgd", 0.01),
    "mnist_cnn": Case("mnist_cnn", (1, 28, 28), 64, "adam", 1e-3),
    "resnet20": Case("resnet20", (3, 32, 32), 64, "sgd", 0.01),
    "unet": Case("unet", (1, 128, 128), 8, "adam", 1e-3, masks=True),
}
# Networks of other kinds and sizes, and some of the above with other batches.
SWEEP = {
    "wide_mlp": Case("wide_mlp", (1, 32, 32), 64, "adam", 1e-3),
    "deep_mlp": Case("deep_mlp", (1, 16, 16), 32, "sgd", 1e-3),
    "table": Case("table", (30, 1, 1), 32, "adam", 1e-3),
    "table_b1": Case("table", (30, 1, 1), 1, "adam", 1e-3, modes=("train",)),
    "table_b512": Case("table", (30, 1, 1), 512, "adam", 1e-3, modes=("train", "batch")),
    "wide_conv": Case("wide_conv", (3, 32, 32), 8, "sgd", 0.01),
    "deep_conv": Case("deep_conv", (3, 24, 24), 16, "sgd", 0.01),
    "mobile": Case("mobile", (3, 64, 64), 16, "sgd", 0.01),
    "odd_channels": Case("odd_channels", (3, 32, 32), 32, "adam", 1e-3),
    "odd_image": Case("odd_image", (3, 37, 53), 32, "sgd", 0.01),
    "grouped": Case("grouped", (3, 32, 32), 16, "sgd", 0.01),
    "dilated": Case("dilated", (1, 48, 48), 8, "adam", 1e-3, masks=True),
    "autoencoder": Case("autoencoder", (1, 28, 28), 32, "adam", 1e-3, masks=True),
    "vgg": Case("vgg", (3, 64, 64), 16, "adam", 1e-3),
    "large_image": Case("large_image", (3, 224, 224), 2, "sgd", 0.01),
    "smooth": Case("smooth", (1, 28, 28), 64, "sgd", 0.01),
    "dense_block": Case("dense_block", (3, 32, 32), 16, "sgd", 0.01),
    "vgg16": Case("vgg16", (3, 224, 224), 8, "sgd", 0.01, modes=("one", "batch")),
    "mlp_b1": Case("mlp", (1, 28, 28), 1, "adam", 1e-3, modes=("train",)),
    "mlp_b512": Case("mlp", (1, 28, 28), 512, "adam", 1e-3, modes=("train", "batch")),
    "lenet_b1": Case("lenet", (1, 28, 28), 1, "sgd", 0.01, modes=("train",)),
    "lenet_b8": Case("lenet", (1, 28, 28), 8, "sgd", 0.01, modes=("train", "batch")),
    "lenet_b512": Case("lenet", (1, 28, 28), 512, "sgd", 0.01, modes=("train", "batch")),
    "resnet20_b1": Case("resnet20", (3, 32, 32), 1, "sgd", 0.01, modes=("train",)),
    "resnet20_b8": Case("resnet20", (3, 32, 32), 8, "sgd", 0.01, modes=("train", "batch")),
    "resnet20_b256": Case("resnet20", (3, 32, 32), 256, "sgd", 0.01, modes=("train", "batch")),
}
# Networks that people use, at their real sizes, as they are after some steps of training.
REAL = {
    "resnet18": Case("resnet18", (3, 224, 224), 8, "sgd", 0.01),
    "resnet34": Case("resnet34", (3, 224, 224), 8, "sgd", 0.01),
    "resnet50": Case("resnet50", (3, 224, 224), 8, "sgd", 0.01),
    "resnet50_112": Case("resnet50", (3, 112, 112), 8, "sgd", 0.01),
    "mobilenet_v2": Case("mobilenet_v2", (3, 224, 224), 8, "sgd", 0.01),
    "mobilenet_v3": Case("mobilenet_v3", (3, 224, 224), 8, "sgd", 0.01),
    "efficientnet_b0": Case("efficientnet_b0", (3, 224, 224), 8, "sgd", 0.01),
    "densenet121": Case("densenet121", (3, 224, 224), 8, "sgd", 0.01),
    "squeezenet": Case("squeezenet", (3, 224, 224), 8, "sgd", 1e-3),
    "shufflenet_v2": Case("shufflenet_v2", (3, 224, 224), 8, "sgd", 0.01),
    "vgg16_224": Case("vgg16_224", (3, 224, 224), 8, "sgd", 1e-3),
    "inception_v3": Case("inception_v3", (3, 299, 299), 8, "sgd", 0.01),
    "convnext_t": Case("convnext_t", (3, 224, 224), 8, "sgd", 1e-3),
    "mixer_s16": Case("mixer_s16", (3, 224, 224), 8, "sgd", 1e-3),
    "unet_512": Case("unet_512", (3, 256, 256), 8, "sgd", 0.01, masks=True),
    "nnunet_64": Case("nnunet_64", (1, 64, 64, 64), 2, "sgd", 0.01, masks=True),
    "ecg": Case("ecg", (12, 4096), 8, "sgd", 0.01),
    "resnet18_b1": Case("resnet18", (3, 224, 224), 1, "sgd", 1e-3, modes=("train",)),
    "resnet18_b32": Case("resnet18", (3, 224, 224), 32, "sgd", 0.01, modes=("train", "batch")),
    "mobilenet_v2_b32": Case("mobilenet_v2", (3, 224, 224), 32, "sgd", 0.01, modes=("train", "batch")),
}
# The networks of each suite.
SUITES = {"compare": CASES, "sweep": SWEEP, "real": REAL}
ALL = CASES | SWEEP | REAL
