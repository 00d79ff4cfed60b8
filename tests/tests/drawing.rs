//! Pictures of networks: the examples as people see them, and what holds for every picture.

use netwright_compiler::drawing::{Drawing, Mark, Paint, Scene, Step, svg};
use netwright_compiler::{Model, parse_program};
use netwright_tests::random;
use netwright_tests::sources::{self, Folder};
use roxmltree::Document;

/// Left, top, width and height.
type Area = [f64; 4];

/// Returns the networks of the examples, of the cases and of pretrained weights, each with its name.
fn models() -> Vec<(String, Model)> {
    let mut models = vec![];
    for folder in ["../examples", "cases", "pretrained"] {
        for (name, text) in sources::texts(folder) {
            let (program, _) = parse_program(&format!("{name}.net"), &text, &Folder(folder));
            models.extend(
                program.models.into_iter().map(|model| (format!("{name}/{}", model.graph.name), model)),
            );
        }
    }
    assert!(models.len() > 40, "{}", models.len());
    models
}

fn example(name: &str, network: &str) -> Drawing {
    let (name, text) = sources::texts("../examples").into_iter().find(|(found, _)| found == name).unwrap();
    let (program, _) = parse_program(&format!("{name}.net"), &text, &Folder("../examples"));
    Drawing::new(&program.models.iter().find(|model| model.graph.name == network).unwrap().graph)
}

#[test]
fn examples_are_written_as_mermaid() {
    for (file, network) in
        [("resnet20", "ResNet20"), ("inception_block", "Inception"), ("densenet", "DenseNet")]
    {
        insta::assert_snapshot!(format!("mermaid_{file}"), example(file, network).mermaid());
    }
}

#[test]
fn examples_are_written_as_dot() {
    for (file, network) in [("lenet", "LeNet5"), ("unet", "UNet")] {
        insta::assert_snapshot!(format!("dot_{file}"), example(file, network).dot());
    }
}

#[test]
fn an_svg_is_as_expected() {
    insta::assert_snapshot!("svg_xor", svg(&example("xor", "Xor").scene().unwrap()));
}

#[test]
fn every_layer_is_drawn() {
    for (name, model) in models() {
        let drawing = Drawing::new(&model.graph);
        let mut layers = 0;
        for card in drawing.cards.iter().filter(|card| card.rows.iter().all(|row| !row.starts_with("output")))
        {
            let mut times = 1;
            let mut frame = card.frame;
            while let Some(around) = frame {
                times *= drawing.frames[around].times;
                frame = drawing.frames[around].parent;
            }
            layers += times * card.rows.len();
        }
        let outputs: usize = model.graph.inputs.len();
        assert_eq!(layers - outputs, model.graph.layers.len(), "{name}");
    }
}

#[test]
fn pictures_are_well_formed_and_clear() {
    for (name, model) in models() {
        look_at(&name, &Drawing::new(&model.graph));
    }
    for seed in 0..200 {
        let text = random::network(seed);
        let (program, _) = parse_program("random.net", &text, &Folder("cases"));
        look_at(&text, &Drawing::new(&program.models[0].graph));
    }
}

/// Checks what holds for every picture.
fn look_at(name: &str, drawing: &Drawing) {
    for link in &drawing.links {
        assert!(link.from < link.to, "{name}: {link:?}");
    }
    let scene = drawing.scene().unwrap_or_else(|| panic!("{name} is too large"));
    let cards = areas(&scene, |paint| matches!(paint, Paint::Input | Paint::Output | Paint::Heat(_)));
    let frames = areas(&scene, |paint| matches!(paint, Paint::Frame | Paint::Inner));
    assert_eq!(cards.len(), drawing.cards.len(), "{name}");
    let page = [0.0, 0.0, scene.size[0], scene.size[1]];
    for (at, &card) in cards.iter().enumerate() {
        assert!(contains(page, card), "{name}: box {at} is on the page");
        for (other, &area) in cards.iter().enumerate().skip(at + 1) {
            assert!(!overlap(card, area, 0.0), "{name}: boxes {at} and {other} overlap");
        }
        let mut frame = drawing.cards[at].frame;
        for (other, &area) in frames.iter().enumerate() {
            if frame == Some(other) {
                assert!(contains(area, card), "{name}: box {at} is in frame {other}");
            }
        }
        while let Some(around) = frame {
            let parent = drawing.frames[around].parent;
            assert!(
                parent.is_none_or(|parent| contains(frames[parent], frames[around])),
                "{name}: frames {around}"
            );
            frame = parent;
        }
    }
    for (at, &area) in frames.iter().enumerate() {
        for (other, &card) in cards.iter().enumerate() {
            let mut frame = drawing.cards[other].frame;
            let is_inside = std::iter::from_fn(|| {
                let around = frame?;
                frame = drawing.frames[around].parent;
                Some(around)
            })
            .any(|around| around == at);
            assert!(is_inside || !overlap(area, card, 0.0), "{name}: box {other} is outside of frame {at}");
        }
    }
    look_at_lines(name, drawing, &scene, &cards);
    look_at_text(name, drawing, &scene);
}

/// Checks that each line begins at its box, ends at its box from above or the side, and crosses no other box.
fn look_at_lines(name: &str, drawing: &Drawing, scene: &Scene, cards: &[Area]) {
    let lines: Vec<&Vec<Step>> = scene
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Line { paint: Paint::Wire, steps } => Some(steps),
            _ => None,
        })
        .collect();
    assert_eq!(lines.len(), drawing.links.len(), "{name}");
    for (link, steps) in drawing.links.iter().zip(lines) {
        let points: Vec<[f64; 2]> = steps
            .iter()
            .filter_map(|step| match *step {
                Step::Move(to) | Step::Line(to) => Some(to),
                Step::Curve(_, to) => Some(to),
                Step::Close => None,
            })
            .collect();
        let [first, last] = [points[0], points[points.len() - 1]];
        assert!(near(cards[link.from], first, 0.1), "{name}: {link:?} begins at its box");
        assert!(near(cards[link.to], last, 8.0), "{name}: {link:?} ends at its box");
        assert!(last[1] > first[1], "{name}: {link:?} goes down");
        for pair in points.windows(2) {
            let [x0, x1] = [pair[0][0].min(pair[1][0]), pair[0][0].max(pair[1][0])];
            let [y0, y1] = [pair[0][1].min(pair[1][1]), pair[0][1].max(pair[1][1])];
            for (at, &card) in cards.iter().enumerate() {
                let crosses = overlap(card, [x0, y0, x1 - x0, y1 - y0], 1.0);
                assert!(!crosses, "{name}: {link:?} crosses box {at}");
            }
        }
    }
}

/// Checks the SVG as XML: every line of every box is a text on the page, and nothing is loaded from elsewhere.
fn look_at_text(name: &str, drawing: &Drawing, scene: &Scene) {
    let text = svg(scene);
    let document = Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let texts: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text())
        .collect();
    for row in drawing.cards.iter().flat_map(|card| &card.rows) {
        assert!(texts.contains(&row.as_str()), "{name}: {row}");
    }
    for frame in drawing.frames.iter().filter(|frame| !frame.title.is_empty()) {
        assert!(texts.contains(&frame.title.as_str()), "{name}: {}", frame.title);
    }
    for node in document.descendants().filter(|node| node.has_tag_name("text")) {
        let x: f64 = node.attribute("x").and_then(|x| x.parse().ok()).unwrap_or(-1.0);
        assert!((0.0..scene.size[0]).contains(&x), "{name}: {:?}", node.text());
    }
    assert!(!text.contains("href") && !text.contains("url(") && !text.contains("NaN"), "{name}");
}

/// Returns the areas of the first box of each group that has one of these roles.
fn areas(scene: &Scene, is_wanted: fn(Paint) -> bool) -> Vec<Area> {
    let mut areas = vec![];
    let mut last = None;
    let mut is_inside = false;
    for mark in &scene.marks {
        match mark {
            Mark::Begin(_) => is_inside = true,
            Mark::End => {
                areas.extend(last.take());
                is_inside = false;
            }
            // Of two of a frame, the latter covers the one behind.
            Mark::Box { paint, area, .. } if is_inside && is_wanted(*paint) => last = Some(*area),
            _ => {}
        }
    }
    areas
}

fn overlap(a: Area, b: Area, within: f64) -> bool {
    [0, 1]
        .iter()
        .all(|&axis| a[axis] + within < b[axis] + b[axis + 2] && b[axis] < a[axis] + a[axis + 2] - within)
}

fn contains(area: Area, other: Area) -> bool {
    [0, 1].iter().all(|&axis| {
        area[axis] <= other[axis] && other[axis] + other[axis + 2] <= area[axis] + area[axis + 2]
    })
}

/// Returns true if a point is on the edge of an area, or at most so far outside.
fn near([left, top, width, height]: Area, [x, y]: [f64; 2], far: f64) -> bool {
    let out = |from: f64, size: f64, at: f64| (from - at).max(at - from - size).max(0.0);
    out(left, width, x) <= far && out(top, height, y) <= far
}
