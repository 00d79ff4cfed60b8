//! Bytes to cells.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

#[test]
fn encodings_give_the_same_table() {
    let plain = "größe,y\n1,2\n3,4\n";
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
        mark.into_iter().chain(plain.encode_utf16().flat_map(bytes)).collect()
    };
    let expected = text(plain);
    assert_eq!(expected.names(), ["größe", "y"]);
    for bytes in [
        [b"\xef\xbb\xbf", plain.as_bytes()].concat(),
        utf16(u16::to_le_bytes, [0xff, 0xfe]),
        utf16(u16::to_be_bytes, [0xfe, 0xff]),
    ] {
        let found = text(&bytes);
        assert_eq!((found.names(), cells(&found)), (expected.names(), cells(&expected)));
    }
}

#[test]
fn files_may_be_gzipped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.csv.gz");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(b"a,b\n1,2\n").unwrap();
    let bytes = gzip.finish().unwrap();
    std::fs::write(&file, &bytes).unwrap();
    let found = Text::read(&file, &Format::default()).unwrap();
    assert_eq!((found.rows(), found.file()), (1, file.as_path()));
    std::fs::write(&file, &bytes[..bytes.len() - 9]).unwrap();
    let error = Text::read(&file, &Format::default()).unwrap_err();
    assert!(matches!(error.problem, crate::Problem::Gzip(_)), "{error}");
    let error = Text::read(&folder.path().join("none.csv"), &Format::default()).unwrap_err();
    assert!(error.to_string().ends_with("none.csv: there is no such table"), "{error}");
}

#[test]
fn ends_of_lines_may_differ_and_lines_be_blank() {
    for (table, lines) in [
        ("1,2\n3,4\n5,6", [1, 2, 3]),
        ("1,2\r\n3,4\r\n5,6\r\n", [1, 2, 3]),
        ("1,2\r3,4\r5,6\r", [1, 2, 3]),
        ("\n\n1,2\n  \n3,4\r\n\r\n5,6\n\n\n", [3, 5, 7]),
        ("\r\r1,2\r\r3,4\r5,6", [3, 5, 6]),
        ("\"1\",2\n\n3,4\n \n5,6\n", [1, 3, 5]),
        ("\r\n1,2\r\n\"3\",4\r\n\r\n5,6\r\n", [2, 3, 5]),
        ("1,2\r\r3,\"4\"\r5,6\r", [1, 3, 4]),
    ] {
        let found = text(table);
        assert_eq!(cells(&found), [["1", "2"], ["3", "4"], ["5", "6"]], "{table:?}");
        assert_eq!((0..3).map(|row| found.line(row)).collect::<Vec<_>>(), lines, "{table:?}");
    }
}

#[test]
fn quotes_keep_separators_and_lines_together() {
    let found = text("name,note,y\n\"Müller, A.\",\"says \"\"no\"\"\",1\nB,\"two\nlines\",2\nC,,3\n");
    assert_eq!(cells(&found), [["Müller, A.", "says \"no\"", "1"], ["B", "two\nlines", "2"], ["C", "", "3"]]);
    assert_eq!([found.line(0), found.line(1), found.line(2)], [2, 3, 5]);
}

#[test]
fn separators_are_found() {
    let comma = Separator::Character(b',');
    let semicolon = Separator::Character(b';');
    let tab = Separator::Character(b'\t');
    for (table, separator, decimal, first) in [
        ("alter;gewicht;klasse\n0,5;1;0\n0,7;2;1\n", semicolon, Decimal::Comma, &["0,5", "1", "0"][..]),
        ("0,5;1,5;0\n0,7;2,5;1\n", semicolon, Decimal::Comma, &["0,5", "1,5", "0"]),
        ("0.5;1\n0.7;2\n", semicolon, Decimal::Point, &["0.5", "1"]),
        ("1,2\n3,4\n", comma, Decimal::Point, &["1", "2"]),
        ("1, 2, 3\n4, 5, 6\n", comma, Decimal::Point, &["1", "2", "3"]),
        ("1,5\t2\n2,5\t3\n", tab, Decimal::Comma, &["1,5", "2"]),
        ("a\tb\n1\t\n\t2\n", tab, Decimal::Point, &["1", ""]),
        ("1|2\n3|4\n", Separator::Character(b'|'), Decimal::Point, &["1", "2"]),
        ("  1   2\t3\n 40  5  6\n", Separator::Blanks, Decimal::Point, &["1", "2", "3"]),
        ("1,5 2,5\n3,5 4,5\n", Separator::Blanks, Decimal::Comma, &["1,5", "2,5"]),
        ("\"a b\"  1\nc \"2\"\n", Separator::Blanks, Decimal::Point, &["a b", "1"]),
        (
            "when,x\n2020-01-01 10:00,1.5\n2020-01-01 10:05,2.5\n",
            comma,
            Decimal::Point,
            &["2020-01-01 10:00", "1.5"],
        ),
        ("city;x\nBerlin, Mitte;1\nParis, Nord;2\n", semicolon, Decimal::Point, &["Berlin, Mitte", "1"]),
        ("sep=;\r\n1,5;x\r\n2,5;y\r\n", semicolon, Decimal::Comma, &["1,5", "x"]),
        ("7\n8\n", comma, Decimal::Point, &["7"]),
    ] {
        let found = text(table);
        assert_eq!((found.separator(), found.decimal()), (separator, decimal), "{table:?}");
        assert_eq!(cells(&found)[0], first, "{table:?}");
    }
    for table in ["sep=;\r\na;b\r\n1,5;2\r\n", "sep=;\na;b\n1,5;2\n", "sep=;\ra;b\r1,5;2\r"] {
        let found = text(table);
        assert_eq!((found.names().len(), found.line(0), found.rows()), (2, 3, 1), "{table:?}");
    }
    // A name may begin so, too.
    assert_eq!(text("sep=x,b\n1,2\n").names(), ["sep=x", "b"]);
}

#[test]
fn separators_can_be_given() {
    let given = |separator| Recipe { separator, ..PLAIN };
    for (name, table) in [("tab", "a b\tc d\n"), ("\t", "a b\tc d\n"), (":", "a b:c d\n"), (" ", "a\t b\n")] {
        let format = Recipe { header: Header::None, ..given(name) };
        assert_eq!(parse(table, &format).unwrap().width(), 2, "{name}");
    }
    for wrong in ["ab", "ö", "x", "\n", "\""] {
        assert!(matches!(Format::of(&given(wrong)), Err(Problem::Option { .. })), "{wrong:?}");
    }
    let quoted = Recipe { decimal: ",", ..PLAIN };
    let found = parse("x,y\n\"0,5\",1\n\"1,5\",0\n", &quoted).unwrap();
    assert_eq!((found.separator(), found.width()), (Separator::Character(b','), 2));
    let layout = Layout::learn(&found, &quoted, 1).unwrap();
    assert_eq!(layout.samples(&found, true).unwrap().numbers, [0.5, 1.5]);
}

#[test]
fn separators_at_the_ends_of_lines_are_no_column() {
    assert_eq!(text("a;b;\n1;2;\n3;4;\n").names(), ["a", "b"]);
    assert_eq!(cells(&text("1,2,\n3,4,\n")), [["1", "2"], ["3", "4"]]);
    // A column with a name or a value is one.
    assert_eq!(text("a,b,c\n1,2,\n3,4,\n").width(), 3);
    assert_eq!(text("1,2,\n3,4,5\n").width(), 3);
}

#[test]
fn wide_tables_take_no_longer_than_long_ones() {
    let columns: Vec<usize> = (0..30_000).collect();
    let table = |columns: &[usize]| {
        let cells = |name: &str| columns.iter().map(|column| format!("{name}{column}")).collect::<Vec<_>>();
        format!("{}\n{}\n", cells("gene").join(","), cells("").join(","))
    };
    let backwards: Vec<usize> = columns.iter().rev().copied().collect();
    let samples = predict(&table(&columns), &PLAIN, &table(&backwards)).unwrap();
    let (_, inputs) = columns.split_last().unwrap();
    assert!(samples.numbers.iter().copied().eq(inputs.iter().map(|&column| column as f64)));
}
