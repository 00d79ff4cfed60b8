//! First lines: comments, names, or samples.

use super::*;

fn names(table: &str) -> Vec<String> {
    text(table).names().to_vec()
}

#[test]
fn names_are_found() {
    for table in [
        "a,b\n1,2\n",
        "a,b\n1,x\n2,y\n",
        // A text above numbers is a name, even beside years.
        "a,2020\n1,2\n",
        // Only texts, and none of the first line occurs below.
        "a,b\nred,big\ngreen,small\n",
        "a,b\n",
    ] {
        let found = parse(table, &PLAIN);
        match table.lines().count() {
            1 => assert!(found.is_err(), "{table:?}"),
            _ => assert_eq!(found.unwrap().names().len(), 2, "{table:?}"),
        }
    }
    assert_eq!(names("# a,b\n1,2\n"), ["a", "b"]);
    assert_eq!(names("# made by hand\n#\n# a,b\n1,2\n"), ["a", "b"]);
    assert_eq!(names("#,Name,y\n1,Bulbasaur,0\n2,Ivysaur,1\n"), ["#", "Name", "y"]);
}

#[test]
fn samples_are_found() {
    for table in [
        "1,2\n3,4\n",
        "5.1,3.5,Iris-setosa\n7.0,3.2,Iris-versicolor\n",
        "M,1.5,0\nF,2.5,1\n",
        // A missing value is no name.
        "?,2\n3,4\n",
        // The letters of the first mushroom occur again.
        "p,x,s\ne,x,y\np,b,s\n",
        "red,1\n",
        "0,1,2\n3,4,5\n",
        "0,0,0\n0,1,1\n",
        "2019,1,2\n2020,3,4\n",
        "1,2,a\n3,4,b\n",
        "1,2,3\n0.5,6,1\n",
        "1,2,3,4,5\n2,3,4,5,6\n",
        "1,2,3,4,5\n",
    ] {
        assert!(names(table).is_empty(), "{table:?}");
        assert_eq!(text(table).rows(), table.lines().count(), "{table:?}");
    }
    assert_eq!(cells(&text("# made by NumPy\n1,2\n3,4\n")).len(), 2);
    assert_eq!(cells(&text("#ff0000,1\n#00ff00,2\n"))[0], ["#ff0000", "1"]);
}

#[test]
fn years_and_counted_columns_are_asked_about() {
    for table in
        ["0,1,2\n0.1,0.2,0\n", "2019,2020,2021\n5,6,7.5\n", "country,2019,2020\nFrance,1,2\nPeru,3,4\n"]
    {
        let error = parse(table, &PLAIN).unwrap_err();
        assert!(matches!(error.problem, crate::Problem::Table(Problem::HeaderUnclear { .. })), "{error}");
        assert_eq!(parse(table, &Recipe { header: Header::Names, ..PLAIN }).unwrap().names().len(), 3);
        assert!(parse(table, &Recipe { header: Header::None, ..PLAIN }).unwrap().names().is_empty());
    }
}

#[test]
fn five_columns_counted_from_one_are_asked_about() {
    assert!(parse("1,2,3,4,5\n0.5,6,1,0,2\n", &PLAIN).is_err());
}

#[test]
fn names_of_the_training_table_make_a_header() {
    let recipe = Recipe { header: Header::Names, ..PLAIN };
    let training = "2019,2020,y\n1,2,0\n3,4,1\n";
    let (layout, _) = train(training, &recipe).unwrap();
    let format = layout.format(&Format::default());
    let text = Text::parse(Path::new("new.csv"), "2020,2019\n5,6\n".into(), &format).unwrap();
    assert_eq!(layout.samples(&text, false).unwrap().numbers, [6.0, 5.0]);
}

#[test]
fn scikit_learns_header_names_the_classes() {
    let found = text("3,2,malignant,benign\n1,2,0\n3,4,1\n5,6,1\n");
    assert_eq!(
        (found.classes(), found.rows(), found.line(0)),
        (&["malignant".into(), "benign".into()][..], 3, 2)
    );
    assert!(found.names().is_empty());
}
