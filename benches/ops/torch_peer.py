"""PyTorch's side: answers lines as Netwright's does."""
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "compare" / "python_peers"))

import numpy as np
import peer
import torch
from ops import OPS
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
RATE = 1e-6


def inputs(of):
    i, j = np.ogrid[:of["batch"], :int(np.prod(of["shape"]))]
    numbers = ((i * 31 + j * 17) % 97).astype(np.float32) / np.float32(48) - np.float32(1)
    return torch.from_numpy(numbers.reshape(of["batch"], *of["shape"]))


def targets(of, outputs):
    if of["loss"][0].startswith("cross_entropy"):
        return torch.arange(of["batch"]) * 7 % 10
    i, j = np.ogrid[:outputs.shape[0], :int(np.prod(outputs.shape[1:]))]
    return torch.from_numpy(((i * 13 + j * 7) % 11).astype(np.float32).reshape(outputs.shape) / 10)


def step(of, seconds):
    model = nn.Sequential(*(of["torch"]() for _ in range(of["times"]))).train()
    x = inputs(of).requires_grad_()
    with torch.no_grad():
        y = targets(of, model(x))
    parameters = list(model.parameters())
    optimizer = of["optimizer"][1](parameters, RATE) if parameters else None

    def work():
        x.grad = None
        if optimizer:
            optimizer.zero_grad(set_to_none=True)
        loss = of["loss"][1](model(x), y)
        loss.backward()
        if optimizer:
            optimizer.step()
        return loss.item()

    return peer.losses(seconds, work)


def predict(of, seconds):
    model = nn.Sequential(*(of["torch"]() for _ in range(of["times"]))).eval()
    x = inputs(of)
    with torch.inference_mode():
        return peer.report(seconds, [], lambda: model(x))


for line in sys.stdin:
    name, mode, seconds = line.split()
    print(json.dumps((step if mode == "step" else predict)(OPS[name], float(seconds))), flush=True)
