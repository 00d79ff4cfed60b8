"""PyTorch's side of the comparison: LeNet's training step and single-image inference, timed in turn with Netwright's.

usage: python3 benches/compare/peers.py PROGRAM [--rounds 7]

PROGRAM is `target/release/lenet` of `benches/compare/lenet`. In each round both sides run one after the other, so that what else
the machine does falls on both. Needs torch; both use two threads.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def median_ms(step, seconds):
    for _ in range(10):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def torch_round(seconds):
    model = lenet()
    x, y = torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    model.train()
    train = median_ms(step, seconds)
    model.eval()
    one = x[:1].contiguous()
    with torch.inference_mode():
        predict = median_ms(lambda: model(one), seconds)
    return {"train": train, "predict": predict}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    ours, theirs = [], []
    for _ in range(options.rounds):
        theirs.append(torch_round(options.seconds))
        environment = dict(os.environ, RAYON_NUM_THREADS="2")
        printed = subprocess.run([options.program, str(options.seconds)], env=environment, check=True, capture_output=True, text=True)
        ours.append(json.loads(printed.stdout))
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    print(f"{cpu}, 2 threads, torch {torch.__version__}, median (fastest) of {options.rounds} rounds' medians, milliseconds\n")
    print("| LeNet-5 | PyTorch | Netwright | ratio |")
    print("| --- | --- | --- | --- |")
    for key, name in (("train", "training step, batch 64, SGD with momentum"), ("predict", "inference, batch 1")):
        a, b = [r[key] for r in theirs], [r[key] for r in ours]
        print(f"| {name} | {statistics.median(a):.3f} ({min(a):.3f}) | {statistics.median(b):.3f} ({min(b):.3f}) | {statistics.median(a) / statistics.median(b):.1f}x |")


main()
