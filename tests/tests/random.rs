//! Random networks: the front end takes them, and the interpreter's gradients are the slopes of its loss.

use ndarray::ArrayD;
use netwright_compiler::catalogue::Kind;
use netwright_compiler::graph::Node;
use netwright_compiler::ops::{Axis, DenseAxis, Group, Init, Join, Move, Operator};
use netwright_interpreter::{Interpreter, Mode, Targets};
use netwright_tests::programs::model as model_of;
use netwright_tests::random::{Random, network, network_without_dropout};
use netwright_tests::samples::samples;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// The step of the differences.
const STEP: f64 = 1e-5;

#[test]
fn a_thousand_resolve_and_together_use_the_whole_language() {
    let mut seen = BTreeSet::new();
    for seed in 0..1000 {
        let text = network(seed);
        let model = model_of(&text);
        let recipe = model.recipe.unwrap_or_else(|| panic!("a random network has a recipe:\n{text}"));
        assert!((1..=6).contains(&recipe.batch), "{text}");
        let layers = model.graph.nodes.len();
        assert!(layers <= 50, "{layers} layers:\n{text}");
        seen.extend(model.graph.nodes.iter().map(|node| node.op.kind()));
        seen.extend(model.graph.losses.iter().map(|used| used.loss.kind()));
        seen.extend(model.graph.losses.iter().any(|used| used.loss.applies().is_some()).then_some("logits"));
        let conv = |op: &Operator| match op {
            Operator::Conv(conv) => Some(conv.clone()),
            _ => None,
        };
        for conv in model.graph.nodes.iter().filter_map(|node| conv(&node.op)) {
            seen.extend((conv.groups > 1).then_some("groups"));
            seen.extend((!conv.dilation.is_all(1)).then_some("dilation"));
            seen.extend((!conv.stride.is_all(conv.stride[0])).then_some("uneven stride"));
            seen.extend((!conv.pad.is_all(conv.pad[0])).then_some("uneven pad"));
            seen.extend((!conv.bias).then_some("no bias"));
        }
        seen.extend(model.graph.nodes.iter().filter_map(|node| match &node.op {
            Operator::Move(Move::Slice { axis: Axis::Length | Axis::Depth, .. }) => Some("slice on any rank"),
            Operator::Move(Move::Permute(order)) if order.len() == 4 => Some("permute on any rank"),
            Operator::Move(Move::Crop { size, .. }) if size.len() == 3 => Some("crop on any rank"),
            Operator::Join(Join::Concat(Axis::Length | Axis::Depth)) => Some("concat on any rank"),
            Operator::Dense(dense) if dense.axis == DenseAxis::Last => Some("rows"),
            _ => None,
        }));
        let windowed = |node: &&Node| matches!(node.op.facts().group, Group::Convolution | Group::Pool);
        seen.extend(model.graph.nodes.iter().filter(windowed).filter_map(|node| {
            match model.graph.value(node.inputs[0]).shape.len() {
                2 => Some("signal"),
                4 => Some("volume"),
                _ => None,
            }
        }));
        let lying =
            |op: &Operator| matches!(op, Operator::Join(Join::Concat(axis)) if *axis != Axis::Channels);
        let lies = model.graph.nodes.iter().any(|node| lying(&node.op));
        seen.extend(lies.then_some("concat on another axis"));
        let transposed = |op: &Operator| match op {
            Operator::ConvTranspose(op) => Some(op.clone()),
            _ => None,
        };
        for op in model.graph.nodes.iter().filter_map(|node| transposed(&node.op)) {
            seen.extend((!op.output_pad.is_all(0)).then_some("output pad"));
            seen.extend((op.groups > 1).then_some("transposed groups"));
            seen.extend((!op.dilation.is_all(1)).then_some("transposed dilation"));
        }
        seen.extend((model.graph.inputs.len() > 1).then_some("two inputs"));
        seen.extend((model.graph.outputs.len() > 1).then_some("two outputs"));
        seen.extend((model.graph.params.iter().any(|param| param.frozen)).then_some("frozen"));
        let losses = &model.graph.losses;
        seen.extend(
            (losses.len() > 1 && model.graph.outputs.len() == 1).then_some("two losses of one output"),
        );
        seen.extend(losses.iter().any(|used| used.weight != 1.0).then_some("weighted loss"));
        seen.extend(model.graph.weighed.then_some("weights of samples"));
        seen.extend(losses.iter().any(|used| used.target.is_some()).then_some("loss to an input"));
        assert_eq!(text, network(seed), "a seed must always give the same network");

        let text = network_without_dropout(seed);
        let quiet = model_of(&text);
        let random = |op: &Operator| matches!(op, Operator::Noise(_));
        assert!(!quiet.graph.nodes.iter().any(|node| random(&node.op)), "{text}");
    }
    let layers = Kind::Layer.items().into_iter().map(|item| item.name());
    // They are parts of others in a graph, or none of it.
    let layers = layers.filter(|name| !["linear", "lp_pool", "separable_conv", "split"].contains(name));
    let losses = Kind::Loss.items().into_iter().map(|item| item.name());
    let features = [
        "concat on another axis",
        "concat on any rank",
        "crop on any rank",
        "dilation",
        "frozen",
        "groups",
        "logits",
        "loss to an input",
        "no bias",
        "output pad",
        "permute on any rank",
        "power",
        "root",
        "rows",
        "signal",
        "slice on any rank",
        "transposed dilation",
        "transposed groups",
        "two inputs",
        "two losses of one output",
        "two outputs",
        "uneven pad",
        "uneven stride",
        "volume",
        "weighted loss",
        "weights of samples",
    ];
    let expected: BTreeSet<&str> = layers.chain(losses).chain(features).collect();
    assert_eq!(seen, expected);
}

#[test]
fn recipes_and_first_weights_use_the_whole_language() {
    // `Cosine` of `Cosine { last: 0.0 }`
    let name = |value: &dyn Debug| {
        let text = format!("{value:?}");
        text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_string()
    };
    let (mut optimizers, mut courses, mut inits, mut settings) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for seed in 0..500 {
        let model = model_of(&network(seed));
        let recipe = model.recipe.expect("a random network has a recipe");
        optimizers.insert(recipe.optimizer.name());
        courses.insert(name(&recipe.schedule.course));
        inits.extend(model.graph.params.iter().map(|param| match &param.init {
            Init::Scaled(scaled) => format!("{:?} {}", scaled.after, scaled.uniform),
            init => name(init),
        }));
        settings.extend(recipe.clip.map(|clip| name(&clip)));
        settings.extend((!recipe.penalties.is_empty()).then(|| "penalties".into()));
        settings.extend((!recipe.rates.is_empty()).then(|| "rates".into()));
        settings.extend((recipe.accumulate > 1).then(|| "accumulate".into()));
        settings.extend(recipe.ema.map(|_| "ema".into()));
    }
    let all: BTreeSet<&str> = Kind::Optimizer.items().into_iter().map(|item| item.name()).collect();
    assert_eq!(optimizers, all);
    assert_eq!(courses.len(), 10, "{courses:?}");
    assert_eq!(inits.len(), 14, "{inits:?}");
    assert_eq!(settings.len(), 7, "{settings:?}");
}

/// Returns the slope along one coordinate, or `None` beside a kink (of a relu or a maximum), where slopes of
/// different steps differ.
fn slope(loss: impl Fn(f64) -> f64) -> Option<f64> {
    let central = |step: f64| (loss(step) - loss(-step)) / (2.0 * step);
    let (wide, narrow) = (central(STEP), central(STEP / 4.0));
    let one_sided = (loss(STEP) - 2.0 * loss(0.0) + loss(-STEP)) / STEP;
    // A smooth loss has a second difference in the order of the step, a kink one in the order of the slope.
    let smooth =
        (wide - narrow).abs() < 1e-6 * (1.0 + wide.abs()) && one_sided.abs() < 1e-2 * (wide.abs() + 0.1);
    smooth.then_some(wide)
}

#[test]
fn gradients_are_slopes() {
    let (mut checked, mut skipped) = (0, 0);
    for seed in 0..150 {
        let text = network(seed);
        let model = model_of(&text);
        let graph = &model.graph;
        let batch = model.recipe.map_or(2, |recipe| recipe.batch);
        let samples = samples(graph, batch, seed);
        let start = Interpreter::with_params(graph, samples.params).expect("samples fit the graph");
        let gradients =
            start.clone().gradients(&samples.inputs, &samples.targets).expect("samples fit the graph");
        assert!(gradients.loss.is_finite(), "seed {seed}: {text}");
        let loss = |interpreter: &Interpreter, inputs: &[ArrayD<f64>], targets: &[Targets]| {
            interpreter.clone().loss(inputs, targets, Mode::Training).expect("samples fit the graph")
        };

        let mut random = Random::new(seed ^ 0xc0ffee);
        let learned: Vec<usize> =
            (0..graph.params.len()).filter(|&index| gradients.params[index].is_some()).collect();
        for place in 0..4 {
            let (what, found, expected) = if place < 3 && !learned.is_empty() {
                let which = learned[random.whole(0, learned.len() - 1)];
                let gradient = gradients.params[which].as_ref().expect("it is learned");
                let at = random.whole(0, gradient.len() - 1);
                let expected = slope(|by| {
                    let mut interpreter = start.clone();
                    nudge(&mut interpreter.params[which], at, by);
                    loss(&interpreter, &samples.inputs, &samples.targets)
                });
                (format!("{}[{at}]", graph.params[which].name), number(gradient, at), expected)
            } else {
                let which = random.whole(0, graph.inputs.len() - 1);
                // The targets of outputs are held fixed, so that their slope is another.
                if graph.losses.iter().any(|used| used.target == Some(graph.inputs[which])) {
                    continue;
                }
                let at = random.whole(0, samples.inputs[which].len() - 1);
                let expected = slope(|by| {
                    let mut inputs = samples.inputs.clone();
                    nudge(&mut inputs[which], at, by);
                    loss(&start, &inputs, &samples.targets)
                });
                (format!("input {which}[{at}]"), number(&gradients.inputs[which], at), expected)
            };
            let Some(expected) = expected else {
                skipped += 1;
                continue;
            };
            checked += 1;
            assert!(
                (found - expected).abs() < 1e-6 * (1.0 + expected.abs()),
                "seed {seed}: the gradient of {what} is {found}, but the loss has the slope {expected}\n{text}"
            );
        }
    }
    assert!(skipped * 10 < checked, "{skipped} places were beside a kink, and only {checked} were checked");
}

fn nudge(array: &mut ArrayD<f64>, at: usize, by: f64) {
    *array.iter_mut().nth(at).expect("a place in the array") += by;
}

fn number(array: &ArrayD<f64>, at: usize) -> f64 {
    *array.iter().nth(at).expect("a place in the array")
}
