"""Writes the golden cases: networks with PyTorch's numbers for them, in 64-bit.

    pip install torch          (2.15.0 made the files in this folder; numpy is not needed)
    python3 make_golden.py

Each case becomes `<name>.json`. Arrays are `{"shape": [...], "values": [...]}`, row by row, with the batch first and
channels before the image; parameters have PyTorch's names, which are the language's too.

    source            the network, and its training where there is one
    params            before training, running statistics included
    inputs, targets   a batch; targets of a cross-entropy are class indices, or shares of all classes
    outputs, loss     of a pass in training (without penalties)
    input_gradients   of that loss, as are
    gradients         those of the parameters
    weights           how much each sample counts, if not all the same
    masks             what a layer's noise was: 1 where a number was kept, or the normal numbers that were added
    running           running statistics after that pass
    inference         outputs in inference, with the running statistics after the first pass
    losses, penalty   of 20 or 100 steps on the same batch, each before its update; the penalty before the first
    trained           parameters after them; `running_trained`: running statistics
    after_100         of a network without a recipe, parameters and running statistics after 100 steps of gradient descent on
                      this batch with a rate of `RATE`
    parts, averaged   `updates.py` says what they are
"""

import copy
import json
import pathlib
import random
import re
import warnings
from collections import OrderedDict

warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

import torch
from torch import nn
from torch.nn import functional as F

import kinds
from kinds import ACTIVATIONS, CALCULATIONS, POSITIVE
from options import options
from ranks import ranks
from schedules import schedules
from updates import updates

torch.set_default_dtype(torch.float64)
FOLDER = pathlib.Path(__file__).parent
STEPS = 20
RATE = 0.01
SEED = 7


class Net(nn.Module):
    """Layers by name, and how they are applied: `forward(net, *inputs)`."""

    def __init__(self, forward, **layers):
        super().__init__()
        self.body = forward
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, *inputs):
        return self.body(self, *inputs)


def sequence(**layers):
    return nn.Sequential(OrderedDict(layers))


class Classes:
    """A loss on class indices."""

    def __init__(self, function):
        self.function = function

    def targets(self, rng, output):
        count = output.shape[1]
        shape = [output.shape[0], *output.shape[2:]]
        return torch.tensor([rng.randrange(count) for _ in range(torch.Size(shape).numel())]).reshape(shape)


class Numbers:
    """A loss on as many numbers as the output has."""

    def __init__(self, function, low, high):
        self.function, self.low, self.high = function, low, high

    def targets(self, rng, output):
        return numbers(rng, output.shape, lambda: rng.uniform(self.low, self.high))


class Ignoring(Classes):
    """A loss on class indices, of which some are the one that stands for no class."""

    def __init__(self, function, ignored, chance=0.4):
        super().__init__(function)
        self.ignored, self.chance = ignored, chance

    def targets(self, rng, output):
        labels = super().targets(rng, output)
        chosen = [rng.random() < self.chance for _ in range(labels.numel())]
        return torch.where(torch.tensor(chosen).reshape(labels.shape), self.ignored, labels)


class Shares(Numbers):
    """A loss on a share for each class; they sum to 1, and some are 0."""

    def __init__(self, function):
        super().__init__(function, 0, 1)

    def targets(self, rng, output):
        parts = torch.relu(super().targets(rng, output) - 0.2) + 1e-3
        parts = torch.where(super().targets(rng, output) < 0.2, 0.0, parts)
        parts = torch.where(parts.sum(1, keepdim=True) == 0, 1.0, parts)
        return parts / parts.sum(1, keepdim=True)


class Choice:
    """A loss on numbers of a list, on kinks and beside them."""

    def __init__(self, function, values):
        self.function, self.values = function, values

    def targets(self, rng, output):
        return numbers(rng, output.shape, lambda: rng.choice(self.values))


class Again(Numbers):
    """A loss of an output to the first input, which is held fixed."""

    def targets(self, rng, output):
        return None


def focal(gamma=2.0, alpha=0.25):
    """Of logits, as torchvision's `sigmoid_focal_loss` defines it, with PyTorch's functions."""

    def function(x, t):
        p = torch.sigmoid(x)
        right = p * t + (1 - p) * (1 - t)
        entropy = F.binary_cross_entropy_with_logits(x, t, reduction="none")
        return ((alpha * t + (1 - alpha) * (1 - t)) * (1 - right) ** gamma * entropy).mean()

    return function


def hinge(x, t):
    """`nn.MultiLabelMarginLoss` and its kind compare outputs with each other; this is Cortes and Vapnik's."""
    return F.relu(1 - torch.where(t > 0, 1.0, -1.0) * x).mean()


def of_softmax(function):
    """A loss of logits, of their softmax."""
    return lambda p, t: function(torch.log(p), t)


def kl_divergence(x, t):
    """`batchmean` counts samples; this is a mean over pixels too."""
    return F.kl_div(F.log_softmax(x, dim=1), t, reduction="batchmean") / max(1, x[0, 0].numel())


def cosine(x, t):
    """`nn.CosineEmbeddingLoss` of pairs that should agree, each pixel one."""
    x, t = (y.movedim(1, -1).reshape(-1, y.shape[1]) for y in (x, t))
    return F.cosine_embedding_loss(x, t, torch.ones(len(x)))


def regions(p):
    """Each channel of an image, or all features."""
    return p.flatten(2) if p.dim() > 2 else p


def dice(smooth=1.0):
    """Milletari et al. 2016 without squares, as Sudre et al. 2017, of each region."""

    def function(p, t):
        p, t = regions(p), regions(t)
        return (1 - (2 * (p * t).sum(-1) + smooth) / (p.sum(-1) + t.sum(-1) + smooth)).mean()

    return function


def iou(smooth=1.0):
    """Rahman and Wang 2016, of each region."""

    def function(p, t):
        p, t = regions(p), regions(t)
        both = (p * t).sum(-1)
        return (1 - (both + smooth) / ((p + t).sum(-1) - both + smooth)).mean()

    return function


def tversky(alpha=0.5, beta=0.5, smooth=1.0):
    """Salehi et al. 2017, of each region: `alpha` of false positives, `beta` of false negatives."""

    def function(p, t):
        p, t = regions(p), regions(t)
        right, too_much, too_little = (p * t).sum(-1), (p * (1 - t)).sum(-1), ((1 - p) * t).sum(-1)
        return (1 - (right + smooth) / (right + alpha * too_much + beta * too_little + smooth)).mean()

    return function


def of_probabilities(function):
    """A loss of logits, of their sigmoids."""
    return lambda p, t: function(torch.logit(p), t)


MSE = Numbers(F.mse_loss, -1, 1)
BINARY = Numbers(F.binary_cross_entropy, 0, 1)
BINARY_LOGITS = Numbers(F.binary_cross_entropy_with_logits, 0, 1)
CROSS_ENTROPY = Classes(lambda p, y: F.nll_loss(torch.log(p), y))
CROSS_ENTROPY_LOGITS = Classes(F.cross_entropy)


def numbers(rng, shape, draw):
    """Random numbers of three decimals, which print short."""
    values = [round(draw(), 3) for _ in range(torch.Size(shape).numel())]
    return torch.tensor(values, dtype=torch.float64).reshape(tuple(shape))


def plain(tensor, digits=12):
    def short(value):
        return value if isinstance(value, int) else float(f"{value:.{digits}g}")

    values = [short(value) for value in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": [int(v) if v == int(v) else v for v in values]}


def descended(net, loss_of):
    """All numbers of a network after 100 steps along the slope of a loss."""
    rule = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=RATE)
    for _ in range(100):
        rule.zero_grad()
        loss_of().backward()
        rule.step()
    # Ten digits, because a rounding error has grown beyond the twelfth.
    return {name: plain(tensor, 10) for name, tensor in net.state_dict().items() if "num_batches" not in name}


def running(net):
    return {name: plain(buffer) for name, buffer in net.named_buffers() if "running" in name}


class Penalty:
    """`l1 |w|_1 + l2 |w|^2` over weights, and over biases and the parameters of norms if asked."""

    def __init__(self, l1=0.0, l2=0.0, biases=False, norms=False):
        self.l1, self.l2, self.biases, self.norms = l1, l2, biases, norms

    def counts(self, name, parameter):
        role = self.norms if "batch_norm" in name else parameter.dim() > 1 or self.biases
        return role and parameter.requires_grad

    def of(self, net):
        counted = [w for name, w in net.named_parameters() if self.counts(name, w)]
        return sum((self.l1 * w.abs().sum() + self.l2 * (w * w).sum() for w in counted), torch.tensor(0.0))


class FrozenNorm(nn.BatchNorm2d):
    """Uses its running statistics in training too."""

    def train(self, mode=True):
        return super().train(False)


def case(name, body, inputs, net, losses=MSE, batch=3, draw=None, train=None, optimizer=None, penalty=Penalty(), blocks="", masks=None, steps=STEPS, update=None, weights=None):
    """Writes one case. `inputs` are shapes without the batch; `draw(rng)` makes an input's number."""
    rng = random.Random(name)
    draw = draw or (lambda rng: rng.gauss(0, 1))
    losses = losses if isinstance(losses, list) else [losses]
    inputs = inputs if isinstance(inputs[0], list) else [inputs]

    with torch.no_grad():
        for key, tensor in net.state_dict().items():
            if "num_batches" in key:
                continue
            low = 0.5 if key.endswith("running_var") else -0.6
            tensor.copy_(numbers(rng, tensor.shape, lambda low=low: rng.uniform(low, low + 1.2)))
    params = {key: plain(tensor) for key, tensor in net.state_dict().items() if "num_batches" not in key}

    xs = [numbers(rng, [batch, *shape], lambda: draw(rng)).requires_grad_() for shape in inputs]
    state = {key: tensor.clone() for key, tensor in net.state_dict().items()}

    def total(outputs, targets):
        targets = [xs[0].detach() if t is None else t for t in targets]
        return sum(loss.function(y, t) for loss, y, t in zip(losses, outputs, targets))

    def outputs_of():
        outputs = net(*xs)
        return outputs if isinstance(outputs, tuple) else (outputs,)

    with torch.no_grad():
        net.eval()
        targets = [loss.targets(rng, y) for loss, y in zip(losses, outputs_of())]
        net.train()
    torch.manual_seed(SEED)
    outputs = outputs_of()
    loss = total(outputs, targets)
    loss.backward()

    source = blocks + "network Golden {\n" + "".join(f"    {line.strip()}\n" for line in body.strip().splitlines()) + "}\n"
    record = {
        "source": source + (f"train Golden {{\n    {train}\n}}\n" if train else ""),
        "params": params,
        "inputs": [plain(x) for x in xs],
        "targets": [plain(t) for t in targets if t is not None],
        "outputs": [plain(y) for y in outputs],
        "loss": loss.item(),
        "input_gradients": [plain(x.grad) for x in xs],
        "gradients": {name: plain(p.grad) for name, p in net.named_parameters() if p.requires_grad},
    }
    if weights:
        record["weights"] = weights
    if masks:
        record["masks"] = {name: plain(mask([batch, *inputs[0]])) for name, mask in masks.items()}
    if any(True for _ in net.buffers()) or "dropout" in body or masks:
        record["running"] = running(net)
        with torch.no_grad():
            net.eval()
            record["inference"] = [plain(y) for y in outputs_of()]
            net.train()
    if optimizer:
        net.load_state_dict(state)
        record["penalty"] = penalty.of(net).item()
        record["losses"] = []
        rule = optimizer([p for p in net.parameters() if p.requires_grad])
        if update:
            size = batch // update.parts
            rows = [slice(part * size, (part + 1) * size) for part in range(update.parts)]
            loss_of = lambda part: total((net(*(x[rows[part]] for x in xs)),), [t[rows[part]] for t in targets])
            record["parts"] = update.parts
            record["losses"], average = update.train(net, rule, loss_of, penalty, steps)
            if average:
                record["averaged"] = {name: plain(tensor) for name, tensor in average.items()}
            steps = 0
        for _ in range(steps):
            rule.zero_grad()
            loss = total(outputs_of(), targets)
            record["losses"].append(loss.item())
            (loss + penalty.of(net)).backward()
            rule.step()
        record["trained"] = {name: plain(p) for name, p in net.named_parameters()}
        if "running" in record:
            record["running_trained"] = running(net)
    elif any(p.requires_grad for p in net.parameters()) and not masks:
        net.load_state_dict(state)
        record["after_100"] = descended(net, lambda: total(outputs_of(), targets))

    lines = [f" {json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in record.items()]
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def dense():
    case("dense", "input [5]\n dense(3)\n loss mse", [5], sequence(dense1=nn.Linear(5, 3)), batch=4)
    case("dense_one", "input [1]\n dense(1)\n loss mse", [1], sequence(dense1=nn.Linear(1, 1)), batch=1)
    case("dense_no_bias", "input [7]\n dense(17, bias=false)\n loss mse", [7], sequence(dense1=nn.Linear(7, 17, bias=False)))


def conv():
    options = [
        ("plain", [2, 6, 5], "3, 3x3", dict(out_channels=3, kernel_size=3)),
        ("one", [1, 1, 1], "1, 1x1", dict(out_channels=1, kernel_size=1)),
        ("pad", [3, 4, 4], "5, 3x3, pad=1", dict(out_channels=5, kernel_size=3, padding=1)),
        ("same", [2, 5, 7], "3, 5x3, pad=same", dict(out_channels=3, kernel_size=(5, 3), padding="same")),
        ("stride", [2, 7, 8], "4, 3x3, stride=2, pad=1", dict(out_channels=4, kernel_size=3, stride=2, padding=1)),
        ("uneven", [2, 6, 7], "3, 3x2, stride=[2, 3], pad=[2, 1]", dict(out_channels=3, kernel_size=(3, 2), stride=(2, 3), padding=(2, 1))),
        ("dilation", [2, 7, 6], "2, 3x3, dilation=2, pad=1", dict(out_channels=2, kernel_size=3, dilation=2, padding=1)),
        ("dilation_uneven", [1, 8, 7], "2, 2x3, dilation=[3, 1], stride=[1, 2]", dict(out_channels=2, kernel_size=(2, 3), dilation=(3, 1), stride=(1, 2))),
        ("groups", [4, 5, 4], "6, 3x3, groups=2, pad=1", dict(out_channels=6, kernel_size=3, groups=2, padding=1)),
        ("depthwise", [5, 4, 5], "5, 3x3, groups=5, pad=1, bias=false", dict(out_channels=5, kernel_size=3, groups=5, padding=1, bias=False)),
        ("depthwise_multiplier", [3, 5, 5], "6, 3x3, groups=3, stride=2", dict(out_channels=6, kernel_size=3, groups=3, stride=2)),
        ("pointwise", [6, 3, 3], "7, 1x1, bias=false", dict(out_channels=7, kernel_size=1, bias=False)),
        ("pointwise_stride", [3, 5, 4], "2, 1x1, stride=2", dict(out_channels=2, kernel_size=1, stride=2)),
        ("wide_window", [2, 3, 3], "2, 5x5, pad=2", dict(out_channels=2, kernel_size=5, padding=2)),
        ("whole_image", [2, 3, 4], "4, 3x4", dict(out_channels=4, kernel_size=(3, 4))),
        ("same_even", [2, 5, 4], "3, 4x2, pad=same", dict(out_channels=3, kernel_size=(4, 2), padding="same")),
        ("reflect", [2, 4, 5], "3, 3x3, pad=[1, 2], pad_mode=reflect", dict(out_channels=3, kernel_size=3, padding=(1, 2), padding_mode="reflect")),
        ("replicate", [2, 4, 5], "4, 3x3, stride=2, pad=2, groups=2, pad_mode=replicate", dict(out_channels=4, kernel_size=3, stride=2, padding=2, groups=2, padding_mode="replicate")),
        ("circular", [2, 4, 5], "3, 3x3, pad=1, dilation=2, pad_mode=circular", dict(out_channels=3, kernel_size=3, padding=1, dilation=2, padding_mode="circular")),
    ]
    for name, shape, args, torch_args in options:
        net = sequence(conv1=nn.Conv2d(shape[0], **torch_args))
        case(f"conv_{name}", f"input {shape}\n conv({args})\n loss mse", shape, net, batch=2)
    sides = sequence(pad=nn.ZeroPad2d((2, 0, 1, 3)), conv1=nn.Conv2d(2, 3, 3, stride=2))
    case("conv_sides", "input [2, 5, 4]\n conv(3, 3x3, stride=2, pad=[1, 3, 2, 0])\n loss mse", [2, 5, 4], sides, batch=2)


def conv_transpose():
    options = [
        ("plain", [2, 4, 3], "3, 3x3", dict(out_channels=3, kernel_size=3)),
        ("one", [1, 1, 1], "1, 1x1", dict(out_channels=1, kernel_size=1)),
        ("double", [3, 3, 4], "2, 2x2, stride=2", dict(out_channels=2, kernel_size=2, stride=2)),
        ("pad", [2, 4, 4], "3, 3x3, pad=1, bias=false", dict(out_channels=3, kernel_size=3, padding=1, bias=False)),
        ("output_pad", [2, 3, 4], "3, 3x3, stride=2, pad=1, output_pad=1", dict(out_channels=3, kernel_size=3, stride=2, padding=1, output_padding=1)),
        ("uneven", [2, 3, 4], "3, 3x2, stride=[2, 3], pad=[2, 1], output_pad=[1, 2]", dict(out_channels=3, kernel_size=(3, 2), stride=(2, 3), padding=(2, 1), output_padding=(1, 2))),
        ("gaps", [2, 3, 2], "2, 2x1, stride=3, output_pad=[0, 1]", dict(out_channels=2, kernel_size=(2, 1), stride=3, output_padding=(0, 1))),
        ("dilation", [2, 4, 3], "2, 3x2, dilation=2, pad=1", dict(out_channels=2, kernel_size=(3, 2), dilation=2, padding=1)),
        ("dilation_beyond_stride", [2, 3, 3], "2, 2x3, dilation=[3, 2], stride=[2, 1], output_pad=[2, 1]", dict(out_channels=2, kernel_size=(2, 3), dilation=(3, 2), stride=(2, 1), output_padding=(2, 1))),
        ("groups", [4, 3, 3], "6, 3x3, groups=2, stride=2", dict(out_channels=6, kernel_size=3, groups=2, stride=2)),
        ("depthwise", [5, 3, 4], "5, 4x4, groups=5, stride=2, pad=1", dict(out_channels=5, kernel_size=4, groups=5, stride=2, padding=1)),
        ("wide_pad", [2, 5, 5], "2, 2x2, pad=2", dict(out_channels=2, kernel_size=2, padding=2)),
    ]
    for name, shape, args, torch_args in options:
        net = sequence(conv_transpose1=nn.ConvTranspose2d(shape[0], **torch_args))
        case(f"conv_transpose_{name}", f"input {shape}\n conv_transpose({args})\n loss mse", shape, net, batch=2)


def depthwise_conv():
    options = [
        ("plain", [3, 5, 4], "3x3", 1, dict(kernel_size=3)),
        ("same", [4, 5, 6], "3x5, pad=same, bias=false", 1, dict(kernel_size=(3, 5), padding="same", bias=False)),
        ("options", [2, 8, 7], "2x3, stride=[2, 1], pad=[1, 2], dilation=[1, 2], multiplier=3", 3, dict(kernel_size=(2, 3), stride=(2, 1), padding=(1, 2), dilation=(1, 2))),
        ("one_channel", [1, 4, 4], "3x3, multiplier=2", 2, dict(kernel_size=3)),
    ]
    for name, shape, args, multiplier, torch_args in options:
        conv = nn.Conv2d(shape[0], shape[0] * multiplier, groups=shape[0], **torch_args)
        case(f"depthwise_conv_{name}", f"input {shape}\n depthwise_conv({args})\n loss mse", shape, sequence(depthwise_conv1=conv), batch=2)


def separable_conv():
    options = [
        ("plain", [3, 5, 4], "5, 3x3", 1, {}, dict(kernel_size=3)),
        ("options", [2, 6, 7], "3, 3x2, stride=2, pad=1, multiplier=2, bias=false", 2, dict(bias=False), dict(kernel_size=(3, 2), stride=2, padding=1)),
        ("reflect", [2, 4, 5], "4, 3x3, pad=same, pad_mode=reflect", 1, {}, dict(kernel_size=3, padding=1, padding_mode="reflect")),
    ]
    for name, shape, args, multiplier, own, torch_args in options:
        between = shape[0] * multiplier
        depthwise = nn.Conv2d(shape[0], between, groups=shape[0], bias=False, **torch_args)
        parts = sequence(depthwise=depthwise, pointwise=nn.Conv2d(between, int(args.split(",")[0]), 1, **own))
        case(f"separable_conv_{name}", f"input {shape}\n separable_conv({args})\n loss mse", shape, sequence(separable_conv1=parts), batch=2)


def upsample():
    options = [
        ("double", [3, 2, 3], "2", 2),
        ("uneven", [2, 3, 2], "[3, 2]", (3, 2)),
        ("one_pixel", [2, 1, 1], "3", 3),
        ("one_way", [1, 4, 3], "1x4", (1, 4)),
    ]
    for name, shape, args, scale in options:
        nearest, bilinear = nn.Upsample(scale_factor=scale), nn.Upsample(scale_factor=scale, mode="bilinear")
        case(f"upsample_{name}", f"input {shape}\n upsample({args})\n loss mse", shape, nearest, batch=2)
        case(f"upsample_{name}_bilinear", f"input {shape}\n upsample({args}, mode=bilinear)\n loss mse", shape, bilinear, batch=2)


def means():
    for name, axis, shape, dim in [
        ("features", "channels", [5], 1), ("channels", "channels", [3, 4, 2], 1), ("height", "height", [3, 4, 2], 2), ("width", "width", [2, 3, 4], 3),
        ("length", "length", [3, 5], 2), ("signal_channels", "channels", [3, 5], 1),
        ("volume_channels", "channels", [3, 2, 4, 2], 1), ("depth", "depth", [2, 3, 2, 4], 2), ("volume_height", "height", [2, 3, 4, 2], 3), ("volume_width", "width", [2, 2, 3, 4], 4),
    ]:
        case(f"mean_{name}", f"input {shape}\n mean({axis})\n loss mse", shape, Net(lambda net, x, dim=dim: x.mean(dim, keepdim=True)))


def pools():
    options = [
        ("plain", [2, 6, 4], "2x2", dict(kernel_size=2)),
        ("rest", [2, 7, 5], "2x3", dict(kernel_size=(2, 3))),
        ("overlap", [3, 7, 6], "3x3, stride=2", dict(kernel_size=3, stride=2)),
        ("pad", [2, 5, 6], "3x3, stride=2, pad=1", dict(kernel_size=3, stride=2, padding=1)),
        ("uneven", [1, 6, 7], "2x4, stride=[1, 3], pad=[1, 2]", dict(kernel_size=(2, 4), stride=(1, 3), padding=(1, 2))),
    ]
    for name, shape, args, torch_args in options:
        body = f"input {shape}\n {{}}({args}{{}})\n loss mse"
        case(f"max_pool_{name}", body.format("max_pool", ""), shape, nn.MaxPool2d(**torch_args), batch=2)
        case(f"avg_pool_{name}", body.format("avg_pool", ""), shape, nn.AvgPool2d(**torch_args), batch=2)
        if "padding" in torch_args:
            pool = nn.AvgPool2d(**torch_args, count_include_pad=False)
            case(f"avg_pool_{name}_not_counted", body.format("avg_pool", ", count_pad=false"), shape, pool, batch=2)
    for name, shape, args, torch_args in [
        ("plain", [2, 5, 6], "2x2", dict(kernel_size=2)),
        ("overlap", [3, 6, 7], "3x3, stride=2", dict(kernel_size=3, stride=2)),
        ("pad", [2, 6, 5], "3x2, stride=2, pad=1", dict(kernel_size=(3, 2), stride=2, padding=1)),
        ("gaps", [1, 7, 5], "2x2, stride=4, pad=1", dict(kernel_size=2, stride=4, padding=1)),
    ]:
        body = f"input {shape}\n {{}}({args}, {{}}ceil=true)\n loss mse"
        case(f"max_pool_ceil_{name}", body.format("max_pool", ""), shape, nn.MaxPool2d(**torch_args, ceil_mode=True), batch=2)
        case(f"avg_pool_ceil_{name}", body.format("avg_pool", ""), shape, nn.AvgPool2d(**torch_args, ceil_mode=True), batch=2)
        if "padding" in torch_args:
            pool = nn.AvgPool2d(**torch_args, ceil_mode=True, count_include_pad=False)
            case(f"avg_pool_ceil_{name}_not_counted", body.format("avg_pool", "count_pad=false, "), shape, pool, batch=2)
    for name, shape, args, size in [
        ("even", [2, 6, 4], "3x2", (3, 2)),
        ("uneven", [3, 7, 5], "3x2", (3, 2)),
        ("larger", [2, 2, 3], "5x4", (5, 4)),
        ("square", [1, 5, 6], "4", 4),
        ("one", [2, 3, 5], "1", 1),
    ]:
        case(f"adaptive_avg_pool_{name}", f"input {shape}\n adaptive_avg_pool({args})\n loss mse", shape, nn.AdaptiveAvgPool2d(size), batch=2)
        case(f"adaptive_max_pool_{name}", f"input {shape}\n adaptive_max_pool({args})\n loss mse", shape, nn.AdaptiveMaxPool2d(size), batch=2)
    for name, shape, args, p, window, options in [
        ("plain", [2, 6, 4], "2x2", 2, 2, {}),
        ("rest", [2, 7, 5], "2x3, p=3", 3, (2, 3), {}),
        ("overlap", [3, 7, 6], "3x3, p=2.5, stride=2", 2.5, 3, dict(stride=2)),
        ("sum", [2, 5, 6], "2x2, p=1", 1, 2, {}),
        ("ceil", [2, 5, 6], "3x4, p=4, stride=2, ceil=true", 4, (3, 4), dict(stride=2, ceil_mode=True)),
    ]:
        norm = Net(lambda net, x, p=p, window=window, options=options: F.lp_pool2d(x.abs(), p, window, **options))
        case(f"lp_pool_{name}", f"input {shape}\n lp_pool({args})\n loss mse", shape, norm, batch=2)
    case("lp_pool_conv", "input [2, 6, 6]\n conv(3, 3x3)\n lp_pool(2x2)\n loss mse", [2, 6, 6],
         sequence(conv1=nn.Conv2d(2, 3, 3), lp_pool1=nn.LPPool2d(2, 2)), batch=2)
    few = lambda rng: rng.choice([-1, 0, 1])
    case("max_pool_ties", "input [3, 7, 7]\n max_pool(3x3, stride=2, pad=1)\n loss mse", [3, 7, 7], nn.MaxPool2d(3, 2, 1), draw=few)
    behind_relu = Net(lambda net, x: F.max_pool2d(F.relu(x), 2))
    case("max_pool_ties_relu", "input [2, 6, 6]\n relu max_pool(2x2)\n loss mse", [2, 6, 6], behind_relu)
    case("adaptive_max_pool_ties", "input [3, 7, 5]\n adaptive_max_pool(3x4)\n loss mse", [3, 7, 5], nn.AdaptiveMaxPool2d((3, 4)), draw=few)
    case("global_max_pool_ties", "input [3, 3, 4]\n global_max_pool\n loss mse", [3, 3, 4], nn.AdaptiveMaxPool2d(1), draw=few)
    for shape in [[3, 4, 5], [1, 1, 1]]:
        name = "global_max_pool" + ("_one" if shape[1] == 1 else "")
        case(name, f"input {shape}\n global_max_pool\n loss mse", shape, nn.AdaptiveMaxPool2d(1))
        name = "global_avg_pool" + ("_one" if shape[1] == 1 else "")
        case(name, f"input {shape}\n global_avg_pool\n loss mse", shape, nn.AdaptiveAvgPool2d(1))
    flat = sequence(flatten1=nn.Flatten(), dense1=nn.Linear(12, 3))
    case("flatten", "input [2, 3, 2]\n flatten dense(3)\n loss mse", [2, 3, 2], flat)


def norms():
    case("batch_norm_features", "input [4]\n batch_norm\n loss mse", [4], sequence(batch_norm1=nn.BatchNorm1d(4)), batch=5)
    case("batch_norm_image", "input [3, 4, 3]\n batch_norm\n loss mse", [3, 4, 3], sequence(batch_norm1=nn.BatchNorm2d(3)))
    case("batch_norm_one_sample", "input [2, 3, 3]\n batch_norm\n loss mse", [2, 3, 3], sequence(batch_norm1=nn.BatchNorm2d(2)), batch=1)
    case(
        "batch_norm_options",
        "input [2, 2, 3]\n batch_norm(eps=0.01, momentum=0.4)\n loss mse",
        [2, 2, 3],
        sequence(batch_norm1=nn.BatchNorm2d(2, eps=0.01, momentum=0.4)),
    )
    case(
        "batch_norm_between",
        "input [2, 5, 4]\n conv(3, 3x3, bias=false) batch_norm relu\n flatten dense(4) batch_norm(momentum=0.2) tanh\n loss mse",
        [2, 5, 4],
        sequence(
            conv1=nn.Conv2d(2, 3, 3, bias=False), batch_norm1=nn.BatchNorm2d(3), relu1=nn.ReLU(), flatten1=nn.Flatten(),
            dense1=nn.Linear(18, 4), batch_norm2=nn.BatchNorm1d(4, momentum=0.2), tanh1=nn.Tanh(),
        ),
        batch=4,
    )


class ChannelNorm(nn.LayerNorm):
    """Of the channels of each pixel: what ConvNeXt (Liu and others 2022) has for a layer norm."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ChannelRms(nn.RMSNorm):
    """The same without means."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def sample_norms():
    def norm(name, text, shape, layer, **options):
        kind = text.split("(")[0]
        case(name, f"input {shape}\n {text}\n loss mse", shape, sequence(**{kind + "1": layer}), **options)

    image, wide, eps = [4, 3, 2], [6, 2, 3], 2.0**-23
    for tag, shape in [("features", [7]), ("image", image), ("one_channel", [1, 3, 4]), ("one_pixel", [5, 1, 1])]:
        norm(f"layer_norm_{tag}", "layer_norm", shape, nn.LayerNorm(shape))
        norm(f"layer_norm_options_{tag}", "layer_norm(eps=0.01, bias=false)", shape, nn.LayerNorm(shape, eps=0.01, bias=False))
        norm(f"layer_norm_plain_{tag}", "layer_norm(affine=false)", shape, nn.LayerNorm(shape, elementwise_affine=False))
        norm(f"rms_norm_{tag}", "rms_norm", shape, nn.RMSNorm(shape, eps=eps))
        norm(f"rms_norm_plain_{tag}", "rms_norm(eps=0.1, affine=false)", shape, nn.RMSNorm(shape, eps=0.1, elementwise_affine=False))
    norm("layer_norm_over_channels", "layer_norm(over=channels)", image, ChannelNorm(4))
    norm("layer_norm_over_channels_no_bias", "layer_norm(over=channels, bias=false)", image, ChannelNorm(4, bias=False))
    norm("rms_norm_over_channels", "rms_norm(over=channels, eps=0.001)", image, ChannelRms(4, eps=1e-3))
    for groups in [1, 2, 3, 6]:
        norm(f"group_norm_{groups}", f"group_norm({groups})", wide, nn.GroupNorm(groups, 6))
    norm("group_norm_features", "group_norm(2)", [8], nn.GroupNorm(2, 8))
    norm("group_norm_options", "group_norm(2, eps=0.2, affine=false)", image, nn.GroupNorm(2, 4, eps=0.2, affine=False))
    norm("instance_norm", "instance_norm", image, nn.InstanceNorm2d(4))
    norm("instance_norm_affine", "instance_norm(eps=0.01, affine=true)", image, nn.InstanceNorm2d(4, eps=0.01, affine=True))
    norm("instance_norm_one_sample", "instance_norm", [2, 2, 1], nn.InstanceNorm2d(2), batch=1)
    case(
        "sample_norms_between",
        "input [2, 5, 4]\n conv(4, 3x3) group_norm(2) relu\n conv(3, 1x1) layer_norm(over=channels) tanh\n flatten layer_norm dense(4) rms_norm\n loss mse",
        [2, 5, 4],
        sequence(
            conv1=nn.Conv2d(2, 4, 3), group_norm1=nn.GroupNorm(2, 4), relu1=nn.ReLU(), conv2=nn.Conv2d(4, 3, 1),
            layer_norm1=ChannelNorm(3), tanh1=nn.Tanh(), flatten1=nn.Flatten(), layer_norm2=nn.LayerNorm(18),
            dense1=nn.Linear(18, 4), rms_norm1=nn.RMSNorm(4, eps=eps),
        ),
        batch=2,
    )


class Noise(nn.Module):
    """Keras' GaussianNoise: x + deviation * z in training."""

    def __init__(self, deviation):
        super().__init__()
        self.deviation = deviation

    def forward(self, x):
        return x + self.deviation * torch.randn_like(x) if self.training else x


class StochasticDepth(nn.Module):
    """torchvision's stochastic_depth of rows."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        rows = torch.empty([x.shape[0]] + [1] * (x.dim() - 1)).bernoulli_(1 - self.p)
        return x * rows.div_(1 - self.p)


def seeded(layer, found):
    """A mask: what is found of a layer's noise where all numbers are 1."""

    def mask(shape):
        torch.manual_seed(SEED)
        return found(layer(torch.ones(shape)))

    return mask


def kept(y):
    return (y > 0.5).double()


def noises():
    for name, text, shape, layer, found in [
        ("dropout_training", "dropout(0.3)", [3, 2, 2], nn.Dropout(0.3), kept),
        ("spatial_dropout", "spatial_dropout(0.4)", [5, 2, 3], nn.Dropout2d(0.4), kept),
        ("stochastic_depth", "stochastic_depth(0.5)", [2, 2, 3], StochasticDepth(0.5), kept),
        ("stochastic_depth_features", "stochastic_depth(50%)", [4], StochasticDepth(0.5), kept),
        ("alpha_dropout", "alpha_dropout(0.2)", [9], nn.AlphaDropout(0.2), kept),
        ("alpha_dropout_image", "alpha_dropout(0.5)", [2, 3, 2], nn.AlphaDropout(0.5), kept),
        ("gaussian_noise", "gaussian_noise(0.3)", [2, 3, 2], Noise(0.3), lambda y: (y - 1) / 0.3),
    ]:
        kind = text.split("(")[0]
        masks = {kind + "1": seeded(layer, found)}
        case(name, f"input {shape}\n {text}\n tanh\n loss mse", shape, nn.Sequential(layer, nn.Tanh()), batch=5, masks=masks)


def activations():
    kinds = [*ACTIVATIONS, ("softmax", "softmax", nn.Softmax(dim=1))]
    kinks = [-30, -6, -3, -1, 0, 1, 3, 6, 8, 19, 21, 30]
    for name, text, layer in kinds[2:-1]:
        case(f"{name}_kinks", f"input [40]\n {text}\n loss mse", [40], layer, draw=lambda rng: rng.choice(kinks))
    for name, text, count, shape in [
        ("prelu", "prelu", 1, [7]),
        ("prelu_image", "prelu", 1, [3, 2, 3]),
        ("prelu_per_channel", "prelu(per_channel=true)", 7, [7]),
        ("prelu_per_channel_image", "prelu(0.1, per_channel=true)", 3, [3, 2, 3]),
    ]:
        case(name, f"input {shape}\n {text}\n loss mse", shape, sequence(prelu1=nn.PReLU(count)))
    case("prelu_kinks", "input [6]\n prelu\n loss mse", [6], sequence(prelu1=nn.PReLU()), draw=lambda rng: rng.choice([-1, 0, 1]))
    for name, text, layer in kinds:
        case(name, f"input [7]\n {text}\n loss mse", [7], layer)
        case(f"{name}_image", f"input [3, 2, 3]\n {text}\n loss mse", [3, 2, 3], layer, draw=lambda rng: rng.gauss(0, 3))
    for name, text, layer in CALCULATIONS:
        draw = (lambda rng: rng.uniform(0.1, 3)) if name in POSITIVE else (lambda rng: rng.choice([-2, -1, 0, 1.5]))
        case(name, f"input [3, 2, 3]\n {text}\n loss mse", [3, 2, 3], layer, draw=draw)


def moves():
    def move(name, text, shape, function):
        case(name, f"input {shape}\n {text}\n loss mse", shape, Net(lambda net, x: function(x)), batch=2)

    image = [4, 3, 6]
    move("reshape_image", "reshape([2, 6, -1])", image, lambda x: x.reshape(-1, 2, 6, 6))
    move("reshape_features", "reshape([3, 2, 4])", [24], lambda x: x.reshape(-1, 3, 2, 4))
    move("reshape_flat", "reshape([-1])", image, lambda x: x.reshape(x.shape[0], -1))
    for order in [[0, 2, 1], [1, 2, 0], [2, 0, 1], [2, 1, 0]]:
        name = "".join(str(axis) for axis in order)
        move(f"permute_{name}", f"permute({order})", image, lambda x, order=order: x.permute(0, *[axis + 1 for axis in order]))
    def shuffle(x, groups):
        return x.reshape(x.shape[0], groups, -1, *x.shape[2:]).transpose(1, 2).reshape(x.shape)

    for groups, shape in [(2, [6, 2, 4]), (5, [20, 3, 2])]:
        rest = shape[0] // groups
        pixels = shape[1] * shape[2]
        text = f"reshape([{groups}, {rest}, {pixels}])\n permute([1, 0, 2])\n reshape({shape})"
        move(f"channel_shuffle_{groups}", text, shape, lambda x, groups=groups: shuffle(x, groups))
    text = "reshape([4, 2, 9])\n permute([2, 0, 1])\n reshape([9, 2, 4])"
    move("reshape_permute_reshape", text, [8, 3, 3], lambda x: x.reshape(-1, 4, 2, 9).permute(0, 3, 1, 2).reshape(-1, 9, 2, 4))
    move("slice_channels", "slice(channels, 1, 3)", image, lambda x: x[:, 1:3])
    move("slice_features", "slice(channels, 2, step=3)", [9], lambda x: x[:, 2::3])
    move("slice_height", "slice(height, start=1)", image, lambda x: x[:, :, 1:])
    move("slice_width", "slice(width, 0, 5, step=2)", image, lambda x: x[:, :, :, 0:5:2])
    move("crop", "crop(2x3, at=[1, 2])", image, lambda x: x[:, :, 1:3, 2:5])
    move("crop_center", "crop(1x3)", image, lambda x: x[:, :, 1:2, 1:4])
    for mode, torch_mode in [("zeros", "constant"), ("reflect", "reflect"), ("replicate", "replicate"), ("circular", "circular")]:
        option = "" if mode == "zeros" else f", mode={mode}"
        for tag, border, sides in [("", "1", (1, 1, 1, 1)), ("_pair", "[2, 1]", (1, 1, 2, 2)), ("_sides", "[1, 2, 0, 3]", (0, 3, 1, 2))]:
            move(f"pad_{mode}{tag}", f"pad({border}{option})", image, lambda x, sides=sides, mode=torch_mode: F.pad(x, sides, mode=mode))
    move("pad_replicate_wide", "pad([9, 0, 7, 8], mode=replicate)", [2, 1, 2], lambda x: F.pad(x, (7, 8, 9, 0), mode="replicate"))
    move("pad_circular_whole", "pad([3, 2], mode=circular)", [2, 3, 2], lambda x: F.pad(x, (2, 2, 3, 3), mode="circular"))
    for scale, shape in [(2, [8, 2, 3]), (3, [9, 1, 2]), (1, [3, 2, 2])]:
        move(f"pixel_shuffle_{scale}", f"pixel_shuffle({scale})", shape, nn.PixelShuffle(scale))
    for scale, shape in [(2, [2, 4, 6]), (3, [1, 3, 6])]:
        move(f"pixel_unshuffle_{scale}", f"pixel_unshuffle({scale})", shape, nn.PixelUnshuffle(scale))


def joins():
    def join(name, body, shape, function, draw=None, **layers):
        case(name, f"input {shape}\n {body}\n loss mse", shape, Net(function, **layers), batch=2, draw=draw)

    few = lambda rng: rng.choice([-1, 0, 1, 2])
    image = [3, 4, 5]
    for axis, dim, low, high in [("channels", 1, 1, 3), ("height", 2, 1, 4), ("width", 3, 2, 5)]:
        arms = f"branch {{ {{ slice({axis}, 0, {low}) }} {{ }} {{ slice({axis}, {low}, {high}) tanh }} }} concat(axis={axis})"
        join(
            f"concat_{axis}", arms, image,
            lambda net, x, dim=dim, low=low, high=high: torch.cat([x.narrow(dim, 0, low), x, x.narrow(dim, low, high - low).tanh()], dim),
        )
    join("mul", "tanh as one\n sigmoid mul(one)", image, lambda net, x: torch.tanh(x) * torch.sigmoid(torch.tanh(x)))
    join("mul_three", "branch { { tanh } { } { sigmoid } } mul", [6], lambda net, x: torch.tanh(x) * x * torch.sigmoid(x))
    join("mul_square", "tanh as one\n mul(one)", [6], lambda net, x: torch.tanh(x) ** 2)
    join(
        "split", "conv(6, 1x1)\n split(3) as a, b, c\n tanh\n add(a)\n mul(b)", image,
        lambda net, x: (lambda a, b, c: (torch.tanh(c) + a) * b)(*net.conv1(x).chunk(3, 1)), conv1=nn.Conv2d(3, 6, 1),
    )
    join(
        "split_sizes", "split([2, 5]) as a, b\n dense(2) sub(a)", [7],
        lambda net, x: net.dense1(x.split([2, 5], 1)[1]) - x.split([2, 5], 1)[0], dense1=nn.Linear(5, 2),
    )
    join(
        "split_height", "split(2, axis=height) as top, bottom\n tanh\n concat(top, axis=height)", image,
        lambda net, x: torch.cat([x.chunk(2, 2)[1].tanh(), x.chunk(2, 2)[0]], 2),
    )
    join("sub", "branch { { tanh } { } } sub", image, lambda net, x: torch.tanh(x) - x)
    join("max", "branch { { tanh } { conv(3, 1x1) } } max", image, lambda net, x: torch.maximum(x.tanh(), net.conv1(x)), conv1=nn.Conv2d(3, 3, 1))
    negated = lambda net, x: torch.maximum(torch.maximum(F.relu(x), x), F.leaky_relu(x, 0.5))
    join("max_ties", "branch { { relu } { } { leaky_relu(0.5) } } max", [40], negated, draw=few)
    join(
        "squeeze_excite", "conv(4, 1x1) as x\n global_avg_pool flatten dense(2) relu dense(4) sigmoid\n mul(x)", image,
        lambda net, x: net.conv1(x) * torch.sigmoid(net.dense2(F.relu(net.dense1(net.conv1(x).mean((2, 3))))))[:, :, None, None],
        conv1=nn.Conv2d(3, 4, 1), dense1=nn.Linear(4, 2), dense2=nn.Linear(2, 4),
    )
    join(
        "gates", "tanh as x\n global_avg_pool as c\n from x\n conv(1, 1x1) sigmoid as p\n from x\n mul(c, p, x)", image,
        lambda net, x: torch.tanh(x) ** 2 * torch.tanh(x).mean((2, 3), keepdim=True) * torch.sigmoid(net.conv1(torch.tanh(x))),
        conv1=nn.Conv2d(3, 1, 1),
    )


def loss_kinds():
    for name, shape in [("features", [4]), ("image", [3, 2, 3])]:
        head = f"input {shape}\n"
        case(f"loss_mse_{name}", head + "tanh\n loss mse", shape, nn.Tanh())
        case(f"loss_binary_{name}", head + "sigmoid\n loss binary_cross_entropy", shape, nn.Sigmoid(), BINARY)
        case(f"loss_binary_logits_{name}", head + "leaky_relu\n loss binary_cross_entropy(logits=true)", shape, nn.LeakyReLU(), BINARY_LOGITS)
        case(f"loss_cross_entropy_{name}", head + "softmax\n loss cross_entropy", shape, nn.Softmax(dim=1), CROSS_ENTROPY)
        case(f"loss_cross_entropy_logits_{name}", head + "tanh\n loss cross_entropy(logits=true)", shape, nn.Tanh(), CROSS_ENTROPY_LOGITS)


def across():
    for name, shape in [("features", [7]), ("image", [3, 2, 3]), ("signal", [4, 5])]:
        case(f"log_softmax_{name}", f"input {shape}\n log_softmax\n loss mse", shape, nn.LogSoftmax(dim=1))
    for name, shape in [("features", [6]), ("image", [4, 2, 3]), ("signal", [2, 5]), ("volume", [4, 2, 1, 3])]:
        case(f"glu_{name}", f"input {shape}\n glu\n loss mse", shape, nn.GLU(dim=1))
    case("log_softmax_cross_entropy", "input [6]\n log_softmax\n loss cross_entropy(logits=true)", [6], nn.LogSoftmax(dim=1), Classes(F.nll_loss))
    for name, shape, args, options in [
        ("plain", [7, 2, 3], "5", dict(size=5)),
        ("even", [6, 3, 2], "4, alpha=2, beta=0.5, k=2", dict(size=4, alpha=2, beta=0.5, k=2)),
        ("powers", [5, 2, 2], "3, alpha=0.5, beta=0.6, k=0.5", dict(size=3, alpha=0.5, beta=0.6, k=0.5)),
        ("wide", [3, 2, 2], "9, alpha=1, beta=1", dict(size=9, alpha=1, beta=1)),
        ("signal", [5, 4], "2, alpha=1", dict(size=2, alpha=1)),
    ]:
        case(f"local_response_norm_{name}", f"input {shape}\n local_response_norm({args})\n loss mse", shape, nn.LocalResponseNorm(**options))


def weighed(kind, weights):
    """The mean of the samples' losses times their weights."""
    kind, function = copy.copy(kind), kind.function
    kind.function = lambda y, t: sum(w * function(y[i:i + 1], t[i:i + 1]) for i, w in enumerate(weights)) / len(weights)
    return kind


def weighed_losses():
    weights = [0.5, 2, 0, 1.25]
    rule = lambda params: torch.optim.SGD(params, lr=0.1)
    train = "batch 4\n    weights given\n    optimizer sgd(lr=0.1)"
    softmax, smooth = nn.Softmax(dim=1), of_softmax(lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1))
    for name, shape, text, net, loss in [
        ("mse", [5], "dense(3)\n loss mse", sequence(dense1=nn.Linear(5, 3)), MSE),
        ("binary", [5], "dense(1) sigmoid\n loss binary_cross_entropy", sequence(dense1=nn.Linear(5, 1), sigmoid1=nn.Sigmoid()), BINARY),
        ("cross_entropy", [5], "dense(3) softmax\n loss cross_entropy", sequence(dense1=nn.Linear(5, 3), softmax1=softmax), CROSS_ENTROPY),
        ("smoothing", [5], "dense(3) softmax\n loss cross_entropy(label_smoothing=0.1)", sequence(dense1=nn.Linear(5, 3), softmax1=softmax), Classes(smooth)),
        ("pixels", [2, 4, 3], "conv(3, 3x3, pad=1) batch_norm softmax\n loss cross_entropy", sequence(conv1=nn.Conv2d(2, 3, 3, padding=1), batch_norm1=nn.BatchNorm2d(3), softmax1=softmax), CROSS_ENTROPY),
        ("image", [2, 4, 3], "conv(2, 3x3)\n loss mse", sequence(conv1=nn.Conv2d(2, 2, 3)), MSE),
        ("kl", [5], "dense(3) softmax\n loss kl_divergence", sequence(dense1=nn.Linear(5, 3), softmax1=softmax), Shares(of_softmax(kl_divergence))),
    ]:
        case(f"weighed_{name}", f"input {shape}\n {text}", shape, net, weighed(loss, weights), batch=4, train=train, optimizer=rule, weights=weights)


def class_losses():
    """A cross-entropy with each option, of logits and of probabilities; divergences."""
    weights = torch.tensor([0.5, 2.0, 1.25])
    options = [
        ("weights", Classes, "weights=[0.5, 2, 1.25]", dict(weight=weights)),
        ("smoothing", Classes, "label_smoothing=0.1", dict(label_smoothing=0.1)),
        ("ignore", lambda f: Ignoring(f, 255), "ignore_index=255", dict(ignore_index=255)),
        ("ignore_class", lambda f: Ignoring(f, 1, 0.0), "ignore_index=1", dict(ignore_index=1)),
        ("options", lambda f: Ignoring(f, 9), "weights=[0.5, 2, 1.25], label_smoothing=20%, ignore_index=9", dict(weight=weights, label_smoothing=0.2, ignore_index=9)),
        ("shares", Shares, "targets=shares", {}),
        ("shares_options", Shares, "targets=shares, weights=[0.5, 2, 1.25], label_smoothing=0.2", dict(weight=weights, label_smoothing=0.2)),
    ]
    for name, kind, text, given in options:
        function = lambda x, y, given=given: F.cross_entropy(x, y, **given)
        yield f"cross_entropy_{name}", f"softmax\n loss cross_entropy({text})", nn.Softmax(dim=1), kind(of_softmax(function))
        yield f"cross_entropy_logits_{name}", f"loss cross_entropy(logits=true, {text})", None, kind(function)
    yield "kl_divergence", "softmax\n loss kl_divergence", nn.Softmax(dim=1), Shares(of_softmax(kl_divergence))
    yield "kl_divergence_logits", "loss kl_divergence(logits=true)", None, Shares(kl_divergence)


def pointwise():
    """The losses of one output and one target, as `kinds` has them."""
    before = {kinds.ANY: ("", None), kinds.RATES: ("softplus\n ", nn.Softplus()), kinds.PROBABILITIES: ("sigmoid\n ", nn.Sigmoid())}
    targets = {kinds.REAL: (-2, 2), kinds.SIDES: (-2, 2), kinds.COUNTS: (0, 4), kinds.SHARES: (0, 1), kinds.YES_NO: (0, 1)}
    for text, function, outputs, wanted in kinds.LOSSES:
        last, activation = before[outputs]
        mean = lambda y, t, function=function: function(y, t).mean()
        yield text, f"{last}loss {text}", activation, Numbers(mean, *targets[wanted])


def more_losses():
    poisson = lambda **options: lambda y, t: F.poisson_nll_loss(y, t, **options)
    real = lambda function: Numbers(function, -2, 2)
    share = lambda function: Numbers(function, 0, 1)
    sigmoid = lambda function: Numbers(of_probabilities(function), 0, 1)
    weighted = lambda x, t: F.binary_cross_entropy_with_logits(x, t, pos_weight=torch.tensor(2.5))
    few = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]
    written = [
        ("mae", "loss mae", None, real(F.l1_loss)),
        ("huber", "loss huber", None, real(F.huber_loss)),
        ("huber_delta", "loss huber(0.4)", None, real(lambda y, t: F.huber_loss(y, t, delta=0.4))),
        ("smooth_l1", "loss smooth_l1", None, real(F.smooth_l1_loss)),
        ("smooth_l1_beta", "loss smooth_l1(beta=0.4)", None, real(lambda y, t: F.smooth_l1_loss(y, t, beta=0.4))),
        ("hinge", "loss hinge", None, real(hinge)),
        ("poisson", "loss poisson_nll", None, Numbers(poisson(), 0, 4)),
        ("poisson_full", "loss poisson_nll(full=true)", None, Numbers(poisson(full=True), 0, 4)),
        ("poisson_rate", "softplus\n loss poisson_nll(log_input=false)", nn.Softplus(), Numbers(poisson(log_input=False), 0, 4)),
        ("poisson_options", "softplus\n loss poisson_nll(log_input=false, full=true, eps=0.01)", nn.Softplus(), Numbers(poisson(log_input=False, full=True, eps=0.01), 0, 4)),
        ("binary_pos_weight", "sigmoid\n loss binary_cross_entropy(pos_weight=2.5)", nn.Sigmoid(), sigmoid(weighted)),
        ("binary_logits_pos_weight", "loss binary_cross_entropy(logits=true, pos_weight=2.5)", None, share(weighted)),
        ("focal", "sigmoid\n loss focal", nn.Sigmoid(), sigmoid(focal())),
        ("focal_options", "sigmoid\n loss focal(gamma=0.5, alpha=0.6)", nn.Sigmoid(), sigmoid(focal(0.5, 0.6))),
        ("focal_logits", "loss focal(gamma=0, alpha=75%, logits=true)", None, share(focal(0.0, 0.75))),
        *class_losses(),
        ("cosine", "loss cosine", None, real(cosine)),
        ("dice", "sigmoid\n loss dice", nn.Sigmoid(), share(dice())),
        ("dice_softmax", "softmax\n loss dice(smooth=0.1)", nn.Softmax(dim=1), Shares(dice(0.1))),
        ("iou", "sigmoid\n loss iou", nn.Sigmoid(), share(iou())),
        ("iou_softmax", "softmax\n loss iou(smooth=0)", nn.Softmax(dim=1), Shares(iou(0.0))),
        ("tversky", "sigmoid\n loss tversky", nn.Sigmoid(), share(tversky())),
        ("tversky_options", "softmax\n loss tversky(alpha=0.3, beta=0.8, smooth=0.5)", nn.Softmax(dim=1), Shares(tversky(0.3, 0.8, 0.5))),
    ]
    names = {"mse"} | {re.search(r"loss (\w+)", text)[1] for _, text, _, _ in written}
    for name, text, activation, loss in written + [row for row in pointwise() if row[0].split("(")[0] not in names]:
        behind = {} if activation is None else {"activation": activation}
        net = sequence(dense1=nn.Linear(4, 3), **behind)
        name = re.sub(r"\W+", "_", name).strip("_")
        case(f"loss_{name}_dense", f"input [4]\n dense(3) {text}", [4], net, loss, batch=5)
        net = sequence(conv1=nn.Conv2d(2, 3, 1), **behind)
        case(f"loss_{name}_image", f"input [2, 2, 3]\n conv(3, 1x1) {text}", [2, 2, 3], net, loss, batch=2)
    choice = lambda function: Choice(function, few)
    kinks = [("mae", "mae", F.l1_loss), ("huber", "huber(0.5)", lambda y, t: F.huber_loss(y, t, delta=0.5)), ("hinge", "hinge", hinge)]
    for name, text, function in kinks:
        case(f"loss_{name}_kinks", f"input [40]\n leaky_relu(slope=0.5)\n loss {text}", [40], nn.LeakyReLU(0.5), choice(function), draw=lambda rng: rng.choice(few))


def residual(channels, out, stride):
    layers = dict(
        conv1=nn.Conv2d(channels, out, 3, stride=stride, padding=1, bias=False), batch_norm1=nn.BatchNorm2d(out),
        conv2=nn.Conv2d(out, out, 3, padding=1, bias=False), batch_norm2=nn.BatchNorm2d(out),
    )
    if stride > 1:
        layers |= dict(conv3=nn.Conv2d(channels, out, 1, stride=stride, bias=False), batch_norm3=nn.BatchNorm2d(out))

    def forward(net, x):
        long = net.batch_norm2(net.conv2(F.relu(net.batch_norm1(net.conv1(x)))))
        return F.relu(long + (net.batch_norm3(net.conv3(x)) if stride > 1 else x))

    return Net(forward, **layers)


RESIDUAL = """block residual(channels, stride=1) {
    branch {
        { conv(channels, 3x3, stride=stride, pad=1, bias=false) batch_norm relu
          conv(channels, 3x3, pad=1, bias=false) batch_norm }
        { if stride > 1 { conv(channels, 1x1, stride=stride, bias=false) batch_norm } }
    } add
    relu
}
"""


def double(channels, out):
    return sequence(
        conv1=nn.Conv2d(channels, out, 3, padding=1), relu1=nn.ReLU(), conv2=nn.Conv2d(out, out, 3, padding=1), relu2=nn.ReLU()
    )


DOUBLE = "block double(channels) { conv(channels, 3x3, pad=1) relu conv(channels, 3x3, pad=1) relu }\n"


def unet(net, x):
    """Ronneberger, Fischer and Brox 2015, with padding."""
    e1 = net.double1(x)
    e2 = net.double2(F.max_pool2d(e1, 2))
    middle = net.double3(F.max_pool2d(e2, 2))
    d2 = net.double4(torch.cat([net.conv_transpose1(middle), e2], 1))
    d1 = net.double5(torch.cat([net.conv_transpose2(d2), e1], 1))
    return torch.sigmoid(net.conv1(d1))


def graphs():
    case(
        "lenet",
        """input [1, 10, 10]
        conv(3, 3x3, pad=1) relu max_pool(2x2)
        conv(4, 3x3) relu max_pool(2x2, stride=1)
        flatten
        dense(6) relu
        dropout(0.25)
        dense(4) softmax
        loss cross_entropy""",
        [1, 10, 10],
        sequence(
            conv1=nn.Conv2d(1, 3, 3, padding=1), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2), conv2=nn.Conv2d(3, 4, 3),
            relu2=nn.ReLU(), pool2=nn.MaxPool2d(2, 1), flatten=nn.Flatten(), dense1=nn.Linear(16, 6), relu3=nn.ReLU(),
            dense2=nn.Linear(6, 4), softmax=nn.Softmax(dim=1),
        ),
        CROSS_ENTROPY,
    )
    case(
        "branch_add",
        """input [2, 4, 5]
        branch {
            { conv(3, 3x3, pad=1) relu }
            { conv(3, 1x1) }
            { conv(3, 1x1, bias=false) tanh }
        } add
        sigmoid
        loss mse""",
        [2, 4, 5],
        Net(
            lambda n, x: torch.sigmoid(F.relu(n.conv1(x)) + n.conv2(x) + torch.tanh(n.conv3(x))),
            conv1=nn.Conv2d(2, 3, 3, padding=1), conv2=nn.Conv2d(2, 3, 1), conv3=nn.Conv2d(2, 3, 1, bias=False),
        ),
    )
    case(
        "branch_concat",
        """input [2, 4, 4]
        branch {
            { conv(3, 3x3, pad=1) relu }
            { max_pool(3x3, stride=1, pad=1) }
            { }
        } concat
        global_avg_pool flatten dense(3)
        loss cross_entropy(logits=true)""",
        [2, 4, 4],
        Net(
            lambda n, x: n.dense1(torch.cat([F.relu(n.conv1(x)), F.max_pool2d(x, 3, 1, 1), x], 1).mean((2, 3))),
            conv1=nn.Conv2d(2, 3, 3, padding=1), dense1=nn.Linear(7, 3),
        ),
        CROSS_ENTROPY_LOGITS,
        batch=2,
    )
    case(
        "branch_features",
        """input [4]
        dense(3) tanh as a
        branch { { dense(2) relu } { dense(5, bias=false) } } concat
        concat(a)
        dense(3) add(a)
        loss mse""",
        [4],
        Net(
            lambda n, x: (lambda a: n.dense4(torch.cat([F.relu(n.dense2(a)), n.dense3(a), a], 1)) + a)(torch.tanh(n.dense1(x))),
            dense1=nn.Linear(4, 3), dense2=nn.Linear(3, 2), dense3=nn.Linear(3, 5, bias=False), dense4=nn.Linear(10, 3),
        ),
    )

    case(
        "skips_and_outputs",
        """input [1, 6, 6]
        conv(2, 3x3, pad=1) relu as a
        max_pool(2x2) conv(3, 1x1) relu as coarse
        from a
        conv(2, 3x3, pad=1) concat(a)
        conv(2, 1x1) softmax as mask
        output mask
        output coarse
        loss cross_entropy(on=mask)
        loss mse(on=coarse)""",
        [1, 6, 6],
        Net(
            lambda n, x: (lambda a: (
                torch.softmax(n.conv4(torch.cat([n.conv3(a), a], 1)), 1), F.relu(n.conv2(F.max_pool2d(a, 2)))
            ))(F.relu(n.conv1(x))),
            conv1=nn.Conv2d(1, 2, 3, padding=1), conv2=nn.Conv2d(2, 3, 1), conv3=nn.Conv2d(2, 2, 3, padding=1),
            conv4=nn.Conv2d(4, 2, 1),
        ),
        [CROSS_ENTROPY, MSE],
        batch=2,
    )
    case(
        "unet",
        """input [1, 8, 8]
        double(2) as e1 max_pool(2x2)
        double(3) as e2 max_pool(2x2)
        double(4)
        conv_transpose(3, 2x2, stride=2) concat(e2) double(3)
        conv_transpose(2, 2x2, stride=2) concat(e1) double(2)
        conv(1, 1x1) sigmoid
        loss binary_cross_entropy""",
        [1, 8, 8],
        Net(
            unet,
            double1=double(1, 2), double2=double(2, 3), double3=double(3, 4), double4=double(6, 3), double5=double(4, 2),
            conv_transpose1=nn.ConvTranspose2d(4, 3, 2, stride=2), conv_transpose2=nn.ConvTranspose2d(3, 2, 2, stride=2),
            conv1=nn.Conv2d(2, 1, 1),
        ),
        BINARY,
        batch=2,
        blocks=DOUBLE,
    )
    case(
        "autoencoder",
        """input [6]
        dense(2) tanh
        dense(6)
        loss mse(to=input)""",
        [6],
        Net(lambda n, x: n.dense2(torch.tanh(n.dense1(x))), dense1=nn.Linear(6, 2), dense2=nn.Linear(2, 6)),
        Again(F.mse_loss, 0, 0),
        train="optimizer sgd(lr=0.1)",
        optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    )
    case(
        "weighted_losses",
        """input [2, 4, 4]
        conv(3, 3x3, pad=1) relu as seen
        global_avg_pool flatten dense(3) softmax as kind
        from seen
        conv(2, 1x1) sigmoid as again
        output kind
        output again
        loss cross_entropy(on=kind, weight=2)
        loss binary_cross_entropy(on=again, to=input, weight=0.25)""",
        [2, 4, 4],
        Net(
            lambda n, x: (lambda seen: (
                torch.softmax(n.dense1(seen.mean((2, 3))), 1), torch.sigmoid(n.conv2(seen))
            ))(F.relu(n.conv1(x))),
            conv1=nn.Conv2d(2, 3, 3, padding=1), dense1=nn.Linear(3, 3), conv2=nn.Conv2d(3, 2, 1),
        ),
        [
            Classes(lambda p, y: 2 * F.nll_loss(torch.log(p), y)),
            Again(lambda p, t: 0.25 * F.binary_cross_entropy(p, t), 0, 0),
        ],
        draw=lambda rng: rng.uniform(0, 1),
        train="optimizer sgd(lr=0.1)",
        optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    )
    case(
        "two_inputs",
        """input image [1, 3, 3]
        input age [2]
        from image
        flatten dense(4) relu as seen
        from age
        dense(4) add(seen)
        dense(1) sigmoid
        loss binary_cross_entropy""",
        [[1, 3, 3], [2]],
        Net(
            lambda n, image, age: torch.sigmoid(n.dense3(n.dense2(age) + F.relu(n.dense1(image.flatten(1))))),
            dense1=nn.Linear(9, 4), dense2=nn.Linear(2, 4), dense3=nn.Linear(4, 1),
        ),
        BINARY,
        batch=4,
    )
    case(
        "residual",
        """input [2, 4, 4]
        residual(2)
        residual(3, stride=2)
        global_avg_pool flatten dense(3) softmax
        loss cross_entropy""",
        [2, 4, 4],
        Net(
            lambda n, x: torch.softmax(n.dense1(n.residual2(n.residual1(x)).mean((2, 3))), 1),
            residual1=residual(2, 2, 1), residual2=residual(2, 3, 2), dense1=nn.Linear(3, 3),
        ),
        CROSS_ENTROPY,
        batch=2,
        blocks=RESIDUAL,
    )
    case(
        "repeat",
        """input [2, 3, 3]
        stem: conv(2, 3x3, pad=1) relu
        repeat 2 { conv(2, 3x3, pad=1) tanh }
        loss mse""",
        [2, 3, 3],
        Net(
            lambda n, x: torch.tanh(n.conv2(torch.tanh(n.conv1(F.relu(n.stem(x)))))),
            stem=nn.Conv2d(2, 2, 3, padding=1), conv1=nn.Conv2d(2, 2, 3, padding=1), conv2=nn.Conv2d(2, 2, 3, padding=1),
        ),
        batch=2,
    )


class Lion(torch.optim.Optimizer):
    """Chen et al., Symbolic Discovery of Optimization Algorithms, 2023: program 1."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(beta1 * m + (1 - beta1) * p.grad)
                p -= group["lr"] * (update + group["weight_decay"] * p)
                m.copy_(beta2 * m + (1 - beta2) * p.grad)


class Lamb(torch.optim.Optimizer):
    """You et al., Large Batch Optimization for Deep Learning, 2020: algorithm 2, phi the identity."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                m = state.setdefault("m", torch.zeros_like(p))
                v = state.setdefault("v", torch.zeros_like(p))
                t = state["t"] = state.get("t", 0) + 1
                m.copy_(beta1 * m + (1 - beta1) * p.grad)
                v.copy_(beta2 * v + (1 - beta2) * p.grad**2)
                r = m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + group["eps"])
                update = r + group["weight_decay"] * p
                norms = p.norm().item(), update.norm().item()
                p -= group["lr"] * (norms[0] / norms[1] if min(norms) > 0 else 1) * update


def optimizers():
    optim = torch.optim
    rules = [
        ("adagrad", "adagrad(lr=0.1)", lambda p: optim.Adagrad(p, lr=0.1)),
        ("adagrad_options", "adagrad(lr=0.2, lr_decay=0.01, initial=0.05, eps=1e-3)", lambda p: optim.Adagrad(p, lr=0.2, lr_decay=0.01, initial_accumulator_value=0.05, eps=1e-3)),
        ("adadelta", "adadelta", lambda p: optim.Adadelta(p)),
        ("adadelta_options", "adadelta(lr=0.5, rho=0.8, eps=1e-4)", lambda p: optim.Adadelta(p, lr=0.5, rho=0.8, eps=1e-4)),
        ("rmsprop", "rmsprop(lr=0.005)", lambda p: optim.RMSprop(p, lr=0.005)),
        ("rmsprop_momentum", "rmsprop(lr=0.002, alpha=0.9, eps=1e-3, momentum=0.8)", lambda p: optim.RMSprop(p, lr=0.002, alpha=0.9, eps=1e-3, momentum=0.8)),
        ("rmsprop_centered", "rmsprop(lr=0.005, eps=0.01, centered=true)", lambda p: optim.RMSprop(p, lr=0.005, eps=0.01, centered=True)),
        ("rmsprop_centered_momentum", "rmsprop(lr=0.002, eps=0.01, momentum=0.7, centered=true)", lambda p: optim.RMSprop(p, lr=0.002, eps=0.01, momentum=0.7, centered=True)),
        ("amsgrad", "amsgrad(lr=0.01)", lambda p: optim.Adam(p, lr=0.01, amsgrad=True)),
        ("amsgrad_options", "amsgrad(lr=0.02, beta1=0.8, beta2=0.9, eps=1e-4, weight_decay=0.1)", lambda p: optim.AdamW(p, lr=0.02, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.1, amsgrad=True)),
        ("adamw", "adamw(lr=0.01)", lambda p: optim.AdamW(p, lr=0.01)),
        ("adamw_options", "adamw(lr=0.02, beta1=0.7, beta2=0.95, eps=1e-3, weight_decay=0.2)", lambda p: optim.AdamW(p, lr=0.02, betas=(0.7, 0.95), eps=1e-3, weight_decay=0.2)),
        ("nadam", "nadam(lr=0.01)", lambda p: optim.NAdam(p, lr=0.01)),
        ("nadam_options", "nadam(lr=0.01, beta1=0.8, beta2=0.95, eps=1e-3, weight_decay=0.1, momentum_decay=0.05)", lambda p: optim.NAdam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1, momentum_decay=0.05, decoupled_weight_decay=True)),
        ("radam", "radam(lr=0.01)", lambda p: optim.RAdam(p, lr=0.01)),
        ("radam_options", "radam(lr=0.02, beta1=0.8, beta2=0.9, eps=1e-3, weight_decay=0.1)", lambda p: optim.RAdam(p, lr=0.02, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, decoupled_weight_decay=True)),
        ("adamax", "adamax(lr=0.01)", lambda p: optim.Adamax(p, lr=0.01)),
        ("adamax_options", "adamax(lr=0.02, beta1=0.8, beta2=0.95, eps=1e-3)", lambda p: optim.Adamax(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3)),
        ("adafactor", "adafactor", lambda p: optim.Adafactor(p, eps=(1.1920929e-7, 1e-3))),
        ("adafactor_options", "adafactor(lr=0.2, beta2_decay=-0.6, eps1=0.01, eps2=0.1, d=1.5, weight_decay=0.1)", lambda p: optim.Adafactor(p, lr=0.2, beta2_decay=-0.6, eps=(0.01, 0.1), d=1.5, weight_decay=0.1)),
        ("lion", "lion(lr=0.001)", lambda p: Lion(p, lr=0.001)),
        ("lion_options", "lion(lr=0.002, beta1=0.8, beta2=0.95, weight_decay=0.1)", lambda p: Lion(p, lr=0.002, betas=(0.8, 0.95), weight_decay=0.1)),
        ("lamb", "lamb(lr=0.01)", lambda p: Lamb(p, lr=0.01)),
        ("lamb_options", "lamb(lr=0.02, beta1=0.8, beta2=0.95, eps=1e-3, weight_decay=0.1)", lambda p: Lamb(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)),
    ]
    for name, text, rule in rules:
        training(name, f"optimizer {text}", rule)
    net = sequence(conv1=nn.Conv2d(2, 3, (2, 3), bias=False), batch_norm1=nn.BatchNorm2d(3), relu1=nn.ReLU(), flatten1=nn.Flatten(), dense1=nn.Linear(18, 2))
    body = "input [2, 4, 4]\n conv(3, 2x3, bias=false) batch_norm relu\n flatten dense(2)\n loss mse"
    case("train_adafactor_image", body, [2, 4, 4], net, MSE, batch=4, train="optimizer adafactor(lr=0.05)", optimizer=lambda p: optim.Adafactor(p, lr=0.05, eps=(1.1920929e-7, 1e-3)))
    training("adamw_l1", "optimizer adamw(lr=0.01)\n    regularize l1(0.02, biases=true)", rules[10][2], penalty=Penalty(l1=0.02, biases=True))


def training(name, text, rule, **options):
    """A hundred steps of a small network."""
    net = sequence(dense1=nn.Linear(4, 5), tanh1=nn.Tanh(), dense2=nn.Linear(5, 3), softmax1=nn.Softmax(dim=1))
    body = "input [4]\n dense(5) tanh dense(3) softmax\n loss cross_entropy"
    case(f"train_{name}", body, [4], net, CROSS_ENTROPY, batch=6, train=text, optimizer=rule, steps=100, **options)


def trainings():
    rules = [
        ("sgd", "sgd(lr=0.1)", lambda p: torch.optim.SGD(p, lr=0.1)),
        ("momentum", "sgd(lr=0.05, momentum=0.8)", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8)),
        ("nesterov", "sgd(lr=0.05, momentum=0.9, nesterov=true)", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
        ("adam", "adam(lr=0.01)", lambda p: torch.optim.Adam(p, lr=0.01)),
        ("adam_options", "adam(lr=0.02, beta1=0.7, beta2=0.95, eps=0.001)", lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.7, 0.95), eps=1e-3)),
    ]
    penalties = [
        ("", "", Penalty()),
        ("_l1", "regularize l1(0.02)", Penalty(l1=0.02)),
        ("_l2", "regularize l2(0.05)", Penalty(l2=0.05)),
        ("_l1_l2", "regularize l1(0.01) l2(0.03)", Penalty(l1=0.01, l2=0.03)),
    ]
    body = "input [4]\n dense(5) tanh dense(3) softmax\n loss cross_entropy"
    conv_body = "input [1, 5, 5]\n conv(2, 3x3, bias=false) batch_norm relu\n flatten dense(2)\n loss mse"

    def conv_net(norm):
        return sequence(
            conv1=nn.Conv2d(1, 2, 3, bias=False), batch_norm1=norm(2), relu1=nn.ReLU(), flatten1=nn.Flatten(), dense1=nn.Linear(18, 2),
        )

    for name, text, rule in rules:
        for tag, regularize, penalty in penalties:
            if tag == "_l1_l2" and name not in ("sgd", "adam"):
                continue
            net = sequence(dense1=nn.Linear(4, 5), tanh1=nn.Tanh(), dense2=nn.Linear(5, 3), softmax1=nn.Softmax(dim=1))
            train = f"optimizer {text}" + (f"\n    {regularize}" if regularize else "")
            case(f"train_{name}{tag}", body, [4], net, CROSS_ENTROPY, batch=6, train=train, optimizer=rule, penalty=penalty)
        case(f"train_{name}_conv", conv_body, [1, 5, 5], conv_net(nn.BatchNorm2d), batch=4, train=f"optimizer {text}", optimizer=rule)
    kinds = [("_biases", "biases=true", dict(biases=True)), ("_norms", "norms=true", dict(norms=True)),
             ("_all", "biases=true, norms=true", dict(biases=True, norms=True))]
    for tag, text, counted in kinds:
        case(
            f"train_penalty{tag}", conv_body, [1, 5, 5], conv_net(nn.BatchNorm2d), batch=4, optimizer=rules[0][2],
            train=f"optimizer {rules[0][1]}\n    regularize l1(0.02, {text}) l2(0.03, {text})", penalty=Penalty(0.02, 0.03, **counted),
        )
    frozen = conv_net(FrozenNorm)
    for layer in [frozen.conv1, frozen.batch_norm1]:
        layer.requires_grad_(False)
    case(
        "train_freeze", conv_body, [1, 5, 5], frozen, batch=4, optimizer=rules[1][2], penalty=Penalty(l2=0.05, norms=True),
        train=f"optimizer {rules[1][1]}\n    regularize l2(0.05, norms=true)\n    freeze conv1 batch_norm1",
    )


def options_of_losses():
    """What `options` makes cases of: losses that compare several outputs, and some of weighed samples."""
    weights = torch.tensor([0.5, 2.0, 1.25])
    given = dict(weight=weights, label_smoothing=0.2)
    several = {
        "cross_entropy": ("cross_entropy", CROSS_ENTROPY),
        "cross_entropy_options": (
            "cross_entropy(logits=true, weights=[0.5, 2, 1.25], label_smoothing=20%, ignore_index=9)",
            Ignoring(lambda x, y: F.cross_entropy(x, y, ignore_index=9, **given), 9),
        ),
        "shares": ("cross_entropy(targets=shares, label_smoothing=0.2)", Shares(of_softmax(lambda x, y: F.cross_entropy(x, y, label_smoothing=0.2)))),
        "kl": ("kl_divergence", Shares(of_softmax(kl_divergence))),
        "cosine": ("cosine", Numbers(cosine, -2, 2)),
        "dice": ("dice", Numbers(dice(), 0, 1)),
        "iou": ("iou(smooth=0.1)", Shares(iou(0.1))),
        "tversky": ("tversky(alpha=0.3, beta=0.8)", Numbers(tversky(0.3, 0.8), 0, 1)),
        "binary": ("binary_cross_entropy(pos_weight=2.5)", Numbers(of_probabilities(
            lambda x, t: F.binary_cross_entropy_with_logits(x, t, pos_weight=torch.tensor(2.5))), 0, 1)),
    }
    weighed_kinds = {
        "mae": ("loss mae", None, Numbers(F.l1_loss, -2, 2)),
        "huber": ("loss huber(0.4)", None, Numbers(lambda y, t: F.huber_loss(y, t, delta=0.4), -2, 2)),
        "hinge": ("loss hinge", None, Numbers(hinge, -2, 2)),
        "poisson": ("loss poisson_nll(full=true)", None, Numbers(lambda y, t: F.poisson_nll_loss(y, t, full=True), 0, 4)),
        "focal": ("loss focal(logits=true)", None, Numbers(focal(), 0, 1)),
        "cosine": ("loss cosine", None, Numbers(cosine, -2, 2)),
        "dice": ("sigmoid loss dice", nn.Sigmoid(), Numbers(dice(), 0, 1)),
        "tversky": ("softmax loss tversky(alpha=0.3, beta=0.8)", nn.Softmax(dim=1), Shares(tversky(0.3, 0.8))),
        "shares": ("loss cross_entropy(logits=true, targets=shares)", None, Shares(F.cross_entropy)),
    }
    return dict(several=several, weighed=weighed_kinds, weigh=weighed)


def main():
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for group in [dense, conv, conv_transpose, depthwise_conv, separable_conv, upsample, pools, means, norms, sample_norms, noises, moves, joins, activations, across, loss_kinds, weighed_losses, more_losses, graphs, trainings, optimizers]:
        group()
    ranks(case, sequence, Net, CROSS_ENTROPY, CROSS_ENTROPY_LOGITS)
    options(case, sequence, Net, options_of_losses(), lambda layer: seeded(layer, kept))
    updates(case, sequence, CROSS_ENTROPY, MSE, Penalty)
    schedules()


if __name__ == "__main__":
    main()
