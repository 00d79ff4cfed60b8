//! A table to learn columns from, to train with, and to predict for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright_data::table::{Format, Layout, Recipe, Text};
use netwright_model::{Column, Header, Missing, Table};
use std::path::Path;

const PLAIN: Recipe<'static> = Table { path: "table.csv", ..Table::USUAL };

fuzz_target!(|bytes: &[u8]| {
    for recipe in [
        PLAIN,
        Recipe { label: &[Column::First], missing: Missing::Mean, header: Header::None, ..PLAIN },
        Recipe { missing: Missing::Drop, by: &[Column::First], separator: "blank", ..PLAIN },
        Recipe { missing: Missing::Median, categories: &[Column::First], window: 2, ..PLAIN },
        Recipe { missing: Missing::Value(0.5), header: Header::Names, decimal: ",", ..PLAIN },
    ] {
        if let Err(error) = read(bytes, &recipe) {
            assert!(!error.to_string().is_empty());
        }
    }
    let text = String::from_utf8_lossy(bytes);
    if let Ok(layout) = Layout::from_lines(&text.lines().collect::<Vec<_>>()) {
        assert_eq!(Layout::from_lines(&layout.lines()), Ok(layout));
    }
});

/// Reads a table, and reads it again by what was learned from it.
fn read(bytes: &[u8], recipe: &Recipe<'_>) -> Result<(), netwright_data::Error> {
    let file = Path::new("table.csv");
    let format = Format::of(recipe).expect("a format");
    let text = Text::parse(file, bytes.to_vec(), &format)?;
    let mut layout = Layout::learn(&text, recipe, 1)?;
    let mut samples = layout.samples(&text, true)?;
    assert_eq!(samples.numbers.len(), samples.features * samples.lines.len());
    let training: Vec<u32> = (0..samples.lines.len() as u32).collect();
    if layout.fit(&samples.numbers, &samples.rows, &training).is_ok() {
        layout.fill(&mut samples.numbers);
        assert!(samples.numbers.iter().all(|number| number.is_finite()));
    }
    let layout = Layout::from_lines(&layout.lines()).expect("the layout's own lines");
    let text = Text::parse(file, bytes.to_vec(), &layout.format(&format))?;
    layout.samples(&text, false)?;
    Ok(())
}
