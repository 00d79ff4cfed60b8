//! Feature maps of a digit.

use super::SIDE;
use crate::Failure;
use crate::draw::{Anchor, Ink, Scale, Sheet, pixels};
use crate::lesson::Lesson;
use crate::net::{File, Net};
use crate::run::{check, percent};
use netwright::data::Dataset;
use netwright::train::TargetsRef;

/// The first test digit of this class is shown.
const CLASS: u32 = 4;

/// The trained network with its accuracy, and a test digit.
pub(super) struct Reader<'a> {
    pub(super) net: Net<'a>,
    pub(super) accuracy: f64,
    /// Samples that it has seen.
    pub(super) seen: usize,
    pub(super) digit: Vec<f32>,
    pub(super) class: usize,
}

/// Test digits that accuracies are measured on: more would take longer than the trainings.
pub(super) const TESTED: usize = 500;

impl<'a> Reader<'a> {
    /// Trains the network.
    pub(super) fn new(file: &'a File) -> Result<Reader<'a>, Failure> {
        let mut net = file.network("Digits")?;
        let data = net.samples()?;
        let mut test = data.test.ok_or("there is no test set")?;
        let digit = first(&test, CLASS)?;
        test.truncate(TESTED);
        net.train(net.recipe()?, &data.training, &data.held_out, |_| Ok(()))?;
        let accuracy = net.measured(&test)?.accuracy;
        Ok(Reader { net, accuracy, seen: data.training.len(), digit, class: CLASS as usize })
    }
}

/// Returns the digit that is shown.
pub(crate) fn digit() -> Result<Vec<f32>, Failure> {
    let file = File::read("digits.net")?;
    first(&file.network("Digits")?.samples()?.test.ok_or("there is no test set")?, CLASS)
}

fn first(test: &Dataset, class: u32) -> Result<Vec<f32>, Failure> {
    let Some(TargetsRef::Classes(classes)) = test.targets() else {
        return Err("there are no classes".into());
    };
    let at = classes.iter().position(|own| *own == class).ok_or("there is no such digit")?;
    let size = test.sample_len();
    Ok(test.inputs()[at * size..(at + 1) * size].to_vec())
}

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("digits.net")?;
    let Reader { net, accuracy, seen, digit, class } = Reader::new(&file)?;
    let inner = net.values(&digit)?;
    let filters: Vec<f32> = net.param("conv1.weight")?.iter().map(|x| *x as f32).collect();
    let of = |name: &str| {
        let found = inner.iter().find(|(own, _)| own == name).map(|(_, numbers)| numbers.clone());
        found.ok_or_else(|| format!("there is no layer {name}"))
    };
    let (first, second, answer) = (of("relu1")?, of("relu2")?, of("softmax1")?);
    let most = |numbers: &[f32]| numbers.iter().copied().fold(0.0, f32::max);

    let mut sheet = Sheet::new([840, 504]);
    let row = |sheet: &mut Sheet, top: f64, title: &str, note: &str| {
        sheet.title([24.0, top], title);
        sheet.text([24.0, top + 18.0], Anchor::Start, Ink::Text, note);
    };
    row(&mut sheet, 24.0, "The digit", "28 x 28 pixels");
    pixels(&mut sheet, [24.0, 54.0], 3.5, 28, &digit, Scale::Grey(1.0));
    sheet.title([160.0, 24.0], "The eight filters of the first layer");
    sheet.text([160.0, 42.0], Anchor::Start, Ink::Text, "3 x 3 weights, as learned: red above 0, blue below");
    for (at, filter) in filters.chunks_exact(9).enumerate() {
        let place = [160.0 + 84.0 * at as f64, 58.0];
        pixels(&mut sheet, place, 25.0, 3, filter, Scale::Signed(1.0));
        sheet.frame(place, [75.0; 2], Ink::Faint, 1.0);
    }
    row(&mut sheet, 190.0, "Eight maps of the first layer", "12 x 12 answers each, after ReLU");
    for (at, map) in first.chunks_exact(12 * 12).enumerate() {
        pixels(&mut sheet, [160.0 + 84.0 * at as f64, 220.0], 6.25, 12, map, Scale::Grey(most(&first)));
    }
    row(&mut sheet, 346.0, "Sixteen maps of the second layer", "4 x 4 answers each");
    for (at, map) in second.chunks_exact(16).enumerate() {
        pixels(&mut sheet, [24.0 + 50.0 * at as f64, 378.0], 11.5, 4, map, Scale::Grey(most(&second)));
    }
    let mut order: Vec<usize> = (0..answer.len()).collect();
    order.sort_by(|a, b| answer[*b].total_cmp(&answer[*a]));
    let said: Vec<String> =
        order.iter().take(3).map(|class| format!("{class}: {}", percent(answer[*class].into()))).collect();
    sheet.title([24.0, 470.0], "The answer");
    sheet.text([24.0, 490.0], Anchor::Start, Ink::Text, &said.join("     "));
    let mut order_of_first: Vec<usize> = (0..first.len()).collect();
    order_of_first.sort_by(|a, b| first[*b].total_cmp(&first[*a]));
    // The filter of the first layer lies on 3 x 3 means of 2 x 2 pixels each.
    let has_stroke = |at: &&usize| {
        let (row, column) = (2 * (*at % 144 / 12), 2 * (*at % 12));
        (0..36).any(|place| digit[(row + place / 6) * SIDE + column + place % 6] > 0.5)
    };
    let on_stroke = |places: &[usize]| places.iter().filter(has_stroke).count() as f64 / places.len() as f64;
    check(&[
        ("the digit is classified correctly", order[0] == class),
        (
            "bright answers are those to strokes",
            on_stroke(&order_of_first[..first.len() / 10]) > on_stroke(&order_of_first) + 0.2,
        ),
    ])?;
    Ok(Lesson {
        name: "maps",
        net: "digits.net",
        title: "Feature maps of a digit",
        topic: "convolutional layers and their feature maps",
        command: "netwright train digits.net && netwright show digits.net digit.png",
        picture: sheet.finish(),
        alt: "A digit, eight filters, eight maps of the first layer and sixteen of the second",
        sentences: [
            format!(
                "The network has learned from {} digits and classifies {} of {TESTED} test digits correctly; nobody told it which filters to use.",
                seen,
                percent(accuracy)
            ),
            format!(
                "Each map is bright where its filter found what it answers to: below {} of the brightest tenth of the first layer's answers to this {class} there is a piece of the stroke, against {} of all answers.",
                percent(on_stroke(&order_of_first[..first.len() / 10])),
                percent(on_stroke(&order_of_first))
            ),
            format!(
                "The second layer looks at all eight maps at once, in larger pieces; from its sixteen maps the last layer says {} with {}.",
                order[0],
                percent(answer[order[0]].into())
            ),
        ],
    })
}
