"""Activations and losses of single numbers with PyTorch's, for the golden cases and for the numbers where arithmetic ends."""

import torch
from torch import nn
from torch.nn import functional as F


class Of(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


class HardSigmoid(nn.Module):
    """nn.Hardsigmoid, whose slope is 1/6 in 32 bits, even in 64-bit."""

    def forward(self, x):
        return F.relu6(x + 3) / 6


# The name of the golden case, the text in the language, and PyTorch's layer.
ACTIVATIONS = [
    ("relu", "relu", nn.ReLU()),
    ("leaky_relu", "leaky_relu", nn.LeakyReLU()),
    ("leaky_relu_slope", "leaky_relu(0.2)", nn.LeakyReLU(0.2)),
    ("sigmoid", "sigmoid", nn.Sigmoid()),
    ("tanh", "tanh", nn.Tanh()),
    ("relu6", "relu6", nn.ReLU6()),
    ("elu", "elu", nn.ELU()),
    ("elu_alpha", "elu(0.5)", nn.ELU(0.5)),
    ("selu", "selu", nn.SELU()),
    ("gelu", "gelu", nn.GELU()),
    ("gelu_tanh", "gelu(tanh)", nn.GELU(approximate="tanh")),
    ("silu", "silu", nn.SiLU()),
    ("hard_swish", "hard_swish", nn.Hardswish()),
    ("hard_sigmoid", "hard_sigmoid", HardSigmoid()),
    ("softplus", "softplus", nn.Softplus()),
    ("softplus_beta", "softplus(2.5)", nn.Softplus(2.5)),
    ("softsign", "softsign", nn.Softsign()),
    ("mish", "mish", nn.Mish()),
    ("hard_tanh", "hard_tanh", nn.Hardtanh()),
    ("hard_tanh_options", "hard_tanh(-0.5,2)", nn.Hardtanh(-0.5, 2)),
    ("log_sigmoid", "log_sigmoid", nn.LogSigmoid()),
]

# Functions for calculations, likewise; those of positive numbers alone are in `POSITIVE`.
CALCULATIONS = [
    ("scale", "scale(0.25)", Of(lambda x: 0.25 * x)),
    ("shift", "shift(-0.5)", Of(lambda x: x - 0.5)),
    ("exp", "exp", Of(torch.exp)),
    ("log", "log", Of(torch.log)),
    ("abs", "abs", Of(torch.abs)),
    ("sqrt", "sqrt", Of(torch.sqrt)),
    ("square", "square", Of(torch.square)),
]

POSITIVE = ["log", "sqrt"]


def hinge(x, t):
    return F.relu(1 - (2 * (t > 0).to(x.dtype) - 1) * x)


def quantile(q):
    return lambda x, t: q * F.relu(t - x) + (1 - q) * F.relu(x - t)


def focal(x, t):
    p = x.sigmoid()
    right = p * t + (1 - p) * (1 - t)
    entropy = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    return (0.25 * t + 0.75 * (1 - t)) * (1 - right) ** 2.0 * entropy


def weighted(x, t):
    return F.binary_cross_entropy_with_logits(x, t, reduction="none", pos_weight=x.new_tensor(2.5))


def of(function, **options):
    return lambda x, t: function(x, t, reduction="none", **options)


# Kinds of numbers that outputs and targets are.
ANY, RATES, PROBABILITIES = "any", "rates", "probabilities"
REAL, YES_NO, SIDES, COUNTS, SHARES = "real", "yes or no", "sides", "counts", "shares"

# Losses that are means of a function of an output and its target: the text in the language, the function, and both kinds.
LOSSES = [
    ("mse", of(F.mse_loss), ANY, REAL),
    ("mae", of(F.l1_loss), ANY, REAL),
    ("huber", of(F.huber_loss), ANY, REAL),
    ("huber(delta=0.5)", of(F.huber_loss, delta=0.5), ANY, REAL),
    ("smooth_l1", of(F.smooth_l1_loss), ANY, REAL),
    ("smooth_l1(beta=0.5)", of(F.smooth_l1_loss, beta=0.5), ANY, REAL),
    ("quantile", quantile(0.5), ANY, REAL),
    ("quantile(q=0.9)", quantile(0.9), ANY, REAL),
    ("hinge", hinge, ANY, SIDES),
    ("poisson_nll", of(F.poisson_nll_loss), ANY, COUNTS),
    ("poisson_nll(full=true)", of(F.poisson_nll_loss, full=True), ANY, COUNTS),
    ("poisson_nll(log_input=false)", of(F.poisson_nll_loss, log_input=False), RATES, COUNTS),
    ("binary_cross_entropy", of(F.binary_cross_entropy), PROBABILITIES, SHARES),
    ("binary_cross_entropy(logits=true)", of(F.binary_cross_entropy_with_logits), ANY, YES_NO),
    ("binary_cross_entropy(logits=true,pos_weight=2.5)", weighted, ANY, YES_NO),
    ("focal(logits=true)", focal, ANY, SHARES),
]
