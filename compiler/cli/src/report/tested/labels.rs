//! Several labels of which each can be there or not.

use super::super::facts::Facts;
use super::super::page::{Page, escaped, percent, short};
use super::super::plots::{Chart, Ink, Line, lines};
use super::super::statistics::{Ranking, Tallies, bootstrap};
use super::{Measure, Table, Tested, certainty, class_names, heading, measures};
use crate::error::Error;

/// Labels that have a curve.
const CURVES: usize = 6;

pub(super) fn write(facts: &Facts, page: &mut Page, html: &mut String) -> Result<Tested, Error> {
    let (Some(outputs), Some(targets)) = (facts.numbers("test.outputs"), facts.numbers("test.targets"))
    else {
        return Ok(Tested::default());
    };
    let count = outputs.shape.get(1).copied().unwrap_or(1).max(1);
    let samples = outputs.numbers.len() / count;
    let names = class_names(&facts.list("test.classes"), count);
    let border = facts.number("test.border").unwrap_or(0.5) as f32;
    let of = |label: usize| {
        let numbers = outputs.numbers.iter().skip(label).step_by(count);
        numbers.zip(targets.numbers.iter().skip(label).step_by(count)).map(|(x, t)| (*x, *t > 0.5))
    };
    let rankings: Vec<Ranking> = (0..count)
        .map(|label| Ranking::new(of(label).map(|(x, meant)| (x, Some(meant).filter(|_| !x.is_nan())))))
        .collect();
    let pairs: Vec<Vec<(Option<usize>, Option<usize>)>> = (0..count)
        .map(|label| {
            of(label).map(|(x, meant)| (Some(usize::from(meant)), Some(usize::from(x > border)))).collect()
        })
        .collect();
    let names_of = [
        ("accuracy of labels", true),
        ("F1, mean of labels", true),
        ("ROC AUC, mean of labels", false),
        ("average precision, mean of labels", false),
    ];
    let intervals = bootstrap(samples, 14 * count, |counts| {
        let tallies: Vec<Tallies> = pairs.iter().map(|pairs| Tallies::new(2, pairs, counts)).collect();
        let areas: Vec<[f64; 2]> = rankings.iter().map(|ranking| ranking.areas(counts)).collect();
        vec![
            mean(tallies.iter().map(Tallies::accuracy)),
            mean(tallies.iter().map(|tallies| tallies.f1(1))),
            mean(areas.iter().map(|areas| areas[0])),
            mean(areas.iter().map(|areas| areas[1])),
        ]
    });
    let all = Measure::of(&names_of, intervals);
    *html += &measures(&all);
    let everything = vec![1; samples];
    let row = |label: usize| {
        let (tallies, [auc, ap]) =
            (Tallies::new(2, &pairs[label], &everything), rankings[label].areas(&everything));
        let mut row = vec![names[label].clone(), tallies.samples(1).to_string()];
        row.extend(
            [tallies.precision(1), tallies.recall(1), tallies.specificity(1), tallies.f1(1)].map(percent),
        );
        row.extend([auc, ap].map(short));
        row
    };
    let header = vec!["label", "there", "precision", "recall", "specificity", "F1", "ROC AUC", "PR AUC"];
    let each = Table { header, rows: (0..count).map(row).collect() };
    *html += &heading("Each label");
    *html += &each.html();
    let unit = Some([0.0, 1.0]);
    let line = |(at, ranking): (usize, &Ranking)| {
        let name = if count <= CURVES { names[at].clone() } else { String::new() };
        let ink = if count <= CURVES { Ink::Series(at) } else { Ink::Pale };
        let [roc, pr] = ranking.curves();
        [Line { name: name.clone(), points: roc, ink }, Line { name, points: pr, ink }]
    };
    let curves: Vec<[Line; 2]> = rankings.iter().take(24).enumerate().map(line).collect();
    let [roc, pr]: [Vec<Line>; 2] = [0, 1].map(|at| curves.iter().map(|pair| pair[at].clone()).collect());
    let chart = Chart { x_range: unit, y_range: unit, legend_below: true, ..Chart::default() };
    *html += "<div class=\"plots\">\n";
    let own = Chart { x: "share of others taken for it", y: "share found", diagonal: true, ..chart.clone() };
    *html += &page.plot(
        "roc.svg",
        &lines(&own, &roc)?,
        "Receiver operating characteristic",
        &escaped("of each label."),
    );
    let own = Chart { x: "share found (recall)", y: "precision", ..chart };
    *html += &page.plot("pr.svg", &lines(&own, &pr)?, "Precision and recall", "of each label.");
    *html += "</div>\n";
    let said = all.first().map(|accuracy| certainty(accuracy, samples)).into_iter().collect();
    Ok(Tested { said, measures: all, each: Some(each) })
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let defined: Vec<f64> = numbers.filter(|number| !number.is_nan()).collect();
    defined.iter().sum::<f64>() / defined.len() as f64
}
