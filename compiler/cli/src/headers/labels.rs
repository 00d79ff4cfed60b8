//! Labels that a network's loss can compare, told from all labels, or from the first ones of a large table.

use super::{Misfit, some};
use netwright_compiler::Interface;
use netwright_data::label::{Label, Values};
use std::collections::BTreeSet;

/// Returns the number of label columns of a table in the usual form: a class, or a number for each output.
pub(super) fn width(interface: &Interface) -> usize {
    if interface.of_indices { 1 } else { outputs(interface) }
}

pub(super) fn outputs(interface: &Interface) -> usize {
    interface.output.iter().product()
}

/// Checks columns of labels, and returns the names of the classes if they have some. `known` are those of the training samples;
/// of a large table the labels are not `whole`.
pub(super) fn check(
    labels: &[Label],
    interface: &Interface,
    known: &[String],
    whole: bool,
) -> Result<Vec<String>, Misfit> {
    if interface.output.iter().skip(1).any(|&size| size > 1) {
        return Err(Misfit::new(
            format!(
                "there is one label per sample, and the output of shape {:?} needs one for each place",
                interface.output
            ),
            "end the network with `flatten` and `dense`, or name masks",
        ));
    }
    let outputs = outputs(interface);
    match labels {
        [label] if interface.of_indices || outputs > 1 => classes(label, interface, known, whole),
        [label] => values(label, interface, known, whole),
        [] => Err(Misfit::new("there are no labels to compare with", "name their column by `label=`")),
        labels if labels.len() != outputs || interface.of_indices => Err(Misfit::new(
            format!(
                "there are {} columns of labels, and the network compares {}",
                labels.len(),
                width(interface)
            ),
            "name as many columns by `label=[...]` as the network has outputs",
        )),
        labels => {
            for label in labels {
                values(label, interface, &[], whole)?;
            }
            Ok(vec![])
        }
    }
}

fn classes(
    label: &Label,
    interface: &Interface,
    known: &[String],
    whole: bool,
) -> Result<Vec<String>, Misfit> {
    let outputs = outputs(interface);
    let end =
        |count: usize| format!("end the network with `dense({count}) softmax`, or remove what is no class");
    match &label.values {
        Values::Texts(texts) => {
            // Among names, the label that does not count is still a number.
            let ignored = interface.ignored.map(f64::from);
            let mut names = distinct(texts);
            names.retain(|name| ignored.is_none() || name.trim().parse().ok() != ignored);
            if let Some(other) = names.iter().find(|name| !known.is_empty() && !known.contains(name)) {
                return Err(unknown(other, known));
            }
            let fits =
                !known.is_empty() || if whole { names.len() == outputs } else { names.len() <= outputs };
            if fits {
                return Ok(names);
            }
            let help = match names.len() {
                0 | 1 => "a network tells classes apart, at least two of them".into(),
                count => end(count),
            };
            let message = format!(
                "{}{} class{}, {}, and the network's output has {outputs} numbers",
                of(label),
                names.len(),
                if names.len() == 1 { "" } else { "es" },
                some(&names)
            );
            Err(Misfit::new(message, help))
        }
        // What numbers mean depends on the training's.
        Values::Numbers(_) if !known.is_empty() => Ok(vec![]),
        Values::Numbers(numbers) => {
            let is_ignored =
                |number: f64| interface.ignored.is_some_and(|ignored| number == f64::from(ignored));
            let is_class = |number: f64| number >= 0.0 && number.fract() == 0.0 && number < outputs as f64;
            let Some(wrong) = numbers.iter().find(|&&number| !is_ignored(number) && !is_class(number)) else {
                return Ok(vec![]);
            };
            let mut found: Vec<f64> = numbers.iter().copied().filter(|&number| !is_ignored(number)).collect();
            found.sort_by(f64::total_cmp);
            found.dedup();
            // They are counted anew if there are as many as outputs.
            let counted = found.iter().all(|number| number.fract() == 0.0)
                && if whole { found.len() == outputs } else { found.len() <= outputs };
            if counted {
                return Ok(vec![]);
            }
            let column =
                if label.name.is_empty() { String::new() } else { format!("column `{}`: ", label.name) };
            let help = match found.iter().all(|number| number.fract() == 0.0) {
                true => format!(
                    "there are {} classes in all: {}; classes are numbered from 0",
                    found.len(),
                    end(found.len())
                ),
                false => "for numbers write `loss mse`, and `dense(1)` at the end of the network".into(),
            };
            Err(Misfit::new(
                format!("{column}expected a class from 0 to {}, found `{wrong}`", outputs - 1),
                help,
            ))
        }
    }
}

fn values(
    label: &Label,
    interface: &Interface,
    known: &[String],
    whole: bool,
) -> Result<Vec<String>, Misfit> {
    let is_answer = interface.of_shares || interface.of_signs;
    match &label.values {
        Values::Texts(texts) if !is_answer => {
            let found = texts.iter().find(|text| text.parse::<f64>().is_err()).cloned().unwrap_or_default();
            Err(Misfit::new(
                format!("{}texts such as `{found}`, and this loss compares numbers", of(label)),
                "for classes write `loss cross_entropy` with an output for each of them",
            ))
        }
        Values::Texts(texts) => {
            let names = distinct(texts);
            if let Some(other) = names.iter().find(|name| !known.is_empty() && !known.contains(name)) {
                return Err(unknown(other, known));
            }
            if known.is_empty() && (names.len() > 2 || whole && names.len() < 2) {
                return Err(Misfit::new(
                    format!(
                        "{}{} different labels, {}, and a yes or no has two",
                        of(label),
                        names.len(),
                        some(&names)
                    ),
                    "for more classes write `loss cross_entropy` with an output for each of them",
                ));
            }
            Ok(names)
        }
        Values::Numbers(numbers) => {
            let signs = numbers.iter().all(|number| number.abs() == 1.0);
            let wrong = numbers.iter().find(|number| !(0.0..=1.0).contains(*number));
            match wrong {
                Some(wrong) if interface.of_shares && !signs => Err(Misfit::new(
                    format!("{}`{wrong}`, and this loss compares numbers from 0 to 1", of(label)),
                    "use `loss mse` for other numbers, or `loss cross_entropy` with an output for each class",
                )),
                _ => Ok(vec![]),
            }
        }
    }
}

/// Returns the beginning of a message on a column, or on folders.
fn of(label: &Label) -> String {
    if label.name.is_empty() { "there are ".into() } else { format!("column `{}` has ", label.name) }
}

fn unknown(found: &str, known: &[String]) -> Misfit {
    Misfit::new(
        format!("`{found}` is none of the training data's classes, {}", some(known)),
        "all classes must be in the training data, and are written alike",
    )
}

/// Returns the distinct texts in alphabetical order.
fn distinct(texts: &[String]) -> Vec<String> {
    texts.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect()
}
