//! Transfer against learning from scratch.

use crate::Failure;
use crate::draw::{Chart, Ink, Mark, Sheet};
use crate::lesson::Lesson;
use crate::net::{File, Point};
use crate::run::{by_epoch, check, field, percent, points};

const SIDE: usize = 48;
const XS: [f64; 2] = [-1.15, 1.15];
/// The epoch after which both are compared, besides the last one.
const EARLY: usize = 10;

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("transfer.net")?;
    let mut source = file.network("Source")?;
    let old = source.samples()?;
    source.train(source.recipe()?, &old.training, &old.held_out, |_| Ok(()))?;
    let old_right = source.measured(&old.training)?.accuracy;

    let (mut scratch, mut transfer) = (file.network("Scratch")?, file.network("Transfer")?);
    let new = scratch.samples()?;
    let copied = transfer.take(&source);
    let untrained = transfer.measured(&new.held_out)?.accuracy;
    let by_scratch = scratch.train(scratch.recipe()?, &new.training, &new.held_out, |_| Ok(()))?;
    let by_transfer = transfer.train(transfer.recipe()?, &new.training, &new.held_out, |_| Ok(()))?;
    let accuracy = |point: &Point| point.other.map_or(f64::NAN, |other| other.accuracy);
    let epochs = by_scratch.len();
    let [early_transfer, early_scratch] = [&by_transfer, &by_scratch].map(|all| accuracy(&all[EARLY - 1]));
    let [end_transfer, end_scratch] = [&by_transfer, &by_scratch].map(|all| accuracy(&all[epochs - 1]));

    let mut sheet = Sheet::new([840, 300]);
    for (at, (title, net)) in [("Transfer", &transfer), ("From scratch", &scratch)].into_iter().enumerate() {
        let chart = Chart {
            at: [280 * at as u32, 0],
            size: [280, 298],
            title,
            x: "",
            y: "",
            xs: XS,
            ys: XS,
            powers: false,
        };
        let of = |label: bool| points(&new.training, label);
        let marks = [
            Mark::Field { width: SIDE, numbers: field(net, SIDE, XS, XS)? },
            Mark::Crosses { name: "no".into(), ink: Ink::Blue, points: of(false) },
            Mark::Dots { name: "yes".into(), ink: Ink::Orange, radius: 3, points: of(true) },
        ];
        chart.draw(&mut sheet, &marks)?;
    }
    let chart = Chart {
        at: [560, 0],
        size: [280, 298],
        title: "Held-out points, % correct",
        x: "epoch",
        y: "",
        xs: [1.0, epochs as f64],
        ys: [0.0, 100.0],
        powers: false,
    };
    let curve = |all: &[Point]| by_epoch(all, |point| 100.0 * accuracy(point));
    let marks = [
        Mark::Line { name: "transfer".into(), ink: Ink::Green, width: 2, points: curve(&by_transfer) },
        Mark::Line { name: "scratch".into(), ink: Ink::Purple, width: 2, points: curve(&by_scratch) },
    ];
    chart.draw(&mut sheet, &marks)?;
    check(&[
        ("the source is learned", old_right > 0.95),
        ("transfer is far ahead after a few epochs", early_transfer > early_scratch + 0.15),
        ("transfer is ahead in the end", end_transfer > end_scratch + 0.1),
        ("the few points improve what was taken over", end_transfer > untrained + 0.03),
    ])?;
    Ok(Lesson {
        name: "transfer",
        net: "transfer.net",
        title: "Transfer against learning from scratch",
        topic: "transfer learning",
        command: "netwright train transfer.net --network Source && netwright train transfer.net --network Transfer",
        picture: sheet.finish(),
        alt: "The answers of two networks with the few points that they learned from, and the share of correct answers by epoch",
        sentences: [
            format!(
                "A network has learned two spirals from {} points ({} correct); the same spirals, turned by 70 degrees as if by another scanner, are another task: of these it classifies {} correctly.",
                old.training.len(),
                percent(old_right),
                percent(untrained)
            ),
            format!(
                "There are only {} points to learn the new task from: a network that starts from the {copied} parameters of the old one classifies {} of {} other points correctly after {EARLY} epochs, and one that starts from scratch {}.",
                new.training.len(),
                percent(early_transfer),
                new.held_out.len(),
                percent(early_scratch)
            ),
            format!(
                "After {epochs} epochs it is {} against {}: few points can correct a shape that is known, but they do not show it.",
                percent(end_transfer),
                percent(end_scratch)
            ),
        ],
    })
}
