//! Remarks that a practitioner would make on a training, each sentence with the numbers that it rests on.

use super::Training;
use super::facts::{Epoch, Facts, Part};
use super::page::{escaped, percent, short};

/// A remark.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) tone: Tone,
    /// The finding.
    pub(super) what: String,
    /// The numbers.
    pub(super) why: String,
    /// The advice; empty if there is nothing to do.
    pub(super) then: String,
}

/// The weight of a remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    Bad,
    Warn,
    Note,
    Good,
}

impl Said {
    pub(super) fn new(
        tone: Tone,
        what: impl Into<String>,
        why: impl Into<String>,
        then: impl Into<String>,
    ) -> Said {
        Said { tone, what: what.into(), why: why.into(), then: then.into() }
    }
}

/// Says what there is to say of curves, data and gradients; `diverged` is the layer in which the training has diverged.
pub(super) fn all(training: &Training<'_>, diverged: Option<&str>) -> Vec<Said> {
    let facts = training.facts;
    let epochs = facts.epochs();
    let mut said = vec![];
    said.extend(ending(facts, diverged));
    said.extend(fit(&epochs));
    said.extend(rate(&epochs));
    said.extend(data(facts, &facts.parts(), training));
    said.extend(gradients(&sizes(facts)));
    said
}

/// Writes remarks as a list.
pub(super) fn html(said: &[Said]) -> String {
    let item = |Said { tone, what, why, then }: &Said| {
        let class = match tone {
            Tone::Bad => "bad",
            Tone::Warn => "warn",
            Tone::Note => "note",
            Tone::Good => "good",
        };
        let then = match then.is_empty() {
            true => String::new(),
            false => format!(" <span class=\"then\">{}</span>", coded(then)),
        };
        format!("<li class=\"{class}\"><b>{}</b>{}{then}</li>\n", coded(what), coded(why))
    };
    match said {
        [] => "<p>Nothing stands out.</p>\n".into(),
        said => format!("<ul class=\"said\">\n{}</ul>\n", said.iter().map(item).collect::<String>()),
    }
}

/// Returns a text as HTML, with what stands between backticks as code.
fn coded(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(at, part)| if at % 2 == 1 { format!("<code>{}</code>", escaped(part)) } else { escaped(part) })
        .collect()
}

fn ending(facts: &Facts, diverged: Option<&str>) -> Option<Said> {
    let why = facts.text("why");
    match facts.text("state") {
        "diverged" => Some(Said::new(
            Tone::Bad,
            "The training diverged",
            format!("{why}{}.", diverged.map(|layer| format!("; {layer}")).unwrap_or_default()),
            "A lower rate, a warm-up or `clip` keeps steps small; `netwright lr` suggests a rate.",
        )),
        "interrupted" => Some(Said::new(
            Tone::Warn,
            "The training was interrupted",
            format!("{why}."),
            "`netwright train --resume` goes on from its last checkpoint.",
        )),
        "failed" => Some(Said::new(Tone::Bad, "The training ended by an error", format!("{why}."), "")),
        _ => None,
    }
}

/// The least rise of the held-out loss over its lowest that is called overfitting.
const RISE: f64 = 0.05;
/// The share of the first training loss above which a network has learned little.
const LITTLE: f64 = 0.8;
/// The fall over the last fifth of the epochs from which on more epochs would help.
const FALLING: f64 = 0.05;

/// Says whether a network has learned too much or too little.
fn fit(epochs: &[Epoch]) -> Vec<Said> {
    let mut said = vec![];
    let (Some(first), Some(last)) = (epochs.first(), epochs.last()) else { return said };
    let learned: Vec<(usize, f64)> =
        epochs.iter().filter_map(|epoch| Some((epoch.number, epoch.loss?))).collect();
    let (Some(&(_, begin)), Some(&(_, end))) = (learned.first(), learned.last()) else { return said };
    let smooth = smoothed(epochs);
    let lowest = smooth.iter().min_by(|a, b| a.held_out.total_cmp(&b.held_out));
    if let (Some(best), Some(now)) = (lowest, smooth.last()) {
        let rise = (now.held_out - best.held_out) / best.held_out.abs().max(1e-12);
        let over = match width(epochs.len()) {
            1 => String::new(),
            width => format!(" These are means over {width} epochs."),
        };
        if rise > RISE && now.loss < best.loss {
            said.push(Said::new(
                Tone::Warn,
                "It overfits",
                format!(
                    "The curves part in epoch {}: from there to epoch {} the loss on held-out samples rises from {} to {} ({}), while that of the training falls from {} to {}.{over}",
                    best.number,
                    last.number,
                    short(best.held_out),
                    short(now.held_out),
                    signed(rise),
                    short(best.loss),
                    short(now.loss)
                ),
                "`stop` keeps the weights of the best epoch; augmentation, dropout, a penalty, a smaller network or more data make it later.",
            ));
        } else if rise <= RISE && epochs.len() >= 3 && end < begin {
            said.push(Said::new(
                Tone::Good,
                "It does not overfit",
                format!(
                    "At the end the loss on held-out samples, {}, is within {} of its lowest, {} in epoch {}.{over}",
                    short(now.held_out),
                    percent(RISE),
                    short(best.held_out),
                    best.number
                ),
                "",
            ));
        }
    }
    // A loss below zero, as of a similarity, has no ratio.
    if epochs.len() >= 3 && begin > 0.0 && end / begin > LITTLE {
        said.push(Said::new(
            Tone::Warn,
            "It underfits",
            format!(
                "The training's own loss has hardly fallen: {} in epoch {}, {} in epoch {}.",
                short(begin),
                first.number,
                short(end),
                last.number
            ),
            "Try another rate (`netwright lr`), a larger network, or look at whether inputs and labels belong together.",
        ));
    }
    let watched: Vec<(usize, f64)> = match epochs.iter().any(|epoch| epoch.held_out.is_some()) {
        true => epochs.iter().filter_map(|epoch| Some((epoch.number, epoch.held_out?))).collect(),
        false => learned,
    };
    if let [.., (_, end)] = watched[..]
        && watched.len() >= 5
    {
        let (number, before) = watched[watched.len() * 4 / 5 - 1];
        let fall = (before - end) / before.abs().max(1e-12);
        if fall > FALLING && end <= watched.iter().map(|point| point.1).fold(f64::INFINITY, f64::min) {
            said.push(Said::new(
                Tone::Note,
                "It was still learning at the end",
                format!(
                    "From epoch {number} to the last the loss {} fell by {}, from {} to {}.",
                    if epochs.iter().any(|epoch| epoch.held_out.is_some()) {
                        "on held-out samples"
                    } else {
                        "of the training"
                    },
                    percent(fall),
                    short(before),
                    short(end)
                ),
                "More epochs may help.",
            ));
        }
    }
    said
}

/// Losses around an epoch.
#[derive(Clone, Copy, Debug)]
struct Around {
    number: usize,
    loss: f64,
    held_out: f64,
}

/// Returns the number of epochs over which losses are averaged: what goes up and down from one to the next says nothing.
fn width(epochs: usize) -> usize {
    (epochs / 10).max(1)
}

/// Returns means of the losses over some epochs, by the last of these.
fn smoothed(epochs: &[Epoch]) -> Vec<Around> {
    let known: Vec<Around> = epochs
        .iter()
        .filter_map(|epoch| {
            Some(Around { number: epoch.number, loss: epoch.loss?, held_out: epoch.held_out? })
        })
        .filter(|around| around.held_out.is_finite())
        .collect();
    let mean = |window: &[Around]| {
        let sum = |of: fn(&Around) -> f64| window.iter().map(of).sum::<f64>() / window.len() as f64;
        let number = window.last().map_or(0, |last| last.number);
        Around { number, loss: sum(|around| around.loss), held_out: sum(|around| around.held_out) }
    };
    known.windows(width(known.len())).map(mean).collect()
}

/// Formats a change in per cent, with its sign.
fn signed(change: f64) -> String {
    format!("{:+.0} %", 100.0 * change)
}

/// The rises of the loss from epoch to epoch as a share of its falls, from which on a rate is too large.
const UNSTEADY: f64 = 0.5;
/// The ratio of an epoch's loss to that of the epoch before from which on it has jumped.
const JUMP: f64 = 1.5;

/// Says whether the rate was too large.
fn rate(epochs: &[Epoch]) -> Option<Said> {
    let losses: Vec<(usize, f64, Option<f64>)> =
        epochs.iter().filter_map(|epoch| Some((epoch.number, epoch.loss?, epoch.rate))).collect();
    let then = "Half the rate or less, a warm-up, or `clip` would smooth it; `netwright lr` suggests a rate.";
    let jump = losses.windows(2).find(|pair| pair[0].1 > 0.0 && pair[1].1 > JUMP * pair[0].1);
    if let Some([before, after]) = jump.map(|pair| [pair[0], pair[1]]) {
        return Some(Said::new(
            Tone::Warn,
            "The rate may be too large",
            format!(
                "In epoch {} the training's loss jumped from {} to {}, at a rate of {}.",
                after.0,
                short(before.1),
                short(after.1),
                short(after.2.unwrap_or(f64::NAN))
            ),
            then,
        ));
    }
    let steps = || losses.windows(2).map(|pair| pair[1].1 - pair[0].1);
    let rises: f64 = steps().filter(|step| *step > 0.0).sum();
    let falls: f64 = -steps().filter(|step| *step < 0.0).sum::<f64>();
    (losses.len() >= 8 && rises > UNSTEADY * falls).then(|| {
        Said::new(
            Tone::Note,
            "The training's loss goes up and down",
            format!(
                "It rose in {} of {} epochs, by {} in total, and fell by {} in the others.",
                steps().filter(|step| *step > 0.0).count(),
                losses.len() - 1,
                short(rises),
                short(falls)
            ),
            then,
        )
    })
}

/// The ratio of the commonest to the rarest class from which on classes are out of balance.
const IMBALANCED: f64 = 3.0;

/// Says what is the matter with the data.
fn data(facts: &Facts, parts: &[Part], training: &Training<'_>) -> Vec<Said> {
    let mut said = vec![];
    let names = facts.list("data.classes");
    let name = |class: usize| names.get(class).cloned().unwrap_or_else(|| class.to_string());
    if let Some(part) = parts.first().filter(|part| part.classes.len() > 1) {
        let most = part.classes.iter().enumerate().max_by_key(|(_, count)| **count).unwrap_or((0, &0));
        let least = part.classes.iter().enumerate().min_by_key(|(_, count)| **count).unwrap_or((0, &0));
        let weighed = training.model.recipe.as_ref().is_some_and(|recipe| recipe.weights.is_some());
        if *most.1 as f64 >= IMBALANCED * *least.1 as f64 {
            let then = match weighed {
                true => {
                    "The recipe weighs samples; look at the balanced accuracy and at each class, not at the accuracy alone."
                }
                false => {
                    "`weights balanced` makes classes count the same; look at the balanced accuracy and at each class."
                }
            };
            said.push(Said::new(
                if weighed { Tone::Note } else { Tone::Warn },
                "Classes are out of balance",
                format!(
                    "Of {} samples to train with, {} are of class {} and {} of class {}. Always answering {} would be right for {} of them.",
                    part.samples,
                    most.1,
                    name(most.0),
                    least.1,
                    name(least.0),
                    name(most.0),
                    percent(*most.1 as f64 / part.samples.max(1) as f64)
                ),
                then,
            ));
        }
    }
    for part in parts.iter().filter(|part| part.leaked > 0) {
        said.push(Said::new(
            Tone::Bad,
            format!(
                "Samples leak into those {}",
                if part.name == "test" { "to test with" } else { "held out" }
            ),
            format!(
                "{} of the {} {} samples ({}) are among those to train with, target included.",
                part.leaked,
                part.samples,
                part.name.replace(' ', "-"),
                percent(part.leaked as f64 / part.samples.max(1) as f64)
            ),
            "Results on them look better than they are: remove copies, or split by group (`by=`).",
        ));
    }
    if parts.len() == 1 && !parts[0].name.is_empty() {
        said.push(Said::new(
            Tone::Warn,
            "Nothing was held out",
            format!(
                "All {} samples were trained with, so nothing here says how it does on others.",
                parts[0].samples
            ),
            "`validate 20%` holds some out; `test` names samples for the end.",
        ));
    }
    said
}

/// The root mean square of each layer's gradients, over all looks that have some.
pub(super) fn sizes(facts: &Facts) -> Vec<(String, f64)> {
    let looks = facts.get("layers.looks").as_array().cloned().unwrap_or_default();
    let Some(last) = looks.last() else { return vec![] };
    let tensors = last["tensors"].as_array().cloned().unwrap_or_default();
    let size = |at: usize| {
        let own = looks.iter().filter_map(|look| look["tensors"][at]["gradients"]["size"].as_f64());
        let own: Vec<f64> = own.filter(|size| size.is_finite()).collect();
        (!own.is_empty()).then(|| (own.iter().map(|size| size * size).sum::<f64>() / own.len() as f64).sqrt())
    };
    let named = tensors.iter().enumerate().filter_map(|(at, tensor)| {
        let name = tensor["name"].as_str()?.strip_suffix(".weight")?;
        Some((name.to_string(), size(at)?))
    });
    named.collect()
}

/// The ratio of a layer's gradient to the largest below which it vanishes.
const VANISHED: f64 = 1e-3;

/// Says in which layers gradients vanish.
fn gradients(sizes: &[(String, f64)]) -> Option<Said> {
    let (name, most) = sizes.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let small: Vec<&(String, f64)> = sizes.iter().filter(|(_, size)| *size < VANISHED * most).collect();
    let (first, least) = small.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(name, size)| (name, *size))?;
    let others = match small.len() {
        1 => String::new(),
        count => format!(" ({count} layers are below a thousandth)"),
    };
    Some(Said::new(
        Tone::Warn,
        "Gradients vanish",
        format!(
            "The gradient of {first} is {} times smaller than that of {name}: a root mean square of {} against {}{others}.",
            short(most / least.max(f64::MIN_POSITIVE)),
            short(least),
            short(*most)
        ),
        "ReLU in place of sigmoid and tanh, a batch norm, residual connections or `he` initial values keep them alive.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(losses: &[(f64, f64)]) -> Vec<Epoch> {
        let epoch = |(at, &(loss, held_out)): (usize, &(f64, f64))| Epoch {
            number: at + 1,
            loss: Some(loss),
            held_out: Some(held_out),
            rate: Some(0.1),
            ..Epoch::default()
        };
        losses.iter().enumerate().map(epoch).collect()
    }

    fn whats(said: &[Said]) -> Vec<&str> {
        said.iter().map(|said| said.what.as_str()).collect()
    }

    #[test]
    fn curves_that_part_are_overfitting() {
        let said = fit(&epochs(&[(1.0, 1.1), (0.5, 0.6), (0.3, 0.5), (0.2, 0.6), (0.1, 0.8)]));
        assert_eq!(whats(&said), ["It overfits"]);
        assert!(said[0].why.contains("part in epoch 3") && said[0].why.contains("+60 %"), "{}", said[0].why);
        let said = fit(&epochs(&[(1.0, 1.0), (0.5, 0.6), (0.4, 0.55), (0.39, 0.545), (0.385, 0.545)]));
        assert_eq!(whats(&said), ["It does not overfit"]);
    }

    #[test]
    fn a_loss_that_hardly_falls_is_underfitting() {
        let said = fit(&epochs(&[(1.0, 1.0), (0.99, 1.0), (0.98, 1.0), (0.98, 1.0), (0.98, 1.0)]));
        assert_eq!(whats(&said), ["It does not overfit", "It underfits"]);
        let said = fit(&epochs(&[(1.0, 1.0), (0.8, 0.9), (0.6, 0.8), (0.5, 0.7), (0.4, 0.6)]));
        assert_eq!(whats(&said), ["It does not overfit", "It was still learning at the end"]);
    }

    #[test]
    fn jumps_and_swings_are_of_a_large_rate() {
        let jump = rate(&epochs(&[(1.0, 1.0), (0.5, 1.0), (0.9, 1.0)])).unwrap();
        assert!(jump.why.contains("In epoch 3") && jump.why.contains("rate of 0.1000"), "{}", jump.why);
        let swings: Vec<(f64, f64)> = (0..10).map(|at| (1.0 + 0.1 * f64::from(at % 2), 1.0)).collect();
        assert_eq!(rate(&epochs(&swings)).unwrap().what, "The training's loss goes up and down");
        let falls: Vec<(f64, f64)> = (1..10).map(|at| (1.0 / f64::from(at), 1.0)).collect();
        assert_eq!(rate(&epochs(&falls)), None);
    }

    #[test]
    fn vanishing_gradients_are_named() {
        let sizes = [("conv1".to_string(), 1e-6), ("dense1".into(), 0.5), ("dense2".into(), 1e-2)];
        let said = gradients(&sizes).unwrap();
        assert!(
            said.why.contains("The gradient of conv1 is 5.00e5 times smaller than that of dense1"),
            "{}",
            said.why
        );
        assert_eq!(gradients(&sizes[1..]), None);
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert!(fit(&[]).is_empty() && rate(&[]).is_none() && gradients(&[]).is_none());
        assert!(html(&[]).contains("Nothing stands out"));
    }
}
