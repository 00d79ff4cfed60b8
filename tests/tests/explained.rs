//! The gradients that explanations are made of: those of the reference against differences, and those of generated code against the reference, for every layer.

use ndarray::ArrayD;
use netwright_compiler::graph::Graph;
use netwright_compiler::question::{Look, Question};
use netwright_compiler::{Model, Origin, generate_explanation, pretty};
use netwright_interpreter::{Interpreter, Mode};
use netwright_tests::golden::{self, Case};
use netwright_tests::project::Project;
use netwright_tests::{prove, trial};
use std::fmt::Write as _;

/// Cases of one input and one output, each the first with some layer, as questions that look at all feature maps.
fn questions() -> Vec<(Case, Model, Question)> {
    let cases = prove::some(golden::cases()).into_iter().filter(|trial| trial.extent == prove::Extent::Whole);
    let question = |case: Case| {
        let model = case.model();
        let question = Question::new(&model.graph, Look::All).ok()?;
        Some((case, model, question))
    };
    let questions: Vec<_> = cases.filter_map(|trial| question(trial.case)).collect();
    assert!(questions.len() > 40, "only {} cases", questions.len());
    questions
}

/// Returns factors of a question's output for a batch.
fn factors(graph: &Graph, batch: usize) -> ArrayD<f64> {
    let shape = [&[batch], &graph.value(graph.outputs[0]).shape[..]].concat();
    let mut at = 0.0;
    ArrayD::from_shape_simple_fn(shape, || {
        at += 0.618_033_988_749_895;
        2.0 * (at % 1.0) - 1.0
    })
}

#[test]
fn the_reference_agrees_with_differences() {
    const STEP: f64 = 1e-6;
    /// The numbers of an input that are moved.
    const PLACES: usize = 6;
    let (mut places, mut corners) = (0, 0);
    for (case, _, Question { graph, .. }) in questions() {
        let inputs = case.arrays("inputs");
        let factors = factors(&graph, inputs[0].shape()[0]);
        let start = Interpreter::with_params(&graph, case.params(&graph)).unwrap();
        let slopes = start.clone().sensitivity(&inputs, &factors).unwrap();
        let slope = slopes[graph.inputs[0].0].clone().unwrap_or_else(|| ArrayD::zeros(inputs[0].raw_dim()));
        let value = |at: usize, by: f64| {
            let mut moved = inputs.clone();
            *moved[0].iter_mut().nth(at).unwrap() += by;
            let outputs = start.clone().forward(&moved, Mode::Inference).unwrap();
            (&outputs[0] * &factors).sum()
        };
        let count = inputs[0].len();
        for at in (0..count).step_by(count.div_ceil(PLACES)) {
            let [above, here, below] = [STEP, 0.0, -STEP].map(|by| value(at, by));
            let [right, left] = [above - here, here - below].map(|change| change / STEP);
            places += 1;
            // A corner has two slopes.
            if (right - left).abs() > 1e-3 * (1.0 + right.abs()) {
                corners += 1;
                continue;
            }
            let (found, expected) = (slope.iter().nth(at).copied().unwrap(), (right + left) / 2.0);
            let error = (found - expected).abs();
            assert!(
                error < 1e-6 * (1.0 + expected.abs()),
                "{}, number {at}: {found}, not {expected}",
                case.name
            );
        }
    }
    assert!(places > 200 && 20 * corners < places, "{corners} of {places} places are corners");
}

#[test]
fn generated_code_agrees_with_the_reference() {
    let project = Project::new(env!("CARGO_TARGET_TMPDIR"), "explained", &["train"]);
    let mut main = format!("{}\nuse netwright::app::{{Insight, Seen}};\n", trial::PRELUDE);
    let mut calls = String::new();
    let all = questions();
    for (case, model, question) in &all {
        let (name, graph) = (&case.name, &question.graph);
        let started = generate_explanation(model, question, Origin::default());
        project.write(&format!("src/{name}.rs"), &pretty(started.code).expect("generated code is Rust"));
        let len = |shape: &[usize]| shape.iter().product::<usize>();
        let output = len(&graph.value(graph.outputs[0]).shape);
        let maps: Vec<usize> = question.maps.iter().map(|&map| len(&graph.value(map).shape)).collect();
        let _ = writeln!(
            main,
            "mod {name};\nfn run_{name}() {{\n{}
                let chosen: Vec<f32> = numbers[\"chosen\"].iter().map(|&x| x as f32).collect();
                let inputs = x0.as_flattened();
                let samples = x0.len();
                let mut outputs = vec![0.0; samples * {output}];
                let mut slopes = vec![0.0; inputs.len()];
                let sizes: [usize; {}] = {maps:?};
                let all: usize = sizes.iter().sum();
                let (mut maps, mut map_slopes) = (vec![0.0; samples * all], vec![0.0; samples * all]);
                let seen = Seen {{ outputs: &mut outputs, slopes: &mut slopes, maps: &mut maps, map_slopes: &mut map_slopes }};
                {name}::gradients::Insight::new(params.clone()).look(inputs, &chosen, seen);
                print(net, \"outputs\", &outputs);
                print(net, \"slopes\", &slopes);
                let mut at = 0;
                for (i, size) in sizes.iter().enumerate() {{
                    print(net, &format!(\"map {{i}}\"), &map_slopes[at..][..samples * size]);
                    at += samples * size;
                }}
            }}",
            trial::start(name, name, &without_losses(graph)),
            maps.len(),
        );
        let _ = writeln!(calls, "    run_{name}();");
        let inputs = case.arrays("inputs");
        let chosen = factors(graph, inputs[0].shape()[0]);
        let given = trial::Given {
            params: &case.params(graph),
            seen: &[],
            inputs: &inputs,
            targets: &[],
            weights: &[],
        };
        let mut numbers = trial::numbers(graph, &given);
        let _ =
            writeln!(numbers, "chosen {}", chosen.iter().map(f64::to_string).collect::<Vec<_>>().join(" "));
        project.write(&format!("{name}.txt"), &numbers);
    }
    let _ = writeln!(main, "fn main() {{\n{calls}}}");
    project.write("src/main.rs", &main);
    let found = trial::printed(&project.run(&[("FOLDER", &project.folder().display().to_string())]));
    let mut compared = 0;
    for (case, _, Question { graph, maps, .. }) in &all {
        let inputs = case.arrays("inputs");
        let chosen = factors(graph, inputs[0].shape()[0]);
        let mut interpreter = Interpreter::with_params(graph, case.params(graph)).unwrap();
        let slopes = interpreter.sensitivity(&inputs, &chosen).unwrap();
        let outputs = interpreter.forward(&inputs, Mode::Inference).unwrap();
        let mut expected = vec![("outputs".to_string(), Some(outputs[0].clone()))];
        expected.push(("slopes".into(), slopes[graph.inputs[0].0].clone()));
        expected
            .extend(maps.iter().enumerate().map(|(at, map)| (format!("map {at}"), slopes[map.0].clone())));
        for (what, expected) in expected {
            let found = &found[&format!("{} {what}", case.name)];
            let Some(expected) = expected else {
                assert!(found.iter().all(|&x| x == 0.0), "{} {what}: nothing depends on it", case.name);
                continue;
            };
            let most = expected.iter().fold(0.0f64, |most, x| most.max(x.abs()));
            assert_eq!(found.len(), expected.len(), "{} {what}", case.name);
            let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst <= 2e-5 * most.max(1e-3), "{} {what}: {worst:e} apart, of {most:e}", case.name);
            compared += 1;
        }
    }
    assert!(compared > 120, "only {compared} arrays");
}

/// Questions have no targets.
fn without_losses(graph: &Graph) -> Graph {
    Graph { losses: vec![], weighed: false, ..graph.clone() }
}
