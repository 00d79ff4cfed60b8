//! Arrays: their names, shapes and numbers of samples.

use super::{Look, Misfit};
use netwright_data::arrays::{Header, Order, header, splits};
use netwright_model::Arrays;
use std::path::Path;

pub(super) fn look(look: &mut Look<'_>, recipe: &Arrays<String>) {
    let file = look.path();
    let is_npy = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
    let parts = match is_npy || !recipe.inputs.is_empty() {
        true => None,
        false => match splits(&file) {
            Ok(parts) => parts,
            Err(error) => return look.refuse("path", error.to_string(), error.help()),
        },
    };
    let (inputs, targets) = match parts {
        Some(parts) => (Some(parts.training.inputs), parts.training.targets),
        None => {
            let inputs = find(look, "inputs", &file, &recipe.inputs);
            let targets = match (is_npy, &*recipe.targets) {
                (_, "") => None,
                (true, name) => {
                    let other = look.below(name);
                    if !other.exists() {
                        return look.absent("targets", &other);
                    }
                    find(look, "targets", &other, "")
                }
                (false, name) => find(look, "targets", &file, name),
            };
            if targets.is_none() && !recipe.targets.is_empty() {
                return;
            }
            (inputs, targets)
        }
    };
    let Some(inputs) = inputs else { return };
    if inputs.shape.is_empty() {
        return;
    }
    if let Err(problem) = Order::find(&inputs.shape[1..], &look.interface.input, recipe.channels) {
        let help = problem.help().unwrap_or_else(|| format!("write `input {:?}`", &inputs.shape[1..]));
        return look.misfit("path", Misfit::new(format!("{}: {problem}", file.display()), help));
    }
    if look.interface.to_input {
        return;
    }
    match targets {
        None => look.misfit(
            "path",
            Misfit::new(
                format!("{} has no array of targets that is known by its name", file.display()),
                "name it by `targets=`, and that of the inputs by `inputs=`",
            ),
        ),
        Some(targets) if targets.shape.first() != inputs.shape.first() => {
            let count = |header: &Header| header.shape.first().copied().unwrap_or(0);
            let message = format!("there are {} targets of {} samples", count(&targets), count(&inputs));
            look.misfit("targets", Misfit::new(message, "take both arrays from the same data set"));
        }
        Some(_) => {}
    }
}

/// Returns an array's header; reports that there is none.
fn find(look: &mut Look<'_>, argument: &str, file: &Path, name: &str) -> Option<Header> {
    match header(file, name) {
        Ok(header) => Some(header),
        Err(error) => {
            look.refuse(argument, error.to_string(), error.help());
            None
        }
    }
}
