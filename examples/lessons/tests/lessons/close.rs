//! Texts that are equal but for the last digits of their numbers. Logarithms and the order of sums in products of matrices differ between
//! machines, so that a run elsewhere may round another way.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    /// A number without sign, as it is written.
    Number(&'a str),
    /// The text up to the next number. A colour such as `#0072B2` is text.
    Text(&'a str),
}

/// Returns the first pieces that differ, if any do. Decimals may differ by one in their last digit, whole numbers by `slack`.
pub(crate) fn difference<'a>(
    old: &'a str,
    new: &'a str,
    slack: f64,
) -> Option<(Option<Piece<'a>>, Option<Piece<'a>>)> {
    let (mut old, mut new) = (pieces(old).into_iter(), pieces(new).into_iter());
    loop {
        match (old.next(), new.next()) {
            (None, None) => return None,
            (Some(a), Some(b)) if is_close(a, b, slack) => {}
            found => return Some(found),
        }
    }
}

fn is_close(a: Piece<'_>, b: Piece<'_>, slack: f64) -> bool {
    let (Piece::Number(x), Piece::Number(y)) = (a, b) else { return a == b };
    let unit = |text: &str| match text.split_once('.') {
        Some((_, digits)) => 10f64.powi(-(digits.len() as i32)),
        None => slack,
    };
    let [Ok(p), Ok(q)] = [x, y].map(str::parse::<f64>) else { return x == y };
    x == y || (p - q).abs() <= 1.01 * unit(x).max(unit(y))
}

fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = vec![];
    while !text.is_empty() {
        let is_number = text.starts_with(|letter: char| letter.is_ascii_digit());
        let end = if is_number { number(text) } else { words(text) };
        let (piece, rest) = text.split_at(end);
        pieces.push(if is_number { Piece::Number(piece) } else { Piece::Text(piece) });
        text = rest;
    }
    pieces
}

/// Returns the length of the number that a text begins with.
fn number(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    match text[whole..].strip_prefix('.').map(digits) {
        Some(decimals) if decimals > 0 => whole + 1 + decimals,
        _ => whole,
    }
}

/// Returns the length of the text before the next number that is no part of a colour.
fn words(text: &str) -> usize {
    let mut is_colour = false;
    let found = text.char_indices().find(|(_, letter)| {
        is_colour = *letter == '#' || is_colour && letter.is_ascii_hexdigit();
        letter.is_ascii_digit() && !is_colour
    });
    found.map_or(text.len(), |(at, _)| at)
}

#[test]
fn the_last_digit_of_a_number_may_differ() {
    assert_eq!(difference("a loss of 0.731, 9.99 s", "a loss of 0.732, 10.0 s", 0.0), None);
    assert_eq!(difference("M3 4h5", "M3 5h5", 1.0), None);
}

#[test]
fn any_other_change_is_found() {
    for (old, new, slack) in [
        ("a loss of 0.731", "a loss of 0.733", 0.0),
        ("a loss of 0.731", "a rate of 0.731", 0.0),
        ("12 steps", "13 steps", 0.0),
        ("M3 4h5", "M3 6h5", 1.0),
        ("M3 4h5", "M3 4h5v1", 1.0),
        ("fill=\"#0072B2\"", "fill=\"#0072B3\"", 1.0),
        ("-1.5", "1.5", 0.0),
    ] {
        assert!(difference(old, new, slack).is_some(), "{old} and {new}");
    }
}
