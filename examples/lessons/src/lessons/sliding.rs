//! A filter that slides over a digit.

use super::{SIDE, maps};
use crate::Failure;
use crate::draw::{Anchor, Ink, Scale, Sheet, pixels};
use crate::lesson::Lesson;
use crate::net::File;
use crate::run::{check, short};
use std::ops::Range;

/// The filter answers edges that are dark at the left and bright at the right.
const FILTER: [f64; 9] = [-1.0, 0.0, 1.0, -1.0, 0.0, 1.0, -1.0, 0.0, 1.0];
const OUT: usize = SIDE - 2;
const CELL: f64 = 9.0;

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let digit = maps::digit()?;
    let file = File::read("filter.net")?;
    let mut net = file.network("Filter")?;
    net.set("conv1.weight", &FILTER)?;
    let all = net.values(&digit)?;
    let answers = &all[0].1;
    // The strongest answers of either sign, one above the other, and a place where nothing is.
    let by = |rows: Range<usize>, of: fn(f32) -> f32| {
        let places = (0..answers.len()).filter(|at| rows.contains(&(at / OUT)));
        places.max_by(|a, b| of(answers[*a]).total_cmp(&of(answers[*b]))).unwrap_or(0)
    };
    let places = [("A", by(OUT / 2..OUT - 4, |x| x)), ("B", by(4..OUT / 2, |x| -x)), ("C", OUT + 1)];

    let mut sheet = Sheet::new([840, 390]);
    let (left, top) = (24.0, 44.0);
    sheet.title([left, 24.0], "A digit, and the filter at three places");
    pixels(&mut sheet, [left, top], CELL, SIDE, &digit, Scale::Grey(1.0));
    let right = 540.0;
    sheet.title([right, 24.0], "The answer at every place");
    let signed = [right + CELL, top + CELL];
    pixels(&mut sheet, signed, CELL, OUT, answers, Scale::Signed(3.0));
    sheet.frame(signed, [OUT as f64 * CELL; 2], Ink::Faint, 1.0);
    for (name, place) in places {
        let [row, column] = [place / OUT, place % OUT].map(|at| at as f64);
        sheet.frame([left + column * CELL, top + row * CELL], [3.0 * CELL; 2], Ink::Orange, 3.0);
        // At A there is black on the left, at the others on the right.
        let (by, anchor) = if name == "A" { (-0.5, Anchor::End) } else { (3.5, Anchor::Start) };
        let beside = [left + (column + by) * CELL, top + (row + 2.0) * CELL];
        sheet.text(beside, anchor, Ink::Orange, name);
        sheet.frame([signed[0] + column * CELL, signed[1] + row * CELL], [CELL; 2], Ink::Orange, 2.0);
    }

    // The arithmetic at the first place.
    let (middle, cell) = (310.0, 34.0);
    let window = |at: usize| {
        let [row, column] = [places[0].1 / OUT, places[0].1 % OUT];
        f64::from(digit[(row + at / 3) * SIDE + column + at % 3])
    };
    for (title, top, number) in [
        ("filter", 66.0, &(|at: usize| format!("{}", FILTER[at])) as &dyn Fn(usize) -> String),
        ("pixels at A", 216.0, &|at: usize| format!("{:.2}", window(at))),
    ] {
        sheet.text([middle + 60.0, top - 8.0], Anchor::Start, Ink::Text, title);
        for at in 0..9 {
            let place = [middle + 60.0 + (at % 3) as f64 * cell, top + (at / 3) as f64 * cell];
            sheet.frame(place, [cell; 2], Ink::Faint, 1.0);
            let text = number(at);
            sheet.text(
                [place[0] + cell / 2.0, place[1] + cell / 2.0 + 5.0],
                Anchor::Middle,
                Ink::Text,
                &text,
            );
        }
    }
    let [a, b, c] = [0, 1, 2].map(|at| f64::from(answers[places[at].1]));
    let sides = [0, 2].map(|column| (0..3).map(|row| window(3 * row + column)).sum::<f64>());
    let sum = format!("{} - {} = {}", short(sides[1]), short(sides[0]), short(a));
    sheet.text([middle + 60.0, 348.0], Anchor::Start, Ink::Text, "right column - left column");
    sheet.text([middle + 60.0, 368.0], Anchor::Start, Ink::Text, &sum);
    sheet.text([left, 330.0], Anchor::Start, Ink::Text, "bright is 1, black is 0");
    sheet.text([signed[0], 330.0], Anchor::Start, Ink::Text, "red above 0, blue below");
    let strong = answers.iter().filter(|answer| answer.abs() > 1.0).count();
    check(&[
        ("A is an edge to brighter pixels", a > 2.0 && sides[1] > sides[0]),
        ("B is an edge to darker ones", b < -2.0),
        ("nothing is at C", c == 0.0),
    ])?;
    Ok(Lesson {
        name: "filter",
        net: "filter.net",
        title: "A filter slides over a digit",
        topic: "the convolution: a filter that slides over an image",
        command: "netwright explain filter.net",
        picture: sheet.finish(),
        alt: "A digit with three windows, a filter of nine numbers, and the map of its answers",
        sentences: [
            format!(
                "A filter of nine numbers lies on nine pixels, each pixel is multiplied by its number, and the sum is the answer: at A, where the picture becomes brighter to the right, {}.",
                short(a)
            ),
            format!(
                "At B, where it becomes darker, the answer is {}, and at C, where nothing is, {}.",
                short(b),
                short(c)
            ),
            format!(
                "The same nine numbers slide over all {} places, and {strong} answers are above 1 in size: the upright edges of the digit.",
                answers.len()
            ),
        ],
    })
}
