"""Golden trainings: whole recipes with batches, rests, schedules, phases and early stopping, run by PyTorch in 64-bit.

    python3 trainings.py       (`make_golden.py` says with which PyTorch)

Each becomes `trainings/<name>.json`, with the arrays of `make_golden.py`:

    source            the network and its recipe
    params            before training
    inputs, targets   all training samples; `held_inputs`, `held_targets`: those that are held out
    orders            the samples of each epoch, in the order in which batches take them
    trained           the result: the last parameters, the best ones under `stop`, their average under `ema`
    epochs, best      how many were trained, and which one's parameters the result has
    held_out          the loss on the held-out samples after each epoch
"""

import copy
import json
import pathlib
import random

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler as lrs

torch.set_default_dtype(torch.float64)
FOLDER = pathlib.Path(__file__).parent / "trainings"


def plain(tensor):
    values = [v if isinstance(v, int) else float(f"{v:.11g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": [int(v) if v == int(v) else v for v in values]}


def numbers(rng, shape, low=-1.0, high=1.0):
    values = [round(rng.uniform(low, high), 3) for _ in range(torch.Size(shape).numel())]
    return torch.tensor(values).reshape(shape)


def state(net):
    return {name: tensor for name, tensor in net.state_dict().items() if "num_batches" not in name}


class Mean:
    """A loss as a sum over samples and the number of its terms, so that means over any samples can be made of it."""

    def __init__(self, function, terms=len):
        self.function, self.terms = function, terms


def weighted(weights, ignore=-100):
    """A cross-entropy of logits that is a mean over the weights of its targets."""
    weights = torch.tensor(weights)
    counted = lambda t: t[t != ignore]
    return Mean(lambda y, t: F.cross_entropy(y, t, weight=weights, ignore_index=ignore, reduction="sum"), lambda t: weights[counted(t)].sum().item())


SQUARES = Mean(lambda y, t: ((y - t) ** 2).mean(1).sum())
CLASSES = Mean(lambda y, t: F.cross_entropy(y, t, reduction="sum"))


def training(name, body, train, net, loss, optimizer, samples, batch, epochs, classes=None, held=0, accumulate=1, schedule=None, watch=None,
             penalty=None, clip=None, ema=None, patience=None, phases=(), weights=None, least=1, labels=None, steady=False):
    """`schedule(rule, steps)` steps after each update-free step of the optimizer; `watch(rule)` after each epoch; `phases` are
    (epochs before it, names that are frozen); `weights(labels)` is how much each sample counts."""
    rng = random.Random(name)
    with torch.no_grad():
        for key, tensor in state(net).items():
            low = 0.5 if key.endswith("running_var") else -0.6
            tensor.copy_(numbers(rng, tensor.shape, low, low + 1.2))
    shape = (samples + held, *body[0])
    inputs = numbers(rng, shape)
    outputs = net.eval()(inputs).shape[1:]
    if classes:
        targets = torch.tensor(labels or [rng.randrange(classes) for _ in range(samples + held)])
    else:
        targets = numbers(rng, (samples + held, *outputs))
    orders = [rng.sample(range(samples), samples) for _ in range(epochs)]
    source = f"network Golden {{ input {list(body[0])} {body[1]} }}\ntrain Golden {{\n    epochs {epochs} batch {batch}\n    {train}\n}}\n"
    record = {
        "source": source,
        "params": {key: plain(tensor) for key, tensor in state(net).items()},
        "inputs": [plain(inputs[:samples])],
        "targets": [plain(targets[:samples])],
        "held_inputs": [plain(inputs[samples:])],
        "held_targets": [plain(targets[samples:])],
        "orders": orders,
    }
    importance = weights(targets[:samples]) if weights else None
    sizes = [batch] * (samples // batch) + ([samples % batch] if samples % batch else [])
    if sizes[-1] < least:
        sizes[-2:] = [sizes[-2] + sizes[-1] - least, least]
    best, best_loss, result = 0, float("inf"), None
    seen, done = [], 0
    for at, (begin, frozen) in enumerate([(0, phases[0][1] if phases and phases[0][0] == 0 else ())] + [p for p in phases if p[0] > 0]):
        later = [p[0] for p in phases if p[0] > begin]
        end = later[0] if later else epochs
        for key, p in net.named_parameters():
            p.requires_grad = not any(key.startswith(part) for part in frozen)
        for key, module in net.named_modules():
            module.train(not any(key and key.startswith(part) for part in frozen))
        rule = optimizer([p for p in net.parameters() if p.requires_grad])
        base = [group["lr"] for group in rule.param_groups]
        scheduler = schedule(rule, len(sizes)) if schedule else None
        watcher = watch(rule) if watch else None
        if scheduler:
            for _ in range(done * len(sizes)):
                scheduler.step()
        average = copy.deepcopy(state(net)) if ema else None
        updates = 0
        for epoch in range(done, end):
            rule.zero_grad()
            waiting, terms, rest = 0, 0.0, list(orders[epoch])
            for number, size in enumerate(sizes):
                rows, rest = rest[:size], rest[size:]
                net_in_training(net, frozen)
                y, t = net(inputs[rows]), targets[rows]
                if importance is None:
                    sum_of_losses = loss.function(y, t)
                else:
                    sum_of_losses = sum(importance[row] * loss.function(y[i:i + 1], t[i:i + 1]) for i, row in enumerate(rows))
                sum_of_losses.backward()
                terms += loss.terms(t)
                waiting += 1
                last = number + 1 == len(sizes)
                if waiting == accumulate or last:
                    learned = [p for p in net.parameters() if p.requires_grad]
                    for p in learned:
                        p.grad = p.grad / terms if terms else p.grad * 0
                    if penalty:
                        penalty(net).backward()
                    if clip:
                        clip(learned)
                    rule.step()
                    rule.zero_grad()
                    updates += 1
                    waiting, terms = 0, 0.0
                    if ema:
                        stays = min(ema, (1 + updates) / (10 + updates))
                        with torch.no_grad():
                            for key, tensor in state(net).items():
                                average[key].mul_(stays).add_(tensor, alpha=1 - stays)
                if scheduler:
                    scheduler.step()
            done = epoch + 1
            shown = copy.deepcopy(net)
            if ema:
                shown.load_state_dict(average, strict=False)
            current = {key: tensor.clone() for key, tensor in state(shown).items()}
            if held:
                with torch.no_grad():
                    y, t = shown.eval()(inputs[samples:]), targets[samples:]
                    value = (loss.function(y, t) / loss.terms(t)).item()
                seen.append(value)
                if watcher:
                    watcher.step(value)
                if patience is not None:
                    if value < best_loss:
                        best, best_loss, result = done, value, current
                    if done - best >= patience:
                        break
            if patience is None:
                best, result = done, current
        else:
            continue
        break
    record |= {"trained": {key: plain(tensor) for key, tensor in result.items()}, "epochs": done, "best": best, "held_out": [float(f"{v:.11g}") for v in seen]}
    text = ",\n".join(f" {json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in record.items())
    (FOLDER / f"{name}.json").write_text("{\n" + text + "\n}\n")


def net_in_training(net, frozen):
    for key, module in net.named_modules():
        module.train(not any(key and key.startswith(part) for part in frozen))


def sequence(**layers):
    from collections import OrderedDict
    return nn.Sequential(OrderedDict(layers))


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()

    def dense(outputs=2):
        return sequence(dense1=nn.Linear(4, 5), tanh1=nn.Tanh(), dense2=nn.Linear(5, outputs))

    def norms():
        return sequence(dense1=nn.Linear(4, 5, bias=False), batch_norm1=nn.BatchNorm1d(5), tanh1=nn.Tanh(), dense2=nn.Linear(5, 3))

    def images():
        return sequence(conv1=nn.Conv2d(1, 3, 3, bias=False), batch_norm1=nn.BatchNorm2d(3), relu1=nn.ReLU(), flatten1=nn.Flatten(), dense1=nn.Linear(27, 2))

    mse = ([4], "dense(5) tanh dense(2) loss mse")
    entropy = ([4], "dense(5) tanh dense(3) softmax loss cross_entropy")
    normed = ([4], "dense(5, bias=false) batch_norm tanh dense(3) softmax loss cross_entropy")
    image = ([1, 5, 5], "conv(3, 3x3, bias=false) batch_norm relu flatten dense(2) loss mse")

    def sgd(lr, **options):
        return lambda p: torch.optim.SGD(p, lr=lr, **options)

    def adam(lr):
        return lambda p: torch.optim.Adam(p, lr=lr)

    training("rest", mse, "optimizer sgd(lr=0.2)", dense(), SQUARES, sgd(0.2), samples=11, batch=4, epochs=4)
    training("rest_of_one", normed, "optimizer adam(lr=0.02)", norms(), CLASSES, adam(0.02), samples=9, batch=4, epochs=5, classes=3, least=2)
    training("rest_of_images", image, "optimizer nesterov(lr=0.05, momentum=0.8)\n    schedule one_cycle", images(), SQUARES, sgd(0.05, momentum=0.8, nesterov=True),
             samples=7, batch=3, epochs=6, schedule=lambda rule, steps: lrs.OneCycleLR(rule, 0.05, total_steps=6 * steps, cycle_momentum=False))
    training("accumulate", mse, "optimizer momentum(lr=0.1, momentum=0.5)\n    accumulate 2", dense(), SQUARES, sgd(0.1, momentum=0.5), samples=11, batch=4, epochs=5, accumulate=2)
    training("accumulate_one", mse, "optimizer sgd(lr=0.1)\n    accumulate 3\n    ema 0.95", dense(), SQUARES, sgd(0.1), samples=13, batch=4, epochs=5, accumulate=3, ema=0.95)
    training("accumulate_weights", ([4], "dense(5) tanh dense(3) softmax loss cross_entropy(weights=[0.5, 2, 3])"), "optimizer sgd(lr=0.2)\n    accumulate 2", dense(3),
             weighted([0.5, 2.0, 3.0]), sgd(0.2), samples=10, batch=4, epochs=4, classes=3, accumulate=2)
    training("accumulate_ignored", ([4], "dense(5) tanh dense(3) softmax loss cross_entropy(ignore_index=1)"), "optimizer sgd(lr=0.2)\n    accumulate 2", dense(3),
             weighted([1.0, 1.0, 1.0], 1), sgd(0.2), samples=7, batch=2, epochs=4, classes=3, accumulate=2, labels=[1, 1, 1, 0, 2, 1, 1])
    training("clipped", mse, "optimizer adam(lr=0.02)\n    regularize l2(0.02)\n    clip global_norm(0.2)\n    accumulate 2\n    schedule cosine(warmup=1)", dense(), SQUARES, adam(0.02),
             samples=10, batch=3, epochs=5, accumulate=2, penalty=lambda net: 0.02 * sum((p ** 2).sum() for p in net.parameters() if p.dim() > 1),
             clip=lambda ps: nn.utils.clip_grad_norm_(ps, 0.2),
             schedule=lambda rule, n: lrs.SequentialLR(rule, [lrs.LinearLR(rule, 1 / n, 1.0, n - 1), lrs.CosineAnnealingLR(rule, 4 * n)], [n]))
    training("average", normed, "optimizer adam(lr=0.05)\n    ema 0.99\n    validate 20%", norms(), CLASSES, adam(0.05), samples=10, batch=4, epochs=8, classes=3, held=5, ema=0.99)
    training("plateau", mse, "optimizer sgd(lr=0.9)\n    validate 20%\n    schedule on_plateau(factor=0.5, patience=0)", dense(), SQUARES, sgd(0.9), samples=9, batch=4, epochs=12, held=4,
             watch=lambda rule: lrs.ReduceLROnPlateau(rule, factor=0.5, patience=0))
    training("stop", entropy, "optimizer adam(lr=0.2)\n    validate 20%\n    stop early(patience=3)", dense(3), CLASSES, adam(0.2), samples=9, batch=4, epochs=30, classes=3, held=6, patience=3)
    training("phases", normed, "optimizer momentum(lr=0.1, momentum=0.9)\n    freeze dense1 batch_norm1\n    unfreeze dense1 batch_norm1 after(3)\n    schedule step(2, factor=0.5)", norms(), CLASSES,
             sgd(0.1, momentum=0.9), samples=11, batch=4, epochs=6, classes=3, phases=((0, ("dense1", "batch_norm1")), (3, ())), least=2,
             schedule=lambda rule, steps: lrs.StepLR(rule, 2 * steps, 0.5))
    training("balanced", entropy, "data csv(\"data.csv\")\n    optimizer sgd(lr=0.3)\n    weights [1, 3, 0.5]", dense(3), CLASSES, sgd(0.3), samples=10, batch=4, epochs=4, classes=3,
             weights=lambda t: torch.tensor([1.0, 3.0, 0.5])[t])
    training("exponential", mse, "optimizer rmsprop(lr=0.01)\n    schedule exponential(0.8)", dense(), SQUARES, lambda p: torch.optim.RMSprop(p, lr=0.01), samples=5, batch=2, epochs=6,
             schedule=lambda rule, steps: lrs.StepLR(rule, steps, 0.8))


if __name__ == "__main__":
    main()
