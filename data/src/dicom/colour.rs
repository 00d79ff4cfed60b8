//! Colours as red, green and blue.

use super::Problem;
use super::data_set::{DataSet, Tag, Value};
use super::layout::Layout;

/// The tables of red, green and blue.
const TABLES: [[Tag; 2]; 3] =
    [[0x0028_1101, 0x0028_1201], [0x0028_1102, 0x0028_1202], [0x0028_1103, 0x0028_1203]];

/// Converts luminance and differences of 8 bits to red, green and blue.
pub(super) fn from_ybr([y, b, r]: [f32; 3]) -> [f32; 3] {
    let (b, r) = (b - 128.0, r - 128.0);
    [y + 1.402 * r, y - 0.114 * 1.772 / 0.587 * b - 0.299 * 1.402 / 0.587 * r, y + 1.772 * b]
        .map(|colour| (colour + 0.5).floor().clamp(0.0, 255.0))
}

/// A table of colours.
pub(super) struct Palette {
    /// Red, green and blue, from 0 to 1.
    tables: [Vec<f32>; 3],
    /// The number of the first entry.
    first: i64,
}

impl Palette {
    pub(super) fn of(set: &DataSet<'_>, layout: &Layout) -> Result<Palette, Problem> {
        let mut palette = Palette { tables: [vec![], vec![], vec![]], first: 0 };
        for (table, [descriptor, data]) in palette.tables.iter_mut().zip(TABLES) {
            let &[entries, first, bits] = &set.integers(descriptor)[..] else {
                return Err(Problem::Missing { tag: descriptor });
            };
            let entries = if entries == 0 { 1 << 16 } else { entries as usize };
            let signed = i64::from((first as u16).cast_signed());
            palette.first = if layout.signed { signed } else { i64::from(first) };
            let Some(Value::Bytes(bytes)) = set.elements.get(&data).map(|element| &element.value) else {
                return Err(Problem::Missing { tag: data });
            };
            // Entries of 8 bits may lie one in a word.
            let narrow = bits == 8 && bytes.len() < 2 * entries;
            let size = if narrow { 1 } else { 2 };
            if bytes.len() < size * entries || !matches!(bits, 8 | 16) {
                let found = format!("{entries} of {bits} bits in {} bytes", bytes.len());
                return Err(Problem::Attribute {
                    tag: descriptor,
                    expected: "entries of 8 or 16 bits",
                    found,
                });
            }
            let most = if bits == 8 { 255.0 } else { 65535.0 };
            let word = |entry: usize| {
                let bytes = [bytes[2 * entry], bytes[2 * entry + 1]];
                if set.encoding.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
            };
            let number = |entry| if narrow { u16::from(bytes[entry]) } else { word(entry) };
            table.extend((0..entries).map(|entry| (f32::from(number(entry)) / most).min(1.0)));
        }
        Ok(palette)
    }

    /// Returns a colour of 0 red, 1 green or 2 blue; places outside of the table have that of its ends.
    pub(super) fn colour(&self, channel: usize, place: i64) -> f32 {
        let table = &self.tables[channel];
        table[(place - self.first).clamp(0, table.len() as i64 - 1) as usize]
    }
}
