//! Defaults of arguments: a signature states each once, as a text, which readers and help take from there.

use super::{Args, Signature};
use std::f64::consts::SQRT_2;

impl<'a> Signature<'a> {
    /// Returns whether there is such an argument.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.params.iter().any(|(param, _)| *param == name)
    }

    /// Returns an argument's default as it is written; `None` if the argument must be given, or does not exist.
    pub(crate) fn default(&self, name: &str) -> Option<&'a str> {
        self.params.iter().find(|(param, _)| *param == name).and_then(|(_, default)| *default)
    }
}

impl<'a, P: Default> Args<'a, P> {
    /// Returns an argument's default as it is written.
    pub(crate) fn default(&self, name: &str) -> Option<&'a str> {
        self.signature.default(name)
    }

    /// Returns the number that an argument's default stands for, and 1 for an argument that must be given: it is missing
    /// then, which was reported, so that the number is not used.
    pub(super) fn default_number(&self, name: &str) -> f64 {
        let Some(text) = self.signature.default(name) else { return 1.0 };
        let number = number(text);
        debug_assert!(
            number.is_some() || self.given(name),
            "`{text}`, the default of `{name}`, is no number"
        );
        number.unwrap_or(1.0)
    }
}

/// Returns the number that a default stands for: `0.1`, `√2`, or a number with a unit, where `30%` is 0.3.
pub(crate) fn number(text: &str) -> Option<f64> {
    if text == "√2" {
        return Some(SQRT_2);
    }
    if let Some(percent) = text.strip_suffix('%') {
        return percent.parse::<f64>().ok().map(|percent| percent / 100.0);
    }
    ["deg", "px"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_numbers_with_and_without_units() {
        let texts = ["0", "1e-5", "1.1920929e-7", "√2", "30%", "0deg", "2px", "window", "all the same"];
        let numbers = [
            Some(0.0),
            Some(1e-5),
            Some(1.1920929e-7),
            Some(SQRT_2),
            Some(0.3),
            Some(0.0),
            Some(2.0),
            None,
            None,
        ];
        assert_eq!(texts.map(number), numbers);
    }
}
