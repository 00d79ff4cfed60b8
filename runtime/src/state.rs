//! State that a training carries from one step to the next: tensors and numbers by name, so that a file can hold them.

use crate::storage::Parameters;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;
use thiserror::Error;

/// A named part of a state.
#[derive(Clone, Debug)]
pub enum Part<'a> {
    /// A tensor.
    Tensor {
        /// The shape in row-major order.
        shape: Vec<usize>,
        /// The numbers.
        data: &'a [f32],
    },
    /// A number as a text from which it is read back exactly.
    Number(String),
}

/// A named part of a state, to change.
pub enum PartMut<'a> {
    /// The numbers of a tensor.
    Tensor(&'a mut [f32]),
    /// A number.
    Number(&'a mut dyn Number),
}

/// A number of a state.
pub trait Number {
    /// Returns true if the number can be read from this text.
    fn fits(&self, text: &str) -> bool;
    /// Reads the number; a text that does not fit changes nothing.
    fn set(&mut self, text: &str);
}

impl<T: FromStr> Number for T {
    fn fits(&self, text: &str) -> bool {
        text.parse::<T>().is_ok()
    }

    fn set(&mut self, text: &str) {
        if let Ok(number) = text.parse() {
            *self = number;
        }
    }
}

/// Something that a training carries from one step to the next.
pub trait Carried {
    /// Adds its parts, whose names begin with `name`.
    fn parts<'a>(&'a self, name: &str, parts: &mut Vec<(String, Part<'a>)>);
    /// Adds the same parts in the same order, to change.
    fn parts_mut<'a>(&'a mut self, name: &str, parts: &mut Vec<(String, PartMut<'a>)>);
    /// Returns the gradients of the last step, which no step leaves to the next one; `None` if they are not known.
    fn slopes(&self) -> Option<&dyn Parameters> {
        None
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Carried for $number {
            fn parts<'a>(&'a self, name: &str, parts: &mut Vec<(String, Part<'a>)>) {
                parts.push((name.into(), Part::Number(format!("{self:?}"))));
            }

            fn parts_mut<'a>(&'a mut self, name: &str, parts: &mut Vec<(String, PartMut<'a>)>) {
                parts.push((name.into(), PartMut::Number(self)));
            }
        })*
    };
}
numbers!(bool, u64, usize, f32, f64);

impl Carried for Vec<f32> {
    fn parts<'a>(&'a self, name: &str, parts: &mut Vec<(String, Part<'a>)>) {
        parts.push((name.into(), Part::Tensor { shape: vec![self.len()], data: self }));
    }

    fn parts_mut<'a>(&'a mut self, name: &str, parts: &mut Vec<(String, PartMut<'a>)>) {
        parts.push((name.into(), PartMut::Tensor(self)));
    }
}

impl<P: Parameters> Carried for P {
    fn parts<'a>(&'a self, name: &str, parts: &mut Vec<(String, Part<'a>)>) {
        let part = |tensor: crate::storage::TensorRef<'a>| {
            let shape = tensor.shape.to_vec();
            (format!("{name}.{}", tensor.name), Part::Tensor { shape, data: tensor.data })
        };
        parts.extend(self.tensors().into_iter().map(part));
    }

    fn parts_mut<'a>(&'a mut self, name: &str, parts: &mut Vec<(String, PartMut<'a>)>) {
        let tensors = self.tensors_mut().into_iter();
        parts.extend(tensors.map(|tensor| (format!("{name}.{}", tensor.name), PartMut::Tensor(tensor.data))));
    }
}

/// The functions of [`Carried`] for a struct that carries these fields: `params, state.first, steps`. A field after a semicolon holds the
/// gradients of the last step.
#[doc(hidden)]
#[macro_export]
macro_rules! __carried {
    ($($field:ident $(.$part:ident)?),* ; $gradients:ident) => {
        $crate::__private::carried!($($field $(.$part)?),*);

        fn slopes(&self) -> Option<&dyn $crate::__private::storage::Parameters> {
            Some(&self.$gradients)
        }
    };
    ($($field:ident $(.$part:ident)?),* $(,)?) => {
        fn parts<'a>(
            &'a self,
            name: &str,
            parts: &mut Vec<(String, $crate::__private::state::Part<'a>)>,
        ) {
            $($crate::__private::Carried::parts(
                &self.$field $(.$part)?,
                &format!(concat!("{}.", stringify!($field) $(, ".", stringify!($part))?), name),
                parts,
            );)*
        }

        fn parts_mut<'a>(
            &'a mut self,
            name: &str,
            parts: &mut Vec<(String, $crate::__private::state::PartMut<'a>)>,
        ) {
            $($crate::__private::Carried::parts_mut(
                &mut self.$field $(.$part)?,
                &format!(concat!("{}.", stringify!($field) $(, ".", stringify!($part))?), name),
                parts,
            );)*
        }
    };
}
pub use crate::__carried as carried;

/// A state as it was once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The numbers, as texts.
    pub numbers: BTreeMap<String, String>,
    /// The tensors.
    pub tensors: BTreeMap<String, Vec<f32>>,
}

/// A state that does not fit what is to take it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// A part is missing.
    #[error("`{0}` is missing")]
    Missing(String),
    /// A tensor has another length.
    #[error("`{name}` has {found} numbers, expected {expected}")]
    Length {
        /// The name of the tensor.
        name: String,
        /// The length of what is to take it.
        expected: usize,
        /// The length of the tensor.
        found: usize,
    },
    /// A number cannot be read.
    #[error("`{name}` is `{found}`, which does not fit")]
    Number {
        /// The name of the number.
        name: String,
        /// The text of the number.
        found: String,
    },
    /// A part belongs nowhere.
    #[error("`{0}` belongs to nothing here")]
    Unexpected(String),
}

impl Snapshot {
    /// Copies the parts of a state, whose names begin with `name`, into the snapshot.
    pub fn add(&mut self, name: &str, from: &dyn Carried) {
        let mut parts = vec![];
        from.parts(name, &mut parts);
        for (name, part) in parts {
            match part {
                Part::Tensor { data, .. } => drop(self.tensors.insert(name, data.to_vec())),
                Part::Number(text) => drop(self.numbers.insert(name, text)),
            }
        }
    }

    /// Moves the parts whose names begin with `name` to the state that they were taken from, or to one like it.
    ///
    /// # Errors
    /// If one of them is missing or does not fit, or there are others of such names; then nothing is changed.
    pub fn restore(&mut self, name: &str, to: &mut dyn Carried) -> Result<(), Mismatch> {
        let mut parts = vec![];
        to.parts_mut(name, &mut parts);
        let mut own = 0;
        for (name, part) in &parts {
            own += 1;
            let missing = || Mismatch::Missing(name.clone());
            match part {
                PartMut::Tensor(data) => {
                    let found = self.tensors.get(name).ok_or_else(missing)?.len();
                    if found != data.len() {
                        return Err(Mismatch::Length { name: name.clone(), expected: data.len(), found });
                    }
                }
                PartMut::Number(number) => {
                    let found = self.numbers.get(name).ok_or_else(missing)?;
                    if !number.fits(found) {
                        return Err(Mismatch::Number { name: name.clone(), found: found.clone() });
                    }
                }
            }
        }
        let prefix = format!("{name}.");
        let all = self.tensors.keys().chain(self.numbers.keys()).filter(|found| found.starts_with(&prefix));
        if all.clone().count() > own {
            let known = |found: &&String| !parts.iter().any(|(name, _)| name == *found);
            return Err(Mismatch::Unexpected(all.clone().find(known).cloned().unwrap_or_default()));
        }
        for (name, part) in parts {
            match part {
                PartMut::Tensor(data) => {
                    data.copy_from_slice(&self.tensors.remove(&name).unwrap_or_default());
                }
                PartMut::Number(number) => number.set(&self.numbers.remove(&name).unwrap_or_default()),
            }
        }
        Ok(())
    }

    /// Returns true if there is a part of a name that begins with this one.
    pub fn has(&self, name: &str) -> bool {
        let begins = |found: &String| found.starts_with(name);
        self.tensors.keys().any(begins) || self.numbers.keys().any(begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two {
        weights: Vec<f32>,
        inner: Inner,
        rate: f64,
    }

    struct Inner {
        steps: u64,
        done: bool,
    }

    impl Carried for Two {
        carried!(weights, inner.steps, inner.done, rate);
    }

    fn two(rate: f64) -> Two {
        Two { weights: vec![1.5, -0.0], inner: Inner { steps: u64::MAX, done: true }, rate }
    }

    fn snapshot(of: &dyn Carried) -> Snapshot {
        let mut snapshot = Snapshot::default();
        snapshot.add("two", of);
        snapshot
    }

    #[test]
    fn a_state_is_restored_to_the_bit() {
        for rate in [0.1, 1e-300, f64::INFINITY, -0.0, f64::MIN_POSITIVE / 3.0] {
            let mut to = Two { weights: vec![0.0; 2], inner: Inner { steps: 0, done: false }, rate: 7.0 };
            snapshot(&two(rate)).restore("two", &mut to).unwrap();
            assert_eq!(
                to.weights.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
                [1.5f32.to_bits(), 1 << 31]
            );
            assert_eq!((to.inner.steps, to.inner.done, to.rate.to_bits()), (u64::MAX, true, rate.to_bits()));
        }
    }

    #[test]
    fn a_state_that_does_not_fit_changes_nothing() {
        let from = snapshot(&two(0.1));
        let fails = |change: &dyn Fn(&mut Snapshot)| {
            let (mut changed, mut to) = (from.clone(), two(9.0));
            change(&mut changed);
            let error = changed.restore("two", &mut to).unwrap_err().to_string();
            assert_eq!(to.rate, 9.0, "{error}");
            error
        };
        let all = [
            fails(&|s| drop(s.numbers.remove("two.inner.steps"))),
            fails(&|s| drop(s.tensors.insert("two.weights".into(), vec![1.0]))),
            fails(&|s| drop(s.numbers.insert("two.inner.steps".into(), "-1".into()))),
            fails(&|s| drop(s.numbers.insert("two.more".into(), "1".into()))),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
