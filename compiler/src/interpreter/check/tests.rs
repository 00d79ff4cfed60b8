use super::*;
use crate::{Loader, parse_program};

struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _: &str, path: &str) -> Result<(String, String), String> {
        Err(format!("no {path}"))
    }
}

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
        assert_eq!(tensor.compared + tensor.kinks, len.min(20), "{tensor:?}");
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

#[test]
fn wrong_gradients_are_found_and_kinks_are_not_mistaken_for_them() {
    let of = |x: f64, gradient: f64, function: fn(f64) -> f64| {
        examine(x, gradient, 1e-4, &mut |x| Ok(function(x))).unwrap()
    };
    let difference = |finding| match finding {
        Finding::Slope { difference, .. } => difference,
        Finding::Kink => panic!("no kink here"),
    };
    assert!(difference(of(3.0, 6.0, |x| x * x)) < 1e-8);
    assert!((difference(of(3.0, 3.0, |x| x * x)) - 0.5).abs() < 1e-6);
    assert!(difference(of(0.0, 0.0, |x| x * x)) < 1e-4);
    // A slope where there is none.
    assert!((difference(of(3.0, 1.0, |_| 2.0)) - 1.0).abs() < 1e-9);
    // Any slope between those of the sides will do at a kink, and no other.
    assert_eq!(of(0.0, 0.0, |x| x.max(0.0)), Finding::Kink);
    assert_eq!(of(0.0, 1.0, |x| x.max(0.0)), Finding::Kink);
    assert!(difference(of(0.0, 1.5, |x| x.max(0.0))) > 0.5);
    assert!(difference(of(0.0, -1.0, |x| x.max(0.0))) > 0.5);
    // Near one, a smaller step is enough.
    assert!(difference(of(5e-6, 1.0, |x| x.max(0.0))) < 1e-6);
    assert_eq!(difference(of(1.0, f64::NAN, |x| x)), f64::INFINITY);
    assert_eq!(difference(of(-1.0, 1.0, f64::ln)), f64::INFINITY);
}

#[test]
fn places_are_distinct() {
    let mut random = Random::new(3);
    assert_eq!(places(1000, 20, &mut random).len(), 20);
    assert_eq!(places(5, 20, &mut random).into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert_eq!(unravel(23, &[2, 3, 4]), [1, 2, 3]);
    assert_eq!(unravel(5, &[2, 3, 4]), [0, 1, 1]);
}
