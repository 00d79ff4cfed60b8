"""Networks that people use in PyTorch: torchvision's where it has them, without dropout and stochastic depth."""
import torch
import torchvision.models as models
from torch import nn
from torch.nn import functional as F
from torch_sweep import conv_norm, mean


class Scaled(nn.Module):
    """A number for each channel."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, 1, 1, 1), 1e-6))

    def forward(self, x):
        return x * self.weight.view(-1, 1, 1)


class ChannelNorm(nn.Module):
    """Layer norm over the second axis."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return F.layer_norm(x.movedim(1, -1), (len(self.weight),), self.weight, self.bias, 1e-6).movedim(-1, 1)


class Around(nn.Sequential):
    """Modules in a row and a way around them."""

    def forward(self, x):
        return x + super().forward(x)


class Pointwise(nn.Linear):
    """A convolution of 1x1 as a product, which is PyTorch's faster way with channels last."""

    def __init__(self, inputs, outputs, axes):
        super().__init__(inputs, outputs)
        self.shape = (outputs, inputs, *[1] * axes)

    def forward(self, x):
        return F.linear(x.movedim(1, -1), self.weight, self.bias).movedim(-1, 1)


def convnext_t():
    def unit(channels):
        return Around(
            nn.Conv2d(channels, channels, 7, padding=3, groups=channels), ChannelNorm(channels), Pointwise(channels, 4 * channels, 2),
            nn.GELU(), Pointwise(4 * channels, channels, 2), Scaled(channels))

    def stage(channels, count):
        return [unit(channels) for _ in range(count)]

    def down(channels):
        return ChannelNorm(channels), nn.Conv2d(channels, 2 * channels, 2, 2)

    return nn.Sequential(
        nn.Conv2d(3, 96, 4, 4), ChannelNorm(96), *stage(96, 3), *down(96), *stage(192, 3), *down(192), *stage(384, 9), *down(384),
        *stage(768, 3), nn.AdaptiveAvgPool2d(1), ChannelNorm(768), nn.Flatten(), nn.Linear(768, 1000))


def mixer_s16():
    class Mixer(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.tokens = ChannelNorm(512), nn.Sequential(nn.Linear(196, 256), nn.GELU(), nn.Linear(256, 196))
            self.norm2, self.channels = ChannelNorm(512), nn.Sequential(Pointwise(512, 2048, 1), nn.GELU(), Pointwise(2048, 512, 1))

        def forward(self, x):
            x = x + self.tokens(self.norm1(x))
            return x + self.channels(self.norm2(x))

    return nn.Sequential(
        nn.Conv2d(3, 512, 16, 16), nn.Flatten(2), *[Mixer() for _ in range(8)], ChannelNorm(512), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
        nn.Linear(512, 1000))


class UNet(nn.Module):
    """Levels of two convolutions each, down and up again; the widths are those of the levels."""

    def __init__(self, channels, widths, double, pool, up, last, strided):
        super().__init__()
        self.pool = pool
        self.down = nn.ModuleList(
            double(before, width, bool(strided and at)) for at, (before, width) in enumerate(zip([channels, *widths], widths)))
        levels = list(zip(widths[::-1], widths[-2::-1]))
        # In the order in which they are used, as parameters are matched by it.
        self.up = nn.ModuleList(module for deep, width in levels for module in (up(deep, width, 2, 2), double(2 * width, width, False)))
        self.last = last(widths[0], 1, 1)

    def forward(self, x):
        kept = []
        for at, level in enumerate(self.down):
            x = level(self.pool(x) if at else x)
            kept.append(x)
        kept.pop()
        for up, level in zip(self.up[::2], self.up[1::2]):
            x = level(torch.cat([up(x), kept.pop()], 1))
        return self.last(x)


def unet_512():
    def double(inputs, channels, _):
        return nn.Sequential(*conv_norm(inputs, channels, 3, padding=1), *conv_norm(channels, channels, 3, padding=1))

    return UNet(3, [32, 64, 128, 256, 512], double, nn.MaxPool2d(2), nn.ConvTranspose2d, nn.Conv2d, False)


def nnunet_64():
    def double(inputs, channels, halves):
        def unit(inputs, stride):
            return nn.Conv3d(inputs, channels, 3, stride, 1), nn.InstanceNorm3d(channels, affine=True), nn.LeakyReLU(0.01)
        return nn.Sequential(*unit(inputs, 2 if halves else 1), *unit(channels, 1))

    return UNet(1, [32, 64, 128, 256, 320], double, nn.Identity(), nn.ConvTranspose3d, nn.Conv3d, True)


def ecg():
    class Unit(nn.Module):
        def __init__(self, inputs, channels):
            super().__init__()
            self.skip = nn.Sequential(nn.MaxPool1d(4), nn.Conv1d(inputs, channels, 1, bias=False))
            self.main = nn.Sequential(
                nn.Conv1d(inputs, channels, 17, padding=8, bias=False), nn.BatchNorm1d(channels), nn.ReLU(),
                nn.Conv1d(channels, channels, 17, 4, 8, bias=False), nn.BatchNorm1d(channels))

        def forward(self, x):
            return torch.relu(self.skip(x) + self.main(x))

    return nn.Sequential(
        nn.Conv1d(12, 64, 17, padding=8, bias=False), nn.BatchNorm1d(64), nn.ReLU(), Unit(64, 128), Unit(128, 196), Unit(196, 256),
        Unit(256, 320), nn.Flatten(), nn.Linear(320 * 16, 10))


def without_dropout(model):
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model


NETWORKS = {network.__name__: network for network in (convnext_t, mixer_s16, unet_512, nnunet_64, ecg)} | {
    "resnet18": models.resnet18,
    "resnet34": models.resnet34,
    "resnet50": models.resnet50,
    "mobilenet_v2": lambda: models.mobilenet_v2(dropout=0.0),
    "mobilenet_v3": lambda: models.mobilenet_v3_large(dropout=0.0),
    "efficientnet_b0": lambda: models.efficientnet_b0(dropout=0.0, stochastic_depth_prob=0.0),
    "densenet121": models.densenet121,
    "squeezenet": lambda: models.squeezenet1_1(dropout=0.0),
    "shufflenet_v2": models.shufflenet_v2_x1_0,
    "vgg16_224": lambda: without_dropout(models.vgg16()),
    "inception_v3": lambda: models.inception_v3(aux_logits=False, init_weights=False, dropout=0.0),
}
