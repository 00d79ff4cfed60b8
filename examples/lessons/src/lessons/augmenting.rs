//! Augmentation of a hundred digits.

use super::maps::TESTED;
use crate::Failure;
use crate::draw::{Anchor, Chart, Ink, Mark, Scale, Sheet, pixels};
use crate::lesson::Lesson;
use crate::net::{File, Point, augmentation};
use crate::run::{by_epoch, check, percent};
use netwright::data::Batches;
use netwright_compiler::recipe::Recipe;

/// Digits that are shown, versions of each, and test digits of each epoch's point.
const SHOWN: usize = 2;
const VERSIONS: usize = 9;
const MEASURED: usize = 100;

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("augmentation.net")?;
    let net = file.network("Hundred")?;
    let recipe = net.recipe()?;
    let data = net.samples()?;
    let mut whole = data.test.clone().ok_or("there is no test set")?;
    whole.truncate(TESTED);
    let mut some = whole.clone();
    some.truncate(MEASURED);
    let run = |recipe: &Recipe| -> Result<(Vec<Point>, f64), Failure> {
        let mut net = net.clone();
        let points = net.train(recipe, &data.training, &some, |_| Ok(()))?;
        Ok((points, net.measured(&whole)?.accuracy))
    };
    let (with, end_with) = run(recipe)?;
    let (without, end_without) = run(&Recipe { augment: vec![], ..recipe.clone() })?;

    let mut sheet = Sheet::new([820, 560]);
    sheet.title([16.0, 22.0], "Two of the digits, and what the network gets in the first epochs");
    for shown in 0..SHOWN {
        let mut one = data.training.clone();
        // The last sample of a shorter set is another digit.
        one.truncate(shown + 1);
        let top = 38.0 + 88.0 * shown as f64;
        let size = one.sample_len();
        let own = one.inputs()[shown * size..].to_vec();
        let class = one.targets().ok_or("digits have classes")?.classes()[shown];
        let mut draw = |at: usize, pixels_of: &[f32]| {
            let place = [16.0 + 88.0 * at as f64, top];
            pixels(&mut sheet, place, 3.0, 28, pixels_of, Scale::Grey(1.0));
        };
        draw(0, &own);
        let mut batches = Batches::new(&one, 1).augmented(augmentation(recipe))?;
        for epoch in 0..VERSIONS - 1 {
            batches.shuffle(recipe.seed, epoch);
            while let Some(batch) = batches.next()? {
                // The digits that are shown are of different classes.
                if batch.targets.classes() == [class] {
                    draw(epoch + 1, batch.inputs);
                }
            }
        }
    }
    sheet.text([58.0, 230.0], Anchor::Middle, Ink::Text, "as it is");
    sheet.text([452.0, 230.0], Anchor::Middle, Ink::Text, "in epochs 1 to 8");
    let accuracy = |point: &Point| 100.0 * point.other.map_or(f64::NAN, |other| other.accuracy);
    let curve = |points: &[Point]| by_epoch(points, accuracy);
    let chart = Chart {
        at: [0, 244],
        size: [820, 310],
        title: "Test digits classified correctly",
        x: "epoch",
        y: "per cent",
        xs: [1.0, with.len() as f64],
        ys: [0.0, 100.0],
        powers: false,
    };
    let marks = [
        Mark::Line { name: "with augmentation".into(), ink: Ink::Orange, width: 2, points: curve(&with) },
        Mark::Line { name: "without".into(), ink: Ink::Blue, width: 2, points: curve(&without) },
    ];
    chart.draw(&mut sheet, &marks)?;
    let (last, first) = (without[without.len() - 1].loss, with[with.len() - 1].loss);
    check(&[
        ("the digits are learned by heart", last < 0.05 && first > 4.0 * last),
        ("augmentation helps", end_with > end_without + 0.03),
    ])?;
    Ok(Lesson {
        name: "augmentation",
        net: "augmentation.net",
        title: "Augmentation",
        topic: "data augmentation",
        command: "netwright augment augmentation.net",
        picture: sheet.finish(),
        alt: "Digits turned, scaled and moved, and the share of correct answers by epoch with and without augmentation",
        sentences: [
            format!(
                "Each epoch turns, scales and moves the {} digits anew, so that the network hardly ever sees the same picture twice.",
                data.training.len()
            ),
            format!(
                "Without augmentation it learns the digits by heart, to a loss of {last:.3}; with it the loss of the last epoch is still {first:.3}."
            ),
            format!(
                "Of {} test digits it classifies {} correctly with augmentation, and {} without.",
                whole.len(),
                percent(end_with),
                percent(end_without)
            ),
        ],
    })
}
