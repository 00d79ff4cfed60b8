//! Overfitting, with and without dropout, L1 and L2.

use crate::Failure;
use crate::draw::{Anchor, Chart, Ink, Mark, Scale, Sheet, pixels};
use crate::lesson::Lesson;
use crate::net::{File, Point};
use crate::run::{by_epoch, check, percent, short};

/// Neurons of each hidden layer.
const SIDE: usize = 24;
/// A weight that is nearer to zero than this does nothing.
const NOTHING: f32 = 0.01;

/// A training: its curves, and the weights between the hidden layers.
struct Learned {
    points: Vec<Point>,
    weights: Vec<f32>,
}

impl Learned {
    fn of(file: &File, name: &str) -> Result<Learned, Failure> {
        let mut net = file.network(name)?;
        let data = net.samples()?;
        let points = net.train(net.recipe()?, &data.training, &data.held_out, |_| Ok(()))?;
        let weights = net.param("dense2.weight")?.iter().map(|x| *x as f32).collect();
        Ok(Learned { points, weights })
    }

    fn last_other(&self) -> f64 {
        other(&self.last())
    }

    fn last(&self) -> Point {
        self.points[self.points.len() - 1]
    }

    /// Returns the share of weights that do nothing.
    fn idle(&self) -> f64 {
        let idle = self.weights.iter().filter(|weight| weight.abs() < NOTHING).count();
        idle as f64 / self.weights.len() as f64
    }

    /// Returns the size of the largest weight.
    fn largest(&self) -> f64 {
        self.weights.iter().map(|weight| weight.abs()).fold(0.0, f32::max).into()
    }

    fn curve(&self, of: fn(&Point) -> f64) -> Vec<[f64; 2]> {
        by_epoch(&self.points, of)
    }
}

/// Returns the loss on held-out samples.
fn other(point: &Point) -> f64 {
    point.other.map_or(f64::NAN, |other| other.loss)
}

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("overfitting.net")?;
    let all = [
        ("plain", Ink::Text, Learned::of(&file, "Plain")?),
        ("dropout", Ink::Green, Learned::of(&file, "Dropout")?),
        ("L1", Ink::Purple, Learned::of(&file, "Lasso")?),
        ("L2", Ink::Orange, Learned::of(&file, "Ridge")?),
    ];
    let [(_, _, plain), (_, _, dropout), (_, _, l1), (_, _, l2)] = &all;
    let epochs = plain.points.len();
    let mut sheet = Sheet::new([840, 600]);
    let chart = Chart {
        at: [0, 0],
        size: [420, 350],
        title: "Without a remedy the curves part",
        x: "epoch",
        y: "loss",
        xs: [1.0, epochs as f64],
        ys: [0.0, 1.4],
        powers: false,
    };
    let marks = [
        Mark::Line {
            name: "training".into(),
            ink: Ink::Blue,
            width: 2,
            points: plain.curve(|point| point.loss),
        },
        Mark::Line { name: "held out".into(), ink: Ink::Text, width: 2, points: plain.curve(other) },
    ];
    chart.draw(&mut sheet, &marks)?;
    let marks = all.iter().map(|(name, ink, learned)| Mark::Line {
        name: (*name).into(),
        ink: *ink,
        width: 2,
        points: learned.curve(other),
    });
    let title = "The loss on held-out samples";
    Chart { at: [420, 0], title, ..chart }.draw(&mut sheet, &marks.collect::<Vec<_>>())?;

    sheet.title([56.0, 378.0], "The weights between the hidden layers: red above 0, blue below");
    for (at, (name, _, learned)) in all.iter().enumerate() {
        let left = 56.0 + 196.0 * at as f64;
        pixels(&mut sheet, [left, 394.0], 7.0, SIDE, &learned.weights, Scale::Signed(1.0));
        sheet.frame([left, 394.0], [168.0, 168.0], Ink::Faint, 1.0);
        let text = format!("{name}: {} are near 0", percent(learned.idle()));
        sheet.text([left + 84.0, 582.0], Anchor::Middle, Ink::Text, &text);
    }
    let lowest = plain.points.iter().map(other).fold(f64::INFINITY, f64::min);
    let when = plain.points.iter().position(|point| other(point) == lowest).unwrap_or(0) + 1;
    let samples = file.network("Plain")?.samples()?.training.len();
    check(&[
        ("the curves part", plain.last_other() > 2.0 * lowest && plain.last().loss < 0.5 * lowest),
        (
            "each remedy helps",
            [dropout, l1, l2].iter().all(|one| one.last_other() < 0.85 * plain.last_other()),
        ),
        ("L1 leaves few weights", l1.idle() > 0.8 && l1.idle() > l2.idle() && l2.idle() > plain.idle() + 0.1),
        ("L2 leaves small weights", l2.largest() < l1.largest() && l2.largest() < 0.8 * plain.largest()),
    ])?;
    Ok(Lesson {
        name: "overfitting",
        net: "overfitting.net",
        title: "Overfitting, dropout, L1 and L2",
        topic: "overfitting and regularization",
        command: "netwright train overfitting.net --network Dropout",
        picture: sheet.finish(),
        alt: "Losses by epoch with and without regularization, and four matrices of weights",
        sentences: [
            format!(
                "{samples} points, some with wrong labels, are learned by heart: the training loss falls to {}, while that of held-out samples rises from {} in epoch {when} to {}.",
                short(plain.last().loss),
                short(lowest),
                short(plain.last_other())
            ),
            format!(
                "Each remedy ends lower: dropout at {}, an L1 penalty at {}, and an L2 penalty at {}.",
                short(dropout.last_other()),
                short(l1.last_other()),
                short(l2.last_other())
            ),
            format!(
                "L1 makes {} of the drawn weights smaller than {NOTHING} in size, but keeps one of {}; L2 makes {} as small, and leaves none above {}; without a remedy {} are as small, and the largest is {}.",
                percent(l1.idle()),
                short(l1.largest()),
                percent(l2.idle()),
                short(l2.largest()),
                percent(plain.idle()),
                short(plain.largest())
            ),
        ],
    })
}
