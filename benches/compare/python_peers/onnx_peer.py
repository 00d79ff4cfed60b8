"""ONNX Runtime's side: inference with the networks as PyTorch exports them."""
import argparse
import contextlib
import io
import logging

import numpy as np
import onnxruntime
import torch
import torch_weights

import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--weights", required=True, help="the folder of the weights files; models are written there")
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
logging.getLogger("torch.onnx").setLevel(logging.ERROR)
sessions = {}


def session(name, network, x):
    """The network for inputs of this size, with all of ONNX Runtime's optimisations."""
    key = name, len(x)
    if key not in sessions:
        model = torch_weights.model(name, network)
        torch_weights.load(model, name, options.weights)
        file = f"{options.weights}/{name}-{len(x)}.onnx"
        # The exporter prints its progress, where answers are expected.
        with contextlib.redirect_stdout(io.StringIO()):
            torch.onnx.export(model.eval(), (torch.from_numpy(x),), file, input_names=["x"], dynamo=True)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        sessions[key] = onnxruntime.InferenceSession(file, settings, providers=["CPUExecutionProvider"])
    return sessions[key]


def measure(name, case, mode, seconds):
    if mode == "train":
        return {"skip": "ONNX Runtime does not train"}
    x = peer.inputs(case)
    x = np.ascontiguousarray(x[-1:] if mode == "one" else x)
    running = session(name, case.network, x)
    work = lambda: running.run(None, {"x": x})[0]
    return peer.report(seconds, peer.checked(work()), work)


peer.serve(f"onnxruntime {onnxruntime.__version__}", measure)
