"""The networks in JAX: functions of the parameters, images channels last.

A network is a sequence of layers. A layer takes the scope it reads its parameters from, the numbers, and whether it trains.
"""
import jax
import jax.numpy as jnp
from jax import lax

# Of parameters; those of batch norms that are no parameters are returned by training.
STATISTICS = ("running_mean", "running_var")
EPSILON, BATCH_NORM_MOMENTUM = 1e-5, 0.1


class Scope:
    """Parameters by their names in Netwright's weights files, as layers come to need them."""

    def __init__(self, params, key=None, training=False, prefix=""):
        self.params, self.key, self.training, self.prefix = params, key, training, prefix
        self.counts, self.statistics, self.dropouts = {}, {}, [0]

    def inner(self, kind):
        inside = Scope(self.params, self.key, self.training, self.name(kind))
        inside.statistics, inside.dropouts = self.statistics, self.dropouts
        return inside

    def name(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return f"{self.prefix}{kind}{self.counts[kind]}."

    def next_key(self):
        self.dropouts[0] += 1
        return jax.random.fold_in(self.key, self.dropouts[0])


def conv(stride=1, pad=0, groups=1):
    def apply(scope, x):
        name = scope.name("conv")
        y = lax.conv_general_dilated(
            x, scope.params[name + "weight"], (stride, stride), [(pad, pad), (pad, pad)],
            dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups)
        bias = scope.params.get(name + "bias")
        return y if bias is None else y + bias
    return apply


def conv_transpose(stride):
    """As wide as the stride, so that every pixel becomes a square of its own: a product and a change of order."""
    def apply(scope, x):
        name = scope.name("conv_transpose")
        n, h, w, _ = x.shape
        y = jnp.einsum("nhwi,kloi->nhkwlo", x, scope.params[name + "weight"])
        return y.reshape(n, h * stride, w * stride, -1) + scope.params[name + "bias"]
    return apply


def dense(scope, x):
    name = scope.name("dense")
    return x @ scope.params[name + "weight"] + scope.params[name + "bias"]


def relu(scope, x):
    return jnp.maximum(x, 0)


def max_pool(scope, x):
    """The maximum over two axes of a reshaped array; the gradient of `lax.reduce_window` is many times slower on a CPU."""
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))


def global_avg_pool(scope, x):
    return x.mean((1, 2))


def flatten(scope, x):
    """Channels first, as the dense layers' weights are."""
    return (x.transpose(0, 3, 1, 2) if x.ndim == 4 else x).reshape(len(x), -1)


def dropout(p):
    def apply(scope, x):
        if not scope.training:
            return x
        return jnp.where(jax.random.bernoulli(scope.next_key(), 1 - p, x.shape), x / (1 - p), 0)
    return apply


def batch_norm(scope, x):
    name = scope.name("batch_norm")
    mean, var = (scope.params[name + part] for part in STATISTICS)
    if scope.training:
        numbers = x.size // x.shape[-1]
        old_mean, old_var = mean, var
        mean = x.mean((0, 1, 2))
        var = jnp.square(x).mean((0, 1, 2)) - jnp.square(mean)
        moved = lambda old, new: old + BATCH_NORM_MOMENTUM * (lax.stop_gradient(new) - old)
        scope.statistics[name + "running_mean"] = moved(old_mean, mean)
        scope.statistics[name + "running_var"] = moved(old_var, var * numbers / (numbers - 1))
    scale = scope.params[name + "weight"] * lax.rsqrt(var + EPSILON)
    return x * scale + (scope.params[name + "bias"] - mean * scale)


def residual(stride=1):
    def apply(scope, x):
        scope = scope.inner("residual")
        y = sequence(conv(stride, 1), batch_norm, relu, conv(1, 1), batch_norm)(scope, x)
        return relu(scope, y + (sequence(conv(stride), batch_norm)(scope, x) if stride > 1 else x))
    return apply


def sequence(*layers):
    def apply(scope, x):
        for layer in layers:
            x = layer(scope, x)
        return x
    return apply


def double(scope, x):
    return sequence(conv(pad=1), relu, conv(pad=1), relu)(scope.inner("double"), x)


def unet(scope, x):
    fine = double(scope, x)
    middle = double(scope, max_pool(scope, fine))
    coarse = double(scope, max_pool(scope, middle))
    y = double(scope, max_pool(scope, coarse))
    for kept in (coarse, middle, fine):
        y = double(scope, jnp.concatenate([conv_transpose(2)(scope, y), kept], -1))
    return conv()(scope, y)


NETWORKS = {
    "mlp": sequence(flatten, dense, relu, dense, relu, dense),
    "lenet": sequence(
        conv(pad=2), relu, max_pool, conv(), relu, max_pool, flatten, dense, relu, dense, relu, dense),
    "mnist_cnn": sequence(
        conv(), relu, conv(), relu, max_pool, dropout(0.25), flatten, dense, relu, dropout(0.5), dense),
    "resnet20": sequence(
        conv(pad=1), batch_norm, relu, residual(), residual(), residual(), residual(2), residual(), residual(),
        residual(2), residual(), residual(), global_avg_pool, dense),
    "unet": unet,
}
