"""What the Python peers share: the data, the weights, the clock, and the protocol.

A peer is a process that answers each line `case mode seconds` of standard input with a line of JSON. Modes are `train` (a training
step), `one` (the prediction for one input) and `batch` (the prediction for as many inputs as a training step takes).
"""
import json
import struct
import sys
import time

import numpy as np

from cases import ALL

MOMENTUM = 0.9
CHECKED_LOSSES, CHECKED_OUTPUTS = 5, 8
WARM_UP, WARM_UP_SECONDS, SHORTEST = 10, 0.2, 20e-6


def inputs(case):
    """The same numbers from -1 to 1 on every side."""
    i, j = np.ogrid[:case.batch, :int(np.prod(case.shape))]
    numbers = ((i * 31 + j * 17) % 97).astype(np.float32) / np.float32(48) - np.float32(1)
    return numbers.reshape(case.batch, *case.shape)


def targets(case):
    """A class of ten, or a mask of zeros and ones, for each sample."""
    if not case.masks:
        return np.arange(case.batch) * 7 % 10
    i, j = np.ogrid[:case.batch, :int(np.prod(case.shape[1:]))]
    return ((i * 13 + j * 7) % 11 < 5).astype(np.float32).reshape(case.batch, 1, *case.shape[1:])


def weights(folder, name):
    """The tensors of a safetensors file, by name."""
    with open(f"{folder}/{name}.safetensors", "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"]).copy()
        for name, entry in header.items()
    }


def losses(seconds, step):
    """Repeats a training step for some seconds; the first losses are reported for the check."""
    check = [float(step()) for _ in range(CHECKED_LOSSES)]
    return report(seconds, check, step)


def report(seconds, check, work):
    """Repeats `work` for some seconds, by the same rules as the sides in Rust."""
    clock = time.perf_counter
    warm = clock()
    for _ in range(WARM_UP):
        work()
        if clock() - warm > WARM_UP_SECONDS:
            break
    once = clock()
    work()
    inner = int(SHORTEST / (clock() - once)) + 1
    end, times = clock() + seconds, []
    while clock() < end or len(times) < 3:
        start = clock()
        for _ in range(inner):
            work()
        times.append((clock() - start) * 1e3 / inner)
    times.sort()
    return {"median_ms": times[len(times) // 2], "fastest_ms": times[0], "check": check}


def checked(outputs):
    """The part of predictions that is reported for the check: the beginning of the last one."""
    return np.asarray(outputs)[-1].reshape(-1)[:CHECKED_OUTPUTS].tolist()


def serve(version, measure):
    """Answers lines until there are no more; `measure` takes the case's name, the case, the mode and the seconds."""
    print(json.dumps({"ready": version}), flush=True)
    for line in sys.stdin:
        name, mode, seconds = line.split()
        try:
            answer = measure(name, ALL[name], mode, float(seconds))
        except Exception as error:  # The other sides go on.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
