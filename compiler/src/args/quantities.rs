//! Reads arguments with units: angles, distances and sizes of memory.

use super::{Args, Datum};
use netwright_grammar::ast::Unit;

/// A distance in an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// `2px`
    Pixels(f64),
    /// A share of the image's height or width: `10%`.
    Share(f64),
}

impl Length {
    /// Returns the length in pixels, along a side of `side` pixels.
    pub fn along(self, side: usize) -> f64 {
        match self {
            Length::Pixels(pixels) => pixels,
            Length::Share(share) => share * side as f64,
        }
    }
}

impl<P: Default> Args<'_, P> {
    /// Reads an angle from above 0 to `most` degrees.
    pub(crate) fn angle(&mut self, name: &str, most: f64) -> f64 {
        let Some(value) = self.spanned(name).cloned() else { return self.default_number(name) };
        let Datum::Quantity(degrees, Unit::Degrees) = value.node else {
            self.wrong_kind(name, &value, "an angle such as `10deg`");
            return 0.0;
        };
        if !self.holds(name, value.span, degrees) {
            return 0.0;
        }
        if degrees <= 0.0 || degrees > most {
            self.out_of_range(name, &format!("above 0deg and at most {most}deg"), degrees);
        }
        degrees
    }

    /// Reads a distance above 0, in pixels or as a share of the image's side.
    pub(crate) fn length(&mut self, name: &str) -> Length {
        let Some(value) = self.spanned(name).cloned() else {
            return Length::Pixels(self.default_number(name));
        };
        if let Datum::Quantity(number, Unit::Pixels | Unit::Percent) = value.node
            && !self.holds(name, value.span, number)
        {
            return Length::Pixels(0.0);
        }
        match value.node {
            Datum::Quantity(pixels, Unit::Pixels) if pixels > 0.0 => Length::Pixels(pixels),
            Datum::Quantity(percent, Unit::Percent) if percent > 0.0 && percent <= 100.0 => {
                Length::Share(percent / 100.0)
            }
            Datum::Quantity(number, Unit::Pixels | Unit::Percent) => {
                self.out_of_range(name, "above 0px, or above 0% and at most 100%", number);
                Length::Pixels(0.0)
            }
            _ => {
                self.wrong_kind(name, &value, "a distance such as `2px` or `10%`");
                Length::Pixels(0.0)
            }
        }
    }

    /// Reads bytes, such as `64MB`; a unit is 1024 of the one before.
    pub(crate) fn bytes(&mut self, name: &str) -> Option<usize> {
        let value = self.spanned(name).cloned()?;
        let (number, unit) = match value.node {
            Datum::Quantity(number, Unit::Kilobytes) => (number, 1u64 << 10),
            Datum::Quantity(number, Unit::Megabytes) => (number, 1 << 20),
            Datum::Quantity(number, Unit::Gigabytes) => (number, 1 << 30),
            _ => {
                self.wrong_kind(name, &value, "a size such as `64MB`");
                return None;
            }
        };
        if number <= 0.0 {
            self.out_of_range(name, "above 0", number);
            return None;
        }
        Some((number * unit as f64) as usize)
    }

    /// Reads a whole number of pixels in a range, with or without the unit.
    pub(crate) fn pixels(&mut self, name: &str, most: usize) -> usize {
        match self.datum(name) {
            Some(&Datum::Quantity(pixels, Unit::Pixels)) if pixels.fract() == 0.0 => {
                if pixels < 1.0 || pixels > most as f64 {
                    self.out_of_range(name, &format!("from 1px to {most}px"), pixels);
                }
                pixels as usize
            }
            _ => self.whole(name, 1..=most),
        }
    }

    /// Reads a share above 0 and at most 1.
    pub(crate) fn part(&mut self, name: &str) -> f64 {
        let share = self.fraction(name);
        if share <= 0.0 && self.given(name) {
            self.out_of_range(name, "above 0 and at most 1, or 100%", share);
        }
        share
    }
}
