//! Cells of a table: numbers, missing values and texts.

use super::format::Decimal;

/// The meaning of a cell by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Missing,
    Number,
    /// An infinity, which no network can learn from.
    Infinite,
    Text,
}

/// Returns the meaning of a trimmed cell.
pub(super) fn kind(cell: &str, decimal: Decimal) -> Kind {
    if is_number(cell, decimal) {
        Kind::Number
    } else if is_missing(cell) {
        Kind::Missing
    } else if is_infinite(cell) {
        Kind::Infinite
    } else {
        Kind::Text
    }
}

/// Returns true for an empty cell and for the words that R, pandas, Excel and UCI's tables write instead of a value.
pub(super) fn is_missing(cell: &str) -> bool {
    matches!(
        cell,
        "" | "?"
            | "-"
            | "NA"
            | "<NA>"
            | "#NA"
            | "N/A"
            | "n/a"
            | "#N/A"
            | "NaN"
            | "nan"
            | "NAN"
            | "-nan"
            | "-NaN"
            | "null"
            | "NULL"
            | "Null"
    )
}

fn is_infinite(cell: &str) -> bool {
    let word = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity")
}

/// Reads a number; infinite if 64 bits cannot hold it.
#[inline]
pub(super) fn number(cell: &str, decimal: Decimal) -> Option<f64> {
    let number = scan(cell.as_bytes(), decimal)?;
    if let Some(exact) = number.exact() {
        return Some(exact);
    }
    match decimal {
        Decimal::Comma if cell.contains(',') => cell.replacen(',', ".", 1).parse().ok(),
        _ => cell.parse().ok(),
    }
}

/// Returns true for what [`number`] reads.
pub(super) fn is_number(cell: &str, decimal: Decimal) -> bool {
    scan(cell.as_bytes(), decimal).is_some()
}

/// The parts of a number.
struct Scanned {
    negative: bool,
    /// The digits without the decimal character, if they are at most 19.
    mantissa: u64,
    digits: usize,
    /// The power of ten of the last digit.
    exponent: i64,
}

impl Scanned {
    /// Returns the number if a mantissa and a power of ten that both are exact give it: then one product or quotient
    /// rounds once, as it must.
    fn exact(&self) -> Option<f64> {
        const POWERS: [f64; 23] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
            1e18, 1e19, 1e20, 1e21, 1e22,
        ];
        if self.digits > 19 || self.mantissa > 1 << 53 {
            return None;
        }
        let power = *POWERS.get(usize::try_from(self.exponent.unsigned_abs()).ok()?)?;
        let mantissa = self.mantissa as f64;
        let size = if self.exponent < 0 { mantissa / power } else { mantissa * power };
        Some(if self.negative { -size } else { size })
    }
}

/// Reads the parts of a number; `None` if the cell is none.
#[inline(always)]
fn scan(cell: &[u8], decimal: Decimal) -> Option<Scanned> {
    let (negative, mut rest) = sign(cell);
    let mut mantissa = 0;
    let whole = digits(&mut rest, &mut mantissa);
    let mut fraction = 0;
    if let [byte, after @ ..] = rest
        && *byte == decimal.byte()
    {
        rest = after;
        fraction = digits(&mut rest, &mut mantissa);
        // A comma ends words, too.
        if decimal == Decimal::Comma && (whole == 0 || fraction == 0) {
            return None;
        }
    }
    if whole + fraction == 0 {
        return None;
    }
    let mut exponent = 0;
    if let [b'e' | b'E', after @ ..] = rest {
        let (below, mut after) = sign(after);
        let mut power = 0;
        let len = digits(&mut after, &mut power);
        if len == 0 || !after.is_empty() {
            return None;
        }
        // One of more digits is left to the standard library.
        let power = if len < 10 { power as i64 } else { i64::from(i32::MAX) };
        exponent = if below { -power } else { power };
    } else if !rest.is_empty() {
        return None;
    }
    Some(Scanned { negative, mantissa, digits: whole + fraction, exponent: exponent - fraction as i64 })
}

/// Removes a sign.
#[inline]
fn sign(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    }
}

/// Removes digits, appends them to a number, and returns their count.
#[inline]
fn digits(bytes: &mut &[u8], number: &mut u64) -> usize {
    let mut count = 0;
    while let Some((first, rest)) = bytes.split_first_chunk()
        && let Some(eight) = eight_digits(*first)
    {
        *number = number.wrapping_mul(100_000_000).wrapping_add(eight);
        *bytes = rest;
        count += 8;
    }
    while let [digit @ b'0'..=b'9', rest @ ..] = *bytes {
        *number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        *bytes = rest;
        count += 1;
    }
    count
}

/// Reads eight digits at once: pairs of neighbours become numbers of two digits, of four, and of eight.
#[inline]
fn eight_digits(bytes: [u8; 8]) -> Option<u64> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let digits = u64::from_le_bytes(bytes).wrapping_sub(EACH * u64::from(b'0'));
    // A byte that is no digit is above 9 now, and so is any that it borrowed from.
    if (digits | digits.wrapping_add(EACH * 0x76)) & (EACH * 0x80) != 0 {
        return None;
    }
    let twos = digits * 10 + (digits >> 8);
    // What runs out at the upper end is not part of the result.
    let fours = (twos & 0x00ff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
    let others = (twos >> 16 & 0x00ff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
    Some(fours.wrapping_add(others) >> 32)
}

/// Removes blanks at both ends, of all kinds that Unicode has.
#[inline]
pub(super) fn trim(cell: &str) -> &str {
    match cell.as_bytes() {
        // Most cells have none.
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => cell,
        _ => cell.trim(),
    }
}
