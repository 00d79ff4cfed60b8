//! Dividing samples into those to train with and those held out.

use super::about::Kind;
use super::numbers::Numbers;
use super::{Dataset, Problem, Targets};
use crate::recipe::HeldOut;
use crate::samples;

impl Dataset {
    /// Divides the samples into those to train with and those held out.
    ///
    /// Which are held out is a function of the recipe, the seed and the samples' classes and groups; both parts keep the samples'
    /// order. Other samples lead to another division: [`samples()`](super::samples()) records which they were, and
    /// [`find`](Dataset::find) finds them.
    ///
    /// # Errors
    /// If one of the parts would be empty although samples are to be held out, or several trainings are asked for: see
    /// [`Recipe::folds`](crate::train::Recipe::folds).
    pub fn split(mut self, held_out: &HeldOut, seed: u64) -> Result<(Dataset, Dataset), Problem> {
        let strata = if held_out.is_stratified() { self.strata() } else { vec![] };
        let (rest, held) = samples::split(self.len(), held_out, seed, &strata, self.groups())?;
        self.fit(&rest)?;
        self.beside_mut().iter_mut().try_for_each(|part| part.fit(&rest))?;
        self.know_all();
        let held_out = self.copy(&held);
        self.keep(&rest);
        Ok((self, held_out))
    }

    /// Replaces missing values by what these samples teach, which are those to train with.
    fn fit(&mut self, training: &[u32]) -> Result<(), Problem> {
        let rows = std::mem::take(&mut self.rows);
        if let (Kind::Table(layout), Numbers::Double { rounded, exact }) =
            (&mut self.about.kind, &mut self.inputs)
            && !layout.is_fitted()
        {
            layout.fit(exact, &rows, training).map_err(netwright_data::Problem::from)?;
            layout.fill(exact);
            *rounded = exact.iter().map(|&number| number as f32).collect();
        }
        Ok(())
    }

    /// Returns the class of each sample, a yes or no included; nothing if samples have none.
    #[doc(hidden)]
    pub fn strata(&self) -> Vec<u32> {
        let leading = self.leading();
        match &leading.targets {
            Targets::Classes(classes) if classes.len() == self.len() => {
                // Negative labels, which do not count, are huge without their sign.
                let is_class = |class: &u32| *class as i32 >= 0;
                let largest = classes.iter().filter(|class| is_class(class)).max();
                let others = largest.map_or(0, |&class| class + 1).max(leading.about.classes.len() as u32);
                classes.iter().map(|class| if is_class(class) { *class } else { others }).collect()
            }
            Targets::Values(values) => samples::yes_or_no(values, self.len()).unwrap_or_default(),
            Targets::Classes(_) | Targets::Streamed(_) | Targets::Inputs => vec![],
        }
    }
}
