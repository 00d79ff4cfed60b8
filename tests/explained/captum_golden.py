"""Writes Captum's explanations of small networks, with the weights and the samples that they are of.

    pip install torch captum safetensors numpy   (torch 2.15.0 and captum 0.9.0 made the files in this folder)
    python3 captum_golden.py

`pictures.net`, `masks.net`, `volumes.net` and `table.net` are the networks; `compiler/cli/tests/why.rs` explains the same answers and compares. The numbers are
those of 64 bits. Noise and orders are random in every tool; Captum is given those that Netwright draws, by the same generator.
"""

import json
import math
import pathlib

import numpy as np
import torch
from captum.attr import (
    FeaturePermutation,
    GuidedBackprop,
    GuidedGradCam,
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    NoiseTunnel,
    Occlusion,
    Saliency,
)
from safetensors.torch import save_file
from torch import nn

FOLDER = pathlib.Path(__file__).parent
EXPLAIN = 6  # the purpose of the random numbers
NOISE, SAMPLES, ORDERS = 0.15, 5, 5


def philox(counter, key):
    """Philox4x32-10 (Salmon, Moraes, Dror and Shaw, 2011)."""
    a, b, c, d = counter
    k, l = key
    for _ in range(10):
        p, q = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (q >> 32) ^ b ^ k, q & 0xFFFFFFFF, (p >> 32) ^ d ^ l, p & 0xFFFFFFFF
        k, l = (k + 0x9E3779B9) & 0xFFFFFFFF, (l + 0xBB67AE85) & 0xFFFFFFFF
    return a, b, c, d


def bits(index, kind):
    """The numbers of a stream: word `w` of 16 blocks, for each `w`, then those of the next 16."""
    group = 0
    while True:
        blocks = [philox((16 * group + i, kind, index, EXPLAIN << 24), (0, 0)) for i in range(16)]
        for word in range(4):
            for block in blocks:
                yield block[word]
        group += 1


def normal(index, count):
    stream = bits(index, 0)
    numbers = []
    while len(numbers) < count:
        u, angle = (next(stream) + 1) / 2**32, next(stream) / 2**32 * math.tau
        radius = math.sqrt(-2 * math.log(u))
        numbers += [radius * math.cos(angle), radius * math.sin(angle)]
    return torch.tensor(numbers[:count], dtype=torch.float64)


def order(index, count):
    stream = bits(index, 1)
    items = list(range(count))
    for i in range(count - 1, 0, -1):
        end = i + 1
        unfair = (2**32 - end) % end
        while True:
            product = next(stream) * end
            if product & 0xFFFFFFFF >= unfair:
                break
        place = product >> 32
        items[i], items[place] = items[place], items[i]
    return items


def write(name, facts):
    (FOLDER / name).write_text(json.dumps(facts, separators=(",", ":")) + "\n")


def numbers(array):
    return [float(f"{x:.9g}") for x in array.detach().flatten().tolist()]


def save(net, name):
    save_file({key: value.float().contiguous() for key, value in net.state_dict().items() if "num_batches" not in key}, FOLDER / name)


class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.relu1, self.max_pool1 = nn.Conv2d(2, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
        self.conv2, self.batch_norm1, self.relu2 = nn.Conv2d(6, 8, 3), nn.BatchNorm2d(8), nn.ReLU()
        self.dense1, self.relu3, self.dense2 = nn.Linear(128, 16), nn.ReLU(), nn.Linear(16, 4)

    def forward(self, x):
        x = self.max_pool1(self.relu1(self.conv1(x)))
        x = self.relu2(self.batch_norm1(self.conv2(x)))
        return self.dense2(self.relu3(self.dense1(x.flatten(1))))


def pictures():
    net = Pictures()
    with torch.no_grad():
        net.batch_norm1.weight.uniform_(0.5, 1.5)
        net.batch_norm1.bias.uniform_(-0.3, 0.3)
        net.batch_norm1.running_mean.uniform_(-0.3, 0.3)
        net.batch_norm1.running_var.uniform_(0.3, 1.2)
    # The files have 32 bits, and Captum shall see the same numbers.
    net.load_state_dict({key: value.float() for key, value in net.state_dict().items()})
    net.eval()
    x = torch.rand(1, 2, 12, 12, dtype=torch.float64).float().double()
    save(net, "pictures.safetensors")
    np.save(FOLDER / "pictures.npy", x.float().numpy())
    target = int(net(x).argmax())
    maps = explained(net, x, net.relu2, target, ([2, 4, 4], [2, 3, 3]), "bilinear")
    value = float(net(x)[0, target])
    write("pictures.json", {"class": target, "value": value, "maps": maps})


def explained(net, x, layer, target, window, mode):
    """The maps of all methods; `layer` is that of Grad-CAM, and `mode` the way in which its maps are enlarged."""
    deviation = NOISE * (x.max() - x.min())
    drawn = iter(normal(at, x.numel()).reshape(x.shape) * deviation for at in range(SAMPLES))
    real, torch.normal = torch.normal, lambda *_: next(drawn)
    smooth = NoiseTunnel(Saliency(net)).attribute(
        x, nt_type="smoothgrad", nt_samples=SAMPLES, nt_samples_batch_size=1, stdevs=float(deviation), target=target, abs=False
    )
    torch.normal = real
    cam = LayerGradCam(net, layer).attribute(x, target=target, relu_attributions=True)
    [sides, strides] = [tuple(of) for of in window]
    maps = {
        "saliency": Saliency(net).attribute(x, target=target, abs=False),
        "smooth-grad": smooth,
        "integrated-gradients": IntegratedGradients(net).attribute(x, target=target, n_steps=512, method="riemann_middle"),
        "grad-cam": LayerAttribution.interpolate(cam, tuple(x.shape[2:]), mode),
        "guided-backprop": GuidedBackprop(net).attribute(x, target=target),
        "guided-grad-cam": GuidedGradCam(net, layer).attribute(x, target=target, interpolate_mode=mode),
        # The last windows reach beyond the picture.
        "occlusion": Occlusion(net).attribute(x, sliding_window_shapes=sides, strides=strides, target=target)[:, :1],
    }
    return {name: numbers(map) for name, map in maps.items()}


class Region(nn.Module):
    """The sum of a channel's logits over a region of a mask."""

    def __init__(self, net, channel, places):
        super().__init__()
        self.net, self.channel, self.places = net, channel, places

    def forward(self, x):
        return self.net(x)[(slice(None), self.channel, *self.places)].flatten(1).sum(1)


class Masks(nn.Module):
    """Halves the sides, doubles them, and puts what was there before beside the result."""

    def __init__(self, channels, classes, conv, pool, transpose):
        super().__init__()
        self.conv1, self.relu1, self.max_pool1 = conv(channels, 4, 3, padding=1), nn.ReLU(), pool(2)
        self.conv2, self.relu2 = conv(4, 6, 3, padding=1), nn.ReLU()
        self.conv_transpose1 = transpose(6, 4, 2, stride=2)
        self.conv3, self.relu3, self.conv4 = conv(8, 5, 3, padding=1), nn.ReLU(), conv(5, classes, 1)

    def forward(self, x):
        fine = self.relu1(self.conv1(x))
        x = self.conv_transpose1(self.relu2(self.conv2(self.max_pool1(fine))))
        return self.conv4(self.relu3(self.conv3(torch.cat([x, fine], 1))))


def masks(name, net, x, channel, places, window, mode):
    # Where all of these are negative, guided gradients are 0.
    net.conv4.weight.data.abs_()
    net.load_state_dict({key: value.float() for key, value in net.state_dict().items()})
    net.eval()
    x = x.float().double()
    save(net, f"{name}.safetensors")
    np.save(FOLDER / f"{name}.npy", x.float().numpy())
    region = Region(net, channel, places)
    maps = explained(region, x, net.relu2, None, window, mode)
    write(f"{name}.json", {"class": channel, "value": float(region(x)), "maps": maps})


class Table(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense1, self.tanh1, self.dense2 = nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)

    def forward(self, x):
        return self.dense2(self.tanh1(self.dense1(x)))


def table():
    net = Table()
    net.load_state_dict({key: value.float() for key, value in net.state_dict().items()})
    net.eval()
    x = (torch.rand(7, 4, dtype=torch.float64) * 4 - 2).mul(1000).round().div(1000)
    save(net, "table.safetensors")
    targets = net(x).argmax(1)
    rows = ["age,dose,weight,height,answer"]
    rows += [",".join(f"{cell:.3f}" for cell in row.tolist()) + f",{'abc'[at % 3]}" for at, row in enumerate(x)]
    (FOLDER / "table.csv").write_text("\n".join(rows) + "\n")
    integrated = IntegratedGradients(net).attribute(x, target=targets, n_steps=512, method="riemann_middle")
    moved = torch.zeros(4, dtype=torch.float64)
    for at in range(ORDERS):
        column = iter(range(4))

        def shuffled(x, mask):
            places = order(next(column) * ORDERS + at, len(x))
            return torch.where(mask.bool(), x[places], x)

        moved += FeaturePermutation(net, shuffled).attribute(x, target=targets).abs().mean(0) / ORDERS
    write("table.json", {
        "classes": targets.tolist(),
        "integrated-gradients": [numbers(row) for row in integrated],
        "permutation": numbers(moved),
    })


torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
pictures()
table()
# `--at 3,1,2,4`, and `--at 2,3,1,4,3,2`: x, y and z of the first place, then as many sizes.
masks(
    "masks",
    Masks(2, 3, nn.Conv2d, nn.MaxPool2d, nn.ConvTranspose2d),
    torch.rand(1, 2, 8, 10),
    1,
    (slice(1, 5), slice(3, 5)),
    ([2, 3, 3], [2, 2, 2]),
    "bilinear",
)
masks(
    "volumes",
    Masks(1, 1, nn.Conv3d, nn.MaxPool3d, nn.ConvTranspose3d),
    torch.rand(1, 1, 4, 6, 8),
    0,
    (slice(1, 3), slice(3, 6), slice(2, 6)),
    ([1, 3, 3, 3], [1, 2, 2, 2]),
    "trilinear",
)
