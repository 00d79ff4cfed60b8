"""Writes `special.txt`: activations and losses with PyTorch's numbers where arithmetic ends, in 32 and in 64 bits.

    pip install torch          (2.15.0 made the file in this folder; numpy is not needed)
    python3 special.py

Each line is one call; numbers are written so that they are read back as they were.

    activation <text> <x>             = <output and slope in 32 bits>; <in 64 bits>
    each <loss> <y> <t>               = <loss and slope>; <...>
    rows <loss> <logits> <target>     = <loss and slopes>; <...>; the target is a label, or a share of each class
"""

import math
import pathlib
import struct
import warnings

warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

import torch
from torch.nn import functional as F

import kinds

INF, NAN = math.inf, math.nan


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


LARGE = single(3e38)


def beside(x):
    """A number of 32 bits and its neighbours."""
    x = torch.tensor(x, dtype=torch.float32)
    return [torch.nextafter(x, torch.tensor(to)).item() for to in (-INF, INF)] + [x.item()]


TINY = [1e-45, 1e-38, 1e-20, 1e-4]
KINKS = [x for kink in (-6, -3, -1, 1, 3, 6, 10, 20) for x in beside(kink)]
PLAIN = [0.3, 0.5, 2.0, 5.0, 9.0, 40.0, 87.0, 88.7, 89.0, 104.0, 1e4, 1e10, 1e19, 1e20, LARGE]
SPECIAL = [0.0, -0.0, INF, -INF, NAN]
GRID = sorted({single(x) for x in TINY + PLAIN} | {-single(x) for x in TINY + PLAIN} | set(KINKS)) + SPECIAL

ANY = sorted({x for size in (1e-45, 0.5, 2.0, 20.0, 88.7, 104.0, 1e10, 1e20, LARGE) for x in (single(size), -single(size))})
ANY += [*beside(1), *beside(-1)] + SPECIAL
SHARES = [0.0, -0.0, 1.0, *beside(1)[:1], 0.5, 0.25, 1e-45, 1e-38, 1e-20, 1e-7, NAN]
# Outputs and targets of these kinds.
OUTPUTS = {kinds.ANY: ANY, kinds.RATES: [x for x in ANY if not x < 0], kinds.PROBABILITIES: [x for x in SHARES if x == x]}
WANTED = {
    kinds.REAL: [0.0, -2.5, LARGE, INF, NAN],
    kinds.YES_NO: [0.0, 1.0, 0.25, NAN],
    kinds.SIDES: [1.0, 0.0],
    kinds.COUNTS: [0.0, 1.0, 3.0],
    kinds.SHARES: [0.0, 1.0, 0.25],
}
# Where the golden cases' definition is no function of PyTorch's.
SINGLE = {"hard_sigmoid": F.hardsigmoid}

ROWS = [
    [0.0, 0.0, 0.0],
    [-LARGE, -LARGE, -LARGE],
    [LARGE, LARGE, LARGE],
    [LARGE, -LARGE, 0.0],
    [-LARGE, 1.0, 2.0],
    [200.0, 0.0, -200.0],
    [104.0, 0.0, 1.0],
    [1e-45, -1e-45, 0.0],
    [INF, 0.0, 1.0],
    [-INF, 0.0, 1.0],
    [INF, INF, 0.0],
    [INF, -INF, 0.0],
    [-INF, -INF, -INF],
    [NAN, 0.0, 1.0],
    [0.0, NAN, -INF],
]
LABELS = [0, 1]
TARGETS = [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.5, 0.25, 0.25], [0.0, 0.0, 0.0]]


def weights(x):
    return torch.tensor([0.5, 2.0, 1.25], dtype=x.dtype)


def kl(x, t):
    return F.kl_div(F.log_softmax(x, dim=1), t, reduction="sum")


OF_LABELS = {
    "cross_entropy(logits=true)": lambda x, t: F.cross_entropy(x, t, reduction="sum"),
    "cross_entropy(logits=true,label_smoothing=0.1)": lambda x, t: F.cross_entropy(x, t, reduction="sum", label_smoothing=0.1),
    "cross_entropy(logits=true,weights=[0.5,2,1.25])": lambda x, t: F.cross_entropy(x, t, reduction="sum", weight=weights(x)),
}
OF_SHARES = {
    "cross_entropy(logits=true,targets=shares)": lambda x, t: F.cross_entropy(x, t, reduction="sum"),
    "cross_entropy(logits=true,targets=shares,label_smoothing=0.1,weights=[0.5,2,1.25])": lambda x, t: F.cross_entropy(x, t, reduction="sum", label_smoothing=0.1, weight=weights(x)),
    "kl_divergence(logits=true)": kl,
}


def text(x, digits=9):
    return f"{x:.{digits}g}"


def result(function, x, *others):
    """Values and slopes of one call, in 32 and in 64 bits."""

    def of(dtype, digits):
        leaf = torch.tensor(x, dtype=dtype, requires_grad=True)
        y = function(leaf, *[torch.tensor(other, dtype=torch.long if isinstance(other[0], int) else dtype) for other in others])
        y.sum().backward()
        return " ".join(text(number, digits) for number in [*y.flatten().tolist(), *leaf.grad.flatten().tolist()])

    return f"{of(torch.float32, 9)}; {of(torch.float64, 13)}"


def lines():
    for _, name, layer in kinds.ACTIVATIONS + kinds.CALCULATIONS:
        for x in GRID:
            yield f"activation {name} {text(x)} = {result(SINGLE.get(name, layer), [x])}"
    for name, function, outputs, targets in kinds.LOSSES:
        for t in WANTED[targets]:
            for y in OUTPUTS[outputs]:
                yield f"each {name} {text(y)} {text(t)} = {result(function, [y], [t])}"
    for losses, targets in ((OF_LABELS, LABELS), (OF_SHARES, TARGETS)):
        for name, function in losses.items():
            for row in ROWS:
                for target in targets:
                    logits = " ".join(map(text, row))
                    shown = " ".join(map(text, target)) if isinstance(target, list) else target
                    yield f"rows {name} {logits} {shown} = {result(function, [row], [target])}"


pathlib.Path(__file__).with_name("special.txt").write_text("\n".join(lines()) + "\n")
