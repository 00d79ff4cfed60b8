"""Golden trainings whose gradients are clipped or accumulated, whose parameters learn or decay at different rates,
are bounded or averaged; `make_golden.py` calls `updates`.

Besides what other trainings hold, a case may have

    parts       the batch is cut into as many, and each step takes the next one
    averaged    the exponential moving average of the parameters and running statistics after all steps
"""

import torch
from torch import nn


class Update:
    """What happens around an optimizer's step. `clip` gets parameters with gradients, `bound` the network."""

    def __init__(self, clip=None, bound=None, accumulate=1, parts=1, ema=None):
        self.clip, self.bound, self.accumulate, self.parts, self.ema = clip, bound, accumulate, parts, ema

    def train(self, net, rule, loss_of, penalty, steps):
        """The losses of all steps, and the average of the state if there is one; `loss_of(part)` is that of a part of the batch."""
        tensors = {name: tensor for name, tensor in net.state_dict().items() if "num_batches" not in name}
        average = {name: tensor.clone() for name, tensor in tensors.items()}
        learned = [p for p in net.parameters() if p.requires_grad]
        losses, waiting, updates = [], 0, 0
        rule.zero_grad()
        for step in range(steps):
            loss = loss_of(step % self.parts)
            losses.append(loss.item())
            loss.backward()
            waiting += 1
            # What is left at the end makes an update too.
            if waiting < self.accumulate and step + 1 < steps:
                continue
            for p in learned:
                p.grad /= waiting
            waiting = 0
            added = penalty.of(net)
            if added.requires_grad:
                added.backward()
            if self.clip:
                self.clip(learned)
            rule.step()
            rule.zero_grad()
            updates += 1
            with torch.no_grad():
                if self.bound:
                    self.bound(net)
                if self.ema:
                    stays = min(self.ema, (1 + updates) / (10 + updates))
                    for name, tensor in tensors.items():
                        average[name].mul_(stays).add_(tensor, alpha=1 - stays)
        return losses, average if self.ema else None


class Penalties:
    """`l1 |w|_1 + l2 |w|^2` of parameters by name."""

    def __init__(self, *parts):
        self.parts = parts

    def of(self, net):
        named = dict(net.named_parameters())
        return sum((l1 * named[name].abs().sum() + l2 * (named[name] ** 2).sum() for name, l1, l2 in self.parts), torch.tensor(0.0))


def bound(name, most, groups=None):
    """Keras' MaxNorm of one parameter; with groups, of a transposed convolution's weight."""

    def apply(net):
        w = dict(net.named_parameters())[name]
        if groups is None:
            rows = w.view(w.shape[0], -1)
            rows *= (most / rows.norm(dim=1, keepdim=True)).clamp(max=1)
            return
        rows = w.view(groups, w.shape[0] // groups, w.shape[1], -1)
        rows *= (most / rows.norm(dim=(1, 3), keepdim=True)).clamp(max=1)

    return apply


def updates(case, sequence, of_probabilities, mse, Penalty):
    """All arguments are `make_golden.py`'s; the losses are a cross-entropy and a mean of squares."""
    body = "input [4]\n dense(5) tanh dense(3) softmax\n loss cross_entropy"
    conv_body = "input [1, 5, 5]\n conv(2, 3x3, bias=false) batch_norm relu\n flatten dense(2)\n loss mse"
    spread_body = "input [4, 3, 3]\n conv_transpose(4, 2x2, groups=2) tanh flatten dense(2)\n loss mse"

    def sgd(lr, **options):
        return lambda p: torch.optim.SGD(p, lr=lr, **options)

    def train(name, text, rule, update, penalty=None):
        net = sequence(dense1=nn.Linear(4, 5), tanh1=nn.Tanh(), dense2=nn.Linear(5, 3), softmax1=nn.Softmax(dim=1))
        case(f"train_{name}", body, [4], net, of_probabilities, batch=6, train=text, optimizer=rule, steps=100, update=update, penalty=penalty or Penalty())

    def train_conv(name, text, rule, update, penalty=None):
        net = sequence(conv1=nn.Conv2d(1, 2, 3, bias=False), batch_norm1=nn.BatchNorm2d(2), relu1=nn.ReLU(), flatten1=nn.Flatten(), dense1=nn.Linear(18, 2))
        case(f"train_{name}", conv_body, [1, 5, 5], net, mse, batch=4, train=text, optimizer=rule, steps=100, update=update, penalty=penalty or Penalty())

    clip_grad = nn.utils

    def value(most):
        return lambda ps: clip_grad.clip_grad_value_(ps, most)

    def norm(most):
        return lambda ps: [clip_grad.clip_grad_norm_([p], most) for p in ps]

    def global_norm(most):
        return lambda ps: clip_grad.clip_grad_norm_(ps, most)

    train("clip_value", "optimizer sgd(lr=0.5)\n    clip value(0.02)", sgd(0.5), Update(value(0.02)))
    train("clip_norm", "optimizer sgd(lr=0.3, momentum=0.5)\n    clip norm(0.05)", sgd(0.3, momentum=0.5), Update(norm(0.05)))
    train("clip_global_norm", "optimizer sgd(lr=0.5)\n    clip global_norm(0.1)", sgd(0.5), Update(global_norm(0.1)))
    train(
        "clip_penalty", "optimizer adam(lr=0.01)\n    regularize elastic(0.02, 0.03, biases=true)\n    clip global_norm(0.2)",
        lambda p: torch.optim.Adam(p, lr=0.01), Update(global_norm(0.2)), Penalty(0.02, 0.03, biases=True),
    )
    train_conv("clip_conv", "optimizer sgd(lr=0.2)\n    regularize l2(0.01)\n    clip norm(0.3)", sgd(0.2), Update(norm(0.3)), Penalty(l2=0.01))

    train(
        "rate", "optimizer sgd(lr=0.05, momentum=0.8)\n    rate dense2 4 \"*1.bias\" 0.5",
        lambda p: torch.optim.SGD([dict(params=p[:1]), dict(params=p[1:2], lr=0.025), dict(params=p[2:], lr=0.2)], lr=0.05, momentum=0.8), Update(),
    )
    train(
        "rate_decay", "optimizer adamw(lr=0.01, weight_decay=0.1)\n    rate dense1 10%\n    rate \"dense2.*\" 2",
        lambda p: torch.optim.AdamW([dict(params=p[:2], lr=0.001), dict(params=p[2:], lr=0.02)], lr=0.01, weight_decay=0.1), Update(),
    )
    train(
        "decay", "optimizer adamw(lr=0.01, weight_decay=0.3)\n    decay \"*.bias\" 0\n    decay \"dense2.weight\" 2",
        lambda p: torch.optim.AdamW([dict(params=p[:1]), dict(params=p[1::2], weight_decay=0.0), dict(params=p[2:3], weight_decay=0.6)], lr=0.01, weight_decay=0.3),
        Update(),
    )
    train_conv(
        "decay_conv", "optimizer nadam(lr=0.01, weight_decay=0.2)\n    rate dense1 2\n    decay \"*norm*\" \"*.bias\" 0 conv1 50%",
        lambda p: torch.optim.NAdam(
            [dict(params=p[:1], weight_decay=0.1), dict(params=p[1:3], weight_decay=0.0), dict(params=p[3:4], lr=0.02), dict(params=p[4:], lr=0.02, weight_decay=0.0)],
            lr=0.01, weight_decay=0.2, decoupled_weight_decay=True,
        ),
        Update(),
    )
    train(
        "penalty_only", "optimizer sgd(lr=0.1)\n    regularize l1(0.02, only=dense1) l2(0.03, only=[dense1, \"*2.weight\"]) elastic(0.01, 0.02, biases=true, only=\"dense2.bias\")",
        sgd(0.1), Update(), Penalties(("dense1.weight", 0.02, 0.03), ("dense2.weight", 0, 0.03), ("dense2.bias", 0.01, 0.02)),
    )
    train(
        "penalty_only_clip", "optimizer sgd(lr=0.1)\n    regularize l1(0.02, only=dense1) l2(0.05, biases=true, only=dense2)\n    clip norm(0.1)",
        sgd(0.1), Update(norm(0.1)), Penalties(("dense1.weight", 0.02, 0), ("dense2.weight", 0, 0.05), ("dense2.bias", 0, 0.05)),
    )

    def both(*bounds):
        return lambda net: [apply(net) for apply in bounds]

    train(
        "max_norm", "optimizer sgd(lr=0.2)\n    constrain max_norm(0.8)",
        sgd(0.2), Update(bound=both(bound("dense1.weight", 0.8), bound("dense2.weight", 0.8))),
    )
    train_conv("max_norm_conv", "optimizer sgd(lr=0.1)\n    constrain max_norm(0.9, only=\"conv*\") max_norm(1.1, only=dense1)", sgd(0.1),
               Update(bound=both(bound("conv1.weight", 0.9), bound("dense1.weight", 1.1))))
    net = sequence(conv_transpose1=nn.ConvTranspose2d(4, 4, 2, groups=2), tanh1=nn.Tanh(), flatten1=nn.Flatten(), dense1=nn.Linear(64, 2))
    case("train_max_norm_spread", spread_body, [4, 3, 3], net, mse, batch=4, optimizer=sgd(0.1), steps=100, penalty=Penalty(),
         train="optimizer sgd(lr=0.1)\n    constrain max_norm(0.7, only=conv_transpose1)", update=Update(bound=bound("conv_transpose1.weight", 0.7, 2)))

    train("accumulate", "batch 3\n    optimizer sgd(lr=0.2, momentum=0.5)\n    accumulate 3", sgd(0.2, momentum=0.5), Update(accumulate=3, parts=2))
    train(
        "accumulate_penalty", "batch 2\n    optimizer adam(lr=0.02)\n    regularize l1(0.01)\n    accumulate 4",
        lambda p: torch.optim.Adam(p, lr=0.02), Update(accumulate=4, parts=3), Penalty(l1=0.01),
    )
    train("ema", "batch 3\n    optimizer adam(lr=0.02)\n    ema 0.9", lambda p: torch.optim.Adam(p, lr=0.02), Update(ema=0.9, parts=2))
    train_conv("ema_conv", "optimizer sgd(lr=0.05)\n    ema 0.95", sgd(0.05), Update(ema=0.95))
    train(
        "all", "batch 3\n    optimizer sgd(lr=0.1, momentum=0.9)\n    rate dense2 2\n    regularize l2(0.02)\n    clip global_norm(0.3)\n"
        "    constrain max_norm(0.9, only=dense1)\n    accumulate 2\n    ema 0.8",
        lambda p: torch.optim.SGD([dict(params=p[:2]), dict(params=p[2:], lr=0.2)], lr=0.1, momentum=0.9),
        Update(global_norm(0.3), bound("dense1.weight", 0.9), accumulate=2, parts=2, ema=0.8), Penalty(l2=0.02),
    )
