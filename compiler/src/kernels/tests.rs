//! Facts against what kernels do in the plans of all examples.

use super::tape::{Extent, Op, Tape};
use super::{Covers, Kernel};
use crate::passes::{Goal, Mode, plan};
use crate::question::{Look, Question};
use crate::{NoFiles, parse_program};

/// Returns the tapes of all examples, with their names: of steps of several samples and of one, and of
/// predictions.
fn tapes() -> Vec<(String, Tape)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    let mut tapes = vec![];
    for file in std::fs::read_dir(folder).expect("the examples are there") {
        let path = file.expect("a file").path();
        if path.extension().is_none_or(|end| end != "net") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a text");
        let (program, _) = parse_program(&path.display().to_string(), &text, &NoFiles);
        for model in program.models {
            for (mode, batch) in [
                (Mode::Training, 16),
                (Mode::Training, 1),
                (Mode::Inference, 8),
                (Mode::Explanation, 8),
                (Mode::Sampling, 8),
            ] {
                if mode == Mode::Training && model.graph.losses.is_empty() {
                    continue;
                }
                let question = Question::new(&model.graph, Look::All);
                let (graph, maps) = match (mode, question) {
                    (Mode::Explanation, Ok(question)) => (question.graph, question.maps),
                    (Mode::Explanation, Err(_)) => continue,
                    _ => (model.graph.clone(), vec![]),
                };
                let goal = Goal {
                    mode,
                    batch,
                    input_gradient: true,
                    features: false,
                    logits: false,
                    maps,
                    guided: true,
                };
                tapes.push((model.graph.name.clone(), plan(&graph, &goal).tape));
            }
        }
    }
    tapes
}

fn writes(tape: &Tape, op: &Op, extent: Extent) -> bool {
    op.writes.iter().any(|&id| tape.value(id).extent == extent)
}

#[test]
fn facts_say_what_calls_do() {
    let tapes = tapes();
    assert!(tapes.len() > 30, "{} tapes", tapes.len());
    for (network, tape) in &tapes {
        for op in &tape.ops {
            let (facts, place) = (op.kernel.facts(), format!("{} of {network}", op.kernel.name()));
            // A sum that is made at once has no parts.
            let at_once = op.kernel.clone().reach_mut().is_some_and(|reach| *reach != super::Reach::Tile);
            let is_sum = facts.sum.is_some() && !at_once;
            assert_eq!(is_sum, writes(tape, op, Extent::Partial), "{place}: sums over samples");
            if facts.packs {
                assert!(op.reads.is_empty() && !op.params.is_empty(), "{place}: parameters alone are packed");
                assert!(writes(tape, op, Extent::Whole), "{place}: what is packed is there once");
            }
            if facts.in_place {
                let [from, to] = [op.reads[0], op.writes[0]].map(|id| tape.value(id).len());
                assert_eq!(from, to, "{place}: the result takes the place of the first input");
            }
            if let Some(image) = facts.image {
                let len = tape.value(op.reads[0]).len();
                assert_eq!(len % image, 0, "{place}: a sample is so many whole images or rows");
            }
            if let Covers::Tile = facts.covers {
                assert!(!writes(tape, op, Extent::Whole), "{place}: lanes write nothing that others read");
            }
        }
    }
}

#[test]
fn every_family_can_be_told_from_others() {
    let mut names: Vec<(String, Kernel)> = vec![];
    for (_, tape) in tapes() {
        for op in tape.ops {
            let name = op.kernel.name();
            let family = std::mem::discriminant(&op.kernel);
            let known = names.iter().find(|(known, _)| *known == name);
            match known {
                // Both bring weights into another order.
                Some((_, other)) if name != "pack" => {
                    assert_eq!(std::mem::discriminant(other), family, "two families have a kernel {name}");
                }
                Some(_) => {}
                None => names.push((name, op.kernel)),
            }
        }
    }
    assert!(names.len() > 60, "{} kernels", names.len());
}

#[test]
fn a_shuffle_of_channels_is_one_call() {
    let text = "network A {
        input [6, 4, 5]
        conv(6, 1x1) reshape([2, 3, 20]) permute([1, 0, 2]) reshape([6, 4, 5]) conv(2, 1x1)
        flatten dense(1) loss mse
    }";
    let (program, _) = parse_program("a.net", text, &NoFiles);
    for (mode, calls) in [(Mode::Inference, 1), (Mode::Training, 2)] {
        let goal = Goal {
            mode,
            batch: 8,
            input_gradient: false,
            features: false,
            logits: false,
            maps: vec![],
            guided: false,
        };
        let tape = plan(&program.models[0].graph, &goal).tape;
        let named = |name: &str| tape.ops.iter().filter(|op| op.kernel.name().starts_with(name)).count();
        assert_eq!(named("restride"), calls, "{mode:?}");
        // The input to channels last; to channels first before `flatten`, and its gradient back.
        assert_eq!(named("to_channels"), calls + 1, "{mode:?}");
    }
}
