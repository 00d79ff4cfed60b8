//! The settings that a program is started with: everything of a `train` block that does not shape its code.
//!
//! The compiler writes them as the expression of Rust that is a constant elsewhere. They are read once, before anything else, by
//! [`start`]; a program whose [`App::GIVEN`](super::App::GIVEN) is true is refused without them.

use crate::metrics::Metrics;
use crate::recipe::{Augmentation, Joint, Recipe};
use netwright_model::{Read, Term, Unread, read_struct};
use std::sync::OnceLock;

static GIVEN: OnceLock<Settings> = OnceLock::new();

/// The settings of a program.
#[derive(Clone, Debug)]
struct Settings {
    recipe: Recipe,
    /// The layers and updates as lines of text.
    spec: &'static [&'static str],
    /// The numbers in the step's code, in the order in which it was generated.
    numbers: &'static [Number],
    /// The settings that the command line has put in place of the text's: `lr=1e-3`.
    set: &'static [&'static str],
    /// The name and the text of the `.net` file and of each file that it imports.
    texts: &'static [(&'static str, &'static str)],
}

/// A number of the step's code; the code decides which of the two it is.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    single: f32,
    double: f64,
}

/// A type of a [`Number`].
pub trait Given: Sized {
    /// Returns the number in this type.
    fn of(number: Number) -> Self;
}

impl Given for f32 {
    fn of(number: Number) -> f32 {
        number.single
    }
}

impl Given for f64 {
    fn of(number: Number) -> f64 {
        number.double
    }
}

/// Starts the program with the settings of this text.
///
/// # Errors
/// If the text is not that of settings.
pub fn start(text: &str) -> Result<(), Unread> {
    let settings = Term::parse(text).and_then(|term| Settings::read(&term))?;
    // A process has one command line.
    GIVEN.get_or_init(|| settings);
    Ok(())
}

/// # Panics
/// In a program that was not started by `netwright_app`.
fn given() -> &'static Settings {
    GIVEN.get().expect("the program reads its settings first")
}

/// Returns the recipe that the program is started with.
///
/// # Panics
/// In a program that was not started by `netwright_app`, as the functions below.
pub fn recipe() -> Recipe {
    given().recipe.clone()
}

/// Returns the layers and updates as lines of text.
pub fn spec() -> &'static [&'static str] {
    given().spec
}

/// Returns a number of the step's code.
pub fn number<T: Given>(at: usize) -> T {
    T::of(given().numbers[at])
}

/// Says which settings the command line has put in place of the text's, if it has any.
pub fn told() -> Option<String> {
    let set = GIVEN.get()?.set;
    (!set.is_empty()).then(|| format!("set: {}", set.join(", ")))
}

/// Returns the texts that the program was made of, each with its name, and the settings of the command line; nothing for a program that
/// is not given its settings.
pub fn origin() -> (Vec<(String, String)>, Vec<String>) {
    let Some(Settings { texts, set, .. }) = GIVEN.get() else { return Default::default() };
    let texts = texts.iter().map(|(name, text)| ((*name).to_string(), (*text).to_string()));
    (texts.collect(), set.iter().map(ToString::to_string).collect())
}

read_struct!(Settings { recipe, spec, numbers, set, texts });
read_struct!(Joint { parts, outputs, auxiliary, losses });
read_struct!(Augmentation { operations, targets });
read_struct!(Recipe {
    data,
    test,
    scaling,
    augment or Augmentation::NONE,
    held_out,
    epochs,
    batch,
    rate,
    schedule,
    stop,
    metrics or Metrics::NONE,
    weights,
    seed,
    from,
    save,
    loss,
});

impl Read for Number {
    fn read(term: &Term) -> Result<Number, Unread> {
        Ok(Number { single: Read::read(term)?, double: Read::read(term)? })
    }
}

impl Read for &'static Joint {
    fn read(term: &Term) -> Result<&'static Joint, Unread> {
        Ok(Box::leak(Box::new(Joint::read(term)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_nearest_of_each_type() {
        let number = Number::read(&Term::parse("0.1").unwrap()).unwrap();
        assert_eq!((f32::of(number), f64::of(number)), (0.1, 0.1));
    }
}
