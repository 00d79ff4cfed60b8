//! Standardizing, and what it leaves alone.

use super::*;
use crate::train::Scaling;

#[test]
fn features_are_standardized_by_the_samples_to_train_with() {
    let mut data = load("1,5,0\n3,5,1\n5,5,2\n", &[Column::Last], &PAIRS).unwrap();
    let normalization = data.normalization(Scaling::Standardize).unwrap();
    assert_eq!(normalization.mean, [3.0, 5.0]);
    assert_eq!(normalization.std, [(8.0f64 / 3.0).sqrt(), 1.0], "a constant feature is left as it is");
    data.normalize(&normalization);
    assert_eq!(data.inputs()[2..4], [0.0, 0.0]);
    assert!((data.inputs()[0] + 1.224_744_9).abs() < 1e-6);
}

/// Returns mean, deviation and the scaled inputs of tables with one column.
fn standardized(cells: &[String]) -> (f64, f64, Vec<f32>, Option<String>) {
    let interface = Interface { input: &[1], output: &[1], loss: Loss::MSE, to_input: false };
    let text: Vec<String> = cells.iter().map(|cell| format!("{cell},0\n")).collect();
    let mut data = load(&text.concat(), &[Column::Last], &interface).unwrap();
    let normalization = data.normalization(Scaling::Standardize).unwrap();
    let told = data.measured(Scaling::Standardize).unwrap().1;
    data.normalize(&normalization);
    (normalization.mean[0], normalization.std[0], data.inputs().to_vec(), told)
}

#[test]
fn a_feature_that_is_constant_but_for_rounding_is_not_divided() {
    for cell in ["0.1", "-0.1", "1", "3", "7", "100", "255", "1000", "1e-30", "0", "20260101", "1700000000"] {
        for count in [2, 3, 10, 114, 455, 1000] {
            let (mean, std, inputs, told) = standardized(&vec![cell.to_string(); count]);
            assert_eq!(std, 1.0, "{count} times {cell}");
            let value: f64 = cell.parse().unwrap();
            assert!((mean - value).abs() <= 1e-15 * value.abs(), "{mean} is not {value}");
            assert!(inputs.iter().all(|x| x.abs() < 1e-6), "{inputs:?}");
            assert_eq!(told.unwrap(), "column 1 never changes: its standard deviation counts as 1");
        }
    }
}

#[test]
fn numbers_are_standardized_before_they_are_rounded() {
    let seconds: Vec<String> = (0..60).map(|second| (1_700_000_000 + second).to_string()).collect();
    let (mean, std, inputs, told) = standardized(&seconds);
    assert_eq!((mean, told), (1_700_000_029.5, None));
    assert!((std - 17.318_102_282_486_574).abs() < 1e-9, "{std}");
    for (second, x) in inputs.iter().enumerate() {
        let want = (second as f64 - 29.5) / 17.318_102_282_486_574;
        assert!((f64::from(*x) - want).abs() < 1e-6, "{x} is not {want}");
    }
    // Identifiers beyond 2^24, dates, and numbers smaller than any of 32 bits.
    let cells: [fn(u32) -> String; 3] =
        [|i| (16_777_216 + i).to_string(), |i| (20_260_101 + i).to_string(), |i| format!("{i}e-50")];
    for cell in cells {
        let (.., inputs, _) = standardized(&(0..9).map(cell).collect::<Vec<_>>());
        let step = inputs[1] - inputs[0];
        assert!((step - (12.0f32 / 80.0).sqrt()).abs() < 1e-6, "{inputs:?}");
    }
}

#[test]
fn normalize_is_computed_in_64_bits_too() {
    let interface = Interface { input: &[1], output: &[1], loss: Loss::MSE, to_input: false };
    let mut data = load("1700000001,0\n1700000003,0\n", &[Column::Last], &interface).unwrap();
    let scaling = Scaling::Normalize { mean: 1.7e9, std: 2.0 };
    assert_eq!(data.measured(scaling).unwrap().1, None);
    data.normalize(&data.normalization(scaling).unwrap());
    assert_eq!(*data.inputs(), [0.5, 1.5]);
}

#[test]
fn parts_of_a_table_keep_all_digits() {
    let interface = Interface { input: &[1], output: &[1], loss: Loss::MSE, to_input: false };
    let text: String = (0..10).map(|i| format!("{},{i}\n", 1_700_000_000 + i)).collect();
    let mut data = load(&text, &[Column::Last], &interface).unwrap();
    data.truncate(9);
    let (training, held_out) = data.split(&drawn(0.3), 1).unwrap();
    for mut part in [training, held_out] {
        part.normalize(&Normalization::new(vec![1.7e9], vec![1.0]));
        assert_eq!(Some(TargetsRef::Values(&part.inputs())), part.targets());
    }
}

#[test]
fn columns_that_never_change_are_named() {
    let told = |header: &str, row: &str, inputs: &[usize]| {
        let interface = Interface { input: inputs, output: &[1], loss: Loss::MSE, to_input: false };
        let data = load(&format!("{header}{row}{row}"), &[Column::First], &interface).unwrap();
        data.measured(Scaling::Standardize).unwrap().1.unwrap()
    };
    assert_eq!(
        told("y,age,dose\n", "1,2,3\n", &[2]),
        "columns age, dose never change: their standard deviation counts as 1"
    );
    assert_eq!(
        told("", "1,2,3,4,5,6,7,8\n", &[7]),
        "columns 2, 3, 4, 5, 6 and 2 more never change: their standard deviation counts as 1"
    );
    let images = Dataset::new(&[1, 1, 2], vec![0.0, 0.5, 0.0, 0.25], Targets::Inputs).unwrap();
    assert_eq!(
        images.measured(Scaling::Standardize).unwrap().1.unwrap(),
        "1 of 2 inputs never change: their standard deviation counts as 1"
    );
}

#[test]
fn a_split_that_leaves_nothing_to_train_with_is_told_truly() {
    let (few, many) =
        (numbered(1).split(&drawn(0.5), 0).unwrap_err(), numbered(100).split(&drawn(0.999), 0).unwrap_err());
    let told = [few, many].map(|problem| format!("{problem}\nhelp: {}", problem.help().unwrap()));
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_column_of_a_series_is_named_once() {
    let folder = csv("a,b,c,y\n1,5,7,0\n2,5,7,1\n4,5,7,0\n3,5,7,1\n9,5,7,1\n");
    let series = |inputs: &'static [usize], columns: &'static [Column]| {
        let source = Source::Csv(Table {
            columns,
            window: 2,
            label: &[Column::Last],
            path: "table.csv",
            ..Table::USUAL
        });
        let interface = Interface { input: inputs, output: &[1], loss: Loss::MSE, to_input: false };
        Dataset::training(&source, folder.path(), &interface).unwrap()
    };
    let told = |data: &Dataset| data.measured(Scaling::Standardize).unwrap().1.unwrap();
    let all = series(&[3, 2], &[]);
    assert_eq!(told(&all), "columns b, c never change: their standard deviation counts as 1");
    assert_eq!(all.constant_columns().unwrap(), ["b", "c"]);
    let two = series(&[2, 2], &[Column::Named("a"), Column::Named("c")]);
    assert_eq!(told(&two), "column c never changes: its standard deviation counts as 1");
}
