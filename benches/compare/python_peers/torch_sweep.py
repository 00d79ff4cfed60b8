"""The sweep's networks in PyTorch."""
from collections import OrderedDict

import torch
from torch import nn
from torch_networks import sequence


def named(kind, *modules):
    """Modules in a row that are a block called `kind` in Netwright."""
    made = sequence(*modules)
    made.kind = kind
    return made


def conv(inputs, channels, kernel, *, bias=True, **options):
    return nn.Conv2d(inputs, channels, kernel, bias=bias, **options)


def conv_norm(inputs, channels, kernel, activation=nn.ReLU, **options):
    """A convolution without bias, a batch norm and an activation."""
    last = [activation()] if activation else []
    return conv(inputs, channels, kernel, bias=False, **options), nn.BatchNorm2d(channels), *last


def mean():
    return nn.AdaptiveAvgPool2d(1), nn.Flatten()


class Around(nn.Sequential):
    """Modules in a row, a way around them, and ReLU."""

    def forward(self, x):
        return torch.relu(super().forward(x) + x)


def around(kind, *modules):
    made = Around(OrderedDict(sequence(*modules).named_children()))
    made.kind = kind
    return made


def wide_mlp():
    return sequence(
        nn.Flatten(), nn.Linear(1024, 2048), nn.ReLU(), nn.Linear(2048, 2048), nn.ReLU(), nn.Linear(2048, 10))


def deep_mlp():
    hidden = [layer for i in range(20) for layer in (nn.Linear(128 if i else 256, 128), nn.ReLU())]
    return sequence(nn.Flatten(), *hidden, nn.Linear(128, 10))


def table():
    return sequence(nn.Flatten(), nn.Linear(30, 64), nn.Tanh(), nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))


def wide_conv():
    return sequence(
        conv(3, 256, 3, stride=2, padding=1), nn.ReLU(), conv(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        conv(256, 512, 3, padding=1), nn.ReLU(), *mean(), nn.Linear(512, 10))


def deep_conv():
    layers = [layer for i in range(20) for layer in conv_norm(24 if i else 3, 24, 3, padding=1)]
    return sequence(*layers, *mean(), nn.Linear(24, 10))


def mobile():
    def separable(inputs, channels, stride=1):
        depthwise = conv(inputs, inputs, 3, stride=stride, padding=1, groups=inputs, bias=False)
        depthwise.kind = "depthwise_conv"
        return named(
            "separable", depthwise, nn.BatchNorm2d(inputs), nn.ReLU6(), *conv_norm(inputs, channels, 1, nn.ReLU6))
    return sequence(
        *conv_norm(3, 32, 3, nn.ReLU6, stride=2, padding=1), separable(32, 64), separable(64, 128, 2), separable(128, 128),
        separable(128, 256, 2), separable(256, 256), *mean(), nn.Linear(256, 10))


def odd_channels():
    return sequence(
        conv(3, 7, 3, padding=1), nn.ReLU(), conv(7, 13, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        conv(13, 29, 3, padding=1), nn.ReLU(), conv(29, 51, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(51 * 64, 37), nn.ReLU(), nn.Linear(37, 10))


def odd_image():
    return sequence(
        conv(3, 16, (5, 3), padding=1), nn.ReLU(), nn.MaxPool2d(3, 2), conv(16, 32, 3, stride=2), nn.ReLU(), nn.MaxPool2d(2),
        conv(32, 48, (3, 1)), nn.ReLU(), nn.Flatten(), nn.Linear(48 * 2 * 6, 10))


def grouped():
    def aggregated():
        return around(
            "aggregated", *conv_norm(64, 64, 1), *conv_norm(64, 64, 3, padding=1, groups=8), *conv_norm(64, 64, 1, None))
    return sequence(
        *conv_norm(3, 64, 3, stride=2, padding=1), aggregated(), aggregated(), aggregated(), *mean(), nn.Linear(64, 10))


def dilated():
    layers = []
    for inputs, dilation in ((1, 1), (24, 2), (24, 4), (24, 8)):
        layers += [conv(inputs, 24, 3, padding=dilation, dilation=dilation), nn.ReLU()]
    return sequence(*layers, conv(24, 1, 1))


def autoencoder():
    return sequence(
        conv(1, 16, 3, stride=2, padding=1), nn.ReLU(), conv(16, 32, 3, stride=2, padding=1), nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 3, 2, 1, 1), nn.ReLU(), nn.Upsample(scale_factor=2), conv(16, 1, 3, padding=1))


def vgg():
    def pair(inputs, channels):
        return named(
            "pair", conv(inputs, channels, 3, padding=1), nn.ReLU(), conv(channels, channels, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2))
    return sequence(
        pair(3, 32), pair(32, 64), pair(64, 128), nn.Flatten(), nn.Linear(128 * 64, 256), nn.ReLU(), nn.Linear(256, 10))


def vgg16():
    def group(inputs, channels, count):
        convs = [conv(channels if i else inputs, channels, 3, padding=1) for i in range(count)]
        return named("group", *(module for conv in convs for module in (conv, nn.ReLU())), nn.MaxPool2d(2))
    return sequence(
        group(3, 64, 2), group(64, 128, 2), group(128, 256, 3), group(256, 512, 3), group(512, 512, 3), nn.Flatten(),
        nn.Linear(512 * 49, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(4096, 1000))


def large_image():
    def residual():
        return around("residual", *conv_norm(64, 64, 3, padding=1), *conv_norm(64, 64, 3, None, padding=1))
    return sequence(
        *conv_norm(3, 64, 7, stride=2, padding=3), nn.MaxPool2d(3, 2, 1), residual(), residual(), *mean(), nn.Linear(64, 10))


def smooth():
    return sequence(
        conv(1, 16, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), conv(16, 32, 3, padding=1), nn.SiLU(), nn.AvgPool2d(2),
        conv(32, 32, 3, padding=1), nn.GELU(), nn.Flatten(), nn.Linear(32 * 49, 64), nn.Sigmoid(), nn.Linear(64, 10))


class DenseBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = conv(3, 24, 3, stride=2, padding=1)
        for i in range(1, 6):
            self.add_module(f"batch_norm{i}", nn.BatchNorm2d(12 + 12 * i))
        for i in range(2, 6):
            self.add_module(f"conv{i}", conv(12 * i, 12, 3, padding=1, bias=False))
        self.dense1 = nn.Linear(72, 10)

    def forward(self, x):
        x = self.conv1(x)
        for i in range(1, 5):
            normed = torch.relu(self._modules[f"batch_norm{i}"](x))
            x = torch.cat([self._modules[f"conv{i + 1}"](normed), x], 1)
        return self.dense1(torch.relu(self.batch_norm5(x)).mean((2, 3)))


NETWORKS = {network.__name__: network for network in (
    wide_mlp, deep_mlp, table, wide_conv, deep_conv, mobile, odd_channels, odd_image, grouped, dilated, autoencoder, vgg, vgg16,
    large_image, smooth)} | {"dense_block": DenseBlock}
