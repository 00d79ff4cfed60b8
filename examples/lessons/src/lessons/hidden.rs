//! Hidden layers and two spirals.

use crate::Failure;
use crate::draw::{Chart, Ink, Mark, Sheet};
use crate::lesson::Lesson;
use crate::net::File;
use crate::run::{check, field, percent, points};

const SIDE: usize = 48;
const XS: [f64; 2] = [-1.15, 1.15];

/// The result of a training: the field of its answers, its accuracy, and the number of its weights.
struct Learned {
    field: Vec<f32>,
    accuracy: f64,
    size: usize,
}

fn learned(file: &File, name: &str) -> Result<Learned, Failure> {
    let mut net = file.network(name)?;
    let data = net.samples()?;
    net.train(net.recipe()?, &data.training, &data.held_out, |_| Ok(()))?;
    let accuracy = net.measured(&data.training)?.accuracy;
    Ok(Learned { field: field(&net, SIDE, XS, XS)?, accuracy, size: net.size() })
}

pub(super) fn lesson() -> Result<Lesson, Failure> {
    let file = File::read("spirals.net")?;
    let all = [learned(&file, "NoHidden")?, learned(&file, "OneHidden")?, learned(&file, "TwoHidden")?];
    let data = file.network("NoHidden")?.samples()?;
    let of = |label: bool| points(&data.training, label);
    let mut sheet = Sheet::new([840, 300]);
    for (at, (learned, title)) in
        all.iter().zip(["No hidden layer", "One layer of 16", "Two of 16"]).enumerate()
    {
        let title = format!("{title}: {}", percent(learned.accuracy));
        let chart = Chart {
            at: [280 * at as u32, 0],
            size: [280, 298],
            title: &title,
            x: "",
            y: "",
            xs: XS,
            ys: XS,
            powers: false,
        };
        let marks = [
            Mark::Field { width: SIDE, numbers: learned.field.clone() },
            Mark::Crosses { name: "no".into(), ink: Ink::Blue, points: of(false) },
            Mark::Dots { name: "yes".into(), ink: Ink::Orange, radius: 3, points: of(true) },
        ];
        chart.draw(&mut sheet, &marks)?;
    }
    let [none, one, two] = &all;
    check(&[
        ("a line is little better than a guess", (0.5..0.7).contains(&none.accuracy)),
        ("a hidden layer helps", one.accuracy > none.accuracy + 0.1),
        ("a second one finds the spirals", two.accuracy > 0.98 && two.accuracy > one.accuracy + 0.1),
    ])?;
    Ok(Lesson {
        name: "spirals",
        net: "spirals.net",
        title: "What hidden layers add",
        topic: "networks of several layers",
        command: "netwright train spirals.net --network TwoHidden",
        picture: sheet.finish(),
        alt: "Two spirals on the answers of three networks: half planes, bands, and spirals",
        sentences: [
            format!(
                "Without a hidden layer the border is one line: {} of the points of two spirals are classified correctly, where guessing gets half of them.",
                percent(none.accuracy)
            ),
            format!(
                "A hidden layer of 16 neurons combines 16 lines into curved borders: {} are correct, with {} parameters.",
                percent(one.accuracy),
                one.size
            ),
            format!(
                "A second hidden layer combines these shapes into new ones: {} are correct, with {} parameters.",
                percent(two.accuracy),
                two.size
            ),
        ],
    })
}
