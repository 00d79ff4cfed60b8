"""JAX's side: the whole step is one compiled function that overwrites its state."""
import argparse
import functools

import jax
import jax.numpy as jnp
from jax_networks import NETWORKS, STATISTICS, Scope

import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--weights", required=True, help="the folder of the weights files")
parser.add_argument("--threads", type=int, default=2, help="ignored: XLA takes as many as there are cores for this process")
options = parser.parse_args()
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def parameters(name):
    """The weights in JAX's layouts: convolutions HWIO, transposed ones HWOI, dense layers input by output."""
    def laid_out(key, array):
        if not key.endswith("weight") or array.ndim == 1:
            return array
        return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T
    return {key: jnp.asarray(laid_out(key, array)) for key, array in peer.weights(options.weights, name).items()}


def images(array):
    return jnp.asarray(array.transpose(0, 2, 3, 1) if array.ndim == 4 else array)


def loss_of(logits, targets, masks):
    if masks:
        return jnp.mean(jnp.maximum(logits, 0) - logits * targets + jnp.log1p(jnp.exp(-jnp.abs(logits))))
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), targets[:, None], 1))


@functools.partial(jax.jit, static_argnums=0, donate_argnums=1)
def step(case, state, x, y):
    learned = {key: value for key, value in state["params"].items() if not key.endswith(STATISTICS)}
    time = state["time"] + 1

    def loss(learned):
        key = jax.random.fold_in(jax.random.key(0, impl="rbg"), time)
        scope = Scope(state["params"] | learned, key, training=True)
        return loss_of(NETWORKS[case.network](scope, x), y, case.masks), scope.statistics

    (value, statistics), gradients = jax.value_and_grad(loss, has_aux=True)(learned)
    first = {key: momentum(case, state["first"][key], gradients[key]) for key in learned}
    second = state["second"]
    if case.optimizer == "adam":
        second = {key: BETA2 * second[key] + (1 - BETA2) * gradients[key] ** 2 for key in learned}
        rate, correction = case.rate / (1 - BETA1 ** time), jnp.sqrt(1 - BETA2 ** time)
        moved = {key: learned[key] - rate * first[key] / (jnp.sqrt(second[key]) / correction + EPSILON) for key in learned}
    else:
        moved = {key: learned[key] - case.rate * first[key] for key in learned}
    return value, {"params": moved | statistics, "first": first, "second": second, "time": time}


def momentum(case, old, gradient):
    return BETA1 * old + (1 - BETA1) * gradient if case.optimizer == "adam" else peer.MOMENTUM * old + gradient


@functools.partial(jax.jit, static_argnums=0)
def predict(case, params, x):
    return NETWORKS[case.network](Scope(params), x)


def train(name, case, seconds):
    params = parameters(name)
    zeros = lambda: {key: jnp.zeros_like(value) for key, value in params.items() if not key.endswith(STATISTICS)}
    state = {"params": params, "first": zeros(), "second": zeros() if case.optimizer == "adam" else {}, "time": jnp.float32(0)}
    targets = peer.targets(case)
    x, y = images(peer.inputs(case)), images(targets) if case.masks else jnp.asarray(targets)

    def one():
        nonlocal state
        loss, state = step(case, state, x, y)
        return jax.block_until_ready((loss, state))[0]

    return peer.losses(seconds, one)


def measure(name, case, mode, seconds):
    if mode == "train":
        return train(name, case, seconds)
    params = parameters(name)
    x = peer.inputs(case)
    x = images(x[-1:] if mode == "one" else x)
    return peer.report(seconds, peer.checked(predict(case, params, x)), lambda: predict(case, params, x).block_until_ready())


peer.serve(f"jax {jax.__version__}", measure)
