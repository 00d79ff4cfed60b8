//! The text form of layouts.

use super::*;
use insta::assert_snapshot;
use proptest::prelude::*;

#[test]
fn a_line_for_each_column() {
    let recipe = Recipe {
        by: &[Column::Named("who")],
        drop: &[Column::Named("note")],
        categories: &[Column::Named("code")],
        missing: Missing::Median,
        window: 2,
        ..PLAIN
    };
    let table = "who,colour,code,x,note,y\na,red,2,0.1,q,no\na,blue,10,NA,r,yes\na,red,2,3,s,no\n";
    assert_snapshot!(train(table, &recipe).unwrap().0.lines().join("\n"));
}

fn heading() -> impl Strategy<Value = Heading> {
    // Names of any letters, among them those that are escaped.
    (0..40_usize, "[\\\\\t\n\ra-c\u{e9} ]{1,6}").prop_map(|(number, name)| Heading { number, name })
}

fn meaning() -> impl Strategy<Value = Meaning> {
    let fill = proptest::option::of(
        proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
    );
    prop_oneof![
        fill.prop_map(|fill| Meaning::Number { fill }),
        (any::<bool>(), proptest::collection::btree_set("[\\\\\t\n\r\u{1f600}a-z]{0,5}", 1..5))
            .prop_map(|(numbers, known)| Meaning::Categories { numbers, known: known.into_iter().collect() }),
    ]
}

fn answers() -> impl Strategy<Value = Answers> {
    prop_oneof![Just(Answers::Numbers), Just(Answers::Texts), Just(Answers::Categories)]
}

fn missing() -> impl Strategy<Value = Missing> {
    prop_oneof![
        Just(Missing::Refused),
        Just(Missing::Mean),
        Just(Missing::Median),
        Just(Missing::Drop),
        proptest::num::f64::NORMAL.prop_map(Missing::Value),
    ]
}

prop_compose! {
    fn layout()(
        inputs in proptest::collection::vec((heading(), meaning()), 1..5),
        labels in proptest::collection::vec((heading(), answers()), 0..3),
        by in proptest::collection::vec(heading(), 0..2),
        mut others in proptest::collection::vec(heading(), 0..3),
        missing in missing(),
        named in any::<bool>(),
        [window, step, ahead] in [0..9_usize, 1..9, 0..9],
    ) -> Layout {
        // Each column of the table has a line.
        let missing_lines = 40_usize.saturating_sub(inputs.len() + labels.len() + by.len() + others.len());
        others.extend((0..missing_lines).map(|number| Heading { number, name: String::new() }));
        Layout {
            width: 40,
            named,
            inputs: inputs.into_iter().map(|(heading, meaning)| Input { heading, meaning }).collect(),
            labels: labels.into_iter().map(|(heading, answers)| Target { heading, answers }).collect(),
            by, others, missing, window, step, ahead,
        }
    }
}

proptest! {
    #[test]
    fn lines_give_the_layout_back(layout in layout()) {
        let lines = layout.lines();
        prop_assert!(lines.iter().all(|line| !line.contains(['\n', '\r'])));
        prop_assert_eq!(Layout::from_lines(&lines).unwrap(), layout);
    }

    #[test]
    fn damaged_lines_are_refused_or_read(
        layout in layout(),
        at in any::<proptest::sample::Index>(),
        by in "[\\\\\tn0-9a-z-]{0,3}",
    ) {
        let mut text = layout.lines().join("\n");
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
        let place = places[at.index(places.len())];
        let end = text[place..].chars().next().map_or(place, |c| place + c.len_utf8());
        text.replace_range(place..end, &by);
        let lines: Vec<&str> = text.split('\n').collect();
        if let Ok(layout) = Layout::from_lines(&lines) {
            let _ = layout.features();
            let _ = layout.samples(&super::text("a,b\n1,2\n3,4\n"), true);
            let _ = layout.samples(&super::text("1,2\n3,4\n"), false);
        }
    }
}

#[test]
fn damaged_lines_name_themselves() {
    let lines = train("a,y\n1,0\n", &PLAIN).unwrap().0.lines();
    for (at, wrong) in [
        (0, "table\t2"),
        (0, "table\t9\tnames\terror\t0\t1\t1"),
        (1, "input\t7\ta\tnumber"),
        (1, "input\t0\ta\tnumber\tnan"),
        (1, "input\t0\ta\ttexts"),
        (1, "input\t0\ta\ttexts\tb\tb"),
        (1, "input\t0\ta\\x\tnumber"),
        (2, "label\t1\ty\twords"),
    ] {
        let mut lines = lines.clone();
        lines[at] = wrong.into();
        assert_eq!(Layout::from_lines(&lines), Err(Problem::Layout { found: wrong.into() }));
    }
    assert!(Layout::from_lines::<&str>(&[]).is_err());
}
