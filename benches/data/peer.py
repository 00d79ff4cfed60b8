"""PyTorch's side: the script that most people write, with a `DataLoader` of two workers, Pillow and pandas.

Answers each line of standard input, the name of a case, with a line of JSON: the seconds from files to the end of an epoch, the number of
samples, and a number that must be about the same on all sides.
"""
import gzip
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas
import PIL
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

WORKERS = 2
BATCH, ROWS = 64, 256


class Pictures(Dataset):
    """A folder for each class, as torchvision's `ImageFolder` reads it, with `Resize` and `ToTensor`."""

    def __init__(self, folder, size):
        self.size = size
        self.files = [(file, label) for label, name in enumerate(sorted(folder.iterdir())) for file in sorted(name.iterdir())]

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        file, label = self.files[index]
        with open(file, "rb") as opened:
            picture = Image.open(opened).convert("RGB")
        if picture.size != (self.size, self.size):
            picture = picture.resize((self.size, self.size), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True)).permute(2, 0, 1).contiguous()
        return pixels.to(torch.float32).div(255), label


def table(file):
    """All columns but the last are inputs, the last is the class."""
    cells = pandas.read_csv(file)
    inputs = torch.tensor(cells.iloc[:, :-1].values, dtype=torch.float32)
    return TensorDataset(inputs, torch.tensor(cells.iloc[:, -1].values))


def epoch(data, batch):
    """Takes each sample once, in a drawn order."""
    samples, first = 0, 0.0
    for inputs, _ in DataLoader(data, batch_size=batch, shuffle=True, num_workers=WORKERS):
        samples += len(inputs)
        first += float(inputs.flatten(1)[:, 0].sum(dtype=torch.float64))
    return samples, first / samples


class Digits(Dataset):
    """MNIST, as torchvision's `MNIST` gives it with `ToTensor` and `Normalize`: each sample is a picture that is converted."""

    def __init__(self, folder):
        read = lambda name, skip: np.frombuffer(gzip.open(folder / f"{name}.gz").read(), np.uint8)[skip:]
        self.images = torch.from_numpy(read("train-images-idx3-ubyte", 16).reshape(-1, 28, 28).copy())
        self.labels = torch.from_numpy(read("train-labels-idx1-ubyte", 8).copy()).to(torch.int64)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        picture = Image.fromarray(self.images[index].numpy())
        pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True)).unsqueeze(0)
        return pixels.to(torch.float32).div(255).sub(0.1307).div(0.3081), int(self.labels[index])


def lenet(folder):
    """One epoch, with the loss read in each step as a progress bar does."""
    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    compare = nn.CrossEntropyLoss()
    samples, total = 0, 0.0
    for inputs, labels in DataLoader(Digits(folder), batch_size=64, shuffle=True, num_workers=WORKERS):
        optimizer.zero_grad()
        loss = compare(net(inputs), labels)
        loss.backward()
        optimizer.step()
        samples += len(inputs)
        total += loss.item() * len(inputs)
    return samples, total / samples


def find(folder, beginning):
    [found] = [path for path in folder.iterdir() if path.name.startswith(beginning)]
    return found


def measure(case, folder, mnist):
    match case:
        case "png" | "png-streamed":
            return epoch(Pictures(find(folder, "png-"), 64), BATCH)
        case "jpeg":
            return epoch(Pictures(find(folder, "jpeg-"), 224), BATCH)
        case "table":
            return epoch(table(find(folder, "table-")), ROWS)
        case "lenet":
            return lenet(mnist)
    raise ValueError(f"there is no case {case}")


def main():
    folder, mnist, threads = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    versions = f"PyTorch {torch.__version__}, Pillow {PIL.__version__}, pandas {pandas.__version__}"
    print(json.dumps({"ready": versions}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        samples, check = measure(line.strip(), folder, mnist)
        print(json.dumps({"seconds": time.perf_counter() - start, "samples": samples, "check": check}), flush=True)


if __name__ == "__main__":
    main()
