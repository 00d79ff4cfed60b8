"""The operations that are measured: what they are called, what they are here and in PyTorch, and the shapes they are given."""
import torch
import torch.nn.functional as F
from torch import nn

IMAGE, ROW = ([64, 28, 28], 16), ([4096], 64)


class Of(nn.Module):
    """A function, and the modules that it uses."""

    def __init__(self, function, *modules):
        super().__init__()
        self.function, self.modules_used = function, nn.ModuleList(modules)

    def forward(self, x):
        return self.function(x, *self.modules_used)


def op(name, text, torch_of, where=IMAGE, times=1, loss=("mse", F.mse_loss), optimizer=("sgd", torch.optim.SGD)):
    """An operation `times` in a row; `torch_of` makes PyTorch's as a module or is a function."""
    OPS[name] = dict(text=text, torch=torch_of, shape=where[0], batch=where[1], times=times, loss=loss, optimizer=optimizer)


OPS = {}
features = lambda n, b: ([n], b)
signal, volume = ([64, 256], 16), ([16, 16, 16, 16], 4)

op("Dense", "dense(512)", lambda: nn.Linear(512, 512), features(512, 64))
op("DenseLastAxis", "dense(64, axis=last)", lambda: nn.Linear(256, 64), signal)
op("Conv", "conv(64, 3x3, pad=1)", lambda: nn.Conv2d(64, 64, 3, padding=1))
op("ConvOdd", "conv(20, 3x3)", lambda: nn.Conv2d(10, 20, 3), ([10, 30, 30], 16))
op("Conv1x1", "conv(64, 1x1)", lambda: nn.Conv2d(64, 64, 1))
op("Conv5x5", "conv(32, 5x5, stride=2, pad=2)", lambda: nn.Conv2d(32, 32, 5, 2, 2), ([32, 28, 28], 16))
op("ConvStem", "conv(32, 7x7, stride=2, pad=3)", lambda: nn.Conv2d(3, 32, 7, 2, 3), ([3, 112, 112], 8))
op("ConvGrouped", "conv(64, 3x3, pad=1, groups=4)", lambda: nn.Conv2d(64, 64, 3, padding=1, groups=4))
op("ConvDilated", "conv(64, 3x3, pad=2, dilation=2)", lambda: nn.Conv2d(64, 64, 3, padding=2, dilation=2))
op("ConvReflect", "conv(64, 3x3, pad=1, pad_mode=reflect)", lambda: nn.Conv2d(64, 64, 3, padding=1, padding_mode="reflect"))
op("DepthwiseConv", "depthwise_conv(3x3, pad=1)", lambda: nn.Conv2d(64, 64, 3, padding=1, groups=64))
op("SeparableConv", "separable_conv(64, 3x3, pad=1)",
   lambda: nn.Sequential(nn.Conv2d(64, 64, 3, padding=1, groups=64, bias=False), nn.Conv2d(64, 64, 1)))
op("ConvSignal", "conv(64, 5, pad=2)", lambda: nn.Conv1d(64, 64, 5, padding=2), signal)
op("ConvVolume", "conv(16, 3, pad=1)", lambda: nn.Conv3d(16, 16, 3, padding=1), volume)
op("ConvTranspose2x2", "conv_transpose(32, 2x2, stride=2)", lambda: nn.ConvTranspose2d(64, 32, 2, 2))
op("ConvTranspose4x4", "conv_transpose(32, 4x4, stride=2, pad=1)", lambda: nn.ConvTranspose2d(64, 32, 4, 2, 1))

op("MaxPool2x2", "max_pool(2x2)", lambda: nn.MaxPool2d(2))
op("MaxPool3x3", "max_pool(3x3, stride=2, pad=1)", lambda: nn.MaxPool2d(3, 2, 1))
op("AvgPool2x2", "avg_pool(2x2)", lambda: nn.AvgPool2d(2))
op("AvgPool3x3", "avg_pool(3x3, stride=2, pad=1)", lambda: nn.AvgPool2d(3, 2, 1))
op("LpPool", "lp_pool(2x2)", lambda: nn.LPPool2d(2, 2))
op("GlobalAvgPool", "global_avg_pool", lambda: nn.AdaptiveAvgPool2d(1))
op("GlobalMaxPool", "global_max_pool", lambda: nn.AdaptiveMaxPool2d(1))
op("AdaptiveAvgPool", "adaptive_avg_pool(9x9)", lambda: nn.AdaptiveAvgPool2d(9))
op("AdaptiveMaxPool", "adaptive_max_pool(9x9)", lambda: nn.AdaptiveMaxPool2d(9))
op("MaxPoolSignal", "max_pool(2)", lambda: nn.MaxPool1d(2), signal)
op("MaxPoolVolume", "max_pool(2)", lambda: nn.MaxPool3d(2), volume)
op("UpsampleNearest", "upsample(2)", lambda: nn.Upsample(scale_factor=2))
op("UpsampleBilinear", "upsample(2, mode=bilinear)", lambda: nn.Upsample(scale_factor=2, mode="bilinear"))
op("PixelShuffle", "pixel_shuffle(2)", lambda: nn.PixelShuffle(2))
op("PixelUnshuffle", "pixel_unshuffle(2)", lambda: nn.PixelUnshuffle(2))
op("Pad", "pad(2)", lambda: nn.ZeroPad2d(2))
op("PadReflect", "pad(2, mode=reflect)", lambda: nn.ReflectionPad2d(2))
op("Crop", "crop(20x20)", lambda: Of(lambda x: x[:, :, 4:24, 4:24]))
op("Permute", "permute([0, 2, 1])", lambda: Of(lambda x: x.permute(0, 1, 3, 2).contiguous()))
op("Slice", "slice(channels, 0, 32)", lambda: Of(lambda x: x[:, :32]))
op("Concat", "branch { { tanh } { relu } } concat", lambda: Of(lambda x: torch.cat([x.tanh(), x.relu()], 1)))
op("Add", "branch { { tanh } { } } add", lambda: Of(lambda x: x.tanh() + x))
op("Mul", "branch { { tanh } { } } mul", lambda: Of(lambda x: x.tanh() * x))
op("Sub", "branch { { tanh } { } } sub", lambda: Of(lambda x: x.tanh() - x))
op("Max", "branch { { tanh } { } } max", lambda: Of(lambda x: torch.maximum(x.tanh(), x)))
op("ScaleByBranch", "branch { { global_avg_pool conv(64, 1x1) sigmoid } { } } mul",
   lambda: Of(lambda x, conv: torch.sigmoid(conv(x.mean((2, 3), keepdim=True))) * x, nn.Conv2d(64, 64, 1)))

for name, text, make in [
    ("BatchNorm", "batch_norm", lambda: nn.BatchNorm2d(64)),
    ("LayerNorm", "layer_norm", lambda: nn.LayerNorm([64, 28, 28])),
    ("GroupNorm", "group_norm(8)", lambda: nn.GroupNorm(8, 64)),
    ("InstanceNorm", "instance_norm", lambda: nn.InstanceNorm2d(64)),
    ("RmsNorm", "rms_norm", lambda: nn.RMSNorm([64, 28, 28])),
    ("LocalResponseNorm", "local_response_norm(5)", lambda: nn.LocalResponseNorm(5)),
    ("SpatialDropout", "spatial_dropout(0.2)", lambda: nn.Dropout2d(0.2)),
]:
    op(name, text, make, times=4)
op("LayerNormFeatures", "layer_norm", lambda: nn.LayerNorm(4096), ROW, times=4)
op("RmsNormFeatures", "rms_norm", lambda: nn.RMSNorm(4096), ROW, times=4)

for name, text, make in [
    ("Relu", "relu", nn.ReLU), ("LeakyRelu", "leaky_relu", nn.LeakyReLU), ("Prelu", "prelu", nn.PReLU), ("Relu6", "relu6", nn.ReLU6),
    ("Elu", "elu", nn.ELU), ("Selu", "selu", nn.SELU), ("Gelu", "gelu", nn.GELU), ("GeluTanh", "gelu(tanh)", lambda: nn.GELU("tanh")),
    ("Silu", "silu", nn.SiLU), ("HardSwish", "hard_swish", nn.Hardswish), ("HardSigmoid", "hard_sigmoid", nn.Hardsigmoid),
    ("Sigmoid", "sigmoid", nn.Sigmoid), ("Tanh", "tanh", nn.Tanh), ("Softplus", "softplus", nn.Softplus), ("Softsign", "softsign", nn.Softsign),
    ("Mish", "mish", nn.Mish), ("Dropout", "dropout(0.2)", lambda: nn.Dropout(0.2)), ("AlphaDropout", "alpha_dropout(0.2)", lambda: nn.AlphaDropout(0.2)),
    ("GaussianNoise", "gaussian_noise(0.1)", lambda: Of(lambda x: x + 0.1 * torch.randn_like(x))),
    ("StochasticDepth", "stochastic_depth(0.2)", lambda: Of(lambda x: x * (torch.rand(x.shape[0], 1) > 0.2) / 0.8)),
    ("Softmax", "softmax", lambda: nn.Softmax(1)), ("LogSoftmax", "log_softmax", lambda: nn.LogSoftmax(1)),
]:
    op(name, text, make, ROW, times=4)
op("SoftmaxImage", "softmax", lambda: nn.Softmax(1), times=4)

MASKS, CLASSES = ([1, 64, 64], 64), features(1000, 256)
overlap = lambda p, t, a, b: 1 - ((p * t).flatten(2).sum(2) + 1) / (
    (p * t).flatten(2).sum(2) + a * (p * (1 - t)).flatten(2).sum(2) + b * ((1 - p) * t).flatten(2).sum(2) + 1)


def focal(x, t):
    q = torch.where(t > 0.5, x, 1 - x)
    return (-torch.where(t > 0.5, 0.25, 0.75) * (1 - q) ** 2 * q.log()).mean()


for name, text, body, make, loss, where in [
    ("Mse", "mse", "leaky_relu(0.5)", lambda: nn.LeakyReLU(0.5), F.mse_loss, ROW),
    ("Mae", "mae", "leaky_relu(0.5)", lambda: nn.LeakyReLU(0.5), F.l1_loss, ROW),
    ("Huber", "huber", "leaky_relu(0.5)", lambda: nn.LeakyReLU(0.5), F.huber_loss, ROW),
    ("SmoothL1", "smooth_l1", "leaky_relu(0.5)", lambda: nn.LeakyReLU(0.5), F.smooth_l1_loss, ROW),
    ("Hinge", "hinge", "leaky_relu(0.5)", lambda: nn.LeakyReLU(0.5), lambda y, t: (1 - torch.where(t > 0, 1.0, -1.0) * y).clamp(min=0).mean(), ROW),
    ("Poisson", "poisson_nll", "leaky_relu(0.5)", lambda: nn.LeakyReLU(0.5), F.poisson_nll_loss, ROW),
    ("Cosine", "cosine", "leaky_relu(0.5)", lambda: nn.LeakyReLU(0.5), lambda y, t: 1 - F.cosine_similarity(y, t).mean(), ROW),
    ("BinaryCrossEntropy", "binary_cross_entropy", "sigmoid", nn.Sigmoid, F.binary_cross_entropy, ROW),
    ("Focal", "focal", "sigmoid", nn.Sigmoid, focal, ROW),
    ("CrossEntropy", "cross_entropy(logits=true)", "leaky_relu(0.5)", lambda: nn.LeakyReLU(0.5), F.cross_entropy, CLASSES),
    ("CrossEntropySmooth", "cross_entropy(logits=true, label_smoothing=0.1)", "leaky_relu(0.5)", lambda: nn.LeakyReLU(0.5),
     lambda y, t: F.cross_entropy(y, t, label_smoothing=0.1), CLASSES),
    ("KlDivergence", "kl_divergence", "softmax", lambda: nn.LogSoftmax(1), lambda y, t: F.kl_div(y, t, reduction="batchmean"), CLASSES),
    ("Dice", "dice", "sigmoid", nn.Sigmoid, lambda y, t: overlap(y, t, 0.5, 0.5).mean(), MASKS),
    ("Tversky", "tversky(alpha=0.3, beta=0.7)", "sigmoid", nn.Sigmoid, lambda y, t: overlap(y, t, 0.3, 0.7).mean(), MASKS),
    ("Iou", "iou", "sigmoid", nn.Sigmoid, lambda y, t: overlap(y, t, 1.0, 1.0).mean(), MASKS),
]:
    op(f"Loss{name}", body, make, where, loss=(text, loss))

for name, text, make in [
    ("Sgd", "sgd", torch.optim.SGD), ("Momentum", "momentum", lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9)),
    ("Nesterov", "nesterov", lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9, nesterov=True)),
    ("Adagrad", "adagrad", torch.optim.Adagrad), ("Adadelta", "adadelta", torch.optim.Adadelta), ("RmsProp", "rmsprop", torch.optim.RMSprop),
    ("Adam", "adam", torch.optim.Adam), ("AmsGrad", "amsgrad", lambda p, lr: torch.optim.Adam(p, lr, amsgrad=True)),
    ("AdamW", "adamw", torch.optim.AdamW), ("NAdam", "nadam", torch.optim.NAdam), ("RAdam", "radam", torch.optim.RAdam), ("Adamax", "adamax", torch.optim.Adamax),
]:
    op(f"Optimizer{name}", "dense(2048, bias=false)", lambda: nn.Linear(1024, 2048, bias=False), features(1024, 4), optimizer=(text, make))


def source():
    """All as a text of networks."""
    parts = []
    for name, of in OPS.items():
        body = of["text"] if of["times"] == 1 else f"repeat {of['times']} {{ {of['text']} }}"
        parts.append(f"network {name} {{ input {of['shape']} {body} loss {of['loss'][0]} }}\n"
                     f"train {name} {{ batch {of['batch']} optimizer {of['optimizer'][0]} }}\n")
    return "".join(parts)
