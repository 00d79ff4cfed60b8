use super::*;
use netwright_compiler::{NoFiles, parse_program};

fn graph(text: &str) -> Graph {
    let (program, diagnostics) = parse_program("net.net", text, &NoFiles);
    assert!(diagnostics.iter().all(|diagnostic| !diagnostic.is_error()), "{diagnostics:?}");
    program.models.into_iter().next().unwrap().graph
}

#[test]
fn gradients_of_layers_with_kinks_and_draws_are_right() {
    let graph = graph(
        "network N {
            input image [2, 8, 8]
            conv(4, 3x3, pad=1) batch_norm relu spatial_dropout(0.3)
            max_pool(2x2) gaussian_noise(0.2) conv(3, 3x3) prelu stochastic_depth(0.2)
            flatten dense(6) alpha_dropout(0.2) dropout(0.5) dense(4)
            loss cross_entropy(logits=true)
        }",
    );
    let checked = check_gradients(&graph, &GradientCheck::default()).unwrap();
    let names: Vec<&str> = checked.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names.first(), Some(&"conv1.weight"));
    assert_eq!(names.last(), Some(&"image"));
    for tensor in &checked {
        let worst = tensor.worst.as_ref().unwrap();
        assert!(worst.difference <= 1e-4, "{tensor:?}");
        let len: usize = tensor.shape.iter().product();
        assert_eq!(tensor.compared, len.min(20), "{tensor:?}");
    }
    assert_eq!(check_gradients(&graph, &GradientCheck::default()).unwrap(), checked);
}

#[test]
fn frozen_parameters_are_named_and_not_checked() {
    let graph = graph(
        "network N { input [3] stem: dense(4) tanh dense(1) loss mse }
         train N { freeze stem }",
    );
    let checked = check_gradients(&graph, &GradientCheck::default()).unwrap();
    assert!(checked[0].frozen && checked[0].compared == 0 && checked[0].worst.is_none());
    assert!(!checked[2].frozen && checked[2].compared == 4);
}

#[test]
fn losses_that_compare_with_an_input_hold_it_fixed() {
    let graph = graph(
        "network N {
            input x [4]
            dense(3) tanh as code
            dense(4) sigmoid as again
            output again
            from code
            dense(4) as plain
            output plain
            loss binary_cross_entropy(on=again, to=x)
            loss mse(on=plain, to=x, weight=0.5)
        }",
    );
    let checked = check_gradients(&graph, &GradientCheck::default()).unwrap();
    assert_eq!(checked.len(), 7);
    for tensor in &checked {
        assert!(tensor.worst.as_ref().unwrap().difference <= 1e-4, "{tensor:?}");
    }
}

#[test]
fn a_batch_norm_needs_more_than_one_number() {
    let graph = graph("network N { input [3] dense(4) batch_norm dense(1) loss mse }");
    let check = GradientCheck { batch: 1, ..GradientCheck::default() };
    assert!(matches!(check_gradients(&graph, &check), Err(Error::OneNumber { .. })));
}

/// Returns small networks whose losses have kinks everywhere.
fn kinky() -> [Graph; 4] {
    [
        "network N { input [2, 6, 6] conv(4, 3x3) relu max_pool(2x2) flatten dense(5) relu dense(2) loss mae }",
        "network N { input [4] dense(20) relu dense(20) relu6 dense(20) hard_swish dense(3) loss hinge }",
        "network N {
            input [2, 8] conv(8, 3, pad=1) relu max_pool(3, stride=1) as skip
            conv(8, 3, pad=1) batch_norm relu add(skip) leaky_relu global_max_pool flatten dense(4)
            loss cross_entropy(logits=true)
        }",
        "network N { input [6] dense(16) hard_sigmoid dense(16) prelu dropout(0.3) dense(2) loss huber }",
    ]
    .map(graph)
}

#[test]
fn networks_with_kinks_raise_no_alarm() {
    let (mut compared, mut kinks) = (0, 0);
    for graph in kinky() {
        for seed in 0..100 {
            let check = GradientCheck { seed, places: 12, ..GradientCheck::default() };
            for tensor in check_gradients(&graph, &check).unwrap() {
                if let Some(worst) = &tensor.worst {
                    assert!(worst.difference <= 1e-4, "seed {seed}: {tensor:?}");
                }
                compared += tensor.compared;
                kinks += tensor.kinks;
            }
        }
    }
    assert!(kinks * 1000 < compared, "{kinks} of {compared} places were left out");
}

/// Gradients that are one hundredth too large are wrong, and hardly any is taken for one beside a kink.
#[test]
fn wrong_gradients_of_networks_with_kinks_are_found() {
    for graph in kinky() {
        let mut random = Random::new(7);
        let mut interpreter = Interpreter::with_params(&graph, draw::params(&graph, &mut random)).unwrap();
        interpreter.masks = draw::masks(&graph, 3, &mut random);
        let (inputs, targets) = draw::samples(&graph, 3, &mut random);
        let start = interpreter.params.clone();
        let gradients = interpreter.gradients(&inputs, &targets).unwrap();
        let (mut found, mut missed) = (0, 0);
        for (id, gradient) in gradients.params.iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            for (at, gradient) in gradient.iter().enumerate().filter(|(_, gradient)| gradient.abs() > 1e-3) {
                let mut loss_at = |x: f64| {
                    interpreter.params.clone_from(&start);
                    replace(&mut interpreter.params[id], at, x);
                    interpreter.loss(&inputs, &targets, crate::Mode::Training)
                };
                let x = start[id].iter().nth(at).copied().unwrap();
                match examine(x, gradient * 1.01, 1e-4, &mut loss_at).unwrap() {
                    Finding::Slope { difference, .. } if difference > 1e-4 => found += 1,
                    Finding::Slope { .. } | Finding::Kink => missed += 1,
                }
            }
        }
        assert!(missed * 100 <= found, "{missed} missed, {found} found");
    }
}

#[test]
fn places_are_distinct() {
    let mut random = Random::new(3);
    let mut all = |len, wanted, kinks| {
        let mut places = Places::draw(len, wanted, &mut random);
        let mut all = vec![];
        while let Some(at) = places.next(kinks, &mut random) {
            all.push(at);
        }
        all
    };
    assert_eq!(all(5, 20, 0), [0, 1, 2, 3, 4]);
    assert_eq!(all(5, 20, 3), [0, 1, 2, 3, 4]);
    for (len, kinks, count) in [(1000, 0, 20), (1000, 3, 23), (1000, 50, 40), (22, 9, 22)] {
        let places = all(len, 20, kinks);
        assert_eq!(places.len(), count);
        assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), count);
        assert!(places.iter().all(|&at| at < len));
    }
    assert_eq!(unravel(23, &[2, 3, 4]), [1, 2, 3]);
    assert_eq!(unravel(5, &[2, 3, 4]), [0, 1, 1]);
}
