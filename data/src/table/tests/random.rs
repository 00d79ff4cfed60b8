//! Random bytes and damaged tables: nothing panics, and what is read is sound.

use super::*;
use crate::table::cell::{self, Kind};
use crate::table::split::{Cells, end_of_line, plain_parts, quoted, split};
use proptest::prelude::*;

/// Reads a table with several recipes, and what is read once more as if it were new.
fn read(bytes: &[u8]) {
    let recipes = [
        PLAIN,
        Recipe { label: &[Column::First], missing: Missing::Mean, header: Header::None, ..PLAIN },
        Recipe { missing: Missing::Drop, by: &[Column::First], separator: " ", ..PLAIN },
        Recipe { window: 2, missing: Missing::Median, categories: &[Column::First], ..PLAIN },
        Recipe { window: 1, ahead: 0, step: 2, missing: Missing::Value(0.5), decimal: ",", ..PLAIN },
    ];
    for recipe in recipes {
        match read_as(bytes, &recipe) {
            Ok(()) => {}
            Err(error) => {
                assert!(!error.to_string().is_empty() && error.help().is_none_or(|help| !help.is_empty()));
            }
        }
    }
}

fn read_as(bytes: &[u8], recipe: &Recipe<'_>) -> Result<(), Error> {
    let text = parse(bytes, recipe)?;
    assert!(text.rows() > 0 && text.width() > 0);
    let lines: Vec<u64> = (0..text.rows()).map(|row| text.line(row)).collect();
    assert!(lines.is_sorted_by(|a, b| a < b));
    let mut layout = Layout::learn(&text, recipe, 1)?;
    let mut samples = layout.samples(&text, true)?;
    let count = samples.lines.len();
    assert!(count > 0 && samples.numbers.len() == count * samples.features);
    assert!(samples.labels.iter().all(|label| match &label.values {
        Values::Numbers(numbers) => numbers.len() == count && numbers.iter().all(|number| number.is_finite()),
        Values::Texts(texts) => texts.len() == count && texts.iter().all(|text| !text.is_empty()),
    }));
    let training: Vec<u32> = (0..count as u32).collect();
    if layout.fit(&samples.numbers, &samples.rows, &training).is_ok() {
        layout.fill(&mut samples.numbers);
        assert!(samples.numbers.iter().all(|number| number.is_finite()));
    }
    assert_eq!(layout.shape().iter().product::<usize>(), samples.features);
    assert_eq!(layout.features().len(), layout.shape()[0]);
    assert_eq!(Layout::from_lines(&layout.lines()).as_ref(), Ok(&layout));
    let again = layout.samples(&text, false)?;
    assert!(again.lines.len() >= count);
    Ok(())
}

/// Cells that are near to others in meaning.
const CELLS: &[&str] = &[
    "1",
    "2.5",
    "0,5",
    "-3e4",
    "1e999",
    "inf",
    "NA",
    "",
    "?",
    "-",
    "red",
    "blue",
    "#",
    "\"a,b\"",
    "\"x\ny\"",
    "\"",
    "2019",
    "2020",
    "2021",
    "ü",
    " ",
    "nan",
    "+",
    ".",
    "1.",
    ",",
    "sep=;",
    "\u{feff}",
    "9007199254740993",
    "Unnamed: 0",
];

/// Returns all lines with their numbers.
fn rows(cells: &Cells) -> Vec<(u64, Vec<String>)> {
    (0..cells.len()).map(|row| (cells.line(row), cells.cells(row).map(String::from).collect())).collect()
}

proptest! {
    #[test]
    fn bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
    }

    #[test]
    fn characters_of_tables_are_read_or_refused(table in "[0-3ab,;\t|\"#.?\r\n -]{0,80}") {
        read(table.as_bytes());
        let utf16 = [0xff, 0xfe].into_iter().chain(table.encode_utf16().flat_map(u16::to_le_bytes));
        read(&utf16.collect::<Vec<u8>>());
    }

    #[test]
    fn damaged_tables_are_read_or_refused(
        rows in proptest::collection::vec(proptest::collection::vec(0..CELLS.len(), 3), 1..12),
        separator in "[,;\t| ]",
        end in "\n|\r\n|\r",
        at in any::<proptest::sample::Index>(),
        by in proptest::option::of(any::<u8>()),
    ) {
        let lines = rows.iter().map(|row| row.iter().map(|&cell| CELLS[cell]).collect::<Vec<_>>().join(&separator));
        let mut bytes = lines.collect::<Vec<_>>().join(&end).into_bytes();
        read(&bytes);
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes.splice(at..at + 1, by);
            read(&bytes);
        }
    }

    #[test]
    fn tables_of_numbers_come_back(
        rows in proptest::collection::vec(proptest::collection::vec(proptest::num::f64::NORMAL | proptest::num::f64::ZERO, 4), 1..8),
        comma in any::<bool>(),
    ) {
        let recipe = match comma {
            true => Recipe { separator: ";", decimal: ",", header: Header::None, ..PLAIN },
            false => Recipe { header: Header::None, ..PLAIN },
        };
        let mut table = String::new();
        for row in &rows {
            let cells: Vec<String> = row.iter().map(|number| format!("{number:?}")).collect();
            table += &if comma { cells.join(";").replace('.', ",") } else { cells.join(",") };
            table.push('\n');
        }
        let (_, samples) = train(&table, &recipe).unwrap();
        let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&samples.numbers), bits(&rows.iter().flat_map(|row| row[..3].to_vec()).collect::<Vec<_>>()));
        prop_assert_eq!(bits(numbers(&samples, 0)), bits(&rows.iter().map(|row| row[3]).collect::<Vec<_>>()));
    }

    #[test]
    fn splitting_agrees_with_the_csv_crate(table in "[1ab,;\t|\r\n ]{0,60}", separator in "[,;\t|]") {
        let separator = Separator::Character(separator.as_bytes()[0]);
        let plain = split(table.clone(), separator, 1).unwrap();
        let read = quoted(&table, separator, 1).unwrap();
        prop_assert_eq!(rows(&plain), rows(&read));
        // With a quoted cell above both ways are taken.
        let both = split(format!("\"q\n\"\n{table}"), separator, 1).unwrap();
        let below = rows(&both).into_iter().skip(1).map(|(line, cells)| (line - 2, cells)).collect::<Vec<_>>();
        prop_assert_eq!(rows(&plain), below);
    }

    #[test]
    fn parts_give_the_whole(table in "[1,\r\n ]{0,60}", mut places in proptest::collection::vec(0..60_usize, 0..5)) {
        places.push(table.len());
        let mut ends: Vec<usize> =
            places.iter().map(|&place| end_of_line(table.as_bytes(), place.min(table.len()))).collect();
        ends.sort_unstable();
        ends.dedup();
        let parts = plain_parts(table.clone(), b',', 1, &ends).unwrap();
        let whole = plain_parts(table.clone(), b',', 1, &[table.len()]).unwrap();
        prop_assert_eq!(rows(&parts), rows(&whole));
    }

    #[test]
    fn numbers_are_those_of_the_standard_library(cell in "[-+]?[0-9.,eE]{0,6}|[-+]?(nan|inf|infinity|1_0|0x1)") {
        for decimal in [Decimal::Point, Decimal::Comma] {
            let number = cell::number(&cell, decimal);
            prop_assert_eq!(number.is_some(), cell::is_number(&cell, decimal));
            prop_assert_eq!(number.is_some(), cell::kind(&cell, decimal) == Kind::Number);
        }
        let expected = cell.parse::<f64>().ok().filter(|_| cell.contains(|c: char| c.is_ascii_digit()));
        prop_assert_eq!(cell::number(&cell, Decimal::Point), expected);
    }
}

proptest! {
    #[test]
    fn digits_are_read_exactly(cell in "[+-]?[0-9]{0,25}[.][0-9]{0,25}([eE][+-]?[0-9]{1,3})?|[0-9./:;]{1,18}") {
        let expected = cell.parse::<f64>().ok().map(f64::to_bits);
        prop_assert_eq!(cell::number(&cell, Decimal::Point).map(f64::to_bits), expected);
    }
}
