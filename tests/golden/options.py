"""Golden cases of options in places where the other files do not have them; `make_golden.py` calls `options`."""

import torch
from torch import nn
from torch.nn import functional as F


def options(case, sequence, Net, kinds, kept):
    """The first three arguments are `make_golden.py`'s; `kinds` are its losses by name, and `kept` is what a seeded dropout leaves."""

    def layer(name, text, shape, module, **more):
        kind = text.split("(")[0]
        case(name, f"input {shape}\n {text}\n loss mse", shape, sequence(**{kind + "1": module}), batch=2, **more)

    def plain(name, text, shape, function, **more):
        case(name, f"input {shape}\n {text}\n loss mse", shape, Net(lambda net, x: function(x)), batch=2, **more)

    borders(case, layer)
    pools(plain)
    norms(layer)
    losses(case, sequence, kinds)
    noises(case, kept)


def borders(case, layer):
    """What `pad` and `pad_mode` say of every kind of convolution, on signals, images and volumes."""
    layer("conv_valid", "conv(3, 3x2, pad=valid)", [2, 4, 5], nn.Conv2d(2, 3, (3, 2)))
    layer("signal_conv_valid", "conv(3, 2, pad=valid)", [2, 5], nn.Conv1d(2, 3, 2))
    layer("signal_depthwise_same", "depthwise_conv(4, pad=same, dilation=2)", [3, 8], nn.Conv1d(3, 3, 4, padding="same", dilation=2, groups=3))
    layer("volume_depthwise_same", "depthwise_conv(3x1x2, pad=same, bias=false)", [2, 3, 3, 4], nn.Conv3d(2, 2, (3, 1, 2), padding="same", groups=2, bias=False))
    for mode in ["reflect", "replicate", "circular"]:
        given = dict(padding_mode=mode)
        layer(f"signal_conv_{mode}", f"conv(3, 3, stride=2, pad=2, pad_mode={mode})", [2, 7], nn.Conv1d(2, 3, 3, stride=2, padding=2, **given))
        volume = nn.Conv3d(2, 2, (3, 2, 3), padding=(1, 0, 2), **given)
        layer(f"volume_conv_{mode}", f"conv(2, 3x2x3, pad=[1, 0, 2], pad_mode={mode})", [2, 3, 3, 4], volume)
        layer(f"depthwise_conv_{mode}", f"depthwise_conv(3x3, pad=[1, 2], pad_mode={mode}, multiplier=2)", [2, 4, 5], nn.Conv2d(2, 4, 3, padding=(1, 2), groups=2, **given))
    for name, shape, pad, kernel, sides, module in [
        ("signal", [2, 6], "[0, 3]", "3", (0, 3), lambda: nn.Conv1d(2, 3, 3)),
        ("volume", [2, 3, 4, 3], "[1, 0, 0, 2, 1, 1]", "2x3x2", (1, 1, 0, 2, 1, 0), lambda: nn.Conv3d(2, 3, (2, 3, 2))),
    ]:
        for mode, theirs in [("zeros", "constant"), ("replicate", "replicate")]:
            option = "" if mode == "zeros" else f", pad_mode={mode}"
            net = Padded(sides, theirs, module())
            case(f"{name}_conv_sides_{mode}", f"input {shape}\n conv(3, {kernel}, pad={pad}{option})\n loss mse", shape, net, batch=2)
    parts = nn.Sequential()
    parts.add_module("depthwise", nn.Conv1d(2, 4, 3, padding=1, groups=2, bias=False))
    parts.add_module("pointwise", nn.Conv1d(4, 3, 1))
    layer("signal_separable_conv", "separable_conv(3, 3, pad=1, multiplier=2)", [2, 6], parts)
    parts = nn.Sequential()
    parts.add_module("depthwise", nn.Conv3d(2, 2, 3, stride=2, padding=1, groups=2, bias=False, padding_mode="circular"))
    parts.add_module("pointwise", nn.Conv3d(2, 3, 1, bias=False))
    layer("volume_separable_conv", "separable_conv(3, 3, stride=2, pad=1, pad_mode=circular, bias=false)", [2, 3, 4, 3], parts)
    parts = nn.Sequential()
    parts.add_module("depthwise", nn.Conv2d(2, 2, 3, dilation=2, padding=2, groups=2, bias=False))
    parts.add_module("pointwise", nn.Conv2d(2, 3, 1))
    layer("separable_conv_dilation", "separable_conv(3, 3x3, pad=2, dilation=2)", [2, 5, 6], parts)


class Padded(nn.Module):
    """A convolution behind a border; its parameters are called `conv1`."""

    def __init__(self, sides, mode, module):
        super().__init__()
        self.sides, self.mode = sides, mode
        self.conv1 = module

    def forward(self, x):
        return self.conv1(F.pad(x, self.sides, mode=self.mode))


def pools(plain):
    """Norms as means, on signals and volumes."""
    plain("signal_lp_pool_options", "lp_pool(3, p=3, stride=2, ceil=true)", [2, 8], lambda x: F.lp_pool1d(x.abs(), 3, 3, 2, True))
    plain("volume_lp_pool_options", "lp_pool(2x1x2, p=1.5, stride=[2, 1, 1])", [1, 4, 2, 3], lambda x: F.lp_pool3d(x.abs(), 1.5, (2, 1, 2), (2, 1, 1)))


class ChannelNorm(nn.LayerNorm):
    """Of the channels of each place."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class ChannelRms(nn.RMSNorm):
    """The same without means."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


def norms(layer):
    """Statistics of samples, with the options that images have."""
    layer("signal_layer_norm_channels", "layer_norm(over=channels, bias=false)", [4, 3], ChannelNorm(4, bias=False))
    layer("volume_layer_norm_channels", "layer_norm(over=channels, eps=0.01)", [3, 2, 2, 3], ChannelNorm(3, eps=0.01))
    layer("signal_rms_norm", "rms_norm(eps=0.01)", [3, 4], nn.RMSNorm([3, 4], eps=0.01))
    layer("volume_rms_norm_channels", "rms_norm(over=channels, eps=0.001, affine=false)", [4, 2, 1, 3], ChannelRms(4, eps=1e-3, elementwise_affine=False))
    layer("signal_group_norm_plain", "group_norm(2, affine=false, eps=0.1)", [4, 5], nn.GroupNorm(2, 4, eps=0.1, affine=False))
    layer("volume_instance_norm_plain", "instance_norm(eps=0.1)", [2, 2, 3, 2], nn.InstanceNorm3d(2, eps=0.1))
    layer("volume_batch_norm_options", "batch_norm(eps=0.1, momentum=0.3)", [2, 2, 3, 2], nn.BatchNorm3d(2, eps=0.1, momentum=0.3))
    layer("volume_local_response_norm", "local_response_norm(3, alpha=1, beta=0.5, k=2)", [4, 2, 1, 3], nn.LocalResponseNorm(3, alpha=1, beta=0.5, k=2))
    layer("volume_log_softmax", "log_softmax", [3, 2, 1, 3], nn.LogSoftmax(dim=1))
    layer("volume_prelu", "prelu(per_channel=true)", [3, 2, 1, 3], nn.PReLU(3))


def losses(case, sequence, kinds):
    """Losses that compare several outputs, on signals and volumes; of weighed samples, those that are means of their own kind."""
    softmax, sigmoid = nn.Softmax(dim=1), nn.Sigmoid()
    texts = {
        "cross_entropy": ("softmax", softmax), "cross_entropy_options": ("", None), "shares": ("softmax", softmax), "kl": ("softmax", softmax),
        "cosine": ("", None), "dice": ("sigmoid", sigmoid), "iou": ("softmax", softmax), "tversky": ("sigmoid", sigmoid), "binary": ("sigmoid", sigmoid),
    }
    for name, (text, kind) in kinds["several"].items():
        activation, module = texts[name]
        behind = {} if module is None else {"activation": module}
        body = f"conv(3, 1) {activation} loss {text}"
        case(f"signal_loss_{name}", f"input [2, 5]\n {body}", [2, 5], sequence(conv1=nn.Conv1d(2, 3, 1), **behind), kind, batch=2)
        case(f"volume_loss_{name}", f"input [2, 2, 1, 3]\n {body}", [2, 2, 1, 3], sequence(conv1=nn.Conv3d(2, 3, 1), **behind), kind, batch=2)
    weights = [0.5, 2, 0, 1.25]
    train = "batch 4\n    weights given\n    optimizer sgd(lr=0.1)"
    for name, (text, activation, kind) in kinds["weighed"].items():
        body = f"input [5]\n dense(3) {text}"
        behind = {} if activation is None else {"activation": activation}
        net = sequence(dense1=nn.Linear(5, 3), **behind)
        case(f"weighed_{name}", body, [5], net, kinds["weigh"](kind, weights), batch=4, train=train, weights=weights, optimizer=lambda p: torch.optim.SGD(p, lr=0.1))


def noises(case, kept):
    """Whole channels of signals and volumes."""
    for name, shape, module in [("signal", [4, 3], nn.Dropout1d(0.4)), ("volume", [4, 2, 1, 2], nn.Dropout3d(0.4))]:
        masks = {"spatial_dropout1": kept(module)}
        body = f"input {shape}\n spatial_dropout(0.4)\n tanh\n loss mse"
        case(f"{name}_spatial_dropout", body, shape, nn.Sequential(module, nn.Tanh()), batch=4, masks=masks)
