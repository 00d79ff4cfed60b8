"""Golden cases of signals, volumes, and dense layers along the last axis; `make_golden.py` calls `ranks`."""

import torch
from torch import nn
from torch.nn import functional as F


def ranks(case, sequence, Net, of_probabilities, of_logits):
    """All arguments are `make_golden.py`'s; the last two are cross-entropies."""

    def layer(name, kind, args, shape, module, **options):
        text = f"{kind}({args})" if args else kind
        case(name, f"input {shape}\n {text}\n loss mse", shape, sequence(**{kind + "1": module}), batch=2, **options)

    def plain(name, text, shape, function, **options):
        case(name, f"input {shape}\n {text}\n loss mse", shape, Net(lambda net, x: function(x)), batch=2, **options)

    few = lambda rng: rng.choice([-1, 0, 1])
    signals(layer, plain, few)
    volumes(layer, plain, few)
    rows(layer)
    whole(case, sequence, Net, of_probabilities, of_logits)


def signals(layer, plain, few):
    for name, shape, args, out, options in [
        ("plain", [2, 7], "3, 3", 3, {}),
        ("one", [1, 1], "1, 1", 1, {}),
        ("same", [3, 6], "4, 5, pad=same, bias=false", 4, dict(kernel_size=5, padding="same", bias=False)),
        ("options", [4, 11], "6, 3, stride=2, pad=1, dilation=2, groups=2", 6, dict(stride=2, padding=1, dilation=2, groups=2)),
        ("gaps", [2, 9], "3, 2, stride=4, pad=3", 3, dict(kernel_size=2, stride=4, padding=3)),
    ]:
        options = dict(kernel_size=1 if name == "one" else 3) | options
        layer(f"signal_conv_{name}", "conv", args, shape, nn.Conv1d(shape[0], out, **options))
    for name, shape, args, out, options in [
        ("plain", [2, 4], "3, 3", 3, dict(kernel_size=3)),
        ("double", [3, 5], "2, 2, stride=2, bias=false", 2, dict(kernel_size=2, stride=2, bias=False)),
        ("options", [4, 5], "6, 4, stride=3, pad=1, output_pad=2, dilation=2, groups=2", 6,
         dict(kernel_size=4, stride=3, padding=1, output_padding=2, dilation=2, groups=2)),
    ]:
        layer(f"signal_conv_transpose_{name}", "conv_transpose", args, shape, nn.ConvTranspose1d(shape[0], out, **options))
    module = nn.Conv1d(3, 6, 3, stride=2, padding=1, dilation=2, groups=3)
    layer("signal_depthwise_conv", "depthwise_conv", "3, stride=2, pad=1, dilation=2, multiplier=2", [3, 9], module)
    for name, shape, args, options in [
        ("plain", [2, 7], "2", dict(kernel_size=2)),
        ("overlap", [3, 8], "3, stride=2", dict(kernel_size=3, stride=2)),
        ("pad", [2, 9], "4, stride=3, pad=2", dict(kernel_size=4, stride=3, padding=2)),
    ]:
        plain(f"signal_max_pool_{name}", f"max_pool({args})", shape, nn.MaxPool1d(**options))
        plain(f"signal_avg_pool_{name}", f"avg_pool({args})", shape, nn.AvgPool1d(**options))
        plain(f"signal_max_pool_{name}_ceil", f"max_pool({args}, ceil=true)", shape, nn.MaxPool1d(**options, ceil_mode=True))
        plain(f"signal_avg_pool_{name}_ceil", f"avg_pool({args}, ceil=true)", shape, nn.AvgPool1d(**options, ceil_mode=True))
    uncounted = nn.AvgPool1d(4, 3, 2, ceil_mode=True, count_include_pad=False)
    plain("signal_avg_pool_not_counted", "avg_pool(4, stride=3, pad=2, count_pad=false, ceil=true)", [2, 9], uncounted)
    plain("signal_max_pool_ties", "max_pool(3, stride=2, pad=1)", [3, 9], nn.MaxPool1d(3, 2, 1), draw=few)
    plain("signal_lp_pool", "lp_pool(3, stride=2)", [2, 9], nn.LPPool1d(2, 3, stride=2))
    plain("signal_global_avg_pool", "global_avg_pool", [3, 5], nn.AdaptiveAvgPool1d(1))
    plain("signal_global_max_pool", "global_max_pool", [3, 5], nn.AdaptiveMaxPool1d(1), draw=few)
    for size in [1, 3, 8]:
        plain(f"signal_adaptive_avg_pool_{size}", f"adaptive_avg_pool({size})", [2, 5], nn.AdaptiveAvgPool1d(size))
        plain(f"signal_adaptive_max_pool_{size}", f"adaptive_max_pool({size})", [2, 5], nn.AdaptiveMaxPool1d(size))
    plain("signal_adaptive_max_pool_ties", "adaptive_max_pool(3)", [2, 8], nn.AdaptiveMaxPool1d(3), draw=few)
    plain("signal_upsample", "upsample(3)", [2, 4], nn.Upsample(scale_factor=3))
    plain("signal_upsample_linear", "upsample(3, mode=linear)", [2, 4], nn.Upsample(scale_factor=3, mode="linear"))
    for mode, theirs in MODES:
        option = "" if mode == "zeros" else f", mode={mode}"
        plain(f"signal_pad_{mode}", f"pad(2{option})", [2, 5], lambda x, theirs=theirs: F.pad(x, (2, 2), mode=theirs))
        plain(f"signal_pad_{mode}_sides", f"pad([3, 1]{option})", [2, 5], lambda x, theirs=theirs: F.pad(x, (3, 1), mode=theirs))
    layer("signal_batch_norm", "batch_norm", "", [3, 5], nn.BatchNorm1d(3))
    layer("signal_instance_norm", "instance_norm", "affine=true", [3, 5], nn.InstanceNorm1d(3, affine=True))
    layer("signal_group_norm", "group_norm", "2", [4, 5], nn.GroupNorm(2, 4))
    layer("signal_layer_norm", "layer_norm", "", [3, 4], nn.LayerNorm([3, 4]))
    layer("signal_prelu", "prelu", "per_channel=true", [3, 4], nn.PReLU(3))
    plain("signal_softmax", "softmax", [3, 4], nn.Softmax(dim=1))
    plain("signal_reshape", "reshape([2, -1])", [4, 3], lambda x: x.reshape(-1, 2, 6))
    plain("signal_of_image", "reshape([3, -1])", [2, 3, 4], lambda x: x.reshape(-1, 3, 8))
    plain("signal_slice", "slice(channels, 1, 3)", [4, 3], lambda x: x[:, 1:3])
    plain("signal_slice_length", "slice(length, 1, 6, step=2)", [3, 7], lambda x: x[:, :, 1:6:2])
    plain("signal_permute", "permute([1, 0])", [3, 5], lambda x: x.permute(0, 2, 1))
    plain("signal_crop", "crop(3, at=2)", [2, 7], lambda x: x[:, :, 2:5])
    plain("signal_crop_center", "crop(3)", [2, 8], lambda x: x[:, :, 2:5])
    joined = lambda x: torch.cat([x.split([2, 5], 2)[1].tanh(), x.split([2, 5], 2)[0]], 2)
    plain("signal_split_concat", "split([2, 5], axis=length) as a, b\n tanh\n concat(a, axis=length)", [3, 7], joined)
    plain("signal_flatten", "flatten", [4, 3], lambda x: x.flatten(1))


def volumes(layer, plain, few):
    for name, shape, args, out, options in [
        ("plain", [2, 4, 5, 3], "3, 3", 3, dict(kernel_size=3)),
        ("one", [1, 1, 1, 1], "1, 1", 1, dict(kernel_size=1)),
        ("pointwise", [3, 2, 3, 2], "4, 1, bias=false", 4, dict(kernel_size=1, bias=False)),
        ("same", [2, 3, 4, 3], "3, 3x1x5, pad=same", 3, dict(kernel_size=(3, 1, 5), padding="same")),
        ("stride", [3, 5, 4, 5], "2, 3, stride=2, pad=1", 2, dict(kernel_size=3, stride=2, padding=1)),
        ("options", [4, 6, 5, 7], "6, 2x3x2, stride=[1, 2, 3], pad=[2, 1, 0], dilation=[3, 1, 2], groups=2", 6,
         dict(kernel_size=(2, 3, 2), stride=(1, 2, 3), padding=(2, 1, 0), dilation=(3, 1, 2), groups=2)),
        ("depth_stride", [2, 5, 2, 2], "2, 1, stride=[2, 1, 1]", 2, dict(kernel_size=1, stride=(2, 1, 1))),
    ]:
        layer(f"volume_conv_{name}", "conv", args, shape, nn.Conv3d(shape[0], out, **options))
    for name, shape, args, out, options in [
        ("plain", [2, 3, 2, 3], "3, 2", 3, dict(kernel_size=2)),
        ("double", [3, 2, 2, 3], "2, 2, stride=2, bias=false", 2, dict(kernel_size=2, stride=2, bias=False)),
        ("slices", [2, 3, 2, 2], "3, 1x3x3, pad=[0, 1, 1]", 3, dict(kernel_size=(1, 3, 3), padding=(0, 1, 1))),
        ("options", [4, 2, 3, 2], "6, 3x2x3, stride=[2, 3, 1], pad=[1, 0, 1], output_pad=[1, 2, 0], dilation=[2, 1, 1], groups=2", 6,
         dict(kernel_size=(3, 2, 3), stride=(2, 3, 1), padding=(1, 0, 1), output_padding=(1, 2, 0), dilation=(2, 1, 1), groups=2)),
    ]:
        layer(f"volume_conv_transpose_{name}", "conv_transpose", args, shape, nn.ConvTranspose3d(shape[0], out, **options))
    module = nn.Conv3d(3, 6, 3, stride=2, padding=1, groups=3)
    layer("volume_depthwise_conv", "depthwise_conv", "3, stride=2, pad=1, multiplier=2", [3, 4, 5, 4], module)
    for name, shape, args, options in [
        ("plain", [2, 4, 5, 6], "2", dict(kernel_size=2)),
        ("overlap", [1, 5, 4, 7], "3x2x3, stride=2", dict(kernel_size=(3, 2, 3), stride=2)),
        ("pad", [2, 5, 4, 6], "2x3x2, stride=[1, 2, 3], pad=1", dict(kernel_size=(2, 3, 2), stride=(1, 2, 3), padding=1)),
        ("depth", [2, 5, 2, 3], "[2, 1, 1]", dict(kernel_size=(2, 1, 1))),
        ("slices", [2, 3, 5, 4], "[1, 2, 2]", dict(kernel_size=(1, 2, 2))),
    ]:
        plain(f"volume_max_pool_{name}", f"max_pool({args})", shape, nn.MaxPool3d(**options))
        plain(f"volume_avg_pool_{name}", f"avg_pool({args})", shape, nn.AvgPool3d(**options))
        plain(f"volume_max_pool_{name}_ceil", f"max_pool({args}, ceil=true)", shape, nn.MaxPool3d(**options, ceil_mode=True))
        plain(f"volume_avg_pool_{name}_ceil", f"avg_pool({args}, ceil=true)", shape, nn.AvgPool3d(**options, ceil_mode=True))
    uncounted = nn.AvgPool3d((2, 3, 2), (1, 2, 3), 1, ceil_mode=True, count_include_pad=False)
    text = "avg_pool(2x3x2, stride=[1, 2, 3], pad=1, count_pad=false, ceil=true)"
    plain("volume_avg_pool_not_counted", text, [2, 5, 4, 6], uncounted)
    plain("volume_max_pool_ties", "max_pool(3, stride=2, pad=1)", [2, 5, 5, 4], nn.MaxPool3d(3, 2, 1), draw=few)
    plain("volume_lp_pool", "lp_pool(2x3x2, stride=[1, 2, 2])", [2, 5, 4, 6], nn.LPPool3d(2, (2, 3, 2), stride=(1, 2, 2)))
    plain("volume_global_avg_pool", "global_avg_pool", [3, 2, 3, 2], nn.AdaptiveAvgPool3d(1))
    plain("volume_global_max_pool", "global_max_pool", [3, 2, 3, 2], nn.AdaptiveMaxPool3d(1), draw=few)
    plain("volume_adaptive_avg_pool", "adaptive_avg_pool(2x3x5)", [2, 5, 6, 3], nn.AdaptiveAvgPool3d((2, 3, 5)))
    plain("volume_adaptive_max_pool", "adaptive_max_pool(2x3x5)", [2, 5, 6, 3], nn.AdaptiveMaxPool3d((2, 3, 5)))
    plain("volume_adaptive_max_pool_slices", "adaptive_max_pool([3, 2, 1])", [2, 3, 4, 3], nn.AdaptiveMaxPool3d((3, 2, 1)))
    plain("volume_adaptive_max_pool_one", "adaptive_max_pool(1)", [2, 3, 2, 3], nn.AdaptiveMaxPool3d(1))
    plain("volume_adaptive_max_pool_ties", "adaptive_max_pool([2, 2, 3])", [2, 3, 4, 5], nn.AdaptiveMaxPool3d((2, 2, 3)), draw=few)
    plain("volume_adaptive_avg_pool_slices", "adaptive_avg_pool([3, 2, 1])", [2, 3, 4, 3], nn.AdaptiveAvgPool3d((3, 2, 1)))
    for name, args, scale in [("", "2", 2), ("_uneven", "[3, 1, 2]", (3, 1, 2)), ("_slices", "[1, 2, 3]", (1, 2, 3))]:
        plain(f"volume_upsample{name}", f"upsample({args})", [2, 2, 3, 2], nn.Upsample(scale_factor=scale))
        trilinear = nn.Upsample(scale_factor=scale, mode="trilinear")
        plain(f"volume_upsample{name}_trilinear", f"upsample({args}, mode=trilinear)", [2, 2, 3, 2], trilinear)
    for mode, theirs in MODES:
        option = "" if mode == "zeros" else f", mode={mode}"
        for tag, border, sides in [("", "1", (1,) * 6), ("_each", "[2, 1, 0]", (0, 0, 1, 1, 2, 2)), ("_sides", "[2, 0, 1, 2, 0, 1]", (0, 1, 1, 2, 2, 0))]:
            pad = lambda x, sides=sides, theirs=theirs: F.pad(x, sides, mode=theirs)
            plain(f"volume_pad_{mode}{tag}", f"pad({border}{option})", [2, 3, 4, 3], pad)
    layer("volume_batch_norm", "batch_norm", "", [3, 2, 3, 2], nn.BatchNorm3d(3))
    layer("volume_instance_norm", "instance_norm", "affine=true", [3, 2, 3, 2], nn.InstanceNorm3d(3, affine=True))
    layer("volume_group_norm", "group_norm", "2", [4, 2, 3, 2], nn.GroupNorm(2, 4))
    layer("volume_layer_norm", "layer_norm", "", [3, 2, 2, 2], nn.LayerNorm([3, 2, 2, 2]))
    plain("volume_softmax", "softmax", [3, 2, 2, 2], nn.Softmax(dim=1))
    whole = [3, 4, 5, 6]
    for axis, dim in [("depth", 2), ("height", 3), ("width", 4)]:
        part = lambda x, dim=dim: x.index_select(dim, torch.arange(1, x.shape[dim], 2))
        plain(f"volume_slice_{axis}", f"slice({axis}, 1, step=2)", whole, part)
        parts = lambda x, dim=dim: x.split([2, x.shape[dim] - 2], dim)
        joined = lambda x, dim=dim, parts=parts: torch.cat([parts(x)[1].tanh(), parts(x)[0]], dim)
        sizes = [2, whole[dim - 1] - 2]
        text = f"split({sizes}, axis={axis}) as a, b\n tanh\n concat(a, axis={axis})"
        plain(f"volume_split_concat_{axis}", text, whole, joined)
    plain("volume_concat", "branch { { tanh } { } } concat", [2, 2, 3, 2], lambda x: torch.cat([x.tanh(), x], 1))
    for order in [[0, 3, 2, 1], [1, 0, 3, 2], [2, 3, 1, 0], [3, 0, 1, 2]]:
        name = "".join(str(axis) for axis in order)
        turned = lambda x, order=order: x.permute(0, *[axis + 1 for axis in order])
        plain(f"volume_permute_{name}", f"permute({order})", whole, turned)
    plain("volume_crop", "crop([2, 3, 1], at=[1, 0, 5])", whole, lambda x: x[:, :, 1:3, 0:3, 5:6])
    plain("volume_crop_center", "crop(3x2x3)", whole, lambda x: x[:, :, 0:3, 1:3, 1:4])
    plain("volume_flatten", "flatten", [3, 2, 2, 4], lambda x: x.flatten(1))
    plain("volume_reshape", "reshape([2, 3, -1, 2])", [3, 2, 2, 4], lambda x: x.reshape(-1, 2, 3, 4, 2))


MODES = [("zeros", "constant"), ("reflect", "reflect"), ("replicate", "replicate"), ("circular", "circular")]


def rows(layer):
    """PyTorch's Linear acts along the last axis of whatever it is given."""
    for name, shape in [("features", [5]), ("signal", [3, 4]), ("image", [2, 3, 4]), ("volume", [2, 2, 3, 4]), ("one_row", [1, 6])]:
        layer(f"dense_last_{name}", "dense", "3, axis=last", shape, nn.Linear(shape[-1], 3))
    layer("dense_last_options", "dense", "1, axis=last, bias=false", [2, 3, 4], nn.Linear(4, 1, bias=False))
    layer("dense_last_one", "dense", "2, axis=last", [3, 1], nn.Linear(1, 2))


def whole(case, sequence, Net, of_probabilities, of_logits):
    """Networks of several such layers."""

    def gate(n, x):
        x = n.conv1(x)
        gated = x * torch.sigmoid(n.dense1(x.mean((2, 3, 4))))[:, :, None, None, None]
        return torch.sigmoid(n.conv2(gated)) * gated

    def signal(n, x):
        skip = F.max_pool1d(F.relu(n.batch_norm1(n.conv1(x))), 2)
        y = torch.tanh(n.dense1(F.relu(n.conv2(skip) + skip)))
        return torch.softmax(n.dense2(F.relu(n.conv_transpose1(y)).mean(2)), 1)

    case(
        "signal_network",
        """input [2, 16]
        conv(4, 5, pad=2, bias=false) batch_norm relu max_pool(2) as skip
        conv(4, 3, pad=1) add(skip) relu
        dense(6, axis=last) tanh
        conv_transpose(3, 2, stride=2) relu
        global_avg_pool flatten dense(3) softmax
        loss cross_entropy""",
        [2, 16],
        Net(
            signal,
            conv1=nn.Conv1d(2, 4, 5, padding=2, bias=False), batch_norm1=nn.BatchNorm1d(4), conv2=nn.Conv1d(4, 4, 3, padding=1),
            dense1=nn.Linear(8, 6), conv_transpose1=nn.ConvTranspose1d(4, 3, 2, stride=2), dense2=nn.Linear(3, 3),
        ),
        of_probabilities,
    )
    case(
        "signal_labels",
        """input [2, 6]
        conv(3, 3, pad=same) softmax
        loss cross_entropy""",
        [2, 6],
        sequence(conv1=nn.Conv1d(2, 3, 3, padding=1), softmax=nn.Softmax(dim=1)),
        of_probabilities,
    )
    case(
        "volume_gate",
        """input [2, 3, 2, 3]
        conv(3, 1) as x
        global_avg_pool flatten dense(3) sigmoid as gate
        from x
        mul(gate) as gated
        conv(1, 1) sigmoid mul(gated)
        loss mse""",
        [2, 3, 2, 3],
        Net(gate, conv1=nn.Conv3d(2, 3, 1), dense1=nn.Linear(3, 3), conv2=nn.Conv3d(3, 1, 1)),
        batch=2,
    )
    case(
        "volume_network",
        """input [1, 6, 6, 5]
        conv(4, 3, pad=1, bias=false) batch_norm relu max_pool(2)
        conv(6, 3, pad=1) relu
        conv_transpose(2, 2, stride=2) tanh
        flatten dense(3)
        loss cross_entropy(logits=true)""",
        [1, 6, 6, 5],
        sequence(
            conv1=nn.Conv3d(1, 4, 3, padding=1, bias=False), batch_norm1=nn.BatchNorm3d(4), relu1=nn.ReLU(), pool=nn.MaxPool3d(2),
            conv2=nn.Conv3d(4, 6, 3, padding=1), relu2=nn.ReLU(), conv_transpose1=nn.ConvTranspose3d(6, 2, 2, stride=2),
            tanh=nn.Tanh(), flatten=nn.Flatten(), dense1=nn.Linear(2 * 6 * 6 * 4, 3),
        ),
        of_logits,
        batch=2,
    )
