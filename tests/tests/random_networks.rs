//! Generated code against the reference interpreter, on random and some fixed networks: the loss, the output, and every
//! gradient.

use ndarray::ArrayD;
use netwright_compiler::graph::{Graph, Role};
use netwright_compiler::{Model, Options, generate, pretty};
use netwright_interpreter::{Interpreter, Mode};
use netwright_tests::project::Project;
use netwright_tests::random::LOSSES;
use netwright_tests::samples::{Samples, samples};
use netwright_tests::trial::{self, Given};
use netwright_tests::{programs, random};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The number of random networks that are compiled into one crate.
const NETWORKS: usize = 16;

/// Signals, volumes, and dense layers along an axis, with every layer that has windows.
const RANKS: [&str; 13] = [
    "network Signal {
        input [2, 24]
        conv(8, 5, pad=2, bias=false) batch_norm relu max_pool(2) as skip
        conv(8, 3, pad=1) add(skip) relu
        depthwise_conv(3, pad=same, multiplier=2) gelu
        avg_pool(3, stride=2, pad=1, count_pad=false, ceil=true)
        conv_transpose(5, 4, stride=2, pad=1) instance_norm silu
        pad([1, 2], mode=reflect) upsample(2, mode=linear) adaptive_avg_pool(9) adaptive_max_pool(7)
        dense(9, axis=last) tanh
        conv(3, 3, dilation=2) softmax
        loss cross_entropy
    }
    train Signal { batch 5 optimizer adam }",
    "network Gated {
        input [3, 10]
        pad(1, mode=circular)
        conv(6, 3, stride=2, groups=3) tanh as x
        global_avg_pool flatten dense(6) sigmoid mul(x) as gated
        global_max_pool conv(6, 1) as most
        from gated mul(most)
        upsample(3) slice(channels, 1, 5) reshape([2, -1]) layer_norm prelu(per_channel=true)
        flatten dense(4)
        loss mse
    }
    train Gated { batch 3 optimizer adam }",
    // Parts of signals and volumes along each axis, of an input as it is given and of what layers made.
    "network Turned {
        input [3, 12]
        split(3, axis=length) as a, b, c
        concat(a, axis=length) permute([1, 0]) conv(5, 2) tanh as x
        slice(length, step=2) as even
        from x crop(1) concat(even, axis=length)
        permute([1, 0]) crop(3, at=1) flatten dense(2) as last
        from b mul(c) flatten dense(2) add(last)
        loss mse
    }
    train Turned { batch 4 optimizer adam }",
    "network Axes {
        input scan [2, 4, 5, 6]
        slice(depth, 1, 4, step=2) as deep
        from scan crop([4, 3, 4]) conv(3, 2, pad=1) relu as x
        split(5, axis=depth) as a, b, c, d, e
        concat(a, c, axis=depth) slice(height, 0, 3) slice(width, 1, step=3) permute([2, 0, 3, 1]) as turned
        from x permute([3, 1, 2, 0]) crop([3, 2, 2], at=[2, 0, 1]) conv(3, 1)
        concat(turned, axis=width) tanh split(2, axis=height) as left, right
        concat(left, axis=width) flatten dense(3) as first
        from b add(d, e) flatten dense(3) add(first) as sums
        from deep conv(3, 2) adaptive_max_pool(1) flatten dense(3) add(sums)
        loss cross_entropy(logits=true)
    }
    train Axes { batch 3 optimizer adam }",
    // One channel, one number, and an input that the product reads as it is.
    "network Rows {
        input [4, 3, 5]
        dense(7, axis=last) relu
        permute([1, 2, 0]) dense(6, axis=last, bias=false) tanh
        global_avg_pool dense(3, axis=last) flatten dense(2)
        loss mse
    }
    train Rows { batch 4 optimizer adam }",
    // So many weights that the whole batch goes through at once.
    "network Wide {
        input [3, 300]
        dense(256, axis=last) relu
        conv(1, 1) dense(4, axis=last)
        flatten dense(300) tanh
        loss mse
    }
    train Wide { batch 6 optimizer adam }",
    // The same of the last layer, whose gradient every lane reads.
    "network Last { input [512] dense(512) loss mse }
    train Last { batch 6 optimizer adam }",
    "network Classes { input [512] dense(512) softmax loss cross_entropy }
    train Classes { batch 6 optimizer adam }",
    // So many weights that their gradients are sums over the whole batch.
    "network Deep {
        input [2, 7, 6]
        conv(180, 3x3, pad=1) relu
        conv(200, 3x3, stride=2, pad=1, bias=false) batch_norm relu
        conv_transpose(100, 4x4, stride=2, pad=1) relu
        global_avg_pool flatten dense(3)
        loss mse
    }
    train Deep { batch 5 optimizer adam }",
    "network Volume {
        input [1, 6, 7, 6]
        conv(16, 3, pad=1, bias=false) batch_norm relu max_pool(2)
        conv(6, 3, pad=1) relu max_pool([2, 1, 1], stride=1) as skip
        conv(6, 2x3x1, dilation=[1, 1, 2], pad=[1, 1, 0], groups=2) max_pool([2, 1, 1], stride=1) add(skip) leaky_relu
        conv_transpose(4, 2, stride=2) tanh
        flatten dense(3)
        loss cross_entropy(logits=true)
    }
    train Volume { batch 3 optimizer adam }",
    "network Segments {
        input [2, 4, 6, 4]
        conv(4, 3, pad=1) relu as wide
        max_pool(2) conv(6, 1x3x3, pad=[0, 1, 1]) relu
        upsample(2) concat(wide) conv(4, 1) tanh
        depthwise_conv(3, pad=1, stride=[1, 2, 1]) silu
        conv_transpose(3, 3x2x3, stride=[2, 2, 1], pad=[1, 0, 1], output_pad=[1, 0, 0], bias=false) group_norm(3)
        softmax
        loss cross_entropy
    }
    train Segments { batch 2 optimizer adam }",
    "network Changed {
        input [3, 3, 4, 5]
        pad([1, 0, 2, 1, 0, 1], mode=replicate) conv(4, 2, stride=2) tanh
        avg_pool(2x3x2, stride=[1, 2, 1], pad=1, count_pad=false, ceil=true)
        upsample([2, 1, 3], mode=trilinear) conv(3, 1) sigmoid
        adaptive_max_pool([2, 3, 5]) adaptive_avg_pool([3, 2, 4]) dense(5, axis=last) elu
        pad([1, 0, 0]) layer_norm spatial: conv(2, 1x1x3, pad=[0, 0, 1]) as x
        global_max_pool sigmoid mul(x)
        avg_pool([1, 2, 2]) flatten dense(2)
        loss mse
    }
    train Changed { batch 3 optimizer adam }",
    "network Channels {
        input [16, 3, 6, 6]
        conv(32, 1x3x3, pad=[0, 1, 1]) relu
        conv(16, 3, pad=1) relu
        conv_transpose(16, 3, pad=1) relu max_pool(3x2x2)
        global_avg_pool flatten dense(2)
        loss mse
    }
    train Channels { batch 2 optimizer adam }",
];

/// Networks of which every random one could draw a part, but hardly the whole.
const FIXED: [&str; 14] = [
    // One sample, whose gradients are the sums: of dense layers, beside others that have several rows or pixels.
    "network One {
        input [2, 6, 5]
        conv(4, 3x3, pad=1) layer_norm relu
        dense(6, axis=last) tanh
        flatten dense(20) relu dropout(0.0) dense(3, bias=false) softmax
        loss cross_entropy
    }
    train One { batch 1 optimizer adam }",
    "block double(channels) { conv(channels, 3x3, pad=1) relu conv(channels, 3x3, pad=1) relu }
    network UNet {
        input [1, 16, 16]
        double(4) as e1 max_pool(2x2)
        double(8) as e2 max_pool(2x2)
        double(16)
        conv_transpose(8, 2x2, stride=2) concat(e2) double(8)
        conv_transpose(4, 2x2, stride=2) concat(e1) double(4)
        conv(1, 1x1) sigmoid
        loss binary_cross_entropy
    }
    train UNet { batch 3 optimizer adam(lr=1e-3) }",
    "network Autoencoder {
        input [3, 12, 12]
        conv(8, 3x3, stride=2, pad=1) relu
        conv(16, 3x3, stride=2, pad=1, groups=4) batch_norm tanh
        conv_transpose(12, 3x3, stride=2, pad=1, output_pad=1, groups=4, bias=false) batch_norm leaky_relu
        conv_transpose(12, 3x3, dilation=2, pad=2, groups=12) relu
        conv_transpose(3, 4x4, stride=2, pad=1) sigmoid
        loss mse
    }
    train Autoencoder { batch 5 optimizer adam }",
    "network Separable {
        input [3, 6, 5]
        depthwise_conv(3x3, pad=same, multiplier=2, bias=false) batch_norm relu
        conv: conv(16, 1x1) relu
        depthwise_conv(3x3, stride=2, pad=1) conv(20, 1x1) relu
        upsample: upsample(2) conv(6, 3x3, pad=1) tanh
        upsample([1, 3], mode=bilinear) conv(4, 1x1) tanh
        upsample(2x1, mode=bilinear)
        pool: max_pool(2x2, stride=1)
        flatten
        dense: dense(5)
        loss mse
    }
    train Separable { batch 6 optimizer adam }",
    // Slopes that need the input where a layer of each kind could have applied the activation, with and without a pool
    // of what goes in.
    "network FromInputs {
        input [2, 9, 8]
        conv(5, 3x3, pad=1) gelu max_pool(2x2)
        conv(6, 3x3, pad=1) as sums
        silu max_pool(2x2) as bent
        from sums
        max_pool(2x2) concat(bent)
        conv(17, 3x3, pad=1, bias=false) batch_norm mish
        conv_transpose(5, 2x2, stride=2) hard_swish
        flatten
        dense(300) gelu(tanh)
        dense(20) batch_norm silu
        dense(7) mish
        dense(3)
        loss mse
    }
    train FromInputs { batch 6 optimizer adam }",
    "network FromOutputs {
        input [2, 9, 8]
        conv(5, 3x3, pad=1) elu max_pool(2x2)
        conv(6, 3x3, pad=1) softplus(2) max_pool(2x2)
        conv(17, 3x3, pad=1, bias=false) batch_norm prelu
        conv(20, 3x3, pad=1) prelu(per_channel=true)
        conv_transpose(5, 2x2, stride=2) selu
        flatten
        dense(300) relu6
        dense(20) hard_sigmoid
        dense(8) softsign
        dense(7) prelu(per_channel=true)
        dense(3) elu(0.5)
        loss mse
    }
    train FromOutputs { batch 6 optimizer adam }",
    "network Pools {
        input [3, 11, 10]
        conv(18, 3x3, pad=1) relu max_pool(3x2, stride=2, ceil=true)
        avg_pool(3x3, stride=2, pad=1, ceil=true) as small
        global_max_pool as most
        from small
        adaptive_avg_pool(2x3) as parts
        adaptive_avg_pool(1)
        concat(most)
        conv(7, 1x1) tanh as head
        from parts
        adaptive_avg_pool([5, 4])
        adaptive_max_pool([3, 4])
        adaptive_max_pool(3x2)
        adaptive_avg_pool(1x2)
        adaptive_avg_pool(1x1)
        conv(7, 1x1) add(head)
        flatten
        dense(3)
        loss mse
    }
    train Pools { batch 6 optimizer adam }",
    "network Moves {
        input [3, 6, 4]
        reshape([6, 3, 4]) conv(8, 3x3, pad=1) relu
        pixel_shuffle(2) pad([1, 2, 0, 1], mode=reflect) conv(4, 3x3) tanh
        permute([1, 2, 0]) crop(4x4, at=[1, 0])
        slice(channels, 1, step=2) slice(width, 0, 3)
        pad([2, 1], mode=circular) slice(height, 1, 7, step=2)
        pad(1, mode=replicate) conv(4, 1x1) pad([0, 0, 1, 0])
        pixel_unshuffle(1) conv(6, 1x1) tanh
        flatten
        dense(24) tanh as codes
        reshape([2, 3, 4]) conv(5, 1x1) relu
        reshape([-1]) dense(24) add(codes)
        dense(3)
        loss mse
    }
    train Moves { batch 6 optimizer adam }",
    "network Gates {
        input [3, 6, 5]
        conv(18, 3x3, pad=1) relu as x
        global_avg_pool flatten dense(5) relu dense(18) sigmoid as channels
        from x
        conv(1, 3x3, pad=1) sigmoid as pixels
        mul(x, channels)
        branch { { conv(18, 1x1) } { } { tanh } } max
        branch { { conv(18, 3x3, pad=1) } { } } sub
        mul(pixels)
        branch { { slice(height, 0, 2) } { conv(18, 1x1) } } concat(axis=height)
        branch { { } { slice(width, 1, 3) tanh } } concat(axis=width)
        conv(4, 3x3) relu as square
        mul(square)
        flatten dense(6) tanh as y
        max(y)
        sub(y)
        mul(y)
        dense(3)
        loss mse
    }
    train Gates { batch 6 optimizer adam }",
    // So rarely that nothing is dropped, and so little noise that it is rounding: what is random has tests of its own.
    "network Noises {
        input [3, 6, 5]
        conv(7, 3x3, pad=1) selu alpha_dropout(1e-9)
        spatial_dropout(1e-9)
        branch { { conv(7, 3x3, pad=1) relu stochastic_depth(1e-9) } { } } add
        gaussian_noise(1e-9)
        flatten dropout(1e-9)
        dense(8) selu alpha_dropout(1e-9)
        dense(8) tanh stochastic_depth(1e-9) gaussian_noise(1e-9)
        dense(3)
        loss mse
    }
    train Noises { batch 6 optimizer adam }",
    // Weights for each number of an image, groups that share blocks and groups of several, and slopes through them.
    "network Norms {
        input [3, 7, 6]
        layer_norm
        conv(20, 3x3, pad=1) group_norm(10) relu
        conv(33, 1x1) rms_norm tanh
        conv(34, 1x1) group_norm(2, affine=false) gelu max_pool(2x2)
        conv(20, 1x1) layer_norm(over=channels) relu
        conv(5, 1x1, bias=false) instance_norm(affine=true) relu
        layer_norm(eps=0.01, bias=false)
        flatten
        dense(19) layer_norm relu
        dense(8) group_norm(2) sigmoid
        dense(6) rms_norm
        loss mse
    }
    train Norms { batch 6 optimizer adam }",
    // Outputs that are used further, that are read channels last and first, and that lie where nothing is computed; two
    // losses of one output, one of its logits and one of its probabilities; a loss of an image to an input.
    "network Several {
        input image [3, 6, 5]
        input facts [4]
        input extra [2, 3, 2]
        from image
        conv(5, 3x3, pad=1) relu as seen
        conv(3, 1x1) tanh as again
        from seen
        conv(4, 1x1) softmax as mask
        from seen
        global_avg_pool flatten concat(facts) dense(9) as codes
        relu as positive
        dense(3) softmax as kind
        from extra
        flatten add_to: dense(9) add(positive) as sum
        dense(1) as price
        output again
        output mask
        output codes
        output kind
        output sum
        output price
        loss mse(on=again, to=image, weight=0.5)
        loss cross_entropy(on=mask, weight=2)
        loss cross_entropy(on=kind)
        loss mae(on=kind, weight=0.25)
        loss huber(on=price, weight=3)
        loss mse(on=codes)
    }
    train Several { batch 5 optimizer adam }",
    // Heads that only training has, before and after the one that predictions come from.
    "network Assisted {
        input [2, 6, 6]
        conv(6, 3x3, pad=1) relu as low
        max_pool(2x2) conv(8, 3x3, pad=1, bias=false) batch_norm relu as deep
        flatten dense(3) softmax as kind
        from low
        global_avg_pool flatten dense(5) relu dense(3) softmax as guess
        from deep
        global_max_pool flatten dense(2) as size
        output guess training only
        output kind
        output size training only
        loss cross_entropy(on=guess, weight=0.3)
        loss cross_entropy(on=kind)
        loss mse(on=size, weight=0.1)
    }
    train Assisted { batch 5 optimizer adam }",
    "network Variational {
        input [7]
        dense(320) tanh dense(320) tanh dense(7)
        loss mse(to=input)
        loss mae(weight=0.1)
    }
    train Variational { batch 6 optimizer adam }",
];

/// More options of losses.
const OPTIONS: [(&str, &str); 17] = [
    ("", "huber"),
    ("", "smooth_l1(0.4)"),
    ("", "poisson_nll"),
    ("tanh", "poisson_nll(full=true)"),
    ("softplus", "poisson_nll(log_input=false, eps=1e-3)"),
    ("", "binary_cross_entropy(logits=true, pos_weight=0.5)"),
    ("softmax", "cross_entropy(weights=[0.5, 2, 0])"),
    ("", "cross_entropy(logits=true, label_smoothing=0.1)"),
    ("", "cross_entropy(logits=true, ignore_index=255)"),
    ("softmax", "cross_entropy(label_smoothing=0.1, ignore_index=-100)"),
    ("softmax", "cross_entropy(weights=[0.5, 2, 3], label_smoothing=20%, ignore_index=1)"),
    ("softmax", "cross_entropy(targets=shares)"),
    ("", "cross_entropy(logits=true, targets=shares, weights=[0.5, 2, 3], label_smoothing=20%)"),
    ("softmax", "dice(smooth=0.1)"),
    ("sigmoid", "iou(smooth=0)"),
    ("softmax", "tversky"),
    ("sigmoid", "tversky(alpha=0.3, beta=0.8, smooth=2)"),
];

/// Returns a network of features and one of an image for each loss, with every option.
fn of_each_loss() -> Vec<String> {
    let train = "optimizer sgd batch 5";
    let ends: BTreeSet<(&str, &str)> = LOSSES.into_iter().chain(OPTIONS).collect();
    let both = |(last, loss): (&str, &str)| {
        let end = format!("{last} loss {loss}");
        [
            format!("network Row {{ input [7] dense(6) tanh dense(3) {end} }} train Row {{ {train} }}"),
            format!("network Map {{ input [2, 4, 3] conv(3, 1x1) {end} }} train Map {{ {train} }}"),
        ]
    };
    ends.into_iter().flat_map(both).collect()
}

/// Blocks and repeats, whose layers share functions: in training and prediction, with and without types and sizes that differ.
const SHARED: [&str; 4] = [
    "block residual(channels, stride=1) {
        branch {
            {
                conv(channels, 3x3, stride=stride, pad=1, bias=false) batch_norm relu
                conv(channels, 3x3, pad=1, bias=false) batch_norm
            }
            { if stride > 1 { conv(channels, 1x1, stride=stride, bias=false) batch_norm } }
        } add relu
    }
    network Residual {
        input [2, 8, 8]
        conv(4, 3x3, pad=1) batch_norm relu
        repeat 2 { residual(4) } residual(6, stride=2) repeat 2 { residual(6) } residual(8, stride=2)
        global_avg_pool flatten dense(3) softmax loss cross_entropy
    }
    train Residual { batch 5 optimizer adam }",
    // Too many weights to be compiled in one piece.
    "network Rows {
        input [96]
        repeat 2 { dense(96) tanh } dense(80) tanh dense(64) tanh dense(48) tanh
        repeat 3 { dense(48) layer_norm gelu }
        dense(2) loss mse
    }
    train Rows { batch 5 optimizer sgd }",
    "block part(channels) {
        conv(channels, 3x3, pad=1) relu max_pool(2x2)
        depthwise_conv(3x3, pad=1) prelu(per_channel=true)
        instance_norm as x
        conv(channels, 1x1) sigmoid mul(x)
        upsample(2) avg_pool(3x3, stride=1, pad=1)
    }
    network Parts {
        input [2, 8, 8]
        part(3) part(4) part(5) part(5)
        conv_transpose(2, 2x2, stride=2) conv_transpose(3, 2x2, stride=2) conv_transpose(3, 2x2, stride=2)
        global_max_pool flatten dense(2) loss mse
    }
    train Parts { batch 3 optimizer adam }",
    "network Signals {
        input [2, 12]
        repeat 3 { conv(4, 3, pad=1) batch_norm elu }
        repeat 3 { dense(12, axis=last) tanh } dense(9, axis=last) tanh
        flatten dense(3) softmax loss cross_entropy
    }
    train Signals { batch 4 optimizer adam }",
];

/// Greatest difference of a value to the interpreter's, relative to the largest magnitude of its array, or to a
/// hundredth of the network's largest gradient.
const TOLERANCE: f64 = 2e-4;

#[test]
fn generated_code_agrees_with_the_interpreter() {
    let drawn = (0..).map(random::network_without_dropout);
    let ends = of_each_loss();
    let count = FIXED.len() + ends.len() + NETWORKS;
    let texts = FIXED.iter().map(ToString::to_string).chain(ends).chain(drawn);
    compare("random-networks", texts, count);
}

#[test]
fn signals_volumes_and_rows_agree_with_the_interpreter() {
    let ranked = |text: &String| {
        let model = programs::model(text);
        let axes = model.graph.inputs.iter().map(|&id| model.graph.value(id).shape.len());
        axes.into_iter().any(|axes| axes == 2 || axes == 4)
    };
    let drawn = (0..).map(random::network_without_dropout).filter(ranked);
    compare("ranks", RANKS.iter().map(ToString::to_string).chain(drawn), RANKS.len() + NETWORKS);
}

#[test]
fn layers_that_share_functions_agree_with_the_interpreter() {
    compare("shared", SHARED.iter().map(ToString::to_string), SHARED.len());
}

/// Compiles the first `count` of these networks that can be generated, in one crate.
fn compare(name: &str, texts: impl Iterator<Item = String>, count: usize) {
    let options = Options { input_gradient: true, ..Options::default() };
    let networks: Vec<(String, Model)> = texts
        .map(|text| {
            let model = programs::model(&text);
            (text, model)
        })
        .take(count)
        .collect();
    assert_eq!(networks.len(), count);
    let project = Project::new(env!("CARGO_TARGET_TMPDIR"), name, &[]);
    let mut main = String::from(trial::PRELUDE);
    let mut calls = String::new();
    let mut wanted = Vec::new();
    for (i, (text, model)) in networks.iter().enumerate() {
        let code = pretty(generate(model, &options)).expect("generated code is Rust");
        project.write(&format!("src/net{i}.rs"), &code);
        let batch = model.recipe.as_ref().map_or(4, |r| r.batch);
        let sample = samples(&model.graph, batch, i as u64);
        let Samples { params, inputs, targets } = &sample;
        let given = Given { params, seen: &[], inputs, targets, weights: &weights(batch) };
        let (graph, net) = (&model.graph, format!("net{i}"));
        project.write(&format!("{net}.txt"), &trial::numbers(graph, &given));
        let _ = writeln!(main, "mod {net};");
        let [start, predict, step] =
            [trial::start(&net, &net, graph), trial::predict(&net, graph), trial::step(&net, graph)];
        let _ = writeln!(calls, "    {{\n{start}{predict}{step}    }}");
        wanted.push((text, reference(&model.graph, &sample)));
    }
    let _ = writeln!(main, "fn main() {{\n{calls}}}");
    project.write("src/main.rs", &main);
    let folder = project.folder().display().to_string();
    let printed = project.run(&[("FOLDER", &folder), ("RAYON_NUM_THREADS", "2")]);
    let found = trial::printed(&printed);
    let mut wrong = Vec::new();
    for (i, (text, reference)) in wanted.iter().enumerate() {
        // A bias before a batch norm has a gradient of zero, made of large numbers that cancel.
        let largest = reference.iter().filter(|(name, _)| name.contains('.')).flat_map(|(_, values)| values);
        let largest = largest.fold(0.0_f64, |a, b| a.max(b.abs()));
        for (name, values) in reference {
            let Some(ours) = found.get(&format!("net{i} {name}")) else {
                wrong.push(format!("net{i}: no {name}\n{text}"));
                continue;
            };
            let scale = values.iter().fold((largest * 0.02).max(2e-3), |a, b| a.max(b.abs()));
            let differences = ours.iter().zip(values).map(|(x, y)| (x - y).abs() / scale);
            // A NaN is the largest of all.
            let difference = differences.max_by(f64::total_cmp).unwrap_or(0.0);
            if ours.len() != values.len() || difference.is_nan() || difference > TOLERANCE {
                wrong.push(format!("net{i}: {name} differs by {difference:.1e}\n{text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), networks.len(), wrong.join("\n"));
}

/// Returns weights of samples, for steps that take them.
fn weights(batch: usize) -> Vec<f64> {
    [0.5, 2.0, 0.0, 1.25].into_iter().cycle().take(batch).collect()
}

/// Returns the interpreter's results by name: the outputs before and after the step, the loss and the
/// gradients.
fn reference(graph: &Graph, sample: &Samples) -> Vec<(String, Vec<f64>)> {
    let mut interpreter =
        Interpreter::with_params(graph, sample.params.clone()).expect("parameters fit their graph");
    let flat = |array: &ArrayD<f64>| array.iter().copied().collect::<Vec<f64>>();
    if graph.weighed {
        let batch = sample.inputs[0].shape()[0];
        interpreter.weights = Some(weights(batch));
    }
    let predicted = interpreter.forward(&sample.inputs, Mode::Inference).expect("inputs fit their graph");
    let gradients = interpreter.gradients(&sample.inputs, &sample.targets).expect("targets fit their graph");
    let mut named = vec![("loss".to_string(), vec![gradients.loss])];
    for (i, output) in predicted.iter().enumerate() {
        named.push((format!("output {i}"), flat(output)));
    }
    for (i, input) in gradients.inputs.iter().enumerate() {
        named.push((format!("input {i}"), flat(input)));
    }
    if gradients.losses.len() > 1 {
        named.push(("losses".into(), gradients.losses));
    }
    for (param, gradient) in graph.params.iter().zip(&gradients.params) {
        if let Some(gradient) = gradient {
            named.push((param.name.clone(), flat(gradient)));
        }
    }
    for (param, value) in graph.params.iter().zip(&interpreter.params) {
        if param.role == Role::Statistic {
            named.push((format!("after {}", param.name), flat(value)));
        }
    }
    named
}
