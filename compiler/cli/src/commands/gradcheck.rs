//! Compares a network's gradients with finite differences of its loss.

use super::show;
use crate::args::Gradcheck;
use crate::error::Error;
use crate::select;
use crate::table::{STYLE, shape};
use comfy_table::{CellAlignment, Table};
use netwright_interpreter::{Checked, GradientCheck, Worst, check_gradients};
use std::process::ExitCode;

pub(crate) fn run(options: &Gradcheck) -> Result<ExitCode, Error> {
    let source = select::read(&options.network.file)?;
    let graph = &select::network(&source, &options.network)?.graph;
    let unfit = |message, help: &str| Error::Unfit { message, help: help.into() };
    if graph.losses.is_empty() {
        let message = format!("`{}` has no loss, and without one there are no gradients", graph.name);
        return Err(unfit(message, "write one at the network's end, such as `loss mse`"));
    }
    let check = GradientCheck {
        seed: options.seed,
        batch: options.batch.into(),
        places: options.samples as usize,
        tolerance: options.tolerance,
    };
    let checked = check_gradients(graph, &check)
        .map_err(|cause| unfit(cause.to_string(), "check it with a larger batch, such as `--batch 4`"))?;
    show(&report(&graph.name, &checked, options.tolerance))?;
    let right = checked.iter().all(|tensor| is_right(tensor, options.tolerance));
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_right(tensor: &Checked, tolerance: f64) -> bool {
    tensor.worst.as_ref().is_none_or(|worst| worst.difference <= tolerance)
}

/// Returns a line for each tensor, and a sentence that sums them up.
fn report(network: &str, checked: &[Checked], tolerance: f64) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(["tensor", "shape", "checked", "difference", "at", "gradient", "by differences"]);
    for tensor in checked {
        let head = [tensor.name.clone(), shape(&tensor.shape)];
        let tail = match (&tensor.worst, tensor.frozen) {
            (Some(worst), _) => row(tensor.compared, worst),
            (None, true) => ["frozen".into(), String::new(), String::new(), String::new(), String::new()],
            (None, false) => ["0".into(), "kinks only".into(), String::new(), String::new(), String::new()],
        };
        table.add_row(head.into_iter().chain(tail));
    }
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1));
        if [2, 3, 5, 6].contains(&i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text: Vec<String> = table.lines().map(|line| line.trim_end().to_string()).collect();
    let sum = |count: fn(&Checked) -> usize| checked.iter().map(count).sum::<usize>();
    let (compared, kinks) = (sum(|tensor| tensor.compared), sum(|tensor| tensor.kinks));
    let wrong: Vec<&str> = checked
        .iter()
        .filter(|tensor| !is_right(tensor, tolerance))
        .map(|tensor| tensor.name.as_str())
        .collect();
    text.push(match &wrong[..] {
        [] => format!("{network}: {compared} slopes agree with differences of the loss to {tolerance:e}"),
        wrong => format!("{network}: slopes differ by more than {tolerance:e}: {}", wrong.join(", ")),
    });
    if kinks > 0 {
        let numbers = if kinks == 1 { "1 number was" } else { &format!("{kinks} numbers were") };
        text.push(format!(
            "{numbers} skipped: at a kink, such as `relu` at 0 or a tie in `max_pool`, differences tell no slope"
        ));
    }
    text.join("\n") + "\n"
}

fn row(compared: usize, worst: &Worst) -> [String; 5] {
    let index: Vec<String> = worst.index.iter().map(usize::to_string).collect();
    let difference = match worst.difference {
        difference if difference.is_infinite() => "no number".into(),
        difference => format!("{difference:.1e}"),
    };
    [
        compared.to_string(),
        difference,
        format!("[{}]", index.join(", ")),
        format!("{:.8}", worst.gradient),
        format!("{:.8}", worst.slope),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, worst: Option<Worst>, kinks: usize) -> Checked {
        let compared = if worst.is_some() { 20 } else { 0 };
        Checked { name: name.into(), shape: vec![6, 1, 5, 5], compared, kinks, frozen: kinks == 0, worst }
    }

    fn worst(slope: f64, difference: f64) -> Option<Worst> {
        Some(Worst { index: vec![5, 0, 4, 2], gradient: 0.25, slope, difference })
    }

    #[test]
    fn reports_say_where_and_how_much() {
        let right = tensor("conv1.weight", worst(0.250_000_01, 4e-8), 0);
        let frozen = tensor("residual2.conv1.weight", None, 0);
        let kinks = tensor("conv1.bias", None, 20);
        let wrong = tensor("dense1.weight", worst(0.5, 0.5), 1);
        let none = tensor("image", worst(f64::NAN, f64::INFINITY), 0);
        let reports = [
            report("LeNet5", &[right.clone(), frozen], 1e-4),
            report("LeNet5", &[right, kinks, wrong, none], 1e-4),
        ];
        assert!(reports.iter().flat_map(|text| text.lines()).all(|line| line.chars().count() <= 120));
        insta::assert_snapshot!(reports.join("\n"));
    }
}
