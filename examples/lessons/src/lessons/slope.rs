//! The sigmoid and its slope.

use crate::Failure;
use crate::draw::{Anchor, Chart, Ink, Mark, Sheet};
use crate::lesson::Lesson;
use crate::net::{File, Net};
use crate::run::{check, short};
use ndarray::{ArrayD, IxDyn};
use netwright_interpreter::Targets;

const XS: [f64; 2] = [-8.0, 8.0];

/// Returns the output, the loss and the loss's slope over the input, of a network of one number.
fn slope(net: &Net<'_>, input: f64, target: f64) -> Result<[f64; 3], Failure> {
    let target = Targets::Values(ArrayD::from_elem(IxDyn(&[1, 1]), target));
    let gradients = net.gradients(&[input as f32], &target)?;
    Ok([gradients.outputs[0][[0, 0]], gradients.loss, gradients.inputs[0][[0, 0]]])
}

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("sigmoid.net")?;
    let (squared, logarithmic) = (file.network("Squared")?, file.network("Logarithmic")?);
    let xs = || (0..=160).map(|at| XS[0] + (XS[1] - XS[0]) * f64::from(at) / 160.0);
    let output = |x: f64| slope(&squared, x, 1.0).map(|all| all[0]);
    // The mean square error has the slope 2 (y - 1) y', so y' is known from it.
    let steepness = |x: f64| slope(&squared, x, 1.0).map(|[y, _, slope]| slope / (2.0 * (y - 1.0)));
    let curve = |of: &dyn Fn(f64) -> Result<f64, Failure>| {
        xs().map(|x| Ok([x, of(x)?])).collect::<Result<Vec<_>, Failure>>()
    };
    let (middle, far) = (steepness(0.0)?, steepness(5.0)?);

    let mut sheet = Sheet::new([820, 360]);
    let chart = Chart {
        at: [0, 0],
        size: [410, 360],
        title: "The sigmoid and its slope",
        x: "input",
        y: "",
        xs: XS,
        ys: [0.0, 1.0],
        powers: false,
    };
    let marks = [
        Mark::Line { name: "sigmoid".into(), ink: Ink::Blue, width: 3, points: curve(&output)? },
        Mark::Line { name: "slope".into(), ink: Ink::Orange, width: 3, points: curve(&steepness)? },
        Mark::Dots {
            name: String::new(),
            ink: Ink::Orange,
            radius: 4,
            points: vec![[0.0, middle], [5.0, far]],
        },
        Mark::Label {
            text: short(middle),
            ink: Ink::Orange,
            at: [0.0, middle],
            moved: [10.0, -8.0],
            anchor: Anchor::Start,
        },
        Mark::Label {
            text: short(far),
            ink: Ink::Orange,
            at: [5.0, far],
            moved: [0.0, -10.0],
            anchor: Anchor::Middle,
        },
    ];
    chart.draw(&mut sheet, &marks)?;

    let of_squares = |x: f64| slope(&squared, x, 1.0).map(|all| -all[2]);
    let of_logarithms = |x: f64| slope(&logarithmic, x, 1.0).map(|all| -all[2]);
    let chart = Chart {
        at: [410, 0],
        size: [410, 360],
        title: "The slope of two losses for a yes",
        x: "input: on the left the answer is wrong",
        y: "slope, without its sign",
        xs: XS,
        ys: [0.0, 1.0],
        powers: false,
    };
    let marks = [
        Mark::Line {
            name: "cross-entropy".into(),
            ink: Ink::Green,
            width: 3,
            points: curve(&of_logarithms)?,
        },
        Mark::Line { name: "squared error".into(), ink: Ink::Purple, width: 3, points: curve(&of_squares)? },
    ];
    chart.draw(&mut sheet, &marks)?;
    check(&[
        ("the slope is largest in the middle", middle > steepness(-0.1)?.max(steepness(0.1)?)),
        ("a sure neuron has a small slope", far < 0.05 * middle),
        ("cross-entropy has the larger slope", of_logarithms(-6.0)? > 100.0 * of_squares(-6.0)?),
    ])?;
    Ok(Lesson {
        name: "sigmoid",
        net: "sigmoid.net",
        title: "The sigmoid and its slope",
        topic: "activation functions",
        command: "netwright explain sigmoid.net --network Sigmoid",
        picture: sheet.finish(),
        alt: "The curve of the sigmoid with its slope, beside the slopes of two losses",
        sentences: [
            format!(
                "The sigmoid turns any number into one between 0 and 1: {} becomes {}, 0 becomes {}, and 4 becomes {}.",
                -4,
                short(output(-4.0)?),
                short(output(0.0)?),
                short(output(4.0)?)
            ),
            format!(
                "Its slope is at most {}, in the middle, and {} at 5: a neuron that is sure hardly learns.",
                short(middle),
                short(far)
            ),
            format!(
                "At -6, where a sample that is a yes gets {}, the slope of the squared error is only {} and that of the cross-entropy {} in size: this is why cross-entropy is the usual loss for a yes or no.",
                short(output(-6.0)?),
                short(of_squares(-6.0)?),
                short(of_logarithms(-6.0)?)
            ),
        ],
    })
}
