//! A rate that is too small, one that is right, and one that is too large.

use super::parabola::Descent;
use crate::Failure;
use crate::draw::{Chart, Ink, Mark, Sheet};
use crate::lesson::Lesson;
use crate::net::File;
use crate::run::{check, short};
use netwright_compiler::recipe::{Optimizer, Recipe};

const RATES: [(f64, &str); 3] = [(0.02, "too small"), (0.8, "about right"), (3.0, "too large")];
const WEIGHTS: [f64; 2] = [-4.0, 7.0];

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("descent.net")?;
    let descent = Descent::new(&file)?;
    let parabola = descent.curve(WEIGHTS)?;
    let top = parabola.iter().map(|point| point[1]).fold(0.0, f64::max);
    let mut sheet = Sheet::new([840, 330]);
    let mut taken = vec![];
    for (at, (rate, word)) in RATES.into_iter().enumerate() {
        let steps = descent
            .descend(&Recipe { optimizer: Optimizer::Sgd { lr: rate }, ..descent.recipe()?.clone() })?;
        let places: Vec<[f64; 2]> = steps.iter().map(|step| [step.weight, step.loss]).collect();
        let title = format!("{rate}: {word}");
        let chart = Chart {
            at: [280 * at as u32, 0],
            size: [280, 330],
            title: &title,
            x: "weight",
            y: "loss",
            xs: WEIGHTS,
            ys: [0.0, top],
            powers: false,
        };
        let marks = [
            Mark::Line { name: "loss".into(), ink: Ink::Blue, width: 2, points: parabola.clone() },
            Mark::Line { name: String::new(), ink: Ink::Orange, width: 1, points: places.clone() },
            Mark::Dots { name: "steps".into(), ink: Ink::Orange, radius: 4, points: places },
        ];
        chart.draw(&mut sheet, &marks)?;
        taken.push(steps);
    }
    let end = |at: usize| taken[at][taken[at].len() - 1];
    let count = taken[0].len() - 1;
    let grows = taken[2].windows(2).all(|pair| pair[1].loss > pair[0].loss);
    check(&[
        ("small steps have far to go", end(0).loss > 0.5 * taken[0][0].loss),
        (
            "right steps arrive",
            (end(1).weight - taken[1][count - 1].weight).abs() < 1e-3 && end(1).loss < 0.5 * end(0).loss,
        ),
        ("too large steps climb", grows),
    ])?;
    Ok(Lesson {
        name: "rates",
        net: "descent.net",
        title: "A rate too small, right, and too large",
        topic: "the learning rate",
        command: "netwright train descent.net --set lr=3",
        picture: sheet.finish(),
        alt: "Three parabolas with steps: short ones, ones that reach the lowest place, and ones that jump from side to side and climb",
        sentences: [
            format!(
                "The rate {} is too small: after {count} steps the loss has only fallen from {} to {}.",
                RATES[0].0,
                short(taken[0][0].loss),
                short(end(0).loss)
            ),
            format!(
                "With {} the weight is {} after two steps and {} after {count}; the loss is then {}.",
                RATES[1].0,
                short(taken[1][2].weight),
                short(end(1).weight),
                short(end(1).loss)
            ),
            format!(
                "With {} each step jumps across the valley and lands higher than it started: the loss grows from {} to {}.",
                RATES[2].0,
                short(taken[2][0].loss),
                short(end(2).loss)
            ),
        ],
    })
}
