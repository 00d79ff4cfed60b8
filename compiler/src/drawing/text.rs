//! Shapes and numbers as they stand in boxes.

use super::Card;

/// Returns the text of shape and parameters in a box.
pub(super) fn facts(card: &Card) -> String {
    let parameters = parameters(card.parameters);
    if parameters.is_empty() { card.shape.clone() } else { format!("{} · {parameters}", card.shape) }
}

/// Joins the shapes of several passes: sizes that differ become ranges.
pub(super) fn shape(shapes: &[&[usize]]) -> String {
    let [first, .., last] = shapes else {
        return shapes.first().map(|shape| format!("{shape:?}")).unwrap_or_default();
    };
    if shapes.iter().any(|shape| shape.len() != first.len()) {
        return format!("{first:?} … {last:?}");
    }
    let size = |axis: usize| {
        let sizes = shapes.iter().map(|shape| shape[axis]);
        let [least, most] = [sizes.clone().min(), sizes.max()].map(Option::unwrap_or_default);
        if least == most { least.to_string() } else { format!("{least}–{most}") }
    };
    format!("[{}]", (0..first.len()).map(size).collect::<Vec<_>>().join(", "))
}

/// Formats a number of parameters with its unit: `48,120 params`; nothing for none.
pub(super) fn parameters([least, most]: [u64; 2]) -> String {
    match (least, most) {
        (_, 0) => String::new(),
        (least, most) if least == most => format!("{} params", count(most)),
        (least, most) => format!("{}–{} params", count(least), count(most)),
    }
}

/// Formats a number with commas, or a large one in millions or more.
pub(super) fn count(number: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M")];
    if let Some((unit, name)) = UNITS.iter().find(|(unit, _)| number >= *unit) {
        return format!("{:.2} {name}", number as f64 / *unit as f64);
    }
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}

/// Formats an amount of memory.
pub(super) fn bytes(bytes: u64) -> String {
    crate::size(usize::try_from(bytes).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_passes_become_ranges() {
        assert_eq!(shape(&[&[16, 4, 4]]), "[16, 4, 4]");
        assert_eq!(shape(&[&[16, 4, 4], &[28, 4, 4], &[40, 4, 4]]), "[16–40, 4, 4]");
        assert_eq!(shape(&[&[16, 4], &[64], &[64]]), "[16, 4] … [64]");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0, 999, 1000, 48_120, 999_999].map(count), ["0", "999", "1,000", "48,120", "999,999"]);
        assert_eq!(count(25_557_032), "25.56 M");
        assert_eq!(parameters([0, 0]), "");
        assert_eq!(parameters([120, 120]), "120 params");
        assert_eq!(parameters([120, 3200]), "120–3,200 params");
    }
}
