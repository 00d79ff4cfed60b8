"""The networks in PyTorch. Modules are named as in Netwright, so that its weights files are loaded as they are."""
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn


def sequence(*modules):
    """Modules in a row, each called by its kind and a number that counts."""
    kinds = {nn.Conv2d: "conv", nn.ConvTranspose2d: "conv_transpose", nn.Linear: "dense", nn.BatchNorm2d: "batch_norm"}
    counts, named = {}, OrderedDict()
    for module in modules:
        kind = getattr(module, "kind", None) or kinds.get(type(module), type(module).__name__)
        counts[kind] = counts.get(kind, 0) + 1
        named[f"{kind}{counts[kind]}"] = module
    return nn.Sequential(named)


class Residual(nn.Module):
    kind = "residual"

    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.batch_norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.batch_norm2 = nn.BatchNorm2d(channels)
        self.short = stride > 1
        if self.short:
            self.conv3 = nn.Conv2d(inputs, channels, 1, stride, bias=False)
            self.batch_norm3 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.batch_norm2(self.conv2(F.relu(self.batch_norm1(self.conv1(x)))))
        return F.relu(y + (self.batch_norm3(self.conv3(x)) if self.short else x))


class Double(nn.Module):
    def __init__(self, inputs, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        for i, (inputs, channels) in enumerate([(1, 16), (16, 32), (32, 64), (64, 128), (128, 64), (64, 32), (32, 16)], 1):
            self.add_module(f"double{i}", Double(inputs, channels))
        for i, channels in enumerate([64, 32, 16], 1):
            self.add_module(f"conv_transpose{i}", nn.ConvTranspose2d(2 * channels, channels, 2, 2))
        self.conv1 = nn.Conv2d(16, 1, 1)

    def forward(self, x):
        fine = self.double1(x)
        middle = self.double2(F.max_pool2d(fine, 2))
        coarse = self.double3(F.max_pool2d(middle, 2))
        y = self.double4(F.max_pool2d(coarse, 2))
        y = self.double5(torch.cat([self.conv_transpose1(y), coarse], 1))
        y = self.double6(torch.cat([self.conv_transpose2(y), middle], 1))
        y = self.double7(torch.cat([self.conv_transpose3(y), fine], 1))
        return self.conv1(y)


def mlp():
    return sequence(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def lenet():
    return sequence(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def mnist_cnn():
    return sequence(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))


def resnet20():
    return sequence(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        Residual(16, 16), Residual(16, 16), Residual(16, 16),
        Residual(16, 32, 2), Residual(32, 32), Residual(32, 32),
        Residual(32, 64, 2), Residual(64, 64), Residual(64, 64),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


NETWORKS = {network.__name__.lower(): network for network in (mlp, lenet, mnist_cnn, resnet20, UNet)}
