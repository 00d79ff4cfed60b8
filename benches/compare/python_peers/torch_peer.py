"""PyTorch's side: eager, compiled (--compile), or eager with images channels last (--channels-last)."""
import argparse

import torch
import torch.nn.functional as F
import torch_weights

import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--weights", required=True, help="the folder of the weights files")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--compile", action="store_true")
parser.add_argument("--channels-last", action="store_true")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)
compiled = {}


def tensor(array):
    made = torch.from_numpy(array)
    return made.contiguous(memory_format=torch.channels_last) if options.channels_last and made.dim() == 4 else made


def model_of(name, network, mode):
    """The network with the weights all sides start with. It is compiled once and used again, as compiling takes long."""
    if (name, mode) not in compiled:
        model = torch_weights.model(name, network)
        if options.channels_last:
            model = model.to(memory_format=torch.channels_last)
        model.train(mode == "train")
        compiled[name, mode] = model, torch.compile(model, dynamic=False) if options.compile else model
    model, call = compiled[name, mode]
    torch_weights.load(model, name, options.weights)
    return model, call


def train(name, case, seconds):
    model, call = model_of(name, case.network, "train")
    if case.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), case.rate)
    else:
        optimizer = torch.optim.SGD(model.parameters(), case.rate, momentum=peer.MOMENTUM)
    loss_of = F.binary_cross_entropy_with_logits if case.masks else F.cross_entropy
    x, y = tensor(peer.inputs(case)), torch.from_numpy(peer.targets(case))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(call(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return peer.losses(seconds, step)


def predict(name, case, mode, seconds):
    _, call = model_of(name, case.network, mode)
    x = tensor(peer.inputs(case)[-1:] if mode == "one" else peer.inputs(case))
    with torch.inference_mode():
        return peer.report(seconds, peer.checked(call(x)), lambda: call(x))


def measure(name, case, mode, seconds):
    return train(name, case, seconds) if mode == "train" else predict(name, case, mode, seconds)


peer.serve(f"torch {torch.__version__}", measure)
