//! The loss against one weight, with the steps down it.

use crate::Failure;
use crate::draw::{Anchor, Chart, Ink, Mark, Sheet};
use crate::lesson::Lesson;
use crate::net::{File, Net, Samples};
use crate::run::{check, short};
use netwright_compiler::recipe::Recipe;
use netwright_interpreter::Gradients;

/// A step: the weight before it, the loss and its slope there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) weight: f64,
    pub(super) loss: f64,
    slope: f64,
}

/// The network, its samples and its loss.
pub(super) struct Descent<'a> {
    net: Net<'a>,
    data: Samples,
}

impl<'a> Descent<'a> {
    pub(super) fn new(file: &'a File) -> Result<Descent<'a>, Failure> {
        let net = file.network("Descent")?;
        let data = net.samples()?;
        Ok(Descent { net, data })
    }

    pub(super) fn recipe(&self) -> Result<&'a Recipe, Failure> {
        self.net.recipe()
    }

    /// Takes the steps of a recipe; the last one is not taken.
    pub(super) fn descend(&self, recipe: &Recipe) -> Result<Vec<Step>, Failure> {
        let (mut net, mut all) = (self.net.clone(), vec![]);
        let mut note = |net: &Net<'_>, slope: f64| -> Result<(), Failure> {
            let weight = net.param(WEIGHT)?[[0, 0]];
            all.push(Step { weight, slope, loss: self.loss(weight)? });
            Ok(())
        };
        net.train(recipe, &self.data.training, &self.data.held_out, |step| {
            note(step.net, slope(step.gradients))
        })?;
        let mut once = net.clone();
        let mut last = f64::NAN;
        once.train(
            &Recipe { epochs: 1, ..recipe.clone() },
            &self.data.training,
            &self.data.held_out,
            |step| {
                last = slope(step.gradients);
                Ok(())
            },
        )?;
        note(&net, last)?;
        Ok(all)
    }

    /// Returns the loss with this weight.
    pub(super) fn loss(&self, weight: f64) -> Result<f64, Failure> {
        let mut net = self.net.clone();
        net.set(WEIGHT, &[weight])?;
        Ok(net.measured(&self.data.training)?.loss)
    }

    /// Returns the loss over these weights.
    pub(super) fn curve(&self, weights: [f64; 2]) -> Result<Vec<[f64; 2]>, Failure> {
        let places = (0..=80).map(|at| weights[0] + (weights[1] - weights[0]) * f64::from(at) / 80.0);
        places.map(|weight| Ok([weight, self.loss(weight)?])).collect()
    }
}

const WEIGHT: &str = "dense1.weight";

fn slope(gradients: &Gradients) -> f64 {
    gradients.params[0].as_ref().map_or(f64::NAN, |gradient| gradient[[0, 0]])
}

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("descent.net")?;
    let descent = Descent::new(&file)?;
    let recipe = descent.recipe()?;
    let taken = descent.descend(recipe)?;
    let count = taken.len() - 1;
    let weights = [-0.5, 3.5];
    let parabola = descent.curve(weights)?;
    let top = parabola.iter().map(|point| point[1]).fold(0.0, f64::max);

    let mut sheet = Sheet::new([820, 380]);
    let chart = Chart {
        at: [0, 0],
        size: [430, 380],
        title: "The loss over the weight",
        x: "weight",
        y: "loss",
        xs: weights,
        ys: [0.0, top],
        powers: false,
    };
    let places: Vec<[f64; 2]> = taken.iter().map(|step| [step.weight, step.loss]).collect();
    let mut marks = vec![
        Mark::Line { name: "loss".into(), ink: Ink::Blue, width: 2, points: parabola },
        Mark::Line { name: String::new(), ink: Ink::Orange, width: 2, points: places.clone() },
        Mark::Dots { name: "steps".into(), ink: Ink::Orange, radius: 4, points: places.clone() },
    ];
    for step in [0, 1, 2] {
        let (text, at) = (step.to_string(), places[step]);
        marks.push(Mark::Label { text, ink: Ink::Text, at, moved: [-9.0, 14.0], anchor: Anchor::End });
    }
    chart.draw(&mut sheet, &marks)?;
    let sizes: Vec<[f64; 2]> =
        taken.iter().enumerate().map(|(at, step)| [at as f64, step.slope.abs()]).collect();
    let chart = Chart {
        at: [430, 0],
        size: [390, 380],
        title: "The size of the slope",
        x: "step",
        y: "slope, without its sign",
        xs: [0.0, count as f64],
        ys: [0.0, 1.1 * sizes[0][1]],
        powers: false,
    };
    let marks = [
        Mark::Line { name: String::new(), ink: Ink::Green, width: 2, points: sizes.clone() },
        Mark::Dots { name: String::new(), ink: Ink::Green, radius: 4, points: sizes },
    ];
    chart.draw(&mut sheet, &marks)?;
    let (first, last) = (taken[0], taken[count]);
    let rate = recipe.optimizer.rate();
    check(&[
        ("the first step is the rate times the slope", (taken[1].weight + rate * first.slope).abs() < 1e-6),
        (
            "the slope shrinks with each step",
            taken.windows(2).all(|pair| pair[1].slope.abs() < pair[0].slope.abs()),
        ),
    ])?;
    Ok(Lesson {
        name: "descent",
        net: "descent.net",
        title: "The loss over one weight, and the steps down it",
        topic: "the loss function and gradient descent",
        command: "netwright train descent.net",
        picture: sheet.finish(),
        alt: "A parabola with the points of the steps towards its lowest place, beside the falling slope",
        sentences: [
            format!(
                "With a single weight the mean squared error is a parabola; at weight 0 it is {} and has a slope of {}.",
                short(first.loss),
                short(first.slope)
            ),
            format!(
                "A step goes against the slope, by the rate times the slope's size: {} times {} leads to the weight {}.",
                rate,
                short(first.slope.abs()),
                short(taken[1].weight)
            ),
            format!(
                "The slope shrinks on the way, and so do the steps: after {count} steps the weight is {}, the loss {} and the slope {}.",
                short(last.weight),
                short(last.loss),
                short(last.slope)
            ),
        ],
    })
}
