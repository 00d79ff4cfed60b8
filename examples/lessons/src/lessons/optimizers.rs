//! Momentum and Adam in a valley.

use crate::Failure;
use crate::draw::{Anchor, Chart, Ink, Mark, Sheet};
use crate::lesson::Lesson;
use crate::net::{File, Net, Samples};
use crate::run::{check, short};
use std::f64::consts::TAU;

/// The weights before each step, and the losses there.
struct Path {
    weights: Vec<[f64; 2]>,
    losses: Vec<f64>,
}

/// Walks through a valley by a recipe of the file.
fn walk(file: &File, name: &str, data: &Samples) -> Result<Path, Failure> {
    let mut net = file.network(name)?;
    let mut nets = vec![];
    net.train(net.recipe()?, &data.training, &data.held_out, |step| {
        nets.push(step.net.clone());
        Ok(())
    })?;
    nets.push(net);
    let weights = |net: &Net<'_>| net.param("dense1.weight").map(|weight| [weight[[0, 0]], weight[[0, 1]]]);
    let losses = nets.iter().map(|net| Ok(net.measured(&data.training)?.loss));
    let losses = losses.collect::<Result<_, Failure>>()?;
    Ok(Path { weights: nets.iter().map(weights).collect::<Result<_, _>>()?, losses })
}

/// Returns the halves of the loss's second slopes: those of both weights, and the mixed one.
fn bend(data: &Samples) -> [f64; 3] {
    let inputs = data.training.inputs();
    let (rows, _) = inputs.as_chunks::<2>();
    let mean = |of: fn([f64; 2]) -> f64| {
        rows.iter().map(|row| of(row.map(f64::from))).sum::<f64>() / rows.len() as f64
    };
    [mean(|[a, _]| a * a), mean(|[_, b]| b * b), mean(|[a, b]| a * b)]
}

/// The weights that the samples were made with.
const LOWEST: [f64; 2] = [1.0, 2.0];
/// Losses whose contours are drawn.
const CONTOURS: [f64; 5] = [0.02, 0.15, 0.5, 1.5, 4.0];

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("valley.net")?;
    let plain = file.network("Valley")?;
    let data = plain.samples()?;
    let paths = [
        ("plain", Ink::Blue, walk(&file, "Valley", &data)?),
        ("momentum", Ink::Orange, walk(&file, "Momentum", &data)?),
        ("Adam", Ink::Green, walk(&file, "Adam", &data)?),
    ];
    let [steep, flat, mixed] = bend(&data);
    let contour = |loss: f64| {
        // Few directions lead along a narrow valley: the angles of its own ellipse are spread evenly.
        let spread = |turn: u32| {
            let angle = TAU * f64::from(turn) / 72.0;
            let [u, v] = [angle.cos() / steep.sqrt(), angle.sin() / flat.sqrt()];
            let reach = (loss / (steep * u * u + flat * v * v + 2.0 * mixed * u * v)).sqrt();
            [LOWEST[0] + reach * u, LOWEST[1] + reach * v]
        };
        (0..=72).map(spread).collect::<Vec<_>>()
    };
    let mut sheet = Sheet::new([840, 400]);
    let chart = Chart {
        at: [0, 0],
        size: [440, 400],
        title: "Ways through the valley, to (1, 2)",
        x: "first weight",
        y: "second weight",
        xs: [-0.4, 2.4],
        ys: [-0.4, 3.2],
        powers: false,
    };
    let inside = |[x, y]: &[f64; 2]| {
        (chart.xs[0]..=chart.xs[1]).contains(x) && (chart.ys[0]..=chart.ys[1]).contains(y)
    };
    let mut marks = vec![];
    for loss in CONTOURS {
        let points = contour(loss);
        for piece in points.split(|place| !inside(place)).filter(|piece| piece.len() > 1) {
            marks.push(Mark::Pale { ink: Ink::Text, points: piece.to_vec() });
        }
    }
    for (name, ink, path) in &paths {
        marks.push(Mark::Line { name: (*name).into(), ink: *ink, width: 2, points: path.weights.clone() });
        marks.push(Mark::Dots { name: String::new(), ink: *ink, radius: 3, points: path.weights.clone() });
    }
    let label = |text: &str, at: [f64; 2], moved: [f64; 2], anchor: Anchor| Mark::Label {
        text: text.into(),
        ink: Ink::Text,
        at,
        moved,
        anchor,
    };
    marks.push(label("start", [0.0, 0.0], [-6.0, 16.0], Anchor::Middle));
    chart.draw(&mut sheet, &marks)?;
    let count = paths[0].2.losses.len() - 1;
    let chart = Chart {
        at: [440, 0],
        size: [400, 400],
        title: "The loss",
        x: "step",
        y: "loss",
        xs: [0.0, count as f64],
        ys: [-5.0, 1.0],
        powers: true,
    };
    let marks = paths.iter().map(|(name, ink, path)| {
        let points = path.losses.iter().enumerate().map(|(at, loss)| [at as f64, loss.max(1e-9).log10()]);
        Mark::Line { name: (*name).into(), ink: *ink, width: 2, points: points.collect() }
    });
    chart.draw(&mut sheet, &marks.collect::<Vec<_>>())?;
    let rate = plain.recipe()?.optimizer.rate();
    let [same, adam_rate] = [file.network("Momentum")?, file.network("Adam")?]
        .map(|net| net.recipe().map(|own| own.optimizer.rate()));
    let (same, adam_rate) = (same?, adam_rate?);
    let [plain, momentum, adam] = [0, 1, 2].map(|at| &paths[at].2);
    let sides = plain.weights.windows(2).take(6);
    let first = adam.weights[1];
    check(&[
        (
            "plain steps jump from side to side",
            sides.skip(1).all(|pair| (pair[0][0] > LOWEST[0]) != (pair[1][0] > LOWEST[0])),
        ),
        ("momentum has the same rate", same == rate),
        ("momentum is faster", momentum.losses[count] < 0.1 * plain.losses[count]),
        ("Adam is faster than plain steps", adam.losses[count] < 0.5 * plain.losses[count]),
        ("Adam begins with equal steps", (first[0] - first[1]).abs() < 1e-3),
    ])?;
    Ok(Lesson {
        name: "valley",
        net: "valley.net",
        title: "Momentum and Adam in a valley",
        topic: "momentum and adaptive optimizers",
        command: "netwright train valley.net --network Adam",
        picture: sheet.finish(),
        alt: "Contours of a narrow valley with the ways of three optimizers, and their losses by step",
        sentences: [
            format!(
                "The first input is larger than the second, so the loss bends {} times as much along the first weight: at a rate of {} plain steps jump from side to side of this valley and creep along it, to a loss of {} after {count} steps.",
                short(steep / flat),
                rate,
                short(plain.losses[count])
            ),
            format!(
                "Momentum, at the same rate, keeps a part of each step, so that steps across the valley cancel and those along it add up: the loss is {}.",
                short(momentum.losses[count])
            ),
            format!(
                "Adam divides each weight's step by the size of its own slopes, so that both weights begin with equal steps; at its rate of {} the loss is {}.",
                adam_rate,
                short(adam.losses[count])
            ),
        ],
    })
}
