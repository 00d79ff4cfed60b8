//! Tables whose numbers pandas 3 has computed.

use super::*;

const STATIONS: &str = "date;temp;wind;station;ok\n2024-01-01;1,5;;north;ja\n2024-01-02;-2,25;4,0;\"south; east\";nein\n\
                        2024-01-03;;3,5;north;ja\n2024-01-04;1e1;2,5;west;ja\n";

const CUSTOMERS: &str = "age\tincome\tcity\tbought\n34\t52000.5\tParis\t1\nNA\t48000\tLyon\t0\n51\t?\tParis\t1\n\
                         28\t39999.99\tNA\t0\n45\t61000\tNice\t1\n";

/// `pandas.read_csv(file, sep=";", decimal=",")`, `x.fillna(x.mean())`, `get_dummies`
#[test]
fn means_and_dummies() {
    let recipe = Recipe { drop: &[Column::Named("date")], missing: Missing::Mean, ..PLAIN };
    let (layout, samples) = train(STATIONS, &recipe).unwrap();
    assert_eq!(layout.features(), ["temp", "wind", "station=north", "station=south; east", "station=west"]);
    assert_eq!(
        samples.numbers.chunks(5).collect::<Vec<_>>(),
        [
            [1.5, 3.3333333333333335, 1.0, 0.0, 0.0],
            [-2.25, 4.0, 0.0, 1.0, 0.0],
            [3.0833333333333335, 3.5, 1.0, 0.0, 0.0],
            [10.0, 2.5, 0.0, 0.0, 1.0],
        ]
    );
    assert_eq!(texts(&samples, 0), ["ja", "nein", "ja", "ja"]);
}

/// `pandas.read_csv(file, sep="\t", na_values=["?"])`, `x.fillna(x.median())`, `get_dummies`
#[test]
fn medians_and_missing_categories() {
    let (layout, samples) = train(CUSTOMERS, &Recipe { missing: Missing::Median, ..PLAIN }).unwrap();
    assert_eq!(layout.features(), ["age", "income", "city=Lyon", "city=Nice", "city=Paris"]);
    assert_eq!(
        samples.numbers.chunks(5).collect::<Vec<_>>(),
        [
            [34.0, 52000.5, 0.0, 0.0, 1.0],
            [39.5, 48000.0, 1.0, 0.0, 0.0],
            [51.0, 50000.25, 0.0, 0.0, 1.0],
            [28.0, 39999.99, 0.0, 0.0, 0.0],
            [45.0, 61000.0, 0.0, 1.0, 0.0],
        ]
    );
}

/// `dropna`
#[test]
fn lines_without_missing_values() {
    let recipe = Recipe { missing: Missing::Drop, columns: &[Column::At(0), Column::At(1)], ..PLAIN };
    let (_, samples) = train(CUSTOMERS, &recipe).unwrap();
    assert_eq!(samples.numbers, [34.0, 52000.5, 28.0, 39999.99, 45.0, 61000.0]);
    let (_, samples) = train(CUSTOMERS, &Recipe { columns: &[], ..recipe }).unwrap();
    assert_eq!((samples.lines, samples.left_out), (vec![2, 6], vec![3, 4, 5]));
}

/// `pandas.read_csv(file, sep=r"\s+", header=None)`
#[test]
fn blanks() {
    let (_, samples) =
        train("  1.0   2.5e-3  -7\n 10.25  .5      +8\n  3.    1E2     0009\n", &PLAIN).unwrap();
    assert_eq!(samples.numbers, [1.0, 0.0025, 10.25, 0.5, 3.0, 100.0]);
    assert_eq!(numbers(&samples, 0), [-7.0, 8.0, 9.0]);
}

/// `pandas.read_csv(file, header=None, float_precision="round_trip")`
#[test]
fn extreme_numbers() {
    let table = "0.1,0.30000000000000004,123456789012345680\n2.2250738585072014e-308,4.9e-324,1.7976931348623157e308\n\
                 9007199254740993,0.000001234567890123456789,1e23\n";
    let (_, samples) = train(table, &Recipe { label: &[], ..PLAIN }).unwrap();
    assert_eq!(
        samples.numbers,
        [
            0.1,
            0.30000000000000004,
            1.2345678901234568e17,
            2.2250738585072014e-308,
            5e-324,
            f64::MAX,
            9007199254740992.0,
            1.2345678901234567e-06,
            1e23,
        ]
    );
}

/// `series.iloc[i:i + window]` and `series.iloc[i + window - 1 + ahead]`
#[test]
fn windows() {
    let series = "t,load\n0,10\n1,12.5\n2,11\n3,14\n4,13\n5,15.5\n";
    let load: &[Column<&str>] = &[Column::Named("load")];
    let recipe = Recipe { label: load, columns: load, window: 3, ..PLAIN };
    let (_, samples) = train(series, &recipe).unwrap();
    assert_eq!(samples.numbers, [10.0, 12.5, 11.0, 12.5, 11.0, 14.0, 11.0, 14.0, 13.0]);
    assert_eq!(numbers(&samples, 0), [14.0, 13.0, 15.5]);
    let (_, samples) = train(series, &Recipe { window: 2, step: 2, ahead: 2, ..recipe }).unwrap();
    assert_eq!(samples.numbers, [10.0, 12.5, 11.0, 14.0]);
    assert_eq!(numbers(&samples, 0), [14.0, 15.5]);
}
