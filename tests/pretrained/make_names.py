"""Writes the names and shapes of torchvision's state dicts, one tensor a line: `python make_names.py`."""

from pathlib import Path

import torchvision

for name in ["resnet18", "resnet50", "densenet121", "mobilenet_v2"]:
    state = torchvision.models.get_model(name, weights=None).state_dict()
    lines = [f"{key} {'x'.join(map(str, value.shape))}".rstrip() + "\n" for key, value in state.items()]
    Path(__file__).with_name(f"{name}.txt").write_text("".join(lines))
