//! All messages, as people see them.

use super::*;
use insta::assert_snapshot;
use std::fmt::Write as _;

/// Adds an error and its help to a text.
fn add(messages: &mut String, error: &Error) {
    writeln!(messages, "error: {error}").unwrap();
    if let Some(help) = error.help() {
        writeln!(messages, "help: {help}").unwrap();
    }
    messages.push('\n');
}

/// Returns the messages of tables that cannot be trained with.
fn refused(tables: &[(&[u8], Recipe<'_>)]) -> String {
    let mut messages = String::new();
    for (table, recipe) in tables {
        let shown: String = String::from_utf8_lossy(table).escape_debug().take(60).collect();
        writeln!(messages, "table: {shown}").unwrap();
        let learned = parse(table, recipe).and_then(|text| {
            let mut layout = Layout::learn(&text, recipe, 1)?;
            let samples = layout.samples(&text, true)?;
            layout
                .fit(&samples.numbers, &samples.rows, &[0])
                .map_err(|problem| Error::new(text.file(), problem))
        });
        match learned {
            Ok(()) => panic!("{:?} is read", String::from_utf8_lossy(table)),
            Err(error) => add(&mut messages, &error),
        }
    }
    messages
}

#[test]
fn no_table() {
    let messages = refused(&[
        (b"PK\x03\x04", PLAIN),
        (b"PAR1", PLAIN),
        (b"a,b\n1,2\nM\xfcller,2\n", PLAIN),
        (b"1\0,\x002\0", PLAIN),
        (b"\xff\xfea\0\n\0\0\xd8a\0", PLAIN),
        (b"\xfe\xff\0a\0", PLAIN),
        (b"", PLAIN),
        (b"\xef\xbb\xbf\n \n# nothing\n", PLAIN),
        (b"a,b\n", PLAIN),
        (b"1,2\n", Recipe { separator: "ab", ..PLAIN }),
        (b"1,2\n", Recipe { decimal: ";", ..PLAIN }),
    ]);
    assert_snapshot!(messages);
}

#[test]
fn lines_and_names() {
    let messages = refused(&[
        (b"a,b\n1,2\n\n3,4,5\n", PLAIN),
        (b"a;b;c\n1;2;3\n4;5\n", PLAIN),
        (b"1,2\n3,4\ntotal\n", PLAIN),
        (b"a,b\n1,2\n\"3,4\n5,6\n", PLAIN),
        (b"a b\n1 2 3\n2 3 4\n", PLAIN),
        (b"a,b,c,d\n1,2\n2,3\n", PLAIN),
        (b"0,1,2,3\n5,1.5,2,7\n", PLAIN),
        (b"country,2019,2020\nPeru,5,6\n", PLAIN),
        (b"9,2,malignant,benign\n1,2,0\n", PLAIN),
        (b"x,a,x\n1,2,3\n", PLAIN),
        (b"a;b\n1,5;1.5\n", PLAIN),
        (b"a,b\n\"1,5\",2\n", PLAIN),
    ]);
    assert_snapshot!(messages);
}

#[test]
fn chosen_columns() {
    const TABLE: &[u8] = b"petal length,size,y\n1,2,0\n3,4,1\n";
    let drop = |drop| Recipe { drop, ..PLAIN };
    let messages = refused(&[
        (TABLE, drop(&[Column::Named("Petal_Length")])),
        (TABLE, drop(&[Column::Named("colour")])),
        (b"1,2\n3,4\n", drop(&[Column::Named("colour")])),
        (TABLE, drop(&[Column::At(3)])),
        (TABLE, Recipe { label: &[Column::At(5)], ..PLAIN }),
        (b"1\n2\n", PLAIN),
        (TABLE, drop(&[Column::At(0), Column::At(1)])),
        (TABLE, Recipe { label: &[Column::Last, Column::At(2)], ..PLAIN }),
        (TABLE, Recipe { columns: &[Column::Last, Column::At(0)], ..PLAIN }),
        (TABLE, Recipe { columns: &[Column::At(1), Column::At(0)], ..drop(&[Column::At(1)]) }),
        (TABLE, Recipe { label: &[Column::At(0)], by: &[Column::First], ..PLAIN }),
        (b",a,y\n0,7,1\n1,8,0\n", PLAIN),
        (b"Unnamed: 0,a,y\n0,7,1\n1,8,0\n", PLAIN),
        (b"a,,y\n7,5,1\n8,9,0\n", PLAIN),
    ]);
    assert_snapshot!(messages);
    // As many labels as the loss compares must be there.
    let mut messages = String::new();
    for label in [&[Column::Last][..], &[Column::First], &[Column::At(1)]] {
        let recipe = Recipe { label, ..PLAIN };
        add(&mut messages, &Layout::learn(&text(TABLE), &recipe, 4).unwrap_err());
    }
    assert_snapshot!("labels", messages);
}

#[test]
fn cells_of_training() {
    let words: String = (0..12).map(|line| format!("word{line},0\n")).collect();
    let many: String = (0..3003).map(|line| format!("{},0\n", line % 1001)).collect();
    let missing = |missing| Recipe { missing, ..PLAIN };
    let messages = refused(&[
        (b"age,y\n5.1,0\n5.l,1\n4.9,0\n", PLAIN),
        (b"1,0\n\"2,000\",1\nabout 3,1\n", PLAIN),
        (b"petal length,y\n1,0\n2x,0\n3x,0\n4x,0\n", PLAIN),
        (b"x,y\n1,0\n2,1\n", Recipe { header: Header::None, ..PLAIN }),
        (b"1e999,0\n", PLAIN),
        (b"1,0\n-inf,1\n", PLAIN),
        (b"1,0\n2,inf\n", PLAIN),
        (b"a,b,y\n1,,0\n?,NA,1\n3,5,0\n", PLAIN),
        (b",,,,,,,,,0\n1,2,3,4,5,6,7,8,9,0\n", PLAIN),
        (b"a,y\n1,0\n2,\n", PLAIN),
        (b"a,b,y\n1,,0\n2,1,1\n", Recipe { by: &[Column::At(1)], ..PLAIN }),
        (b"a,b,y\n1,,0\n2,?,1\n", missing(Missing::Mean)),
        (b"a,b,y\n1,,0\n2,5,1\n", missing(Missing::Mean)),
        (b"a,b,y\n1,,0\n,5,1\n", missing(Missing::Drop)),
        (words.as_bytes(), PLAIN),
        (many.as_bytes(), Recipe { categories: &[Column::First], ..PLAIN }),
        (b"a,y\n1,0\n2,1\n", Recipe { window: 2, ..PLAIN }),
        (b"a,g,y\n1,u,0\n2,v,1\n3,v,2\n", Recipe { window: 3, ahead: 2, by: &[Column::At(1)], ..PLAIN }),
    ]);
    assert_snapshot!(messages);
}

#[test]
fn later_tables() {
    const TRAINING: &str = "colour,petal length,y\nred,1,0\nblue,2,1\n";
    let mut messages = String::new();
    for table in [
        "colour,y\nred,1\n",
        "colour,petal.length\nred,1\n",
        "blue\n",
        "colour,petal length\nblue,2\nBlue,3\n",
        "colour,petal length\nblue,2\npurple,3\n",
        "colour,petal length\nblue,\n",
        "colour,petal length\nblue,2\nred,x\n",
        "colour,petal length\nblue,\"1,000.5\"\n",
        "colour,petal length\nblue,inf\n",
    ] {
        writeln!(messages, "table: {}", table.escape_debug()).unwrap();
        add(&mut messages, &predict(TRAINING, &PLAIN, table).unwrap_err());
    }
    let (layout, _) = train(TRAINING, &PLAIN).unwrap();
    add(&mut messages, &layout.samples(&text("petal length,colour\n1,red\n"), true).unwrap_err());
    add(&mut messages, &layout.samples(&text("5\n"), true).unwrap_err());
    let problem = Layout::from_lines(&["table\t1", "input\t0"]).unwrap_err();
    add(&mut messages, &Error::new(Path::new("toy.safetensors"), problem));
    let problem = Problem::Memory { samples: 1_000_000, numbers: 1_000_000 };
    add(&mut messages, &Error::new(Path::new("table.csv"), problem));
    let problem = Problem::LongLine { line: 1 };
    add(&mut messages, &Error::new(Path::new("table.csv"), problem));
    assert_snapshot!(messages);
}
