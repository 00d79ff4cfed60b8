//! Drawings of small networks: what is folded, framed, linked and named.

use super::{CardKind, Drawing, Link};
use crate::program::NoFiles;

fn draw(text: &str) -> Drawing {
    let (program, found) = crate::parse_program("test.net", text, &NoFiles);
    assert!(found.iter().all(|diagnostic| !diagnostic.is_error()), "{found:?}");
    Drawing::new(&program.models[0].graph)
}

fn rows(drawing: &Drawing) -> Vec<String> {
    drawing.cards.iter().map(|card| format!("{} {}", card.rows.join(" "), card.shape)).collect()
}

fn links(drawing: &Drawing) -> Vec<[usize; 2]> {
    drawing.links.iter().map(|link| [link.from, link.to]).collect()
}

#[test]
fn activations_and_norms_are_lines_of_the_layer_before() {
    let drawing = draw(
        "network N { input [8] dense(4) relu dropout(0.5) as x dense(4) tanh add(x) relu head: dense(1) loss mse }",
    );
    assert_eq!(
        rows(&drawing),
        [
            "input [8]",
            "dense(4) relu dropout(0.5) [4]",
            "dense(4) tanh [4]",
            "add(x) relu [4]",
            "head: dense(1) [1]",
            "output loss mse [1]"
        ]
    );
    assert_eq!(links(&drawing), [[0, 1], [1, 2], [2, 3], [1, 3], [3, 4], [4, 5]]);
    let names: Vec<&str> = drawing.links.iter().map(|link| link.name.as_str()).collect();
    assert_eq!(names, ["", "", "", "x", "", ""], "only where it is needed");
    assert_eq!(drawing.cards[3].kind, CardKind::Join);
    assert_eq!(drawing.cards[1].parameters, [36, 36]);
}

#[test]
fn an_activation_of_a_value_with_another_reader_has_a_box_of_its_own() {
    let drawing = draw("network N { input [8] dense(4) as x relu add(x) dense(1) loss mse }");
    assert_eq!(rows(&drawing)[1..3], ["dense(4) [4]", "relu [4]"]);
    let drawing = draw("network N { input [8] dense(4) as x relu dense(1) as y output x output y }");
    assert_eq!(rows(&drawing)[1..3], ["dense(4) [4]", "relu [4]"], "an output is a reader");
}

#[test]
fn a_repeat_is_drawn_once() {
    let text = "block grow(n) { branch { {} { conv(n, 3x3, pad=1) } } concat }
        network N { input [2, 4, 4] repeat 3 { grow(5) } repeat 2 { conv(4, 1x1) repeat 2 { relu max_pool(1x1, stride=1) } } flatten dense(1) loss mse }";
    let drawing = draw(text);
    assert_eq!(
        rows(&drawing)[1..6],
        [
            "conv(5, 3x3, pad=1) [5, 4, 4]",
            "concat [7–17, 4, 4]",
            "conv(4, 1x1) [4, 4, 4]",
            "relu [4, 4, 4]",
            "max_pool(1x1) [4, 4, 4]",
        ]
    );
    assert_eq!(drawing.cards[1].parameters, [5 * 9 * 2 + 5, 5 * 9 * 12 + 5]);
    let labels: Vec<String> = drawing.frames.iter().map(|frame| frame.label()).collect();
    assert_eq!(labels, ["grow(5) × 3", "× 2", "× 2"]);
    assert_eq!(drawing.frames[2].parent, Some(1));
    assert_eq!(drawing.frames[0].parameters, 5 * 9 * (2 + 7 + 12) + 3 * 5);
    // The first pass takes the input, and what follows takes the result of the last.
    assert_eq!(links(&drawing)[..4], [[0, 1], [0, 2], [1, 2], [2, 3]]);
}

#[test]
fn frames_nest_as_blocks_and_labels_do() {
    let text = "block inner(n, act=true) { dense(n) if act { relu } }
        block outer(n) { inner(n * 2, act=false) inner(n) }
        network N { input [4] body: { outer(3) } head: inner(1, act=false) loss mse }";
    let drawing = draw(text);
    let frames: Vec<(String, Option<usize>)> =
        drawing.frames.iter().map(|frame| (frame.label(), frame.parent)).collect();
    let expected = [
        ("body", None),
        ("outer(3)", Some(0)),
        ("inner(6, act=false)", Some(1)),
        ("inner(3)", Some(1)),
        ("head: inner(1, act=false)", None),
    ];
    assert_eq!(frames, expected.map(|(label, parent)| (label.to_string(), parent)));
    let of: Vec<Option<usize>> = drawing.cards.iter().map(|card| card.frame).collect();
    assert_eq!(of, [None, Some(2), Some(3), Some(4), None]);
}

#[test]
fn each_output_has_its_losses() {
    let text =
        "network N { input a [4] input b [4] from a add(b) dense(2) as x dense(1) as y output x output y
        loss mse(on=x, weight=0.5) loss mae(on=x) loss mse(on=y) }";
    let drawing = draw(text);
    let rows = rows(&drawing);
    assert_eq!(rows[..2], ["input a [4]", "input b [4]"]);
    assert_eq!(rows[5], "output x loss mse(on=x, weight=0.5) loss mae(on=x) [2]");
    assert_eq!(rows[6], "output y loss mse(on=y) [1]");
    assert!(drawing.links.contains(&Link { from: 3, to: 5, slot: 0, name: String::new() }));
}

#[test]
fn colours_are_steps_of_two() {
    let drawing =
        draw("network N { input [8] dense(512) dense(256) dense(255) dense(128) dense(4) loss mse }");
    let heats: Vec<usize> = drawing.cards[1..6].iter().map(|card| drawing.heat(card)).collect();
    assert_eq!(heats, [6, 5, 5, 4, 0]);
    let drawing = draw("network N { input [8] dense(4) dense(4) loss mse }");
    assert_eq!(drawing.heats(), 1);
    assert!(drawing.cards[1..3].iter().all(|card| drawing.heat(card) == 0));
}

#[test]
fn a_drawing_is_bounded() {
    let long =
        |layers: usize| format!("network N {{ input [2] {} loss mse }}", "dense(2) relu ".repeat(layers));
    assert!(draw(&long(Drawing::MAX_CARDS - 2)).scene().is_some());
    let over = draw(&long(Drawing::MAX_CARDS - 1));
    assert!(over.scene().is_none());
    assert!(over.dot().contains("n1000") && over.mermaid().contains("n1000"));
    let deep = draw("network N { input [2] repeat 5000 { dense(2) } loss mse }");
    assert_eq!((deep.cards.len(), deep.frames[0].times), (3, 5000));
}
