"""Golden numbers of schedules; `make_golden.py` calls `schedules`.

`schedules/pytorch.json` holds for each schedule its text, the number of epochs, the steps of an epoch, and the factor of
the rate at every step; of one that watches held-out samples, also what it saw after each epoch.
"""

import json
import math
import pathlib

import torch
from torch.optim import lr_scheduler as lrs

FOLDER = pathlib.Path(__file__).parent / "schedules"


def factors(steps, make, each_epoch=False, watched=None):
    """The rates of a rule whose rate is 1; the scheduler steps after every step, or after every epoch."""
    rule = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(rule)
    found = []
    for epoch in range(EPOCHS):
        for _ in range(steps):
            found.append(rule.param_groups[0]["lr"])
            rule.step()
            if not each_epoch:
                scheduler.step()
        if watched:
            scheduler.step(watched[epoch])
        elif each_epoch:
            scheduler.step()
    return found


EPOCHS = 12
STEPS = 4


def schedules():
    total = EPOCHS * STEPS

    def every(epochs):
        return round(epochs * STEPS)

    def warm(rule, epochs):
        n = every(epochs)
        return lrs.LinearLR(rule, start_factor=1 / n, end_factor=1.0, total_iters=n - 1)

    def then(epochs, make):
        """A warm-up, and behind it a scheduler with a time of its own."""
        return lambda rule: lrs.SequentialLR(rule, [warm(rule, epochs), make(rule)], [every(epochs)])

    def beside(epochs, make):
        """A warm-up that multiplies a scheduler which began with it."""
        return lambda rule: lrs.ChainedScheduler([make(rule), warm(rule, epochs)])

    def root(epochs):
        n = every(epochs)
        return lambda step: (step + 1) / n if step < n else math.sqrt(n / step)

    def plateau(**options):
        return lambda rule: lrs.ReduceLROnPlateau(rule, **options)

    cases = [
        ("constant", {}, lambda r: lrs.ConstantLR(r, factor=1.0)),
        ("constant(warmup=2)", {}, lambda r: warm(r, 2)),
        ("step(every=3)", dict(each_epoch=True), lambda r: lrs.StepLR(r, 3)),
        ("step(2.5, factor=0.5)", {}, lambda r: lrs.StepLR(r, every(2.5), gamma=0.5)),
        ("step(every=1, factor=0.7, warmup=3)", {}, beside(3, lambda r: lrs.StepLR(r, every(1), gamma=0.7))),
        ("multi_step([3, 8])", dict(each_epoch=True), lambda r: lrs.MultiStepLR(r, [3, 8])),
        ("multi_step([1.5, 2, 9], factor=0.3, warmup=0.5)", {}, beside(0.5, lambda r: lrs.MultiStepLR(r, [6, 8, 36], gamma=0.3))),
        ("exponential(0.8)", dict(each_epoch=True), lambda r: lrs.ExponentialLR(r, 0.8)),
        ("polynomial", {}, lambda r: lrs.PolynomialLR(r, total, power=1.0)),
        ("polynomial(power=0.9)", {}, lambda r: lrs.PolynomialLR(r, total, power=0.9)),
        ("polynomial(power=2, warmup=2)", {}, then(2, lambda r: lrs.PolynomialLR(r, total - every(2), power=2.0))),
        ("inverse_sqrt(warmup=2)", {}, lambda r: lrs.LambdaLR(r, root(2))),
        ("cosine", {}, lambda r: lrs.CosineAnnealingLR(r, total)),
        ("cosine(last=10%)", {}, lambda r: lrs.CosineAnnealingLR(r, total, eta_min=0.1)),
        ("cosine(warmup=1.5, last=1%)", {}, then(1.5, lambda r: lrs.CosineAnnealingLR(r, total - every(1.5), eta_min=0.01))),
        ("cosine_restarts(3)", {}, lambda r: lrs.CosineAnnealingWarmRestarts(r, every(3))),
        ("cosine_restarts(1.5, growth=2, last=0.05)", {}, lambda r: lrs.CosineAnnealingWarmRestarts(r, every(1.5), T_mult=2, eta_min=0.05)),
        ("one_cycle", {}, lambda r: lrs.OneCycleLR(r, 1.0, total_steps=total)),
        ("one_cycle(rise=40%, first=0.1, last=0.01)", {}, lambda r: lrs.OneCycleLR(r, 1.0, total_steps=total, pct_start=0.4, div_factor=10, final_div_factor=10)),
        ("cyclic(2)", {}, lambda r: lrs.CyclicLR(r, 0.1, 1.0, step_size_up=every(2), cycle_momentum=False)),
        ("cyclic(1.5, fall=3, low=0.2)", {}, lambda r: lrs.CyclicLR(r, 0.2, 1.0, step_size_up=every(1.5), step_size_down=every(3), cycle_momentum=False)),
    ]
    losses = [1.0, 0.9, 0.95, 0.9, 0.89995, 0.91, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85]
    shares = [0.5, 0.6, 0.6, 0.60005, 0.59, 0.61, 0.61, 0.7, 0.7, 0.7, 0.69, 0.8]
    watching = [
        ("on_plateau(patience=2)", losses, plateau(patience=2)),
        ("on_plateau(factor=0.5, patience=0, threshold=0.02, last=0.1)", losses, plateau(factor=0.5, patience=0, threshold=0.02, min_lr=0.1)),
        ("on_plateau(factor=0.3, patience=1, cooldown=2)", losses, plateau(factor=0.3, patience=1, cooldown=2)),
        ("on_plateau(on=val_accuracy, factor=0.5, patience=1)", shares, plateau(mode="max", factor=0.5, patience=1)),
    ]
    records = [dict(schedule=text, factors=factors(STEPS, make, **how)) for text, how, make in cases]
    for text, watched, make in watching:
        records.append(dict(schedule=text, watched=watched, factors=factors(STEPS, make, each_epoch=True, watched=watched)))
    for record in records:
        record["factors"] = [float(f"{factor:.12g}") for factor in record["factors"]]
    lines = [" " + json.dumps(dict(epochs=EPOCHS, steps=STEPS) | record, separators=(",", ":")) for record in records]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "pytorch.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
