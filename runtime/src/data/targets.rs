//! The meaning of labels: what a loss compares with outputs.

use super::about::Origins;
use super::{Interface, Place, Problem, Targets};
use crate::recipe::{Loss, Pointwise};
use netwright_data::label::{Label, Values};
use std::collections::BTreeSet;

/// Targets as a loss compares them.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) targets: Targets,
    /// The length of a one-hot vector, if classes are compared as one.
    pub(super) one_hot: Option<usize>,
    /// The names of the classes, if the labels have names; of several columns, the names of these.
    pub(super) classes: Vec<String>,
}

/// Returns the number of label columns of a table in the usual form: a class, or a number for each output.
pub(super) fn width(interface: &Interface<'_>) -> usize {
    if interface.loss.of_indices() { 1 } else { interface.outputs() }
}

/// Returns the name of the label columns in messages.
pub(super) fn meaning(interface: &Interface<'_>) -> &'static str {
    match interface.loss {
        loss if loss.of_indices() => "the class",
        _ if interface.outputs() == 1 => "the target",
        _ => "the targets",
    }
}

/// Gives columns of labels their meaning. One column names a class where the network has several outputs, and is a number, or a yes
/// or no, where it has one; several columns have a number, or a yes or no, for each output.
pub(super) fn of_columns(
    labels: Vec<Label>,
    interface: &Interface<'_>,
    known: &[String],
    origins: &Origins,
) -> Result<Resolved, Problem> {
    // A label for each sample says nothing of the places of an output that has height and width.
    if interface.output.iter().skip(1).any(|&size| size > 1) {
        return Err(Problem::Dense { output: interface.output.to_vec() });
    }
    let (loss, outputs) = (interface.loss, interface.outputs());
    match <[Label; 1]>::try_from(labels) {
        Ok([label]) if loss.of_indices() || outputs > 1 => {
            let (classes, names) = classes(label, interface, known, origins)?;
            let one_hot = (!loss.of_indices()).then_some(outputs);
            Ok(Resolved { targets: Targets::Classes(classes), one_hot, classes: names })
        }
        Ok([label]) => {
            let (values, classes) = values(&label, loss, known, origins)?;
            Ok(Resolved { targets: Targets::Values(values), one_hot: None, classes })
        }
        Err(labels) if labels.is_empty() => Err(Problem::Unlabelled),
        Err(labels) if labels.len() != outputs || loss.of_indices() => {
            Err(Problem::LabelColumns { expected: width(interface), found: labels.len() })
        }
        Err(labels) => {
            let columns = labels.iter().map(|label| Ok(values(label, loss, &[], origins)?.0));
            let columns = columns.collect::<Result<Vec<Vec<f32>>, Problem>>()?;
            let rows = 0..columns[0].len();
            let values = rows.flat_map(|row| columns.iter().map(move |column| column[row])).collect();
            let names: Vec<String> = labels.iter().map(|label| label.name.clone()).collect();
            let classes = if names.iter().any(String::is_empty) { vec![] } else { names };
            Ok(Resolved { targets: Targets::Values(values), one_hot: None, classes })
        }
    }
}

/// Gives numbers for each place of an output their meaning.
pub(super) fn of_places(places: Vec<f32>, interface: &Interface<'_>) -> Result<Resolved, Problem> {
    let targets = if interface.loss.of_indices() {
        let (classes, ignored) = (interface.output.first().copied().unwrap_or(1), interface.loss.ignored());
        let is_class = |place: f32| place >= 0.0 && place.fract() == 0.0 && (place as usize) < classes;
        let wrong =
            |place: &&f32| !is_class(**place) && ignored.is_none_or(|ignored| **place != ignored as f32);
        if let Some(found) = places.iter().find(wrong) {
            return Err(Problem::PixelClass { classes, found: found.to_string() });
        }
        Targets::Classes(places.into_iter().map(|place| in_memory(f64::from(place))).collect())
    } else {
        Targets::Values(places)
    };
    Ok(Resolved { targets, one_hot: None, classes: vec![] })
}

/// Returns a class as memory has it: without a sign, so that a negative label, which does not count, is its two's complement.
pub(super) fn in_memory(label: f64) -> u32 {
    label as i32 as u32
}

/// Returns the class of each sample, and the names of the classes if they are not their numbers.
fn classes(
    label: Label,
    interface: &Interface<'_>,
    known: &[String],
    origins: &Origins,
) -> Result<(Vec<u32>, Vec<String>), Problem> {
    let outputs = interface.outputs();
    let ignored = interface.loss.ignored();
    let is_ignored = |number: f64| ignored.is_some_and(|ignored| number == f64::from(ignored));
    let numbers = match label.values {
        Values::Texts(texts) => {
            // Among names, the label that does not count is still a number.
            let number = |text: &str| text.trim().parse::<f64>().ok().filter(|&number| is_ignored(number));
            let mut names = if known.is_empty() { distinct(&texts) } else { known.to_vec() };
            if known.is_empty() {
                names.retain(|name| number(name).is_none());
            }
            if names.len() != outputs {
                return Err(Problem::Classes { expected: outputs, found: names });
            }
            let class = |(sample, text): (usize, &String)| match number(text) {
                Some(number) => Ok(in_memory(number)),
                None => find(&names, text, sample, &label.name, origins),
            };
            let classes = texts.iter().enumerate().map(class).collect::<Result<_, _>>()?;
            return Ok((classes, names));
        }
        Values::Numbers(numbers) => numbers,
    };
    let is_class = |number: f64| {
        is_ignored(number) || (number >= 0.0 && number.fract() == 0.0 && number < outputs as f64)
    };
    // Names such as `malignant` were given to the numbers elsewhere; others are numbers that were counted anew.
    let counted_anew = !known.is_empty() && known.iter().all(|name| name.parse::<f64>().is_ok());
    let wrong = numbers.iter().position(|&number| !is_class(number));
    let Some(wrong) = wrong.or(counted_anew.then_some(0)) else {
        return Ok((numbers.into_iter().map(in_memory).collect(), known.to_vec()));
    };
    let place = || place(origins, wrong, &label.name);
    let unfit = || Problem::Label { place: place(), classes: outputs, found: numbers[wrong].to_string() };
    let names = match counted_anew {
        true => known.to_vec(),
        false => distinct_numbers(&numbers, is_ignored).ok_or_else(unfit)?,
    };
    if names.len() != outputs {
        return Err(unfit());
    }
    let class = |(sample, &number): (usize, &f64)| match is_ignored(number) {
        true => Ok(in_memory(number)),
        false => find(&names, &number.to_string(), sample, &label.name, origins),
    };
    let classes = numbers.iter().enumerate().map(class).collect::<Result<_, _>>()?;
    Ok((classes, names))
}

/// Returns numbers to compare with one output, and the names of no and yes if the labels are texts.
fn values(
    label: &Label,
    loss: Loss,
    known: &[String],
    origins: &Origins,
) -> Result<(Vec<f32>, Vec<String>), Problem> {
    // A hinge loss tells the sides of 0 apart.
    let of_signs = loss == Loss::Each(Pointwise::Hinge);
    let no = if of_signs { -1.0 } else { 0.0 };
    let numbers = match &label.values {
        Values::Numbers(numbers) => numbers,
        Values::Texts(texts) if !loss.of_shares() && !of_signs => {
            let found = texts.iter().position(|text| text.parse::<f64>().is_err()).unwrap_or(0);
            return Err(Problem::Number {
                place: place(origins, found, &label.name),
                found: texts[found].clone(),
            });
        }
        Values::Texts(texts) => {
            let names = if known.is_empty() { distinct(texts) } else { known.to_vec() };
            if names.len() != 2 {
                return Err(Problem::YesOrNo { column: label.name.clone(), found: names });
            }
            let class = |(sample, text): (usize, &String)| find(&names, text, sample, &label.name, origins);
            let value = |class: Result<u32, Problem>| class.map(|class| if class == 1 { 1.0 } else { no });
            let values = texts.iter().enumerate().map(class).map(value).collect::<Result<_, _>>()?;
            return Ok((values, names));
        }
    };
    let signs =
        loss.of_shares() && numbers.iter().all(|&number| number.abs() == 1.0) && numbers.contains(&-1.0);
    if signs {
        return Ok((numbers.iter().map(|&sign| f32::from(sign > 0.0)).collect(), vec![]));
    }
    if loss.of_shares()
        && let Some(wrong) = numbers.iter().position(|number| !(0.0..=1.0).contains(number))
    {
        let found = numbers[wrong].to_string();
        return Err(Problem::Unit { place: place(origins, wrong, &label.name), found });
    }
    Ok((numbers.iter().map(|&number| number as f32).collect(), known.to_vec()))
}

fn place(origins: &Origins, sample: usize, column: &str) -> Place {
    let column = (!column.is_empty()).then(|| column.to_string());
    Place::Label { of: origins.name(sample), column }
}

/// Returns the number of a class by its name.
fn find(
    names: &[String],
    name: &str,
    sample: usize,
    column: &str,
    origins: &Origins,
) -> Result<u32, Problem> {
    let class = names.iter().position(|known| known == name);
    class.map(|class| class as u32).ok_or_else(|| Problem::UnknownClass {
        place: place(origins, sample, column),
        known: names.to_vec(),
        found: name.into(),
    })
}

/// Returns the distinct texts in alphabetical order.
fn distinct(texts: &[String]) -> Vec<String> {
    texts.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// Returns the distinct numbers in ascending order, as texts; `None` if they are not all whole.
fn distinct_numbers(numbers: &[f64], is_ignored: impl Fn(f64) -> bool) -> Option<Vec<String>> {
    let mut distinct: Vec<f64> = numbers.iter().copied().filter(|&number| !is_ignored(number)).collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    distinct.iter().all(|number| number.fract() == 0.0).then(|| distinct.iter().map(f64::to_string).collect())
}
