//! Tables of intensities: those of a modality, and those of values of interest (VOI).

use super::Problem;
use super::data_set::{DataSet, Tag};
use std::sync::Arc;

const DESCRIPTOR: Tag = 0x0028_3002;
const DATA: Tag = 0x0028_3006;

/// A table of numbers for intensities, as defined in
/// [PS3.3 C.11.1](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Table(Arc<Entries>);

#[derive(Debug, PartialEq)]
struct Entries {
    /// The intensity of the first entry.
    first: i64,
    numbers: Vec<u16>,
    /// The largest number that the bits of an entry hold.
    most: u16,
}

impl Table {
    /// Returns the first table of a sequence; `None` if there is no such sequence. `signed` says whether intensities have a sign where the
    /// file does not say the type of the table's numbers.
    ///
    /// # Errors
    /// If the table is incomplete.
    pub(super) fn of(set: &DataSet<'_>, sequence: Tag, signed: bool) -> Result<Option<Table>, Problem> {
        let items = set.items(sequence)?;
        let Some(item) = items.first() else { return Ok(None) };
        let descriptor = item.elements.get(&DESCRIPTOR).ok_or(Problem::Missing { tag: DESCRIPTOR })?;
        let bytes = item.bytes(DATA).ok_or(Problem::Missing { tag: DATA })?;
        let described = item.integers(DESCRIPTOR);
        let wrong = |expected, found: String| Problem::Attribute { tag: DESCRIPTOR, expected, found };
        let &[entries, first, bits] = &described[..] else {
            return Err(wrong("three numbers", format!("{described:?}")));
        };
        if !(8..=16).contains(&bits) {
            return Err(wrong("entries of 8 to 16 bits", bits.to_string()));
        }
        let entries = if entries == 0 { 1 << 16 } else { entries as usize };
        let signed = match descriptor.vr.as_ref() {
            Some(b"SS") => true,
            Some(b"US") => false,
            _ => signed,
        };
        let first = if signed { i64::from((first as u16).cast_signed()) } else { i64::from(first) };
        // Entries of 8 bits may lie one in a word.
        let narrow = bits == 8 && bytes.len() < 2 * entries;
        if bytes.len() < if narrow { entries } else { 2 * entries } {
            let found = format!("{entries} of {bits} bits in {} bytes", bytes.len());
            return Err(wrong("as many entries as there are", found));
        }
        let numbers = match narrow {
            true => bytes[..entries].iter().map(|&byte| u16::from(byte)).collect(),
            false => {
                let (words, _) = bytes[..2 * entries].as_chunks();
                let word = |&word: &[u8; 2]| match item.encoding.big_endian {
                    true => u16::from_be_bytes(word),
                    false => u16::from_le_bytes(word),
                };
                words.iter().map(word).collect()
            }
        };
        let most = (u32::MAX >> (32 - bits)) as u16;
        Ok(Some(Table(Arc::new(Entries { first, numbers, most }))))
    }

    /// Returns the number of an intensity; those outside of the table have that of its ends.
    pub(super) fn number(&self, intensity: f64) -> f64 {
        let Entries { first, numbers, .. } = &*self.0;
        // A fraction belongs to the entry below, as in pydicom.
        let entry = (intensity - *first as f64) as i64;
        f64::from(numbers[entry.clamp(0, numbers.len() as i64 - 1) as usize])
    }

    /// Returns the number of an intensity as a share of the largest one.
    pub(super) fn share(&self, intensity: f64) -> f64 {
        (self.number(intensity) / f64::from(self.0.most)).min(1.0)
    }
}
