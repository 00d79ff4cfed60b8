//! Samples: from cells to numbers, by a layout.

use super::*;

#[test]
fn columns_are_found_by_name() {
    let training = "a,b,y\n0,1,10\n1,1,11\n";
    for (table, expected) in [
        ("a,b\n0,1\n0,2\n", [0.0, 1.0, 0.0, 2.0]),
        ("b,a\n1,0\n2,0\n", [0.0, 1.0, 0.0, 2.0]),
        ("y,b,a\n,1,0\nNA,2,0\n", [0.0, 1.0, 0.0, 2.0]),
        ("0,1\n0,2\n", [0.0, 1.0, 0.0, 2.0]),
        ("0,1,5\n0,2,6\n", [0.0, 1.0, 0.0, 2.0]),
        ("note,b,y,a\nx,1,9,0\ny,2,9,0\n", [0.0, 1.0, 0.0, 2.0]),
    ] {
        let samples = predict(training, &PLAIN, table).unwrap();
        assert_eq!((samples.numbers.as_slice(), samples.labels.len()), (&expected[..], 0), "{table:?}");
        let ignored: &[&str] = if table.starts_with("note") { &["note"] } else { &[] };
        assert_eq!(samples.ignored, ignored, "{table:?}");
    }
    // A test table has its columns in any order, too.
    let (layout, _) = train(training, &PLAIN).unwrap();
    let samples = layout.samples(&text("y,b,a\n7,1,0\n"), true).unwrap();
    assert_eq!((samples.numbers.as_slice(), numbers(&samples, 0)), (&[0.0, 1.0][..], &[7.0][..]));
}

#[test]
fn columns_without_names_are_found_by_number() {
    let training = "9,0,5,1\n8,1,6,2\n";
    let recipe = Recipe { label: &[Column::At(1)], drop: &[Column::Last], ..PLAIN };
    for table in ["7,0,6,1\n", "7,6,1\n", "7,6\n"] {
        assert_eq!(predict(training, &recipe, table).unwrap().numbers, [7.0, 6.0], "{table:?}");
    }
    assert!(predict(training, &recipe, "7\n").is_err());
    let (layout, _) = train(training, &recipe).unwrap();
    for (table, label) in [("7,4,6,1\n", 4.0), ("7,4,6\n", 4.0)] {
        let samples = layout.samples(&text(table), true).unwrap();
        assert_eq!((samples.numbers.as_slice(), numbers(&samples, 0)), (&[7.0, 6.0][..], &[label][..]));
    }
    assert!(layout.samples(&text("7,6\n"), true).is_err());
}

#[test]
fn words_are_labels_and_categories() {
    let table = "colour,size,kind\nred,1,oak\nblue,2,fir\nred,3,oak\n";
    let (layout, samples) = train(table, &PLAIN).unwrap();
    assert_eq!(layout.features(), ["colour=blue", "colour=red", "size"]);
    assert_eq!(samples.numbers, [0.0, 1.0, 1.0, 1.0, 0.0, 2.0, 0.0, 1.0, 3.0]);
    assert_eq!((samples.features, samples.shape.as_slice()), (3, &[3][..]));
    assert_eq!(texts(&samples, 0), ["oak", "fir", "oak"]);
    assert_eq!((samples.labels[0].name.as_str(), samples.lines.as_slice()), ("kind", &[2, 3, 4][..]));
    let iris =
        "5.1,3.5,1.4,0.2,Iris-setosa\n7.0,3.2,4.7,1.4,Iris-versicolor\n6.3,3.3,6.0,2.5,Iris-virginica\n";
    let (layout, samples) = train(iris, &PLAIN).unwrap();
    assert_eq!(layout.features(), ["column 1", "column 2", "column 3", "column 4"]);
    assert_eq!(texts(&samples, 0), ["Iris-setosa", "Iris-versicolor", "Iris-virginica"]);
}

#[test]
fn numbers_can_be_categories() {
    let recipe = Recipe { categories: &[Column::Named("code"), Column::Named("y")], ..PLAIN };
    let (layout, samples) = train("code,y\n10,1\n9,0\n10.0,1.0\n-0,1\n", &recipe).unwrap();
    assert_eq!(layout.features(), ["code=0", "code=9", "code=10"]);
    assert_eq!(samples.numbers, [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(texts(&samples, 0), ["1", "0", "1", "1"]);
}

#[test]
fn numbers_keep_their_digits() {
    let (_, samples) =
        train("1700000000,0.016667\n1700000001.25,1e-300\n9007199254740993,-0\n", &PLAIN).unwrap();
    assert_eq!(samples.numbers, [1_700_000_000.0, 1_700_000_001.25, 9_007_199_254_740_992.0]);
    assert_eq!(numbers(&samples, 0)[..2], [0.016_667, 1e-300]);
    // Eight digits and more are read at once.
    let (_, samples) = train("99999999,1\n.12345678,2\n123456789012345.75,3\n", &PLAIN).unwrap();
    assert_eq!(samples.numbers, [99_999_999.0, 0.123_456_78, 123_456_789_012_345.75]);
}

#[test]
fn labels_are_counted_at_an_end_or_named() {
    let table = text("a,b,c,d\n1,2,3,4\n");
    let labels = |label, count| {
        let recipe = Recipe { label, drop: &[Column::Named("d")], ..PLAIN };
        let layout = Layout::learn(&table, &recipe, count).unwrap();
        let names = |headings: Vec<&Heading>| {
            headings.into_iter().map(|heading| heading.name.as_str()).collect::<Vec<_>>().join("")
        };
        let inputs = layout.inputs().iter().map(|input| &input.heading).collect();
        names(inputs) + ">" + &names(layout.labels().iter().map(|label| &label.heading).collect())
    };
    assert_eq!(labels(&[Column::Last], 1), "ab>c");
    assert_eq!(labels(&[Column::Last], 2), "a>bc");
    assert_eq!(labels(&[Column::First], 1), "bc>a");
    assert_eq!(labels(&[Column::First], 2), "c>ab");
    assert_eq!(labels(&[Column::At(1)], 2), "a>bc");
    assert_eq!(labels(&[Column::Named("b")], 5), "ac>b");
    assert_eq!(labels(&[Column::Named("c"), Column::At(0)], 1), "b>ca");
    assert_eq!(labels(&[Column::Last], 0), "abc>");
    assert_eq!(labels(&[], 1), "abc>");
}

#[test]
fn groups_are_no_inputs() {
    let recipe = Recipe { by: &[Column::Named("patient")], ..PLAIN };
    let table = "patient,x,y\np1,1,0\np2,2,1\np1,3,0\n";
    let (_, samples) = train(table, &recipe).unwrap();
    assert_eq!(
        (samples.groups.as_slice(), samples.features),
        (&["p1".into(), "p2".into(), "p1".into()][..], 1)
    );
    assert!(predict(table, &recipe, "x\n4\n").unwrap().groups.is_empty());
}

const HOLES: &str = "x,c,y\n1,red,0\n?,blue,1\n3,,0\n8,red,1\n";

#[test]
fn missing_values_are_filled_in() {
    for (missing, fill) in [(Missing::Mean, 4.0), (Missing::Median, 3.0), (Missing::Value(-1.5), -1.5)] {
        let recipe = Recipe { missing, ..PLAIN };
        let (_, samples) = train(HOLES, &recipe).unwrap();
        // A missing category is none of them.
        assert_eq!(
            samples.numbers,
            [1.0, 0.0, 1.0, fill, 1.0, 0.0, 3.0, 0.0, 0.0, 8.0, 0.0, 1.0],
            "{missing:?}"
        );
        assert_eq!(predict(HOLES, &recipe, "c,x\nblue,NA\n").unwrap().numbers, [fill, 1.0, 0.0]);
    }
}

#[test]
fn lines_with_missing_values_are_left_out() {
    let recipe = Recipe { missing: Missing::Drop, ..PLAIN };
    let (_, samples) = train(HOLES, &recipe).unwrap();
    assert_eq!(samples.numbers, [1.0, 0.0, 1.0, 8.0, 0.0, 1.0]);
    assert_eq!((samples.lines, samples.left_out), (vec![2, 5], vec![3, 4]));
    let (_, samples) = train("x,y\n1,0\n2,\n3,1\n", &recipe).unwrap();
    assert_eq!((samples.lines.as_slice(), numbers(&samples, 0)), (&[2, 4][..], &[0.0, 1.0][..]));
}

#[test]
fn held_out_samples_do_not_fill() {
    let recipe = Recipe { missing: Missing::Mean, ..PLAIN };
    let table = text("x,y\n1,0\n,0\n5,0\n100,0\n");
    let mut layout = Layout::learn(&table, &recipe, 1).unwrap();
    let mut samples = layout.samples(&table, true).unwrap();
    assert!(samples.numbers[1].is_nan());
    layout.fit(&samples.numbers, &samples.rows, &[2, 0, 1]).unwrap();
    layout.fill(&mut samples.numbers);
    assert_eq!(samples.numbers, [1.0, 3.0, 5.0, 100.0]);
    assert_eq!(layout.samples(&table, true).unwrap(), samples);
    assert!(matches!(
        layout.fit(&samples.numbers, &samples.rows, &[]),
        Err(Problem::AllMissing { training: true, .. })
    ));
}

#[test]
fn means_and_medians_are_exact() {
    let offset = 1e15;
    let fill = |missing, cells: &[f64]| {
        let lines: String = cells.iter().map(|cell| format!("{cell},0\n")).collect();
        let (layout, _) = train(&lines, &Recipe { missing, ..PLAIN }).unwrap();
        match layout.inputs()[0].meaning {
            Meaning::Number { fill } => fill.unwrap(),
            Meaning::Categories { .. } => panic!("expected a number"),
        }
    };
    assert_eq!(fill(Missing::Mean, &[offset + 0.25, offset + 0.5, offset + 0.75]), offset + 0.5);
    assert_eq!(fill(Missing::Mean, &[1.5e308, 1.5e308]), 1.5e308);
    assert_eq!(fill(Missing::Median, &[9.0, -1.0, 3.0, 4.0]), 3.5);
    assert_eq!(fill(Missing::Median, &[1.5e308, 1.7e308]), 1.6e308);
}

#[test]
fn windows_slide_over_a_series() {
    let series = "t,x,y\n0,10,5\n1,11,6\n2,12,7\n3,13,8\n4,14,9\n";
    let recipe = Recipe { window: 2, step: 2, ahead: 1, ..PLAIN };
    let (layout, samples) = train(series, &recipe).unwrap();
    assert_eq!((samples.shape.as_slice(), samples.features), (&[2, 2][..], 4));
    // Channels first: two of t, then two of x.
    assert_eq!(samples.numbers, [0.0, 1.0, 10.0, 11.0, 2.0, 3.0, 12.0, 13.0]);
    assert_eq!((numbers(&samples, 0), samples.lines.as_slice()), (&[7.0, 9.0][..], &[2, 4][..]));
    // Without labels the last windows need no target.
    let step = Recipe { step: 1, ..recipe };
    assert_eq!(predict(series, &step, series).unwrap().lines, [2, 3, 4, 5]);
    // The target may be that of the window's last line.
    let now = Recipe { ahead: 0, ..step };
    assert_eq!(numbers(&train(series, &now).unwrap().1, 0), [6.0, 7.0, 8.0, 9.0]);
    let _ = layout;
}

#[test]
fn a_series_may_continue_itself() {
    let recipe = Recipe { window: 2, ahead: 2, ..PLAIN };
    let (layout, samples) = train("x\n1\n2\n3\n4\n5\n", &recipe).unwrap();
    assert_eq!(layout.features(), ["x"]);
    assert_eq!(
        (samples.numbers.as_slice(), numbers(&samples, 0)),
        (&[1.0, 2.0, 2.0, 3.0][..], &[4.0, 5.0][..])
    );
    let both = Recipe { columns: &[Column::Named("y"), Column::Named("x")], ahead: 1, ..recipe };
    let (layout, samples) = train("x,y\n1,9\n2,8\n3,7\n", &both).unwrap();
    assert_eq!(layout.features(), ["y", "x"]);
    assert_eq!((samples.numbers.as_slice(), numbers(&samples, 0)), (&[9.0, 8.0, 1.0, 2.0][..], &[7.0][..]));
    assert_eq!(
        predict("x,y\n1,9\n2,8\n3,7\n", &both, "x,y\n1,2\n3,4\n").unwrap().numbers,
        [2.0, 4.0, 1.0, 3.0]
    );
}

#[test]
fn windows_lie_in_one_group() {
    let recipe = Recipe { window: 2, by: &[Column::First], ..PLAIN };
    let (_, samples) = train("who,x,y\na,1,1\nb,5,5\na,2,2\nb,6,6\na,3,3\nb,7,7\nc,9,9\n", &recipe).unwrap();
    assert_eq!(samples.numbers, [1.0, 2.0, 5.0, 6.0]);
    assert_eq!(
        (numbers(&samples, 0), samples.groups.clone()),
        (&[3.0, 7.0][..], vec!["a".to_owned(), "b".to_owned()])
    );
}

#[test]
fn windows_with_missing_values_are_left_out_and_count_once_in_means() {
    let drop = Recipe { window: 2, missing: Missing::Drop, ..PLAIN };
    let series = "x,y\n1,\n2,\n,\n4,0\n5,0\n6,7\n";
    let (_, samples) = train(series, &drop).unwrap();
    assert_eq!((samples.numbers.as_slice(), numbers(&samples, 0)), (&[4.0, 5.0][..], &[7.0][..]));
    let mean = Recipe { missing: Missing::Mean, ..drop };
    let (_, samples) = train("x,y\n1,0\n4,0\n,0\n7,0\n9,0\n", &mean).unwrap();
    // Windows (1, 4), (4, ?), (?, 7): the mean is that of 1, 4 and 7.
    assert_eq!(samples.numbers, [1.0, 4.0, 4.0, 4.0, 4.0, 7.0]);
}
