use super::*;
use crate::driver::parse_program;
use crate::program::NoFiles;

const TEXT: &str = "\
network Net {
    input [4]
    dense(units in [8, 16]) relu   // kept
    choose {
        dense(units in log(4, 64)) tanh
    } {
        dropout(p in linear(0.1, 0.5))
    }
    dense(3) softmax
    loss cross_entropy
}
train Net {
    data      csv(\"data.csv\")
    epochs in [5, 10] // also kept
    optimizer adamw(lr in log(1e-4, 1e-1), weight_decay=0)
    augment   rotate(angle in linear(5deg, 20deg))
}
";

fn space() -> Space {
    let (space, problems) = Space::read(TEXT);
    assert_eq!(problems, []);
    space
}

fn picks(space: &Space, at: f64) -> Vec<Pick> {
    space.places.iter().map(|place| place.values.pick(at)).collect()
}

#[test]
fn places_have_names_of_their_own() {
    let names: Vec<String> = space().places.into_iter().map(|place| place.name).collect();
    assert_eq!(names, ["units@3", "choose", "units@5", "p", "epochs", "lr", "angle"]);
}

#[test]
fn filled_texts_are_those_that_one_would_write() {
    let space = space();
    let lowest = space.fill(&picks(&space, 0.0));
    let wanted = TEXT
        .replace("units in [8, 16]", "units=8")
        .replace("choose {\n        dense(units in log(4, 64)) tanh\n    } {\n        dropout(p in linear(0.1, 0.5))\n    }", "\n        dense(units=4) tanh\n    ")
        .replace("epochs in [5, 10]", "epochs 5")
        .replace("lr in log(1e-4, 1e-1)", "lr=1e-4")
        .replace("angle in linear(5deg, 20deg)", "angle=5deg");
    assert_eq!(lowest, wanted);
    let highest = space.fill(&picks(&space, 0.999_999));
    for part in ["units=16", "dropout(p=0.5)", "epochs 10", "lr=0.1", "angle=20deg"] {
        assert!(highest.contains(part), "{part}: {highest}");
    }
    assert!(!highest.contains("choose") && !highest.contains("tanh"), "{highest}");
    let (again, problems) = Space::read(&highest);
    assert!(again.places.is_empty() && problems.is_empty());
}

#[test]
fn a_way_that_is_not_taken_has_no_values() {
    let space = space();
    let used = |at: f64| space.is_used(&picks(&space, at));
    assert_eq!(used(0.0), [true, true, true, false, true, true, true]);
    assert_eq!(used(0.9), [true, true, false, true, true, true, true]);
}

#[test]
fn whole_numbers_stay_whole_and_are_equally_likely() {
    let (space, _) = Space::read("train Net { batch in linear(1, 4) epochs in log(1, 100) }");
    let count = |place: usize, value: &str| {
        let picks = (0..1000).map(|at| space.places[place].values.pick(f64::from(at) / 1000.0));
        picks.filter(|pick| *pick == Pick::Value(value.into())).count()
    };
    assert_eq!(["1", "2", "3", "4"].map(|value| count(0, value)), [250; 4]);
    assert!(count(1, "1") > 100 && count(1, "100") >= 1, "{} {}", count(1, "1"), count(1, "100"));
}

#[test]
fn choices_nest() {
    let text = "network N { input [2] choose { choose { relu } { tanh } } { dense(units in [1, 2]) } }";
    let (space, problems) = Space::read(text);
    assert_eq!(problems, []);
    let [way, inner, value] = [Pick::Way(0), Pick::Way(1), Pick::Value("2".into())];
    let filled = space.fill(&[way, inner.clone(), value.clone()]);
    assert_eq!(filled.split_whitespace().collect::<Vec<_>>().join(" "), "network N { input [2] tanh }");
    let filled = space.fill(&[inner.clone(), inner, value]);
    assert!(filled.contains("dense(units=2)") && !filled.contains("tanh"), "{filled}");
}

#[cfg(feature = "render")]
fn shown(problems: &[Diagnostic], text: &str) -> String {
    use crate::render::{Colour, render};
    render(problems, &Sources { files: vec![("net.net".into(), text.into())] }, Colour::Plain)
}

#[cfg(feature = "render")]
#[test]
fn wrong_ranges_are_explained() {
    let text = "network N {
    input [2]
    dense(units in 64)
    dense(units in log(0, 64))
    choose { relu }
    dense(units in [])
    dense(units in [2 * 8, 16])
}
train N {
    epochs in linear(10, 5)
    augment rotate(max in linear(5deg, 20%))
    optimizer adam(lr in log(1e-4), momentum in uniform(0, 1))
}
";
    insta::assert_snapshot!(shown(&Space::read(text).1, text));
}

#[cfg(feature = "render")]
#[test]
fn ranges_are_for_searches_alone() {
    let (_, problems) = parse_program("net.net", TEXT, &NoFiles);
    insta::assert_snapshot!(shown(&problems, TEXT));
}

#[test]
fn words_of_ranges_are_still_names() {
    let text =
        "block choose(in=1) { dense(in) } network N { input [2] in: choose choose(in=2) dense(1) loss mse }
        train N { epochs 1 freeze in }";
    let (program, problems) = parse_program("net.net", text, &NoFiles);
    assert!(problems.iter().all(|problem| !problem.is_error()), "{problems:?}");
    assert_eq!(program.models.len(), 1);
}
