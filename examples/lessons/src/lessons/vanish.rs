//! Vanishing gradients by layer: sigmoid against ReLU.

use crate::Failure;
use crate::draw::{Chart, Ink, Mark, Sheet};
use crate::lesson::Lesson;
use crate::net::File;
use crate::run::{by_epoch, check, percent, short};
use ndarray::ArrayD;

/// A training: the gradients of the first step by layer, the mean loss of each epoch, and the accuracy in the end.
struct Learned {
    sizes: Vec<f64>,
    losses: Vec<f64>,
    accuracy: f64,
}

fn learned(file: &File, name: &str) -> Result<Learned, Failure> {
    let mut net = file.network(name)?;
    let data = net.samples()?;
    let mut sizes = vec![];
    let points = net.train(net.recipe()?, &data.training, &data.held_out, |step| {
        if sizes.is_empty() {
            let params = step.net.model.graph.params.iter().zip(&step.gradients.params);
            let weights = params.filter(|(param, _)| param.name.ends_with("weight"));
            // The root mean square.
            let size =
                |gradient: &ArrayD<f64>| (gradient.mapv(|x| x * x).sum() / gradient.len() as f64).sqrt();
            sizes.extend(weights.filter_map(|(_, gradient)| gradient.as_ref().map(size)));
        }
        Ok(())
    })?;
    let losses = points.iter().map(|point| point.loss).collect();
    Ok(Learned { sizes, losses, accuracy: net.measured(&data.training)?.accuracy })
}

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("vanishing.net")?;
    let [sigmoids, relus] = [learned(&file, "Sigmoids")?, learned(&file, "Relus")?];
    let mut sheet = Sheet::new([820, 370]);
    let layers = sigmoids.sizes.len();
    let chart = Chart {
        at: [0, 0],
        size: [410, 370],
        title: "Gradients of the first step",
        x: "layer, from the input to the output",
        y: "root mean square",
        xs: [1.0, layers as f64],
        ys: [-8.0, 0.0],
        powers: true,
    };
    let by_layer = |all: &Learned| by_epoch(&all.sizes, |size| size.log10());
    let mut marks = vec![];
    for (name, ink, all) in [("sigmoid", Ink::Blue, &sigmoids), ("ReLU", Ink::Orange, &relus)] {
        marks.push(Mark::Line { name: name.into(), ink, width: 2, points: by_layer(all) });
        marks.push(Mark::Dots { name: String::new(), ink, radius: 4, points: by_layer(all) });
    }
    chart.draw(&mut sheet, &marks)?;
    let epochs = sigmoids.losses.len();
    let chart = Chart {
        at: [410, 0],
        size: [410, 370],
        title: "The loss on two spirals",
        x: "epoch",
        y: "loss",
        xs: [1.0, epochs as f64],
        ys: [0.0, 0.9],
        powers: false,
    };
    let course = |all: &Learned| by_epoch(&all.losses, |loss| *loss);
    let marks = [
        Mark::Line { name: "sigmoid".into(), ink: Ink::Blue, width: 2, points: course(&sigmoids) },
        Mark::Line { name: "ReLU".into(), ink: Ink::Orange, width: 2, points: course(&relus) },
    ];
    chart.draw(&mut sheet, &marks)?;
    let ratio = |all: &Learned| all.sizes[layers - 1] / all.sizes[0];
    check(&[
        ("the gradients of sigmoids vanish", ratio(&sigmoids) > 1000.0),
        ("those of ReLUs do not", (0.1..10.0).contains(&ratio(&relus))),
        ("the sigmoids hardly learn", sigmoids.losses[epochs - 1] > 0.6 && sigmoids.accuracy < 0.7),
        ("the ReLUs learn", relus.accuracy > 0.98),
    ])?;
    Ok(Lesson {
        name: "vanishing",
        net: "vanishing.net",
        title: "Vanishing gradients",
        topic: "saturating activations, ReLU, and gradients that vanish on their way back",
        command: "netwright train vanishing.net --network Sigmoids",
        picture: sheet.finish(),
        alt: "Gradients by layer on a logarithmic axis, and the losses of two trainings",
        sentences: [
            format!(
                "On its way back the gradient is multiplied by the slope of each sigmoid, at most a quarter: in the first of {layers} layers it is {} times smaller than in the last.",
                short(ratio(&sigmoids))
            ),
            format!("The slope of a ReLU is 0 or 1: there the ratio is {}.", short(ratio(&relus))),
            format!(
                "After {epochs} epochs the sigmoids still have a loss of {}, where guessing has 0.693, and classify {} of the points correctly; the ReLUs have {} and {}.",
                short(sigmoids.losses[epochs - 1]),
                percent(sigmoids.accuracy),
                short(relus.losses[epochs - 1]),
                percent(relus.accuracy)
            ),
        ],
    })
}
