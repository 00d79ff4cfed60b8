//! A neuron and its line, found step by step.

use crate::Failure;
use crate::draw::{Anchor, Chart, Ink, Mark, Sheet};
use crate::lesson::Lesson;
use crate::net::{File, Net};
use crate::run::{check, percent, points, short};

/// The steps whose lines are drawn.
const DRAWN: [usize; 4] = [0, 2, 8, 64];
const XS: [f64; 2] = [-3.0, 3.0];

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("neuron.net")?;
    let mut net = file.network("Neuron")?;
    let samples = net.samples()?;
    let mut states = vec![];
    net.train(net.recipe()?, &samples.training, &samples.held_out, |step| {
        states.push(step.net.clone());
        Ok(())
    })?;
    states.push(net.clone());
    let count = states.len() - 1;
    let measured = states.iter().map(|net| net.measured(&samples.training)).collect::<Result<Vec<_>, _>>()?;

    let mut sheet = Sheet::new([820, 400]);
    let plane = Chart {
        at: [0, 0],
        size: [420, 400],
        title: "The line where the neuron says 50 %",
        x: "first input",
        y: "second input",
        xs: XS,
        ys: XS,
        powers: false,
    };
    let of = |label: bool| points(&samples.training, label);
    let mut marks = vec![
        Mark::Crosses { name: "no".into(), ink: Ink::Blue, points: of(false) },
        Mark::Dots { name: "yes".into(), ink: Ink::Orange, radius: 3, points: of(true) },
    ];
    for step in DRAWN {
        let step = step.min(count);
        let Some(line) = line(&states[step])? else { continue };
        let is_last = step == count;
        marks.push(match is_last {
            true => Mark::Line { name: String::new(), ink: Ink::Text, width: 3, points: line.to_vec() },
            false => Mark::Line { name: String::new(), ink: Ink::Purple, width: 1, points: line.to_vec() },
        });
        let ink = if is_last { Ink::Text } else { Ink::Purple };
        // Lines that begin near each other end apart; a label stands on the side from which its line leads away.
        let end = if step == 0 { 1 } else { 0 };
        let [near, far] =
            if line[0][1] > line[1][1] { [line[end], line[1 - end]] } else { [line[1 - end], line[end]] };
        let at = [0, 1].map(|axis| near[axis] + 0.07 * (far[axis] - near[axis]));
        let is_falling = (line[0][1] > line[1][1]) == (line[0][0] < line[1][0]);
        let moved = if is_falling { [8.0, -4.0] } else { [8.0, 10.0] };
        marks.push(Mark::Label { text: format!("step {step}"), ink, at, moved, anchor: Anchor::Start });
    }
    plane.draw(&mut sheet, &marks)?;

    let losses = measured.iter().enumerate();
    let course: Vec<[f64; 2]> = losses.map(|(step, measured)| [step as f64, measured.loss]).collect();
    let top = course.iter().map(|point| point[1]).fold(0.0, f64::max);
    let chart = Chart {
        at: [420, 0],
        size: [400, 400],
        title: "The loss of all points",
        x: "step",
        y: "loss",
        xs: [0.0, count as f64],
        ys: [0.0, 1.1 * top],
        powers: false,
    };
    let drawn: Vec<[f64; 2]> = DRAWN.iter().map(|step| course[(*step).min(count)]).collect();
    let marks = [
        Mark::Line { name: String::new(), ink: Ink::Text, width: 2, points: course.clone() },
        Mark::Dots { name: "lines on the left".into(), ink: Ink::Purple, radius: 4, points: drawn },
    ];
    chart.draw(&mut sheet, &marks)?;

    let [a, b, bias] = weights(&net)?;
    check(&[
        ("more points are classified correctly", measured[count].accuracy > measured[0].accuracy + 0.3),
        ("the loss falls", course[count][1] < 0.5 * course[0][1]),
    ])?;
    Ok(Lesson {
        name: "neuron",
        net: "neuron.net",
        title: "A neuron draws a line",
        topic: "the artificial neuron: weights, a bias and an activation",
        command: "netwright train neuron.net",
        picture: sheet.finish(),
        alt: "Two clouds of points and the neuron's line after some steps, beside the falling loss",
        sentences: [
            format!(
                "The neuron adds {} times the first input, {} times the second, and {}; where the sum is 0, its sigmoid says 50 %, and these places form a line.",
                short(a),
                short(b),
                short(bias)
            ),
            format!(
                "Training starts from a random line, which classifies {} of the points correctly, at a loss of {}.",
                percent(measured[0].accuracy),
                short(course[0][1])
            ),
            format!(
                "Each step turns and moves the line a little: after {count} steps {} of the points are classified correctly, and the loss is {}.",
                percent(measured[count].accuracy),
                short(course[count][1])
            ),
        ],
    })
}

/// Returns the two weights and the bias.
fn weights(net: &Net<'_>) -> Result<[f64; 3], Failure> {
    let weight = net.param("dense1.weight")?;
    Ok([weight[[0, 0]], weight[[0, 1]], net.param("dense1.bias")?[0]])
}

/// Returns the ends of the line within the plot, if it passes through.
fn line(net: &Net<'_>) -> Result<Option<[[f64; 2]; 2]>, Failure> {
    let [a, b, bias] = weights(net)?;
    let [low, high] = XS;
    let mut ends: Vec<[f64; 2]> = vec![];
    for edge in [low, high] {
        ends.push([edge, -(a * edge + bias) / b]);
        ends.push([-(b * edge + bias) / a, edge]);
    }
    ends.retain(|end| end.iter().all(|x| (low - 1e-9..=high + 1e-9).contains(x)));
    Ok((ends.len() > 1).then(|| [ends[0], ends[ends.len() - 1]]))
}
