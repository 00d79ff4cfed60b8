"""Networks in PyTorch with the weights that all sides start with."""
import json
from pathlib import Path

import torch
import torch_networks
import torch_sweep

import peer
from cases import REAL


def model(name, network):
    """A network."""
    if name in REAL:
        # torchvision is needed for these alone.
        import torch_real
        return torch_real.NETWORKS[network]()
    return (torch_networks.NETWORKS | torch_sweep.NETWORKS)[network]()


def load(made, name, folder):
    """Gives a network the weights of its case."""
    weights = peer.weights(folder, name)
    if name in REAL:
        in_order(made, weights, json.loads(Path(f"{folder}/{name}.json").read_text()))
        return
    misfits = made.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()}, strict=False)
    wrong = [key for key in misfits.missing_keys if not key.endswith("num_batches_tracked")] + misfits.unexpected_keys
    assert not wrong, f"weights that do not fit: {wrong}"


def in_order(made, weights, names):
    """Gives a network whose tensors have other names the weights, one after the other."""
    own = {key: tensor for key, tensor in made.state_dict().items() if not key.endswith("num_batches_tracked")}
    assert len(own) == len(names), f"{len(names)} tensors for {len(own)}"
    for (key, tensor), name in zip(own.items(), names):
        given = torch.from_numpy(weights[name])
        # A product is a convolution of 1x1.
        assert [n for n in given.shape if n > 1] == [n for n in tensor.shape if n > 1], f"{name} is no {key}"
        own[key] = given.reshape(tensor.shape)
    made.load_state_dict(own, strict=False)
