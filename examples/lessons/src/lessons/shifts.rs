//! A shift, and what the network sees.

use super::{SIDE, maps};
use crate::Failure;
use crate::draw::{Anchor, Chart, Ink, Mark, Scale, Sheet, pixels};
use crate::lesson::Lesson;
use crate::net::File;
use crate::run::{check, percent};

/// The largest shift, in pixels.
const MOST: usize = 8;
/// Test digits that are moved: nine times as many are measured.
const TESTED: usize = 200;
/// Shifts that are shown.
const SHOWN: [usize; 5] = [0, 2, 4, 6, 8];

/// Returns pictures that are moved to the right.
fn shifted(pictures: &[f32], by: usize) -> Vec<f32> {
    let row = |row: &[f32]| [vec![0.0; by], row[..SIDE - by].to_vec()].concat();
    pictures.chunks_exact(SIDE).flat_map(row).collect()
}

/// Trains, and returns the share of correct answers by shift.
fn learned(file: &File, name: &str) -> Result<Vec<f64>, Failure> {
    let mut net = file.network(name)?;
    let data = net.samples()?;
    net.train(net.recipe()?, &data.training, &data.held_out, |_| Ok(()))?;
    let mut test = data.test.ok_or("there is no test set")?;
    test.truncate(TESTED);
    let whole = test.inputs().to_vec();
    let right = |by: usize| {
        let mut moved = test.clone();
        moved.inputs_mut().copy_from_slice(&shifted(&whole, by));
        Ok(net.measured(&moved)?.accuracy)
    };
    (0..=MOST).map(right).collect()
}

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("shift.net")?;
    let (places, filters) = (learned(&file, "Places")?, learned(&file, "Filters")?);
    let digit = maps::digit()?;
    let mut sheet = Sheet::new([820, 500]);
    sheet.title([56.0, 24.0], "A digit moved to the right");
    for (at, by) in SHOWN.into_iter().enumerate() {
        let left = 56.0 + 152.0 * at as f64;
        pixels(&mut sheet, [left, 38.0], 4.0, SIDE, &shifted(&digit, by), Scale::Grey(1.0));
        sheet.text([left + 56.0, 168.0], Anchor::Middle, Ink::Text, &format!("{by} pixels"));
    }
    let chart = Chart {
        at: [0, 184],
        size: [820, 316],
        title: "Test digits classified correctly",
        x: "shift in pixels",
        y: "per cent",
        xs: [0.0, MOST as f64],
        ys: [0.0, 100.0],
        powers: false,
    };
    let mut marks = vec![];
    for (name, ink, shares) in
        [("filters and a global pool", Ink::Orange, &filters), ("weights for each place", Ink::Blue, &places)]
    {
        let points: Vec<[f64; 2]> =
            shares.iter().enumerate().map(|(at, share)| [at as f64, 100.0 * share]).collect();
        marks.push(Mark::Line { name: name.into(), ink, width: 2, points: points.clone() });
        marks.push(Mark::Dots { name: String::new(), ink, radius: 4, points });
    }
    chart.draw(&mut sheet, &marks)?;
    check(&[
        ("both have learned", places[0] > 0.7 && filters[0] > 0.7),
        ("dense layers suffer from a shift", places[4] < places[0] - 0.25 && places[6] < places[4]),
        ("filters suffer less", filters[4] > places[4] + 0.15 && filters[6] > places[6] + 0.15),
    ])?;
    Ok(Lesson {
        name: "shift",
        net: "shift.net",
        title: "A shift, and what the network sees",
        topic: "fully connected against convolutional networks, and invariance to shifts",
        command: "netwright train shift.net --network Filters",
        picture: sheet.finish(),
        alt: "A digit at five places, and the share of correct answers by shift for two networks",
        sentences: [
            format!(
                "Both networks learned from digits in the middle of the picture; of such test digits the one with dense layers classifies {} correctly, and the one with filters {}.",
                percent(places[0]),
                percent(filters[0])
            ),
            format!(
                "For dense layers a digit that moves by four pixels is another pattern: {} are correct, and {} at six pixels.",
                percent(places[4]),
                percent(places[6])
            ),
            format!(
                "Filters slide, and the global pool keeps what was found, not where: {} at four pixels, and {} at six; at eight, where strokes leave the picture, it is {}.",
                percent(filters[4]),
                percent(filters[6]),
                percent(filters[8])
            ),
        ],
    })
}
