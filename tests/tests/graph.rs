//! The graphs and recipes that right texts become: `cases/NAME.net` and, beside it, `NAME.snap`.

use netwright_compiler::graph::Graph;
use netwright_compiler::ops::Operator;
use netwright_compiler::recipe::{Optimizer, Recipe};
use netwright_compiler::{parse_program, table};
use netwright_tests::sources::{self, Folder};

/// Returns the graph of a network of these statements, which must have no error.
fn graph(body: &str) -> Graph {
    let text = format!("network N {{ {body} }}");
    let (mut program, diagnostics) = parse_program("test.net", &text, &Folder("cases"));
    assert!(diagnostics.iter().all(|d| !d.is_error()), "{diagnostics:?}");
    program.models.remove(0).graph
}

/// Returns the shape that comes out of a network of these statements.
fn shape(body: &str) -> Vec<usize> {
    let graph = graph(body);
    graph.value(graph.outputs[0]).shape.clone()
}

/// Returns the recipe of these settings.
fn recipe(settings: &str) -> Recipe {
    let text = format!("network N {{ input [4] dense(1) loss mse }} train N {{ {settings} }}");
    let (mut program, diagnostics) = parse_program("test.net", &text, &Folder("cases"));
    assert!(diagnostics.iter().all(|d| !d.is_error()), "{diagnostics:?}");
    program.models.remove(0).recipe.expect("a recipe")
}

#[test]
fn every_case_becomes_its_graph() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(sources::folder("cases"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, text) in sources::texts("cases") {
        if name.starts_with("syntax") {
            continue;
        }
        let (program, diagnostics) = parse_program(&format!("{name}.net"), &text, &Folder("cases"));
        assert!(diagnostics.iter().all(|d| !d.is_error()), "{name}: {diagnostics:?}");
        let mut shown = String::new();
        for model in &program.models {
            shown += &table::dump(&model.graph);
            if let Some(recipe) = &model.recipe {
                shown += &format!("{recipe:#?}\n");
            }
        }
        settings.bind(|| insta::assert_snapshot!(name.as_str(), shown));
    }
}

#[test]
fn linear_adds_nothing() {
    let body = |linear: &str| {
        format!(
            "input [8] dense(16) {linear} as x branch {{ {{ {linear} }} {{ dense(16) {linear} }} }} add add(x) relu dense(1) out: {linear} as y output y"
        )
    };
    let (with, without) = (graph(&body("linear")), graph(&body("{ }")));
    assert_eq!(table::dump(&with), table::dump(&without));
}

#[test]
fn the_examples_have_no_warnings() {
    for (name, text) in sources::texts("../examples") {
        let (program, diagnostics) = parse_program(&format!("{name}.net"), &text, &Folder("../examples"));
        assert!(diagnostics.is_empty(), "{name}: {diagnostics:?}");
        assert!(program.models.iter().all(|model| model.recipe.is_some()), "{name} has no recipe");
    }
}

#[test]
fn lenet_has_the_parameters_of_the_literature() {
    let text = std::fs::read_to_string(sources::folder("../examples/lenet.net")).unwrap();
    let (program, _) = parse_program("lenet.net", &text, &Folder("../examples"));
    let graph = &program.models[0].graph;
    assert_eq!(graph.learned(), 61_706);
    let rows = table::layers(graph);
    let totals = table::totals(&rows);
    assert_eq!(totals.parameters, 61_706);
    // 416,520 multiply-adds of the layers with weights, 6,518 biases, and what pools, activations and softmax add.
    let macs = 6 * 25 * 784 + 16 * 6 * 25 * 100 + 400 * 120 + 120 * 84 + 84 * 10;
    let biases = 6 * 784 + 16 * 100 + 120 + 84 + 10;
    let activations = 6 * 784 + 16 * 100 + 120 + 84;
    let pools = 4 * (6 * 196 + 16 * 25);
    assert_eq!(totals.flops, 2 * macs + biases + activations + pools + 4 * 10);
    assert_eq!(rows[0].activation_bytes, 4 * 6 * 28 * 28);
}

#[test]
fn conv_shapes_are_pytorchs() {
    assert_eq!(shape("input [3, 32, 32] conv(8, 3x3)"), [8, 30, 30]);
    assert_eq!(shape("input [3, 32, 32] conv(8, 3x3, pad=1)"), [8, 32, 32]);
    assert_eq!(shape("input [3, 32, 32] conv(8, 3x3, stride=2, pad=1)"), [8, 16, 16]);
    assert_eq!(shape("input [3, 33, 32] conv(8, 3x3, stride=2)"), [8, 16, 15]);
    assert_eq!(shape("input [3, 32, 32] conv(8, 3x3, dilation=3)"), [8, 26, 26]);
    assert_eq!(shape("input [3, 32, 32] conv(8, 5x3, pad=same)"), [8, 32, 32]);
    assert_eq!(shape("input [3, 32, 32] conv(8, 3x3, dilation=4, pad=same)"), [8, 32, 32]);
    assert_eq!(shape("input [3, 32, 32] conv(8, 3x3, pad=valid)"), [8, 30, 30]);
    assert_eq!(shape("input [3, 32, 20] conv(8, [1, 5], stride=[2, 1])"), [8, 16, 16]);
}

#[test]
fn pool_shapes_are_pytorchs() {
    assert_eq!(shape("input [3, 7, 7] max_pool(2x2)"), [3, 3, 3]);
    assert_eq!(shape("input [3, 7, 7] max_pool(3x3, stride=2, pad=1)"), [3, 4, 4]);
    assert_eq!(shape("input [3, 7, 7] avg_pool(3x3, stride=1)"), [3, 5, 5]);
    assert_eq!(shape("input [3, 7, 9] global_avg_pool"), [3, 1, 1]);
}

#[test]
fn transposed_convolutions_undo_the_shape_of_convolutions() {
    assert_eq!(shape("input [8, 4, 5] conv_transpose(3, 2x2, stride=2)"), [3, 8, 10]);
    assert_eq!(shape("input [8, 4, 4] conv_transpose(3, 3x3, stride=2, pad=1)"), [3, 7, 7]);
    assert_eq!(shape("input [8, 4, 4] conv_transpose(3, 3x3, stride=2, pad=1, output_pad=1)"), [3, 8, 8]);
    assert_eq!(shape("input [8, 4, 4] conv_transpose(3, 3x3, dilation=2)"), [3, 8, 8]);
}

#[test]
fn joins_add_up() {
    assert_eq!(shape("input [3, 8, 8] branch { { conv(5, 1x1) } {} { relu } } concat"), [11, 8, 8]);
    assert_eq!(shape("input [3] branch { { dense(3) } {} } add"), [3]);
    assert_eq!(shape("input [3] dense(4) as a dense(5) as b from a concat(b, a)"), [13]);
}

#[test]
fn text_leaves_defaults_out() {
    let text = |layer: &str| graph(&format!("input [4, 9, 9] {layer}")).layers[0].text.clone();
    assert_eq!(text("conv(6, 5x5, stride=1, pad=2, bias=true)"), "conv(6, 5x5, pad=2)");
    assert_eq!(text("conv(6, 3, pad=[0, 1], groups=2)"), "conv(6, 3x3, pad=[0, 1], groups=2)");
    assert_eq!(text("max_pool(2, stride=2)"), "max_pool(2x2)");
    assert_eq!(text("leaky_relu(slope=0.01)"), "leaky_relu");
    assert_eq!(text("batch_norm(eps=1e-4)"), "batch_norm(eps=1e-4)");
    assert_eq!(text("dropout(10%)"), "dropout(0.1)");
}

#[test]
fn text_reads_back_as_the_same_operator() {
    let source = std::fs::read_to_string(sources::folder("cases/every_layer.net")).unwrap();
    let (program, _) = parse_program("every_layer.net", &source, &Folder("cases"));
    let first = &program.models[0].graph;
    let body: Vec<String> = first.nodes.iter().map(|node| node.op.text()).collect();
    let again = graph(&format!("input [4, 32, 30] {} loss cross_entropy", body.join(" ")));
    let ops = |graph: &Graph| graph.nodes.iter().map(|node| node.op.clone()).collect::<Vec<Operator>>();
    assert_eq!(ops(first), ops(&again));
}

#[test]
fn optimizers_take_their_form_from_their_arguments() {
    assert_eq!(recipe("").optimizer, Optimizer::Adam { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8 });
    assert_eq!(recipe("optimizer sgd").optimizer, Optimizer::Sgd { lr: 1e-3 });
    assert_eq!(
        recipe("optimizer sgd(lr=1, momentum=90%)").optimizer,
        Optimizer::Momentum { lr: 1.0, momentum: 0.9 }
    );
    assert_eq!(
        recipe("optimizer momentum(lr=0.1)").optimizer,
        Optimizer::Momentum { lr: 0.1, momentum: 0.9 }
    );
    assert_eq!(
        recipe("optimizer nesterov(momentum=0.8)").optimizer,
        Optimizer::Nesterov { lr: 1e-3, momentum: 0.8 }
    );
    assert_eq!(
        recipe("optimizer sgd(lr=0.1, momentum=0.9, nesterov=true)").optimizer,
        Optimizer::Nesterov { lr: 0.1, momentum: 0.9 }
    );
}

#[test]
fn freezing_a_name_freezes_what_is_in_it() {
    let text = "network N { input [4] stem: { dense(4) relu dense(4) } relu head: dense(1) loss mse }
        train N { freeze stem }";
    let (program, diagnostics) = parse_program("test.net", text, &Folder("cases"));
    assert_eq!(diagnostics.len(), 0, "{diagnostics:?}");
    let frozen: Vec<(&str, bool)> =
        program.models[0].graph.params.iter().map(|p| (p.name.as_str(), p.frozen)).collect();
    assert_eq!(
        frozen,
        [
            ("stem.dense1.weight", true),
            ("stem.dense1.bias", true),
            ("stem.dense2.weight", true),
            ("stem.dense2.bias", true),
            ("head.weight", false),
            ("head.bias", false)
        ]
    );
}

#[test]
fn names_are_unique() {
    for (name, text) in sources::texts("cases").into_iter().chain(sources::texts("../examples")) {
        let (program, _) = parse_program(&name, &text, &Folder("cases"));
        for model in &program.models {
            let mut names: Vec<&str> = model.graph.layers.iter().map(|layer| layer.name.as_str()).collect();
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{name}");
        }
    }
}

#[test]
fn nodes_stand_behind_their_inputs() {
    for (name, text) in sources::texts("cases") {
        let (program, _) = parse_program(&name, &text, &Folder("cases"));
        for Graph { nodes, inputs, .. } in program.models.iter().map(|model| &model.graph) {
            let mut known = inputs.clone();
            for node in nodes {
                assert!(node.inputs.iter().all(|input| known.contains(input)), "{name}");
                known.push(node.output);
            }
        }
    }
}
