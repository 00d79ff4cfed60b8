//! The section with the curves of a training by epoch.

use super::Training;
use super::facts::Epoch;
use super::page::{Page, short};
use super::plots::{Axis, Chart, Ink, Line, lines};
use crate::error::Error;

pub(super) fn write(training: &Training<'_>, page: &mut Page) -> Result<(), Error> {
    let facts = training.facts;
    let epochs = facts.epochs();
    if epochs.is_empty() {
        page.section("curves", "Curves", "<p>No epoch has ended.</p>\n");
        return Ok(());
    }
    let best = best(&epochs);
    let mark = best.map(|best| epochs[best].number as f64);
    let mut html = String::new();
    html += &match best {
        Some(at) => format!(
            "<p>The vertical line marks epoch {}, in which the loss on held-out samples is lowest: {}.</p>\n",
            epochs[at].number,
            short(epochs[at].held_out.unwrap_or(f64::NAN))
        ),
        None => "<p>No samples were held out, so no epoch can be called the best.</p>\n".into(),
    };
    html += "<div class=\"plots\">\n";
    let own = course(&epochs, |epoch| epoch.loss);
    let held_out = course(&epochs, |epoch| epoch.held_out);
    let scale = scale(own.iter().chain(&held_out).map(|point| point.1));
    let mut series = vec![Line { name: "training".into(), points: own, ink: Ink::Main }];
    if !held_out.is_empty() {
        series.push(Line { name: "held out".into(), points: held_out, ink: Ink::Mark });
    }
    let chart = Chart { x: "epoch", whole: true, y: "loss", y_axis: scale, mark, ..Chart::default() };
    let caption = "by epoch. The training's is a mean over its steps, with penalties and dropout; the other is measured after the epoch.";
    html += &page.plot("loss.svg", &lines(&chart, &series)?, "Loss", caption);
    for name in metrics(&epochs) {
        let of = |epoch: &Epoch| epoch.metrics.iter().find(|(known, _)| *known == name).map(|(_, x)| *x);
        let line = Line { name: String::new(), points: course(&epochs, of), ink: Ink::Mark };
        let chart = Chart { x: "epoch", whole: true, y: &name, mark, ..Chart::default() };
        let file = format!("curve-{name}.svg");
        html += &page.plot(&file, &lines(&chart, &[line])?, &name, "on the held-out samples.");
    }
    let rates = course(&epochs, |epoch| epoch.rate);
    let chart = Chart { x: "epoch", whole: true, y: "learning rate", mark, ..Chart::default() };
    let line = Line { name: String::new(), points: rates, ink: Ink::Main };
    html += &page.plot("rate.svg", &lines(&chart, &[line])?, "Learning rate", "of each epoch's last step.");
    html += "</div>\n";
    page.section("curves", "Curves", &html);
    Ok(())
}

/// Returns the place of the epoch with the lowest loss on held-out samples.
fn best(epochs: &[Epoch]) -> Option<usize> {
    let losses = epochs.iter().enumerate().filter_map(|(at, epoch)| Some((at, epoch.held_out?)));
    losses.filter(|(_, loss)| loss.is_finite()).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
}

fn course(epochs: &[Epoch], of: impl Fn(&Epoch) -> Option<f64>) -> Vec<(f64, f64)> {
    let point = |epoch: &Epoch| Some((epoch.number as f64, of(epoch).filter(|y| y.is_finite())?));
    epochs.iter().filter_map(point).collect()
}

/// Returns a logarithmic axis for positive values that differ by a factor of more than 20.
fn scale(values: impl Iterator<Item = f64> + Clone) -> Axis {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(f64::NEG_INFINITY, f64::max);
    if least > 0.0 && most / least > 20.0 { Axis::Log } else { Axis::Linear }
}

/// Returns the names of the metrics, in the recipe's order as far as the facts keep it.
fn metrics(epochs: &[Epoch]) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for (name, _) in epochs.iter().flat_map(|epoch| &epoch.metrics) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}
