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
SWEEP = {}
