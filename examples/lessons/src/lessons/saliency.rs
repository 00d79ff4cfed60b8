//! Saliency: which pixels an answer rests on.

use super::SIDE;
use super::maps::Reader;
use crate::Failure;
use crate::draw::{Anchor, Ink, Scale, Sheet, pixels};
use crate::lesson::Lesson;
use crate::net::{File, Net};
use crate::run::{check, percent, short};

const CELL: f64 = 8.0;
/// A pixel is made brighter and darker by this much.
const NUDGE: f32 = 0.01;
/// The side of the window that is covered.
const WINDOW: usize = 5;
/// The share of pixels that are called salient.
const SALIENT: f64 = 0.1;

/// Returns the logit of a class for each picture.
fn logits(net: &Net<'_>, pictures: &[Vec<f32>], class: usize) -> Result<Vec<f32>, Failure> {
    let values = net.values(&pictures.concat())?;
    let dense = values.iter().find(|(name, _)| name == "dense1").ok_or("there is no last layer")?;
    Ok(dense.1.chunks_exact(10).map(|row| row[class]).collect())
}

/// Returns for each pixel how much the logit changes with it.
fn slopes(net: &Net<'_>, digit: &[f32], class: usize) -> Result<Vec<f32>, Failure> {
    let nudged = |by: f32| {
        let one = |at: usize| {
            let mut picture = digit.to_vec();
            picture[at] += by;
            picture
        };
        logits(net, &(0..digit.len()).map(one).collect::<Vec<_>>(), class)
    };
    let (brighter, darker) = (nudged(NUDGE)?, nudged(-NUDGE)?);
    Ok(brighter.iter().zip(darker).map(|(more, less)| (more - less) / (2.0 * NUDGE)).collect())
}

/// Returns for each pixel how much the logit falls when a window around it is black.
fn occlusion(net: &Net<'_>, digit: &[f32], class: usize) -> Result<Vec<f32>, Failure> {
    let half = WINDOW / 2;
    let covered = |at: usize| {
        let (row, column) = (at / SIDE, at % SIDE);
        let mut picture = digit.to_vec();
        for y in row.saturating_sub(half)..(row + half + 1).min(SIDE) {
            for x in column.saturating_sub(half)..(column + half + 1).min(SIDE) {
                picture[y * SIDE + x] = 0.0;
            }
        }
        picture
    };
    let whole = logits(net, &[digit.to_vec()], class)?[0];
    let others = logits(net, &(0..digit.len()).map(covered).collect::<Vec<_>>(), class)?;
    Ok(others.into_iter().map(|logit| whole - logit).collect())
}

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("digits.net")?;
    let Reader { net, digit, class, .. } = Reader::new(&file)?;
    let slopes = slopes(&net, &digit, class)?;
    let falls = occlusion(&net, &digit, class)?;
    let most = |numbers: &[f32]| numbers.iter().map(|x| x.abs()).fold(0.0, f32::max);

    let mut sheet = Sheet::new([800, 294]);
    let shown = [
        ("The digit", "black is 0, white is 1", &digit, Scale::Grey(1.0)),
        (
            "Saliency",
            "red: brighter speaks for it; blue: against",
            &slopes,
            Scale::Signed(0.7 * most(&slopes)),
        ),
        ("Occlusion", "red: it needs what was covered", &falls, Scale::Signed(most(&falls))),
    ];
    for (at, (title, note, numbers, scale)) in shown.into_iter().enumerate() {
        let left = 24.0 + 264.0 * at as f64;
        sheet.title([left, 24.0], title);
        sheet.text([left, 42.0], Anchor::Start, Ink::Text, note);
        pixels(&mut sheet, [left, 54.0], CELL, SIDE, numbers, scale);
        sheet.frame([left, 54.0], [SIDE as f64 * CELL; 2], Ink::Faint, 1.0);
    }
    let mut order: Vec<usize> = (0..slopes.len()).collect();
    order.sort_by(|a, b| slopes[*b].abs().total_cmp(&slopes[*a].abs()));
    let salient = &order[..(SALIENT * order.len() as f64) as usize];
    let is_stroke = |at: usize| digit[at] > 0.5;
    let near = |at: &&usize| {
        let (row, column) = (*at / SIDE, *at % SIDE);
        (0..digit.len()).any(|other| {
            is_stroke(other) && (other / SIDE).abs_diff(row) <= 2 && (other % SIDE).abs_diff(column) <= 2
        })
    };
    let beside = salient.iter().filter(near).count() as f64 / salient.len() as f64;
    let all = (0..digit.len()).collect::<Vec<_>>();
    let by_chance = all.iter().filter(near).count() as f64 / all.len() as f64;
    let place = (0..falls.len()).max_by(|a, b| falls[*a].total_cmp(&falls[*b])).unwrap_or(0);
    check(&[
        ("salient pixels lie at the digit", beside > by_chance + 0.2),
        ("covering costs evidence", falls[place] > 1.0),
    ])?;
    Ok(Lesson {
        name: "saliency",
        net: "digits.net",
        title: "Saliency: which pixels an answer rests on",
        topic: "opaque models, and the need to explain their answers",
        command: "netwright train digits.net && netwright why digits.net digit.png",
        picture: sheet.finish(),
        alt: "A digit, the slope of the answer by pixel, and how much it falls when a window is covered",
        sentences: [
            format!(
                "Saliency is the slope of the network's evidence for a {class}, its logit, when one pixel becomes brighter: the steepest is {} in size, for the whole way from black to white.",
                short(most(&slopes).into())
            ),
            format!(
                "Of the tenth of all pixels with the steepest slopes, {} lie on the digit or within two pixels of it, against {} of all pixels.",
                percent(beside),
                percent(by_chance)
            ),
            format!(
                "Occlusion covers a window of {WINDOW} x {WINDOW} pixels with black: around row {}, column {} this costs most, and the evidence falls by {}.",
                place / SIDE + 1,
                place % SIDE + 1,
                short(falls[place].into())
            ),
        ],
    })
}
