//! Max pooling against average pooling.

use super::{SIDE, maps};
use crate::Failure;
use crate::draw::{Anchor, Ink, Scale, Sheet, pixels};
use crate::lesson::Lesson;
use crate::net::File;
use crate::run::{check, percent, short};

const WINDOW: usize = 4;
const OUT: usize = SIDE / WINDOW;
const CELL: f64 = 8.0;

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let digit = maps::digit()?;
    let file = File::read("pooling.net")?;
    let pooled =
        |name: &str| -> Result<Vec<f32>, Failure> { Ok(file.network(name)?.values(&digit)?.remove(0).1) };
    let (largest, mean) = (pooled("Largest")?, pooled("Mean")?);
    // The window in which the two are the farthest apart.
    let apart = |at: &usize| largest[*at] - mean[*at];
    let place = (0..OUT * OUT).max_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap_or(0);
    let [row, column] = [place / OUT, place % OUT];

    let mut sheet = Sheet::new([800, 310]);
    let (size, top) = (SIDE as f64 * CELL, 52.0);
    let shown = [
        ("The digit", &digit, SIDE, CELL),
        ("The largest of each window", &largest, OUT, CELL * WINDOW as f64),
        ("The mean of each window", &mean, OUT, CELL * WINDOW as f64),
    ];
    for (at, (title, numbers, width, cell)) in shown.into_iter().enumerate() {
        let left = 24.0 + 264.0 * at as f64;
        sheet.title([left, 24.0], title);
        sheet.text([left, 42.0], Anchor::Start, Ink::Text, &format!("{width} x {width}"));
        pixels(&mut sheet, [left, top], cell, width, numbers, Scale::Grey(1.0));
        let window = CELL * WINDOW as f64;
        sheet.frame(
            [left + column as f64 * window, top + row as f64 * window],
            [window; 2],
            Ink::Orange,
            3.0,
        );
        let number = match at {
            0 => "one window of 4 x 4".into(),
            1 => format!("there: {}", short(largest[place].into())),
            _ => format!("there: {}", short(mean[place].into())),
        };
        sheet.text([left, top + size + 20.0], Anchor::Start, Ink::Orange, &number);
    }
    let bright = |numbers: &[f32]| {
        numbers.iter().filter(|number| **number > 0.5).count() as f64 / numbers.len() as f64
    };
    check(&[
        ("max pooling keeps strokes", bright(&largest) > bright(&digit)),
        ("average pooling fades them", bright(&mean) < bright(&digit)),
        ("the window has a part of a stroke", largest[place] > 0.9 && mean[place] < 0.5),
    ])?;
    Ok(Lesson {
        name: "pooling",
        net: "pooling.net",
        title: "Max against average pooling",
        topic: "pooling layers",
        command: "netwright explain pooling.net --network Largest",
        picture: sheet.finish(),
        alt: "A digit, and what pools of the largest and of the mean make of it",
        sentences: [
            format!(
                "Both pools turn {} pixels into {}: one number for each window of 4 x 4.",
                digit.len(),
                largest.len()
            ),
            format!(
                "The window in the frame holds a part of a stroke: its largest pixel is {}, and the mean of its sixteen is {}.",
                short(largest[place].into()),
                short(mean[place].into())
            ),
            format!(
                "Max pooling keeps strokes bright: {} of its numbers are above 0.5, and {} of the digit's pixels; average pooling fades thin strokes, and only {} are.",
                percent(bright(&largest)),
                percent(bright(&digit)),
                percent(bright(&mean))
            ),
        ],
    })
}
